//! Polling by hand: no executor, so a test decides who runs when.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// A flow under way.
pub type Flow<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Runs a flow to its end. A scripted host never waits, so one poll does it.
pub fn now<T>(flow: impl Future<Output = T>) -> T {
    match pin!(flow).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("the flow waits for something that nobody brings about"),
    }
}

/// Runs a flow until it waits or ends.
pub fn step<T>(flow: &mut Flow<'_, T>) -> Option<T> {
    match flow.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => Some(outcome),
        Poll::Pending => None,
    }
}

/// Runs flows side by side, one step of each in turn, until all have ended.
pub fn together<T>(flows: Vec<Flow<'_, T>>) -> Vec<T> {
    let rounds = flows.len() * 10 + 100;
    let mut flows: Vec<Option<Flow<'_, T>>> = flows.into_iter().map(Some).collect();
    let mut outcomes: Vec<Option<T>> = flows.iter().map(|_| None).collect();
    for _ in 0..rounds {
        for (flow, outcome) in flows.iter_mut().zip(&mut outcomes) {
            *outcome = outcome.take().or_else(|| flow.as_mut().and_then(step));
            if outcome.is_some() {
                // Dropped at once: its locks are free for the next.
                *flow = None;
            }
        }
        if outcomes.iter().all(Option::is_some) {
            return outcomes.into_iter().flatten().collect();
        }
    }
    panic!("flows wait for each other");
}

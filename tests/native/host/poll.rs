//! Runs flows step by step, so that a test determines their order.

use super::FakeHost;

/// A running flow: it is run again until it no longer waits.
pub struct Flow<'a, T> {
    host: FakeHost<'a>,
    run: Box<dyn Fn(&FakeHost<'a>) -> T + 'a>,
}

impl<'a, T> Flow<'a, T> {
    pub fn new(host: FakeHost<'a>, run: impl Fn(&FakeHost<'a>) -> T + 'a) -> Self {
        Self { host, run: Box::new(run) }
    }

    /// Whether the flow may go on: `false` only while it waits for a lock that other flows get first, and has not timed out.
    pub fn is_ready(&self) -> bool {
        self.host.is_ready()
    }

    /// Whether the flow waits for a lock that another flow holds.
    pub fn waits_for_lock(&self) -> bool {
        self.host.waits_for_lock()
    }

    /// Makes the flow's wait for a lock time out.
    pub fn time_out_lock(&self) {
        assert!(self.waits_for_lock(), "only a waiting flow can time out");
        self.host.is_lock_timed_out.set(true);
    }

    /// Whether a request of this purpose is pending.
    pub fn is_sending(&self, purpose: &str) -> bool {
        self.host.is_sending(purpose)
    }

    /// The flow's effects so far: their names, and the results of locks and of effects that take no time.
    pub fn trace(&self) -> String {
        self.host.trace.borrow().clone()
    }
}

/// Runs a flow to its end.
pub fn run_flow<T>(mut flow: Flow<'_, T>) -> T {
    for _ in 0..100 {
        if let Some(outcome) = step(&mut flow) {
            return outcome;
        }
    }
    panic!("the flow waits for something that never happens");
}

/// Runs a flow until it waits or ends.
pub fn step<T>(flow: &mut Flow<'_, T>) -> Option<T> {
    if !flow.host.rewind() {
        return None;
    }
    let outcome = (flow.run)(&flow.host);
    flow.host.has_ended().then_some(outcome)
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
                // The flow is dropped at once, so that its locks are released.
                *flow = None;
            }
        }
        if outcomes.iter().all(Option::is_some) {
            return outcomes.into_iter().flatten().collect();
        }
    }
    panic!("flows wait for each other");
}

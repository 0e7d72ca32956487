//! Locks as `env.js` keeps them: first come, first served, held until the flow ends.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::task::Poll;

/// For each name the flows that want it; the first one holds it.
#[derive(Default)]
pub struct Locks(RefCell<BTreeMap<String, VecDeque<u64>>>);

impl Locks {
    pub async fn wait(&self, name: &str, flow: u64) {
        let known = self.0.borrow().get(name).is_some_and(|queue| queue.contains(&flow));
        assert!(!known, "a flow that asks twice for the lock {name} waits for itself");
        self.0.borrow_mut().entry(name.into()).or_default().push_back(flow);
        poll_fn(|_| match self.0.borrow()[name].front() {
            Some(first) if *first == flow => Poll::Ready(()),
            _ => Poll::Pending,
        })
        .await;
    }

    pub fn release(&self, flow: u64) {
        self.0.borrow_mut().retain(|_, queue| {
            queue.retain(|waiting| *waiting != flow);
            !queue.is_empty()
        });
    }

    pub fn held(&self) -> usize {
        self.0.borrow().len()
    }
}

//! Locks as `env.js` keeps them: first come, first served, held until the flow ends.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

/// For each name the flows that want it; the first one holds it.
#[derive(Default)]
pub struct Locks(RefCell<BTreeMap<String, VecDeque<u64>>>);

impl Locks {
    pub fn ask(&self, name: &str, flow: u64) {
        let mut queues = self.0.borrow_mut();
        let queue = queues.entry(name.into()).or_default();
        assert!(!queue.contains(&flow), "a flow that asks twice for the lock {name} waits for itself");
        queue.push_back(flow);
    }

    pub fn is_held_by(&self, name: &str, flow: u64) -> bool {
        self.0.borrow()[name].front() == Some(&flow)
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

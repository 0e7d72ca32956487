//! Locks as `env.js` keeps them: first come, first served, held until the flow ends; and the notes that are left at them.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

/// For each name the flows that want it; the first one holds it.
#[derive(Default)]
pub struct Locks {
    queues: RefCell<BTreeMap<String, VecDeque<u64>>>,
    notes: RefCell<BTreeMap<String, String>>,
}

impl Locks {
    pub fn ask(&self, name: &str, flow: u64) {
        let mut queues = self.queues.borrow_mut();
        let queue = queues.entry(name.into()).or_default();
        assert!(!queue.contains(&flow), "a flow that asks twice for the lock {name} waits for itself");
        queue.push_back(flow);
    }

    pub fn is_held_by(&self, name: &str, flow: u64) -> bool {
        self.queues.borrow()[name].front() == Some(&flow)
    }

    /// No longer asks for it.
    pub fn give_up(&self, name: &str, flow: u64) {
        if let Some(queue) = self.queues.borrow_mut().get_mut(name) {
            queue.retain(|waiting| *waiting != flow);
        }
    }

    pub fn release(&self, flow: u64) {
        self.queues.borrow_mut().retain(|_, queue| {
            queue.retain(|waiting| *waiting != flow);
            !queue.is_empty()
        });
    }

    pub fn held(&self) -> usize {
        self.queues.borrow().len()
    }

    pub fn leave(&self, name: &str, note: &str) {
        self.notes.borrow_mut().insert(name.into(), note.into());
    }

    pub fn note(&self, name: &str) -> String {
        self.notes.borrow().get(name).cloned().unwrap_or_default()
    }

    /// The notes are gone, as they are after some seconds.
    pub fn forget_notes(&self) {
        self.notes.borrow_mut().clear();
    }
}

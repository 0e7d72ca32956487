//! Locks as in `locks.js` and `lock` of `env.js`: first come, first served, held until the flow ends, and re-entrant; and the
//! notes that are stored with them.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

/// For each name the queue of flows; the first one may have the lock.
#[derive(Default)]
pub struct Locks {
    queues: RefCell<BTreeMap<String, VecDeque<u64>>>,
    /// The flow that holds the lock, with the note that it received.
    holders: RefCell<BTreeMap<String, (u64, String)>>,
    notes: RefCell<BTreeMap<String, String>>,
}

impl Locks {
    pub fn wait_for(&self, name: &str, flow: u64) {
        let mut queues = self.queues.borrow_mut();
        let queue = queues.entry(name.into()).or_default();
        assert!(!queue.contains(&flow), "a flow that waits for the lock {name} requests it again");
        queue.push_back(flow);
    }

    /// Whether it is the flow's turn.
    pub fn is_due(&self, name: &str, flow: u64) -> bool {
        self.queues.borrow()[name].front() == Some(&flow)
    }

    /// Acquires the lock and returns the note, if it is the flow's turn.
    pub fn enter(&self, name: &str, flow: u64) -> Option<String> {
        if !self.is_due(name, flow) {
            return None;
        }
        let note = self.notes.borrow().get(name).cloned().unwrap_or_default();
        let previous = self.holders.borrow_mut().insert(name.into(), (flow, note.clone()));
        assert!(previous.is_none(), "a flow enters {name} before its holder has left");
        Some(note)
    }

    /// The note that the flow received when it acquired the lock; `None` if it does not hold the lock.
    pub fn had(&self, name: &str, flow: u64) -> Option<String> {
        self.holders.borrow().get(name).filter(|(holder, _)| *holder == flow).map(|(_, note)| note.clone())
    }

    /// Stops waiting for the lock.
    pub fn stop_waiting(&self, name: &str, flow: u64) {
        assert!(!self.is_due(name, flow), "the holder of a lock does not stop waiting for it");
        if let Some(queue) = self.queues.borrow_mut().get_mut(name) {
            queue.retain(|waiting| *waiting != flow);
        }
    }

    pub fn release(&self, flow: u64) {
        self.holders.borrow_mut().retain(|_, (holder, _)| *holder != flow);
        self.queues.borrow_mut().retain(|_, queue| {
            queue.retain(|waiting| *waiting != flow);
            !queue.is_empty()
        });
    }

    pub fn held(&self) -> usize {
        self.queues.borrow().len()
    }

    /// Stores a note for the next holders of the lock; it releases nothing.
    pub fn leave(&self, name: &str, note: &str) {
        self.notes.borrow_mut().insert(name.into(), note.into());
    }

    /// Removes the notes: in a browser they expire after two seconds.
    pub fn forget_notes(&self) {
        self.notes.borrow_mut().clear();
    }
}

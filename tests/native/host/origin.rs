//! The state that tabs of an origin share: storage, locks, and the channel for their messages.

use super::locks::Locks;
use super::proof_keys::ProofKeys;
use super::records::Records;
use smart_launch::protocol::session::Session;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A message of a tab: channel, kind, family, text.
pub type Message = (String, String, String, String);

#[derive(Default)]
pub struct Origin {
    pub locks: Locks,
    pub proof_keys: ProofKeys,
    pub shared: RefCell<BTreeMap<String, String>>,
    /// The connected tabs, by number, with their records.
    connected: RefCell<BTreeMap<u64, Rc<Records>>>,
    /// Messages that are not delivered yet, each with the number of the tab that will receive it.
    undelivered: RefCell<Vec<(u64, Message)>>,
    tabs: Cell<u64>,
    flows: Cell<u64>,
}

impl Origin {
    /// The number of a new flow.
    pub fn next_flow(&self) -> u64 {
        self.flows.set(self.flows.get() + 1);
        self.flows.get()
    }

    /// Connects a new tab, and returns its number.
    pub fn open_tab(&self, records: &Rc<Records>) -> u64 {
        self.tabs.set(self.tabs.get() + 1);
        self.connected.borrow_mut().insert(self.tabs.get(), Rc::clone(records));
        self.tabs.get()
    }

    /// Closes or suspends a tab: it receives no more messages, and does not reply to other tabs.
    pub fn disconnect(&self, tab: u64) {
        self.connected.borrow_mut().remove(&tab);
        self.undelivered.borrow_mut().retain(|(to, _)| *to != tab);
    }

    /// Sends a message to all connected tabs except the sender.
    pub fn broadcast(&self, from: u64, message: &Message) {
        let to: Vec<u64> = self.connected.borrow().keys().copied().filter(|tab| *tab != from).collect();
        self.undelivered.borrow_mut().extend(to.into_iter().map(|tab| (tab, message.clone())));
    }

    /// Delivers the next message to a tab.
    pub fn next_message(&self, tab: u64) -> Option<Message> {
        let mut undelivered = self.undelivered.borrow_mut();
        let at = undelivered.iter().position(|(to, _)| *to == tab)?;
        Some(undelivered.remove(at).1)
    }

    /// Number of messages that a tab has not received yet.
    pub fn undelivered(&self, tab: u64) -> usize {
        self.undelivered.borrow().iter().filter(|(to, _)| *to == tab).count()
    }

    pub fn has_received_all(&self, tab: u64) -> bool {
        !self.undelivered.borrow().iter().any(|(to, _)| *to == tab)
    }

    /// The reply of another tab: its session, if it has the same family and at least that generation.
    pub fn reply(&self, from: u64, channel: &str, family: &str, generation: u64) -> String {
        let connected = self.connected.borrow();
        let mut sessions = connected.iter().filter(|(tab, _)| **tab != from).filter_map(|(_, records)| {
            let record = records.under(channel).into_iter().find(|(key, _)| key.ends_with(family))?.1;
            let session = Session::from_record(&record)?;
            (session.family() == family && session.generation() >= generation).then_some(record)
        });
        sessions.next_back().unwrap_or_default()
    }
}

//! The state that tabs of an origin share: storage, locks, and the channel for their messages.

use super::locks::Locks;
use super::proof_keys::ProofKeys;
use super::records::Records;
use smart_launch::protocol::session::Session;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A message of a tab: channel, kind, family, text.
pub type Said = (String, String, String, String);

#[derive(Default)]
pub struct Origin {
    pub locks: Locks,
    pub proof_keys: ProofKeys,
    pub shared: RefCell<BTreeMap<String, String>>,
    /// The tabs that listen, by number, with their records.
    listening: RefCell<BTreeMap<u64, Rc<Records>>>,
    /// Messages, each with the tabs that have not received it yet.
    said: RefCell<Vec<(u64, Said)>>,
    tabs: Cell<u64>,
    flows: Cell<u64>,
}

impl Origin {
    pub fn flow(&self) -> u64 {
        self.flows.set(self.flows.get() + 1);
        self.flows.get()
    }

    /// A new tab, which listens.
    pub fn enter(&self, records: &Rc<Records>) -> u64 {
        self.tabs.set(self.tabs.get() + 1);
        self.listening.borrow_mut().insert(self.tabs.get(), Rc::clone(records));
        self.tabs.get()
    }

    /// Closes or suspends a tab: it no longer receives or sends messages.
    pub fn silence(&self, tab: u64) {
        self.listening.borrow_mut().remove(&tab);
        self.said.borrow_mut().retain(|(to, _)| *to != tab);
    }

    pub fn tell(&self, from: u64, said: &Said) {
        let to: Vec<u64> = self.listening.borrow().keys().copied().filter(|tab| *tab != from).collect();
        self.said.borrow_mut().extend(to.into_iter().map(|tab| (tab, said.clone())));
    }

    /// The next message that a tab receives.
    pub fn hear(&self, tab: u64) -> Option<Said> {
        let mut said = self.said.borrow_mut();
        let at = said.iter().position(|(to, _)| *to == tab)?;
        Some(said.remove(at).1)
    }

    pub fn unheard(&self, tab: u64) -> usize {
        self.said.borrow().iter().filter(|(to, _)| *to == tab).count()
    }

    pub fn has_heard(&self, tab: u64) -> bool {
        !self.said.borrow().iter().any(|(to, _)| *to == tab)
    }

    /// The reply of another tab: its session, if it has the same family and at least that generation.
    pub fn answer(&self, from: u64, channel: &str, family: &str, generation: u64) -> String {
        let listening = self.listening.borrow();
        let mut sessions = listening.iter().filter(|(tab, _)| **tab != from).filter_map(|(_, records)| {
            let record = records.under(channel).into_iter().find(|(key, _)| key.ends_with(family))?.1;
            let session = Session::from_record(&record)?;
            (session.family() == family && session.generation() >= generation).then_some(record)
        });
        sessions.next_back().unwrap_or_default()
    }
}

//! The outside world as a script: a [`Tab`] is what a page has, a [`FakeHost`] is how one flow in it asks for it.

mod answer;
mod locks;
mod poll;
mod records;
mod rules;

pub use answer::{Answer, Answers, BODY_LIMIT};
pub use poll::{Flow, now, step, together};
pub use records::Records;
pub use rules::Sent;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use locks::Locks;
use sha2::{Digest, Sha256};
use smart_launch::error::Result;
use smart_launch::host::{Area, Host};
use smart_launch::protocol::http::{Request, Response};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::future::poll_fn;
use std::task::Poll;

/// A browser tab: records, clock, randomness, locks, and a server that answers from a script.
pub struct Tab {
    pub records: Records,
    pub answers: Answers,
    /// Every request, in order.
    pub sent: RefCell<Vec<Sent>>,
    /// Milliseconds since 1970.
    pub clock: Cell<u64>,
    /// Random values to draw before those of the tab's own.
    pub randoms: RefCell<VecDeque<String>>,
    /// Whether requests to this machine are in order.
    pub loopback: Cell<bool>,
    /// What no URL and no error may show.
    pub secrets: RefCell<BTreeSet<String>>,
    /// Polls that each request takes; with 0 a flow ends in one poll.
    pub pace: Cell<usize>,
    locks: Locks,
    name: &'static str,
    drawn: Cell<u64>,
    flows: Cell<u64>,
}

impl Tab {
    pub fn new(name: &'static str) -> Self {
        Self {
            records: Records::default(),
            answers: Answers::default(),
            sent: RefCell::default(),
            clock: Cell::new(1_700_000_000_000),
            randoms: RefCell::default(),
            loopback: Cell::new(false),
            secrets: RefCell::default(),
            pace: Cell::new(0),
            locks: Locks::default(),
            name,
            drawn: Cell::new(0),
            flows: Cell::new(0),
        }
    }

    /// The outside world of one flow. Its locks are free again when it is dropped, as in the browser.
    pub fn host(&self) -> FakeHost<'_> {
        self.flows.set(self.flows.get() + 1);
        FakeHost { tab: self, flow: self.flows.get() }
    }

    pub fn pass_seconds(&self, seconds: u64) {
        self.clock.set(self.clock.get() + seconds * 1_000);
    }

    /// The page is left and comes back: memory is lost, what the tab keeps is not.
    pub fn reload(&self) {
        self.records.page.borrow_mut().clear();
    }

    pub fn keep_secret(&self, secret: &str) {
        // Anything shorter may stand in a text by chance.
        if secret.len() >= 8 {
            self.secrets.borrow_mut().insert(secret.into());
        }
    }

    /// Requests of a purpose.
    pub fn count(&self, purpose: &str) -> usize {
        self.sent.borrow().iter().filter(|sent| sent.purpose == purpose).count()
    }

    /// The last request.
    pub fn last(&self) -> Sent {
        self.sent.borrow().last().cloned().expect("a request was sent")
    }

    pub fn held_locks(&self) -> usize {
        self.locks.held()
    }
}

/// What one flow may ask of its tab.
pub struct FakeHost<'t> {
    tab: &'t Tab,
    flow: u64,
}

impl Drop for FakeHost<'_> {
    fn drop(&mut self) {
        self.tab.locks.release(self.flow);
    }
}

impl Host for FakeHost<'_> {
    async fn send(&self, request: &Request) -> Result<Response> {
        rules::check(self.tab, request);
        self.tab.sent.borrow_mut().push(Sent::of(request));
        let mut polls = self.tab.pace.get();
        poll_fn(|_| {
            let ready = polls == 0 && !self.tab.answers.is_held(request.purpose);
            polls = polls.saturating_sub(1);
            if ready { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        let answer = self.tab.answers.take(request.purpose, request.url.as_str());
        self.tab.clock.set(self.tab.clock.get() + answer.milliseconds);
        answer.tokens().iter().for_each(|token| self.tab.keep_secret(token));
        answer.arrive()
    }

    fn now(&self) -> u64 {
        self.tab.clock.get()
    }

    fn random(&self) -> String {
        let given = self.tab.randoms.borrow_mut().pop_front();
        self.tab.drawn.set(self.tab.drawn.get() + 1);
        let random = given.unwrap_or_else(|| sha256(&format!("{} {}", self.tab.name, self.tab.drawn.get())));
        self.tab.keep_secret(&random);
        random
    }

    async fn sha256(&self, text: &str) -> String {
        sha256(text)
    }

    fn load(&self, area: Area, key: &str) -> Option<String> {
        self.tab.records.load(area, key)
    }

    fn save(&self, area: Area, key: &str, record: &str) -> bool {
        self.tab.records.save(area, key, record)
    }

    fn remove(&self, area: Area, key: &str) {
        self.tab.records.remove(area, key);
    }

    fn keys(&self, area: Area, prefix: &str) -> Vec<String> {
        self.tab.records.keys(area, prefix)
    }

    async fn lock(&self, name: &str) {
        self.tab.locks.wait(name, self.flow).await;
    }
}

/// The SHA-256 of a text in base64url, by crates that this library does not have.
pub fn sha256(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}

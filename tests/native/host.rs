//! A scripted host: a [`Tab`] has the state of a browser tab, a [`FakeHost`] gives one flow access to it.

mod fake_response;
mod keys;
mod locks;
mod origin;
mod poll;
mod proof_keys;
mod records;
mod rules;

pub use fake_response::{BODY_LIMIT, FakeResponse, FakeResponses, Server};
pub use keys::{Keys, mac, read as read_assertion, sign as sign_by, verifies};
pub use poll::{Flow, run_flow, step, together};
pub use proof_keys::{ProofServer, thumbprint};
pub use records::Records;
pub use rules::Sent;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
pub use origin::Origin;
use sha2::{Digest, Sha256, Sha384, Sha512};
use smart_launch::error::{Code, Result};
use smart_launch::host::{Area, Host};
use smart_launch::protocol::http::{JsonRequest, Request, Response};
use smart_launch::protocol::url::Url;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::fmt::Debug;
use std::rc::Rc;

/// A browser tab: records, clock, randomness, locks, and a server with scripted responses.
pub struct Tab {
    pub records: Rc<Records>,
    pub responses: FakeResponses,
    pub keys: Keys,
    /// Every request, in order.
    pub sent: RefCell<Vec<Sent>>,
    /// The URL of each early request, in order.
    pub early: RefCell<Vec<String>>,
    /// Milliseconds since 1970.
    pub clock: Cell<u64>,
    /// Milliseconds by which the clock was set back while the page is open.
    pub set_back: Cell<u64>,
    /// Random values to return before those of the tab.
    pub randoms: RefCell<VecDeque<String>>,
    /// Whether requests to this machine are permitted.
    pub loopback: Cell<bool>,
    /// Secrets, which must not be in a URL or an error.
    pub secrets: RefCell<BTreeSet<String>>,
    /// Number of additional steps for which a flow waits for each response.
    pub pace: Cell<usize>,
    /// Whether the device reports that it is offline.
    pub offline: Cell<bool>,
    /// Whether the server cannot be reached.
    pub unreachable: Cell<bool>,
    /// Whether a flow that waits for a lock gets a timeout.
    pub lock_times_out: Cell<bool>,
    pub origin: Rc<Origin>,
    number: u64,
    name: &'static str,
    drawn: Cell<u64>,
}

impl Tab {
    pub fn new(name: &'static str) -> Self {
        Self::of(name, Rc::default(), Records::default())
    }

    /// A duplicated tab, with a copy of this tab's storage.
    pub fn duplicate(&self, name: &'static str) -> Self {
        let records = Records { tab: self.records.tab.clone(), ..Records::default() };
        let tab = Self::of(name, Rc::clone(&self.origin), records);
        tab.clock.set(self.clock.get());
        tab
    }

    /// Another tab of the same origin, without this tab's storage.
    pub fn another(&self, name: &'static str) -> Self {
        let tab = Self::of(name, Rc::clone(&self.origin), Records::default());
        tab.clock.set(self.clock.get());
        tab
    }

    fn of(name: &'static str, origin: Rc<Origin>, records: Records) -> Self {
        let records = Rc::new(Records { origin: Rc::clone(&origin), ..records });
        Self {
            number: origin.open_tab(&records),
            origin,
            records,
            responses: FakeResponses::default(),
            keys: Keys::default(),
            sent: RefCell::default(),
            early: RefCell::default(),
            clock: Cell::new(1_700_000_000_000),
            set_back: Cell::new(0),
            randoms: RefCell::default(),
            loopback: Cell::new(false),
            secrets: RefCell::default(),
            pace: Cell::new(0),
            offline: Cell::new(false),
            unreachable: Cell::new(false),
            lock_times_out: Cell::new(false),
            name,
            drawn: Cell::new(0),
        }
    }

    /// A host for one flow. Its locks are released when it is dropped, as in the browser.
    pub fn host(&self) -> FakeHost<'_> {
        FakeHost {
            tab: self,
            flow: self.origin.next_flow(),
            results: RefCell::default(),
            trace: RefCell::default(),
            at: Cell::new(0),
            pending: RefCell::default(),
            is_lock_timed_out: Cell::new(false),
        }
    }

    pub fn pass_seconds(&self, seconds: u64) {
        self.clock.set(self.clock.get() + seconds * 1_000);
    }

    /// Reloads the page: memory is lost, the tab's storage is kept.
    pub fn reload(&self) {
        self.records.page.borrow_mut().clear();
    }

    pub fn keep_secret(&self, secret: &str) {
        // A shorter text may occur by chance.
        if secret.len() >= 8 {
            self.secrets.borrow_mut().insert(secret.into());
        }
    }

    /// Number of requests of a purpose.
    pub fn count(&self, purpose: &str) -> usize {
        self.sent.borrow().iter().filter(|sent| sent.purpose == purpose).count()
    }

    /// The last request.
    pub fn last(&self) -> Sent {
        self.sent.borrow().last().cloned().expect("a request was sent")
    }

    pub fn held_locks(&self) -> usize {
        self.origin.locks.held()
    }

    /// Closes or suspends the tab: it receives no more messages, and does not reply to other tabs.
    pub fn disconnect(&self) {
        self.origin.disconnect(self.number);
    }

    /// Receives the next message of another tab: channel, kind, family, text.
    pub fn next_message(&self) -> Option<origin::Message> {
        self.origin.next_message(self.number)
    }

    /// Number of messages that the tab has not received yet.
    pub fn undelivered(&self) -> usize {
        self.origin.undelivered(self.number)
    }

    pub fn has_received_all(&self) -> bool {
        self.origin.has_received_all(self.number)
    }
}

/// The host of one flow. It stores the result of each effect, as `env.js` does, and checks that the flow requests the same effects
/// when it runs again.
pub struct FakeHost<'t> {
    tab: &'t Tab,
    flow: u64,
    results: RefCell<Vec<(String, Box<dyn Any>)>>,
    /// The effects so far as text: their names, and the results of locks and of effects that take no time.
    trace: RefCell<String>,
    at: Cell<usize>,
    pending: RefCell<Option<PendingEffect>>,
    /// Whether the flow gets a timeout for the lock that it waits for.
    is_lock_timed_out: Cell<bool>,
}

/// The effect that a flow waits for.
enum PendingEffect {
    Response {
        purpose: &'static str,
        url: String,
        polls: usize,
        prepared: Option<FakeResponse>,
    },
    /// The results of several requests.
    Responses {
        effect_name: String,
        polls: usize,
        requests: Vec<(&'static str, String, Option<FakeResponse>)>,
    },
    Hash(String, String),
    Verification(String, bool),
    Credentials(String, String),
    Signature(String, Result<String>),
    ProofKey(String, Result<String>),
    Lock(String),
    SessionRequest {
        effect_name: String,
        channel: String,
        family: String,
        generation: u64,
    },
    Reach(String),
}

impl FakeHost<'_> {
    /// Prepares the flow's next run; `false` while the awaited result is not available.
    fn rewind(&self) -> bool {
        self.at.set(0);
        let Some(mut pending) = self.pending.take() else { return true };
        let result = self.complete(&mut pending);
        match result {
            Some(result) => {
                self.trace.borrow_mut().push_str(&format!("{};", result.0));
                self.results.borrow_mut().push(result);
            }
            None => *self.pending.borrow_mut() = Some(pending),
        }
        self.pending.borrow().is_none()
    }

    /// Whether the flow may go on: `false` only while it waits for a lock that other flows get first, and has not timed out.
    fn is_ready(&self) -> bool {
        match &*self.pending.borrow() {
            Some(PendingEffect::Lock(name)) => self.tab.origin.locks.is_due(name, self.flow) || self.is_out_of_time(),
            _ => true,
        }
    }

    /// Whether the flow waits for a lock that another flow holds.
    fn waits_for_lock(&self) -> bool {
        matches!(&*self.pending.borrow(), Some(PendingEffect::Lock(name)) if !self.tab.origin.locks.is_due(name, self.flow))
    }

    /// Whether a request of this purpose is pending.
    fn is_sending(&self, sent_purpose: &str) -> bool {
        matches!(&*self.pending.borrow(), Some(PendingEffect::Response { purpose, .. }) if *purpose == sent_purpose)
    }

    fn is_out_of_time(&self) -> bool {
        self.tab.lock_times_out.get() || self.is_lock_timed_out.get()
    }

    /// Whether the run that was just made was the last.
    fn has_ended(&self) -> bool {
        let ended = self.pending.borrow().is_none();
        assert!(
            !ended || self.at.get() == self.results.borrow().len(),
            "a flow ends at a step at which it continued before"
        );
        ended
    }

    fn complete(&self, pending: &mut PendingEffect) -> Option<(String, Box<dyn Any>)> {
        match pending {
            PendingEffect::Hash(bits, text) => Some((format!("hash {bits} {text}"), Box::new(hash(bits, text)))),
            PendingEffect::Verification(effect_name, is_valid) => Some((effect_name.clone(), Box::new(*is_valid))),
            PendingEffect::Credentials(effect_name, result) => Some((effect_name.clone(), Box::new(result.clone()))),
            PendingEffect::Signature(effect_name, signature) => {
                Some((effect_name.clone(), Box::new(signature.clone())))
            }
            PendingEffect::ProofKey(effect_name, result) => Some((effect_name.clone(), Box::new(result.clone()))),
            PendingEffect::Lock(name) => {
                let locks = &self.tab.origin.locks;
                let result: Result<String> = if let Some(note) = locks.enter(name, self.flow) {
                    Ok(note)
                } else if self.is_out_of_time() {
                    self.is_lock_timed_out.set(false);
                    locks.stop_waiting(name, self.flow);
                    Err(Code::LockTimeout.into())
                } else {
                    return None;
                };
                self.trace.borrow_mut().push_str(&format!("{result:?} of "));
                Some((format!("lock {name}"), Box::new(result)))
            }
            PendingEffect::SessionRequest { effect_name, channel, family, generation } => {
                let record = self.tab.origin.reply(self.tab.number, channel, family, *generation);
                Some((effect_name.clone(), Box::new(record)))
            }
            PendingEffect::Reach(effect_name) => {
                let is_in_doubt = effect_name.ends_with("true");
                let is_reachable = !self.tab.offline.get() && (!is_in_doubt || !self.tab.unreachable.get());
                Some((effect_name.clone(), Box::new(is_reachable)))
            }
            PendingEffect::Responses { effect_name, polls, requests } => {
                if *polls > 0 || requests.iter().any(|(purpose, ..)| self.tab.responses.is_held(purpose)) {
                    *polls = polls.saturating_sub(1);
                    return None;
                }
                let responses: Vec<Result<Response>> = requests
                    .iter_mut()
                    .map(|(purpose, url, prepared)| {
                        let response = prepared.take().unwrap_or_else(|| self.tab.responses.take(purpose, url));
                        response.receive()
                    })
                    .collect();
                Some((effect_name.clone(), Box::new(responses)))
            }
            PendingEffect::Response { purpose, url, polls, prepared } => {
                if *polls > 0 || self.tab.responses.is_held(purpose) {
                    *polls = polls.saturating_sub(1);
                    return None;
                }
                let response = prepared.take().unwrap_or_else(|| self.tab.responses.take(purpose, url));
                self.tab.clock.set(self.tab.clock.get() + response.milliseconds);
                response.tokens().iter().for_each(|token| self.tab.keep_secret(token));
                let response = response.receive();
                Some((format!("send {purpose} {url}"), Box::new(response)))
            }
        }
    }

    /// The result of the effect in an earlier run.
    fn earlier_result<T: Clone + 'static>(&self, effect_name: &str) -> Option<T> {
        assert!(self.pending.borrow().is_none(), "a flow continues with {effect_name} although it has to wait");
        let results = self.results.borrow();
        let (earlier_name, value) = results.get(self.at.get())?;
        assert_eq!(effect_name, earlier_name, "a flow requests another effect when it is run again");
        self.at.set(self.at.get() + 1);
        Some(value.downcast_ref::<T>().expect("a result of this type").clone())
    }

    /// The result of an effect that takes no time.
    fn immediate<T: Clone + Debug + 'static>(&self, effect_name: String, effect: impl FnOnce() -> T) -> T {
        self.earlier_result(&effect_name).unwrap_or_else(|| {
            let value = effect();
            self.trace.borrow_mut().push_str(&format!("{effect_name}={value:?};"));
            self.results.borrow_mut().push((effect_name, Box::new(value.clone())));
            self.at.set(self.at.get() + 1);
            value
        })
    }

    /// The result of an effect that takes time; `Waiting` in the run in which it begins.
    fn pending_effect<T: Clone + 'static>(
        &self,
        effect_name: &str,
        begin: impl FnOnce() -> PendingEffect,
    ) -> Result<T> {
        self.earlier_result(effect_name).ok_or_else(|| {
            *self.pending.borrow_mut() = Some(begin());
            Code::Waiting.into()
        })
    }
}

impl Drop for FakeHost<'_> {
    fn drop(&mut self) {
        self.tab.origin.locks.release(self.flow);
    }
}

impl Host for FakeHost<'_> {
    fn send(&self, request: &Request) -> Result<Response> {
        let (purpose, url) = (request.purpose, String::from(request.url.as_str()));
        self.pending_effect::<Result<Response>>(&format!("send {purpose} {url}"), || {
            rules::check(self.tab, request);
            let sent = Sent::of(request);
            let prepared = self.tab.responses.compute(&sent);
            self.tab.sent.borrow_mut().push(sent);
            PendingEffect::Response { purpose, url, polls: self.tab.pace.get(), prepared }
        })?
    }

    fn send_json(&self, request: &JsonRequest) -> Result<Response> {
        let (purpose, url) = (request.request.purpose, String::from(request.request.url.as_str()));
        self.pending_effect::<Result<Response>>(&format!("send {purpose} {url}"), || {
            rules::check_json(self.tab, request);
            let sent = Sent { method: request.method, form: request.body.clone(), ..Sent::of(&request.request) };
            let prepared = self.tab.responses.compute(&sent);
            self.tab.sent.borrow_mut().push(sent);
            PendingEffect::Response { purpose, url, polls: self.tab.pace.get(), prepared }
        })?
    }

    fn send_early(&self, url: &Url) {
        self.immediate(format!("send early {}", url.as_str()), || {
            assert!(url.is_permitted(self.tab.loopback.get()), "{url:?}");
            self.tab.early.borrow_mut().push(url.as_str().into());
        });
    }

    fn send_all(&self, requests: &[Request]) -> Result<Vec<Result<Response>>> {
        let effect = format!("send all {requests:?}");
        let responses: Vec<Result<Response>> = self.pending_effect(&effect, || {
            let begin = |request: &Request| {
                rules::check(self.tab, request);
                let sent = Sent::of(request);
                let prepared = self.tab.responses.compute(&sent);
                self.tab.sent.borrow_mut().push(sent);
                (request.purpose, String::from(request.url.as_str()), prepared)
            };
            let requests = requests.iter().map(begin).collect();
            PendingEffect::Responses { effect_name: effect.clone(), polls: self.tab.pace.get(), requests }
        })?;
        Ok(responses)
    }

    fn now(&self) -> u64 {
        self.immediate("now".into(), || self.tab.clock.get() - self.tab.set_back.get())
    }

    fn steady(&self) -> u64 {
        self.immediate("steady".into(), || self.tab.clock.get())
    }

    fn random(&self) -> String {
        self.immediate("random".into(), || {
            let next_random = self.tab.randoms.borrow_mut().pop_front();
            self.tab.drawn.set(self.tab.drawn.get() + 1);
            let random = next_random.unwrap_or_else(|| sha256(&format!("{} {}", self.tab.name, self.tab.drawn.get())));
            self.tab.keep_secret(&random);
            random
        })
    }

    fn hash(&self, bits: &str, text: &str) -> Result<String> {
        self.pending_effect(&format!("hash {bits} {text}"), || PendingEffect::Hash(bits.into(), text.into()))
    }

    fn verify(&self, algorithm: &str, key: &str, text: &str, signature: &str) -> Result<bool> {
        let effect = format!("verify {algorithm} {key} {text} {signature}");
        self.pending_effect(&effect, || {
            PendingEffect::Verification(effect.clone(), sign(algorithm, key, text) == signature)
        })
    }

    fn credentials(&self, name: &str) -> Result<String> {
        let effect = format!("credentials {name}");
        self.pending_effect(&effect, || PendingEffect::Credentials(effect.clone(), self.tab.keys.credentials(name)))
    }

    fn sign(&self, key: &str, algorithm: &str, text: &str) -> Result<String> {
        let effect = format!("sign {algorithm} {text}");
        self.pending_effect(&effect, || {
            PendingEffect::Signature(effect.clone(), self.tab.keys.sign(key, algorithm, text))
        })?
    }

    fn proof_key(&self, family: &str, create: bool) -> Result<String> {
        let effect = format!("proof key {family} {create}");
        let keys = &self.tab.origin.proof_keys;
        self.pending_effect::<Result<String>>(&effect, || {
            PendingEffect::ProofKey(effect.clone(), keys.public(family, create))
        })?
    }

    fn sign_proof(&self, family: &str, text: &str) -> Result<String> {
        let effect = format!("sign proof {family} {text}");
        let keys = &self.tab.origin.proof_keys;
        self.pending_effect::<Result<String>>(&effect, || {
            PendingEffect::Signature(effect.clone(), keys.sign(family, text))
        })?
    }

    fn forget_proof_key(&self, family: &str) {
        self.immediate(format!("forget proof key {family}"), || self.tab.origin.proof_keys.forget(family));
    }

    fn load(&self, area: Area, key: &str) -> Option<String> {
        self.immediate(format!("load {area:?} {key}"), || self.tab.records.load(area, key))
    }

    fn save(&self, area: Area, key: &str, record: &str) -> bool {
        self.immediate(format!("save {area:?} {key} {record}"), || self.tab.records.save(area, key, record))
    }

    fn remove(&self, area: Area, key: &str) {
        self.immediate(format!("remove {area:?} {key}"), || self.tab.records.remove(area, key));
    }

    fn keys(&self, area: Area, prefix: &str) -> Vec<String> {
        self.immediate(format!("keys {area:?} {prefix}"), || self.tab.records.keys(area, prefix))
    }

    fn lock(&self, area: Area, name: &str, seconds: u64) -> Result<String> {
        assert!(area != Area::Tab && seconds > 0, "a lock of this page or of all pages, with a timeout");
        // The name of a page's own lock includes the page.
        let name = if area == Area::Page { format!("{name} in {}", self.tab.number) } else { name.into() };
        let effect = format!("lock {name}");
        if let Some(result) = self.earlier_result(&effect) {
            return result;
        }
        let locks = &self.tab.origin.locks;
        if let Some(note) = locks.had(&name, self.flow) {
            return self.immediate(effect, || Ok(note));
        }
        locks.wait_for(&name, self.flow);
        *self.pending.borrow_mut() = Some(PendingEffect::Lock(name));
        Err(Code::Waiting.into())
    }

    fn leave(&self, name: &str, note: &str) {
        self.immediate(format!("leave {name} {note}"), || self.tab.origin.locks.leave(name, note));
    }

    fn publish(&self, channel: &str, kind: &str, family: &str, text: &str) {
        self.immediate(format!("publish {channel} {kind} {family} {text}"), || {
            let message = [channel, kind, family, text].map(String::from).into();
            self.tab.origin.broadcast(self.tab.number, &message);
        });
    }

    fn ask(&self, channel: &str, family: &str, generation: u64) -> Result<String> {
        let effect = format!("ask {channel} {family} {generation}");
        self.pending_effect(&effect, || PendingEffect::SessionRequest {
            effect_name: effect.clone(),
            channel: channel.into(),
            family: family.into(),
            generation,
        })
    }

    fn reach(&self, url: &str, doubt: bool) -> Result<bool> {
        let effect = format!("reach {url} {doubt}");
        self.pending_effect(&effect, || PendingEffect::Reach(effect.clone()))
    }
}

/// The SHA-256 of a text in base64url, computed by crates that this library does not use.
pub fn sha256(text: &str) -> String {
    hash("256", text)
}

/// The SHA-2 hash of a text with this number of bits, in base64url.
pub fn hash(bits: &str, text: &str) -> String {
    match bits {
        "256" => URL_SAFE_NO_PAD.encode(Sha256::digest(text)),
        "384" => URL_SAFE_NO_PAD.encode(Sha384::digest(text)),
        "512" => URL_SAFE_NO_PAD.encode(Sha512::digest(text)),
        _ => panic!("no hash of {bits} bits"),
    }
}

/// A stand-in for a signature: it depends on the key's text. Real signatures are tested with Web Crypto, in browsers and with the
/// package.
pub fn sign(algorithm: &str, key: &str, text: &str) -> String {
    sha256(&format!("{algorithm} {key} {text}"))
}

//! A server that rotates refresh tokens and accepts each once (RFC 9700 §4.14.2), and failures between it and the app.

use crate::ehr;
use crate::host::{FakeResponse, Sent, Server};
use serde_json::json;
use smart_launch::error::Code;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The fate of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Responded,
    /// The request does not arrive.
    RequestLost,
    /// The request arrives, and the response does not.
    ResponseLost,
    /// The response is truncated.
    Truncated,
    /// The server responds that it has not processed the request.
    Unavailable,
    /// A proxy responds with a web page.
    Portal,
}

pub struct Rotation {
    /// Number of the valid refresh token; `None` after the family has ended.
    valid: Cell<Option<u64>>,
    /// How many times each refresh token was sent, by its value. Requests with the fates `Unavailable`, `Portal` and `Truncated`
    /// are not counted, because a response arrived.
    pub sent: RefCell<BTreeMap<String, u64>>,
    /// How many times a used token was received.
    pub reuses: Cell<u64>,
    pub revoked: RefCell<Vec<String>>,
    last: Cell<u64>,
    /// Whether the refresh token before the valid one gets the latest tokens again, as some servers permit after a lost response.
    tolerates_reuse: Cell<bool>,
}

impl Rotation {
    pub fn new(tolerates_reuse: bool) -> Rc<Self> {
        Rc::new(Self {
            valid: Cell::new(Some(1)),
            sent: RefCell::default(),
            reuses: Cell::new(0),
            revoked: RefCell::default(),
            last: Cell::new(1),
            tolerates_reuse: Cell::new(tolerates_reuse),
        })
    }

    /// The server of a tab, with the fate of each refresh drawn by `fate`.
    pub fn serve(self: &Rc<Self>, fate: impl Fn() -> Fate + 'static) -> Server {
        let rotation = Rc::clone(self);
        Rc::new(move |sent: &Sent| match sent.purpose {
            "refresh" => Some(rotation.refresh(&sent.field("refresh_token"), fate())),
            "revocation" => {
                rotation.revoke(sent.field("token"));
                Some(FakeResponse::new(200, "", ""))
            }
            _ => None,
        })
    }

    /// Starts a new token family, as when the user signs in again, and returns the number of its refresh token.
    pub fn begin_anew(&self) -> u64 {
        self.last.set(self.last.get() + 1);
        self.valid.set(Some(self.last.get()));
        self.last.get()
    }

    /// Whether the server has ended the family, rightly or not.
    pub fn has_ended(&self) -> bool {
        self.valid.get().is_none()
    }

    fn refresh(&self, token: &str, fate: Fate) -> FakeResponse {
        assert!(!token.is_empty(), "a request without a token");
        if !matches!(fate, Fate::Unavailable | Fate::Portal | Fate::Truncated) {
            *self.sent.borrow_mut().entry(token.into()).or_default() += 1;
        }
        match fate {
            Fate::RequestLost => return FakeResponse::failed(Code::Network),
            Fate::Unavailable => return FakeResponse::new(503, "text/html", ""),
            Fate::Portal => return FakeResponse::new(200, "text/html", "<h1>Welcome to our wifi"),
            _ => {}
        }
        let response = self.exchange(token);
        match fate {
            Fate::ResponseLost => FakeResponse::failed(Code::Timeout),
            Fate::Truncated => FakeResponse::new(200, "application/json", "{\"access_token\":\"acc"),
            _ => response,
        }
    }

    fn exchange(&self, token: &str) -> FakeResponse {
        let refused = || FakeResponse::json(400, &json!({ "error": "invalid_grant" }));
        let Some(valid) = self.valid.get() else { return refused() };
        if token == ehr::refresh_token(valid) {
            self.last.set(self.last.get() + 1);
            self.valid.set(Some(self.last.get()));
            return FakeResponse::ok(&ehr::tokens(self.last.get()));
        }
        if self.tolerates_reuse.get() && valid > 1 && token == ehr::refresh_token(valid - 1) {
            return FakeResponse::ok(&ehr::tokens(valid));
        }
        self.reuses.set(self.reuses.get() + 1);
        self.valid.set(None);
        refused()
    }

    fn revoke(&self, token: String) {
        if self.valid.get().is_some_and(|valid| token == ehr::refresh_token(valid)) {
            self.valid.set(None);
        }
        self.revoked.borrow_mut().push(token);
    }

    pub fn state(&self) -> String {
        format!("{:?} {:?} {} {:?}", self.valid.get(), self.sent.borrow(), self.reuses.get(), self.revoked.borrow())
    }
}

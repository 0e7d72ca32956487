//! Responses of the scripted server, in the form in which `src/web` passes them on.

use super::rules::Sent;
use serde_json::{Value, json};
use smart_launch::error::{Code, Result};
use smart_launch::protocol::http::Response;
use smart_launch::protocol::json::Json;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

/// Maximum size in bytes of a body that `env.js` reads.
pub const BODY_LIMIT: usize = 1_048_576;

/// A response, or the failure of the request.
#[derive(Clone)]
pub struct FakeResponse {
    /// Milliseconds until the response arrives.
    pub milliseconds: u64,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Reply {
        status: u64,
        content_type: String,
        date: Option<u64>,
        retry_after: Option<u64>,
        /// `DPoP-Nonce` and `WWW-Authenticate`.
        proof: [String; 2],
        body: String,
    },
    Failure(Code),
}

impl FakeResponse {
    /// A success in JSON.
    pub fn ok(body: &Value) -> Self {
        Self::json(200, body)
    }

    pub fn json(status: u64, body: &Value) -> Self {
        Self::new(status, "application/json", &body.to_string())
    }

    pub fn new(status: u64, content_type: &str, body: &str) -> Self {
        let (content_type, body) = (content_type.into(), body.into());
        let (date, retry_after, proof) = (None, None, Default::default());
        Self { milliseconds: 0, content: Content::Reply { status, content_type, date, retry_after, proof, body } }
    }

    /// No readable response.
    pub fn failed(code: Code) -> Self {
        Self { milliseconds: 0, content: Content::Failure(code) }
    }

    /// The response as the library reads it.
    pub fn received(self) -> Response {
        self.receive().expect("a readable response")
    }

    pub fn after(mut self, milliseconds: u64) -> Self {
        self.milliseconds = milliseconds;
        self
    }

    /// With a `Retry-After` that `env.js` reads as this number of seconds.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        if let Content::Reply { retry_after, .. } = &mut self.content {
            *retry_after = Some(seconds);
        }
        self
    }

    /// With a `Date` that `env.js` reads as this number of milliseconds.
    pub fn dated(mut self, milliseconds: u64) -> Self {
        if let Content::Reply { date, .. } = &mut self.content {
            *date = Some(milliseconds);
        }
        self
    }

    /// With a `DPoP-Nonce`.
    pub fn nonce(mut self, nonce: &str) -> Self {
        if let Content::Reply { proof, .. } = &mut self.content {
            proof[0] = nonce.into();
        }
        self
    }

    /// With a `WWW-Authenticate`.
    pub fn challenge(mut self, challenge: &str) -> Self {
        if let Content::Reply { proof, .. } = &mut self.content {
            proof[1] = challenge.into();
        }
        self
    }

    /// The tokens in the response.
    pub(super) fn tokens(&self) -> Vec<String> {
        let Content::Reply { body, .. } = &self.content else { return Vec::new() };
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let names = ["access_token", "refresh_token", "id_token"];
        names.iter().filter_map(|name| body[name].as_str().map(String::from)).collect()
    }

    /// The result of `send` of `src/web`: a response as JSON text, with its body limited in size.
    pub(super) fn receive(self) -> Result<Response> {
        match self.content {
            Content::Failure(code) => Err(code.into()),
            Content::Reply { body, .. } if body.len() > BODY_LIMIT => Err(Code::BodyTooLarge.into()),
            Content::Reply { status: 300..=399, .. } => Err(Code::Redirected.into()),
            Content::Reply { status, content_type, date, retry_after, proof: [nonce, challenge], body } => {
                let response = json!({
                    "status": status, "contentType": content_type, "date": date, "retryAfter": retry_after, "body": body, "failure": "",
                    "dpopNonce": nonce, "authenticate": challenge,
                });
                Ok(Response::new(Json::parse_own(&response.to_string()).expect("JSON in the form of JSON.stringify")))
            }
        }
    }
}

/// The script: the next responses for a purpose or a URL, or the response for every request.
#[derive(Default)]
pub struct FakeResponses {
    queues: RefCell<BTreeMap<String, VecDeque<FakeResponse>>>,
    defaults: RefCell<BTreeMap<String, FakeResponse>>,
    held: RefCell<BTreeSet<&'static str>>,
    server: RefCell<Option<Server>>,
}

/// A server that computes its responses; `None` for a request that is not for it.
pub type Server = Rc<dyn Fn(&Sent) -> Option<FakeResponse>>;

impl FakeResponses {
    /// Lets a server respond to requests. The script responds to those for which the server returns `None`.
    pub fn serve(&self, server: &Server) {
        *self.server.borrow_mut() = Some(Rc::clone(server));
    }

    pub fn stop_serving(&self) {
        *self.server.borrow_mut() = None;
    }

    pub(super) fn compute(&self, sent: &Sent) -> Option<FakeResponse> {
        self.server.borrow().as_ref().and_then(|server| server(sent))
    }

    /// Sets the response to the next request of this purpose, or to this URL.
    pub fn next(&self, to: &str, response: FakeResponse) {
        self.queues.borrow_mut().entry(to.into()).or_default().push_back(response);
    }

    /// Sets the response to all other requests of this purpose, or to this URL.
    pub fn always(&self, to: &str, response: FakeResponse) {
        self.defaults.borrow_mut().insert(to.into(), response);
    }

    /// Removes the next responses.
    pub fn forget(&self, to: &str) {
        self.queues.borrow_mut().remove(to);
    }

    /// Requests of this purpose wait until [`FakeResponses::release`].
    pub fn hold(&self, purpose: &'static str) {
        self.held.borrow_mut().insert(purpose);
    }

    pub fn release(&self, purpose: &'static str) {
        self.held.borrow_mut().remove(purpose);
    }

    pub(super) fn is_held(&self, purpose: &str) -> bool {
        self.held.borrow().contains(purpose)
    }

    pub(super) fn take(&self, purpose: &str, url: &str) -> FakeResponse {
        let next = [url, purpose].iter().find_map(|to| self.queues.borrow_mut().get_mut(*to)?.pop_front());
        let defaults = || [url, purpose].iter().find_map(|to| self.defaults.borrow().get(*to).cloned());
        next.or_else(defaults).unwrap_or_else(|| panic!("a request that the script does not expect: {purpose} {url}"))
    }
}

//! The parameters of an authorization request, and how they are sent (RFC 6749 §4.1.1; RFC 9126; RFC 9101 §5).

use super::outgoing_request::OutgoingRequest;
use crate::error::{Code, Error, Result};
use crate::protocol::endpoint::Endpoint;
use crate::protocol::form;
use crate::protocol::http::{Response, is_token};
use crate::protocol::json::{Json, Value};
use crate::protocol::launch::check_handle;
use crate::protocol::server::Server;
use crate::protocol::url::Url;
use alloc::string::String;
use alloc::vec::Vec;

/// The parameters of an authorization request.
#[derive(Debug)]
pub struct Parameters(pub(super) Json);

impl Parameters {
    /// Parameters that the app gives to a building block.
    ///
    /// # Errors
    /// [`Code::LaunchInvalid`].
    pub fn from_input(input: Json) -> Result<Self> {
        if !input.at("launch").is_null() {
            check_handle(input.text("launch"))?;
        }
        Ok(Self(input))
    }

    /// Whether the request has to be pushed (RFC 9126): if the server requires it, if the app wants it (`push`), and with `auto`
    /// if the URL of `unpushed`, the same request without a push, is long and the server has the endpoint.
    #[must_use]
    pub fn is_pushed(&self, server: &Server, unpushed: &OutgoingRequest) -> bool {
        let method = self.0.text("authorizeMethod");
        server.requires_push()
            || method == "push"
            || method != "GET"
                && unpushed.json().text("url").len() > LONG_URL
                && !server.endpoint(Endpoint::PUSHED).is_empty()
    }

    /// The form fields of a pushed request. `resource` (RFC 8707) names the FHIR server in addition to `aud`: a server that
    /// stores the request as a request object (RFC 9101) loses the parameter `aud`, because a claim of the object has that name.
    #[must_use]
    #[inline(always)] // Building blocks have a copy, and sign-ins that push nothing have none.
    pub fn push_form(&self) -> String {
        let (_, mut encoded) = self.encode("");
        if !self.0.at("authorizationParams").members().iter().any(|(name, _)| name == "resource") {
            form::add(&mut encoded, "resource", self.0.text("aud"));
        }
        encoded
    }

    /// The authorization request that refers to a pushed one (RFC 9126 §4): its `client_id` and `request_uri` alone.
    ///
    /// # Errors
    /// [`Code::AuthorizationRefused`] with the server's error; [`Code::HttpStatus`]; [`Code::JsonInvalid`];
    /// [`Code::ParResponseInvalid`] without a `request_uri`.
    #[inline(always)] // As for `push_form`.
    pub fn request_for_pushed(&self, endpoint: &Url, response: &Response) -> Result<OutgoingRequest> {
        let body = response.success_body(Code::AuthorizationRefused)?;
        let json = Json::parse(body).map_err(|flaw| response.add_request_to(flaw.into()))?;
        let reference = json.text("request_uri");
        let is_uri = ["urn:", "https:"].iter().any(|scheme| reference.starts_with(scheme));
        let is_ascii = reference.len() <= LONG_URL && is_token(reference);
        let lifetime = json.at("expires_in");
        let is_valid = lifetime.is_null() || lifetime.whole() > Some(0);
        if !(is_uri && is_ascii && is_valid) {
            return Err(response.add_request_to(Error::named(
                Code::ParResponseInvalid,
                "request_uri",
                "is missing or expired",
            )));
        }
        let encoded = form::encode(&[("client_id", self.0.text("clientId")), ("request_uri", reference)]);
        let mut outgoing = Json::object();
        outgoing.set_text("method", "GET");
        outgoing.set_text("url", &form::append(endpoint, &encoded));
        outgoing.copy(&self.0, &["state"]);
        Ok(OutgoingRequest(outgoing))
    }

    /// The request of these parameters: `{method: "GET", url, state}` or `{method: "POST", action, fields, state}`. With `auto`
    /// it is a POST if the server accepts that (`authorize-post`) and the URL would be long.
    #[must_use]
    pub fn request_to(&self, endpoint: &Url, accepts_post: bool) -> OutgoingRequest {
        let (fields, encoded) = self.encode(endpoint.query().unwrap_or_default());
        self.outgoing(endpoint, accepts_post, fields, &encoded)
    }

    /// The request with these parameters in a signed token (RFC 9101 §5.1), or with the URL of that token (§5.2).
    #[must_use]
    pub fn signed_request_to(&self, endpoint: &Url, accepts_post: bool, signed: Signed<'_>) -> OutgoingRequest {
        let fields = self.signed_fields(signed);
        let list =
            fields.iter().map(|(name, value)| Json::from(Vec::from([(*name).into(), (*value).into()]))).collect();
        self.outgoing(endpoint, accepts_post, list, &form::encode(&fields))
    }

    /// The form fields of a pushed request with these parameters in a signed token (RFC 9126 §3).
    #[must_use]
    pub fn signed_push_form(&self, token: &str) -> String {
        form::encode(&self.signed_fields(Signed::Value(token)))
    }

    fn signed_fields<'a>(&'a self, signed: Signed<'a>) -> [(&'static str, &'a str); 2] {
        [("client_id", self.0.text("clientId")), signed.field()]
    }

    fn outgoing(&self, endpoint: &Url, accepts_post: bool, fields: Vec<Json>, encoded: &str) -> OutgoingRequest {
        let method = self.0.text("authorizeMethod");
        let url = form::append(endpoint, encoded);
        let mut outgoing = Json::object();
        if method == "POST" || (method != "GET" && accepts_post && url.len() > LONG_URL) {
            outgoing.set_text("method", "POST");
            outgoing.set_text("action", endpoint.as_str());
            outgoing.set("fields", fields.into());
        } else {
            outgoing.set_text("method", "GET");
            outgoing.set_text("url", &url);
        }
        outgoing.copy(&self.0, &["state"]);
        OutgoingRequest(outgoing)
    }

    /// The fields, as a list and encoded, without those that `query` has: a parameter of the endpoint's own query is not added
    /// again (RFC 6749 §3.1).
    fn encode(&self, query: &str) -> (Vec<Json>, String) {
        let (mut fields, mut encoded) = (Vec::new(), String::new());
        let mut add = |name: &str, value: &str| {
            if !value.is_empty() && form::find(query, name).1 == 0 {
                form::add(&mut encoded, name, value);
                fields.push(Json::from(Vec::from([name.into(), value.into()])));
            }
        };
        for (name, ours) in PARAMETERS {
            let fixed = ["code", "S256"].contains(ours);
            add(name, if fixed { ours } else { self.0.text(ours) });
        }
        for (name, value) in self.0.at("authorizationParams").members() {
            match value.value() {
                None => {}
                Some(Value::Text(text)) => add(name, text),
                Some(_) => add(name, &value.to_text()),
            }
        }
        (fields, encoded)
    }
}

/// How an authorization request refers to its parameters in a signed token (RFC 9101 §5).
#[derive(Clone, Copy, Debug)]
pub enum Signed<'a> {
    /// By the token itself (§5.1).
    Value(&'a str),
    /// By the token's URL (§5.2).
    Reference(&'a str),
}

impl<'a> Signed<'a> {
    /// The parameter.
    #[must_use]
    pub const fn field(self) -> (&'static str, &'a str) {
        match self {
            Self::Value(token) => ("request", token),
            Self::Reference(url) => ("request_uri", url),
        }
    }
}

/// Parameters in the specification's order: wire name, and the name of our member or the fixed value.
const PARAMETERS: &[(&str, &str)] = &[
    ("response_type", "code"),
    ("client_id", "clientId"),
    ("scope", "scope"),
    ("redirect_uri", "redirectUri"),
    ("aud", "aud"),
    ("state", "state"),
    ("code_challenge", "codeChallenge"),
    ("code_challenge_method", "S256"),
    ("launch", "launch"),
    ("nonce", "nonce"),
    ("response_mode", "responseMode"),
];

/// Length of a URL above which `auto` uses POST or push, if the server supports one: every browser, proxy and server accepts URLs
/// up to it.
const LONG_URL: usize = 2_000;

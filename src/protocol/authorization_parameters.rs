//! The parameters of an authorization request, and the request as it is sent: by GET, by POST or pushed (RFC 9126).

use super::endpoint::Endpoint;
use super::form;
use super::http::Response;
use super::json::{Json, Value};
use super::launch::check_handle;
use super::server::Server;
use super::url::Url;
use crate::error::{Code, Error, Result};
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
    pub fn given(input: Json) -> Result<Self> {
        if !input.at("launch").is_null() {
            check_handle(input.text("launch"))?;
        }
        Ok(Self(input))
    }

    /// Whether the request has to be pushed (RFC 9126): if the server requires it, if the app wants it (`push`), and with `auto` if
    /// the request would be a long URL `otherwise`.
    #[must_use]
    pub fn is_pushed(&self, server: &Server, otherwise: &OutgoingRequest) -> bool {
        let method = self.0.text("authorizeMethod");
        server.requires_push()
            || method == "push"
            || method != "GET"
                && otherwise.0.text("url").len() > LONG_URL
                && !server.endpoint(Endpoint::PUSHED).is_empty()
    }

    /// The form fields of a pushed request. A server that keeps it as a request object (RFC 9101) has no `aud` for SMART in it,
    /// because that is a claim of the object, so `resource` (RFC 8707) names the FHIR server too.
    #[must_use]
    #[inline(always)] // Building blocks have a copy, and sign-ins that push nothing have none.
    pub fn pushed(&self) -> String {
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
    #[inline(always)] // As above.
    pub fn refer(&self, endpoint: &Url, response: &Response) -> Result<OutgoingRequest> {
        let body = response.success(Code::AuthorizationRefused)?;
        let json = Json::parse(body).map_err(|flaw| response.blame(flaw.into()))?;
        let reference = json.text("request_uri");
        let is_uri = ["urn:", "https:"].iter().any(|scheme| reference.starts_with(scheme));
        let is_ascii = reference.len() <= LONG_URL && reference.bytes().all(|byte| byte.is_ascii_graphic());
        if !(is_uri && is_ascii) || json.at("expires_in").number() == Some(0) {
            return Err(response.blame(Error::named(Code::ParResponseInvalid, "request_uri", "is missing or expired")));
        }
        let encoded = form::encode(&[("client_id", self.0.text("clientId")), ("request_uri", reference)]);
        Ok(self.get(&form::append(endpoint, &encoded)))
    }

    /// The request of these parameters: `{method: "GET", url, state}` or `{method: "POST", action, fields, state}`. With `auto` it is
    /// a POST if the server accepts that (`authorize-post`) and the URL would be long.
    #[must_use]
    pub fn to(&self, endpoint: &Url, takes_post: bool) -> OutgoingRequest {
        let method = self.0.text("authorizeMethod");
        let (fields, encoded) = self.encode(endpoint.query().unwrap_or_default());
        let url = form::append(endpoint, &encoded);
        if method != "POST" && (method == "GET" || !takes_post || url.len() <= LONG_URL) {
            return self.get(&url);
        }
        let mut outgoing = Json::object();
        outgoing.set_text("method", "POST");
        outgoing.set_text("action", endpoint.as_str());
        outgoing.set("fields", fields.into());
        outgoing.copy(&self.0, &["state"]);
        OutgoingRequest(outgoing)
    }

    /// The request by GET: `url` has all its parameters.
    fn get(&self, url: &str) -> OutgoingRequest {
        let mut outgoing = Json::object();
        outgoing.set_text("method", "GET");
        outgoing.set_text("url", url);
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

/// An authorization request as it is sent.
#[derive(Debug)]
pub struct OutgoingRequest(Json);

impl OutgoingRequest {
    /// The request as JavaScript sees it.
    #[must_use]
    #[inline(always)]
    pub const fn json(&self) -> &Json {
        &self.0
    }

    /// The request for JavaScript: `{method: "GET", url, state}` or `{method: "POST", action, fields, state}`.
    #[must_use]
    #[inline(always)]
    pub fn into_json(self) -> Json {
        self.0
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

/// Length of a URL above which `auto` uses POST: every browser, proxy and server accepts URLs up to it.
const LONG_URL: usize = 2_000;

//! Authorization request (RFC 6749 §4.1.1; SMART App Launch 2.2, "Obtain authorization code").
//!
//! The pending sign-in, the options and the parameters are in one file: functions are placed in the WebAssembly module by their
//! path, and in files of their own they made the building blocks 40 bytes larger (brotli).

use super::client::Client;
use super::endpoint::Endpoint;
use super::form;
use super::http::{Response, is_token};
use super::json::{Json, Value};
use super::jws::is_verifiable;
use super::launch::{check_handle, local_path};
use super::record::{Record, SERVER, VERSION, is_stale, is_well_typed, versioned};
use super::scope;
use super::server::Server;
use super::setting::{Kind, METHODS, RESPONSE_MODES, check};
use super::url::Url;
use super::warning::add;
use crate::error::{Code, Error, Result};
use alloc::string::String;
use alloc::vec::Vec;

/// A pending sign-in: all values that the authorization response has to match. It is stored under its `state` and used
/// once.
#[derive(Debug)]
pub struct AuthorizationRequest(Json);

/// Options of one sign-in (`AuthorizeOptions`).
#[derive(Clone, Copy, Debug)]
pub struct Options<'a>(&'a Json);

impl<'a> Options<'a> {
    /// Checks options.
    ///
    /// # Errors
    /// As [`check_options`].
    pub fn read(options: &'a Json) -> Result<Self> {
        check_options(options).map(|()| Self(options))
    }

    /// Wraps options that were checked.
    #[must_use]
    #[inline(always)]
    pub const fn checked(options: &'a Json) -> Self {
        Self(options)
    }

    /// FHIR base URL of the server to sign in to; empty if the settings have one server.
    #[must_use]
    #[inline(always)]
    pub fn iss(self) -> &'a str {
        self.0.text("iss")
    }

    /// Scopes that replace those of the settings for this sign-in.
    #[must_use]
    fn scope(self, client: Client<'a>) -> &'a str {
        if self.0.at("scope").is_null() { client.scope() } else { self.0.text("scope") }
    }

    /// Whether an ID token is requested.
    #[must_use]
    pub fn is_for_identity(self, client: Client<'a>) -> bool {
        scope::covers(self.scope(client), "openid")
    }

    /// Whether a signed response is requested.
    #[must_use]
    pub fn is_for_signed_response(self, client: Client<'a>) -> bool {
        let own = self.0.text("responseMode");
        is_signed_mode(if own.is_empty() { client.text("responseMode") } else { own })
    }

    /// The options with the thumbprint of the key to which the tokens will be bound (RFC 9449 §10): a parameter of the
    /// authorization request, pushed or not.
    #[must_use]
    pub fn with_key(self, thumbprint: &str) -> Json {
        let mut options = self.0.clone();
        let mut params = options.at("authorizationParams").clone();
        if params.is_null() {
            params = Json::object();
        }
        params.set_text("dpop_jkt", thumbprint);
        options.set("authorizationParams", params);
        options
    }

    /// The options as JavaScript passed them.
    #[must_use]
    #[inline(always)]
    pub const fn json(self) -> &'a Json {
        self.0
    }
}

/// New random values for a sign-in, 256 bits each in base64url (SMART requires 122 bits), and the code challenge.
#[derive(Default)]
pub struct Fresh {
    /// `state`.
    pub state: String,
    /// `nonce`, sent if `openid` is requested.
    pub nonce: String,
    /// PKCE code verifier (RFC 7636 §4.1).
    pub verifier: String,
    /// S256 code challenge (RFC 7636 §4.2): SHA-256 of the verifier in base64url.
    pub challenge: String,
}

impl AuthorizationRequest {
    /// Makes a request to `server`, which has passed [`Server::check`].
    #[must_use]
    pub fn new(client: Client<'_>, server: &Server, options: Options<'_>, fresh: &Fresh, now: u64) -> Self {
        let options = options.0;
        let (own, ehr) = (options.text("scope"), !options.at("launch").is_null());
        // `scope` of the settings serves EHR and standalone launches, so `launch` is added or left out. `scope` of one
        // sign-in is sent unchanged, except that an EHR launch needs `launch`.
        let scope = if own.is_empty() {
            scope::for_launch(client.text("scope"), ehr)
        } else if ehr && !scope::covers(own, "launch") {
            scope::for_launch(own, ehr)
        } else {
            own.into()
        };
        let mut request = Json::object();
        request.copy(client.options(), &["clientId", "fhirBaseUrl", "redirectUri", "responseMode", "dpop"]);
        request.copy(server.json(), SERVER);
        request.copy(options, &["appState", "responseMode"]);
        request.set("v", VERSION.into());
        request.set("created", now.into());
        request.set_text("state", &fresh.state);
        request.set_text("verifier", &fresh.verifier);
        if scope::covers(&scope, "openid") {
            request.set_text("nonce", &fresh.nonce);
        }
        request.set_text("asked", &scope);
        request.set("maxAge", added(client, options).at("max_age").whole().map_or(Json::NULL, Json::from));
        request.set("issRequired", server.sends_iss().into());
        if options.at("launch").is_null() && scope::lacks_patient(&scope) {
            // The server may refuse because it does not know which patient's data is requested.
            add(&mut request, "patient_context_not_asked");
        }
        if !options.at("returnTo").is_null() {
            let redirect = client.redirect();
            let origin = redirect.as_ref().map_or("", Url::origin);
            request.set_text("returnTo", &local_path(options.text("returnTo"), origin));
        }
        Self(request)
    }

    /// Reads a stored sign-in; `None` for one that is incomplete, or older than `age` milliseconds.
    #[must_use]
    pub fn stored(record: &str, now: u64, age: u64) -> Option<Self> {
        Self::read(record).filter(|request| request.is_complete() && !is_stale(&request.0, now, age))
    }

    /// Reads a stored sign-in of this version, even if it is incomplete.
    #[must_use]
    pub fn read(record: &str) -> Option<Self> {
        versioned(record).map(Self)
    }

    /// Values that an authorization response has to match: `state`, `issuer`, `issRequired` and `responseMode`.
    #[must_use]
    pub const fn expected(input: Json) -> Self {
        Self(input)
    }

    /// The members that the record of a session also has.
    #[must_use]
    #[inline(always)]
    pub const fn record(&self) -> Record<'_> {
        Record::new(&self.0)
    }

    /// The request as JSON, in the form in which it is stored.
    #[must_use]
    #[inline(always)]
    pub const fn json(&self) -> &Json {
        &self.0
    }

    /// The request as it is stored.
    #[must_use]
    pub fn to_record(&self) -> String {
        self.0.to_text()
    }

    /// Whether its response was used.
    #[must_use]
    #[inline(always)]
    pub fn is_used(&self) -> bool {
        self.0.at("used").is_true()
    }

    /// The record that replaces this sign-in once it is used. It distinguishes a repeated response from a forged one,
    /// and contains no secret.
    #[must_use]
    pub fn used(&self) -> Self {
        let mut record = Json::object();
        record.copy(&self.0, &["v", "created", "clientId", "fhirBaseUrl", "issuer", "state", "dpop"]);
        record.set("used", Json::from(true));
        Self(record)
    }

    /// Whether it has every member that completing the sign-in needs, or that the record of a used sign-in has. Other
    /// scripts of the page may have written the record.
    fn is_complete(&self) -> bool {
        is_well_typed(&self.0, if self.is_used() { USED.as_slice() } else { &REQUIRED })
    }

    /// Redirect URI as it was sent.
    #[must_use]
    #[inline(always)]
    pub fn redirect_uri(&self) -> &str {
        self.0.text("redirectUri")
    }

    /// PKCE code verifier.
    #[must_use]
    #[inline(always)]
    pub fn verifier(&self) -> &str {
        self.0.text("verifier")
    }

    /// Whether the server's metadata says that its responses have `iss` (RFC 9207 §3).
    #[must_use]
    #[inline(always)]
    pub fn expects_iss(&self) -> bool {
        self.0.at("issRequired").is_true()
    }

    /// The response mode that was requested; empty for the server's default.
    #[must_use]
    pub fn response_mode(&self) -> &str {
        self.0.text("responseMode")
    }

    /// The algorithms of signed responses that the server supports; empty if it does not state them.
    #[must_use]
    pub fn response_algorithms(&self) -> &Json {
        self.0.at("responseAlgorithms")
    }

    /// Prepares for a signed response: checks that the server supports the response mode and an algorithm that can be verified,
    /// and keeps the list of its algorithms (JARM §4). Without an issuer it could not be verified.
    ///
    /// # Errors
    /// [`Code::ConfigInvalid`].
    pub fn expect_signed(&mut self, server: &Server) -> Result<()> {
        let mode = self.response_mode();
        if !is_signed_mode(mode) {
            return Ok(());
        }
        if server.issuer().is_empty() {
            let says = "is for signed responses, and the server states no issuer to verify them: set `issuer`";
            return Err(Error::named(Code::ConfigInvalid, "responseMode", says));
        }
        let stated = server.json().at("configuration");
        let modes = stated.at("response_modes_supported");
        if !modes.list().is_empty() && !modes.lists(mode) {
            let says = ["is `", mode, "`, which the server's `response_modes_supported` does not list"].concat();
            return Err(Error::named(Code::ConfigInvalid, "responseMode", &says));
        }
        let algorithms = stated.at("authorization_signing_alg_values_supported");
        if !algorithms.list().is_empty() && !algorithms.list().iter().any(|algorithm| is_verifiable(algorithm.str())) {
            let says =
                "is for signed responses, and the server signs them with none of the algorithms that can be verified";
            return Err(Error::named(Code::ConfigInvalid, "responseMode", says));
        }
        self.0.set("responseAlgorithms", algorithms.clone());
        Ok(())
    }

    /// Path in the app to return to after the sign-in; empty if none was given.
    #[must_use]
    #[inline(always)]
    pub fn return_to(&self) -> &str {
        self.0.text("returnTo")
    }

    /// The parameters to send.
    #[must_use]
    pub fn parameters(&self, client: Client<'_>, options: Options<'_>, challenge: &str) -> Parameters {
        let options = options.0;
        let mut parameters = Json::object();
        parameters.copy(client.options(), &["clientId", "redirectUri", "authorizeMethod"]);
        parameters.copy(&self.0, &["state", "nonce", "responseMode"]);
        parameters.copy(options, &["launch", "authorizeMethod"]);
        parameters.set("scope", self.0.at("asked").clone());
        // In an EHR launch `aud` is the launch's `iss` unchanged; it may differ from the configured base by a final
        // slash.
        let launch_iss = if options.at("launch").is_null() { "" } else { options.text("iss") };
        let aud = [client.text("aud"), launch_iss, client.fhir_base()];
        parameters.set_text("aud", aud.into_iter().find(|aud| !aud.is_empty()).unwrap_or_default());
        parameters.set_text("codeChallenge", challenge);
        parameters.set("authorizationParams", added(client, options));
        Parameters(parameters)
    }
}

/// The parameters of an authorization request.
#[derive(Debug)]
pub struct Parameters(Json);

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

    /// Whether the request has to be pushed (RFC 9126): if the server requires it, if the app wants it (`push`), and with `auto`
    /// if the request would be a long URL `otherwise`.
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
        let is_ascii = reference.len() <= LONG_URL && is_token(reference);
        let lifetime = json.at("expires_in");
        let is_valid = lifetime.is_null() || lifetime.whole() > Some(0);
        if !(is_uri && is_ascii && is_valid) {
            return Err(response.blame(Error::named(Code::ParResponseInvalid, "request_uri", "is missing or expired")));
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
    pub fn to(&self, endpoint: &Url, takes_post: bool) -> OutgoingRequest {
        let (fields, encoded) = self.encode(endpoint.query().unwrap_or_default());
        self.outgoing(endpoint, takes_post, fields, &encoded)
    }

    /// The same with these parameters in a signed token (RFC 9101 §5.1), or with the URL of that token (§5.2).
    #[must_use]
    pub fn signed_to(&self, endpoint: &Url, takes_post: bool, signed: Signed<'_>) -> OutgoingRequest {
        let fields = self.signed_fields(signed);
        let list =
            fields.iter().map(|(name, value)| Json::from(Vec::from([(*name).into(), (*value).into()]))).collect();
        self.outgoing(endpoint, takes_post, list, &form::encode(&fields))
    }

    /// The form fields of a pushed request with these parameters in a signed token (RFC 9126 §3).
    #[must_use]
    pub fn signed_pushed(&self, token: &str) -> String {
        form::encode(&self.signed_fields(Signed::Value(token)))
    }

    fn signed_fields<'a>(&'a self, signed: Signed<'a>) -> [(&'static str, &'a str); 2] {
        [("client_id", self.0.text("clientId")), signed.field()]
    }

    fn outgoing(&self, endpoint: &Url, takes_post: bool, fields: Vec<Json>, encoded: &str) -> OutgoingRequest {
        let method = self.0.text("authorizeMethod");
        let url = form::append(endpoint, encoded);
        let mut outgoing = Json::object();
        if method == "POST" || (method != "GET" && takes_post && url.len() > LONG_URL) {
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

    /// The request with the signed token that the app has to serve, as `requestObject`.
    #[must_use]
    pub fn serving(mut self, token: &str) -> Self {
        self.0.set_text("requestObject", token);
        self
    }

    /// The request for JavaScript: `{method: "GET", url, state}` or `{method: "POST", action, fields, state}`.
    #[must_use]
    #[inline(always)]
    pub fn into_json(self) -> Json {
        self.0
    }
}

/// Additional authorization parameters (`authorizationParams`): those of the settings, overridden by those of one
/// sign-in.
fn added(client: Client<'_>, options: &Json) -> Json {
    let mut added = client.options().at("authorizationParams").clone();
    for (name, value) in options.at("authorizationParams").members() {
        if added.is_null() {
            added = Json::object();
        }
        added.set(name, value.clone());
    }
    added
}

/// Whether a response mode is for signed responses (JARM §2.3).
pub(super) fn is_signed_mode(mode: &str) -> bool {
    mode.ends_with("jwt")
}

/// Checks the options of one sign-in (`AuthorizeOptions`).
///
/// # Errors
/// [`Code::ConfigInvalid`]; [`Code::LaunchInvalid`].
pub fn check_options(options: &Json) -> Result<()> {
    check(options, OPTIONS, true)?;
    if options.at("launch").is_null() { Ok(()) } else { check_handle(options.text("launch")) }
}

/// Members of the record of a used sign-in; below, those that a pending one must have.
const USED: [&str; 3] = ["clientId", "fhirBaseUrl", "state"];
const REQUIRED: [&str; 7] = ["clientId", "fhirBaseUrl", "state", "redirectUri", "tokenEndpoint", "verifier", "asked"];

/// Note for other waiters of a sign-in's lock: its response was already used.
pub const TAKEN: &str = "used";
/// Prefix of the keys of pending sign-ins; the `state` follows.
pub const SIGN_INS: &str = "smart-launch:sign-in:";

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

const OPTIONS: &[(&str, Kind)] = &[
    ("iss", Kind::Text),
    ("launch", Kind::Any),
    ("scope", Kind::Scope(false)),
    ("appState", Kind::Any),
    ("returnTo", Kind::Text),
    ("authorizeMethod", METHODS),
    ("responseMode", RESPONSE_MODES),
    ("authorizationParams", Kind::Params),
];

/// Length of a URL above which `auto` uses POST: every browser, proxy and server accepts URLs up to it.
const LONG_URL: usize = 2_000;

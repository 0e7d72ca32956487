//! Authorization request (RFC 6749 §4.1.1; SMART App Launch 2.2, "Obtain authorization code").

use super::client::Client;
use super::form;
use super::json::{Json, Value};
use super::launch::{check_handle, local_path};
use super::record::{Record, SERVER, VERSION, is_stale, is_well_typed, versioned};
use super::scope;
use super::server::Server;
use super::setting::{Kind, METHODS, RESPONSE_MODES, check};
use super::url::Url;
use super::warning::add;
use crate::error::Result;
use alloc::string::String;
use alloc::vec::Vec;

/// A pending sign-in: all values that the authorization response has to match. It is stored under its `state` and taken
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

    /// FHIR base URL of the server to sign in to; empty where the settings have one server.
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

    /// The options with the thumbprint of the key to which the tokens will be bound (RFC 9449 §10): a parameter of the request
    /// to the authorization endpoint, and likewise of a pushed one.
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

    /// Path in the app to return to after the sign-in; empty where none was given.
    #[must_use]
    #[inline(always)]
    pub fn return_to(&self) -> &str {
        self.0.text("returnTo")
    }

    /// The request to send, as JavaScript sees it: see [`outgoing`](outgoing()).
    #[must_use]
    pub fn outgoing(
        &self,
        client: Client<'_>,
        server: &Server,
        endpoint: &Url,
        options: Options<'_>,
        challenge: &str,
    ) -> Json {
        let options = options.0;
        let mut parameters = Json::object();
        parameters.copy(client.options(), &["clientId", "redirectUri"]);
        parameters.copy(&self.0, &["state", "nonce", "responseMode"]);
        parameters.copy(options, &["launch"]);
        parameters.set("scope", self.0.at("asked").clone());
        // In an EHR launch `aud` is the launch's `iss` unchanged; it may differ from the configured base by a final
        // slash.
        let launch_iss = if options.at("launch").is_null() { "" } else { options.text("iss") };
        let aud = [client.text("aud"), launch_iss, client.fhir_base()];
        parameters.set_text("aud", aud.into_iter().find(|aud| !aud.is_empty()).unwrap_or_default());
        parameters.set_text("codeChallenge", challenge);
        parameters.set("authorizationParams", added(client, options));
        let own = options.text("authorizeMethod");
        let method = if own.is_empty() { client.text("authorizeMethod") } else { own };
        outgoing(&parameters, endpoint, method, server.takes_post())
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

/// Checks the options of one sign-in (`AuthorizeOptions`).
///
/// # Errors
/// [`Code::ConfigInvalid`](crate::error::Code::ConfigInvalid); [`Code::LaunchInvalid`](crate::error::Code::LaunchInvalid).
pub fn check_options(options: &Json) -> Result<()> {
    check(options, OPTIONS, true)?;
    if options.at("launch").is_null() { Ok(()) } else { check_handle(options.text("launch")) }
}

/// Makes the request of `parameters`: `{method: "GET", url, state}` or `{method: "POST", action, fields, state}`. With
/// `auto` as `method` it is a POST if the server accepts that (`authorize-post`) and the URL would be long.
#[must_use]
pub fn outgoing(parameters: &Json, endpoint: &Url, method: &str, takes_post: bool) -> Json {
    let (mut fields, mut encoded) = (Vec::new(), String::new());
    // A parameter that the endpoint's own query has is not added again (RFC 6749 §3.1).
    let query = endpoint.query().unwrap_or_default();
    let mut add = |name: &str, value: &str| {
        if !value.is_empty() && form::find(query, name).1 == 0 {
            form::add(&mut encoded, name, value);
            fields.push(Json::from(Vec::from([name.into(), value.into()])));
        }
    };
    for (name, ours) in PARAMETERS {
        let fixed = ["code", "S256"].contains(ours);
        add(name, if fixed { ours } else { parameters.text(ours) });
    }
    for (name, value) in parameters.at("authorizationParams").members() {
        match value.value() {
            None => {}
            Some(Value::Text(text)) => add(name, text),
            Some(_) => add(name, &value.to_text()),
        }
    }
    let url = form::append(endpoint, &encoded);
    let mut outgoing = Json::object();
    if method == "POST" || (method != "GET" && takes_post && url.len() > LONG_URL) {
        outgoing.set_text("method", "POST");
        outgoing.set_text("action", endpoint.as_str());
        outgoing.set("fields", fields.into());
    } else {
        outgoing.set_text("method", "GET");
        outgoing.set_text("url", &url);
    }
    outgoing.copy(parameters, &["state"]);
    outgoing
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

//! Authorization request (RFC 6749 §4.1.1; SMART App Launch 2.2, "Obtain authorization code").
//!
//! This file has the pending sign-in. `options` has the options of the app, `parameters` the parameters that are sent, and
//! `outgoing_request` the request with them.

mod options;
mod outgoing_request;
mod parameters;

use self::options::additional_params;
pub(super) use self::options::is_signed_mode;
pub use self::options::{Options, check_options};
pub use self::outgoing_request::OutgoingRequest;
pub use self::parameters::{Parameters, Signed};
use super::client::Client;
use super::json::Json;
use super::jws::is_verifiable;
use super::launch::local_path;
use super::record::{Record, SERVER, VERSION, is_stale, is_well_typed, versioned};
use super::scope;
use super::server::Server;
use super::url::Url;
use super::warning::add;
use crate::error::{Code, Error, Result};
use alloc::string::String;

/// A pending sign-in: all values that the authorization response has to match. It is stored under its `state` and used
/// once.
#[derive(Debug)]
pub struct AuthorizationRequest(Json);

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
        let options = options.json();
        let (sign_in_scope, is_ehr) = (options.text("scope"), !options.at("launch").is_null());
        // `scope` of the settings serves EHR and standalone launches, so `launch` is added or left out. `scope` of one
        // sign-in is sent unchanged, except that an EHR launch needs `launch`.
        let scope = if sign_in_scope.is_empty() {
            scope::for_launch(client.text("scope"), is_ehr)
        } else if is_ehr && !scope::has(sign_in_scope, "launch") {
            scope::for_launch(sign_in_scope, is_ehr)
        } else {
            sign_in_scope.into()
        };
        let mut request = Json::object();
        request.copy(client.options(), &["clientId", "fhirBaseUrl", "redirectUri", "responseMode", "dpop"]);
        request.copy(server.json(), SERVER);
        request.copy(options, &["appState", "responseMode"]);
        request.set("v", VERSION.into());
        request.set("created", now.into());
        request.set_text("state", &fresh.state);
        request.set_text("verifier", &fresh.verifier);
        if scope::has(&scope, "openid") {
            request.set_text("nonce", &fresh.nonce);
        }
        request.set_text("asked", &scope);
        request.set("maxAge", additional_params(client, options).at("max_age").whole().map_or(Json::NULL, Json::from));
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

    /// Reads a stored sign-in; `None` for one that is incomplete, or was created more than `age` milliseconds before or after
    /// `now`.
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
    pub const fn from_expected(input: Json) -> Self {
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
    pub fn to_used(&self) -> Self {
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
    /// and keeps the list of its algorithms (JARM §4). Without an issuer the response could not be verified.
    ///
    /// # Errors
    /// [`Code::ConfigInvalid`].
    pub fn expect_signed(&mut self, server: &Server) -> Result<()> {
        let mode = self.response_mode();
        if !is_signed_mode(mode) {
            return Ok(());
        }
        if server.issuer().is_empty() {
            let message = "is for signed responses, and the server states no issuer to verify them: set `issuer`";
            return Err(Error::named(Code::ConfigInvalid, "responseMode", message));
        }
        let configuration = server.json().at("configuration");
        let modes = configuration.at("response_modes_supported");
        if !modes.list().is_empty() && !modes.lists(mode) {
            let message = ["is `", mode, "`, which the server's `response_modes_supported` does not list"].concat();
            return Err(Error::named(Code::ConfigInvalid, "responseMode", &message));
        }
        let algorithms = configuration.at("authorization_signing_alg_values_supported");
        if !algorithms.list().is_empty() && !algorithms.list().iter().any(|algorithm| is_verifiable(algorithm.str())) {
            let message =
                "is for signed responses, and the server signs them with none of the algorithms that can be verified";
            return Err(Error::named(Code::ConfigInvalid, "responseMode", message));
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
        let options = options.json();
        let mut parameters = Json::object();
        parameters.copy(client.options(), &["clientId", "redirectUri", "authorizeMethod"]);
        parameters.copy(&self.0, &["state", "nonce", "responseMode"]);
        parameters.copy(options, &["launch", "authorizeMethod"]);
        parameters.set("scope", self.0.at("asked").clone());
        // Without the setting `aud`, an EHR launch sends the launch's `iss` unchanged; it may differ from the configured base
        // by a final slash.
        let launch_iss = if options.at("launch").is_null() { "" } else { options.text("iss") };
        let aud = [client.text("aud"), launch_iss, client.fhir_base()];
        parameters.set_text("aud", aud.into_iter().find(|aud| !aud.is_empty()).unwrap_or_default());
        parameters.set_text("codeChallenge", challenge);
        parameters.set("authorizationParams", additional_params(client, options));
        Parameters(parameters)
    }
}

/// Members of the record of a used sign-in; below, those that a pending one must have.
const USED: [&str; 3] = ["clientId", "fhirBaseUrl", "state"];
const REQUIRED: [&str; 7] = ["clientId", "fhirBaseUrl", "state", "redirectUri", "tokenEndpoint", "verifier", "asked"];

/// Note for other waiters of a sign-in's lock: its response was already used.
pub const USED_NOTE: &str = "used";
/// Prefix of the keys of pending sign-ins; the `state` follows.
pub const SIGN_INS: &str = "smart-launch:sign-in:";

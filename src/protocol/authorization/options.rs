//! Options of one sign-in (`AuthorizeOptions`).

use crate::error::Result;
use crate::protocol::client::Client;
use crate::protocol::json::Json;
use crate::protocol::launch::check_handle;
use crate::protocol::scope;
use crate::protocol::setting::{Kind, METHODS, RESPONSE_MODES, check};

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

    /// FHIR base URL of the server to sign in to. It may be empty if the settings have only one server.
    #[must_use]
    #[inline(always)]
    pub fn iss(self) -> &'a str {
        self.0.text("iss")
    }

    /// The scopes to request: those of this sign-in, or else those of the settings.
    #[must_use]
    fn scope(self, client: Client<'a>) -> &'a str {
        if self.0.at("scope").is_null() { client.scope() } else { self.0.text("scope") }
    }

    /// Whether an ID token is requested.
    #[must_use]
    pub fn is_for_identity(self, client: Client<'a>) -> bool {
        scope::has(self.scope(client), "openid")
    }

    /// Whether a signed response is requested.
    #[must_use]
    pub fn is_for_signed_response(self, client: Client<'a>) -> bool {
        let mode = self.0.text("responseMode");
        is_signed_mode(if mode.is_empty() { client.text("responseMode") } else { mode })
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

    /// The options as JSON.
    #[must_use]
    #[inline(always)]
    pub const fn json(self) -> &'a Json {
        self.0
    }
}

/// Additional authorization parameters (`authorizationParams`): those of the settings, overridden by those of one
/// sign-in.
pub(super) fn additional_params(client: Client<'_>, options: &Json) -> Json {
    let mut params = client.options().at("authorizationParams").clone();
    for (name, value) in options.at("authorizationParams").members() {
        if params.is_null() {
            params = Json::object();
        }
        params.set(name, value.clone());
    }
    params
}

/// Whether a response mode is for signed responses (JARM §2.3).
pub(in crate::protocol) fn is_signed_mode(mode: &str) -> bool {
    mode.ends_with("jwt")
}

/// Checks the options of one sign-in (`AuthorizeOptions`).
///
/// # Errors
/// [`ConfigInvalid`](crate::error::Code::ConfigInvalid); [`LaunchInvalid`](crate::error::Code::LaunchInvalid).
pub fn check_options(options: &Json) -> Result<()> {
    check(options, OPTIONS, true)?;
    if options.at("launch").is_null() { Ok(()) } else { check_handle(options.text("launch")) }
}

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

//! Clients without a user (RFC 6749 §4.4; SMART App Launch 2.2, "Backend Services"), and clients that a user has registered for
//! one browser (RFC 7523 §2.1).

use super::client::Client;
use super::endpoint::Endpoint;
use super::form;
use super::json::Json;
use super::setting::Kind;
use super::settings::Settings;
use super::token::Tokens;
use crate::error::{Code, Error, Result};
use alloc::string::String;

/// Checks the options of `createBackendClient`: `{clients: [options]}`.
///
/// # Errors
/// [`Code::ConfigInvalid`] with the option's name; [`Code::EndpointScheme`].
pub fn read_settings(settings: &Json) -> Result<Settings<'_>> {
    if is_bearer(settings) {
        return Settings::read_by(settings, BEARER);
    }
    let settings = Settings::read_by(settings, OPTIONS)?;
    for client in settings.clients() {
        let is_system = |scope: &str| scope.is_empty() || scope.starts_with("system/");
        if !client.options().at("allowOtherScopes").is_true()
            && !client.scope().split(|sign: char| sign.is_ascii_whitespace()).all(is_system)
        {
            let message = "has a scope that does not begin with `system/`: another one needs `allowOtherScopes`";
            return Err(Error::named(Code::ConfigInvalid, "scope", message));
        }
    }
    Ok(settings)
}

/// Whether the client uses the JWT bearer grant (RFC 7523 §2.1) instead of client credentials: `bearer` beside `clients`.
#[must_use]
pub fn is_bearer(settings: &Json) -> bool {
    settings.at("bearer").is_true()
}

/// Whether the options have the token endpoint, so that nothing is discovered.
#[must_use]
pub fn has_token_endpoint(client: Client<'_>) -> bool {
    !client.options().at("endpoints").text(Endpoint::TOKEN.0).is_empty()
}

/// Form fields that request an access token, in the specification's order. Those of the client's authentication follow.
#[must_use]
pub fn form(scope: &str) -> String {
    form::encode(&[("grant_type", "client_credentials"), ("scope", scope)])
}

/// Form fields of the JWT bearer grant (RFC 7523 §2.1). Its assertion authenticates the client, too.
#[must_use]
pub fn bearer_form(assertion: &str, client_id: &str, scope: &str) -> String {
    form::encode(&[
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", assertion),
        ("client_id", client_id),
        ("scope", scope),
    ])
}

/// The access token of a back end.
#[derive(Debug)]
pub struct BackendToken(Json);

impl BackendToken {
    /// Keeps the needed members of a token response. The token is renewed when a quarter of its lifetime is left. A refresh token
    /// is not kept: the specification defines none for this grant.
    ///
    /// `sent` is the time of the request in milliseconds of a monotonic clock.
    #[must_use]
    pub fn new(tokens: &Tokens, client: Client<'_>, sent: u64) -> Self {
        let stated = tokens.json().at("expiresIn").number();
        let lifetime = stated.unwrap_or(client.assumed_lifetime()).saturating_mul(1_000);
        let mut token = Json::object();
        token.set_text("accessToken", tokens.access_token());
        token.set("renewAt", sent.saturating_add(lifetime - lifetime / 4).into());
        token.set("expiresAt", stated.map_or(Json::NULL, |_| sent.saturating_add(lifetime).into()));
        token.copy(tokens.json(), &["granted", "warnings", "tokenResponse"]);
        Self(token)
    }

    /// The token for JavaScript: `{accessToken, renewAt, expiresAt?, granted?, warnings, tokenResponse}`, the times in
    /// milliseconds of the clock of `sent`.
    #[must_use]
    pub fn into_json(self) -> Json {
        self.0
    }
}

/// `BackendClientOptions`.
const OPTIONS: &[(&str, Kind)] = &[
    ("fhirBaseUrl", Kind::RequiredUrl),
    ("clientId", Kind::Required),
    ("clientAuth", Kind::Required),
    ("scope", Kind::Scope(true)),
    ("issuer", Kind::Text),
    ("metadataIssuer", Kind::Text),
    ("endpoints", Kind::Endpoints),
    ("strict", Kind::Flag),
    ("timeoutSeconds", Kind::Seconds(86_400)),
    ("assumedLifetimeSeconds", Kind::Seconds(86_400)),
    ("allowInsecureLoopback", Kind::Flag),
    ("allowOtherScopes", Kind::Flag),
];

/// The options of a client with the JWT bearer grant.
const BEARER: &[(&str, Kind)] = &[
    ("fhirBaseUrl", Kind::RequiredUrl),
    ("clientId", Kind::Required),
    ("clientAuth", Kind::Required),
    ("scope", Kind::Scope(false)),
    ("endpoints", Kind::Endpoints),
    ("strict", Kind::Flag),
    ("timeoutSeconds", Kind::Seconds(86_400)),
    ("assumedLifetimeSeconds", Kind::Seconds(86_400)),
    ("allowInsecureLoopback", Kind::Flag),
];

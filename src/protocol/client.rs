//! The client at one server (`SmartServerOptions` and `SmartClientBehaviour`).

use super::json::Json;
use super::record::{Record, session_prefix};
use super::setting::{Kind, METHODS, RESPONSE_MODES, SIGNED_RESPONSE_MODES, permits_loopback, setting_url};
use super::url::Url;
use crate::error::Result;
use alloc::string::String;
use alloc::vec::Vec;

/// The client at one server: its options, checked by [`Settings::read`](super::settings::Settings::read).
#[derive(Clone, Copy, Debug)]
pub struct Client<'a>(pub(super) &'a Json);

impl<'a> Client<'a> {
    /// The options.
    #[must_use]
    #[inline(always)]
    pub const fn options(self) -> &'a Json {
        self.0
    }

    /// A setting that is text; empty if it is not set.
    #[must_use]
    #[inline(always)]
    pub fn text(self, name: &str) -> &'a str {
        self.0.text(name)
    }

    /// The name of the client's credentials; empty for a public client.
    #[must_use]
    pub fn credentials(self) -> &'a str {
        self.text("clientAuth")
    }

    /// Whether the client signs its authorization requests (`requestObject`).
    #[must_use]
    pub fn signs_requests(self) -> bool {
        self.0.at("requestObject").is_true() || self.refers_to_requests()
    }

    /// Whether the client sends the URL of the signed request in place of the request (RFC 9101 §5.2).
    #[must_use]
    pub fn refers_to_requests(self) -> bool {
        self.text("requestObject") == "reference"
    }

    /// Whether the client's tokens are bound to a key (`dpop`).
    #[must_use]
    #[inline(always)]
    pub fn binds_tokens(self) -> bool {
        self.0.at("dpop").is_true()
    }

    /// Client id.
    #[must_use]
    #[inline(always)]
    pub fn client_id(self) -> &'a str {
        self.text("clientId")
    }

    /// OpenID issuer; empty if it is not set.
    #[must_use]
    #[inline(always)]
    pub fn issuer(self) -> &'a str {
        self.text("issuer")
    }

    /// Scopes to request, separated by spaces.
    #[must_use]
    #[inline(always)]
    pub fn scope(self) -> &'a str {
        self.text("scope")
    }

    /// Issuer that the metadata has to state (`metadataIssuer`, else `issuer`); empty if the settings name none.
    #[must_use]
    pub fn pinned_issuer(self) -> &'a str {
        match self.text("metadataIssuer") {
            "" => self.text("issuer"),
            stated => stated,
        }
    }

    /// Issuer of the server by the settings (`issuer`, else `metadataIssuer`); empty if they name none.
    pub(super) fn named_issuer(self) -> &'a str {
        match self.text("issuer") {
            "" => self.text("metadataIssuer"),
            issuer => issuer,
        }
    }

    /// Whether a record fits the settings: it has the issuer that they name, if they name one, and its tokens are bound to a
    /// key if and only if the settings say so. A record without an issuer is not compared with `metadataIssuer`.
    pub(super) fn permits(self, record: Record<'_>) -> bool {
        let issuer = match self.text("issuer") {
            "" if record.has_issuer() => self.text("metadataIssuer"),
            issuer => issuer,
        };
        (issuer.is_empty() || issuer == record.issuer()) && self.binds_tokens() == record.is_bound()
    }

    /// FHIR base URL as it is in the settings.
    #[must_use]
    #[inline(always)]
    pub fn fhir_base(self) -> &'a str {
        self.text("fhirBaseUrl")
    }

    /// FHIR base URL in normal form.
    ///
    /// # Errors
    /// As [`setting_url`].
    pub fn base(self) -> Result<Url> {
        setting_url(self.0, "fhirBaseUrl", true)
    }

    /// Redirect URI in normal form.
    ///
    /// # Errors
    /// As [`setting_url`].
    pub fn redirect(self) -> Result<Url> {
        setting_url(self.0, "redirectUri", true)
    }

    /// Whether violations of the specification that do not affect security are errors instead of warnings.
    #[must_use]
    pub fn strict(self) -> bool {
        self.0.at("strict").is_true()
    }

    /// Whether servers on this machine are permitted.
    #[must_use]
    pub fn loopback(self) -> bool {
        permits_loopback(self.0)
    }

    /// Deadline of a request in seconds, for headers and body together.
    #[must_use]
    #[inline(always)]
    pub fn timeout(self) -> u64 {
        self.seconds("timeoutSeconds", TIMEOUT)
    }

    /// Seconds by which the clocks of device and server may differ.
    #[must_use]
    #[inline(always)]
    pub fn clock_skew(self) -> u64 {
        self.seconds("clockSkewSeconds", SKEW)
    }

    /// Lifetime in seconds that is assumed for an access token if the server states none.
    #[must_use]
    #[inline(always)]
    pub fn assumed_lifetime(self) -> u64 {
        self.seconds("assumedLifetimeSeconds", 300)
    }

    fn seconds(self, name: &str, default: u64) -> u64 {
        self.0.at(name).number().unwrap_or(default)
    }

    /// Seconds to wait for a request that another flow or tab has sent: its deadline and 5 more.
    #[must_use]
    pub fn lock_timeout(self) -> u64 {
        self.timeout() + 5
    }

    /// Whether the settings name the authorization and token endpoint, so that no smart-configuration is read.
    #[must_use]
    pub fn has_endpoints(self) -> bool {
        let endpoints = self.0.at("endpoints");
        !endpoints.text("authorizationEndpoint").is_empty() && !endpoints.text("tokenEndpoint").is_empty()
    }

    /// The beginning of the storage keys of this client's sessions: see [`session_prefix`].
    #[must_use]
    pub fn session_prefix(self) -> String {
        session_prefix(self.client_id(), self.fhir_base())
    }
}

/// The options of confidential clients (`ConfidentialServerOptions`).
#[must_use]
pub(super) fn confidential_settings() -> Vec<(&'static str, Kind)> {
    let is_general = |(name, _): &&(&str, Kind)| !CONFIDENTIAL.iter().any(|(ours, _)| ours == name);
    CONFIDENTIAL.iter().chain(SETTINGS.iter().filter(is_general)).copied().collect()
}

/// Options that only confidential clients and clients with bound tokens have, or that have more values for them.
const CONFIDENTIAL: &[(&str, Kind)] = &[
    ("clientAuth", Kind::Text),
    ("requestObject", Kind::Any),
    ("dpop", Kind::Flag),
    ("responseMode", SIGNED_RESPONSE_MODES),
];

/// `SmartServerOptions` and `SmartClientBehaviour`.
pub(super) const SETTINGS: &[(&str, Kind)] = &[
    ("name", Kind::Text),
    ("fhirBaseUrl", Kind::RequiredUrl),
    ("clientId", Kind::Required),
    ("scope", Kind::Scope(true)),
    ("redirectUri", Kind::AppUrl),
    ("issuer", Kind::Text),
    ("metadataIssuer", Kind::Text),
    ("aud", Kind::Text),
    ("endpoints", Kind::Endpoints),
    ("authorizeMethod", METHODS),
    ("responseMode", RESPONSE_MODES),
    ("authorizationParams", Kind::Params),
    ("strict", Kind::Flag),
    ("timeoutSeconds", Kind::Seconds(86_400)),
    ("assumedLifetimeSeconds", Kind::Seconds(86_400)),
    ("clockSkewSeconds", Kind::Seconds(300)),
    ("idleTimeoutSeconds", Kind::Seconds(86_400)),
    ("allowInsecureLoopback", Kind::Flag),
    ("acceptServerWithoutS256", Kind::Flag),
];

/// Seconds by which clocks may differ if the settings do not say.
pub const SKEW: u64 = 60;
/// Deadline of a request in seconds if the settings do not say.
pub const TIMEOUT: u64 = 20;

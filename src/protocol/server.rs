//! A server: its metadata, from its documents and the settings.

use super::client::Client;
use super::dpop;
use super::endpoint::Endpoint;
use super::json::Json;
use super::record::Record;
use super::url::Url;
use super::warning::add;
use crate::error::{Code, Error, Result};
use alloc::string::String;

/// The metadata of a server: its endpoints, its issuer and its capabilities.
#[derive(Debug)]
pub struct Server(pub(super) Json);

impl Server {
    /// A server whose endpoints are in the settings (`endpoints`).
    #[must_use]
    pub fn from_settings(client: Client<'_>) -> Self {
        let mut server = client.options().at("endpoints").clone();
        server.copy(client.options(), &["issuer", "fhirBaseUrl"]);
        Self(server)
    }

    /// The server as it is stored in the record of a sign-in or a session.
    #[must_use]
    pub fn from_record(record: Record<'_>) -> Self {
        Self(record.json().clone())
    }

    /// The metadata as a record, which a sign-in copies.
    #[must_use]
    pub const fn record(&self) -> Record<'_> {
        Record::new(&self.0)
    }

    /// Copies the metadata's members on client authentication (RFC 8414 §2) to the members that a sign-in and its session
    /// keep.
    pub fn keep_client_authentication(&mut self) {
        for (ours, name) in [
            ("authMethods", "token_endpoint_auth_methods_supported"),
            ("authAlgorithms", "token_endpoint_auth_signing_alg_values_supported"),
        ] {
            let stated = self.0.at("configuration").at(name).clone();
            self.0.set(ours, stated);
        }
    }

    /// Checks that the server accepts DPoP proofs with this library's algorithm. Metadata without a list of algorithms excludes
    /// none.
    ///
    /// # Errors
    /// [`Code::DpopUnsupported`].
    pub fn check_proofs(&self) -> Result<()> {
        let stated = self.0.at("configuration").at("dpop_signing_alg_values_supported");
        if stated.is_null() || stated.lists(dpop::ALGORITHM) { Ok(()) } else { Err(Code::DpopUnsupported.into()) }
    }

    /// Reads a cached document that was fetched less than `age` milliseconds ago.
    #[must_use]
    pub fn cached(record: &str, now: u64, age: u64) -> Option<Self> {
        let json = Json::parse_own(record).ok()?;
        (now.checked_sub(json.at("fetched").number()?)? < age).then_some(Self(json))
    }

    /// The document as it is cached.
    #[must_use]
    pub fn to_record(&self, now: u64) -> String {
        let mut record = self.0.clone();
        record.set("fetched", now.into());
        record.to_text()
    }

    /// Overrides the metadata with the settings. The issuer is compared each time, because two clients may share cached
    /// metadata.
    ///
    /// # Errors
    /// [`Code::DiscoveryIssuer`] if the metadata states another issuer than the settings.
    pub fn with_settings(mut self, client: Client<'_>) -> Result<Self> {
        let expected = client.pinned_issuer();
        if !expected.is_empty() && !self.issuer().is_empty() && expected != self.issuer() {
            return Err(Code::DiscoveryIssuer.into());
        }
        // The settings may have an issuer that the metadata lacks, and the cached FHIR base may be spelt differently.
        self.0.copy(client.options(), &["issuer", "fhirBaseUrl"]);
        for (name, url) in client.options().at("endpoints").members() {
            self.0.set(name, url.clone());
        }
        Ok(self)
    }

    /// Whether the issuer is verified to be this server's own.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.0.at("proven").is_true()
    }

    /// Records whether the issuer is verified.
    pub fn set_verified(&mut self, verified: bool) {
        self.0.set("proven", verified.into());
    }

    /// Verifies that the issuer belongs to this server: the authorization endpoint, token endpoint and keys have to be
    /// those of the issuer's own metadata (`issuer_metadata`) or of the settings. Other endpoints that differ are replaced by those
    /// of `issuer_metadata`; if `issuer_metadata` has none, an endpoint with the origin of the token endpoint is left unchanged.
    ///
    /// # Errors
    /// [`Code::DiscoveryIssuer`]; under `strict` also if one of the other endpoints differs.
    pub fn verify(&mut self, issuer_metadata: &Self, client: Client<'_>) -> Result<()> {
        let configured = client.options().at("endpoints");
        let agrees = |server: &Json, name: &str| {
            let stated = server.at(name);
            stated.is_null() || stated == issuer_metadata.0.at(name) || stated == configured.at(name)
        };
        if !VERIFIED.iter().all(|name| agrees(&self.0, name)) {
            return Err(unverified());
        }
        for Endpoint(name) in OTHERS {
            let is_at_token_origin = issuer_metadata.0.at(name).is_null()
                && is_same_origin(self.0.text(name), self.endpoint(Endpoint::TOKEN));
            if !is_at_token_origin && !agrees(&self.0, name) {
                if client.strict() {
                    return Err(unverified());
                }
                // Otherwise tokens of that issuer would be sent to this endpoint.
                self.0.set(name, issuer_metadata.0.at(name).clone());
                add(&mut self.0, "discovery_member_invalid");
            }
        }
        Ok(())
    }

    /// The metadata as JavaScript sees it (`SmartServerMetadata`).
    #[must_use]
    #[inline(always)]
    pub const fn json(&self) -> &Json {
        &self.0
    }

    /// The metadata as JSON, owned.
    #[must_use]
    #[inline(always)]
    pub fn into_json(self) -> Json {
        self.0
    }

    /// URL of an endpoint; empty if the metadata has none.
    #[must_use]
    pub fn endpoint(&self, endpoint: Endpoint) -> &str {
        self.0.text(endpoint.0)
    }

    /// Adds a warning about the way in which the document was delivered.
    pub fn warn(&mut self, warning: &str) {
        add(&mut self.0, warning);
    }

    /// URL of the registration endpoint (RFC 7591 §3).
    ///
    /// # Errors
    /// [`Code::DiscoveryInvalid`] if the metadata has none.
    pub fn registration_endpoint(&self) -> Result<&str> {
        match self.0.at("configuration").text("registration_endpoint") {
            "" => Err(unusable("registration_endpoint")),
            url => Ok(url),
        }
    }

    /// OpenID issuer; empty if the metadata states none, such as the metadata of a server without OpenID Connect.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.0.text("issuer")
    }

    /// Whether the metadata says that authorization responses have `iss` (RFC 9207 §3).
    #[must_use]
    pub fn sends_iss(&self) -> bool {
        self.0.at("configuration").at("authorization_response_iss_parameter_supported").is_true()
    }

    /// Whether the server accepts authorization requests by POST (capability `authorize-post`).
    #[must_use]
    pub fn accepts_post(&self) -> bool {
        self.0.at("capabilities").lists("authorize-post")
    }

    /// Whether the server accepts only pushed authorization requests (RFC 9126 §5).
    #[must_use]
    pub fn requires_push(&self) -> bool {
        self.0.at("configuration").at("require_pushed_authorization_requests").is_true()
    }

    /// Whether authorization requests of `client` have to be signed (RFC 9101): if the app wants it (`requestObject`), or the
    /// server accepts no others (§10.5) and the client has credentials.
    #[must_use]
    pub fn needs_signed_requests(&self, client: Client<'_>) -> bool {
        let requires = self.0.at("configuration").at("require_signed_request_object").is_true();
        client.signs_requests() || requires && !client.credentials().is_empty()
    }

    /// Whether the issuer has the origin of the authorization endpoint.
    #[must_use]
    pub fn has_own_issuer(&self, endpoint: &Url) -> bool {
        is_same_origin(self.issuer(), endpoint.as_str())
    }

    /// URL to which authorization requests are pushed.
    ///
    /// # Errors
    /// Without one [`Code::ParRequired`], or [`Code::ConfigInvalid`] if only the app asked for it (`push`).
    pub fn push_endpoint(&self) -> Result<&str> {
        let message = "is `push`, and the server has no endpoint for pushed requests";
        match self.endpoint(Endpoint::PUSHED) {
            "" if self.requires_push() => Err(Code::ParRequired.into()),
            "" => Err(Error::named(Code::ConfigInvalid, "authorizeMethod", message)),
            url => Ok(url),
        }
    }

    /// Checks that `client` may sign in at this server, and returns the authorization endpoint. `shares_redirect` says
    /// whether another server has the same redirect URI.
    ///
    /// # Errors
    /// [`Code::PkceUnsupported`]; [`Code::ParRequired`] if the server accepts only pushed requests and has no endpoint for
    /// them; [`Code::ConfigInvalid`] if servers share a redirect URI and this one does not send `iss`;
    /// [`Code::DiscoveryInvalid`] without an authorization endpoint.
    pub fn check(&self, client: Client<'_>, shares_redirect: bool) -> Result<Url> {
        if self.0.at("warnings").lists("pkce_not_advertised")
            && !client.options().at("acceptServerWithoutS256").is_true()
        {
            return Err(Code::PkceUnsupported.into());
        }
        if self.requires_push() && self.endpoint(Endpoint::PUSHED).is_empty() {
            return Err(Code::ParRequired.into());
        }
        if shares_redirect && (self.issuer().is_empty() || !self.sends_iss()) {
            return Err(shared_redirect());
        }
        Url::parse(self.0.text("authorizationEndpoint")).map_err(|_| unusable("authorization_endpoint"))
    }
}

/// The error of a server that shares its redirect URI and does not send `iss`, so that its responses cannot be
/// distinguished from those of the others.
#[must_use]
pub fn shared_redirect() -> Error {
    Error::about(
        Code::ConfigInvalid,
        "several servers share a `redirectUri`, and this one does not send `iss`: give it one of its own",
    )
}

fn is_same_origin(left: &str, right: &str) -> bool {
    Url::parse(left).is_ok_and(|left| Url::parse(right).is_ok_and(|right| left.origin() == right.origin()))
}

/// The error of a server whose issuer could not be verified.
#[must_use]
pub fn unverified() -> Error {
    Error::about(Code::DiscoveryIssuer, "the server's issuer could not be verified: set it as `issuer`")
}

/// The error of a metadata member that is missing or cannot be used.
#[must_use]
pub fn unusable(name: &str) -> Error {
    Error::named(Code::DiscoveryInvalid, name, "in the metadata is missing or cannot be used")
}

/// Endpoints of a smart-configuration: wire name, our name, and whether a sign-in needs it.
pub(super) const ENDPOINTS: &[(&str, &str, bool)] = &[
    ("authorization_endpoint", "authorizationEndpoint", true),
    ("token_endpoint", "tokenEndpoint", true),
    ("revocation_endpoint", "revocationEndpoint", false),
    ("introspection_endpoint", "introspectionEndpoint", false),
    ("end_session_endpoint", "endSessionEndpoint", false),
    ("jwks_uri", "jwksUri", false),
    ("pushed_authorization_request_endpoint", Endpoint::PUSHED.0, false),
];
/// Endpoints that have to be the issuer's own, because they authenticate users in its name.
const VERIFIED: [&str; 3] = ["authorizationEndpoint", "tokenEndpoint", "jwksUri"];

/// Further endpoints to which tokens or all parameters of a sign-in are sent.
const OTHERS: [Endpoint; 4] = [Endpoint::REVOCATION, Endpoint::INTROSPECTION, Endpoint::END_SESSION, Endpoint::PUSHED];

//! smart-configuration (SMART App Launch 2.2, "Using .well-known").

use super::client::Client;
use super::endpoint::Endpoint;
use super::json::{self, Json, Value};
use super::record::Record;
use super::setting::is_endpoint;
use super::split::cut;
use super::url::{Flaw, Url};
use super::warning::{Warnings, add};
use crate::error::{Code, Error, Result};
use alloc::string::String;

/// The metadata of a server: its endpoints, its issuer and its capabilities.
#[derive(Debug)]
pub struct Server(Json);

/// URL of a FHIR base's smart-configuration. The suffix is appended to the whole path, unlike RFC 8414.
///
/// # Errors
/// None, for a base that was read from a URL.
pub fn configuration_url(base: &Url) -> Result<Url> {
    base.join(".well-known/smart-configuration").map_err(|_| Code::Internal.into())
}

impl Server {
    /// Reads a smart-configuration. `loopback` and `strict` are settings of the client.
    ///
    /// # Errors
    /// [`Code::DiscoveryInvalid`] for another document, and if a required member is missing or unusable;
    /// [`Code::JsonInvalid`]; [`Code::EndpointScheme`].
    pub fn parse(document: &str, base: &Url, loopback: bool, strict: bool) -> Result<Self> {
        let document = read(document, "discovery")?;
        let mut warnings = Warnings::new(strict, Code::DiscoveryInvalid);
        let mut server = Json::object();
        for (name, ours, needed) in ENDPOINTS {
            let stated = document.at(name);
            let url = if stated.is_null() { Ok(Json::NULL) } else { endpoint(stated, base, loopback, &mut warnings) };
            match url {
                Ok(url) if url.is_null() && *name == "token_endpoint" => return Err(unusable(name)),
                Ok(url) => server.set(ours, url),
                // An unusable endpoint is an error if a sign-in needs it. Any other counts as absent.
                Err(code) if *needed => {
                    return Err(if code == Code::EndpointScheme { Error::new(code) } else { unusable(name) });
                }
                Err(_) => warnings.note("discovery_member_invalid")?,
            }
        }
        let mut lists = Json::object();
        for (name, needed) in &LISTS {
            lists.set(name, warnings.texts(document.at(name), "discovery_member_invalid")?);
            if *needed && document.at(name).is_null() {
                warnings.note("discovery_member_missing")?;
            }
        }
        let capabilities = lists.at("capabilities");
        let launches = capabilities.lists("launch-ehr") || capabilities.lists("launch-standalone");
        let issuer = document.at("issuer");
        if !matches!(issuer.value(), None | Some(Value::Text(_))) {
            warnings.note("discovery_member_invalid")?;
        }
        if (launches && server.at("authorizationEndpoint").is_null())
            || (capabilities.lists("sso-openid-connect") && issuer.str().is_empty())
        {
            warnings.note("discovery_member_missing")?;
        }
        let methods = document.at("code_challenge_methods_supported");
        if methods.lists("plain") {
            warnings.note("pkce_plain_advertised")?;
        }
        if !methods.lists("S256") {
            // A warning even under `strict`: the metadata may be read, and [`Server::check`] refuses the sign-in.
            warnings.keep("pkce_not_advertised");
        }
        if !issuer.str().is_empty() {
            server.set("issuer", issuer.clone());
        }
        server.set("scopesSupported", lists.at("scopes_supported").clone());
        server.set("capabilities", capabilities.clone());
        server.set("warnings", warnings.into_json());
        server.set("configuration", document);
        Ok(Self(server))
    }

    /// A server whose endpoints are in the settings (`endpoints`).
    #[must_use]
    pub fn given(client: Client<'_>) -> Self {
        let mut server = client.options().at("endpoints").clone();
        server.copy(client.options(), &["issuer", "fhirBaseUrl"]);
        Self(server)
    }

    /// The server as it is stored in the record of a sign-in or a session.
    #[must_use]
    pub fn stored(record: Record<'_>) -> Self {
        Self(record.json().clone())
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
        let stated = client.pinned();
        if !stated.is_empty() && !self.issuer().is_empty() && stated != self.issuer() {
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
    /// those of the issuer's own metadata (`own`) or of the settings. Other endpoints that differ are replaced by those
    /// of `own`; if `own` has none, an endpoint with the origin of the token endpoint is left unchanged.
    ///
    /// # Errors
    /// [`Code::DiscoveryIssuer`]; under `strict` also if one of the other endpoints differs.
    pub fn verify(&mut self, own: &Self, client: Client<'_>) -> Result<()> {
        let given = client.options().at("endpoints");
        let names = |server: &Json, name: &str| {
            let stated = server.at(name);
            stated.is_null() || stated == own.0.at(name) || stated == given.at(name)
        };
        if !VERIFIED.iter().all(|name| names(&self.0, name)) {
            return Err(unverified());
        }
        for Endpoint(name) in OTHERS {
            let is_beside =
                own.0.at(name).is_null() && is_same_origin(self.0.text(name), self.endpoint(Endpoint::TOKEN));
            if !is_beside && !names(&self.0, name) {
                if client.strict() {
                    return Err(unverified());
                }
                // Otherwise this endpoint would be sent tokens of that issuer.
                self.0.set(name, own.0.at(name).clone());
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

    /// URL of an endpoint; empty where the metadata has none.
    #[must_use]
    pub fn endpoint(&self, endpoint: Endpoint) -> &str {
        self.0.text(endpoint.0)
    }

    /// Adds a warning about the way in which the document was delivered.
    pub fn warn(&mut self, warning: &str) {
        add(&mut self.0, warning);
    }

    /// OpenID issuer; empty where the metadata states none, as that of a server without OpenID Connect.
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
    pub fn takes_post(&self) -> bool {
        self.0.at("capabilities").lists("authorize-post")
    }

    /// Checks that `client` may sign in at this server, and returns the authorization endpoint. `shares_redirect` says
    /// whether another server has the same redirect URI.
    ///
    /// # Errors
    /// [`Code::PkceUnsupported`]; [`Code::ParRequired`]; [`Code::ConfigInvalid`] if servers share a redirect URI and
    /// this one does not send `iss`; [`Code::DiscoveryInvalid`] without an authorization endpoint.
    pub fn check(&self, client: Client<'_>, shares_redirect: bool) -> Result<Url> {
        if self.0.at("warnings").lists("pkce_not_advertised")
            && !client.options().at("acceptServerWithoutS256").is_true()
        {
            return Err(Code::PkceUnsupported.into());
        }
        if self.0.at("configuration").at("require_pushed_authorization_requests").is_true() {
            return Err(Code::ParRequired.into());
        }
        if shares_redirect && (self.issuer().is_empty() || !self.sends_iss()) {
            return Err(shares());
        }
        Url::parse(self.0.text("authorizationEndpoint")).map_err(|_| unusable("authorization_endpoint"))
    }
}

/// The error of a server that shares its redirect URI and does not send `iss`, so that its responses cannot be
/// distinguished from those of the others.
#[must_use]
pub fn shares() -> Error {
    Error::about(
        Code::ConfigInvalid,
        "several servers share a `redirectUri`, and this one does not send `iss`: give it one of its own",
    )
}

fn is_same_origin(one: &str, other: &str) -> bool {
    Url::parse(one).is_ok_and(|one| Url::parse(other).is_ok_and(|other| one.origin() == other.origin()))
}

/// The error of a server whose issuer could not be verified.
#[must_use]
pub fn unverified() -> Error {
    Error::about(Code::DiscoveryIssuer, "the server's issuer could not be verified: set it as `issuer`")
}

/// URL of an issuer's OpenID configuration (OpenID Connect Discovery 1.0 §4).
///
/// # Errors
/// [`Code::DiscoveryIssuer`] for an issuer that is not a URL.
pub fn openid_url(issuer: &str) -> Result<Url> {
    let url = Url::parse(issuer).and_then(|issuer| issuer.join(".well-known/openid-configuration"));
    url.map_err(|_| Code::DiscoveryIssuer.into())
}

/// URL of the metadata of an issuer that is an authorization server without OpenID Connect: the suffix is between host
/// and path (RFC 8414 §3.1).
///
/// # Errors
/// As [`openid_url`].
pub fn oauth_url(issuer: &str) -> Result<Url> {
    let url = Url::parse(issuer).and_then(|issuer| {
        let path = issuer.path();
        Url::parse(&[issuer.origin(), OAUTH, path.strip_suffix('/').unwrap_or(path)].concat())
    });
    url.map_err(|_| Code::DiscoveryIssuer.into())
}

/// Reads an issuer's own metadata: `jwksUri`, which is required if `keys` is set, and the endpoints that a
/// smart-configuration may leave out, if they are usable.
///
/// # Errors
/// [`Code::JsonInvalid`]; [`Code::DiscoveryIssuer`] for the metadata of another issuer (OpenID Connect Discovery 1.0
/// §4.3); [`Code::DiscoveryInvalid`]; [`Code::EndpointScheme`].
pub fn openid(document: &str, issuer: &str, loopback: bool, keys: bool) -> Result<Server> {
    let document = read(document, "openid_discovery")?;
    if document.text("issuer") != issuer {
        return Err(Code::DiscoveryIssuer.into());
    }
    let mut found = Json::object();
    for (name, ours, needed) in &OPENID {
        match Url::parse(document.text(name)) {
            Ok(url) if url.is_permitted(loopback) => found.set_text(ours, url.as_str()),
            _ if !(*needed && keys) => {}
            Ok(_) => return Err(Code::EndpointScheme.into()),
            Err(_) => return Err(unusable(name)),
        }
    }
    Ok(Server(found))
}

fn endpoint(stated: &Json, base: &Url, loopback: bool, warnings: &mut Warnings) -> core::result::Result<Json, Code> {
    let text = stated.str();
    let url = match Url::parse(text) {
        // A relative URL violates the specification; resolve it against the FHIR base URL.
        Err(Flaw::Scheme) if !text.is_empty() && cut(text, b':').1.is_none() => {
            warnings.note("discovery_relative_url").map_err(|_| Code::DiscoveryInvalid)?;
            base.join(text)
        }
        other => other,
    };
    match url {
        Ok(url) if !url.is_permitted(loopback) => Err(Code::EndpointScheme),
        // Including hosts that browsers read as an address, such as 127.1 or [fe80::1].
        Err(_) if cut(text, b':').1.is_some() => Err(Code::EndpointScheme),
        Ok(url) if is_endpoint(&url) => Ok(url.as_str().into()),
        _ => Err(Code::DiscoveryInvalid),
    }
}

/// Reads the JSON object that was requested with a purpose. At a wrong URL there is often an HTML page or a FHIR
/// resource instead.
fn read(document: &str, purpose: &str) -> Result<Json> {
    let is_page =
        |flaw| matches!(flaw, json::Flaw::Syntax | json::Flaw::Empty) && !document.trim_ascii().starts_with('{');
    match Json::parse(document) {
        Err(flaw) if !is_page(flaw) => Err(flaw.into()),
        Ok(document) if matches!(document.value(), Some(Value::Object(_))) && document.at("resourceType").is_null() => {
            Ok(document)
        }
        _ => Err(no_document(purpose)),
    }
}

/// The error of a response that is not the document requested with that purpose.
#[must_use]
pub fn no_document(purpose: &str) -> Error {
    Error::about(
        Code::DiscoveryInvalid,
        if purpose == "discovery" {
            "the response is not a smart-configuration: check `fhirBaseUrl`"
        } else {
            "the response is not an OpenID configuration: check `issuer`"
        },
    )
}

/// The error of a metadata member that is missing or cannot be used.
#[must_use]
pub fn unusable(name: &str) -> Error {
    Error::named(Code::DiscoveryInvalid, name, "in the smart-configuration is missing or cannot be used")
}

/// Wire name, our name, and whether a sign-in needs it.
const ENDPOINTS: &[(&str, &str, bool)] = &[
    ("authorization_endpoint", "authorizationEndpoint", true),
    ("token_endpoint", "tokenEndpoint", true),
    ("revocation_endpoint", "revocationEndpoint", false),
    ("introspection_endpoint", "introspectionEndpoint", false),
    ("end_session_endpoint", "endSessionEndpoint", false),
    ("jwks_uri", "jwksUri", false),
];

/// Endpoints that have to be the issuer's own, because they authenticate users in its name.
const VERIFIED: [&str; 3] = ["authorizationEndpoint", "tokenEndpoint", "jwksUri"];

/// Further endpoints to which tokens are sent.
const OTHERS: [Endpoint; 3] = [Endpoint::REVOCATION, Endpoint::INTROSPECTION, Endpoint::END_SESSION];

const OAUTH: &str = "/.well-known/oauth-authorization-server";

/// The same for an OpenID configuration.
const OPENID: [(&str, &str, bool); 7] = [
    ("authorization_endpoint", "authorizationEndpoint", false),
    ("token_endpoint", "tokenEndpoint", false),
    ("jwks_uri", "jwksUri", true),
    ("userinfo_endpoint", "userinfoEndpoint", false),
    ("revocation_endpoint", "revocationEndpoint", false),
    ("introspection_endpoint", "introspectionEndpoint", false),
    ("end_session_endpoint", "endSessionEndpoint", false),
];

/// Members that are arrays of strings, and whether the document must have them.
const LISTS: [(&str, bool); 4] = [
    ("grant_types_supported", true),
    ("capabilities", true),
    ("code_challenge_methods_supported", true),
    ("scopes_supported", false),
];

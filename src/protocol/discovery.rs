//! Discovery of a server: smart-configuration (SMART App Launch 2.2, "Using .well-known"), and the metadata of its
//! issuer (OpenID Connect Discovery 1.0; RFC 8414).

use super::json::{self, Json, Value};
use super::server::{ENDPOINTS, Server, unusable};
use super::setting::is_endpoint;
use super::split::cut;
use super::url::{Flaw, Url};
use super::warning::Warnings;
use crate::error::{Code, Error, Result};

/// URL of a FHIR base's smart-configuration. The suffix is appended to the whole path, unlike RFC 8414.
///
/// # Errors
/// None: this relative URL can be resolved against every [`Url`].
pub fn configuration_url(base: &Url) -> Result<Url> {
    base.join(".well-known/smart-configuration").map_err(|_| Code::Internal.into())
}

/// Reads a smart-configuration. `loopback` and `strict` are settings of the client.
///
/// # Errors
/// [`Code::DiscoveryInvalid`] for a document of another kind, and if a required member is missing or unusable;
/// [`Code::JsonInvalid`]; [`Code::EndpointScheme`].
pub fn parse(document: &str, base: &Url, loopback: bool, strict: bool) -> Result<Server> {
    let document = read(document, "discovery")?;
    let mut warnings = Warnings::new(strict, Code::DiscoveryInvalid);
    let mut server = Json::object();
    for (name, ours, needed) in ENDPOINTS {
        let stated = document.at(name);
        let url = if stated.is_null() { Ok(Json::NULL) } else { endpoint(stated, base, loopback, &mut warnings) };
        match url {
            Ok(url) if url.is_null() && *name == "token_endpoint" => return Err(unusable(name)),
            Ok(url) => server.set(ours, url),
            // An unusable endpoint is an error if a sign-in needs it. Any other unusable endpoint counts as absent.
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
        warnings.add_even_if_strict("pkce_not_advertised");
    }
    if !issuer.str().is_empty() {
        server.set("issuer", issuer.clone());
    }
    server.set("scopesSupported", lists.at("scopes_supported").clone());
    server.set("capabilities", capabilities.clone());
    server.set("warnings", warnings.into_json());
    server.set("configuration", document);
    Ok(Server(server))
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

/// Reads an issuer's own metadata: `jwksUri`, which is required if `keys` is set, and the endpoints that are usable.
///
/// # Errors
/// [`Code::JsonInvalid`]; [`Code::DiscoveryIssuer`] for the metadata of another issuer (OpenID Connect Discovery 1.0
/// §4.3); [`Code::DiscoveryInvalid`]; [`Code::EndpointScheme`].
pub fn openid(document: &str, issuer: &str, loopback: bool, keys: bool) -> Result<Server> {
    let document = read(document, "openid_discovery")?;
    if document.text("issuer") != issuer {
        return Err(Code::DiscoveryIssuer.into());
    }
    let mut server = Json::object();
    for (name, ours, needed) in &OPENID {
        match Url::parse(document.text(name)) {
            Ok(url) if url.is_permitted(loopback) => server.set_text(ours, url.as_str()),
            _ if !(*needed && keys) => {}
            Ok(_) => return Err(Code::EndpointScheme.into()),
            Err(_) => return Err(unusable(name)),
        }
    }
    Ok(Server(server))
}

fn endpoint(stated: &Json, base: &Url, loopback: bool, warnings: &mut Warnings) -> core::result::Result<Json, Code> {
    let text = stated.str();
    let url = match Url::parse(text) {
        // A relative URL violates the specification; resolve it against the FHIR base URL.
        Err(Flaw::Scheme) if !text.is_empty() && cut(text, b':').1.is_none() => {
            warnings.note("discovery_relative_url").map_err(|_| Code::DiscoveryInvalid)?;
            base.join(text)
        }
        url => url,
    };
    match url {
        Ok(url) if !url.is_permitted(loopback) => Err(Code::EndpointScheme),
        // A URL that cannot be parsed may have a host that browsers read as an address, such as 127.1 or [fe80::1].
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

const OAUTH: &str = "/.well-known/oauth-authorization-server";

/// Endpoints of an OpenID configuration: wire name, our name, and whether it is required if `keys` is set.
const OPENID: [(&str, &str, bool); 8] = [
    ("authorization_endpoint", "authorizationEndpoint", false),
    ("token_endpoint", "tokenEndpoint", false),
    ("jwks_uri", "jwksUri", true),
    ("userinfo_endpoint", "userinfoEndpoint", false),
    ("revocation_endpoint", "revocationEndpoint", false),
    ("introspection_endpoint", "introspectionEndpoint", false),
    ("end_session_endpoint", "endSessionEndpoint", false),
    ("pushed_authorization_request_endpoint", "pushedAuthorizationRequestEndpoint", false),
];

/// Members that are arrays of strings, and whether the document must have them.
const LISTS: [(&str, bool); 4] = [
    ("grant_types_supported", true),
    ("capabilities", true),
    ("code_challenge_methods_supported", true),
    ("scopes_supported", false),
];

//! Finding out about a server.

use super::send::{fetch, send};
use crate::error::{Code, Error, Result};
use crate::host::{Area, Host};
use crate::protocol::client::{Client, Settings};
use crate::protocol::discovery::{self, Server, configuration_url, oauth_url, openid_url};
use crate::protocol::http::Response;
use crate::protocol::json::Json;
use crate::protocol::url::Url;
use crate::protocol::warning::add;
use alloc::string::String;

/// Reads the client's server: from its settings, from this page's memory, or from its smart-configuration; where it has
/// none, from the OpenID configuration of the issuer in its settings. Single endpoints in the settings take the place of
/// those that are read. However many ask, one request is made; a failure is never kept.
///
/// # Errors
/// `HttpStatus` and what a request may fail with; what [`Server::parse`] refuses; `DiscoveryIssuer`.
pub fn server(host: &impl Host, client: Client<'_>) -> Result<Server> {
    if client.has_endpoints() {
        return Ok(Server::given(client));
    }
    let (base, issuer) = (client.base()?, client.text("issuer"));
    let server = match metadata(host, client, &configuration_url(&base)?, &base) {
        Err(error) if is_absent(&error) && !issuer.is_empty() => {
            let url = openid_url(issuer)?;
            metadata(host, client, &url, &url)
        }
        server => server,
    }?;
    expected(client, server)
}

/// Whether the server says that there is no such document. A network that fails says nothing.
fn is_absent(error: &Error) -> bool {
    error.code() == Code::HttpStatus && (400..500).contains(&error.status()) && !error.retryable()
}

/// Where several servers are configured one may state the issuer of another. Proves that it is its own: the app says so, or
/// that issuer's own document names the endpoints (and the keys) that `server`, or what was stored of it, names. Of
/// the others it keeps those that the issuer names; where the issuer names none, one beside its token endpoint.
/// `shared`: answers of several servers come to one place.
///
/// # Errors
/// `DiscoveryIssuer`; a failure that may pass, of the request for that document.
pub fn prove(
    host: &impl Host,
    settings: Settings<'_>,
    client: Client<'_>,
    server: &mut Json,
    shared: bool,
) -> Result<()> {
    if server.at("proven").is_true() || settings.pins(client, shared) {
        return Ok(());
    }
    let issuer = server.text("issuer");
    let own = openid(host, client, issuer)
        .or_else(|error| if is_absent(&error) { oauth(host, client, issuer) } else { Err(error) })
        .map_err(|error| if error.retryable() || error.code() == Code::Waiting { error } else { unproven() })?;
    let given = client.options().at("endpoints");
    let names = |server: &Json, name: &str| {
        let stated = server.at(name);
        stated.is_null() || stated == own.at(name) || stated == given.at(name)
    };
    if !PROVEN.iter().all(|name| names(server, name)) {
        return Err(unproven());
    }
    for name in OTHERS {
        let is_beside = own.at(name).is_null() && is_same_origin(server.text(name), server.text("tokenEndpoint"));
        if !is_beside && !names(server, name) {
            if client.strict() {
                return Err(unproven());
            }
            // It would be sent the tokens of that issuer.
            server.set(name, own.at(name).clone());
            add(server, "discovery_member_invalid");
        }
    }
    Ok(())
}

fn is_same_origin(one: &str, other: &str) -> bool {
    Url::parse(one).is_ok_and(|one| Url::parse(other).is_ok_and(|other| one.origin() == other.origin()))
}

fn unproven() -> Error {
    Error::about(Code::DiscoveryIssuer, "that this is the server's own issuer is not proven: name it as `issuer`")
}

/// What is used in the name of an issuer.
const PROVEN: [&str; 3] = ["authorizationEndpoint", "tokenEndpoint", "jwksUri"];

/// What is sent tokens of an issuer beside its token endpoint.
const OTHERS: [&str; 3] = ["revocationEndpoint", "introspectionEndpoint", "endSessionEndpoint"];

/// Reads what is at `url`, where relative URLs are relative to `base`.
fn metadata(host: &impl Host, client: Client<'_>, url: &Url, base: &Url) -> Result<Server> {
    let document = document(host, client, "discovery", url.as_str(), &|response| {
        let mut server = Server::parse(response.body(), base, client.loopback(), client.strict())?;
        if !response.is_json() {
            if client.strict() {
                return Err(Code::ContentType.into());
            }
            // Harmless, for what is in it was checked; and common, for it is often a static file.
            server.warn("discovery_content_type");
        }
        Ok(server.0)
    })?;
    Ok(Server(document))
}

/// Reads the OpenID configuration of an issuer that the client's server has named: its keys, where smart-configuration
/// does not say, and its UserInfo endpoint.
///
/// # Errors
/// As [`server`]; what [`discovery::openid`] refuses.
pub fn openid(host: &impl Host, client: Client<'_>, issuer: &str) -> Result<Json> {
    let url = openid_url(issuer)?;
    document(host, client, "openid_discovery", url.as_str(), &|response| {
        discovery::openid(response.body(), issuer, client.loopback(), true)
    })
}

/// The same of an authorization server that does not know of OpenID (RFC 8414). It need not have keys.
fn oauth(host: &impl Host, client: Client<'_>, issuer: &str) -> Result<Json> {
    let url = oauth_url(issuer)?;
    document(host, client, "openid_discovery", url.as_str(), &|response| {
        discovery::openid(response.body(), issuer, client.loopback(), false)
    })
}

/// An endpoint as it was stored with a sign-in or a session; where it was not known then, as the OpenID configuration of
/// the issuer says. Empty where that does not say either.
///
/// # Errors
/// As [`openid`].
pub fn endpoint(host: &impl Host, client: Client<'_>, record: &Json, name: &str) -> Result<String> {
    match record.text(name) {
        "" => Ok(openid(host, client, record.text("issuer"))?.text(name).into()),
        known => Ok(known.into()),
    }
}

/// The same of a session. Only where there is an identity is its issuer known to have such a document; empty where not.
///
/// # Errors
/// As [`openid`].
pub fn endpoint_of_session(host: &impl Host, client: Client<'_>, session: &Json, name: &str) -> Result<String> {
    if session.at("claims").is_null() {
        return Ok(session.text(name).into());
    }
    endpoint(host, client, session, name)
}

fn document(
    host: &impl Host,
    client: Client<'_>,
    purpose: &'static str,
    url: &str,
    read: &dyn Fn(&Response) -> Result<Json>,
) -> Result<Json> {
    // What a lenient client takes is not what a strict one would, nor what one purpose takes of a document what another
    // does, so they do not share it.
    let strict = if client.strict() { "strict " } else { "" };
    let key = [CACHE, purpose, " ", strict, if client.loopback() { "loopback " } else { "" }, url].concat();
    // Before the lock as well: a flow that holds it already would wait for itself.
    if let Some(known) = cached(host, &key) {
        return Ok(known);
    }
    host.lock(Area::Page, &key, client.patience())?;
    if let Some(known) = cached(host, &key) {
        return Ok(known);
    }
    let response = if purpose == "discovery" {
        send(host, client, purpose, url, String::new())
    } else {
        fetch(host, client, purpose, url)
    };
    let response = response
        .map_err(|error| if error.code() == Code::JsonInvalid { discovery::no_document(purpose) } else { error })?;
    response.success(Code::HttpStatus)?;
    let document = read(&response).map_err(|error| response.blame(error))?;
    keep(host, &key, &document);
    Ok(document)
}

/// Compared each time: two clients may share what is cached.
fn expected(client: Client<'_>, mut server: Server) -> Result<Server> {
    let stated = client.pinned();
    if !stated.is_empty() && !server.issuer().is_empty() && stated != server.issuer() {
        return Err(Code::DiscoveryIssuer.into());
    }
    // The app knows what the server does not say, and what is cached may be another's too.
    server.0.copy(client.options(), &["issuer", "fhirBaseUrl"]);
    for (name, url) in client.options().at("endpoints").members() {
        server.0.set(name, url.clone());
    }
    Ok(server)
}

fn cached(host: &impl Host, key: &str) -> Option<Json> {
    let json = Json::parse_own(&host.load(Area::Page, key)?).ok()?;
    let age = host.now().checked_sub(json.at("fetched").number()?)?;
    (age < MAX_AGE).then_some(json)
}

fn keep(host: &impl Host, key: &str, document: &Json) {
    let known = host.keys(Area::Page, CACHE);
    if known.len() >= MAX_KEPT {
        known.iter().for_each(|key| host.remove(Area::Page, key));
    }
    let mut record = document.clone();
    record.set("fetched", host.now().into());
    host.save(Area::Page, key, &record.to_text());
}

const CACHE: &str = "discovery:";
/// Ten minutes: the guide has no rule; a server that moves its endpoints is noticed the same morning.
const MAX_AGE: u64 = 600_000;
const MAX_KEPT: usize = 32;

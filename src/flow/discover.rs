//! Reading the metadata of a server.

use super::send::{fetch, send};
use crate::error::{Code, Error, Result};
use crate::host::{Area, Host};
use crate::protocol::client::Client;
use crate::protocol::discovery::{self, configuration_url, oauth_url, openid_url};
use crate::protocol::endpoint::Endpoint;
use crate::protocol::http::{Response, purpose};
use crate::protocol::record::Record;
use crate::protocol::server::{Server, unverified};
use crate::protocol::settings::Settings;
use crate::protocol::url::Url;
use alloc::string::String;

/// Reads the metadata of the client's server: from the client's settings, this page's memory, or the server's
/// smart-configuration; if the server has none, from the OpenID configuration of the issuer in the settings.
///
/// Endpoints in the settings replace those that are read. Concurrent callers share one request; a failure is not cached.
///
/// # Errors
/// `HttpStatus`; the errors of a request and of [`discovery::parse`]; `DiscoveryIssuer`.
pub fn server(host: &impl Host, client: Client<'_>) -> Result<Server> {
    if client.has_endpoints() {
        return Ok(Server::from_settings(client));
    }
    let (base, issuer) = (client.base()?, client.issuer());
    let server = match metadata(host, client, &configuration_url(&base)?, &base) {
        Err(error) if is_absent(&error) && !issuer.is_empty() => {
            let url = openid_url(issuer)?;
            metadata(host, client, &url, &url)
        }
        server => server,
    }?;
    server.with_settings(client)
}

/// Whether the server responded that there is no such document. After a network failure this is unknown.
fn is_absent(error: &Error) -> bool {
    error.code() == Code::HttpStatus && (400..500).contains(&error.status()) && !error.retryable()
}

/// Verifies that the issuer in the metadata is the server's own. With several servers, one may state the issuer of another
/// (mix-up attack, RFC 9700 §4.4).
///
/// The issuer is accepted if the settings determine it, or if the issuer's own document has the same authorization
/// endpoint, token endpoint and URL of keys as `server`; those that the settings name may differ from it. What happens to
/// other endpoints: [`Server::verify`]. `shared` says whether responses of several servers arrive at one redirect URI.
///
/// # Errors
/// `DiscoveryIssuer`; a temporary failure of the request for that document.
pub fn verify_issuer(
    host: &impl Host,
    settings: Settings<'_>,
    client: Client<'_>,
    server: &mut Server,
    shared: bool,
) -> Result<()> {
    if server.is_verified() || settings.determines_issuer(client, shared) {
        return Ok(());
    }
    let issuer = server.issuer();
    let issuer_metadata = openid(host, client, issuer)
        .or_else(|error| if is_absent(&error) { oauth(host, client, issuer) } else { Err(error) })
        .map_err(|error| if error.retryable() || error.code() == Code::Waiting { error } else { unverified() })?;
    server.verify(&issuer_metadata, client)
}

/// Reads the smart-configuration at `url`, or the OpenID configuration that is used instead of one; relative URLs in it are
/// resolved against `base`.
fn metadata(host: &impl Host, client: Client<'_>, url: &Url, base: &Url) -> Result<Server> {
    document(host, client, purpose::DISCOVERY, url.as_str(), &|response| {
        let mut server = discovery::parse(response.body(), base, client.loopback(), client.strict())?;
        if !response.is_json() {
            if client.strict() {
                return Err(Code::ContentType.into());
            }
            // A wrong content type is harmless, because the content was checked, and common for static files.
            server.warn("discovery_content_type");
        }
        Ok(server)
    })
}

/// Reads the OpenID configuration of an issuer, which must have the URL of the issuer's keys.
///
/// # Errors
/// As [`server`]; the errors of [`discovery::openid`].
pub fn openid(host: &impl Host, client: Client<'_>, issuer: &str) -> Result<Server> {
    let url = openid_url(issuer)?;
    document(host, client, purpose::OPENID_DISCOVERY, url.as_str(), &|response| {
        discovery::openid(response.body(), issuer, client.loopback(), true)
    })
}

/// Reads the metadata of an issuer without OpenID Connect (RFC 8414). The metadata need not have a URL of keys.
fn oauth(host: &impl Host, client: Client<'_>, issuer: &str) -> Result<Server> {
    let url = oauth_url(issuer)?;
    document(host, client, purpose::OPENID_DISCOVERY, url.as_str(), &|response| {
        discovery::openid(response.body(), issuer, client.loopback(), false)
    })
}

/// Returns an endpoint: the one stored with a sign-in or a session, or else the one in the OpenID configuration of its issuer;
/// empty where neither has it.
///
/// # Errors
/// As [`openid`].
pub fn endpoint(host: &impl Host, client: Client<'_>, record: Record<'_>, endpoint: Endpoint) -> Result<String> {
    match record.endpoint(endpoint) {
        "" => Ok(openid(host, client, record.issuer())?.endpoint(endpoint).into()),
        stored => Ok(stored.into()),
    }
}

/// Returns an endpoint of a session. The OpenID configuration is read only if the session has an ID token, because the issuer
/// is known to have that document only then; otherwise an unknown endpoint is empty.
///
/// # Errors
/// As [`openid`].
pub fn endpoint_of_session(
    host: &impl Host,
    client: Client<'_>,
    session: Record<'_>,
    wanted: Endpoint,
) -> Result<String> {
    if session.has_identity() { endpoint(host, client, session, wanted) } else { Ok(session.endpoint(wanted).into()) }
}

fn document(
    host: &impl Host,
    client: Client<'_>,
    purpose: &'static str,
    url: &str,
    read: &dyn Fn(&Response) -> Result<Server>,
) -> Result<Server> {
    // How a document is read depends on the purpose, on `strict` and on `loopback`: each combination has its own cache entry.
    let strict = if client.strict() { "strict " } else { "" };
    let key = [CACHE, purpose, " ", strict, if client.loopback() { "loopback " } else { "" }, url].concat();
    // The cache is read before the lock is acquired too, so that a cached document is returned without waiting.
    if let Some(document) = cached(host, &key) {
        return Ok(document);
    }
    host.lock(Area::Page, &key, client.lock_timeout())?;
    if let Some(document) = cached(host, &key) {
        return Ok(document);
    }
    let response = if purpose == purpose::DISCOVERY {
        send(host, client, purpose, url, String::new())
    } else {
        fetch(host, client, purpose, url)
    };
    let response = response
        .map_err(|error| if error.code() == Code::JsonInvalid { discovery::no_document(purpose) } else { error })?;
    response.document_body(Code::HttpStatus)?;
    let document = read(&response).map_err(|error| response.add_request_to(error))?;
    cache(host, &key, &document);
    Ok(document)
}

fn cached(host: &impl Host, key: &str) -> Option<Server> {
    Server::cached(&host.load(Area::Page, key)?, host.now(), MAX_AGE)
}

fn cache(host: &impl Host, key: &str, document: &Server) {
    let keys = host.keys(Area::Page, CACHE);
    if keys.len() >= MAX_CACHED {
        keys.iter().for_each(|key| host.remove(Area::Page, key));
    }
    host.save(Area::Page, key, &document.to_record(host.now()));
}

const CACHE: &str = "discovery:";
/// Milliseconds for which a document is cached. The specification has no rule.
const MAX_AGE: u64 = 600_000;
const MAX_CACHED: usize = 32;

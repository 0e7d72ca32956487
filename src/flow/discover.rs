//! Finding out about a server.

use super::send::send;
use crate::error::{Code, Result};
use crate::host::{Area, Host};
use crate::protocol::client::Client;
use crate::protocol::discovery::{Server, configuration_url};
use crate::protocol::http::Response;
use crate::protocol::json::Json;
use alloc::string::String;

/// Reads the client's server: from its settings, from this page's memory, or from its smart-configuration. However many
/// ask, one request is made; a failure is never kept.
///
/// # Errors
/// `HttpStatus` and what a request may fail with; what [`Server::parse`] refuses; `DiscoveryIssuer`.
pub fn server(host: &impl Host, client: Client<'_>) -> Result<Server> {
    if !client.options().at("endpoints").is_null() {
        return Ok(Server::given(client));
    }
    let url = configuration_url(&client.base()?)?;
    // What a lenient client takes is not what a strict one would, so they do not share it.
    let strict = if client.strict() { "strict " } else { "" };
    let key = [CACHE, strict, if client.loopback() { "loopback " } else { "" }, url.as_str()].concat();
    host.lock(&key)?;
    if let Some(server) = cached(host, &key) {
        return expected(client, server);
    }
    let response = send(host, client, "discovery", url.as_str(), String::new())?;
    let server = read(client, &response)?;
    keep(host, &key, &server);
    expected(client, server)
}

fn read(client: Client<'_>, response: &Response) -> Result<Server> {
    if !response.is_success() {
        return Err(response.error(Code::HttpStatus));
    }
    let mut server = Server::parse(response.body(), &client.base()?, client.loopback(), client.strict())?;
    if !response.is_json() {
        if client.strict() {
            return Err(Code::ContentType.into());
        }
        // Harmless, for what is in it was checked; and common, for it is often a static file.
        server.warn("discovery_content_type");
    }
    server.0.set_text("fhirBaseUrl", client.fhir_base());
    Ok(server)
}

/// Compared each time: two clients may share what is cached.
fn expected(client: Client<'_>, server: Server) -> Result<Server> {
    let issuer = client.text("issuer");
    if !issuer.is_empty() && issuer != server.issuer() {
        return Err(Code::DiscoveryIssuer.into());
    }
    Ok(server)
}

fn cached(host: &impl Host, key: &str) -> Option<Server> {
    let json = Json::parse_own(&host.load(Area::Page, key)?).ok()?;
    let age = host.now().checked_sub(json.at("fetched").number()?)?;
    (age < MAX_AGE).then_some(Server(json))
}

fn keep(host: &impl Host, key: &str, server: &Server) {
    let known = host.keys(Area::Page, CACHE);
    if known.len() >= MAX_KEPT {
        known.iter().for_each(|key| host.remove(Area::Page, key));
    }
    let mut record = server.0.clone();
    record.set("fetched", host.now().into());
    host.save(Area::Page, key, &record.to_text());
}

const CACHE: &str = "discovery:";
/// Ten minutes: the guide has no rule; a server that moves its endpoints is noticed the same morning.
const MAX_AGE: u64 = 600_000;
const MAX_KEPT: usize = 32;

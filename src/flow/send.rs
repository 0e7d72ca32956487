//! Requests to the authorization server: all of them are made here.

use crate::error::{Code, Error, Result};
use crate::host::Host;
use crate::protocol::client::Client;
use crate::protocol::http::{Request, Response, authorization};
use crate::protocol::url::Url;
use alloc::string::String;

/// Fetches a document, or posts form fields with the `client_id` of a public client.
///
/// Requests are never repeated here: a code and a rotating refresh token work once.
///
/// # Errors
/// As [`Host::send`], with purpose and URL; `EndpointScheme` for a URL that must not be contacted.
pub fn send(host: &impl Host, client: Client<'_>, purpose: &'static str, url: &str, form: String) -> Result<Response> {
    send_as(host, client, purpose, url, form, "")
}

/// Fetches a document that is needed to accept tokens. It is fetched once more after a network failure and after a status of
/// 500 or more without `Retry-After`, because the tokens would be lost otherwise.
///
/// # Errors
/// As [`send`].
pub fn fetch(host: &impl Host, client: Client<'_>, purpose: &'static str, url: &str) -> Result<Response> {
    match send(host, client, purpose, url, String::new()) {
        Ok(answer) if answer.status() < 500 || answer.retry_after().is_some() => Ok(answer),
        Err(error) if error.code() != Code::Network => Err(error),
        _ => send(host, client, purpose, url, String::new()),
    }
}

/// The same as [`send`], authorized by an access token.
///
/// # Errors
/// As [`send`].
pub fn send_as(
    host: &impl Host,
    client: Client<'_>,
    purpose: &'static str,
    url: &str,
    form: String,
    access_token: &str,
) -> Result<Response> {
    let request = request(client, purpose, url, form, access_token)?;
    with(&request, host.send(&request))
}

/// The outcome of a request, with the purpose and URL of the request.
///
/// # Errors
/// Its own.
pub fn with(request: &Request, given: Result<Response>) -> Result<Response> {
    match given {
        Ok(answer) => Ok(answer.to(request)),
        Err(error) => Err(error.of(request.purpose, request.url.without_query())),
    }
}

/// A request that may be sent.
///
/// # Errors
/// `EndpointScheme` for a URL that must not be contacted.
pub fn request(
    client: Client<'_>,
    purpose: &'static str,
    url: &str,
    form: String,
    access_token: &str,
) -> Result<Request> {
    let url = Url::parse(url).ok().filter(|url| url.is_permitted(client.loopback()));
    let url = url.ok_or_else(|| Error::new(Code::EndpointScheme).of(purpose, ""))?;
    let timeout = client.timeout();
    Ok(Request { purpose, url, form, authorization: authorization(access_token), timeout })
}

//! The one door to the authorization server.

use crate::error::{Code, Result};
use crate::host::Host;
use crate::protocol::client::{Client, TIMEOUT};
use crate::protocol::http::{Request, Response, authorization};
use crate::protocol::url::Url;
use alloc::string::String;

/// Fetches a document, or posts form fields. A public client is known by the `client_id` among them. Never repeated
/// here: a code and a rotating refresh token work once.
///
/// # Errors
/// As [`Host::send`]; `EndpointScheme` for a URL that must not be contacted.
pub fn send(host: &impl Host, client: Client<'_>, purpose: &'static str, url: &str, form: String) -> Result<Response> {
    send_as(host, client, purpose, url, form, "")
}

/// The same, authorized by an access token.
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
    let url = Url::parse(url).ok().filter(|url| url.is_permitted(client.loopback())).ok_or(Code::EndpointScheme)?;
    let timeout = client.seconds("timeoutSeconds", TIMEOUT);
    host.send(&Request { purpose, url, form, authorization: authorization(access_token), timeout })
}

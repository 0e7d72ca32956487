//! Dynamic client registration, and management of the registration.

use super::discover;
use super::send::{request, send_json};
use crate::error::{Code, Result};
use crate::host::Host;
use crate::protocol::client::Client;
use crate::protocol::http::{JsonRequest, Response, authorization, method, purpose};
use crate::protocol::registered_client::{RegisteredClient, strict_refusal};
use crate::protocol::registration::{ManagedClient, NewClient};
use crate::protocol::token::BEARER;
use crate::protocol::url::Url;
use alloc::string::String;

/// Registers a client (RFC 7591 §3).
///
/// # Errors
/// As [`discover::server`], [`send_json`] and [`NewClient::registered`]. Under `strict` a registration with a warning is
/// refused, and deleted again if the server permits that.
pub fn register(host: &impl Host, new: NewClient<'_>) -> Result<RegisteredClient> {
    let client = new.client();
    let endpoint = match new.endpoint() {
        "" => discover::server(host, client)?.registration_endpoint()?.into(),
        endpoint => String::from(endpoint),
    };
    let request = json_request(client, method::POST, &endpoint, new.initial_access_token(), new.body())?;
    let registered = new.registered(&send_json(host, &request, new.secrets())?, &request.request.url)?;
    let warning = registered.first_warning();
    if !client.strict() || warning.is_empty() {
        return Ok(registered);
    }
    if let (uri, token) = registered.management()
        && !uri.is_empty()
    {
        let request = json_request(client, method::DELETE, uri, token, String::new())?;
        let deleted = send_json(host, &request, ["", ""]);
        if deleted.is_err_and(|error| error.code() == Code::Waiting) {
            return Err(Code::Waiting.into());
        }
    }
    Err(strict_refusal(warning))
}

/// Reads a registration (RFC 7592 §2.1).
///
/// # Errors
/// As [`send_json`] and [`ManagedClient::registered`].
pub fn read(host: &impl Host, managed: ManagedClient<'_>) -> Result<RegisteredClient> {
    let (response, uri) = manage(host, managed, method::GET, String::new())?;
    managed.registered(&response, &uri)
}

/// Changes a registration (RFC 7592 §2.2).
///
/// # Errors
/// As [`read`].
pub fn update(host: &impl Host, managed: ManagedClient<'_>) -> Result<RegisteredClient> {
    let (response, uri) = manage(host, managed, method::PUT, managed.body())?;
    managed.registered(&response, &uri)
}

/// Deletes a registration (RFC 7592 §2.3).
///
/// # Errors
/// As [`send_json`] and [`ManagedClient::deleted`].
pub fn delete(host: &impl Host, managed: ManagedClient<'_>) -> Result<()> {
    let (response, _) = manage(host, managed, method::DELETE, String::new())?;
    managed.deleted(&response)
}

fn manage(host: &impl Host, managed: ManagedClient<'_>, method: &'static str, body: String) -> Result<(Response, Url)> {
    let request = json_request(managed.client(), method, managed.uri(), managed.token(), body)?;
    Ok((send_json(host, &request, managed.secrets())?, request.request.url))
}

fn json_request(client: Client<'_>, method: &'static str, url: &str, token: &str, body: String) -> Result<JsonRequest> {
    let mut request = request(client, purpose::REGISTRATION, url, String::new())?;
    request.authorization = authorization(BEARER, token);
    Ok(JsonRequest { method, request, body })
}

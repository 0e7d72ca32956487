//! Access tokens of clients without a user, and of clients with the JWT bearer grant.

use super::discover;
use super::send::{authenticated, authentication, request, send_by_client, sign, with_request_details};
use crate::error::Result;
use crate::host::Host;
use crate::protocol::backend::{BackendToken, bearer_form, form, has_token_endpoint};
use crate::protocol::client::Client;
use crate::protocol::endpoint::Endpoint;
use crate::protocol::http::purpose;
use crate::protocol::server::Server;
use crate::protocol::settings::Settings;
use crate::protocol::token::Tokens;
use alloc::string::String;

/// Requests an access token for the client itself (RFC 6749 §4.4; SMART App Launch 2.2, "Backend Services").
///
/// # Errors
/// As [`discover::server`], [`authenticated`] and [`Tokens::parse`]; `ConfigInvalid` if the server refused the client, and
/// under `strict` for a client with a secret.
pub fn access_token(host: &impl Host, settings: Settings<'_>) -> Result<BackendToken> {
    let client = settings.client("")?;
    let mut server = server(host, client)?;
    server.keep_client_authentication();
    let (url, form) = (server.endpoint(Endpoint::TOKEN), form(client.scope()));
    let authentication = authentication(host, client)?;
    if client.strict() {
        authentication.check_key()?;
    }
    let request = authenticated(host, &authentication, client, server.record(), purpose::TOKEN, url, form)?;
    let sent_at = host.steady();
    let tokens = Tokens::parse(&send_by_client(host, &request)?, client.strict())?;
    Ok(BackendToken::new(&tokens, client, sent_at))
}

/// Requests an access token for the user who registered this client (RFC 7523 §2.1): issuer and subject of the assertion are the
/// client, its audience is the URL of the token endpoint.
///
/// # Errors
/// As [`discover::server`], [`authentication`], [`Host::sign`] and [`Tokens::parse`].
pub fn bearer_token(host: &impl Host, settings: Settings<'_>) -> Result<BackendToken> {
    let client = settings.client("")?;
    let server = server(host, client)?;
    let key = authentication(host, client)?;
    let mut request = request(client, purpose::TOKEN, server.endpoint(Endpoint::TOKEN), String::new())?;
    let assertion = key.assertion(server.record(), &request, host.now() / 1_000, &host.random())?;
    request.form = bearer_form(&sign(host, &key, assertion)?, client.client_id(), client.scope());
    let sent_at = host.steady();
    let tokens = Tokens::parse(&with_request_details(&request, host.send(&request))?, client.strict())?;
    Ok(BackendToken::new(&tokens, client, sent_at))
}

fn server(host: &impl Host, client: Client<'_>) -> Result<Server> {
    if has_token_endpoint(client) { Ok(Server::from_settings(client)) } else { discover::server(host, client) }
}

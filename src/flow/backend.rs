//! Access tokens of clients without a user.

use super::discover;
use super::send::{request_by_client, send_by_client};
use crate::error::Result;
use crate::host::Host;
use crate::protocol::backend::{BackendToken, form, has_token_endpoint};
use crate::protocol::endpoint::Endpoint;
use crate::protocol::http::purpose;
use crate::protocol::server::Server;
use crate::protocol::settings::Settings;
use crate::protocol::token::Tokens;

/// Requests an access token for the client itself (RFC 6749 §4.4; SMART App Launch 2.2, "Backend Services").
///
/// # Errors
/// As [`discover::server`], [`request_by_client`] and [`Tokens::parse`]; `ConfigInvalid` where the server refused the client.
pub fn access_token(host: &impl Host, settings: Settings<'_>) -> Result<BackendToken> {
    let client = settings.client("")?;
    let mut server = if has_token_endpoint(client) { Server::given(client) } else { discover::server(host, client)? };
    server.keep_client_authentication();
    let (url, form) = (server.endpoint(Endpoint::TOKEN), form(client.scope()));
    let request = request_by_client(host, client, server.record(), purpose::TOKEN, url, form)?;
    let sent = host.steady();
    let tokens = Tokens::parse(&send_by_client(host, &request)?, client.strict())?;
    Ok(BackendToken::new(&tokens, client, sent))
}

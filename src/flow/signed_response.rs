//! Verifying signed authorization responses.

use super::identity;
use crate::error::Result;
use crate::host::Host;
use crate::protocol::authorization::AuthorizationRequest;
use crate::protocol::authorization_response::AuthorizationResponse;
use crate::protocol::settings::Settings;
use crate::protocol::signed_response::{check_claims, unverified};

/// Verifies that a response is signed by the server, if the request asked for that.
///
/// # Errors
/// As [`AuthorizationResponse::check_mode`] and [`check_claims`]; `CallbackMalformed` for a bad signature; the errors of a
/// request for the server's keys.
pub fn verify(
    host: &impl Host,
    settings: Settings<'_>,
    response: &AuthorizationResponse,
    request: &AuthorizationRequest,
) -> Result<()> {
    response.check_mode(request)?;
    let Some(token) = response.token() else { return Ok(()) };
    let client = settings.client_of(request.record())?;
    check_claims(&token, request, host.now() / 1_000, client.clock_skew())?;
    identity::verify(host, settings, request.record(), &token).map_err(unverified)
}

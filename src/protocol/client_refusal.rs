//! Responses in which a server refuses the client (RFC 6749 §5.2).

use super::client_authentication::LIFETIME;
use super::digits::decimal;
use super::form;
use super::http::{Request, Response};
use crate::error::{Code, Result};

/// Returns the response to an authenticated request, or an error if the server refused the client in it. The error does not
/// repeat the secret. `now` is in seconds since 1970.
///
/// # Errors
/// [`Code::ConfigInvalid`] with the server's reason, which ends neither a session nor a refresh token; [`Code::ClockSkew`]
/// if the assertion was not valid by the server's clock.
pub fn check_response(request: &Request, response: Response, now: u64) -> Result<Response> {
    let is_by_assertion = form::find(&request.form, "client_assertion").1 > 0;
    if !is_by_assertion && request.secret.is_empty() {
        return Ok(response);
    }
    let response = response.with_secret(&request.secret);
    let refused = response.error(Code::ConfigInvalid);
    let (error, description) = (refused.oauth().text("error"), refused.oauth().text("description"));
    let is_refused = error == "invalid_client"
        || matches!(error, "invalid_request" | "invalid_grant")
            && REFUSALS.iter().any(|text| description.starts_with(text));
    if response.is_success() || !is_refused {
        return Ok(response);
    }
    match response
        .date()
        .filter(|server| is_by_assertion && !(now.saturating_sub(EARLY)..now + LIFETIME).contains(server))
    {
        Some(server) => {
            let side = if server > now { "behind" } else { "ahead of" };
            let message =
                ["the clock here is ", &decimal(server.abs_diff(now)), " seconds ", side, " the server's"].concat();
            Err(refused.with_code(Code::ClockSkew).with_about(&message))
        }
        None => Err(refused.with_about(REFUSED)),
    }
}

/// Seconds by which a server's clock may be behind: SMART permits a lifetime of 300 seconds, 60 more than [`LIFETIME`].
const EARLY: u64 = 60;
const REFUSED: &str = "the server refused the client: check `clientAuth` and the registration at the server";
/// Prefixes of error descriptions of servers that do not use `invalid_client`.
const REFUSALS: [&str; 5] =
    ["Invalid client", "Incorrect client", "Invalid secret", "Missing client_secret", "Client must have"];

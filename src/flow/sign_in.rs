//! Signing in: there and back.

use super::discover;
use super::identity;
use super::record::{self, Stored};
use super::send::send;
use crate::error::{Code, Result};
use crate::host::{Area, Host};
use crate::protocol::answer::AuthorizationResponse;
use crate::protocol::authorization::{AuthorizationRequest, Fresh, SIGN_INS, is_stale, used};
use crate::protocol::client::Settings;
use crate::protocol::http::Response;
use crate::protocol::json::Json;
use crate::protocol::session::{Session, versioned};
use crate::protocol::token::{Tokens, code_form};
use alloc::string::String;

/// A sign-in that is stored and may leave.
#[derive(Debug)]
pub struct Begun {
    /// What leaves, as JavaScript sees it.
    pub request: Json,
    /// Whether the stored sign-in outlives the page.
    pub persisted: bool,
}

/// Begins a sign-in: after this it waits for its answer. `options` have passed
/// [`check_options`](crate::protocol::authorization::check_options).
///
/// # Errors
/// As [`discover::server`] and [`Server::check`](crate::protocol::discovery::Server::check). Nothing is stored then.
pub fn begin(host: &impl Host, settings: Settings<'_>, options: &Json) -> Result<Begun> {
    let client = settings.client(options.text("iss"))?;
    let server = discover::server(host, client)?;
    let endpoint = server.check(client, settings.shares_redirect(client)?)?;
    let mut fresh =
        Fresh { state: host.random(), nonce: host.random(), verifier: host.random(), challenge: String::new() };
    fresh.challenge = host.hash("256", &fresh.verifier)?;
    forget_stale(host);
    let request = AuthorizationRequest::new(client, &server, options, &fresh, host.now());
    let key = [SIGN_INS, &fresh.state].concat();
    let persisted = record::save(host, Area::Tab, &key, &request.0.to_text());
    Ok(Begun { request: request.outgoing(client, &server, &endpoint, options, &fresh.challenge), persisted })
}

/// Completes the sign-in that `response` answers: takes it, exchanges the code, stores the session.
///
/// Until the answer is known to be ours nothing is touched, so a forged one destroys nothing. From then on the sign-in
/// is used up, whatever comes. `None` where the answer was used before: a reload, most likely.
///
/// # Errors
/// `StateUnknown` and `CallbackMalformed` leave the sign-in pending; what [`AuthorizationResponse::code`],
/// [`Tokens::parse`] and a request may fail with does not.
pub fn complete(host: &impl Host, settings: Settings<'_>, response: &AuthorizationResponse) -> Result<Option<Stored>> {
    let Some((request, form)) = take_request(host, settings, response)? else { return Ok(None) };
    let sent = host.now();
    let answer = send(host, settings.client_of(&request)?, "token", request.text("tokenEndpoint"), form)?;
    store_session(host, settings, &request, &answer, sent)
        .map_err(|error| error.without(request.text("verifier")).without(response.code(&request).unwrap_or_default()))
        .map(Some)
}

/// The sign-in that `response` answers, and the form that exchanges its code; `None` where that was done before.
fn take_request(
    host: &impl Host,
    settings: Settings<'_>,
    response: &AuthorizationResponse,
) -> Result<Option<(Json, String)>> {
    let key = response.key()?;
    let stored = record::load(host, &key).and_then(|(stored, _)| versioned(&stored));
    let request = stored.filter(|request| !is_stale(request, host.now())).ok_or(Code::StateUnknown)?;
    if request.at("used").is_true() {
        return Ok(None);
    }
    let client = settings.client_of(&request)?;
    let redirect_uri = request.text("redirectUri");
    response.came_to(redirect_uri)?;
    record::save(host, Area::Tab, &key, &used(&request).to_text());
    let form = code_form(client.text("clientId"), response.code(&request)?, redirect_uri, request.text("verifier"));
    Ok(Some((request, form)))
}

fn store_session(
    host: &impl Host,
    settings: Settings<'_>,
    request: &Json,
    answer: &Response,
    sent: u64,
) -> Result<Stored> {
    let strict = settings.client_of(request)?.strict();
    let mut tokens = Tokens::parse(answer, strict)?;
    identity::prove(host, settings, request, &mut tokens, answer)?;
    Ok(record::keep(host, settings, Session::new(request, &tokens, sent, strict)?))
}

/// Drops sign-ins that nobody will finish.
fn forget_stale(host: &impl Host) {
    for key in record::keys(host, SIGN_INS) {
        let record = record::load(host, &key).and_then(|(record, _)| versioned(&record));
        if record.is_none_or(|record| is_stale(&record, host.now())) {
            record::remove(host, &key);
        }
    }
}

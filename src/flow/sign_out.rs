//! Signing out.

use super::resume::Which;
use super::send::{request_by_client, response_to_client};
use super::{discover, record, resume};
use crate::error::{Code, Error, Result};
use crate::host::{Area, Host, SENDS_PROOFS};
use crate::protocol::authorization::{AuthorizationRequest, SIGN_INS};
use crate::protocol::digits::decimal;
use crate::protocol::endpoint::Endpoint;
use crate::protocol::family::{ENDED, Family};
use crate::protocol::http::{Response, purpose};
use crate::protocol::logout;
use crate::protocol::record::Record;
use crate::protocol::revocation::{self, TokenKind};
use crate::protocol::session::Session;
use crate::protocol::settings::Settings;
use alloc::string::String;
use alloc::vec::Vec;
use core::slice::from_ref;

/// The result of a sign-out. The sessions are removed from this device in any case. Do not log it: the URL may contain
/// an ID token.
#[derive(Default)]
pub struct Ended {
    /// Whether the server confirmed the revocation; `None` if it offers none or there was nothing to revoke.
    pub revoked: Option<bool>,
    /// Logout URL to navigate to; if several sessions have one, that of the last sign-in among the stored sessions.
    pub logout_url: Option<String>,
    /// The error of a revocation that failed.
    pub error: Option<Error>,
}

/// Removes the sessions and pending sign-ins of these settings, then revokes the tokens. `present` is the record of the
/// page's session, which may no longer be stored; `redirect_url` is the URL to which the server redirects after logout, empty
/// for none.
///
/// # Errors
/// Only `Waiting`: errors of servers are in [`Ended`].
pub fn end(host: &impl Host, settings: Settings<'_>, present: &str, redirect_url: &str) -> Result<Ended> {
    let mut ended = Ended::default();
    let sessions = remove_all(host, settings, present);
    let outcomes = revoke_all(host, settings, &sessions)?;
    for (session, outcome) in sessions.iter().zip(outcomes) {
        if let Some(outcome) = outcome {
            ended.error = ended.error.or(outcome.err());
            ended.revoked = Some(ended.error.is_none());
        }
        if ended.logout_url.is_none() {
            ended.logout_url = logout::url(session, &logout_endpoint(host, settings, session.record())?, redirect_url);
        }
    }
    Ok(ended)
}

/// URL of the server's logout endpoint; empty for none. It is often missing from smart-configuration, and in the OpenID
/// configuration instead.
fn logout_endpoint(host: &impl Host, settings: Settings<'_>, session: Record<'_>) -> Result<String> {
    match discover::endpoint_of_session(host, settings.client_of(session)?, session, Endpoint::END_SESSION) {
        Err(error) if error.code() == Code::Waiting => Err(error),
        url => Ok(url.unwrap_or_default()),
    }
}

/// Ends one session and no other: this tab's copy, because another tab has ended the session; a session that was idle for too
/// long; or, in `smart-launch/fhirclient`, the session of the page. Its tokens are revoked too, unless the other tab has
/// revoked them: if the session was not refreshed since the other tab's `generation`, both have the same tokens.
///
/// # Errors
/// Only `Waiting`.
pub fn end_copy(
    host: &impl Host,
    settings: Settings<'_>,
    key: &str,
    family: &str,
    generation: Option<u64>,
) -> Result<()> {
    let session = record::load(host, key).and_then(|(record, _)| Session::from_record(&record));
    if let Some(session) = session.filter(|session| session.family() == family) {
        let reason = String::from(record::family(host, &session).reason());
        end_family(host, settings, &session, if reason.is_empty() { ENDED } else { &reason });
        if generation.is_none_or(|ended_at| session.generation() > ended_at) {
            revoke(host, settings, &session)?;
        }
    }
    Ok(())
}

/// Revokes the tokens of a session at its server.
///
/// # Errors
/// Only `Waiting`.
pub fn revoke(host: &impl Host, settings: Settings<'_>, session: &Session) -> Result<()> {
    revoke_all(host, settings, from_ref(session)).map(|_| ())
}

/// Revokes the tokens of sessions at their servers, and returns the outcome for each; `None` if there was nothing to
/// revoke. All requests are sent at once, because the page may be left at any moment.
///
/// # Errors
/// Only `Waiting`.
fn revoke_all<H: Host>(host: &H, settings: Settings<'_>, sessions: &[Session]) -> Result<Vec<Option<Result<()>>>> {
    let (mut requests, mut numbers) = (Vec::new(), Vec::new());
    let mut outcomes: Vec<Option<Result<()>>> = sessions.iter().map(|_| None).collect();
    for (number, session) in sessions.iter().enumerate() {
        // The refresh token first, since revoking it also ends the grant (RFC 7009 §2.1).
        for kind in TOKENS {
            let Some(form) = revocation_form(session, kind) else { continue };
            let record = session.record();
            let Ok(client) = settings.client_of(record) else { continue };
            let url = record.endpoint(Endpoint::REVOCATION);
            match request_by_client(host, client, record, purpose::REVOCATION, url, form) {
                Ok(request) => {
                    requests.push(request);
                    numbers.push(number);
                }
                Err(error) if error.code() == Code::Waiting => return Err(error),
                Err(error) => store_first(&mut outcomes, number, Err(error)),
            }
        }
    }
    if !requests.is_empty() {
        let responses = host.send_all(&requests)?;
        for ((number, request), response) in numbers.into_iter().zip(&requests).zip(responses) {
            store_first(&mut outcomes, number, response_to_client(host, request, response));
        }
    }
    Ok(outcomes)
}

/// Stores the outcome of the first request of a session. A server need not support revoking access tokens, so the
/// outcome for an access token counts only if there is no refresh token.
fn store_first(outcomes: &mut [Option<Result<()>>], number: usize, response: Result<Response>) {
    if let Some(stored) = outcomes.get_mut(number)
        && stored.is_none()
    {
        *stored = Some(revocation_result(response));
    }
}

/// Ends a session in all tabs, and sends them the `reason`.
pub fn end_in_all_tabs(host: &impl Host, settings: Settings<'_>, session: &Session, reason: &str) {
    end_family(host, settings, session, reason);
    host.publish(&session.channel(), reason, session.family(), &decimal(session.generation()));
}

fn end_family(host: &impl Host, settings: Settings<'_>, session: &Session, reason: &str) {
    let key = Family::key(session);
    record::remove(host, &session.key());
    record::remove(host, &key);
    if SENDS_PROOFS && session.record().is_bound() {
        host.forget_proof_key(session.family());
    }
    if !record::is_page_only(settings) {
        // This record is for tabs that do not receive the message, because they are frozen, or closed and opened again.
        host.save(Area::Shared, &key, &Family::ended_record(reason, host.now()));
    }
}

/// Removes the sessions and the pending sign-ins of these settings. Returns the stored sessions, that of the last sign-in
/// first, and then the session of `present` if it is not one of them.
fn remove_all(host: &impl Host, settings: Settings<'_>, present: &str) -> Vec<Session> {
    let mut sessions = Vec::new();
    while let Some(stored) = resume::sessions(host, settings, Which::Last).pop() {
        // If storage neither removes nor writes, the same session would be found for ever.
        if sessions.iter().any(|removed: &Session| removed.key() == stored.session.key()) {
            break;
        }
        end_in_all_tabs(host, settings, &stored.session, ENDED);
        sessions.push(stored.session);
    }
    let is_new = |present: &Session| sessions.iter().all(|session| session.family() != present.family());
    if let Some(present) = Session::from_record(present).filter(is_new)
        && settings.client_of(present.record()).is_ok()
    {
        end_in_all_tabs(host, settings, &present, ENDED);
        sessions.push(present);
    }
    for key in record::keys(host, SIGN_INS) {
        let request = record::load(host, &key).and_then(|(record, _)| AuthorizationRequest::read(&record));
        if request.is_some_and(|request| settings.client_of(request.record()).is_ok()) {
            record::remove(host, &key);
        }
    }
    sessions
}

fn revocation_form(session: &Session, kind: TokenKind) -> Option<String> {
    let (record, token) = (session.record(), session.token(kind));
    let is_possible = !token.is_empty() && !record.endpoint(Endpoint::REVOCATION).is_empty();
    is_possible.then(|| revocation::form(token, kind.as_str()))
}

fn revocation_result(response: Result<Response>) -> Result<()> {
    response
        .and_then(|response| response.success_body(Code::HttpStatus).map(|_| ()))
        .map_err(|error| error.with_code(Code::LogoutRemoteFailed))
}

const TOKENS: [TokenKind; 2] = [TokenKind::REFRESH, TokenKind::ACCESS];

//! Returning a valid access token, and refreshing it.

mod copies;
mod need;
mod response;
mod sendable;

pub use self::copies::adopt;
pub use self::need::Need;
use self::need::{assumed_lifetime, is_over, meets_need, needed_seconds};
use self::response::renew;
use self::sendable::{Sendable, sendable};
use super::proof;
use super::record::{self, Stored};
use super::send::{request_by_client, send_by_client};
use crate::error::{Code, Error, Result};
use crate::host::{Area, Host, SENDS_PROOFS};
use crate::protocol::endpoint::Endpoint;
use crate::protocol::family::Family;
use crate::protocol::http::purpose;
use crate::protocol::session::Session;
use crate::protocol::settings::Settings;
use crate::protocol::token::refresh_form;

/// A session whose access token is valid.
#[derive(Debug)]
pub struct ValidSession {
    /// The session.
    pub stored: Stored,
    /// Whether the session was renewed by this call, or while this call waited.
    pub renewed: bool,
    /// Why the session was not renewed although its access token is about to expire.
    pub failure: Option<Error>,
}

/// Returns the session under `key` with an access token that meets the need.
///
/// One caller of all tabs refreshes while the others wait, because a server may accept a refresh token only once (RFC 9700
/// §4.14.2). The callers that waited share its result, also a failure.
///
/// # Errors
/// `SignedOut`; `SessionExpired` without a refresh token; `RefreshRejected` where the server rejects the refresh token, which
/// is then dropped; `RefreshInDoubt` where the refresh token was sent twice without a response, or was rotated by a tab that does
/// not reply; `IdTokenInvalid`, which ends the session, where the server renewed it for another user; otherwise the errors of a
/// request. Where the access token has expired and the failure is lasting, the session has ended ([`Error::end_reason`]).
pub fn access_token(host: &impl Host, settings: Settings<'_>, key: &str, need: Need<'_>) -> Result<ValidSession> {
    let before = record::load_session(host, settings, key)?;
    let assumed = assumed_lifetime(settings, &before.session)?;
    if meets_need(host, &before.session, need, assumed) {
        return Ok(ValidSession { stored: before, renewed: false, failure: None });
    }
    let outcome = renew_once(host, settings, &before.session, need);
    if !matches!(need, Need::Use) || outcome.as_ref().is_err_and(|error| error.code() == Code::Waiting) {
        return outcome;
    }
    outcome.or_else(|error| {
        // A token that is about to expire can still be used if its renewal fails.
        let usable = record::load_session(host, settings, key).ok().filter(|stored| {
            let is_same = stored.session.family() == before.session.family();
            is_same && error.end_reason().is_empty() && !stored.session.is_expired(host.steady())
        });
        match usable {
            Some(stored) => Ok(ValidSession { stored, renewed: false, failure: Some(error) }),
            None => Err(error),
        }
    })
}

/// The time in milliseconds of [`Host::steady`] until which [`access_token`] returns this session without a request,
/// while the stored records are unchanged. `None` if the token does not meet the need now, and always for [`Need::Instead`]
/// and [`Need::New`].
pub fn valid_until(host: &impl Host, settings: Settings<'_>, session: &Session, need: Need<'_>) -> Option<u64> {
    let seconds = needed_seconds(session, need)?;
    let assumed = assumed_lifetime(settings, session).ok()?;
    let end = || session.fresh_until(seconds, assumed).unwrap_or(u64::MAX);
    session.is_fresh(host.steady(), seconds, assumed).then(end)
}

/// Renews the session, or takes over the result of another caller while this one waited for the lock.
fn renew_once(host: &impl Host, settings: Settings<'_>, before: &Session, need: Need<'_>) -> Result<ValidSession> {
    if SENDS_PROOFS {
        check_key(host, before)?;
    }
    if before.refresh_token().is_empty() {
        return Err(no_refresh_token(host, before, need));
    }
    let failures = record::family(host, before).failures();
    let client = settings.client_of(before.record())?;
    // Other pages do not wait for a session in this page's memory: they do not share it.
    let area = if record::is_page_only(settings) { Area::Page } else { Area::Shared };
    let note = host.lock(area, &Family::key(before), client.lock_timeout())?;
    record::family(host, before).check_no_failure_since(failures)?;
    let stored = record::load_session(host, settings, &before.key())?;
    // The previous holder of the lock has renewed the session. Its token is accepted even if it expires soon: otherwise
    // every caller would refresh again, without an end.
    if !stored.session.has_same_token(before) {
        return Ok(ValidSession { stored, renewed: true, failure: None });
    }
    let session = stored.session;
    check_attempt(host, &session, need)?;
    match sendable(host, settings, session.clone(), &note) {
        Ok(Sendable::Same(session)) => refresh(host, settings, &session, need),
        Ok(Sendable::Renewed(stored)) => Ok(ValidSession { stored, renewed: true, failure: None }),
        Err(error) => Err(record_failure(host, settings, &session, need, error, false)),
    }
}

/// Checks that the key exists to which the tokens are bound, if they are bound. Without the key the tokens cannot be used, so the
/// session ends.
///
/// # Errors
/// As [`proof::family`].
fn check_key(host: &impl Host, session: &Session) -> Result<()> {
    proof::family(host, session.record()).map(|_| ()).map_err(|error| {
        if error.code() != Code::DpopKeyLost {
            return error;
        }
        record::remove(host, &session.key());
        error.with_end_reason(EXPIRED)
    })
}

/// Checks that a refresh may be attempted now.
///
/// # Errors
/// `SessionExpired` without a refresh token; the error of the last refresh during the pause after it.
fn check_attempt(host: &impl Host, session: &Session, need: Need<'_>) -> Result<()> {
    if session.refresh_token().is_empty() {
        return Err(no_refresh_token(host, session, need));
    }
    let is_expired = session.is_expired(host.steady());
    // A pause that the server asked for applies to every refresh. Any other pause does not apply to `Need::New`, and applies to
    // `Need::Use` while the token is still valid; otherwise it applies only after a retryable failure.
    let eager = |failure: &Error| match need {
        Need::New => true,
        Need::Use if !is_expired => false,
        _ => !failure.retryable(),
    };
    record::family(host, session).check(eager, host.now())
}

/// Sends the refresh token and stores the renewed session. The attempt is recorded before the request is sent, because a
/// lost response may have rotated the token (RFC 9700 §4.14.2).
fn refresh(host: &impl Host, settings: Settings<'_>, session: &Session, need: Need<'_>) -> Result<ValidSession> {
    let client = settings.client_of(session.record())?;
    let (url, form) = (session.record().endpoint(Endpoint::TOKEN), refresh_form(session.refresh_token(), ""));
    // An attempt counts only if its request can be made: signing it may fail.
    let request = match request_by_client(host, client, session.record(), purpose::REFRESH, url, form) {
        Ok(request) => request,
        Err(error) => return Err(record_failure(host, settings, session, need, error, true)),
    };
    let mut family = record::family(host, session);
    let attempts = family.unanswered(session);
    family.set_unanswered(session, attempts + 1);
    record::save_family(host, settings, session, &mut family);
    let sent_at = host.steady();
    let response = send_by_client(host, &request);
    match &response {
        Err(error) if error.code() == Code::Waiting => return Err(Code::Waiting.into()),
        Err(error) if matches!(error.code(), Code::Network | Code::Timeout) => {
            return Err(record_failure(host, settings, session, need, error.clone(), false));
        }
        _ => {}
    }
    // The server responded, so this attempt no longer counts as one without a response.
    let mut family = record::family(host, session);
    if family.unanswered(session) > attempts {
        family.set_unanswered(session, attempts);
        record::save_family(host, settings, session, &mut family);
    }
    match response.and_then(|response| renew(host, settings, session, &response, sent_at, need)) {
        Ok(stored) => Ok(ValidSession { stored, renewed: true, failure: None }),
        Err(error) if error.code() == Code::Waiting => Err(error),
        Err(error) => Err(record_failure(host, settings, session, need, error, true)),
    }
}

/// The error of a session without a refresh token.
fn no_refresh_token(host: &impl Host, session: &Session, need: Need<'_>) -> Error {
    if is_over(host, session, need) {
        record::remove(host, &session.key());
        return Error::new(Code::SessionExpired).with_end_reason(EXPIRED);
    }
    Error::about(Code::SessionExpired, "the session has no refresh token")
}

/// Records that a session was not renewed, for other callers, and returns the error. The session ends if its access token has
/// expired and the error is lasting.
fn record_failure(
    host: &impl Host,
    settings: Settings<'_>,
    session: &Session,
    need: Need<'_>,
    error: Error,
    has_response: bool,
) -> Error {
    if matches!(error.code(), Code::Waiting | Code::SignedOut) || !error.end_reason().is_empty() {
        return error;
    }
    let stored = match record::load_session(host, settings, &session.key()) {
        Ok(stored) => stored,
        Err(gone) => return gone,
    };
    let has_ended = error.is_lasting() && is_over(host, &stored.session, need);
    let error = if has_ended { error.with_end_reason(EXPIRED) } else { error };
    let mut family = record::family(host, session);
    family.record_failure(&error, has_response, host.now());
    record::save_family(host, settings, session, &mut family);
    // A session in doubt is not removed: a background tab may have a newer one, which resolves the doubt.
    if has_ended && error.code() != Code::RefreshInDoubt {
        record::remove(host, &session.key());
    }
    error
}

const EXPIRED: &str = "session_expired";

//! Returning a valid access token, and refreshing it.

use super::identity;
use super::proof;
use super::record::{self, Stored};
use super::send::{request_by_client, send_by_client, token_type};
use super::sign_out;
use crate::error::{Code, Error, Result};
use crate::host::{Area, Host, SENDS_PROOFS};
use crate::protocol::discovery::configuration_url;
use crate::protocol::endpoint::Endpoint;
use crate::protocol::family::{Family, RENEWED};
use crate::protocol::http::{Response, purpose};
use crate::protocol::session::Session;
use crate::protocol::settings::Settings;
use crate::protocol::token::{self, Tokens, refresh_form};

/// The reason for which an access token is requested.
#[derive(Clone, Copy, Debug)]
pub enum Need<'a> {
    /// To use it now: it is renewed shortly before it expires, and still used if that fails.
    Use,
    /// To use it for this many seconds.
    Seconds(u64),
    /// Because this one was refused.
    Instead(&'a str),
    /// Because the app wants a new one.
    New,
}

/// A session whose access token is valid.
#[derive(Debug)]
pub struct Good {
    /// The session.
    pub stored: Stored,
    /// Whether it was renewed by this call, or while this call waited.
    pub renewed: bool,
    /// Why it was not renewed although it was time for that.
    pub failure: Option<Error>,
}

/// Returns the session under `key` with an access token that meets the need.
///
/// One caller of all tabs refreshes while the others wait, because a server may accept a refresh token only once (RFC 9700
/// §4.14.2). The callers that waited share its result, also a failure.
///
/// # Errors
/// `SignedOut`; `SessionExpired` without a refresh token; `RefreshRejected` where the server rejects the refresh token, which
/// is then dropped; `RefreshInDoubt` where it was sent twice without a response; `IdTokenInvalid` with an end where the server
/// renewed the session for another user; else what a request may fail with. Where the
/// token has expired and the failure is lasting, the session has ended ([`Error::ended`]).
pub fn access_token(host: &impl Host, settings: Settings<'_>, key: &str, need: Need<'_>) -> Result<Good> {
    let before = record::stored(host, settings, key)?;
    let assumed = assumed(settings, &before.session)?;
    if is_good(host, &before.session, need, assumed) {
        return Ok(Good { stored: before, renewed: false, failure: None });
    }
    let outcome = renew_once(host, settings, &before.session, need);
    if !matches!(need, Need::Use) || outcome.as_ref().is_err_and(|error| error.code() == Code::Waiting) {
        return outcome;
    }
    outcome.or_else(|error| {
        // A token within the margin is renewed, but it is still valid.
        let usable = record::stored(host, settings, key).ok().filter(|stored| {
            let is_same = stored.session.family() == before.session.family();
            is_same && error.ended().is_empty() && !stored.session.is_expired(host.steady())
        });
        match usable {
            Some(stored) => Ok(Good { stored, renewed: false, failure: Some(error) }),
            None => Err(error),
        }
    })
}

/// The time in milliseconds of [`Host::steady`] until which [`access_token`] returns this session without a request,
/// while the stored records are unchanged; `None` if it does not, or only once.
pub fn good_until(host: &impl Host, settings: Settings<'_>, session: &Session, need: Need<'_>) -> Option<u64> {
    let wanted = wanted(session, need)?;
    let assumed = assumed(settings, session).ok()?;
    let end = || session.fresh_until(wanted, assumed).unwrap_or(u64::MAX);
    session.is_fresh(host.steady(), wanted, assumed).then(end)
}

/// Renews the session, or takes over the result of another caller while this one waited for the lock.
fn renew_once(host: &impl Host, settings: Settings<'_>, before: &Session, need: Need<'_>) -> Result<Good> {
    if SENDS_PROOFS {
        check_key(host, before)?;
    }
    if before.refresh_token().is_empty() {
        return Err(nothing_left(host, before, need));
    }
    let failures = record::family(host, before).failures();
    let client = settings.client_of(before.record())?;
    // Other pages do not wait for a session in this page's memory: they do not share it.
    let area = if record::is_own(settings) { Area::Page } else { Area::Shared };
    let note = host.lock(area, &Family::key(before), client.patience())?;
    record::family(host, before).fails_since(failures)?;
    let stored = record::stored(host, settings, &before.key())?;
    // The previous holder of the lock has renewed it. A short-lived token is accepted too, or this would never end.
    if !stored.session.has_same_token(before) {
        return Ok(Good { stored, renewed: true, failure: None });
    }
    let session = stored.session;
    check_attempt(host, &session, need)?;
    match certain(host, settings, session.clone(), &note) {
        Ok(Certain::Same(session)) => refresh(host, settings, &session, need),
        Ok(Certain::Renewed(stored)) => Ok(Good { stored, renewed: true, failure: None }),
        Err(error) => Err(failed(host, settings, &session, need, error, false)),
    }
}

/// Checks that the key is there to which the tokens are bound, if they are. Without it they are of no use, so the session ends.
///
/// # Errors
/// As [`proof::family`].
fn check_key(host: &impl Host, session: &Session) -> Result<()> {
    proof::family(host, session.record()).map(|_| ()).map_err(|error| {
        if error.code() != Code::DpopKeyLost {
            return error;
        }
        record::remove(host, &session.key());
        error.ending(EXPIRED)
    })
}

/// Checks that a refresh may be attempted now.
///
/// # Errors
/// `SessionExpired` without a refresh token; the error of the last refresh during the pause after it.
fn check_attempt(host: &impl Host, session: &Session, need: Need<'_>) -> Result<()> {
    if session.refresh_token().is_empty() {
        return Err(nothing_left(host, session, need));
    }
    let is_expired = session.is_expired(host.steady());
    // An explicit refresh is always tried; without a valid token only failures of the server delay the next one.
    let eager = |failure: &Error| match need {
        Need::New => true,
        Need::Use if !is_expired => false,
        _ => !failure.retryable(),
    };
    record::family(host, session).check(eager, host.now())
}

/// Sends the refresh token and stores the renewed session. The attempt is recorded before the request is sent, because a
/// lost response may have rotated the token (RFC 9700 §4.14.2).
fn refresh(host: &impl Host, settings: Settings<'_>, session: &Session, need: Need<'_>) -> Result<Good> {
    let client = settings.client_of(session.record())?;
    let (url, form) = (session.record().endpoint(Endpoint::TOKEN), refresh_form(session.refresh_token(), ""));
    // An attempt counts only if its request can be made: signing it may fail.
    let request = match request_by_client(host, client, session.record(), purpose::REFRESH, url, form) {
        Ok(request) => request,
        Err(error) => return Err(failed(host, settings, session, need, error, true)),
    };
    let mut family = record::family(host, session);
    let times = family.sent(session);
    family.set_sent(session, times + 1);
    record::note(host, settings, session, &mut family);
    let sent = host.steady();
    let answer = send_by_client(host, &request);
    match &answer {
        Err(error) if error.code() == Code::Waiting => return Err(Code::Waiting.into()),
        Err(error) if matches!(error.code(), Code::Network | Code::Timeout) => {
            return Err(failed(host, settings, session, need, error.clone(), false));
        }
        _ => {}
    }
    // The server responded, so this attempt no longer counts as one without a response.
    let mut family = record::family(host, session);
    if family.sent(session) > times {
        family.set_sent(session, times);
        record::note(host, settings, session, &mut family);
    }
    match answer.and_then(|answer| renew(host, settings, session, &answer, sent, need)) {
        Ok(stored) => Ok(Good { stored, renewed: true, failure: None }),
        Err(error) if error.code() == Code::Waiting => Err(error),
        Err(error) => Err(failed(host, settings, session, need, error, true)),
    }
}

/// A session whose refresh token may be sent, or one that another tab has renewed.
enum Certain {
    Same(Session),
    Renewed(Stored),
}

/// Makes certain that the refresh token of a session may be sent.
fn certain(host: &impl Host, settings: Settings<'_>, session: Session, note: &str) -> Result<Certain> {
    let client = settings.client_of(session.record())?;
    let mut family = record::family(host, &session);
    let doubt = family.sent(&session) > 0;
    family.heed(note);
    let (spent, latest) = (family.has_spent(&session), family.generation());
    // A public document: a token endpoint may take any request for an attempt.
    if !spent && !host.reach(configuration_url(&client.base()?)?.as_str(), doubt)? {
        return Err(Code::Network.into());
    }
    let mut session = session;
    if latest > session.generation() || doubt {
        match newer(host, settings, &session, latest)? {
            Some(stored) if !stored.session.has_same_token(&session) => return Ok(Certain::Renewed(stored)),
            Some(stored) => session = stored.session,
            None if spent => return Err(Code::RefreshInDoubt.into()),
            // Renewed in a tab that is gone, by a server that does not replace refresh tokens.
            None => session = session.at_least(latest),
        }
    }
    if record::family(host, &session).is_in_doubt(&session) {
        return Err(Code::RefreshInDoubt.into());
    }
    Ok(Certain::Same(session))
}

/// The error of a session without a refresh token.
fn nothing_left(host: &impl Host, session: &Session, need: Need<'_>) -> Error {
    if is_over(host, session, need) {
        record::remove(host, &session.key());
        return Error::new(Code::SessionExpired).ending(EXPIRED);
    }
    Error::about(Code::SessionExpired, "the session has no refresh token")
}

/// Records that a session was not renewed, for other callers, and returns the error. The session ends if its access token has
/// expired and the error is lasting.
fn failed(
    host: &impl Host,
    settings: Settings<'_>,
    session: &Session,
    need: Need<'_>,
    error: Error,
    answered: bool,
) -> Error {
    if matches!(error.code(), Code::Waiting | Code::SignedOut) || !error.ended().is_empty() {
        return error;
    }
    let stored = match record::stored(host, settings, &session.key()) {
        Ok(stored) => stored,
        Err(gone) => return gone,
    };
    let over = error.is_lasting() && is_over(host, &stored.session, need);
    let error = if over { error.ending(EXPIRED) } else { error };
    let mut family = record::family(host, session);
    family.fail(&error, answered, host.now());
    record::note(host, settings, session, &mut family);
    // A background tab may have a newer session, which resolves the doubt.
    if over && error.code() != Code::RefreshInDoubt {
        record::remove(host, &session.key());
    }
    error
}

/// Whether a session that cannot be renewed has ended: its access token has expired, or it has no known lifetime and the server
/// has refused it.
fn is_over(host: &impl Host, session: &Session, need: Need<'_>) -> bool {
    session.is_expired(host.steady()) || (!session.has_end() && matches!(need, Need::Instead(_)))
}

/// Stores the session that another tab sent, if it is newer than the one under `key`, and returns the current one.
///
/// # Errors
/// `SignedOut`.
pub fn adopt(host: &impl Host, settings: Settings<'_>, key: &str, record: &str) -> Result<Stored> {
    let stored = record::stored(host, settings, key)?;
    let session = Session::from_record(record);
    Ok(match session.filter(|session| session.key() == key && session.is_newer(&stored.session)) {
        Some(session) => record::keep(host, settings, session),
        None => stored,
    })
}

/// The session as another tab has it, where that is newer, and as new as the `latest` generation that is known of.
fn newer(host: &impl Host, settings: Settings<'_>, session: &Session, latest: u64) -> Result<Option<Stored>> {
    let wanted = latest.max(session.generation().saturating_add(1));
    let record = host.ask(&session.channel(), session.family(), wanted)?;
    let stored = adopt(host, settings, &session.key(), &record)?;
    if stored.session.refresh_token().is_empty() {
        // Refused there.
        return Err(Code::SessionExpired.into());
    }
    Ok(Some(stored).filter(|stored| stored.session.is_newer(session)))
}

fn is_good(host: &impl Host, session: &Session, need: Need<'_>, assumed: u64) -> bool {
    let is_fresh = |seconds| session.is_fresh(host.steady(), seconds, assumed);
    match need {
        Need::Use | Need::Seconds(_) => wanted(session, need).is_some_and(is_fresh),
        // A request that lacks permission is refused with a new token too, so the refresh token is not used for it.
        Need::Instead(refused) if session.access_token() == refused => {
            is_fresh(0) && session.is_instead(host.steady(), assumed)
        }
        Need::Instead(_) => is_fresh(0),
        Need::New => false,
    }
}

/// Seconds for which the access token has to be valid; `None` if this does not decide whether it is refreshed.
fn wanted(session: &Session, need: Need<'_>) -> Option<u64> {
    match need {
        Need::Use if session.refresh_token().is_empty() => Some(0),
        Need::Use => Some(MARGIN),
        Need::Seconds(seconds) => Some(seconds),
        Need::Instead(_) | Need::New => None,
    }
}

/// Assumed lifetime in seconds of an access token for which the server states none.
fn assumed(settings: Settings<'_>, session: &Session) -> Result<u64> {
    Ok(settings.client_of(session.record())?.assumed_lifetime())
}

/// Stores the session after a token response. A new refresh token is stored even if the rest of the response cannot be used,
/// because the old one is spent.
fn renew(
    host: &impl Host,
    settings: Settings<'_>,
    session: &Session,
    answer: &Response,
    sent: u64,
    need: Need<'_>,
) -> Result<Stored> {
    if let Some(current) = overtaken(host, settings, session, answer)? {
        return Ok(current);
    }
    let came = token::came(answer);
    let rotated = came.refresh_token();
    let is_rotated = !rotated.is_empty() && rotated != session.refresh_token();
    let mut kept = if is_rotated { session.with_refresh_token(rotated) } else { session.clone() };
    // Keys may have to be fetched to verify the ID token, and the tab may be closed meanwhile. Without an ID token other tabs
    // get the whole session at once: a tab that got only the refresh token would use it for an access token.
    let is_early = is_rotated && !came.id_token().is_empty();
    if is_early {
        kept = hand_on(host, settings, kept).session;
    }
    let read = read(host, settings, &kept, answer, sent);
    if read.as_ref().is_err_and(|error| error.code() == Code::Waiting) {
        return Err(Code::Waiting.into());
    }
    // Reading may have taken a while.
    if let Some(current) = overtaken(host, settings, if is_early { &kept } else { session }, answer)? {
        return Ok(current);
    }
    let error = match read {
        Ok(renewed) => return Ok(settle(host, settings, session, renewed, need)),
        Err(error) => answer.blame(error),
    };
    if is_rotated && !is_early {
        kept = hand_on(host, settings, kept).session;
    }
    refused(host, settings, session, &kept, error)
}

/// Stores a renewed session and clears the recorded failures of its family.
fn settle(host: &impl Host, settings: Settings<'_>, session: &Session, renewed: Session, need: Need<'_>) -> Stored {
    let renewed = if matches!(need, Need::Instead(_)) { renewed.instead() } else { renewed };
    let mut family = record::family(host, session);
    family.settle();
    record::note(host, settings, session, &mut family);
    hand_on(host, settings, renewed)
}

/// Handles a response that did not renew `session`: a rejected refresh token is dropped, unless another tab has a newer
/// session, and an `error` that ends the session ends it in all tabs. `kept` is the session as it is stored now.
fn refused(
    host: &impl Host,
    settings: Settings<'_>,
    session: &Session,
    kept: &Session,
    error: Error,
) -> Result<Stored> {
    if error.ends_refresh_token() {
        if let Some(newer) = newer(host, settings, session, 0)? {
            return Ok(newer);
        }
        hand_on(host, settings, session.with_refresh_token(""));
        return Err(error.seen_as(Code::RefreshRejected));
    }
    if !error.ended().is_empty() {
        sign_out::forget(host, settings, kept, error.ended());
    }
    Err(error)
}

/// The session after a refresh response.
fn read(host: &impl Host, settings: Settings<'_>, session: &Session, answer: &Response, sent: u64) -> Result<Session> {
    let strict = settings.client_of(session.record())?.strict();
    let mut tokens = Tokens::parse_typed(answer, strict, token_type(session.record()))?;
    identity::verify_id_token(host, settings, session.record(), &mut tokens, answer)?;
    session.renewed(&tokens, sent)
}

/// Returns the session that has replaced this one meanwhile. If it was removed, or replaced by another sign-in, the tokens in
/// `answer` will not be used and are revoked.
fn overtaken(host: &impl Host, settings: Settings<'_>, session: &Session, answer: &Response) -> Result<Option<Stored>> {
    let current = record::stored(host, settings, &session.key());
    match &current {
        Ok(current) if current.session.has_same_tokens(session) => return Ok(None),
        Ok(current) if current.session.family() == session.family() => {}
        _ => sign_out::revoke(host, settings, &session.with_tokens(&token::came(answer)))?,
    }
    current.map(Some)
}

/// Stores a session whose refresh token was used, and sends it to the tabs that have a copy.
fn hand_on(host: &impl Host, settings: Settings<'_>, session: Session) -> Stored {
    let stored = record::keep(host, settings, session);
    let session = &stored.session;
    let mut family = record::family(host, session);
    family.set_sent(session, 0);
    record::note(host, settings, session, &mut family);
    // Other tabs have no copy of a session in this page's memory.
    if !record::is_own(settings) {
        host.tell(&session.channel(), RENEWED, session.family(), &session.to_record());
        host.leave(&Family::key(session), &family.lock_note());
    }
    stored
}

/// Seconds before its end at which a token is renewed.
const MARGIN: u64 = 60;
const EXPIRED: &str = "session_expired";

//! The response to a refresh.

use super::copies::newer;
use super::need::Need;
use crate::error::{Code, Error, Result};
use crate::flow::identity;
use crate::flow::record::{self, Stored};
use crate::flow::send::token_type;
use crate::flow::sign_out;
use crate::host::Host;
use crate::protocol::family::{Family, RENEWED};
use crate::protocol::http::Response;
use crate::protocol::session::Session;
use crate::protocol::settings::Settings;
use crate::protocol::token::{self, Tokens};

/// Stores the session after a token response. A new refresh token is stored even if the rest of the response cannot be used,
/// because the old one is spent.
pub(super) fn renew(
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

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

/// Stores the session after the response to a refresh. A new refresh token is stored even if the rest of the response cannot be
/// used, because the old one is spent.
pub(super) fn renew(
    host: &impl Host,
    settings: Settings<'_>,
    session: &Session,
    response: &Response,
    sent_at: u64,
    need: Need<'_>,
) -> Result<Stored> {
    if let Some(current) = replacing_session(host, settings, session, response)? {
        return Ok(current);
    }
    let raw_tokens = token::tokens_in(response);
    let rotated = raw_tokens.refresh_token();
    let is_rotated = !rotated.is_empty() && rotated != session.refresh_token();
    let mut stored_session = if is_rotated { session.with_refresh_token(rotated) } else { session.clone() };
    // The new refresh token is stored before an ID token is verified: that may take a request, and the tab may be closed. Without
    // an ID token other tabs get the whole session at once: a tab with only the new refresh token would refresh again.
    let is_early = is_rotated && !raw_tokens.id_token().is_empty();
    if is_early {
        stored_session = save_and_share(host, settings, stored_session).session;
    }
    let renewed = read_renewed(host, settings, &stored_session, response, sent_at);
    if renewed.as_ref().is_err_and(|error| error.code() == Code::Waiting) {
        return Err(Code::Waiting.into());
    }
    // Verifying the ID token may have taken a while, and the session may have been replaced meanwhile.
    if let Some(current) =
        replacing_session(host, settings, if is_early { &stored_session } else { session }, response)?
    {
        return Ok(current);
    }
    let error = match renewed {
        Ok(renewed) => return Ok(save_renewed(host, settings, session, renewed, need)),
        Err(error) => response.add_request_to(error),
    };
    if is_rotated && !is_early {
        stored_session = save_and_share(host, settings, stored_session).session;
    }
    handle_refusal(host, settings, session, &stored_session, error)
}

/// Stores a renewed session and clears the recorded failures of its family.
fn save_renewed(
    host: &impl Host,
    settings: Settings<'_>,
    session: &Session,
    renewed: Session,
    need: Need<'_>,
) -> Stored {
    let renewed = if matches!(need, Need::Instead(_)) { renewed.as_replacement() } else { renewed };
    let mut family = record::family(host, session);
    family.record_success();
    record::save_family(host, settings, session, &mut family);
    save_and_share(host, settings, renewed)
}

/// Handles a response that did not renew `session`: a rejected refresh token is dropped, unless another tab has a newer
/// session, and an `error` that ends the session ends it in all tabs. `stored_session` is the session as it is stored now.
fn handle_refusal(
    host: &impl Host,
    settings: Settings<'_>,
    session: &Session,
    stored_session: &Session,
    error: Error,
) -> Result<Stored> {
    if error.ends_refresh_token() {
        if let Some(newer) = newer(host, settings, session, 0)? {
            return Ok(newer);
        }
        save_and_share(host, settings, session.with_refresh_token(""));
        return Err(error.with_code(Code::RefreshRejected));
    }
    if !error.end_reason().is_empty() {
        sign_out::end_in_all_tabs(host, settings, stored_session, error.end_reason());
    }
    Err(error)
}

/// The session after a refresh response.
fn read_renewed(
    host: &impl Host,
    settings: Settings<'_>,
    session: &Session,
    response: &Response,
    sent_at: u64,
) -> Result<Session> {
    let strict = settings.client_of(session.record())?.strict();
    let mut tokens = Tokens::parse_typed(response, strict, token_type(session.record()))?;
    identity::verify_id_token(host, settings, session.record(), &mut tokens, response)?;
    session.renewed(&tokens, sent_at)
}

/// Returns the session that has replaced this one meanwhile. If it was removed, or replaced by another sign-in, the tokens in
/// `response` will not be used and are revoked.
fn replacing_session(
    host: &impl Host,
    settings: Settings<'_>,
    session: &Session,
    response: &Response,
) -> Result<Option<Stored>> {
    let current = record::load_session(host, settings, &session.key());
    match &current {
        Ok(current) if current.session.has_same_tokens(session) => return Ok(None),
        Ok(current) if current.session.family() == session.family() => {}
        _ => sign_out::revoke(host, settings, &session.with_tokens(&token::tokens_in(response)))?,
    }
    current.map(Some)
}

/// Stores a session whose refresh token was used, and sends the session to the tabs that have a copy.
fn save_and_share(host: &impl Host, settings: Settings<'_>, session: Session) -> Stored {
    let stored = record::save_session(host, settings, session);
    let session = &stored.session;
    let mut family = record::family(host, session);
    family.set_unanswered(session, 0);
    record::save_family(host, settings, session, &mut family);
    // Other tabs have no copy of a session in this page's memory.
    if !record::is_page_only(settings) {
        host.publish(&session.channel(), RENEWED, session.family(), &session.to_record());
        host.leave(&Family::key(session), &family.lock_note());
    }
    stored
}

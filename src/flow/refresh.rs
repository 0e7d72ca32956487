//! An access token that is good now.

use super::identity;
use super::record::{self, Stored};
use super::send::send;
use super::sign_out;
use crate::error::{Code, Error, Result};
use crate::host::{Area, Host};
use crate::protocol::client::Settings;
use crate::protocol::discovery::configuration_url;
use crate::protocol::family::{Family, MOST_SENT};
use crate::protocol::http::Response;
use crate::protocol::json::{Json, decimal, digits};
use crate::protocol::session::Session;
use crate::protocol::token::{self, Tokens, refresh_form};

/// Seconds a token is to be good for where nobody says.
pub const MARGIN: u64 = 60;

/// Why a token is asked for.
#[derive(Clone, Copy, Debug)]
pub enum Need<'a> {
    /// To be used for this many seconds.
    Seconds(u64),
    /// Because this one was refused.
    Instead(&'a str),
    /// Because the app wants a new one.
    New,
}

/// A session whose access token is good.
#[derive(Debug)]
pub struct Good {
    /// The session.
    pub stored: Stored,
    /// Whether it was renewed by this call, or while this call waited.
    pub renewed: bool,
}

/// Gives the session under `key` with an access token that meets the need.
///
/// One caller of all tabs refreshes while the others wait, because a server may accept a refresh token only once (RFC 9700
/// §4.14.2).
///
/// # Errors
/// `SignedOut`; `SessionExpired` where there is nothing to renew it with; `RefreshRejected` where the server says that
/// the refresh token is no longer good, which is then dropped; `RefreshInDoubt` where it was sent and no answer came, twice;
/// else what a request may fail with, and nothing is lost.
pub fn access_token(host: &impl Host, settings: Settings<'_>, key: &str, need: Need<'_>) -> Result<Good> {
    let before = record::stored(host, settings, key)?;
    let client = settings.client_of(before.session.json())?;
    let assumed = client.seconds("assumedLifetimeSeconds", 300);
    if is_good(host, &before.session, need, assumed) {
        return Ok(Good { stored: before, renewed: false });
    }
    // What is in this page's memory is nobody else's business, nor for others to hold up.
    let area = if record::is_own(settings) { Area::Page } else { Area::Shared };
    let note = host.lock(area, &Family::key(&before.session), client.patience())?;
    let stored = record::stored(host, settings, key)?;
    // Whoever held the lock may have renewed it. Taken as it is then, however short it lives: asking again would not end.
    if !stored.session.has_same_token(&before.session) {
        return Ok(Good { stored, renewed: true });
    }
    let mut session = stored.session;
    if session.refresh_token().is_empty() {
        return Err(Code::SessionExpired.into());
    }
    let mut family = record::family(host, &session);
    family.check(host.now())?;
    // A note arrives before what is stored does.
    let latest = family.generation().max(digits(&note).unwrap_or(0));
    let spent = latest > session.generation();
    let doubt = family.sent(&session) > 0;
    // What everybody may read: a token endpoint may take any request for an attempt.
    if !spent && !host.reach(configuration_url(&client.base()?)?.as_str(), doubt)? {
        return Err(Code::Network.into());
    }
    if spent || doubt {
        match newer(host, settings, &session, latest)? {
            Some(stored) if !stored.session.has_same_token(&session) => return Ok(Good { stored, renewed: true }),
            Some(stored) => session = stored.session,
            None if spent => return Err(Code::RefreshInDoubt.into()),
            None => {}
        }
    }
    let times = family.sent(&session);
    if times >= MOST_SENT {
        return Err(Code::RefreshInDoubt.into());
    }
    family.set_sent(&session, times + 1);
    record::note(host, settings, &session, &mut family);
    let sent = host.steady();
    let form = refresh_form(session.text("clientId"), session.refresh_token(), "");
    let answer = send(host, client, "refresh", session.text("tokenEndpoint"), form)?;
    renew(host, settings, &session, &answer, sent).map(|stored| Good { stored, renewed: true })
}

/// Takes over what another tab says of the session under `key`, if it is newer, and gives the session as it is then.
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
    match need {
        Need::Seconds(seconds) => session.is_fresh(host.steady(), seconds, assumed),
        Need::Instead(refused) => session.access_token() != refused && session.is_fresh(host.steady(), 0, assumed),
        Need::New => false,
    }
}

/// Stores what the answer makes of the session. The refresh token first: the old one is spent, whatever else is wrong.
fn renew(host: &impl Host, settings: Settings<'_>, session: &Session, answer: &Response, sent: u64) -> Result<Stored> {
    if let Some(current) = overtaken(host, settings, session, answer, sent)? {
        return Ok(current);
    }
    let rotated = token::rotated(answer);
    if !rotated.is_null() && rotated.str() != session.refresh_token() {
        hand_on(host, settings, session.with_refresh_token(&rotated));
    }
    let mut tokens = match Tokens::parse(answer, settings.client_of(session.json())?.strict()) {
        Ok(tokens) => tokens,
        Err(error) if is_final(&error) => {
            if let Some(newer) = newer(host, settings, session, 0)? {
                return Ok(newer);
            }
            hand_on(host, settings, session.with_refresh_token(&Json::NULL));
            return Err(error.seen_as(Code::RefreshRejected));
        }
        Err(error) => {
            if !answer.is_success() || !answer.is_json() {
                // Not lost: the server, or somebody before it, says that nothing was done.
                let mut family = record::family(host, session);
                family.set_sent(session, family.sent(session).saturating_sub(1));
                family.heed(answer, host.now());
                record::note(host, settings, session, &mut family);
            }
            return Err(error);
        }
    };
    identity::prove(host, settings, session.json(), &mut tokens, answer).map_err(|error| answer.blame(error))?;
    // Proving may have taken a while.
    if let Some(current) = overtaken(host, settings, session, answer, sent)? {
        return Ok(current);
    }
    if session.is_of_another(&tokens) {
        sign_out::forget(host, settings, session);
        let another = Error::about(Code::IdTokenInvalid, "the server renewed the session for another person");
        return Err(answer.blame(another));
    }
    let renewed = session.renewed(&tokens, sent).map_err(|error| answer.blame(error))?;
    Ok(hand_on(host, settings, renewed))
}

/// The session that has taken this one's place meanwhile. Where there is none, or one of another sign-in, nobody will use
/// what came for this one: it is revoked.
fn overtaken(
    host: &impl Host,
    settings: Settings<'_>,
    session: &Session,
    answer: &Response,
    sent: u64,
) -> Result<Option<Stored>> {
    let current = record::stored(host, settings, &session.key());
    match &current {
        Ok(current) if current.session.has_same_token(session) => return Ok(None),
        Ok(current) if current.session.family() == session.family() => {}
        _ => {
            let late = Tokens::parse(answer, false).and_then(|tokens| session.renewed(&tokens, sent));
            if let Ok(late) = late {
                sign_out::revoke(host, settings, &late)?;
            }
        }
    }
    current.map(Some)
}

/// Stores a session whose refresh token was used, and lets the tabs know that have a copy of it.
fn hand_on(host: &impl Host, settings: Settings<'_>, session: Session) -> Stored {
    let stored = record::keep(host, settings, session);
    let session = &stored.session;
    let mut family = record::family(host, session);
    family.set_sent(session, 0);
    record::note(host, settings, session, &mut family);
    // Nobody has a copy of what is in this page's memory.
    if !record::is_own(settings) {
        host.tell(&session.channel(), "renewed", session.family(), &session.json().to_text());
        host.leave(&Family::key(session), &decimal(session.generation()));
    }
    stored
}

/// Only `invalid_grant` ends a refresh token (RFC 6749 §5.2); any other refusal may pass.
fn is_final(error: &Error) -> bool {
    error.code() == Code::TokenRefused && error.oauth().text("error") == "invalid_grant"
}

//! An access token that is good now.

use super::identity;
use super::record::{self, Stored};
use super::send::send;
use crate::error::{Code, Error, Result};
use crate::host::Host;
use crate::protocol::client::Settings;
use crate::protocol::http::Response;
use crate::protocol::json::Json;
use crate::protocol::session::Session;
use crate::protocol::token::{self, Tokens, refresh_form};
use alloc::string::String;

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
/// One caller refreshes while the others wait, because a server may accept a refresh token only once (RFC 9700 §4.14.2).
///
/// # Errors
/// `SignedOut`; `SessionExpired` where there is nothing to renew it with; `RefreshRejected` where the server says that
/// the refresh token is no longer good, which is then dropped; else what a request may fail with, and nothing is lost.
pub fn access_token(host: &impl Host, settings: Settings<'_>, key: &str, need: Need<'_>) -> Result<Good> {
    let before = record::stored(host, settings, key)?;
    if is_good(host, settings, &before.session, need)? {
        return Ok(Good { stored: before, renewed: false });
    }
    host.lock(key)?;
    let stored = record::stored(host, settings, key)?;
    // Whoever held the lock may have renewed it. Taken as it is then, however short it lives: asking again would not end.
    if !stored.session.has_same_token(&before.session) {
        return Ok(Good { stored, renewed: true });
    }
    let session = stored.session;
    let form = form(&session)?;
    let sent = host.now();
    let client = settings.client_of(session.json())?;
    let answer = send(host, client, "refresh", session.text("tokenEndpoint"), form)?;
    renew(host, settings, &session, &answer, sent).map(|stored| Good { stored, renewed: true })
}

fn is_good(host: &impl Host, settings: Settings<'_>, session: &Session, need: Need<'_>) -> Result<bool> {
    let assumed = settings.client_of(session.json())?.seconds("assumedLifetimeSeconds", 300);
    Ok(match need {
        Need::Seconds(seconds) => session.is_fresh(host.now(), seconds, assumed),
        Need::Instead(refused) => session.access_token() != refused && session.is_fresh(host.now(), 0, assumed),
        Need::New => false,
    })
}

fn form(session: &Session) -> Result<String> {
    if session.refresh_token().is_empty() {
        return Err(Code::SessionExpired.into());
    }
    Ok(refresh_form(session.text("clientId"), session.refresh_token(), ""))
}

/// Stores what the answer makes of the session. The refresh token first: the old one is spent, whatever else is wrong.
fn renew(host: &impl Host, settings: Settings<'_>, session: &Session, answer: &Response, sent: u64) -> Result<Stored> {
    // Signed out meanwhile, or in anew? An answer that comes late must not bring the old session back.
    let current = record::stored(host, settings, &session.key())?;
    if !current.session.has_same_token(session) {
        return Ok(current);
    }
    let rotated = token::rotated(answer);
    if !rotated.is_null() && rotated.str() != session.refresh_token() {
        record::keep(host, settings, session.with_refresh_token(&rotated));
    }
    let mut tokens = Tokens::parse(answer, settings.client_of(session.json())?.strict()).map_err(|error| {
        let last = is_final(&error);
        let error = error.without(session.refresh_token());
        if !last {
            return error;
        }
        record::keep(host, settings, session.with_refresh_token(&Json::NULL));
        error.seen_as(Code::RefreshRejected)
    })?;
    identity::prove(host, settings, session.json(), &mut tokens, answer)?;
    // Proving may have taken a while.
    let current = record::stored(host, settings, &session.key())?;
    if !current.session.has_same_token(session) {
        return Ok(current);
    }
    if session.is_of_another(&tokens) {
        record::remove(host, &session.key());
        return Err(Error::about(Code::IdTokenInvalid, "the server renewed the session for another person"));
    }
    Ok(record::keep(host, settings, session.renewed(&tokens, sent)?))
}

/// Only `invalid_grant` ends a refresh token (RFC 6749 §5.2); any other refusal may pass.
fn is_final(error: &Error) -> bool {
    error.code() == Code::TokenRefused && error.oauth().text("error") == "invalid_grant"
}

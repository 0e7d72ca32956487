//! The need for which an access token is requested, and whether the access token of a session meets it.

use crate::error::Result;
use crate::host::Host;
use crate::protocol::session::Session;
use crate::protocol::settings::Settings;

/// The need for which an access token is requested.
#[derive(Clone, Copy, Debug)]
pub enum Need<'a> {
    /// To use the token now: it is renewed shortly before it expires, and still used if the renewal fails.
    Use,
    /// To use the token for this many seconds.
    Seconds(u64),
    /// To replace this token, which the server refused.
    Instead(&'a str),
    /// To get a new token, even if the present one is still valid.
    New,
}

/// Whether a session that cannot be renewed has ended: its access token has expired, or the lifetime of the token is not known
/// and the server has refused it.
pub(super) fn is_over(host: &impl Host, session: &Session, need: Need<'_>) -> bool {
    session.is_expired(host.steady()) || (!session.has_lifetime() && matches!(need, Need::Instead(_)))
}

/// Whether the access token of a session meets the need, so that the session is not refreshed.
pub(super) fn meets_need(host: &impl Host, session: &Session, need: Need<'_>, assumed: u64) -> bool {
    let is_fresh = |seconds| session.is_fresh(host.steady(), seconds, assumed);
    match need {
        Need::Use | Need::Seconds(_) => needed_seconds(session, need).is_some_and(is_fresh),
        // If the refused token has just replaced another refused one, the request lacks permission: a refresh would not help.
        Need::Instead(refused) if session.access_token() == refused => {
            is_fresh(0) && session.is_recent_replacement(host.steady(), assumed)
        }
        Need::Instead(_) => is_fresh(0),
        Need::New => false,
    }
}

/// Seconds for which the access token has to be valid; `None` if the need does not depend on the time left.
pub(super) fn needed_seconds(session: &Session, need: Need<'_>) -> Option<u64> {
    match need {
        Need::Use if session.refresh_token().is_empty() => Some(0),
        Need::Use => Some(MARGIN),
        Need::Seconds(seconds) => Some(seconds),
        Need::Instead(_) | Need::New => None,
    }
}

/// Assumed lifetime in seconds of an access token for which the server states none.
pub(super) fn assumed_lifetime(settings: Settings<'_>, session: &Session) -> Result<u64> {
    Ok(settings.client_of(session.record())?.assumed_lifetime())
}

/// Seconds before the expiry of an access token at which it is renewed.
const MARGIN: u64 = 60;

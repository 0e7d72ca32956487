//! Copies of a session in other tabs.

use crate::error::{Code, Result};
use crate::flow::record::{self, Stored};
use crate::host::Host;
use crate::protocol::session::Session;
use crate::protocol::settings::Settings;

/// Stores the session that another tab sent, if it is newer than the one under `key`, and returns the current one.
///
/// # Errors
/// `SignedOut`.
pub fn adopt(host: &impl Host, settings: Settings<'_>, key: &str, record: &str) -> Result<Stored> {
    let stored = record::load_session(host, settings, key)?;
    let session = Session::from_record(record);
    Ok(match session.filter(|session| session.key() == key && session.is_newer(&stored.session)) {
        Some(session) => record::save_session(host, settings, session),
        None => stored,
    })
}

/// Asks other tabs for a session of at least the `latest` known generation, and returns it if it is newer than `session`.
pub(super) fn newer(
    host: &impl Host,
    settings: Settings<'_>,
    session: &Session,
    latest: u64,
) -> Result<Option<Stored>> {
    let needed = latest.max(session.generation().saturating_add(1));
    let record = host.ask(&session.channel(), session.family(), needed)?;
    let stored = adopt(host, settings, &session.key(), &record)?;
    if stored.session.refresh_token().is_empty() {
        // The server has rejected the refresh token in the other tab.
        return Err(Code::SessionExpired.into());
    }
    Ok(Some(stored).filter(|stored| stored.session.is_newer(session)))
}

//! Finding the stored session again.

use super::record::{self, Stored};
use crate::host::Host;
use crate::protocol::client::Settings;

/// The session signed in to last, if one is stored that is of any use. Makes no request. Corrupt, outdated and lapsed
/// records are dropped on the way.
pub fn session(host: &impl Host, settings: Settings<'_>) -> Option<Stored> {
    let mut found: Option<Stored> = None;
    for client in settings.clients() {
        for key in record::keys(host, &client.session_prefix()) {
            let Ok(stored) = record::stored(host, settings, &key) else { continue };
            let session = &stored.session;
            if session.refresh_token().is_empty() && session.is_expired(host.steady()) {
                record::remove(host, &key);
            } else if found.as_ref().is_none_or(|latest| latest.session.signed_in() < session.signed_in()) {
                found = Some(stored);
            }
        }
    }
    found
}

//! Finding the stored session again.

use super::record::{self, Stored};
use crate::host::Host;
use crate::protocol::client::Settings;
use crate::protocol::session::Session;

/// The session signed in to last, if one is stored that is of any use. Makes no request. Corrupt, outdated and lapsed
/// records are dropped on the way.
pub fn session(host: &impl Host, settings: Settings<'_>) -> Option<Stored> {
    latest(host, settings, |session| {
        let lapsed = session.is_expired(host.steady())
            && (session.refresh_token().is_empty() || record::family(host, session).is_in_doubt(session));
        if lapsed {
            record::remove(host, &session.key());
        }
        !lapsed
    })
}

/// The stored session signed in to last, of those that are `wanted`.
pub fn latest(host: &impl Host, settings: Settings<'_>, wanted: impl Fn(&Session) -> bool) -> Option<Stored> {
    let mut found: Option<Stored> = None;
    for client in settings.clients() {
        for key in record::keys(host, &client.session_prefix()) {
            let Ok(stored) = record::stored(host, settings, &key) else { continue };
            let signed_in = stored.session.signed_in();
            if wanted(&stored.session) && found.as_ref().is_none_or(|latest| latest.session.signed_in() < signed_in) {
                found = Some(stored);
            }
        }
    }
    found
}

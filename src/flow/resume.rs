//! Finding the stored session again.

use super::record::{self, Stored};
use crate::host::Host;
use crate::protocol::record::{SESSIONS, family_in};
use crate::protocol::settings::Settings;
use alloc::vec::Vec;

/// Which session is looked for.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// The session of the last sign-in: for a page whose sessions no other page has, and for sign-out.
    Last,
    /// The session of this token family; no session if the text is empty.
    Of(&'a str),
    /// The only session, for a page that belongs to no sign-in. Several count as one if they are about the same patient and
    /// the same user.
    Only,
}

/// Whether such a session may be stored, by the keys of the records; the records are not read.
pub fn is_stored(host: &impl Host, which: Which<'_>) -> bool {
    record::keys(host, SESSIONS).iter().any(|key| family_in(key).is_some_and(|family| is_wanted(which, family)))
}

/// Finds a stored session that can still be used, without a request. Removes corrupt records and sessions that cannot be used.
pub fn session(host: &impl Host, settings: Settings<'_>, which: Which<'_>) -> Option<Stored> {
    let mut found = sessions(host, settings, which);
    found.retain(|Stored { session, .. }| {
        let lapsed = session.is_expired(host.steady())
            && (session.refresh_token().is_empty() || record::family(host, session).has_failed_in_doubt(session));
        if lapsed {
            record::remove(host, &session.key());
        }
        !lapsed
    });
    let last = found.pop()?;
    let is_same = |other: &Stored| last.session.is_about_same(&other.session);
    (!matches!(which, Which::Only) || found.iter().all(is_same)).then_some(last)
}

/// Finds the stored sessions of these settings, in the order of their sign-ins. They may have expired.
pub fn sessions(host: &impl Host, settings: Settings<'_>, which: Which<'_>) -> Vec<Stored> {
    let mut found: Vec<Stored> = Vec::new();
    // All keys are read at once: an app may have thousands of servers.
    let keys = record::keys(host, SESSIONS);
    if keys.is_empty() {
        return found;
    }
    for client in settings.clients() {
        let prefix = client.session_prefix();
        for key in keys.iter().filter(|key| key.starts_with(&prefix)) {
            if !family_in(key).is_some_and(|family| is_wanted(which, family)) {
                continue;
            }
            let Ok(stored) = record::load_session(host, settings, key) else { continue };
            let index = found.iter().position(|other| other.session.signed_in() > stored.session.signed_in());
            found.insert(index.unwrap_or(found.len()), stored);
        }
    }
    found
}

fn is_wanted(which: Which<'_>, family: &str) -> bool {
    !matches!(which, Which::Of(wanted) if wanted != family || wanted.is_empty())
}

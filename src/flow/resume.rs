//! Finding the stored session again.

use super::record::{self, Stored};
use crate::host::Host;
use crate::protocol::client::Settings;
use crate::protocol::record::{SESSIONS, family_in};
use alloc::vec::Vec;

/// Which session is looked for.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// The one signed in to last: where nobody but this page has any.
    Last,
    /// The one of this token family; of an empty one there is none.
    Of(&'a str),
    /// The one that can be meant by a page that belongs to no sign-in: several only if they are about one patient and one
    /// user.
    Only,
}

/// The session that is looked for, if one is stored that is of any use. Makes no request. Corrupt, outdated and lapsed
/// records are dropped on the way.
pub fn session(host: &impl Host, settings: Settings<'_>, which: Which<'_>) -> Option<Stored> {
    let mut found = sessions(host, settings, which);
    found.retain(|Stored { session, .. }| {
        let lapsed = session.is_expired(host.steady())
            && (session.refresh_token().is_empty() || record::family(host, session).is_in_doubt(session));
        if lapsed {
            record::remove(host, &session.key());
        }
        !lapsed
    });
    let last = found.pop()?;
    let is_same = |other: &Stored| last.session.is_about_same(&other.session);
    (!matches!(which, Which::Only) || found.iter().all(is_same)).then_some(last)
}

/// The sessions of these settings, the last one signed in to at the end, whether they are of any use or not.
pub fn sessions(host: &impl Host, settings: Settings<'_>, which: Which<'_>) -> Vec<Stored> {
    let mut found: Vec<Stored> = Vec::new();
    // All of them at once: an app may have thousands of servers.
    let keys = record::keys(host, SESSIONS);
    if keys.is_empty() {
        return found;
    }
    for client in settings.clients() {
        let prefix = client.session_prefix();
        for key in keys.iter().filter(|key| key.starts_with(&prefix)) {
            let Some(family) = family_in(key) else { continue };
            if matches!(which, Which::Of(wanted) if wanted != family || wanted.is_empty()) {
                continue;
            }
            let Ok(stored) = record::stored(host, settings, key) else { continue };
            let later = found.iter().position(|other| other.session.signed_in() > stored.session.signed_in());
            found.insert(later.unwrap_or(found.len()), stored);
        }
    }
    found
}

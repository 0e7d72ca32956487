//! Whether a refresh token may be sent: it must not be spent already.

use super::copies::newer;
use crate::error::{Code, Result};
use crate::flow::record::{self, Stored};
use crate::host::Host;
use crate::protocol::discovery::configuration_url;
use crate::protocol::session::Session;
use crate::protocol::settings::Settings;

/// A session whose refresh token may be sent, or one that another tab has renewed.
pub(super) enum Sendable {
    Same(Session),
    Renewed(Stored),
}

/// Checks that the refresh token of a session may be sent. `note` is what the previous holder of the lock left.
pub(super) fn sendable(host: &impl Host, settings: Settings<'_>, session: Session, note: &str) -> Result<Sendable> {
    let client = settings.client_of(session.record())?;
    let mut family = record::family(host, &session);
    let doubt = family.unanswered(&session) > 0;
    family.apply_lock_note(note);
    let (spent, latest) = (family.has_spent(&session), family.generation());
    // The URL is that of a public document: a token endpoint may count any request as an attempt.
    if !spent && !host.reach(configuration_url(&client.base()?)?.as_str(), doubt)? {
        return Err(Code::Network.into());
    }
    let mut session = session;
    if latest > session.generation() || doubt {
        match newer(host, settings, &session, latest)? {
            Some(stored) if !stored.session.has_same_token(&session) => return Ok(Sendable::Renewed(stored)),
            Some(stored) => session = stored.session,
            None if spent => return Err(Code::RefreshInDoubt.into()),
            // If another tab has renewed the session, it does not reply, and the server did not replace the refresh token.
            None => session = session.at_least(latest),
        }
    }
    if record::family(host, &session).is_in_doubt(&session) {
        return Err(Code::RefreshInDoubt.into());
    }
    Ok(Sendable::Same(session))
}

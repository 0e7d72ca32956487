//! Keeping records: in the tab where that works, else in the page's memory.

use crate::error::{Code, Result};
use crate::host::{Area, Host};
use crate::protocol::client::Settings;
use crate::protocol::session::Session;
use alloc::string::String;
use alloc::vec::Vec;

/// A session as it is kept.
#[derive(Debug)]
pub struct Stored {
    /// The session.
    pub session: Session,
    /// Whether it outlives the page.
    pub persisted: bool,
}

/// Writes a record; `true` if it outlives the page. A record that no longer fits must not leave its older self behind:
/// that one's refresh token is spent.
pub fn save(host: &impl Host, area: Area, key: &str, record: &str) -> bool {
    remove(host, key);
    if area == Area::Tab && host.save(Area::Tab, key, record) {
        return true;
    }
    host.save(Area::Page, key, record);
    false
}

/// Reads a record; `true` if it outlives the page.
pub fn load(host: &impl Host, key: &str) -> Option<(String, bool)> {
    match host.load(Area::Page, key) {
        Some(record) => Some((record, false)),
        None => host.load(Area::Tab, key).map(|record| (record, true)),
    }
}

/// Removes a record wherever it is.
pub fn remove(host: &impl Host, key: &str) {
    host.remove(Area::Tab, key);
    host.remove(Area::Page, key);
}

/// The keys that begin with `prefix`.
pub fn keys(host: &impl Host, prefix: &str) -> Vec<String> {
    let mut keys = host.keys(Area::Page, prefix);
    keys.extend(host.keys(Area::Tab, prefix));
    keys
}

/// Stores a session where the settings want it, and notes on it if that was not possible.
pub fn keep(host: &impl Host, settings: Settings<'_>, session: Session) -> Stored {
    let area = if settings.memory() { Area::Page } else { Area::Tab };
    let persisted = save(host, area, &session.key(), &session.json().to_text());
    if persisted || settings.memory() {
        return Stored { session, persisted };
    }
    let session = session.with_warning("storage_unavailable");
    host.save(Area::Page, &session.key(), &session.json().to_text());
    Stored { session, persisted }
}

/// The session under a key, if it is one of these settings; a record that is none is dropped.
///
/// # Errors
/// `SignedOut` where there is none.
pub fn stored(host: &impl Host, settings: Settings<'_>, key: &str) -> Result<Stored> {
    let (record, persisted) = load(host, key).ok_or(Code::SignedOut)?;
    let session = Session::from_record(&record);
    match session.filter(|session| session.key() == key && settings.client_of(session.json()).is_ok()) {
        Some(session) => Ok(Stored { session, persisted }),
        None => {
            remove(host, key);
            Err(Code::SignedOut.into())
        }
    }
}

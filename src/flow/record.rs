//! Stored records: in the storage that the settings name, or in the page's memory if it is not available.

use crate::error::{Code, Error, Result};
use crate::host::{Area, Host};
use crate::protocol::family::{FAMILIES, Family};
use crate::protocol::record::{SESSIONS, family_in, is_of_newer_version};
use crate::protocol::session::Session;
use crate::protocol::settings::Settings;
use alloc::string::String;
use alloc::vec::Vec;

/// A session that is stored.
#[derive(Debug)]
pub struct Stored {
    /// The session.
    pub session: Session,
    /// Whether it outlives the page.
    pub persisted: bool,
}

/// Writes a record to an area, or to a narrower one if that fails; `true` if the record outlives the page.
///
/// If a record does not fit, its older version is removed too, because the refresh token in the older version is spent.
pub fn save(host: &impl Host, area: Area, key: &str, record: &str) -> bool {
    // The record is removed from other areas first: if the host fails here, nothing has changed yet. It is removed from memory
    // last, because that cannot fail.
    AREAS.iter().filter(|other| **other != area && **other != Area::Page).for_each(|other| host.remove(*other, key));
    let persisted = save_new(host, area, key, record);
    if persisted {
        host.remove(Area::Page, key);
    }
    persisted
}

/// Writes a record as [`save`] does, under a key that no stored record has.
pub fn save_new(host: &impl Host, area: Area, key: &str, record: &str) -> bool {
    for candidate in AREAS.iter().skip_while(|candidate| **candidate != area) {
        if host.save(*candidate, key, record) {
            return *candidate != Area::Page;
        }
        host.remove(*candidate, key);
    }
    false
}

/// Reads a record, and whether it outlives the page.
pub fn load(host: &impl Host, key: &str) -> Option<(String, bool)> {
    // The area of all tabs is read first: its record says that a sign-in is used, and the copy in this tab may not say so.
    AREAS.iter().find_map(|area| host.load(*area, key).map(|record| (record, *area != Area::Page)))
}

/// Removes a record from all areas.
pub fn remove(host: &impl Host, key: &str) {
    AREAS.iter().for_each(|area| host.remove(*area, key));
}

/// The keys that begin with `prefix`.
pub fn keys(host: &impl Host, prefix: &str) -> Vec<String> {
    // The module is 280 bytes smaller than with `flat_map`.
    let mut keys = Vec::new();
    for area in &AREAS {
        keys.append(&mut host.keys(*area, prefix));
    }
    keys
}

/// Stores a session in the area of the settings, or in memory and with a warning if that is not possible.
pub fn save_session(host: &impl Host, settings: Settings<'_>, session: Session) -> Stored {
    let area = area(settings);
    let persisted = save(host, area, &session.key(), &session.to_record());
    if persisted || area == Area::Page {
        return Stored { session, persisted };
    }
    let session = session.with_warning("storage_unavailable");
    host.save(Area::Page, &session.key(), &session.to_record());
    Stored { session, persisted }
}

/// The state of a session's token family, which all tabs share.
pub fn family(host: &impl Host, session: &Session) -> Family {
    Family::read(load(host, &Family::key(session)).map(|(record, _)| record))
}

/// Stores the state of a session's token family.
pub fn save_family(host: &impl Host, settings: Settings<'_>, session: &Session, family: &mut Family) {
    let area = if is_page_only(settings) { Area::Page } else { Area::Shared };
    let record = family.to_text(host.now());
    save(host, area, &Family::key(session), &record);
}

/// The session under a key, if it belongs to these settings and no tab has ended it. Any other record is removed,
/// unless a newer version of this library wrote it.
///
/// # Errors
/// `SignedOut` if there is none.
pub fn load_session(host: &impl Host, settings: Settings<'_>, key: &str) -> Result<Stored> {
    let (record, persisted) = load(host, key).ok_or(Code::SignedOut)?;
    let is_ours = |session: &Session| session.key() == key && settings.client_of(session.record()).is_ok();
    let mut ended = Error::new(Code::SignedOut);
    if let Some(session) = Session::from_record(&record).filter(is_ours) {
        let family = family(host, &session);
        if !family.has_ended() {
            return Ok(Stored { session, persisted });
        }
        ended = ended.with_end_reason(family.reason());
    }
    if !is_of_newer_version(&record) {
        remove(host, key);
    }
    Err(ended)
}

/// Removes the sessions of a page that the sign-in `new_family` replaces. Those in the area of all tabs stay:
/// another tab may show them.
pub fn remove_replaced(host: &impl Host, families: &[&str], new_family: &str) {
    if families.is_empty() {
        return;
    }
    for key in keys(host, SESSIONS) {
        let is_former = |family: &&str| !family.is_empty() && *family != new_family && families.contains(family);
        if let Some(family) = family_in(&key).filter(is_former) {
            host.remove(Area::Tab, &key);
            host.remove(Area::Page, &key);
            host.remove(Area::Page, &[FAMILIES, family].concat());
        }
    }
}

/// Whether sessions are stored in this page's memory, so that no other page has them.
pub fn is_page_only(settings: Settings<'_>) -> bool {
    area(settings) == Area::Page
}

/// The storage area for sessions, by the settings.
fn area(settings: Settings<'_>) -> Area {
    if settings.is_in_memory() {
        Area::Page
    } else if settings.is_in_local_storage() {
        Area::Shared
    } else {
        Area::Tab
    }
}

/// The areas, the widest first: a record that does not fit is written to the next.
static AREAS: [Area; 3] = [Area::Shared, Area::Tab, Area::Page];

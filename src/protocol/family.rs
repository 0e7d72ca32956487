//! A token family: the refresh tokens that descend from one sign-in, and the record about them that all tabs share.
//!
//! A duplicated tab has a copy of `sessionStorage`, refresh token included. If the server rotates refresh tokens, each
//! can be used once (RFC 9700 §4.14.2), so each use is recorded where all tabs see it. The record contains no token.

use super::digits::{decimal, digits};
use super::http::LONGEST_WAIT;
use super::json::Json;
use super::record::{VERSION, versioned};
use super::session::Session;
use super::split::cut;
use crate::error::{self, Code, Error, Result};
use alloc::string::String;

/// The record: the `generation` of the latest session, and the one in which its refresh token was issued (`rotated`);
/// how often that token was `sent` without a response; the number of refreshes that failed since the last success
/// (`failures`), the last error (`failure`), the time until which no refresh is attempted (`until`), and whether the
/// server asked for that (`asked`); the reason why the session has `ended`.
pub struct Family(Json);

impl Family {
    /// Storage key of the record.
    #[must_use]
    pub fn key(session: &Session) -> String {
        [FAMILIES, session.family()].concat()
    }

    /// Reads the record; an unreadable one counts as empty.
    #[must_use]
    pub fn read(record: Option<String>) -> Self {
        Self(record.and_then(|record| versioned(&record)).unwrap_or_else(Json::object))
    }

    /// The record as it is stored at `now`.
    #[must_use]
    pub fn to_text(&mut self, now: u64) -> String {
        self.0.set("v", VERSION.into());
        self.0.set("created", now.into());
        self.0.to_text()
    }

    /// Whether the session has ended in all tabs.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        !self.0.at("ended").is_null()
    }

    /// Reason for which the session has ended; empty if it has not.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.0.text("ended")
    }

    /// The record of a family whose session has ended.
    #[must_use]
    pub fn ended_record(reason: &str, now: u64) -> String {
        let mut family = Self(Json::object());
        family.0.set_text("ended", reason);
        family.to_text(now)
    }

    /// The latest generation that a tab knows of.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.number("generation")
    }

    /// The note that is left at the lock for its next holder: `generation`.`rotated`.
    #[must_use]
    pub fn lock_note(&self) -> String {
        [&*decimal(self.generation()), ".", &decimal(self.rotated())].concat()
    }

    /// Reads the note that was left at the lock, which may be newer than the stored record.
    pub fn apply_lock_note(&mut self, note: &str) {
        let (generation, rotated) = cut(note, b'.');
        let latest = |stated: &str, current: u64| digits(stated).unwrap_or(0).max(current);
        let rotated = latest(rotated.unwrap_or(generation), self.rotated());
        self.0.set("generation", latest(generation, self.generation()).into());
        self.0.set("rotated", rotated.into());
    }

    /// Whether the refresh token of this session was replaced by another. A server need not rotate refresh tokens (RFC
    /// 6749 §6), so a refresh alone does not mean that.
    #[must_use]
    pub fn has_spent(&self, session: &Session) -> bool {
        self.rotated() > session.rotated()
    }

    /// How often this session's refresh token was sent without a response.
    #[must_use]
    pub fn unanswered(&self, session: &Session) -> u64 {
        if self.generation() == session.generation() { self.number("sent") } else { 0 }
    }

    /// Whether this session's refresh token may have been rotated: it was sent [`MOST_SENT`] times without a response.
    #[must_use]
    pub fn is_in_doubt(&self, session: &Session) -> bool {
        self.unanswered(session) >= MOST_SENT
    }

    /// Whether a refresh has failed because the token is in doubt. Until then, the latest attempt may be in progress.
    #[must_use]
    pub fn has_failed_in_doubt(&self, session: &Session) -> bool {
        let failure = error::read(self.0.at("failure"));
        self.is_in_doubt(session) && failure.is_some_and(|failure| failure.code() == Code::RefreshInDoubt)
    }

    /// Records how often this session's refresh token was sent without a response.
    pub fn set_unanswered(&mut self, session: &Session, times: u64) {
        self.0.set("generation", session.generation().into());
        self.0.set("rotated", session.rotated().into());
        self.0.set("sent", times.into());
    }

    /// The number of refreshes that failed since the last success.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.number("failures")
    }

    /// Records a failed refresh. The next one is sent after the time that the server asks for (`Retry-After`, RFC 9110
    /// §10.2.3); otherwise, if the server responded, after 1 s to 60 s, doubling each time. Without a response there is no delay.
    pub fn record_failure(&mut self, error: &Error, has_response: bool, now: u64) {
        let failures = self.failures();
        let retry_after = error.retry_after();
        let pause = if has_response { LONGEST_PAUSE.min(1 << failures.min(6)) } else { 0 };
        self.0.set("failures", (failures + 1).into());
        self.0.set("failure", error.to_json());
        self.0.set("asked", retry_after.is_some().into());
        self.0.set("until", (now + retry_after.unwrap_or(pause) * 1_000).into());
    }

    /// Records a refresh that succeeded.
    pub fn record_success(&mut self) {
        ["failures", "failure", "asked", "until"].iter().for_each(|name| self.0.set(name, Json::NULL));
    }

    /// Checks that no refresh has failed since the number of failed refreshes was `failures`.
    ///
    /// # Errors
    /// The error of the last failed refresh.
    pub fn check_no_failure_since(&self, failures: u64) -> Result<()> {
        match error::read(self.0.at("failure")) {
            Some(failure) if self.failures() != failures => Err(failure),
            _ => Ok(()),
        }
    }

    /// Refuses while the wait after a failed refresh lasts. If `eager` accepts the error, only a wait that the server
    /// asked for counts.
    ///
    /// # Errors
    /// The error of the last refresh.
    pub fn check(&self, eager: impl Fn(&Error) -> bool, now: u64) -> Result<()> {
        let seconds = self.number("until").saturating_sub(now).div_ceil(1_000);
        let is_by_server = self.0.at("asked").is_true();
        let failure = error::read(self.0.at("failure"));
        // A wait longer than the maximum means that the clock was set back.
        match failure {
            Some(failure) if (1..=LONGEST_WAIT).contains(&seconds) && (is_by_server || !eager(&failure)) => {
                let status = failure.status();
                Err(if is_by_server { failure.with_status(status, Some(seconds)) } else { failure })
            }
            _ => Ok(()),
        }
    }

    fn rotated(&self) -> u64 {
        self.0.at("rotated").number().unwrap_or_else(|| self.generation())
    }

    fn number(&self, name: &str) -> u64 {
        self.0.at(name).number().unwrap_or(0)
    }
}

/// Message to other tabs: the session was refreshed.
pub const RENEWED: &str = "renewed";
/// Message to other tabs, and the reason for which a session ended: the user signed out.
pub const ENDED: &str = "ended";
/// Prefix of the storage keys of these records.
pub const FAMILIES: &str = "smart-launch:family:";
/// How often a refresh token is sent if there is no response. The first response may have been lost after the server
/// rotated the token; servers that tolerate reuse tolerate it once.
pub const MOST_SENT: u64 = 2;
/// Longest wait after a failed refresh, in seconds, if the server asks for none.
const LONGEST_PAUSE: u64 = 60;

//! A token family: the refresh tokens that descend from one sign-in, and the state that all tabs share about it.
//!
//! A tab that is duplicated has a copy of `sessionStorage`, refresh token included. Where tokens rotate each works once (RFC
//! 9700 §4.14.2), so each use is recorded where all tabs see it. The record has no token.

use super::http::LONGEST_WAIT;
use super::json::{Json, decimal, digits};
use super::record::{VERSION, versioned};
use super::session::Session;
use super::split::cut;
use crate::error::{self, Error, Result};
use alloc::string::String;

/// The note: `generation` of the latest session and the one in which its refresh token came (`rotated`); how often that was
/// `sent` without an answer; how many refreshes failed since the last that did not (`failures`), how the last one did
/// (`failure`), `until` when none is tried again, and whether the server asked for that (`asked`); why the family has `ended`.
pub struct Family(Json);

impl Family {
    /// Key of the note.
    #[must_use]
    pub fn key(session: &Session) -> String {
        [FAMILIES, session.family()].concat()
    }

    /// Reads the note; one that cannot be read counts as empty.
    #[must_use]
    pub fn read(note: Option<String>) -> Self {
        Self(note.and_then(|note| versioned(&note)).unwrap_or_else(Json::object))
    }

    /// The note as it is stored.
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

    /// Reason for which the session has ended; empty where it has not.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.0.text("ended")
    }

    /// The note of a family that has ended.
    #[must_use]
    pub fn ended(reason: &str, now: u64) -> String {
        let mut family = Self(Json::object());
        family.0.set_text("ended", reason);
        family.to_text(now)
    }

    /// The latest generation that a tab knows of.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.number("generation")
    }

    /// The note at the lock for its next holder: `generation` and `rotated`.
    #[must_use]
    pub fn lock_note(&self) -> String {
        [&*decimal(self.generation()), ".", &decimal(self.rotated())].concat()
    }

    /// Reads the note at the lock, which may be newer than the stored one.
    pub fn heed(&mut self, note: &str) {
        let (generation, rotated) = cut(note, b'.');
        let latest = |stated: &str, known: u64| digits(stated).unwrap_or(0).max(known);
        let rotated = latest(rotated.unwrap_or(generation), self.rotated());
        self.0.set("generation", latest(generation, self.generation()).into());
        self.0.set("rotated", rotated.into());
    }

    /// Whether the refresh token of this session was replaced by another. A server need not do that (RFC 6749 §6), so it is
    /// not enough that the session was renewed.
    #[must_use]
    pub fn has_spent(&self, session: &Session) -> bool {
        self.rotated() > session.rotated()
    }

    /// How often this session's refresh token was sent without an answer.
    #[must_use]
    pub fn sent(&self, session: &Session) -> u64 {
        if self.generation() == session.generation() { self.number("sent") } else { 0 }
    }

    /// Whether this session's refresh token may have been rotated: it was sent [`MOST_SENT`] times without a response.
    #[must_use]
    pub fn is_in_doubt(&self, session: &Session) -> bool {
        self.sent(session) >= MOST_SENT
    }

    /// Notes how often this session's refresh token was sent without an answer.
    pub fn set_sent(&mut self, session: &Session, times: u64) {
        self.0.set("generation", session.generation().into());
        self.0.set("rotated", session.rotated().into());
        self.0.set("sent", times.into());
    }

    /// How many refreshes failed since the last that did not.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.number("failures")
    }

    /// Notes a refresh that failed. The next has to wait where the server asks for that (RFC 9110 §10.2.3), else after an
    /// answer: longer each time.
    pub fn fail(&mut self, error: &Error, answered: bool, now: u64) {
        let failures = self.failures();
        let asked = error.retry_after();
        let pause = if answered { LONGEST_PAUSE.min(1 << failures.min(6)) } else { 0 };
        self.0.set("failures", (failures + 1).into());
        self.0.set("failure", error.to_json());
        self.0.set("asked", asked.is_some().into());
        self.0.set("until", (now + asked.unwrap_or(pause) * 1_000).into());
    }

    /// Notes a refresh that did not fail.
    pub fn settle(&mut self) {
        ["failures", "failure", "asked", "until"].iter().for_each(|name| self.0.set(name, Json::NULL));
    }

    /// The failure that came since there were so many `failures`.
    ///
    /// # Errors
    /// That failure.
    pub fn fails_since(&self, failures: u64) -> Result<()> {
        match error::read(self.0.at("failure")) {
            Some(failure) if self.failures() != failures => Err(failure),
            _ => Ok(()),
        }
    }

    /// Refuses while no refresh is to be tried, as the last one failed. With `eager` only a wait that the server asked
    /// for counts.
    ///
    /// # Errors
    /// That of the last refresh.
    pub fn check(&self, eager: impl Fn(&Error) -> bool, now: u64) -> Result<()> {
        let left = self.number("until").saturating_sub(now).div_ceil(1_000);
        let asked = self.0.at("asked").is_true();
        let failure = error::read(self.0.at("failure"));
        // More than any server is granted: the clock was set back.
        match failure {
            Some(failure) if (1..=LONGEST_WAIT).contains(&left) && (asked || !eager(&failure)) => {
                let status = failure.status();
                Err(if asked { failure.with_status(status, Some(left)) } else { failure })
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

/// Message to other tabs: the session was renewed.
pub const RENEWED: &str = "renewed";
/// Message to other tabs, and reason of an end: the user signed out.
pub const ENDED: &str = "ended";
/// Prefix of the keys of notes.
pub const FAMILIES: &str = "smart-launch:family:";
/// Times a refresh token is sent where no answer comes: the first answer may have been lost behind a rotation, and servers
/// that forgive that forgive it once.
pub const MOST_SENT: u64 = 2;
/// Seconds between refreshes that fail, at most.
const LONGEST_PAUSE: u64 = 60;

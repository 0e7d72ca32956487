//! A token family: the refresh tokens that descend from one sign-in, and what all tabs with a copy of its session know of it.
//!
//! A tab that is duplicated has a copy of `sessionStorage`, refresh token included. Where tokens rotate each works once (RFC
//! 9700 §4.14.2), so what was sent is written down where every tab sees it, without any token.

use super::http::{LONGEST_WAIT, Response};
use super::json::Json;
use super::session::{Session, VERSION, versioned};
use crate::error::{Code, Error, Result};
use alloc::string::String;

/// The note: `generation` of the session whose refresh token was `sent` so often without an answer, `until` when the server
/// wants no more requests and by which `status` it said so, whether the family has `ended`.
pub struct Family(Json);

impl Family {
    /// Key of the note.
    #[must_use]
    pub fn key(session: &Session) -> String {
        [FAMILIES, session.family()].concat()
    }

    /// Reads the note; what cannot be read says nothing.
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

    /// Whether some tab has signed out.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.0.at("ended").is_true()
    }

    /// The note of a family that has ended.
    #[must_use]
    pub fn ended(now: u64) -> String {
        let mut family = Self(Json::object());
        family.0.set("ended", Json::from(true));
        family.to_text(now)
    }

    /// The latest generation that a tab knows of.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.number("generation")
    }

    /// How often this session's refresh token was sent without an answer.
    #[must_use]
    pub fn sent(&self, session: &Session) -> u64 {
        if self.generation() == session.generation() { self.number("sent") } else { 0 }
    }

    /// Notes how often this session's refresh token was sent without an answer.
    pub fn set_sent(&mut self, session: &Session, times: u64) {
        self.0.set("generation", session.generation().into());
        self.0.set("sent", times.into());
    }

    /// Notes how long the server wants to be left alone (RFC 9110 §10.2.3).
    pub fn heed(&mut self, answer: &Response, now: u64) {
        if let Some(seconds) = answer.retry_after() {
            self.0.set("until", (now + seconds * 1_000).into());
            self.0.set("status", answer.status().into());
        }
    }

    /// Refuses while the server wants to be left alone, with the words it said it in.
    ///
    /// # Errors
    /// `HttpStatus`.
    pub fn check(&self, now: u64) -> Result<()> {
        let left = self.number("until").saturating_sub(now).div_ceil(1_000);
        // More than any server is granted: the clock was set back.
        if left == 0 || left > LONGEST_WAIT {
            return Ok(());
        }
        Err(Error::new(Code::HttpStatus).with_status(self.number("status"), Some(left)))
    }

    fn number(&self, name: &str) -> u64 {
        self.0.at(name).number().unwrap_or(0)
    }
}

/// What keys of notes begin with.
pub const FAMILIES: &str = "smart-launch:family:";
/// Times a refresh token is sent where no answer comes: the first answer may have been lost behind a rotation, and servers
/// that forgive that forgive it once.
pub const MOST_SENT: u64 = 2;

//! The public keys of a server (RFC 7517 §5), as they are cached.

use super::http::Response;
use super::json::Json;
use super::jws::key_set;
use crate::error::Result;
use alloc::string::String;

/// A JWK Set, and when it was fetched.
#[derive(Debug)]
pub struct KeySet(Json);

impl KeySet {
    /// Reads cached keys; none where there is no record.
    #[must_use]
    pub fn cached(record: Option<String>) -> Self {
        Self(record.and_then(|set| Json::parse_own(&set).ok()).unwrap_or_default())
    }

    /// Reads keys that were fetched at `now`, in milliseconds since 1970.
    ///
    /// # Errors
    /// As [`key_set`].
    pub fn fetched(answer: &Response, now: u64) -> Result<Self> {
        let mut set = key_set(answer)?;
        set.set("fetched", now.into());
        Ok(Self(set))
    }

    /// Notes that they were fetched at `now` for a key that was not among them.
    pub fn set_missed(&mut self, now: u64) {
        self.0.set("missed", now.into());
    }

    /// Whether they were fetched less than five minutes ago: a withdrawn key is not accepted for longer.
    #[must_use]
    pub fn is_fresh(&self, now: u64) -> bool {
        is_recent(self.0.at("fetched"), now, MAX_AGE)
    }

    /// Whether they were fetched in vain less than a minute ago.
    #[must_use]
    pub fn is_missed(&self, now: u64) -> bool {
        is_recent(self.0.at("missed"), now, COOL_DOWN)
    }

    /// The JWK Set.
    #[must_use]
    #[inline(always)]
    pub const fn json(&self) -> &Json {
        &self.0
    }
}

fn is_recent(since: &Json, now: u64, most: u64) -> bool {
    since.number().is_some_and(|since| now.abs_diff(since) < most)
}

const MAX_AGE: u64 = 300_000;
const COOL_DOWN: u64 = 60_000;

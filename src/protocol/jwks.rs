//! The public keys of a server (RFC 7517 §5), as they are cached.

use super::http::Response;
use super::json::Json;
use crate::error::{Code, Result};
use alloc::string::String;
use alloc::vec::Vec;

/// A JWK Set, and the time when it was fetched.
#[derive(Debug)]
pub struct KeySet(Json);

impl KeySet {
    /// Wraps a JWK Set that the app passes.
    #[must_use]
    #[inline(always)]
    pub const fn new(set: Json) -> Self {
        Self(set)
    }

    /// Reads the keys in a server's response.
    ///
    /// # Errors
    /// [`Code::HttpStatus`]; [`Code::ContentType`] for a body that is not JSON and not declared as JSON;
    /// [`Code::JsonInvalid`] for a body that is declared as JSON and is not.
    pub fn parse(response: &Response) -> Result<Self> {
        let document = Json::parse(response.success_body(Code::HttpStatus)?);
        let document = document.map_err(|_| {
            response.add_request_to(if response.is_json() { Code::JsonInvalid } else { Code::ContentType }.into())
        })?;
        let mut keys = Json::object();
        keys.copy(&document, &["keys"]);
        Ok(Self(keys))
    }

    /// Reads cached keys; none if there is no record.
    #[must_use]
    pub fn cached(record: Option<String>) -> Self {
        Self(record.and_then(|set| Json::parse_own(&set).ok()).unwrap_or_default())
    }

    /// Reads the keys in a server's response, fetched at `now` in milliseconds since 1970.
    ///
    /// # Errors
    /// As [`KeySet::parse`].
    pub fn fetched(response: &Response, now: u64) -> Result<Self> {
        let mut set = Self::parse(response)?;
        set.0.set("fetched", now.into());
        Ok(set)
    }

    /// Records that the keys were fetched at `now` for a token that no cached key verifies: they are not fetched again at once.
    pub fn set_missed(&mut self, now: u64) {
        self.0.set("missed", now.into());
    }

    /// Whether the keys were fetched less than five minutes ago; a withdrawn key is accepted for no longer.
    #[must_use]
    pub fn is_fresh(&self, now: u64) -> bool {
        is_recent(self.0.at("fetched"), now, MAX_AGE)
    }

    /// Whether the keys were fetched less than a minute ago for a token that no cached key verifies.
    #[must_use]
    pub fn is_missed(&self, now: u64) -> bool {
        is_recent(self.0.at("missed"), now, COOL_DOWN)
    }

    /// The keys in the order of the set; none if it has no list of them.
    #[must_use]
    pub(super) fn keys(&self) -> &Vec<Json> {
        self.0.at("keys").list()
    }

    /// The JWK Set as JSON.
    #[must_use]
    #[inline(always)]
    pub const fn json(&self) -> &Json {
        &self.0
    }

    /// The JWK Set as it is cached.
    #[must_use]
    pub fn to_record(&self) -> String {
        self.0.to_text()
    }
}

/// The public members of a key (RFC 7517 §4).
#[derive(Debug, PartialEq, Eq)]
pub struct PublicKey(Json);

impl PublicKey {
    /// Wraps a key without private members.
    pub(super) const fn new(key: Json) -> Self {
        Self(key)
    }

    /// The key as JWK text.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.0.to_text()
    }
}

fn is_recent(since: &Json, now: u64, max_age: u64) -> bool {
    since.number().is_some_and(|since| now.abs_diff(since) < max_age)
}

const MAX_AGE: u64 = 300_000;
const COOL_DOWN: u64 = 60_000;

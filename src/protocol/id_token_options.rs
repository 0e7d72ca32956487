//! Options of `readIdToken`.

use super::client::SKEW;
use super::json::Json;
use super::jwks::KeySet;
use super::record::Record;
use super::setting::{Kind, check};
use crate::error::Result;

/// An ID token that the app passes, and the values that it has to match.
#[derive(Clone, Copy, Debug)]
pub struct IdTokenOptions<'a>(&'a Json);

impl<'a> IdTokenOptions<'a> {
    /// Checks options.
    ///
    /// # Errors
    /// As [`check`].
    pub fn read(options: &'a Json) -> Result<Self> {
        check(options, ID_TOKEN, false).map(|()| Self(options))
    }

    /// The ID token.
    #[must_use]
    pub fn id_token(self) -> &'a str {
        self.0.text("idToken")
    }

    /// The access token that was returned with the ID token, to check `at_hash`; empty where none is passed.
    #[must_use]
    pub fn access_token(self) -> &'a str {
        self.0.text("accessToken")
    }

    /// The JWK Set with the keys that may have signed the ID token.
    #[must_use]
    pub fn jwks(self) -> KeySet {
        KeySet::new(self.0.at("jwks").clone())
    }

    /// Seconds by which clocks may differ.
    #[must_use]
    pub fn clock_skew(self) -> u64 {
        self.0.at("clockSkewSeconds").number().unwrap_or(SKEW)
    }

    /// `issuer`, `clientId` and `nonce`, which the ID token has to match.
    #[must_use]
    pub const fn expected(self) -> Record<'a> {
        Record::new(self.0)
    }
}

const ID_TOKEN: &[(&str, Kind)] = &[
    ("idToken", Kind::Required),
    ("issuer", Kind::Required),
    ("clientId", Kind::Required),
    ("jwks", Kind::Any),
    ("nonce", Kind::Text),
    ("accessToken", Kind::Text),
    ("clockSkewSeconds", Kind::Seconds(300)),
];

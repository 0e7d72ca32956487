//! The public key of bound tokens (RFC 7517; RFC 7638).

use crate::protocol::json::Json;
use alloc::string::String;

/// The public key to which the tokens of a family are bound, as a JWK. The host has the private key.
#[derive(Clone, Debug)]
pub struct ProofKey(pub(super) Json);

impl ProofKey {
    /// Reads an ES256 key; `None` for anything else.
    #[must_use]
    pub fn read(jwk: &str) -> Option<Self> {
        let given = Json::parse_own(jwk).ok()?;
        let is_one = |name| !given.text(name).is_empty();
        if given.text("kty") != "EC" || given.text("crv") != "P-256" || !is_one("x") || !is_one("y") {
            return None;
        }
        let mut key = Json::object();
        key.copy(&given, &["kty", "x", "y", "crv"]);
        Some(Self(key))
    }

    /// The text whose SHA-256 hash is the thumbprint of the key (RFC 7638 §3), `dpop_jkt` of an authorization request (§10).
    #[must_use]
    pub fn thumbprint_input(&self) -> String {
        let mut members = Json::object();
        members.copy(&self.0, &["crv", "kty", "x", "y"]);
        members.to_text()
    }
}

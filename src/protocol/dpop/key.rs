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
        let members = Json::parse_own(jwk).ok()?;
        let has_text = |name| !members.text(name).is_empty();
        if members.text("kty") != "EC" || members.text("crv") != "P-256" || !has_text("x") || !has_text("y") {
            return None;
        }
        let mut key = Json::object();
        key.copy(&members, &["kty", "x", "y", "crv"]);
        Some(Self(key))
    }

    /// The text whose SHA-256 hash is the thumbprint of the key (RFC 7638 §3), which is `dpop_jkt` of an authorization request
    /// (RFC 9449 §10).
    #[must_use]
    pub fn thumbprint_input(&self) -> String {
        let mut members = Json::object();
        members.copy(&self.0, &["crv", "kty", "x", "y"]);
        members.to_text()
    }
}

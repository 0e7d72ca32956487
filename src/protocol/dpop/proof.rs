//! A proof (RFC 9449 §4.2).

use super::freshness::Freshness;
use super::key::ProofKey;
use crate::protocol::base64url;
use crate::protocol::json::Json;
use crate::protocol::url::Url;
use alloc::string::String;

/// The request that a proof is for.
pub struct ProvedRequest<'a> {
    /// Its method.
    pub method: &'a str,
    /// Its URL. Query and fragment are not part of a proof.
    pub url: &'a Url,
    /// SHA-256 of its access token in base64url; empty for a request without one.
    pub token_hash: &'a str,
    /// The time in seconds since 1970.
    pub now: u64,
    /// `jti`: 256 random bits, new for each request.
    pub id: &'a str,
}

/// A proof without its signature (§4.2).
pub struct Proof(String);

impl Proof {
    /// Builds a proof in compact form (RFC 7515 §3.1) without the signature.
    #[must_use]
    pub fn new(key: &ProofKey, freshness: &Freshness, request: &ProvedRequest<'_>) -> Self {
        let mut header = Json::object();
        header.set_text("typ", "dpop+jwt");
        header.set_text("alg", ALGORITHM);
        header.set("jwk", key.0.clone());
        let mut claims = Json::object();
        claims.set_text("jti", request.id);
        claims.set_text("htm", request.method);
        claims.set_text("htu", request.url.without_query());
        claims.set("iat", freshness.time(request.now).into());
        if !request.token_hash.is_empty() {
            claims.set_text("ath", request.token_hash);
        }
        claims.set("nonce", freshness.0.at("nonce").clone());
        let part = |json: &Json| base64url::encode(json.to_text().as_bytes());
        Self([&*part(&header), ".", &part(&claims)].concat())
    }

    /// The text to sign (RFC 7515 §5.1).
    #[must_use]
    pub fn signing_input(&self) -> &str {
        &self.0
    }

    /// The proof with its signature in base64url.
    #[must_use]
    pub fn signed(self, signature: &str) -> String {
        [&*self.0, ".", signature].concat()
    }
}

/// The algorithm of proofs: every server that supports DPoP is likely to support it.
pub const ALGORITHM: &str = "ES256";

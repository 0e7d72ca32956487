//! Client assertions (RFC 7523 §3; SMART App Launch 2.2, "Authentication JWT").

use super::base64url;
use super::json::Json;
use alloc::string::String;

/// A token of the client without its signature. It is used once.
pub struct Unsigned(String);

/// The claims of an assertion.
pub struct Claims<'a> {
    /// Client id: issuer and subject.
    pub client_id: &'a str,
    /// Audience. Never a list: some servers compare it as a text.
    pub audience: &'a str,
    /// Expiry in seconds since 1970.
    pub expires: u64,
    /// Time of issue in seconds since 1970. SMART does not require it; some servers do.
    pub issued: Option<u64>,
    /// `jti`: 256 random bits.
    pub id: &'a str,
}

impl Unsigned {
    /// Builds a token in compact form (RFC 7515 §3.1) without the signature.
    #[must_use]
    pub fn new(header: &Json, claims: &Json) -> Self {
        let part = |json: &Json| base64url::encode(json.to_text().as_bytes());
        Self([&*part(header), ".", &part(claims)].concat())
    }

    /// Builds an assertion.
    #[must_use]
    pub fn assertion(header: &Json, claims: &Claims<'_>) -> Self {
        let mut members = Json::object();
        members.set_text("iss", claims.client_id);
        members.set_text("sub", claims.client_id);
        members.set_text("aud", claims.audience);
        members.set("exp", claims.expires.into());
        members.set("iat", claims.issued.map_or(Json::NULL, Json::from));
        members.set_text("jti", claims.id);
        Self::new(header, &members)
    }

    /// The text to sign (RFC 7515 §5.1).
    #[must_use]
    pub fn signing_input(&self) -> &str {
        &self.0
    }

    /// Adds the signature in base64url; `None` if it is empty or not valid base64url.
    #[must_use]
    pub fn signed(self, signature: &str) -> Option<String> {
        let is_signature = base64url::decode(signature).is_some_and(|bytes| !bytes.is_empty());
        is_signature.then(|| [&*self.0, ".", signature].concat())
    }
}

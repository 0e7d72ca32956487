//! Signed tokens in compact form (RFC 7515 §3.1), and the key that one must be signed with (RFC 7517; RFC 7518 §6).

use super::base64url::decode;
use super::http::Response;
use super::json::{Json, Value};
use super::split::pieces;
use super::utf8;
use crate::error::{Code, Result};

/// A token, unproven: its signature is to be checked with [`Jws::key`].
#[derive(Debug)]
pub struct Jws<'a> {
    header: Json,
    /// What it claims.
    pub claims: Json,
    /// What is signed.
    pub signed: &'a str,
    /// The signature in base64url.
    pub signature: &'a str,
}

impl<'a> Jws<'a> {
    /// Reads a token. `None` for one that is encrypted, malformed, not signed with a key of the server's, of another kind
    /// than the ones read here, or that asks for a treatment nobody here knows (`crit`, RFC 7515 §4.1.11; `b64`).
    #[must_use]
    pub fn parse(token: &'a str) -> Option<Self> {
        let mut parts = pieces(token, b'.');
        let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
        let (header, claims) = (object(header)?, object(claims)?);
        // `at+jwt`, `dpop+jwt` and the like are no ID tokens (RFC 8725 §3.11).
        let other_kind = header.text("typ").bytes().any(|byte| byte == b'+');
        let signed = decode(signature).is_some_and(|signature| !signature.is_empty());
        if parts.next().is_some() || !signed || other_kind || algorithm(&header).is_none() {
            return None;
        }
        // Whatever they say, `null` too.
        if header.members().iter().any(|(name, _)| name == "crit" || name == "b64") {
            return None;
        }
        Some(Self { header, claims, signed: token.get(..token.len() - signature.len() - 1)?, signature })
    }

    /// The algorithm's name.
    #[must_use]
    pub fn algorithm(&self) -> &str {
        self.header.text("alg")
    }

    /// The length in bits of the hash that `at_hash` is made with (OpenID Connect Core §3.1.3.6).
    #[must_use]
    pub fn hash(&self) -> &str {
        self.algorithm().get(2..).filter(|bits| *bits != "DSA").unwrap_or("512")
    }

    /// The public key of `set` that it must be signed with: the one of its `kid`, or the only one that fits. `None` where
    /// there is none, or where one cannot tell which. The token's own ideas of a key (`jku`, `x5u`, `jwk`, `x5c`) are not
    /// read.
    #[must_use]
    pub fn key(&self, set: &Json) -> Option<Json> {
        let (kind, curve, parts) = algorithm(&self.header)?;
        let kid = self.header.at("kid");
        let fits = |key: &&Json| {
            let free = |name, value: &str| key.at(name).is_null() || key.text(name) == value;
            key.text("kty") == kind
                && key.text("crv") == curve
                && (kid.is_null() || key.at("kid") == kid)
                && free("use", "sig")
                && free("alg", self.algorithm())
                && (key.at("key_ops").is_null() || key.at("key_ops").lists("verify"))
                && (kind != "RSA" || is_strong(key.text("n")))
        };
        let mut keys = set.at("keys").list().iter().filter(fits);
        let key = keys.next().filter(|_| keys.next().is_none())?;
        let mut public = Json::object();
        public.copy(key, &["kty", "crv"]);
        public.copy(key, parts);
        Some(public)
    }
}

/// The keys of a JWK Set as a server answers with it (RFC 7517 §5).
///
/// # Errors
/// [`Code::HttpStatus`]; [`Code::ContentType`] for what is neither JSON nor said to be; [`Code::JsonInvalid`].
pub fn key_set(answer: &Response) -> Result<Json> {
    let document = Json::parse(answer.success(Code::HttpStatus)?);
    let document = document
        .map_err(|_| answer.blame(if answer.is_json() { Code::JsonInvalid } else { Code::ContentType }.into()))?;
    let mut keys = Json::object();
    keys.copy(&document, &["keys"]);
    Ok(keys)
}

/// The key type, the curve and the public parts of a key that an algorithm takes. What is not here is refused, `none` and
/// the shared secrets of HS256 above all (RFC 8725 §3.1).
fn algorithm(header: &Json) -> Option<(&'static str, &'static str, &'static [&'static str])> {
    Some(match header.text("alg") {
        "RS256" | "RS384" | "RS512" | "PS256" => ("RSA", "", &["n", "e"]),
        "ES256" => ("EC", "P-256", &["x", "y"]),
        "ES384" => ("EC", "P-384", &["x", "y"]),
        "EdDSA" => ("OKP", "Ed25519", &["x"]),
        _ => return None,
    })
}

/// Whether a modulus has 2048 bits or more (RFC 7518 §3.3).
fn is_strong(modulus: &str) -> bool {
    let Some(bytes) = decode(modulus) else { return false };
    let zeros: u32 = bytes.iter().take_while(|byte| **byte == 0).map(|_| 8).sum();
    let first = bytes.iter().find(|byte| **byte != 0).map_or(0, |byte| byte.leading_zeros());
    bytes.len() as u32 * 8 >= 2_048 + zeros + first
}

fn object(part: &str) -> Option<Json> {
    let json = Json::parse(&utf8::decode(&decode(part)?)?).ok()?;
    matches!(json.value(), Some(Value::Object(_))).then_some(json)
}

//! Signed tokens in compact form (RFC 7515 §3.1), and the keys that may have signed one (RFC 7517; RFC 7518 §6).

use super::base64url::decode;
use super::claims::Claims;
use super::json::{Json, Value};
use super::jwks::{KeySet, PublicKey};
use super::split::pieces;
use super::utf8;
use alloc::vec::Vec;

/// A token, not verified: its signature is to be verified with one of [`Jws::keys`].
#[derive(Debug)]
pub struct Jws<'a> {
    header: Json,
    /// The claims, not checked.
    pub claims: Claims,
    /// The signed text.
    pub signed: &'a str,
    /// The signature in base64url.
    pub signature: &'a str,
}

impl<'a> Jws<'a> {
    /// Reads a signed token. `None` for one that is encrypted, malformed, of another type, signed with an unsupported
    /// algorithm, or that has an unsupported extension (`crit`, RFC 7515 §4.1.11; `b64`, RFC 7797).
    #[must_use]
    pub fn parse(token: &'a str) -> Option<Self> {
        let mut parts = pieces(token, b'.');
        let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
        let (header, claims) = (object(header)?, Claims::new(object(claims)?));
        // `at+jwt`, `dpop+jwt` and the like are not ID tokens (RFC 8725 §3.11).
        let is_other_type = header.text("typ").bytes().any(|byte| byte == b'+');
        let signed = decode(signature).is_some_and(|signature| !signature.is_empty());
        if parts.next().is_some() || !signed || is_other_type || algorithm(&header).is_none() {
            return None;
        }
        // These members are refused with any value, including `null`.
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

    /// The length in bits of the hash function for `at_hash` (OpenID Connect Core §3.1.3.6).
    #[must_use]
    pub fn hash(&self) -> &str {
        self.algorithm().get(2..).filter(|bits| *bits != "DSA").unwrap_or("512")
    }

    /// The public keys of `set` that may have signed the token: at most four with its `kid`; without a `kid`, the only
    /// key that is suitable. Duplicates count once. Keys that the token itself names (`jku`, `x5u`, `jwk`, `x5c`) are
    /// ignored.
    #[must_use]
    pub fn keys(&self, set: &KeySet) -> Vec<PublicKey> {
        let mut keys: Vec<PublicKey> = Vec::new();
        let Some((kind, curve, parts)) = algorithm(&self.header) else { return keys };
        let kid = self.header.at("kid");
        let limit = if kid.is_null() { 1 } else { MAX_KEYS };
        for key in set.keys() {
            let allows = |name, value: &str| key.at(name).is_null() || key.text(name) == value;
            let is_suitable = key.text("kty") == kind
                && key.text("crv") == curve
                && (kid.is_null() || key.at("kid") == kid)
                && allows("use", "sig")
                && allows("alg", self.algorithm())
                && (key.at("key_ops").is_null() || key.at("key_ops").lists("verify"))
                && match kind {
                    "RSA" => is_strong(key.text("n")) && is_exponent(key.text("e")),
                    "OKP" => is_of_large_order(key.text("x")),
                    _ => true,
                };
            if !is_suitable {
                continue;
            }
            let mut public = Json::object();
            public.copy(key, &["kty", "crv"]);
            public.copy(key, parts);
            let public = PublicKey::new(public);
            if keys.contains(&public) {
                continue;
            }
            if keys.len() == limit {
                // Without a `kid` the key would be ambiguous; with one, only the first few keys are tried.
                keys.truncate(if kid.is_null() { 0 } else { limit });
                break;
            }
            keys.push(public);
        }
        keys
    }
}

/// Whether signatures with an algorithm can be verified.
#[must_use]
pub(super) fn is_verifiable(algorithm: &str) -> bool {
    keys_of(algorithm).is_some()
}

/// The key type, the curve and the public members of a key for an algorithm. Other algorithms are refused, above all
/// `none` and the shared secrets of HS256 (RFC 8725 §3.1).
fn algorithm(header: &Json) -> Option<(&'static str, &'static str, &'static [&'static str])> {
    keys_of(header.text("alg"))
}

fn keys_of(algorithm: &str) -> Option<(&'static str, &'static str, &'static [&'static str])> {
    Some(match algorithm {
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

/// Whether a public exponent is odd and at least 3 (RFC 8017 §3.1). With 1 anyone can forge signatures.
fn is_exponent(exponent: &str) -> bool {
    let bytes = decode(exponent).unwrap_or_default();
    let Some((last, rest)) = bytes.split_last() else { return false };
    last & 1 == 1 && (*last > 1 || rest.iter().any(|byte| *byte != 0))
}

/// Whether an Ed25519 key is a point of large order, encoded as in RFC 8032 §5.1.3. With a point of small order anyone
/// can forge signatures.
fn is_of_large_order(point: &str) -> bool {
    let bytes = decode(point).unwrap_or_default();
    // Web Crypto refuses keys of another length.
    let [first, middle @ .., last] = &*bytes else { return true };
    // The highest bit is the sign of x.
    let last = last & 0x7f;
    // y is 0, 1 (order 4 and 1), p - 1 (order 2), or no less than p.
    let small = last == 0 && *first <= 1 && middle.iter().all(|byte| *byte == 0);
    let large = last == 0x7f && *first >= 0xec && middle.iter().all(|byte| *byte == 0xff);
    !small && !large && !ORDER_8.iter().any(|start| bytes.starts_with(start))
}

fn object(part: &str) -> Option<Json> {
    let json = Json::parse(&utf8::decode(&decode(part)?)?).ok()?;
    matches!(json.value(), Some(Value::Object(_))).then_some(json)
}

/// Number of keys that are tried.
const MAX_KEYS: usize = 4;
/// The beginnings of y of the points of order 8. Half of y is enough to distinguish them from any generated key.
const ORDER_8: [[u8; 16]; 2] = [
    [0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0],
    [0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f],
];

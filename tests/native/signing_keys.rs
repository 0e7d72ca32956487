//! A server's keys, and ID tokens whose signatures the scripted host accepts.

use crate::app::App;
use crate::ehr;
use crate::host::sign;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

pub const SUB: &str = "amara";
pub const KID: &str = "the-key";

/// A public RSA key.
pub fn key(kid: &str) -> Value {
    json!({ "kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "n": modulus(256, 0xC3), "e": "AQAB" })
}

/// A modulus of this number of bytes, with this first byte.
pub fn modulus(bytes: usize, first: u8) -> String {
    let mut modulus = vec![0x5A; bytes];
    modulus[0] = first;
    URL_SAFE_NO_PAD.encode(modulus)
}

pub fn key_set() -> Value {
    json!({ "keys": [key(KID)] })
}

/// The claims of the `number`th sign-in's ID token.
pub fn claims(app: &App, number: usize) -> Value {
    let seconds = app.tab.clock.get() / 1_000;
    json!({
        "iss": ehr::ISSUER,
        "sub": SUB,
        "aud": "growth-chart",
        "exp": seconds + 300,
        "iat": seconds,
        "nonce": app.nonce(number),
        "fhirUser": format!("{}/Practitioner/amara", ehr::BASE),
    })
}

pub fn header() -> Value {
    json!({ "alg": "RS256", "typ": "JWT", "kid": KID })
}

/// An ID token signed with `key`.
pub fn signed(header: &Value, claims: &Value, key: &Value) -> String {
    sealed(&header.to_string(), &claims.to_string(), key)
}

/// An ID token signed with `key`, whose header and claims are texts that need not be JSON.
pub fn sealed(header: &str, claims: &str, key: &Value) -> String {
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let algorithm: Value = serde_json::from_str(header).unwrap_or_default();
    let mut public = key.clone();
    public.as_object_mut().unwrap().retain(|name, _| ["kty", "crv", "n", "e", "x", "y"].contains(&name.as_str()));
    let ordered: serde_json::Map<String, Value> = ["kty", "crv", "n", "e", "x", "y"]
        .iter()
        .filter_map(|name| public.get(*name).map(|value| ((*name).into(), value.clone())))
        .collect();
    let signature = sign(algorithm["alg"].as_str().unwrap_or_default(), &Value::from(ordered).to_string(), &text);
    format!("{text}.{signature}")
}

/// The usual ID token of the `number`th sign-in, with changes of its claims.
pub fn id_token(app: &App, number: usize, changes: Value) -> String {
    signed(&header(), &ehr::with(claims(app, number), changes), &key(KID))
}

/// The usual token response with the ID token of [`id_token`].
pub fn tokens(app: &App, number: usize, changes: Value) -> Value {
    let scope = format!("openid fhirUser {}", ehr::SCOPE);
    ehr::with(ehr::tokens(1), json!({ "id_token": id_token(app, number, changes), "scope": scope }))
}

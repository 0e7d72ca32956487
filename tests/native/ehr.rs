//! The server that the app of these tests signs in to.

use serde_json::{Value, json};

pub const BASE: &str = "https://ehr.example/fhir";
pub const CONFIGURATION: &str = "https://ehr.example/fhir/.well-known/smart-configuration";
pub const ISSUER: &str = "https://ehr.example";
pub const AUTHORIZE: &str = "https://ehr.example/auth/authorize";
pub const TOKEN: &str = "https://ehr.example/auth/token";
pub const REVOKE: &str = "https://ehr.example/auth/revoke";
pub const JWKS: &str = "https://ehr.example/auth/keys";
pub const LOGOUT: &str = "https://ehr.example/auth/logout";
pub const SCOPE: &str = "launch/patient patient/*.rs offline_access";
pub const PATIENT: &str = "87a339d0-8cae-418e-89c7-8651e6aab3c6";

/// The server's smart-configuration, which is valid.
pub fn document() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": AUTHORIZE,
        "token_endpoint": TOKEN,
        "jwks_uri": JWKS,
        "revocation_endpoint": REVOKE,
        "end_session_endpoint": LOGOUT,
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "capabilities": ["launch-ehr", "launch-standalone", "client-public", "permission-v2", "authorize-post"],
        "scopes_supported": ["launch/patient", "patient/*.rs", "offline_access"],
    })
}

/// The `number`th token response, which is valid.
pub fn tokens(number: u64) -> Value {
    json!({
        "access_token": access_token(number),
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": SCOPE,
        "refresh_token": refresh_token(number),
        "patient": PATIENT,
    })
}

pub fn access_token(number: u64) -> String {
    format!("access-token-number-{number}")
}

pub fn refresh_token(number: u64) -> String {
    format!("refresh-token-number-{number}")
}

/// A JSON object with the members of `changes` set; `null` removes one.
pub fn with(mut object: Value, changes: Value) -> Value {
    let members = object.as_object_mut().expect("an object");
    for (name, value) in changes.as_object().expect("an object").clone() {
        if value.is_null() {
            members.shift_remove(&name);
        } else {
            members.insert(name, value);
        }
    }
    object
}

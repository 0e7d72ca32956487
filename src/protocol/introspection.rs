//! Token introspection (RFC 7662; SMART App Launch 2.2, "Token Introspection").

use super::discovery::unusable;
use super::form;
use super::http::Response;
use super::json::{Json, Value};
use crate::error::{Code, Error, Result};
use alloc::string::String;

/// Fields that ask about a token. `client_id` is empty where an access token authorizes the request instead.
#[must_use]
pub fn form(token: &str, hint: &str, client_id: &str) -> String {
    form::encode(&[("token", token), ("token_type_hint", hint), ("client_id", client_id)])
}

/// A server without the endpoint.
#[must_use]
pub fn no_endpoint() -> Error {
    unusable("introspection_endpoint")
}

/// Reads what a server says of a token: a hint, never a substitute for what the FHIR server says (§2.2).
///
/// # Errors
/// [`Code::HttpStatus`], [`Code::TokenRefused`] with the server's words; [`Code::JsonInvalid`];
/// [`Code::IntrospectionInvalid`] where `active` is not `true` or `false`.
pub fn parse(answer: &Response) -> Result<Json> {
    if !answer.is_success() {
        return Err(answer.error(Code::TokenRefused));
    }
    let said = Json::parse(answer.body())?;
    match said.at("active").value() {
        Some(Value::Bool(_)) => Ok(said),
        _ => Err(Error::named(Code::IntrospectionInvalid, "active", "is neither true nor false")),
    }
}

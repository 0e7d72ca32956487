//! Token introspection (RFC 7662; SMART App Launch 2.2, "Token Introspection").

use super::http::Response;
use super::json::{Json, Value};
use super::server::unusable;
use crate::error::{Code, Error, Result};

/// The error of a server without an introspection endpoint.
#[must_use]
pub fn no_endpoint() -> Error {
    unusable("introspection_endpoint")
}

/// Reads an introspection response. Members of the wrong type are left out. The FHIR server decides about each request
/// all the same (RFC 7662 §2.2).
///
/// # Errors
/// [`Code::HttpStatus`]; [`Code::TokenRefused`] with the server's error; [`Code::JsonInvalid`];
/// [`Code::IntrospectionInvalid`] if `active` is not `true` or `false`.
pub fn parse(response: &Response) -> Result<Json> {
    let mut said = Json::parse(response.success(Code::TokenRefused)?).map_err(|flaw| response.blame(flaw.into()))?;
    said.keep_texts(&["scope", "client_id", "patient"]);
    if !matches!(said.at("exp").value(), Some(Value::Number(_))) {
        said.set("exp", Json::NULL);
    }
    match said.at("active").value() {
        Some(Value::Bool(_)) => Ok(said),
        _ => Err(response.blame(Error::named(Code::IntrospectionInvalid, "active", "is neither true nor false"))),
    }
}

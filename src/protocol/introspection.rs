//! Token introspection (RFC 7662; SMART App Launch 2.2, "Token Introspection").

use super::http::Response;
use super::json::{Json, Value};
use super::revocation::TokenKind;
use super::server::unusable;
use super::setting::{Kind, check};
use crate::error::{Code, Error, Result};

/// The error of a server without an introspection endpoint.
#[must_use]
pub fn no_endpoint() -> Error {
    unusable("introspection_endpoint")
}

/// A valid introspection response. The FHIR server still decides about each request (RFC 7662 §2.2).
#[derive(Debug)]
pub struct Introspection(Json);

impl Introspection {
    /// Reads a response. `scope`, `client_id`, `patient` and `exp` are left out if they are of the wrong type.
    ///
    /// # Errors
    /// [`Code::HttpStatus`]; [`Code::TokenRefused`] with the server's error; [`Code::JsonInvalid`];
    /// [`Code::IntrospectionInvalid`] if `active` is not `true` or `false`.
    pub fn parse(response: &Response) -> Result<Self> {
        let mut document = Json::parse(response.success_body(Code::TokenRefused)?)
            .map_err(|flaw| response.add_request_to(flaw.into()))?;
        document.drop_mistyped_texts(&["scope", "client_id", "patient"]);
        if !matches!(document.at("exp").value(), Some(Value::Number(_))) {
            document.set("exp", Json::NULL);
        }
        match document.at("active").value() {
            Some(Value::Bool(_)) => Ok(Self(document)),
            _ => Err(response.add_request_to(Error::named(
                Code::IntrospectionInvalid,
                "active",
                "is neither true nor false",
            ))),
        }
    }

    /// All members of the response, for JavaScript.
    #[must_use]
    #[inline(always)]
    pub fn into_json(self) -> Json {
        self.0
    }
}

/// Options of `introspect` (`IntrospectOptions`).
#[derive(Clone, Copy, Debug)]
pub struct IntrospectOptions<'a>(&'a Json);

impl<'a> IntrospectOptions<'a> {
    /// Checks options.
    ///
    /// # Errors
    /// As [`check`].
    pub fn read(options: &'a Json) -> Result<Self> {
        check(options, INTROSPECT, false).map(|()| Self(options))
    }

    /// The token; empty for that of the session.
    #[must_use]
    pub fn token(self) -> &'a str {
        self.0.text("token")
    }

    /// The kind of the token.
    #[must_use]
    pub fn kind(self) -> TokenKind {
        TokenKind::from_name(self.0.text("tokenTypeHint"))
    }

    /// Whether the client's authentication, for a public client its id, authorizes the request instead of the access token.
    #[must_use]
    pub fn is_by_client(self) -> bool {
        self.0.text("authorizedBy") == "client_id"
    }
}

/// `IntrospectOptions`.
const INTROSPECT: &[(&str, Kind)] = &[
    ("token", Kind::Text),
    ("tokenTypeHint", Kind::OneOf(&["access_token", "refresh_token"])),
    ("authorizedBy", Kind::OneOf(&["access_token", "client_id"])),
];

//! UserInfo (OpenID Connect Core §5.3).

use super::claims::Claims;
use super::http::Response;
use super::json::Json;
use super::server::unusable;
use super::session::Session;
use crate::error::{Code, Error, Result};

/// Reads the claims of a UserInfo response in JSON.
///
/// # Errors
/// [`Code::HttpStatus`]; [`Code::TokenRefused`] with the server's error; [`Code::JsonInvalid`].
pub fn parse(response: &Response) -> Result<Claims> {
    let claims = Json::parse(response.success_body(Code::TokenRefused)?);
    claims.map(Claims::new).map_err(|flaw| response.add_request_to(flaw.into()))
}

/// The signed token of a UserInfo response; `None` for one in JSON (§5.3.2).
#[must_use]
pub fn token(response: &Response) -> Option<&str> {
    let body = response.body().trim_ascii();
    (response.is_success() && !body.starts_with('{')).then_some(body)
}

/// Checks that the claims are about the user of the ID token; otherwise they must not be used (§5.3.2). Those of a
/// signed response must also have this server as `iss` and this client in `aud`.
///
/// # Errors
/// [`Code::UserinfoInvalid`].
pub fn check(claims: &Claims, session: &Session, signed: bool) -> Result<()> {
    let (claims, session) = (claims.json(), session.json());
    let sub = claims.at("sub");
    if sub.str().is_empty() || sub != session.at("claims").at("sub") {
        return Err(invalid("sub"));
    }
    for (name, expected) in [("iss", session.at("issuer")), ("aud", session.at("clientId"))] {
        let stated = claims.at(name);
        if signed && stated != expected && !stated.lists(expected.str()) {
            return Err(invalid(name));
        }
    }
    Ok(())
}

/// The error of a server without a UserInfo endpoint.
#[must_use]
pub fn no_endpoint() -> Error {
    unusable("userinfo_endpoint")
}

/// The error of a session without a verified ID token: its user is not known.
#[must_use]
pub fn no_user() -> Error {
    invalid("sub")
}

/// The error of a signed response whose header cannot be read.
#[must_use]
pub fn bad_header() -> Error {
    invalid("header")
}

/// The error of a claim that cannot be accepted.
#[must_use]
pub fn invalid(name: &str) -> Error {
    Error::named(Code::UserinfoInvalid, name, "of the UserInfo response cannot be accepted")
}

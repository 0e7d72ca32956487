//! UserInfo (OpenID Connect Core §5.3).

use super::claims::Claims;
use super::discovery::unusable;
use super::http::Response;
use super::json::Json;
use super::session::Session;
use crate::error::{Code, Error, Result};

/// Reads the claims of a UserInfo response in JSON.
///
/// # Errors
/// [`Code::HttpStatus`], [`Code::TokenRefused`] with the server's words; [`Code::JsonInvalid`].
pub fn parse(answer: &Response) -> Result<Claims> {
    let claims = Json::parse(answer.success(Code::TokenRefused)?);
    claims.map(Claims::new).map_err(|flaw| answer.blame(flaw.into()))
}

/// The signed token of a UserInfo response; `None` for one in JSON (§5.3.2).
#[must_use]
pub fn token(answer: &Response) -> Option<&str> {
    let body = answer.body().trim_ascii();
    (answer.is_success() && !body.starts_with('{')).then_some(body)
}

/// Checks that they are about the person whom the ID token names, without which they are not to be used (§5.3.2); those of
/// a signed response also that they are this server's, for this app.
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

/// A server without the endpoint.
#[must_use]
pub fn no_endpoint() -> Error {
    unusable("userinfo_endpoint")
}

/// A session without the user whom the claims are to be about.
#[must_use]
pub fn no_user() -> Error {
    invalid("sub")
}

/// A signed response whose header cannot be read.
#[must_use]
pub fn bad_header() -> Error {
    invalid("header")
}

/// A claim that cannot be accepted.
#[must_use]
pub fn invalid(name: &str) -> Error {
    Error::named(Code::UserinfoInvalid, name, "of the UserInfo response cannot be accepted")
}

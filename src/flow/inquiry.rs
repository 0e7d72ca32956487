//! Asking a server about a session: who the user is, what a token is worth. And what an ID token says.

use super::send::send_as;
use super::{discover, identity, refresh};
use crate::error::{Code, Result};
use crate::host::Host;
use crate::protocol::client::Settings;
use crate::protocol::id_token::{Clock, SKEW, check, invalid};
use crate::protocol::introspection;
use crate::protocol::json::Json;
use crate::protocol::jws::Jws;
use crate::protocol::revocation;
use crate::protocol::session::Session;
use crate::protocol::userinfo;
use crate::protocol::warning::Warnings;
use alloc::string::String;

/// The claims of the server's UserInfo, about the person whom the session's ID token names.
///
/// # Errors
/// `UserinfoInvalid`, also where no ID token says who that is; `DiscoveryInvalid` for a server without the endpoint; what
/// an access token, discovery and a request may fail with.
pub fn userinfo(host: &impl Host, settings: Settings<'_>, key: &str) -> Result<Json> {
    let session = session(host, settings, key)?;
    let client = settings.client_of(session.json())?;
    if session.json().at("claims").is_null() {
        return Err(userinfo::invalid("sub"));
    }
    let endpoint = discover::endpoint(host, client, session.json(), "userinfoEndpoint")?;
    if endpoint.is_empty() {
        return Err(userinfo::no_endpoint());
    }
    let answer = send_as(host, client, "userinfo", &endpoint, String::new(), session.access_token())?;
    let Some(token) = userinfo::token(&answer) else {
        let mut claims = userinfo::parse(&answer)?;
        claims.keep_texts(&["name"]);
        userinfo::check(&claims, session.json(), false).map_err(|error| answer.blame(error))?;
        return Ok(claims);
    };
    let mut jws = Jws::parse(token).ok_or_else(|| answer.blame(userinfo::invalid("header")))?;
    jws.claims.keep_texts(&["name"]);
    userinfo::check(&jws.claims, session.json(), true)
        .and_then(|()| identity::verify(host, settings, session.json(), &jws))
        .map_err(|error| answer.blame(error))?;
    Ok(jws.claims)
}

/// What the server says of a token of the session, named by its hint, or of another. The request is authorized by the
/// session's access token, as SMART has it, or `as_client` by the client's id. Where there is an identity, its issuer's OpenID
/// configuration may know the endpoint.
///
/// # Errors
/// `DiscoveryInvalid` for a server without the endpoint; what [`introspection::parse`], an access token and a request may
/// fail with.
pub fn introspect(
    host: &impl Host,
    settings: Settings<'_>,
    key: &str,
    token: &str,
    hint: &str,
    as_client: bool,
) -> Result<Json> {
    let session = session(host, settings, key)?;
    let client = settings.client_of(session.json())?;
    let endpoint = discover::endpoint_of_session(host, client, session.json(), "introspectionEndpoint")?;
    if endpoint.is_empty() {
        return Err(introspection::no_endpoint());
    }
    let token = if token.is_empty() { session.text(hint) } else { token };
    let (client_id, bearer) = if as_client { (session.text("clientId"), "") } else { ("", session.access_token()) };
    let form = revocation::form(client_id, token, hint);
    let answer = send_as(host, client, "introspection", &endpoint, form, bearer)?;
    introspection::parse(&answer)
}

/// The claims of an ID token that the caller has, proven with keys and against values that the caller has.
///
/// # Errors
/// `IdTokenInvalid`.
pub fn id_token(host: &impl Host, given: &Json) -> Result<Json> {
    let jws = Jws::parse(given.text("idToken")).ok_or_else(|| invalid("header"))?;
    let skew = given.at("clockSkewSeconds").number().unwrap_or(SKEW);
    let clock = Clock { now: host.now() / 1_000, skew, server: None };
    check(&jws.claims, given, clock, &mut Warnings::new(true, Code::IdTokenInvalid))?;
    let access_token = given.text("accessToken");
    if !access_token.is_empty() {
        identity::check_hash(host, &jws, access_token)?;
    }
    if jws.keys(given.at("jwks")).is_empty() {
        return Err(invalid("kid"));
    }
    if identity::is_signed(host, &jws, given.at("jwks"))? { Ok(jws.claims) } else { Err(invalid("signature")) }
}

fn session(host: &impl Host, settings: Settings<'_>, key: &str) -> Result<Session> {
    Ok(refresh::access_token(host, settings, key, refresh::Need::Use)?.stored.session)
}

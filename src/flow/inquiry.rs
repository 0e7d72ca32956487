//! UserInfo, token introspection, and verification of ID tokens that the app passes.

use super::send::{request_by_client, send_as, send_by_client};
use super::{discover, identity, refresh};
use crate::error::{Code, Result};
use crate::host::Host;
use crate::protocol::claims::Claims;
use crate::protocol::endpoint::Endpoint;
use crate::protocol::http::purpose;
use crate::protocol::id_token::{Clock, bad_header, bad_signature, check, no_key};
use crate::protocol::id_token_options::IdTokenOptions;
use crate::protocol::introspection::{self, Introspection};
use crate::protocol::jws::Jws;
use crate::protocol::revocation::{self, TokenKind};
use crate::protocol::session::Session;
use crate::protocol::settings::Settings;
use crate::protocol::userinfo;
use crate::protocol::warning::Warnings;
use alloc::string::String;

/// Reads the claims of the signed-in user from the UserInfo endpoint (OpenID Connect Core §5.3).
///
/// # Errors
/// `UserinfoInvalid`, also for a session without an ID token; `DiscoveryInvalid` for a server without the endpoint; the
/// errors of [`access_token`](super::refresh::access_token), of discovery and of a request.
pub fn userinfo(host: &impl Host, settings: Settings<'_>, key: &str) -> Result<Claims> {
    let session = session(host, settings, key)?;
    let client = settings.client_of(session.record())?;
    if !session.record().has_identity() {
        return Err(userinfo::no_user());
    }
    let endpoint = discover::endpoint(host, client, session.record(), Endpoint::USERINFO)?;
    if endpoint.is_empty() {
        return Err(userinfo::no_endpoint());
    }
    let response = send_as(host, client, &session, purpose::USERINFO, &endpoint, String::new())?;
    let Some(token) = userinfo::token(&response) else {
        let mut claims = userinfo::parse(&response)?;
        claims.drop_mistyped_name();
        userinfo::check(&claims, &session, false).map_err(|error| response.add_request_to(error))?;
        return Ok(claims);
    };
    let mut jws = Jws::parse(token).ok_or_else(|| response.add_request_to(userinfo::bad_header()))?;
    jws.claims.drop_mistyped_name();
    userinfo::check(&jws.claims, &session, true)
        .and_then(|()| identity::verify(host, settings, session.record(), &jws))
        .map_err(|error| response.add_request_to(error))?;
    Ok(jws.claims)
}

/// Introspects `token`, or the session's token of this `kind` if `token` is empty (RFC 7662 §2.1).
///
/// The request is authorized by the session's access token (SMART App Launch 2.2, "Token Introspection"), or, with
/// `as_client`, by the client's authentication: for a public client its id.
///
/// # Errors
/// `DiscoveryInvalid` for a server without the endpoint; the errors of [`Introspection::parse`], of
/// [`access_token`](super::refresh::access_token) and of a request.
pub fn introspect(
    host: &impl Host,
    settings: Settings<'_>,
    key: &str,
    token: &str,
    kind: TokenKind,
    as_client: bool,
) -> Result<Introspection> {
    let session = session(host, settings, key)?;
    let client = settings.client_of(session.record())?;
    let endpoint = discover::endpoint_of_session(host, client, session.record(), Endpoint::INTROSPECTION)?;
    if endpoint.is_empty() {
        return Err(introspection::no_endpoint());
    }
    let token = if token.is_empty() { session.token(kind) } else { token };
    let (purpose, form) = (purpose::INTROSPECTION, revocation::form(token, kind.as_str()));
    let response = if as_client {
        let request = request_by_client(host, client, session.record(), purpose, &endpoint, form)?;
        send_by_client(host, &request)
    } else {
        send_as(host, client, &session, purpose, &endpoint, form)
    };
    Introspection::parse(&response?)
}

/// Verifies an ID token that the app has, with the keys and the values that the app passes, and returns the claims.
///
/// # Errors
/// `IdTokenInvalid`.
pub fn id_token(host: &impl Host, options: IdTokenOptions<'_>) -> Result<Claims> {
    let jws = Jws::parse(options.id_token()).ok_or_else(bad_header)?;
    let clock = Clock { now: host.now() / 1_000, skew: options.clock_skew(), server: None };
    check(&jws.claims, options.expected(), clock, &mut Warnings::new(true, Code::IdTokenInvalid))?;
    if !options.access_token().is_empty() {
        identity::check_hash(host, &jws, options.access_token())?;
    }
    let keys = jws.keys(&options.jwks());
    if keys.is_empty() {
        return Err(no_key());
    }
    if identity::is_signed(host, &jws, &keys)? { Ok(jws.claims) } else { Err(bad_signature()) }
}

fn session(host: &impl Host, settings: Settings<'_>, key: &str) -> Result<Session> {
    Ok(refresh::access_token(host, settings, key, refresh::Need::Use)?.stored.session)
}

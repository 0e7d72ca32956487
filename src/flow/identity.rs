//! Verifying ID tokens.

use super::discover;
use super::send::fetch;
use crate::error::{Code, Result};
use crate::host::{Area, Host};
use crate::protocol::client::Client;
use crate::protocol::endpoint::Endpoint;
use crate::protocol::http::{Response, purpose};
use crate::protocol::id_token::{self, Clock, bad_header, bad_signature};
use crate::protocol::jwks::{KeySet, PublicKey};
use crate::protocol::jws::Jws;
use crate::protocol::record::Record;
use crate::protocol::server::Server;
use crate::protocol::settings::Settings;
use crate::protocol::token::Tokens;
use crate::protocol::url::Url;
use crate::protocol::warning::Warnings;
use alloc::string::String;

/// Verifies the ID token among `tokens`, and adds its claims and the user to them (OpenID Connect Core §3.1.3.7, §12.2).
///
/// `record` is the sign-in or the session that the tokens are for, `response` the response that they came in. Nothing is verified
/// if [`needs_verification`](id_token::needs_verification) returns `false`, or if the ID token is the one that the session has
/// already.
///
/// # Errors
/// `IdTokenInvalid`, which ends a session where the token is about another user; `ClockSkew`; the errors of a
/// request for the server's keys.
pub fn verify_id_token(
    host: &impl Host,
    settings: Settings<'_>,
    record: Record<'_>,
    tokens: &mut Tokens,
    response: &Response,
) -> Result<()> {
    let client = settings.client_of(record)?;
    let token = String::from(tokens.id_token());
    let mut warnings = Warnings::new(client.strict(), Code::IdTokenInvalid);
    if !id_token::needs_verification(record, tokens, &mut warnings)? || id_token::is_repeated(&token, record) {
        tokens.add(warnings);
        return Ok(());
    }
    let mut jws = Jws::parse(&token).ok_or_else(bad_header)?;
    let clock = Clock { now: host.now() / 1_000, skew: client.clock_skew(), server: response.date() };
    // Checks that need no key come first: no keys are fetched for a token that is refused anyway.
    let differs_from_sign_in = id_token::differs_from_sign_in(&jws.claims, record);
    id_token::check(&jws.claims, record, clock, &mut warnings)
        .map_err(|error| if differs_from_sign_in { id_token::another_user() } else { error })?;
    let user = id_token::fhir_user(&jws.claims, &client.base()?, client.loopback(), &mut warnings)?;
    check_hash(host, &jws, tokens.access_token())?;
    verify(host, settings, record, &jws)?;
    if differs_from_sign_in {
        return Err(id_token::another_user());
    }
    id_token::drop_mistyped(&mut jws.claims, &mut warnings)?;
    tokens.add(warnings);
    tokens.identify(jws.claims, user.as_ref());
    Ok(())
}

/// Checks `at_hash`, if a token has one, against the access token of the same response.
///
/// # Errors
/// `IdTokenInvalid`.
pub fn check_hash(host: &impl Host, jws: &Jws<'_>, access_token: &str) -> Result<()> {
    if !jws.claims.has_hash() {
        return Ok(());
    }
    id_token::check_hash(&jws.claims, &host.hash(jws.hash(), access_token)?)
}

/// Whether a token is signed with one of these [keys](Jws::keys).
///
/// # Errors
/// Only `Waiting`.
pub fn is_signed(host: &impl Host, jws: &Jws<'_>, keys: &[PublicKey]) -> Result<bool> {
    for key in keys {
        if host.verify(jws.algorithm(), &key.to_text(), jws.signed, jws.signature)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Requests the server's keys early, if none are cached and an ID token is expected, so that they arrive while tokens are
/// requested. Requests keys only where [`verify`] would send no other request before that.
pub fn request_keys(host: &impl Host, settings: Settings<'_>, client: Client<'_>, record: Record<'_>) {
    // Where the page has more servers than at sign-in, the issuer is verified first.
    if !id_token::is_expected(record) || settings.has_several_servers() && !record.is_among_several() {
        return;
    }
    let url = record.endpoint(Endpoint::JWKS);
    if let Ok(permitted) = Url::parse(url)
        && permitted.is_permitted(client.loopback())
        && host.load(Area::Page, &[CACHE, url].concat()).is_none()
    {
        host.send_early(&permitted);
    }
}

/// Verifies a signature with the server's keys: with the cached ones, or else with those that the server has now.
///
/// Keys are fetched for an unknown key or a bad signature at most once a minute, however many bad tokens arrive.
///
/// # Errors
/// `IdTokenInvalid`; the errors of a request.
pub fn verify(host: &impl Host, settings: Settings<'_>, record: Record<'_>, jws: &Jws<'_>) -> Result<()> {
    let client = settings.client_of(record)?;
    // The settings of a call that uses a session may name only its server; the record says whether there are several.
    if settings.has_several_servers() || record.is_among_several() {
        discover::verify_issuer(host, settings, client, &mut Server::from_record(record), false)?;
    }
    let url = discover::endpoint(host, client, record, Endpoint::JWKS)?;
    let name = [CACHE, &url].concat();
    host.lock(Area::Page, &name, client.lock_timeout())?;
    let cached = KeySet::cached(host.load(Area::Page, &name));
    let now = host.now();
    let is_fresh = cached.is_fresh(now);
    if is_fresh && is_signed(host, jws, &jws.keys(&cached))? {
        return Ok(());
    }
    if cached.is_missed(now) {
        return Err(bad_signature());
    }
    let mut fetched = KeySet::fetched(&fetch(host, client, purpose::JWKS, &url)?, now)?;
    let keys = jws.keys(&fetched);
    if is_fresh || keys.is_empty() {
        fetched.set_missed(now);
    }
    host.save(Area::Page, &name, &fetched.to_record());
    if is_signed(host, jws, &keys)? { Ok(()) } else { Err(bad_signature()) }
}

const CACHE: &str = "jwks:";

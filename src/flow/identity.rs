//! Proving who signed in.

use super::discover;
use super::send::fetch;
use crate::error::{Code, Result};
use crate::host::{Area, Host};
use crate::protocol::client::Settings;
use crate::protocol::http::Response;
use crate::protocol::id_token::{self, Clock, invalid};
use crate::protocol::json::Json;
use crate::protocol::jws::{Jws, key_set};
use crate::protocol::token::Tokens;
use crate::protocol::warning::{Warnings, join};
use alloc::string::String;

/// Proves the ID token that came with `tokens` for a sign-in or a session, and adds its `claims` and the `fhirUser` to them;
/// nothing where none came and none was due. `answer` is where the tokens came from.
///
/// # Errors
/// `IdTokenInvalid`, which ends a session where the token is about somebody else; `ClockSkew`; what a request for the
/// server's keys may fail with.
pub fn prove(
    host: &impl Host,
    settings: Settings<'_>,
    record: &Json,
    tokens: &mut Tokens,
    answer: &Response,
) -> Result<()> {
    let client = settings.client_of(record)?;
    let token = String::from(tokens.0.text("id_token"));
    let mut warnings = Warnings::new(client.strict(), Code::IdTokenInvalid);
    if !id_token::is_due(record, &tokens.0, &mut warnings)? || id_token::repeats(&token, record) {
        join(&mut tokens.0, &warnings.into_json());
        return Ok(());
    }
    let mut jws = Jws::parse(&token).ok_or_else(|| invalid("header"))?;
    let clock = Clock {
        now: host.now() / 1_000,
        skew: client.seconds("clockSkewSeconds", id_token::SKEW),
        server: answer.date(),
    };
    // What needs no key comes first: nobody's keys are fetched for a token that is refused anyway.
    let is_of_another = id_token::is_of_another(&jws.claims, record);
    id_token::check(&jws.claims, record, clock, &mut warnings)
        .map_err(|error| if is_of_another { id_token::another() } else { error })?;
    let user = id_token::fhir_user(&jws.claims, &client.base()?, client.loopback(), &mut warnings)?;
    check_hash(host, &jws, tokens.0.text("access_token"))?;
    verify(host, settings, record, &jws)?;
    if is_of_another {
        return Err(id_token::another());
    }
    jws.claims.keep_texts(&["fhirUser"]);
    if jws.claims.keep_texts(&["name"]) {
        warnings.note("id_token_malformed")?;
    }
    join(&mut tokens.0, &warnings.into_json());
    tokens.0.set("fhirUser", user);
    tokens.0.set("claims", jws.claims);
    Ok(())
}

/// Checks `at_hash`, where a token has one, against the access token that came with it.
///
/// # Errors
/// `IdTokenInvalid`.
pub fn check_hash(host: &impl Host, jws: &Jws<'_>, access_token: &str) -> Result<()> {
    if jws.claims.at("at_hash").is_null() {
        return Ok(());
    }
    id_token::check_hash(&jws.claims, &host.hash(jws.hash(), access_token)?)
}

/// Whether a token is signed with one of the keys that it may be signed with.
///
/// # Errors
/// None but `Waiting`.
pub fn is_signed(host: &impl Host, jws: &Jws<'_>, set: &Json) -> Result<bool> {
    for key in jws.keys(set) {
        if host.verify(jws.algorithm(), &key.to_text(), jws.signed, jws.signature)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Verifies a signature with the server's keys: those that are known, or where these will not do those it has now. It is
/// asked at most once a minute for nothing, whatever tokens come.
///
/// # Errors
/// `IdTokenInvalid`; what a request may fail with.
pub fn verify(host: &impl Host, settings: Settings<'_>, record: &Json, jws: &Jws<'_>) -> Result<()> {
    let client = settings.client_of(record)?;
    // Calls that use a session know of its server alone.
    if settings.is_several() || !record.at("proven").is_null() {
        discover::prove(host, settings, client, &mut record.clone(), false)?;
    }
    let url = discover::endpoint(host, client, record, "jwksUri")?;
    let name = ["jwks:", &url].concat();
    host.lock(Area::Page, &name, client.patience())?;
    let mut known = host.load(Area::Page, &name).and_then(|set| Json::parse_own(&set).ok()).unwrap_or_default();
    let now = host.now();
    let recent = |since: &Json, most| since.number().is_some_and(|since| now.abs_diff(since) < most);
    let is_fresh = recent(known.at("fetched"), MAX_AGE);
    if is_fresh && is_signed(host, jws, &known)? {
        return Ok(());
    }
    if recent(known.at("missed"), COOL_DOWN) {
        return Err(invalid("signature"));
    }
    known = key_set(&fetch(host, client, "jwks", &url)?)?;
    known.set("fetched", now.into());
    if is_fresh || jws.keys(&known).is_empty() {
        known.set("missed", now.into());
    }
    host.save(Area::Page, &name, &known.to_text());
    if is_signed(host, jws, &known)? { Ok(()) } else { Err(invalid("signature")) }
}

/// Five minutes: a key that was withdrawn is not believed for longer.
const MAX_AGE: u64 = 300_000;
const COOL_DOWN: u64 = 60_000;

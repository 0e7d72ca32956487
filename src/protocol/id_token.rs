//! ID tokens (OpenID Connect Core §2, §3.1.3.7, §12.2; SMART App Launch 2.2, "Scopes for requesting identity data").

use super::base64url::decode;
use super::claims::Claims;
use super::context::{ODD_ID, is_id, is_segment};
use super::digits::digits;
use super::json::{Json, Value};
use super::launch::is_base;
use super::record::Record;
use super::resource::under;
use super::scope::covers;
use super::split::{cut, pieces};
use super::token::Tokens;
use super::url::Url;
use super::warning::Warnings;
use crate::error::{Code, Error, Result};

/// The clocks that a token's times are compared with, in seconds since 1970.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// This device's clock.
    pub now: u64,
    /// Seconds by which clocks may differ.
    pub skew: u64,
    /// The server's clock; `None` where the response did not show it.
    pub server: Option<u64>,
}

/// Whether a sign-in requests an ID token.
#[must_use]
pub fn is_expected(record: Record<'_>) -> bool {
    !record.json().at("nonce").is_null()
}

/// Whether `tokens` have an ID token to verify, for a pending sign-in or a session. A sign-in that was granted `openid`
/// and got no ID token has no identified user.
///
/// # Errors
/// [`Code::IdTokenInvalid`] under `strict` if it is missing. An ID token that was not requested, from a server without
/// an issuer, is ignored with a warning.
pub fn needs_verification(record: Record<'_>, tokens: &Tokens, warnings: &mut Warnings) -> Result<bool> {
    let (record, tokens) = (record.json(), tokens.json());
    let granted = tokens.at("granted");
    let granted = if granted.is_null() { record.at("asked") } else { granted };
    let is_requested = !record.at("nonce").is_null();
    if tokens.text("id_token").is_empty() {
        let is_sign_in = is_requested && !record.at("verifier").is_null();
        if is_sign_in && covers(granted.str(), "openid") {
            warnings.note("id_token_missing")?;
        }
        return Ok(false);
    }
    if !is_requested && record.text("issuer").is_empty() {
        warnings.add_even_if_strict("id_token_unverified");
        return Ok(false);
    }
    Ok(true)
}

/// Checks the claims of an ID token against the sign-in or session it is for: `issuer`, `clientId`, `fhirBaseUrl`,
/// `nonce`, `maxAge`, and `firstClaims`, the claims of the ID token from the sign-in.
///
/// # Errors
/// [`Code::IdTokenInvalid`] with the claim's name; [`Code::ClockSkew`] if the token is valid by the server's clock.
pub fn check(claims: &Claims, record: Record<'_>, clock: Clock, warnings: &mut Warnings) -> Result<()> {
    let (claims, record) = (claims.json(), record.json());
    let (client_id, issuer, first_claims) = (record.at("clientId"), record.at("issuer"), record.at("firstClaims"));
    if claims.at("iss") != issuer || issuer.str().is_empty() {
        return Err(invalid("iss"));
    }
    if !(1..=255).contains(&claims.text("sub").len()) {
        return Err(invalid("sub"));
    }
    let (audience, azp) = (claims.at("aud"), claims.at("azp"));
    let is_refreshed = !first_claims.is_null();
    let is_listed = audience.lists(client_id.str()) && audience.list().iter().all(|item| !item.str().is_empty());
    // Other audiences that are this server's FHIR base do not require `azp`.
    let base = Url::parse(record.text("fhirBaseUrl"));
    let is_server = |item: &&Json| base.as_ref().is_ok_and(|base| is_base(item.str(), base));
    let has_others = audience.list().len() > audience.list().iter().filter(is_server).count() + 1;
    if is_refreshed && is_empty_audience(audience) {
        // Widely used servers omit `aud` after a refresh. The token is from the token endpoint and for the same user.
        warnings.note(MALFORMED)?;
    } else if (audience != client_id && !is_listed) || (has_others && azp.is_null()) {
        return Err(invalid("aud"));
    }
    if !azp.is_null() && azp != client_id {
        return Err(invalid("azp"));
    }
    let max_age = record.at("maxAge").number();
    let invalid_time_at = |now| invalid_time(claims, now, clock.skew, first_claims.is_null(), max_age);
    if let Some(name) = invalid_time_at(clock.now) {
        let is_clock_wrong =
            |server: &u64| server.abs_diff(clock.now) > clock.skew && invalid_time_at(*server).is_none();
        return Err(if clock.server.as_ref().is_some_and(is_clock_wrong) {
            Code::ClockSkew.into()
        } else {
            invalid(name)
        });
    }
    let (nonce, sent_nonce) = (claims.at("nonce"), record.at("nonce"));
    if first_claims.is_null() && nonce.is_null() && !sent_nonce.is_null() {
        // PKCE also binds the code to this client (RFC 9700 §2.1.1).
        warnings.note("nonce_missing")?;
    }
    if !nonce.is_null() && nonce != sent_nonce {
        return Err(invalid("nonce"));
    }
    if max_age.is_some() && claims.at("auth_time").is_null() {
        warnings.note("auth_time_missing")?;
    }
    // After a refresh `auth_time` must be unchanged or absent (OpenID Connect Core §12.2).
    let (time, first_time) = (claims.at("auth_time"), first_claims.at("auth_time"));
    if !time.is_null() && !first_time.is_null() && time != first_time {
        return Err(invalid("auth_time"));
    }
    if is_refreshed && !azp.is_null() && azp != first_claims.at("azp") {
        // `azp` was absent at sign-in and is now this client.
        warnings.note(MALFORMED)?;
    }
    Ok(())
}

/// Whether the ID token of a refresh names another issuer, client or user than the one from the sign-in (OpenID Connect
/// Core §12.2).
#[must_use]
pub fn differs_from_sign_in(claims: &Claims, record: Record<'_>) -> bool {
    let (claims, record) = (claims.json(), record.json());
    let (client_id, first_claims) = (record.at("clientId"), record.at("firstClaims"));
    let differs = |name, ours: &Json| !claims.at(name).is_null() && claims.at(name) != ours;
    let audience = claims.at("aud");
    !first_claims.is_null()
        && (differs("iss", record.at("issuer"))
            || differs("sub", first_claims.at("sub"))
            || differs("azp", client_id)
            || !(is_empty_audience(audience) || audience == client_id || audience.lists(client_id.str())))
}

/// Whether the ID token of a refresh is the one that the session already has, which was verified. Servers repeat it, or
/// issue two equal ones within a second.
#[must_use]
pub fn is_repeated(token: &str, record: Record<'_>) -> bool {
    !record.json().at("firstClaims").is_null() && record.json().text("id_token") == token
}

/// The error of an ID token for another user: the session has ended.
#[must_use]
pub fn another_user() -> Error {
    Error::about(Code::IdTokenInvalid, "the server refreshed the session for another user")
        .with_end_reason("identity_changed")
}

/// Whether an audience is missing or empty.
fn is_empty_audience(audience: &Json) -> bool {
    match audience.value() {
        None => true,
        Some(Value::Text(text)) => text.is_empty(),
        Some(Value::List(items)) => items.is_empty(),
        _ => false,
    }
}

/// Checks `at_hash`: the left half of the access token's hash, which is `hash` in base64url (OpenID Connect Core
/// §3.1.3.6).
///
/// # Errors
/// [`Code::IdTokenInvalid`].
pub fn check_hash(claims: &Claims, hash: &str) -> Result<()> {
    let (stated, whole) = (decode(claims.json().text("at_hash")), decode(hash).unwrap_or_default());
    if stated.is_some_and(|stated| whole.get(..whole.len() / 2) == Some(&*stated)) {
        return Ok(());
    }
    Err(invalid("at_hash"))
}

/// The URL of the user's FHIR resource: `fhirUser`, absolute or relative to the FHIR base, or the older claim `profile`
/// if it is such a URL. `None` if neither is.
///
/// # Errors
/// Under `strict`, instead of a warning, for a URL that cannot be used, and for one at another server, which is never
/// sent the access token.
pub fn fhir_user(claims: &Claims, base: &Url, loopback: bool, warnings: &mut Warnings) -> Result<Option<Url>> {
    let claims = claims.json();
    let stated = claims.at("fhirUser");
    let read = |claim: &Json| {
        let url = base.join(claim.str()).ok().filter(|url| url.is_permitted(loopback) && is_segment(person_id(url)))?;
        Some(url).filter(|_| claim.str().len() <= MAX_URL)
    };
    let Some(url) = read(if stated.is_null() { claims.at("profile") } else { stated }) else {
        if !stated.is_null() {
            warnings.note("fhir_user_invalid")?;
        }
        return Ok(None);
    };
    if !is_id(person_id(&url)) {
        warnings.note(ODD_ID)?;
    }
    if under(base, url.as_str()).is_err() {
        warnings.note("fhir_user_elsewhere")?;
    }
    Ok(Some(url))
}

/// Removes `name` and `fhirUser` if they are empty or not strings; a `name` that is not a string is a warning.
///
/// # Errors
/// As [`Warnings::note`].
pub fn drop_mistyped(claims: &mut Claims, warnings: &mut Warnings) -> Result<()> {
    claims.drop_mistyped_fhir_user();
    if claims.drop_mistyped_name() {
        warnings.note("id_token_malformed")?;
    }
    Ok(())
}

/// The error of a token whose header cannot be read.
#[must_use]
pub fn bad_header() -> Error {
    invalid("header")
}

/// The error of a token for which the server has no key.
#[must_use]
pub fn no_key() -> Error {
    invalid("kid")
}

/// The error of a token with an invalid signature.
#[must_use]
pub fn bad_signature() -> Error {
    invalid("signature")
}

/// The error of a claim that cannot be accepted.
#[must_use]
pub fn invalid(name: &str) -> Error {
    Error::named(Code::IdTokenInvalid, name, "of the ID token cannot be accepted")
}

/// The name of the first time that is out of range. `fresh` is set unless the token is from a refresh; `max_age` is the
/// greatest age of the user's authentication in seconds (OpenID Connect Core §3.1.2.1, `max_age`).
fn invalid_time(claims: &Json, now: u64, skew: u64, fresh: bool, max_age: Option<u64>) -> Option<&'static str> {
    let time = |name| seconds(claims.at(name));
    let (latest, earliest) = (now.saturating_add(skew), now.saturating_sub(skew));
    if time("exp").is_none_or(|end| end <= earliest) {
        return Some("exp");
    }
    if !claims.at("nbf").is_null() && time("nbf").is_none_or(|start| start > latest) {
        return Some("nbf");
    }
    let issued = time("iat");
    if issued.is_none_or(|issued| issued > latest || (fresh && issued < earliest.saturating_sub(MAX_AGE))) {
        return Some("iat");
    }
    if let (Some(max_age), false) = (max_age, claims.at("auth_time").is_null())
        && time("auth_time").is_none_or(|time| time > latest || time < earliest.saturating_sub(max_age))
    {
        return Some("auth_time");
    }
    None
}

/// A NumericDate (RFC 7519 §2) without its fraction; `None` for one with an exponent.
pub(super) fn seconds(date: &Json) -> Option<u64> {
    match date.value() {
        Some(Value::Number(text)) if !text.bytes().any(|byte| byte | 32 == b'e') => digits(cut(text, b'.').0),
        _ => None,
    }
}

/// The id in the URL of a person's FHIR resource; empty for any other URL, and for one with a query or a fragment.
fn person_id(url: &Url) -> &str {
    let (mut kind, mut id) = ("", "");
    for piece in pieces(url.as_str(), b'/') {
        (kind, id) = (id, piece);
    }
    if url.as_str() == url.without_query() && PERSONS.contains(&kind) { id } else { "" }
}

const PERSONS: [&str; 5] = ["Patient", "Practitioner", "PractitionerRole", "RelatedPerson", "Person"];
const MAX_URL: usize = 2_048;
const MALFORMED: &str = "refreshed_id_token_malformed";
/// Maximum age of a new ID token in seconds. It was requested a moment ago, so one that is older than a day is another one.
const MAX_AGE: u64 = 86_400;

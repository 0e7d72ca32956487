//! ID tokens (OpenID Connect Core §2, §3.1.3.7, §12.2; SMART App Launch 2.2, "Scopes for requesting identity data").

use super::base64url::decode;
use super::claims::Claims;
use super::context::{ODD_ID, is_id, is_segment};
use super::json::{Json, Value, digits};
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
    /// How far clocks may be apart.
    pub skew: u64,
    /// The server's clock, where its answer showed it.
    pub server: Option<u64>,
}

/// Whether there is an ID token to verify among `tokens`, for a pending sign-in or a session. Where a sign-in was granted
/// `openid` and none came, nobody is said to be signed in.
///
/// # Errors
/// [`Code::IdTokenInvalid`] under `strict`, where none came. One that was not asked for, of a server that does not name its
/// issuer, is left alone.
pub fn is_due(record: Record<'_>, tokens: &Tokens, warnings: &mut Warnings) -> Result<bool> {
    let (record, tokens) = (record.json(), tokens.json());
    let granted = tokens.at("granted");
    let granted = if granted.is_null() { record.at("asked") } else { granted };
    let asked = !record.at("nonce").is_null();
    if tokens.text("id_token").is_empty() {
        let signing_in = asked && !record.at("verifier").is_null();
        if signing_in && covers(granted.str(), "openid") {
            warnings.note("id_token_missing")?;
        }
        return Ok(false);
    }
    if !asked && record.text("issuer").is_empty() {
        warnings.keep("id_token_unverified");
        return Ok(false);
    }
    Ok(true)
}

/// Checks what a token claims against the sign-in or session it is for: its `issuer`, `clientId`, `fhirBaseUrl`, `nonce`
/// and `maxAge`, and `firstClaims`, those of the token that it was signed in with.
///
/// # Errors
/// [`Code::IdTokenInvalid`] with the claim's name; [`Code::ClockSkew`] where the device's clock is to blame.
pub fn check(claims: &Claims, record: Record<'_>, clock: Clock, warnings: &mut Warnings) -> Result<()> {
    let (claims, record) = (claims.json(), record.json());
    let (us, issuer, before) = (record.at("clientId"), record.at("issuer"), record.at("firstClaims"));
    if claims.at("iss") != issuer || issuer.str().is_empty() {
        return Err(invalid("iss"));
    }
    if !(1..=255).contains(&claims.text("sub").len()) {
        return Err(invalid("sub"));
    }
    let (audience, azp) = (claims.at("aud"), claims.at("azp"));
    let is_refreshed = !before.is_null();
    let listed = audience.lists(us.str()) && audience.list().iter().all(|one| !one.str().is_empty());
    // Where the others are this server's FHIR API, it is made for us all the same.
    let base = Url::parse(record.text("fhirBaseUrl"));
    let is_server = |one: &&Json| base.as_ref().is_ok_and(|base| is_base(one.str(), base));
    let several = audience.list().len() > audience.list().iter().filter(is_server).count() + 1;
    if is_refreshed && names_nobody(audience) {
        // Much-used servers forget it. The token came from the token endpoint itself, for the user who was signed in.
        warnings.note(MALFORMED)?;
    } else if (audience != us && !listed) || (several && azp.is_null()) {
        return Err(invalid("aud"));
    }
    if !azp.is_null() && azp != us {
        return Err(invalid("azp"));
    }
    let most = record.at("maxAge").number();
    let untimely = |now| untimely(claims, now, clock.skew, before.is_null(), most);
    if let Some(name) = untimely(clock.now) {
        let ours = |server: &u64| server.abs_diff(clock.now) > clock.skew && untimely(*server).is_none();
        return Err(if clock.server.as_ref().is_some_and(ours) { Code::ClockSkew.into() } else { invalid(name) });
    }
    let (nonce, ours) = (claims.at("nonce"), record.at("nonce"));
    if before.is_null() && nonce.is_null() && !ours.is_null() {
        // PKCE binds the code to us as well (RFC 9700 §2.1.1).
        warnings.note("nonce_missing")?;
    }
    if !nonce.is_null() && nonce != ours {
        return Err(invalid("nonce"));
    }
    if most.is_some() && claims.at("auth_time").is_null() {
        warnings.note("auth_time_missing")?;
    }
    // After a refresh: what was said is said again or not at all (OpenID Connect Core §12.2).
    let (time, first) = (claims.at("auth_time"), before.at("auth_time"));
    if !time.is_null() && !first.is_null() && time != first {
        return Err(invalid("auth_time"));
    }
    if is_refreshed && !azp.is_null() && azp != before.at("azp") {
        // It is us all the same.
        warnings.note(MALFORMED)?;
    }
    Ok(())
}

/// Whether a refreshed token says of itself that it is of another issuer, for another client, or about another person than
/// the one that the session was signed in with (OpenID Connect Core §12.2).
#[must_use]
pub fn is_of_another(claims: &Claims, record: Record<'_>) -> bool {
    let (claims, record) = (claims.json(), record.json());
    let (us, before) = (record.at("clientId"), record.at("firstClaims"));
    let differs = |name, ours: &Json| !claims.at(name).is_null() && claims.at(name) != ours;
    let audience = claims.at("aud");
    !before.is_null()
        && (differs("iss", record.at("issuer"))
            || differs("sub", before.at("sub"))
            || differs("azp", us)
            || !(names_nobody(audience) || audience == us || audience.lists(us.str())))
}

/// Whether a refreshed token is the one that the session has already, which was verified: it says nothing new. Servers repeat
/// it, or make two within a second.
#[must_use]
pub fn repeats(token: &str, record: Record<'_>) -> bool {
    !record.json().at("firstClaims").is_null() && record.json().text("id_token") == token
}

/// The error of a token that is about somebody else: the session has ended.
#[must_use]
pub fn another() -> Error {
    Error::about(Code::IdTokenInvalid, "the server renewed the session for another person").ending("identity_changed")
}

/// Whether an audience is missing or empty.
fn names_nobody(audience: &Json) -> bool {
    match audience.value() {
        None => true,
        Some(Value::Text(text)) => text.is_empty(),
        Some(Value::List(items)) => items.is_empty(),
        _ => false,
    }
}

/// Whether `at_hash` is what an access token with this hash in base64url has: its left half (OpenID Connect Core §3.1.3.6).
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

/// The user, as the URL of a FHIR resource: `fhirUser`, absolute or relative to the FHIR base, or the older
/// `profile` where that is one. `null` for what is no such URL.
///
/// # Errors
/// Under `strict` what is noted: one that cannot be used, and one at another server, which gets no token of ours.
pub fn fhir_user(claims: &Claims, base: &Url, loopback: bool, warnings: &mut Warnings) -> Result<Option<Url>> {
    let claims = claims.json();
    let stated = claims.at("fhirUser");
    let read = |claim: &Json| {
        let url = base.join(claim.str()).ok().filter(|url| url.is_permitted(loopback) && is_segment(person(url)))?;
        Some(url).filter(|_| claim.str().len() <= MAX_URL)
    };
    let Some(url) = read(if stated.is_null() { claims.at("profile") } else { stated }) else {
        if !stated.is_null() {
            warnings.note("fhir_user_invalid")?;
        }
        return Ok(None);
    };
    if !is_id(person(&url)) {
        warnings.note(ODD_ID)?;
    }
    if under(base, url.as_str()).is_err() {
        warnings.note("fhir_user_elsewhere")?;
    }
    Ok(Some(url))
}

/// Takes away the claims with a known type that are of another, and notes that of the user's name.
///
/// # Errors
/// As [`Warnings::note`].
pub fn drop_mistyped(claims: &mut Claims, warnings: &mut Warnings) -> Result<()> {
    claims.keep_fhir_user();
    if claims.keep_name() {
        warnings.note("id_token_malformed")?;
    }
    Ok(())
}

/// A token whose header cannot be read.
#[must_use]
pub fn bad_header() -> Error {
    invalid("header")
}

/// A token that no key of the server fits.
#[must_use]
pub fn no_key() -> Error {
    invalid("kid")
}

/// A token that is not signed by the server.
#[must_use]
pub fn bad_signature() -> Error {
    invalid("signature")
}

/// A claim that cannot be accepted.
#[must_use]
pub fn invalid(name: &str) -> Error {
    Error::named(Code::IdTokenInvalid, name, "of the ID token cannot be accepted")
}

/// The name of the first time that does not fit. One that was just asked for was `fresh`ly made; with `most`, for a user who
/// was asked to sign in at most so many seconds ago (OpenID Connect Core §3.1.2.1, `max_age`).
fn untimely(claims: &Json, now: u64, skew: u64, fresh: bool, most: Option<u64>) -> Option<&'static str> {
    let time = |name| seconds(claims.at(name));
    let (latest, earliest) = (now.saturating_add(skew), now.saturating_sub(skew));
    if time("exp").is_none_or(|end| end <= earliest) {
        return Some("exp");
    }
    if !claims.at("nbf").is_null() && time("nbf").is_none_or(|start| start > latest) {
        return Some("nbf");
    }
    let made = time("iat");
    if made.is_none_or(|made| made > latest || (fresh && made < earliest.saturating_sub(MAX_AGE))) {
        return Some("iat");
    }
    if let (Some(most), false) = (most, claims.at("auth_time").is_null())
        && time("auth_time").is_none_or(|time| time > latest || time < earliest.saturating_sub(most))
    {
        return Some("auth_time");
    }
    None
}

/// A NumericDate (RFC 7519 §2), its fraction cut off. With an exponent it would be another number.
fn seconds(date: &Json) -> Option<u64> {
    match date.value() {
        Some(Value::Number(text)) if !text.bytes().any(|byte| byte | 32 == b'e') => digits(cut(text, b'.').0),
        _ => None,
    }
}

/// The id of a person, by the path of its URL: a query or a fragment may say anything. Empty for what is none.
fn person(url: &Url) -> &str {
    let (mut kind, mut id) = ("", "");
    for piece in pieces(url.as_str(), b'/') {
        (kind, id) = (id, piece);
    }
    if url.as_str() == url.without_query() && PERSONS.contains(&kind) { id } else { "" }
}

const PERSONS: [&str; 5] = ["Patient", "Practitioner", "PractitionerRole", "RelatedPerson", "Person"];
const MAX_URL: usize = 2_048;
const MALFORMED: &str = "refreshed_id_token_malformed";
/// Seconds: it was asked for a moment ago, so one from before yesterday is another's.
const MAX_AGE: u64 = 86_400;

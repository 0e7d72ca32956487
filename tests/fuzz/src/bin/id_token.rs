//! An accepted token is valid JSON for serde_json too, and is signed with a known algorithm; accepted claims satisfy
//! OpenID Connect Core §3.1.3.7, checked independently. The input is read as a token, and as a header
//! with claims, one line each.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use smart_launch::error::Code;
use smart_launch::protocol::claims::Claims;
use smart_launch::protocol::id_token::{Clock, check, fhir_user, needs_verification};
use smart_launch::protocol::jws::Jws;
use smart_launch::protocol::record::Record;
use smart_launch::protocol::token::Tokens;
use smart_launch::protocol::url::Url;
use smart_launch::protocol::warning::Warnings;
use smart_launch_fuzz as fuzz;
use smart_launch_fuzz::{BASE, ISSUER, assert_permitted, assert_sound, base64url, serde, value};

fuzz_target!(|text: &str| {
    assert_token(text);
    let (header, claims) = text.split_once('\n').unwrap_or((r#"{"alg":"RS256"}"#, text));
    let token = format!("{}.{}.c2ln", base64url(header.as_bytes()), base64url(claims.as_bytes()));
    assert_token(&token);
    let Some(jws) = Jws::parse(&token) else { return };
    assert!(value(jws.claims.json()).is_none_or(|ours| serde(claims).is_none_or(|theirs| ours == theirs)));
    for record in [sign_in(), session()] {
        for strict in [false, true] {
            for server in [None, Some(NOW), Some(NOW - 3_600)] {
                assert_claims(&jws.claims, claims, &record, Clock { now: NOW, skew: SKEW, server }, strict);
            }
        }
    }
    assert_user(&jws.claims);
});

fn sign_in() -> Value {
    json!({ "clientId": CLIENT_ID, "issuer": ISSUER, "nonce": "n", "asked": "openid", "verifier": "v" })
}

fn session() -> Value {
    let first_claims = json!({ "sub": "s", "azp": CLIENT_ID, "auth_time": 7 });
    json!({ "clientId": CLIENT_ID, "issuer": ISSUER, "nonce": "n", "asked": "openid", "firstClaims": first_claims })
}

/// Asserts the properties of every accepted token.
fn assert_token(token: &str) {
    let tokens = Tokens::new(fuzz::json(&json!({ "id_token": token })));
    let mut warnings = Warnings::new(true, Code::IdTokenInvalid);
    let due = needs_verification(Record::new(&fuzz::json(&sign_in())), &tokens, &mut warnings);
    assert_eq!(due.ok(), (!token.is_empty()).then_some(true));
    let Some(jws) = Jws::parse(token) else { return };
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 3);
    assert_eq!((jws.signed, jws.signature), (&token[..parts[0].len() + parts[1].len() + 1], parts[2]));
    let digit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    assert!(parts.iter().all(|part| !part.is_empty() && part.len() % 4 != 1 && part.bytes().all(digit)));
    assert!(["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"].contains(&jws.algorithm()));
    assert!(["256", "384", "512"].contains(&jws.hash()));
    let bytes = fuzz::bytes(parts[0]).expect("base64url");
    let header: Option<Value> = serde(std::str::from_utf8(&bytes).expect("text"));
    if let Some(header) = header {
        assert!(header["alg"] == jws.algorithm() && header["crit"].is_null() && header["b64"].is_null());
    }
}

fn assert_claims(claims: &Claims, text: &str, record: &Value, clock: Clock, strict: bool) {
    let mut warnings = Warnings::new(strict, Code::IdTokenInvalid);
    let outcome = check(claims, Record::new(&fuzz::json(record)), clock, &mut warnings);
    let Some(theirs) = serde(text) else { return };
    match outcome {
        Ok(()) => assert_eq!(first_fault(&theirs, record, NOW), None, "{text}"),
        Err(error) => {
            assert_sound(&error);
            match error.code() {
                Code::ClockSkew => {
                    assert!(clock.server == Some(NOW - 3_600) && first_fault(&theirs, record, NOW).is_some(), "{text}");
                    assert!(time_fault(&theirs, NOW - 3_600, record["firstClaims"].is_null()).is_none(), "{text}");
                }
                Code::IdTokenInvalid if WARNINGS.iter().any(|name| error.to_string().contains(name)) => assert!(strict),
                code => {
                    assert_eq!(code, Code::IdTokenInvalid);
                    assert!(
                        first_fault(&theirs, record, NOW).is_some() || has_unsupported_number(&theirs, text),
                        "{error}: {text}"
                    );
                }
            }
        }
    }
}

/// A second implementation of the rules: the first fault in the claims.
fn first_fault(claims: &Value, record: &Value, now: u64) -> Option<&'static str> {
    let is_refresh = !record["firstClaims"].is_null();
    if claims["iss"] != ISSUER {
        return Some("iss");
    }
    if claims["sub"].as_str().is_none_or(|sub| sub.is_empty() || sub.len() > 255) {
        return Some("sub");
    }
    let audience = match &claims["aud"] {
        Value::String(name) => vec![name.as_str()],
        Value::Array(names) => names.iter().map(|name| name.as_str().unwrap_or_default()).collect(),
        _ => Vec::new(),
    };
    let azp = &claims["azp"];
    let is_left_out = claims["aud"].is_null() || claims["aud"] == "" || claims["aud"] == json!([]);
    if is_refresh && is_left_out {
        // An audience that is left out after a refresh is only a warning.
    } else if !audience.contains(&CLIENT_ID) || audience.contains(&"") || (audience.len() > 1 && azp.is_null()) {
        return Some("aud");
    }
    if !azp.is_null() && azp != CLIENT_ID {
        return Some("azp");
    }
    if !claims["nonce"].is_null() && claims["nonce"] != record["nonce"] {
        return Some("nonce");
    }
    let changed = |name: &&str| !claims[*name].is_null() && claims[*name] != record["firstClaims"][*name];
    if is_refresh && let Some(name) = ["auth_time", "azp"].into_iter().find(|name| changed(name)) {
        return Some(name);
    }
    time_fault(claims, now, !is_refresh)
}

fn time_fault(claims: &Value, now: u64, is_sign_in: bool) -> Option<&'static str> {
    let time = |name: &str| claims[name].as_f64().map(f64::floor);
    let (now, skew) = (now as f64, SKEW as f64);
    if time("exp").is_none_or(|end| end <= now - skew) {
        return Some("exp");
    }
    if !claims["nbf"].is_null() && time("nbf").is_none_or(|start| start < 0.0 || start > now + skew) {
        return Some("nbf");
    }
    let issued_at = time("iat");
    if issued_at.is_none_or(|issued_at| {
        issued_at < 0.0 || issued_at > now + skew || (is_sign_in && issued_at < now - skew - 86_400.0)
    }) {
        return Some("iat");
    }
    None
}

/// Whether a time has a form that our parser does not read: with an exponent, below zero, or beyond 64 bits.
fn has_unsupported_number(claims: &Value, text: &str) -> bool {
    ["exp", "nbf", "iat"].iter().map(|name| &claims[*name]).any(|date| {
        date.as_f64().is_some_and(|time| time <= 0.0 || time >= 18_446_744_073_709_551_615.0)
            || (date.is_f64() && !has_number(text, &date.to_string()))
    })
}

/// Whether a text has this number, and not only as the beginning of a longer one such as `1.7e0`.
fn has_number(text: &str, number: &str) -> bool {
    let is_longer = |rest: &str| rest.starts_with(|next: char| next.is_ascii_digit() || "eE.".contains(next));
    text.match_indices(number).any(|(at, _)| !is_longer(&text[at + number.len()..]))
}

fn assert_user(claims: &Claims) {
    let base = Url::parse(BASE).expect("a URL");
    let mut warnings = Warnings::new(false, Code::IdTokenInvalid);
    let user = fhir_user(claims, &base, false, &mut warnings).expect("at most a warning");
    let warnings = warnings.into_json();
    let Some(user) = user else {
        assert_eq!(warnings.lists("fhir_user_invalid"), !claims.json().at("fhirUser").is_null());
        return;
    };
    assert_permitted(user.as_str(), false);
    let Some(url) = fuzz::browser_url(user.as_str()) else { return };
    let path: Vec<&str> = url.path().rsplit('/').take(2).collect();
    assert!(["Patient", "Practitioner", "PractitionerRole", "RelatedPerson", "Person"].contains(&path[1]), "{url}");
    assert!(url.query().is_none() && url.fragment().is_none(), "{url}");
    let is_under_base = url.as_str().starts_with(&format!("{BASE}/"));
    assert!(is_under_base || warnings.lists("fhir_user_elsewhere"), "{url} is not under the base");
}

const NOW: u64 = 1_700_000_000;
const SKEW: u64 = 60;
const WARNINGS: [&str; 2] = ["nonce_missing", "refreshed_id_token_malformed"];
const CLIENT_ID: &str = "growth-chart";

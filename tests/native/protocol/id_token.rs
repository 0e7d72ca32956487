//! Claims of ID tokens; `times` has those about time, `user` those about the user.

mod times;
mod user;

use crate::app::{assert_fails, json, value};
use crate::ehr;
use crate::host::hash;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use smart_launch::error::{Code, Error, Result};
use smart_launch::protocol::claims::Claims;
use smart_launch::protocol::id_token::{Clock, check, check_hash, needs_verification};
use smart_launch::protocol::record::Record;
use smart_launch::protocol::token::Tokens;
use smart_launch::protocol::warning::Warnings;

const NOW: u64 = 1_700_000_000;
const CLOCK: Clock = Clock { now: NOW, skew: 60, server: None };
const CLIENT_ID: &str = "growth-chart";

fn claims() -> Value {
    json!({ "iss": ehr::ISSUER, "sub": "amara", "aud": CLIENT_ID, "exp": NOW + 300, "iat": NOW, "nonce": "n-0S6" })
}

/// A pending sign-in that requests `openid`.
fn sign_in() -> Value {
    json!({ "clientId": CLIENT_ID, "issuer": ehr::ISSUER, "nonce": "n-0S6", "asked": "openid", "verifier": "v" })
}

/// A session whose ID token had these claims.
fn session(before: Value) -> Value {
    json!({ "clientId": CLIENT_ID, "issuer": ehr::ISSUER, "nonce": "n-0S6", "asked": "openid", "firstClaims": before })
}

fn checked(claims: &Value, record: &Value, clock: Clock, strict: bool) -> Result<Value> {
    let mut warnings = Warnings::new(strict, Code::IdTokenInvalid);
    check(&Claims::new(json(claims)), Record::new(&json(record)), clock, &mut warnings)?;
    Ok(value(&warnings.into_json()))
}

/// The result of checking claims with changes at sign-in: the name of the refused claim, or a code, or `ok`.
fn at_sign_in(changes: Value) -> String {
    refused(checked(&ehr::with(claims(), changes), &sign_in(), CLOCK, false))
}

/// The result of checking claims with `changes` at a refresh. The ID token of the sign-in had the changes `before`.
fn at_refresh(before: Value, changes: Value) -> String {
    refused(checked(&ehr::with(claims(), changes), &session(ehr::with(claims(), before)), CLOCK, false))
}

fn refused<T>(outcome: Result<T>) -> String {
    outcome.map_or_else(|error| claim_name(&error), |_| "ok".into())
}

fn claim_name(error: &Error) -> String {
    let about = error.to_string();
    match about.split('`').nth(1) {
        Some(name) if error.code() == Code::IdTokenInvalid => name.into(),
        _ => error.code().as_str().into(),
    }
}

#[test]
fn valid_claims_have_no_warnings() {
    assert_eq!(checked(&claims(), &sign_in(), CLOCK, true).unwrap(), json!([]));
}

#[test]
fn iss_equals_the_server_s_issuer_exactly() {
    for iss in [
        json!(null),
        json!(""),
        json!("https://ehr.example/"),
        json!("https://EHR.example"),
        json!([ehr::ISSUER]),
        json!(7),
    ] {
        assert_eq!(at_sign_in(json!({ "iss": iss })), "iss");
        // Without a known issuer no token is accepted.
        for record in [json!({ "issuer": null }), json!({ "issuer": "" })] {
            let outcome =
                checked(&ehr::with(claims(), json!({ "iss": iss })), &ehr::with(sign_in(), record), CLOCK, false);
            assert_eq!(refused(outcome), "iss");
        }
    }
}

#[test]
fn subject_has_1_to_255_bytes() {
    for (sub, expected) in [
        (json!("a"), "ok"),
        (json!("a".repeat(255)), "ok"),
        (json!("a".repeat(256)), "sub"),
        (json!("é".repeat(128)), "sub"),
        (json!(""), "sub"),
        (json!(null), "sub"),
        (json!(7), "sub"),
        (json!(["amara"]), "sub"),
    ] {
        assert_eq!(at_sign_in(json!({ "sub": sub })), expected, "{sub}");
    }
}

#[test]
fn audience_is_the_client_and_several_audiences_need_azp() {
    for (aud, azp, expected) in [
        (json!([CLIENT_ID]), json!(null), "ok"),
        (json!(CLIENT_ID), json!(CLIENT_ID), "ok"),
        (json!([CLIENT_ID]), json!(CLIENT_ID), "ok"),
        (json!([CLIENT_ID, "other"]), json!(CLIENT_ID), "ok"),
        (json!(["other", CLIENT_ID]), json!(CLIENT_ID), "ok"),
        (json!([CLIENT_ID, "other"]), json!(null), "aud"),
        (json!([CLIENT_ID, CLIENT_ID]), json!(null), "aud"),
        (json!([CLIENT_ID, "other"]), json!("other"), "azp"),
        (json!(CLIENT_ID), json!("other"), "azp"),
        (json!(CLIENT_ID), json!(""), "azp"),
        (json!(CLIENT_ID), json!([CLIENT_ID]), "azp"),
        (json!(CLIENT_ID), json!(0), "azp"),
        (json!(CLIENT_ID), json!(false), "azp"),
        (json!([CLIENT_ID, ""]), json!(CLIENT_ID), "aud"),
        (json!([CLIENT_ID, 1]), json!(CLIENT_ID), "aud"),
        (json!([CLIENT_ID, [CLIENT_ID]]), json!(CLIENT_ID), "aud"),
        (json!([[CLIENT_ID]]), json!(CLIENT_ID), "aud"),
        (json!([]), json!(null), "aud"),
        (json!(["other"]), json!(null), "aud"),
        (json!("other"), json!(null), "aud"),
        (json!("Growth-chart"), json!(null), "aud"),
        (json!({ CLIENT_ID: CLIENT_ID }), json!(null), "aud"),
        (json!(null), json!(null), "aud"),
    ] {
        assert_eq!(at_sign_in(json!({ "aud": aud, "azp": azp })), expected, "{aud} {azp}");
    }
}

#[test]
fn further_audience_may_be_the_fhir_base_of_the_server() {
    let record = |base: &str| ehr::with(sign_in(), json!({ "fhirBaseUrl": base }));
    let with = |aud: Value, base: &str| {
        refused(checked(&ehr::with(claims(), json!({ "aud": aud })), &record(base), CLOCK, false))
    };
    let (base, slash) = (ehr::BASE, &format!("{}/", ehr::BASE));
    for aud in
        [json!([CLIENT_ID, base]), json!([base, CLIENT_ID]), json!([CLIENT_ID, slash]), json!([CLIENT_ID, base, slash])]
    {
        assert_eq!(with(aud.clone(), base), "ok", "{aud}");
        assert_eq!(with(aud.clone(), slash), "ok", "{aud}");
    }
    for aud in [
        json!([base]),
        json!(base),
        json!([CLIENT_ID, base, "other"]),
        json!([CLIENT_ID, format!("{base}/Patient")]),
        json!([CLIENT_ID, format!("{base}/../fhir")]),
        json!([CLIENT_ID, ehr::ISSUER]),
        json!([CLIENT_ID, base, ""]),
        json!([CLIENT_ID, [base]]),
    ] {
        assert_eq!(with(aud.clone(), base), "aud", "{aud}");
    }
    // If the FHIR base is not known, it counts as any further audience.
    assert_eq!(at_sign_in(json!({ "aud": [CLIENT_ID, base] })), "aud");
}

#[test]
fn nonce_has_to_be_that_of_the_sign_in() {
    for nonce in [json!("n-0s6"), json!(""), json!(["n-0S6"]), json!(7), json!(false), json!({})] {
        assert_eq!(at_sign_in(json!({ "nonce": nonce })), "nonce");
    }
    let none = ehr::with(sign_in(), json!({ "nonce": null }));
    assert_eq!(refused(checked(&claims(), &none, CLOCK, false)), "nonce");
    let without = ehr::with(claims(), json!({ "nonce": null }));
    assert_eq!(checked(&without, &none, CLOCK, true).unwrap(), json!([]));
}

#[test]
fn missing_nonce_is_a_warning_because_pkce_binds_the_code() {
    let without = ehr::with(claims(), json!({ "nonce": null }));
    assert_eq!(checked(&without, &sign_in(), CLOCK, false).unwrap(), json!(["nonce_missing"]));
    assert!(checked(&without, &sign_in(), CLOCK, true).unwrap_err().to_string().contains("nonce_missing"));
}

#[test]
fn claims_of_the_sign_in_are_unchanged_or_absent_after_a_refresh() {
    let sign_in_claims = json!({ "nonce": "n-0S6", "auth_time": NOW - 9, "azp": CLIENT_ID });
    assert_eq!(at_refresh(sign_in_claims.clone(), sign_in_claims.clone()), "ok");
    assert_eq!(at_refresh(sign_in_claims.clone(), json!({ "nonce": null })), "ok");
    for (changes, expected) in [
        (json!({ "nonce": "other", "auth_time": NOW - 9, "azp": CLIENT_ID }), "nonce"),
        (json!({ "nonce": "n-0S6", "auth_time": NOW, "azp": CLIENT_ID }), "auth_time"),
        (json!({ "nonce": "n-0S6", "auth_time": (NOW - 9).to_string() }), "auth_time"),
        (json!({ "nonce": null, "azp": "other" }), "azp"),
    ] {
        assert_eq!(at_refresh(sign_in_claims.clone(), changes.clone()), expected, "{changes}");
    }
    // If the ID token of the sign-in lacked these claims, `nonce` must still be the one that was sent, and `auth_time` and an `azp`
    // with this client may be new.
    let none = json!({ "nonce": null });
    assert_eq!(at_refresh(none.clone(), json!({})), "ok");
    assert_eq!(at_refresh(none.clone(), json!({ "nonce": null, "auth_time": NOW })), "ok");
    assert_eq!(at_refresh(none.clone(), json!({ "nonce": null, "azp": CLIENT_ID })), "ok");
    assert_eq!(at_refresh(none.clone(), json!({ "nonce": null, "azp": "other" })), "azp");
    assert_eq!(at_refresh(none, json!({ "nonce": null })), "ok");
}

#[test]
fn id_token_of_a_refresh_is_checked_for_issuer_subject_audience_and_expiry() {
    for (changes, expected) in [
        (json!({ "iss": "https://evil.example" }), "iss"),
        (json!({ "sub": "" }), "sub"),
        (json!({ "aud": "evil" }), "aud"),
        (json!({ "exp": NOW - 60 }), "exp"),
    ] {
        assert_eq!(at_refresh(json!({}), changes), expected);
    }
    // Another user is not reported as a wrong claim, but ends the session.
    assert_eq!(at_refresh(json!({}), json!({ "sub": "another" })), "ok");
}

#[test]
fn at_hash_is_the_left_half_of_the_access_token_s_hash() {
    for bits in ["256", "384", "512"] {
        let hash = hash(bits, &ehr::access_token(1));
        let bytes = URL_SAFE_NO_PAD.decode(&hash).unwrap();
        let half = bytes.len() / 2;
        let stated = |bytes: &[u8]| Claims::new(json(&json!({ "at_hash": URL_SAFE_NO_PAD.encode(bytes) })));
        assert!(check_hash(&stated(&bytes[..half]), &hash).is_ok(), "{bits}");
        for other in [&bytes[..], &bytes[half..], &bytes[..half - 1], &bytes[..=half], &[]] {
            assert_eq!(refused(check_hash(&stated(other), &hash)), "at_hash", "{bits} {}", other.len());
        }
        for other in [json!(null), json!(7), json!([]), json!(format!("{}=", URL_SAFE_NO_PAD.encode(&bytes[..half])))] {
            let claims = Claims::new(json(&json!({ "at_hash": other })));
            assert_eq!(refused(check_hash(&claims, &hash)), "at_hash", "{other}");
        }
    }
}

#[test]
fn id_token_is_verified_if_present_and_a_missing_one_is_a_warning_if_openid_was_granted() {
    let sign_in_without_openid = |issuer: &str| json!({ "asked": "launch", "issuer": issuer, "verifier": "v" });
    let (missing, unverified) = ("id_token_missing", "id_token_unverified");
    for (record, tokens, expected, warned) in [
        (sign_in(), json!({ "id_token": "x" }), true, ""),
        (sign_in(), json!({ "id_token": "x", "granted": "launch" }), true, ""),
        (sign_in(), json!({ "granted": "openid launch" }), false, missing),
        (sign_in(), json!({}), false, missing),
        (sign_in(), json!({ "granted": "launch openid2" }), false, ""),
        (sign_in(), json!({ "granted": "" }), false, ""),
        (sign_in_without_openid(ehr::ISSUER), json!({}), false, ""),
        (sign_in_without_openid(ehr::ISSUER), json!({ "granted": "openid" }), false, ""),
        (sign_in_without_openid(ehr::ISSUER), json!({ "id_token": "x" }), true, ""),
        (sign_in_without_openid(""), json!({ "id_token": "x" }), false, unverified),
        // A refresh need not return an ID token.
        (session(json!({})), json!({ "granted": "openid" }), false, ""),
        // The server has no issuer, but the ID token was requested, so it is not ignored.
        (ehr::with(sign_in(), json!({ "issuer": null })), json!({ "id_token": "x" }), true, ""),
    ] {
        for strict in [false, true] {
            let mut warnings = Warnings::new(strict, Code::IdTokenInvalid);
            let outcome = needs_verification(Record::new(&json(&record)), &Tokens::new(json(&tokens)), &mut warnings);
            if strict && warned == missing {
                assert_fails(outcome, Code::IdTokenInvalid);
            } else {
                assert_eq!(outcome.unwrap(), expected, "{record} {tokens}");
                let warned: Vec<&str> = Some(warned).filter(|warned| !warned.is_empty()).into_iter().collect();
                assert_eq!(value(&warnings.into_json()), json!(warned), "{record} {tokens}");
            }
        }
    }
}

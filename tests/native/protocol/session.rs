use crate::app::{App, assert_fails, json, value, warnings};
use crate::arbitrary::{cases, object};
use crate::ehr;
use proptest::prelude::*;
use serde_json::{Value, json};
use smart_launch::error::{Code, Result};
use smart_launch::protocol::claims::Claims;
use smart_launch::protocol::http::Response;
use smart_launch::protocol::record::{Record, versioned};
use smart_launch::protocol::session::Session;
use smart_launch::protocol::token::Tokens;
use smart_launch::protocol::url::Url;

const ISSUED: u64 = 1_000_000;

fn tokens(changes: Value) -> Tokens {
    let body = ehr::with(ehr::tokens(1), changes).to_string();
    Tokens::parse(
        &Response::new(json(&json!({ "status": 200, "contentType": "application/json", "body": body }))),
        false,
    )
    .unwrap()
}

fn request() -> Value {
    json!({
        "v": 1, "clientId": "growth-chart", "fhirBaseUrl": ehr::BASE, "issuer": ehr::ISSUER, "tokenEndpoint": ehr::TOKEN,
        "asked": ehr::SCOPE, "state": "the-state", "verifier": "the-verifier", "appState": [1], "returnTo": "/x", "warnings": ["a"],
    })
}

fn session_from(changes: Value, strict: bool) -> Result<Session> {
    Session::new(Record::new(&json(&request())), &tokens(changes), ISSUED, strict)
}

/// The session of a sign-in with these changes; the token response is unchanged.
fn session_of_sign_in(changes: Value, issued: u64) -> Session {
    Session::new(Record::new(&json(&ehr::with(request(), changes))), &tokens(json!({})), issued, false).unwrap()
}

fn session(changes: Value) -> Session {
    session_from(changes, false).unwrap()
}

#[test]
fn session_is_made_of_the_sign_in_and_the_token_response() {
    let session = value(session(json!({ "encounter": "e1" })).json());
    for (name, expected) in [
        ("v", json!(1)),
        ("clientId", json!("growth-chart")),
        ("fhirBaseUrl", json!(ehr::BASE)),
        ("issuer", json!(ehr::ISSUER)),
        ("tokenEndpoint", json!(ehr::TOKEN)),
        ("asked", json!(ehr::SCOPE)),
        ("granted", json!(ehr::SCOPE)),
        ("appState", json!([1])),
        ("warnings", json!(["a"])),
        ("patient", json!(ehr::PATIENT)),
        ("encounter", json!("e1")),
        ("signedIn", json!(ISSUED)),
        ("issued", json!(ISSUED)),
        ("expiresIn", json!(3600)),
        ("expiresAt", json!(ISSUED + 3_600_000)),
    ] {
        assert_eq!(session[name], expected, "{name}");
    }
    assert!(session["verifier"].is_null());
    assert_eq!(session["state"], request()["state"], "the token family");
}

#[test]
fn scope_that_is_not_stated_is_the_requested_one() {
    assert_eq!(session(json!({ "scope": null })).json().text("granted"), ehr::SCOPE);
    let none = session(json!({ "scope": "" }));
    assert_eq!(none.json().text("granted"), "");
    assert!(warnings(none.json()).contains(&"scope_not_granted"));
}

/// Some servers list only the scopes of the access token, and neither `openid` nor `fhirUser`.
#[test]
fn openid_counts_as_granted_if_there_is_an_id_token() {
    let cases_of_claims = [
        ("openid", json!({ "sub": "amara" }), None),
        ("fhirUser", json!(null), Url::parse("https://ehr.example/fhir/Practitioner/amara").ok()),
    ];
    for (scope, claims, user) in cases_of_claims {
        let request = json(&ehr::with(request(), json!({ "asked": format!("{scope} user/*.rs") })));
        for has_id_token in [false, true] {
            let mut tokens = tokens(json!({ "scope": "user/*.rs" }));
            if has_id_token {
                tokens.identify(Claims::new(json(&claims)), user.as_ref());
            }
            let session = Session::new(Record::new(&request), &tokens, ISSUED, false).unwrap();
            assert_eq!(warnings(session.json()).contains(&"scope_not_granted"), !has_id_token, "{scope}");
        }
    }
}

#[test]
fn missing_granted_context_is_a_warning_or_refused_under_strict() {
    for (scope, name) in [("launch/patient", "patient"), ("launch/encounter", "encounter")] {
        let session = session(json!({ "scope": scope, name: null }));
        assert!(warnings(session.json()).contains(&"launch_context_missing"));
        assert_fails(session_from(json!({ "scope": scope, name: null }), true), Code::TokenResponseInvalid);
    }
    assert!(!warnings(session(json!({ "scope": "x", "patient": null })).json()).contains(&"launch_context_missing"));
}

#[test]
fn fewer_scopes_are_no_error_under_strict() {
    assert!(session_from(json!({ "scope": "patient/*.rs" }), true).is_ok());
}

#[test]
fn key_has_client_base_issuer_version_and_family() {
    let key = session(json!({})).key();
    assert_eq!(
        key,
        "smart-launch:session:growth-chart:https%3A%2F%2Fehr.example%2Ffhir:https%3A%2F%2Fehr.example:1:the-state"
    );
    // The separator cannot occur in a part.
    let other_request = json(&ehr::with(request(), json!({ "clientId": "a:b\nc", "issuer": null })));
    assert_eq!(
        Session::new(Record::new(&other_request), &tokens(json!({})), 0, false).unwrap().key(),
        "smart-launch:session:a%3Ab%0Ac:https%3A%2F%2Fehr.example%2Ffhir::1:the-state"
    );
}

#[test]
fn refreshed_session_has_the_new_tokens_and_the_old_context() {
    let renewed = session(json!({ "encounter": "e1", "x": 1 }))
        .renewed(
            &tokens(json!({ "access_token": "new", "refresh_token": null, "patient": null, "y": 2, "expires_in": 60 })),
            ISSUED + 7,
        )
        .unwrap();
    let members = value(renewed.json());
    assert_eq!((renewed.access_token(), renewed.refresh_token()), ("new", &*ehr::refresh_token(1)));
    assert_eq!((renewed.json().text("patient"), renewed.json().text("encounter")), (ehr::PATIENT, "e1"));
    assert_eq!((members["issued"].as_u64(), members["expiresAt"].as_u64()), (Some(ISSUED + 7), Some(ISSUED + 60_007)));
    assert_eq!((&members["tokenResponse"]["x"], &members["tokenResponse"]["y"]), (&json!(1), &json!(2)));
    assert_eq!(renewed.signed_in(), ISSUED);
}

#[test]
fn members_of_many_refreshes_are_bounded_and_the_newest_are_kept() {
    let mut session = session(json!({}));
    for number in 0..300 {
        session = session.renewed(&tokens(json!({ format!("x{number}"): number, "y": number })), ISSUED).unwrap();
    }
    let members = &value(session.json())["tokenResponse"];
    assert_eq!(members.as_object().unwrap().len(), 256);
    assert_eq!((&members["x299"], &members["y"]), (&json!(299), &json!(299)));
}

#[test]
fn expires_in_and_scope_of_the_old_response_are_removed_and_the_granted_scopes_stay() {
    let renewed = session(json!({})).renewed(&tokens(json!({ "expires_in": null, "scope": null })), ISSUED).unwrap();
    let members = value(renewed.json());
    assert!(members["expiresIn"].is_null() && members["expiresAt"].is_null());
    assert!(members["tokenResponse"]["expires_in"].is_null() && members["tokenResponse"]["scope"].is_null());
    assert_eq!(members["granted"], ehr::SCOPE);
}

#[test]
fn another_patient_is_refused() {
    assert_fails(session(json!({})).renewed(&tokens(json!({ "patient": "other" })), 0), Code::LaunchContextInvalid);
    assert_fails(session(json!({ "patient": null })).renewed(&tokens(json!({})), 0), Code::LaunchContextInvalid);
}

#[test]
fn warnings_of_both_responses_are_kept_once() {
    let renewed = session(json!({ "expires_in": "x" }))
        .renewed(&tokens(json!({ "expires_in": "y", "scope": "a\tb" })), 0)
        .unwrap();
    let all_warnings = warnings(renewed.json());
    assert_eq!(all_warnings.iter().filter(|warning| **warning == "expires_in_invalid").count(), 1);
    assert!(all_warnings.contains(&"scope_malformed") && all_warnings.contains(&"a"));
}

#[test]
fn margin_is_at_most_a_quarter_of_the_lifetime() {
    let fresh_after = |lifetime: u64, wanted: u64, seconds: u64| {
        session(json!({ "expires_in": lifetime })).is_fresh(ISSUED + seconds * 1_000, wanted, 300)
    };
    assert!(fresh_after(3_600, 60, 3_539) && !fresh_after(3_600, 60, 3_540));
    assert!(fresh_after(40, 60, 29) && !fresh_after(40, 60, 30));
    assert!(fresh_after(3_600, u64::MAX, 2_699) && !fresh_after(3_600, u64::MAX, 2_700));
    assert!(fresh_after(3_600, 0, 3_599) && !fresh_after(3_600, 0, 3_600));
    assert!(!fresh_after(0, 0, 0));
}

#[test]
fn session_without_lifetime_and_refresh_token_is_valid_until_refused() {
    let endless = session(json!({ "expires_in": null, "refresh_token": null }));
    assert!(endless.is_fresh(u64::MAX, 60, 300) && !endless.is_expired(u64::MAX));
    let renewable = session(json!({ "expires_in": null }));
    assert!(renewable.is_fresh(ISSUED + 239_999, 60, 300) && !renewable.is_fresh(ISSUED + 240_000, 60, 300));
    assert!(!renewable.is_expired(u64::MAX));
}

#[test]
fn token_is_the_same_until_it_is_refreshed() {
    let session = session(json!({}));
    assert!(session.has_same_token(&session.with_refresh_token("")));
    assert!(!session.has_same_token(&session.renewed(&tokens(json!({})), ISSUED + 1).unwrap()));
    assert!(!session.has_same_token(&session.renewed(&tokens(json!({ "access_token": "new" })), ISSUED).unwrap()));
}

#[test]
fn session_is_newer_after_more_refreshes_of_its_own_family() {
    let before = session(json!({}));
    let after = before.with_refresh_token("another");
    assert!(after.is_newer(&before) && !before.is_newer(&after) && !before.is_newer(&before));
    assert!(after.renewed(&tokens(json!({})), ISSUED).unwrap().is_newer(&after));
    assert!(
        session_of_sign_in(json!({}), ISSUED + 1).is_newer(&before),
        "in the same generation, the session whose tokens were requested later is newer"
    );
    let other = session_of_sign_in(json!({ "state": "another-state" }), ISSUED).with_refresh_token("another");
    assert!(!other.is_newer(&before) && !before.is_newer(&other));
}

#[test]
fn record_of_this_version_is_read_and_no_other() {
    assert!(versioned(r#"{"v":1}"#).is_some());
    for record in [r#"{"v":2}"#, r#"{"v":0}"#, r#"{"v":"1"}"#, "{}", "", "[1]", "1", r#"{"v":1,"v":1}"#] {
        assert!(versioned(record).is_none(), "{record}");
    }
}

#[test]
fn debugging_shows_no_token() {
    let app = App::signed_in();
    let shown = format!("{:?}", app.resume().unwrap());
    assert!(!shown.contains("token-number"), "{shown}");
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn stored_session_is_read_back_equal(more in object(), state in object()) {
        let request = json(&ehr::with(request(), json!({ "appState": state })));
        let session = Session::new(Record::new(&request), &tokens(json!({ "__more": more })), ISSUED, false).unwrap();
        let read_session = Session::from_record(&session.json().to_text()).unwrap();
        prop_assert_eq!(read_session.json(), session.json());
        prop_assert_eq!(read_session.key(), session.key());
    }

    #[test]
    fn longer_lifetime_never_expires_earlier(
        lifetime in 0..4_000_000_000_u64, increase in 0..4_000_000_000_u64,
        needed in 0..4_000_u64, later in 0..5_000_000_000_000_u64,
    ) {
        let now = ISSUED + later;
        let short = session(json!({ "expires_in": lifetime }));
        let long = session(json!({ "expires_in": lifetime + increase }));
        prop_assert!(!short.is_fresh(now, needed, 300) || long.is_fresh(now, needed, 300));
        prop_assert!(!long.is_expired(now) || short.is_expired(now));
        prop_assert!(!short.is_fresh(now, needed, 300) || !short.is_expired(now));
    }
}

use super::{at, sign_in_with, valid_sign_in};
use crate::app::{App, assert_fails, code};
use crate::ehr;
use crate::host::{FakeResponse, together};
use crate::signing_keys::{KID, key, modulus, tokens};
use serde_json::json;
use smart_launch::error::Code;

fn app_without_keys() -> App {
    at(json!({}), json!({}))
}

/// An app that has just fetched the server's keys.
fn app_with_keys() -> App {
    let app = app_without_keys();
    valid_sign_in(&app).unwrap();
    app
}

fn fetch_count(app: &App) -> usize {
    app.tab.count("jwks")
}

/// A sign-in whose token is signed with a key that the server does not have, but names one that it has.
fn forged_sign_in(app: &App) -> &'static str {
    code(&sign_in_with(app, json!({}), &ehr::with(key(KID), json!({ "n": modulus(256, 0xEE) }))))
}

/// A sign-in whose token names an unknown key.
fn unknown_key_sign_in(app: &App) -> &'static str {
    code(&sign_in_with(app, json!({ "kid": "unknown" }), &key("unknown")))
}

#[test]
fn keys_are_fetched_once_for_many_sign_ins() {
    let app = app_without_keys();
    for _ in 0..20 {
        valid_sign_in(&app).unwrap();
    }
    assert_eq!(fetch_count(&app), 1);
}

#[test]
fn keys_are_fetched_once_for_sign_ins_side_by_side() {
    let app = app_without_keys();
    for number in 0..10 {
        app.begin(json!({})).unwrap();
        app.tab.responses.next("token", FakeResponse::ok(&tokens(&app, number, json!({}))));
    }
    app.tab.pace.set(3);
    let callbacks: Vec<String> = (0..10).map(|number| app.callback_of(number)).collect();
    let outcomes = together(callbacks.iter().map(|callback| app.complete_flow(callback)).collect());
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(Some(_)))));
    assert_eq!((fetch_count(&app), app.tab.held_locks()), (1, 0));
}

#[test]
fn keys_are_cached_for_five_minutes() {
    let app = app_with_keys();
    app.tab.pass_seconds(299);
    valid_sign_in(&app).unwrap();
    assert_eq!(fetch_count(&app), 1);
    app.tab.pass_seconds(1);
    valid_sign_in(&app).unwrap();
    assert_eq!(fetch_count(&app), 2);
}

#[test]
fn withdrawn_key_is_not_accepted_after_five_minutes() {
    let app = app_with_keys();
    app.tab.responses.always("jwks", FakeResponse::ok(&json!({ "keys": [key("new")] })));
    assert!(valid_sign_in(&app).is_ok());
    app.tab.pass_seconds(300);
    assert_fails(valid_sign_in(&app), Code::IdTokenInvalid);
}

#[test]
fn keys_are_not_cached_beyond_the_page() {
    let app = app_with_keys();
    assert!(app.tab.records.tab.borrow().keys().all(|key| !key.starts_with("jwks")));
    app.tab.reload();
    valid_sign_in(&app).unwrap();
    assert_eq!(fetch_count(&app), 2);
}

#[test]
fn keys_from_a_clock_that_was_wrong_are_fetched_again() {
    for seconds in [-3_600_i64, 3_600] {
        let app = app_with_keys();
        app.tab.clock.set(app.tab.clock.get().checked_add_signed(seconds * 1_000).unwrap());
        valid_sign_in(&app).unwrap();
        assert_eq!(fetch_count(&app), 2);
    }
}

#[test]
fn keys_are_fetched_again_for_an_unknown_key_once_a_minute() {
    let app = app_with_keys();
    for (passed, expected) in [(0, 2), (0, 2), (59, 2), (1, 3), (0, 3), (60, 4)] {
        app.tab.pass_seconds(passed);
        assert_eq!(unknown_key_sign_in(&app), "id_token_invalid");
        assert_eq!(fetch_count(&app), expected);
    }
    // A token that is signed with a known key is accepted meanwhile.
    assert_eq!((code(&valid_sign_in(&app)), fetch_count(&app)), ("ok", 4));
}

#[test]
fn bad_signature_of_a_known_key_fetches_the_keys_once_a_minute() {
    let app = app_with_keys();
    for (passed, expected) in [(0, 2), (0, 2), (59, 2), (1, 3), (0, 3), (60, 4)] {
        app.tab.pass_seconds(passed);
        assert_eq!(forged_sign_in(&app), "id_token_invalid");
        assert_eq!(fetch_count(&app), expected);
    }
    assert_eq!((code(&valid_sign_in(&app)), fetch_count(&app)), ("ok", 4));
}

#[test]
fn keys_are_fetched_at_most_twice_in_the_first_minute_for_invalid_tokens() {
    let app = app_without_keys();
    for number in 0..20 {
        assert_eq!(if number % 2 == 0 { forged_sign_in(&app) } else { unknown_key_sign_in(&app) }, "id_token_invalid");
    }
    assert!(fetch_count(&app) <= 2);
}

#[test]
fn new_key_is_found_at_once() {
    let app = app_with_keys();
    app.tab.responses.always("jwks", FakeResponse::ok(&json!({ "keys": [key(KID), key("new")] })));
    assert!(sign_in_with(&app, json!({ "kid": "new" }), &key("new")).is_ok());
    assert_eq!(fetch_count(&app), 2);
    assert!(valid_sign_in(&app).is_ok() && sign_in_with(&app, json!({ "kid": "new" }), &key("new")).is_ok());
    assert_eq!(fetch_count(&app), 2);
}

#[test]
fn new_key_is_found_at_once_if_the_known_ones_were_refetched_for_their_age() {
    let app = app_with_keys();
    app.tab.pass_seconds(300);
    valid_sign_in(&app).unwrap();
    app.tab.responses.always("jwks", FakeResponse::ok(&json!({ "keys": [key("new")] })));
    assert!(sign_in_with(&app, json!({ "kid": "new" }), &key("new")).is_ok());
    assert_eq!(fetch_count(&app), 3);
}

#[test]
fn failure_is_reported_and_not_cached() {
    for (response, expected) in [
        (FakeResponse::failed(Code::Timeout), Code::Timeout),
        (FakeResponse::failed(Code::Redirected), Code::Redirected),
        (FakeResponse::new(503, "text/html", "").retry_after(7), Code::HttpStatus),
        (FakeResponse::new(404, "application/json", "{}"), Code::HttpStatus),
        (FakeResponse::new(200, "text/html", "<html>"), Code::ContentType),
        (FakeResponse::new(200, "application/json", "{"), Code::JsonInvalid),
        (FakeResponse::new(200, "application/json", r#"{"keys":[],"keys":[]}"#), Code::JsonInvalid),
    ] {
        let app = app_without_keys();
        app.tab.responses.next("jwks", response.clone());
        assert_fails(valid_sign_in(&app), expected);
        assert!(app.tab.records.under("jwks:").is_empty() && app.resume().is_none());
        assert_eq!((code(&valid_sign_in(&app)), fetch_count(&app)), ("ok", 2));
        // Keys that are cached already stay in the cache after a failed request.
        let cached: Vec<String> = app.tab.records.under("jwks:").into_values().collect();
        app.tab.responses.next("jwks", response);
        assert_eq!(unknown_key_sign_in(&app), expected.as_str());
        assert_eq!(app.tab.records.under("jwks:").into_values().collect::<Vec<_>>(), cached);
        assert_eq!((code(&valid_sign_in(&app)), fetch_count(&app)), ("ok", 3));
    }
}

#[test]
fn keys_are_requested_once_more_after_a_network_or_server_error() {
    for failure in [
        FakeResponse::failed(Code::Network),
        FakeResponse::new(500, "text/html", ""),
        FakeResponse::json(503, &json!({})),
    ] {
        let app = app_without_keys();
        app.tab.responses.next("jwks", failure.clone());
        assert_eq!((code(&valid_sign_in(&app)), fetch_count(&app)), ("ok", 2));
        app.tab.reload();
        app.tab.responses.next("jwks", failure.clone());
        app.tab.responses.next("jwks", failure);
        assert!(["network", "http_status"].contains(&code(&valid_sign_in(&app))));
        assert_eq!((fetch_count(&app), app.tab.held_locks()), (4, 0));
        // The failure is not cached, and the code of each of the two sign-ins was used once.
        assert!(app.tab.records.under("jwks:").is_empty());
        assert_eq!(app.tab.count("token"), 2);
    }
}

#[test]
fn document_with_the_url_of_the_keys_is_requested_once_more_after_a_server_error() {
    let app = at(json!({ "jwks_uri": null }), json!({}));
    app.tab.responses.next("openid_discovery", FakeResponse::new(500, "text/html", ""));
    app.tab
        .responses
        .next("openid_discovery", FakeResponse::ok(&json!({ "issuer": ehr::ISSUER, "jwks_uri": ehr::JWKS })));
    assert_eq!((code(&valid_sign_in(&app)), app.tab.count("openid_discovery")), ("ok", 2));
}

#[test]
fn keys_of_one_kid_are_tried_without_more_requests() {
    let others: Vec<_> =
        (0..3).map(|number| ehr::with(key(KID), json!({ "n": modulus(256, 0xE0 + number) }))).collect();
    for (before, expected) in [(0, "ok"), (3, "ok")] {
        let app = app_without_keys();
        let keys = [&others[..before], &[key(KID)]].concat();
        app.tab.responses.always("jwks", FakeResponse::ok(&json!({ "keys": keys })));
        assert_eq!((code(&valid_sign_in(&app)), fetch_count(&app)), (expected, 1));
        // None of these keys has signed the next token.
        let forger = ehr::with(key(KID), json!({ "n": modulus(256, 0xEE) }));
        for _ in 0..5 {
            assert_eq!(code(&sign_in_with(&app, json!({}), &forger)), "id_token_invalid");
        }
        assert_eq!((fetch_count(&app), code(&valid_sign_in(&app)), fetch_count(&app)), (2, "ok", 2));
    }
}

#[test]
fn retry_after_is_respected() {
    let app = app_without_keys();
    app.tab.responses.next("jwks", FakeResponse::new(503, "text/html", "").retry_after(7));
    let error = valid_sign_in(&app).unwrap_err();
    assert_eq!((error.status(), error.retry_after(), error.retryable()), (503, Some(7), true));
}

#[test]
fn cached_keys_of_one_url_are_not_used_for_another() {
    let app = app_with_keys();
    let document = ehr::with(ehr::document(), json!({ "jwks_uri": "https://ehr.example/other/keys" }));
    app.tab.responses.always("discovery", FakeResponse::ok(&document));
    app.tab.responses.always("https://ehr.example/other/keys", FakeResponse::ok(&json!({ "keys": [key("other")] })));
    app.tab.records.page.borrow_mut().retain(|key, _| !key.starts_with("discovery:"));
    assert_fails(valid_sign_in(&app), Code::IdTokenInvalid);
    assert!(sign_in_with(&app, json!({ "kid": "other" }), &key("other")).is_ok());
}

#[test]
fn keys_are_fetched_again_if_the_cached_copy_is_corrupt() {
    for copy in ["", "{", "[]", "null", r#"{"keys":[]}"#, r#"{"keys":{},"fetched":"now","missed":"now"}"#] {
        let app = app_with_keys();
        for record in app
            .tab
            .records
            .page
            .borrow_mut()
            .iter_mut()
            .filter(|(key, _)| key.starts_with("jwks:"))
            .map(|(_, record)| record)
        {
            *record = copy.into();
        }
        assert_eq!((code(&valid_sign_in(&app)), fetch_count(&app)), ("ok", 2), "{copy}");
    }
}

#[test]
fn private_members_of_a_published_key_are_dropped() {
    let app = app_without_keys();
    let private = ehr::with(key(KID), json!({ "d": "c2VjcmV0LWV4cG9uZW50" }));
    app.tab.responses.always("jwks", FakeResponse::ok(&json!({ "keys": [private] })));
    // The scripted host verifies with the text of the key, which has only the public members.
    assert!(valid_sign_in(&app).is_ok());
}

//! Signed authorization responses (JARM).

use crate::app::{App, CODE, REDIRECT, assert_fails, json};
use crate::ehr;
use crate::host::{FakeResponse, run_flow};
use crate::signing_keys::{KID, header, key, signed};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use smart_launch::error::{Code, Result};
use smart_launch::flow::record::Stored;
use smart_launch::flow::sign_in;
use smart_launch::protocol::authorization_response::AuthorizationResponse;

/// An app with a pending sign-in in this response mode.
fn app(mode: &str) -> App {
    app_at(mode, json!({}))
}

/// An app with a pending sign-in in this response mode, at a server whose metadata has these changes.
fn app_at(mode: &str, metadata: Value) -> App {
    let app = App::with(json!({ "responseMode": mode }));
    app.tab.responses.always("discovery", FakeResponse::ok(&ehr::with(ehr::document(), metadata)));
    app.begin(json!({})).unwrap();
    app.tab.keep_secret(CODE);
    app
}

/// The claims of the response to the sign-in, with changes.
fn claims(app: &App, changes: Value) -> Value {
    let defaults = json!({
        "iss": ehr::ISSUER,
        "aud": "growth-chart",
        "exp": app.tab.clock.get() / 1_000 + 60,
        "code": CODE,
        "state": app.state(0),
    });
    ehr::with(defaults, changes)
}

fn token(app: &App, changes: Value) -> String {
    signed(&header(), &claims(app, changes), &key(KID))
}

/// Completes the sign-in as `ready` of a confidential client does.
fn complete(app: &App, input: &Value) -> Result<Option<Stored>> {
    let response = AuthorizationResponse::from_input_or_signed(&json(input)).unwrap()?;
    run_flow(app.flow(|host| sign_in::complete(host, app.settings(), &response)))
}

fn in_query(app: &App, token: &str) -> Result<Option<Stored>> {
    complete(app, &json!({ "url": format!("{REDIRECT}?response={token}") }))
}

/// Asserts that a response fails, and that the sign-in is still pending afterwards: the right response completes it.
#[track_caller]
fn assert_refused(app: &App, input: &Value, expected: Code) {
    assert_fails(complete(app, input), expected);
    assert_eq!(app.tab.count("token"), 0);
    app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(1)));
    assert!(in_query(app, &token(app, json!({}))).unwrap().is_some());
}

#[track_caller]
fn assert_claims_refused(changes: Value, expected: Code) {
    let app = app("query.jwt");
    let url = format!("{REDIRECT}?response={}", token(&app, changes));
    assert_refused(&app, &json!({ "url": url }), expected);
}

#[test]
fn signed_response_completes_the_sign_in_in_each_mode() {
    for (mode, arrives) in [
        ("jwt", json!({ "url": format!("{REDIRECT}?response=TOKEN") })),
        ("query.jwt", json!({ "url": format!("{REDIRECT}?response=TOKEN") })),
        ("query.jwt", json!({ "part": "?response=TOKEN" })),
        ("query.jwt", json!({ "part": "response=TOKEN" })),
        ("fragment.jwt", json!({ "url": format!("{REDIRECT}#response=TOKEN") })),
        ("fragment.jwt", json!({ "url": format!("{REDIRECT}#/route?response=TOKEN") })),
        ("form_post.jwt", json!({ "body": "response=TOKEN" })),
        ("form_post.jwt", json!({ "body": "response=TOKEN", "url": REDIRECT })),
    ] {
        let app = app(mode);
        let text = arrives.to_string().replace("TOKEN", &token(&app, json!({})));
        app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(1)));
        let stored = complete(&app, &serde_json::from_str(&text).unwrap()).unwrap();
        assert!(stored.is_some(), "{mode} {arrives}");
        assert_eq!(app.tab.count("jwks"), 1);
    }
}

#[test]
fn audience_may_be_a_list() {
    let app = app("jwt");
    app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(1)));
    assert!(in_query(&app, &token(&app, json!({ "aud": ["growth-chart"] }))).unwrap().is_some());
}

#[test]
fn parameters_outside_the_token_are_ignored() {
    let app = app("jwt");
    app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(1)));
    let url =
        format!("{REDIRECT}?code=other&state=other&error=access_denied&iss=x&response={}", token(&app, json!({})));
    assert!(complete(&app, &json!({ "url": url })).unwrap().is_some());
    assert!(app.tab.sent.borrow().last().unwrap().form.contains(&format!("code={CODE}&")));
}

#[test]
fn signed_error_is_the_server_s_refusal() {
    let app = app("jwt");
    let refusal = json!({ "code": null, "error": "access_denied", "error_description": "No." });
    let error = in_query(&app, &token(&app, refusal)).unwrap_err();
    assert_eq!((error.code(), error.oauth().text("description")), (Code::AuthorizationRefused, "No."));
}

#[test]
fn sign_in_that_the_page_withdraws_is_removed_and_nothing_else_is_accepted_without_a_signature() {
    let app = app("jwt");
    let state = app.state(0);
    let withdrawn = |body: String| complete(&app, &json!({ "body": body, "withdrawn": true }));
    assert_fails(withdrawn(format!("code={CODE}&state={state}")), Code::CallbackWrongMode);
    assert_fails(
        complete(&app, &json!({ "body": format!("error=access_denied&state={state}") })),
        Code::CallbackWrongMode,
    );
    assert_fails(withdrawn(format!("error=access_denied&state={state}")), Code::AuthorizationRefused);
    assert!(in_query(&app, &token(&app, json!({}))).unwrap().is_none());
    assert_eq!(app.tab.count("token"), 0);
}

#[test]
fn claims_are_checked() {
    assert_claims_refused(json!({ "iss": null }), Code::IssMissing);
    assert_claims_refused(json!({ "iss": "https://other.example" }), Code::IssMismatch);
    assert_claims_refused(json!({ "iss": ["https://ehr.example"] }), Code::CallbackMalformed);
    for aud in [json!(null), json!("another-client"), json!(["another-client"]), json!([]), json!({})] {
        assert_claims_refused(json!({ "aud": aud }), Code::CallbackMalformed);
    }
    for exp in [json!(null), json!(1), json!("9999999999"), json!(1e99)] {
        assert_claims_refused(json!({ "exp": exp }), Code::CallbackMalformed);
    }
    assert_claims_refused(json!({ "nbf": 9_999_999_999_u64 }), Code::CallbackMalformed);
    assert_claims_refused(json!({ "code": null }), Code::CallbackMalformed);
    assert_claims_refused(json!({ "code": 7 }), Code::CallbackMalformed);
    assert_claims_refused(json!({ "error": "access_denied" }), Code::CallbackMalformed);
    assert_claims_refused(json!({ "state": null }), Code::StateUnknown);
    assert_claims_refused(json!({ "state": "another" }), Code::StateUnknown);
    assert_claims_refused(json!({ "iss": null, "code": null, "error": "access_denied" }), Code::IssMissing);
}

#[test]
fn expiry_allows_for_the_clock_skew() {
    for (ago, is_accepted) in [(59, true), (60, false)] {
        let app = app("jwt");
        app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(1)));
        let expired = token(&app, json!({ "exp": app.tab.clock.get() / 1_000 - ago }));
        assert_eq!(in_query(&app, &expired).is_ok(), is_accepted, "{ago}");
    }
}

#[test]
fn signature_is_verified_before_a_code_or_an_error_is_used() {
    for changes in [json!({}), json!({ "code": null, "error": "access_denied" })] {
        let app = app("jwt");
        let mut forged = token(&app, changes);
        let last = if forged.ends_with('A') { 'B' } else { 'A' };
        forged.pop();
        forged.push(last);
        assert_refused(&app, &json!({ "url": format!("{REDIRECT}?response={forged}") }), Code::CallbackMalformed);
    }
}

#[test]
fn unsigned_and_symmetric_tokens_are_refused() {
    for algorithm in ["none", "None", "HS256", ""] {
        for has_signature in [true, false] {
            let app = app("jwt");
            let head = json!({ "alg": algorithm, "kid": KID });
            let mut forged = signed(&head, &claims(&app, json!({})), &key(KID));
            if !has_signature {
                forged.truncate(forged.rfind('.').unwrap() + 1);
            }
            assert_refused(&app, &json!({ "url": format!("{REDIRECT}?response={forged}") }), Code::CallbackMalformed);
        }
    }
}

#[test]
fn response_signed_with_an_algorithm_that_the_metadata_does_not_list_is_refused() {
    let listing = |list: Value| app_at("jwt", json!({ "authorization_signing_alg_values_supported": list }));
    let app = listing(json!(["ES256"]));
    assert_fails(in_query(&app, &token(&app, json!({}))), Code::CallbackMalformed);
    let app = listing(json!(["ES256", "RS256"]));
    app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(1)));
    assert!(in_query(&app, &token(&app, json!({}))).unwrap().is_some());
}

#[test]
fn encrypted_response_is_refused_with_an_error_that_says_so() {
    let app = app("jwt");
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#);
    let url = format!("{REDIRECT}?response={header}.AA.AA.AA.AA");
    let error = complete(&app, &json!({ "url": url })).unwrap_err();
    assert_eq!(error.code(), Code::CallbackMalformed);
    assert!(error.to_string().contains("encrypted"), "{error}");
}

#[test]
fn unsigned_response_is_refused_if_a_signed_one_was_requested() {
    for fields in [format!("code={CODE}"), "error=access_denied".into()] {
        for input in ["url", "part", "bare", "body"] {
            let app = app("jwt");
            let parameters = format!("{fields}&state={}", app.state(0));
            let input = match input {
                "url" => json!({ "url": format!("{REDIRECT}?{parameters}") }),
                "part" => json!({ "part": format!("?{parameters}") }),
                "bare" => json!({ "part": parameters }),
                _ => json!({ "body": parameters }),
            };
            assert_refused(&app, &input, Code::CallbackWrongMode);
        }
    }
}

#[test]
fn signed_response_is_refused_if_it_was_not_requested() {
    let app = App::new();
    app.begin(json!({})).unwrap();
    let url = format!("{REDIRECT}?response={}", token(&app, json!({})));
    assert_fails(complete(&app, &json!({ "url": url })), Code::CallbackWrongMode);
    assert_eq!(app.tab.count("jwks") + app.tab.count("token"), 0);
}

#[test]
fn response_in_another_mode_than_the_requested_one_is_refused() {
    for (mode, mark) in [("query.jwt", "#"), ("jwt", "#"), ("fragment.jwt", "?"), ("form_post.jwt", "?")] {
        let app = app(mode);
        let url = format!("{REDIRECT}{mark}response={}", token(&app, json!({})));
        assert_fails(complete(&app, &json!({ "url": url })), Code::CallbackWrongMode);
    }
}

#[test]
fn url_with_two_responses_is_refused() {
    let app = app("jwt");
    let token = token(&app, json!({}));
    let in_query_twice = format!("{REDIRECT}?response={token}&response={token}");
    assert_refused(&app, &json!({ "url": in_query_twice }), Code::CallbackDuplicateParam);
    let app = self::app("jwt");
    let in_both_parts = format!("{REDIRECT}?response={token}#response={token}");
    assert_refused(&app, &json!({ "url": in_both_parts }), Code::CallbackWrongMode);
}

#[test]
fn response_at_another_url_than_the_redirect_uri_is_refused() {
    let app = app("jwt");
    let elsewhere = format!("https://app.example/elsewhere?response={}", token(&app, json!({})));
    assert_refused(&app, &json!({ "url": elsewhere }), Code::CallbackMalformed);
}

#[test]
fn second_use_of_a_response_returns_no_second_session() {
    let app = app("jwt");
    app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(1)));
    let response = token(&app, json!({}));
    assert!(in_query(&app, &response).unwrap().is_some());
    let stored = in_query(&app, &response).unwrap().unwrap();
    assert_eq!(stored.session.access_token(), ehr::access_token(1));
    assert_eq!(app.tab.count("token"), 1);
}

#[test]
fn text_that_is_no_token_is_no_signed_response() {
    let app = App::new();
    app.begin(json!({})).unwrap();
    let url = format!("{}&response=a.b", app.callback());
    assert_fails(complete(&app, &json!({ "url": url })), Code::CallbackWrongMode);
}

#[test]
fn server_that_cannot_sign_responses_is_refused_before_the_user_leaves() {
    let begin = |metadata: Value| {
        let app = App::with(json!({ "responseMode": "form_post.jwt" }));
        app.tab.responses.always("discovery", FakeResponse::ok(&ehr::with(ehr::document(), metadata)));
        let begun = app.begin(json!({}));
        assert_eq!(app.tab.records.under("smart-launch:sign-in:").is_empty(), begun.is_err());
        begun
    };
    assert_fails(begin(json!({ "issuer": null })), Code::ConfigInvalid);
    assert_fails(begin(json!({ "response_modes_supported": ["query", "jwt"] })), Code::ConfigInvalid);
    for unverifiable in [json!(["HS256"]), json!(["none"]), json!(["PS512", "ES512"]), json!([7])] {
        let metadata = json!({ "authorization_signing_alg_values_supported": unverifiable });
        assert_fails(begin(metadata), Code::ConfigInvalid);
    }
    begin(json!({ "authorization_signing_alg_values_supported": ["HS256", "ES384"] })).unwrap();
    begin(json!({ "response_modes_supported": ["form_post.jwt"] })).unwrap();
    begin(json!({})).unwrap();
}

#[test]
fn response_mode_of_one_sign_in_replaces_the_configured_one() {
    let app = App::with(json!({ "responseMode": "jwt" }));
    app.begin(json!({ "responseMode": "query" })).unwrap();
    app.complete_with(FakeResponse::ok(&ehr::tokens(1))).unwrap();
}

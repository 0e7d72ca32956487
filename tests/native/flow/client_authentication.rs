use crate::app::{App, SESSIONS, assert_fails, code};
use crate::arbitrary::cases;
use crate::confidential::{INTROSPECT, SECRET, app, app_at, by_key, methods, signed_in};
use crate::ehr;
use crate::host::{FakeResponse, Sent, Server, read_assertion, run_flow};
use proptest::prelude::*;
use serde_json::{Value, json};
use smart_launch::error::{Code, Result};
use smart_launch::flow::inquiry;
use smart_launch::flow::refresh::Need;
use smart_launch::protocol::introspection::Introspection;
use smart_launch::protocol::json::Json;
use smart_launch::protocol::revocation::TokenKind;
use std::collections::BTreeSet;
use std::rc::Rc;

fn introspect(app: &App) -> Result<Json> {
    let key = app.key();
    run_flow(app.flow(|host| inquiry::introspect(host, app.settings(), &key, "", TokenKind::ACCESS, true)))
        .map(Introspection::into_json)
}

/// Requests with form fields.
fn form_requests(app: &App) -> Vec<Sent> {
    app.tab.sent.borrow().iter().filter(|sent| !sent.form.is_empty()).cloned().collect()
}

fn claims(sent: &Sent) -> Value {
    read_assertion(&sent.field("client_assertion")).1
}

fn audience(app: &App) -> Value {
    claims(&app.tab.last())["aud"].clone()
}

/// The session's record as it is stored.
fn record(app: &App) -> String {
    app.tab.records.under(SESSIONS).into_values().next().expect("a session")
}

/// The scripted host checks each request against the settings.
#[test]
fn every_form_request_is_authenticated() {
    for method in methods() {
        let app = signed_in(method);
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
        app.token(Need::New).unwrap();
        app.tab.responses.next("introspection", FakeResponse::ok(&json!({ "active": true })));
        introspect(&app).unwrap();
        app.tab.responses.always("revocation", FakeResponse::new(200, "", ""));
        assert_eq!(app.sign_out("").revoked, Some(true));
        let purposes: Vec<&str> = form_requests(&app).iter().map(|sent| sent.purpose).collect();
        assert_eq!(purposes, ["token", "refresh", "introspection", "revocation", "revocation"]);
    }
}

#[test]
fn introspection_by_the_access_token_has_no_other_authorization() {
    let app = signed_in(by_key("ES384"));
    app.tab.responses.next("introspection", FakeResponse::ok(&json!({ "active": true })));
    let key = app.key();
    run_flow(app.flow(|host| inquiry::introspect(host, app.settings(), &key, "", TokenKind::ACCESS, false))).unwrap();
    let sent = app.tab.last();
    assert_eq!(sent.authorization, format!("Bearer {}", ehr::access_token(1)));
    assert_eq!(sent.field("client_assertion"), "");
}

#[test]
fn header_of_an_assertion_has_the_members_of_the_settings() {
    let members = json!({
        "jku": "https://app.example/keys.json",
        "header": { "typ": "client-authentication+jwt", "iris": [1, { "a": "b" }] },
    });
    let app = signed_in(ehr::with(by_key("RS384"), members));
    let (header, claims) = read_assertion(&app.tab.last().field("client_assertion"));
    assert_eq!(
        header,
        json!({
            "alg": "RS384", "kid": "eee9f17a3b598fd86417a980b591fbe6", "jku": "https://app.example/keys.json",
            "typ": "client-authentication+jwt", "iris": [1, { "a": "b" }],
        })
    );
    let names: Vec<&String> = claims.as_object().unwrap().keys().collect();
    assert_eq!(names, ["iss", "sub", "aud", "exp", "iat", "jti"]);
}

#[test]
fn audience_is_the_url_of_the_token_request() {
    let url = "https://ehr.example/auth/token?tenant=1";
    let app = app_at(by_key("RS384"), json!({ "token_endpoint": url }));
    app.sign_in(&ehr::tokens(1)).unwrap();
    assert_eq!((app.tab.last().url, audience(&app)), (url.into(), json!(url)));
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
    app.token(Need::New).unwrap();
    assert_eq!(audience(&app), json!(url));
}

#[test]
fn audience_at_other_endpoints_is_the_issuer_if_it_is_at_their_origin_or_else_the_url() {
    for (issuer, expected) in
        [(json!(ehr::ISSUER), ehr::ISSUER), (json!(null), INTROSPECT), (json!("https://other.example"), INTROSPECT)]
    {
        let app = app_at(by_key("RS384"), json!({ "issuer": issuer }));
        app.sign_in(&ehr::tokens(1)).unwrap();
        app.tab.responses.next("introspection", FakeResponse::ok(&json!({ "active": true })));
        introspect(&app).unwrap();
        assert_eq!(audience(&app), json!(expected));
    }
}

#[test]
fn audience_can_be_the_issuer_or_any_text() {
    for (audience_option, expected) in [("issuer", ehr::ISSUER), ("urn:the-server", "urn:the-server")] {
        for method in [by_key("ES384"), json!({ "secret": SECRET, "method": "client_secret_jwt" })] {
            let app = signed_in(ehr::with(method, json!({ "audience": audience_option })));
            assert_eq!(audience(&app), json!(expected));
        }
    }
}

/// A malicious server could state the issuer of another server, and use the assertion there (RFC 10070).
#[test]
fn issuer_at_another_origin_is_an_audience_only_if_the_settings_name_it() {
    let auth = ehr::with(by_key("RS384"), json!({ "audience": "issuer" }));
    for issuer in [json!("https://other.example"), json!(null)] {
        let app = app_at(auth.clone(), json!({ "issuer": issuer }));
        app.begin(json!({})).unwrap();
        let error = app.complete(&app.callback()).unwrap_err();
        assert_eq!(error.code(), Code::ConfigInvalid);
        assert!(error.to_string().contains("`audience` is the issuer"), "{error}");
        assert_eq!(app.tab.count("token"), 0);
    }
    let app = App::with(json!({ "clientAuth": auth, "metadataIssuer": "https://other.example" }));
    app.tab.keys.add("RS384", crate::confidential::key("RS384"));
    let stated = json!({ "issuer": "https://other.example" });
    app.tab.responses.always("discovery", FakeResponse::ok(&ehr::with(ehr::document(), stated)));
    app.sign_in(&ehr::tokens(1)).unwrap();
    assert_eq!(audience(&app), json!("https://other.example"));
}

#[test]
fn sign_in_with_a_method_that_the_metadata_excludes_cannot_begin() {
    let name = "token_endpoint_auth_methods_supported";
    for (auth, method_name) in methods().into_iter().zip([
        "basic",
        "basic",
        "post",
        "secret_jwt",
        "secret_jwt",
        "private_key_jwt",
        "private_key_jwt",
    ]) {
        let all = ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"];
        let others: Vec<&str> = all.into_iter().filter(|other| !other.contains(method_name)).collect();
        assert_eq!(others.len(), 3);
        let app = app_at(auth.clone(), json!({ name: others }));
        let error = app.begin(json!({})).unwrap_err();
        assert_eq!(error.code(), Code::ConfigInvalid);
        assert!(error.to_string().contains(method_name) && error.to_string().contains(name), "{error}");
        assert!(form_requests(&app).is_empty() && app.tab.records.under(crate::app::SIGN_INS).is_empty());
        for list in [json!(all), json!([]), json!(null), json!("none")] {
            let app = app_at(auth.clone(), json!({ name: list }));
            assert_eq!(code(&app.sign_in(&ehr::tokens(1))), "ok", "{list}");
        }
    }
}

#[test]
fn sign_in_with_an_algorithm_that_the_metadata_excludes_cannot_begin() {
    let name = "token_endpoint_auth_signing_alg_values_supported";
    let app = app_at(by_key("ES384"), json!({ name: ["RS384", "RS256"] }));
    let error = app.begin(json!({})).unwrap_err();
    assert_eq!(error.code(), Code::ConfigInvalid);
    assert!(error.to_string().contains("`ES384`") && error.to_string().contains(name), "{error}");
    for method in [by_key("RS384"), json!({ "secret": SECRET })] {
        let app = app_at(method, json!({ name: ["RS384", "RS256"] }));
        assert_eq!(code(&app.sign_in(&ehr::tokens(1))), "ok");
    }
}

#[test]
fn algorithm_that_was_excluded_at_sign_in_is_not_used_later() {
    let lists = json!({ "token_endpoint_auth_signing_alg_values_supported": ["RS384"] });
    let app = app_at(by_key("RS384"), lists);
    app.sign_in(&ehr::tokens(1)).unwrap();
    // As if the server had listed only another algorithm at sign-in.
    for record in app.tab.records.tab.borrow_mut().values_mut() {
        *record = record.replace("RS384", "ES512");
    }
    let before = record(&app);
    assert_fails(app.token(Need::New), Code::ConfigInvalid);
    assert_eq!((app.tab.count("refresh"), record(&app)), (0, before));
}

fn refusals() -> Vec<FakeResponse> {
    let error_response = |status, error: &str, description: &str| {
        FakeResponse::json(status, &json!({ "error": error, "error_description": description }))
    };
    vec![
        error_response(400, "invalid_client", ""),
        error_response(401, "invalid_client", "client authentication failed"),
        error_response(400, "invalid_request", "Invalid client assertion audience"),
        error_response(400, "invalid_request", "Client must have a JWK Set URL"),
        error_response(400, "invalid_request", "Invalid secret"),
        error_response(400, "invalid_grant", "Incorrect client secret"),
    ]
}

#[test]
fn refused_client_is_an_error_of_the_app_and_is_not_tried_again() {
    for method in methods() {
        for refusal in refusals() {
            let app = app(method.clone());
            app.begin(json!({})).unwrap();
            let error = app.complete_with(refusal.clone()).unwrap_err();
            assert_eq!((error.code(), error.retryable()), (Code::ConfigInvalid, false));
            assert!(error.to_string().contains("`clientAuth`") && !error.oauth().text("error").is_empty(), "{error}");
            assert!(error.status() >= 400 && app.tab.count("token") == 1);
        }
    }
}

/// Even if the access token has expired, users stay signed in until the app has corrected its settings.
#[test]
fn refused_client_keeps_the_session_and_its_refresh_token() {
    for method in methods() {
        for refusal in refusals() {
            let app = signed_in(method.clone());
            app.tab.pass_seconds(4_000);
            let before = record(&app);
            for need in [Need::Use, Need::New] {
                app.tab.responses.next("refresh", refusal.clone());
                let error = app.token(need).unwrap_err();
                assert_eq!((error.code(), error.end_reason()), (Code::ConfigInvalid, ""));
            }
            assert_eq!((app.tab.count("refresh"), record(&app)), (2, before));
            app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
            app.token(Need::Use).unwrap();
            assert_eq!(app.tab.last().field("refresh_token"), ehr::refresh_token(1));
        }
    }
}

#[test]
fn other_refusals_are_handled_as_for_public_clients() {
    let app = signed_in(json!({ "secret": SECRET }));
    app.tab.responses.next("refresh", FakeResponse::json(400, &json!({ "error": "invalid_grant" })));
    assert_fails(app.token(Need::New), Code::RefreshRejected);
    let app = signed_in(json!({ "secret": SECRET }));
    app.tab.responses.next("refresh", FakeResponse::json(400, &json!({ "error": "invalid_request" })));
    assert_fails(app.token(Need::New), Code::TokenRefused);
}

#[test]
fn refused_client_is_still_signed_out_in_the_browser() {
    let app = signed_in(json!({ "secret": SECRET }));
    app.tab.responses.always("revocation", FakeResponse::json(401, &json!({ "error": "invalid_client" })));
    let error = app.sign_out("").error.unwrap();
    assert_eq!((error.code(), error.oauth().text("error")), (Code::LogoutRemoteFailed, "invalid_client"));
    assert!(app.tab.records.under(SESSIONS).is_empty());
}

#[test]
fn key_that_is_missing_or_of_another_algorithm_is_an_error_of_the_app() {
    for auth in [json!({ "key": "lost" }), json!({ "key": "RS384", "alg": "RS256" })] {
        let app = app(auth);
        app.begin(json!({})).unwrap();
        assert_fails(app.complete(&app.callback()), Code::ConfigInvalid);
        assert_eq!(app.tab.count("token"), 0);
    }
}

#[test]
fn refresh_token_does_not_count_as_sent_if_signing_fails() {
    let app = signed_in(by_key("RS384"));
    app.tab.pass_seconds(4_000);
    let before = record(&app);
    app.tab.keys.unreachable.set(true);
    for _ in 0..5 {
        assert_fails(app.token(Need::New), Code::Network);
    }
    assert_eq!((app.tab.count("refresh"), record(&app)), (0, before));
    app.tab.keys.unreachable.set(false);
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
    app.token(Need::New).unwrap();
}

#[test]
fn sign_out_works_if_the_revocation_cannot_be_signed() {
    let app = signed_in(by_key("RS384"));
    app.tab.keys.unreachable.set(true);
    let ended = app.sign_out("");
    assert_eq!(ended.error.unwrap().code(), Code::LogoutRemoteFailed);
    assert!(app.tab.records.under(SESSIONS).is_empty() && app.tab.count("revocation") == 0);
}

#[test]
fn texts_of_the_server_that_repeat_the_secret_are_left_out() {
    let secret = "a secret+of/the%app";
    for auth in [
        json!({ "secret": secret, "basicEncoding": "raw" }),
        json!({ "secret": secret, "basicEncoding": "form" }),
        json!({ "secret": secret, "method": "client_secret_post" }),
        json!({ "secret": secret, "method": "client_secret_jwt" }),
    ] {
        let app = app(auth);
        for echoed in [secret, "a%20secret%2Bof%2Fthe%25app", "a+secret%2Bof%2Fthe%25app"] {
            for error in ["invalid_client", "invalid_grant"] {
                app.begin(json!({})).unwrap();
                let last = app.states.borrow().len() - 1;
                let error_body = json!({ "error": error, "error_description": format!("no {echoed}") });
                app.tab.responses.next("token", FakeResponse::json(400, &error_body));
                let error = app.complete(&app.callback_of(last)).unwrap_err();
                assert_eq!(error.oauth().text("description"), "", "{echoed}");
            }
        }
    }
}

#[test]
fn texts_of_the_server_that_repeat_the_assertion_are_left_out() {
    let app = signed_in(by_key("ES384"));
    let server: Server = Rc::new(|sent: &Sent| {
        let description = format!("bad assertion {}", sent.field("client_assertion"));
        Some(FakeResponse::json(401, &json!({ "error": "invalid_client", "error_description": description })))
    });
    app.tab.responses.serve(&server);
    let error = app.token(Need::New).unwrap_err();
    assert_eq!((error.oauth().text("error"), error.oauth().text("description")), ("invalid_client", ""));
}

proptest! {
    #![proptest_config(cases(60))]

    /// The requests are lost, refused or accepted. The scripted host refuses an assertion that it receives twice.
    #[test]
    fn no_assertion_is_used_twice(
        outcomes in proptest::collection::vec(0..6_usize, 1..12), hashed in any::<bool>(), pace in 0..3_usize,
    ) {
        let method = if hashed { json!({ "secret": SECRET, "method": "client_secret_jwt" }) } else { by_key("ES384") };
        let app = signed_in(method);
        app.tab.pace.set(pace);
        let mut expected = 1;
        for (number, outcome) in outcomes.iter().enumerate() {
            app.tab.pass_seconds(100);
            let response = match outcome {
                0 => FakeResponse::failed(Code::Network),
                1 => FakeResponse::failed(Code::Timeout),
                2 => FakeResponse::json(401, &json!({ "error": "invalid_client" })),
                3 => FakeResponse::new(503, "", ""),
                4 => FakeResponse::json(400, &json!({ "error": "invalid_request" })),
                _ => FakeResponse::ok(&ehr::tokens(number as u64 + 2)),
            };
            app.tab.responses.always("refresh", response);
            let before = app.tab.count("refresh");
            let outcome = app.token(Need::New);
            expected += app.tab.count("refresh") - before;
            prop_assert!(app.tab.count("refresh") <= before + 1, "one request for one call");
            if outcome.is_err_and(|error| !error.end_reason().is_empty()) {
                break;
            }
        }
        let form_requests = form_requests(&app);
        let used: BTreeSet<String> = form_requests.iter().map(|sent| claims(sent)["jti"].to_string()).collect();
        prop_assert_eq!((used.len(), form_requests.len()), (expected, expected));
    }

    #[test]
    fn no_output_contains_a_secret(method_index in 0..5_usize, kind in 0..5_usize, status in 200_u64..600, words in "[ a-z]{0,9}") {
        let app = app(methods()[method_index].clone());
        let response = |secret: &str| match kind {
            0 => FakeResponse::failed(Code::Network),
            1 => FakeResponse::json(status, &json!({ "error": "invalid_client", "error_description": format!("{words}{secret}") })),
            2 => FakeResponse::json(status, &json!({ "error": secret, "hint": secret, "error_uri": secret })),
            3 => FakeResponse::new(status, "text/html", secret),
            _ => FakeResponse::ok(&ehr::with(ehr::tokens(1), json!({ "token_type": secret }))),
        };
        let shown = |outcome: Result<String>| {
            outcome.unwrap_or_else(|error| format!("{error} {error:?} {}", error.to_json().to_text()))
        };
        app.begin(json!({})).unwrap();
        app.tab.responses.next("token", response(SECRET));
        let first = shown(app.complete(&app.callback()).map(|stored| format!("{stored:?}")));
        app.sign_in(&ehr::tokens(1)).unwrap();
        app.tab.responses.next("refresh", response(SECRET));
        let second = shown(app.token(Need::New).map(|valid| format!("{valid:?}")));
        app.tab.responses.always("revocation", response(SECRET));
        let third = shown(app.sign_out("").error.map_or(Ok(String::new()), Err));
        for shown in [first, second, third] {
            prop_assert!(!shown.contains(SECRET), "{}", shown);
        }
    }
}

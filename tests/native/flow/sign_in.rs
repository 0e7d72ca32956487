use crate::app::{App, CODE, REDIRECT, SESSIONS, SIGN_INS, assert_fails, code, json, options, value, warnings};
use crate::ehr;
use crate::host::{FakeResponse, run_flow, sha256, together};
use serde_json::{Value, json};
use smart_launch::error::{Code, Result};
use smart_launch::flow::record::Stored;
use smart_launch::flow::resume;
use smart_launch::flow::sign_in;
use smart_launch::protocol::authorization::Options;
use smart_launch::protocol::authorization_response::AuthorizationResponse;
use smart_launch::protocol::session::Session;
use smart_launch::protocol::settings::Settings;

/// The parameters of an authorization request by GET.
fn fields(request: &Value) -> Vec<(String, String)> {
    let url = url::Url::parse(request["url"].as_str().unwrap()).unwrap();
    url.query_pairs().into_owned().collect()
}

const PUSHED: &str = "https://ehr.example/auth/par";

/// An app at a server to which requests can be pushed.
fn app_that_pushes(changes: Value, document: Value) -> App {
    let app = App::with(changes);
    let document = ehr::with(json!({ "pushed_authorization_request_endpoint": PUSHED }), document);
    app.tab.responses.always("discovery", FakeResponse::ok(&ehr::with(ehr::document(), document)));
    app.tab
        .responses
        .always("pushed", FakeResponse::json(201, &json!({ "request_uri": "urn:example:1", "expires_in": 60 })));
    app
}

#[test]
fn request_is_pushed_where_the_server_requires_it_or_the_app_wants_it_or_with_auto_if_its_url_is_long() {
    let long = "patient/Observation.rs ".repeat(100);
    let required = json!({ "require_pushed_authorization_requests": true });
    let no_post = json!({ "capabilities": ["launch-standalone"] });
    for (changes, document, sign_in_options, is_pushed) in [
        (json!({}), json!({}), json!({}), false),
        (json!({}), required.clone(), json!({}), true),
        (json!({ "authorizeMethod": "GET" }), required, json!({}), true),
        (json!({ "authorizeMethod": "push" }), json!({}), json!({}), true),
        (json!({}), json!({}), json!({ "authorizeMethod": "push" }), true),
        (json!({}), no_post.clone(), json!({ "scope": long }), true),
        (json!({}), json!({}), json!({ "scope": long }), false),
        (json!({ "authorizeMethod": "GET" }), no_post, json!({ "scope": long }), false),
    ] {
        let app = app_that_pushes(changes, document);
        let request = value(app.begin(sign_in_options).unwrap().request.json());
        let sent = app.tab.last();
        assert_eq!(sent.purpose == "pushed", is_pushed);
        if is_pushed {
            let url = format!("{}?client_id=growth-chart&request_uri=urn%3Aexample%3A1", ehr::AUTHORIZE);
            assert_eq!((&request["url"], &sent.url), (&json!(url), &PUSHED.to_owned()));
            for field in ["response_type=code&client_id=growth-chart&", "&aud=", "&resource=", "&code_challenge="] {
                assert!(sent.form.contains(field), "{}", sent.form);
            }
            assert!(!sent.form.contains("request_uri=urn"));
            assert!(sent.form.contains(&format!("&state={}&", app.state(0))));
        }
    }
}

#[test]
fn sign_in_with_a_pushed_request_is_completed_as_any_other() {
    let app = app_that_pushes(json!({ "authorizeMethod": "push" }), json!({}));
    app.begin(json!({})).unwrap();
    let stored = app.complete_with(FakeResponse::ok(&ehr::tokens(1))).unwrap();
    assert_eq!(stored.session.access_token(), ehr::access_token(1));
}

#[test]
fn request_that_could_not_be_pushed_leaves_no_sign_in() {
    for response in [
        FakeResponse::json(400, &json!({ "error": "invalid_request" })),
        FakeResponse::json(201, &json!({})),
        FakeResponse::new(413, "text/html", ""),
        FakeResponse::failed(Code::Network),
        FakeResponse::failed(Code::Timeout),
        FakeResponse::failed(Code::Redirected),
    ] {
        let app = app_that_pushes(json!({ "authorizeMethod": "push" }), json!({}));
        app.tab.responses.always("pushed", response);
        let error = app.begin(json!({})).unwrap_err();
        assert_eq!(error.to_json().text("purpose"), "pushed");
        assert!(app.tab.records.under(SIGN_INS).is_empty());
    }
    let none = App::with(json!({ "authorizeMethod": "push" }));
    assert_fails(none.begin(json!({})), Code::ConfigInvalid);
}

#[test]
fn page_without_the_part_for_pushed_requests_has_to_load_it() {
    let app = app_that_pushes(json!({ "authorizeMethod": "push" }), json!({}));
    let options = json(&json!({}));
    let begun = run_flow(app.flow(|host| sign_in::begin::<false>(host, app.settings(), Options::read(&options)?)));
    assert!(begun.unwrap().is_none());
    assert_eq!(app.tab.last().purpose, "discovery");
    assert!(app.tab.records.under(SIGN_INS).is_empty());
}

#[test]
fn request_has_the_specification_s_parameters_in_its_order() {
    let app = App::new();
    let request = value(app.begin(json!({})).unwrap().request.json());
    let fields = fields(&request);
    let verifier = &json_record(&app, 0)["verifier"];
    let challenge = sha256(verifier.as_str().unwrap());
    let expected = [
        ("response_type", "code"),
        ("client_id", "growth-chart"),
        ("scope", ehr::SCOPE),
        ("redirect_uri", REDIRECT),
        ("aud", ehr::BASE),
        ("state", &app.state(0)),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let expected: Vec<(String, String)> = expected.map(|(name, value)| (name.into(), value.into())).into();
    assert_eq!(fields, expected);
    assert_eq!(request["method"], "GET");
    assert_eq!(request["state"], app.state(0));
}

fn json_record(app: &App, number: usize) -> Value {
    let key = format!("{SIGN_INS}{}", app.state(number));
    serde_json::from_str(&app.tab.records.under(&key)[&key]).unwrap()
}

#[test]
fn state_verifier_and_nonce_are_fresh_and_distinct() {
    let app = App::with(json!({ "scope": "openid fhirUser" }));
    let mut values = Vec::new();
    for number in 0..3 {
        app.begin(json!({})).unwrap();
        let record = json_record(&app, number);
        values.extend(["state", "verifier", "nonce"].map(|name| record[name].as_str().unwrap().to_owned()));
    }
    assert!(values.iter().all(|value| value.len() == 43));
    values.sort();
    values.dedup();
    assert_eq!(values.len(), 9);
}

#[test]
fn nonce_is_sent_if_openid_is_requested() {
    let app = App::new();
    assert!(json_record_after(&app, json!({}))["nonce"].is_null());
    assert!(json_record_after(&app, json!({ "scope": "openid fhirUser" }))["nonce"].is_string());
}

fn json_record_after(app: &App, options: Value) -> Value {
    app.begin(options).unwrap();
    json_record(app, app.states.borrow().len() - 1)
}

#[test]
fn verifier_is_not_in_the_request() {
    let app = App::new();
    let begun = app.begin(json!({})).unwrap();
    let verifier = json_record(&app, 0)["verifier"].as_str().unwrap().to_owned();
    assert!(!begun.request.json().to_text().contains(&verifier));
}

#[test]
fn ehr_launch_sends_the_handle_and_requests_the_scope_launch() {
    let app = App::new();
    let begun = app.launch("https://app.example/launch?iss=https%3A%2F%2Fehr.example%2Ffhir&launch=xyz%20123").unwrap();
    let fields = fields(&value(begun.request.json()));
    assert!(fields.contains(&("launch".into(), "xyz 123".into())));
    assert!(fields.contains(&("scope".into(), format!("launch {}", ehr::SCOPE))));
    assert!(fields.contains(&("aud".into(), ehr::BASE.into())));
}

#[test]
fn standalone_launch_does_not_request_the_scope_launch_and_sends_no_handle() {
    let app = App::with(json!({ "scope": "launch launch/patient" }));
    let fields = fields(&value(app.begin(json!({})).unwrap().request.json()));
    assert!(fields.contains(&("scope".into(), "launch/patient".into())));
    assert!(!fields.iter().any(|(name, _)| name == "launch"));
}

#[test]
fn fifty_concurrent_sign_ins_read_the_metadata_once() {
    let app = App::new();
    app.tab.pace.set(2);
    let begun = together((0..50).map(|_| app.begin_flow(json!({}))).collect());
    assert!(begun.iter().all(Result::is_ok));
    assert_eq!(app.tab.count("discovery"), 1);
    assert_eq!(app.tab.records.under(SIGN_INS).len(), 50);
}

#[test]
fn sign_in_that_cannot_begin_stores_nothing() {
    let app = App::new();
    app.tab.responses.always("discovery", FakeResponse::failed(Code::Network));
    assert_fails(app.begin(json!({})), Code::Network);
    assert!(app.tab.records.under("").is_empty());
}

#[test]
fn abandoned_sign_ins_are_removed() {
    let app = App::pending();
    app.tab.records.tab.borrow_mut().insert(format!("{SIGN_INS}corrupt"), "{".into());
    app.tab.pass_seconds(3_601);
    app.begin(json!({})).unwrap();
    assert_eq!(app.tab.records.under(SIGN_INS).len(), 1);
}

#[test]
fn callback_is_exchanged_once() {
    let app = App::pending();
    let stored = app.complete_with(FakeResponse::ok(&ehr::tokens(1))).unwrap();
    assert_eq!(stored.session.access_token(), ehr::access_token(1));
    let repeated = app.complete(&app.callback()).unwrap().unwrap();
    assert_eq!(repeated.session.access_token(), ehr::access_token(1), "the session that the first call created");
    assert_eq!(app.tab.count("token"), 1);
    app.tab.responses.always("revocation", FakeResponse::new(200, "", ""));
    app.tab.records.tab.borrow_mut().clear();
    assert!(app.complete(&app.callback()).unwrap().is_none());
    assert_eq!(app.tab.count("token"), 1);
}

#[test]
fn sign_out_during_the_exchange_is_not_undone() {
    let app = App::pending();
    app.tab.responses.always("revocation", FakeResponse::new(200, "", ""));
    app.tab.responses.hold("token");
    let callback = app.callback();
    let mut flow = app.complete_flow(&callback);
    while app.tab.count("token") == 0 {
        assert!(crate::host::step(&mut flow).is_none());
    }
    app.sign_out("");
    app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(1)));
    app.tab.responses.release("token");
    assert_fails(run_flow(flow), Code::SignedOut);
    assert!(app.resume().is_none());
    assert_eq!(app.tab.count("revocation"), 2, "tokens that no session uses are revoked");
}

#[test]
fn callback_that_is_handled_twice_at_once_is_exchanged_once() {
    let app = App::pending();
    app.tab.pace.set(2);
    app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(1)));
    let callback = app.callback();
    let outcomes = together((0..10).map(|_| app.complete_flow(&callback)).collect());
    assert!(
        outcomes.iter().all(
            |outcome| matches!(outcome, Ok(Some(stored)) if stored.session.access_token() == ehr::access_token(1))
        )
    );
    assert_eq!(app.tab.count("token"), 1);
}

#[test]
fn code_is_exchanged_with_the_stored_values() {
    let app = App::pending();
    let verifier = json_record(&app, 0)["verifier"].as_str().unwrap().to_owned();
    app.complete_with(FakeResponse::ok(&ehr::tokens(1))).unwrap();
    let sent = app.tab.last();
    assert_eq!((sent.purpose, sent.url.as_str()), ("token", ehr::TOKEN));
    let expected = [
        ("client_id", "growth-chart"),
        ("code", CODE),
        ("grant_type", "authorization_code"),
        ("redirect_uri", REDIRECT),
        ("code_verifier", &verifier),
    ];
    let expected: Vec<(String, String)> = expected.map(|(name, value)| (name.into(), value.into())).into();
    assert_eq!(sent.fields(), expected);
}

#[test]
fn code_and_verifier_in_the_text_of_a_refusal_are_not_shown() {
    for secret in ["code", "code_verifier"] {
        let app = App::pending();
        let verifier = json_record(&app, 0)["verifier"].as_str().unwrap().to_owned();
        let secret = if secret == "code" { CODE } else { &verifier };
        let error_body = json!({ "error": "invalid_grant", "error_description": format!("unknown: {secret}") });
        let error = app.complete_with(FakeResponse::json(400, &error_body)).unwrap_err();
        assert_eq!(error.oauth().text("error"), "invalid_grant");
        assert!(error.oauth().at("description").is_null());
    }
}

#[test]
fn sign_in_is_marked_as_used_before_the_code_is_sent() {
    let app = App::pending();
    let callback = app.callback();
    app.tab.responses.hold("token");
    let mut flow = app.complete_flow(&callback);
    for _ in 0..2 {
        assert!(crate::host::step(&mut flow).is_none());
    }
    assert_eq!(app.tab.count("token"), 1);
    let record = json_record(&app, 0);
    assert_eq!(record["used"], true);
    assert!(record["verifier"].is_null() && record["nonce"].is_null());
}

#[test]
fn sign_in_survives_a_reload_of_the_page() {
    let app = App::pending();
    app.tab.reload();
    assert!(app.complete_with(FakeResponse::ok(&ehr::tokens(1))).is_ok());
}

#[test]
fn sign_in_expires_after_an_hour() {
    let app = App::pending();
    app.tab.pass_seconds(3_600);
    assert!(app.complete_with(FakeResponse::ok(&ehr::tokens(1))).is_ok());
    app.tab.pass_seconds(1);
    assert_fails(app.complete(&app.callback_of(1)), Code::StateUnknown);
}

#[test]
fn sign_in_survives_a_correction_of_the_clock() {
    for seconds in [-1_800, -1, 1_800] {
        let app = App::pending();
        app.tab.clock.set(app.tab.clock.get().saturating_add_signed(seconds * 1_000));
        assert_eq!(code(&app.complete_with(FakeResponse::ok(&ehr::tokens(1)))), "ok", "{seconds}");
    }
}

#[test]
fn lifetime_of_a_session_counts_from_its_token_request() {
    let app = App::pending();
    let sent_at = app.tab.clock.get();
    let stored = app.complete_with(FakeResponse::ok(&ehr::tokens(1)).after(15_000)).unwrap();
    assert_eq!(stored.session.json().at("expiresAt").number(), Some(sent_at + 3_600_000));
    assert_eq!(stored.session.signed_in(), sent_at);
}

#[test]
fn app_state_and_return_path_are_returned() {
    let app = App::new();
    let state = json!({ "deep": ["💡", { "n": 1.5 }] });
    app.begin(json!({ "appState": state, "returnTo": "/charts/7?tab=growth#top" })).unwrap();
    let stored = app.complete_with(FakeResponse::ok(&ehr::tokens(1))).unwrap();
    assert_eq!(value(stored.session.json().at("appState")), state);
    assert_eq!(stored.session.json().text("returnTo"), "/charts/7?tab=growth#top");
}

#[test]
fn return_path_is_returned_once() {
    let app = App::new();
    app.begin(json!({ "returnTo": "/charts/7" })).unwrap();
    let stored = app.complete_with(FakeResponse::ok(&ehr::tokens(1))).unwrap();
    assert_eq!(stored.session.json().text("returnTo"), "/charts/7");
    assert!(app.resume().unwrap().session.json().at("returnTo").is_null());
    // The same callback again, as after a reload.
    assert!(app.ready(&app.callback()).unwrap().session.json().at("returnTo").is_null());
    assert!(app.tab.records.under(SESSIONS).values().all(|record| !record.contains("/charts/7")));
    // A copy, as another tab sends it.
    let copy = Session::from_record(&stored.session.json().to_text()).unwrap();
    assert!(copy.json().at("returnTo").is_null());
}

#[test]
fn failed_sign_in_has_the_path_to_return_to() {
    let new_sign_in = || {
        let app = App::new();
        app.begin(json!({ "returnTo": "/charts/7?iss=a&launch=b" })).unwrap();
        app
    };
    let refused = new_sign_in();
    let refusal = format!("{REDIRECT}?error=access_denied&{}", refused.state_and_iss(0));
    let failed = new_sign_in();
    let other_page = new_sign_in();
    let moved_callback = other_page.callback().replace("/back", "/elsewhere");
    for error in [
        refused.complete(&refusal).unwrap_err(),
        failed.complete_with(FakeResponse::failed(Code::Network)).unwrap_err(),
        other_page.complete(&moved_callback).unwrap_err(),
    ] {
        assert_eq!(error.to_json().text("returnTo"), "/charts/7", "{error}");
    }
    let without = App::pending();
    let refusal = format!("{REDIRECT}?error=access_denied&{}", without.state_and_iss(0));
    assert!(without.complete(&refusal).unwrap_err().to_json().at("returnTo").is_null());
}

/// Completes an app's sign-in with these settings.
fn completed(app: &App, settings: &Value, callback: &str) -> Result<Option<Stored>> {
    let settings = json(settings);
    let response = AuthorizationResponse::from_url(callback)?;
    app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(1)));
    run_flow(app.flow(|host| sign_in::complete(host, Settings::read(&settings).unwrap(), &response)))
}

#[test]
fn server_is_the_same_for_every_spelling_of_its_base() {
    for base in [format!("{}/", ehr::BASE), ehr::BASE.replace("ehr.example", "EHR.example:443")] {
        let app = App::with(json!({ "fhirBaseUrl": base }));
        app.begin(json!({})).unwrap();
        let settings = json!({ "clients": [options()] });
        assert!(completed(&app, &settings, &app.callback()).unwrap().is_some(), "{base}");
        let settings = json(&settings);
        let found = resume::session(&app.tab.host(), Settings::read(&settings).unwrap(), resume::Which::Last);
        assert_eq!(found.unwrap().session.access_token(), ehr::access_token(1), "{base}");
        assert!(app.resume().is_some());
        app.tab.responses.always("revocation", FakeResponse::new(200, "", ""));
        app.sign_out("");
        assert!(app.tab.records.under(SESSIONS).is_empty(), "{base}");
    }
}

#[test]
fn callback_is_accepted_if_the_host_adds_or_removes_index_html_or_a_final_slash() {
    for (redirect, place) in [
        ("https://app.example/a/index.html", "https://app.example/a/"),
        ("https://app.example/a/", "https://app.example/a/index.html"),
        ("https://app.example/a", "https://app.example/a/"),
        ("https://app.example/a/", "https://app.example/a"),
        ("https://app.example/index.html", "https://app.example/"),
        ("https://app.example/a/index.html", "https://app.example/a"),
    ] {
        let app = App::with(json!({ "redirectUri": redirect }));
        app.begin(json!({})).unwrap();
        let callback = app.callback().replace(redirect, place);
        let settings = json!({ "clients": [ehr::with(options(), json!({ "redirectUri": redirect }))] });
        assert!(completed(&app, &settings, &callback).unwrap().is_some(), "{redirect} at {place}");
        assert_eq!(app.tab.last().field("redirect_uri"), redirect);
    }
    for (redirect, place) in [
        ("https://app.example/a/index.html", "https://app.example/"),
        ("https://app.example/aindex.html", "https://app.example/a"),
        ("https://app.example/a/index.html", "https://app.example/b/"),
        ("https://app.example/a", "https://app.example/a//"),
        ("https://app.example/a", "https://evil.example/a/"),
        ("https://app.example/a", "https://app.example/A/"),
    ] {
        let app = App::with(json!({ "redirectUri": redirect }));
        app.begin(json!({})).unwrap();
        let outcome = app.complete(&app.callback().replace(redirect, place));
        assert!(outcome.as_ref().is_err_and(|error| error.to_string().contains(redirect)));
        assert_fails(outcome, Code::CallbackMalformed);
    }
}

#[test]
fn callback_at_the_redirect_uri_of_another_server_is_refused() {
    let redirect = |server: &str, uri: &str| json!({ "fhirBaseUrl": server, "redirectUri": uri });
    let (redirect_uri, other_redirect_uri) = ("https://app.example/a", "https://app.example/a/");
    let clients = json!([
        ehr::with(options(), redirect(ehr::BASE, redirect_uri)),
        ehr::with(options(), redirect("https://other.example/r4", other_redirect_uri)),
    ]);
    let app = App::with_settings(json!({ "clients": clients }));
    app.begin(json!({ "iss": ehr::BASE })).unwrap();
    assert_fails(app.complete(&app.callback().replace(redirect_uri, other_redirect_uri)), Code::CallbackMalformed);
    app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(1)));
    assert!(app.complete(&app.callback()).unwrap().is_some());
}

#[test]
fn sign_in_is_refused_at_another_origin_than_the_redirect_uri() {
    for origin in ["http://app.example", "https://app.example:8443", "https://127.0.0.1", "capacitor://localhost"] {
        let app = App::with_settings(json!({ "clients": [options()], "origin": origin }));
        let error = app.begin(json!({})).unwrap_err();
        assert_eq!(error.code(), Code::ConfigInvalid);
        let message = error.to_string();
        assert!(message.contains(origin) && message.contains("https://app.example:"), "{message}");
        assert!(app.tab.sent.borrow().is_empty() && app.tab.records.under(SIGN_INS).is_empty());
    }
    for origin in [json!("https://app.example"), json!(null)] {
        assert!(App::with_settings(json!({ "clients": [options()], "origin": origin })).begin(json!({})).is_ok());
    }
}

#[test]
fn stored_sign_in_with_members_of_other_types_is_ignored() {
    let whole = App::pending();
    let key = format!("{SIGN_INS}{}", whole.state(0));
    let record: Value = serde_json::from_str(&whole.tab.records.under(&key)[&key]).unwrap();
    let mut invalid_records: Vec<Value> =
        vec![json!(null), json!(7), json!("x"), json!([]), json!([record]), json!({})];
    for name in record.as_object().unwrap().keys().filter(|name| !["appState", "issRequired"].contains(&name.as_str()))
    {
        for value in [json!(7), json!("x"), json!([7]), json!({}), json!(true)] {
            let is_same_type = |stored: &Value| std::mem::discriminant(stored) == std::mem::discriminant(&value);
            if !is_same_type(&record[name]) {
                invalid_records.push(ehr::with(record.clone(), json!({ name: value })));
            }
        }
    }
    for invalid in invalid_records {
        let app = App::pending();
        let key = format!("{SIGN_INS}{}", app.state(0));
        app.tab.records.tab.borrow_mut().insert(key, invalid.to_string().replace(&whole.state(0), &app.state(0)));
        let outcome = app.complete_with(FakeResponse::ok(&ehr::tokens(1)));
        assert_eq!(code(&outcome), "state_unknown", "{invalid}");
        assert!(app.tab.records.under(SESSIONS).is_empty(), "{invalid}");
    }
}

#[test]
fn response_to_another_client_of_the_page_is_ignored() {
    let app = App::pending();
    let other = json(&json!({ "clients": [ehr::with(options(), json!({ "clientId": "another-app" }))] }));
    let response = AuthorizationResponse::from_url(&app.callback()).unwrap();
    let outcome = run_flow(app.flow(|host| sign_in::complete(host, Settings::read(&other).unwrap(), &response)));
    assert_fails(outcome, Code::StateUnknown);
    assert!(app.complete_with(FakeResponse::ok(&ehr::tokens(1))).is_ok());
}

#[test]
fn sign_in_replaces_the_session_of_the_same_client() {
    let app = App::signed_in();
    app.sign_in(&ehr::tokens(2)).unwrap();
    assert_eq!(app.resume().unwrap().session.access_token(), ehr::access_token(2));
    assert_eq!(app.tab.records.under(SESSIONS).len(), 1);
}

#[test]
fn sign_in_that_another_tab_has_just_used_is_not_used_again() {
    let app = App::pending();
    // The note that the other tab has left: this tab may get the lock before it sees that the sign-in is marked as used.
    app.tab.origin.locks.leave(&format!("{SIGN_INS}{}", app.state(0)), "used");
    assert!(app.complete(&app.callback()).unwrap().is_none());
    assert_eq!(app.tab.count("token"), 0);
}

#[test]
fn tab_with_a_copy_of_a_sign_in_gets_the_session_that_another_tab_created() {
    let app = App::pending();
    let copy = app.duplicate();
    app.complete_with(FakeResponse::ok(&ehr::tokens(1))).unwrap();
    let stored = copy.complete(&app.callback()).unwrap().unwrap();
    assert_eq!(stored.session.access_token(), ehr::access_token(1));
    assert_eq!(copy.tab.count("token"), 0);
}

#[test]
fn repeated_response_does_not_return_the_session_of_a_later_sign_in() {
    let app = App::pending();
    for (number, index) in [(1, 0), (2, 1)] {
        app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(number)));
        app.complete(&app.callback_of(index)).unwrap().unwrap();
    }
    assert!(app.complete(&app.callback_of(0)).unwrap().is_none());
    let repeated = app.complete(&app.callback_of(1)).unwrap().unwrap();
    assert_eq!(repeated.session.access_token(), ehr::access_token(2));
}

#[test]
fn form_post_response_is_read_from_the_body() {
    let app = App::with(json!({ "responseMode": "form_post" }));
    let begun = app.begin(json!({})).unwrap();
    assert!(fields(&value(begun.request.json())).contains(&("response_mode".into(), "form_post".into())));
    app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(1)));
    let response = AuthorizationResponse::from_body(&format!("code={CODE}&state={}", app.state(0)), "").unwrap();
    assert!(run_flow(app.flow(|host| sign_in::complete(host, app.settings(), &response))).unwrap().is_some());
}

#[test]
fn wrong_option_is_refused_before_anything_is_sent() {
    for options in [json!({ "scopes": "x" }), json!({ "scope": 7 }), json!({ "authorizationParams": { "state": "x" } })]
    {
        let app = App::new();
        assert_fails(app.begin(options), Code::ConfigInvalid);
        assert!(app.tab.sent.borrow().is_empty());
    }
}

#[test]
fn patient_scopes_without_launch_patient_are_a_warning_in_a_standalone_launch() {
    let warned = |options: Value| {
        let app = App::with(json!({ "scope": "patient/*.rs" }));
        app.begin(options).unwrap();
        let stored = app.complete_with(FakeResponse::ok(&ehr::with(ehr::tokens(1), json!({ "scope": null })))).unwrap();
        warnings(stored.session.json()).contains(&"patient_context_not_asked")
    };
    assert!(warned(json!({})));
    assert!(!warned(json!({ "scope": "launch/patient patient/*.rs" })));
    assert!(!warned(json!({ "scope": "user/*.rs" })));
    assert!(!warned(json!({ "iss": ehr::BASE, "launch": "handle" })));
}

#[test]
fn openid_scope_as_a_uri_counts_as_openid() {
    let app = App::with(json!({ "scope": "http://openid.net/specs/openid-connect-core-1_0#openid launch/patient" }));
    app.begin(json!({})).unwrap();
    assert_eq!(app.nonce(0).len(), 43);
    let stored = app.complete_with(FakeResponse::ok(&ehr::with(ehr::tokens(1), json!({ "scope": null })))).unwrap();
    assert_eq!(warnings(stored.session.json()), ["id_token_missing"]);
}

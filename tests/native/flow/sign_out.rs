use crate::app::{App, REDIRECT, SESSIONS, SIGN_INS, assert_fails, options};
use crate::ehr;
use crate::final_state::{Before, FinalState};
use crate::host::{FakeResponse, run_flow, step};
use serde_json::json;
use smart_launch::error::Code;
use smart_launch::flow::refresh::Need;
use smart_launch::flow::sign_out;

fn ok() -> FakeResponse {
    FakeResponse::new(200, "", "")
}

#[test]
fn signing_out_removes_records_before_the_tokens_are_revoked() {
    let app = App::signed_in();
    app.begin(json!({})).unwrap();
    app.tab.responses.hold("revocation");
    let mut flow = app.flow(|host| sign_out::end(host, app.settings(), "", ""));
    assert!(step(&mut flow).is_none());
    assert!(app.tab.records.under(SESSIONS).is_empty());
    assert!(app.tab.records.under(SIGN_INS).is_empty());
    assert_eq!(app.tab.count("revocation"), 2, "both at once: the page may be left");
}

#[test]
fn refresh_token_is_revoked_first_then_the_access_token() {
    let app = App::signed_in();
    app.tab.responses.always("revocation", ok());
    let ended = app.sign_out("");
    assert_eq!(ended.revoked, Some(true));
    assert!(ended.error.is_none());
    let sent = app.tab.sent.borrow();
    let revocations: Vec<_> = sent.iter().filter(|sent| sent.purpose == "revocation").collect();
    assert_eq!(revocations.len(), 2);
    for (sent, (token, hint)) in
        revocations.iter().zip([(ehr::refresh_token(1), "refresh_token"), (ehr::access_token(1), "access_token")])
    {
        assert_eq!(sent.url, ehr::REVOKE);
        let expected = [("token", token.as_str()), ("token_type_hint", hint), ("client_id", "growth-chart")];
        let expected: Vec<(String, String)> = expected.map(|(name, value)| (name.into(), value.into())).into();
        assert_eq!(sent.fields(), expected);
    }
}

#[test]
fn signing_out_succeeds_for_any_response_of_the_server() {
    for failure in [
        FakeResponse::failed(Code::Network),
        FakeResponse::failed(Code::Timeout),
        FakeResponse::new(503, "text/html", "<p>later"),
        FakeResponse::json(400, &json!({ "error": "unsupported_token_type" })),
    ] {
        let app = App::signed_in();
        app.tab.responses.always("revocation", failure);
        let ended = app.sign_out("");
        assert_eq!(ended.revoked, Some(false));
        assert_eq!(ended.error.unwrap().code(), Code::LogoutRemoteFailed);
        FinalState::Out.check(&app, &Before::of(&app));
    }
}

#[test]
fn failure_has_the_server_s_error_and_retry_after() {
    let app = App::signed_in();
    app.tab.responses.next("revocation", FakeResponse::new(503, "text/html", "").retry_after(30));
    app.tab.responses.next("revocation", ok());
    let error = app.sign_out("").error.unwrap();
    assert_eq!((error.status(), error.retry_after()), (503, Some(30)));
    let app = App::signed_in();
    app.tab.responses.always("revocation", FakeResponse::json(401, &json!({ "error": "invalid_client" })));
    assert_eq!(app.sign_out("").error.unwrap().oauth().text("error"), "invalid_client");
}

#[test]
fn server_that_revokes_no_access_tokens_has_still_revoked_the_grant() {
    let app = App::signed_in();
    app.tab.responses.next("revocation", ok());
    app.tab.responses.next("revocation", FakeResponse::json(400, &json!({ "error": "unsupported_token_type" })));
    let ended = app.sign_out("");
    assert_eq!(ended.revoked, Some(true));
    assert!(ended.error.is_none());
}

#[test]
fn access_token_is_revoked_if_there_is_no_refresh_token() {
    let app = App::signed_in_with(json!({ "refresh_token": null }));
    app.tab.responses.next("revocation", ok());
    assert_eq!(app.sign_out("").revoked, Some(true));
    assert_eq!(app.tab.last().field("token_type_hint"), "access_token");
    assert_eq!(app.tab.count("revocation"), 1);
}

#[test]
fn server_without_revocation_gets_no_request() {
    let app = App::new();
    let document = ehr::with(ehr::document(), json!({ "revocation_endpoint": null, "end_session_endpoint": null }));
    app.tab.responses.always("discovery", FakeResponse::ok(&document));
    app.sign_in(&ehr::tokens(1)).unwrap();
    let ended = app.sign_out("");
    assert!(ended.revoked.is_none() && ended.logout_url.is_none() && ended.error.is_none());
    assert_eq!(app.tab.count("revocation"), 0);
}

#[test]
fn copy_in_another_tab_ends_even_if_it_gets_no_message() {
    for is_informed in [true, false] {
        let app = App::signed_in();
        let other = app.duplicate();
        app.tab.responses.always("revocation", ok());
        app.sign_out("");
        if is_informed {
            other.receive_messages();
            assert!(other.tab.records.under(SESSIONS).is_empty());
        }
        assert!(other.resume().is_none());
        assert_eq!(other.tab.count("revocation"), 0, "the tab that signed out has sent the revocation");
    }
}

#[test]
fn end_of_one_session_revokes_its_tokens_and_no_others() {
    // All tabs share these sessions, so that the second one does not replace the first.
    let app = App::with_settings(json!({ "clients": [options()], "storage": "local" }));
    let session = app.sign_in(&ehr::tokens(1)).unwrap().session;
    let other = app.sign_in(&ehr::tokens(2)).unwrap().session;
    app.tab.responses.always("revocation", ok());
    let end = app.flow(|host| sign_out::end_copy(host, app.settings(), &session.key(), session.family(), None));
    run_flow(end).unwrap();
    assert_eq!(app.tab.last().field("token"), ehr::access_token(1));
    assert_eq!(app.tab.count("revocation"), 2);
    assert_eq!(app.key(), other.key());
}

#[test]
fn tokens_unknown_to_the_tab_that_signed_out_are_revoked_in_their_own_tab() {
    let app = App::signed_in();
    let other = app.duplicate();
    other.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
    other.token(Need::New).unwrap();
    for tab in [&app.tab, &other.tab] {
        tab.responses.always("revocation", ok());
    }
    app.sign_out("");
    other.receive_messages();
    assert_eq!(other.tab.last().field("token"), ehr::access_token(2));
    assert_eq!(other.tab.count("revocation"), 2);
}

#[test]
fn signing_out_without_a_session_ends_pending_sign_ins_and_sends_no_request() {
    let app = App::pending();
    let ended = app.sign_out("");
    assert!(ended.revoked.is_none() && ended.logout_url.is_none());
    assert!(app.tab.records.under(SIGN_INS).is_empty());
    assert_fails(app.complete(&app.callback()), Code::StateUnknown);
}

#[test]
fn sign_ins_of_other_clients_continue() {
    let app = App::signed_in();
    let other_record =
        json!({ "v": 1, "created": app.tab.clock.get(), "clientId": "another-app", "fhirBaseUrl": ehr::BASE });
    let key = format!("{SIGN_INS}theirs");
    app.tab.records.tab.borrow_mut().insert(key.clone(), other_record.to_string());
    app.tab.responses.always("revocation", ok());
    app.sign_out("");
    assert_eq!(app.tab.records.under(SIGN_INS).into_keys().collect::<Vec<_>>(), [key]);
}

#[test]
fn logout_url_has_the_id_token_and_the_redirect() {
    let app = App::pending_openid();
    let tokens = crate::signing_keys::tokens(&app, 0, json!({}));
    app.complete_with(FakeResponse::ok(&tokens)).unwrap();
    app.tab.responses.always("revocation", ok());
    let url = app.sign_out("https://app.example/bye").logout_url.unwrap();
    assert_eq!(
        url,
        format!(
            "{}?id_token_hint={}&client_id=growth-chart\
             &post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye",
            ehr::LOGOUT,
            tokens["id_token"].as_str().unwrap()
        )
    );
}

/// A session with or without ID token, at a server whose smart-configuration has no logout endpoint.
fn app_without_logout_endpoint(tokens: impl Fn(&App) -> serde_json::Value) -> App {
    let app = App::pending_openid();
    let document = ehr::with(ehr::document(), json!({ "end_session_endpoint": null, "revocation_endpoint": null }));
    app.tab.responses.always("discovery", FakeResponse::ok(&document));
    app.tab.reload();
    app.begin(json!({})).unwrap();
    app.tab.responses.next("token", FakeResponse::ok(&tokens(&app)));
    app.complete(&app.callback_of(2)).unwrap().unwrap();
    app
}

fn with_identity() -> App {
    app_without_logout_endpoint(|app| crate::signing_keys::tokens(app, 2, json!({})))
}

#[test]
fn logout_endpoint_is_read_from_the_issuer_s_document_if_the_server_s_has_none() {
    let app = with_identity();
    let page = "https://ehr.example/openid/end";
    let openid = json!({ "issuer": ehr::ISSUER, "jwks_uri": ehr::JWKS, "end_session_endpoint": page });
    app.tab.responses.always("openid_discovery", FakeResponse::ok(&openid));
    let ended = app.sign_out("");
    assert!(ended.logout_url.unwrap().starts_with(&format!("{page}?id_token_hint=")));
    assert!(ended.revoked.is_none() && ended.error.is_none());
    FinalState::Out.check(&app, &Before::of(&app));
}

#[test]
fn issuer_without_logout_endpoint_is_not_an_error() {
    let document = |end: serde_json::Value| {
        FakeResponse::ok(&json!({ "issuer": ehr::ISSUER, "jwks_uri": ehr::JWKS, "end_session_endpoint": end }))
    };
    for response in [
        document(json!(null)),
        document(json!("http://ehr.example/openid/end")),
        document(json!("/openid/end")),
        FakeResponse::new(404, "text/html", ""),
        FakeResponse::failed(Code::Network),
    ] {
        let app = with_identity();
        app.tab.responses.always("openid_discovery", response);
        let ended = app.sign_out("");
        assert!(ended.logout_url.is_none() && ended.error.is_none());
        FinalState::Out.check(&app, &Before::of(&app));
    }
}

#[test]
fn without_an_id_token_the_logout_endpoint_is_not_looked_up() {
    let app = app_without_logout_endpoint(|_| ehr::with(ehr::tokens(1), json!({ "scope": ehr::SCOPE })));
    assert!(app.sign_out("").logout_url.is_none());
    assert_eq!(app.tab.count("openid_discovery"), 0);
}

#[test]
fn token_requested_after_signing_out_is_refused() {
    let app = App::signed_in();
    let key = app.key();
    app.tab.responses.always("revocation", ok());
    app.sign_out("");
    assert_fails(run_flow(app.token_flow(&key, Need::Seconds(60))), Code::SignedOut);
}

#[test]
fn signing_out_ends_the_sessions_of_every_server() {
    let other = json!({ "fhirBaseUrl": "https://ehr.example/other", "redirectUri": "https://app.example/other" });
    let app = App::with_settings(json!({ "clients": [options(), ehr::with(options(), other)] }));
    for (number, (iss, place)) in
        [(ehr::BASE, REDIRECT), ("https://ehr.example/other", "https://app.example/other")].into_iter().enumerate()
    {
        app.tab.clock.set(app.tab.clock.get() + 1_000);
        app.begin(json!({ "iss": iss })).unwrap();
        app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(number as u64 + 1)));
        app.complete(&app.callback_of(number).replace(REDIRECT, place)).unwrap().unwrap();
    }
    assert_eq!(app.tab.records.under(SESSIONS).len(), 2);
    app.tab.responses.always("revocation", ok());
    assert_eq!(app.sign_out("").revoked, Some(true));
    assert!(app.tab.records.under(SESSIONS).is_empty());
    assert_eq!(app.tab.count("revocation"), 4);
    assert!(app.resume().is_none());
}

#[test]
fn sessions_of_one_issuer_without_a_document_are_signed_out_without_waiting_for_each_other() {
    let scope = json!({ "scope": format!("openid fhirUser {}", ehr::SCOPE), "issuer": "https://ehr.example" });
    let other = json!({ "fhirBaseUrl": "https://ehr.example/other", "redirectUri": "https://app.example/other" });
    let client = ehr::with(options(), scope);
    let app = App::with_settings(json!({ "clients": [client.clone(), ehr::with(client, other)] }));
    let document = ehr::with(ehr::document(), json!({ "end_session_endpoint": null }));
    app.tab.responses.always("discovery", FakeResponse::ok(&document));
    for (number, (iss, place)) in
        [(ehr::BASE, REDIRECT), ("https://ehr.example/other", "https://app.example/other")].into_iter().enumerate()
    {
        app.begin(json!({ "iss": iss })).unwrap();
        app.tab.responses.next("token", FakeResponse::ok(&crate::signing_keys::tokens(&app, number, json!({}))));
        app.complete(&app.callback_of(number).replace(REDIRECT, place)).unwrap().unwrap();
    }
    app.tab.responses.always("revocation", ok());
    app.tab.responses.always("openid_discovery", FakeResponse::new(503, "text/html", ""));
    // A flow that waits for a lock that it holds would not end here.
    assert_eq!(app.sign_out("").revoked, Some(true));
    assert_eq!(
        app.tab.count("openid_discovery"),
        4,
        "two requests for each session: a 503 is repeated once, and a failure is not cached"
    );
    assert_eq!((app.tab.count("revocation"), app.tab.held_locks()), (4, 0));
}

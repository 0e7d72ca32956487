use crate::app::{App, SESSIONS, assert_fails, json, options};
use crate::ehr;
use crate::host::{FakeResponse, run_flow, step};
use serde_json::json;
use smart_launch::error::Code;
use smart_launch::flow::refresh::Need;
use smart_launch::flow::resume::{self, Which};
use smart_launch::flow::sign_in;
use smart_launch::protocol::authorization_response::AuthorizationResponse;
use smart_launch::protocol::settings::Settings;

#[test]
fn stored_session_is_found_without_a_request() {
    let app = App::signed_in();
    let before = app.tab.sent.borrow().len();
    assert_eq!(app.resume().unwrap().session.access_token(), ehr::access_token(1));
    assert_eq!(app.tab.sent.borrow().len(), before);
}

#[test]
fn no_session_is_found_if_none_is_stored() {
    assert!(App::new().resume().is_none());
}

#[test]
fn expired_session_that_cannot_be_refreshed_is_removed() {
    let app = App::signed_in_with(json!({ "refresh_token": null }));
    app.tab.pass_seconds(3_599);
    assert!(app.resume().is_some());
    app.tab.pass_seconds(1);
    assert!(app.resume().is_none());
    assert!(app.tab.records.under(SESSIONS).is_empty());
}

#[test]
fn expired_session_that_can_be_refreshed_is_kept() {
    let app = App::signed_in();
    app.tab.pass_seconds(86_400);
    assert!(app.resume().is_some());
}

#[test]
fn expired_session_is_kept_while_its_refresh_token_is_sent_again() {
    let app = App::signed_in();
    app.tab.pass_seconds(3_601);
    app.tab.responses.next("refresh", FakeResponse::failed(Code::Network));
    assert_fails(app.token(Need::New), Code::Network);
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
    let key = app.key();
    let mut second = app.token_flow(&key, Need::New);
    while !second.is_sending("refresh") {
        assert!(step(&mut second).is_none());
    }
    // The session is looked for meanwhile, as by another tab or after a reload.
    assert_eq!(app.resume().unwrap().session.access_token(), ehr::access_token(1));
    assert!(run_flow(second).unwrap().renewed);
    assert_eq!(app.resume().unwrap().session.access_token(), ehr::access_token(2));
}

#[test]
fn expired_session_is_removed_after_a_refresh_has_failed_in_doubt() {
    let app = App::signed_in();
    app.tab.pass_seconds(3_601);
    for expected in [Code::Network, Code::Network, Code::RefreshInDoubt] {
        assert!(app.resume().is_some());
        if expected == Code::Network {
            app.tab.responses.next("refresh", FakeResponse::failed(expected));
        }
        assert_fails(app.token(Need::New), expected);
    }
    assert!(app.resume().is_none());
    assert!(app.tab.records.under(SESSIONS).is_empty());
}

#[test]
fn session_without_a_lifetime_is_kept() {
    let app = App::signed_in_with(json!({ "refresh_token": null, "expires_in": null }));
    app.tab.pass_seconds(86_400);
    assert!(app.resume().is_some());
}

/// Two servers, signed in to one after the other.
fn two_servers() -> App {
    let other = json!({ "fhirBaseUrl": "https://other.example/r4", "redirectUri": "https://app.example/other" });
    let app = App::with_settings(json!({ "clients": [options(), ehr::with(options(), other)] }));
    for (iss, path, number) in [(ehr::BASE, "back", 1), ("https://other.example/r4", "other", 2)] {
        let begun = app.begin(json!({ "iss": iss })).unwrap();
        app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(number)));
        let callback =
            format!("https://app.example/{path}?code=some-code-{number}&state={}", begun.request.json().text("state"));
        let response = AuthorizationResponse::from_url(&callback).unwrap();
        run_flow(app.flow(|host| sign_in::complete(host, app.settings(), &response))).unwrap();
        app.tab.pass_seconds(1);
    }
    app
}

#[test]
fn session_of_the_last_sign_in_is_resumed() {
    let app = two_servers();
    assert_eq!(app.resume().unwrap().session.json().text("fhirBaseUrl"), "https://other.example/r4");
    assert_eq!(app.tab.records.under(SESSIONS).len(), 2);
}

#[test]
fn sessions_of_other_clients_are_neither_found_nor_changed() {
    let app = two_servers();
    let before = app.tab.records.under(SESSIONS);
    for changes in [json!({ "clientId": "another-app" }), json!({ "fhirBaseUrl": "https://ehr.example/fhir2" })] {
        let settings = json(&json!({ "clients": [ehr::with(options(), changes)] }));
        assert!(resume::session(&app.tab.host(), Settings::read(&settings).unwrap(), Which::Last).is_none());
    }
    assert_eq!(app.tab.records.under(SESSIONS), before);
}

#[test]
fn sessions_are_separate_for_each_issuer_client_and_base() {
    let app = two_servers();
    let keys: Vec<String> = app.tab.records.under(SESSIONS).into_keys().collect();
    for (key, base) in keys.iter().zip(["ehr.example%2Ffhir", "other.example%2Fr4"]) {
        let start = format!("smart-launch:session:growth-chart:https%3A%2F%2F{base}:https%3A%2F%2Fehr.example:1:");
        let family = key.strip_prefix(&start).unwrap();
        assert_eq!(family.len(), 43, "the token family");
    }
    assert_eq!(keys.len(), 2);
}

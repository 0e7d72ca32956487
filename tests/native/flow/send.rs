use crate::app::{App, CODE, assert_fails, json};
use crate::ehr;
use crate::host::{FakeResponse, run_flow};
use serde_json::json;
use smart_launch::error::Code;
use smart_launch::flow::send::send;
use smart_launch::protocol::settings::Settings;

#[test]
fn only_permitted_urls_are_contacted() {
    for url in [
        "http://ehr.example/auth/token",
        "https://localhost/token",
        "http://127.0.0.1:8080/token",
        "https://[::1]/token",
        "https://169.254.169.254/token",
        "javascript:alert(1)",
        "data:application/json,{}",
        "/auth/token",
        "",
    ] {
        let app = App::new();
        let client = app.settings().client("").unwrap();
        let sent = run_flow(app.flow(|host| send(host, client, "token", url, "client_id=a".into())));
        assert_fails(sent.map(|_| ()), Code::EndpointScheme);
        assert!(app.tab.sent.borrow().is_empty(), "{url}");
    }
}

#[test]
fn loopback_is_contacted_with_permission() {
    let app = App::with(json!({ "allowInsecureLoopback": true }));
    app.tab.loopback.set(true);
    app.tab.responses.always("token", FakeResponse::ok(&json!({})));
    for url in ["http://localhost:8080/token", "http://127.0.0.1/token", "http://[::1]:1/token"] {
        let client = app.settings().client("").unwrap();
        assert!(run_flow(app.flow(|host| send(host, client, "token", url, "client_id=a".into()))).is_ok());
        assert_eq!(app.tab.last().url, url);
    }
}

#[test]
fn request_that_failed_is_not_repeated() {
    for failure in [Code::Network, Code::Timeout, Code::Redirected, Code::BodyTooLarge, Code::JsonInvalid] {
        let app = App::pending();
        assert_fails(app.complete_with(FakeResponse::failed(failure)), failure);
        assert_eq!(app.tab.count("token"), 1);
    }
}

#[test]
fn deadline_is_twenty_seconds_or_the_setting() {
    let app = App::new();
    app.discover().unwrap();
    assert_eq!(app.tab.last().timeout, 20);
    let app = App::with(json!({ "timeoutSeconds": 5 }));
    app.discover().unwrap();
    assert_eq!(app.tab.last().timeout, 5);
}

#[test]
fn endpoint_of_a_manipulated_record_is_not_contacted() {
    let app = App::pending();
    for record in app.tab.records.tab.borrow_mut().values_mut() {
        *record = record.replace(ehr::TOKEN, "http://evil.example/token");
    }
    assert_fails(app.complete(&app.callback()), Code::EndpointScheme);
    assert_eq!(app.tab.count("token"), 0);
}

#[test]
fn debug_text_of_a_response_shows_only_its_status() {
    let settings = json(&json!({ "clients": [crate::app::options()] }));
    let app = App::new();
    let client = Settings::read(&settings).unwrap().client("").unwrap();
    app.tab.responses.next("token", FakeResponse::ok(&json!({})));
    let url = format!("{}?tenant=1", ehr::TOKEN);
    let response =
        run_flow(app.flow(|host| send(host, client, "token", &url, format!("client_id=a&code={CODE}")))).unwrap();
    assert_eq!(format!("{response:?}"), "200");
}

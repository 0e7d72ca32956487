//! Requests to the authorization server, and the result of each kind of response.

use crate::driver::{http_date, play, report, restore, run};
use smart_launch::error::Code;
use smart_launch::host::Host;
use smart_launch::protocol::http::{Request, Response};
use smart_launch::protocol::json::Json;
use smart_launch::protocol::url::Url;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen(module = "/src/web/env.js")]
extern "C" {
    #[wasm_bindgen(js_name = secondsFrom)]
    fn seconds_from(header: Option<&str>) -> Option<f64>;
}

const URL: &str = "https://as.example/token?tenant=7";

/// Sends a request with these fields, to which the driver returns this response, and returns the response as the flow sees it.
async fn send(form: &str, response: &str) -> Result<Response, Code> {
    play(&format!("[{response}]"));
    let request = Request {
        purpose: "token",
        url: Url::parse(URL).unwrap(),
        form: form.to_owned(),
        authorization: String::new(),
        secret: String::new(),
        family: String::new(),
        proof: String::new(),
        timeout: 1,
    };
    let outcome = run(move |web| web.send(&request)).await;
    restore();
    outcome.map_err(|error| error.code())
}

/// The members of a call, sorted by their names: their order has no meaning.
fn by_name(call: &Json) -> String {
    let mut members: Vec<_> = call.members().to_vec();
    members.sort_by(|(left, _), (right, _)| left.cmp(right));
    let mut sorted = Json::object();
    for (name, value) in members {
        sorted.set(&name, value);
    }
    sorted.to_text()
}

#[wasm_bindgen_test]
async fn form_is_posted_without_cookies_cache_referrer_and_redirects() {
    send("code=a%20code", "{}").await.unwrap();
    let report = report();
    assert_eq!(report.at("calls").list().len(), 1);
    let call = &report.at("calls").list()[0];
    let expected = r#"{"body":"code=a%20code","cache":"no-store","credentials":"omit","hasDeadline":true,"headers":{"accept":"application/json","content-type":"application/x-www-form-urlencoded"},"keepalive":false,"method":"POST","redirect":"manual","referrerPolicy":"no-referrer","url":"https://as.example/token?tenant=7"}"#;
    assert_eq!(by_name(call), expected);
}

#[wasm_bindgen_test]
async fn document_is_fetched_with_no_header_that_needs_a_preflight() {
    send("", "{}").await.unwrap();
    let call = &report().at("calls").list()[0].clone();
    let expected = r#"{"cache":"no-store","credentials":"omit","hasDeadline":true,"headers":{"accept":"application/json"},"keepalive":false,"method":"GET","redirect":"manual","referrerPolicy":"no-referrer","url":"https://as.example/token?tenant=7"}"#;
    assert_eq!(by_name(call), expected);
}

#[wasm_bindgen_test]
async fn response_is_passed_on_completely() {
    let response = send("", r#"{"status":400,"headers":{"content-type":"Application/JSON ; charset=UTF-8"},"body":"{\"a\":\"Zoë \\uD83D\\uDC69\"}"}"#).await.unwrap();
    assert_eq!(response.status(), 400);
    assert!(response.is_json());
    assert_eq!(response.body(), r#"{"a":"Zoë \uD83D\uDC69"}"#);
    assert_eq!(response.retry_after(), None);
}

#[wasm_bindgen_test]
async fn response_without_a_body_has_an_empty_body() {
    assert_eq!(send("", r#"{"status":204}"#).await.unwrap().body(), "");
}

#[wasm_bindgen_test]
async fn redirect_is_refused_in_each_form_that_the_platform_shows() {
    assert_eq!(send("a=b", r#"{"opaque":true}"#).await.err(), Some(Code::Redirected));
    for status in [301, 302, 303, 307, 308] {
        let response = format!(r#"{{"status":{status},"headers":{{"location":"https://elsewhere.example"}}}}"#);
        assert_eq!(send("a=b", &response).await.err(), Some(Code::Redirected), "{status}");
        assert_eq!(report().at("calls").list().len(), 1);
    }
}

#[wasm_bindgen_test]
async fn missing_response_is_a_network_failure() {
    assert_eq!(send("", r#"{"error":"TypeError"}"#).await.err(), Some(Code::Network));
    assert_eq!(send("", r#"{"error":"AbortError"}"#).await.err(), Some(Code::Network));
}

#[wasm_bindgen_test]
async fn deadline_covers_headers_and_body() {
    assert_eq!(send("", r#"{"silent":true}"#).await.err(), Some(Code::Timeout));
    assert_eq!(send("", r#"{"stalls":true}"#).await.err(), Some(Code::Timeout));
}

#[wasm_bindgen_test]
async fn body_of_one_mebibyte_is_read_and_one_more_byte_is_refused() {
    assert_eq!(send("", r#"{"size":1048576}"#).await.unwrap().body().len(), 1_048_576);
    assert_eq!(send("", r#"{"size":1048577}"#).await.err(), Some(Code::BodyTooLarge));
}

#[wasm_bindgen_test]
async fn endless_body_is_cancelled_at_the_limit() {
    assert_eq!(send("", r#"{"endless":true}"#).await.err(), Some(Code::BodyTooLarge));
    let report = report();
    assert!(report.at("cancelled").is_true());
    assert!(report.at("pulled").number().unwrap() <= 20, "{}", report.to_text());
}

#[wasm_bindgen_test]
async fn body_that_is_not_utf_8_is_no_json() {
    for bytes in ["[34,255,34]", "[34,195]", "[34,237,160,128,34]"] {
        assert_eq!(send("", &format!(r#"{{"bytes":{bytes}}}"#)).await.err(), Some(Code::JsonInvalid), "{bytes}");
    }
}

#[wasm_bindgen_test]
async fn error_status_is_reported_even_if_its_body_is_not_utf_8() {
    let outcome = send("", r#"{"status":502,"bytes":[255]}"#).await;
    assert_eq!(outcome.unwrap().status(), 502);
}

#[wasm_bindgen_test]
async fn retry_after_reaches_the_flow_in_seconds() {
    let response = send("", r#"{"status":503,"headers":{"retry-after":"120"}}"#).await.unwrap();
    assert_eq!(response.retry_after(), Some(120));
}

#[wasm_bindgen_test]
fn retry_after_is_digits_or_a_date_and_nothing_else() {
    assert_eq!(seconds_from(Some("0")), Some(0.0));
    assert_eq!(seconds_from(Some("2000000")), Some(2e6));
    // A time beyond the limit of timers is cut to that limit.
    for digits in ["2147484", "18446744073709551616"] {
        assert_eq!(seconds_from(Some(digits)), Some(2_147_483.0), "{digits}");
    }
    for header in [None, Some(""), Some("-1"), Some("1e9"), Some("1.5"), Some("soon"), Some("12 s"), Some("May GMT")] {
        assert_eq!(seconds_from(header), None, "{header:?}");
    }
    let seconds = seconds_from(Some(&http_date(90.0))).unwrap();
    assert!((88.0..=91.0).contains(&seconds), "{seconds}");
    assert_eq!(seconds_from(Some(&http_date(-90.0))), Some(0.0));
}

#[wasm_bindgen_test]
async fn observer_gets_each_request_without_its_query_and_fields() {
    send("code=a%20code", r#"{"status":503,"body":"{}"}"#).await.unwrap();
    let report = report();
    let event = &report.at("events").list()[0];
    assert_eq!(report.at("events").list().len(), 1);
    let names: Vec<&str> = event.members().iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["purpose", "method", "url", "status", "milliseconds"]);
    assert_eq!((event.text("purpose"), event.text("method")), ("token", "POST"));
    assert_eq!(event.text("url"), "https://as.example/token");
    assert_eq!(event.at("status").number(), Some(503));
    assert!(event.at("milliseconds").number().is_some());
}

#[wasm_bindgen_test]
async fn observer_gets_a_request_without_a_response() {
    let _ = send("", r#"{"error":"TypeError"}"#).await;
    let report = report();
    let event = &report.at("events").list()[0];
    assert_eq!(event.text("method"), "GET");
    assert!(event.at("status").is_null());
}

use crate::app::{json, value};
use serde_json::json;
use smart_launch::error::{Code, Error};
use smart_launch::protocol::json::Flaw;
use std::collections::BTreeSet;

#[test]
fn codes_are_distinct_words_in_snake_case_numbered_in_order() {
    let codes: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes.len(), Code::ALL.len());
    assert!(codes.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
    assert!(Code::ALL.iter().enumerate().all(|(number, code)| *code as usize == number));
}

#[test]
fn error_has_its_code_and_subject() {
    let error = Error::named(Code::ConfigInvalid, "clientId", "is missing");
    assert_eq!(error.to_string(), "config_invalid: `clientId` is missing");
    assert_eq!(format!("{error:?}"), error.to_string());
    assert_eq!(Error::from(Code::Network).to_string(), "network: ");
    assert_eq!(Error::from(Flaw::Duplicate).code(), Code::JsonInvalid);
}

#[test]
fn javascript_gets_the_code_s_number_and_all_known_members() {
    assert_eq!(value(&Error::new(Code::Timeout).to_json()), json!({ "code": Code::Timeout as u64, "retryable": true }));
    let error =
        Error::new(Code::TokenRefused).with_status(400, Some(7)).with_oauth(json(&json!({ "error": "invalid_grant" })));
    assert_eq!(
        value(&error.to_json()),
        json!({
            "code": Code::TokenRefused as u64, "retryable": false, "status": 400, "retryAfterSeconds": 7,
            "oauth": { "error": "invalid_grant" },
        })
    );
}

#[test]
fn error_with_another_code_keeps_its_members() {
    let error = Error::new(Code::TokenRefused).with_status(400, Some(7)).with_oauth(json(&json!({ "error": "x" })));
    let changed = error.clone().with_code(Code::RefreshRejected);
    assert_eq!((changed.code(), changed.status(), changed.retry_after()), (Code::RefreshRejected, 400, Some(7)));
    assert_eq!(changed.oauth(), error.oauth());
    assert_ne!(changed, error);
}

#[test]
fn network_errors_and_temporary_statuses_are_retryable() {
    assert!(Error::new(Code::Network).retryable() && Error::new(Code::Timeout).retryable());
    for status in [408, 429, 500, 503, 599] {
        assert!(Error::new(Code::HttpStatus).with_status(status, None).retryable());
    }
    for status in [0, 400, 401, 404, 418, 600] {
        assert!(!Error::new(Code::HttpStatus).with_status(status, None).retryable());
    }
    assert!(!Error::new(Code::TokenRefused).with_status(503, None).retryable());
    assert!(!Error::new(Code::Redirected).retryable());
}

#[test]
fn error_names_the_first_request_that_caused_it() {
    let error =
        Error::new(Code::Network).with_request("jwks", "https://a.b/keys").with_request("token", "https://a.b/token");
    assert_eq!((error.to_json().text("purpose"), error.to_json().text("url")), ("jwks", "https://a.b/keys"));
}

//! A response returns its code only for the request with the same `state`, with fields parsed as browsers parse them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use smart_launch::protocol::authorization::AuthorizationRequest;
use smart_launch::protocol::authorization_response::AuthorizationResponse;
use smart_launch_fuzz as fuzz;
use smart_launch_fuzz::{
    ISSUER, REDIRECT, assert_sound, browser_url, fields, fields_in_route, is_serialized_differently, parts, values,
};
use std::sync::LazyLock;

/// 43 characters, as this library generates them.
const STATE: &str = "abcdefghijklmnopqrstuvwxyz-_ABCDEFGHIJKLMNO";

static REQUESTS: LazyLock<Vec<(Value, AuthorizationRequest)>> = LazyLock::new(|| {
    let requests = [
        json!({ "state": STATE, "issuer": ISSUER }),
        json!({ "state": STATE, "issuer": ISSUER, "issRequired": true }),
        json!({ "state": STATE }),
        json!({ "state": STATE, "issRequired": true }),
        json!({ "state": STATE, "issuer": ISSUER, "responseMode": "fragment" }),
        json!({ "state": STATE, "issuer": ISSUER, "responseMode": "form_post" }),
        json!({ "state": "another", "issuer": ISSUER }),
        json!({ "issuer": ISSUER }),
    ];
    requests
        .into_iter()
        .map(|request| (request.clone(), AuthorizationRequest::from_expected(fuzz::json(&request))))
        .collect()
});

fuzz_target!(|text: &str| {
    for url in [text, &format!("{REDIRECT}?{text}"), &format!("{REDIRECT}#{text}")] {
        match AuthorizationResponse::from_url(url) {
            Ok(response) => {
                assert_arrival(&response, url);
                let (query, mut fragment) = parts(url);
                let route = fields(fields_in_route(fragment));
                let has = |name| !values(&route, name).is_empty();
                if has("state") && (has("code") || has("error")) {
                    fragment = fields_in_route(fragment);
                }
                assert_response(&response, [("query", query, fragment), ("fragment", fragment, query)]);
            }
            Err(error) => assert_sound(&error),
        }
    }
    match AuthorizationResponse::from_body(text, "") {
        Ok(response) => assert_response(&response, [("form_post", text, "")]),
        Err(error) => assert_sound(&error),
    }
});

/// `check_redirect_uri` accepts only URLs that, as browsers parse them, have the origin and path of the redirect URI.
fn assert_arrival(response: &AuthorizationResponse, url: &str) {
    if response.check_redirect_uri(REDIRECT).is_ok() && !is_serialized_differently(url) {
        let theirs = browser_url(url).expect("a URL");
        assert_eq!((theirs.origin().ascii_serialization(), theirs.path()), ("https://app.example".into(), "/back"));
    }
}

/// `parts_by_mode`: response mode, the response's fields in that mode, and the contents of the other part of the URL.
fn assert_response<const N: usize>(response: &AuthorizationResponse, parts_by_mode: [(&str, &str, &str); N]) {
    if let Ok(key) = response.key() {
        let state = key.strip_prefix("smart-launch:sign-in:").expect("a key of a sign-in");
        assert!(state.len() == 43 && state.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        assert!(parts_by_mode.iter().any(|(_, part, _)| values(&fields(part), "state") == [state]));
    }
    for (request, ours) in REQUESTS.iter() {
        let code = match response.code(ours) {
            Ok(code) => code,
            Err(error) => {
                assert_sound(&error);
                continue;
            }
        };
        let mode = request["responseMode"].as_str().unwrap_or("query");
        let parts = parts_by_mode.iter().find(|(part_mode, ..)| *part_mode == mode);
        let (_, part, other_part) = parts.expect("the response arrived in the requested mode");
        let (response_fields, other_fields) = (fields(part), fields(other_part));
        assert!(!code.is_empty());
        assert_eq!(values(&response_fields, "code"), [code]);
        assert_eq!(values(&response_fields, "state"), [request["state"].as_str().expect("a request with a state")]);
        assert!(values(&response_fields, "error").is_empty());
        match (values(&response_fields, "iss").as_slice(), request["issuer"].as_str(), request["issRequired"] == true) {
            ([], _, required) => assert!(!required, "`iss` is missing"),
            ([iss], Some(issuer), _) => assert_eq!(*iss, issuer),
            ([iss], None, required) => assert!(!required && !iss.is_empty(), "`iss` of no known server"),
            _ => panic!("`iss` is repeated"),
        }
        for name in ["access_token", "id_token", "token", "response"] {
            assert!(
                values(&response_fields, name).is_empty() && values(&other_fields, name).is_empty(),
                "{name} of another flow"
            );
        }
        for name in ["code", "state", "error"] {
            assert!(values(&other_fields, name).is_empty(), "the other part of the URL has a response too");
        }
    }
}

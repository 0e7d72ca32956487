//! Accepted tokens are valid in a header, ids are valid as one path segment, and no error contains a token.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};
use smart_launch::protocol::http::Response;
use smart_launch::protocol::token::{Tokens, tokens_in};
use smart_launch_fuzz as fuzz;
use smart_launch_fuzz::{assert_sound, debug_text, serde, value};

fuzz_target!(|text: &str| {
    let [lenient, strict] = [false, true].map(|strict| Tokens::parse(&response(200, text), strict));
    for outcome in [&lenient, &strict] {
        match outcome {
            Ok(tokens) => assert_tokens(tokens, text),
            Err(error) => assert_sound(error),
        }
    }
    if let Ok(strict) = &strict {
        assert!(strict.json().at("warnings").list().is_empty());
        assert!(lenient.is_ok_and(|lenient| lenient.json() == strict.json()), "`strict` does not change the result");
    }
    let error = Tokens::parse(&response(400, text), false).expect_err("an error status is no success");
    assert_sound(&error);
    assert_eq!(error.status(), 400);
    assert!(tokens_in(&response(400, text)).refresh_token().is_empty());
    let received = tokens_in(&response(200, text));
    let refresh = received.refresh_token();
    if !refresh.is_empty() {
        assert_token(refresh);
        assert!(serde(text).is_none_or(|members| members["refresh_token"] == refresh));
    }
    if !text.contains(CANARY)
        && let Ok(Value::Object(members)) = serde_json::from_str(text)
    {
        assert_hidden(members, text.len());
    }
});

fn response(status: u64, body: &str) -> Response {
    Response::new(fuzz::json(&json!({ "status": status, "contentType": "application/json", "body": body })))
}

fn assert_tokens(tokens: &Tokens, text: &str) {
    let tokens = tokens.json();
    assert_token(tokens.text("access_token"));
    for name in TOKENS.iter().filter(|name| !tokens.at(name).is_null()) {
        assert_token(tokens.text(name));
    }
    for name in ["patient", "encounter"].iter().filter(|name| !tokens.at(name).is_null()) {
        let id = tokens.text(name);
        let is_fhir = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
        let is_malformed = !((1..=64).contains(&id.len()) && id.bytes().all(is_fhir));
        assert!((1..=512).contains(&id.len()), "{name}: {id:?}");
        assert!(!is_malformed || tokens.at("warnings").lists("resource_id_malformed"), "{name}: {id:?}");
        assert!(
            url::Url::parse("https://ehr.example/Patient/")
                .expect("a URL")
                .join(&format!("./{id}"))
                .is_ok_and(|url| { url.as_str() == format!("https://ehr.example/Patient/{id}") })
        );
    }
    let expires = tokens.at("expiresIn");
    assert!(expires.is_null() || expires.number().is_some_and(|seconds| seconds <= 3_155_760_000));
    for item in tokens.at("fhirContext").list() {
        assert!(!item.text("role").is_empty());
        assert!(["reference", "canonical", "identifier"].iter().any(|name| !item.at(name).is_null()));
        for name in ["reference", "canonical", "type"] {
            assert!(item.at(name).is_null() || !item.text(name).is_empty());
        }
    }
    let style = tokens.text("smartStyleUrl");
    assert!(style.is_empty() || style.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http")), "{style:?}");
    let Some(mut members) = serde(text) else { return };
    let members = members.as_object_mut().expect("an object");
    assert!(members["token_type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")));
    for name in ["patient", "encounter", "intent", "tenant"].iter().filter(|name| !tokens.at(name).is_null()) {
        assert_eq!(members[*name].as_str(), Some(tokens.text(name)));
    }
    for name in TOKENS {
        assert_eq!(members.shift_remove(name).unwrap_or_default(), value(tokens.at(name)).expect("no number"));
    }
    members.retain(|name, value| match name.as_str() {
        "fhirContext" => value.is_array(),
        "need_patient_banner" => value.is_boolean(),
        "expires_in" => value.is_number() || value.is_string(),
        "scope" | "patient" | "encounter" | "intent" | "smart_style_url" | "tenant" => value.is_string(),
        _ => true,
    });
    assert_eq!(value(tokens.at("tokenResponse")).as_ref().and_then(Value::as_object), Some(&*members));
}

fn assert_token(token: &str) {
    assert!((1..=65_536).contains(&token.len()) && token.bytes().all(|byte| (b'!'..=b'~').contains(&byte)));
}

/// The same response with recognisable tokens, whole and truncated: no error contains any of them.
fn assert_hidden(mut members: Map<String, Value>, length: usize) {
    for name in TOKENS {
        if let Some(Value::String(token)) = members.get_mut(name) {
            token.insert_str(0, CANARY);
        }
    }
    let whole = Value::Object(members).to_string();
    let truncated: String = whole.chars().take(length).collect();
    for body in [whole, truncated] {
        for (status, strict) in [(200, false), (200, true), (400, false)] {
            let text = debug_text(&Tokens::parse(&response(status, &body), strict));
            assert!(!text.contains(CANARY), "{text}");
        }
    }
}

const TOKENS: [&str; 3] = ["access_token", "refresh_token", "id_token"];
const CANARY: &str = "token-to-be-kept";

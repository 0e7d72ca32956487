use crate::app::{json, value};
use crate::arbitrary::{cases, text};
use proptest::prelude::*;
use serde_json::{Value, json};
use smart_launch::error::{Code, Error};
use smart_launch::protocol::http::{Request, Response, oauth_error};
use smart_launch::protocol::url::Url;
use smart_launch::protocol::visible::is_hidden;

fn response(status: u64, content_type: &str, body: &str) -> Response {
    Response::new(json(&json!({ "status": status, "contentType": content_type, "retryAfter": null, "body": body })))
}

fn refusal(status: u64, body: &str) -> Error {
    response(status, "application/json", body).error(Code::TokenRefused)
}

fn error_texts(error_body: Value) -> Value {
    value(oauth_error(Code::TokenRefused, &json(&error_body), &[]).oauth())
}

#[test]
fn parameters_of_the_media_type_have_no_effect() {
    for media in [
        "application/json",
        "Application/JSON ; charset=UTF-8",
        "application/json;charset=\"utf-8\"",
        "application/json; Charset = utf-8",
        "application/json;",
        " application/json\t",
        "application/json; profile=x",
        "application/json;charset=utf-8;x",
        "application/json;charset=utf8",
        "application/json; charset=us-ascii",
        "application/json;charset=utf-16",
        "application/json; charset=latin1; charset=utf-8",
        "application/json;charset=",
    ] {
        assert!(response(200, media, "").is_json(), "{media}");
    }
    for media in [
        "",
        "text/html",
        "text/json",
        "application/jsonevil",
        "application/fhir+json",
        "application/jwt",
        "application/json, text/html",
        "xapplication/json",
        "application / json",
        "application/json charset=utf-8",
        ";application/json",
    ] {
        assert!(!response(200, media, "").is_json(), "{media}");
    }
}

#[test]
fn server_s_texts_in_any_script_are_kept() {
    for word in [
        "Zugriff für Müller",
        "\"quoted\" 'quoted' \\ `x` <b>",
        "Доступ запрещён",
        "アクセスが拒否されました",
        "تم رفض الوصول",
        "הגישה נדחתה",
        "प्रवेश निषेध",
        "💡 ½ €",
        "\u{600}\u{6dd}",
    ] {
        let error_texts = error_texts(json!({ "error": word, "error_description": word, "hint": word }));
        for name in ["error", "description", "hint"] {
            assert_eq!(error_texts[name], word);
        }
    }
}

#[test]
fn invisible_characters_are_removed() {
    let hidden = "\0\u{1}\t\r\n\u{1b}\u{7f}\u{80}\u{9f}\u{ad}\u{34f}\u{61c}\u{115f}\u{17b4}\u{180e}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2060}\u{2066}\u{2069}\u{206f}\u{3164}\u{fe0f}\u{feff}\u{ffa0}\u{fff9}\u{1d173}\u{e0001}\u{e0041}\u{e0100}";
    for character in hidden.chars() {
        let error_texts = error_texts(
            json!({ "error": format!("{character}a{character}b"), "error_description": format!("ü{character}") }),
        );
        assert_eq!(error_texts, json!({ "error": "ab", "description": "ü" }), "{character:?}");
    }
    // Invisible characters do not count towards the limit.
    let long = format!("{}end", "\u{200b}".repeat(100_000));
    assert_eq!(error_texts(json!({ "error": "x", "error_description": long }))["description"], "end");
}

#[test]
fn success_is_a_status_from_200_to_299() {
    for (status, success) in [
        (0, false),
        (199, false),
        (200, true),
        (204, true),
        (299, true),
        (300, false),
        (302, false),
        (400, false),
        (500, false),
    ] {
        assert_eq!(response(status, "", "").is_success(), success);
    }
    assert!(!Response::new(json(&json!({}))).is_success());
}

#[test]
fn refusal_is_distinguished_from_a_bare_status() {
    let refusal_body = r#"{"error":"invalid_grant"}"#;
    for status in [400, 401, 403, 418, 499] {
        let error = refusal(status, refusal_body);
        assert_eq!(
            (error.code(), error.status(), error.oauth().text("error")),
            (Code::TokenRefused, status, "invalid_grant")
        );
    }
    for status in [0, 302, 408, 429, 500, 502, 503] {
        let error = refusal(status, refusal_body);
        assert_eq!((error.code(), error.status()), (Code::HttpStatus, status));
        assert!(error.oauth().is_null());
    }
    for body in [
        "",
        "<html>",
        "{}",
        "[]",
        "null",
        r#"{"error":""}"#,
        r#"{"error":7}"#,
        r#"{"error":"a","error":"b"}"#,
        r#""error""#,
    ] {
        assert_eq!(refusal(400, body).code(), Code::HttpStatus, "{body}");
    }
}

#[test]
fn refusal_of_a_document_has_the_server_s_texts_unless_its_body_has_a_token() {
    let error =
        |body: Value| response(403, "application/json", &body.to_string()).document_body(Code::HttpStatus).unwrap_err();
    let refused = error(
        json!({ "error": "access_denied", "error_description": "blocked", "error_uri": "https://ehr.example/a" }),
    );
    assert_eq!((refused.code(), refused.status()), (Code::HttpStatus, 403));
    assert_eq!(
        value(refused.oauth()),
        json!({ "error": "access_denied", "description": "blocked", "uri": "https://ehr.example/a" })
    );
    for token in ["access_token", "refresh_token", "id_token"] {
        let refused = error(json!({ "error": "access_denied", "error_description": "blocked", token: "canary" }));
        assert_eq!((refused.code(), refused.status()), (Code::HttpStatus, 403));
        assert!(refused.oauth().members().is_empty());
    }
    assert_eq!(response(200, "", "a").document_body(Code::HttpStatus).unwrap(), "a");
    assert_eq!(error(json!({})).code(), Code::HttpStatus);
}

#[test]
fn wait_is_at_most_five_minutes() {
    let wait = |retry_after: Value| {
        Response::new(json(&json!({ "status": 503, "retryAfter": retry_after })))
            .error(Code::TokenRefused)
            .retry_after()
    };
    for (stated, wait_for) in [
        (json!(0), Some(0)),
        (json!(7), Some(7)),
        (json!(300), Some(300)),
        (json!(301), Some(300)),
        (json!(1_000_000_000), Some(300)),
        (json!(u64::MAX), Some(300)),
        (json!(null), None),
        (json!(-1), None),
        (json!(1.5), None),
        (json!("7"), None),
    ] {
        assert_eq!(wait(stated.clone()), wait_for, "{stated}");
    }
}

#[test]
fn server_s_clock_is_read_in_seconds() {
    for (stated, date) in [(json!(1_700_000_000_999_u64), Some(1_700_000_000)), (json!(null), None), (json!("x"), None)]
    {
        assert_eq!(Response::new(json(&json!({ "status": 200, "date": stated }))).date(), date);
    }
}

#[test]
fn server_s_error_texts_are_capped_and_filtered() {
    assert_eq!(
        error_texts(
            json!({ "error": "access_denied", "error_description": "no", "error_uri": "https://a.b/c", "hint": "why" })
        ),
        json!({ "error": "access_denied", "description": "no", "hint": "why", "uri": "https://a.b/c" })
    );
    let hostile = "<img src=x onerror=alert(1)> \u{1b}[31m \u{202e} \0 \r\n \"q\" \\ é";
    assert_eq!(
        error_texts(json!({ "error": "x", "error_description": hostile }))["description"],
        "<img src=x onerror=alert(1)> [31m    \"q\" \\ é"
    );
    let long = "a".repeat(1_000_000);
    let long = error_texts(json!({ "error": long, "error_description": long, "hint": long }));
    assert_eq!(long["error"].as_str().unwrap().len(), 128);
    assert_eq!(long["description"].as_str().unwrap().len(), 1_024);
    assert_eq!(long["hint"].as_str().unwrap().len(), 1_024);
}

#[test]
fn error_uri_that_is_no_web_address_or_too_long_is_left_out() {
    for uri in ["javascript:alert(1)", "data:,x", "/why", "", "https://user@a.b/"] {
        assert!(error_texts(json!({ "error": "x", "error_uri": uri }))["uri"].is_null(), "{uri}");
    }
    assert!(
        error_texts(json!({ "error": "x", "error_uri": format!("https://a.b/{}", "c".repeat(1_000_000)) }))["uri"]
            .is_null()
    );
    assert!(error_texts(json!({ "error": "x", "error_uri": 7 }))["uri"].is_null());
}

#[test]
fn debugging_shows_neither_query_nor_fields_nor_body() {
    let url = Url::parse("https://ehr.example/token?secret=1").unwrap();
    let request = Request {
        purpose: "token",
        url,
        form: "code=secret".into(),
        authorization: "secret".into(),
        timeout: 1,
        secret: String::new(),
        family: String::new(),
        proof: String::new(),
    };
    assert_eq!(format!("{request:?}"), "token https://ehr.example/token");
    assert_eq!(format!("{:?}", response(200, "", "secret")), "200");
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn server_s_texts_have_no_invisible_characters(error in text(), description in text(), hint in text(), uri in text()) {
        let error_texts =
            error_texts(json!({ "error": error, "error_description": description, "hint": hint, "error_uri": uri }));
        for (_, word) in error_texts.as_object().into_iter().flatten() {
            prop_assert!(!word.as_str().unwrap().chars().any(is_hidden));
        }
    }

    #[test]
    fn any_error_response_is_an_error_with_its_status(status in 300_u64..600, body in text(), media in text()) {
        let error = response(status, &media, &body).error(Code::TokenRefused);
        prop_assert_eq!(error.status(), status);
        prop_assert!(matches!(error.code(), Code::TokenRefused | Code::HttpStatus));
    }
}

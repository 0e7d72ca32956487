use crate::app::{assert_fails, code, json, value, warnings};
use crate::arbitrary::{cases, json as any_json, object, text};
use crate::ehr;
use proptest::prelude::*;
use serde_json::{Value, json};
use smart_launch::error::{Code, Result};
use smart_launch::protocol::http::Response;
use smart_launch::protocol::token::{Tokens, code_form, refresh_form};

fn parse(status: u64, media: &str, body: &str, strict: bool) -> Result<Tokens> {
    Tokens::parse(&Response::new(json(&json!({ "status": status, "contentType": media, "body": body }))), strict)
}

fn read(changes: Value) -> Result<Tokens> {
    parse(200, "application/json", &ehr::with(ehr::tokens(1), changes).to_string(), false)
}

fn read_strictly(changes: Value) -> Result<Tokens> {
    parse(200, "application/json", &ehr::with(ehr::tokens(1), changes).to_string(), true)
}

#[test]
fn form_fields_are_in_the_specification_s_order() {
    assert_eq!(
        code_form("c&d=e", "https://app.example/back", "v"),
        "code=c%26d%3De&grant_type=authorization_code&redirect_uri=https%3A%2F%2Fapp.example%2Fback&code_verifier=v"
    );
    assert_eq!(refresh_form("r+t", ""), "grant_type=refresh_token&refresh_token=r%2Bt");
    assert_eq!(refresh_form("r", "a b"), "grant_type=refresh_token&refresh_token=r&scope=a%20b");
}

#[test]
fn valid_response_has_no_warnings() {
    let tokens = read_strictly(json!({ "id_token": "a.b.c" })).unwrap().json().clone();
    assert_eq!(tokens.text("access_token"), ehr::access_token(1));
    assert_eq!(tokens.text("refresh_token"), ehr::refresh_token(1));
    assert_eq!(tokens.text("id_token"), "a.b.c");
    assert_eq!((tokens.at("expiresIn").number(), tokens.text("granted")), (Some(3600), ehr::SCOPE));
    assert!(warnings(&tokens).is_empty());
}

#[test]
fn rest_of_the_response_contains_no_token() {
    let tokens = value(read(json!({ "id_token": "a.b.c", "__x": { "y": 1 } })).unwrap().json());
    let rest = &tokens["tokenResponse"];
    assert!(rest["access_token"].is_null() && rest["refresh_token"].is_null() && rest["id_token"].is_null());
    assert_eq!((&rest["__x"], &rest["token_type"]), (&json!({ "y": 1 }), &json!("Bearer")));
}

#[test]
fn token_response_with_an_error_is_a_refusal() {
    for error in [json!("none"), json!("invalid_grant"), json!({ "code": 7 }), json!(["x"]), json!(true), json!(7)] {
        assert_fails(read(json!({ "error": error })), Code::TokenRefused);
    }
    for error in [json!(null), json!(""), json!(false)] {
        assert!(read(json!({ "error": error })).is_ok(), "{error}");
    }
    assert_fails(read(json!({ "access_token": null, "error": "none" })), Code::TokenRefused);
    assert_fails(read(json!({ "access_token": null })), Code::TokenResponseInvalid);
}

#[test]
fn token_that_is_invalid_in_a_header_is_refused() {
    for name in ["access_token", "refresh_token", "id_token"] {
        for token in [
            json!(""),
            json!(7),
            json!({}),
            json!([]),
            json!(true),
            json!("a b"),
            json!("a\r\nb"),
            json!("a\u{0}"),
            json!("\u{7f}"),
            json!("é"),
        ] {
            assert_fails(read(json!({ name: token })), Code::TokenResponseInvalid);
        }
        assert!(read(json!({ name: "a".repeat(65_536) })).is_ok());
        assert_fails(read(json!({ name: "a".repeat(65_537) })), Code::TokenResponseInvalid);
    }
    assert_fails(read(json!({ "access_token": null })), Code::TokenResponseInvalid);
    assert!(read(json!({ "refresh_token": null })).unwrap().json().at("refresh_token").is_null());
}

#[test]
fn only_bearer_tokens_are_accepted_in_upper_and_lower_case() {
    for kind in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        assert!(read(json!({ "token_type": kind })).is_ok());
    }
    for kind in [
        json!(null),
        json!(""),
        json!("mac"),
        json!("DPoP"),
        json!("N_A"),
        json!(7),
        json!([]),
        json!("constructor"),
        json!("Bearer "),
    ] {
        assert_fails(read(json!({ "token_type": kind })), Code::TokenTypeUnsupported);
    }
}

#[test]
fn lifetime_is_a_whole_number_of_seconds() {
    for (stated, seconds) in [
        (json!(3600), 3_600),
        (json!("3600"), 3_600),
        (json!("0060"), 60),
        (json!(0), 0),
        (json!(-5), 0),
        (json!("-5"), 0),
        (json!(u64::MAX), 3_155_760_000),
        (json!("99999999999999999999999999"), 3_155_760_000),
    ] {
        let tokens = read_strictly(json!({ "expires_in": stated })).unwrap().json().clone();
        assert_eq!(tokens.at("expiresIn").number(), Some(seconds), "{stated}");
    }
}

#[test]
fn lifetime_that_cannot_be_read_is_unknown() {
    for stated in [
        json!("3600abc"),
        json!(""),
        json!("-"),
        json!("--5"),
        json!("+5"),
        json!(" 60"),
        json!("6 0"),
        json!("NaN"),
        json!("1e9"),
        json!(1e9),
        json!(1.5),
        json!("0x10"),
        json!(true),
        json!([]),
        json!({}),
        json!("٣"),
    ] {
        let tokens = read(json!({ "expires_in": stated })).unwrap().json().clone();
        assert!(tokens.at("expiresIn").is_null(), "{stated}");
        assert_eq!(warnings(&tokens), ["expires_in_invalid"], "{stated}");
        assert_fails(read_strictly(json!({ "expires_in": stated })), Code::TokenResponseInvalid);
    }
    let absent = read_strictly(json!({ "expires_in": null })).unwrap().json().clone();
    assert!(absent.at("expiresIn").is_null() && warnings(&absent).is_empty());
}

#[test]
fn scope_is_text_and_may_be_empty() {
    assert!(read(json!({ "scope": null })).unwrap().json().at("granted").is_null());
    let none = read(json!({ "scope": "" })).unwrap().json().clone();
    assert!(!none.at("granted").is_null() && none.text("granted").is_empty());
    for scope in [json!([]), json!(["a"]), json!(7), json!({}), json!(true)] {
        assert_fails(read(json!({ "scope": scope })), Code::TokenResponseInvalid);
    }
    for scope in ["a\tb", "a\nb", "a\u{a0}b"] {
        assert_eq!(warnings(read(json!({ "scope": scope })).unwrap().json()), ["scope_malformed"]);
        assert_fails(read_strictly(json!({ "scope": scope })), Code::TokenResponseInvalid);
    }
}

#[test]
fn refusal_has_the_server_s_error() {
    for status in [200, 400, 401, 403] {
        let body = r#"{"error":"invalid_grant","error_description":"too late"}"#;
        let error = parse(status, "application/json", body, false).unwrap_err();
        assert_eq!((error.code(), error.oauth().text("description")), (Code::TokenRefused, "too late"), "{status}");
    }
}

#[test]
fn error_status_is_never_a_success() {
    let body = ehr::tokens(1).to_string();
    for status in [0, 199, 302, 400, 401, 418, 500, 502] {
        assert_fails(parse(status, "application/json", &body, false), Code::HttpStatus);
    }
}

#[test]
fn response_that_is_not_declared_as_json_is_refused() {
    let body = ehr::tokens(1).to_string();
    assert!(parse(200, "Application/JSON ; charset=UTF-8", &body, false).is_ok());
    for media in ["", "text/html", "application/jsonevil", "text/json", "application/fhir+json"] {
        assert_fails(parse(200, media, &body, false), Code::ContentType);
    }
}

#[test]
fn response_that_is_no_json_object_is_refused() {
    for (body, expected) in [
        ("null", Code::TokenResponseInvalid),
        ("[]", Code::TokenResponseInvalid),
        ("\"x\"", Code::TokenResponseInvalid),
        ("1", Code::TokenResponseInvalid),
        ("", Code::TokenResponseInvalid),
        (" \n", Code::TokenResponseInvalid),
        ("{}", Code::TokenResponseInvalid),
        ("{\"access_token\":\"a", Code::JsonInvalid),
        ("access_token=a&token_type=bearer", Code::JsonInvalid),
        ("{\"access_token\":\"a\",\"access_token\":\"b\"}", Code::JsonInvalid),
    ] {
        assert_fails(parse(200, "application/json", body, false), expected);
    }
}

#[test]
fn additional_members_are_kept_up_to_256_in_total() {
    let read_members = |count: usize| {
        let members =
            (0..count).map(|number| (format!("member-{number}"), json!(number))).collect::<serde_json::Map<_, _>>();
        read(Value::from(members))
    };
    assert_eq!(value(read_members(250).unwrap().json())["tokenResponse"]["member-249"], 249);
    for count in [251, 1_000, 2_000, 10_000] {
        assert_fails(read_members(count), Code::TokenResponseInvalid);
    }
}

#[test]
fn additional_members_are_never_read_as_members_of_the_session() {
    let own_names = json!({ "expiresIn": 9, "granted": "system/*.*", "warnings": ["x"], "tokenResponse": {}, "fhirBaseUrl": "https://evil.example" });
    let plain = value(read(json!({})).unwrap().json());
    let mut tokens = value(read(own_names.clone()).unwrap().json());
    for (name, value) in own_names.as_object().unwrap() {
        assert_eq!(&tokens["tokenResponse"][name], value);
    }
    tokens["tokenResponse"] = plain["tokenResponse"].clone();
    assert_eq!(tokens, plain);
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn any_response_is_read_or_refused(body in text(), changes in object(), value_of_member in any_json(), which in 0..6_usize) {
        let _ = parse(200, "application/json", &body, false);
        let _ = read(changes);
        let name = ["access_token", "token_type", "expires_in", "scope", "patient", "fhirContext"][which];
        if let Ok(tokens) = read(json!({ name: value_of_member })) {
            prop_assert!(tokens.json().text("access_token").bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert!(tokens.json().at("expiresIn").number().is_none_or(|seconds| seconds <= 3_155_760_000));
        }
    }

    #[test]
    fn lifetime_in_digits_is_read_as_a_number(seconds in any::<i64>()) {
        for stated in [json!(seconds), json!(seconds.to_string())] {
            let read = read_strictly(json!({ "expires_in": stated }));
            prop_assert_eq!(code(&read), "ok");
            prop_assert_eq!(read.unwrap().json().at("expiresIn").number(), Some((seconds.max(0) as u64).min(3_155_760_000)));
        }
    }
}

#[test]
fn member_of_another_type_is_left_out_of_the_whole_response() {
    let members_of_other_types =
        json!({ "intent": 7, "tenant": null, "need_patient_banner": "true", "fhirContext": "x", "expires_in": [] });
    let response = value(read(members_of_other_types).unwrap().json())["tokenResponse"].clone();
    for name in ["intent", "tenant", "need_patient_banner", "fhirContext", "expires_in"] {
        assert!(response.get(name).is_none(), "{name}");
    }
    let valid =
        json!({ "intent": "x", "tenant": "", "need_patient_banner": false, "fhirContext": [7], "expires_in": "3600" });
    let response = value(read(valid.clone()).unwrap().json())["tokenResponse"].clone();
    for (name, stated) in valid.as_object().unwrap() {
        assert_eq!(response[name], *stated);
    }
}

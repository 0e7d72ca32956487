use crate::app::{App, CODE, REDIRECT, assert_fails, code, json};
use crate::arbitrary::{cases, pieces, text};
use crate::ehr;
use proptest::prelude::*;
use serde_json::json;
use smart_launch::error::{Code, Result};
use smart_launch::protocol::authorization::AuthorizationRequest;
use smart_launch::protocol::authorization_response::AuthorizationResponse;
use smart_launch::protocol::form::encode;
use smart_launch::protocol::json::Json;

/// 43 characters, as in a `state` of this library.
const STATE: &str = "abcdefghijklmnopqrstuvwxyz-_ABCDEFGHIJKLMNO";

fn request() -> Json {
    json(&json!({ "state": STATE, "issuer": ehr::ISSUER }))
}

fn matching(request: &Json) -> AuthorizationRequest {
    AuthorizationRequest::from_expected(request.clone())
}

/// The code of a response in the query.
fn code_of(query: &str, request: &Json) -> Result<String> {
    AuthorizationResponse::from_url(&format!("{REDIRECT}?{query}"))?.code(&matching(request)).map(String::from)
}

#[test]
fn code_is_returned_for_the_request_that_it_matches() {
    assert_eq!(code_of(&format!("code=a%2Bb+c&state={STATE}"), &request()).unwrap(), "a+b c");
}

#[test]
fn code_is_not_returned_for_another_request() {
    let other = json(&json!({ "state": STATE.to_lowercase() }));
    assert_fails(code_of(&format!("code=a&state={STATE}"), &other), Code::StateUnknown);
    assert_fails(code_of(&format!("code=a&state={STATE}"), &Json::object()), Code::StateUnknown);
}

#[test]
fn other_parameters_are_ignored() {
    let query = format!("session_state=x&code=a&state={STATE}&%zz=%zz&foo=1&foo=2&=&");
    assert_eq!(code_of(&query, &request()).unwrap(), "a");
}

#[test]
fn response_has_a_code_or_an_error_and_not_both() {
    for query in [
        "",
        "state=s",
        "code=&state=s",
        "error=&state=s",
        "code=a&error=b&state=s",
        "code=&error=b&state=s",
        "code=a&error=&state=s",
    ] {
        assert_fails(code_of(query, &request()), Code::CallbackMalformed);
    }
}

#[test]
fn response_without_state_is_refused() {
    for query in ["code=a", "error=access_denied", "code=a&iss=x"] {
        assert_fails(code_of(query, &request()), Code::StateUnknown);
    }
    assert_fails(code_of("code=a&state=", &request()), Code::CallbackMalformed);
}

#[test]
fn repeated_parameter_is_refused() {
    for name in ["code", "state", "iss", "error", "error_description", "error_uri"] {
        for repeated_name in
            [name.to_owned(), name.replacen('r', "%72", 1).replacen('s', "%73", 1).replacen("co", "c%6F", 1)]
        {
            let query = format!("code=a&state={STATE}&{name}=x&{repeated_name}=x");
            assert_fails(code_of(&query, &request()), Code::CallbackDuplicateParam);
        }
    }
}

#[test]
fn malformed_encoding_is_refused() {
    for query in ["code=%&state=s", "code=a&state=%ff", "code=a&state=s&iss=%c3%28", "error=%ed%a0%80&state=s"] {
        assert_fails(code_of(query, &request()), Code::CallbackMalformed);
    }
}

#[test]
fn response_of_more_than_a_megabyte_and_a_quarter_is_not_read() {
    let start = format!("{REDIRECT}?error=x&state={STATE}&error_description=");
    let url_of_length = |bytes: usize| format!("{start}{}", "a".repeat(bytes - start.len()));
    let from_body = |body: &str| AuthorizationResponse::from_body(body, "");
    for read in [AuthorizationResponse::from_url, AuthorizationResponse::from_part, from_body] {
        assert_fails(read(&url_of_length(1_310_721)), Code::CallbackMalformed);
    }
    assert!(AuthorizationResponse::from_url(&url_of_length(1_310_720)).is_ok());
}

#[test]
fn url_of_a_megabyte_with_any_content_is_read_or_refused() {
    for filling in ["a", "&", "a=1&", "code=a&", "%41=%41&", "?", "#", "/", "%", "+", "="] {
        for mark in ["?", "#", "#/x?"] {
            let link = format!("{REDIRECT}{mark}{}&code=a&state={STATE}", filling.repeat(1_200_000 / filling.len()));
            let _ = AuthorizationResponse::from_url(&link);
            let _ = AuthorizationResponse::from_part(&link);
        }
    }
}

#[test]
fn response_after_the_path_of_a_hash_router_counts_as_a_response_in_the_fragment() {
    let fragment = json(&json!({ "state": STATE, "responseMode": "fragment" }));
    for route in ["/callback?", "!/callback?tab=1&", "callback?", "/", "/callback&"] {
        let url = format!("{REDIRECT}#{route}code=a&state={STATE}");
        assert_eq!(AuthorizationResponse::from_url(&url).unwrap().code(&matching(&fragment)).unwrap(), "a", "{route}");
        assert_fails(
            AuthorizationResponse::from_url(&url).unwrap().code(&matching(&request())).map(String::from),
            Code::CallbackWrongMode,
        );
    }
}

#[test]
fn response_in_the_query_is_read_beside_the_route_of_a_hash_router_unless_that_has_a_response_too() {
    for route in ["/", "/charts?state=open", "/charts?code=7", "/reset?token=x", "!/x?error=y", "/a?access_token=x"] {
        assert_eq!(code_of(&format!("code=a&state={STATE}#{route}"), &request()).unwrap(), "a", "{route}");
    }
    assert_fails(code_of(&format!("code=a&state={STATE}#/x?code=b&state=c"), &request()), Code::CallbackWrongMode);
}

#[test]
fn part_of_a_url_is_read_as_a_response_at_an_unknown_url() {
    let parameters = format!("code=a%2Bb&state={STATE}");
    for (part, modes) in [
        (format!("?{parameters}"), vec!["query"]),
        (format!("#{parameters}"), vec!["fragment"]),
        (format!("/back?tab=1&{parameters}#top"), vec!["query"]),
        (format!("back?{parameters}"), vec!["query"]),
        (format!("/#/back?{parameters}"), vec!["fragment"]),
        // Bare parameters may be a query, a fragment or a body.
        (parameters.clone(), vec!["query", "fragment", "form_post"]),
    ] {
        for mode in ["query", "fragment", "form_post"] {
            let request = json(&json!({ "state": STATE, "responseMode": mode }));
            let response = AuthorizationResponse::from_part(&part).unwrap();
            assert!(response.arrived_at().is_none() && response.check_redirect_uri(REDIRECT).is_ok());
            assert_eq!(response.code(&matching(&request)).is_ok(), modes.contains(&mode), "{part} for {mode}");
        }
    }
}

#[test]
fn error_for_a_part_without_a_response_explains_which_url_to_pass() {
    for part in ["", "x", "/back", "?", "#", "?state=s", "[object Object]", "https", "/back?tab=1"] {
        let error = AuthorizationResponse::from_part(part).unwrap_err();
        assert_eq!(error.code(), Code::CallbackMalformed);
        assert!(error.to_string().contains("pass the whole URL"), "{part}: {error}");
    }
}

#[test]
fn state_is_looked_up_only_in_the_format_of_this_library() {
    let key = |state: &str| {
        AuthorizationResponse::from_url(&format!("{REDIRECT}?code=a&{}", encode(&[("state", state)])))?.key()
    };
    assert_eq!(key(STATE).unwrap(), format!("smart-launch:sign-in:{STATE}"));
    for state in
        [&STATE[1..], &format!("{STATE}a"), &STATE.replace('a', "."), &STATE.replace('a', "\n"), "__proto__", "../../x"]
    {
        assert_fails(key(state), Code::StateUnknown);
    }
    assert_eq!(key(&"a".repeat(1_024)).unwrap_err().code(), Code::StateUnknown);
    assert_eq!(key(&"a".repeat(1_025)).unwrap_err().code(), Code::CallbackMalformed);
}

#[test]
fn issuer_is_compared_exactly() {
    let code_with_iss = |iss: &str| code_of(&format!("code=a&state={STATE}&{}", encode(&[("iss", iss)])), &request());
    assert!(code_with_iss(ehr::ISSUER).is_ok());
    for iss in ["https://ehr.example/", "https://EHR.example", "https://ehr.example:443", "http://ehr.example", "x"] {
        assert_fails(code_with_iss(iss), Code::IssMismatch);
    }
}

#[test]
fn iss_is_required_if_the_metadata_promises_it() {
    let promised = json(&json!({ "state": STATE, "issuer": ehr::ISSUER, "issRequired": true }));
    assert_fails(code_of(&format!("code=a&state={STATE}"), &promised), Code::IssMissing);
    assert_fails(code_of(&format!("code=a&state={STATE}&iss="), &promised), Code::IssMissing);
    assert_fails(code_of(&format!("code=a&state={STATE}&iss="), &request()), Code::IssMissing);
    assert!(code_of(&format!("code=a&state={STATE}"), &request()).is_ok());
}

#[test]
fn iss_is_not_compared_if_the_server_states_no_issuer_and_does_not_promise_iss() {
    let request_without_issuer = json(&json!({ "state": STATE }));
    assert!(code_of(&format!("code=a&state={STATE}&iss=https%3A%2F%2Fehr.example"), &request_without_issuer).is_ok());
    let promised = json(&json!({ "state": STATE, "issRequired": true }));
    assert_fails(code_of(&format!("code=a&state={STATE}&iss=https%3A%2F%2Fehr.example"), &promised), Code::IssMismatch);
}

#[test]
fn code_is_returned_only_for_a_response_in_the_requested_mode() {
    let request_in = |mode: &str| json(&json!({ "state": STATE, "responseMode": mode }));
    let parameters = format!("code=a&state={STATE}");
    let query = AuthorizationResponse::from_url(&format!("{REDIRECT}?{parameters}")).unwrap();
    let fragment = AuthorizationResponse::from_url(&format!("{REDIRECT}#{parameters}")).unwrap();
    let body = AuthorizationResponse::from_body(&parameters, "").unwrap();
    for (response, response_mode) in [(query, "query"), (fragment, "fragment"), (body, "form_post")] {
        for mode in ["query", "fragment", "form_post"] {
            let expected = if mode == response_mode { "ok" } else { "callback_wrong_mode" };
            assert_eq!(code(&response.code(&matching(&request_in(mode)))), expected, "{response_mode} for {mode}");
        }
        assert_eq!(response.code(&matching(&request())).is_ok(), response_mode == "query");
    }
}

#[test]
fn error_may_arrive_by_the_server_s_default_mode() {
    let parameters = format!("{REDIRECT}#error=unsupported_response_type&state={STATE}");
    let response = AuthorizationResponse::from_url(&parameters).unwrap();
    assert_fails(response.code(&matching(&request())), Code::AuthorizationRefused);
}

#[test]
fn responses_in_both_query_and_fragment_are_refused() {
    for url in [
        format!("{REDIRECT}?code=a&state={STATE}#code=b&state={STATE}"),
        format!("{REDIRECT}?code=a&state={STATE}#error=x"),
        format!("{REDIRECT}?state=x#code=b&state={STATE}"),
    ] {
        assert_fails(AuthorizationResponse::from_url(&url), Code::CallbackWrongMode);
    }
}

#[test]
fn tokens_of_another_flow_are_refused_anywhere_in_the_url() {
    for extra in ["access_token=evil", "id_token=x", "token=x", "response=x", "%61ccess_token="] {
        assert_fails(code_of(&format!("code=a&state={STATE}&{extra}"), &request()), Code::CallbackWrongMode);
        assert_fails(code_of(&format!("code=a&state={STATE}#{extra}"), &request()), Code::CallbackWrongMode);
        let fragment = AuthorizationResponse::from_url(&format!("{REDIRECT}?{extra}#code=a&state={STATE}")).unwrap();
        let request = json(&json!({ "state": STATE, "responseMode": "fragment" }));
        assert_fails(fragment.code(&matching(&request)), Code::CallbackWrongMode);
    }
    assert!(code_of(&format!("code=a&state={STATE}#section-2"), &request()).is_ok());
    assert!(code_of(&format!("code=a&state={STATE}#_=_"), &request()).is_ok());
}

#[test]
fn interaction_required_is_distinguished_from_a_refusal() {
    for error in ["login_required", "consent_required", "interaction_required", "account_selection_required"] {
        assert_fails(code_of(&format!("error={error}&state={STATE}"), &request()), Code::InteractionRequired);
    }
    for error in ["access_denied", "invalid_scope", "server_error", "x", "Login_required"] {
        assert_fails(code_of(&format!("error={error}&state={STATE}"), &request()), Code::AuthorizationRefused);
    }
}

#[test]
fn refusal_has_the_server_s_error_texts() {
    let query = format!(
        "error=access_denied&error_description=The+user+said+no&error_uri=https%3A%2F%2Fehr.example%2Fwhy&state={STATE}"
    );
    let error = code_of(&query, &request()).unwrap_err();
    assert_eq!(error.oauth().text("error"), "access_denied");
    assert_eq!(error.oauth().text("description"), "The user said no");
    assert_eq!(error.oauth().text("uri"), "https://ehr.example/why");
}

#[test]
fn state_is_checked_before_the_error_is_reported() {
    let query = "error=access_denied&error_description=call+0800&state=another";
    let error = code_of(query, &request()).unwrap_err();
    assert_eq!(error.code(), Code::StateUnknown);
    assert!(error.oauth().is_null());
}

#[test]
fn response_at_another_url_than_the_redirect_uri_is_refused() {
    let arrived = |url: &str| {
        AuthorizationResponse::from_url(&format!("{url}?code=a&state={STATE}"))
            .and_then(|response| response.check_redirect_uri(REDIRECT))
    };
    for url in [REDIRECT, "HTTPS://APP.example:443/back", "https://app.example/x/../back"] {
        assert!(arrived(url).is_ok(), "{url}");
    }
    for url in [
        "https://app.example/",
        "https://app.example/back/",
        "https://app.example/Back",
        "https://app.example/back/evil",
        "https://app.example:8443/back",
        "http://app.example/back",
        "https://app.example.evil.example/back",
        "https://evil.example/back",
    ] {
        assert_fails(arrived(url), Code::CallbackMalformed);
    }
    for url in ["javascript:x", "https://user@app.example/back", "back", "https://app.example\\/back"] {
        assert_fails(arrived(url), Code::CallbackMalformed);
    }
    assert!(
        AuthorizationResponse::from_body(&format!("code=a&state={STATE}"), "")
            .unwrap()
            .check_redirect_uri(REDIRECT)
            .is_ok()
    );
}

#[test]
fn redirect_uri_may_have_a_query_of_its_own() {
    let url = format!("{REDIRECT}?tenant=1&code=a&state={STATE}");
    assert!(AuthorizationResponse::from_url(&url).unwrap().check_redirect_uri(&format!("{REDIRECT}?tenant=1")).is_ok());
}

#[test]
fn debugging_shows_neither_code_nor_state() {
    let response = AuthorizationResponse::from_url(&format!("{REDIRECT}?code={CODE}&state={STATE}")).unwrap();
    let shown = format!("{response:?}");
    assert!(!shown.contains(CODE) && !shown.contains(STATE), "{shown}");
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn any_callback_is_read_or_refused(odd in text(), query in pieces(PIECES, 10), fragment in pieces(PIECES, 6)) {
        for url in [format!("{REDIRECT}?{query}#{fragment}"), format!("{REDIRECT}?{odd}"), odd.clone()] {
            if let Ok(response) = AuthorizationResponse::from_url(&url) {
                let _ = response.code(&matching(&request()));
                prop_assert!(response.key().map_or(true, |key| key.ends_with(STATE)));
            }
        }
        let _ = AuthorizationResponse::from_body(&odd, "");
    }

    #[test]
    fn callback_is_accepted_only_by_the_sign_in_that_it_belongs_to(
        at in 0..43_usize, letter in "[a-zA-Z0-9_.%-]", sign_in_number in 0..3_usize, truncates in any::<bool>(),
    ) {
        let app = App::pending();
        app.begin(json!({})).unwrap();
        let genuine = app.state(sign_in_number);
        let mut state = genuine.clone();
        if truncates { state.truncate(at) } else { state.replace_range(at..=at, &letter) }
        app.tab.responses.always("token", crate::host::FakeResponse::ok(&ehr::tokens(1)));
        let before = app.tab.records.under(crate::app::SIGN_INS);
        let outcome = app.complete(&format!("{REDIRECT}?code=some-code&{}", encode(&[("state", &state)])));
        prop_assert_eq!(outcome.is_ok(), state == genuine);
        if state != genuine {
            prop_assert_eq!(app.tab.records.under(crate::app::SIGN_INS), before);
            prop_assert_eq!(app.tab.count("token"), 0);
        }
    }
}

const PIECES: &[&str] = &[
    "code",
    "state",
    "iss",
    "error",
    "=",
    "&",
    "?",
    "#",
    "%63ode",
    "%",
    "+",
    STATE,
    "https://ehr.example",
    "access_token",
    "é",
    "a",
];

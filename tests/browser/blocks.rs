//! The building blocks, called through the module's export `block`: JSON text in, JSON text out.

use crate::driver::outcome;
use smart_launch::error::Code;
use smart_launch::js::block;
use smart_launch::protocol::json::Json;
use wasm_bindgen_test::wasm_bindgen_test;

fn run(name: &str, input: &str) -> Result<Json, Json> {
    outcome(&block(name.into(), input.into()))
}

fn error_code(name: &str, input: &str) -> Option<u64> {
    run(name, input).err()?.at("code").number()
}

#[wasm_bindgen_test]
fn launch_gives_iss_and_launch_or_nothing() {
    let launch =
        run("launch", r#"{"url":"https://app.example/launch?iss=https%3A%2F%2Fehr.example%2Ffhir&launch=xyz"}"#)
            .unwrap();
    assert_eq!(launch.to_text(), r#"{"iss":"https://ehr.example/fhir","launch":"xyz"}"#);
    assert!(run("launch", r#"{"url":"https://app.example/"}"#).unwrap().is_null());
}

#[wasm_bindgen_test]
fn configuration_url_is_appended_to_the_whole_base() {
    let url = run("configurationUrl", r#"{"fhirBaseUrl":"https://ehr.example/fhir/"}"#).unwrap();
    assert_eq!(url.str(), "https://ehr.example/fhir/.well-known/smart-configuration");
}

#[wasm_bindgen_test]
fn configuration_is_read_with_absolute_endpoints() {
    let body = Json::from(r#"{"token_endpoint":"/token","code_challenge_methods_supported":["S256"]}"#).to_text();
    let server =
        run("configuration", &format!(r#"{{"fhirBaseUrl":"https://ehr.example/fhir","body":{body}}}"#)).unwrap();
    assert_eq!(server.text("tokenEndpoint"), "https://ehr.example/token");
    assert!(server.at("warnings").lists("discovery_relative_url"));
}

#[wasm_bindgen_test]
fn authorization_request_has_the_order_of_the_specification() {
    let input = r#"{"authorizationEndpoint":"https://ehr.example/authorize","clientId":"app","redirectUri":"https://app.example/back","scope":"launch/patient","aud":"https://ehr.example/fhir","state":"s","codeChallenge":"c"}"#;
    let request = run("authorizationRequest", input).unwrap();
    assert_eq!(
        request.text("url"),
        "https://ehr.example/authorize?response_type=code&client_id=app&scope=launch%2Fpatient&redirect_uri=https%3A%2F%2Fapp.example%2Fback&aud=https%3A%2F%2Fehr.example%2Ffhir&state=s&code_challenge=c&code_challenge_method=S256"
    );
}

#[wasm_bindgen_test]
fn authorization_response_returns_its_code_only_for_its_request() {
    let input = |state| {
        format!(
            r#"{{"url":"https://app.example/back?code=abc&state=s","state":"{state}","redirectUri":"https://app.example/back"}}"#
        )
    };
    assert_eq!(run("authorizationResponse", &input("s")).unwrap().text("code"), "abc");
    assert_eq!(error_code("authorizationResponse", &input("t")), Some(Code::StateUnknown as u64));
}

#[wasm_bindgen_test]
fn token_requests_are_those_of_the_specification() {
    let request = run("codeTokenRequest", r#"{"tokenEndpoint":"https://ehr.example/token","clientId":"app","code":"a b","redirectUri":"https://app.example/back","codeVerifier":"v"}"#).unwrap();
    assert_eq!(request.text("url"), "https://ehr.example/token");
    assert_eq!(
        request.text("body"),
        "client_id=app&code=a%20b&grant_type=authorization_code&redirect_uri=https%3A%2F%2Fapp.example%2Fback&code_verifier=v"
    );
    let request = run(
        "refreshTokenRequest",
        r#"{"tokenEndpoint":"https://ehr.example/token","clientId":"app","refreshToken":"r"}"#,
    )
    .unwrap();
    assert_eq!(request.text("body"), "client_id=app&grant_type=refresh_token&refresh_token=r");
}

#[wasm_bindgen_test]
fn token_response_is_read_or_refused() {
    let input = |status, body: &str| {
        format!(r#"{{"status":{status},"contentType":"application/json","body":{}}}"#, Json::from(body).to_text())
    };
    let tokens =
        run("tokenResponse", &input(200, r#"{"access_token":"t","token_type":"Bearer","expires_in":"60"}"#)).unwrap();
    assert_eq!((tokens.text("access_token"), tokens.at("expiresIn").number()), ("t", Some(60)));
    let error = run("tokenResponse", &input(400, r#"{"error":"invalid_grant"}"#)).unwrap_err();
    assert_eq!(error.at("code").number(), Some(Code::TokenRefused as u64));
    assert_eq!(error.at("oauth").text("error"), "invalid_grant");
    assert_eq!(error_code("tokenResponse", &input(302, "")), Some(Code::Redirected as u64));
}

#[wasm_bindgen_test]
fn input_that_is_no_json_or_lacks_members_is_refused() {
    assert_eq!(error_code("launch", "{"), Some(Code::ConfigInvalid as u64));
    assert_eq!(error_code("codeTokenRequest", "{}"), Some(Code::ConfigInvalid as u64));
    assert_eq!(error_code("codeTokenRequest", "null"), Some(Code::ConfigInvalid as u64));
}

//! The worked examples of the specification (public client) and of RFC 7636, byte for byte.

use crate::app::{App, code, value};
use crate::ehr;
use crate::host::{FakeResponse, sha256};
use serde_json::{Value, json};
use smart_launch::flow::refresh::Need;
use smart_launch::protocol::authorization::AuthorizationRequest;
use smart_launch::protocol::authorization_response::AuthorizationResponse;
use smart_launch::protocol::client_authentication::with_client_id;
use smart_launch::protocol::form::{decode, find};
use smart_launch::protocol::launch::{Launch, query};
use smart_launch::protocol::token::code_form;

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

/// A text of the public client's example.
fn public(name: &str) -> String {
    vectors()["public"][name].as_str().unwrap().into()
}

fn verifier() -> String {
    vectors()["pkce"][0]["verifier"].as_str().unwrap().into()
}

/// A decoded field of the example's authorization request.
fn request_field(name: &str) -> String {
    let url = public("authorize_url");
    decode(find(query(&url), name).0).unwrap()
}

/// The example's app at the example's server; its next random values are `state`, a nonce and the example's verifier.
fn app(state: &str) -> App {
    let app = App::with(json!({
        "fhirBaseUrl": request_field("aud"), "clientId": request_field("client_id"), "redirectUri": request_field("redirect_uri"), "scope": request_field("scope"),
    }));
    let server = json!({
        "authorization_endpoint": public("authorize_url").split('?').next().unwrap(), "token_endpoint": public("token_url"),
    });
    app.tab.responses.always("discovery", FakeResponse::ok(&ehr::with(ehr::document(), server)));
    app.tab.randoms.borrow_mut().extend([state.to_owned(), "the-nonce".into(), verifier()]);
    app
}

#[test]
fn authorization_request_is_as_in_the_specification() {
    let app = app(&request_field("state"));
    let request = value(app.begin(json!({})).unwrap().request.json());
    assert_eq!(request["url"], public("authorize_url"));
}

#[test]
fn token_request_is_as_in_the_specification() {
    let app = app(&request_field("state"));
    app.begin(json!({})).unwrap();
    let record = app.tab.records.under(crate::app::SIGN_INS).into_values().next().unwrap();
    let request = crate::app::json(&serde_json::from_str(&record).unwrap());
    let response = AuthorizationResponse::from_url(&public("callback_url")).unwrap();
    response.check_redirect_uri(&request_field("redirect_uri")).unwrap();
    let form = code_form(
        response.code(&AuthorizationRequest::from_expected(request.clone())).unwrap(),
        request.text("redirectUri"),
        request.text("verifier"),
    );
    assert_eq!(with_client_id("token", &form, request.text("clientId")), public("token_body"));
    assert_eq!(request.text("tokenEndpoint"), public("token_url"));
}

/// The `state` here is as long as those that this library makes. That of the example has 95 bits at most, so its response would be
/// refused with `state_unknown`.
#[test]
fn sign_in_and_refresh_send_the_bytes_of_the_specification() {
    let state = "0hJc1S9O4oW54XuY0hJc1S9O4oW54XuY0hJc1S9O4oW";
    let app = app(state);
    let request = value(app.begin(json!({})).unwrap().request.json());
    assert_eq!(request["url"], public("authorize_url").replace(&request_field("state"), state));
    let body = public("refresh_body_as_prepared");
    let refresh_token = decode(find(&body, "refresh_token").0).unwrap();
    let tokens = ehr::with(ehr::tokens(1), json!({ "refresh_token": refresh_token }));
    app.tab.responses.next("token", FakeResponse::ok(&tokens));
    let callback = public("callback_url").replace(&request_field("state"), state);
    assert_eq!(code(&app.complete(&callback)), "ok");
    let sent = app.tab.last();
    assert_eq!((sent.url, sent.form), (public("token_url"), public("token_body")));
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
    app.token(Need::New).unwrap();
    let sent = app.tab.last();
    assert_eq!((sent.url, sent.form), (public("token_url"), body));
}

#[test]
fn challenge_is_the_verifier_s_sha_256() {
    let app = App::new();
    for pair in vectors()["pkce"].as_array().unwrap() {
        let (verifier, challenge) = (pair["verifier"].as_str().unwrap(), pair["challenge"].as_str().unwrap());
        assert_eq!(sha256(verifier), challenge);
        app.tab.randoms.borrow_mut().extend(["s".repeat(43), "n".repeat(43), verifier.into()]);
        let request = value(app.begin(json!({})).unwrap().request.json());
        assert!(
            request["url"]
                .as_str()
                .unwrap()
                .contains(&format!("&code_challenge={challenge}&code_challenge_method=S256"))
        );
    }
}

#[test]
fn launch_url_is_as_in_the_specification() {
    let example = &vectors()["launch"];
    let launch = Launch::parse(example["url"].as_str().unwrap()).unwrap().unwrap();
    assert_eq!(
        (launch.iss(), launch.handle()),
        (example["iss"].as_str().unwrap(), example["launch"].as_str().unwrap())
    );
}

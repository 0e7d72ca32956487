use crate::app::{App, assert_fails, json as read, value};
use crate::ehr;
use crate::host::{FakeResponse, run_flow};
use crate::signing_keys::{self, KID, SUB, header, key, signed};
use serde_json::{Value, json};
use smart_launch::error::{Code, Result};
use smart_launch::flow::inquiry;
use smart_launch::protocol::claims::Claims;
use smart_launch::protocol::id_token_options::IdTokenOptions;
use smart_launch::protocol::introspection::Introspection;
use smart_launch::protocol::json::Json;
use smart_launch::protocol::revocation::TokenKind;
use std::collections::BTreeMap;

const USERINFO: &str = "https://ehr.example/auth/userinfo";
const INTROSPECT: &str = "https://ehr.example/auth/introspect";

/// A session with an identity, at a server with a UserInfo endpoint and an introspection endpoint.
fn app() -> App {
    app_at(json!({ "introspection_endpoint": INTROSPECT }))
}

/// A session with an identity, at a server with a UserInfo endpoint, whose smart-configuration has these changes.
fn app_at(changes: Value) -> App {
    let app = App::pending_openid();
    app.tab.responses.always("discovery", FakeResponse::ok(&ehr::with(ehr::document(), changes)));
    let openid = json!({ "issuer": ehr::ISSUER, "jwks_uri": ehr::JWKS, "userinfo_endpoint": USERINFO });
    app.tab.responses.always("openid_discovery", FakeResponse::ok(&openid));
    app.tab.reload();
    app.begin(json!({})).unwrap();
    let tokens = crate::signing_keys::tokens(&app, 2, json!({}));
    app.tab.responses.next("token", FakeResponse::ok(&tokens));
    app.complete(&app.callback_of(2)).unwrap();
    app
}

fn userinfo(app: &App, response: FakeResponse) -> Result<Json> {
    app.tab.responses.always("userinfo", response);
    let key = app.key();
    run_flow(app.flow(|host| inquiry::userinfo(host, app.settings(), &key))).map(Claims::into_json)
}

fn introspect(app: &App, token: &str, hint: &str, as_client: bool, response: FakeResponse) -> Result<Json> {
    app.tab.responses.always("introspection", response);
    let key = app.key();
    run_flow(
        app.flow(|host| inquiry::introspect(host, app.settings(), &key, token, TokenKind::from_name(hint), as_client)),
    )
    .map(Introspection::into_json)
}

fn jwt(claims: &Value, signing: &Value) -> FakeResponse {
    FakeResponse::new(200, "application/jwt", &signed(&header(), claims, signing))
}

#[test]
fn userinfo_is_requested_with_the_access_token_in_the_header() {
    let app = app();
    let claims = userinfo(&app, FakeResponse::ok(&json!({ "sub": SUB, "name": "Zoë" }))).unwrap();
    assert_eq!(value(&claims), json!({ "sub": SUB, "name": "Zoë" }));
    let sent = app.tab.last();
    assert_eq!(
        (sent.url.as_str(), sent.form.as_str(), sent.authorization),
        (USERINFO, "", format!("Bearer {}", ehr::access_token(1)))
    );
}

#[test]
fn userinfo_about_another_user_is_refused() {
    for claims in [
        json!({ "sub": "another" }),
        json!({}),
        json!({ "sub": 7 }),
        json!({ "sub": "" }),
        json!([]),
        json!({ "sub": [SUB] }),
    ] {
        assert_fails(userinfo(&app(), FakeResponse::ok(&claims)), Code::UserinfoInvalid);
    }
}

#[test]
fn signed_userinfo_is_verified() {
    let claims = json!({ "iss": ehr::ISSUER, "aud": "growth-chart", "sub": SUB, "name": "Zoë" });
    assert_eq!(value(&userinfo(&app(), jwt(&claims, &key(KID))).unwrap()), claims);
    let several = ehr::with(claims.clone(), json!({ "aud": ["another", "growth-chart"] }));
    userinfo(&app(), jwt(&several, &key(KID))).unwrap();
    for changes in [
        json!({ "iss": null }),
        json!({ "iss": "https://evil.example" }),
        json!({ "aud": null }),
        json!({ "aud": ["another"] }),
        json!({ "sub": "another" }),
    ] {
        assert_fails(userinfo(&app(), jwt(&ehr::with(claims.clone(), changes), &key(KID))), Code::UserinfoInvalid);
    }
    let other = ehr::with(key(KID), json!({ "n": crate::signing_keys::modulus(256, 0xEE) }));
    assert_fails(userinfo(&app(), jwt(&claims, &other)), Code::IdTokenInvalid);
    let none = signed(&json!({ "alg": "none" }), &claims, &key(KID));
    assert_fails(userinfo(&app(), FakeResponse::new(200, "application/jwt", &none)), Code::UserinfoInvalid);
}

#[test]
fn signed_userinfo_is_verified_by_a_flow_that_has_verified_a_refreshed_id_token() {
    let app = app();
    app.tab.pass_seconds(3_601);
    let renewed = ehr::with(
        signing_keys::tokens(&app, 2, json!({ "nonce": null })),
        json!({ "access_token": ehr::access_token(2) }),
    );
    app.tab.responses.next("refresh", FakeResponse::ok(&renewed));
    let claims = json!({ "iss": ehr::ISSUER, "aud": "growth-chart", "sub": SUB });
    // A flow that waits for a lock that it holds would not end here.
    assert_eq!(value(&userinfo(&app, jwt(&claims, &key(KID))).unwrap()), claims);
    assert_eq!(app.tab.count("refresh"), 1);
    assert_eq!(app.tab.last().authorization, format!("Bearer {}", ehr::access_token(2)));
}

#[test]
fn userinfo_needs_an_identity_to_compare_with() {
    let app = App::signed_in();
    let key = app.key();
    let sent = app.tab.sent.borrow().len();
    assert_fails(
        run_flow(app.flow(|host| inquiry::userinfo(host, app.settings(), &key))).map(Claims::into_json),
        Code::UserinfoInvalid,
    );
    assert_eq!(app.tab.sent.borrow().len(), sent);
}

#[test]
fn failed_userinfo_request_has_its_reason() {
    assert_fails(userinfo(&app(), FakeResponse::new(503, "text/html", "")), Code::HttpStatus);
    assert_fails(userinfo(&app(), FakeResponse::json(401, &json!({ "error": "invalid_token" }))), Code::TokenRefused);
    assert_fails(userinfo(&app(), FakeResponse::new(200, "application/json", "{")), Code::JsonInvalid);
    let app = app();
    let openid = json!({ "issuer": ehr::ISSUER, "jwks_uri": ehr::JWKS });
    app.tab.responses.always("openid_discovery", FakeResponse::ok(&openid));
    app.tab.reload();
    assert_fails(userinfo(&app, FakeResponse::ok(&json!({ "sub": SUB }))), Code::DiscoveryInvalid);
}

#[test]
fn session_is_unchanged_after_userinfo_about_another_user() {
    let app = app();
    let before = app.tab.records.under("");
    assert!(userinfo(&app, FakeResponse::ok(&json!({ "sub": "another" }))).is_err());
    assert_eq!(app.resume().unwrap().session.access_token(), ehr::access_token(1));
    let stored = |records: BTreeMap<String, String>| -> BTreeMap<String, String> {
        records.into_iter().filter(|(key, _)| key.starts_with("smart-launch:")).collect()
    };
    assert_eq!(stored(app.tab.records.under("")), stored(before));
}

#[test]
fn token_is_introspected_with_the_access_token_or_the_client_s_id() {
    let app = app();
    let response = json!({ "active": true, "scope": "patient/*.rs", "patient": "zoe", "status": "active" });
    assert_eq!(value(&introspect(&app, "", "access_token", false, FakeResponse::ok(&response)).unwrap()), response);
    let sent = app.tab.last();
    assert_eq!(sent.url, INTROSPECT);
    assert_eq!(sent.form, format!("token={}&token_type_hint=access_token", ehr::access_token(1)));
    assert_eq!(sent.authorization, format!("Bearer {}", ehr::access_token(1)));
    introspect(&app, "", "refresh_token", true, FakeResponse::ok(&response)).unwrap();
    let sent = app.tab.last();
    assert_eq!(
        sent.form,
        format!("token={}&token_type_hint=refresh_token&client_id=growth-chart", ehr::refresh_token(1))
    );
    assert_eq!(sent.authorization, "");
    introspect(&app, "another token", "access_token", false, FakeResponse::ok(&response)).unwrap();
    assert_eq!(app.tab.last().field("token"), "another token");
}

#[test]
fn introspection_response_is_refused_unless_active_is_true_or_false() {
    let app = app();
    assert_eq!(
        value(&introspect(&app, "", "access_token", false, FakeResponse::ok(&json!({ "active": false }))).unwrap()),
        json!({ "active": false })
    );
    for response in
        [json!({}), json!({ "active": "true" }), json!({ "active": 1 }), json!({ "active": null }), json!([true])]
    {
        assert_fails(
            introspect(&app, "", "access_token", false, FakeResponse::ok(&response)),
            Code::IntrospectionInvalid,
        );
    }
}

#[test]
fn introspection_that_fails_shows_no_token() {
    let app = app();
    let error_body =
        json!({ "error": "invalid_request", "error_description": format!("no such token {}", ehr::access_token(1)) });
    let error = introspect(&app, "", "access_token", false, FakeResponse::json(400, &error_body)).unwrap_err();
    assert_eq!(error.code(), Code::TokenRefused);
    assert!(!error.to_json().to_text().contains("access-token-number"));
    let app = App::signed_in();
    let key = app.key();
    let outcome =
        run_flow(app.flow(|host| inquiry::introspect(host, app.settings(), &key, "", TokenKind::ACCESS, false)));
    assert_fails(outcome, Code::DiscoveryInvalid);
}

#[test]
fn introspection_endpoint_is_read_from_the_issuer_s_document_if_there_is_an_identity() {
    let app = app_at(json!({ "introspection_endpoint": null }));
    let openid = json!({ "issuer": ehr::ISSUER, "jwks_uri": ehr::JWKS, "introspection_endpoint": INTROSPECT });
    app.tab.responses.always("openid_discovery", FakeResponse::ok(&openid));
    introspect(&app, "", "access_token", false, FakeResponse::ok(&json!({ "active": true }))).unwrap();
    assert_eq!(app.tab.last().url, INTROSPECT);
    let app = app_at(json!({ "introspection_endpoint": null }));
    let outcome = introspect(&app, "", "access_token", false, FakeResponse::ok(&json!({ "active": true })));
    assert_fails(outcome, Code::DiscoveryInvalid);
}

#[test]
fn issuer_s_document_is_read_once_for_endpoint_and_keys() {
    let app = app_at(json!({ "jwks_uri": null }));
    app.tab.reload();
    let before = app.tab.count("openid_discovery");
    let claims = json!({ "iss": ehr::ISSUER, "aud": "growth-chart", "sub": SUB });
    userinfo(&app, jwt(&claims, &key(KID))).unwrap();
    assert_eq!(app.tab.count("openid_discovery"), before + 1);
}

/// The result of `readIdToken`, with changes of the claims and of the options.
fn id_token(claims: Value, options: Value) -> Result<Json> {
    let app = App::pending_openid();
    let defaults = json!({
        "idToken": signing_keys::id_token(&app, 0, claims), "jwks": signing_keys::key_set(), "issuer": ehr::ISSUER,
        "clientId": "growth-chart", "nonce": app.nonce(0),
    });
    let options = read(&ehr::with(defaults, options));
    let options = IdTokenOptions::read(&options)?;
    run_flow(app.flow(|host| inquiry::id_token(host, options))).map(Claims::into_json)
}

#[test]
fn id_token_is_verified_with_the_caller_s_keys() {
    assert_eq!(id_token(json!({}), json!({})).unwrap().text("sub"), SUB);
    for options in [
        json!({ "idToken": "a.b.c" }),
        json!({ "jwks": { "keys": [] } }),
        json!({ "jwks": { "keys": [ehr::with(key(KID), json!({ "n": signing_keys::modulus(256, 0xEE) }))] } }),
        json!({ "issuer": "https://evil.example" }),
        json!({ "clientId": "another-app" }),
        json!({ "nonce": "another" }),
    ] {
        assert_fails(id_token(json!({}), options), Code::IdTokenInvalid);
    }
}

#[test]
fn hash_of_the_access_token_is_compared_if_the_caller_passes_the_token() {
    let wrong_hash = json!({ "at_hash": "AAAA" });
    assert!(id_token(wrong_hash.clone(), json!({})).is_ok());
    assert_fails(id_token(wrong_hash, json!({ "accessToken": ehr::access_token(1) })), Code::IdTokenInvalid);
}

#[test]
fn times_are_compared_with_the_skew_that_the_caller_permits() {
    let expired = json!({ "exp": 1_700_000_000 - 30 });
    assert!(id_token(expired.clone(), json!({})).is_ok());
    assert_fails(id_token(expired, json!({ "clockSkewSeconds": 5 })), Code::IdTokenInvalid);
}

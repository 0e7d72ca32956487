//! Clients without a user. The scripted host checks that each request is authenticated.

use crate::app::{assert_fails, json};
use crate::confidential::{by_key, key};
use crate::ehr;
use crate::host::{FakeResponse, Flow, Tab, read_assertion, run_flow};
use serde_json::{Value, json};
use smart_launch::error::{Code, Result};
use smart_launch::flow::{backend, client_block};
use smart_launch::protocol::backend::{BackendToken, read_settings};
use smart_launch::protocol::client_block::read;
use smart_launch::protocol::json::Json;

fn tab(options: &Value, auth: Value) -> (Tab, Json) {
    let client = json!({ "fhirBaseUrl": ehr::BASE, "clientId": "nightly", "scope": "system/*.rs", "clientAuth": auth });
    let mut settings = json!({ "clients": [ehr::with(client, options.clone())] });
    let tab = Tab::new("a job");
    tab.keys.authenticate(&mut settings);
    ["RS384", "ES384"].iter().for_each(|algorithm| tab.keys.add(algorithm, key(algorithm)));
    tab.responses.always(
        "discovery",
        FakeResponse::ok(&json!({
            "token_endpoint": ehr::TOKEN, "capabilities": ["client-confidential-asymmetric", "permission-v2"],
            "code_challenge_methods_supported": ["S256"], "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        })),
    );
    (tab, json(&settings))
}

fn token(tab: &Tab, settings: &Json) -> Result<Json> {
    run_flow(Flow::new(tab.host(), |host| backend::access_token(host, read_settings(settings)?)))
        .map(BackendToken::into_json)
}

fn granted() -> Value {
    json!({ "access_token": "backend-token", "token_type": "bearer", "expires_in": 300, "scope": "system/*.rs" })
}

#[test]
fn token_request_is_that_of_the_specification() {
    for algorithm in ["RS384", "ES384"] {
        let (tab, settings) = tab(&json!({}), by_key(algorithm));
        tab.responses.next("token", FakeResponse::ok(&granted()));
        let token = token(&tab, &settings).unwrap();
        let sent = tab.last();
        assert!(
            sent.form.starts_with("grant_type=client_credentials&scope=system%2F*.rs&client_assertion_type=urn%3Aietf")
        );
        let names: Vec<String> = sent.fields().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["grant_type", "scope", "client_assertion_type", "client_assertion"]);
        let (header, claims) = read_assertion(&sent.field("client_assertion"));
        assert_eq!((&header["alg"], &header["kid"]), (&json!(algorithm), &key(algorithm)["kid"]));
        assert_eq!(
            (&claims["iss"], &claims["sub"], &claims["aud"]),
            (&json!("nightly"), &json!("nightly"), &json!(ehr::TOKEN))
        );
        assert_eq!(token.text("accessToken"), "backend-token");
    }
}

#[test]
fn token_is_renewed_when_a_quarter_of_its_lifetime_is_left() {
    let (tab, settings) = tab(&json!({}), by_key("ES384"));
    for (expires_in, renews, ends) in
        [(json!(60), 45_000, Some(60_000)), (json!(300), 225_000, Some(300_000)), (json!(null), 225_000, None)]
    {
        tab.responses.next("token", FakeResponse::ok(&ehr::with(granted(), json!({ "expires_in": expires_in }))));
        let before = tab.clock.get();
        let token = token(&tab, &settings).unwrap();
        assert_eq!(token.at("renewAt").number(), Some(before + renews));
        assert_eq!(token.at("expiresAt").number(), ends.map(|ends| before + ends));
    }
}

#[test]
fn refresh_token_is_not_kept() {
    let (tab, settings) = tab(&json!({}), by_key("ES384"));
    tab.responses.next("token", FakeResponse::ok(&ehr::with(granted(), json!({ "refresh_token": "never-kept" }))));
    assert!(!token(&tab, &settings).unwrap().to_text().contains("never-kept"));
}

#[test]
fn scope_that_is_not_system_needs_an_option() {
    for (scope, other, is_accepted) in [
        ("system/*.rs", false, true),
        ("system/Patient.rs system/Group.rs", false, true),
        ("patient/*.rs", false, false),
        ("system/*.rs offline_access", false, false),
        ("api", true, true),
    ] {
        let (tab, settings) = tab(&json!({ "scope": scope, "allowOtherScopes": other }), by_key("ES384"));
        tab.responses.always("token", FakeResponse::ok(&granted()));
        assert_eq!(token(&tab, &settings).is_ok(), is_accepted, "{scope}");
        assert_eq!(tab.count("token"), usize::from(is_accepted));
    }
}

#[test]
fn given_token_endpoint_needs_no_discovery() {
    let (tab, settings) = tab(&json!({ "endpoints": { "tokenEndpoint": ehr::TOKEN } }), by_key("ES384"));
    tab.responses.next("token", FakeResponse::ok(&granted()));
    token(&tab, &settings).unwrap();
    assert_eq!(tab.count("discovery"), 0);
}

#[test]
fn no_token_request_is_sent_if_the_metadata_excludes_the_client_s_method() {
    let (tab, settings) = tab(&json!({}), json!({ "secret": "a-secret" }));
    assert_fails(token(&tab, &settings), Code::ConfigInvalid);
    assert_eq!(tab.count("token"), 0);
}

#[test]
fn secret_is_refused_under_strict() {
    for (strict, is_accepted) in [(true, false), (false, true)] {
        let (tab, settings) = tab(&json!({ "strict": strict }), json!({ "secret": "a-secret" }));
        let document = json!({
            "token_endpoint": ehr::TOKEN, "capabilities": ["client-confidential-symmetric"],
            "code_challenge_methods_supported": ["S256"], "grant_types_supported": ["client_credentials"],
        });
        tab.responses.always("discovery", FakeResponse::ok(&document));
        tab.responses.always("token", FakeResponse::ok(&granted()));
        assert_eq!(token(&tab, &settings).is_ok(), is_accepted);
        assert_eq!(tab.count("token"), usize::from(is_accepted));
    }
    let (tab, settings) = tab(&json!({ "strict": true }), by_key("RS384"));
    tab.responses.next("token", FakeResponse::ok(&granted()));
    token(&tab, &settings).unwrap();
}

#[test]
fn client_without_credentials_is_refused() {
    let (tab, settings) = tab(&json!({}), json!(null));
    assert_fails(token(&tab, &settings), Code::ConfigInvalid);
}

#[test]
fn credentials_are_requested_for_each_request() {
    let (tab, settings) = tab(&json!({}), by_key("RS384"));
    tab.responses.always("token", FakeResponse::ok(&granted()));
    token(&tab, &settings).unwrap();
    tab.keys.rotate(by_key("ES384"));
    token(&tab, &settings).unwrap();
    assert_eq!(read_assertion(&tab.last().field("client_assertion")).0["kid"], key("ES384")["kid"]);
}

/// If the assertion is not valid at the time in the response's `Date`, the server refused it because of the device's clock.
#[test]
fn wrong_clock_is_reported_if_an_assertion_is_refused() {
    let refusal = FakeResponse::json(401, &json!({ "error": "invalid_client" }));
    for (seconds, code) in
        [(300, Code::ClockSkew), (-300, Code::ClockSkew), (30, Code::ConfigInvalid), (-30, Code::ConfigInvalid)]
    {
        let (tab, settings) = tab(&json!({}), by_key("ES384"));
        let server = tab.clock.get().saturating_add_signed(seconds * 1_000);
        tab.responses.next("token", refusal.clone().dated(server));
        let error = token(&tab, &settings).unwrap_err();
        assert_eq!(error.code(), code, "{seconds}");
        assert_eq!(code == Code::ClockSkew, error.to_string().contains("300 seconds"), "{error}");
        assert_eq!(tab.count("token"), 1);
    }
}

#[test]
fn building_blocks_make_requests_of_any_grant_and_endpoint() {
    let exchange = json!({
        "tokenEndpoint": ehr::TOKEN, "grantType": "urn:ietf:params:oauth:grant-type:token-exchange",
        "params": { "subject_token": "a-token", "resource": ["https://a.example", "https://b.example"] },
    });
    let revocation = json!({ "revocationEndpoint": "https://ehr.example/revoke", "token": "a-token" });
    let introspection = json!({ "introspectionEndpoint": "https://ehr.example/introspect", "token": "a-token", "issuer": "https://ehr.example" });
    for (name, input, form, audience) in [
        (
            "tokenRequest",
            exchange,
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=a-token&resource=https%3A%2F%2Fa.example&resource=https%3A%2F%2Fb.example",
            ehr::TOKEN,
        ),
        ("revocationRequest", revocation, "token=a-token", "https://ehr.example/revoke"),
        ("introspectionRequest", introspection, "token=a-token", "https://ehr.example"),
    ] {
        let (tab, _) = tab(&json!({}), by_key("ES384"));
        let input = json(&ehr::with(input, json!({ "clientId": "nightly", "clientAuth": "of the app" })));
        let request = run_flow(Flow::new(tab.host(), |host| client_block::request(host, read(name, &input)?))).unwrap();
        let body = &request.form;
        assert!(body.starts_with(&format!("{form}&client_assertion_type=")), "{body}");
        let assertion = body.rsplit_once("client_assertion=").unwrap().1;
        assert_eq!(read_assertion(assertion).1["aud"], audience);
    }
}

#[test]
fn parameters_of_a_grant_that_are_no_object_are_refused() {
    for params in [json!("a=b"), json!(["a", "b"]), json!(7)] {
        let input = json(&json!({
            "tokenEndpoint": ehr::TOKEN, "grantType": "client_credentials", "params": params, "clientId": "nightly",
        }));
        assert_fails(read("tokenRequest", &input), Code::ConfigInvalid);
    }
}

#[test]
fn password_grant_has_a_request_of_its_own() {
    let client = json!({ "tokenEndpoint": ehr::TOKEN, "clientId": "nightly" });
    let generic = json(&ehr::with(client.clone(), json!({ "grantType": "password" })));
    assert_fails(read("tokenRequest", &generic), Code::ConfigInvalid);
    let user =
        json!({ "username": "amara", "password": "a b", "scope": "api:oemr", "params": { "user_role": "users" } });
    let input = json(&ehr::with(client.clone(), user.clone()));
    let form = read("passwordTokenRequest", &input).unwrap().form;
    assert_eq!(form, "grant_type=password&username=amara&password=a%20b&scope=api%3Aoemr&user_role=users");
    for name in ["username", "password", "scope", "grant_type"] {
        let repeated = ehr::with(user.clone(), json!({ "params": { name: "x" } }));
        let input = json(&ehr::with(client.clone(), repeated));
        assert_fails(read("passwordTokenRequest", &input), Code::ConfigInvalid);
    }
    for name in ["username", "password"] {
        let input = json(&ehr::with(client.clone(), ehr::with(user.clone(), json!({ name: "" }))));
        assert_fails(read("passwordTokenRequest", &input), Code::ConfigInvalid);
    }
}

#[test]
fn app_cannot_set_fields_of_the_client_s_authentication() {
    for name in ["grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type"] {
        let (tab, _) = tab(&json!({}), by_key("ES384"));
        let input = json(&json!({
            "tokenEndpoint": ehr::TOKEN, "grantType": "client_credentials", "params": { name: "x" }, "clientId": "nightly",
        }));
        let request =
            run_flow(Flow::new(tab.host(), |host| client_block::request(host, read("tokenRequest", &input)?)));
        assert_fails(request, Code::ConfigInvalid);
    }
}

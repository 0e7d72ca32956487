//! Signed authorization requests (RFC 9101) of a sign-in.

use crate::app::{self, App, assert_fails, value};
use crate::confidential::{SECRET, app_at, by_key, key};
use crate::ehr;
use crate::host::{FakeResponse, read_assertion, verifies};
use serde_json::{Value, json};
use smart_launch::error::Code;
use smart_launch::protocol::form::{decode, find};
use smart_launch::protocol::launch::query;
use smart_launch::protocol::settings::Settings;
use std::collections::BTreeMap;

const PUSHED: &str = "https://ehr.example/auth/par";

/// An app that signs its requests, at a server whose metadata has these changes.
fn signing_app(options: Value, metadata: Value) -> App {
    at_server(json!({ "clients": [client(options)] }), metadata)
}

fn client(options: Value) -> Value {
    ehr::with(app::options(), ehr::with(json!({ "clientAuth": by_key("RS384"), "requestObject": true }), options))
}

fn at_server(settings: Value, metadata: Value) -> App {
    let app = App::with_settings(settings);
    app.tab.responses.always("discovery", FakeResponse::ok(&ehr::with(ehr::document(), metadata)));
    app.tab
        .responses
        .always("pushed", FakeResponse::json(201, &json!({ "request_uri": "urn:example:1", "expires_in": 60 })));
    ["RS384", "ES384"].iter().for_each(|algorithm| app.tab.keys.add(algorithm, key(algorithm)));
    app
}

/// The fields of a GET request; asserts that each occurs once.
fn fields(url: &str) -> BTreeMap<String, String> {
    let pairs: Vec<_> = query(url).split('&').map(|pair| pair.split_once('=').unwrap()).collect();
    let fields: BTreeMap<_, _> =
        pairs.iter().map(|(name, text)| (decode(name).unwrap(), decode(text).unwrap())).collect();
    assert_eq!(fields.len(), pairs.len());
    fields
}

/// The parameters of a signed request: its claims without those of the token itself.
#[track_caller]
fn parameters(token: &str) -> Value {
    assert!(verifies(&key("RS384"), token));
    let (header, mut claims) = read_assertion(token);
    assert_eq!(header, json!({ "alg": "RS384", "kid": key("RS384")["kid"], "typ": "oauth-authz-req+jwt" }));
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!("growth-chart"), &json!(ehr::ISSUER)));
    let members = claims.as_object_mut().unwrap();
    let [issued, expires] = ["iat", "exp"].map(|name| members[name].as_u64().unwrap());
    assert_eq!(expires - issued, 240);
    assert!(members["jti"].as_str().unwrap().len() > 20);
    assert_eq!(members.get("sub"), None);
    ["iss", "aud", "exp", "iat", "jti"].iter().for_each(|name| drop(members.remove(*name)));
    claims
}

/// The parameters of the request that the same app would send without a signature, with `resource` for SMART's `aud`.
fn unsigned(options: Value) -> Value {
    let app = signing_app(ehr::with(options, json!({ "requestObject": false, "authorizeMethod": "GET" })), json!({}));
    let request = value(app.begin(json!({})).unwrap().request.json());
    let mut fields = json!(fields(request["url"].as_str().unwrap()));
    let aud = fields.as_object_mut().unwrap().remove("aud").unwrap();
    fields["resource"] = aud;
    fields
}

/// Parameters in which the random values of a sign-in are replaced, so that those of two sign-ins can be compared.
fn comparable(mut fields: Value) -> Value {
    for name in ["state", "nonce", "code_challenge"] {
        if fields.get(name).is_some() {
            fields[name] = json!("random");
        }
    }
    fields
}

#[test]
fn request_has_the_client_id_and_a_token_with_all_parameters() {
    for options in [json!({}), json!({ "scope": "openid launch/patient", "responseMode": "form_post" })] {
        let app = signing_app(options.clone(), json!({}));
        let request = value(app.begin(json!({})).unwrap().request.json());
        let sent = fields(request["url"].as_str().unwrap());
        assert_eq!(sent.keys().collect::<Vec<_>>(), ["client_id", "request"]);
        assert_eq!(sent["client_id"], "growth-chart");
        assert_eq!(comparable(parameters(&sent["request"])), comparable(unsigned(options)));
        assert_eq!(parameters(&sent["request"])["state"], request["state"]);
        assert_eq!(app.tab.count("pushed"), 0);
    }
}

#[test]
fn posted_request_has_the_same_two_fields() {
    let app = signing_app(json!({ "authorizeMethod": "POST" }), json!({}));
    let request = value(app.begin(json!({})).unwrap().request.json());
    let fields = request["fields"].as_array().unwrap();
    assert_eq!((&fields[0], &fields[1][0]), (&json!(["client_id", "growth-chart"]), &json!("request")));
    assert_eq!(fields.len(), 2);
    parameters(fields[1][1].as_str().unwrap());
}

#[test]
fn pushed_request_is_signed_and_authenticated() {
    for (options, metadata) in [
        (json!({ "authorizeMethod": "push" }), json!({ "pushed_authorization_request_endpoint": PUSHED })),
        (
            json!({}),
            json!({ "pushed_authorization_request_endpoint": PUSHED, "require_pushed_authorization_requests": true }),
        ),
    ] {
        let app = signing_app(options, metadata);
        let request = value(app.begin(json!({})).unwrap().request.json());
        assert!(request["url"].as_str().unwrap().ends_with("?client_id=growth-chart&request_uri=urn%3Aexample%3A1"));
        let sent = app.tab.last();
        let names: Vec<String> = sent.fields().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["client_id", "request", "client_assertion_type", "client_assertion"]);
        let [object, assertion] = ["request", "client_assertion"].map(|name| sent.field(name));
        assert_eq!(parameters(&object)["client_id"], "growth-chart");
        assert_ne!(read_assertion(&object).1["jti"], read_assertion(&assertion).1["jti"]);
    }
}

#[test]
fn server_that_requires_signed_requests_gets_them_from_a_client_with_a_key() {
    let required = json!({ "require_signed_request_object": true });
    let app = signing_app(json!({ "requestObject": null }), required.clone());
    let request = value(app.begin(json!({})).unwrap().request.json());
    parameters(&decode(find(query(request["url"].as_str().unwrap()), "request").0).unwrap());
    assert_fails(app_at(json!({ "secret": SECRET }), required).begin(json!({})), Code::ConfigInvalid);
}

#[test]
fn request_that_cannot_be_signed_is_refused_before_the_user_leaves() {
    let refused = |options: Value, metadata: Value, message: &str| {
        let app = signing_app(options, metadata);
        let error = app.begin(json!({})).unwrap_err();
        assert_eq!(error.code(), Code::ConfigInvalid);
        assert!(error.to_string().contains(message), "{error}");
        assert!(app.tab.records.under("smart-launch:sign-in:").is_empty());
    };
    refused(json!({ "clientAuth": { "secret": SECRET } }), json!({}), "has no key");
    refused(json!({}), json!({ "issuer": null }), "set `issuer`");
    refused(json!({}), json!({ "request_parameter_supported": false }), "does not support");
    refused(json!({}), json!({ "request_object_signing_alg_values_supported": ["none", "ES384"] }), "does not list");
    let listed =
        json!({ "request_object_signing_alg_values_supported": ["RS384"], "request_parameter_supported": true });
    signing_app(json!({}), listed).begin(json!({})).unwrap();
}

/// The URL at which the app serves the request.
const SERVED: &str = "https://app.example/auth/request/1";

/// Begins a sign-in whose signed request the app serves at `SERVED`.
fn begin_by_reference(options: Value, metadata: Value) -> Result<Value, smart_launch::error::Error> {
    let client = client(ehr::with(options, json!({ "requestObject": "reference" })));
    let app = at_server(json!({ "clients": [client], "requestUri": SERVED }), metadata);
    app.begin(json!({})).map(|begun| value(begun.request.json()))
}

#[test]
fn request_by_reference_has_the_url_of_the_token_which_the_app_has_to_serve() {
    let url =
        format!("{}?client_id=growth-chart&request_uri=https%3A%2F%2Fapp.example%2Fauth%2Frequest%2F1", ehr::AUTHORIZE);
    for metadata in [
        json!({}),
        json!({ "request_parameter_supported": false }),
        json!({ "pushed_authorization_request_endpoint": PUSHED }),
    ] {
        let request = begin_by_reference(json!({}), metadata).unwrap();
        assert_eq!(request["url"], url);
        assert_eq!(comparable(parameters(request["requestObject"].as_str().unwrap())), comparable(unsigned(json!({}))));
    }
    let request = begin_by_reference(json!({ "authorizeMethod": "POST" }), json!({})).unwrap();
    assert_eq!(request["fields"], json!([["client_id", "growth-chart"], ["request_uri", SERVED]]));
}

#[test]
fn request_by_reference_is_pushed_if_the_server_requires_it_or_the_app_chooses_it() {
    let endpoint = json!({ "pushed_authorization_request_endpoint": PUSHED, "request_uri_parameter_supported": false });
    let required = ehr::with(endpoint.clone(), json!({ "require_pushed_authorization_requests": true }));
    for (options, metadata) in [(json!({}), required), (json!({ "authorizeMethod": "push" }), endpoint)] {
        let request = begin_by_reference(options, metadata).unwrap();
        assert!(request["url"].as_str().unwrap().ends_with("&request_uri=urn%3Aexample%3A1"));
        assert_eq!(request["requestObject"], Value::Null);
    }
}

#[test]
fn request_by_reference_is_refused_if_the_server_or_the_client_does_not_support_it() {
    let error = begin_by_reference(json!({}), json!({ "request_uri_parameter_supported": false })).unwrap_err();
    assert_eq!(error.code(), Code::ConfigInvalid);
    assert!(error.to_string().contains("request_uri_parameter_supported"), "{error}");
    assert_fails(signing_app(json!({ "requestObject": "reference" }), json!({})).begin(json!({})), Code::ConfigInvalid);
}

#[test]
fn request_object_option_other_than_true_false_and_reference_is_refused() {
    for (value, is_valid) in [
        (json!(true), true),
        (json!(false), true),
        (json!(null), true),
        (json!("reference"), true),
        (json!("value"), false),
        (json!(""), false),
        (json!("true"), false),
        (json!(1), false),
        (json!({}), false),
    ] {
        let client = ehr::with(client(json!({ "requestObject": value })), json!({ "clientAuth": "key" }));
        let settings = app::json(&json!({ "clients": [client] }));
        assert_eq!(Settings::read_confidential(&settings).is_ok(), is_valid, "{value}");
    }
}

#[test]
fn issuer_at_another_origin_has_to_be_verified_or_set_by_the_app() {
    let other = json!({ "issuer": "https://other.example" });
    let app = signing_app(json!({}), other.clone()).with_origins(&["https://other.example"]);
    let elsewhere = json!({ "authorization_endpoint": "https://other.example/authorize" });
    let issuer_document = ehr::with(ehr::with(ehr::document(), other.clone()), elsewhere);
    app.tab.responses.always("openid_discovery", FakeResponse::ok(&issuer_document));
    assert_fails(app.begin(json!({})), Code::DiscoveryIssuer);
    assert_eq!(app.tab.count("openid_discovery"), 1);
    let app = signing_app(json!({}), other.clone()).with_origins(&["https://other.example"]);
    app.tab.responses.always("openid_discovery", FakeResponse::ok(&ehr::with(ehr::document(), other.clone())));
    app.begin(json!({})).unwrap();
    let app = signing_app(json!({ "issuer": "https://other.example" }), other);
    app.begin(json!({})).unwrap();
    assert_eq!(app.tab.count("openid_discovery"), 0);
}

#[test]
fn sign_in_with_a_signed_request_is_completed_as_any_other() {
    let app = signing_app(json!({}), json!({}));
    app.sign_in(&ehr::tokens(1)).unwrap();
    assert_eq!(app.tab.count("token"), 1);
}

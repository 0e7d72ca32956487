//! Registration of clients, at the scripted server. The scripted host checks the method and the authorization of each request.

use crate::app::{assert_fails, json, value};
use crate::confidential::{by_key, key};
use crate::ehr;
use crate::host::{FakeResponse, Flow, Sent, Server, Tab, read_assertion, run_flow};
use serde_json::{Value, json};
use smart_launch::error::{Code, Error, Result};
use smart_launch::flow::{backend, registration};
use smart_launch::protocol::backend::{BackendToken, read_settings};
use smart_launch::protocol::json::Json;
use smart_launch::protocol::registered_client::RegisteredClient;
use smart_launch::protocol::registration::{ManagedClient, NewClient};
use std::rc::Rc;

const ENDPOINT: &str = "https://ehr.example/register";
const URI: &str = "https://ehr.example/register/app";
const TOKEN: &str = "canary-management-token";
const SECRET: &str = "canary-client-secret";

fn tab() -> Tab {
    let tab = Tab::new("an installer");
    [TOKEN, SECRET, "canary-initial-token"].iter().for_each(|secret| tab.keep_secret(secret));
    tab
}

fn issued() -> Value {
    json!({
        "client_id": "app", "client_secret": SECRET, "client_secret_expires_at": 0,
        "registration_client_uri": URI, "registration_access_token": TOKEN, "scope": "launch",
    })
}

fn register(tab: &Tab, options: &Value) -> Result<Json> {
    let options = json(options);
    let registered = run_flow(Flow::new(tab.host(), |host| registration::register(host, NewClient::read(&options)?)));
    registered.map(RegisteredClient::into_json)
}

fn client() -> Value {
    json!({
        "clientId": "app", "clientSecret": SECRET, "registrationClientUri": URI, "registrationAccessToken": TOKEN,
        "metadata": { "scope": "launch" },
    })
}

fn with_token(metadata: &Value) -> Value {
    json!({ "registrationEndpoint": ENDPOINT, "initialAccessToken": "canary-initial-token", "metadata": metadata })
}

#[test]
fn endpoint_is_that_of_the_smart_configuration_or_of_the_options() {
    let tab = tab();
    let document = ehr::with(ehr::document(), json!({ "registration_endpoint": ENDPOINT }));
    tab.responses.always("discovery", FakeResponse::ok(&document));
    tab.responses.always("registration", FakeResponse::json(201, &issued()));
    let discovered = json!({ "fhirBaseUrl": ehr::BASE, "metadata": {} });
    assert_eq!(register(&tab, &discovered).unwrap().text("clientId"), "app");
    let sent = tab.last();
    assert_eq!((sent.method, &*sent.url, &*sent.form, &*sent.authorization), ("POST", ENDPOINT, "{}", ""));
    let named = json!({ "registrationEndpoint": "https://ehr.example/other", "metadata": {} });
    register(&tab, &named).unwrap();
    assert_eq!((&*tab.last().url, tab.count("discovery")), ("https://ehr.example/other", 1));
}

#[test]
fn server_without_a_registration_endpoint_is_an_error() {
    let tab = tab();
    tab.responses.always("discovery", FakeResponse::ok(&ehr::document()));
    assert_fails(register(&tab, &json!({ "fhirBaseUrl": ehr::BASE, "metadata": {} })), Code::DiscoveryInvalid);
    let insecure = ehr::with(ehr::document(), json!({ "registration_endpoint": "http://ehr.example/register" }));
    let other = Tab::new("another page");
    other.responses.always("discovery", FakeResponse::ok(&insecure));
    assert_fails(register(&other, &json!({ "fhirBaseUrl": ehr::BASE, "metadata": {} })), Code::EndpointScheme);
    assert_eq!(other.count("registration"), 0);
}

#[test]
fn initial_access_token_is_sent_and_repeated_in_no_error() {
    let tab = tab();
    let statement = "eyJhbGciOiJSUzI1NiJ9.canary-statement.c2lnbmF0dXJl";
    for text in ["canary-initial-token", statement] {
        let refusal = json!({ "error": "invalid_software_statement", "error_description": format!("no: {text}") });
        tab.responses.next("registration", FakeResponse::json(400, &refusal));
        let error = register(&tab, &with_token(&json!({ "software_statement": statement }))).unwrap_err();
        assert_eq!(error.oauth().to_text(), r#"{"error":"invalid_software_statement"}"#);
        assert_eq!(tab.last().authorization, "Bearer canary-initial-token");
        assert!(tab.last().form.contains(statement));
    }
}

#[test]
fn registration_request_is_not_repeated_after_a_failure() {
    for failure in [Code::Network, Code::Timeout, Code::Redirected, Code::BodyTooLarge] {
        let tab = tab();
        tab.responses.next("registration", FakeResponse::failed(failure));
        assert_fails(register(&tab, &with_token(&json!({}))), failure);
        assert_eq!(tab.count("registration"), 1);
    }
}

#[test]
fn strict_refuses_a_changed_registration_and_deletes_it() {
    let options = ehr::with(with_token(&json!({ "scope": "launch patient/*.rs" })), json!({ "strict": true }));
    for deleted in [FakeResponse::new(204, "", ""), FakeResponse::failed(Code::Network)] {
        let tab = tab();
        tab.responses.next("registration", FakeResponse::json(201, &issued()));
        tab.responses.next("registration", deleted);
        let error = register(&tab, &options).unwrap_err();
        assert_eq!(error.code(), Code::RegistrationResponseInvalid);
        assert!(error.to_string().contains("registered_scope_differs"), "{error}");
        let sent = tab.last();
        assert_eq!((sent.method, &*sent.url, &*sent.authorization), ("DELETE", URI, &*format!("Bearer {TOKEN}")));
        assert_eq!(tab.count("registration"), 2);
    }
    let tab = tab();
    let unmanaged = ehr::with(issued(), json!({ "registration_client_uri": null, "registration_access_token": null }));
    tab.responses.next("registration", FakeResponse::json(201, &unmanaged));
    assert_fails(register(&tab, &options), Code::RegistrationResponseInvalid);
    assert_eq!(tab.count("registration"), 1);
}

#[test]
fn registration_is_read_changed_and_deleted_with_its_token() {
    let tab = tab();
    let rotated = ehr::with(issued(), json!({ "registration_access_token": "canary-next-token" }));
    tab.responses.next("registration", FakeResponse::ok(&issued()));
    tab.responses.next("registration", FakeResponse::ok(&rotated));
    tab.responses.next("registration", FakeResponse::new(204, "", ""));
    let options = json(&json!({ "client": client() }));
    let read = run_flow(Flow::new(tab.host(), |host| registration::read(host, ManagedClient::read(&options, false)?)));
    assert_eq!(read.unwrap().into_json().at("metadata").text("scope"), "launch");
    assert_eq!((tab.last().method, &*tab.last().authorization), ("GET", &*format!("Bearer {TOKEN}")));
    let changes = json(&json!({ "client": client(), "metadata": { "client_name": "New" } }));
    let updated =
        run_flow(Flow::new(tab.host(), |host| registration::update(host, ManagedClient::read(&changes, true)?)));
    assert_eq!(updated.unwrap().management(), (URI, "canary-next-token"));
    let sent: Value = serde_json::from_str(&tab.last().form).unwrap();
    let all = json!({ "client_id": "app", "client_secret": SECRET, "scope": "launch", "client_name": "New" });
    assert_eq!((tab.last().method, sent), ("PUT", all));
    run_flow(Flow::new(tab.host(), |host| registration::delete(host, ManagedClient::read(&options, false)?))).unwrap();
    assert_eq!(tab.last().method, "DELETE");
}

#[test]
fn refusal_of_a_change_repeats_neither_secret_nor_token() {
    let tab = tab();
    let described = json!({ "error": "invalid_client_metadata", "error_description": format!("{SECRET} {TOKEN}") });
    tab.responses.next("registration", FakeResponse::json(400, &described));
    let changes = json(&json!({ "client": client(), "metadata": {} }));
    let updated =
        run_flow(Flow::new(tab.host(), |host| registration::update(host, ManagedClient::read(&changes, true)?)));
    let error: Error = updated.unwrap_err();
    assert_eq!(error.oauth().to_text(), r#"{"error":"invalid_client_metadata"}"#);
}

/// The JWT bearer grant of a client that a user has registered.
mod bearer {
    use super::*;

    fn settings(tab: &Tab) -> Json {
        let client = json!({ "fhirBaseUrl": ehr::BASE, "clientId": "device-1", "clientAuth": by_key("RS384") });
        let mut settings = json!({ "clients": [client], "bearer": true });
        tab.keys.authenticate(&mut settings);
        tab.keys.add("RS384", key("RS384"));
        tab.responses.always("discovery", FakeResponse::ok(&ehr::document()));
        json(&settings)
    }

    fn token(tab: &Tab, settings: &Json) -> Result<Json> {
        run_flow(Flow::new(tab.host(), |host| backend::bearer_token(host, read_settings(settings)?)))
            .map(BackendToken::into_json)
    }

    #[test]
    fn assertion_names_the_client_as_issuer_and_subject_and_the_token_endpoint_as_audience() {
        let tab = tab();
        let settings = settings(&tab);
        tab.responses.always(
            "token",
            FakeResponse::ok(
                &json!({ "access_token": "t", "token_type": "bearer", "expires_in": 3600, "patient": "zoe" }),
            ),
        );
        let response = token(&tab, &settings).unwrap();
        assert_eq!(response.at("tokenResponse").text("patient"), "zoe");
        let sent = tab.last();
        let names: Vec<String> = sent.fields().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["grant_type", "assertion", "client_id"]);
        assert_eq!(sent.field("grant_type"), "urn:ietf:params:oauth:grant-type:jwt-bearer");
        assert_eq!(sent.field("client_id"), "device-1");
        let (header, claims) = read_assertion(&sent.field("assertion"));
        assert_eq!((&header["alg"], &header["kid"]), (&json!("RS384"), &key("RS384")["kid"]));
        let expected = [json!("device-1"), json!("device-1"), json!(ehr::TOKEN)];
        assert_eq!([claims["iss"].clone(), claims["sub"].clone(), claims["aud"].clone()], expected);
        assert!(claims["exp"].as_u64().unwrap() <= tab.clock.get() / 1_000 + 300);
        token(&tab, &settings).unwrap();
        assert_ne!(read_assertion(&tab.last().field("assertion")).1["jti"], claims["jti"], "an assertion is used once");
    }

    /// Returns the end of `error_description`: a part of the assertion, or another text.
    type Part = fn(&str) -> &str;

    #[test]
    fn refusal_is_that_of_a_token_request_and_repeats_no_part_of_the_assertion() {
        let tab = tab();
        let settings = settings(&tab);
        let parts: [(Part, Value); 4] = [
            (|_| "user", json!("refused: user")),
            (|assertion| assertion, Value::Null),
            (|assertion| assertion.split('.').nth(1).unwrap(), Value::Null),
            (|assertion| assertion.rsplit('.').next().unwrap(), Value::Null),
        ];
        for (part, shown) in parts {
            let server: Server = Rc::new(move |sent: &Sent| {
                let description = format!("refused: {}", part(&sent.field("assertion")));
                let body = json!({ "error": "invalid_grant", "error_description": description });
                (sent.purpose == "token").then(|| FakeResponse::json(400, &body))
            });
            tab.responses.serve(&server);
            let error = token(&tab, &settings).unwrap_err();
            let expected = ehr::with(json!({ "error": "invalid_grant" }), json!({ "description": shown }));
            assert_eq!((error.code(), value(error.oauth())), (Code::TokenRefused, expected));
        }
    }
}

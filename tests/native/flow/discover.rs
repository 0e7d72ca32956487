use crate::app::{App, assert_fails, json, options, warnings};
use crate::ehr;
use crate::host::{FakeResponse, run_flow, together};
use serde_json::{Value, json};
use smart_launch::error::Code;
use smart_launch::flow::discover;
use smart_launch::protocol::settings::Settings;

#[test]
fn discovery_is_a_get_below_the_whole_base_path() {
    let app = App::new();
    let server = app.discover().unwrap();
    let sent = app.tab.last();
    assert_eq!((sent.purpose, sent.url.as_str(), sent.form.as_str()), ("discovery", ehr::CONFIGURATION, ""));
    assert_eq!(server.json().text("fhirBaseUrl"), ehr::BASE);
}

#[test]
fn discovery_is_fetched_once_for_fifty_callers() {
    let app = App::new();
    app.tab.pace.set(3);
    let servers = together((0..50).map(|_| app.discover_flow()).collect());
    assert!(servers.iter().all(|server| server.as_ref().unwrap().issuer() == ehr::ISSUER));
    assert_eq!(app.tab.count("discovery"), 1);
    assert_eq!(app.tab.held_locks(), 0);
}

#[test]
fn failed_discovery_is_not_cached() {
    for failure in [
        FakeResponse::failed(Code::Network),
        FakeResponse::failed(Code::Timeout),
        FakeResponse::new(503, "text/html", "<p>later"),
        FakeResponse::new(200, "application/json", "{"),
        FakeResponse::ok(&json!({})),
    ] {
        let app = App::new();
        app.tab.responses.next("discovery", failure);
        assert!(app.discover().is_err());
        assert!(app.discover().is_ok());
        assert_eq!(app.tab.count("discovery"), 2);
    }
}

#[test]
fn caller_that_waited_for_a_failed_request_sends_another_one() {
    let app = App::new();
    app.tab.pace.set(2);
    app.tab.responses.next("discovery", FakeResponse::failed(Code::Network));
    let servers = together((0..5).map(|_| app.discover_flow()).collect());
    assert_eq!(servers.iter().filter(|server| server.is_err()).count(), 1);
    assert_eq!(app.tab.count("discovery"), 2);
}

#[test]
fn discovery_is_cached_for_ten_minutes() {
    let app = App::new();
    app.discover().unwrap();
    app.tab.pass_seconds(599);
    app.discover().unwrap();
    assert_eq!(app.tab.count("discovery"), 1);
    app.tab.pass_seconds(1);
    app.discover().unwrap();
    assert_eq!(app.tab.count("discovery"), 2);
}

#[test]
fn discovery_cached_by_a_clock_that_was_ahead_is_read_again() {
    let app = App::new();
    app.discover().unwrap();
    app.tab.clock.set(app.tab.clock.get() - 1);
    app.discover().unwrap();
    assert_eq!(app.tab.count("discovery"), 2);
}

#[test]
fn discovery_is_not_cached_beyond_the_page() {
    let app = App::new();
    app.discover().unwrap();
    assert!(app.tab.records.tab.borrow().is_empty());
    app.tab.reload();
    app.discover().unwrap();
    assert_eq!(app.tab.count("discovery"), 2);
}

#[test]
fn no_more_than_32_servers_are_cached() {
    let bases: Vec<String> = (0..80).map(|number| format!("https://ehr.example/tenant/{number}")).collect();
    let clients: Vec<_> = bases
        .iter()
        .enumerate()
        .map(|(number, base)| {
            ehr::with(options(), json!({ "fhirBaseUrl": base, "redirectUri": format!("https://app.example/{number}") }))
        })
        .collect();
    let app = App::with_settings(json!({ "clients": clients }));
    for base in &bases {
        run_flow(app.flow(|host| discover::server(host, app.settings().client(base).unwrap()))).unwrap();
        assert!(app.tab.records.under("discovery:").len() <= 32);
    }
}

#[test]
fn single_configured_endpoints_override_the_metadata() {
    let keys = "https://ehr.example/own/keys";
    for (endpoints_option, name) in [
        (json!({ "jwksUri": keys }), "jwksUri"),
        (json!({ "tokenEndpoint": keys }), "tokenEndpoint"),
        (json!({ "authorizationEndpoint": keys, "revocationEndpoint": ehr::TOKEN }), "authorizationEndpoint"),
    ] {
        let app = App::with(json!({ "endpoints": endpoints_option }));
        for _ in 0..2 {
            let server = app.discover().unwrap();
            assert_eq!((server.json().text(name), server.issuer()), (keys, ehr::ISSUER));
            assert!(!server.json().at("configuration").is_null());
        }
        assert_eq!(app.tab.count("discovery"), 1);
    }
    // Endpoints in the settings replace missing ones; the rest is still checked.
    let app = App::with(json!({ "endpoints": { "authorizationEndpoint": ehr::AUTHORIZE } }));
    app.tab.responses.next(
        "discovery",
        FakeResponse::ok(&ehr::with(
            ehr::document(),
            json!({ "authorization_endpoint": null, "code_challenge_methods_supported": null }),
        )),
    );
    assert_fails(app.begin(json!({})), Code::PkceUnsupported);
}

#[test]
fn body_that_is_not_text_is_no_smart_configuration() {
    let app = App::new();
    app.tab.responses.next("discovery", FakeResponse::failed(Code::JsonInvalid));
    let error = app.discover().unwrap_err();
    assert_eq!(error.code(), Code::DiscoveryInvalid);
    assert!(error.to_string().contains("check `fhirBaseUrl`"));
    assert!(app.discover().is_ok());
}

#[test]
fn given_endpoints_are_used_without_a_request() {
    let endpoints = json!({ "authorizationEndpoint": ehr::AUTHORIZE, "tokenEndpoint": ehr::TOKEN });
    let app = App::with(json!({ "endpoints": endpoints, "issuer": ehr::ISSUER }));
    let server = app.discover().unwrap();
    assert_eq!(server.json().text("tokenEndpoint"), ehr::TOKEN);
    assert_eq!(server.json().text("fhirBaseUrl"), ehr::BASE);
    assert_eq!(server.issuer(), ehr::ISSUER);
    assert!(app.tab.sent.borrow().is_empty());
}

/// Clients of a server without smart-configuration. Its issuer's OpenID configuration has these changes.
fn without_smart_configuration(settings: &[Value], changes: Value) -> App {
    let clients: Vec<_> = settings.iter().map(|settings| ehr::with(options(), settings.clone())).collect();
    let app = App::with_settings(json!({ "clients": clients }));
    for url in [ehr::CONFIGURATION, R4_CONFIGURATION] {
        app.tab.responses.always(url, FakeResponse::new(404, "text/plain", "no such document"));
    }
    let document = json!({ "issuer": OPENID, "token_endpoint": format!("{OPENID}/token"), "capabilities": null });
    app.tab.responses.always("discovery", FakeResponse::ok(&ehr::with(ehr::with(ehr::document(), document), changes)));
    app
}

const OPENID: &str = "https://ehr.example/realm";
const R4: &str = "https://ehr.example/r4";
const R4_CONFIGURATION: &str = "https://ehr.example/r4/.well-known/smart-configuration";

#[test]
fn server_without_smart_configuration_is_read_from_its_issuer_s_openid_configuration() {
    let settings = [
        json!({ "issuer": OPENID }),
        json!({ "issuer": OPENID, "fhirBaseUrl": R4, "redirectUri": "https://app.example/r4" }),
    ];
    let app = without_smart_configuration(&settings, json!({}));
    for base in [ehr::BASE, R4] {
        let server = run_flow(app.flow(|host| discover::server(host, app.settings().client(base).unwrap()))).unwrap();
        assert_eq!((server.issuer(), server.json().text("fhirBaseUrl")), (OPENID, base));
        assert_eq!(server.json().text("tokenEndpoint"), format!("{OPENID}/token"));
        assert_eq!(warnings(server.json()), ["discovery_member_missing"]);
    }
    let urls: Vec<_> = app.tab.sent.borrow().iter().map(|sent| sent.url.clone()).collect();
    let openid = format!("{OPENID}/.well-known/openid-configuration");
    assert_eq!(urls, [ehr::CONFIGURATION, &openid, R4_CONFIGURATION]);
}

#[test]
fn relative_url_in_an_openid_configuration_is_resolved_against_the_issuer() {
    let app = without_smart_configuration(&[json!({ "issuer": OPENID })], json!({ "token_endpoint": "token" }));
    let server = app.discover().unwrap();
    assert!(server.json().text("tokenEndpoint").starts_with(OPENID), "{}", server.json().text("tokenEndpoint"));
}

#[test]
fn openid_configuration_is_used_only_for_its_own_issuer() {
    for issuer in ["https://evil.example".into(), format!("{OPENID}/")] {
        let app = without_smart_configuration(&[json!({ "issuer": OPENID })], json!({ "issuer": issuer }));
        assert_fails(app.discover(), Code::DiscoveryIssuer);
    }
}

#[test]
fn sign_in_is_refused_if_the_openid_configuration_has_no_s256() {
    let changes = json!({ "code_challenge_methods_supported": null });
    let app = without_smart_configuration(&[json!({ "issuer": OPENID })], changes);
    assert_fails(app.begin(json!({})), Code::PkceUnsupported);
}

#[test]
fn openid_configuration_is_requested_only_after_a_final_4xx_and_with_a_configured_issuer() {
    let responses = [(404, json!({})), (503, json!({ "issuer": OPENID })), (429, json!({ "issuer": OPENID }))];
    for (status, settings) in responses {
        let app = App::with(settings);
        app.tab.responses.always("discovery", FakeResponse::new(status, "text/plain", ""));
        assert_fails(app.discover(), Code::HttpStatus);
        assert_eq!(app.tab.count("discovery"), 1);
    }
    for (response, code) in [
        (FakeResponse::new(200, "text/html", "<html>"), Code::DiscoveryInvalid),
        (FakeResponse::failed(Code::Network), Code::Network),
        (FakeResponse::failed(Code::Timeout), Code::Timeout),
        (FakeResponse::failed(Code::Redirected), Code::Redirected),
    ] {
        let app = App::with(json!({ "issuer": OPENID }));
        app.tab.responses.always("discovery", response);
        assert_fails(app.discover(), code);
        assert_eq!(app.tab.count("discovery"), 1);
    }
}

#[test]
fn configured_issuer_must_be_the_one_that_the_metadata_states() {
    assert!(App::with(json!({ "issuer": ehr::ISSUER })).discover().is_ok());
    assert_fails(App::with(json!({ "issuer": "https://ehr.example/" })).discover(), Code::DiscoveryIssuer);
}

#[test]
fn metadata_has_to_state_the_issuer_that_metadata_issuer_names() {
    let settings = |issuer, stated| json!({ "issuer": issuer, "metadataIssuer": stated });
    let issuer = "https://ehr.example/oauth2";
    assert_eq!(App::with(settings(issuer, ehr::ISSUER)).discover().unwrap().issuer(), issuer);
    assert_fails(App::with(settings(issuer, "https://ehr.example/")).discover(), Code::DiscoveryIssuer);
    // If `metadataIssuer` is set, the metadata must not state `issuer` instead.
    assert_fails(App::with(settings(ehr::ISSUER, issuer)).discover(), Code::DiscoveryIssuer);
}

#[test]
fn configured_issuer_is_compared_with_metadata_that_another_client_cached() {
    let app = App::new();
    app.discover().unwrap();
    let other_settings =
        json(&json!({ "clients": [ehr::with(options(), json!({ "issuer": "https://other.example" }))] }));
    let client = Settings::read(&other_settings).unwrap().client("").unwrap();
    assert_fails(run_flow(app.flow(|host| discover::server(host, client))), Code::DiscoveryIssuer);
    assert_eq!(app.tab.count("discovery"), 1);
}

#[test]
fn metadata_cached_by_a_lenient_client_is_checked_again_by_a_strict_one() {
    let app = App::new();
    app.tab
        .responses
        .always("discovery", FakeResponse::ok(&ehr::with(ehr::document(), json!({ "capabilities": null }))));
    assert_eq!(warnings(app.discover().unwrap().json()), ["discovery_member_missing"]);
    let strict = json(&json!({ "clients": [ehr::with(options(), json!({ "strict": true }))] }));
    let client = Settings::read(&strict).unwrap().client("").unwrap();
    assert_fails(run_flow(app.flow(|host| discover::server(host, client))), Code::DiscoveryInvalid);
}

#[test]
fn metadata_cached_with_loopback_is_checked_again_without() {
    let app = App::with(json!({ "allowInsecureLoopback": true }));
    let local_endpoint = json!({ "authorization_endpoint": "http://localhost:8080/authorize" });
    app.tab.responses.always("discovery", FakeResponse::ok(&ehr::with(ehr::document(), local_endpoint)));
    app.discover().unwrap();
    let other = json(&json!({ "clients": [options()] }));
    let client = Settings::read(&other).unwrap().client("").unwrap();
    assert_fails(run_flow(app.flow(|host| discover::server(host, client))), Code::EndpointScheme);
}

#[test]
fn document_of_another_content_type_is_read_with_a_warning() {
    let app = App::new();
    app.tab.responses.next("discovery", FakeResponse::new(200, "text/plain", &ehr::document().to_string()));
    assert_eq!(warnings(app.discover().unwrap().json()), ["discovery_content_type"]);
    // The warning is kept with the document.
    assert_eq!(warnings(app.discover().unwrap().json()), ["discovery_content_type"]);
}

#[test]
fn document_of_another_content_type_is_refused_under_strict() {
    let app = App::with(json!({ "strict": true }));
    app.tab.responses.next("discovery", FakeResponse::new(200, "text/plain", &ehr::document().to_string()));
    assert_fails(app.discover(), Code::ContentType);
}

#[test]
fn error_status_is_reported_with_retry_after() {
    let app = App::new();
    app.tab.responses.next("discovery", FakeResponse::new(503, "text/html", "<p>later").retry_after(7));
    let error = app.discover().unwrap_err();
    assert_eq!((error.code(), error.status(), error.retry_after()), (Code::HttpStatus, 503, Some(7)));
    assert!(error.retryable());
}

#[test]
fn document_near_the_limit_of_values_is_cached() {
    let app = App::new();
    let long_lists =
        json!({ "scopes_supported": vec!["patient/*.rs"; 9_000], "capabilities": vec!["launch-ehr"; 9_000] });
    app.tab.responses.always("discovery", FakeResponse::ok(&ehr::with(ehr::document(), long_lists)));
    app.discover().unwrap();
    app.discover().unwrap();
    assert_eq!(app.tab.count("discovery"), 1);
}

#[test]
fn document_is_fetched_again_if_its_cached_copy_is_corrupt() {
    let app = App::new();
    app.discover().unwrap();
    for (_, record) in app.tab.records.page.borrow_mut().iter_mut() {
        *record = "{".into();
    }
    app.discover().unwrap();
    assert_eq!(app.tab.count("discovery"), 2);
}

use crate::app::{assert_fails, code, json, options, value, warnings};
use crate::arbitrary::{cases, object};
use crate::ehr;
use proptest::prelude::*;
use serde_json::{Value, json};
use smart_launch::error::{Code, Result};
use smart_launch::protocol::discovery::{configuration_url, openid, parse};
use smart_launch::protocol::server::Server;
use smart_launch::protocol::settings::Settings;
use smart_launch::protocol::url::Url;

fn read(changes: Value, strict: bool) -> Result<Server> {
    let base = Url::parse(ehr::BASE).unwrap();
    parse(&ehr::with(ehr::document(), changes).to_string(), &base, false, strict)
}

/// The result of the check before a sign-in.
fn check(settings: Value, changes: Value, shares_redirect: bool) -> Result<Url> {
    let settings = json(&json!({ "clients": [ehr::with(options(), settings)] }));
    read(changes, false)?.check(Settings::read(&settings)?.client("")?, shares_redirect)
}

#[test]
fn smart_configuration_is_below_the_whole_base() {
    for (base, expected) in [
        ("https://ehr.example/fhir", "https://ehr.example/fhir/.well-known/smart-configuration"),
        ("https://ehr.example/fhir/", "https://ehr.example/fhir/.well-known/smart-configuration"),
        ("https://ehr.example", "https://ehr.example/.well-known/smart-configuration"),
    ] {
        assert_eq!(configuration_url(&Url::parse(base).unwrap()).unwrap().as_str(), expected);
    }
}

#[test]
fn valid_document_has_no_warnings() {
    let server = read(json!({}), true).unwrap();
    assert!(warnings(server.json()).is_empty());
    assert_eq!(server.issuer(), ehr::ISSUER);
    assert_eq!(server.json().text("authorizationEndpoint"), ehr::AUTHORIZE);
    assert_eq!(server.json().text("tokenEndpoint"), ehr::TOKEN);
    assert_eq!(server.json().text("revocationEndpoint"), ehr::REVOKE);
    assert_eq!(server.json().text("endSessionEndpoint"), ehr::LOGOUT);
    assert_eq!(value(server.json().at("configuration")), ehr::document());
    assert!(server.accepts_post() && !server.sends_iss());
}

#[test]
fn server_need_not_have_optional_endpoints() {
    let changes =
        json!({ "authorization_endpoint": null, "issuer": null, "revocation_endpoint": null, "capabilities": ["x"] });
    let server = read(changes, true).unwrap();
    assert_eq!(server.issuer(), "");
    assert!(warnings(server.json()).is_empty());
}

#[test]
fn unknown_members_and_capabilities_are_kept() {
    let server = read(json!({ "x": { "y": 1 }, "capabilities": ["https://a/b", "launch-ehr"] }), true).unwrap();
    assert_eq!(value(server.json().at("configuration").at("x")), json!({ "y": 1 }));
    assert!(server.json().at("capabilities").lists("https://a/b"));
}

#[test]
fn document_without_a_token_endpoint_is_refused() {
    for endpoint in [json!(null), json!(""), json!(7), json!([]), json!({})] {
        let error = read(json!({ "token_endpoint": endpoint }), false).unwrap_err();
        assert_eq!(error.code(), Code::DiscoveryInvalid);
        assert!(error.to_string().contains("`token_endpoint`"));
    }
}

#[test]
fn document_that_is_no_object_is_refused() {
    let base = Url::parse(ehr::BASE).unwrap();
    for (document, expected) in [
        ("null", Code::DiscoveryInvalid),
        ("[]", Code::DiscoveryInvalid),
        ("\"x\"", Code::DiscoveryInvalid),
        ("{}", Code::DiscoveryInvalid),
        ("", Code::DiscoveryInvalid),
        ("<html>", Code::DiscoveryInvalid),
        ("{", Code::JsonInvalid),
        ("{\"issuer\":\"a\",\"issuer\":\"b\"}", Code::JsonInvalid),
    ] {
        assert_fails(parse(document, &base, false, false), expected);
    }
}

#[test]
fn endpoint_that_must_not_be_contacted_is_refused() {
    for name in ["authorization_endpoint", "token_endpoint"] {
        for url in [
            "http://ehr.example/x",
            "HTTP://ehr.example/x",
            "https://localhost/x",
            "http://127.0.0.1/x",
            "https://[::1]/x",
            "https://169.254.169.254/x",
            "https://[fe80::1]/x",
            "https://[::ffff:7f00:1]/x",
            "https://2130706433/x",
            "https://0x7f.1/x",
            "https://127.1/x",
            "https://0177.0.0.1/x",
            "https://0/x",
            "javascript:alert(1)",
            "data:text/html,x",
            "blob:https://ehr.example/1",
            "file:///x",
            "ftp://ehr.example/x",
            "https://user@ehr.example/x",
            "https:ehr.example",
        ] {
            assert_eq!(code(&read(json!({ name: url }), false)), "endpoint_scheme", "{name} {url}");
        }
    }
}

#[test]
fn endpoint_may_be_on_another_origin() {
    let changes =
        json!({ "authorization_endpoint": "https://login.example/a", "token_endpoint": "https://login.example/t" });
    assert!(read(changes, true).is_ok());
}

#[test]
fn unusable_optional_endpoint_counts_as_absent() {
    for name in ["revocation_endpoint", "introspection_endpoint", "end_session_endpoint"] {
        for url in ["http://ehr.example/x", "javascript:alert(1)", "https://ehr.example/x#y"] {
            let server = read(json!({ name: url }), false).unwrap();
            assert_eq!(warnings(server.json()), ["discovery_member_invalid"]);
            assert_fails(read(json!({ name: url }), true), Code::DiscoveryInvalid);
        }
        assert_eq!(warnings(read(json!({ name: 7 }), false).unwrap().json()).len(), 1);
    }
    let server = read(json!({ "revocation_endpoint": "http://ehr.example/x" }), false).unwrap();
    assert!(server.json().at("revocationEndpoint").is_null());
}

#[test]
fn relative_endpoint_is_resolved_against_the_base_with_a_warning() {
    for (stated, expected) in [
        ("auth/token", "https://ehr.example/fhir/auth/token"),
        ("/auth/token", "https://ehr.example/auth/token"),
        ("../auth/token", "https://ehr.example/auth/token"),
        ("//ehr.example/token", "https://ehr.example/token"),
    ] {
        let server = read(json!({ "token_endpoint": stated }), false).unwrap();
        assert_eq!(server.json().text("tokenEndpoint"), expected);
        assert_eq!(warnings(server.json()), ["discovery_relative_url"]);
        assert_fails(read(json!({ "token_endpoint": stated }), true), Code::DiscoveryInvalid);
    }
    assert_fails(read(json!({ "token_endpoint": "\\\\evil.example/token" }), false), Code::DiscoveryInvalid);
}

#[test]
fn endpoint_with_a_parameter_of_the_request_is_refused() {
    let server = read(json!({ "authorization_endpoint": format!("{}?tenant=1", ehr::AUTHORIZE) }), false).unwrap();
    assert_eq!(server.json().text("authorizationEndpoint"), format!("{}?tenant=1", ehr::AUTHORIZE));
    for name in [
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "aud",
        "launch",
        "nonce",
        "code_challenge",
        "request_uri",
    ] {
        for encoded_name in
            [name.to_owned(), name.replacen('s', "%73", 1).replacen('c', "%63", 1).replacen('a', "%61", 1)]
        {
            let changes = json!({ "authorization_endpoint": format!("{}?tenant=1&{encoded_name}=x", ehr::AUTHORIZE) });
            assert_fails(read(changes, false), Code::DiscoveryInvalid);
        }
    }
    for tail in ["?%zz=1", "?x=1&%ff", "#x", "?x#y"] {
        assert_fails(
            read(json!({ "authorization_endpoint": format!("{}{tail}", ehr::AUTHORIZE) }), false),
            Code::DiscoveryInvalid,
        );
    }
}

#[test]
fn issuer_that_is_empty_or_not_text_counts_as_absent() {
    for (issuer, expected) in [
        (json!(""), vec!["discovery_member_missing"]),
        (json!(7), vec!["discovery_member_invalid", "discovery_member_missing"]),
        (json!([ehr::ISSUER]), vec!["discovery_member_invalid", "discovery_member_missing"]),
    ] {
        let members = json!({ "issuer": issuer, "capabilities": ["launch-ehr", "sso-openid-connect"] });
        let server = read(members.clone(), false).unwrap();
        assert_eq!((server.issuer(), warnings(server.json())), ("", expected));
        assert_fails(read(members, true), Code::DiscoveryInvalid);
    }
}

#[test]
fn list_items_that_are_not_text_are_left_out() {
    for (name, ours) in [("capabilities", "capabilities"), ("scopes_supported", "scopesSupported")] {
        for (stated, expected) in [
            (json!(7), json!(null)),
            (json!("launch-ehr"), json!(null)),
            (json!({ "launch-ehr": true }), json!(null)),
            (json!([7, "launch-ehr", null, ["x"]]), json!(["launch-ehr"])),
            (json!([["openid"]]), json!([])),
        ] {
            let server = read(json!({ name: stated }), false).unwrap();
            assert_eq!(value(server.json())[ours], expected, "{name} {stated}");
            assert_eq!(warnings(server.json()), ["discovery_member_invalid"], "{name} {stated}");
            assert_fails(read(json!({ name: stated }), true), Code::DiscoveryInvalid);
        }
    }
}

#[test]
fn error_says_that_a_document_is_no_smart_configuration() {
    let base = Url::parse(ehr::BASE).unwrap();
    let capabilities = json!({ "resourceType": "CapabilityStatement", "status": "active", "kind": "instance" });
    let page = "\u{feff}<!doctype html><title>Sign in</title>";
    for document in [page, "<html>", "null", "[]", "[", "7", "\"x\"", "", " \n", "Not found", &capabilities.to_string()]
    {
        for strict in [false, true] {
            let error = parse(document, &base, false, strict).unwrap_err();
            assert_eq!(error.code(), Code::DiscoveryInvalid, "{document}");
            assert!(error.to_string().contains("is not a smart-configuration: check `fhirBaseUrl`"), "{document}");
        }
        let error = openid(document, ehr::ISSUER, false, true).unwrap_err();
        assert!(error.to_string().contains("is not an OpenID configuration: check `issuer`"), "{document}");
    }
}

#[test]
fn missing_and_malformed_members_are_warnings() {
    for (changes, warning) in [
        (json!({ "grant_types_supported": null }), "discovery_member_missing"),
        (json!({ "capabilities": null }), "discovery_member_missing"),
        (json!({ "capabilities": "launch-ehr" }), "discovery_member_invalid"),
        (json!({ "authorization_endpoint": null, "capabilities": ["launch-ehr"] }), "discovery_member_missing"),
        (json!({ "authorization_endpoint": null, "capabilities": ["launch-standalone"] }), "discovery_member_missing"),
        (json!({ "issuer": null, "capabilities": ["sso-openid-connect"] }), "discovery_member_missing"),
        (json!({ "code_challenge_methods_supported": ["plain", "S256"] }), "pkce_plain_advertised"),
    ] {
        assert_eq!(warnings(read(changes.clone(), false).unwrap().json()), [warning], "{changes}");
        assert_fails(read(changes, true), Code::DiscoveryInvalid);
    }
}

#[test]
fn server_without_s256_is_refused() {
    for methods in [
        json!(null),
        json!([]),
        json!(["s256"]),
        json!(["plain"]),
        json!("S256"),
        json!({ "S256": true }),
        json!([["S256"]]),
    ] {
        let changes = json!({ "code_challenge_methods_supported": methods });
        assert_fails(check(json!({}), changes.clone(), false), Code::PkceUnsupported);
        assert!(check(json!({ "acceptServerWithoutS256": true }), changes.clone(), false).is_ok());
        assert!(warnings(read(changes, false).unwrap().json()).contains(&"pkce_not_advertised"));
    }
    assert!(check(json!({}), json!({ "code_challenge_methods_supported": ["x", "S256"] }), false).is_ok());
}

#[test]
fn server_that_requires_pushed_requests_without_an_endpoint_is_refused() {
    assert_fails(check(json!({}), json!({ "require_pushed_authorization_requests": true }), false), Code::ParRequired);
    for stated in [json!(false), json!("true"), json!(null)] {
        assert!(check(json!({}), json!({ "require_pushed_authorization_requests": stated }), false).is_ok());
    }
}

#[test]
fn servers_share_a_redirect_uri_only_if_responses_have_iss() {
    let iss = json!({ "authorization_response_iss_parameter_supported": true });
    assert!(check(json!({}), iss, true).is_ok());
    assert_fails(check(json!({}), json!({}), true), Code::ConfigInvalid);
    assert_fails(
        check(json!({}), json!({ "authorization_response_iss_parameter_supported": true, "issuer": null }), true),
        Code::ConfigInvalid,
    );
    assert_fails(
        check(json!({}), json!({ "authorization_response_iss_parameter_supported": "true" }), true),
        Code::ConfigInvalid,
    );
}

#[test]
fn server_without_an_authorization_endpoint_is_refused() {
    assert_fails(check(json!({}), json!({ "authorization_endpoint": null }), false), Code::DiscoveryInvalid);
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn any_document_is_read_or_refused(changes in object(), names in proptest::collection::vec(0..9_usize, 3)) {
        let mut document = ehr::document();
        let names_of_document: Vec<String> = document.as_object().unwrap().keys().cloned().collect();
        let members: Vec<Value> = changes.as_object().unwrap().values().cloned().collect();
        for (name, value) in names.iter().zip(members) {
            document[&names_of_document[*name]] = value;
        }
        let base = Url::parse(ehr::BASE).unwrap();
        for loopback in [false, true] {
            let Ok(server) = parse(&document.to_string(), &base, loopback, false) else { continue };
            for name in ["authorizationEndpoint", "tokenEndpoint", "revocationEndpoint", "endSessionEndpoint"] {
                let url = server.json().text(name);
                prop_assert!(url.is_empty() || Url::parse(url).unwrap().is_permitted(loopback));
            }
        }
    }
}

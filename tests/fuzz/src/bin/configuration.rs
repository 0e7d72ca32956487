//! If a smart-configuration is accepted, its `ENDPOINTS` may be contacted, and the parsed members equal those of the document.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use smart_launch::protocol::discovery;
use smart_launch::protocol::server::Server;
use smart_launch::protocol::url::Url;
use smart_launch_fuzz::{
    BASE, assert_permitted, assert_sound, browser_url, fields, is_serialized_differently, parts, serde, value,
};

fuzz_target!(|text: &str| {
    let base = Url::parse(BASE).expect("a URL");
    let is_accepted = |loopback, strict| match discovery::parse(text, &base, loopback, strict) {
        Ok(server) => {
            assert_server(&server, text, loopback, strict);
            true
        }
        Err(error) => {
            assert_sound(&error);
            false
        }
    };
    let [default, strict, loopback, strict_loopback] = [(false, false), (false, true), (true, false), (true, true)]
        .map(|(loopback, strict)| is_accepted(loopback, strict));
    assert!(
        (!strict || default) && (!strict_loopback || loopback),
        "a document that `strict` accepts is accepted without it"
    );
    assert!(!default || loopback, "a document that is accepted without `allowInsecureLoopback` is accepted with it");
});

fn assert_server(server: &Server, text: &str, loopback: bool, strict: bool) {
    assert!(!server.json().text("tokenEndpoint").is_empty());
    let document = serde(text);
    for (name, ours) in ENDPOINTS {
        let url = server.json().text(ours);
        if url.is_empty() {
            assert!(server.json().at(ours).is_null(), "{ours} is a URL or nothing");
            continue;
        }
        assert_permitted(url, loopback);
        assert!(!url.contains('#'), "{url:?} has a fragment");
        for (name, _) in fields(parts(url).0) {
            assert!(!RESERVED.contains(&name.as_str()), "{url:?} has {name} in its query");
        }
        // An absolute URL is parsed as browsers parse it.
        let documented = document.as_ref().map_or("", |document| document[name].as_str().unwrap_or_default());
        if let Some(theirs) = browser_url(documented).filter(|_| !is_serialized_differently(documented)) {
            assert_eq!(url, theirs.as_str());
        }
    }
    let warnings: Vec<&str> = server.json().at("warnings").list().iter().map(|warning| warning.str()).collect();
    assert!(!strict || warnings.is_empty() || warnings == ["pkce_not_advertised"], "{warnings:?}");
    for list in ["capabilities", "scopesSupported"] {
        assert!(
            value(server.json().at(list)).is_none_or(
                |list| list.is_null() || list.as_array().is_some_and(|list| list.iter().all(Value::is_string))
            )
        );
    }
    let Some(document) = document else { return };
    assert_eq!(value(server.json().at("configuration")).as_ref(), Some(&document));
    assert_eq!(server.issuer(), document["issuer"].as_str().unwrap_or_default());
    let lists = |name: &str, word: &str| {
        document[name].as_array().is_some_and(|items| items.iter().any(|item| item.as_str() == Some(word)))
    };
    assert_eq!(server.accepts_post(), lists("capabilities", "authorize-post"));
    assert_eq!(server.sends_iss(), document["authorization_response_iss_parameter_supported"] == Value::Bool(true));
    assert_ne!(warnings.contains(&"pkce_not_advertised"), lists("code_challenge_methods_supported", "S256"));
}

const ENDPOINTS: [(&str, &str); 7] = [
    ("authorization_endpoint", "authorizationEndpoint"),
    ("token_endpoint", "tokenEndpoint"),
    ("revocation_endpoint", "revocationEndpoint"),
    ("introspection_endpoint", "introspectionEndpoint"),
    ("end_session_endpoint", "endSessionEndpoint"),
    ("jwks_uri", "jwksUri"),
    ("pushed_authorization_request_endpoint", "pushedAuthorizationRequestEndpoint"),
];

const RESERVED: [&str; 16] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "aud",
    "launch",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "nonce",
    "response_mode",
    "request",
    "request_uri",
    "code",
    "iss",
];

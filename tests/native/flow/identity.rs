//! Verification of ID tokens; `keys` is about caching the server's keys, `renewed` about refreshes.

mod keys;
mod renewed;

use crate::app::{App, assert_fails, code, value, warnings};
use crate::ehr;
use crate::host::{FakeResponse, hash};
use crate::signing_keys::{self, KID, header, id_token, key, signed};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use smart_launch::error::{Code, Result};
use smart_launch::flow::record::Stored;

const OPENID: &str = "https://ehr.example/.well-known/openid-configuration";

/// Completes a sign-in whose token response has this ID token.
fn complete_with(app: &App, number: usize, id_token: &str) -> Result<Stored> {
    let tokens = ehr::with(signing_keys::tokens(app, number, json!({})), json!({ "id_token": id_token }));
    app.tab.responses.next("token", FakeResponse::ok(&tokens));
    app.complete(&app.callback_of(number)).map(|stored| stored.expect("not used before"))
}

/// A complete sign-in with an ID token that has these changes in its header and is signed with this key.
fn sign_in_with(app: &App, changes: Value, key: &Value) -> Result<Stored> {
    app.begin(json!({}))?;
    let number = app.states.borrow().len() - 1;
    complete_with(app, number, &signed(&ehr::with(header(), changes), &signing_keys::claims(app, number), key))
}

fn valid_sign_in(app: &App) -> Result<Stored> {
    sign_in_with(app, json!({}), &key(KID))
}

/// An app that requests `openid`, at a server whose metadata has these changes.
fn at(document: Value, settings: Value) -> App {
    let app = App::with(ehr::with(json!({ "scope": format!("openid fhirUser {}", ehr::SCOPE) }), settings));
    app.tab.responses.always("discovery", FakeResponse::ok(&ehr::with(ehr::document(), document)));
    app
}

fn purposes(app: &App) -> Vec<&'static str> {
    app.tab.sent.borrow().iter().map(|sent| sent.purpose).collect()
}

#[test]
fn configured_jwks_uri_replaces_that_of_the_metadata() {
    let keys_url = "https://ehr.example/own/keys";
    let app = at(json!({}), json!({ "endpoints": { "jwksUri": keys_url } }));
    app.tab.responses.next(keys_url, FakeResponse::ok(&signing_keys::key_set()));
    assert!(valid_sign_in(&app).is_ok());
    assert_eq!((purposes(&app), app.tab.last().url), (vec!["discovery", "token", "jwks"], keys_url.into()));
}

#[test]
fn auth_time_older_than_max_age_is_refused() {
    let now = 1_700_000_000_u64;
    for (changes, strict, expected) in [
        (json!({ "auth_time": now - 300 }), true, "ok"),
        (json!({ "auth_time": now - 36_000 }), false, "id_token_invalid"),
        (json!({}), false, "ok"),
        (json!({}), true, "id_token_invalid"),
    ] {
        let app = at(json!({}), json!({ "strict": strict, "authorizationParams": { "max_age": 300 } }));
        app.begin(json!({})).unwrap();
        let outcome = complete_with(&app, 0, &id_token(&app, 0, changes.clone()));
        assert_eq!(code(&outcome), expected, "{changes}");
        assert_eq!(app.tab.count("token"), 1);
        if let Ok(stored) = outcome {
            assert_eq!(warnings(stored.session.json()).is_empty(), !changes["auth_time"].is_null());
        }
    }
}

#[test]
fn claim_of_another_type_is_left_out() {
    let app = at(json!({}), json!({}));
    app.begin(json!({})).unwrap();
    let stored =
        complete_with(&app, 0, &id_token(&app, 0, json!({ "name": { "family": "Ade" }, "fhirUser": 7 }))).unwrap();
    let claims = &value(stored.session.json())["claims"];
    assert!(claims["name"].is_null() && claims["fhirUser"].is_null() && claims["sub"] == signing_keys::SUB);
    assert_eq!(warnings(stored.session.json()), ["fhir_user_invalid", "id_token_malformed"]);
}

#[test]
fn keys_are_requested_last() {
    let app = App::signed_in_openid();
    assert_eq!(purposes(&app), ["discovery", "token", "jwks"]);
    let sent = app.tab.last();
    assert_eq!((sent.url.as_str(), sent.form.as_str()), (ehr::JWKS, ""));
}

#[test]
fn no_keys_are_fetched_for_a_token_that_is_refused_anyway() {
    let now = 1_700_000_000_u64;
    for changes in [
        json!({ "iss": "https://evil.example" }),
        json!({ "sub": null }),
        json!({ "aud": "evil" }),
        json!({ "azp": "evil" }),
        json!({ "exp": now - 60 }),
        json!({ "nbf": now + 61 }),
        json!({ "iat": now - 90_000 }),
        json!({ "nonce": "wrong" }),
        json!({ "at_hash": "AAAA" }),
    ] {
        for document in [json!({}), json!({ "jwks_uri": null })] {
            let app = at(document, json!({}));
            app.begin(json!({})).unwrap();
            assert_fails(complete_with(&app, 0, &id_token(&app, 0, changes.clone())), Code::IdTokenInvalid);
            assert_eq!(purposes(&app), ["discovery", "token"], "{changes}");
        }
    }
    for changes in
        [json!({ "alg": "none" }), json!({ "alg": "HS256" }), json!({ "crit": ["exp"] }), json!({ "typ": "at+jwt" })]
    {
        let app = at(json!({}), json!({}));
        assert_fails(sign_in_with(&app, changes.clone(), &key(KID)), Code::IdTokenInvalid);
        assert_eq!(purposes(&app), ["discovery", "token"], "{changes}");
    }
}

#[test]
fn no_keys_are_fetched_for_a_token_that_strict_refuses() {
    for changes in [
        json!({ "nonce": null }),
        json!({ "fhirUser": "Device/1" }),
        json!({ "fhirUser": "https://evil.example/Person/1" }),
    ] {
        let app = at(json!({}), json!({ "strict": true }));
        app.begin(json!({})).unwrap();
        assert_fails(complete_with(&app, 0, &id_token(&app, 0, changes)), Code::IdTokenInvalid);
        assert_eq!(app.tab.count("jwks"), 0);
    }
    assert!(valid_sign_in(&at(json!({}), json!({ "strict": true }))).is_ok());
}

#[test]
fn id_token_with_the_hash_of_another_access_token_is_refused() {
    for (algorithm, bits) in [("RS256", "256"), ("RS384", "384"), ("RS512", "512")] {
        let key_without_alg = ehr::with(key(KID), json!({ "alg": null }));
        for (token, expected) in [(ehr::access_token(1), "ok"), (ehr::access_token(2), "id_token_invalid")] {
            let app = at(json!({}), json!({}));
            app.tab.responses.always("jwks", FakeResponse::ok(&json!({ "keys": [key_without_alg] })));
            app.begin(json!({})).unwrap();
            let full_hash = URL_SAFE_NO_PAD.decode(hash(bits, &token)).unwrap();
            let half = URL_SAFE_NO_PAD.encode(&full_hash[..full_hash.len() / 2]);
            let claims = ehr::with(signing_keys::claims(&app, 0), json!({ "at_hash": half }));
            let id_token = signed(&ehr::with(header(), json!({ "alg": algorithm })), &claims, &key_without_alg);
            assert_eq!(code(&complete_with(&app, 0, &id_token)), expected, "{algorithm}");
        }
    }
}

#[test]
fn keys_are_fetched_from_the_url_known_when_the_sign_in_began() {
    let app = at(json!({}), json!({}));
    app.begin(json!({})).unwrap();
    let elsewhere = json!({ "jwks_uri": "https://evil.example/keys" });
    app.tab.responses.always("discovery", FakeResponse::ok(&ehr::with(ehr::document(), elsewhere)));
    app.tab.reload();
    assert!(app.discover().is_ok());
    complete_with(&app, 0, &id_token(&app, 0, json!({}))).unwrap();
    assert_eq!((app.tab.last().purpose, app.tab.last().url.as_str()), ("jwks", ehr::JWKS));
}

#[test]
fn jwks_uri_is_read_from_the_issuer_s_document_if_the_server_s_has_none() {
    let app = at(json!({ "jwks_uri": null }), json!({}));
    let keys = "https://ehr.example/openid/keys";
    app.tab.responses.always("openid_discovery", FakeResponse::ok(&json!({ "issuer": ehr::ISSUER, "jwks_uri": keys })));
    valid_sign_in(&app).unwrap();
    assert_eq!(purposes(&app), ["discovery", "token", "openid_discovery", "jwks"]);
    // The URLs of the requests after those for discovery and tokens.
    let urls: Vec<String> = app.tab.sent.borrow().iter().skip(2).map(|sent| sent.url.clone()).collect();
    assert_eq!(urls, [OPENID, keys]);
    valid_sign_in(&app).unwrap();
    assert_eq!((app.tab.count("openid_discovery"), app.tab.count("jwks")), (1, 1));
}

#[test]
fn issuer_s_document_has_to_name_the_issuer_and_an_unusable_one_is_not_cached() {
    let valid = json!({ "issuer": ehr::ISSUER, "jwks_uri": ehr::JWKS });
    for (response, expected) in [
        (
            FakeResponse::ok(&ehr::with(valid.clone(), json!({ "issuer": "https://evil.example" }))),
            Code::DiscoveryIssuer,
        ),
        (
            FakeResponse::ok(&ehr::with(valid.clone(), json!({ "issuer": "https://ehr.example/" }))),
            Code::DiscoveryIssuer,
        ),
        (FakeResponse::ok(&ehr::with(valid.clone(), json!({ "issuer": null }))), Code::DiscoveryIssuer),
        (FakeResponse::ok(&ehr::with(valid.clone(), json!({ "jwks_uri": null }))), Code::DiscoveryInvalid),
        (FakeResponse::ok(&ehr::with(valid.clone(), json!({ "jwks_uri": "/keys" }))), Code::DiscoveryInvalid),
        (
            FakeResponse::ok(&ehr::with(valid.clone(), json!({ "jwks_uri": "http://ehr.example/keys" }))),
            Code::EndpointScheme,
        ),
        (FakeResponse::new(200, "application/json", "<html>"), Code::DiscoveryInvalid),
        (FakeResponse::failed(Code::JsonInvalid), Code::DiscoveryInvalid),
        (FakeResponse::new(404, "text/html", ""), Code::HttpStatus),
        (FakeResponse::failed(Code::Timeout), Code::Timeout),
    ] {
        let app = at(json!({ "jwks_uri": null }), json!({}));
        app.tab.responses.next("openid_discovery", response);
        assert_fails(valid_sign_in(&app), expected);
        assert_eq!(app.tab.count("jwks"), 0);
        app.tab.responses.next("openid_discovery", FakeResponse::ok(&valid));
        assert!(valid_sign_in(&app).is_ok());
    }
}

#[test]
fn unusable_endpoint_in_the_issuer_s_own_document_does_not_fail_the_sign_in() {
    for name in ["userinfo_endpoint", "introspection_endpoint", "end_session_endpoint"] {
        for stated in [json!("http://ehr.example/there"), json!("/there"), json!(7)] {
            let app = at(json!({ "jwks_uri": null }), json!({}));
            let document = json!({ "issuer": ehr::ISSUER, "jwks_uri": ehr::JWKS, name: stated });
            app.tab.responses.always("openid_discovery", FakeResponse::ok(&document));
            valid_sign_in(&app).unwrap();
        }
    }
}

#[test]
fn configured_issuer_is_used_if_the_metadata_states_none() {
    for document in [json!({ "issuer": null }), json!({ "issuer": null, "jwks_uri": null })] {
        let app = at(document, json!({ "issuer": ehr::ISSUER }));
        let keys_url = json!({ "issuer": ehr::ISSUER, "jwks_uri": ehr::JWKS });
        app.tab.responses.always("openid_discovery", FakeResponse::ok(&keys_url));
        let stored = valid_sign_in(&app).unwrap();
        assert_eq!(value(stored.session.json().at("claims"))["sub"], signing_keys::SUB);
        app.begin(json!({})).unwrap();
        let other = id_token(&app, 1, json!({ "iss": "https://evil.example" }));
        assert_fails(complete_with(&app, 1, &other), Code::IdTokenInvalid);
    }
    // The ID token was requested, but the issuer is not known.
    assert_fails(valid_sign_in(&at(json!({ "issuer": null }), json!({}))), Code::IdTokenInvalid);
}

#[test]
fn id_token_has_to_name_the_configured_issuer_not_that_of_the_metadata() {
    let issuer = "https://ehr.example/oauth2";
    let settings = json!({ "issuer": issuer, "metadataIssuer": ehr::ISSUER });
    for (named, is_accepted) in [(issuer, true), (ehr::ISSUER, false)] {
        let app = at(json!({}), settings.clone());
        app.begin(json!({})).unwrap();
        let outcome = complete_with(&app, 0, &id_token(&app, 0, json!({ "iss": named })));
        assert_eq!(outcome.is_ok(), is_accepted, "{named}");
    }
}

#[test]
fn unrequested_id_token_is_verified_if_the_issuer_is_known_and_else_ignored() {
    for (issuer, token, expected) in [
        (json!(ehr::ISSUER), "e30.e30.e30", "id_token_invalid"),
        (json!(null), "e30.e30.e30", "ok"),
        (json!(null), "nonsense", "ok"),
    ] {
        let app = at(json!({ "issuer": issuer }), json!({ "scope": ehr::SCOPE }));
        app.begin(json!({})).unwrap();
        app.tab.responses.next("token", FakeResponse::ok(&ehr::with(ehr::tokens(1), json!({ "id_token": token }))));
        let outcome = app.complete(&app.callback());
        assert_eq!(code(&outcome), expected);
        assert_eq!(app.tab.count("jwks"), 0);
        if let Ok(Some(stored)) = outcome {
            assert_eq!(warnings(stored.session.json()), ["id_token_unverified"]);
            let session = value(stored.session.json());
            assert!(session["claims"].is_null() && session["fhirUser"].is_null());
        }
    }
}

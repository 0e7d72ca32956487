//! The issuer in a server's metadata is verified before it is relied on.

use crate::app::{App, CODE, REDIRECT, SIGN_INS, assert_fails, json, options};
use crate::ehr;
use crate::host::{FakeResponse, run_flow};
use crate::signing_keys;
use crate::two_servers::{
    BAD, BAD_CONFIGURATION, BAD_KEYS, BAD_TOKEN, OTHER_REDIRECT, begin, complete_posted, two_servers,
};
use serde_json::{Value, json};
use smart_launch::error::Code;
use smart_launch::flow::refresh::{self, Need};
use smart_launch::flow::{resume, sign_in};
use smart_launch::protocol::authorization_response::AuthorizationResponse;
use smart_launch::protocol::json::Json;
use smart_launch::protocol::settings::Settings;

#[test]
fn stated_issuer_of_several_servers_is_verified_before_navigation() {
    for (document, options) in [
        (json!({ "token_endpoint": BAD_TOKEN }), json!({})),
        (json!({ "authorization_endpoint": "https://bad.example/authorize" }), json!({})),
        (json!({ "jwks_uri": BAD_KEYS }), json!({ "scope": "openid fhirUser" })),
    ] {
        for redirect in [REDIRECT, OTHER_REDIRECT] {
            let app = two_servers(json!({}), json!({ "redirectUri": redirect }), document.clone());
            assert_fails(begin(&app, BAD, options.clone()), Code::DiscoveryIssuer);
            assert!(app.tab.records.under(SIGN_INS).is_empty());
            begin(&app, ehr::BASE, options.clone()).unwrap();
        }
    }
}

#[test]
fn sign_in_fails_if_the_issuer_s_document_is_missing_wrong_or_unavailable() {
    for (response, code) in [
        (FakeResponse::new(404, "text/plain", ""), Code::DiscoveryIssuer),
        (
            FakeResponse::ok(&ehr::with(ehr::document(), json!({ "issuer": "https://bad.example" }))),
            Code::DiscoveryIssuer,
        ),
        (FakeResponse::failed(Code::Network), Code::Network),
        (FakeResponse::new(503, "text/plain", ""), Code::HttpStatus),
    ] {
        let app = two_servers(json!({}), json!({}), json!({}));
        app.tab.responses.always("openid_discovery", response);
        assert_fails(begin(&app, ehr::BASE, json!({})), code);
        assert!(app.tab.records.under(SIGN_INS).is_empty());
    }
}

#[test]
fn configured_issuer_of_one_server_needs_no_verification() {
    let issuer = json!({ "issuer": ehr::ISSUER });
    let app = two_servers(issuer.clone(), json!({}), json!({ "token_endpoint": BAD_TOKEN }));
    begin(&app, ehr::BASE, json!({ "scope": "openid fhirUser" })).unwrap();
    assert_eq!(app.tab.count("openid_discovery"), 0);
    assert_fails(begin(&app, BAD, json!({})), Code::DiscoveryIssuer);
    // An issuer that is configured for two servers does not distinguish them.
    let app = two_servers(issuer.clone(), issuer, json!({ "token_endpoint": BAD_TOKEN }));
    begin(&app, ehr::BASE, json!({})).unwrap();
    assert_fails(begin(&app, BAD, json!({})), Code::DiscoveryIssuer);
    // They have to be distinguished only if the responses of both arrive at one redirect URI.
    let issuer = json!({ "issuer": ehr::ISSUER });
    let apart = ehr::with(issuer.clone(), json!({ "redirectUri": OTHER_REDIRECT }));
    let app = two_servers(issuer, apart, json!({ "authorization_endpoint": "https://ehr.example/patients" }));
    begin(&app, BAD, json!({ "scope": "openid fhirUser" })).unwrap();
    assert_eq!(app.tab.count("openid_discovery"), 0);
    // The metadata has to state the configured issuer.
    let app =
        two_servers(json!({}), json!({ "issuer": "https://bad.example" }), json!({ "token_endpoint": BAD_TOKEN }));
    assert_fails(begin(&app, BAD, json!({})), Code::DiscoveryIssuer);
}

#[test]
fn issuer_of_a_single_server_is_not_verified() {
    let app = App::pending_openid();
    app.complete_with(FakeResponse::ok(&signing_keys::tokens(&app, 0, json!({})))).unwrap();
    let purposes: Vec<_> = app.tab.sent.borrow().iter().map(|sent| sent.purpose).collect();
    assert_eq!(purposes, ["discovery", "token", "jwks"]);
}

#[test]
fn id_token_that_was_not_requested_is_not_verified_with_another_server_s_keys() {
    let attacker = json!({ "redirectUri": OTHER_REDIRECT });
    let false_metadata = json!({
        "token_endpoint": BAD_TOKEN, "jwks_uri": BAD_KEYS, "authorization_response_iss_parameter_supported": null,
    });
    let app = two_servers(json!({}), attacker, false_metadata);
    begin(&app, BAD, json!({})).unwrap();
    app.tab.responses.next("token", FakeResponse::ok(&signing_keys::tokens(&app, 0, json!({ "nonce": null }))));
    let callback = format!("{OTHER_REDIRECT}?code={CODE}&state={}", app.state(0));
    assert_fails(app.complete(&callback), Code::DiscoveryIssuer);
    assert_eq!(app.tab.count("jwks"), 0);
    assert!(app.resume().is_none());
}

#[test]
fn issuer_is_verified_for_the_id_token_of_a_refresh_even_if_only_its_server_is_configured() {
    let attacker = json!({ "redirectUri": OTHER_REDIRECT });
    let false_metadata = json!({
        "token_endpoint": BAD_TOKEN, "jwks_uri": BAD_KEYS, "authorization_response_iss_parameter_supported": null,
    });
    let app = two_servers(json!({}), attacker.clone(), false_metadata);
    begin(&app, BAD, json!({})).unwrap();
    app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(1)));
    app.complete(&format!("{OTHER_REDIRECT}?code={CODE}&state={}", app.state(0))).unwrap();
    let token = signing_keys::id_token(&app, 0, json!({ "nonce": null }));
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::with(ehr::tokens(2), json!({ "id_token": token }))));
    let alone = settings(ehr::with(attacker, json!({ "fhirBaseUrl": BAD })));
    let alone = Settings::read(&alone).unwrap();
    let key = app.key();
    let renewed = run_flow(app.flow(|host| refresh::access_token(host, alone, &key, Need::New)));
    assert_fails(renewed, Code::DiscoveryIssuer);
    assert_eq!(app.tab.count("jwks"), 0);
}

#[test]
fn form_post_response_identifies_its_server_if_there_are_several() {
    let options = json!({ "responseMode": "form_post" });
    let metadata_without_iss =
        json!({ "authorization_response_iss_parameter_supported": null, "token_endpoint": BAD_TOKEN });
    let app = two_servers(
        options.clone(),
        ehr::with(options.clone(), json!({ "redirectUri": OTHER_REDIRECT })),
        metadata_without_iss,
    );
    begin(&app, BAD, json!({})).unwrap();
    let body = format!("code={CODE}&state={}", app.state(0));
    for url in ["", REDIRECT, "nonsense"] {
        assert_fails(complete_posted(&app, &body, url), Code::CallbackMalformed);
    }
    assert_eq!(app.tab.count("token"), 0);
    // The sign-in is still pending.
    app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(1)));
    assert!(complete_posted(&app, &body, OTHER_REDIRECT).unwrap().is_some());
    assert_eq!(app.tab.last().url, BAD_TOKEN);

    // An error response need not identify its server, because no code is sent.
    begin(&app, ehr::BASE, json!({})).unwrap();
    let refusal = format!("error=access_denied&state={}&iss=https%3A%2F%2Fehr.example", app.state(1));
    assert_fails(complete_posted(&app, &refusal, ""), Code::AuthorizationRefused);
    assert_eq!(app.tab.count("token"), 1);

    // Without a URL, the server has to send `iss`.
    begin(&app, ehr::BASE, json!({})).unwrap();
    let body = format!("code={CODE}&state={}", app.state(2));
    assert_fails(complete_posted(&app, &body, ""), Code::IssMissing);
    app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(2)));
    assert!(complete_posted(&app, &format!("{body}&iss=https%3A%2F%2Fehr.example"), "").unwrap().is_some());
}

#[test]
fn servers_of_other_clients_of_the_page_count_as_several_servers() {
    let with = |redirect: &str, sends: bool, openid: FakeResponse| {
        let others = json!([
            { "fhirBaseUrl": format!("{}/", ehr::BASE), "redirectUri": REDIRECT },
            { "fhirBaseUrl": BAD, "redirectUri": redirect },
        ]);
        let app = App::with_settings(json!({ "clients": [options()], "others": others }));
        let iss = json!({ "authorization_response_iss_parameter_supported": sends });
        app.tab.responses.always("discovery", FakeResponse::ok(&ehr::with(ehr::document(), iss)));
        app.tab.responses.always("openid_discovery", openid);
        app.begin(json!({})).map(|_| ())
    };
    let issuer_document = || FakeResponse::ok(&ehr::document());
    assert_fails(with(REDIRECT, false, issuer_document()), Code::ConfigInvalid);
    assert_fails(with(REDIRECT, true, FakeResponse::new(404, "text/plain", "")), Code::DiscoveryIssuer);
    with(REDIRECT, true, issuer_document()).unwrap();
    with(OTHER_REDIRECT, false, issuer_document()).unwrap();
}

fn settings(changes: Value) -> Json {
    json(&json!({ "clients": [ehr::with(options(), changes)] }))
}

#[test]
fn record_with_another_issuer_than_the_settings_is_not_used() {
    for (later_settings, is_own) in [
        (json!({ "issuer": ehr::ISSUER }), true),
        (json!({ "metadataIssuer": ehr::ISSUER }), true),
        (json!({ "issuer": "https://other.example" }), false),
        (json!({ "metadataIssuer": "https://other.example" }), false),
    ] {
        let named = settings(later_settings.clone());
        let named = Settings::read(&named).unwrap();
        let app = App::with(json!({ "issuer": ehr::ISSUER }));
        app.begin(json!({})).unwrap();
        app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(1)));
        let callback = app.callback();
        let completed =
            run_flow(app.flow(|host| sign_in::complete(host, named, &AuthorizationResponse::from_url(&callback)?)));
        if is_own {
            assert!(completed.unwrap().is_some(), "{later_settings}");
        } else {
            assert_fails(completed, Code::StateUnknown);
            assert_eq!(app.tab.count("token"), 0);
            assert!(app.complete(&callback).unwrap().is_some(), "the sign-in is still pending");
        }
        assert_eq!(resume::session(&app.tab.host(), named, resume::Which::Last).is_some(), is_own, "{later_settings}");
    }
}

const OAUTH: &str = "https://ehr.example/.well-known/oauth-authorization-server";

#[test]
fn issuer_without_openid_is_verified_by_its_rfc_8414_document() {
    let issuer_document = ehr::with(ehr::document(), json!({ "jwks_uri": null }));
    let with = |document: FakeResponse, stated: Value| {
        let app = two_servers(json!({}), json!({}), stated);
        app.tab.responses.always("openid_discovery", FakeResponse::new(404, "text/plain", ""));
        app.tab.responses.always(OAUTH, document);
        begin(&app, BAD, json!({}))
    };
    with(FakeResponse::ok(&issuer_document), json!({ "jwks_uri": null })).unwrap();
    with(FakeResponse::ok(&ehr::document()), json!({})).unwrap();
    for (document, stated) in [
        (FakeResponse::ok(&issuer_document), json!({})),
        (FakeResponse::ok(&issuer_document), json!({ "jwks_uri": null, "token_endpoint": BAD_TOKEN })),
        (
            FakeResponse::ok(&ehr::with(issuer_document.clone(), json!({ "issuer": "https://bad.example" }))),
            json!({ "jwks_uri": null }),
        ),
        (FakeResponse::new(404, "text/plain", ""), json!({ "jwks_uri": null })),
    ] {
        assert_fails(with(document, stated), Code::DiscoveryIssuer);
    }
}

#[test]
fn configured_endpoint_needs_no_verification_but_others_do() {
    let own_keys = json!({ "endpoints": { "jwksUri": "https://app.example/copy-of-keys" } });
    let app = two_servers(json!({}), own_keys.clone(), json!({}));
    begin(&app, BAD, json!({ "scope": "openid fhirUser" })).unwrap();
    let app = two_servers(json!({}), own_keys, json!({ "token_endpoint": BAD_TOKEN }));
    assert_fails(begin(&app, BAD, json!({ "scope": "openid fhirUser" })), Code::DiscoveryIssuer);
}

/// The stored record of the only sign-in.
fn pending(app: &App) -> Value {
    serde_json::from_str(app.tab.records.under(SIGN_INS).values().next().expect("the sign-in is pending")).unwrap()
}

#[test]
fn tokens_of_an_issuer_are_revoked_at_its_endpoint_and_not_at_another_server_s() {
    let evil = "https://bad.example/revoke";
    for (stated, issuer_document, revokes_at, has_warning) in [
        (json!({}), json!({}), json!(ehr::REVOKE), false),
        (json!({ "revocation_endpoint": evil }), json!({}), json!(ehr::REVOKE), true),
        (json!({ "revocation_endpoint": evil }), json!({ "revocation_endpoint": null }), json!(null), true),
        // A smart-configuration may have endpoints that the issuer's OpenID configuration lacks.
        (json!({}), json!({ "revocation_endpoint": null }), json!(ehr::REVOKE), false),
    ] {
        for strict in [false, true] {
            let app = two_servers(json!({}), json!({ "strict": strict }), stated.clone());
            app.tab
                .responses
                .always("openid_discovery", FakeResponse::ok(&ehr::with(ehr::document(), issuer_document.clone())));
            let begun = begin(&app, BAD, json!({}));
            if strict && has_warning {
                assert_fails(begun, Code::DiscoveryIssuer);
                continue;
            }
            begun.unwrap();
            let record = pending(&app);
            assert_eq!(record["revocationEndpoint"], revokes_at);
            assert_eq!(record["warnings"].to_string().contains("discovery_member_invalid"), has_warning);
        }
    }
}

#[test]
fn response_with_iss_is_refused_for_a_server_without_issuer_among_several() {
    let metadata_without_iss =
        json!({ "issuer": null, "token_endpoint": BAD_TOKEN, "authorization_response_iss_parameter_supported": null });
    let app = two_servers(json!({}), json!({ "redirectUri": OTHER_REDIRECT }), metadata_without_iss);
    begin(&app, BAD, json!({})).unwrap();
    let callback = format!("{OTHER_REDIRECT}?code={CODE}&state={}", app.state(0));
    assert_fails(app.complete(&format!("{callback}&iss=https%3A%2F%2Fehr.example")), Code::IssMismatch);
    assert_eq!(app.tab.count("token"), 0);
}

/// The app of a client at the malicious server; another client of the page has the honest server. Each has its own options.
fn app_with_attacker_beside(attacker_options: Value, honest_options: Value) -> App {
    let attacker = ehr::with(json!({ "fhirBaseUrl": BAD }), attacker_options);
    let honest = ehr::with(json!({ "fhirBaseUrl": ehr::BASE, "redirectUri": REDIRECT }), honest_options);
    let app = App::with_settings(json!({ "clients": [ehr::with(options(), attacker)], "others": [honest] }))
        .with_origins(&["https://bad.example"]);
    let stated = json!({ "authorization_response_iss_parameter_supported": true, "token_endpoint": BAD_TOKEN });
    app.tab.responses.always(BAD_CONFIGURATION, FakeResponse::ok(&ehr::with(ehr::document(), stated)));
    app.tab.responses.always("openid_discovery", FakeResponse::ok(&ehr::document()));
    app
}

#[test]
fn issuer_is_verified_across_clients_of_a_page_at_any_redirect_uri() {
    for redirect in [REDIRECT, OTHER_REDIRECT] {
        let app = app_with_attacker_beside(json!({ "redirectUri": redirect }), json!({}));
        assert_fails(begin(&app, BAD, json!({ "scope": "openid fhirUser" })), Code::DiscoveryIssuer);
    }
    // An issuer that is configured in two clients does not distinguish them.
    let issuer = json!({ "issuer": ehr::ISSUER });
    let app = app_with_attacker_beside(issuer.clone(), issuer.clone());
    assert_fails(begin(&app, BAD, json!({})), Code::DiscoveryIssuer);
    let app = app_with_attacker_beside(
        issuer.clone(),
        json!({ "issuer": "https://other.example", "metadataIssuer": ehr::ISSUER }),
    );
    begin(&app, BAD, json!({})).unwrap();
    let app = app_with_attacker_beside(issuer, json!({ "metadataIssuer": ehr::ISSUER }));
    assert_fails(begin(&app, BAD, json!({})), Code::DiscoveryIssuer);
}

#[test]
fn response_identifies_its_server_if_a_page_has_several_clients() {
    let metadata_without_iss = json!({ "issuer": null, "token_endpoint": BAD_TOKEN });
    let app = app_with_attacker_beside(json!({ "redirectUri": "https://app.example/back/" }), json!({}));
    app.tab.responses.always(BAD_CONFIGURATION, FakeResponse::ok(&ehr::with(ehr::document(), metadata_without_iss)));
    begin(&app, BAD, json!({})).unwrap();
    let body = format!("code={CODE}&state={}", app.state(0));
    // Posted to an unknown URL; and in a redirect to the honest server's redirect URI, which the web host may serve as the same
    // page.
    assert_fails(complete_posted(&app, &body, ""), Code::CallbackMalformed);
    assert_fails(app.complete(&format!("{REDIRECT}?{body}")), Code::CallbackMalformed);
    assert_eq!(app.tab.count("token"), 0);
    app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(1)));
    assert!(app.complete(&format!("https://app.example/back/?{body}")).unwrap().is_some());
}

#[test]
fn sign_in_that_began_with_one_server_is_verified_if_there_are_several_later() {
    let app = |stated: Value, redirect: &str| {
        let app = App::with(json!({ "fhirBaseUrl": BAD })).with_origins(&["https://bad.example"]);
        app.tab.responses.always("discovery", FakeResponse::ok(&ehr::with(ehr::document(), stated)));
        app.tab.responses.always("openid_discovery", FakeResponse::ok(&ehr::document()));
        app.begin(json!({})).unwrap();
        let attacker = ehr::with(options(), json!({ "fhirBaseUrl": BAD }));
        let other = ehr::with(options(), json!({ "redirectUri": redirect }));
        let completed = |in_turn: bool| {
            let settings = json(&json!({ "clients": [attacker, other], "inTurn": in_turn }));
            let settings = Settings::read(&settings).unwrap();
            let callback = app.callback();
            run_flow(app.flow(|host| sign_in::complete(host, settings, &AuthorizationResponse::from_url(&callback)?)))
        };
        app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(1)));
        let first = completed(false).map(|stored| stored.is_some());
        let sent = app.tab.count("token");
        (first, sent, completed(true).is_ok())
    };
    let false_metadata = json!({ "token_endpoint": BAD_TOKEN });
    let false_metadata_with_iss =
        ehr::with(false_metadata.clone(), json!({ "authorization_response_iss_parameter_supported": true }));
    for (stated, code) in
        [(false_metadata.clone(), Code::ConfigInvalid), (false_metadata_with_iss, Code::DiscoveryIssuer)]
    {
        let (first, sent, in_turn) = app(stated, REDIRECT);
        assert_fails(first, code);
        assert_eq!(sent, 0);
        assert!(in_turn, "the sign-in is still pending");
    }
    let (apart, sent, _) = app(false_metadata, OTHER_REDIRECT);
    assert!(apart.unwrap());
    assert_eq!(sent, 1);
}

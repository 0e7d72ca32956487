//! M. Mix-up: several servers, one of which pretends to be another.

use super::RowTest;
use super::row::Row;
use crate::app::{App, CODE, REDIRECT, json, options};
use crate::ehr;
use crate::final_state::FinalState;
use crate::host::{FakeResponse, run_flow};
use crate::signing_keys;
use crate::two_servers::{BAD, BAD_KEYS, BAD_TOKEN, OTHER_REDIRECT, begin, complete_posted, two_servers};
use serde_json::{Value, json};
use smart_launch::error::Code;
use smart_launch::flow::{resume, sign_in};
use smart_launch::protocol::authorization_response::AuthorizationResponse;
use smart_launch::protocol::settings::Settings;

pub const ROWS: &[RowTest] =
    &[("H148", h148), ("H149", h149), ("H150", h150), ("H151", h151), ("H152", h152), ("H153", h153)];

const ORIGINS: &[&str] = &["https://bad.example", "https://login.example", "https://other.example"];

fn h148(row: &mut Row<'_>) {
    for document in [
        json!({ "token_endpoint": BAD_TOKEN }),
        json!({ "token_endpoint": BAD_TOKEN, "jwks_uri": BAD_KEYS }),
        json!({ "token_endpoint": "https://ehr.example:8443/auth/token" }),
        json!({ "token_endpoint": "https://ehr.example/auth/token/" }),
        json!({ "authorization_endpoint": "https://bad.example/authorize" }),
        json!({ "authorization_endpoint": "https://ehr.example/auth/authorize?tenant=bad" }),
    ] {
        let app = two_servers(json!({}), json!({}), document.clone()).with_origins(ORIGINS);
        row.case(&document.to_string(), "discovery_issuer", FinalState::None, app, |app| begin(app, BAD, json!({})));
        let issuer_setting = json!({ "issuer": ehr::ISSUER });
        let app = two_servers(issuer_setting.clone(), issuer_setting, document.clone()).with_origins(ORIGINS);
        row.case("the issuer is set for both servers", "discovery_issuer", FinalState::None, app, |app| {
            begin(app, BAD, json!({}))
        });
        // A sign-in at the honest server begins, and accepts no response of the other server.
        let app = two_servers(json!({}), json!({}), document).with_origins(ORIGINS);
        begin(&app, ehr::BASE, json!({})).unwrap();
        row.case(
            "a response of the other server to the honest server's sign-in",
            "iss_mismatch",
            FinalState::Used,
            app,
            |app| {
                let callback = app.callback().replace("ehr.example", "bad.example");
                let outcome = app.complete(&callback);
                assert_eq!(app.tab.count("token"), 0);
                outcome
            },
        );
    }
}

fn h149(row: &mut Row<'_>) {
    let form_post = json!({ "responseMode": "form_post" });
    let other_redirect = ehr::with(form_post.clone(), json!({ "redirectUri": OTHER_REDIRECT }));
    let metadata_without_iss =
        json!({ "authorization_response_iss_parameter_supported": null, "token_endpoint": BAD_TOKEN });
    let begun = |at: &str| {
        let app =
            two_servers(form_post.clone(), other_redirect.clone(), metadata_without_iss.clone()).with_origins(ORIGINS);
        begin(&app, at, json!({})).unwrap();
        app
    };
    let body = |app: &App| format!("code={CODE}&state={}", app.state(0));
    for page_url in ["", REDIRECT, "https://app.example/", "https://app.example/other/x", "nonsense"] {
        row.case(page_url, "callback_malformed", FinalState::Pend, begun(BAD), |app| {
            app.tab.keep_secret(CODE);
            let outcome = complete_posted(app, &body(app), page_url);
            assert_eq!(app.tab.count("token"), 0, "nothing is sent");
            outcome
        });
    }
    // If the URL is known, the sign-in is marked as used before the missing `iss` is noticed.
    for (page_url, state_after) in [("", FinalState::Pend), (REDIRECT, FinalState::Used)] {
        row.case("without `iss`, which was promised", "iss_missing", state_after, begun(ehr::BASE), |app| {
            app.tab.keep_secret(CODE);
            let outcome = complete_posted(app, &body(app), page_url);
            assert_eq!(app.tab.count("token"), 0, "nothing is sent");
            outcome
        });
    }
}

fn h150(row: &mut Row<'_>) {
    let other_redirect = json!({ "redirectUri": OTHER_REDIRECT });
    for (title, document, code) in [
        // The issuer cannot be verified, because the other server's document has other endpoints.
        (
            "the issuer of the other server, and no `iss`",
            json!({ "authorization_response_iss_parameter_supported": null, "token_endpoint": BAD_TOKEN, "jwks_uri": BAD_KEYS }),
            "discovery_issuer",
        ),
        (
            "issuer and endpoints of the other server, and no `iss`",
            json!({ "authorization_response_iss_parameter_supported": null, "jwks_uri": BAD_KEYS }),
            "discovery_issuer",
        ),
        (
            "an issuer of its own",
            json!({
                "issuer": "https://bad.example", "authorization_response_iss_parameter_supported": null,
                "token_endpoint": BAD_TOKEN, "jwks_uri": BAD_KEYS,
            }),
            "id_token_invalid",
        ),
    ] {
        let app = two_servers(json!({}), other_redirect.clone(), document.clone()).with_origins(ORIGINS);
        begin(&app, BAD, json!({})).unwrap();
        begin(&app, BAD, json!({})).unwrap();
        row.case(title, code, FinalState::Used, app, |app| {
            app.tab.responses.next("token", FakeResponse::ok(&signing_keys::tokens(app, 0, json!({ "nonce": null }))));
            let outcome = app.complete(&app.callback());
            assert_eq!(app.tab.count("jwks"), 0, "no keys are requested");
            outcome
        });
        // With `openid` the app does not navigate.
        if code == "discovery_issuer" {
            let app = two_servers(json!({}), other_redirect.clone(), document).with_origins(ORIGINS);
            row.case("openid is requested", code, FinalState::None, app, |app| {
                begin(app, BAD, json!({ "scope": "openid fhirUser" }))
            });
        }
    }
}

fn h151(row: &mut Row<'_>) {
    for redirect in [REDIRECT, "https://APP.example:443/back", "https://app.example/back?server=2"] {
        for base in [BAD, "https://ehr.example/fhir2"] {
            let others = json!([
                { "fhirBaseUrl": format!("{}/", ehr::BASE), "redirectUri": REDIRECT },
                { "fhirBaseUrl": base, "redirectUri": redirect },
            ]);
            let app = App::with_settings(json!({ "clients": [options()], "others": others }));
            row.case(redirect, "config_invalid", FinalState::None, app, |app| app.begin(json!({})));
        }
    }
    let others = json!([{ "fhirBaseUrl": BAD, "redirectUri": OTHER_REDIRECT }]);
    let app = App::with_settings(json!({ "clients": [options()], "others": others }));
    row.case("another redirect URI", "ok", FinalState::Pend, app, |app| app.begin(json!({})));
}

fn h152(row: &mut Row<'_>) {
    let settings_with = |changes: Value| json(&json!({ "clients": [ehr::with(options(), changes)] }));
    for issuer_setting in [
        json!({ "issuer": "https://other.example" }),
        json!({ "issuer": "https://ehr.example/" }),
        json!({ "metadataIssuer": "https://other.example" }),
    ] {
        let other = settings_with(issuer_setting.clone());
        let other = Settings::read(&other).unwrap();
        let pending = App::pending_with(json!({ "issuer": ehr::ISSUER }));
        row.case(&issuer_setting.to_string(), "state_unknown", FinalState::Pend, pending, |app| {
            let callback = app.callback();
            let outcome =
                run_flow(app.flow(|host| sign_in::complete(host, other, &AuthorizationResponse::from_url(&callback)?)));
            assert_eq!(app.tab.count("token"), 0, "nothing is sent");
            outcome
        });
        let signed_in = App::with(json!({ "issuer": ehr::ISSUER }));
        signed_in.sign_in(&ehr::tokens(1)).unwrap();
        // A record that no client with these settings can use is removed.
        row.case("a session of another issuer", "null", FinalState::Gone, signed_in, |app| {
            Ok(resume::session(&app.tab.host(), other, resume::Which::Last))
        });
    }
}

fn h153(row: &mut Row<'_>) {
    let app_with = |metadata_response: FakeResponse| {
        let app = App::with(json!({ "issuer": ehr::ISSUER }));
        app.tab.responses.always("openid_discovery", FakeResponse::ok(&ehr::document()));
        app.tab.responses.next("discovery", metadata_response);
        app
    };
    for (metadata_response, code) in [
        (FakeResponse::failed(Code::Network), "network"),
        (FakeResponse::failed(Code::Timeout), "timeout"),
        (FakeResponse::failed(Code::Redirected), "redirected"),
        (FakeResponse::new(503, "text/html", ""), "http_status"),
        (FakeResponse::new(429, "text/html", "").retry_after(5), "http_status"),
        (FakeResponse::new(200, "text/html", "<!doctype html>"), "discovery_invalid"),
    ] {
        row.case("one failure", code, FinalState::None, app_with(metadata_response), |app| {
            let outcome = app.begin(json!({}));
            let sent: Vec<_> = app.tab.sent.borrow().iter().map(|sent| sent.url.clone()).collect();
            assert_eq!(sent, [ehr::CONFIGURATION], "no other document is requested");
            outcome
        });
    }
}

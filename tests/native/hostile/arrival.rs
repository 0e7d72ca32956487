//! B. Callback: URL, response mode and number of responses, and their effects.

use super::RowTest;
use super::callback::complete_with;
use super::row::Row;
use crate::app::{App, REDIRECT, options};
use crate::ehr;
use crate::final_state::FinalState;
use crate::host::{FakeResponse, Tab};
use serde_json::json;
use smart_launch::error::Code;

pub const ROWS: &[RowTest] =
    &[("H035", h035), ("H037", h037), ("H038", h038), ("H039", h039), ("H041", h041), ("H045", h045), ("H046", h046)];

fn h035(row: &mut Row<'_>) {
    let other = json!({ "fhirBaseUrl": "https://other.example/r4", "clientId": "other" });
    let endpoints = json!({ "endpoints": { "authorizationEndpoint": ehr::AUTHORIZE, "tokenEndpoint": ehr::TOKEN } });
    for redirect in [REDIRECT, "https://APP.example:443/back", "https://app.example/back?server=2"] {
        let other = ehr::with(other.clone(), json!({ "redirectUri": redirect }));
        let app_with = |client_options: &serde_json::Value| {
            let clients = [
                ehr::with(options(), client_options.clone()),
                ehr::with(ehr::with(options(), client_options.clone()), other.clone()),
            ];
            App::with_settings(json!({ "clients": clients })).with_origins(&["https://other.example"])
        };
        row.case("configured endpoints", "config_invalid", FinalState::None, app_with(&endpoints), |app| {
            let begun = app.begin(json!({ "iss": ehr::BASE }));
            assert!(app.tab.sent.borrow().is_empty(), "nothing is fetched");
            begun
        });
        for iss in [ehr::BASE, "https://other.example/r4"] {
            // Only the metadata says whether a server sends `iss`, so the metadata is fetched.
            row.case("discovered endpoints", "config_invalid", FinalState::None, app_with(&json!({})), |app| {
                app.begin(json!({ "iss": iss }))
            });
        }
        row.case("a server that sends iss", "ok", FinalState::Pend, app_with(&json!({})), |app| {
            let document = json!({ "authorization_response_iss_parameter_supported": true });
            app.tab.responses.always("discovery", FakeResponse::ok(&ehr::with(ehr::document(), document)));
            app.tab.responses.always("openid_discovery", FakeResponse::ok(&ehr::document()));
            app.begin(json!({ "iss": ehr::BASE }))
        });
    }
}

fn h037(row: &mut Row<'_>) {
    for extra in [
        "access_token=evil",
        "id_token=a.b.c",
        "response=a.b.c",
        "token=evil",
        "access_token=",
        "%61ccess_token=evil",
        "access_token",
    ] {
        row.case(extra, "callback_wrong_mode", FinalState::Used, App::pending(), |app| {
            complete_with(app, &format!("code=a&state={}&{extra}", app.state(0)))
        });
        row.case("the parameter before the response", "callback_wrong_mode", FinalState::Used, App::pending(), |app| {
            complete_with(app, &format!("{extra}&code=a&state={}", app.state(0)))
        });
        row.case("the parameter in the fragment", "callback_wrong_mode", FinalState::Used, App::pending(), |app| {
            complete_with(app, &format!("code=a&state={}#{extra}", app.state(0)))
        });
        row.case(
            "the parameter with an error response",
            "callback_wrong_mode",
            FinalState::Used,
            App::pending(),
            |app| complete_with(app, &format!("error=access_denied&state={}&{extra}", app.state(0))),
        );
    }
    row.case("the response in the fragment", "callback_wrong_mode", FinalState::Used, App::pending(), |app| {
        app.complete(&format!("{REDIRECT}#code=a&state={}", app.state(0)))
    });
}

fn h038(row: &mut Row<'_>) {
    for page_url in [
        "https://app.example/",
        "https://app.example/other",
        "https://app.example/back/x",
        "https://app.example/BACK",
        "https://app.example/back%2F",
        "https://app.example:8443/back",
        "http://app.example/back",
        "https://www.app.example/back",
        "https://evil.example/back",
        "https://app.example.evil.example/back",
        "https://user@app.example/back",
        "https://app.example\\@evil.example/back",
        "back",
        "javascript:x",
    ] {
        row.case(page_url, "callback_malformed", FinalState::Pend, App::pending(), |app| {
            app.complete(&format!("{page_url}?code=a&state={}", app.state(0)))
        });
    }
}

fn h039(row: &mut Row<'_>) {
    let long = format!("{}&=+%💡", "x".repeat(65_536));
    for sent_code in [
        "a&client_id=evil",
        "a&code_verifier=evil&x=",
        "a+b c",
        "100%",
        "%2B%26",
        "a=b==",
        "é💡\u{202e}",
        "\r\nx: y",
        "\0",
        &long,
        "a#b?c",
        "'\"<>\\",
    ] {
        let encoded: String = url::form_urlencoded::byte_serialize(sent_code.as_bytes()).collect();
        row.case(&sent_code[..sent_code.len().min(20)], "ok", FinalState::New, App::pending(), |app| {
            app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(1)));
            let outcome = complete_with(app, &format!("code={encoded}&state={}", app.state(0)));
            let sent = app.tab.last();
            assert_eq!(sent.field("code"), *sent_code);
            assert_eq!(sent.field("client_id"), "growth-chart");
            assert_eq!(sent.fields().len(), 5);
            outcome
        });
    }
}

fn h041(row: &mut Row<'_>) {
    row.case("the session is stored", "ok", FinalState::Keep, App::signed_in(), |app| {
        let sent = app.tab.sent.borrow().len();
        app.tab.reload();
        let stored = app.ready(&app.callback());
        assert_eq!(app.tab.sent.borrow().len(), sent, "no token request");
        assert_eq!(stored.as_ref().unwrap().session.access_token(), ehr::access_token(1));
        stored
    });
    row.case("the exchange had failed", "callback_replayed", FinalState::Used, App::pending(), |app| {
        assert!(app.complete_with(FakeResponse::failed(Code::Network)).is_err());
        app.tab.reload();
        let sent = app.tab.sent.borrow().len();
        let stored = app.ready(&app.callback());
        assert_eq!(app.tab.sent.borrow().len(), sent, "no token request");
        stored
    });
    row.case("with another code", "ok", FinalState::Keep, App::signed_in(), |app| {
        let sent = app.tab.sent.borrow().len();
        let stored = app.ready(&format!("{REDIRECT}?code=another-code&state={}", app.state(0)));
        assert_eq!(app.tab.sent.borrow().len(), sent, "no token request");
        stored
    });
}

fn h045(row: &mut Row<'_>) {
    row.case("two sign-ins in one tab", "ok", FinalState::New, App::pending(), |app| {
        for (number, tokens) in [(1, 1), (0, 2)] {
            app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(tokens)));
            app.complete(&app.callback_of(number))?.expect("not used before");
            app.tab.pass_seconds(1);
        }
        let stored = app.resume().expect("a session");
        assert_eq!(stored.session.access_token(), ehr::access_token(2), "the last one is used");
        Ok(stored)
    });
    row.case("one sign-in in each of two tabs", "ok", FinalState::New, App::pending(), |app| {
        let mut other = App::new();
        other.tab = Tab::new("another tab");
        other.tab.responses.always("discovery", FakeResponse::ok(&ehr::document()));
        other.sign_in(&ehr::tokens(7)).unwrap();
        let stored = app.complete_with(FakeResponse::ok(&ehr::tokens(1)))?;
        assert_eq!(other.resume().unwrap().session.access_token(), ehr::access_token(7));
        Ok(stored)
    });
}

fn h046(row: &mut Row<'_>) {
    for path in [
        "//evil",
        "///evil",
        "/\\\\evil",
        "/\\evil",
        "\\\\evil",
        "\\/evil",
        "https:evil",
        "https://evil.example",
        "javascript:alert(1)",
        "data:,x",
        "/a\r\nlocation: //evil",
        "/\r/evil",
        "/\t/evil",
        "/a\0",
        "/a\u{7f}",
        " //evil",
        "evil",
        ".//evil",
    ] {
        row.case(path, "ok", FinalState::New, App::new(), |app| {
            app.begin(json!({ "returnTo": path }))?;
            let stored = app.complete_with(FakeResponse::ok(&ehr::tokens(1)))?;
            assert_eq!(stored.session.json().text("returnTo"), "/");
            Ok(stored)
        });
    }
    row.case("a path in the app", "ok", FinalState::New, App::new(), |app| {
        app.begin(json!({ "returnTo": "/a/b?c=//d#e" }))?;
        let stored = app.complete_with(FakeResponse::ok(&ehr::tokens(1)))?;
        assert_eq!(stored.session.json().text("returnTo"), "/a/b?c=//d#e");
        Ok(stored)
    });
}

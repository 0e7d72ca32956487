//! S. The URL at which a response arrives, and navigation afterwards.

use super::RowTest;
use super::row::Row;
use crate::app::{App, CODE, REDIRECT};
use crate::ehr;
use crate::final_state::FinalState;
use crate::host::{FakeResponse, run_flow};
use serde_json::json;
use smart_launch::error::Result;
use smart_launch::flow::record::Stored;
use smart_launch::flow::sign_in;
use smart_launch::protocol::authorization_response::AuthorizationResponse;

pub const ROWS: &[RowTest] = &[("H181", h181), ("H183", h183)];

/// An app with two pending sign-ins that have this redirect URI and response mode.
fn pending_app(redirect: &str, mode: &str) -> App {
    App::pending_with(json!({ "redirectUri": redirect, "responseMode": mode }))
}

fn parameters(app: &App) -> String {
    format!("code={CODE}&{}", app.state_and_iss(0))
}

fn complete_with_tokens(app: &App, callback: &str) -> Result<Option<Stored>> {
    app.tab.keep_secret(CODE);
    app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(1)));
    app.complete(callback)
}

fn h181(row: &mut Row<'_>) {
    for (redirect, url) in [
        ("https://app.example//back", "https://app.example//back?RESPONSE"),
        ("https://app.example/a/index.html", "https://app.example/a/?RESPONSE"),
        ("https://app.example/a/", "https://app.example/a/index.html?RESPONSE"),
        ("https://app.example/a", "https://app.example/a/?RESPONSE"),
        ("https://app.example/a/", "https://app.example/a?RESPONSE&tab=1"),
        ("https://app.example", "https://app.example/?RESPONSE#top"),
        ("https://app.example/a?tab=1", "https://app.example/a?tab=1&RESPONSE"),
        ("https://app.example/back", "https://APP.example:443/back?RESPONSE"),
        ("https://app.example/back", "https://app.example/back?RESPONSE#/charts?code=7"),
    ] {
        row.case(url, "ok", FinalState::New, pending_app(redirect, "query"), |app| {
            let outcome = complete_with_tokens(app, &url.replace("RESPONSE", &parameters(app)));
            assert_eq!(app.tab.last().field("redirect_uri"), redirect);
            outcome
        });
    }
    for route in ["#/callback?RESPONSE", "#!/callback?tab=1&RESPONSE", "#/RESPONSE", "#/callback&RESPONSE", "#RESPONSE"]
    {
        row.case(route, "ok", FinalState::New, pending_app(REDIRECT, "fragment"), |app| {
            complete_with_tokens(app, &format!("{REDIRECT}{}", route.replace("RESPONSE", &parameters(app))))
        });
    }
    // An app may pass a part of the URL.
    for part in ["?RESPONSE", "RESPONSE", "/back?tab=1&RESPONSE#top", "back?RESPONSE"] {
        row.case(part, "ok", FinalState::New, App::pending(), |app| {
            app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(1)));
            let part = part.replace("RESPONSE", &parameters(app));
            run_flow(app.flow(|host| {
                let response = AuthorizationResponse::from_part(&part)?;
                sign_in::complete(host, app.settings(), &response)
            }))
        });
    }
    for url in [
        "https://app.example/elsewhere?x=1&RESPONSE",
        "https://app.example/back/more?RESPONSE#top",
        "https://app.example/Back?RESPONSE",
        "https://app.example/%62ack/?RESPONSE",
        "https://app.example/#/callback?RESPONSE&tab=1",
        "https://app.example/#!/callback?RESPONSE",
        "https://app.example/#RESPONSE",
        "https://www.app.example/back?RESPONSE",
        "http://app.example/back?RESPONSE",
        "https://app.example.evil.example/back?RESPONSE",
        "about:blank?RESPONSE",
        "file:///back?RESPONSE",
    ] {
        row.case(url, "callback_malformed", FinalState::Pend, App::pending(), |app| {
            app.tab.keep_secret(CODE);
            let outcome = app.complete(&url.replace("RESPONSE", &parameters(app)));
            assert_eq!(app.tab.count("token"), 0, "nothing is sent");
            outcome
        });
    }
}

fn h183(row: &mut Row<'_>) {
    for path in ["/charts/7?tab=2#top", "https://app.example/charts/7", "/charts/7?iss=a&launch=b&code=c&state=d"] {
        let app = App::new();
        app.begin(json!({ "returnTo": path })).unwrap();
        let stored = app.complete_with(FakeResponse::ok(&ehr::tokens(1))).unwrap();
        assert!(stored.session.json().text("returnTo").starts_with("/charts/7"));
        row.case(path, "ok", FinalState::Unchanged, app, |app| {
            for _ in 0..3 {
                app.tab.reload();
                assert!(app.resume().expect("a session").session.json().at("returnTo").is_null(), "reload");
                // The user goes back to the history entry of the callback, and forward.
                assert!(app.ready(&app.callback())?.session.json().at("returnTo").is_null(), "back");
            }
            assert!(
                app.tab.records.under("").values().all(|record| !record.contains("/charts/7")),
                "the path is not stored"
            );
            Ok(())
        });
    }
}

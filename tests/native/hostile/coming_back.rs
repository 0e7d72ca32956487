//! S. The URL at which a response arrives, and navigation afterwards.

use super::Play;
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

pub const ROWS: &[Play] = &[("H181", h181), ("H183", h183)];

/// An app with its own redirect URI and response mode.
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
        ("https://app.example//back", "https://app.example//back?ANSWER"),
        ("https://app.example/a/index.html", "https://app.example/a/?ANSWER"),
        ("https://app.example/a/", "https://app.example/a/index.html?ANSWER"),
        ("https://app.example/a", "https://app.example/a/?ANSWER"),
        ("https://app.example/a/", "https://app.example/a?ANSWER&tab=1"),
        ("https://app.example", "https://app.example/?ANSWER#top"),
        ("https://app.example/a?tab=1", "https://app.example/a?tab=1&ANSWER"),
        ("https://app.example/back", "https://APP.example:443/back?ANSWER"),
        ("https://app.example/back", "https://app.example/back?ANSWER#/charts?code=7"),
    ] {
        row.case(url, "ok", FinalState::New, pending_app(redirect, "query"), |app| {
            let outcome = complete_with_tokens(app, &url.replace("ANSWER", &parameters(app)));
            assert_eq!(app.tab.last().field("redirect_uri"), redirect);
            outcome
        });
    }
    for route in ["#/callback?ANSWER", "#!/callback?tab=1&ANSWER", "#/ANSWER", "#/callback&ANSWER", "#ANSWER"] {
        row.case(route, "ok", FinalState::New, pending_app(REDIRECT, "fragment"), |app| {
            complete_with_tokens(app, &format!("{REDIRECT}{}", route.replace("ANSWER", &parameters(app))))
        });
    }
    // A part of the URL, as apps may pass it.
    for part in ["?ANSWER", "ANSWER", "/back?tab=1&ANSWER#top", "back?ANSWER"] {
        row.case(part, "ok", FinalState::New, App::pending(), |app| {
            app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(1)));
            let part = part.replace("ANSWER", &parameters(app));
            run_flow(app.flow(|host| {
                let response = AuthorizationResponse::from_part(&part)?;
                sign_in::complete(host, app.settings(), &response)
            }))
        });
    }
    for url in [
        "https://app.example/elsewhere?x=1&ANSWER",
        "https://app.example/back/more?ANSWER#top",
        "https://app.example/Back?ANSWER",
        "https://app.example/%62ack/?ANSWER",
        "https://app.example/#/callback?ANSWER&tab=1",
        "https://app.example/#!/callback?ANSWER",
        "https://app.example/#ANSWER",
        "https://www.app.example/back?ANSWER",
        "http://app.example/back?ANSWER",
        "https://app.example.evil.example/back?ANSWER",
        "about:blank?ANSWER",
        "file:///back?ANSWER",
    ] {
        row.case(url, "callback_malformed", FinalState::Pend, App::pending(), |app| {
            app.tab.keep_secret(CODE);
            let outcome = app.complete(&url.replace("ANSWER", &parameters(app)));
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
                // Goes back to the history entry of the callback, and forward.
                assert!(app.ready(&app.callback())?.session.json().at("returnTo").is_null(), "back");
            }
            assert!(
                app.tab.records.under("").values().all(|record| !record.contains("/charts/7")),
                "nothing is stored"
            );
            Ok(())
        });
    }
}

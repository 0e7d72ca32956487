//! B. Callback: parameters of the response.

use super::RowTest;
use super::row::Row;
use crate::app::{App, CODE, REDIRECT};
use crate::ehr;
use crate::final_state::FinalState;
use crate::host::{FakeResponse, Tab};
use serde_json::json;
use smart_launch::error::Result;
use smart_launch::flow::record::Stored;
use smart_launch::protocol::visible::is_hidden;

pub const ROWS: &[RowTest] = &[
    ("H023", h023),
    ("H025", h025),
    ("H026", h026),
    ("H027", h027),
    ("H029", h029),
    ("H030", h030),
    ("H031", h031),
    ("H033", h033),
    ("H034", h034),
];

/// Completes a sign-in with this query at the redirect URI.
pub fn complete_with(app: &App, query: &str) -> Result<Option<Stored>> {
    app.tab.keep_secret(CODE);
    let before = app.tab.sent.borrow().len();
    let outcome = app.complete(&format!("{REDIRECT}?{query}"));
    assert!(outcome.is_ok() || app.tab.sent.borrow().len() == before, "no token request is made");
    outcome
}

fn h023(row: &mut Row<'_>) {
    for state in [
        "abcdefghijklmnopqrstuvwxyz-_ABCDEFGHIJKLMNO",
        "0hJc1S9O4oW54XuY",
        "x",
        "__proto__",
        "..%2F..%2Fsession",
        "%2A",
    ] {
        row.case(state, "state_unknown", FinalState::Pend, App::pending(), |app| {
            complete_with(app, &format!("code={CODE}&state={state}"))
        });
    }
    row.case(
        "the state with upper and lower case exchanged",
        "state_unknown",
        FinalState::Pend,
        App::pending(),
        |app| {
            let state: String = app
                .state(0)
                .chars()
                .map(
                    |letter| {
                        if letter.is_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
                    },
                )
                .collect();
            complete_with(app, &format!("code={CODE}&state={state}"))
        },
    );
    for suffix in ["x", "%00", "%20", "=", "#"] {
        let state_after = if suffix == "#" { FinalState::New } else { FinalState::Pend };
        let expected = if suffix == "#" { "ok" } else { "state_unknown" };
        row.case("the state with more after it", expected, state_after, App::pending(), |app| {
            if suffix == "#" {
                app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(1)));
            }
            complete_with(app, &format!("code={CODE}&state={}{suffix}", app.state(0)))
        });
    }
    row.case("the state of a sign-in in another tab", "state_unknown", FinalState::Pend, App::pending(), |app| {
        let mut other = App::new();
        other.tab = Tab::new("another tab");
        other.tab.responses.always("discovery", FakeResponse::ok(&ehr::document()));
        other.sign_in(&ehr::tokens(1)).unwrap();
        assert!(!app.states.borrow().contains(&other.state(0)));
        complete_with(app, &format!("code={CODE}&state={}", other.state(0)))
    });
    let (app, old_state) = with_older_sign_in(|app| drop(app.sign_out("")));
    row.case("the state of a sign-in before a sign-out", "state_unknown", FinalState::Pend, app, |app| {
        complete_with(app, &format!("code={CODE}&state={old_state}"))
    });
    for seconds in [3_601, 86_400 * 365] {
        let (app, old_state) = with_older_sign_in(|app| app.tab.pass_seconds(seconds));
        row.case("a sign-in that is too old", "state_unknown", FinalState::Pend, app, |app| {
            complete_with(app, &format!("code={CODE}&state={old_state}"))
        });
    }
    let (app, old_state) = with_older_sign_in(|app| app.tab.pass_seconds(1_800));
    app.tab.pass_seconds(1_860);
    row.case("a sign-in that is a minute too old, beside a newer one", "state_unknown", FinalState::Pend, app, |app| {
        complete_with(app, &format!("code={CODE}&state={old_state}"))
    });
}

/// An app with a new sign-in, and the `state` of an older one; `change` runs between the two.
fn with_older_sign_in(change: impl FnOnce(&App)) -> (App, String) {
    let app = App::new();
    app.begin(json!({})).unwrap();
    change(&app);
    let old_state = app.states.borrow_mut().pop().unwrap();
    app.begin(json!({})).unwrap();
    (app, old_state)
}

fn h025(row: &mut Row<'_>) {
    let long = "a".repeat(1_048_576);
    for query in [
        "".into(),
        "iss=https%3A%2F%2Fehr.example".into(),
        "foo=bar".into(),
        "error_description=call+us".into(),
        format!("code={CODE}&state="),
        "error=access_denied&state=".into(),
        format!("code={CODE}&state"),
        format!("code={CODE}&state={long}"),
        format!("code={CODE}&state={}", "%41".repeat(349_525)),
        format!("code={CODE}&state={}", "a".repeat(1_025)),
        format!("code={CODE}&state=%"),
        format!("code={CODE}&state=%4"),
        format!("code={CODE}&state=%zz"),
        format!("code={CODE}&state=%ff%fe"),
        format!("code={CODE}&state=%C3"),
    ] {
        row.case(
            &query.clone()[..query.len().min(60)],
            "callback_malformed",
            FinalState::Pend,
            App::pending(),
            |app| complete_with(app, &query),
        );
    }
    for broken in [
        "code=%&state=STATE",
        "code=%FF&state=STATE",
        "code=a&iss=%1&state=STATE",
        "error=%zz&state=STATE",
        "error=x&error_description=%C0%80&state=STATE",
    ] {
        row.case(broken, "callback_malformed", FinalState::Pend, App::pending(), |app| {
            complete_with(app, &broken.replace("STATE", &app.state(0)))
        });
    }
    for query_template in
        ["state=STATE", "code=&state=STATE", "error=&state=STATE", "code=a&error=b&state=STATE", "state=STATE&iss=x"]
    {
        row.case(query_template, "callback_malformed", FinalState::Pend, App::pending(), |app| {
            complete_with(app, &query_template.replace("STATE", &app.state(0)))
        });
    }
}

fn h026(row: &mut Row<'_>) {
    for query in [
        format!("code={CODE}"),
        format!("code={CODE}&iss=https%3A%2F%2Fehr.example"),
        format!("code={CODE}&State=x"),
        format!("code={CODE}&session_state=x"),
    ] {
        row.case(&query, "state_unknown", FinalState::Pend, App::pending(), |app| complete_with(app, &query));
        row.case("the parameters in the fragment", "state_unknown", FinalState::Pend, App::pending(), |app| {
            app.complete(&format!("{REDIRECT}#{query}"))
        });
    }
}

fn h027(row: &mut Row<'_>) {
    for query in [
        "code=a&code=b&state=STATE",
        "code=a&state=STATE&code=a",
        "c%6Fde=a&code=a&state=STATE",
        "code=a&code&state=STATE",
        "code=a&code=%zz&state=STATE",
        "code=a&state=STATE&state=STATE",
        "code=a&state=STATE&state=",
        "code=a&state=x&%73tate=STATE",
        "code=a&state=STATE&iss=https%3A%2F%2Fehr.example&iss=https%3A%2F%2Fehr.example",
        "code=a&state=STATE&iss=x&iss",
        "error=access_denied&error=login_required&state=STATE",
        "error=access_denied&state=STATE&error",
        "error=x&error_description=a&error_description=b&state=STATE",
        "error=x&error_uri=a&error_uri=a&state=STATE",
    ] {
        row.case(query, "callback_duplicate_param", FinalState::Pend, App::pending(), |app| {
            complete_with(app, &query.replace("STATE", &app.state(0)))
        });
    }
}

fn h029(row: &mut Row<'_>) {
    for query in [
        "error=access_denied&error_description=Call+0800+EVIL&state=abcdefghijklmnopqrstuvwxyz-_ABCDEFGHIJKLMNO",
        "error=access_denied&error_description=Call+0800+EVIL&state=short",
        "error=access_denied&error_description=Call+0800+EVIL&error_uri=https%3A%2F%2Fevil.example",
        "error=login_required&error_description=Call+0800+EVIL",
    ] {
        row.case(query, "state_unknown", FinalState::Pend, App::pending(), |app| {
            let outcome = complete_with(app, query);
            let error = outcome.as_ref().unwrap_err();
            assert!(
                error.oauth().is_null() && !error.to_json().to_text().contains("EVIL"),
                "the server's text is not shown"
            );
            outcome
        });
    }
}

fn h030(row: &mut Row<'_>) {
    for error in ["login_required", "consent_required", "interaction_required", "account_selection_required"] {
        row.case(error, "interaction_required", FinalState::Used, App::pending(), |app| {
            let outcome = complete_with(app, &format!("error={error}&state={}", app.state(0)));
            assert_eq!(outcome.as_ref().unwrap_err().oauth().text("error"), error);
            outcome
        });
    }
}

fn h031(row: &mut Row<'_>) {
    let megabyte = "a".repeat(1_048_576);
    let nuls = "%00".repeat(349_525);
    for description in [
        "%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
        "%1B%5B31mred%1B%5B0m%07",
        "%E2%80%AEtxet%E2%80%AC%E2%81%A6x%E2%81%A9%E2%80%8B",
        &megabyte,
        &nuls,
        "%00",
        "a%0D%0Ab%09c",
        "%F0%9F%92%A1%EF%BB%BF%C2%85",
        "%22%5C%60%24%7B1%7D",
    ] {
        let title = &description[..description.len().min(40)];
        row.case(title, "authorization_refused", FinalState::Used, App::pending(), |app| {
            let outcome = complete_with(
                app,
                &format!("error=access_denied&error_description={description}&state={}", app.state(0)),
            );
            let error = outcome.as_ref().unwrap_err();
            let text = error.oauth().text("description");
            assert!(text.len() <= 1_024, "the text is limited in length");
            assert!(!text.chars().any(is_hidden), "hidden characters are removed");
            assert_eq!(format!("{error}"), "authorization_refused: ", "the server's text is not in the message");
            outcome
        });
    }
    for (name, value) in [
        ("error", "%3Cscript%3E".repeat(10_000)),
        ("error_uri", format!("https%3A%2F%2Fehr.example%2F{}", "a".repeat(1_048_576))),
    ] {
        row.case(name, "authorization_refused", FinalState::Used, App::pending(), |app| {
            let error = if name == "error" { "" } else { "error=access_denied&" };
            let outcome = complete_with(app, &format!("{error}{name}={value}&state={}", app.state(0)));
            assert!(outcome.as_ref().unwrap_err().to_json().to_text().len() < 4_096, "the texts are limited in length");
            outcome
        });
    }
    row.case("a script as error_uri", "authorization_refused", FinalState::Used, App::pending(), |app| {
        let outcome = complete_with(app, &format!("error=x&error_uri=javascript%3Aalert(1)&state={}", app.state(0)));
        assert!(outcome.as_ref().unwrap_err().oauth().at("uri").is_null());
        outcome
    });
}

/// An app at a server that promises `iss`.
fn app_with_iss() -> App {
    let app = App::new();
    let document = json!({ "authorization_response_iss_parameter_supported": true });
    app.tab.responses.always("discovery", FakeResponse::ok(&ehr::with(ehr::document(), document)));
    app.begin(json!({})).unwrap();
    app.begin(json!({})).unwrap();
    app
}

fn h033(row: &mut Row<'_>) {
    for query in [
        "code=a&state=STATE",
        "code=a&state=STATE&iss=",
        "code=a&state=STATE&iss",
        "error=access_denied&state=STATE",
        "error=access_denied&state=STATE&iss=",
    ] {
        row.case(query, "iss_missing", FinalState::Used, app_with_iss(), |app| {
            complete_with(app, &query.replace("STATE", &app.state(0)))
        });
    }
    row.case("an empty iss that was not promised", "iss_missing", FinalState::Used, App::pending(), |app| {
        complete_with(app, &format!("code=a&state={}&iss=", app.state(0)))
    });
    row.case("iss as it was promised", "ok", FinalState::New, app_with_iss(), |app| {
        app.complete_with(FakeResponse::ok(&ehr::tokens(1)))
    });
}

fn h034(row: &mut Row<'_>) {
    for iss in [
        "https%3A%2F%2Fevil.example",
        "https%3A%2F%2Fehr.example%2F",
        "https%3A%2F%2FEHR.example",
        "http%3A%2F%2Fehr.example",
        "null",
        "%00",
    ] {
        for response in
            ["error=access_denied&error_description=EVIL", "error=login_required&error_description=EVIL", "code=a"]
        {
            for app in [App::pending(), app_with_iss()] {
                row.case(&format!("{response} {iss}"), "iss_mismatch", FinalState::Used, app, |app| {
                    let outcome = complete_with(app, &format!("{response}&iss={iss}&state={}", app.state(0)));
                    assert!(outcome.as_ref().unwrap_err().oauth().is_null(), "the server's text is not shown");
                    outcome
                });
            }
        }
    }
}

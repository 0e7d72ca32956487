//! N. The session of a page, and its end.

use super::RowTest;
use super::row::Row;
use crate::app::{App, SESSIONS, code, value, warnings};
use crate::ehr;
use crate::final_state::FinalState;
use crate::host::{FakeResponse, run_flow};
use crate::signing_keys;
use serde_json::{Value, json};
use smart_launch::error::{Code, Error, Result};
use smart_launch::flow::record::{self, Stored};
use smart_launch::flow::refresh::Need;
use smart_launch::flow::resume::{self, Which};

pub const ROWS: &[RowTest] =
    &[("H154", h154), ("H155", h155), ("H156", h156), ("H157", h157), ("H158", h158), ("H159", h159)];

/// Two pages of one tab, each signed in for a patient; their token families.
fn two_pages(storage: &str) -> (App, [String; 2]) {
    let app = App::with_settings(json!({ "clients": [crate::app::options()], "storage": storage }));
    let families = ["alice", "bob"].map(|patient| {
        app.begin(json!({})).unwrap();
        app.tab.pass_seconds(1);
        let number = app.states.borrow().len() - 1;
        let tokens = ehr::with(ehr::tokens(number as u64 + 1), json!({ "patient": patient }));
        app.tab.responses.next("token", FakeResponse::ok(&tokens));
        let callback = app.callback_of(number);
        // The session of the other page is not replaced, because these are two pages.
        let response =
            smart_launch::protocol::authorization_response::AuthorizationResponse::from_url(&callback).unwrap();
        let complete = app.flow(|host| smart_launch::flow::sign_in::complete(host, app.settings(), &response));
        run_flow(complete).unwrap().unwrap().session.family().to_owned()
    });
    (app, families)
}

fn find(app: &App, which: Which<'_>) -> Option<Stored> {
    resume::session(&app.tab.host(), app.settings(), which)
}

fn h154(row: &mut Row<'_>) {
    for storage in ["session", "local"] {
        for (page, patient) in ["alice", "bob"].iter().enumerate() {
            let (app, families) = two_pages(storage);
            row.case(&format!("{patient}'s page, {storage}"), "ok", FinalState::Own, app, |app| {
                for _ in 0..3 {
                    app.tab.reload();
                    let own = find(app, Which::Of(&families[page])).expect("the page's own session").session;
                    assert_eq!(value(own.json())["patient"], *patient);
                    let fresh = json!({ "patient": null, "refresh_token": null });
                    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::with(ehr::tokens(7), fresh)));
                    run_flow(app.token_flow(&own.key(), Need::New))?;
                    let other = find(app, Which::Of(&families[1 - page])).expect("the other page's session").session;
                    assert_ne!(value(other.json())["patient"], *patient);
                }
                Ok(())
            });
        }
        let (app, _) = two_pages(storage);
        row.case("a page without a known session", "null", FinalState::Own, app, |app| {
            assert!(find(app, Which::Of("")).is_none());
            Ok(find(app, Which::Only))
        });
        let (app, families) = two_pages(storage);
        row.case("one of the two pages is closed", "null", FinalState::Own, app, |app| {
            for key in app.tab.records.under(SESSIONS).into_keys().filter(|key| key.ends_with(&families[0])) {
                record::remove(&app.tab.host(), &key);
            }
            assert!(find(app, Which::Of(&families[1])).is_some());
            Ok(find(app, Which::Of(&families[0])))
        });
    }
}

fn h155(row: &mut Row<'_>) {
    // After any result of a sign-in the page removes its previous session, as `page-session.ts` does.
    let signed_in = || {
        let app = App::signed_in();
        let former = app.resume().unwrap().session.family().to_owned();
        app.begin(json!({})).unwrap();
        (app, former)
    };
    let replaced = |app: &App, former: &str, outcome: Result<Option<Stored>>| {
        record::remove_replaced(&app.tab.host(), &[former], "");
        assert!(outcome.is_err());
        Ok(app.resume())
    };
    for query in ["error=access_denied", "error=login_required", "error=server_error"] {
        let (app, former) = signed_in();
        row.case(query, "null", FinalState::Gone, app, |app| {
            let callback = format!("{}?{query}&{}", app.place(1).0, app.state_and_iss(1));
            let outcome = app.complete(&callback);
            replaced(app, &former, outcome)
        });
    }
    for fake_response in [
        FakeResponse::failed(Code::Network),
        FakeResponse::new(500, "", ""),
        FakeResponse::ok(&json!({})),
        FakeResponse::json(400, &json!({ "error": "invalid_grant" })),
        FakeResponse::ok(&ehr::with(ehr::tokens(2), json!({ "patient": "../bob" }))),
    ] {
        let (app, former) = signed_in();
        row.case("the exchange fails", "null", FinalState::Gone, app, |app| {
            app.tab.responses.next("token", fake_response.clone());
            let outcome = app.complete(&app.callback_of(1));
            replaced(app, &former, outcome)
        });
    }
}

fn h156(row: &mut Row<'_>) {
    type Change<'a> = (&'a str, &'a dyn Fn(&App, &str));
    let changes: [Change<'_>; 4] = [
        ("the tab's storage is cleared", &|app, _| app.tab.records.tab.borrow_mut().clear()),
        ("the record is removed", &|app, key| drop(app.tab.records.tab.borrow_mut().remove(key))),
        ("the record of another sign-in is put in its place", &|app, key| {
            let mut tab = app.tab.records.tab.borrow_mut();
            let record = tab[key].replace(&app.state(0), &"x".repeat(43));
            tab.insert(key.into(), record);
        }),
        ("the record is not JSON any more", &|app, key| {
            drop(app.tab.records.tab.borrow_mut().insert(key.into(), "{".into()))
        }),
    ];
    for (title, change) in changes {
        for need in [Need::Use, Need::Seconds(60), Need::New, Need::Instead("another-access-token")] {
            row.case(title, "signed_out", FinalState::Gone, App::signed_in(), |app| {
                let key = app.key();
                change(app, &key);
                let outcome = run_flow(app.token_flow(&key, need));
                assert_eq!(code(&run_flow(app.token_flow(&key, need))), "signed_out", "the next call fails too");
                assert_eq!(app.tab.count("refresh"), 0, "nothing is sent");
                outcome
            });
        }
    }
}

/// Asserts that a call failed with the code `expected` and ended the session as expired. The table names that reason, not the code.
fn assert_session_expired<T>(outcome: Result<T>, expected: Code) -> Result<T> {
    let error = outcome.err().expect("the call fails");
    assert_eq!((error.code(), error.end_reason()), (expected, "session_expired"));
    Err(Error::new(Code::SessionExpired))
}

fn h157(row: &mut Row<'_>) {
    let refusal = |code: &str| FakeResponse::json(400, &json!({ "error": code }));
    for (fake_response, expected) in [
        (refusal("invalid_grant"), Code::RefreshRejected),
        (refusal("invalid_client"), Code::TokenRefused),
        (refusal("unauthorized_client"), Code::TokenRefused),
        (FakeResponse::json(401, &json!({ "error": "invalid_client" })), Code::TokenRefused),
        (FakeResponse::new(400, "text/html", "<h1>Bad"), Code::HttpStatus),
        (FakeResponse::new(404, "text/html", "<h1>Gone"), Code::HttpStatus),
        (FakeResponse::new(410, "", ""), Code::HttpStatus),
        (FakeResponse::ok(&json!({})), Code::TokenResponseInvalid),
        (FakeResponse::ok(&ehr::with(ehr::tokens(2), json!({ "token_type": "mac" }))), Code::TokenTypeUnsupported),
        (FakeResponse::ok(&ehr::with(ehr::tokens(2), json!({ "patient": "another" }))), Code::LaunchContextInvalid),
    ] {
        for need in [Need::Use, Need::Seconds(60), Need::New] {
            let app = App::signed_in();
            app.tab.pass_seconds(3_601);
            row.case(expected.as_str(), "session_expired", FinalState::Gone, app, |app| {
                app.tab.responses.next("refresh", fake_response.clone());
                assert_session_expired(app.token(need), expected)
            });
        }
    }
    let app = App::signed_in();
    app.tab.pass_seconds(3_601);
    row.case("lost responses", "session_expired", FinalState::Gone, app, |app| {
        for _ in 0..2 {
            app.tab.responses.next("refresh", FakeResponse::failed(Code::Network));
            assert_eq!(code(&app.token(Need::Use)), "network");
        }
        assert_session_expired(app.token(Need::Use), Code::RefreshInDoubt)
    });
    let app = App::signed_in_with(json!({ "refresh_token": null }));
    app.tab.pass_seconds(3_600);
    row.case("no refresh token", "session_expired", FinalState::Gone, app, |app| {
        assert_session_expired(app.token(Need::Use), Code::SessionExpired)
    });
}

fn h158(row: &mut Row<'_>) {
    let use_token = |app: &App, failure_code: Option<&str>| {
        let mut last = None;
        for _ in 0..5 {
            let valid = app.token(Need::Use)?;
            assert_eq!(valid.stored.session.access_token(), ehr::access_token(1));
            assert!(!valid.renewed);
            last = last.or_else(|| valid.failure.map(|error| error.code().as_str()));
        }
        assert_eq!(last, failure_code);
        assert!(app.tab.count("refresh") <= 2, "not every call attempts a refresh");
        Ok(())
    };
    for seconds in [1, 40, 59] {
        let app = App::signed_in_with(json!({ "refresh_token": null }));
        app.tab.pass_seconds(3_600 - seconds);
        row.case(&format!("{seconds} s and no refresh token"), "ok", FinalState::Unchanged, app, |app| {
            use_token(app, None)
        });
    }
    for (fake_response, failure_code) in [
        (FakeResponse::new(503, "", ""), "http_status"),
        (FakeResponse::new(429, "", "").retry_after(5), "http_status"),
        (FakeResponse::new(404, "", ""), "http_status"),
        (FakeResponse::ok(&json!({})), "token_response_invalid"),
        (FakeResponse::new(200, "text/html", "<h1>wifi"), "content_type"),
    ] {
        let app = App::signed_in();
        app.tab.pass_seconds(3_560);
        row.case(failure_code, "ok", FinalState::Unchanged, app, |app| {
            app.tab.responses.always("refresh", fake_response.clone());
            let valid = app.token(Need::Use)?;
            assert_eq!(valid.failure.map(|error| error.code().as_str()), Some(failure_code));
            assert_eq!(valid.stored.session.access_token(), ehr::access_token(1));
            Ok(())
        });
    }
    for code in [Code::Network, Code::Timeout] {
        let app = App::signed_in();
        app.tab.pass_seconds(3_560);
        row.case(code.as_str(), "ok", FinalState::Unchanged, app, |app| {
            app.tab.responses.next("refresh", FakeResponse::failed(code));
            let valid = app.token(Need::Use)?;
            assert_eq!(valid.failure.map(|error| error.code()), Some(code));
            Ok(())
        });
    }
}

/// The response to a refresh, with an ID token that has these claims, and no new refresh token.
fn refresh_response(app: &App, changes: Value) -> FakeResponse {
    let mut claims = json!({ "nonce": null });
    claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    let token = signing_keys::id_token(app, 1, claims);
    FakeResponse::ok(&ehr::with(ehr::tokens(2), json!({ "id_token": token, "refresh_token": null })))
}

fn h159(row: &mut Row<'_>) {
    for changes in [
        json!({ "sub": "bertrand" }),
        json!({ "sub": "AMARA" }),
        json!({ "iss": "https://evil.example" }),
        json!({ "iss": "https://ehr.example/" }),
        json!({ "aud": "evil" }),
        json!({ "aud": ["evil", "another"] }),
        json!({ "azp": "evil" }),
    ] {
        row.case(&changes.to_string(), "id_token_invalid", FinalState::Gone, App::signed_in_openid(), |app| {
            let other = app.duplicate();
            let key = app.key();
            app.tab.responses.next("refresh", refresh_response(app, changes.clone()));
            let outcome = app.token(Need::New);
            assert_eq!(outcome.as_ref().unwrap_err().end_reason(), "identity_changed");
            let other_error = run_flow(other.token_flow(&key, Need::Use)).unwrap_err();
            assert_eq!((other_error.code(), other_error.end_reason()), (Code::SignedOut, "identity_changed"));
            outcome
        });
    }
    for changes in [json!({ "patient": "another" }), json!({ "encounter": "another" }), json!({ "patient": "../x" })] {
        row.case(&changes.to_string(), "launch_context_invalid", FinalState::Unchanged, App::signed_in(), |app| {
            let fake_response = ehr::with(ehr::with(ehr::tokens(2), json!({ "refresh_token": null })), changes.clone());
            app.tab.responses.next("refresh", FakeResponse::ok(&fake_response));
            let outcome = app.token(Need::New);
            assert_eq!(outcome.as_ref().unwrap_err().end_reason(), "");
            assert!(warnings(app.resume().unwrap().session.json()).is_empty());
            outcome
        });
    }
}

//! F. Refreshing: many tabs, lost responses, refusals, clocks.

use super::RowTest;
use super::row::Row;
use crate::app::{App, assert_fails, code, warnings};
use crate::ehr;
use crate::final_state::FinalState;
use crate::host::{FakeResponse, run_flow, step, together};
use crate::rotation::{Fate, Rotation};
use serde_json::json;
use smart_launch::error::{Code, Result};
use smart_launch::flow::record::Stored;
use smart_launch::flow::refresh::{Need, ValidSession};
use std::rc::Rc;

pub const ROWS: &[RowTest] = &[
    ("H042", h042),
    ("H093", h093),
    ("H094", h094),
    ("H095", h095),
    ("H097", h097),
    ("H098", h098),
    ("H099", h099),
    ("H101", h101),
    ("H102", h102),
    ("H103", h103),
    ("H105", h105),
    ("H106", h106),
    ("H107", h107),
    ("H109", h109),
    ("H110", h110),
    ("H111", h111),
    ("H131", h131),
    ("H133", h133),
];

const FOR_A_MINUTE: Need<'static> = Need::Seconds(60);

/// An app whose access token has expired.
fn expired() -> App {
    let app = App::signed_in();
    app.tab.pass_seconds(3_601);
    app
}

/// Copies of the app's tab, at one server that rotates refresh tokens.
fn tabs(app: &App, count: usize) -> (Vec<App>, Rc<Rotation>) {
    let server = Rotation::new(false);
    let tab_server = server.serve(|| Fate::Responded);
    app.tab.responses.serve(&tab_server);
    let tabs = (1..count).map(|_| app.duplicate()).collect::<Vec<_>>();
    tabs.iter().for_each(|tab| tab.tab.responses.serve(&tab_server));
    (tabs, server)
}

fn session(valid: Result<ValidSession>) -> Result<Stored> {
    valid.map(|valid| valid.stored)
}

fn h042(row: &mut Row<'_>) {
    for steps in [1, 2, 3, 4] {
        row.case(&format!("after {steps} steps of the first tab"), "ok", FinalState::New, App::pending(), |app| {
            let (second_tab, callback) = (app.duplicate(), app.callback());
            app.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(1)));
            let mut first = app.complete_flow(&callback);
            let mut second = second_tab.complete_flow(&callback);
            let mut first_outcome = None;
            for _ in 0..steps {
                first_outcome = first_outcome.or_else(|| step(&mut first));
            }
            let mut second_outcome = step(&mut second);
            while first_outcome.is_none() {
                first_outcome = step(&mut first);
            }
            drop(first);
            while second_outcome.is_none() {
                second_outcome = step(&mut second);
            }
            assert_eq!(app.tab.count("token") + second_tab.tab.count("token"), 1, "one exchange in total");
            let second_outcome = second_outcome.expect("the flow ended")?.expect("the session that the first tab made");
            assert_eq!(second_outcome.session.access_token(), ehr::access_token(1));
            Ok(first_outcome.expect("the flow ended")?.expect("a session"))
        });
    }
    h042_closed_tab(row);
}

fn h042_closed_tab(row: &mut Row<'_>) {
    let app = App::signed_in();
    app.begin(json!({})).unwrap();
    row.case("the other tab has used the response and is closed", "callback_replayed", FinalState::Keep, app, |app| {
        let (closed_tab, callback) = (app.duplicate(), app.callback_of(1));
        closed_tab.tab.responses.next("token", FakeResponse::ok(&ehr::tokens(7)));
        assert!(closed_tab.complete(&callback)?.is_some());
        closed_tab.tab.disconnect();
        let completed = app.complete(&callback)?;
        assert_eq!(app.tab.count("token"), 1, "this tab has sent no code except that of its earlier sign-in");
        completed.ok_or_else(|| Code::CallbackReplayed.into())
    });
}

fn h093(row: &mut Row<'_>) {
    for count in [2, 20] {
        row.case(&format!("{count} tabs"), "ok", FinalState::New, expired(), |app| {
            let (others, server) = tabs(app, count);
            let key = app.key();
            let tabs_and_app: Vec<&App> = [app].into_iter().chain(&others).collect();
            let outcomes = together(tabs_and_app.iter().map(|app| app.token_flow(&key, FOR_A_MINUTE)).collect());
            for outcome in &outcomes {
                let session = &outcome.as_ref().expect("a token").stored.session;
                assert_eq!(session.access_token(), ehr::access_token(2));
            }
            assert_eq!(server.sent.borrow().len(), 1, "one request");
            assert_eq!(server.reuses.get(), 0);
            app.tab.responses.stop_serving();
            outcomes.into_iter().next().expect("the first tab's").map(|valid| valid.stored)
        });
    }
}

fn h094(row: &mut Row<'_>) {
    for steps in 0..5 {
        row.case(&format!("closed after {steps} steps"), "ok", FinalState::New, expired(), |app| {
            let server = Rotation::new(true);
            let tab_server = server.serve(|| Fate::Responded);
            let closed = app.duplicate();
            [app, &closed].iter().for_each(|app| app.tab.responses.serve(&tab_server));
            let key = app.key();
            let mut flow = closed.token_flow(&key, FOR_A_MINUTE);
            for _ in 0..steps {
                if step(&mut flow).is_some() {
                    break;
                }
            }
            closed.tab.disconnect();
            drop(flow);
            app.receive_messages();
            let valid = app.token(FOR_A_MINUTE);
            assert!(server.sent.borrow().values().all(|times| *times <= 2));
            app.tab.responses.stop_serving();
            session(valid)
        });
    }
}

fn h095(row: &mut Row<'_>) {
    row.case("another tab is refreshing", "lock_timeout", FinalState::Keep, expired(), |app| {
        let other = app.duplicate();
        other.tab.responses.hold("refresh");
        let key = app.key();
        let mut flow = other.token_flow(&key, FOR_A_MINUTE);
        assert!(step(&mut flow).is_none());
        app.tab.lock_times_out.set(true);
        let outcome = app.token(FOR_A_MINUTE);
        app.tab.lock_times_out.set(false);
        assert_eq!(app.tab.count("refresh"), 0);
        session(outcome)
    });
}

fn h097(row: &mut Row<'_>) {
    for failure in [FakeResponse::failed(Code::Network), FakeResponse::failed(Code::Timeout)] {
        row.case("two lost responses", "refresh_in_doubt", FinalState::Doubt, expired(), |app| {
            for _ in 0..2 {
                app.tab.responses.next("refresh", failure.clone());
                assert!(app.token(FOR_A_MINUTE).is_err());
                app.tab.reload();
            }
            assert_eq!(app.tab.count("refresh"), 2);
            session(app.token(FOR_A_MINUTE))
        });
        row.case(
            "two lost responses while the access token is valid",
            "refresh_in_doubt",
            FinalState::Doubt,
            App::signed_in(),
            |app| {
                app.tab.responses.next("refresh", failure.clone());
                app.tab.responses.next("refresh", failure.clone());
                assert!(app.token(Need::New).is_err() && app.token(Need::New).is_err());
                assert_eq!(code(&app.token(FOR_A_MINUTE)), "ok", "the access token is returned until it expires");
                session(app.token(Need::New))
            },
        );
    }
    let app = expired();
    app.tab.responses.hold("refresh");
    let key = app.key();
    let mut flow = app.token_flow(&key, FOR_A_MINUTE);
    (0..3).for_each(|_| assert!(step(&mut flow).is_none()));
    assert_eq!(app.tab.count("refresh"), 1);
    let records = app.tab.records.under("smart-launch:family:");
    assert!(
        records.values().any(|record| record.contains("\"sent\":1")),
        "the attempt is recorded before the token is sent"
    );
}

fn h098(row: &mut Row<'_>) {
    row.case("invalid_grant", "refresh_rejected", FinalState::NoRefreshToken, App::signed_in(), |app| {
        let other = app.duplicate();
        app.tab.responses.next("refresh", FakeResponse::json(400, &json!({ "error": "invalid_grant" })));
        let outcome = app.token(Need::New);
        other.receive_messages();
        assert_eq!(other.resume().expect("a session").session.refresh_token(), "", "all tabs are notified");
        assert_fails(other.token(Need::New), Code::SessionExpired);
        session(outcome)
    });
}

fn h099(row: &mut Row<'_>) {
    row.case("another tab has a newer session", "ok", FinalState::New, expired(), |app| {
        // The other tab has renewed the session without the lock, as if this tab was suspended during its request.
        let other = app.duplicate();
        app.tab.responses.hold("refresh");
        let key = app.key();
        let mut flow = app.token_flow(&key, FOR_A_MINUTE);
        (0..3).for_each(|_| assert!(step(&mut flow).is_none()));
        let record = other.tab.records.under(&key)[&key].replace("\"v\":1", "\"v\":1,\"generation\":1");
        let record = record.replace("token-number-1", "token-number-2");
        other.tab.records.tab.borrow_mut().insert(key.clone(), record);
        app.tab.responses.next("refresh", FakeResponse::json(400, &json!({ "error": "invalid_grant" })));
        app.tab.responses.release("refresh");
        let valid = loop {
            if let Some(outcome) = step(&mut flow) {
                break outcome?;
            }
        };
        assert_eq!(valid.stored.session.access_token(), ehr::access_token(2));
        Ok(valid.stored)
    });
}

fn h101(row: &mut Row<'_>) {
    row.case("offline", "network", FinalState::Keep, expired(), |app| {
        app.tab.offline.set(true);
        for _ in 0..5 {
            assert_fails(app.token(FOR_A_MINUTE), Code::Network);
        }
        assert_eq!(app.tab.count("refresh"), 0, "nothing is sent");
        let outcome = app.token(FOR_A_MINUTE);
        app.tab.offline.set(false);
        session(outcome)
    });
    row.case("repeated DNS failure", "network", FinalState::Keep, expired(), |app| {
        app.tab.unreachable.set(true);
        app.tab.responses.next("refresh", FakeResponse::failed(Code::Network));
        for _ in 0..5 {
            assert_fails(app.token(FOR_A_MINUTE), Code::Network);
        }
        assert_eq!(app.tab.count("refresh"), 1, "the refresh token is sent again only when the server can be reached");
        let outcome = app.token(FOR_A_MINUTE);
        app.tab.unreachable.set(false);
        session(outcome)
    });
    row.case("captive portal", "content_type", FinalState::Keep, expired(), |app| {
        for _ in 0..5 {
            app.tab.responses.next("refresh", FakeResponse::new(200, "text/html", "<h1>Welcome to our wifi"));
            assert_fails(app.token(FOR_A_MINUTE), Code::ContentType);
            app.tab.pass_seconds(60);
        }
        app.tab.responses.next("refresh", FakeResponse::new(200, "text/html", "<h1>Welcome to our wifi"));
        session(app.token(FOR_A_MINUTE))
    });
    row.case("a server that fails", "http_status", FinalState::Keep, expired(), |app| {
        for status in [500, 502, 503, 504, 429] {
            app.tab.responses.next("refresh", FakeResponse::new(status, "text/html", ""));
            assert_fails(app.token(FOR_A_MINUTE), Code::HttpStatus);
            app.tab.pass_seconds(60);
        }
        app.tab.responses.next("refresh", FakeResponse::new(503, "", "").retry_after(20));
        assert_fails(app.token(FOR_A_MINUTE), Code::HttpStatus);
        let sent = app.tab.count("refresh");
        app.tab.pass_seconds(19);
        let error = app.token(FOR_A_MINUTE).expect_err("no request before Retry-After is over");
        assert_eq!((error.status(), error.retry_after(), error.retryable()), (503, Some(1), true));
        assert_eq!(app.tab.count("refresh"), sent, "nothing is sent until then");
        Err::<(), _>(error)
    });
}

fn h102(row: &mut Row<'_>) {
    row.case("a response without a refresh token", "ok", FinalState::New, expired(), |app| {
        app.tab
            .responses
            .next("refresh", FakeResponse::ok(&ehr::with(ehr::tokens(2), json!({ "refresh_token": null }))));
        let valid = app.token(FOR_A_MINUTE)?;
        assert_eq!(valid.stored.session.refresh_token(), ehr::refresh_token(1));
        Ok(valid.stored)
    });
}

fn h103(row: &mut Row<'_>) {
    row.case("storage is full", "ok", FinalState::New, expired(), |app| {
        app.tab.records.full.set(true);
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
        let valid = app.token(FOR_A_MINUTE)?;
        assert_eq!(warnings(valid.stored.session.json()), [Code::StorageUnavailable.as_str()]);
        assert!(!valid.stored.persisted);
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(3)));
        let next = app.token(Need::New)?;
        assert_eq!(app.tab.last().field("refresh_token"), ehr::refresh_token(2), "the new token is kept in memory");
        Ok(next.stored)
    });
    // The code in the table is that of the warning, so here the warning becomes an error.
    row.case("storage is full: the warning's code", "storage_unavailable", FinalState::New, expired(), |app| {
        app.tab.records.full.set(true);
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
        let valid = app.token(FOR_A_MINUTE)?;
        let warned = warnings(valid.stored.session.json()).contains(&"storage_unavailable");
        if warned { Err::<Stored, _>(Code::StorageUnavailable.into()) } else { Ok(valid.stored) }
    });
}

fn h105(row: &mut Row<'_>) {
    row.case("another patient", "launch_context_invalid", FinalState::Keep, App::signed_in(), |app| {
        let other = json!({ "patient": "another", "refresh_token": null });
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::with(ehr::tokens(2), other)));
        session(app.token(Need::New))
    });
    row.case("narrower scope", "ok", FinalState::New, expired(), |app| {
        let narrower = json!({ "scope": "patient/Patient.rs" });
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::with(ehr::tokens(2), narrower)));
        let valid = app.token(FOR_A_MINUTE)?;
        assert_eq!(valid.stored.session.json().text("granted"), "patient/Patient.rs");
        Ok(valid.stored)
    });
}

fn h106(row: &mut Row<'_>) {
    for (lifetime, margin) in [(30, 8), (4, 1), (240, 60), (3_600, 60)] {
        let app = App::signed_in_with(json!({ "expires_in": lifetime }));
        row.case(&format!("{lifetime} s"), "ok", FinalState::New, app, |app| {
            app.tab.pass_seconds(lifetime - margin - 1);
            assert!(!app.token(FOR_A_MINUTE)?.renewed, "the token is valid until the margin");
            app.tab.pass_seconds(2);
            for number in 2..5 {
                let tokens = ehr::with(ehr::tokens(number), json!({ "expires_in": lifetime }));
                app.tab.responses.next("refresh", FakeResponse::ok(&tokens));
            }
            let valid = app.token(FOR_A_MINUTE)?;
            assert!(!app.token(FOR_A_MINUTE)?.renewed, "no loop");
            assert_eq!(app.tab.count("refresh"), 1);
            Ok(valid.stored)
        });
    }
}

fn h107(row: &mut Row<'_>) {
    row.case("the same access token with 20 seconds left", "ok", FinalState::New, expired(), |app| {
        for _ in 0..3 {
            let repeated_token =
                json!({ "access_token": ehr::access_token(1), "expires_in": 20, "refresh_token": null });
            app.tab.responses.next("refresh", FakeResponse::ok(&ehr::with(ehr::tokens(2), repeated_token)));
        }
        let valid = app.token(FOR_A_MINUTE)?;
        for _ in 0..14 {
            assert!(!app.token(FOR_A_MINUTE)?.renewed);
            app.tab.pass_seconds(1);
        }
        assert_eq!(app.tab.count("refresh"), 1, "no loop: the token is used until it is about to expire");
        app.tab.pass_seconds(2);
        assert!(app.token(FOR_A_MINUTE)?.renewed);
        Ok(valid.stored)
    });
}

fn h109(row: &mut Row<'_>) {
    for (title, changes) in [
        ("two apps of one origin", json!({ "clientId": "another-app" })),
        ("two servers of one app", json!({ "fhirBaseUrl": "https://ehr.example/other" })),
    ] {
        row.case(title, "ok", FinalState::New, expired(), |app| {
            let other = app.another_app(changes);
            let other_session = other.sign_in(&ehr::tokens(7))?.session;
            other.tab.responses.hold("refresh");
            let key = other_session.key();
            let mut flow = other.token_flow(&key, Need::New);
            (0..3).for_each(|_| assert!(step(&mut flow).is_none()));
            assert_eq!(other.tab.count("refresh"), 1, "the other session is refreshed, and its lock is held");
            app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
            let valid = app.token(FOR_A_MINUTE)?;
            assert_ne!(valid.stored.session.channel(), other_session.channel());
            other.receive_messages();
            other.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(8)));
            other.tab.responses.release("refresh");
            run_flow(flow)?;
            app.receive_messages();
            for (app, number) in [(app, 2), (&other, 8)] {
                let session = app.resume().expect("a session").session;
                assert_eq!(session.access_token(), ehr::access_token(number), "each session has its own tokens");
            }
            other.tab.responses.always("revocation", FakeResponse::new(200, "", ""));
            assert_eq!(other.sign_out("").revoked, Some(true));
            app.receive_messages();
            Ok(valid.stored)
        });
    }
    row.case("two sign-ins of one app", "ok", FinalState::New, expired(), |app| {
        let other = app.duplicate();
        other.sign_in(&ehr::tokens(7))?;
        other.tab.responses.hold("refresh");
        let key = other.key();
        let mut flow = other.token_flow(&key, Need::New);
        (0..3).for_each(|_| assert!(step(&mut flow).is_none()));
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
        let valid = app.token(FOR_A_MINUTE)?;
        other.receive_messages();
        let other_session = other.resume().expect("a session").session;
        assert_eq!(other_session.access_token(), ehr::access_token(7), "each sign-in keeps its own tokens");
        Ok(valid.stored)
    });
}

fn h110(row: &mut Row<'_>) {
    row.case("the device wakes up before the network", "ok", FinalState::New, App::signed_in(), |app| {
        app.tab.pass_seconds(43_200);
        app.tab.offline.set(true);
        assert_fails(app.token(Need::Seconds(0)), Code::Network);
        assert_eq!(app.tab.count("refresh"), 0);
        app.tab.offline.set(false);
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
        session(app.token(Need::Seconds(0)))
    });
    for hours in [1, 12] {
        row.case(&format!("the clock is set back by {hours} h"), "ok", FinalState::New, App::signed_in(), |app| {
            app.tab.pass_seconds(3_600);
            app.tab.set_back.set(hours * 3_600_000);
            app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
            let valid = app.token(FOR_A_MINUTE)?;
            assert!(valid.renewed, "an expired token is never returned");
            assert!(!app.token(FOR_A_MINUTE)?.renewed, "no loop");
            Ok(valid.stored)
        });
        row.case(
            "the clock is set back and the page is loaded again",
            "ok",
            FinalState::New,
            App::signed_in(),
            |app| {
                app.tab.clock.set(app.tab.clock.get() - hours * 3_600_000);
                app.tab.reload();
                app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
                let valid = app.token(FOR_A_MINUTE)?;
                assert!(
                    valid.renewed,
                    "a token that was issued in the future is renewed, because its age is not known"
                );
                assert!(!app.token(FOR_A_MINUTE)?.renewed, "no loop");
                Ok(valid.stored)
            },
        );
    }
}

fn h111(row: &mut Row<'_>) {
    row.case("no timer at all", "ok", FinalState::New, expired(), |app| {
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
        session(app.token(FOR_A_MINUTE))
    });
}

fn h131(row: &mut Row<'_>) {
    for blocked in [true, false] {
        let app = App::with(json!({}));
        app.tab.records.blocked.set(blocked);
        app.tab.records.full.set(true);
        app.begin(json!({})).unwrap();
        app.begin(json!({})).unwrap();
        let title = if blocked { "storage throws on access" } else { "storage throws on a write" };
        row.case(title, "storage_unavailable", FinalState::Pend, app, |app| {
            let persisted = app.begin(json!({}))?.persisted;
            if persisted { Ok(()) } else { Err(Code::StorageUnavailable.into()) }
        });
    }
    for broken in ["", "{", "null", "{\"v\":0}", "{\"v\":1}", "[]"] {
        row.case(&format!("{broken:?} for a session"), "ok", FinalState::Pend, App::pending(), |app| {
            let key = "smart-launch:session:growth-chart:https%3A%2F%2Fehr.example%2Ffhir:https%3A%2F%2Fehr.example";
            app.tab.records.tab.borrow_mut().insert(key.into(), broken.into());
            assert!(app.resume().is_none());
            assert!(app.tab.records.under(key).is_empty(), "the record is removed");
            Ok(())
        });
    }
    row.case("storage is cleared during a refresh", "signed_out", FinalState::Out, expired(), |app| {
        app.tab.responses.hold("refresh");
        let key = app.key();
        let mut flow = app.token_flow(&key, FOR_A_MINUTE);
        (0..3).for_each(|_| assert!(step(&mut flow).is_none()));
        app.tab.records.tab.borrow_mut().clear();
        app.tab.origin.shared.borrow_mut().clear();
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
        app.tab.responses.always("revocation", FakeResponse::new(200, "", ""));
        app.tab.responses.release("refresh");
        let outcome = loop {
            if let Some(outcome) = step(&mut flow) {
                break outcome;
            }
        };
        assert_eq!(app.tab.count("revocation"), 2, "tokens that no session uses are revoked");
        session(outcome)
    });
}

fn h133(row: &mut Row<'_>) {
    let responses =
        [FakeResponse::new(503, "", ""), FakeResponse::failed(Code::Network), FakeResponse::failed(Code::Timeout)];
    for response in responses {
        row.case("revocation fails", "logout_remote_failed", FinalState::Out, App::signed_in(), |app| {
            app.begin(json!({}))?;
            let other = app.duplicate();
            app.tab.responses.always("revocation", response.clone());
            let ended = app.sign_out("");
            assert_eq!(app.tab.count("revocation"), 2);
            other.receive_messages();
            assert!(other.resume().is_none(), "the session has ended in the other tab");
            assert_eq!(
                other.tab.sent.borrow().len(),
                0,
                "the other tab sends no request, because it has the same tokens"
            );
            let suspended = app.duplicate();
            assert!(suspended.resume().is_none(), "the session has ended in a tab that received no message");
            Err::<(), _>(ended.error.expect("the failure is reported"))
        });
    }
}

//! O. Refreshing: refused responses, servers that do not rotate or are down, locks, sign-out meanwhile.

use super::RowTest;
use super::row::Row;
use crate::app::{App, assert_fails, code, warnings};
use crate::ehr;
use crate::final_state::FinalState;
use crate::host::{FakeResponse, run_flow, step, together};
use crate::signing_keys;
use serde_json::{Value, json};
use smart_launch::error::Code;
use smart_launch::flow::refresh::Need;

pub const ROWS: &[RowTest] =
    &[("H161", h161), ("H162", h162), ("H163", h163), ("H164", h164), ("H165", h165), ("H167", h167)];

fn h161(row: &mut Row<'_>) {
    let same = |changes: Value| FakeResponse::ok(&ehr::with(ehr::tokens(1), changes));
    for (response, expected) in [
        (FakeResponse::new(200, "text/html", "<h1>Welcome to our wifi"), "content_type"),
        (FakeResponse::new(204, "", ""), "content_type"),
        (FakeResponse::new(200, "application/json", "{\"access_tok"), "json_invalid"),
        (FakeResponse::new(200, "application/json", ""), "token_response_invalid"),
        (FakeResponse::ok(&json!({})), "token_response_invalid"),
        (FakeResponse::ok(&json!([])), "token_response_invalid"),
        (same(json!({ "access_token": "" })), "token_response_invalid"),
        (same(json!({ "token_type": "mac" })), "token_type_unsupported"),
        (same(json!({ "scope": 7 })), "token_response_invalid"),
        (same(json!({ "patient": "another" })), "launch_context_invalid"),
        (same(json!({ "error": "invalid_client" })), "token_refused"),
        (FakeResponse::failed(Code::Redirected), "redirected"),
        (FakeResponse::failed(Code::BodyTooLarge), "body_too_large"),
        (FakeResponse::failed(Code::JsonInvalid), "json_invalid"),
    ] {
        for times in [1, 2, 3, 10] {
            row.case(&format!("{times} times"), expected, FinalState::Kept, App::signed_in(), |app| {
                for _ in 1..times {
                    app.tab.responses.next("refresh", response.clone());
                    assert_eq!(code(&app.token(Need::New)), expected);
                }
                app.tab.responses.next("refresh", response.clone());
                let outcome = app.token(Need::New);
                assert_eq!(app.tab.count("refresh"), times, "the refresh token is sent each time");
                outcome
            });
        }
    }
}

fn h162(row: &mut Row<'_>) {
    for same in [json!(null), json!(ehr::refresh_token(1))] {
        let same = |number: u64| FakeResponse::ok(&ehr::with(ehr::tokens(number), json!({ "refresh_token": same })));
        for (notes_expire, is_disconnected) in [(true, true), (false, true), (true, false), (false, false)] {
            let first = App::signed_in();
            let restored = first.duplicate();
            row.case("a tab restored from an older copy", "ok", FinalState::New, restored, |restored| {
                for number in 2..5 {
                    first.tab.responses.next("refresh", same(number));
                    assert!(first.token(Need::New)?.renewed);
                }
                if is_disconnected {
                    first.tab.disconnect();
                }
                if notes_expire {
                    first.tab.origin.locks.forget_notes();
                }
                for number in 5..8 {
                    restored.tab.responses.next("refresh", same(number));
                    restored.token(Need::New)?;
                }
                let sent = restored.tab.sent.borrow();
                assert!(sent.iter().all(|sent| sent.field("refresh_token") == ehr::refresh_token(1)));
                Ok(())
            });
        }
    }
}

fn h163(row: &mut Row<'_>) {
    let signed_in = |changes: Value| {
        let app = App::pending_openid_with(changes);
        app.complete_with(FakeResponse::ok(&signing_keys::tokens(&app, 0, json!({})))).expect("a sign-in");
        app
    };
    for claims in [
        json!({ "aud": null, "nonce": null }),
        json!({ "aud": "", "nonce": null }),
        json!({ "aud": [], "nonce": null }),
        json!({ "azp": "growth-chart", "nonce": null }),
    ] {
        for strict in [false, true] {
            let app = signed_in(json!({ "strict": strict }));
            let (expected, state_after) =
                if strict { ("id_token_invalid", FinalState::Kept) } else { ("ok", FinalState::New) };
            row.case(&format!("{claims}, strict: {strict}"), expected, state_after, app, |app| {
                let token = signing_keys::id_token(app, 1, claims.clone());
                app.tab
                    .responses
                    .next("refresh", FakeResponse::ok(&ehr::with(ehr::tokens(2), json!({ "id_token": token }))));
                let valid = app.token(Need::New)?;
                assert_eq!(warnings(valid.stored.session.json()), ["refreshed_id_token_malformed"]);
                Ok(valid)
            });
        }
    }
    row.case("only the nonce is missing", "ok", FinalState::New, signed_in(json!({ "strict": true })), |app| {
        let token = signing_keys::id_token(app, 1, json!({ "nonce": null }));
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::with(ehr::tokens(2), json!({ "id_token": token }))));
        let valid = app.token(Need::New)?;
        assert!(warnings(valid.stored.session.json()).is_empty(), "a refreshed ID token need not repeat the nonce");
        Ok(valid)
    });
}

fn h164(row: &mut Row<'_>) {
    for status in [503, 500, 502] {
        for tabs in [1, 4] {
            let app = App::signed_in();
            app.tab.pass_seconds(3_601);
            row.case(&format!("{status}, {tabs} tabs"), "http_status", FinalState::Kept, app, |app| {
                let others: Vec<App> = (1..tabs).map(|_| app.duplicate()).collect();
                let apps: Vec<&App> = std::iter::once(app).chain(&others).collect();
                for tab in &apps {
                    tab.tab.pace.set(2);
                    tab.tab.responses.always("refresh", FakeResponse::new(status, "", ""));
                }
                let key = app.key();
                let requests = || apps.iter().map(|tab| tab.tab.count("refresh")).sum::<usize>();
                let mut seconds = Vec::new();
                for second in 0..60 {
                    let calls = (0..100).map(|call| apps[call % apps.len()].token_flow(&key, Need::Use)).collect();
                    for outcome in together(calls) {
                        assert_fails(outcome, Code::HttpStatus);
                    }
                    if requests() > seconds.len() {
                        seconds.push(second);
                    }
                    assert_eq!(requests(), seconds.len(), "one at a time");
                    apps.iter().for_each(|tab| tab.tab.pass_seconds(1));
                }
                assert_eq!(seconds, [0, 1, 3, 7, 15, 31], "further apart each time");
                apps.iter().for_each(|tab| tab.tab.pace.set(0));
                app.token(Need::Use)
            });
        }
    }
}

fn h165(row: &mut Row<'_>) {
    for waiting_count in [1, 5] {
        row.case(
            &format!("{waiting_count} more callers that wait"),
            "lock_timeout",
            FinalState::Unchanged,
            App::signed_in(),
            |app| {
                let key = app.key();
                app.tab.responses.hold("refresh");
                let mut holder = app.token_flow(&key, Need::New);
                (0..3).for_each(|_| assert!(step(&mut holder).is_none()));
                let mut waiter = app.token_flow(&key, Need::New);
                let mut others: Vec<_> = (0..waiting_count).map(|_| app.token_flow(&key, Need::New)).collect();
                assert!(step(&mut waiter).is_none());
                assert!(others.iter_mut().all(|flow| step(flow).is_none() && flow.waits_for_lock()));
                waiter.time_out_lock();
                let outcome = run_flow(waiter);
                assert!(others.iter_mut().all(|flow| flow.waits_for_lock()), "no other flow enters");
                assert!(
                    others.iter_mut().all(|flow| step(flow).is_none() && flow.waits_for_lock()),
                    "no other flow enters"
                );
                assert!(holder.is_sending("refresh"), "the holder continues");
                assert_eq!(app.tab.count("refresh"), 1);
                // The page is left before the response arrives.
                drop((others, holder));
                app.tab.responses.release("refresh");
                outcome
            },
        );
    }
}

fn h167(row: &mut Row<'_>) {
    for changes in [
        json!({ "token_type": "mac" }),
        json!({ "token_type": null }),
        json!({ "scope": 7 }),
        json!({ "patient": "another" }),
        json!({ "patient": "../x" }),
        json!({ "encounter": "another" }),
        json!({}),
    ] {
        let app = App::signed_in();
        app.tab.pass_seconds(3_601);
        row.case(&changes.to_string(), "signed_out", FinalState::Gone, app, |app| {
            let key = app.key();
            app.tab.responses.always("revocation", FakeResponse::new(200, "", ""));
            app.tab.responses.hold("refresh");
            let mut flow = app.token_flow(&key, Need::Seconds(60));
            (0..3).for_each(|_| assert!(step(&mut flow).is_none()));
            app.sign_out("");
            app.tab.responses.next("refresh", FakeResponse::ok(&ehr::with(ehr::tokens(2), changes.clone())));
            app.tab.responses.release("refresh");
            let outcome = run_flow(flow);
            let sent = app.tab.sent.borrow();
            let revoked: Vec<String> =
                sent.iter().filter(|sent| sent.purpose == "revocation").map(|sent| sent.field("token")).collect();
            let tokens = [1, 2].map(|number| [ehr::refresh_token(number), ehr::access_token(number)]);
            assert_eq!(revoked, tokens.concat());
            outcome
        });
    }
}

//! T. Messages and records of other scripts, and of other versions of this library, at the origin.

use super::RowTest;
use super::row::Row;
use crate::app::{App, SESSIONS, SIGN_INS, code};
use crate::ehr;
use crate::final_state::FinalState;
use crate::host::{FakeResponse, run_flow};
use serde_json::{Value, json};
use smart_launch::flow::refresh::{self, Need};
use smart_launch::flow::sign_out;
use smart_launch::host::Area;

pub const ROWS: &[RowTest] = &[("H184", h184)];

const UNEXPECTED: &[&str] =
    &["", "null", "7", "-1", "1e99", "true", "\"text\"", "[]", "[[[]]]", "{}", "{", "{\"v\":1}", "\u{1f4a9}"];

fn h184(row: &mut Row<'_>) {
    for text in UNEXPECTED {
        row.case(&format!("message of a refresh: {text}"), "ok", FinalState::Unchanged, App::signed_in(), |app| {
            let key = app.key();
            let stored = run_flow(app.flow(|host| refresh::adopt(host, app.settings(), &key, text)))?;
            assert_eq!(stored.session.access_token(), ehr::access_token(1), "the message is ignored");
            Ok(())
        });
        row.case(&format!("a session: {text}"), "ok", FinalState::New, App::signed_in(), |app| {
            // The record is stored in addition to the valid one.
            let key = app.key();
            let other = format!("{}x", &key[..key.len() - 1]);
            app.tab.records.save(Area::Tab, &other, text);
            assert!(app.resume().is_some_and(|stored| stored.session.key() == key));
            assert!(app.tab.records.load(Area::Tab, &other).is_none(), "the record is removed");
            app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
            app.token(Need::New).map(|_| ())
        });
        row.case(&format!("a sign-in: {text}"), "ok", FinalState::Unchanged, App::signed_in(), |app| {
            let key = format!("{SIGN_INS}{}", "a".repeat(43));
            app.tab.records.save(Area::Tab, &key, text);
            let outcome = app.complete(&format!("{}?code=a&state={}", crate::app::REDIRECT, "a".repeat(43)));
            assert_eq!(code(&outcome), "state_unknown");
            app.tab.records.remove(Area::Tab, &key);
            Ok(())
        });
    }
    row.case(
        "message that a session of another family has ended",
        "ok",
        FinalState::Unchanged,
        App::signed_in(),
        |app| {
            let key = app.key();
            let family = app.resume().expect("a session").session.family().to_owned();
            for (family, generation) in [("", 0), ("x", 9), (&*family.to_uppercase(), 9)] {
                let ended =
                    run_flow(app.flow(|host| sign_out::end_copy(host, app.settings(), &key, family, Some(generation))));
                assert!(ended.is_ok() || code(&ended) == "signed_out");
                assert!(app.resume().is_some(), "the message is ignored: {family} {generation}");
            }
            Ok(())
        },
    );
    // Another tab that does not know the latest tokens has not revoked them.
    for (generation, revoked) in [(1, ["refresh_token", "access_token"].as_slice()), (2, &[]), (9, &[])] {
        let title = format!("message that this session has ended in generation {generation}");
        row.case(&title, "ok", FinalState::Gone, App::signed_in(), |app| {
            app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
            let session = app.token(Need::New)?.stored.session;
            assert_eq!(session.generation(), 2);
            app.tab.responses.always("revocation", FakeResponse::new(200, "", ""));
            let (key, family) = (session.key(), session.family());
            run_flow(app.flow(|host| sign_out::end_copy(host, app.settings(), &key, family, Some(generation))))?;
            let sent = app.tab.sent.borrow();
            let revocations = sent.iter().filter(|sent| sent.purpose == "revocation");
            let hints: Vec<String> = revocations.map(|sent| sent.field("token_type_hint")).collect();
            assert_eq!(hints, revoked, "only tokens that the other tab does not know are revoked");
            Ok(())
        });
    }
    for (changes, is_kept) in [
        (json!({ "v": 2 }), true),
        (json!({ "v": 99 }), true),
        (json!({ "v": 0 }), false),
        (json!({ "v": "2" }), false),
        (json!({ "v": null }), false),
        (json!({ "access_token": 7 }), false),
        (json!({ "tokenResponse": null }), false),
        (json!({ "clientId": "another" }), false),
    ] {
        row.case(&format!("a record with {changes}"), "null", FinalState::Own, App::signed_in(), |app| {
            let key = app.key();
            let record: Value = serde_json::from_str(&app.tab.records.under(SESSIONS)[&key]).expect("a record");
            let record = ehr::with(record, changes.clone()).to_string();
            app.tab.records.save(Area::Tab, &key, &record);
            let resumed = app.resume();
            let record_after = app.tab.records.load(Area::Tab, &key);
            assert_eq!(
                record_after,
                is_kept.then_some(record),
                "a record of a newer version is unchanged, others are removed"
            );
            Ok(resumed)
        });
    }
}

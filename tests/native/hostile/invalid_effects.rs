//! L. Effects: invalid results of the host.

use super::RowTest;
use super::row::Row;
use crate::app::{App, code};
use crate::ehr;
use crate::final_state::FinalState;
use crate::host::{FakeResponse, step};
use smart_launch::error::Code;
use smart_launch::flow::refresh::Need;

pub const ROWS: &[RowTest] = &[("H146", h146)];

fn h146(row: &mut Row<'_>) {
    for failure in
        [Code::Internal, Code::Network, Code::Timeout, Code::JsonInvalid, Code::BodyTooLarge, Code::ContentType]
    {
        row.case("a request that fails", failure.as_str(), FinalState::Unchanged, App::signed_in(), |app| {
            app.tab.responses.next("refresh", FakeResponse::failed(failure));
            app.token(Need::New)
        });
        row.case(
            "a request that fails while the token is valid",
            "ok",
            FinalState::Unchanged,
            App::signed_in(),
            |app| {
                app.tab.pass_seconds(3_560);
                app.tab.responses.next("refresh", FakeResponse::failed(failure));
                app.token(Need::Use)
            },
        );
    }
    row.case("a lock that is not granted", "lock_timeout", FinalState::Unchanged, App::signed_in(), |app| {
        let other = app.duplicate();
        other.tab.responses.hold("refresh");
        let mut holder = other.token_flow(&app.key(), Need::New);
        assert!(step(&mut holder).is_none());
        app.tab.lock_times_out.set(true);
        let outcome = app.token(Need::New);
        app.tab.lock_times_out.set(false);
        outcome
    });
    row.case("a device that is offline", "network", FinalState::Unchanged, App::signed_in(), |app| {
        app.tab.offline.set(true);
        let outcome = app.token(Need::New);
        app.tab.offline.set(false);
        outcome
    });
    for is_full in [true, false] {
        row.case(&format!("storage is full: {is_full}"), "ok", FinalState::New, App::pending(), |app| {
            app.tab.records.full.set(is_full);
            let stored = app.complete_with(FakeResponse::ok(&ehr::tokens(1)))?;
            assert_eq!(stored.persisted, !is_full);
            Ok(stored)
        });
    }
    row.case(
        "storage that is blocked during the session",
        "signed_out",
        FinalState::Unchanged,
        App::signed_in(),
        |app| {
            let key = app.key();
            app.tab.records.blocked.set(true);
            let outcome = crate::host::run_flow(app.token_flow(&key, Need::New));
            app.tab.records.blocked.set(false);
            assert_eq!(code(&app.token(Need::Use)), "ok", "the next call works");
            outcome
        },
    );
}

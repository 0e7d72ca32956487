//! A network that fails three of ten requests: in ten thousand rounds a session is lost only by a genuine `invalid_grant`, or
//! because its refresh token is in doubt after lost responses.

use crate::app::{App, code};
use crate::ehr;
use crate::host::together;
use crate::rotation::{Fate, Rotation};
use smart_launch::flow::refresh::Need;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{Write, stdout};
use std::rc::Rc;

const REFRESHES: usize = 10_000;
const SEED: u64 = 20_261_122;
const FAULTS: [Fate; 5] = [Fate::RequestLost, Fate::ResponseLost, Fate::Truncated, Fate::Unavailable, Fate::Portal];

/// Numbers below `limit`, the same in every run.
fn draw(state: &Cell<u64>, limit: u64) -> u64 {
    // SplitMix64.
    state.set(state.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
    let mut mixed = state.get();
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) % limit
}

fn refresh_through_faults(tolerates_reuse: bool) -> BTreeMap<&'static str, usize> {
    let random = Rc::new(Cell::new(SEED));
    let server = Rotation::new(tolerates_reuse);
    let mut app = App::signed_in();
    let tab_server = server.serve({
        let random = Rc::clone(&random);
        move || match draw(&random, 10) {
            0..3 => FAULTS[draw(&random, FAULTS.len() as u64) as usize],
            _ => Fate::Responded,
        }
    });
    app.tab.responses.serve(&tab_server);
    let mut counts = BTreeMap::new();
    for _ in 0..REFRESHES {
        app.tab.pass_seconds(3_601);
        // Tokens that one tab has lost may be in a copy of the session in another tab.
        let copy = app.duplicate();
        copy.tab.responses.serve(&tab_server);
        let key = app.key();
        let calls = [&app, &copy].map(|app| app.token_flow(&key, Need::Seconds(60)));
        let outcomes = together(calls.into());
        for outcome in &outcomes {
            *counts.entry(code(outcome)).or_default() += 1;
            match code(outcome) {
                "refresh_rejected" => assert!(server.has_ended(), "a valid token is removed"),
                "session_expired" | "signed_out" => assert!(server.has_ended(), "signed out without a refusal"),
                _ => {}
            }
        }
        app.receive_messages();
        copy.tab.disconnect();
        let is_in_doubt = outcomes.iter().any(|outcome| code(outcome) == "refresh_in_doubt");
        if server.has_ended() || is_in_doubt {
            *counts.entry(if is_in_doubt { "signed in again in doubt" } else { "signed in again" }).or_default() += 1;
            app = App::signed_in();
            app.tab.responses.serve(&tab_server);
            app.sign_in(&ehr::tokens(server.begin_anew())).unwrap();
        }
    }
    for (token, times) in &*server.sent.borrow() {
        assert!(*times <= 2, "{token} is sent {times} times");
    }
    counts
}

#[test]
fn no_session_is_lost_except_by_a_refusal_or_in_doubt() {
    let mut out = stdout();
    for tolerates_reuse in [false, true] {
        let outcomes = refresh_through_faults(tolerates_reuse);
        assert!(outcomes["ok"] > REFRESHES, "most calls get a token");
        writeln!(
            out,
            "faults: {REFRESHES} rounds of 2 tabs, 30 % faulty, seed {SEED}, tolerates_reuse {tolerates_reuse}: {outcomes:?}"
        )
        .unwrap();
    }
}

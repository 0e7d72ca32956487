//! G. DPoP.

use super::Play;
use super::row::Row;
use crate::app::App;
use crate::ehr;
use crate::final_state::FinalState;
use crate::host::Answer;
use serde_json::{Value, json};
use smart_launch::flow::refresh::Need;

pub const ROWS: &[Play] = &[("H063", h063), ("H113", h113), ("H114", h114), ("H118", h118)];

fn pending() -> App {
    App::pending_with(json!({ "dpop": true }))
}

fn bound() -> Value {
    ehr::with(ehr::tokens(1), json!({ "token_type": "DPoP" }))
}

fn signed_in() -> App {
    let app = App::with(json!({ "dpop": true }));
    app.sign_in(&bound()).expect("a sign-in");
    app
}

fn refusing(error: &str) -> Answer {
    Answer::json(400, &json!({ "error": error }))
}

fn h063(row: &mut Row<'_>) {
    for kind in ["Bearer", "bearer", "BEARER"] {
        row.case(kind, "dpop_downgrade", FinalState::Used, pending(), |app| {
            app.answered(Answer::ok(&ehr::with(ehr::tokens(1), json!({ "token_type": kind }))))
        });
    }
}

fn h113(row: &mut Row<'_>) {
    for (nonce, sent) in
        [("", 1), ("never-good", 2), ("a\r\nx-evil: 1", 1), ("with \"quotes\"", 1), (&"a".repeat(65_536), 1)]
    {
        let given: String = nonce.chars().take(20).collect();
        row.case(&given, "dpop_refused", FinalState::Keep, signed_in(), |app| {
            app.tab.answers.always("refresh", refusing("use_dpop_nonce").nonce(nonce));
            let outcome = app.token(Need::New).map(|good| good.stored);
            assert_eq!(app.tab.count("refresh"), sent);
            app.tab.answers.always("refresh", Answer::ok(&ehr::with(ehr::tokens(2), json!({ "token_type": "DPoP" }))));
            outcome
        });
    }
}

fn h114(row: &mut Row<'_>) {
    row.case("invalid_grant", "token_refused", FinalState::Used, pending(), |app| {
        let outcome = app.answered(refusing("invalid_grant").nonce("a-nonce"));
        assert_eq!(app.tab.count("token"), 1);
        outcome
    });
}

fn h118(row: &mut Row<'_>) {
    for (ahead, sent) in [(0, 1), (3_600_000, 2)] {
        row.case(&format!("{ahead} ms"), "dpop_refused", FinalState::Keep, signed_in(), |app| {
            let date = app.tab.clock.get() + ahead;
            app.tab.answers.always("refresh", refusing("invalid_dpop_proof").dated(date));
            let outcome = app.token(Need::New).map(|good| good.stored);
            assert_eq!(app.tab.count("refresh"), sent);
            app.tab.answers.always("refresh", Answer::ok(&ehr::with(ehr::tokens(2), json!({ "token_type": "DPoP" }))));
            outcome
        });
    }
}

//! G. Tokens that are bound to a key (DPoP).

use super::RowTest;
use super::row::Row;
use crate::app::App;
use crate::ehr;
use crate::final_state::FinalState;
use crate::host::{FakeResponse, read_assertion};
use serde_json::{Value, json};
use smart_launch::error::Result;
use smart_launch::flow::record::Stored;
use smart_launch::flow::refresh::Need;
use std::collections::BTreeSet;

pub const ROWS: &[RowTest] = &[
    ("H063", h063),
    ("H112", h112),
    ("H113", h113),
    ("H114", h114),
    ("H115", h115),
    ("H116", h116),
    ("H117", h117),
    ("H118", h118),
    ("H120", h120),
];

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

fn refusal(error: &str) -> FakeResponse {
    FakeResponse::json(400, &json!({ "error": error }))
}

/// The claims of the proofs that were sent, in order.
fn proofs(app: &App) -> Vec<Value> {
    let sent = app.tab.sent.borrow();
    sent.iter().filter(|sent| !sent.proof.is_empty()).map(|sent| read_assertion(&sent.proof).1).collect()
}

fn renew(app: &App) -> Result<Stored> {
    app.token(Need::New).map(|valid| valid.stored)
}

fn renewed(number: u64) -> FakeResponse {
    FakeResponse::ok(&ehr::with(ehr::tokens(number), json!({ "token_type": "DPoP" })))
}

fn h112(row: &mut Row<'_>) {
    row.case("the server asks for a nonce and then refuses `iat`", "ok", FinalState::New, pending(), |app| {
        app.complete_with(FakeResponse::ok(&bound()))?;
        app.tab.responses.next("refresh", refusal("use_dpop_nonce").nonce("a-nonce"));
        app.tab.responses.next("refresh", refusal("invalid_dpop_proof").dated(app.tab.clock.get() + 3_600_000));
        app.tab.responses.next("refresh", renewed(2));
        let outcome = renew(app);
        let ids: BTreeSet<String> = proofs(app).iter().map(|proof| proof["jti"].to_string()).collect();
        assert_eq!(ids.len(), 4);
        outcome
    });
}

fn h115(row: &mut Row<'_>) {
    row.case("a nonce on each token response", "ok", FinalState::New, pending(), |app| {
        app.complete_with(FakeResponse::ok(&bound()).nonce("first"))?;
        app.tab.responses.next("refresh", renewed(2).nonce("second"));
        renew(app)?;
        app.tab.responses.next("refresh", renewed(3));
        let outcome = renew(app);
        let nonces: Vec<Value> = proofs(app).iter().map(|proof| proof["nonce"].clone()).collect();
        assert_eq!(nonces, [Value::Null, json!("first"), json!("second")]);
        outcome
    });
}

fn h116(row: &mut Row<'_>) {
    for response in [refusal("invalid_grant"), refusal("invalid_grant").nonce("a-nonce")] {
        row.case("invalid_grant", "refresh_rejected", FinalState::NoRefreshToken, signed_in(), |app| {
            app.tab.responses.always("refresh", response);
            let outcome = renew(app);
            assert_eq!(app.tab.count("refresh"), 1);
            outcome
        });
    }
}

fn h117(row: &mut Row<'_>) {
    let app = App::with(json!({ "dpop": true }));
    let endpoint = ehr::with(ehr::document(), json!({ "token_endpoint": "https://ehr.example/auth/token?tenant=1" }));
    app.tab.responses.always("discovery", FakeResponse::ok(&endpoint));
    app.begin(json!({})).expect("a sign-in begins");
    row.case("a token endpoint with a query", "ok", FinalState::New, app, |app| {
        let outcome = app.complete_with(FakeResponse::ok(&bound()));
        assert_eq!(proofs(app)[0]["htu"], "https://ehr.example/auth/token");
        outcome
    });
}

fn h120(row: &mut Row<'_>) {
    for offset in [3_600_000_i64, -3_600_000] {
        row.case(&format!("{offset} ms"), "ok", FinalState::New, pending(), |app| {
            app.complete_with(FakeResponse::ok(&bound()))?;
            let date = app.tab.clock.get().checked_add_signed(offset).expect("a time");
            app.tab.responses.next("refresh", refusal("invalid_dpop_proof").dated(date));
            app.tab.responses.next("refresh", renewed(2));
            renew(app)?;
            app.tab.responses.next("refresh", renewed(3));
            let outcome = renew(app);
            let times: Vec<u64> = proofs(app).iter().filter_map(|proof| proof["iat"].as_u64()).collect();
            assert_eq!(times[2..], [date / 1_000; 2], "the clock offset is kept");
            outcome
        });
    }
}

fn h063(row: &mut Row<'_>) {
    for kind in ["Bearer", "bearer", "BEARER"] {
        row.case(kind, "dpop_downgrade", FinalState::Used, pending(), |app| {
            app.complete_with(FakeResponse::ok(&ehr::with(ehr::tokens(1), json!({ "token_type": kind }))))
        });
    }
}

fn h113(row: &mut Row<'_>) {
    for (nonce, sent) in
        [("", 1), ("never-good", 2), ("a\r\nx-evil: 1", 1), ("with \"quotes\"", 1), (&"a".repeat(65_536), 1)]
    {
        let title: String = nonce.chars().take(20).collect();
        row.case(&title, "dpop_refused", FinalState::Keep, signed_in(), |app| {
            app.tab.responses.always("refresh", refusal("use_dpop_nonce").nonce(nonce));
            let outcome = renew(app);
            assert_eq!(app.tab.count("refresh"), sent);
            app.tab
                .responses
                .always("refresh", FakeResponse::ok(&ehr::with(ehr::tokens(2), json!({ "token_type": "DPoP" }))));
            outcome
        });
    }
}

fn h114(row: &mut Row<'_>) {
    row.case("invalid_grant", "token_refused", FinalState::Used, pending(), |app| {
        let outcome = app.complete_with(refusal("invalid_grant").nonce("a-nonce"));
        assert_eq!(app.tab.count("token"), 1);
        outcome
    });
}

fn h118(row: &mut Row<'_>) {
    for (ahead, sent) in [(0, 1), (3_600_000, 2)] {
        row.case(&format!("{ahead} ms"), "dpop_refused", FinalState::Keep, signed_in(), |app| {
            let date = app.tab.clock.get() + ahead;
            app.tab.responses.always("refresh", refusal("invalid_dpop_proof").dated(date));
            let outcome = renew(app);
            assert_eq!(app.tab.count("refresh"), sent);
            app.tab
                .responses
                .always("refresh", FakeResponse::ok(&ehr::with(ehr::tokens(2), json!({ "token_type": "DPoP" }))));
            outcome
        });
    }
}

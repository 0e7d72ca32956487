//! Any number of callers, in any order, with any responses: a refresh token that was replaced or rejected is never sent again.

use crate::app::App;
use crate::arbitrary::cases;
use crate::ehr;
use crate::host::{FakeResponse, Flow, step};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;
use smart_launch::error::{Code, Result};
use smart_launch::flow::refresh::{Need, ValidSession};

/// The `number`th response of the token endpoint, and whether it invalidates the token that was sent.
fn response(kind: usize, number: u64) -> (FakeResponse, bool) {
    match kind {
        0 | 1 => (FakeResponse::ok(&ehr::tokens(number)), true),
        2 => (FakeResponse::ok(&ehr::with(ehr::tokens(number), json!({ "refresh_token": null }))), false),
        3 => (FakeResponse::failed(Code::Network), false),
        4 => (FakeResponse::new(503, "text/html", ""), false),
        _ => (FakeResponse::json(400, &json!({ "error": "invalid_grant" })), true),
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn refresh_token_that_was_replaced_or_rejected_is_never_sent_again(
        responses in vec(0..6_usize, 12), needs in vec(0..3_usize, 1..12), order in vec(any::<prop::sample::Index>(), 60),
        pace in 0..3_usize, signs_out_at in prop::option::of(0..60_usize), timeouts in vec((0..60_usize, any::<prop::sample::Index>()), 0..6),
    ) {
        let app = App::signed_in();
        app.tab.pass_seconds(3_601);
        app.tab.pace.set(pace);
        let mut spent = Vec::new();
        for (number, kind) in responses.iter().enumerate() {
            let (response, is_spent) = response(*kind, number as u64 + 2);
            app.tab.responses.next("refresh", response);
            spent.push(is_spent);
        }
        app.tab.responses.always("revocation", FakeResponse::new(200, "", ""));
        let (key, refused) = (app.key(), ehr::access_token(1));
        let need = |kind: usize| [Need::Seconds(60), Need::Instead(&refused), Need::New][kind];
        let mut flows: Vec<Option<Flow<'_, Result<ValidSession>>>> =
            needs.iter().map(|kind| Some(app.token_flow(&key, need(*kind)))).collect();
        let count = flows.len();
        for (turn, index) in order.iter().map(|index| index.index(count)).chain((0..count * 40).map(|turn| turn % count)).enumerate() {
            if signs_out_at == Some(turn) {
                let pace = app.tab.pace.replace(0);
                app.sign_out("");
                app.tab.pace.set(pace);
            }
            for (_, index) in timeouts.iter().filter(|(at, _)| *at == turn) {
                let waiting = flows[index.index(count)].as_ref().filter(|flow| flow.waits_for_lock());
                waiting.into_iter().for_each(Flow::time_out_lock);
            }
            let outcome_of_step = flows[index].as_mut().and_then(step);
            prop_assert!(flows.iter().flatten().filter(|flow| flow.is_sending("refresh")).count() <= 1, "two refreshes at once");
            if let Some(outcome) = outcome_of_step {
                flows[index] = None;
                prop_assert!(signs_out_at.is_none_or(|end| turn < end) || outcome.is_err(), "no call gets a token after the sign-out");
            }
        }
        prop_assert!(flows.iter().all(Option::is_none), "every call settles");
        prop_assert_eq!(app.tab.held_locks(), 0);
        let sent: Vec<String> = app.tab.sent.borrow().iter().filter(|sent| sent.purpose == "refresh").map(|sent| sent.field("refresh_token")).collect();
        for (number, token) in sent.iter().enumerate() {
            prop_assert!(!spent[number] || !sent[number + 1..].contains(token), "{:?}", sent);
        }
        prop_assert!(sent.len() <= count, "each caller refreshes once at most");
        prop_assert!(signs_out_at.is_none() || app.resume().is_none(), "the session stays signed out");
    }
}

//! P. Cost is linear in the length of the input, and input that is too long is refused.

use super::RowTest;
use super::callback::complete_with;
use super::row::Row;
use crate::app::{App, REDIRECT, options};
use crate::ehr;
use crate::final_state::FinalState;
use crate::host::FakeResponse;
use crate::linear_cost::{allocated_by, grows_with_its_length};
use serde_json::{Value, json};
use smart_launch::error::Code;
use smart_launch::flow::refresh::Need;
use smart_launch::protocol::authorization_response::AuthorizationResponse;
use smart_launch::protocol::launch::Launch;
use smart_launch::protocol::scope;

pub const ROWS: &[RowTest] = &[("H168", h168), ("H169", h169)];

fn h168(row: &mut Row<'_>) {
    // Whole sign-ins and refreshes; `linear_cost.rs` tests each parser alone.
    row.case("servers", "ok", FinalState::Unchanged, App::signed_in(), |_| {
        let server = |number: usize| {
            let base = format!("https://ehr-{number}.example/fhir");
            ehr::with(options(), json!({ "fhirBaseUrl": base, "redirectUri": format!("{REDIRECT}/{number}") }))
        };
        let make = |length: usize| {
            let clients: Vec<Value> = (0..length).map(server).chain([options()]).collect();
            App::with_settings(json!({ "clients": clients }))
        };
        grows_with_its_length("a sign-in", 250, make, |app| drop(app.begin(json!({ "iss": ehr::BASE })).unwrap()));
        Ok(())
    });
    row.case("members of a refresh", "ok", FinalState::Unchanged, App::signed_in(), |_| {
        let make = |length: usize| {
            let app = App::signed_in();
            let mut response = ehr::tokens(1);
            response["scope"] =
                (0..length).map(|n| format!("patient/Observation.rs?code={n} ")).collect::<String>().into();
            app.tab.responses.always("refresh", FakeResponse::ok(&response));
            app
        };
        grows_with_its_length("a refresh", 250, make, |app| drop(app.token(Need::New).unwrap()));
        Ok(())
    });
    row.case("pairs of a link", "ok", FinalState::Unchanged, App::signed_in(), |_| {
        let make = |length: usize| format!("{REDIRECT}?iss={}&launch=x&{}", ehr::BASE, "a=b&".repeat(length));
        grows_with_its_length("a launch", 1_000, make, |url| drop(Launch::parse(url).unwrap()));
        Ok(())
    });
    row.case("scopes", "ok", FinalState::Unchanged, App::signed_in(), |_| {
        let make = |length: usize| (0..length).map(|n| format!("patient/Observation.rs?code={n} ")).collect::<String>();
        grows_with_its_length("can", 1_000, make, |granted| assert!(!scope::covers(granted, "patient/Patient.rs")));
        Ok(())
    });
    for (title, response, expected) in [
        ("a body over the limit", FakeResponse::ok(&json!({ "x": "x".repeat(2_000_000) })), "body_too_large"),
        ("values over the limit", FakeResponse::ok(&json!({ "x": vec![0; 60_000] })), "token_response_invalid"),
        (
            "depth over the limit",
            FakeResponse::new(200, "application/json", &format!("{{\"x\":{}{}}}", "[".repeat(60), "]".repeat(60))),
            "json_invalid",
        ),
    ] {
        row.case(title, expected, FinalState::Unchanged, App::signed_in(), |app| {
            app.tab.responses.next("refresh", response.clone());
            app.token(Need::New)
        });
    }
    row.case("a link over the limit", "callback_malformed", FinalState::Unchanged, App::signed_in(), |app| {
        complete_with(app, &format!("code=a&state={}&{}", app.state(0), "a=b&".repeat(400_000)))
    });
}

fn h169(row: &mut Row<'_>) {
    for filling in ["a", "&", "a=1&", "code=a&", "%41=%41&", "?", "#", "/", "%", "+", "="] {
        for mark in ["#", "?", "#/x?"] {
            for is_first in [true, false] {
                row.case(
                    &format!("{mark}{filling}…"),
                    "callback_malformed",
                    FinalState::Unchanged,
                    App::pending(),
                    |app| {
                        let (filling, response) = (filling.repeat(2_000_000 / filling.len()), app.state_and_iss(0));
                        let link = if is_first {
                            format!("{REDIRECT}{mark}{filling}&code=a&{response}")
                        } else {
                            format!("{REDIRECT}{mark}code=a&{response}&{filling}")
                        };
                        // The link is refused for its length, before it is parsed.
                        let bytes = allocated_by(|| assert!(AuthorizationResponse::from_url(&link).is_err()));
                        assert!(bytes < 1_024, "{bytes} bytes");
                        let outcome = app.complete(&link);
                        assert_eq!(outcome.as_ref().err().map(|error| error.code()), Some(Code::CallbackMalformed));
                        outcome
                    },
                );
            }
        }
    }
}

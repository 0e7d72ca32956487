//! No output contains a secret input, for any responses of the server.

use crate::app::App;
use crate::arbitrary::{cases, json as any_json, text};
use crate::ehr;
use crate::host::FakeResponse;
use proptest::prelude::*;
use serde_json::{Value, json};
use smart_launch::error::{Code, Error};
use smart_launch::flow::refresh::Need;
use smart_launch::protocol::form::encode;
use std::fmt::Debug;

/// Everything that an outcome shows.
fn shown<T: Debug>(outcome: &Result<T, Error>) -> String {
    match outcome {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("{error} {error:?} {}", error.to_json().to_text()),
    }
}

fn assert_hidden(app: &App, shown: &str) {
    for secret in app.tab.secrets.borrow().iter() {
        assert!(!shown.contains(secret.as_str()), "{shown}");
    }
}

/// Any response; `body` may be a faulty token response.
fn response(kind: usize, status: u64, media: &str, body: &Value, words: &str) -> FakeResponse {
    match kind {
        0 => FakeResponse::failed(
            [Code::Network, Code::Timeout, Code::Redirected, Code::BodyTooLarge][status as usize % 4],
        ),
        1 => FakeResponse::new(status, media, &body.to_string()),
        2 => FakeResponse::new(200, "application/json", &body.to_string()),
        3 => FakeResponse::new(
            200,
            "application/json",
            &body.to_string().chars().take(status as usize).collect::<String>(),
        ),
        4 => FakeResponse::json(
            400,
            &json!({ "error": words, "error_description": words, "hint": words, "error_uri": words }),
        ),
        _ => FakeResponse::json(status, body),
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn no_output_contains_a_secret_input(
        code in "[a-zA-Z0-9+/=&% é-]{12,40}", canary in "[A-Za-z0-9._~+/-]{12,40}", launch in "[!-~]{12,40}", kind in 0..6_usize,
        status in 200_u64..600, media in text(), words in "[ a-z]{0,9}",
        name in proptest::sample::select(vec![
            "access_token", "token_type", "expires_in", "scope", "patient", "fhirContext", "x",
        ]),
        value in any_json(),
    ) {
        let app = App::with(json!({ "scope": "openid launch/patient" }));
        let begun = app.begin(json!({ "launch": launch }));
        app.tab.keep_secret(&code);
        app.tab.keep_secret(&canary);
        let verifier = app.tab.records.under("smart-launch:sign-in:").into_values().next().unwrap();
        let verifier: Value = serde_json::from_str(&verifier).unwrap();
        prop_assert!(!begun.as_ref().unwrap().request.json().to_text().contains(verifier["verifier"].as_str().unwrap()));
        assert_hidden(&app, &shown(&begun));
        let tokens = json!({ "access_token": format!("a{canary}"), "refresh_token": format!("r{canary}") });
        let valid = ehr::with(ehr::tokens(1), tokens);
        let faulty = ehr::with(valid.clone(), json!({ name: value, "id_token": format!("i{canary}") }));
        app.tab.responses.next("token", response(kind, status, &media, &faulty, &words));
        let callback = format!("{}?{}", crate::app::REDIRECT, encode(&[("code", &code), ("state", &app.state(0))]));
        assert_hidden(&app, &shown(&app.complete(&callback)));
        assert_hidden(&app, &shown(&app.complete(&callback)));
        // A refresh and a sign-out show no secret either.
        assert_hidden(&app, &shown(&app.sign_in(&valid)));
        app.tab.responses.next("refresh", response(kind, status, &media, &faulty, &words));
        assert_hidden(&app, &shown(&app.token(Need::New)));
        app.tab.responses.always("revocation", response(kind, status, &media, &json!({}), &words));
        let ended = app.sign_out("");
        assert_hidden(&app, &ended.error.map(|error| shown::<()>(&Err(error))).unwrap_or_default());
    }
}

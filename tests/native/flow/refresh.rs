use crate::app::{App, CODE, SESSIONS, assert_fails, code, options, warnings};
use crate::ehr;
use crate::final_state::{Before, FinalState};
use crate::host::{FakeResponse, run_flow, step, together};
use serde_json::{Value, json};
use smart_launch::error::Code;
use smart_launch::flow::refresh::{Need, adopt, valid_until};

const FOR_A_MINUTE: Need<'_> = Need::Seconds(60);

/// An app whose access token has expired.
fn expired() -> App {
    let app = App::signed_in();
    app.tab.pass_seconds(3_601);
    app
}

fn refusal(error: &str) -> FakeResponse {
    FakeResponse::json(400, &json!({ "error": error }))
}

#[test]
fn valid_token_is_returned_without_a_request() {
    let app = App::signed_in();
    let valid = app.token(FOR_A_MINUTE).unwrap();
    assert_eq!(valid.stored.session.access_token(), ehr::access_token(1));
    assert!(!valid.renewed);
    assert_eq!(app.tab.count("refresh"), 0);
}

#[test]
fn token_about_to_expire_is_refreshed() {
    let app = App::signed_in();
    app.tab.pass_seconds(3_539);
    assert!(!app.token(FOR_A_MINUTE).unwrap().renewed);
    app.tab.pass_seconds(1);
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
    let valid = app.token(FOR_A_MINUTE).unwrap();
    assert!(valid.renewed);
    assert_eq!(valid.stored.session.access_token(), ehr::access_token(2));
}

#[test]
fn refresh_request_is_as_in_the_specification() {
    let app = expired();
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
    app.token(FOR_A_MINUTE).unwrap();
    let sent = app.tab.last();
    assert_eq!((sent.purpose, sent.url.as_str()), ("refresh", ehr::TOKEN));
    assert_eq!(sent.form, "client_id=growth-chart&grant_type=refresh_token&refresh_token=refresh-token-number-1");
}

#[test]
fn a_hundred_callers_cause_one_refresh() {
    let app = expired();
    app.tab.pace.set(5);
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
    let key = app.key();
    let outcomes = together((0..100).map(|_| app.token_flow(&key, FOR_A_MINUTE)).collect());
    assert!(outcomes.iter().all(|valid| valid.as_ref().unwrap().stored.session.access_token() == ehr::access_token(2)));
    assert!(outcomes.iter().all(|valid| valid.as_ref().unwrap().renewed));
    assert_eq!(app.tab.count("refresh"), 1);
    assert_eq!(app.tab.held_locks(), 0);
}

#[test]
fn callers_whose_token_was_refused_cause_one_refresh() {
    let app = App::signed_in();
    app.tab.pace.set(5);
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
    let (key, refused) = (app.key(), ehr::access_token(1));
    let outcomes = together((0..20).map(|_| app.token_flow(&key, Need::Instead(&refused))).collect());
    assert!(outcomes.iter().all(|valid| valid.as_ref().unwrap().stored.session.access_token() == ehr::access_token(2)));
    assert_eq!(app.tab.count("refresh"), 1);
}

#[test]
fn token_with_a_lifetime_below_the_margin_is_not_refreshed_again_and_again() {
    let app = expired();
    app.tab.pace.set(5);
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::with(ehr::tokens(2), json!({ "expires_in": 0 }))));
    let key = app.key();
    let outcomes = together((0..10).map(|_| app.token_flow(&key, FOR_A_MINUTE)).collect());
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(app.tab.count("refresh"), 1);
}

#[test]
fn each_refresh_token_is_sent_once() {
    let app = App::signed_in();
    for number in 2..20 {
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(number)));
        app.token(Need::New).unwrap();
        assert_eq!(app.tab.last().field("refresh_token"), ehr::refresh_token(number - 1));
    }
}

#[test]
fn shared_storage_has_no_token_and_no_code() {
    let app = App::signed_in();
    for response in [FakeResponse::ok(&ehr::tokens(2)), FakeResponse::failed(Code::Network), refusal("invalid_grant")] {
        app.tab.responses.next("refresh", response);
        let _ = app.token(Need::New);
        let shared = app.tab.origin.shared.borrow();
        assert!(!shared.is_empty(), "the attempt is recorded");
        for record in shared.values() {
            assert!(!record.contains("token-number") && !record.contains(CODE), "{record}");
        }
    }
    let sessions = app.tab.records.under(SESSIONS);
    assert!(
        sessions.values().any(|record| record.contains(&ehr::access_token(2))),
        "the tab's own record has the token"
    );
}

#[test]
fn refresh_keeps_the_old_token_if_none_is_returned() {
    let app = expired();
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::with(ehr::tokens(2), json!({ "refresh_token": null }))));
    let valid = app.token(FOR_A_MINUTE).unwrap();
    assert_eq!(valid.stored.session.refresh_token(), ehr::refresh_token(1));
    assert_eq!(app.resume().unwrap().session.refresh_token(), ehr::refresh_token(1));
}

#[test]
fn new_tokens_are_stored_before_they_are_returned() {
    let app = expired();
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
    app.token(FOR_A_MINUTE).unwrap();
    app.tab.reload();
    let session = app.resume().unwrap().session;
    assert_eq!((session.access_token(), session.refresh_token()), (&*ehr::access_token(2), &*ehr::refresh_token(2)));
    assert!(!app.tab.records.under("").values().any(|record| record.contains(&ehr::refresh_token(1))));
}

#[test]
fn lifetime_counts_from_the_request() {
    let app = expired();
    let sent_at = app.tab.clock.get();
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)).after(9_000));
    let valid = app.token(FOR_A_MINUTE).unwrap();
    assert_eq!(valid.stored.session.json().at("expiresAt").number(), Some(sent_at + 3_600_000));
    assert!(valid.stored.session.signed_in() < sent_at);
}

#[test]
fn expired_session_without_a_refresh_token_is_removed() {
    let app = App::signed_in_with(json!({ "refresh_token": null }));
    assert!(app.token(FOR_A_MINUTE).is_ok());
    app.tab.pass_seconds(3_601);
    let key = app.key();
    assert_fails(run_flow(app.token_flow(&key, Need::Use)), Code::SessionExpired);
    assert!(app.tab.records.under(SESSIONS).is_empty(), "the session is not stored");
    assert_fails(run_flow(app.token_flow(&key, Need::New)), Code::SignedOut);
    assert_eq!(app.tab.count("refresh"), 0);
}

#[test]
fn refused_refresh_token_is_dropped_and_the_access_token_kept() {
    let app = App::signed_in();
    app.tab.responses.next("refresh", refusal("invalid_grant"));
    let error = app.token(Need::New).unwrap_err();
    assert_eq!(
        (error.code(), error.status(), error.oauth().text("error")),
        (Code::RefreshRejected, 400, "invalid_grant")
    );
    assert_eq!(app.resume().unwrap().session.access_token(), ehr::access_token(1));
    FinalState::NoRefreshToken.check(&app, &Before::of(&app));
    assert_eq!(app.tab.count("refresh"), 1);
}

/// Responses of a token endpoint that does not work, and the app's error for each.
fn unusable() -> Vec<(FakeResponse, Code)> {
    vec![
        (refusal("invalid_client"), Code::TokenRefused),
        (refusal("temporarily_unavailable"), Code::TokenRefused),
        (FakeResponse::json(500, &json!({ "error": "invalid_grant" })), Code::HttpStatus),
        (FakeResponse::new(400, "text/html", "<h1>Bad"), Code::HttpStatus),
        (FakeResponse::new(400, "", ""), Code::HttpStatus),
        (FakeResponse::new(200, "text/html", "<h1>Welcome to our wifi"), Code::ContentType),
        (FakeResponse::new(200, "application/json", "{\"access_tok"), Code::JsonInvalid),
        (FakeResponse::ok(&json!({})), Code::TokenResponseInvalid),
        (FakeResponse::failed(Code::Redirected), Code::Redirected),
        (FakeResponse::failed(Code::BodyTooLarge), Code::BodyTooLarge),
        (FakeResponse::failed(Code::JsonInvalid), Code::JsonInvalid),
    ]
}

#[test]
fn failure_other_than_invalid_grant_leaves_a_valid_session_unchanged() {
    let lost =
        [(FakeResponse::failed(Code::Network), Code::Network), (FakeResponse::failed(Code::Timeout), Code::Timeout)];
    let wait = [(FakeResponse::new(429, "", "").retry_after(5), Code::HttpStatus)];
    for (response, expected) in unusable().into_iter().chain(lost).chain(wait) {
        let app = App::signed_in();
        let before = app.tab.records.under(SESSIONS);
        app.tab.responses.next("refresh", response);
        assert_fails(app.token(Need::New), expected);
        assert_eq!(app.tab.records.under(SESSIONS), before, "{expected:?}");
        app.tab.pass_seconds(5);
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
        assert!(app.token(Need::New).is_ok());
        assert_eq!(app.tab.last().field("refresh_token"), ehr::refresh_token(1));
    }
}

#[test]
fn complete_but_unusable_response_does_not_put_the_token_in_doubt() {
    for (response, expected) in unusable() {
        let app = App::signed_in();
        for _ in 0..4 {
            app.tab.responses.next("refresh", response.clone());
            assert_fails(app.token(Need::New), expected);
        }
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
        assert!(app.token(Need::New).unwrap().renewed);
    }
}

#[test]
fn response_to_the_second_attempt_leaves_the_first_in_doubt() {
    let app = App::signed_in();
    for (response, expected) in [
        (FakeResponse::failed(Code::Timeout), Code::Timeout),
        (FakeResponse::new(503, "", ""), Code::HttpStatus),
        (FakeResponse::failed(Code::Network), Code::Network),
    ] {
        app.tab.responses.next("refresh", response);
        assert_fails(app.token(Need::New), expected);
    }
    assert_fails(app.token(Need::New), Code::RefreshInDoubt);
    assert_eq!(app.tab.count("refresh"), 3);
}

#[test]
fn session_ends_if_the_token_is_expired_and_cannot_be_refreshed() {
    let lasting = [
        (refusal("invalid_client"), Code::TokenRefused),
        (refusal("Invalid refresh token"), Code::TokenRefused),
        (FakeResponse::new(404, "text/html", "<h1>Gone"), Code::HttpStatus),
        (FakeResponse::ok(&json!({})), Code::TokenResponseInvalid),
        (FakeResponse::ok(&ehr::with(ehr::tokens(2), json!({ "token_type": "mac" }))), Code::TokenTypeUnsupported),
        (FakeResponse::ok(&ehr::with(ehr::tokens(2), json!({ "patient": "another" }))), Code::LaunchContextInvalid),
        (refusal("invalid_grant"), Code::RefreshRejected),
    ];
    for (response, expected) in lasting {
        for need in [Need::Use, FOR_A_MINUTE, Need::New] {
            let app = expired();
            app.tab.responses.next("refresh", response.clone());
            let error = app.token(need).unwrap_err();
            assert_eq!((error.code(), error.end_reason()), (expected, "session_expired"));
            assert!(app.resume().is_none(), "the session is not found again");
            assert!(app.tab.records.under(SESSIONS).is_empty());
        }
    }
    let app = expired();
    (0..2).for_each(|_| app.tab.responses.next("refresh", FakeResponse::failed(Code::Network)));
    (0..2).for_each(|_| assert_fails(app.token(Need::Use), Code::Network));
    let error = app.token(Need::Use).unwrap_err();
    assert_eq!((error.code(), error.end_reason()), (Code::RefreshInDoubt, "session_expired"));
    assert!(app.resume().is_none());
}

#[test]
fn temporary_failure_does_not_end_the_session() {
    for response in [
        FakeResponse::failed(Code::Network),
        FakeResponse::new(503, "", ""),
        FakeResponse::new(429, "", ""),
        refusal("temporarily_unavailable"),
        FakeResponse::new(200, "text/html", "<h1>Welcome to our wifi"),
        FakeResponse::failed(Code::Redirected),
    ] {
        let app = expired();
        app.tab.responses.next("refresh", response);
        assert_eq!(app.token(Need::Use).unwrap_err().end_reason(), "");
        app.tab.pass_seconds(60);
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
        assert!(app.token(Need::Use).unwrap().renewed);
    }
}

#[test]
fn token_is_used_until_it_expires_if_it_cannot_be_refreshed() {
    let soon = |app: &App| app.tab.pass_seconds(3_560);
    let app = App::signed_in_with(json!({ "refresh_token": null }));
    soon(&app);
    assert!(app.token(Need::Use).unwrap().failure.is_none());
    assert_fails(app.token(FOR_A_MINUTE), Code::SessionExpired);
    app.tab.pass_seconds(40);
    assert_eq!(app.token(Need::Use).unwrap_err().end_reason(), "session_expired");
    for (response, expected) in [
        (FakeResponse::failed(Code::Network), "network"),
        (FakeResponse::new(503, "", ""), "http_status"),
        (FakeResponse::ok(&json!({})), "token_response_invalid"),
        (refusal("invalid_grant"), "refresh_rejected"),
    ] {
        let app = App::signed_in();
        soon(&app);
        app.tab.responses.next("refresh", response);
        let valid = app.token(Need::Use).unwrap();
        assert_eq!((valid.stored.session.access_token(), valid.renewed), (&*ehr::access_token(1), false));
        assert_eq!(valid.failure.unwrap().code().as_str(), expected);
        assert!(app.resume().is_some());
    }
    let app = App::signed_in();
    soon(&app);
    app.tab.offline.set(true);
    assert!(app.token(Need::Use).is_ok());
    assert_fails(app.token(FOR_A_MINUTE), Code::Network);
    app.tab.offline.set(false);
    let other = app.duplicate();
    other.tab.responses.hold("refresh");
    let key = app.key();
    let mut flow = other.token_flow(&key, Need::New);
    assert!(step(&mut flow).is_none());
    app.tab.lock_times_out.set(true);
    assert_eq!(app.token(Need::Use).unwrap().failure.unwrap().code(), Code::LockTimeout);
}

#[test]
fn session_without_a_refresh_token_cannot_be_refreshed_while_its_token_is_valid() {
    for expires_in in [json!(3_600), json!(null)] {
        let app = App::signed_in_with(json!({ "refresh_token": null, "expires_in": expires_in }));
        let error = app.token(Need::New).unwrap_err();
        assert_eq!(error.to_string(), "session_expired: the session has no refresh token");
        assert_eq!(error.end_reason(), "");
        assert!(app.token(Need::Use).is_ok());
    }
}

#[test]
fn server_that_is_down_gets_one_request_for_a_hundred_callers_at_growing_intervals() {
    let down = [
        ("session", FakeResponse::new(503, "", ""), (Code::HttpStatus, 503)),
        ("memory", FakeResponse::new(503, "", ""), (Code::HttpStatus, 503)),
        ("session", refusal("temporarily_unavailable"), (Code::TokenRefused, 400)),
    ];
    for (storage, response, expected) in down {
        let app = App::with_settings(json!({ "clients": [options()], "storage": storage }));
        app.sign_in(&ehr::tokens(1)).unwrap();
        app.tab.pass_seconds(3_601);
        app.tab.pace.set(2);
        app.tab.responses.always("refresh", response);
        let key = app.key();
        let mut requests = Vec::new();
        for second in 0..60 {
            for outcome in together((0..100).map(|_| app.token_flow(&key, Need::Use)).collect()) {
                let error = outcome.unwrap_err();
                assert_eq!((error.code(), error.status()), expected);
            }
            if app.tab.count("refresh") > requests.len() {
                requests.push(second);
            }
            assert_eq!(app.tab.count("refresh"), requests.len(), "one at a time");
            app.tab.pass_seconds(1);
        }
        assert_eq!(requests, [0, 1, 3, 7, 15, 31], "further apart each time");
        assert_fails(app.token(Need::New), expected.0);
        assert_eq!(app.tab.count("refresh"), 7, "an explicit refresh is sent at once");
        app.tab.pass_seconds(60);
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
        assert!(app.token(Need::Use).unwrap().renewed);
        app.tab.pass_seconds(3_601);
        assert_fails(app.token(Need::Use), expected.0);
        app.tab.pass_seconds(1);
        assert_fails(app.token(Need::Use), expected.0);
        assert_eq!(app.tab.count("refresh"), 10, "the delays start again after a success");
    }
}

#[test]
fn tabs_that_wait_share_a_failure() {
    let app = expired();
    let others = [app.duplicate(), app.duplicate()];
    app.tab.responses.hold("refresh");
    let key = app.key();
    let mut first = app.token_flow(&key, FOR_A_MINUTE);
    let mut waiting: Vec<_> = others.iter().map(|other| other.token_flow(&key, FOR_A_MINUTE)).collect();
    assert!(step(&mut first).is_none());
    assert!(waiting.iter_mut().all(|flow| step(flow).is_none()));
    app.tab.responses.next("refresh", FakeResponse::failed(Code::Timeout));
    app.tab.responses.release("refresh");
    assert_fails(run_flow(first), Code::Timeout);
    for flow in waiting {
        assert_fails(run_flow(flow), Code::Timeout);
    }
    assert!(others.iter().all(|other| other.tab.count("refresh") == 0));
}

#[test]
fn token_that_has_just_replaced_a_refused_one_is_not_refreshed_if_it_is_refused_too() {
    let app = App::signed_in();
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
    let mut token = ehr::access_token(1);
    for _ in 0..10 {
        token = app.token(Need::Instead(&token)).unwrap().stored.session.access_token().into();
        assert_eq!(token, ehr::access_token(2));
    }
    assert_eq!(app.tab.count("refresh"), 1);
    // After five minutes the refusal may have another reason, such as a withdrawn token.
    app.tab.pass_seconds(300);
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(3)));
    assert!(app.token(Need::Instead(&token)).unwrap().renewed);
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(4)));
    assert!(app.token(Need::New).unwrap().renewed);
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(5)));
    assert!(
        app.token(Need::Instead(&ehr::access_token(4))).unwrap().renewed,
        "that token did not replace a refused one"
    );
}

#[test]
fn older_copy_is_refreshed_if_the_server_does_not_replace_refresh_tokens() {
    for refresh_token in [json!(null), json!(ehr::refresh_token(1))] {
        let app = App::signed_in();
        let restored = app.duplicate();
        let refresh_token =
            |number| FakeResponse::ok(&ehr::with(ehr::tokens(number), json!({ "refresh_token": refresh_token })));
        for number in 2..5 {
            app.tab.responses.next("refresh", refresh_token(number));
            app.token(Need::New).unwrap();
        }
        app.tab.disconnect();
        app.tab.origin.locks.forget_notes();
        for number in 5..8 {
            restored.tab.responses.next("refresh", refresh_token(number));
            assert!(restored.token(Need::New).unwrap().renewed);
        }
        assert_eq!(restored.tab.last().field("refresh_token"), ehr::refresh_token(1));
    }
}

#[test]
fn tabs_of_a_server_that_does_not_replace_refresh_tokens_make_one_refresh() {
    let app = expired();
    let other = app.duplicate();
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::with(ehr::tokens(2), json!({ "refresh_token": null }))));
    app.token(FOR_A_MINUTE).unwrap();
    assert_eq!(other.token(FOR_A_MINUTE).unwrap().stored.session.access_token(), ehr::access_token(2));
    assert_eq!(other.tab.count("refresh"), 0);
}

#[test]
fn tokens_of_a_response_that_cannot_be_used_are_revoked_after_a_sign_out() {
    for changes in [json!({ "token_type": "mac" }), json!({ "scope": 7 }), json!({ "patient": "another" }), json!({})] {
        let app = expired();
        app.tab.responses.always("revocation", FakeResponse::new(200, "", ""));
        let response = FakeResponse::ok(&ehr::with(ehr::tokens(2), changes));
        assert_eq!(refresh_during(&app, || app.sign_out(""), response), Err(Code::SignedOut));
        let sent = app.tab.sent.borrow();
        let revoked: Vec<String> =
            sent.iter().filter(|sent| sent.purpose == "revocation").map(|sent| sent.field("token")).collect();
        let tokens = [1, 2].map(|number| [ehr::refresh_token(number), ehr::access_token(number)]);
        assert_eq!(revoked, tokens.concat());
    }
}

#[test]
fn refresh_token_whose_response_was_lost_is_sent_once_more() {
    let app = expired();
    for _ in 0..2 {
        app.tab.responses.next("refresh", FakeResponse::failed(Code::Network));
        assert_fails(app.token(FOR_A_MINUTE), Code::Network);
    }
    assert_fails(app.token(FOR_A_MINUTE), Code::RefreshInDoubt);
    assert_eq!(app.tab.count("refresh"), 2);
}

#[test]
fn session_continues_if_the_shared_record_is_lost() {
    let app = App::signed_in();
    for number in 2..5 {
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(number)));
        app.token(Need::New).unwrap();
        app.tab.origin.shared.borrow_mut().clear();
        app.tab.origin.locks.forget_notes();
    }
}

#[test]
fn session_in_memory_is_not_sent_to_other_tabs() {
    let app = App::with_settings(json!({ "clients": [options()], "storage": "memory" }));
    app.sign_in(&ehr::tokens(1)).unwrap();
    let other = app.duplicate();
    let shared = app.tab.origin.shared.borrow().clone();
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
    app.token(Need::New).unwrap();
    assert_eq!(*app.tab.origin.shared.borrow(), shared);
    assert!(other.tab.has_received_all());
}

#[test]
fn failure_is_shared_by_waiting_callers_and_the_next_call_sends_a_request() {
    let app = expired();
    app.tab.pace.set(3);
    app.tab.responses.next("refresh", FakeResponse::failed(Code::Network));
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
    let key = app.key();
    let outcomes = together((0..5).map(|_| app.token_flow(&key, FOR_A_MINUTE)).collect());
    assert!(outcomes.iter().all(|valid| code(valid) == "network"));
    assert_eq!(app.tab.count("refresh"), 1);
    assert!(app.token(FOR_A_MINUTE).unwrap().renewed);
}

#[test]
fn refresh_token_is_not_sent_from_a_device_that_is_offline() {
    let app = expired();
    app.tab.offline.set(true);
    assert_fails(app.token(FOR_A_MINUTE), Code::Network);
    assert_eq!(app.tab.count("refresh"), 0);
    app.tab.offline.set(false);
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
    assert!(app.token(FOR_A_MINUTE).unwrap().renewed);
}

#[test]
fn refresh_token_in_doubt_is_not_sent_while_the_server_does_not_respond() {
    let app = expired();
    app.tab.responses.next("refresh", FakeResponse::failed(Code::Network));
    assert_fails(app.token(FOR_A_MINUTE), Code::Network);
    app.tab.unreachable.set(true);
    assert_fails(app.token(FOR_A_MINUTE), Code::Network);
    assert_eq!(app.tab.count("refresh"), 1);
    app.tab.unreachable.set(false);
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
    assert!(app.token(FOR_A_MINUTE).unwrap().renewed);
}

/// The outcome of a refresh; `meanwhile` runs before its response arrives.
fn refresh_during<T>(app: &App, meanwhile: impl FnOnce() -> T, response: FakeResponse) -> Result<Value, Code> {
    app.tab.responses.hold("refresh");
    let key = app.key();
    let mut flow = app.token_flow(&key, FOR_A_MINUTE);
    (0..3).for_each(|_| assert!(step(&mut flow).is_none()));
    assert_eq!(app.tab.count("refresh"), 1, "the request is pending");
    meanwhile();
    app.tab.responses.next("refresh", response);
    app.tab.responses.release("refresh");
    let valid = run_flow(flow).map_err(|error| error.code())?;
    Ok(crate::app::value(valid.stored.session.json()))
}

#[test]
fn late_refresh_response_does_not_bring_a_session_back_after_a_sign_out() {
    for response in [FakeResponse::ok(&ehr::tokens(2)), refusal("invalid_grant"), FakeResponse::failed(Code::Network)] {
        let app = expired();
        app.tab.responses.always("revocation", FakeResponse::new(200, "", ""));
        let sign_out = || app.sign_out("");
        assert!(refresh_during(&app, sign_out, response).is_err());
        assert!(app.tab.records.under(SESSIONS).is_empty());
    }
}

#[test]
fn late_refresh_response_neither_replaces_nor_returns_a_newer_session() {
    for response in [FakeResponse::ok(&ehr::tokens(2)), refusal("invalid_grant")] {
        let app = expired();
        app.tab.responses.always("revocation", FakeResponse::new(200, "", ""));
        let outcome = refresh_during(&app, || app.sign_in(&ehr::tokens(7)).unwrap(), response);
        assert_eq!(outcome.unwrap_err(), Code::SignedOut);
        let session = app.resume().unwrap().session;
        assert_eq!(
            (session.access_token(), session.refresh_token()),
            (&*ehr::access_token(7), &*ehr::refresh_token(7))
        );
    }
}

#[test]
fn late_tokens_of_a_session_that_was_replaced_are_revoked() {
    let app = expired();
    app.tab.responses.always("revocation", FakeResponse::new(200, "", ""));
    refresh_during(&app, || app.sign_in(&ehr::tokens(7)).unwrap(), FakeResponse::ok(&ehr::tokens(2))).unwrap_err();
    let sent = app.tab.sent.borrow();
    let revoked: Vec<String> =
        sent.iter().filter(|sent| sent.purpose == "revocation").map(|sent| sent.field("token")).collect();
    assert_eq!(revoked, [ehr::refresh_token(2), ehr::access_token(2)]);
}

#[test]
fn tab_with_a_copy_uses_the_tokens_of_another_tab() {
    for is_informed in [true, false] {
        let app = expired();
        let other = app.duplicate();
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
        app.token(FOR_A_MINUTE).unwrap();
        if is_informed {
            other.receive_messages();
        }
        assert_eq!(other.token(FOR_A_MINUTE).unwrap().stored.session.access_token(), ehr::access_token(2));
        assert_eq!(other.tab.count("refresh"), 0);
    }
}

#[test]
fn used_refresh_token_is_not_sent_if_no_tab_has_the_new_one() {
    let app = expired();
    let other = app.duplicate();
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
    app.token(FOR_A_MINUTE).unwrap();
    app.tab.disconnect();
    assert_fails(other.token(FOR_A_MINUTE), Code::RefreshInDoubt);
    assert_eq!(other.tab.count("refresh"), 0);
}

#[test]
fn tab_with_a_copy_continues_with_the_refresh_token_of_another_tab() {
    let app = App::signed_in();
    let other = app.duplicate();
    let unusable_tokens = ehr::with(ehr::tokens(2), json!({ "token_type": "mac" }));
    app.tab.responses.next("refresh", FakeResponse::ok(&unusable_tokens));
    assert_fails(app.token(Need::New), Code::TokenTypeUnsupported);
    other.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(3)));
    assert_eq!(other.token(Need::New).unwrap().stored.session.access_token(), ehr::access_token(3));
    assert_eq!(other.tab.last().field("refresh_token"), ehr::refresh_token(2));
}

#[test]
fn session_of_another_tab_is_adopted_only_if_it_is_newer_and_of_the_same_sign_in() {
    let app = App::signed_in();
    let after = |record: &Value| {
        let (key, record) = (app.key(), record.to_string());
        run_flow(app.flow(|host| adopt(host, app.settings(), &key, &record))).unwrap().session.access_token().to_owned()
    };
    let stored_session: Value = serde_json::from_str(&app.tab.records.under(SESSIONS)[&app.key()]).unwrap();
    let other =
        |changes: Value| ehr::with(ehr::with(stored_session.clone(), json!({ "access_token": "another" })), changes);
    for changes in [
        json!({}),
        json!({ "generation": 2, "clientId": "another-app" }),
        json!({ "generation": 2, "state": "another-sign-in" }),
        json!({ "generation": 2, "v": 2 }),
    ] {
        assert_eq!(after(&other(changes.clone())), ehr::access_token(1), "{changes}");
    }
    assert_eq!(after(&other(json!({ "generation": 2 }))), "another");
}

#[test]
fn changed_patient_or_encounter_is_refused_and_the_new_refresh_token_kept() {
    for other in [json!({ "patient": "another" }), json!({ "encounter": "another" })] {
        let app = App::signed_in();
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::with(ehr::tokens(2), other)));
        assert_fails(app.token(Need::New), Code::LaunchContextInvalid);
        let session = app.resume().unwrap().session;
        assert_eq!(
            (session.access_token(), session.refresh_token()),
            (&*ehr::access_token(1), &*ehr::refresh_token(2))
        );
        assert_eq!(session.json().text("patient"), ehr::PATIENT);
    }
}

#[test]
fn new_refresh_token_is_kept_even_if_the_response_is_invalid() {
    let invalid_members = [
        (json!({ "token_type": "mac" }), Code::TokenTypeUnsupported),
        (json!({ "access_token": "" }), Code::TokenResponseInvalid),
        (json!({ "scope": 7 }), Code::TokenResponseInvalid),
    ];
    for (members, expected) in invalid_members {
        let app = App::signed_in();
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::with(ehr::tokens(2), members)));
        assert_fails(app.token(Need::New), expected);
        let session = app.resume().unwrap().session;
        assert_eq!(
            (session.access_token(), session.refresh_token()),
            (&*ehr::access_token(1), &*ehr::refresh_token(2))
        );
    }
}

#[test]
fn refresh_token_in_the_text_of_a_refusal_is_not_shown() {
    let description = format!("Invalid refresh token (expired): {}", ehr::refresh_token(1));
    let app = expired();
    app.tab.responses.next(
        "refresh",
        FakeResponse::json(400, &json!({ "error": "invalid_grant", "error_description": description })),
    );
    let error = app.token(FOR_A_MINUTE).unwrap_err();
    assert_eq!((error.code(), error.oauth().text("error")), (Code::RefreshRejected, "invalid_grant"));
    assert!(error.oauth().at("description").is_null());
}

#[test]
fn expired_token_is_refreshed_even_if_an_older_one_was_refused() {
    let app = expired();
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
    assert!(app.token(Need::Instead("an-older-one")).unwrap().renewed);
}

#[test]
fn launch_context_need_not_be_repeated() {
    for patient in [json!(null), json!(ehr::PATIENT)] {
        let app = expired();
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::with(ehr::tokens(2), json!({ "patient": patient }))));
        assert_eq!(app.token(FOR_A_MINUTE).unwrap().stored.session.json().text("patient"), ehr::PATIENT);
    }
}

#[test]
fn scope_of_the_refreshed_token_replaces_the_old_one() {
    let app = expired();
    app.tab
        .responses
        .next("refresh", FakeResponse::ok(&ehr::with(ehr::tokens(2), json!({ "scope": "patient/Patient.rs" }))));
    assert_eq!(app.token(FOR_A_MINUTE).unwrap().stored.session.json().text("granted"), "patient/Patient.rs");
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::with(ehr::tokens(3), json!({ "scope": null }))));
    assert_eq!(app.token(Need::New).unwrap().stored.session.json().text("granted"), "patient/Patient.rs");
}

#[test]
fn lifetime_is_five_minutes_if_the_server_states_none() {
    let app = App::signed_in_with(json!({ "expires_in": null }));
    app.tab.pass_seconds(239);
    assert!(!app.token(FOR_A_MINUTE).unwrap().renewed);
    app.tab.pass_seconds(1);
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
    assert!(app.token(FOR_A_MINUTE).unwrap().renewed);
}

#[test]
fn other_tabs_get_the_whole_refreshed_session_at_once() {
    for response in
        [FakeResponse::ok(&ehr::tokens(2)), FakeResponse::ok(&ehr::with(ehr::tokens(2), json!({ "patient": "bob" })))]
    {
        let app = expired();
        let other = app.duplicate();
        app.tab.responses.next("refresh", response);
        let outcome = app.token(FOR_A_MINUTE);
        let (_, kind, _, record) = other.tab.next_message().unwrap();
        let session: Value = serde_json::from_str(&record).unwrap();
        assert_eq!((kind.as_str(), &session["refresh_token"]), ("renewed", &json!("refresh-token-number-2")));
        // A tab with the new refresh token and the old access token would refresh again.
        assert_eq!(session["access_token"], ehr::access_token(if outcome.is_ok() { 2 } else { 1 }));
        assert!(other.tab.next_message().is_none());
    }
}

#[test]
fn rotated_token_that_cannot_be_stored_is_kept_in_memory_with_a_warning() {
    let app = expired();
    app.tab.records.full.set(true);
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
    let valid = app.token(FOR_A_MINUTE).unwrap();
    assert_eq!(warnings(valid.stored.session.json()), ["storage_unavailable"]);
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(3)));
    app.token(Need::New).unwrap();
    assert_eq!(app.tab.last().field("refresh_token"), ehr::refresh_token(2));
}

#[test]
fn two_clients_refresh_side_by_side() {
    let app = expired();
    let other = json!({ "clients": [ehr::with(crate::app::options(), json!({ "clientId": "another-app" }))] });
    let other = crate::app::json(&other);
    let other = smart_launch::protocol::settings::Settings::read(&other).unwrap();
    let record = app.tab.records.under(SESSIONS)[&app.key()].replace("growth-chart", "another-app");
    let record = record.replace(&app.state(0), "the state of another sign-in");
    let other_key =
        app.key().replace("growth-chart", "another-app").replace(&app.state(0), "the state of another sign-in");
    let key = app.key();
    app.tab.records.tab.borrow_mut().insert(other_key.clone(), record);
    app.tab.responses.hold("refresh");
    let access_token = smart_launch::flow::refresh::access_token;
    let mut first = app.flow(|host| access_token(host, app.settings(), &key, FOR_A_MINUTE));
    let mut second = app.flow(|host| access_token(host, other, &other_key, FOR_A_MINUTE));
    for _ in 0..3 {
        assert!(step(&mut first).is_none() && step(&mut second).is_none());
    }
    assert_eq!(app.tab.count("refresh"), 2);
}

#[test]
fn valid_until_is_the_time_until_which_no_request_is_needed() {
    for lifetime in [json!(3_600), json!(40), json!(null)] {
        for need in [Need::Use, Need::Seconds(0), FOR_A_MINUTE, Need::Seconds(600)] {
            let app = App::signed_in_with(json!({ "expires_in": lifetime }));
            let session = app.resume().unwrap().session;
            let until = || valid_until(&app.tab.host(), app.settings(), &session, need);
            let end = until().unwrap();
            app.tab.clock.set(end - 1);
            assert_eq!(until(), Some(end), "{need:?}");
            assert!(!app.token(need).unwrap().renewed, "{need:?}");
            app.tab.clock.set(end);
            assert_eq!(until(), None, "{need:?}");
            app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
            assert!(app.token(need).unwrap().renewed, "{need:?}");
        }
    }
}

#[test]
fn valid_until_is_none_for_a_token_that_is_to_be_replaced() {
    let app = App::signed_in();
    let session = app.resume().unwrap().session;
    for need in [Need::New, Need::Instead("another")] {
        assert_eq!(valid_until(&app.tab.host(), app.settings(), &session, need), None);
    }
}

#[test]
fn valid_until_has_no_end_for_a_session_without_an_expiry() {
    let app = App::signed_in_with(json!({ "expires_in": null, "refresh_token": null }));
    let session = app.resume().unwrap().session;
    assert_eq!(valid_until(&app.tab.host(), app.settings(), &session, Need::Use), Some(u64::MAX));
}

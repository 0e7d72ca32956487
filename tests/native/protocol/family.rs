use crate::app::{App, json};
use serde_json::json;
use smart_launch::error::{Code, Error};
use smart_launch::protocol::family::Family;
use smart_launch::protocol::session::Session;

const NOW: u64 = 1_700_000_000_000;

fn session() -> Session {
    App::signed_in().resume().unwrap().session
}

/// The record as another tab reads it.
fn read_back(mut family: Family) -> Family {
    Family::read(Some(family.to_text(NOW)))
}

/// A family whose server has sent `Retry-After` with this number of seconds.
fn with_retry_after(seconds: u64) -> Family {
    let mut family = Family::read(None);
    family.record_failure(&Error::new(Code::HttpStatus).with_status(429, Some(seconds)), true, NOW);
    read_back(family)
}

#[test]
fn record_is_stored_by_family_with_its_date() {
    let session = session();
    assert_eq!(Family::key(&session), ["smart-launch:family:", session.family()].concat());
    assert_eq!(Family::read(None).to_text(NOW), format!("{{\"v\":1,\"created\":{NOW}}}"));
}

#[test]
fn unreadable_record_counts_as_empty() {
    for record in ["", "{", "[]", r#"{"v":2,"ended":true,"generation":7}"#, r#"{"ended":true,"generation":7}"#] {
        let family = Family::read(Some(record.into()));
        assert!(!family.has_ended() && family.generation() == 0 && family.check(|_| true, NOW).is_ok(), "{record}");
    }
}

#[test]
fn family_ends_in_every_tab() {
    assert!(Family::read(Some(Family::ended_record("ended", NOW))).has_ended());
    assert!(!read_back(Family::read(None)).has_ended());
}

#[test]
fn attempts_are_counted_for_one_refresh_token() {
    let session = session().with_refresh_token("one");
    let mut family = Family::read(None);
    assert_eq!(family.unanswered(&session), 0);
    family.set_unanswered(&session, 2);
    let family = read_back(family);
    assert_eq!((family.unanswered(&session), family.generation()), (2, session.generation()));
    assert_eq!(family.unanswered(&session.with_refresh_token("another")), 0);
}

#[test]
fn token_in_doubt_has_failed_only_if_the_last_error_is_refresh_in_doubt() {
    let session = session();
    let mut family = Family::read(None);
    for (times, code, expected) in
        [(2, Code::Network, false), (2, Code::RefreshInDoubt, true), (1, Code::RefreshInDoubt, false)]
    {
        family.set_unanswered(&session, times);
        family.record_failure(&Error::new(code), false, NOW);
        family = read_back(family);
        assert_eq!(family.has_failed_in_doubt(&session), expected, "{times} {code:?}");
    }
}

#[test]
fn no_refresh_is_attempted_before_retry_after_has_passed() {
    let family = with_retry_after(5);
    for (later, seconds) in [(0, 5), (1, 5), (1_000, 4), (4_999, 1)] {
        let error = family.check(|_| true, NOW + later).unwrap_err();
        assert_eq!((error.code(), error.status(), error.retry_after()), (Code::HttpStatus, 429, Some(seconds)));
    }
    assert!(family.check(|_| true, NOW + 5_000).is_ok() && family.check(|_| true, NOW + 5_001).is_ok());
}

#[test]
fn clock_that_was_set_back_does_not_make_the_wait_longer() {
    let family = with_retry_after(300);
    assert!(family.check(|_| true, NOW).is_err());
    assert!(family.check(|_| true, NOW - 1).is_ok());
}

#[test]
fn delay_grows_with_each_failure_except_for_eager_callers() {
    let failure = Error::new(Code::HttpStatus).with_status(503, None);
    let mut family = Family::read(None);
    for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
        family.record_failure(&failure, true, NOW);
        family = read_back(family);
        let error = family.check(|_| false, NOW + seconds * 1_000 - 1).unwrap_err();
        assert_eq!((error.code(), error.status(), error.retry_after()), (Code::HttpStatus, 503, None), "{seconds}");
        assert!(family.check(|_| false, NOW + seconds * 1_000).is_ok() && family.check(|_| true, NOW).is_ok());
    }
    family.record_failure(&Code::Network.into(), false, NOW);
    assert!(family.check(|_| false, NOW).is_ok(), "a failure without a response causes no pause");
    family.record_success();
    assert_eq!((family.failures(), family.check_no_failure_since(9).is_ok()), (0, true));
}

#[test]
fn failure_is_returned_to_callers_that_started_before_it() {
    let mut family = Family::read(None);
    assert!(family.check_no_failure_since(0).is_ok());
    let error_body = json(&json!({ "error": "invalid_client" }));
    family.record_failure(
        &Error::new(Code::TokenRefused).with_oauth(error_body).with_end_reason("session_expired"),
        true,
        NOW,
    );
    let family = read_back(family);
    let error = family.check_no_failure_since(0).unwrap_err();
    assert_eq!((error.code(), error.oauth().text("error")), (Code::TokenRefused, "invalid_client"));
    assert_eq!(error.end_reason(), "session_expired");
    assert!(family.check_no_failure_since(1).is_ok());
}

#[test]
fn refresh_token_is_spent_only_if_another_was_issued() {
    let old = session();
    let mut family = Family::read(None);
    let renewed = old.clone().at_least(3);
    family.set_unanswered(&renewed, 0);
    assert_eq!((family.generation(), family.has_spent(&old)), (3, false));
    let rotated = renewed.with_refresh_token("another");
    family.set_unanswered(&rotated, 0);
    assert!(family.has_spent(&old) && family.has_spent(&renewed) && !family.has_spent(&rotated));
    let mut received = Family::read(None);
    received.apply_lock_note(&family.lock_note());
    assert!(received.has_spent(&old) && !received.has_spent(&rotated));
    received.apply_lock_note("");
    assert_eq!(received.generation(), 4);
}

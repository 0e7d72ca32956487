use crate::app::{App, json};
use serde_json::json;
use smart_launch::error::Code;
use smart_launch::protocol::family::Family;
use smart_launch::protocol::http::Response;
use smart_launch::protocol::session::Session;

const NOW: u64 = 1_700_000_000_000;

fn session() -> Session {
    App::signed_in().resume().unwrap().session
}

/// The note as another tab reads it.
fn read_back(mut family: Family) -> Family {
    Family::read(Some(family.to_text(NOW)))
}

/// A family whose server wants to be left alone for so many seconds from now.
fn left_alone(seconds: u64) -> Family {
    let mut family = Family::read(None);
    family.heed(&Response(json(&json!({ "status": 429, "retryAfter": seconds }))), NOW);
    read_back(family)
}

#[test]
fn note_is_kept_by_family_and_dated() {
    let session = session();
    assert_eq!(Family::key(&session), ["smart-launch:family:", session.family()].concat());
    assert_eq!(Family::read(None).to_text(NOW), format!("{{\"v\":1,\"created\":{NOW}}}"));
}

#[test]
fn note_that_cannot_be_read_says_nothing() {
    for note in ["", "{", "[]", r#"{"v":2,"ended":true,"generation":7}"#, r#"{"ended":true,"generation":7}"#] {
        let family = Family::read(Some(note.into()));
        assert!(!family.has_ended() && family.generation() == 0 && family.check(NOW).is_ok(), "{note}");
    }
}

#[test]
fn family_ends_in_every_tab() {
    assert!(Family::read(Some(Family::ended(NOW))).has_ended());
    assert!(!read_back(Family::read(None)).has_ended());
}

#[test]
fn what_was_sent_is_counted_of_one_refresh_token() {
    let session = session().with_refresh_token(&"one".into());
    let mut family = Family::read(None);
    assert_eq!(family.sent(&session), 0);
    family.set_sent(&session, 2);
    let family = read_back(family);
    assert_eq!((family.sent(&session), family.generation()), (2, session.generation()));
    assert_eq!(family.sent(&session.with_refresh_token(&"another".into())), 0);
}

#[test]
fn server_is_left_alone_as_long_as_it_asked() {
    let family = left_alone(5);
    for (later, seconds) in [(0, 5), (1, 5), (1_000, 4), (4_999, 1)] {
        let error = family.check(NOW + later).unwrap_err();
        assert_eq!((error.code(), error.status(), error.retry_after()), (Code::HttpStatus, 429, Some(seconds)));
    }
    assert!(family.check(NOW + 5_000).is_ok() && family.check(NOW + 5_001).is_ok());
}

#[test]
fn clock_that_was_set_back_does_not_make_the_wait_longer() {
    let family = left_alone(300);
    assert!(family.check(NOW).is_err());
    assert!(family.check(NOW - 1).is_ok());
}

#[test]
fn answer_that_asks_for_no_wait_changes_nothing() {
    let mut family = left_alone(5);
    family.heed(&Response(json(&json!({ "status": 503, "retryAfter": null }))), NOW);
    assert_eq!(family.check(NOW).unwrap_err().status(), 429);
}

//! An accepted record is complete and of this version, and is written as it was read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use smart_launch::protocol::authorization::AuthorizationRequest;
use smart_launch::protocol::family::Family;
use smart_launch::protocol::json::Json;
use smart_launch::protocol::record::{is_stale, versioned};
use smart_launch::protocol::session::Session;
use smart_launch_fuzz::{serde, value};

fuzz_target!(|text: &str| {
    let record = versioned(text);
    if let Some(record) = &record {
        let theirs = serde(text);
        assert!(theirs.is_none_or(|theirs| theirs["v"] == 1 && value(record) == Some(theirs)));
        assert!(versioned(&record.to_text()).as_ref() == Some(record), "is not read back");
        assert!(versioned(&AuthorizationRequest::from_expected(record.clone()).to_used().to_record()).is_some());
        let _ = is_stale(record, NOW, 3_600_000);
    }
    let Some(session) = Session::from_record(text) else { return };
    // The record of the token family may be any text, too.
    let mut family = Family::read(Some(text.into()));
    let wait_seconds = family.check(|_| false, NOW).err().and_then(|error| error.retry_after());
    assert!(wait_seconds.is_none_or(|seconds| (1..=300).contains(&seconds)));
    assert!(family.unanswered(&session) == 0 || family.generation() == session.generation());
    family.set_unanswered(&session, 2);
    let family = Family::read(Some(family.to_text(NOW)));
    assert!(family.unanswered(&session) == 2 && family.generation() == session.generation());
    let mut stored = record.expect("a record");
    stored.set("returnTo", Json::NULL);
    assert!(&stored == session.json(), "except for the members that are returned once, a session is the stored one");
    let restored = Session::from_record(&session.json().to_text()).expect("is read back");
    assert!(restored.json() == session.json() && restored.has_same_token(&session));
    assert_eq!(restored.key(), session.key());
    let key = session.key();
    let (channel, family) = key.split_at(key.len() - session.family().len());
    assert!(channel.starts_with("smart-launch:session:") && channel.bytes().all(|byte| byte.is_ascii_graphic()));
    assert_eq!((channel, family), (&*format!("{}:1:", session.channel()), session.family()));
    assert!(!session.access_token().is_empty() && !session.json().text("tokenEndpoint").is_empty());
    assert_eq!(format!("{session:?}"), "Session(Json(…))");
    for lifetime in [0, 60, u64::MAX] {
        // A session that is fresh now was fresh before, and is fresh for a shorter required lifetime.
        let is_past = session.json().at("issued").number().is_some_and(|issued| issued < NOW);
        assert!(!is_past || !session.is_fresh(NOW, lifetime, 300) || session.is_fresh(NOW - 1, lifetime, 300));
        assert!(!session.is_fresh(NOW, lifetime, 300) || session.is_fresh(NOW, 0, 300));
    }
    assert!(!session.is_expired(NOW) || session.is_expired(u64::MAX));
    let without_refresh = session.with_refresh_token("").with_warning("storage_unavailable");
    assert!(
        without_refresh.refresh_token().is_empty()
            && without_refresh.json().at("warnings").lists("storage_unavailable")
    );
    assert_eq!(without_refresh.access_token(), session.access_token());
});

const NOW: u64 = 1_700_000_000_000;

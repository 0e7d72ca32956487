use super::{CLOCK, NOW, checked, claims, refused, session, sign_in};
use crate::app::json;
use crate::arbitrary::cases;
use crate::ehr;
use proptest::option::weighted;
use proptest::prelude::*;
use serde_json::{Value, json};
use smart_launch::error::Code;
use smart_launch::protocol::claims::Claims;
use smart_launch::protocol::id_token::{Clock, check};
use smart_launch::protocol::json::Json;
use smart_launch::protocol::record::Record;
use smart_launch::protocol::warning::Warnings;

const DAY: u64 = 86_400;

/// The result of a sign-in with these times, with a clock that may be off by `skew`.
fn timed(times: Value, skew: u64) -> String {
    refused(checked(&ehr::with(claims(), times), &sign_in(), Clock { skew, ..CLOCK }, false))
}

#[test]
fn token_ends_at_its_exp() {
    for skew in [1, 60, 300] {
        assert_eq!(timed(json!({ "exp": NOW - skew }), skew), "exp");
        assert_eq!(timed(json!({ "exp": NOW - skew + 1 }), skew), "ok");
    }
    assert_eq!(timed(json!({ "exp": u64::MAX }), 60), "ok");
    assert_eq!(timed(json!({ "exp": null }), 60), "exp");
}

#[test]
fn token_begins_at_its_nbf_if_it_has_one() {
    for skew in [1, 60, 300] {
        assert_eq!(timed(json!({ "nbf": NOW + skew }), skew), "ok");
        assert_eq!(timed(json!({ "nbf": NOW + skew + 1 }), skew), "nbf");
    }
    assert_eq!(timed(json!({ "nbf": 0 }), 60), "ok");
    assert_eq!(timed(json!({ "nbf": u64::MAX }), 60), "nbf");
}

#[test]
fn requested_token_was_issued_within_a_day() {
    for skew in [1, 60, 300] {
        assert_eq!(timed(json!({ "iat": NOW + skew }), skew), "ok");
        assert_eq!(timed(json!({ "iat": NOW + skew + 1 }), skew), "iat");
        assert_eq!(timed(json!({ "iat": NOW - DAY - skew }), skew), "ok");
        assert_eq!(timed(json!({ "iat": NOW - DAY - skew - 1 }), skew), "iat");
    }
    assert_eq!(timed(json!({ "iat": null }), 60), "iat");
    let refreshed =
        |iat| refused(checked(&ehr::with(claims(), json!({ "iat": iat })), &session(claims()), CLOCK, false));
    assert_eq!((&*refreshed(0), &*refreshed(NOW + 60), &*refreshed(NOW + 61)), ("ok", "ok", "iat"));
}

/// The result of a sign-in that requested `max_age`.
fn aged(max_age: u64, changes: Value, clock: Clock, strict: bool) -> (String, Value) {
    let outcome =
        checked(&ehr::with(claims(), changes), &ehr::with(sign_in(), json!({ "maxAge": max_age })), clock, strict);
    let warned = outcome.as_ref().map_or(Value::Null, Clone::clone);
    (refused(outcome), warned)
}

#[test]
fn auth_time_is_within_max_age() {
    for max_age in [0, 300, 3_600] {
        for skew in [1, 60, 300] {
            let clock = Clock { skew, ..CLOCK };
            let outcome = |time: u64| aged(max_age, json!({ "auth_time": time }), clock, true).0;
            assert_eq!((&*outcome(NOW - max_age - skew), &*outcome(NOW - max_age - skew - 1)), ("ok", "auth_time"));
            assert_eq!((&*outcome(NOW + skew), &*outcome(NOW + skew + 1)), ("ok", "auth_time"));
        }
    }
    assert_eq!(aged(3_600, json!({ "auth_time": NOW - 36_000 }), CLOCK, false).0, "auth_time");
    for time in [json!((NOW - 9).to_string()), json!([NOW]), json!(true), json!(-1)] {
        assert_eq!(aged(3_600, json!({ "auth_time": time }), CLOCK, false).0, "auth_time", "{time}");
    }
    assert_eq!(aged(u64::MAX, json!({ "auth_time": 0 }), CLOCK, true).0, "ok");
    // `max_age` was not requested.
    assert_eq!(timed(json!({ "auth_time": NOW - 360_000 }), 60), "ok");
}

#[test]
fn missing_auth_time_is_a_warning_if_max_age_was_requested() {
    assert_eq!(aged(300, json!({}), CLOCK, false), ("ok".into(), json!(["auth_time_missing"])));
    assert_eq!(aged(300, json!({}), CLOCK, true).0, "id_token_invalid");
}

#[test]
fn clock_skew_is_reported_for_a_user_who_signed_in_just_now() {
    let clock = Clock { now: NOW + 250, skew: 60, server: Some(NOW) };
    assert_eq!(aged(60, json!({ "auth_time": NOW }), clock, false).0, "clock_skew");
}

/// The result of a sign-in with a time in this notation.
fn written(name: &str, date: &str) -> String {
    let claims_text = ehr::with(claims(), json!({ name: 7_654_321 })).to_string().replace("7654321", date);
    let mut warnings = Warnings::new(false, Code::IdTokenInvalid);
    let claims = Claims::new(Json::parse(&claims_text).expect("JSON"));
    refused(check(&claims, Record::new(&json(&sign_in())), CLOCK, &mut warnings))
}

#[test]
fn fraction_of_a_second_is_cut_off() {
    for (name, date, expected) in [
        ("exp", "1699999941.999", "ok"),
        ("exp", "1699999940.999", "exp"),
        ("nbf", "1700000060.999", "ok"),
        ("iat", "1700000060.5", "ok"),
        ("iat", "1700000061.0", "iat"),
    ] {
        assert_eq!(written(name, date), expected, "{name} {date}");
    }
}

#[test]
fn number_with_an_exponent_is_refused() {
    for name in ["exp", "nbf", "iat"] {
        for date in ["1.7e9", "1700000000.0e0", "1700000000.0E-9", "9.9e99", "17e8", "1700000000e0"] {
            assert_eq!(written(name, date), name, "{date}");
        }
    }
}

#[test]
fn time_is_a_number_that_is_not_negative() {
    for name in ["exp", "nbf", "iat"] {
        for date in [
            "-1",
            "-0",
            "-1.5",
            "\"1700000000\"",
            "true",
            "[1700000000]",
            "{}",
            "18446744073709551616",
            "99999999999999999999999",
        ] {
            assert_eq!(written(name, date), name, "{date}");
        }
    }
}

#[test]
fn clock_skew_is_reported_only_if_the_server_s_clock_explains_it() {
    let valid_then = |then: u64| json!({ "exp": then + 300, "iat": then });
    for (times, server, expected) in [
        // The device is an hour fast, or slow.
        (valid_then(NOW - 3_600), Some(NOW - 3_600), "clock_skew"),
        (valid_then(NOW + 3_600), Some(NOW + 3_600), "clock_skew"),
        // The server does not send its time.
        (valid_then(NOW - 3_600), None, "exp"),
        (valid_then(NOW + 3_600), None, "iat"),
        // The clocks agree, so the token is wrong.
        (valid_then(NOW - 3_600), Some(NOW), "exp"),
        // Clocks agree if they differ by at most the skew, which is 60 seconds here.
        (valid_then(NOW - 361), Some(NOW - 60), "exp"),
        (valid_then(NOW - 361), Some(NOW - 61), "clock_skew"),
        (valid_then(NOW + 61), Some(NOW + 60), "iat"),
        (valid_then(NOW + 61), Some(NOW + 61), "clock_skew"),
        // The clocks differ, but the token is not valid by the server's clock either.
        (valid_then(NOW - 3_600), Some(NOW + 3_600), "exp"),
        (json!({ "exp": NOW - 3_600 }), Some(NOW - 7_200), "exp"),
        (json!({ "exp": null }), Some(NOW - 3_600), "exp"),
        // A token that is valid by the device's clock is accepted for every time of the server.
        (json!({}), Some(0), "ok"),
        (json!({}), Some(u64::MAX), "ok"),
    ] {
        let outcome = checked(&ehr::with(claims(), times.clone()), &sign_in(), Clock { server, ..CLOCK }, false);
        assert_eq!(refused(outcome), expected, "{times} {server:?}");
    }
}

#[test]
fn clock_at_either_end_of_time_does_not_overflow() {
    for now in [0, 1, u64::MAX - 1, u64::MAX] {
        let times = json!({ "exp": u64::MAX, "iat": now, "nbf": now });
        let outcome =
            checked(&ehr::with(claims(), times), &sign_in(), Clock { now, skew: 300, server: Some(now) }, false);
        assert_eq!(refused(outcome), "ok", "{now}");
    }
}

/// A time around now.
fn around() -> impl Strategy<Value = i128> {
    prop_oneof![-400..400_i128, -90_000..90_000_i128, Just(-(NOW as i128)), Just(i128::from(u64::MAX - NOW))]
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn times_are_compared_as_the_rules_say(
        exp in around(), iat in around(), nbf in weighted(0.5, around()), skew in 1..=300_u64,
        server in weighted(0.5, around()), is_refresh in any::<bool>(),
    ) {
        let at = |offset: i128| u64::try_from(i128::from(NOW) + offset).unwrap();
        let times = json!({ "exp": at(exp), "iat": at(iat), "nbf": nbf.map(at) });
        let record = if is_refresh { session(claims()) } else { sign_in() };
        let clock = Clock { now: NOW, skew, server: server.map(at) };
        let outcome = refused(checked(&ehr::with(claims(), times), &record, clock, false));
        let skew = i128::from(skew);
        // The expected outcome by a clock that is ahead of `NOW` by `offset` seconds.
        let expected = |offset: i128| {
            if exp - offset <= -skew {
                "exp"
            } else if nbf.is_some_and(|nbf| nbf - offset > skew) {
                "nbf"
            } else if iat - offset > skew || (!is_refresh && iat - offset < -skew - i128::from(DAY)) {
                "iat"
            } else {
                "ok"
            }
        };
        let is_explained_by = |offset: i128| offset.abs() > skew && expected(offset) == "ok";
        let explained = expected(0) != "ok" && server.is_some_and(is_explained_by);
        // The skew cannot be subtracted from a clock that is at 0.
        prop_assume!(server != Some(-(NOW as i128)));
        prop_assert_eq!(outcome, if explained { "clock_skew" } else { expected(0) });
    }
}

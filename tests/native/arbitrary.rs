//! Arbitrary values for property tests.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value};
use std::env;

/// Number of cases of a property test; `PROPTEST_CASES` can lower it.
pub fn cases(cases: u32) -> ProptestConfig {
    let limit = env::var("PROPTEST_CASES").ok().and_then(|limit| limit.parse().ok()).unwrap_or(cases);
    ProptestConfig { cases: cases.min(limit), failure_persistence: None, ..ProptestConfig::default() }
}

/// Text of any characters; some are more likely than others.
pub fn text() -> impl Strategy<Value = String> {
    let special = proptest::sample::select(vec![
        '"', '\\', '/', '%', '+', '&', '=', ' ', '?', '#', '<', '\0', '\n', '\r', '\t', '\x1b', '\x7f', '\u{a0}',
        '\u{202e}', '\u{ffff}', '💡', 'é',
    ]);
    vec(prop_oneof![special, any::<char>(), proptest::char::range('a', 'z')], 0..24)
        .prop_map(|characters| characters.into_iter().collect())
}

/// JSON of at most a few levels.
pub fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e20..1e20).prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![vec(inner.clone(), 0..6).prop_map(Value::from), object_of(inner).prop_map(Value::from)]
    })
}

/// A JSON object.
pub fn object() -> impl Strategy<Value = Value> {
    object_of(json()).prop_map(Value::from)
}

fn object_of(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
    vec((text(), values), 0..6).prop_map(|members| members.into_iter().collect())
}

/// Parts of a syntax in random order.
pub fn pieces(pieces: &'static [&'static str], limit: usize) -> impl Strategy<Value = String> {
    vec(proptest::sample::select(pieces), 0..limit).prop_map(|pieces| pieces.concat())
}

//! JSON is parsed as serde_json parses it, rejected only for a real reason, and serialized as ASCII text that is parsed to an
//! equal value.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use smart_launch::protocol::json::{Flaw, Json};
use smart_launch_fuzz::{is_out_of_range, value};
use std::collections::HashSet;
use std::fmt;

fuzz_target!(|text: &str| {
    let ours = Json::parse(text);
    match (&ours, serde_json::from_str::<Value>(text)) {
        (Ok(ours), Ok(theirs)) => {
            assert_eq!(value(ours).expect("numbers in range").to_string(), theirs.to_string());
            assert!(serde_json::from_str::<Shape>(text).expect("JSON").is_within_limits());
        }
        (Ok(_), Err(error)) => assert!(is_out_of_range(&error), "accepted only by our parser: {error}"),
        (Err(flaw), Ok(_)) => {
            let shape = serde_json::from_str::<Shape>(text).expect("JSON");
            let is_justified = match flaw {
                Flaw::Duplicate => shape.repeats,
                Flaw::TooDeep => shape.depth > MAX_DEPTH,
                Flaw::TooMany => shape.members > MAX_MEMBERS || shape.values > MAX_VALUES,
                Flaw::Empty | Flaw::Syntax => false,
            };
            assert!(is_justified, "refused only by our parser: {flaw:?}");
        }
        (Err(_), Err(_)) => {}
    }
    if let Ok(ours) = ours {
        let written = ours.to_text();
        assert!(written.is_ascii());
        assert!(Json::parse(&written) == Ok(ours.clone()), "is not read back: {written}");
        assert!(Json::parse_own(text) == Ok(ours), "`parse_own` reads the text differently");
    }
});

/// Depth, numbers of values and repeated members of a JSON text. serde_json's values have no repeated members.
#[derive(Default)]
struct Shape {
    /// Nesting levels above the deepest value.
    depth: usize,
    /// Number of members in the largest object.
    members: usize,
    /// Number of all values.
    values: usize,
    /// Whether an object repeats a member.
    repeats: bool,
}

impl Shape {
    fn is_within_limits(&self) -> bool {
        !self.repeats && self.depth <= MAX_DEPTH && self.members <= MAX_MEMBERS && self.values <= MAX_VALUES
    }

    fn add(&mut self, inner: &Self) {
        self.depth = self.depth.max(inner.depth + 1);
        self.members = self.members.max(inner.members);
        self.values += inner.values;
        self.repeats |= inner.repeats;
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct ShapeVisitor;

/// The shape of a value without members.
const LEAF: Shape = Shape { depth: 0, members: 0, values: 1, repeats: false };

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(LEAF)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
        Ok(LEAF)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(LEAF)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(LEAF)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
        Ok(LEAF)
    }

    fn visit_str<E>(self, _: &str) -> Result<Shape, E> {
        Ok(LEAF)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Shape, A::Error> {
        let mut shape = LEAF;
        while let Some(item) = items.next_element()? {
            shape.add(&item);
        }
        Ok(shape)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Shape, A::Error> {
        let (mut shape, mut names) = (LEAF, HashSet::new());
        while let Some((name, inner)) = members.next_entry::<String, Shape>()? {
            shape.add(&inner);
            shape.repeats |= !names.insert(name);
        }
        shape.members = shape.members.max(names.len());
        Ok(shape)
    }
}

const MAX_DEPTH: usize = 32;
const MAX_MEMBERS: usize = 1_024;
const MAX_VALUES: usize = 20_000;

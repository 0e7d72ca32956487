//! Encoded fields are decoded as browsers decode them, or rejected. The first line of an input is a field's name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use smart_launch::protocol::form::{append, decode, encode, find, pairs};
use smart_launch::protocol::url::Url;
use smart_launch_fuzz::{BASE, fields, values};

fuzz_target!(|text: &str| {
    let (name, encoded) = text.split_once('\n').unwrap_or(("code", text));
    assert_decodes(encoded);
    let theirs = fields(encoded);
    let ours: Vec<_> = pairs(encoded).filter(|pair| *pair != ("", "")).collect();
    for (name, value) in ours.iter().filter(|(name, value)| decode(name).is_ok() && decode(value).is_ok()) {
        let pair = (decode(name).expect("decoded"), decode(value).expect("decoded"));
        assert!(theirs.contains(&pair), "{pair:?}");
    }
    // Browsers accept malformed names, for which the results are not compared.
    if !name.is_empty() && !name.contains(['%', '\u{fffd}']) {
        assert_finds(encoded, name, &values(&theirs, name));
    }
    let written = encode(&[(name, encoded), ("x", "y")]);
    assert!(written.bytes().all(|byte| byte.is_ascii_graphic()));
    let mut expected = vec![(name.to_owned(), encoded.to_owned()), ("x".into(), "y".into())];
    expected.retain(|(_, value)| !value.is_empty());
    assert_eq!(fields(&written), expected);
    let url = url::Url::parse(&append(&Url::parse(BASE).expect("a URL"), &written)).expect("a URL");
    assert_eq!(url.query_pairs().into_owned().collect::<Vec<_>>(), expected);
});

fn assert_finds(encoded: &str, name: &str, values: &[&str]) {
    let (first, count) = find(encoded, name);
    assert_eq!(count, values.len());
    if let (Ok(first), [value, ..]) = (decode(first), values) {
        assert_eq!(first, *value);
    }
}

fn assert_decodes(encoded: &str) {
    let theirs = fields(&format!("x={}", encoded.replace('&', "%26"))).remove(0).1;
    match decode(encoded) {
        Ok(ours) => assert_eq!(ours, theirs),
        Err(_) => {
            let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
            let bytes = encoded.as_bytes();
            let is_malformed =
                |at: usize| bytes[at] == b'%' && !(is_digit(bytes.get(at + 1)) && is_digit(bytes.get(at + 2)));
            assert!((0..bytes.len()).any(is_malformed) || theirs.contains('\u{fffd}'), "refused only by our parser");
        }
    }
}

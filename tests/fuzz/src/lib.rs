//! Functions for all targets: third-party parsers as oracles, and their intended differences from our parsers.

use serde_json::Value;
use smart_launch::error::{Code, Error};
use smart_launch::protocol::json::{self, Json};
use std::fmt::Debug;
use url::{Host, Url, form_urlencoded};

/// The FHIR base URL of the targets.
pub const BASE: &str = "https://ehr.example/fhir";
/// The issuer of the server at that FHIR base URL.
pub const ISSUER: &str = "https://ehr.example";
/// The redirect URI.
pub const REDIRECT: &str = "https://app.example/back";

/// A text that our parser has accepted, as serde_json parses it; `None` if it has a number outside the range of a double, which
/// our parser keeps as text.
#[must_use]
pub fn serde(text: &str) -> Option<Value> {
    match serde_json::from_str(text) {
        Ok(value) => Some(value),
        Err(error) => {
            assert!(is_out_of_range(&error), "read only by our parser: {error}");
            None
        }
    }
}

/// Whether serde_json rejects only a number outside the range of a double.
#[must_use]
pub fn is_out_of_range(error: &serde_json::Error) -> bool {
    error.to_string().contains("number out of range")
}

/// Our parser's value, converted member by member; `None` for a number outside the range of a double.
#[must_use]
pub fn value(ours: &Json) -> Option<Value> {
    Some(match ours.value() {
        None => Value::Null,
        Some(json::Value::Bool(value)) => Value::from(*value),
        Some(json::Value::Number(digits)) => serde_json::from_str(digits).ok()?,
        Some(json::Value::Text(text)) => Value::from(text.as_str()),
        Some(json::Value::List(items)) => Value::Array(items.iter().map(value).collect::<Option<_>>()?),
        Some(json::Value::Object(members)) => Value::Object(
            members.iter().map(|(name, member)| Some((name.clone(), value(member)?))).collect::<Option<_>>()?,
        ),
    })
}

/// Converts serde_json's value to ours.
#[must_use]
pub fn json(value: &Value) -> Json {
    Json::parse_own(&value.to_string()).expect("JSON")
}

/// A URL as browsers serialize it; `None` if they reject it.
#[must_use]
pub fn browser_url(text: &str) -> Option<Url> {
    Url::parse(text).ok().map(encode_caret)
}

/// Encodes `^` in a path, which the URL Standard requires since 2023 and the url crate does not do yet.
#[must_use]
pub fn encode_caret(mut url: Url) -> Url {
    if url.path().contains('^') {
        let path = url.path().replace('^', "%5E");
        url.set_path(&path);
    }
    url
}

/// Whether our parser and the url crate may serialize a text differently: browsers trim spaces, and ours encodes them;
/// the url crate protects a path segment like a drive letter from `..` in every scheme, the URL Standard only in `file:`;
/// browsers keep a backslash after the path, and ours encodes it.
#[must_use]
pub fn is_serialized_differently(text: &str) -> bool {
    let is_drive_letter = |part: &str| matches!(part.as_bytes(), [letter, b':' | b'|'] if letter.is_ascii_alphabetic());
    text.starts_with(' ')
        || text.ends_with(' ')
        || text.contains('\\')
        || text.split(['/', '?', '#']).any(is_drive_letter)
}

/// Whether the host has a Punycode label. Our parser does not decode the label, and browsers reject a label that encodes nothing.
#[must_use]
pub fn has_punycode(origin: &str) -> bool {
    origin.split(['/', '.']).any(|label| label.starts_with("xn--"))
}

/// Whether the host is loopback.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Asserts the properties of every URL that may be contacted. `loopback`: whether loopback is permitted.
pub fn assert_permitted(text: &str, loopback: bool) {
    let Some(url) = browser_url(text) else {
        assert!(has_punycode(text), "no browser accepts {text:?}");
        return;
    };
    if !is_serialized_differently(text) {
        assert_eq!(url.as_str(), text, "is in normal form");
    }
    assert!(url.username().is_empty() && url.password().is_none(), "{text:?} has user info");
    if is_loopback(&url) {
        assert!(loopback, "{text:?} is loopback");
    } else {
        assert_eq!(url.scheme(), "https", "{text:?}");
    }
    if let Some(Host::Ipv4(address)) = url.host() {
        assert!(!address.is_link_local() && !address.is_unspecified(), "{text:?}");
    }
}

/// The fields of form-encoded text as browsers parse them.
#[must_use]
pub fn fields(encoded: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded.as_bytes()).into_owned().collect()
}

/// The values of a field.
#[must_use]
pub fn values<'a>(fields: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value.as_str()).collect()
}

/// Query and fragment of a URL, unchanged.
#[must_use]
pub fn parts(url: &str) -> (&str, &str) {
    let (before, fragment) = url.split_once('#').unwrap_or((url, ""));
    (before.split_once('?').map_or("", |(_, query)| query), fragment)
}

/// The fields after the path of a hash router in a fragment; empty if there is no such path.
pub fn fields_in_route(fragment: &str) -> &str {
    match fragment.split_once('?') {
        Some((path, fields)) if !path.contains(['=', '&']) => fields,
        None if !fragment.contains(['=', '&']) => "",
        _ => fragment.strip_prefix(['/', '!']).map_or("", |rest| rest.trim_start_matches(['/', '!'])),
    }
}

/// The complete text of an outcome.
pub fn debug_text<T: Debug>(outcome: &Result<T, Error>) -> String {
    match outcome {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("{error} {error:?} {}", error.to_json().to_text()),
    }
}

/// Asserts that an error can be serialized, and that the server's text in it is limited in length and has no hidden characters.
pub fn assert_sound(error: &Error) {
    assert_ne!(error.code(), Code::Waiting);
    let text = error.to_json().to_text();
    assert!(text.is_ascii() && serde_json::from_str::<Value>(&text).is_ok(), "{text}");
    let texts = value(error.oauth()).expect("no numbers");
    for (name, max_length) in [("error", 128), ("description", 1_024)] {
        let text = texts[name].as_str().unwrap_or_default();
        let is_hidden =
            |letter: char| letter.is_control() || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}');
        assert!(text.chars().count() <= max_length && !text.chars().any(is_hidden), "{text:?}");
    }
    if let Some(uri) = texts["uri"].as_str() {
        assert!(uri.len() <= 1_024 && (uri.starts_with("https://") || uri.starts_with("http://")), "{uri:?}");
    }
}

/// Encodes bytes in base64url (RFC 4648 §5), bit by bit.
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let digit = |bits: &[u8]| (0..6).fold(0, |sum, at| sum << 1 | usize::from(*bits.get(at).unwrap_or(&0)));
    bits.chunks(6).map(|bits| char::from(DIGITS[digit(bits)])).collect()
}

/// Decodes base64url; `None` unless the text is exactly the encoding of the bytes.
#[must_use]
pub fn bytes(text: &str) -> Option<Vec<u8>> {
    let mut bits = Vec::new();
    for character in text.bytes() {
        let digit = DIGITS.iter().position(|digit| *digit == character)?;
        bits.extend((0..6).rev().map(|bit| digit >> bit & 1));
    }
    let bytes: Vec<u8> =
        bits.chunks_exact(8).map(|bits| bits.iter().fold(0, |sum, bit| sum << 1 | *bit as u8)).collect();
    (base64url(&bytes) == text).then_some(bytes)
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

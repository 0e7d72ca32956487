//! `application/x-www-form-urlencoded`: queries and bodies (WHATWG URL, "application/x-www-form-urlencoded").

use super::percent::percent;
use super::split::{cut, pieces};
use super::url::Url;
use super::utf8;
use alloc::string::String;
use alloc::vec::Vec;

/// A name or value that is not valid percent-encoded UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Encodes fields, in order; those without a value are left out.
#[must_use]
pub fn encode(fields: &[(&str, &str)]) -> String {
    let mut out = String::new();
    fields.iter().for_each(|(name, value)| add(&mut out, name, value));
    out
}

/// Appends a field to encoded ones, unless it has no value.
pub fn add(encoded: &mut String, name: &str, value: &str) {
    if value.is_empty() {
        return;
    }
    if !encoded.is_empty() {
        encoded.push('&');
    }
    percent_encode(name, encoded);
    encoded.push('=');
    percent_encode(value, encoded);
}

/// A URL with encoded fields added to its query, which is kept.
#[must_use]
pub fn append(url: &Url, fields: &str) -> String {
    let mark = match url.query() {
        None => "?",
        Some("") => "",
        Some(_) => "&",
    };
    [url.as_str(), mark, fields].concat()
}

/// Appends `text` percent-encoded; letters, digits and `-._~*` stay, a space becomes `%20` as in the worked examples of
/// SMART App Launch.
pub fn percent_encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'*') {
            out.push(char::from(byte));
        } else {
            percent(byte, out);
        }
    }
}

/// The name=value pairs of encoded text, undecoded, in order.
pub fn pairs(encoded: &str) -> impl Iterator<Item = (&str, &str)> {
    pieces(encoded, b'&').map(|pair| {
        let (name, value) = cut(pair, b'=');
        (name, value.unwrap_or_default())
    })
}

/// The first value of a field, undecoded, and how often the field is there.
#[must_use]
pub fn find<'a>(encoded: &'a str, name: &str) -> (&'a str, usize) {
    let mut found = [("", 0)];
    find_all(encoded, &[name], &mut found);
    let [found] = found;
    found
}

/// As [`find`], for several fields at once: the text may be a megabyte, so it is read only once.
pub fn find_all<'a>(encoded: &'a str, names: &[&str], found: &mut [(&'a str, usize)]) {
    for (key, value) in pairs(encoded) {
        let is_unencoded = !key.bytes().any(|byte| matches!(byte, b'%' | b'+'));
        let decoded = if is_unencoded { Ok(String::new()) } else { decode(key) };
        let Ok(decoded) = &decoded else { continue };
        let key = if is_unencoded { key } else { decoded };
        for (name, (first, count)) in names.iter().zip(found.iter_mut()) {
            if key == *name {
                if *count == 0 {
                    *first = value;
                }
                *count += 1;
            }
        }
    }
}

/// Decodes `+` and `%XX`.
///
/// # Errors
/// [`Malformed`] for a `%` without two hex digits, and for bytes that are not UTF-8. Browsers replace these, and
/// servers may replace them differently.
pub fn decode(encoded: &str) -> Result<String, Malformed> {
    let mut bytes = Vec::new();
    let mut rest = encoded.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next().unwrap_or(0)).to_digit(16).ok_or(Malformed);
                (digit()? << 4 | digit()?) as u8
            }
            _ => byte,
        });
    }
    utf8::decode(&bytes).ok_or(Malformed)
}

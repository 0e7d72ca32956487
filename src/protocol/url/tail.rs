//! Path, query and fragment of a URL, in normal form.

use crate::protocol::percent::percent;
use crate::protocol::split::pieces;
use alloc::string::String;
use alloc::vec::Vec;

/// Appends path, query and fragment in normal form.
pub(super) fn push_tail(text: &mut String, tail: &str) {
    let end = tail.bytes().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(tail.len());
    let (path, rest) = tail.split_at_checked(end).unwrap_or_default();
    push_path(text, path);
    // Browsers encode ' in a query and ` in a fragment. `\` is FHIR's escape in a search; browsers leave it, and
    // servers that follow RFC 3986 refuse it, so it is encoded too.
    let mut set: &[u8] = QUERY;
    for byte in rest.bytes() {
        if byte == b'#' && set == QUERY {
            set = b"`\\";
            text.push('#');
        } else {
            push_encoded(text, byte, set);
        }
    }
}

/// Appends a path with `.` and `..` segments resolved, also those written as `%2e` (RFC 3986 §5.2.4; WHATWG URL,
/// "double-dot path segment").
fn push_path(text: &mut String, path: &str) {
    let mut segments: Vec<&str> = Vec::new();
    let mut ends_in_slash = true;
    for segment in pieces(path.strip_prefix('/').unwrap_or(path), b'/') {
        let dots = dots(segment);
        ends_in_slash = dots > 0;
        match dots {
            0 => segments.push(segment),
            1 => {}
            _ => {
                segments.pop();
            }
        }
    }
    for segment in &segments {
        text.push('/');
        segment.bytes().for_each(|byte| push_encoded(text, byte, b"`{}^"));
    }
    if ends_in_slash {
        text.push('/');
    }
}

/// Number of dots that a segment consists of: 1, 2, or 0 for any other segment.
#[must_use]
pub fn dots(segment: &str) -> usize {
    let mut count = 0;
    let mut rest = segment.as_bytes();
    while !rest.is_empty() {
        rest = match rest {
            [b'.', rest @ ..] | [b'%', b'2', b'e' | b'E', rest @ ..] => rest,
            _ => return 0,
        };
        count += 1;
    }
    if count > 2 { 0 } else { count }
}

/// Appends a byte, percent-encoded if it is beyond ASCII, a space, `"`, `<`, `>`, or in `set`.
fn push_encoded(text: &mut String, byte: u8, set: &[u8]) {
    if byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>') && !set.contains(&byte) {
        text.push(char::from(byte));
    } else {
        percent(byte, text);
    }
}

/// Further characters that are encoded in a query.
const QUERY: &[u8] = b"'\\";

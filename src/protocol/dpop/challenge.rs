//! The challenge of a server that requires bound tokens (RFC 9449 §7.1; RFC 9110 §11.6.1).

use crate::protocol::split::cut;
use alloc::string::String;

/// `error` of the challenge of scheme DPoP in a `WWW-Authenticate` header, which may have several challenges (RFC 9110
/// §11.6.1); empty if there is none.
#[must_use]
pub fn challenge_error(header: &str) -> String {
    let mut is_dpop = false;
    for item in items(header) {
        let (mut name, value) = cut(item, b'=');
        // A scheme is before the first parameter, or alone.
        if let (scheme, Some(first)) = cut(name.trim_ascii(), b' ') {
            is_dpop = scheme.eq_ignore_ascii_case(SCHEME);
            name = first;
        } else if value.is_none() {
            is_dpop = name.trim_ascii().eq_ignore_ascii_case(SCHEME);
        }
        let is_error = name.trim_ascii().eq_ignore_ascii_case("error");
        if let Some(value) = value
            && is_dpop
            && is_error
        {
            return value.trim_ascii().trim_matches('"').into();
        }
    }
    String::new()
}

/// The items of a header that is a list: commas in quoted text do not separate.
fn items(header: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    header
        .split(move |character: char| {
            let separates = character == ',' && !is_quoted;
            is_quoted ^= character == '"' && !is_escaped;
            is_escaped = is_quoted && character == '\\' && !is_escaped;
            separates
        })
        .map(str::trim_ascii)
        .filter(|item| !item.is_empty())
}

/// The scheme of the `Authorization` header with a bound token (§7.1), and `token_type` of such a token (§5).
pub const SCHEME: &str = "DPoP";

//! One scope as text.

/// A scope without the prefix that makes it a URI ("URI representation of scopes"). A prefix before another URI is kept.
pub fn without_prefix(scope: &str) -> &str {
    match scope.strip_prefix(SMART).or_else(|| scope.strip_prefix(OPENID)) {
        Some(name) if !name.is_empty() && !name.starts_with("http") => name,
        _ => scope,
    }
}

/// The scopes of a list, in their order.
pub fn tokens(list: &str) -> impl Iterator<Item = &str> {
    list.split_ascii_whitespace()
}

const SMART: &str = "http://smarthealthit.org/fhir/scopes/";
const OPENID: &str = "http://openid.net/specs/openid-connect-core-1_0#";

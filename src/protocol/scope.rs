//! Scope lists (RFC 6749 §3.3; SMART App Launch 2.2, "SMART's scopes").

use alloc::string::String;

/// The scopes to ask for: an EHR launch needs `launch`, a standalone one must not have it.
#[must_use]
pub fn for_launch(list: &str, ehr: bool) -> String {
    let mut asked = String::from(if ehr { "launch" } else { "" });
    for scope in tokens(list).filter(|scope| *scope != "launch") {
        if !asked.is_empty() {
            asked.push(' ');
        }
        asked.push_str(scope);
    }
    asked
}

/// Whether a list contains a scope, letter by letter.
#[must_use]
pub fn contains(list: &str, scope: &str) -> bool {
    tokens(list).any(|token| token == scope)
}

/// Whether something was asked for that is not, letter by letter, among what was granted.
#[must_use]
pub fn not_granted(asked: &str, granted: &str) -> bool {
    tokens(asked).any(|scope| !contains(granted, scope))
}

fn tokens(list: &str) -> impl Iterator<Item = &str> {
    list.split_ascii_whitespace()
}

//! Licences: SPDX expressions, and which of them are accepted.

use anyhow::{Result, bail};

/// Licences that are accepted for code inside the package.
pub const INSIDE: [&str; 4] = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"];

/// Licences that are accepted in addition for tests and tools, which are not distributed.
pub const BESIDE: [&str; 3] = ["ISC", "NCSA", "Zlib"];

/// True if these licences are sufficient for this expression (SPDX 3.0, annex B), or for the older notation of
/// crates.io, with a slash for `OR`.
///
/// # Errors
/// If the text is not a valid expression.
pub fn permit(allowed: &[&str], expression: &str) -> Result<bool> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let permitted = either(allowed, &mut rest);
    match (permitted, rest) {
        (Some(permitted), []) => Ok(permitted),
        _ => bail!("`{expression}` is no licence expression"),
    }
}

fn either(allowed: &[&str], rest: &mut &[&str]) -> Option<bool> {
    let mut permitted = both(allowed, rest)?;
    while next(rest, "OR") {
        permitted |= both(allowed, rest)?;
    }
    Some(permitted)
}

fn both(allowed: &[&str], rest: &mut &[&str]) -> Option<bool> {
    let mut permitted = one(allowed, rest)?;
    while next(rest, "AND") {
        permitted &= one(allowed, rest)?;
    }
    Some(permitted)
}

fn one(allowed: &[&str], rest: &mut &[&str]) -> Option<bool> {
    if next(rest, "(") {
        let permitted = either(allowed, rest)?;
        return next(rest, ")").then_some(permitted);
    }
    let mut licence = take(rest)?;
    if next(rest, "WITH") {
        licence = format!("{licence} WITH {}", take(rest)?);
    }
    Some(allowed.contains(&licence.as_str()))
}

fn next(rest: &mut &[&str], word: &str) -> bool {
    let found = rest.first() == Some(&word);
    if found {
        *rest = &rest[1..];
    }
    found
}

fn take(rest: &mut &[&str]) -> Option<String> {
    let (first, others) = rest.split_first()?;
    *rest = others;
    (!["AND", "OR", "WITH", "(", ")"].contains(first)).then(|| (*first).to_owned())
}

#[cfg(test)]
mod tests {
    use super::permit;

    fn permitted(expression: &str) -> bool {
        permit(&["MIT", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"], expression).unwrap()
    }

    #[test]
    fn one_side_of_an_or_is_enough_and_of_an_and_it_is_not() {
        assert!(permitted("MIT") && permitted("GPL-3.0-only OR MIT") && permitted("MIT/GPL-3.0-only"));
        assert!(!permitted("GPL-3.0-only") && !permitted("MIT AND GPL-3.0-only"));
    }

    #[test]
    fn and_binds_closer_than_or_and_parentheses_closest() {
        assert!(permitted("GPL-3.0-only AND BSL-1.0 OR MIT") && permitted("(MIT OR GPL-3.0-only) AND Unicode-3.0"));
        assert!(!permitted("(GPL-3.0-only OR MIT) AND BSL-1.0"));
    }

    #[test]
    fn exception_belongs_to_its_licence() {
        assert!(permitted("Apache-2.0 WITH LLVM-exception"));
        assert!(!permitted("Apache-2.0") && !permitted("MIT WITH LLVM-exception"));
    }

    #[test]
    fn invalid_expression_is_refused() {
        for text in ["", "MIT OR", "MIT MIT", "(MIT", "MIT)", "AND", "MIT WITH"] {
            assert!(permit(&["MIT"], text).is_err(), "{text}");
        }
    }
}

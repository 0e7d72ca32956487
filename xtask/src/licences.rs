//! Licences: SPDX expressions, and which of them are accepted.

use anyhow::{Result, bail};

/// Licences that are accepted for code inside the package.
pub const IN_PACKAGE: [&str; 4] = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"];

/// Licences that are also accepted for tests and tools, which are not distributed.
pub const IN_TOOLS: [&str; 3] = ["ISC", "NCSA", "Zlib"];

/// True if these licences satisfy the expression (SPDX 3.0, annex B). The older notation of crates.io, with a slash for `OR`,
/// is accepted too.
///
/// # Errors
/// If the text is not a valid expression.
pub fn permit(allowed: &[&str], expression: &str) -> Result<bool> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let permitted = or_expression(allowed, &mut rest);
    match (permitted, rest) {
        (Some(permitted), []) => Ok(permitted),
        _ => bail!("`{expression}` is no licence expression"),
    }
}

fn or_expression(allowed: &[&str], rest: &mut &[&str]) -> Option<bool> {
    let mut permitted = and_expression(allowed, rest)?;
    while skip_word(rest, "OR") {
        permitted |= and_expression(allowed, rest)?;
    }
    Some(permitted)
}

fn and_expression(allowed: &[&str], rest: &mut &[&str]) -> Option<bool> {
    let mut permitted = single_licence(allowed, rest)?;
    while skip_word(rest, "AND") {
        permitted &= single_licence(allowed, rest)?;
    }
    Some(permitted)
}

fn single_licence(allowed: &[&str], rest: &mut &[&str]) -> Option<bool> {
    if skip_word(rest, "(") {
        let permitted = or_expression(allowed, rest)?;
        return skip_word(rest, ")").then_some(permitted);
    }
    let mut licence = take_word(rest)?;
    if skip_word(rest, "WITH") {
        licence = format!("{licence} WITH {}", take_word(rest)?);
    }
    Some(allowed.contains(&licence.as_str()))
}

fn skip_word(rest: &mut &[&str], word: &str) -> bool {
    let is_next = rest.first() == Some(&word);
    if is_next {
        *rest = &rest[1..];
    }
    is_next
}

fn take_word(rest: &mut &[&str]) -> Option<String> {
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
    fn or_needs_one_side_and_and_needs_both() {
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

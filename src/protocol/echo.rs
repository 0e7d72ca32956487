//! Detects whether a server's error text repeats a secret: unchanged, in part, percent-encoded, with JSON or HTML
//! escapes, in base64, in hexadecimal, or with letters of another case.
//!
//! Escapes are resolved. Then only letters and digits are compared, without regard to case; all other characters are
//! skipped on both sides. For base64 and hexadecimal, the secret is encoded and compared in the same way.

use alloc::vec::Vec;

/// Whether `text` has 12 consecutive letters or digits of `secret`, or all those of a secret that has 5 to 11.
///
/// The time is proportional to the product of both lengths, so limit the length of `text`.
#[must_use]
pub fn repeats(text: &str, secret: &str) -> bool {
    let text = letters(text);
    has_common_run(&text, &letters(secret))
        || [0, 4, 2].iter().any(|bits| has_common_run(&text, &base64(secret, *bits)))
        || has_common_run(&text, &hexadecimal(secret))
}

/// Searches for pieces of `secret` of half the needed length, at intervals that cannot miss a match, and extends each match in
/// both directions.
fn has_common_run(text: &[u8], secret: &[u8]) -> bool {
    let minimum = secret.len().min(REVEALING);
    let length = minimum / 2;
    if minimum < SHORTEST {
        return false;
    }
    secret.windows(length).enumerate().step_by(minimum - length + 1).any(|(at, piece)| {
        text.windows(length).enumerate().any(|(index, window)| {
            let before = || {
                let (text, secret) = (text.get(..index).unwrap_or_default(), secret.get(..at).unwrap_or_default());
                text.iter().rev().zip(secret.iter().rev()).take_while(|(left, right)| left == right).count()
            };
            let after = || {
                let (text, secret) = (text.get(index..).unwrap_or_default(), secret.get(at..).unwrap_or_default());
                text.iter().zip(secret).take_while(|(left, right)| left == right).count()
            };
            window == piece && before() + after() >= minimum
        })
    })
}

/// Letters and digits of a text, with its escapes resolved.
fn letters(text: &str) -> Vec<u8> {
    let mut letters = resolve_escapes(&resolve_escapes(text.as_bytes(), percent), reference);
    letters.retain(u8::is_ascii_alphanumeric);
    letters.make_ascii_lowercase();
    letters
}

/// A text with some of its escapes resolved.
fn resolve_escapes(text: &[u8], escape: Escape) -> Vec<u8> {
    let mut resolved = Vec::new();
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let (character, after) = escape(*first, after).unwrap_or((u32::from(*first), after));
        resolved.extend(u8::try_from(character));
        rest = after;
    }
    resolved
}

/// The byte of `%2F`, also of `%252F`, and the rest of the text.
fn percent(first: u8, mut after: &[u8]) -> Option<(u32, &[u8])> {
    while let [b'2', b'5', rest @ ..] = after
        && first == b'%'
    {
        after = rest;
    }
    if first == b'%' { number(after, 16, 2) } else { None }
}

/// The character of `\u002f`, `\x2f`, `&#x2f;` or `&#47;`, and the rest of the text.
fn reference(first: u8, after: &[u8]) -> Option<(u32, &[u8])> {
    match (first, after) {
        (b'\\', [b'u', after @ ..]) => number(after, 16, 4),
        (b'\\', [b'x', after @ ..]) => number(after, 16, 2),
        (b'&', [b'#', b'x' | b'X', after @ ..]) => number(after, 16, 6),
        (b'&', [b'#', after @ ..]) => number(after, 10, 6),
        _ => None,
    }
}

/// A number of at most `max_digits` digits, and the rest of the text.
fn number(digits: &[u8], radix: u32, max_digits: usize) -> Option<(u32, &[u8])> {
    let (mut number, mut rest, mut count) = (0, digits, 0);
    while let [digit, after @ ..] = rest
        && count < max_digits
        && let Some(digit) = char::from(*digit).to_digit(radix)
    {
        (number, rest, count) = (number * radix + digit, after, count + 1);
    }
    (count > 0).then_some((number, rest))
}

/// Letters and digits of a text in base64, without the digits at both ends that depend on adjacent bytes. `skipped` is
/// the number of bits of the first byte that belong to the digit before.
fn base64(text: &str, skipped: i32) -> Vec<u8> {
    let mut letters = Vec::new();
    let (mut bits, mut count) = (0_u32, -skipped);
    for byte in text.bytes() {
        bits = bits << 8 | u32::from(byte);
        count += 8;
        while count >= 6 {
            count -= 6;
            letters.extend(DIGITS.get((bits >> count & 63) as usize).map(u8::to_ascii_lowercase));
        }
    }
    letters
}

/// Letters and digits of a text in hexadecimal.
fn hexadecimal(text: &str) -> Vec<u8> {
    let halves = text.bytes().flat_map(|byte| [byte >> 4, byte & 15]);
    halves.map(|half| if half < 10 { b'0' + half } else { b'a' - 10 + half }).collect()
}

/// Reads an escape that begins with the first byte: its character, and the rest of the text.
type Escape = fn(u8, &[u8]) -> Option<(u32, &[u8])>;

/// Consecutive letters or digits that reveal a secret.
const REVEALING: usize = 12;
/// A shorter text is not a secret.
const SHORTEST: usize = 5;
const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

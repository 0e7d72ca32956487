//! base64url without padding (RFC 4648 §5; RFC 7515 §2).

use alloc::string::String;
use alloc::vec::Vec;

/// Encodes bytes.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    encode_with(bytes, URL)
}

/// Encodes bytes as base64 with padding (RFC 4648 §4), as in HTTP Basic.
#[must_use]
pub fn encode_padded(bytes: &[u8]) -> String {
    let mut text = encode_with(bytes, MIME);
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// `last` are the characters for 62 and 63.
fn encode_with(bytes: &[u8], last: (u8, u8)) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for at in 0..=group.len() {
            let digit = (bits >> (18 - 6 * at) & 63) as u8;
            text.push(char::from(match digit {
                0..=25 => b'A' + digit,
                26..=51 => b'a' + digit - 26,
                52..=61 => b'0' + digit - 52,
                62 => last.0,
                _ => last.1,
            }));
        }
    }
    text
}

/// Decodes a text. `None` for a character outside the alphabet, for padding, and for set bits behind the last byte: without that
/// check two texts would be the same signature.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for character in text.bytes() {
        let digit = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    (count < 6 && bits == 0).then_some(bytes)
}

const URL: (u8, u8) = (b'-', b'_');
const MIME: (u8, u8) = (b'+', b'/');

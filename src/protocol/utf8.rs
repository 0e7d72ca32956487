//! UTF-8 (RFC 3629). std's reader is made for speed and costs 0.2 KB more; it stays in the tests as the oracle.

use alloc::string::String;

/// The text that bytes are; `None` where they are none: cut off, overlong, a surrogate, or beyond Unicode.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<String> {
    let mut text = String::new();
    let mut rest = bytes.iter();
    while let Some(first) = rest.next() {
        let (length, mask) = match first {
            0..=0x7f => (1, 0x7f),
            0xc0..=0xdf => (2, 0x1f),
            0xe0..=0xef => (3, 0xf),
            0xf0..=0xf7 => (4, 7),
            _ => return None,
        };
        let mut code = u32::from(first & mask);
        for _ in 1..length {
            let next = rest.next().filter(|next| **next >> 6 == 2)?;
            code = code << 6 | u32::from(next & 63);
        }
        let character = char::from_u32(code)?;
        if character.len_utf8() != length {
            return None;
        }
        text.push(character);
    }
    Some(text)
}

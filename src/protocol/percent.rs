//! Percent-encoding of one byte (RFC 3986 §2.1).

use super::digits::hex;
use alloc::string::String;

/// Appends `%XX` for a byte.
pub fn percent(byte: u8, out: &mut String) {
    out.push('%');
    out.push(hex(byte >> 4));
    out.push(hex(byte & 15));
}

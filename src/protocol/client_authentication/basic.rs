//! HTTP Basic authentication (RFC 7617; RFC 6749 §2.3.1).

use crate::protocol::base64url;
use crate::protocol::percent::percent;
use alloc::string::String;

/// The header of HTTP Basic (RFC 7617). SMART uses id and secret unchanged; RFC 6749 §2.3.1 encodes each as a form field.
pub(super) fn basic(id: &str, secret: &str, encodes: bool) -> String {
    let credentials = if encodes { [form_value(id), form_value(secret)].join(":") } else { [id, ":", secret].concat() };
    ["Basic ", &base64url::encode_padded(credentials.as_bytes())].concat()
}

/// Encodes a form value (RFC 6749 appendix B).
fn form_value(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            _ if is_plain_byte(byte) => out.push(char::from(byte)),
            _ => percent(byte, &mut out),
        }
    }
    out
}

/// Whether form encoding leaves a text unchanged, so that `basicEncoding` makes no difference.
pub(super) fn is_plain(text: &str) -> bool {
    text.bytes().all(is_plain_byte)
}

const fn is_plain_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'*')
}

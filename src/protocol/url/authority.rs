//! Host and port of a URL, in normal form.

use crate::protocol::digits::{decimal, digits};
use crate::protocol::split::pieces;
use alloc::string::String;

/// Appends host and port in normal form; `None` if they are not accepted.
pub(super) fn push_authority(text: &mut String, authority: &str, default_port: u64) -> Option<()> {
    let (host, port) = match authority.strip_prefix("[::1]") {
        Some(rest) => ("[::1]", rest),
        None => {
            let end = authority.bytes().position(|byte| byte == b':').unwrap_or(authority.len());
            let (host, port) = authority.split_at_checked(end)?;
            if !is_host(host) {
                return None;
            }
            (host, port)
        }
    };
    host.bytes().for_each(|byte| text.push(char::from(byte.to_ascii_lowercase())));
    match port.strip_prefix(':') {
        None if port.is_empty() => {}
        None => return None,
        Some("") => {}
        Some(port) => {
            let port = digits(port).filter(|port| *port <= 65_535)?;
            if port != default_port {
                text.push(':');
                text.push_str(&decimal(port));
            }
        }
    }
    Some(())
}

/// Whether a host is accepted: dotted labels of letters, digits, `-` and `_`, or dotted IPv4.
///
/// A trailing dot (another origin for the same server), IPv6 addresses, and numbers that browsers read as an address are
/// refused.
fn is_host(host: &str) -> bool {
    let mut last = "";
    for label in pieces(host, b'.') {
        if label.is_empty() || !label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_') {
            return false;
        }
        last = label;
    }
    let numeric = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x") || last.starts_with("0X");
    host.len() <= 253 && (!numeric || is_ipv4(host))
}

/// Whether a host is a dotted IPv4 address.
pub(super) fn is_ipv4(host: &str) -> bool {
    let mut parts = 0;
    for part in pieces(host, b'.') {
        parts += 1;
        if digits(part).is_none_or(|number| number > 255) || (part.len() > 1 && part.starts_with('0')) {
            return false;
        }
    }
    parts == 4
}

//! URLs: which ones may be fetched or navigated to, and their normal form.
//!
//! Reads a safe part of the WHATWG URL syntax: http and https, host names, dotted IPv4 and `[::1]`. Every browser reads
//! the normal form back unchanged, so the URL that was checked is the URL that is used. The url crate costs 56 KB in
//! the module (18 without IDNA); the tests compare with it.

mod authority;
mod tail;

use self::authority::{is_ipv4, push_authority};
pub use self::tail::dots;
use self::tail::push_tail;
use super::split::cut;
use alloc::string::String;
use core::fmt;

/// An absolute http or https URL in normal form: lower-case host, no default port, no dot segments, ASCII only.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    text: String,
    /// Index at which host and port begin.
    host: usize,
    /// Index at which host and port end, and the path begins.
    path: usize,
}

/// Why a text is not a URL that may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Another scheme than http and https, or none.
    Scheme,
    /// Anything else: user info, backslashes, control characters, a host that is not ASCII.
    Malformed,
}

impl Url {
    /// Reads an absolute URL.
    ///
    /// # Errors
    /// [`Flaw::Scheme`], [`Flaw::Malformed`].
    pub fn parse(text: &str) -> Result<Self, Flaw> {
        let (scheme, rest) = cut(text, b':');
        let rest = rest.ok_or(Flaw::Scheme)?;
        let secure = scheme.eq_ignore_ascii_case("https");
        if !secure && !scheme.eq_ignore_ascii_case("http") {
            return Err(if has_scheme(text) { Flaw::Scheme } else { Flaw::Malformed });
        }
        let rest = rest.strip_prefix("//").filter(|rest| is_plain(rest)).ok_or(Flaw::Malformed)?;
        let end = rest.bytes().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at_checked(end).ok_or(Flaw::Malformed)?;
        let mut text = String::from(if secure { "https://" } else { "http://" });
        let host = text.len();
        push_authority(&mut text, authority, if secure { 443 } else { 80 }).ok_or(Flaw::Malformed)?;
        let path = text.len();
        push_tail(&mut text, tail);
        Ok(Self { text, host, path })
    }

    /// Resolves a reference against this URL as a directory: `Patient/1` is appended to the whole path, whether or not
    /// that ends in a slash.
    ///
    /// # Errors
    /// As [`Url::parse`].
    pub fn join(&self, reference: &str) -> Result<Self, Flaw> {
        if has_scheme(reference) {
            return Self::parse(reference);
        }
        let mut absolute = String::new();
        if reference.starts_with("//") {
            absolute.push_str(if self.is_secure() { "https:" } else { "http:" });
        } else if reference.starts_with('/') {
            absolute.push_str(self.origin());
        } else {
            absolute.push_str(self.without_query());
            if !reference.is_empty() && !reference.starts_with(['?', '#']) && !absolute.ends_with('/') {
                absolute.push('/');
            }
        }
        absolute.push_str(reference);
        Self::parse(&absolute)
    }

    /// Whether this URL may be fetched or navigated to: https, except for addresses that begin with 169.254 or 0; loopback
    /// hosts, by http or https, only with `loopback`.
    #[must_use]
    pub fn is_permitted(&self, loopback: bool) -> bool {
        let host = self.host();
        if self.is_loopback() {
            loopback
        } else {
            self.is_secure() && !host.starts_with("169.254.") && !host.starts_with("0.")
        }
    }

    /// Whether the host is this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        let is_localhost =
            host.strip_suffix("localhost").is_some_and(|before| before.is_empty() || before.ends_with('.'));
        is_localhost || host == "[::1]" || (host.starts_with("127.") && is_ipv4(host))
    }

    /// Whether `other` has the same origin and path.
    #[must_use]
    pub fn has_same_path(&self, other: &Self) -> bool {
        self.without_query() == other.without_query()
    }

    /// The path; it starts with a slash.
    #[must_use]
    pub fn path(&self) -> &str {
        self.without_query().get(self.path..).unwrap_or_default()
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.text.get(..self.path).unwrap_or_default()
    }

    /// The query without its question mark.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        cut(self.without_fragment(), b'?').1
    }

    /// The fragment without its hash.
    #[must_use]
    pub fn fragment(&self) -> Option<&str> {
        cut(&self.text, b'#').1
    }

    /// Scheme, host, port and path.
    #[must_use]
    pub fn without_query(&self) -> &str {
        cut(self.without_fragment(), b'?').0
    }

    /// The whole URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn without_fragment(&self) -> &str {
        cut(&self.text, b'#').0
    }

    /// Whether the scheme is https.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.text.starts_with("https:")
    }

    /// Host without port.
    fn host(&self) -> &str {
        let authority = self.text.get(self.host..self.path).unwrap_or_default();
        if authority.starts_with('[') { "[::1]" } else { cut(authority, b':').0 }
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.without_query())
    }
}

/// Whether a text has no control characters, and no backslash before its query. Browsers strip tabs and line ends and
/// read `\` as `/`, so another reader could see another host.
fn is_plain(text: &str) -> bool {
    let before_query = cut(cut(text, b'#').0, b'?').0;
    text.bytes().all(|byte| byte >= b' ' && byte != 0x7f) && before_query.bytes().all(|byte| byte != b'\\')
}

/// Whether a reference begins with a scheme, as in `urn:uuid:…`.
#[must_use]
pub fn has_scheme(reference: &str) -> bool {
    let (scheme, rest) = cut(reference, b':');
    rest.is_some()
        && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

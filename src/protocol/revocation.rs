//! Token revocation (RFC 7009).

use super::form;
use alloc::string::String;

/// A kind of token (RFC 7009 §2.1, `token_type_hint`).
#[derive(Clone, Copy, Debug)]
pub struct TokenKind(&'static str);

impl TokenKind {
    /// Access token.
    pub const ACCESS: Self = Self("access_token");
    /// Refresh token.
    pub const REFRESH: Self = Self("refresh_token");

    /// The kind with that name; access token by default.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        if name == Self::REFRESH.0 { Self::REFRESH } else { Self::ACCESS }
    }

    /// Its name.
    #[must_use]
    #[inline(always)]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// Form fields for a request to revoke a token (§2.1) or to introspect it (RFC 7662 §2.1). `hint` is `refresh_token` or
/// `access_token`.
#[must_use]
pub fn form(token: &str, hint: &str) -> String {
    form::encode(&[("token", token), ("token_type_hint", hint)])
}

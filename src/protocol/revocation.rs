//! Token revocation (RFC 7009) by a public client.

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

    /// The kind of that name; an access token by default.
    #[must_use]
    pub fn named(name: &str) -> Self {
        if name == Self::REFRESH.0 { Self::REFRESH } else { Self::ACCESS }
    }

    /// Its name.
    #[must_use]
    #[inline(always)]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// Fields that name a token, to revoke it (§2.1) or to ask about it (RFC 7662 §2.1); `hint` is `refresh_token` or
/// `access_token`. `client_id` is empty where an access token authorizes the request instead.
#[must_use]
pub fn form(client_id: &str, token: &str, hint: &str) -> String {
    form::encode(&[("token", token), ("token_type_hint", hint), ("client_id", client_id)])
}

//! Token revocation (RFC 7009) by a public client.

use super::form;
use alloc::string::String;

/// Fields that name a token, to revoke it (§2.1) or to ask about it (RFC 7662 §2.1); `hint` is `refresh_token` or
/// `access_token`. `client_id` is empty where an access token authorizes the request instead.
#[must_use]
pub fn form(client_id: &str, token: &str, hint: &str) -> String {
    form::encode(&[("token", token), ("token_type_hint", hint), ("client_id", client_id)])
}

//! Token revocation (RFC 7009) by a public client.

use super::form;
use alloc::string::String;

/// Fields that revoke a token; `hint` is `refresh_token` or `access_token`.
#[must_use]
pub fn form(client_id: &str, token: &str, hint: &str) -> String {
    form::encode(&[("token", token), ("token_type_hint", hint), ("client_id", client_id)])
}

//! Logout URL (OpenID Connect RP-Initiated Logout 1.0 §2).

use super::form;
use super::session::Session;
use super::url::Url;
use alloc::string::String;

/// The URL to send the browser to; `None` without an endpoint.
///
/// It contains the ID token as `id_token_hint`, by which the server knows the user to sign out: navigate to it, do not
/// log it.
#[must_use]
pub fn url(session: &Session, end_session_endpoint: &str, post_logout_redirect_uri: &str) -> Option<String> {
    let endpoint = Url::parse(end_session_endpoint).ok()?;
    let fields = [
        ("id_token_hint", session.id_token()),
        ("client_id", session.record().client_id()),
        ("post_logout_redirect_uri", post_logout_redirect_uri),
    ];
    Some(form::append(&endpoint, &form::encode(&fields)))
}

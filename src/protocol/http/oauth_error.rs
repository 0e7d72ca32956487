//! The error that a server states (RFC 6749 §4.1.2.1, §5.2).

use crate::error::{Code, Error};
use crate::protocol::echo::repeats;
use crate::protocol::json::Json;
use crate::protocol::url::Url;
use crate::protocol::visible::is_hidden;
use alloc::string::String;

/// The error with a server's `error`, `error_description`, `error_uri` and `hint`, each limited in length. Invisible
/// characters are removed, since they can mislead readers. A text that repeats one of the `secrets` is left out
/// entirely.
#[must_use]
pub fn oauth_error(code: Code, body: &Json, secrets: &[String]) -> Error {
    error_with_texts(code, body, &|text| !secrets.iter().any(|secret| repeats(text, secret)))
}

/// The same error, with only those texts that `is_harmless` accepts.
pub(super) fn error_with_texts(code: Code, body: &Json, is_harmless: &dyn Fn(&str) -> bool) -> Error {
    let mut oauth = Json::object();
    for (name, ours, max_characters) in &OAUTH_MEMBERS {
        let text: String =
            body.text(name).chars().filter(|character| !is_hidden(*character)).take(*max_characters).collect();
        if !text.is_empty() && is_harmless(&text) {
            oauth.set_text(ours, &text);
        }
    }
    if let Ok(uri) = Url::parse(body.text("error_uri"))
        && uri.as_str().len() <= LONGEST_URI
        && is_harmless(uri.as_str())
    {
        oauth.set_text("uri", uri.as_str());
    }
    Error::new(code).with_oauth(oauth)
}

/// The members of a token response that are tokens.
pub static TOKENS: [&str; 3] = ["access_token", "refresh_token", "id_token"];

/// Name in the response, our name, and maximum number of characters. `hint` is in no standard, but a widely used server
/// library explains its errors only there.
const OAUTH_MEMBERS: [(&str, &str, usize); 3] =
    [("error", "error", 128), ("error_description", "description", 1_024), ("hint", "hint", 1_024)];

const LONGEST_URI: usize = 1_024;

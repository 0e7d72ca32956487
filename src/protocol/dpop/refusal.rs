//! The refusal of a proof (RFC 9449 §5, §8, §9).

use super::challenge::challenge_error;
use crate::error::{Code, Error};
use crate::protocol::http::Response;
use crate::protocol::json::Json;

/// The reason for which a server refuses a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// `use_dpop_nonce` (§8, §9).
    Nonce,
    /// `invalid_dpop_proof` (§5).
    Proof,
}

/// The refusal of a proof in a response: in its JSON body, or in its challenge (`WWW-Authenticate`) if the body has no error. Any
/// other error is final: a code or a refresh token must not be sent again.
pub(super) fn refusal(response: &Response) -> Option<Refusal> {
    if !matches!(response.status(), 400 | 401) {
        return None;
    }
    let from_error = |error: &str| match error {
        "use_dpop_nonce" => Some(Refusal::Nonce),
        "invalid_dpop_proof" => Some(Refusal::Proof),
        _ => None,
    };
    let body = Json::parse(response.body()).unwrap_or_default();
    match body.text("error") {
        "" => from_error(&challenge_error(response.www_authenticate())),
        error => from_error(error),
    }
}

/// The error of a server that refuses the proof; `None` for any other response.
#[must_use]
pub fn refusal_error(response: &Response) -> Option<Error> {
    refusal(response).map(|refusal| {
        // `error` returns `HttpStatus` if only the challenge names the error.
        let error = response.error(Code::DpopRefused).with_code(Code::DpopRefused);
        match refusal {
            Refusal::Nonce if response.dpop_nonce().is_empty() => {
                error.with_about("the server asks for a nonce and its header `DPoP-Nonce` cannot be read")
            }
            Refusal::Nonce if !is_nonce(response.dpop_nonce()) => error.with_about("the server's nonce cannot be used"),
            Refusal::Nonce => error.with_about("the server refused the nonce that it had issued itself"),
            Refusal::Proof => error,
        }
    })
}

/// Whether a text is a nonce (§8.1) that fits in a header.
pub(super) fn is_nonce(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    (1..=LONGEST_NONCE).contains(&text.len()) && text.bytes().all(is_plain)
}

/// Longest nonce in bytes. Servers limit all headers together to about 8,000.
const LONGEST_NONCE: usize = 2_048;

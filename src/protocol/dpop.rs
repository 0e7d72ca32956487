//! DPoP (RFC 9449): access and refresh tokens that are bound to a key, and proofs that a request is made by the holder of the key.

mod challenge;
mod freshness;
mod key;
mod proof;
mod refusal;

pub use self::challenge::{SCHEME, challenge_error};
pub use self::freshness::{Freshness, Retry, Role};
pub use self::key::ProofKey;
pub use self::proof::{ALGORITHM, Proof, ProvedRequest};
use self::refusal::refusal;
pub use self::refusal::refusal_error;
use super::http::Response;
use super::json::Json;
use super::url::Url;
use crate::error::{Code, Error, Result};

/// The signing input of the proof of a FHIR request. `call` is `{key, known, method, url, hash, id, now}`: `known` is from
/// [`read_response`], `now` in milliseconds since 1970.
///
/// # Errors
/// [`Code::DpopKeyLost`] for an invalid key; [`Code::ConfigInvalid`] for an invalid URL.
pub fn signing_input(call: &Json) -> Result<Json> {
    let key = ProofKey::read(call.text("key")).ok_or_else(key_lost)?;
    let url = Url::parse(call.text("url")).map_err(|_| Error::named(Code::ConfigInvalid, "url", "is not a URL"))?;
    let request = ProvedRequest {
        method: call.text("method"),
        url: &url,
        token_hash: call.text("hash"),
        now: call.at("now").number().unwrap_or(0) / 1_000,
        id: call.text("id"),
    };
    Ok(Proof::new(&key, &Freshness::read(call.text("known")), &request).signing_input().into())
}

/// Reads a response to a FHIR request: `{known, response, now}` gives `{known, again, refused}`. `again` is empty if the request
/// is not to be repeated; the caller repeats a request once for each other value. `refused` says whether the server refused the
/// proof: another access token would not help.
#[must_use]
pub fn read_response(call: &Json) -> Json {
    let mut freshness = Freshness::read(call.text("known"));
    let response = Response::new(call.at("response").clone());
    let retry = match freshness.update_from(&response, call.at("now").number().unwrap_or(0) / 1_000) {
        Retry::No => "",
        Retry::WithNonce => "nonce",
        Retry::WithTime => "time",
    };
    let mut result = Json::object();
    result.set_text("known", &freshness.to_text());
    result.set_text("again", retry);
    result.set("refused", refusal(&response).is_some().into());
    result
}

/// The error of a session or a sign-in whose key is no longer there.
#[must_use]
pub fn key_lost() -> Error {
    Error::new(Code::DpopKeyLost)
}

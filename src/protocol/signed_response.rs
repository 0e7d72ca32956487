//! Signed authorization responses (JWT Secured Authorization Response Mode for OAuth 2.0, JARM).

use super::authorization::{AuthorizationRequest, is_signed_mode};
use super::authorization_response::{AuthorizationResponse, MAX_CALLBACK, NAMES, RESPONSE_PARAMETERS, check};
use super::form;
use super::id_token::seconds;
use super::json::{Json, Value};
use super::jws::Jws;
use super::launch::{fields_after_route, fragment, query};
use super::split::pieces;
use super::url::Url;
use crate::error::{Code, Error, Result};
use alloc::string::String;

impl AuthorizationResponse {
    /// Reads the response in an input from JavaScript, as [`AuthorizationResponse::from_input`]. A signed response has the
    /// claims of its token as parameters, and parameters outside the token are ignored. With `withdrawn` the response is a refusal
    /// that the page itself has made, to remove a sign-in for which no window waits any more.
    #[must_use]
    pub fn from_input_or_signed(input: &Json) -> Option<Result<Self>> {
        match find_signed(input) {
            Ok(None) if input.at("withdrawn").is_true() => {
                Self::from_input(input).map(|read| read.map(|response| Self { mode: WITHDRAWN, ..response }))
            }
            Ok(None) => Self::from_input(input),
            Ok(Some((mode, token))) => Some(Self::read_signed(mode, token, input.text("url"))),
            Err(error) => Some(Err(error)),
        }
    }

    fn read_signed(mode: &'static str, token: String, url: &str) -> Result<Self> {
        if pieces(&token, b'.').count() == ENCRYPTED {
            return Err(malformed("is encrypted: register the client for signed responses that are not encrypted"));
        }
        let jws = Jws::parse(&token).ok_or_else(|| malformed("has a header or an algorithm that is not supported"))?;
        let claims = jws.claims.json();
        let mut fields = Json::object();
        for name in NAMES.iter().take(RESPONSE_PARAMETERS) {
            match claims.at(name).value() {
                None => {}
                Some(Value::Text(text)) => fields.set_text(name, text),
                Some(_) => return Err(malformed("has a parameter that is not text")),
            }
        }
        check(&fields)?;
        let arrived_at =
            if url.is_empty() { None } else { Some(Url::parse(url).map_err(|_| Code::CallbackMalformed)?) };
        Ok(Self { mode: "", arrived_at, fields, other_flow: false, signed: Some((token, mode)) })
    }

    /// The signed token that the response was read from; `None` for a response that is not signed.
    #[must_use]
    pub fn token(&self) -> Option<Jws<'_>> {
        self.signed.as_ref().and_then(|(token, _)| Jws::parse(token))
    }

    /// Checks the response mode: the response has to be signed if the request asked for that, even if it is an error, and must
    /// not be signed otherwise. A refusal that the page itself has made is never signed.
    ///
    /// # Errors
    /// [`Code::CallbackWrongMode`].
    pub fn check_mode(&self, request: &AuthorizationRequest) -> Result<()> {
        let requested = request.response_mode();
        let arrived = match &self.signed {
            None if !is_signed_mode(requested) || self.mode == WITHDRAWN && self.is_refusal() => return Ok(()),
            None => {
                return Err(Error::about(
                    Code::CallbackWrongMode,
                    "a signed response was requested, and this one is not signed",
                ));
            }
            Some((_, mode)) => *mode,
        };
        // The default for `response_type=code` is the query (JARM §2.3.4).
        let requested = if requested == "jwt" { "query.jwt" } else { requested };
        if is_signed_mode(requested) && (arrived.is_empty() || arrived == requested) {
            Ok(())
        } else {
            Err(Code::CallbackWrongMode.into())
        }
    }
}

/// Checks the claims of a signed response (JARM §4.4). `now` and `skew` are in seconds.
///
/// # Errors
/// [`Code::IssMissing`]; [`Code::IssMismatch`]; [`Code::CallbackMalformed`] with the claim's name.
pub fn check_claims(token: &Jws<'_>, request: &AuthorizationRequest, now: u64, skew: u64) -> Result<()> {
    let (claims, record) = (token.claims.json(), request.record());
    let algorithms = request.response_algorithms();
    if !algorithms.list().is_empty() && !algorithms.lists(token.algorithm()) {
        return Err(malformed("is signed with an algorithm that the server's metadata does not list"));
    }
    match claims.text("iss") {
        "" => return Err(Code::IssMissing.into()),
        iss if iss == record.issuer() => {}
        _ => return Err(Code::IssMismatch.into()),
    }
    let audience = claims.at("aud");
    if audience.str() != record.client_id() && !audience.lists(record.client_id()) {
        return Err(malformed("has an `aud` that is not this client"));
    }
    let not_before = claims.at("nbf");
    if !not_before.is_null() && seconds(not_before).is_none_or(|not_before| not_before > now.saturating_add(skew)) {
        return Err(malformed("is not valid yet, by its `nbf` and the clock here"));
    }
    if seconds(claims.at("exp")).is_none_or(|expiry| expiry <= now.saturating_sub(skew)) {
        return Err(malformed("has expired, by its `exp` and the clock here"));
    }
    Ok(())
}

/// The error of a signed response whose signature could not be verified: `error` is the one for ID tokens.
#[must_use]
pub fn unverified(error: Error) -> Error {
    if error.code() == Code::IdTokenInvalid { malformed("is not signed with a key of the server") } else { error }
}

/// The response mode and the signed token in an input; `None` for an input without one.
fn find_signed(input: &Json) -> Result<Option<(&'static str, String)>> {
    let (url, part, body) = (input.at("url"), input.at("part"), input.at("body"));
    let url_or_part = if url.is_null() { part.str() } else { url.str() };
    let is_bare = url.is_null() && !url_or_part.bytes().any(|byte| matches!(byte, b'?' | b'#'));
    let candidates = if !body.is_null() {
        [("form_post.jwt", body.str()), NONE, NONE]
    } else if is_bare {
        [("", url_or_part), NONE, NONE]
    } else {
        let fragment = fragment(url_or_part);
        [
            ("query.jwt", query(url_or_part)),
            ("fragment.jwt", fragment),
            ("fragment.jwt", fields_after_route(fragment).unwrap_or_default()),
        ]
    };
    let mut response = None;
    for (mode, fields) in candidates {
        let (value, count) = if fields.len() > MAX_CALLBACK { ("", 0) } else { form::find(fields, "response") };
        let token = form::decode(value).unwrap_or_default();
        if !matches!(pieces(&token, b'.').count(), SIGNED | ENCRYPTED) {
            continue;
        }
        if count > 1 {
            return Err(Code::CallbackDuplicateParam.into());
        }
        if response.is_some() {
            return Err(Code::CallbackWrongMode.into());
        }
        response = Some((mode, token));
    }
    Ok(response)
}

fn malformed(message: &str) -> Error {
    Error::about(Code::CallbackMalformed, &["the signed response ", message].concat())
}

const NONE: (&str, &str) = ("", "");
/// Stands for the response mode of a refusal that the page itself has made.
const WITHDRAWN: &str = "withdrawn";
/// Parts of a token that is signed (RFC 7515 §3.1), and of one that is encrypted (RFC 7516 §3.1).
const SIGNED: usize = 3;
const ENCRYPTED: usize = 5;

//! Authorization response (RFC 6749 §4.1.2; RFC 9207; OAuth 2.0 Form Post Response Mode).

use super::authorization::SIGN_INS;
use super::form;
use super::http::oauth_error;
use super::json::Json;
use super::launch::query;
use super::split::cut;
use super::url::Url;
use crate::error::{Code, Error, Result};
use alloc::string::String;
use alloc::vec::Vec;

/// An answer, unproven: it gives up its code only to the request it belongs to.
#[derive(Debug)]
pub struct AuthorizationResponse {
    /// The response mode it came in.
    mode: &'static str,
    /// Where it arrived, unless it was posted and nobody knows.
    place: Option<Url>,
    /// `code` or `error` …, `state`, `iss`.
    fields: Json,
    /// Tokens of the implicit flow or a JARM response stood beside the code.
    other_flow: bool,
}

impl AuthorizationResponse {
    /// Reads `{url?, body?}`: the URL the server sent the browser to, or the body that was posted, to `url` where that is
    /// known.
    ///
    /// # Errors
    /// As [`AuthorizationResponse::from_url`].
    pub fn given(input: &Json) -> Result<Self> {
        let url = input.text("url");
        if input.at("body").is_null() { Self::from_url(url) } else { Self::from_body(input.text("body"), url) }
    }

    /// Reads the URL the server sent the browser to.
    ///
    /// # Errors
    /// [`Code::CallbackMalformed`]; [`Code::CallbackDuplicateParam`]; [`Code::CallbackWrongMode`] where query and
    /// fragment both answer; [`Code::StateUnknown`] for an answer without `state`.
    pub fn from_url(url: &str) -> Result<Self> {
        let place = Url::parse(url).map_err(|_| Code::CallbackMalformed)?;
        let (query, fragment) = (query(url), cut(url, b'#').1.unwrap_or_default());
        match (answers(query), answers(fragment)) {
            (true, true) => Err(Code::CallbackWrongMode.into()),
            (true, false) => Self::read("query", Some(place), query, fragment),
            (false, _) => Self::read("fragment", Some(place), fragment, query),
        }
    }

    /// Reads the body of a `form_post` answer, and the URL it was posted to; empty where nobody knows.
    ///
    /// # Errors
    /// As [`AuthorizationResponse::from_url`].
    pub fn from_body(body: &str, url: &str) -> Result<Self> {
        let place = if url.is_empty() { None } else { Some(Url::parse(url).map_err(|_| Code::CallbackMalformed)?) };
        Self::read("form_post", place, body, "")
    }

    /// Reads `encoded`; in the `other` part of the URL nothing may stand that is of another flow.
    fn read(mode: &'static str, place: Option<Url>, encoded: &str, other: &str) -> Result<Self> {
        let malformed = || Error::new(Code::CallbackMalformed);
        if encoded.len() > MAX_CALLBACK {
            return Err(malformed());
        }
        let mut fields = Json::object();
        for name in &FIELDS {
            let (value, count) = form::find(encoded, name);
            if count > 1 {
                return Err(Code::CallbackDuplicateParam.into());
            }
            if count == 1 {
                fields.set(name, form::decode(value).map_err(|_| malformed())?.into());
            }
        }
        let (code, error) = (fields.at("code"), fields.at("error"));
        if fields.at("state").is_null() && !(code.is_null() && error.is_null()) {
            return Err(Code::StateUnknown.into());
        }
        let one = code.str().is_empty() != error.str().is_empty() && (code.is_null() || error.is_null());
        if !one || !(1..=MAX_STATE).contains(&fields.text("state").len()) {
            return Err(malformed());
        }
        let other_flow = OTHER_FLOWS.iter().any(|name| form::find(encoded, name).1 + form::find(other, name).1 > 0);
        Ok(Self { mode, place, fields, other_flow })
    }

    /// Key of the sign-in this claims to answer.
    ///
    /// # Errors
    /// [`Code::StateUnknown`] for a `state` this library cannot have made.
    pub fn key(&self) -> Result<String> {
        let state = self.fields.text("state");
        let ours = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if state.len() == STATE && state.bytes().all(ours) {
            return Ok([SIGN_INS, state].concat());
        }
        Err(Code::StateUnknown.into())
    }

    /// Checks that it arrived at the redirect URI, where its place is known.
    ///
    /// # Errors
    /// [`Code::CallbackMalformed`].
    pub fn came_to(&self, redirect_uri: &str) -> Result<()> {
        let there = |place: &Url| Url::parse(redirect_uri).is_ok_and(|redirect| redirect.same_place(place));
        if self.place.as_ref().is_none_or(there) {
            return Ok(());
        }
        Err(Error::about(Code::CallbackMalformed, "the callback did not come to the redirect URI"))
    }

    /// Checks that it shows whose it is, where there are several servers: by its place, or by an `iss` that was promised
    /// (RFC 9700 §4.4.2).
    ///
    /// # Errors
    /// [`Code::CallbackMalformed`]; [`Code::IssMissing`].
    pub fn is_placed(&self, request: &Json) -> Result<()> {
        // A refusal has nothing that could be sent to another server.
        if self.place.is_some() || !self.fields.at("error").is_null() {
            Ok(())
        } else if !request.at("issRequired").is_true() {
            Err(Error::about(
                Code::CallbackMalformed,
                "where the answer was posted to is not known: give `url` and `body`",
            ))
        } else if self.fields.at("iss").is_null() {
            Err(Code::IssMissing.into())
        } else {
            Ok(())
        }
    }

    /// Gives up the code once this answer is shown to belong to `request`: a stored
    /// [`AuthorizationRequest`](super::authorization::AuthorizationRequest), or an object with its `state`, `issuer`,
    /// `issRequired` and `responseMode`.
    ///
    /// # Errors
    /// [`Code::StateUnknown`]; [`Code::IssMissing`], [`Code::IssMismatch`] (RFC 9207 §2.4); [`Code::CallbackWrongMode`];
    /// [`Code::InteractionRequired`], [`Code::AuthorizationRefused`] with the server's words.
    pub fn code(&self, request: &Json) -> Result<&str> {
        let (iss, issuer, required) =
            (self.fields.at("iss"), request.at("issuer"), request.at("issRequired").is_true());
        let mode = request.text("responseMode");
        if self.fields.at("state") != request.at("state") {
            return Err(Code::StateUnknown.into());
        }
        if iss.str().is_empty() && (required || !iss.is_null()) {
            return Err(Code::IssMissing.into());
        }
        // A server that states no issuer and sends one all the same: nothing to compare with, and nothing to mix up.
        if !iss.is_null() && iss != issuer && (required || !issuer.is_null()) {
            return Err(Code::IssMismatch.into());
        }
        // An error may come by the server's default mode: it did not get as far as reading ours.
        let error = self.fields.text("error");
        if self.other_flow || (error.is_empty() && self.mode != if mode.is_empty() { "query" } else { mode }) {
            return Err(Code::CallbackWrongMode.into());
        }
        if error.is_empty() {
            return Ok(self.fields.text("code"));
        }
        let code = if NEEDS_USER.contains(&error) { Code::InteractionRequired } else { Code::AuthorizationRefused };
        // What went to the server in the browser's address, or lies in the stored sign-in.
        let secrets: Vec<String> = SECRETS.iter().map(|name| request.text(name).into()).collect();
        Err(oauth_error(code, &self.fields, &secrets))
    }
}

/// Whether encoded fields look like an answer.
fn answers(encoded: &str) -> bool {
    ["state", "code", "error"].iter().any(|name| form::find(encoded, name).1 > 0)
}

const FIELDS: [&str; 6] = ["code", "state", "iss", "error", "error_description", "error_uri"];
const OTHER_FLOWS: [&str; 4] = ["access_token", "id_token", "token", "response"];
const SECRETS: [&str; 4] = ["state", "nonce", "verifier", "launch"];
const NEEDS_USER: [&str; 4] =
    ["login_required", "consent_required", "interaction_required", "account_selection_required"];
/// Characters of a `state` made here: 256 bits in base64url.
const STATE: usize = 43;
const MAX_STATE: usize = 1_024;
/// A server may say a megabyte about an error, percent-encoded.
const MAX_CALLBACK: usize = 4_194_304;

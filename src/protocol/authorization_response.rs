//! Authorization response (RFC 6749 §4.1.2; RFC 9207; OAuth 2.0 Form Post Response Mode).

use super::authorization::{AuthorizationRequest, SIGN_INS};
use super::form;
use super::http::oauth_error;
use super::json::Json;
use super::launch::{fields_after_route, fragment, query};
use super::url::Url;
use crate::error::{Code, Error, Result};
use alloc::string::String;
use alloc::vec::Vec;

/// An authorization response. It is not verified: [`AuthorizationResponse::code`] returns its code only for the request
/// that it matches.
#[derive(Debug)]
pub struct AuthorizationResponse {
    /// Response mode: `query`, `fragment`, `form_post`, or `withdrawn` for an error response that the page itself
    /// makes to mark its abandoned sign-in as used; empty if not known.
    pub(super) mode: &'static str,
    /// The URL at which the response arrived; `None` where that is not known.
    pub(super) arrived_at: Option<Url>,
    /// The parameters of the response, decoded: `code` or `error`, `error_description`, `error_uri`; `state`; `iss`.
    pub(super) fields: Json,
    /// Whether the URL also has parameters of another flow: tokens of the implicit flow, or a JARM response.
    pub(super) other_flow: bool,
    /// The signed token that the response was read from (JARM), and the response mode that it arrived by.
    pub(super) signed: Option<(String, &'static str)>,
}

impl AuthorizationResponse {
    /// Reads the response in an input from JavaScript: a whole `url`, a `part` of it, or the `body` of a POST together
    /// with the `url` it was posted to, if that is known. `None` where the input has none of these members.
    #[must_use]
    pub fn from_input(input: &Json) -> Option<Result<Self>> {
        let member = |name| Some(input.at(name)).filter(|value| !value.is_null()).map(Json::str);
        member("body")
            .map(|body| Self::from_body(body, input.text("url")))
            .or_else(|| member("url").map(Self::from_url))
            .or_else(|| member("part").map(Self::from_part))
    }

    /// Reads the URL that the server redirected the browser to.
    ///
    /// # Errors
    /// [`Code::CallbackMalformed`]; [`Code::CallbackDuplicateParam`]; [`Code::CallbackWrongMode`] where query and
    /// fragment both have a response; [`Code::StateUnknown`] for a response without `state`.
    pub fn from_url(url: &str) -> Result<Self> {
        if url.len() > MAX_CALLBACK {
            return Err(Code::CallbackMalformed.into());
        }
        Self::from_parts(Some(Url::parse(url).map_err(|_| Code::CallbackMalformed)?), url)
    }

    /// Reads a part of the callback URL, for an app that does not have all of it: a path with its query, a query, a fragment,
    /// or the encoded parameters alone. The URL at which it arrived is then not known.
    ///
    /// # Errors
    /// As [`AuthorizationResponse::from_url`].
    pub fn from_part(part: &str) -> Result<Self> {
        let is_marked = part.bytes().any(|byte| matches!(byte, b'?' | b'#'));
        let read = if part.len() > MAX_CALLBACK {
            Err(Code::CallbackMalformed.into())
        } else if is_marked {
            Self::from_parts(None, part)
        } else {
            Self::read("", None, &fields(part), &NO_FIELDS)
        };
        read.map_err(|error| {
            if error.code() == Code::CallbackMalformed { Error::about(error.code(), PASS_WHOLE_URL) } else { error }
        })
    }

    /// Reads the body of a `form_post` response, and the `url` it was posted to, which is empty where that is not
    /// known.
    ///
    /// # Errors
    /// As [`AuthorizationResponse::from_url`].
    pub fn from_body(body: &str, url: &str) -> Result<Self> {
        if body.len() > MAX_CALLBACK {
            return Err(Code::CallbackMalformed.into());
        }
        let arrived_at =
            if url.is_empty() { None } else { Some(Url::parse(url).map_err(|_| Code::CallbackMalformed)?) };
        Self::read("form_post", arrived_at, &fields(body), &NO_FIELDS)
    }

    /// Reads query and fragment. An app with a hash router has a path and a query of its own in the fragment, and the
    /// router may have moved the response there.
    fn from_parts(arrived_at: Option<Url>, url: &str) -> Result<Self> {
        let (query, mut in_fragment) = (fields(query(url)), fields(fragment(url)));
        let in_route = fields(fields_after_route(fragment(url)).unwrap_or_default());
        let [(_, code), (_, state), (_, error), ..] = in_route;
        if state > 0 && code + error > 0 {
            in_fragment = in_route;
        }
        match (has_response(&query), has_response(&in_fragment)) {
            (true, true) => Err(Code::CallbackWrongMode.into()),
            (true, false) => Self::read("query", arrived_at, &query, &in_fragment),
            (false, _) => Self::read("fragment", arrived_at, &in_fragment, &query),
        }
    }

    /// Reads the parameters of one part of the URL. `other_part` is searched for parameters of another flow only.
    fn read(mode: &'static str, arrived_at: Option<Url>, part: &Fields<'_>, other_part: &Fields<'_>) -> Result<Self> {
        let malformed = || Error::new(Code::CallbackMalformed);
        let mut fields = Json::object();
        for (name, (value, count)) in NAMES.iter().zip(part).take(RESPONSE_PARAMETERS) {
            if *count > 1 {
                return Err(Code::CallbackDuplicateParam.into());
            }
            if *count == 1 {
                fields.set(name, form::decode(value).map_err(|_| malformed())?.into());
            }
        }
        check(&fields)?;
        let other_flow = part
            .iter()
            .skip(RESPONSE_PARAMETERS)
            .chain(other_part.iter().skip(RESPONSE_PARAMETERS))
            .any(|(_, count)| *count > 0);
        Ok(Self { mode, arrived_at, fields, other_flow, signed: None })
    }

    /// Storage key of the sign-in that its `state` names.
    ///
    /// # Errors
    /// [`Code::StateUnknown`] for a `state` that this library cannot have made.
    pub fn key(&self) -> Result<String> {
        let state = self.state();
        let is_state_byte = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if state.len() == STATE && state.bytes().all(is_state_byte) {
            return Ok([SIGN_INS, state].concat());
        }
        Err(Code::StateUnknown.into())
    }

    /// Its `state`, which is also the token family of the session that may result.
    #[must_use]
    pub fn state(&self) -> &str {
        self.fields.text("state")
    }

    /// Checks that the response arrived at the redirect URI, if the URL at which it arrived is known.
    ///
    /// # Errors
    /// [`Code::CallbackMalformed`].
    pub fn check_redirect_uri(&self, redirect_uri: &str) -> Result<()> {
        let is_redirect_uri = |url: &Url| Url::parse(redirect_uri).is_ok_and(|redirect| redirect.has_same_path(url));
        if self.arrived_at.as_ref().is_none_or(is_redirect_uri) {
            return Ok(());
        }
        let message =
            ["the callback did not arrive at `redirectUri`, ", redirect_uri, ": the host or a router redirected it"];
        Err(Error::about(Code::CallbackMalformed, &message.concat()))
    }

    /// The URL at which the response arrived; `None` where that is not known.
    #[must_use]
    pub const fn arrived_at(&self) -> Option<&Url> {
        self.arrived_at.as_ref()
    }

    /// Whether it is an error response. An error response has no code that could be sent to the wrong server.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        !self.fields.at("error").is_null()
    }

    /// Checks that the response shows which of several servers it is from: by the URL at which it arrived, or by an `iss` that the
    /// server's metadata promises (RFC 9700 §4.4.2).
    ///
    /// # Errors
    /// [`Code::CallbackMalformed`]; [`Code::IssMissing`].
    pub fn check_source(&self, request: &AuthorizationRequest) -> Result<()> {
        if self.arrived_at.is_some() || self.is_refusal() {
            Ok(())
        } else if !request.expects_iss() {
            Err(Error::about(
                Code::CallbackMalformed,
                "the URL of the response is not known: pass the whole URL, or `url` and `body` of a POST",
            ))
        } else if self.fields.at("iss").is_null() {
            Err(Code::IssMissing.into())
        } else {
            Ok(())
        }
    }

    /// The code, once the response is checked to match the request.
    ///
    /// # Errors
    /// [`Code::StateUnknown`]; [`Code::IssMissing`], [`Code::IssMismatch`] (RFC 9207 §2.4);
    /// [`Code::CallbackWrongMode`]; [`Code::InteractionRequired`], [`Code::AuthorizationRefused`] with the server's
    /// `error` and `error_description`.
    pub fn code(&self, request: &AuthorizationRequest) -> Result<&str> {
        let request = request.json();
        let (iss, issuer, required) =
            (self.fields.at("iss"), request.at("issuer"), request.at("issRequired").is_true());
        let mode = request.text("responseMode");
        if self.fields.at("state") != request.at("state") {
            return Err(Code::StateUnknown.into());
        }
        if iss.str().is_empty() && (required || !iss.is_null()) {
            return Err(Code::IssMissing.into());
        }
        // A server may send `iss` although its metadata has no issuer. Then there is nothing to compare it with. If `proven` is
        // null, the page had no other server at sign-in with which this one could be mixed up.
        let is_compared = required || !issuer.is_null() || !request.at("proven").is_null();
        if !iss.is_null() && iss != issuer && is_compared {
            return Err(Code::IssMismatch.into());
        }
        // An error may arrive by the server's default response mode, if the server failed before it read the one that
        // was requested.
        let error = self.fields.text("error");
        let expected_mode = if mode.is_empty() { "query" } else { mode };
        if self.other_flow || (error.is_empty() && !self.mode.is_empty() && self.mode != expected_mode) {
            return Err(Code::CallbackWrongMode.into());
        }
        if error.is_empty() {
            return Ok(self.fields.text("code"));
        }
        let code = if NEEDS_USER.contains(&error) { Code::InteractionRequired } else { Code::AuthorizationRefused };
        // Secrets of the authorization URL and of the stored sign-in.
        let secrets: Vec<String> = SECRETS.iter().map(|name| request.text(name).into()).collect();
        Err(oauth_error(code, &self.fields, &secrets))
    }
}

/// Checks that parameters are a response: `state`, and either a code or an error.
pub(super) fn check(fields: &Json) -> Result<()> {
    let (code, error) = (fields.at("code"), fields.at("error"));
    if fields.at("state").is_null() && !(code.is_null() && error.is_null()) {
        return Err(Code::StateUnknown.into());
    }
    let is_one_kind = code.str().is_empty() != error.str().is_empty() && (code.is_null() || error.is_null());
    if is_one_kind && (1..=MAX_STATE).contains(&fields.text("state").len()) {
        Ok(())
    } else {
        Err(Code::CallbackMalformed.into())
    }
}

/// For each of [`NAMES`] its first value, undecoded, and how often it occurs.
type Fields<'a> = [(&'a str, usize); NAMES.len()];

fn fields(encoded: &str) -> Fields<'_> {
    let mut fields = NO_FIELDS;
    form::find_all(encoded, &NAMES, &mut fields);
    fields
}

/// Whether the parameters look like a response.
fn has_response(fields: &Fields<'_>) -> bool {
    fields.iter().take(IDENTIFYING).any(|(_, count)| *count > 0)
}

/// Parameters of a response, first the three by which a response is recognized; then parameters of other flows.
pub(super) const NAMES: [&str; 10] = [
    "code",
    "state",
    "error",
    "iss",
    "error_description",
    "error_uri",
    "access_token",
    "id_token",
    "token",
    "response",
];
const IDENTIFYING: usize = 3;
/// Number of the parameters of a response.
pub(super) const RESPONSE_PARAMETERS: usize = 6;
const NO_FIELDS: Fields<'_> = [("", 0); NAMES.len()];
const PASS_WHOLE_URL: &str = "this is not a callback: pass the whole URL that the server redirected to";
const SECRETS: [&str; 4] = ["state", "nonce", "verifier", "launch"];
const NEEDS_USER: [&str; 4] =
    ["login_required", "consent_required", "interaction_required", "account_selection_required"];
/// Characters of a `state` made here: 256 bits in base64url.
const STATE: usize = 43;
const MAX_STATE: usize = 1_024;
/// Bytes of the longest callback. Browsers open URLs of two megabytes, and a server may put a megabyte into `error_description`.
pub(super) const MAX_CALLBACK: usize = 1_310_720;

//! A response, as a value.

use super::oauth_error::{TOKENS, error_with_texts, oauth_error};
use super::request::Request;
use crate::error::{Code, Error, Result};
use crate::protocol::form;
use crate::protocol::json::Json;
use crate::protocol::split::cut;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// A complete response: not redirected, within the size cap, in UTF-8.
#[derive(Clone)]
pub struct Response(Json);

impl Response {
    /// Wraps a response: `status`, `contentType`, `date` in milliseconds since 1970, `retryAfter` in seconds from now, and
    /// `body`; for a request with a proof also `dpopNonce` and `authenticate`.
    #[must_use]
    #[inline(always)]
    pub const fn new(response: Json) -> Self {
        Self(response)
    }

    /// The response with its request: errors name the request, and do not repeat its secrets.
    #[must_use]
    pub fn to(mut self, request: &Request) -> Self {
        self.0.set_text("purpose", request.purpose);
        self.0.set_text("url", request.url.without_query());
        self.0.set_text("form", &request.form);
        self.0.set_text("authorization", &request.authorization);
        self
    }

    /// Adds a secret that errors must not repeat. Those in the form fields and the token in the `Authorization` header need not
    /// be added.
    #[must_use]
    pub fn with_secret(mut self, secret: &str) -> Self {
        let mut fields = String::from(self.0.text("form"));
        form::add(&mut fields, "client_secret", secret);
        self.0.set_text("form", &fields);
        self
    }

    /// Adds the request to an error about this response.
    #[must_use]
    pub fn add_request_to(&self, error: Error) -> Error {
        error.with_request(self.0.text("purpose"), self.0.text("url"))
    }

    /// The error with the server's `error`, `error_description`, `error_uri` and `hint`, except those that repeat a
    /// secret of the request or a token of the response.
    #[must_use]
    pub fn refusal(&self, refused: Code, body: &Json) -> Error {
        let mut secrets = Vec::from([cut(self.0.text("authorization"), b' ').1.unwrap_or_default().into()]);
        for (name, value) in form::pairs(self.0.text("form")) {
            if !PUBLIC.contains(&name) {
                secrets.extend(form::decode(value));
            }
        }
        secrets.extend(TOKENS.iter().map(|name| body.text(name).into()));
        oauth_error(refused, body, &secrets)
    }

    /// HTTP status.
    #[must_use]
    pub fn status(&self) -> u64 {
        self.0.at("status").number().unwrap_or(0)
    }

    /// Seconds that the server asks the client to wait (`Retry-After`), at most 300.
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        self.0.at("retryAfter").number().map(|seconds| seconds.min(LONGEST_WAIT))
    }

    /// The body.
    #[must_use]
    #[inline(always)]
    pub fn body(&self) -> &str {
        self.0.text("body")
    }

    /// The server's clock in seconds since 1970 (`Date` header); `None` where JavaScript cannot read it.
    #[must_use]
    pub fn date(&self) -> Option<u64> {
        self.0.at("date").number().map(|milliseconds| milliseconds / 1_000)
    }

    /// `DPoP-Nonce` header (RFC 9449 §8); empty where there is none, or JavaScript cannot read it.
    #[must_use]
    #[inline(always)]
    pub fn dpop_nonce(&self) -> &str {
        self.0.text("dpopNonce")
    }

    /// `WWW-Authenticate` header; empty where there is none, or JavaScript cannot read it.
    #[must_use]
    #[inline(always)]
    pub fn www_authenticate(&self) -> &str {
        self.0.text("authenticate")
    }

    /// Whether the status is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self.status(), 200..=299)
    }

    /// The body of a successful response.
    ///
    /// # Errors
    /// As [`Response::error`] describes.
    pub fn success_body(&self, refused: Code) -> Result<&str> {
        if self.is_success() { Ok(self.body()) } else { Err(self.error(refused)) }
    }

    /// The body of a successful response with a public document, whose request has no secrets. If the body of an error response
    /// has a token, the error has none of the server's texts.
    ///
    /// # Errors
    /// As [`Response::error`] describes.
    pub fn document_body(&self, refused: Code) -> Result<&str> {
        let has_token = |body: &Json| TOKENS.iter().any(|name| !body.text(name).is_empty());
        let refusal = |body: &Json| error_with_texts(refused, body, &|_| !has_token(body));
        if self.is_success() { Ok(self.body()) } else { Err(self.error_with(&refusal)) }
    }

    /// Whether the content type is `application/json` (RFC 6749 §5.1). Parameters such as `charset` have no effect (RFC
    /// 8259 §11), since a body that is not UTF-8 was refused before.
    #[must_use]
    pub fn is_json(&self) -> bool {
        cut(self.0.text("contentType"), b';').0.trim_ascii().eq_ignore_ascii_case("application/json")
    }

    /// The error of a response that is not a success: `refused` if the status is 4xx, except 408 and 429, and the body has an
    /// OAuth `error` (RFC 6749 §5.2); else [`Code::HttpStatus`].
    #[must_use]
    pub fn error(&self, refused: Code) -> Error {
        self.error_with(&|body| self.refusal(refused, body))
    }

    fn error_with(&self, refusal: &dyn Fn(&Json) -> Error) -> Error {
        let status = self.status();
        let may_be_oauth = matches!(status, 400..=499) && status != 408 && status != 429;
        let body = if may_be_oauth { Json::parse(self.body()).unwrap_or_default() } else { Json::NULL };
        let error = if body.text("error").is_empty() { Error::new(Code::HttpStatus) } else { refusal(&body) };
        self.add_request_to(error.with_status(status, self.retry_after()))
    }
}

/// Shows no body.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status())
    }
}

/// Fields of requests that are not secret. Any other counts as a secret.
const PUBLIC: [&str; 12] = [
    "client_assertion_type",
    "client_id",
    "grant_type",
    "redirect_uri",
    "scope",
    "token_type_hint",
    "aud",
    "code_challenge_method",
    "prompt",
    "resource",
    "response_mode",
    "response_type",
];

/// Longest wait in seconds; no user waits longer for a page.
pub const LONGEST_WAIT: u64 = 300;

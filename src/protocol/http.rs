//! Requests to an authorization server and its responses, as values.

use super::echo::repeats;
use super::form;
use super::json::Json;
use super::split::cut;
use super::url::Url;
use super::visible::is_hidden;
use crate::error::{Code, Error, Result};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// The purposes of requests. Errors name them.
pub mod purpose {
    /// Reads smart-configuration.
    pub const DISCOVERY: &str = "discovery";
    /// Reads the metadata of an issuer.
    pub const OPENID_DISCOVERY: &str = "openid_discovery";
    /// Reads the server's public keys.
    pub const JWKS: &str = "jwks";
    /// Pushes an authorization request (RFC 9126).
    pub const PUSHED: &str = "pushed";
    /// Exchanges an authorization code.
    pub const TOKEN: &str = "token";
    /// Uses a refresh token.
    pub const REFRESH: &str = "refresh";
    /// Revokes a token.
    pub const REVOCATION: &str = "revocation";
    /// Reads the claims of the user.
    pub const USERINFO: &str = "userinfo";
    /// Reads the state of a token.
    pub const INTROSPECTION: &str = "introspection";
    /// Registers a client, or reads, changes or deletes a registration.
    pub const REGISTRATION: &str = "registration";
}

/// HTTP methods of requests with a JSON body.
pub mod method {
    /// Reads.
    pub const GET: &str = "GET";
    /// Creates.
    pub const POST: &str = "POST";
    /// Replaces.
    pub const PUT: &str = "PUT";
    /// Deletes.
    pub const DELETE: &str = "DELETE";
}

/// A request: a GET, or a POST of form fields.
pub struct Request {
    /// Its purpose, for errors; nothing else of a request is shown.
    pub purpose: &'static str,
    /// Its URL, which [`Url::is_permitted`] has accepted.
    pub url: Url,
    /// Encoded fields of a POST; empty for a GET.
    pub form: String,
    /// `Authorization` header; empty for none.
    pub authorization: String,
    /// Deadline in seconds, for headers and body together.
    pub timeout: u64,
    /// The client's secret, which no error may repeat; empty if it has none.
    pub secret: String,
    /// The token family whose key the request has to prove with DPoP; empty if it has no proof.
    pub family: String,
    /// `DPoP` header; empty for none.
    pub proof: String,
}

/// A request with a JSON body, or with none.
pub struct JsonRequest {
    /// Its method.
    pub method: &'static str,
    /// The request without fields.
    pub request: Request,
    /// JSON text; empty for none.
    pub body: String,
}

/// Whether a text can be sent as a token in a header.
#[must_use]
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl Request {
    /// The same request with a proof.
    #[must_use]
    pub fn with_proof(&self, proof: String) -> Self {
        Self {
            purpose: self.purpose,
            url: self.url.clone(),
            form: self.form.clone(),
            authorization: self.authorization.clone(),
            timeout: self.timeout,
            secret: self.secret.clone(),
            family: String::new(),
            proof,
        }
    }

    /// Its method.
    #[must_use]
    pub fn method(&self) -> &'static str {
        if self.form.is_empty() { "GET" } else { "POST" }
    }

    /// Its access token; empty where it has none.
    #[must_use]
    pub fn access_token(&self) -> &str {
        cut(&self.authorization, b' ').1.unwrap_or_default()
    }
}

/// The `Authorization` header of a request with an access token (RFC 6750 §2.1; RFC 9449 §7.1); empty for none.
#[must_use]
pub fn authorization(scheme: &str, access_token: &str) -> String {
    if access_token.is_empty() { String::new() } else { [scheme, " ", access_token].concat() }
}

/// A complete response: not redirected, within the size cap, in UTF-8.
#[derive(Clone)]
pub struct Response(Json);

impl Response {
    /// Wraps a response: `status`, `contentType`, `date` in milliseconds since 1970, `retryAfter` in seconds from now, and
    /// `body`.
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

    /// Adds a secret that errors must not repeat, if the request has it in an encoded form or not at all.
    #[must_use]
    pub fn with_secret(mut self, secret: &str) -> Self {
        let mut fields = String::from(self.0.text("form"));
        form::add(&mut fields, "client_secret", secret);
        self.0.set_text("form", &fields);
        self
    }

    /// Adds the request to an error about this response.
    #[must_use]
    pub fn blame(&self, error: Error) -> Error {
        error.of(self.0.text("purpose"), self.0.text("url"))
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

    /// `WWW-Authenticate` header; empty as above.
    #[must_use]
    #[inline(always)]
    pub fn challenge(&self) -> &str {
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
    pub fn success(&self, refused: Code) -> Result<&str> {
        if self.is_success() { Ok(self.body()) } else { Err(self.error(refused)) }
    }

    /// Whether the content type is `application/json` (RFC 6749 §5.1). Parameters such as `charset` have no effect (RFC
    /// 8259 §11), since a body that is not UTF-8 was refused before.
    #[must_use]
    pub fn is_json(&self) -> bool {
        cut(self.0.text("contentType"), b';').0.trim_ascii().eq_ignore_ascii_case("application/json")
    }

    /// The error of a response that is not a success: `refused` if the body has an OAuth `error` (RFC 6749 §5.2), else
    /// [`Code::HttpStatus`].
    #[must_use]
    pub fn error(&self, refused: Code) -> Error {
        let status = self.status();
        let may_be_oauth = matches!(status, 400..=499) && status != 408 && status != 429;
        let body = if may_be_oauth { Json::parse(self.body()).unwrap_or_default() } else { Json::NULL };
        let error =
            if body.text("error").is_empty() { Error::new(Code::HttpStatus) } else { self.refusal(refused, &body) };
        self.blame(error.with_status(status, self.retry_after()))
    }
}

/// Shows neither query nor fields.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.purpose, self.url.without_query())
    }
}

/// Shows neither query nor body.
impl fmt::Debug for JsonRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.method, self.request)
    }
}

/// Shows no body.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status())
    }
}

/// The error with a server's `error`, `error_description`, `error_uri` and `hint`, each limited in length. Invisible
/// characters are removed, since they can mislead readers. A text that repeats one of the `secrets` is left out
/// entirely.
#[must_use]
pub fn oauth_error(code: Code, body: &Json, secrets: &[String]) -> Error {
    let is_harmless = |text: &str| !secrets.iter().any(|secret| repeats(text, secret));
    let mut oauth = Json::object();
    for (name, ours, most) in &OAUTH_MEMBERS {
        let text: String = body.text(name).chars().filter(|character| !is_hidden(*character)).take(*most).collect();
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
const LONGEST_URI: usize = 1_024;
/// Longest wait in seconds; no user waits longer for a page.
pub const LONGEST_WAIT: u64 = 300;

//! The error type.

mod code;

pub use self::code::Code;

use crate::no_drop::NoDrop;
use crate::protocol::json::{Flaw, Json};
use alloc::boxed::Box;
use core::fmt;

/// The result of a function that fails with an [`Error`].
pub type Result<T> = core::result::Result<T, Error>;

/// A failure: a stable [`Code`], its subject, and the server's error response where there is one.
///
/// Never holds a token, code, verifier or state, so it may be logged. One pointer wide, because every `?` moves it.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(NoDrop<Box<Failure>>);

/// The code, and the other members that JavaScript sees.
#[derive(Clone, PartialEq, Eq)]
struct Failure {
    code: Code,
    details: Json,
}

impl Error {
    /// Creates an error that has only a code.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self(NoDrop::new(Box::new(Failure { code, details: Json::object() })))
    }

    /// Creates an error with a sentence, such as "setting `clientId` is missing". The sentence must not contain
    /// text from outside.
    #[must_use]
    pub fn about(code: Code, about: &str) -> Self {
        Self::new(code).with_about(about)
    }

    /// Creates an error about a name: "`clientId` is missing".
    #[must_use]
    pub fn named(code: Code, name: &str, message: &str) -> Self {
        Self::about(code, &["`", name, "` ", message].concat())
    }

    /// Adds the HTTP status of the response, and the seconds of `Retry-After`, at most 300.
    #[must_use]
    pub fn with_status(mut self, status: u64, retry_after: Option<u64>) -> Self {
        self.0.details.set("status", status.into());
        if let Some(seconds) = retry_after {
            self.0.details.set("retryAfterSeconds", seconds.into());
        }
        self
    }

    /// Adds the server's error response: `{error, description, hint, uri}`.
    #[must_use]
    pub fn with_oauth(mut self, oauth: Json) -> Self {
        self.0.details.set("oauth", oauth);
        self
    }

    /// Adds the request that failed: its purpose, and its URL without query. The first request is kept.
    #[must_use]
    pub fn with_request(mut self, purpose: &str, url: &str) -> Self {
        if self.0.details.at("purpose").is_null() {
            self.0.details.set_text("purpose", purpose);
            self.0.details.set_text("url", url);
        }
        self
    }

    /// Adds the path in the app to which the user returns after the sign-in; adds nothing if `path` is empty.
    #[must_use]
    pub fn with_return_to(mut self, path: &str) -> Self {
        if !path.is_empty() {
            self.0.details.set_text("returnTo", path);
        }
        self
    }

    /// The error for a warning that `strict` makes an error. `warning` is the name of the warning; JavaScript has its text.
    #[must_use]
    pub fn from_warning(code: Code, warning: &str) -> Self {
        let mut error = Self::new(code);
        error.0.details.set_text("warning", warning);
        error
    }

    /// Adds a sentence about the subject of the error. The sentence must not contain text from outside.
    #[must_use]
    pub fn with_about(mut self, about: &str) -> Self {
        self.0.details.set_text("about", about);
        self
    }

    /// Adds the reason for which the session has ended with this failure.
    #[must_use]
    pub fn with_end_reason(mut self, reason: &str) -> Self {
        self.0.details.set_text("ended", reason);
        self
    }

    /// Why the session has ended with this failure; empty if it has not ended.
    #[must_use]
    pub fn end_reason(&self) -> &str {
        self.0.details.text("ended")
    }

    /// The same failure with another code.
    #[must_use]
    pub fn with_code(mut self, code: Code) -> Self {
        self.0.code = code;
        self
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// HTTP status of the response; 0 if there was none.
    #[must_use]
    pub fn status(&self) -> u64 {
        self.0.details.at("status").number().unwrap_or(0)
    }

    /// Seconds the server asked to wait (`Retry-After`).
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        self.0.details.at("retryAfterSeconds").number()
    }

    /// The server's error response (RFC 6749 §4.1.2.1, §5.2). It is text from outside: capped and filtered, not trusted.
    #[must_use]
    pub fn oauth(&self) -> &Json {
        self.0.details.at("oauth")
    }

    /// Whether the refresh token is rejected: only with `invalid_grant` (RFC 6749 §5.2). Any other refusal may be temporary.
    #[must_use]
    pub fn ends_refresh_token(&self) -> bool {
        self.0.code == Code::TokenRefused && self.oauth().text("error") == "invalid_grant"
    }

    /// Whether a later refresh will fail too. A response that is not JSON may come from a proxy or be truncated; a
    /// wrong clock and a setting can be corrected.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        match self.0.code {
            Code::ConfigInvalid
            | Code::ContentType
            | Code::JsonInvalid
            | Code::Redirected
            | Code::ClockSkew
            | Code::DpopUnavailable
            | Code::DpopRefused
            | Code::SignedOut => false,
            _ => !self.retryable(),
        }
    }

    /// Whether the same call may succeed later: after a network failure, a lock that was not granted in time, or a response that
    /// says that the server is unavailable.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self.0.code {
            Code::Network | Code::Timeout | Code::LockTimeout => true,
            Code::HttpStatus => matches!(self.status(), 408 | 429 | 500..=599),
            Code::TokenRefused => matches!(self.oauth().text("error"), "temporarily_unavailable" | "server_error"),
            _ => false,
        }
    }

    /// The error as JSON, of which JavaScript makes a `SmartError`. The code is a number: JavaScript has its name and its texts.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let mut json = self.0.details.clone();
        json.set("code", Json::from(self.0.code as u64));
        json.set("retryable", Json::from(self.retryable()));
        json
    }
}

/// Reads an error that [`Error::to_json`] wrote; `None` for anything else.
#[must_use]
pub fn read(json: &Json) -> Option<Error> {
    let code = usize::try_from(json.at("code").number()?).ok()?;
    Some(Error(NoDrop::new(Box::new(Failure { code: *Code::ALL.get(code)?, details: json.clone() }))))
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl From<Flaw> for Error {
    fn from(_: Flaw) -> Self {
        Self::new(Code::JsonInvalid)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let details = &self.0.details;
        write!(f, "{}: {}{}", self.0.code.as_str(), details.text("about"), details.text("warning"))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

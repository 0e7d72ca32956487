//! The one error. Whose fault is it: the caller's configuration, the server by intent or by mistake, the network, nobody?

use crate::no_drop::NoDrop;
use crate::protocol::json::{Flaw, Json};
use alloc::boxed::Box;
use core::fmt;

/// The result of every fallible function here.
pub type Result<T> = core::result::Result<T, Error>;

/// A failure: a stable [`Code`], what it is about, and what the server said if it said something.
///
/// Never holds a token, code, verifier or state, so it may be logged. One pointer wide, because every `?` moves it.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(NoDrop<Box<Failure>>);

/// Its code, and what JavaScript sees of it beside that.
#[derive(Clone, PartialEq, Eq)]
struct Failure {
    code: Code,
    shown: Json,
}

impl Error {
    /// An error that its code says everything about.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self(NoDrop::new(Box::new(Failure { code, shown: Json::object() })))
    }

    /// An error that names the thing: a sentence such as "setting `clientId` is missing". Takes nothing from outside.
    #[must_use]
    pub fn about(code: Code, about: &str) -> Self {
        let mut error = Self::new(code);
        error.0.shown.set_text("about", about);
        error
    }

    /// An error about a name: "`clientId` is missing".
    #[must_use]
    pub fn named(code: Code, name: &str, says: &str) -> Self {
        Self::about(code, &["`", name, "` ", says].concat())
    }

    /// Adds the HTTP status of the answer and the seconds the server asked to wait, at most 300.
    #[must_use]
    pub fn with_status(mut self, status: u64, retry_after: Option<u64>) -> Self {
        self.0.shown.set("status", status.into());
        if let Some(seconds) = retry_after {
            self.0.shown.set("retryAfterSeconds", seconds.into());
        }
        self
    }

    /// Adds the server's own words: `{error, description, hint, uri}`.
    #[must_use]
    pub fn with_oauth(mut self, oauth: Json) -> Self {
        self.0.shown.set("oauth", oauth);
        self
    }

    /// Adds the request that it came of: its purpose, and its URL without query. One that names another keeps it.
    #[must_use]
    pub fn of(mut self, purpose: &str, url: &str) -> Self {
        if self.0.shown.at("purpose").is_null() {
            self.0.shown.set_text("purpose", purpose);
            self.0.shown.set_text("url", url);
        }
        self
    }

    /// Adds the path in the app that the user was to return to after the sign-in; none where it is empty.
    #[must_use]
    pub fn returning(mut self, path: &str) -> Self {
        if !path.is_empty() {
            self.0.shown.set_text("returnTo", path);
        }
        self
    }

    /// A warning that `strict` makes an error. Its sentence is in JavaScript.
    #[must_use]
    pub fn warned(code: Code, warning: &str) -> Self {
        let mut error = Self::new(code);
        error.0.shown.set_text("warning", warning);
        error
    }

    /// Adds the reason for which the session has ended with this failure.
    #[must_use]
    pub fn ending(mut self, reason: &str) -> Self {
        self.0.shown.set_text("ended", reason);
        self
    }

    /// Why the session has ended with this failure; empty where it has not.
    #[must_use]
    pub fn ended(&self) -> &str {
        self.0.shown.text("ended")
    }

    /// The same failure seen from a job.
    #[must_use]
    pub fn seen_as(mut self, code: Code) -> Self {
        self.0.code = code;
        self
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// HTTP status of the answer; 0 where there was none.
    #[must_use]
    pub fn status(&self) -> u64 {
        self.0.shown.at("status").number().unwrap_or(0)
    }

    /// Seconds the server asked to wait (`Retry-After`).
    #[must_use]
    pub fn retry_after(&self) -> Option<u64> {
        self.0.shown.at("retryAfterSeconds").number()
    }

    /// The server's words (RFC 6749 §4.1.2.1, §5.2): text from outside, capped and filtered, not trusted.
    #[must_use]
    pub fn oauth(&self) -> &Json {
        self.0.shown.at("oauth")
    }

    /// Whether it ends a refresh token: `invalid_grant` alone does (RFC 6749 §5.2); any other refusal may pass.
    #[must_use]
    pub fn ends_refresh_token(&self) -> bool {
        self.0.code == Code::TokenRefused && self.oauth().text("error") == "invalid_grant"
    }

    /// Whether it says that a refresh token will be of no use later either. An answer that is no JSON may come from
    /// somebody in between, or cut off; and a clock can be set.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        match self.0.code {
            Code::ContentType | Code::JsonInvalid | Code::Redirected | Code::ClockSkew | Code::SignedOut => false,
            _ => !self.retryable(),
        }
    }

    /// Whether the same call may work later: the network, or a server that says "not now", as two words of a refusal do.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self.0.code {
            Code::Network | Code::Timeout | Code::LockTimeout => true,
            Code::HttpStatus => matches!(self.status(), 408 | 429 | 500..=599),
            Code::TokenRefused => matches!(self.oauth().text("error"), "temporarily_unavailable" | "server_error"),
            _ => false,
        }
    }

    /// What JavaScript makes a `SmartError` of: the code by its number, for its name and texts are there.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let mut json = self.0.shown.clone();
        json.set("code", Json::from(self.0.code as u64));
        json.set("retryable", Json::from(self.retryable()));
        json
    }
}

/// What [`Error::to_json`] made, read back; `None` for anything else.
#[must_use]
pub fn read(json: &Json) -> Option<Error> {
    let code = usize::try_from(json.at("code").number()?).ok()?;
    Some(Error(NoDrop::new(Box::new(Failure { code: *Code::ALL.get(code)?, shown: json.clone() }))))
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
        let shown = &self.0.shown;
        write!(f, "{}: {}{}", self.0.code.as_str(), shown.text("about"), shown.text("warning"))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $text:literal;)*) => {
        /// Stable codes, the same in Rust and JavaScript. New ones go to the end: the numbers cross the seam.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code {
            $($(#[$doc])* $variant,)*
            /// No failure: what was asked of the host takes time, and the flow is run again when it is there. Stays inside.
            Waiting,
        }

        impl Code {
            /// Every code that leaves.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code in snake_case, as JavaScript names it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* Self::Waiting => "waiting" }
            }
        }
    };
}

codes! {
    // --- the caller's configuration or call
    /// An option is missing or wrong.
    ConfigInvalid "config_invalid";
    /// A launch names a server that is not configured.
    IssuerNotAllowed "issuer_not_allowed";
    /// A URL is neither https nor a permitted loopback address.
    EndpointScheme "endpoint_scheme";
    /// A launch URL with an unusable `launch`.
    LaunchInvalid "launch_invalid";
    /// A request for something outside the FHIR base.
    OriginNotAllowed "origin_not_allowed";
    /// There is no session.
    SignedOut "signed_out";
    /// The access token has expired and cannot be renewed.
    SessionExpired "session_expired";

    // --- the server, by intent
    /// The user or the server said no.
    AuthorizationRefused "authorization_refused";
    /// `prompt=none` was asked and the user has to do something.
    InteractionRequired "interaction_required";
    /// The token endpoint refused.
    TokenRefused "token_refused";
    /// The refresh token is no longer good.
    RefreshRejected "refresh_rejected";
    /// The server takes pushed authorization requests only.
    ParRequired "par_required";

    // --- the server, by mistake, or somebody in between
    /// A smart-configuration that cannot be used.
    DiscoveryInvalid "discovery_invalid";
    /// The metadata names another issuer than the configured one.
    DiscoveryIssuer "discovery_issuer";
    /// The metadata does not list S256.
    PkceUnsupported "pkce_unsupported";
    /// A token response that cannot be used.
    TokenResponseInvalid "token_response_invalid";
    /// A token that is not a bearer token.
    TokenTypeUnsupported "token_type_unsupported";
    /// Launch context that is not what the guide says, or that changed under way.
    LaunchContextInvalid "launch_context_invalid";
    /// Not JSON, or JSON no careful reader accepts.
    JsonInvalid "json_invalid";
    /// An answer that is not declared as JSON.
    ContentType "content_type";
    /// An answer over the size cap.
    BodyTooLarge "body_too_large";
    /// The server redirects where it must not.
    Redirected "redirected";
    /// An HTTP status that is an error and no more.
    HttpStatus "http_status";
    /// Sign-out happened here, the server could not be told.
    LogoutRemoteFailed "logout_remote_failed";

    // --- the callback
    /// No sign-in of this client waits for this answer.
    StateUnknown "state_unknown";
    /// Not an answer to an authorization request.
    CallbackMalformed "callback_malformed";
    /// A parameter that must be single is there twice.
    CallbackDuplicateParam "callback_duplicate_param";
    /// The answer came by another way than the one asked for.
    CallbackWrongMode "callback_wrong_mode";
    /// This answer has been used.
    CallbackReplayed "callback_replayed";
    /// RFC 9207 `iss` is missing.
    IssMissing "iss_missing";
    /// RFC 9207 `iss` is of another server.
    IssMismatch "iss_mismatch";

    // --- the network and the platform
    /// No answer.
    Network "network";
    /// No answer in time.
    Timeout "timeout";
    /// A record could not be kept where it must be.
    StorageUnavailable "storage_unavailable";
    /// A defect of this library or a platform without what it needs.
    Internal "internal";

    // --- who signed in
    /// An ID token that is missing, not verified, or about another user.
    IdTokenInvalid "id_token_invalid";
    /// The device's clock is so wrong that nothing can be said of a token's times.
    ClockSkew "clock_skew";
    /// A UserInfo response that is not verified, or about another user.
    UserinfoInvalid "userinfo_invalid";
    /// An introspection response that cannot be used.
    IntrospectionInvalid "introspection_invalid";

    // --- tabs
    /// Another tab or caller holds what is needed for too long.
    LockTimeout "lock_timeout";
    /// Whether the refresh token is still good cannot be told, and trying once more might end every token of the user.
    RefreshInDoubt "refresh_in_doubt";
}

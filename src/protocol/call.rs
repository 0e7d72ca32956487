//! Calls from JavaScript and their results, as JSON.

use super::json::Json;
use super::launch::Launch;
use super::revocation::TokenKind;
use super::session::Session;
use super::setting::{Kind, check, setting_url};
use super::url::Url;
use crate::error::{Error, Result};
use alloc::vec::Vec;

/// A call: `{job, clients, storage, …}`; the other members depend on the job.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a>(&'a Json);

/// Whether one list of scopes covers another: `{granted, needed}`.
pub const CAN: &str = "can";
/// Completes a sign-in or restores the session: `{url? | part? | body?, former?, arrived?, family? | only?}`.
pub const READY: &str = "ready";
/// Restores the session: `{family? | only?}`.
pub const RESTORE: &str = "restore";
/// Begins a sign-in: `{launchUrl?, options: AuthorizeOptions, key?}`.
pub const AUTHORIZE: &str = "authorize";
/// Returns a valid access token, refreshed if necessary: `{key, seconds? | instead? | renew?}`.
pub const TOKEN: &str = "token";
/// Takes over a session that another tab refreshed: `{key, record}`.
pub const ADOPT: &str = "adopt";
/// Ends a session alone: `{key, family, generation}`, without `generation` if no other tab has signed out.
pub const END: &str = "end";
/// Signs out: `{present?, postLogoutRedirectUri?}`.
pub const LOGOUT: &str = "logout";
/// Reads the metadata of a server: `{iss?}`.
pub const DISCOVER: &str = "discover";
/// Verifies an ID token that the app passes: `{options: ReadIdTokenOptions}`.
pub const ID_TOKEN: &str = "idToken";
/// Requests the claims of the user at the UserInfo endpoint: `{key}`.
pub const USERINFO: &str = "userinfo";
/// Introspects a token: `{key, options: IntrospectOptions}`.
pub const INTROSPECTION: &str = "introspect";
/// Requests an access token of a client without a user.
pub const BACKEND_TOKEN: &str = "backendToken";
/// Returns the URL of a FHIR request of a client without a user: `{url}`.
pub const BACKEND_RESOURCE: &str = "backendResource";
/// Reads the metadata of the server of a client without a user.
pub const BACKEND_DISCOVER: &str = "backendDiscover";
/// Makes a request with the authentication of a client: `{block, options}`.
pub const CLIENT_BLOCK: &str = "clientBlock";
/// Signs an authorization request: `{options}`.
pub const REQUEST_OBJECT: &str = "requestObject";
/// Registers a client: `{options: RegisterClientOptions}`.
pub const REGISTER_CLIENT: &str = "registerClient";
/// Reads a registration: `{options: ManagedClientOptions}`.
pub const READ_CLIENT: &str = "readClient";
/// Changes a registration: `{options: UpdateClientOptions}`.
pub const UPDATE_CLIENT: &str = "updateClient";
/// Deletes a registration: `{options: ManagedClientOptions}`.
pub const DELETE_CLIENT: &str = "deleteClient";
/// The signing input of the proof of a FHIR request: see [`signing_input`](super::dpop::signing_input).
pub const PROOF: &str = "proof";
/// Reads a response to a FHIR request with a proof: see [`learned`](super::dpop::learned).
pub const PROVED: &str = "proved";

impl<'a> Call<'a> {
    /// Wraps a call.
    #[must_use]
    #[inline(always)]
    pub const fn new(input: &'a Json) -> Self {
        Self(input)
    }

    /// The whole call.
    #[must_use]
    #[inline(always)]
    pub const fn json(self) -> &'a Json {
        self.0
    }

    /// The job: one of the constants above.
    #[must_use]
    #[inline(always)]
    pub fn job(self) -> &'a str {
        self.0.text("job")
    }

    /// Name of the building block.
    #[must_use]
    pub fn block(self) -> &'a str {
        self.0.text("block")
    }

    /// Granted scopes.
    #[must_use]
    #[inline(always)]
    pub fn granted(self) -> &'a str {
        self.0.text("granted")
    }

    /// Needed scopes.
    #[must_use]
    #[inline(always)]
    pub fn needed(self) -> &'a str {
        self.0.text("needed")
    }

    /// Storage key of the session.
    #[must_use]
    #[inline(always)]
    pub fn key(self) -> &'a str {
        self.0.text("key")
    }

    /// The session as another tab sent it.
    #[must_use]
    #[inline(always)]
    pub fn record(self) -> &'a str {
        self.0.text("record")
    }

    /// FHIR base URL of the server; empty if the settings have only one.
    #[must_use]
    #[inline(always)]
    pub fn iss(self) -> &'a str {
        self.0.text("iss")
    }

    /// URL of a FHIR request.
    #[must_use]
    #[inline(always)]
    pub fn url(self) -> &'a str {
        self.0.text("url")
    }

    /// The access token that the FHIR server refused (401); empty if it refused none.
    #[must_use]
    #[inline(always)]
    pub fn refused(self) -> &'a str {
        self.0.text("instead")
    }

    /// The page's session, as JSON text.
    #[must_use]
    #[inline(always)]
    pub fn present(self) -> &'a str {
        self.0.text("present")
    }

    /// The token family of the session; `None` if the call names none.
    #[must_use]
    #[inline(always)]
    pub fn family(self) -> Option<&'a str> {
        let family = self.0.at("family");
        if family.is_null() { None } else { Some(family.str()) }
    }

    /// The generation of the session in the tab that signed out; `None` if no other tab has.
    #[must_use]
    #[inline(always)]
    pub fn generation(self) -> Option<u64> {
        self.0.at("generation").number()
    }

    /// Token families of the sessions that the page had before.
    #[must_use]
    #[inline(always)]
    pub fn former(self) -> Vec<&'a str> {
        self.0.at("former").list().iter().map(Json::str).collect()
    }

    /// Whether this page began the sign-in that the response belongs to; `None` for a response that another window
    /// passed on.
    #[must_use]
    pub fn arrived(self) -> Option<bool> {
        let arrived = self.0.at("arrived");
        if arrived.is_null() { None } else { Some(arrived.is_true()) }
    }

    /// Whether to restore a session only if there is exactly one.
    #[must_use]
    #[inline(always)]
    pub fn is_only(self) -> bool {
        self.0.at("only").is_true()
    }

    /// Whether a new access token is requested even if the present one is still valid.
    #[must_use]
    #[inline(always)]
    pub fn renews(self) -> bool {
        self.0.at("renew").is_true()
    }

    /// Seconds for which the access token has to remain valid; `None` for the default.
    #[must_use]
    #[inline(always)]
    pub fn seconds(self) -> Option<u64> {
        self.0.at("seconds").number()
    }

    /// The caller's options.
    #[must_use]
    #[inline(always)]
    pub fn options(self) -> &'a Json {
        self.0.at("options")
    }

    /// The options of a sign-in. If they have no `iss`, `iss` and `launch` are taken from the launch URL.
    ///
    /// # Errors
    /// As [`Launch::parse`].
    pub fn launched(self, mut options: Json) -> Result<Json> {
        if options.at("iss").is_null()
            && let Some(launch) = Launch::parse(self.0.text("launchUrl"))?
        {
            options.set_text("iss", launch.iss());
            options.set_text("launch", launch.handle());
        }
        Ok(options)
    }

    /// `postLogoutRedirectUri`, to which the server redirects after sign-out, empty if it is not set; and the error
    /// if it is not a valid URL of the app.
    pub fn back(self) -> (&'a str, Result<()>) {
        let back = self.0.at("postLogoutRedirectUri");
        let url = || setting_url(self.0, "postLogoutRedirectUri", true).map(|_| ());
        (back.str(), if back.is_null() { Ok(()) } else { url() })
    }
}

/// Options of `introspect` (`IntrospectOptions`).
#[derive(Clone, Copy, Debug)]
pub struct IntrospectOptions<'a>(&'a Json);

impl<'a> IntrospectOptions<'a> {
    /// Checks options.
    ///
    /// # Errors
    /// As [`check`].
    pub fn read(options: &'a Json) -> Result<Self> {
        check(options, INTROSPECT, false).map(|()| Self(options))
    }

    /// The token; empty for that of the session.
    #[must_use]
    pub fn token(self) -> &'a str {
        self.0.text("token")
    }

    /// The kind of the token.
    #[must_use]
    pub fn kind(self) -> TokenKind {
        TokenKind::named(self.0.text("tokenTypeHint"))
    }

    /// Whether the request is authorized by the client id instead of the access token (`authorizedBy`).
    #[must_use]
    pub fn is_by_client(self) -> bool {
        self.0.text("authorizedBy") == "client_id"
    }
}

/// A session as JavaScript sees it.
#[must_use]
pub fn session(session: &Session, persisted: bool) -> Json {
    let mut view = session.json().clone();
    view.set_text("key", &session.key());
    view.set("persisted", persisted.into());
    view
}

/// A session with a valid access token. `renewed` says whether this call refreshed it; `failure` is the error of a refresh that
/// was attempted. Until the time `until` the same call has the same result, while the stored records are unchanged.
#[must_use]
pub fn token(mut session: Json, renewed: bool, failure: Option<&Error>, until: Option<u64>) -> Json {
    session.set("renewed", renewed.into());
    session.set("failure", failure.map_or(Json::NULL, Error::to_json));
    session.set("until", until.map_or(Json::NULL, Json::from));
    session
}

/// The URL of a FHIR request, the FHIR base, and the session as [`token`] returns it; without `until` if its access token has to
/// be renewed first.
#[must_use]
pub fn resource(session: Json, until: Option<u64>, base: &Url, url: &Url) -> Json {
    let mut result = token(session, false, None, until);
    result.set_text("base", base.as_str());
    result.set_text("url", url.as_str());
    result
}

/// A sign-in that was begun: `{request, persisted}`.
#[must_use]
pub fn begun(request: Json, persisted: bool) -> Json {
    let mut result = Json::object();
    result.set("request", request);
    result.set("persisted", persisted.into());
    result
}

/// `LogoutResult`.
#[must_use]
pub fn logout(revoked: Json, logout_url: Json, error: Option<&Error>) -> Json {
    let mut result = Json::object();
    result.set("revoked", revoked);
    result.set("logoutUrl", logout_url);
    result.set("error", error.map_or(Json::NULL, Error::to_json));
    result
}

/// `IntrospectOptions`.
const INTROSPECT: &[(&str, Kind)] = &[
    ("token", Kind::Text),
    ("tokenTypeHint", Kind::OneOf(&["access_token", "refresh_token"])),
    ("authorizedBy", Kind::OneOf(&["access_token", "client_id"])),
];

//! Calls from JavaScript, as JSON.

mod result;

pub use self::result::{begun, logout, resource, session, token};
use super::json::Json;
use super::launch::Launch;
use super::setting::setting_url;
use crate::error::Result;
use alloc::vec::Vec;

/// A call: `{job, clients, storage, …}`; the other members depend on the job.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a>(&'a Json);

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

    /// The job: one of [`job`](super::job).
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

    /// The access token that the FHIR server refused (401): another one is requested instead. Empty if it refused none.
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

    /// The generation of the session in the tab that signed out; `None` if no other tab has signed out.
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

    /// For a response that arrived at this page: whether this page began the sign-in. `None` for a response that another
    /// window passed on.
    #[must_use]
    pub fn arrived(self) -> Option<bool> {
        let arrived = self.0.at("arrived");
        if arrived.is_null() { None } else { Some(arrived.is_true()) }
    }

    /// Whether to restore a session only if all stored ones are of the same user and patient.
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
    pub fn post_logout_redirect(self) -> (&'a str, Result<()>) {
        let redirect_uri = self.0.at("postLogoutRedirectUri");
        let url = || setting_url(self.0, "postLogoutRedirectUri", true).map(|_| ());
        (redirect_uri.str(), if redirect_uri.is_null() { Ok(()) } else { url() })
    }
}

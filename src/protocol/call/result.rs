//! Results of calls, as JavaScript sees them.

use crate::error::Error;
use crate::protocol::json::Json;
use crate::protocol::session::Session;
use crate::protocol::url::Url;

/// A session as JavaScript sees it.
#[must_use]
pub fn session(session: &Session, persisted: bool) -> Json {
    let mut view = session.json().clone();
    view.set_text("key", &session.key());
    view.set("persisted", persisted.into());
    view
}

/// A session with a valid access token. `renewed`: it was refreshed by this call or while this call waited. `failure`: the error of
/// a refresh that failed. Until the time `until` the same call has the same result, while the stored records are unchanged.
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

//! The jobs of `createSmartClient`. Every call brings the settings along, so that a trap loses nothing.

use super::{outcome, parse};
use crate::error::{Code, Error, Result};
use crate::flow::record::{self, Stored};
use crate::flow::refresh::Need;
use crate::flow::resume::Which;
use crate::flow::{discover as discovering, refresh, resume, sign_in, sign_out};
use crate::protocol::answer::AuthorizationResponse;
use crate::protocol::authorization::check_options;
use crate::protocol::client::Settings;
use crate::protocol::json::Json;
use crate::protocol::launch;
use crate::protocol::resource::of_session;
use crate::protocol::scope::covers;
use crate::protocol::session::{Session, hint};
use crate::protocol::setting::setting_url;
use crate::web::Web;
use alloc::string::String;
use wasm_bindgen::prelude::*;

/// Does a job: `input` is `{job, clients, storage, …}`, the rest by the job. Empty text where it waits: it is to be called
/// again with the same `input` and host then.
///
/// One export for all of them: what they share, settings above all, is in the module once.
#[wasm_bindgen]
pub fn run(input: String) -> String {
    outcome(parse(&input).and_then(|input| job(&Web, &input)))
}

fn job(host: &Web, input: &Json) -> Result<Json> {
    if input.text("job") == "can" {
        return Ok(covers(input.text("granted"), input.text("needed")).into());
    }
    let settings = Settings::read(input)?;
    match input.text("job") {
        "ready" => ready(host, settings, input),
        "authorize" => authorize(host, settings, input),
        "token" => token(host, settings, input),
        "adopt" => {
            own(host, settings, input)?;
            refresh::adopt(host, settings, input.text("key"), input.text("record")).map(view)
        }
        "end" => {
            let generation = input.at("generation").number().unwrap_or(0);
            sign_out::end_copy(host, settings, input.text("key"), input.text("family"), generation)?;
            Ok(Json::NULL)
        }
        "logout" => logout(host, settings, input),
        "discover" => Ok(discovering::server(host, settings.client(input.text("iss"))?)?.0),
        _ => {
            let session = own(host, settings, input)?;
            let client = settings.client_of(session.json())?;
            Ok(of_session(client, &session, input.text("url"))?.as_str().into())
        }
    }
}

/// `{url? | part? | body?, former?, arrived?, family? | only?}`, a URL beside a body where it is known where that was posted
/// to → a session, or `null`: completes the sign-in that they answer, which replaces the sessions of the families `former`,
/// or restores the session. `arrived` is whether the page knows that sign-in, and not there for an answer that another window
/// brought.
fn ready(host: &Web, settings: Settings<'_>, input: &Json) -> Result<Json> {
    let Some(response) = AuthorizationResponse::given(input) else {
        return Ok(resume::session(host, settings, which(input)).map_or(Json::NULL, view));
    };
    let response = response?;
    let outcome = sign_in::complete(host, settings, &response);
    if outcome.as_ref().is_err_and(|error| error.code() == Code::Waiting) {
        return Err(Code::Waiting.into());
    }
    // A callback that came to this page ends what was here, whatever it says; one that another window brought, only if
    // there is a session.
    let arrived = input.at("arrived");
    let is_used = outcome.as_ref().is_err_and(|error| !error.ended().is_empty());
    if outcome.is_ok() || arrived.is_true() || is_used && !arrived.is_null() {
        record::replace(host, input.at("former"), response.state());
    }
    // Used before: a reload of the callback, which finds the session it made.
    match outcome?.or_else(|| resume::session(host, settings, which(input))) {
        Some(stored) => Ok(view(stored)),
        None => Err(Error::new(Code::CallbackReplayed).ending(sign_in::REPLACED)),
    }
}

/// `{family? | only?}`: which session the page has.
fn which(input: &Json) -> Which<'_> {
    match input.at("family") {
        family if !family.is_null() => Which::Of(family.str()),
        _ if input.at("only").is_true() => Which::Only,
        _ => Which::Last,
    }
}

/// `{launchUrl?, options: AuthorizeOptions, key?, family?}` → `{request, persisted}`. The session is that of a silent
/// sign-in.
fn authorize(host: &Web, settings: Settings<'_>, input: &Json) -> Result<Json> {
    let mut options = input.at("options").clone();
    check_options(&options)?;
    if options.at("iss").is_null() {
        options.copy(&launch::parse(input.text("launchUrl"))?, &["iss", "launch"]);
    }
    if let Ok(session) = own(host, settings, input) {
        hint(settings, &session, &mut options)?;
    }
    let begun = sign_in::begin(host, settings, &options)?;
    let mut result = Json::object();
    result.set("request", begun.request);
    result.set("persisted", Json::from(begun.persisted));
    Ok(result)
}

/// The session that the caller means: not one that has taken its place.
fn own(host: &Web, settings: Settings<'_>, input: &Json) -> Result<Session> {
    let session = record::stored(host, settings, input.text("key"))?.session;
    if session.family() == input.text("family") { Ok(session) } else { Err(Code::SignedOut.into()) }
}

/// `{key, family, seconds? | instead? | renew?}` → a session, and whether it was renewed.
fn token(host: &Web, settings: Settings<'_>, input: &Json) -> Result<Json> {
    let need = match input.text("instead") {
        "" if input.at("renew").is_true() => Need::New,
        "" => input.at("seconds").number().map_or(Need::Use, Need::Seconds),
        refused => Need::Instead(refused),
    };
    own(host, settings, input)?;
    let good = refresh::access_token(host, settings, input.text("key"), need)?;
    let mut result = view(good.stored);
    result.set("renewed", Json::from(good.renewed));
    result.set("failure", good.failure.map_or(Json::NULL, |failure| failure.to_json()));
    Ok(result)
}

/// `{postLogoutRedirectUri?}` → `LogoutResult`.
fn logout(host: &Web, settings: Settings<'_>, input: &Json) -> Result<Json> {
    let back = input.at("postLogoutRedirectUri");
    let checked = if back.is_null() { Ok(()) } else { setting_url(input, "postLogoutRedirectUri", true).map(|_| ()) };
    let ended = sign_out::end(host, settings, input.text("present"), back.str())?;
    // Signed out all the same.
    checked?;
    let mut result = Json::object();
    result.set("revoked", ended.revoked.map_or(Json::NULL, Json::from));
    result.set("logoutUrl", ended.logout_url.map_or(Json::NULL, Json::from));
    result.set("error", ended.error.map_or(Json::NULL, |error| error.to_json()));
    Ok(result)
}

fn view(stored: Stored) -> Json {
    let mut view = stored.session.json().clone();
    view.set_text("key", &stored.session.key());
    view.set("persisted", Json::from(stored.persisted));
    view
}

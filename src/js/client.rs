//! The calls of `createSmartClient`. Every call passes the settings, so a trap of the module loses no state.

use super::{outcome, parse, settings};
use crate::error::{Code, Error, Result};
use crate::flow::record::{self, Stored};
use crate::flow::refresh::Need;
use crate::flow::resume::Which;
use crate::flow::{discover as discovering, refresh, resume, sign_in, sign_out};
use crate::host::AUTHENTICATES_CLIENTS;
use crate::protocol::authorization::{Options, check_options};
use crate::protocol::authorization_response::AuthorizationResponse;
use crate::protocol::call::{self, Call};
use crate::protocol::job;
use crate::protocol::json::Json;
use crate::protocol::resource::of_session;
use crate::protocol::scope::covers;
use crate::protocol::session::{Session, add_id_token_hint};
use crate::protocol::settings::Settings;
use crate::web::Web;
use alloc::string::String;
use wasm_bindgen::prelude::*;

/// Runs a [`Call`] that needs no session; `input` is the call as JSON text. Returns an empty text while an effect is
/// pending: then call it again with the same `input` and the same environment.
///
/// A page that only begins a sign-in loads no other part of the module, unless [`push`] is needed.
#[wasm_bindgen]
pub fn begin(input: String) -> String {
    outcome(parse(&input).and_then(|input| before_session(&Web, Call::new(&input))))
}

/// Begins a sign-in whose request has to be pushed, or a silent sign-in of a page with a session, after [`begin`] returned
/// `true`; `input` is the same.
#[wasm_bindgen]
pub fn push(input: String) -> String {
    outcome(parse(&input).and_then(|input| {
        let call = Call::new(&input);
        authorize::<true>(&Web, settings(call)?, call)
    }))
}

/// Runs any other [`Call`]: completes a sign-in, restores the session, or uses it.
#[wasm_bindgen]
pub fn session(input: String) -> String {
    outcome(parse(&input).and_then(|input| with_session(&Web, Call::new(&input))))
}

pub(super) fn before_session(host: &Web, call: Call<'_>) -> Result<Json> {
    let settings = settings(call)?;
    match call.job() {
        // The module of confidential clients is not split, so it has the code for pushed requests.
        job::AUTHORIZE => authorize::<AUTHENTICATES_CLIENTS>(host, settings, call),
        job::DISCOVER => Ok(discovering::server(host, settings.client(call.iss())?)?.into_json()),
        // `restore`: `null` if there is nothing to restore, else `true`, and the page loads `session`, which restores it.
        _ => Ok(if resume::is_stored(host, which(call)) { true.into() } else { Json::NULL }),
    }
}

pub(super) fn with_session(host: &Web, call: Call<'_>) -> Result<Json> {
    if call.job() == job::CAN {
        return Ok(covers(call.granted(), call.needed()).into());
    }
    let settings = settings(call)?;
    match call.job() {
        job::READY | job::RESTORE => ready(host, settings, call),
        job::TOKEN => token(host, settings, call),
        job::ADOPT => refresh::adopt(host, settings, call.key(), call.record()).map(view),
        job::END => {
            let family = call.family().unwrap_or_default();
            sign_out::end_copy(host, settings, call.key(), family, call.generation())?;
            Ok(Json::NULL)
        }
        job::LOGOUT => logout(host, settings, call),
        _ => resource(host, settings, call),
    }
}

/// Completes the sign-in to which the response in the URL or form belongs, and replaces the page's former sessions; or
/// restores the session. `null` if there is neither a response nor a session to restore.
fn ready(host: &Web, settings: Settings<'_>, call: Call<'_>) -> Result<Json> {
    let response = if AUTHENTICATES_CLIENTS {
        AuthorizationResponse::from_input_or_signed(call.json())
    } else {
        AuthorizationResponse::from_input(call.json())
    };
    let Some(response) = response else {
        return Ok(resume::session(host, settings, which(call)).map_or(Json::NULL, view));
    };
    let response = response?;
    let outcome = sign_in::complete(host, settings, &response);
    if outcome.as_ref().is_err_and(|error| error.code() == Code::Waiting) {
        return Err(Code::Waiting.into());
    }
    // A response that arrived at this page replaces its sessions even if it is an error, if this page began the sign-in or
    // the sign-in is used now. A response that another window passed on replaces them only if it is completed.
    let is_used = outcome.as_ref().is_err_and(|error| !error.end_reason().is_empty());
    if outcome.is_ok() || call.arrived() == Some(true) || is_used && call.arrived().is_some() {
        record::remove_replaced(host, &call.former(), response.state());
    }
    // The response was used before, because the page was reloaded: restore the session of that sign-in.
    match outcome?.or_else(|| resume::session(host, settings, which(call))) {
        Some(stored) => Ok(view(stored)),
        None => Err(Error::new(Code::CallbackReplayed).with_end_reason(sign_in::REPLACED)),
    }
}

/// Selects the session to restore.
fn which(call: Call<'_>) -> Which<'_> {
    match call.family() {
        Some(family) => Which::Of(family),
        None if call.is_only() => Which::Only,
        None => Which::Last,
    }
}

/// Begins a sign-in. The call names a session if the sign-in is silent. `true` if the request has to be pushed or belongs to a
/// session, which needs `PUSHES`: few sign-ins do.
fn authorize<const PUSHES: bool>(host: &Web, settings: Settings<'_>, call: Call<'_>) -> Result<Json> {
    if !PUSHES && !call.key().is_empty() {
        return Ok(true.into());
    }
    check_options(call.options())?;
    let mut options = call.launched(call.options().clone())?;
    if !call.key().is_empty()
        && let Ok(session) = stored(host, settings, call)
    {
        add_id_token_hint(settings, &session, &mut options)?;
    }
    let begun = sign_in::begin::<PUSHES>(host, settings, Options::checked(&options))?;
    Ok(begun.map_or_else(|| true.into(), |begun| call::begun(begun.request.into_json(), begun.persisted)))
}

/// The session under the key of the call.
fn stored(host: &Web, settings: Settings<'_>, call: Call<'_>) -> Result<Session> {
    Ok(record::load_session(host, settings, call.key())?.session)
}

/// Returns the session with an access token that is valid for the requested time.
fn token(host: &Web, settings: Settings<'_>, call: Call<'_>) -> Result<Json> {
    let need = match call.refused() {
        "" if call.renews() => Need::New,
        "" => call.seconds().map_or(Need::Use, Need::Seconds),
        refused => Need::Instead(refused),
    };
    let valid = refresh::access_token(host, settings, call.key(), need)?;
    let until = refresh::valid_until(host, settings, &valid.stored.session, need);
    Ok(call::token(view(valid.stored), valid.renewed, valid.failure.as_ref(), until))
}

/// The URL of a FHIR request, and the session; without `until` if its access token has to be renewed first.
fn resource(host: &Web, settings: Settings<'_>, call: Call<'_>) -> Result<Json> {
    let stored = record::load_session(host, settings, call.key())?;
    let client = settings.client_of(stored.session.record())?;
    let url = of_session(client, &stored.session, call.url())?;
    let until = refresh::valid_until(host, settings, &stored.session, Need::Use);
    Ok(call::resource(view(stored), until, &client.base()?, &url))
}

/// Signs out.
fn logout(host: &Web, settings: Settings<'_>, call: Call<'_>) -> Result<Json> {
    let (redirect_url, validity) = call.post_logout_redirect();
    let ended = sign_out::end(host, settings, call.present(), redirect_url)?;
    // The user is signed out even if `postLogoutRedirectUri` is invalid.
    validity?;
    let revoked = ended.revoked.map_or(Json::NULL, Json::from);
    let logout_url = ended.logout_url.map_or(Json::NULL, Json::from);
    Ok(call::logout(revoked, logout_url, ended.error.as_ref()))
}

fn view(stored: Stored) -> Json {
    call::session(&stored.session, stored.persisted)
}

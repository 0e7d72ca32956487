//! Signing in: the authorization request, and the response to it. Both are in one file, because the second half checks what the
//! first half has stored.

use super::client_block::sign_request;
use super::discover;
use super::identity;
use super::proof;
use super::record::{self, Stored};
use super::send::{authentication, request_by_client, send_by_client, token_type};
use super::sign_out;
use super::signed_response;
use crate::error::{Code, Result};
use crate::host::{AUTHENTICATES_CLIENTS, Area, Host, SENDS_PROOFS};
use crate::protocol::authorization::{
    AuthorizationRequest, Fresh, Options, OutgoingRequest, Parameters, SIGN_INS, Signed, USED_NOTE,
};
use crate::protocol::authorization_response::AuthorizationResponse;
use crate::protocol::client::Client;
use crate::protocol::endpoint::Endpoint;
use crate::protocol::family::FAMILIES;
use crate::protocol::http::{Response, purpose};
use crate::protocol::json::Json;
use crate::protocol::record::{RECORDS, is_outdated};
use crate::protocol::request_object::RequestObject;
use crate::protocol::server::{Server, shared_redirect};
use crate::protocol::session::Session;
use crate::protocol::settings::Settings;
use crate::protocol::token::{Tokens, code_form};
use crate::protocol::url::Url;
use alloc::string::String;

/// A sign-in that is stored, with its authorization request.
#[derive(Debug)]
pub struct Begun {
    /// The request to the authorization endpoint.
    pub request: OutgoingRequest,
    /// Whether the stored sign-in outlives the page.
    pub persisted: bool,
}

/// Begins a sign-in and stores it until its response arrives. `options` have passed
/// [`check_options`](crate::protocol::authorization::check_options).
///
/// `None` if the request has to be pushed (RFC 9126) and `PUSHES` is `false`: run it again with `true`. Pages that push nothing
/// do not load the code for that.
///
/// # Errors
/// As [`discover::server`] and [`Server::check`](crate::protocol::server::Server::check); for a pushed request as
/// [`Server::push_endpoint`], [`request_by_client`] and [`Parameters::request_for_pushed`]; for a signed request as
/// [`sign_request`]. Nothing is stored then.
pub fn begin<const PUSHES: bool>(
    host: &impl Host,
    settings: Settings<'_>,
    options: Options<'_>,
) -> Result<Option<Begun>> {
    let client = settings.client(options.iss())?;
    settings.check_origin(client)?;
    // The hash comes first, because the flow runs again from its start when the hash is available.
    let mut fresh =
        Fresh { state: host.random(), nonce: host.random(), verifier: host.random(), challenge: String::new() };
    fresh.challenge = host.hash("256", &fresh.verifier)?;
    let mut server = discover::server(host, client)?;
    let shares_redirect = settings.shares_redirect(client)?;
    let endpoint = server.check(client, shares_redirect)?;
    let signs = AUTHENTICATES_CLIENTS && server.needs_signed_requests(client);
    if AUTHENTICATES_CLIENTS {
        authentication(host, client)?.check_server(&mut server)?;
    }
    // A sign-in relies on the issuer if the response or the ID token has to name it, or if a signed request is addressed to it.
    let is_signed = AUTHENTICATES_CLIENTS && (signs || options.is_for_signed_response(client));
    let relies_on_issuer =
        (server.sends_iss() || options.is_for_identity(client) || is_signed) && !server.issuer().is_empty();
    // A malicious server could state the issuer of another one, and send the user there with the signed request.
    let is_foreign = signs && !server.has_own_issuer(&endpoint);
    if settings.has_several_servers() || shares_redirect || is_foreign {
        if relies_on_issuer {
            discover::verify_issuer(host, settings, client, &mut server, shares_redirect)?;
        }
        server.set_verified(relies_on_issuer);
    }
    forget_stale(host);
    let mut pending = AuthorizationRequest::new(client, &server, options, &fresh, host.now());
    if AUTHENTICATES_CLIENTS {
        pending.expect_signed(&server)?;
    }
    // After this only a pushed request can fail, because clients with bound tokens sign no requests. If it fails, this key is
    // removed, so a failed sign-in leaves no key.
    let with_key = if SENDS_PROOFS && client.binds_tokens() {
        server.check_proofs()?;
        options.with_key(&proof::create_key(host, &fresh.state)?)
    } else {
        Json::NULL
    };
    let options = if with_key.is_null() { options } else { Options::checked(&with_key) };
    let parameters = pending.parameters(client, options, &fresh.challenge);
    let mut request = parameters.request_to(&endpoint, server.accepts_post());
    let mut token = String::new();
    if signs {
        let reference = Signed::Reference(settings.request_uri(client)?);
        let referring = parameters.signed_request_to(&endpoint, server.accepts_post(), reference);
        let refers = client.refers_to_requests() && !parameters.is_pushed(&server, &referring);
        let parameter = if refers { reference } else { Signed::Value("") };
        authentication(host, client)?.check_request_object(&server, parameter)?;
        let input = RequestObject::input(client, server.issuer(), &endpoint, &request);
        token = sign_request(host, RequestObject::checked(&input))?;
        request = if refers {
            referring.with_request_object(&token)
        } else {
            parameters.signed_request_to(&endpoint, server.accepts_post(), Signed::Value(&token))
        };
    }
    if parameters.is_pushed(&server, &request) {
        if !PUSHES {
            return Ok(None);
        }
        let form = if signs { parameters.signed_push_form(&token) } else { parameters.push_form() };
        request = push(host, client, &server, &pending, &parameters, &endpoint, form).inspect_err(|error| {
            if SENDS_PROOFS && client.binds_tokens() && error.code() != Code::Waiting {
                host.forget_proof_key(&fresh.state);
            }
        })?;
    }
    let key = [SIGN_INS, &fresh.state].concat();
    let persisted = record::save_new(host, Area::Tab, &key, &pending.to_record());
    Ok(Some(Begun { request, persisted }))
}

/// Pushes the authorization request with these form fields; with a proof if the tokens will be bound to a key (RFC 9449 §10.1).
fn push(
    host: &impl Host,
    client: Client<'_>,
    server: &Server,
    pending: &AuthorizationRequest,
    parameters: &Parameters,
    endpoint: &Url,
    form: String,
) -> Result<OutgoingRequest> {
    let (purpose, url) = (purpose::PUSHED, server.push_endpoint()?);
    let pushed = request_by_client(host, client, pending.record(), purpose, url, form)?;
    parameters.request_for_pushed(endpoint, &send_by_client(host, &pushed)?)
}

/// Completes the sign-in of `response`: marks the sign-in as used, exchanges the code, and stores the session.
///
/// A forged response has no effect: nothing changes until a pending sign-in is found for it, and the checks of its URL, its
/// server and its signature have passed. Then the sign-in is used, even if a later step fails. A response that was used before
/// (a reload) gives its session, or `None` if its session is not found.
///
/// # Errors
/// `StateUnknown`, `CallbackMalformed` and the other errors of these checks leave the sign-in pending. After the errors of
/// [`AuthorizationResponse::code`], of [`Tokens::parse`] and of the token request it is used.
pub fn complete(host: &impl Host, settings: Settings<'_>, response: &AuthorizationResponse) -> Result<Option<Stored>> {
    let key = response.key()?;
    let request = pending(host, &key).ok_or(Code::StateUnknown)?;
    finish(host, settings, response, &key, &request).map_err(|error| error.with_return_to(request.return_to()))
}

fn finish(
    host: &impl Host,
    settings: Settings<'_>,
    response: &AuthorizationResponse,
    key: &str,
    request: &AuthorizationRequest,
) -> Result<Option<Stored>> {
    let client = settings.client_of(request.record())?;
    // A tab that was duplicated before the response arrived has a copy of the sign-in that is not marked as used.
    let copy = host.load(Area::Tab, key).and_then(|copy| AuthorizationRequest::read(&copy));
    let is_copied = copy.is_some_and(|copy| !copy.is_used());
    if request.is_used() {
        if is_copied {
            host.remove(Area::Tab, key);
        }
        return session_of_used_response(host, settings, request, is_copied);
    }
    let redirect_uri = request.redirect_uri();
    let is_same_page =
        || response.arrived_at().is_some_and(|arrived_at| settings.is_same_page(redirect_uri, arrived_at));
    response.check_redirect_uri(redirect_uri).or_else(|error| if is_same_page() { Ok(()) } else { Err(error) })?;
    if settings.has_several_servers() || request.record().is_among_several() {
        response.check_source(request)?;
    }
    // The page that began the sign-in may have had settings for this server only.
    let is_checked = request.record().is_among_several() || response.is_refusal();
    if !is_checked && !settings.in_turn() && settings.lists_redirect(client)? {
        if !request.expects_iss() {
            return Err(shared_redirect());
        }
        discover::verify_issuer(host, settings, client, &mut Server::from_record(request.record()), true)?;
    }
    if AUTHENTICATES_CLIENTS {
        // The signature is verified before the sign-in is marked as used, so that a forged response has no effect.
        signed_response::verify(host, settings, response, request)?;
    }
    if !mark_used(host, client, key, request)? {
        return session_of_used_response(host, settings, request, is_copied);
    }
    match exchange(host, settings, response, key, request) {
        Ok(stored) => Ok(Some(stored)),
        Err(error) => Err(error.with_end_reason(REPLACED)),
    }
}

/// Exchanges the code of a response that belongs to `request`.
fn exchange(
    host: &impl Host,
    settings: Settings<'_>,
    response: &AuthorizationResponse,
    key: &str,
    request: &AuthorizationRequest,
) -> Result<Stored> {
    let client = settings.client_of(request.record())?;
    let code = response.code(request)?;
    let form = code_form(code, request.redirect_uri(), request.verifier());
    let record = request.record();
    let token_request =
        request_by_client(host, client, record, purpose::TOKEN, record.endpoint(Endpoint::TOKEN), form)?;
    identity::request_keys(host, settings, client, record);
    let sent_at = host.steady();
    let token_response = send_by_client(host, &token_request)?;
    let mut stored = store_session(host, settings, key, request, &token_response, sent_at)?;
    stored.session = stored.session.with_return_to(request.return_to());
    Ok(stored)
}

/// The stored sign-in, if it is complete and not too old.
fn pending(host: &impl Host, key: &str) -> Option<AuthorizationRequest> {
    let (stored, _) = record::load(host, key)?;
    AuthorizationRequest::stored(&stored, host.now(), MAX_AGE)
}

/// Marks a sign-in as used; `false` if another caller has already done so, in this page or in a tab that has a copy.
///
/// A code works once, and a second attempt may revoke the tokens of the first (RFC 6749 §4.1.2).
fn mark_used(host: &impl Host, client: Client<'_>, key: &str, request: &AuthorizationRequest) -> Result<bool> {
    let note = host.lock(Area::Shared, key, client.lock_timeout())?;
    let current = pending(host, key).ok_or(Code::StateUnknown)?;
    record::save(host, Area::Shared, key, &request.to_used().to_record());
    host.leave(key, USED_NOTE);
    Ok(note.is_empty() && !current.is_used())
}

/// Finds the session that was made from the same response, here or in another tab.
fn session_of_used_response(
    host: &impl Host,
    settings: Settings<'_>,
    request: &AuthorizationRequest,
    is_copied: bool,
) -> Result<Option<Stored>> {
    let key = request.record().session_key();
    let is_of = |session: &Session| session.key() == key && session.family() == request.record().family();
    if let Ok(stored) = record::load_session(host, settings, &key)
        && is_of(&stored.session)
    {
        return Ok(Some(stored));
    }
    if !is_copied {
        return Ok(None);
    }
    let session =
        Session::from_record(&host.ask(&request.record().channel(), request.record().family(), 0)?).filter(is_of);
    Ok(session.map(|session| record::save_session(host, settings, session)))
}

fn store_session(
    host: &impl Host,
    settings: Settings<'_>,
    key: &str,
    request: &AuthorizationRequest,
    token_response: &Response,
    sent_at: u64,
) -> Result<Stored> {
    let strict = settings.client_of(request.record())?.strict();
    let mut tokens = Tokens::parse_typed(token_response, strict, token_type(request.record()))?;
    let session = identity::verify_id_token(host, settings, request.record(), &mut tokens, token_response)
        .and_then(|()| Session::new(request.record(), &tokens, sent_at, strict))
        .map_err(|error| token_response.add_request_to(error))?;
    if record::load(host, key).is_none() {
        // The user has signed out in the meantime: the tokens will not be used.
        sign_out::revoke(host, settings, &session)?;
        return Err(Code::SignedOut.into());
    }
    Ok(record::save_session(host, settings, session))
}

/// Removes sign-ins that were abandoned, and the state of token families that no tab uses any more.
fn forget_stale(host: &impl Host) {
    for key in record::keys(host, RECORDS) {
        let age = match &key {
            key if key.starts_with(SIGN_INS) => MAX_AGE,
            key if key.starts_with(FAMILIES) => MAX_FAMILY_AGE,
            _ => continue,
        };
        let Some((record, _)) = record::load(host, &key) else { continue };
        if is_outdated(&record, host.now(), age) {
            record::remove(host, &key);
        }
    }
}

/// Reason of the end of a session: the response to another sign-in has arrived.
pub const REPLACED: &str = "replaced";
/// Milliseconds after which a pending sign-in has expired: one hour.
const MAX_AGE: u64 = 3_600_000;
/// Milliseconds without a refresh after which the state of a token family is removed: thirty days.
const MAX_FAMILY_AGE: u64 = 2_592_000_000;

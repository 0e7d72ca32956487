//! Requests to the authorization server: all of them are made here, and the client is authenticated here.

use super::proof;
use crate::error::{Code, Error, Result};
use crate::host::{AUTHENTICATES_CLIENTS, Host, SENDS_PROOFS};
use crate::protocol::client::Client;
use crate::protocol::client_assertion::Unsigned;
use crate::protocol::client_authentication::{ClientAuthentication, no_signature, with_client_id};
use crate::protocol::client_refusal;
use crate::protocol::dpop::SCHEME;
use crate::protocol::http::{JsonRequest, Request, Response, authorization, purpose};
use crate::protocol::record::Record;
use crate::protocol::session::Session;
use crate::protocol::token::BEARER;
use crate::protocol::url::Url;
use alloc::string::String;

/// Fetches a document, or posts form fields.
///
/// Requests are never repeated here: a code and a rotating refresh token work once.
///
/// # Errors
/// As [`Host::send`], with purpose and URL; `EndpointScheme` for a URL that must not be contacted.
pub fn send(host: &impl Host, client: Client<'_>, purpose: &'static str, url: &str, form: String) -> Result<Response> {
    let request = request(client, purpose, url, form)?;
    with_request_details(&request, host.send(&request))
}

/// Fetches a document that is needed to accept tokens. It is fetched once more after a network failure and after a status of
/// 500 or more without `Retry-After`, because the tokens would be lost otherwise.
///
/// # Errors
/// As [`send`].
pub fn fetch(host: &impl Host, client: Client<'_>, purpose: &'static str, url: &str) -> Result<Response> {
    match send(host, client, purpose, url, String::new()) {
        Ok(response) if response.status() < 500 || response.retry_after().is_some() => Ok(response),
        Err(error) if error.code() != Code::Network => Err(error),
        _ => send(host, client, purpose, url, String::new()),
    }
}

/// The same as [`send`], authorized by the access token of a session.
///
/// # Errors
/// As [`send`]; as [`proof::send`] for a token that is bound to a key.
pub fn send_as(
    host: &impl Host,
    client: Client<'_>,
    session: &Session,
    purpose: &'static str,
    url: &str,
    form: String,
) -> Result<Response> {
    let mut request = request(client, purpose, url, form)?;
    request.authorization = authorization(token_type(session.record()), session.access_token());
    if SENDS_PROOFS {
        request.family = proof::family(host, session.record())?;
    }
    with_request_details(&request, deliver(host, &request))
}

/// `token_type` of the tokens of a sign-in or a session, which is also the scheme of their `Authorization` header.
#[must_use]
pub fn token_type(record: Record<'_>) -> &'static str {
    if SENDS_PROOFS && record.is_bound() { SCHEME } else { BEARER }
}

/// Sends a request, with a proof if its tokens are bound to a key.
fn deliver(host: &impl Host, request: &Request) -> Result<Response> {
    if SENDS_PROOFS && !request.family.is_empty() { proof::send(host, request) } else { host.send(request) }
}

/// Sends a request with a JSON body. Errors about the response do not repeat the `secrets`.
///
/// # Errors
/// As [`Host::send_json`], with purpose and URL.
pub fn send_json(host: &impl Host, request: &JsonRequest, secrets: [&str; 2]) -> Result<Response> {
    let response = with_request_details(&request.request, host.send_json(request))?;
    Ok(secrets.iter().fold(response, |response, secret| response.with_secret(secret)))
}

/// The outcome of a request, with the purpose and URL of the request.
///
/// # Errors
/// The error in `outcome`.
pub fn with_request_details(request: &Request, outcome: Result<Response>) -> Result<Response> {
    match outcome {
        Ok(response) => Ok(response.to(request)),
        Err(error) => Err(error.with_request(request.purpose, request.url.without_query())),
    }
}

/// A request that may be sent.
///
/// # Errors
/// `EndpointScheme` for a URL that must not be contacted.
pub fn request(client: Client<'_>, purpose: &'static str, url: &str, form: String) -> Result<Request> {
    let url = Url::parse(url).ok().filter(|url| url.is_permitted(client.loopback()));
    let url = url.ok_or_else(|| Error::new(Code::EndpointScheme).with_request(purpose, ""))?;
    let timeout = client.timeout();
    let [authorization, secret, family, proof] = [const { String::new() }; 4];
    Ok(Request { purpose, url, form, authorization, timeout, secret, family, proof })
}

/// A request with form fields that may be sent, with the authentication of the client; an assertion is made and signed for each
/// request. `record` is the server, the sign-in or the session that it is about.
///
/// # Errors
/// As [`request`], [`authentication`], [`Host::sign`] and [`proof::family`]; `ConfigInvalid` if the server's metadata excludes
/// the method.
pub fn request_by_client(
    host: &impl Host,
    client: Client<'_>,
    record: Record<'_>,
    purpose: &'static str,
    url: &str,
    form: String,
) -> Result<Request> {
    if !AUTHENTICATES_CLIENTS {
        return request(client, purpose, url, with_client_id(purpose, &form, client.client_id()));
    }
    authenticated(host, &authentication(host, client)?, client, record, purpose, url, form)
}

/// Makes the same request as [`request_by_client`], with this authentication.
///
/// # Errors
/// As [`request_by_client`].
pub fn authenticated(
    host: &impl Host,
    authentication: &ClientAuthentication<'_>,
    client: Client<'_>,
    record: Record<'_>,
    purpose: &'static str,
    url: &str,
    form: String,
) -> Result<Request> {
    authentication.check(record)?;
    let mut request = request(client, purpose, url, form)?;
    if SENDS_PROOFS && [purpose::TOKEN, purpose::REFRESH, purpose::PUSHED].contains(&purpose) {
        request.family = proof::family(host, record)?;
    }
    let mut assertion = String::new();
    if authentication.needs_assertion() {
        let unsigned_assertion = authentication.assertion(record, &request, host.now() / 1_000, &host.random())?;
        assertion = sign(host, authentication, unsigned_assertion)?;
    }
    authentication.authenticate(&mut request, &assertion);
    Ok(request)
}

/// Signs a token with the key of a client.
///
/// # Errors
/// As [`Host::sign`]; `ConfigInvalid` if the key returned no signature.
pub fn sign(host: &impl Host, authentication: &ClientAuthentication<'_>, token: Unsigned) -> Result<String> {
    let signature = host.sign(authentication.key(), authentication.algorithm(), token.signing_input())?;
    token.signed(&signature).ok_or_else(no_signature)
}

/// The authentication of a client, with the credentials that it has now.
///
/// # Errors
/// As [`Host::credentials`] and [`ClientAuthentication::read`].
pub fn authentication<'a>(host: &impl Host, client: Client<'a>) -> Result<ClientAuthentication<'a>> {
    match client.credentials() {
        "" => Ok(ClientAuthentication::none(client)),
        name => ClientAuthentication::read(client, &host.credentials(name)?),
    }
}

/// Sends a request that was made by [`request_by_client`].
///
/// # Errors
/// As [`send`] and [`response_to_client`].
pub fn send_by_client(host: &impl Host, request: &Request) -> Result<Response> {
    let outcome = deliver(host, request);
    response_to_client(host, request, outcome)
}

/// The outcome of a request that was made by [`request_by_client`], as [`with_request_details`].
///
/// # Errors
/// The error in `outcome`; as [`client_refusal::check_response`].
pub fn response_to_client(host: &impl Host, request: &Request, outcome: Result<Response>) -> Result<Response> {
    let response = with_request_details(request, outcome)?;
    if AUTHENTICATES_CLIENTS {
        client_refusal::check_response(request, response, host.now() / 1_000)
    } else {
        Ok(response)
    }
}

//! The building blocks: each creates or reads one message, takes and returns plain values, and stores nothing.
//! The types of their inputs are in `pkg-template/src/blocks`.

use super::authorization::{AuthorizationRequest, Parameters};
use super::authorization_response::AuthorizationResponse;
use super::client_authentication::with_client_id;
use super::discovery::{self, configuration_url};
use super::endpoint::Endpoint;
use super::http::{Response, purpose};
use super::json::Json;
use super::launch::Launch;
use super::scope;
use super::setting::{Kind, RESPONSE_MODES, check, missing, permits_loopback, setting_url, wrong};
use super::token::{Tokens, code_form, refresh_form};
use crate::error::{Code, Result};

/// Runs the building block of that name.
///
/// # Errors
/// Those of the function that creates or reads the message; [`Code::ConfigInvalid`] for an input of the wrong type.
pub fn run(name: &str, input: &Json) -> Result<Json> {
    let loopback = permits_loopback(input);
    let text = |name| input.text(name);
    match name {
        "launch" => Ok(Launch::parse(text("url"))?.map_or(Json::NULL, Launch::into_json)),
        "configurationUrl" => Ok(configuration_url(&setting_url(input, "fhirBaseUrl", true)?)?.as_str().into()),
        "configuration" => {
            check(input, CONFIGURATION, loopback)?;
            let base = setting_url(input, "fhirBaseUrl", loopback)?;
            let mut server = discovery::parse(text("body"), &base, loopback, false)?.into_json();
            server.copy(input, &["fhirBaseUrl"]);
            Ok(server)
        }
        "scopes" => {
            scope::check(text("scope")).map_err(wrong)?;
            if text("scope").len() > MAX_SCOPES {
                return Err(wrong("scope"));
            }
            Ok(scope::normalise(text("scope")).into())
        }
        "covers" => Ok(scope::covers(text("granted"), text("needed")).into()),
        "authorizationRequest" => {
            check(input, &[AUTHORIZATION, REQUEST].concat(), loopback)?;
            let mut parameters = input.clone();
            parameters.set_text("authorizeMethod", if text("method").is_empty() { "GET" } else { text("method") });
            let endpoint = setting_url(input, "authorizationEndpoint", loopback)?;
            Ok(Parameters::from_input(parameters)?.request_to(&endpoint, false).into_json())
        }
        "pushedRequest" => {
            check(input, &[PUSHED, REQUEST].concat(), loopback)?;
            let mut request = Json::object();
            request.set_text("url", setting_url(input, Endpoint::PUSHED.0, loopback)?.as_str());
            request.set_text("body", &Parameters::from_input(input.clone())?.push_form());
            Ok(request)
        }
        "pushedResponse" => {
            let endpoint = setting_url(input, "authorizationEndpoint", loopback)?;
            let response = response(input)?;
            Ok(Parameters::from_input(input.clone())?.request_for_pushed(&endpoint, &response)?.into_json())
        }
        "authorizationResponse" => {
            check(input, AUTHORIZATION_RESPONSE, loopback)?;
            let response = AuthorizationResponse::from_input(input).ok_or_else(|| missing("callback"))??;
            response.check_redirect_uri(text("redirectUri"))?;
            let mut result = Json::object();
            result.set_text("code", response.code(&AuthorizationRequest::from_expected(input.clone()))?);
            Ok(result)
        }
        "codeTokenRequest" => {
            check(input, CODE_TOKEN_REQUEST, loopback)?;
            token_request(input, &code_form(text("code"), text("redirectUri"), text("codeVerifier")), loopback)
        }
        "refreshTokenRequest" => {
            check(input, REFRESH_TOKEN_REQUEST, loopback)?;
            token_request(input, &refresh_form(text("refreshToken"), text("scope")), loopback)
        }
        _ => Ok(Tokens::parse(&response(input)?, input.at("strict").is_true())?.json().clone()),
    }
}

/// The response that is the input: `status`, `contentType`, `retryAfter`, `body`.
fn response(input: &Json) -> Result<Response> {
    let response = Response::new(input.clone());
    if matches!(response.status(), 0 | 300..=399) { Err(Code::Redirected.into()) } else { Ok(response) }
}

/// URL and body of a token request; JavaScript adds the method and the headers, which are the same for all.
fn token_request(input: &Json, form: &str, loopback: bool) -> Result<Json> {
    let mut request = Json::object();
    request.set_text("url", setting_url(input, "tokenEndpoint", loopback)?.as_str());
    request.set("body", Json::from(with_client_id(purpose::TOKEN, form, input.text("clientId"))));
    Ok(request)
}

/// Longest scope list, in bytes, that [`scope::normalise`] is given: it compares every scope with every other.
const MAX_SCOPES: usize = 32_768;

const CONFIGURATION: &[(&str, Kind)] =
    &[("fhirBaseUrl", Kind::RequiredUrl), ("body", Kind::Required), ("allowInsecureLoopback", Kind::Flag)];

const AUTHORIZATION: &[(&str, Kind)] = &[
    ("authorizationEndpoint", Kind::RequiredUrl),
    ("method", Kind::OneOf(&["auto", "GET", "POST"])),
    ("clientId", Kind::Required),
    ("allowInsecureLoopback", Kind::Flag),
];

const PUSHED: &[(&str, Kind)] =
    &[(Endpoint::PUSHED.0, Kind::RequiredUrl), ("clientId", Kind::Required), ("allowInsecureLoopback", Kind::Flag)];

/// Parameters of authorization requests.
pub const REQUEST: &[(&str, Kind)] = &[
    ("redirectUri", Kind::AppUrl),
    ("scope", Kind::Scope(true)),
    ("aud", Kind::Required),
    ("state", Kind::Required),
    ("codeChallenge", Kind::Required),
    ("launch", Kind::Any),
    ("nonce", Kind::Text),
    ("responseMode", RESPONSE_MODES),
    ("authorizationParams", Kind::Params),
];

const AUTHORIZATION_RESPONSE: &[(&str, Kind)] = &[
    ("url", Kind::Text),
    ("part", Kind::Any),
    ("body", Kind::Any),
    ("state", Kind::Required),
    ("redirectUri", Kind::AppUrl),
    ("responseMode", RESPONSE_MODES),
    ("issuer", Kind::Text),
    ("issRequired", Kind::Flag),
];

const CODE_TOKEN_REQUEST: &[(&str, Kind)] = &[
    ("tokenEndpoint", Kind::RequiredUrl),
    ("clientId", Kind::Required),
    ("code", Kind::Required),
    ("redirectUri", Kind::AppUrl),
    ("codeVerifier", Kind::Required),
    ("allowInsecureLoopback", Kind::Flag),
];

const REFRESH_TOKEN_REQUEST: &[(&str, Kind)] = &[
    ("tokenEndpoint", Kind::RequiredUrl),
    ("clientId", Kind::Required),
    ("refreshToken", Kind::Required),
    ("scope", Kind::Text),
    ("allowInsecureLoopback", Kind::Flag),
];

//! Building blocks for clients that authenticate: the inputs of requests, and the requests as JavaScript sends them.

use super::authorization::Parameters;
use super::block::REQUEST;
use super::client::Client;
use super::endpoint::Endpoint;
use super::form;
use super::http::{Request, purpose};
use super::json::{Json, Value};
use super::record::Record;
use super::revocation;
use super::setting::{Kind, check, permits_loopback, setting_url, wrong};
use super::token::{code_form, refresh_form};
use crate::error::{Code, Error, Result};
use alloc::string::String;

/// A request that is not authenticated yet.
#[derive(Debug)]
pub struct Message<'a> {
    /// The client that sends it.
    pub client: Client<'a>,
    /// Its purpose.
    pub purpose: &'static str,
    /// The endpoint's URL.
    pub url: String,
    /// Its form fields without those of the client's authentication.
    pub form: String,
}

impl<'a> Message<'a> {
    /// The input as a record of the server: both have the issuer under the same name.
    #[must_use]
    pub fn record(&self) -> Record<'a> {
        Record::new(self.client.0)
    }
}

/// Reads the input of the building block with that name.
///
/// # Errors
/// As [`check`].
pub fn read<'a>(name: &str, input: &'a Json) -> Result<Message<'a>> {
    let text = |name| input.text(name);
    let (table, endpoint, purpose) = match name {
        "codeTokenRequest" => (CODE, Endpoint::TOKEN, purpose::TOKEN),
        "refreshTokenRequest" => (REFRESH, Endpoint::TOKEN, purpose::REFRESH),
        "revocationRequest" => (TOKEN_AT_REVOCATION, Endpoint::REVOCATION, purpose::REVOCATION),
        "pushedRequest" => (PUSHED, Endpoint::PUSHED, purpose::PUSHED),
        "passwordTokenRequest" => (PASSWORD, Endpoint::TOKEN, purpose::TOKEN),
        "introspectionRequest" => (TOKEN_AT_INTROSPECTION, Endpoint::INTROSPECTION, purpose::INTROSPECTION),
        _ => (GRANT, Endpoint::TOKEN, purpose::TOKEN),
    };
    let loopback = permits_loopback(input);
    let parameters = if purpose == purpose::PUSHED { REQUEST } else { &[] };
    check(input, &[COMMON, table, parameters].concat(), loopback)?;
    let form = match name {
        "codeTokenRequest" => code_form(text("code"), text("redirectUri"), text("codeVerifier")),
        "refreshTokenRequest" => refresh_form(text("refreshToken"), text("scope")),
        "pushedRequest" => Parameters::from_input(input.clone())?.push_form(),
        "revocationRequest" | "introspectionRequest" => revocation::form(text("token"), text("tokenTypeHint")),
        "passwordTokenRequest" => {
            // RFC 6749 §4.3.2.
            let (username, password) = (text("username"), text("password"));
            let fields = [
                ("grant_type", PASSWORD_GRANT),
                ("username", username),
                ("password", password),
                ("scope", text("scope")),
            ];
            with_params(form::encode(&fields), input)?
        }
        _ => grant_form(input)?,
    };
    let url = setting_url(input, endpoint.0, loopback)?.as_str().into();
    Ok(Message { client: Client(input), purpose, url, form })
}

/// Form fields of any grant (RFC 6749 §4.5): `grantType`, then `params`.
fn grant_form(input: &Json) -> Result<String> {
    if input.text("grantType") == PASSWORD_GRANT {
        return Err(Error::named(
            Code::ConfigInvalid,
            "grantType",
            "is `password`: `dangerouslyCreatePasswordTokenRequest` builds this request",
        ));
    }
    with_params(form::encode(&[("grant_type", input.text("grantType"))]), input)
}

/// Adds `params`, which must not repeat a field, to form fields; a list is added as a repeated field (RFC 8693 §2.1).
fn with_params(mut form: String, input: &Json) -> Result<String> {
    let params = input.at("params");
    if !matches!(params.value(), None | Some(Value::Object(_))) {
        return Err(wrong("params"));
    }
    for (name, value) in params.members() {
        if RESERVED.contains(&name.as_str()) || form::find(&form, name).1 > 0 {
            return Err(wrong(name));
        }
        let values =
            if matches!(value.value(), Some(Value::List(_))) { value.list() } else { core::slice::from_ref(value) };
        for value in values {
            if !matches!(value.value(), Some(Value::Text(_))) {
                return Err(wrong("params"));
            }
            form::add(&mut form, name, value.str());
        }
    }
    Ok(form)
}

/// A request as JavaScript sends it: `{url, body, authorization?}`.
#[must_use]
pub fn to_json(request: &Request) -> Json {
    let mut json = Json::object();
    json.set_text("url", request.url.as_str());
    json.set_text("body", &request.form);
    if !request.authorization.is_empty() {
        json.set_text("authorization", &request.authorization);
    }
    json
}

const COMMON: &[(&str, Kind)] = &[
    ("clientId", Kind::Required),
    ("clientAuth", Kind::Text),
    ("issuer", Kind::Text),
    ("allowInsecureLoopback", Kind::Flag),
];
const CODE: &[(&str, Kind)] = &[
    ("tokenEndpoint", Kind::RequiredUrl),
    ("code", Kind::Required),
    ("redirectUri", Kind::AppUrl),
    ("codeVerifier", Kind::Required),
];
const REFRESH: &[(&str, Kind)] =
    &[("tokenEndpoint", Kind::RequiredUrl), ("refreshToken", Kind::Required), ("scope", Kind::Text)];
const GRANT: &[(&str, Kind)] =
    &[("tokenEndpoint", Kind::RequiredUrl), ("grantType", Kind::Required), ("params", Kind::Any)];
const PUSHED: &[(&str, Kind)] = &[(Endpoint::PUSHED.0, Kind::RequiredUrl)];
const PASSWORD: &[(&str, Kind)] = &[
    ("tokenEndpoint", Kind::RequiredUrl),
    ("username", Kind::Required),
    ("password", Kind::Required),
    ("scope", Kind::Text),
    ("params", Kind::Any),
];
const TOKEN_AT_REVOCATION: &[(&str, Kind)] =
    &[("revocationEndpoint", Kind::RequiredUrl), ("token", Kind::Required), ("tokenTypeHint", Kind::Text)];
const TOKEN_AT_INTROSPECTION: &[(&str, Kind)] =
    &[("introspectionEndpoint", Kind::RequiredUrl), ("token", Kind::Required), ("tokenTypeHint", Kind::Text)];
const PASSWORD_GRANT: &str = "password";
/// Fields of the grant and of the client's authentication, which `params` must not have.
const RESERVED: [&str; 5] = ["grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type"];

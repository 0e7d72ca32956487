//! The types of settings, and checks by tables of names and types.

use super::form;
use super::json::{Json, Value};
use super::scope;
use super::url::{Flaw, Url, has_scheme};
use crate::error::{Code, Error, Result};

/// The type of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Non-empty text, required.
    Required,
    /// Non-empty text.
    Text,
    /// The URL of a server, required.
    RequiredUrl,
    /// The URL of a server.
    Url,
    /// A URL of this app, required. During development it is on this machine, so loopback needs no permission.
    AppUrl,
    /// `true` or `false`.
    Flag,
    /// A whole number of seconds, from 1 to this number.
    Seconds(u32),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// Additional authorization parameters; those of the protocol itself are refused.
    Params,
    /// Endpoints.
    Endpoints,
    /// A list of scopes; `true` if it is required.
    Scope(bool),
    /// Any value.
    Any,
}

/// Checks an object of settings against a table of names and types. Unknown names are refused, because a misspelt
/// option would silently have no effect.
///
/// # Errors
/// [`Code::ConfigInvalid`] with the setting's name, or with the malformed scope; [`Code::EndpointScheme`].
pub fn check(settings: &Json, table: &[(&str, Kind)], loopback: bool) -> Result<()> {
    for (name, kind) in table {
        let value = settings.at(name);
        let text = value.str();
        let required = matches!(kind, Kind::Required | Kind::RequiredUrl | Kind::AppUrl | Kind::Scope(true));
        if value.is_null() && !required {
            continue;
        }
        if value.is_null() || (required && matches!(value.value(), Some(Value::Text(text)) if text.is_empty())) {
            return Err(missing(name));
        }
        let is_text = matches!(kind, Kind::Text | Kind::Url | Kind::OneOf(_) | Kind::Scope(_)) || required;
        if is_text && !matches!(value.value(), Some(Value::Text(_))) {
            return Err(Error::named(Code::ConfigInvalid, name, "is not text"));
        }
        let valid = match kind {
            Kind::Required | Kind::Text => !text.is_empty(),
            Kind::RequiredUrl | Kind::Url | Kind::AppUrl => {
                is_endpoint(&setting_url(settings, name, loopback || *kind == Kind::AppUrl)?)
            }
            Kind::Flag => matches!(value.value(), Some(Value::Bool(_))),
            Kind::Seconds(most) => value.number().is_some_and(|seconds| (1..=u64::from(*most)).contains(&seconds)),
            Kind::OneOf(words) => words.contains(&text),
            Kind::Params => {
                // The ID token's `auth_time` would silently not be checked against a `max_age` that is no whole number.
                let max_age = value.at("max_age");
                matches!(value.value(), Some(Value::Object(members)) if !members.iter().any(|(name, _)| is_reserved(name)))
                    && (max_age.is_null() || max_age.whole().is_some())
            }
            Kind::Endpoints => {
                check(value, ENDPOINTS, loopback)?;
                matches!(value.value(), Some(Value::Object(_)))
            }
            Kind::Scope(_) => {
                let refuse =
                    |scope: &str| Error::named(Code::ConfigInvalid, scope, "is not a scope that servers understand");
                scope::check(text).map(|()| !text.is_empty()).map_err(refuse)?
            }
            Kind::Any => true,
        };
        if !valid {
            return Err(wrong(name));
        }
    }
    for (name, _) in settings.members() {
        if !table.iter().any(|(option, _)| option == name) {
            return Err(Error::named(Code::ConfigInvalid, name, "is not a setting"));
        }
    }
    Ok(())
}

/// Reads a URL among settings.
///
/// # Errors
/// [`Code::ConfigInvalid`]; [`Code::EndpointScheme`].
pub fn setting_url(settings: &Json, name: &str, loopback: bool) -> Result<Url> {
    let text = settings.text(name);
    let scheme_error = |message| Err(Error::named(Code::EndpointScheme, name, message));
    match Url::parse(text) {
        Ok(url) if url.is_permitted(loopback) => Ok(url),
        Ok(url) if url.is_loopback() => scheme_error("is on this machine, which needs `allowInsecureLoopback`"),
        Err(Flaw::Malformed) => Err(wrong(name)),
        Err(Flaw::Scheme) if !has_scheme(text) => scheme_error("is not an absolute URL"),
        _ => scheme_error("is not an https URL"),
    }
}

/// Whether these settings permit servers on this machine: by `allowInsecureLoopback`, or because the server that they
/// name is on this machine and uses https.
#[must_use]
pub fn permits_loopback(settings: &Json) -> bool {
    let is_here = |name| Url::parse(settings.text(name)).is_ok_and(|url: Url| url.is_loopback() && url.is_secure());
    settings.at("allowInsecureLoopback").is_true() || SERVER.into_iter().any(is_here)
}

/// Whether parameters can be added to an endpoint's URL: it has no fragment, and its query, which is kept, has none of
/// the protocol's parameters.
#[must_use]
pub fn is_endpoint(url: &Url) -> bool {
    let reserved = |(name, _)| form::decode(name).map_or(true, |name| is_reserved(&name));
    url.fragment().is_none() && !form::pairs(url.query().unwrap_or_default()).any(reserved)
}

/// Whether an authorization parameter is set by the protocol, so that the app must not set it.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// The error of a required setting that is missing.
#[must_use]
pub fn missing(name: &str) -> Error {
    Error::named(Code::ConfigInvalid, name, "is missing")
}

/// The error of a setting with an invalid value.
#[must_use]
pub fn wrong(name: &str) -> Error {
    Error::named(Code::ConfigInvalid, name, "is not valid")
}

/// How authorization requests are sent.
pub const METHODS: Kind = Kind::OneOf(&["auto", "GET", "POST", "push"]);
/// How authorization responses are returned (OAuth 2.0 Multiple Response Type Encoding Practices §2.1; OAuth 2.0 Form
/// Post Response Mode).
pub const RESPONSE_MODES: Kind = Kind::OneOf(&["query", "fragment", "form_post"]);
/// The same, and signed responses (JARM §2.3).
pub const SIGNED_RESPONSE_MODES: Kind =
    Kind::OneOf(&["query", "fragment", "form_post", "jwt", "query.jwt", "fragment.jwt", "form_post.jwt"]);

/// `SmartEndpoints`.
const ENDPOINTS: &[(&str, Kind)] = &[
    ("authorizationEndpoint", Kind::Url),
    ("tokenEndpoint", Kind::Url),
    ("revocationEndpoint", Kind::Url),
    ("pushedAuthorizationRequestEndpoint", Kind::Url),
    ("endSessionEndpoint", Kind::Url),
    ("introspectionEndpoint", Kind::Url),
    ("userinfoEndpoint", Kind::Url),
    ("jwksUri", Kind::Url),
];

/// The settings that name a server.
const SERVER: [&str; 3] = ["fhirBaseUrl", "authorizationEndpoint", "tokenEndpoint"];

const RESERVED: [&str; 16] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "aud",
    "launch",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "nonce",
    "response_mode",
    "request",
    "request_uri",
    "code",
    "iss",
];

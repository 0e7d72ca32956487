//! Token requests and responses (RFC 6749 §4.1.3, §5, §6; SMART App Launch 2.2, "Obtain access
//! token", "Refresh access token").

use super::claims::Claims;
use super::context;
use super::digits::digits;
use super::form;
use super::http::{Response, TOKENS};
use super::json::{Flaw, Json, Value};
use super::url::Url;
use super::warning::{Warnings, join};
use crate::error::{Code, Error, Result};
use alloc::string::String;

/// A token response: `access_token`, `refresh_token` and `id_token` (each valid in a header; the ID token is not
/// verified), `expiresIn` (seconds, if the server states it readably), `granted` (the scope, if the server states it),
/// launch context, the whole response without its tokens as `tokenResponse`, and `warnings`.
#[derive(Debug)]
pub struct Tokens(Json);

/// Form fields to exchange a code, in the specification's order. The client's authentication adds its own.
#[must_use]
pub fn code_form(code: &str, redirect_uri: &str, verifier: &str) -> String {
    form::encode(&[
        ("code", code),
        ("grant_type", "authorization_code"),
        ("redirect_uri", redirect_uri),
        ("code_verifier", verifier),
    ])
}

/// Form fields to use a refresh token, in the specification's order. `scope` narrows the granted scope; if it is
/// empty, the field is left out, which requests the granted scope again (RFC 6749 §6).
#[must_use]
pub fn refresh_form(refresh_token: &str, scope: &str) -> String {
    form::encode(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("scope", scope)])
}

impl Tokens {
    /// Wraps tokens that were read earlier.
    #[must_use]
    #[inline(always)]
    pub const fn new(tokens: Json) -> Self {
        Self(tokens)
    }

    /// Reads a token response.
    ///
    /// # Errors
    /// [`Code::TokenRefused`] with the server's error; [`Code::HttpStatus`]; [`Code::ContentType`];
    /// [`Code::JsonInvalid`]; [`Code::TokenTypeUnsupported`]; [`Code::TokenResponseInvalid`], under `strict` also
    /// instead of a warning; [`Code::LaunchContextInvalid`].
    pub fn parse(response: &Response, strict: bool) -> Result<Self> {
        Self::parse_typed(response, strict, BEARER)
    }

    /// Reads a response with tokens of the type `kind`, which is [`SCHEME`](super::dpop::SCHEME) for bound tokens.
    ///
    /// # Errors
    /// As [`Tokens::parse`]; [`Code::DpopDowngrade`] for bearer tokens in place of others.
    pub fn parse_typed(response: &Response, strict: bool, kind: &str) -> Result<Self> {
        Self::read(response, strict, kind).map_err(|error| response.add_request_to(error))
    }

    /// Access token.
    #[must_use]
    #[inline(always)]
    pub fn access_token(&self) -> &str {
        self.0.text("access_token")
    }

    /// Refresh token; empty where none was returned.
    #[must_use]
    #[inline(always)]
    pub fn refresh_token(&self) -> &str {
        self.0.text("refresh_token")
    }

    /// ID token, not verified; empty where none was returned.
    #[must_use]
    #[inline(always)]
    pub fn id_token(&self) -> &str {
        self.0.text("id_token")
    }

    /// Adds the claims of the verified ID token, and the URL of the user's FHIR resource, if there is one.
    pub fn identify(&mut self, claims: Claims, fhir_user: Option<&Url>) {
        self.0.set("fhirUser", fhir_user.map_or(Json::NULL, |url| url.as_str().into()));
        self.0.set("claims", claims.into_json());
    }

    /// Adds warnings.
    pub fn add(&mut self, warnings: Warnings) {
        join(&mut self.0, &warnings.into_json());
    }

    /// The members as JavaScript sees them.
    #[must_use]
    #[inline(always)]
    pub const fn json(&self) -> &Json {
        &self.0
    }

    fn read(response: &Response, strict: bool, kind: &str) -> Result<Self> {
        let body = response.success_body(Code::TokenRefused)?;
        if !response.is_json() {
            return Err(Code::ContentType.into());
        }
        let mut document = Json::parse(body).map_err(|flaw| match flaw {
            Flaw::TooMany | Flaw::Empty => Code::TokenResponseInvalid.into(),
            _ => Error::from(flaw),
        })?;
        if document.members().len() > MAX_MEMBERS {
            return Err(Code::TokenResponseInvalid.into());
        }
        let mut warnings = Warnings::new(strict, Code::TokenResponseInvalid);
        let mut tokens = Json::object();
        // A success response that has an `error` is contradictory, and is not accepted even if it has tokens.
        let is_error = match document.at("error").value() {
            None | Some(Value::Bool(false)) => false,
            Some(Value::Text(text)) => !text.is_empty(),
            Some(_) => true,
        };
        if is_error {
            return Err(response.refusal(Code::TokenRefused, &document));
        }
        for name in &TOKENS {
            let token = document.at(name);
            if !is_usable(token) && (*name == "access_token" || !token.is_null()) {
                return Err(invalid(name));
            }
            tokens.set(name, token.clone());
        }
        let stated = document.text("token_type");
        if !stated.eq_ignore_ascii_case(kind) {
            let is_downgrade = stated.eq_ignore_ascii_case(BEARER);
            return Err(if is_downgrade { Code::DpopDowngrade } else { Code::TokenTypeUnsupported }.into());
        }
        let scope = document.at("scope");
        if !matches!(scope.value(), None | Some(Value::Text(_))) {
            return Err(invalid("scope"));
        }
        if scope.str().bytes().any(|byte| byte != b' ' && !byte.is_ascii_graphic()) {
            warnings.note("scope_malformed")?;
        }
        tokens.set("granted", scope.clone());
        tokens.set("expiresIn", lifetime(document.at("expires_in"), &mut warnings)?);
        context::read(&document, &mut tokens, &mut warnings)?;
        tokens.set("warnings", warnings.into_json());
        TOKENS.iter().for_each(|name| document.set(name, Json::NULL));
        // Members of the wrong type are left out; there is a warning about them already.
        for name in &TYPED {
            let has_type = match document.at(name).value() {
                Some(Value::List(_)) => *name == "fhirContext",
                Some(Value::Bool(_)) => *name == "need_patient_banner",
                Some(Value::Number(_)) => *name == "expires_in",
                Some(Value::Text(_)) => !["fhirContext", "need_patient_banner"].contains(name),
                _ => false,
            };
            if !has_type {
                document.set(name, Json::NULL);
            }
        }
        tokens.set("tokenResponse", document);
        Ok(Self(tokens))
    }
}

/// The tokens of a response, in order to store or revoke them even if the rest of the response cannot be used.
#[must_use]
pub fn tokens_in(response: &Response) -> Tokens {
    let document = if response.is_success() { Json::parse(response.body()).unwrap_or_default() } else { Json::NULL };
    let mut tokens = Json::object();
    for name in &TOKENS {
        if is_usable(document.at(name)) {
            tokens.copy(&document, &[name]);
        }
    }
    Tokens(tokens)
}

fn is_usable(token: &Json) -> bool {
    (1..=MAX_TOKEN).contains(&token.str().len()) && token.str().bytes().all(|byte| byte.is_ascii_graphic())
}

/// Reads `expires_in`: a whole number, or its digits as a string. A negative number means expired; `null` for any other
/// value.
fn lifetime(stated: &Json, warnings: &mut Warnings) -> Result<Json> {
    let text = match stated.value() {
        None => return Ok(Json::NULL),
        Some(Value::Number(text) | Value::Text(text)) => text.as_str(),
        Some(_) => "",
    };
    let (text, most) = text.strip_prefix('-').map_or((text, MAX_LIFETIME), |text| (text, 0));
    if text.is_empty() || text.bytes().any(|byte| !byte.is_ascii_digit()) {
        warnings.note("expires_in_invalid")?;
        return Ok(Json::NULL);
    }
    Ok(digits(text).unwrap_or(MAX_LIFETIME).min(most).into())
}

fn invalid(name: &str) -> Error {
    Error::named(Code::TokenResponseInvalid, name, "in the token response cannot be used")
}

/// `token_type` of tokens that are not bound to a key (RFC 6750). It is compared without regard to case.
pub const BEARER: &str = "Bearer";
/// The members whose types are declared in TypeScript.
const TYPED: [&str; 9] = [
    "expires_in",
    "scope",
    "patient",
    "encounter",
    "fhirContext",
    "intent",
    "need_patient_banner",
    "smart_style_url",
    "tenant",
];
/// Maximum number of members of a token response, including those of no standard, which are kept.
pub const MAX_MEMBERS: usize = 256;
/// Maximum size of a token in bytes. RFC 6749 A.12 sets no limit; no server accepts a longer header.
const MAX_TOKEN: usize = 65_536;
/// Seconds of a hundred years; prevents overflow.
const MAX_LIFETIME: u64 = 3_155_760_000;

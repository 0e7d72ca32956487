//! Token requests and responses of a public client (RFC 6749 §4.1.3, §5, §6; SMART App Launch 2.2, "Obtain access
//! token", "Refresh access token").

use super::claims::Claims;
use super::context;
use super::form;
use super::http::{Response, TOKENS};
use super::json::{Flaw, Json, Value, digits};
use super::url::Url;
use super::warning::{Warnings, join};
use crate::error::{Code, Error, Result};
use alloc::string::String;

/// The response of a token endpoint: `access_token`, `refresh_token` and `id_token` (fit for a header; the last not validated),
/// `expiresIn` (seconds, where it can be read), `granted` (the scope, where the server names one), launch context, the
/// whole answer but its tokens as `tokenResponse`, `warnings`.
#[derive(Debug)]
pub struct Tokens(Json);

/// Fields that exchange a code, in the guide's order.
#[must_use]
pub fn code_form(client_id: &str, code: &str, redirect_uri: &str, verifier: &str) -> String {
    form::encode(&[
        ("client_id", client_id),
        ("code", code),
        ("grant_type", "authorization_code"),
        ("redirect_uri", redirect_uri),
        ("code_verifier", verifier),
    ])
}

/// Fields that use a refresh token, in the guide's order. `scope` narrows what was granted; empty means the same.
#[must_use]
pub fn refresh_form(client_id: &str, refresh_token: &str, scope: &str) -> String {
    form::encode(&[
        ("client_id", client_id),
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token),
        ("scope", scope),
    ])
}

impl Tokens {
    /// Wraps tokens that were read before.
    #[must_use]
    #[inline(always)]
    pub const fn new(tokens: Json) -> Self {
        Self(tokens)
    }

    /// Reads an answer of the token endpoint.
    ///
    /// # Errors
    /// [`Code::TokenRefused`] with the server's words; [`Code::HttpStatus`]; [`Code::ContentType`]; [`Code::JsonInvalid`];
    /// [`Code::TokenTypeUnsupported`]; [`Code::TokenResponseInvalid`], under `strict` also for what else is noted;
    /// [`Code::LaunchContextInvalid`].
    pub fn parse(response: &Response, strict: bool) -> Result<Self> {
        Self::read(response, strict).map_err(|error| response.blame(error))
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

    /// ID token, not validated; empty where none was returned.
    #[must_use]
    #[inline(always)]
    pub fn id_token(&self) -> &str {
        self.0.text("id_token")
    }

    /// Adds the claims of the validated ID token, and the URL of the user's FHIR resource where there is one.
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

    fn read(response: &Response, strict: bool) -> Result<Self> {
        let body = response.success(Code::TokenRefused)?;
        if !response.is_json() {
            return Err(Code::ContentType.into());
        }
        let mut answer = Json::parse(body).map_err(|flaw| match flaw {
            Flaw::TooMany | Flaw::Empty => Code::TokenResponseInvalid.into(),
            _ => Error::from(flaw),
        })?;
        if answer.members().len() > MAX_MEMBERS {
            return Err(Code::TokenResponseInvalid.into());
        }
        let mut warnings = Warnings::new(strict, Code::TokenResponseInvalid);
        let mut tokens = Json::object();
        // Whatever else it gives: an answer that says two things is not one to sign in by.
        let is_error = match answer.at("error").value() {
            None | Some(Value::Bool(false)) => false,
            Some(Value::Text(text)) => !text.is_empty(),
            Some(_) => true,
        };
        if is_error {
            return Err(response.refusal(Code::TokenRefused, &answer));
        }
        for name in &TOKENS {
            let token = answer.at(name);
            if !fits(token) && (*name == "access_token" || !token.is_null()) {
                return Err(invalid(name));
            }
            tokens.set(name, token.clone());
        }
        if !answer.text("token_type").eq_ignore_ascii_case("bearer") {
            return Err(Code::TokenTypeUnsupported.into());
        }
        let scope = answer.at("scope");
        if !matches!(scope.value(), None | Some(Value::Text(_))) {
            return Err(invalid("scope"));
        }
        if scope.str().bytes().any(|byte| byte != b' ' && !byte.is_ascii_graphic()) {
            warnings.note("scope_malformed")?;
        }
        tokens.set("granted", scope.clone());
        tokens.set("expiresIn", lifetime(answer.at("expires_in"), &mut warnings)?);
        context::read(&answer, &mut tokens, &mut warnings)?;
        tokens.set("warnings", warnings.into_json());
        TOKENS.iter().for_each(|name| answer.set(name, Json::NULL));
        // A member of another type than it must have is left out; a warning was added.
        for name in &TYPED {
            let fits = match answer.at(name).value() {
                Some(Value::List(_)) => *name == "fhirContext",
                Some(Value::Bool(_)) => *name == "need_patient_banner",
                Some(Value::Number(_)) => *name == "expires_in",
                Some(Value::Text(_)) => !["fhirContext", "need_patient_banner"].contains(name),
                _ => false,
            };
            if !fits {
                answer.set(name, Json::NULL);
            }
        }
        tokens.set("tokenResponse", answer);
        Ok(Self(tokens))
    }
}

/// The tokens of an answer that may be of no use otherwise, where they came.
#[must_use]
pub fn came(answer: &Response) -> Tokens {
    let answer = if answer.is_success() { Json::parse(answer.body()).unwrap_or_default() } else { Json::NULL };
    let mut tokens = Json::object();
    for name in &TOKENS {
        if fits(answer.at(name)) {
            tokens.copy(&answer, &[name]);
        }
    }
    Tokens(tokens)
}

fn fits(token: &Json) -> bool {
    (1..=MAX_TOKEN).contains(&token.str().len()) && token.str().bytes().all(|byte| byte.is_ascii_graphic())
}

/// Seconds as a whole number or as digits in a string; below zero means expired, `null` what cannot be read.
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

/// The members that JavaScript knows a type of.
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
/// Members beyond those of the standards are kept, this many in all.
pub const MAX_MEMBERS: usize = 256;
/// RFC 6749 A.12 sets no limit; no header takes more.
const MAX_TOKEN: usize = 65_536;
/// A hundred years: far enough, and far from any overflow.
const MAX_LIFETIME: u64 = 3_155_760_000;

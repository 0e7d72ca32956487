//! DPoP (RFC 9449): access and refresh tokens that are bound to a key, and proofs that a request is made by its holder.

use super::base64url;
use super::http::Response;
use super::json::{Json, Value};
use super::split::cut;
use super::url::Url;
use crate::error::{Code, Error, Result};
use alloc::string::String;

/// The public key to which the tokens of a family are bound, as a JWK. The host has the private key.
#[derive(Clone, Debug)]
pub struct ProofKey(Json);

impl ProofKey {
    /// Reads an ES256 key; `None` for anything else.
    #[must_use]
    pub fn read(jwk: &str) -> Option<Self> {
        let given = Json::parse_own(jwk).ok()?;
        let is_one = |name| !given.text(name).is_empty();
        if given.text("kty") != "EC" || given.text("crv") != "P-256" || !is_one("x") || !is_one("y") {
            return None;
        }
        let mut key = Json::object();
        key.copy(&given, &["kty", "x", "y", "crv"]);
        Some(Self(key))
    }

    /// The text whose SHA-256 hash is the thumbprint of the key (RFC 7638 §3), `dpop_jkt` of an authorization request (§10).
    #[must_use]
    pub fn thumbprint_input(&self) -> String {
        let mut members = Json::object();
        members.copy(&self.0, &["crv", "kty", "x", "y"]);
        members.to_text()
    }
}

/// The values that make proofs for one server acceptable: the last nonce that it has issued, and the offset of its clock. They
/// are never shared between an authorization server and a resource server (§8.2, §9). Kept in memory.
#[derive(Clone, Debug)]
pub struct Freshness(Json);

/// Whether a request is sent again with another proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// It is not.
    No,
    /// Once, with the nonce that the server has asked for.
    WithNonce,
    /// Once, with the time of the server's clock.
    WithTime,
}

impl Freshness {
    /// Reads the text of [`Freshness::to_text`]; an unreadable one counts as empty.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let known = Json::parse_own(text).unwrap_or_default();
        Self(if matches!(known.value(), Some(Value::Object(_))) { known } else { Json::object() })
    }

    /// As text, to be kept in memory.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.0.to_text()
    }

    /// The key under which it is kept, for the server of this URL in this role.
    #[must_use]
    pub fn key(role: Role, url: &Url) -> String {
        ["dpop:", role.as_str(), ":", url.origin()].concat()
    }

    /// The time of a proof in seconds since 1970, by the server's clock as far as that is known.
    fn time(&self, now: u64) -> u64 {
        let offset = |name| self.0.at(name).number().unwrap_or(0);
        now.saturating_add(offset("ahead")).saturating_sub(offset("behind"))
    }

    /// Keeps the nonce and the clock offset of a response. Returns whether its request is to be sent again. `now` is in seconds
    /// since 1970.
    ///
    /// Any response may have a new nonce (§8.2). A request is repeated only if the server refused the proof and the response has
    /// a nonce or a time for a better one; the server has then used neither the code nor the refresh token.
    #[must_use]
    pub fn learn(&mut self, response: &Response, now: u64) -> Again {
        let nonce = response.dpop_nonce();
        let has_nonce = is_nonce(nonce);
        if has_nonce {
            self.0.set_text("nonce", nonce);
        }
        match refusal(response) {
            Some(Refusal::Nonce) if has_nonce => Again::WithNonce,
            Some(Refusal::Proof) => match response.date() {
                Some(date) if date.abs_diff(self.time(now)) > TOLERANCE => {
                    self.0.set("ahead", date.saturating_sub(now).into());
                    self.0.set("behind", now.saturating_sub(date).into());
                    Again::WithTime
                }
                _ => Again::No,
            },
            _ => Again::No,
        }
    }
}

/// The role of a server that is sent a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An authorization server: a request without an access token.
    Authorization,
    /// A resource server: a request with one.
    Resource,
}

impl Role {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Authorization => "as",
            Self::Resource => "rs",
        }
    }
}

/// The request that a proof is for.
pub struct Proved<'a> {
    /// Its method.
    pub method: &'a str,
    /// Its URL. Query and fragment are not part of a proof.
    pub url: &'a Url,
    /// SHA-256 of its access token in base64url; empty for a request without one.
    pub token_hash: &'a str,
    /// The time in seconds since 1970.
    pub now: u64,
    /// `jti`: 256 random bits, new for each request.
    pub id: &'a str,
}

/// A proof without its signature (§4.2).
pub struct Proof(String);

impl Proof {
    /// Builds a proof in compact form (RFC 7515 §3.1) without the signature.
    #[must_use]
    pub fn new(key: &ProofKey, freshness: &Freshness, request: &Proved<'_>) -> Self {
        let mut header = Json::object();
        header.set_text("typ", "dpop+jwt");
        header.set_text("alg", ALGORITHM);
        header.set("jwk", key.0.clone());
        let mut claims = Json::object();
        claims.set_text("jti", request.id);
        claims.set_text("htm", request.method);
        claims.set_text("htu", request.url.without_query());
        claims.set("iat", freshness.time(request.now).into());
        if !request.token_hash.is_empty() {
            claims.set_text("ath", request.token_hash);
        }
        claims.set("nonce", freshness.0.at("nonce").clone());
        let part = |json: &Json| base64url::encode(json.to_text().as_bytes());
        Self([&*part(&header), ".", &part(&claims)].concat())
    }

    /// The text to sign (RFC 7515 §5.1).
    #[must_use]
    pub fn signing_input(&self) -> &str {
        &self.0
    }

    /// The proof with its signature in base64url.
    #[must_use]
    pub fn signed(self, signature: &str) -> String {
        [&*self.0, ".", signature].concat()
    }
}

/// The reason for which a server refuses a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// `use_dpop_nonce` (§8, §9).
    Nonce,
    /// `invalid_dpop_proof` (§5).
    Proof,
}

/// The refusal of a proof in a response: in its JSON body, or in its challenge (`WWW-Authenticate`) if the body has no error. Any
/// other error is final: a code or a refresh token must not be sent again.
fn refusal(response: &Response) -> Option<Refusal> {
    if !matches!(response.status(), 400 | 401) {
        return None;
    }
    let named = |error: &str| match error {
        "use_dpop_nonce" => Some(Refusal::Nonce),
        "invalid_dpop_proof" => Some(Refusal::Proof),
        _ => None,
    };
    let body = Json::parse(response.body()).unwrap_or_default();
    match body.text("error") {
        "" => named(&challenge_error(response.challenge())),
        error => named(error),
    }
}

/// The error of a server that refuses the proof; `None` for any other response.
#[must_use]
pub fn refused(response: &Response) -> Option<Error> {
    refusal(response).map(|refusal| {
        let error = response.error(Code::DpopRefused).seen_as(Code::DpopRefused);
        match refusal {
            Refusal::Nonce if response.dpop_nonce().is_empty() => {
                error.because("the server asks for a nonce and its header `DPoP-Nonce` cannot be read")
            }
            Refusal::Nonce if !is_nonce(response.dpop_nonce()) => error.because("the server's nonce cannot be used"),
            Refusal::Nonce => error.because("the server refused the nonce that it had issued itself"),
            Refusal::Proof => error,
        }
    })
}

/// `error` of the challenge of scheme DPoP in a `WWW-Authenticate` header, which may have several challenges (RFC 9110
/// §11.6.1); empty if there is none.
#[must_use]
pub fn challenge_error(header: &str) -> String {
    let mut is_dpop = false;
    for item in items(header) {
        let (mut name, value) = cut(item, b'=');
        // A scheme is before the first parameter, or alone.
        if let (scheme, Some(first)) = cut(name.trim_ascii(), b' ') {
            is_dpop = scheme.eq_ignore_ascii_case(SCHEME);
            name = first;
        } else if value.is_none() {
            is_dpop = name.trim_ascii().eq_ignore_ascii_case(SCHEME);
        }
        let is_error = name.trim_ascii().eq_ignore_ascii_case("error");
        if let Some(value) = value
            && is_dpop
            && is_error
        {
            return value.trim_ascii().trim_matches('"').into();
        }
    }
    String::new()
}

/// The items of a header that is a list: commas in quoted text do not separate.
fn items(header: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    header
        .split(move |character: char| {
            let separates = character == ',' && !is_quoted;
            is_quoted ^= character == '"' && !is_escaped;
            is_escaped = is_quoted && character == '\\' && !is_escaped;
            separates
        })
        .map(str::trim_ascii)
        .filter(|item| !item.is_empty())
}

/// Whether a text is a nonce (§8.1) that fits in a header.
fn is_nonce(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    (1..=LONGEST_NONCE).contains(&text.len()) && text.bytes().all(is_plain)
}

/// The signing input of the proof of a FHIR request. `call` is `{key, known, method, url, hash, id, now}`: `known` is from
/// [`learned`], `now` in milliseconds since 1970.
///
/// # Errors
/// [`Code::DpopKeyLost`] for an invalid key; [`Code::ConfigInvalid`] for an invalid URL.
pub fn signing_input(call: &Json) -> Result<Json> {
    let key = ProofKey::read(call.text("key")).ok_or_else(key_lost)?;
    let url = Url::parse(call.text("url")).map_err(|_| Error::named(Code::ConfigInvalid, "url", "is not a URL"))?;
    let request = Proved {
        method: call.text("method"),
        url: &url,
        token_hash: call.text("hash"),
        now: call.at("now").number().unwrap_or(0) / 1_000,
        id: call.text("id"),
    };
    Ok(Proof::new(&key, &Freshness::read(call.text("known")), &request).signing_input().into())
}

/// Reads a response to a FHIR request: `{known, response, now}` gives `{known, again, refused}`. `again` is empty if the request
/// is not to be repeated; the caller repeats a request once for each other value. `refused` says whether the server refused the
/// proof: another access token would not help.
#[must_use]
pub fn learned(call: &Json) -> Json {
    let mut freshness = Freshness::read(call.text("known"));
    let response = Response::new(call.at("response").clone());
    let again = match freshness.learn(&response, call.at("now").number().unwrap_or(0) / 1_000) {
        Again::No => "",
        Again::WithNonce => "nonce",
        Again::WithTime => "time",
    };
    let mut result = Json::object();
    result.set_text("known", &freshness.to_text());
    result.set_text("again", again);
    result.set("refused", refusal(&response).is_some().into());
    result
}

/// The error of a session or a sign-in whose key is no longer there.
#[must_use]
pub fn key_lost() -> Error {
    Error::new(Code::DpopKeyLost)
}

/// The algorithm of proofs: every server that supports DPoP is likely to support it.
pub const ALGORITHM: &str = "ES256";
/// The scheme of the `Authorization` header with a bound token (§7.1), and `token_type` of such a token (§5).
pub const SCHEME: &str = "DPoP";
/// Seconds by which the clocks have to differ for the clock to be the reason of a refusal.
const TOLERANCE: u64 = 2;
/// Longest nonce in bytes. Servers limit all headers together to about 8,000.
const LONGEST_NONCE: usize = 2_048;

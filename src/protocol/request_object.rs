//! Request objects (RFC 9101): the parameters of an authorization request as a signed token.

use super::authorization::OutgoingRequest;
use super::client::Client;
use super::client_assertion::Unsigned;
use super::form;
use super::json::Json;
use super::launch::query;
use super::setting::{Kind, check, permits_loopback, setting_url, wrong};
use super::url::Url;
use crate::error::{Code, Error, Result};
use alloc::string::String;
use alloc::vec::Vec;

/// The input of the building block `createRequestObject`.
#[derive(Clone, Copy, Debug)]
pub struct RequestObject<'a>(&'a Json);

impl<'a> RequestObject<'a> {
    /// Checks the input.
    ///
    /// # Errors
    /// As [`check`].
    pub fn read(input: &'a Json) -> Result<Self> {
        check(input, INPUT, permits_loopback(input))?;
        Ok(Self(input))
    }

    /// The input for the request of a client to a server with this `issuer`.
    #[must_use]
    pub fn input(client: Client<'_>, issuer: &str, endpoint: &Url, request: &OutgoingRequest) -> Json {
        let mut input = Json::object();
        input.copy(client.options(), &["clientId", "clientAuth", "allowInsecureLoopback"]);
        input.set_text("issuer", issuer);
        input.set_text("authorizationEndpoint", endpoint.as_str());
        input.set("request", request.json().clone());
        input
    }

    /// Wraps an input that [`RequestObject::input`] has made.
    #[must_use]
    pub const fn checked(input: &'a Json) -> Self {
        Self(input)
    }

    /// The client that signs.
    #[must_use]
    pub const fn client(self) -> Client<'a> {
        Client(self.0)
    }

    /// The token without its signature (§4). Its `aud` is the issuer, so SMART's parameter of that name, the FHIR server, becomes
    /// `resource` (RFC 8707). `header` names the algorithm and the key; `now` is in seconds since 1970, `id` never used before.
    ///
    /// # Errors
    /// [`Code::ConfigInvalid`] for a request to another URL, and for parameters that are missing, repeated or not permitted.
    pub fn unsigned(self, mut header: Json, now: u64, id: &str) -> Result<Unsigned> {
        header.set_text("typ", "oauth-authz-req+jwt");
        let endpoint = self.endpoint()?;
        let mut claims = Json::object();
        claims.set_text("iss", self.client().client_id());
        claims.set_text("aud", self.client().issuer());
        claims.set("exp", (now + LIFETIME).into());
        claims.set("iat", now.into());
        claims.set_text("jti", id);
        let parameters = self.parameters()?;
        let has_resource = parameters.iter().any(|(name, _)| name == "resource");
        for (name, value) in parameters {
            let is_of_endpoint = form::find(endpoint.query().unwrap_or_default(), &name).1 > 0;
            match name.as_str() {
                "aud" if has_resource => {}
                "aud" => claims.set_text("resource", &value),
                name if CLAIMS.contains(&name) || is_of_endpoint => {}
                // In a token, numbers and objects are JSON values, not strings (§4).
                name if JSON.contains(&name) => {
                    claims.set(name, Json::parse(&value).unwrap_or_else(|_| value.as_str().into()));
                }
                name => claims.set_text(name, &value),
            }
        }
        Ok(Unsigned::new(&header, &claims))
    }

    /// Adds the signed token to the authorization request (§5.1).
    ///
    /// # Errors
    /// As [`setting_url`].
    pub fn signed(self, token: &str) -> Result<SignedRequest> {
        let fields = form::encode(&[("client_id", self.client().client_id()), ("request", token)]);
        let mut signed = Json::object();
        signed.set_text("requestObject", token);
        signed.set_text("url", &form::append(&self.endpoint()?, &fields));
        Ok(SignedRequest(signed))
    }

    fn endpoint(self) -> Result<Url> {
        setting_url(self.0, "authorizationEndpoint", permits_loopback(self.0))
    }

    /// The parameters of the request, a URL or a form, decoded. Its URL must be that of the endpoint, because the issuer to which
    /// the token is addressed belongs to the endpoint.
    fn parameters(self) -> Result<Vec<(String, String)>> {
        let (request, endpoint) = (self.0.at("request"), self.endpoint()?);
        for name in ["url", "action"] {
            let url = request.text(name);
            if !url.is_empty() && !Url::parse(url).is_ok_and(|url| url.has_same_path(&endpoint)) {
                let message = "is for another URL than `authorizationEndpoint`";
                return Err(Error::named(Code::ConfigInvalid, "request", message));
            }
        }
        let mut parameters = Vec::new();
        for (name, value) in form::pairs(query(request.text("url"))) {
            let decode = |text| form::decode(text).map_err(|_| wrong("request"));
            parameters.push((decode(name)?, decode(value)?));
        }
        for field in request.at("fields").list() {
            let [name, value] = field.list().as_slice() else { return Err(wrong("request")) };
            parameters.push((name.str().into(), value.str().into()));
        }
        let is_wrong = |index: usize, name: &str| {
            FORBIDDEN.contains(&name) || parameters.iter().skip(index + 1).any(|(other, _)| other == name)
        };
        if parameters.len() > MAX_PARAMETERS
            || parameters.iter().enumerate().any(|(index, (name, _))| is_wrong(index, name))
        {
            return Err(wrong("request"));
        }
        let is_of_client = |(name, value): &(String, String)| name == "client_id" && value == self.client().client_id();
        if parameters.iter().any(is_of_client) { Ok(parameters) } else { Err(wrong("request")) }
    }
}

/// A signed authorization request.
#[derive(Debug)]
pub struct SignedRequest(Json);

impl SignedRequest {
    /// The token and the URL of the request that has it, for JavaScript: `{requestObject, url}`.
    #[must_use]
    pub fn into_json(self) -> Json {
        self.0
    }
}

const INPUT: &[(&str, Kind)] = &[
    ("authorizationEndpoint", Kind::RequiredUrl),
    ("request", Kind::Any),
    ("clientId", Kind::Required),
    ("clientAuth", Kind::Required),
    ("issuer", Kind::Required),
    ("allowInsecureLoopback", Kind::Flag),
];
/// Claims of the token itself; `sub` would make it usable as a client assertion (§10.8).
const CLAIMS: [&str; 6] = ["iss", "sub", "exp", "nbf", "iat", "jti"];
/// Parameters that are JSON (OpenID Connect Core §3.1.2.1, §5.5; RFC 9396 §2).
const JSON: [&str; 3] = ["max_age", "claims", "authorization_details"];
/// Parameters that do not belong in an authorization request, or not in a request object (§4).
const FORBIDDEN: [&str; 5] = ["request", "request_uri", "client_secret", "client_assertion", "code_verifier"];
/// Maximum number of parameters of a request.
const MAX_PARAMETERS: usize = 100;
/// Lifetime in seconds, as that of client assertions.
const LIFETIME: u64 = 240;

//! Client authentication (RFC 6749 §2.3; RFC 7523 §2.2; SMART App Launch 2.2, "Client Authentication": "Symmetric",
//! "Asymmetric"): the setting `clientAuth`, and the header or form fields that it adds to a request.

use super::authorization::Signed;
use super::base64url;
use super::client::Client;
use super::client_assertion::{Claims, Unsigned};
use super::form;
use super::http::{Request, purpose};
use super::json::{Json, Value};
use super::percent::percent;
use super::record::Record;
use super::server::Server;
use super::setting::{Kind, check, wrong};
use super::url::Url;
use crate::error::{Code, Error, Result};
use alloc::string::String;

/// How a client authenticates at the server's endpoints.
#[derive(Debug)]
pub struct ClientAuthentication<'a> {
    client: Client<'a>,
    settings: Json,
}

/// The methods, by their names in RFC 7591 §2 (`token_endpoint_auth_method`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `none`: a public client sends its `client_id`.
    Public,
    /// `client_secret_basic`: id and secret in the `Authorization` header.
    SecretBasic,
    /// `client_secret_post`: id and secret among the form fields.
    SecretPost,
    /// `client_secret_jwt`: an assertion with a MAC keyed by the secret.
    SecretJwt,
    /// `private_key_jwt`: an assertion signed with a private key that the host holds.
    PrivateKeyJwt,
}

impl<'a> ClientAuthentication<'a> {
    /// The authentication of a public client.
    #[must_use]
    pub const fn none(client: Client<'a>) -> Self {
        Self { client, settings: Json::NULL }
    }

    /// Reads the credentials of a client: `clientAuth` as JSON text, in which `key` is the name of a private key.
    ///
    /// # Errors
    /// [`Code::ConfigInvalid`] with the member's name; [`Code::EndpointScheme`].
    pub fn read(client: Client<'a>, credentials: &str) -> Result<Self> {
        let settings = Json::parse_own(credentials).map_err(|_| wrong("clientAuth"))?;
        let authentication = Self { client, settings };
        authentication.validate()?;
        Ok(authentication)
    }

    fn validate(&self) -> Result<()> {
        let settings = &self.settings;
        if !matches!(settings.value(), Some(Value::Object(_))) {
            return Err(wrong("clientAuth"));
        }
        if settings.at("secret").is_null() {
            // Such as a secret from an environment variable that is not set.
            if settings.at("key").is_null() {
                return Err(Error::named(Code::ConfigInvalid, "clientAuth", "has neither `key` nor `secret`"));
            }
            check(settings, KEY, self.client.loopback())?;
            let header = settings.at("header");
            let is_object = matches!(header.value(), None | Some(Value::Object(_)));
            return if !is_object || header.members().iter().any(|(name, _)| OWN_MEMBERS.contains(&name.as_str())) {
                Err(wrong("header"))
            } else {
                Ok(())
            };
        }
        check(settings, SECRET, self.client.loopback())?;
        let method = self.method();
        if method != Method::SecretBasic && !settings.at("basicEncoding").is_null() {
            return Err(Error::named(Code::ConfigInvalid, "basicEncoding", "is only for `client_secret_basic`"));
        }
        if method != Method::SecretJwt && !(settings.at("alg").is_null() && settings.at("audience").is_null()) {
            let name = if settings.at("alg").is_null() { "audience" } else { "alg" };
            return Err(Error::named(Code::ConfigInvalid, name, "is only for assertions"));
        }
        if method == Method::SecretBasic && settings.text("basicEncoding") != FORM {
            self.validate_raw()?;
        }
        Ok(())
    }

    /// Requires `basicEncoding` if id or secret has a character that the two encodings send differently.
    fn validate_raw(&self) -> Result<()> {
        let id = self.client.client_id();
        if id.contains(':') {
            return Err(Error::named(
                Code::ConfigInvalid,
                "clientId",
                "has a colon, which `client_secret_basic` has only between id and secret",
            ));
        }
        if self.settings.at("basicEncoding").is_null() && ![id, self.secret()].iter().all(|text| is_plain(text)) {
            return Err(Error::named(
                Code::ConfigInvalid,
                "basicEncoding",
                "is missing: servers read this client id or secret differently, so set `raw` or `form`",
            ));
        }
        Ok(())
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> Method {
        if self.settings.is_null() {
            return Method::Public;
        }
        if self.settings.at("secret").is_null() {
            return Method::PrivateKeyJwt;
        }
        match self.settings.text("method") {
            "client_secret_post" => Method::SecretPost,
            "client_secret_jwt" => Method::SecretJwt,
            _ => Method::SecretBasic,
        }
    }

    /// Whether a request needs an assertion.
    #[must_use]
    pub fn needs_assertion(&self) -> bool {
        matches!(self.method(), Method::SecretJwt | Method::PrivateKeyJwt)
    }

    /// The key that signs assertions, for [`Host::sign`](crate::host::Host::sign): the name of a private key, or the secret.
    #[must_use]
    pub fn key(&self) -> &str {
        if self.method() == Method::SecretJwt { self.secret() } else { self.settings.text("key") }
    }

    /// The algorithm of the assertion's signature (RFC 7518 §3.1; RFC 8037 §3.1).
    #[must_use]
    pub fn algorithm(&self) -> &str {
        match (self.settings.text("alg"), self.method()) {
            ("", Method::SecretJwt) => "HS256",
            ("", _) => "RS384",
            (stated, _) => stated,
        }
    }

    /// The members of a token's header that name the algorithm and the key.
    fn header(&self) -> Json {
        let mut header = Json::object();
        header.set_text("alg", self.algorithm());
        header.set("kid", self.settings.at("keyId").clone());
        header
    }

    /// The same members for a request object (RFC 9101).
    ///
    /// # Errors
    /// [`Code::ConfigInvalid`] if the client authenticates without a signature.
    pub fn signing_header(&self) -> Result<Json> {
        if self.needs_assertion() {
            return Ok(self.header());
        }
        Err(Error::named(Code::ConfigInvalid, "clientAuth", "has no key, and a request object is signed with one"))
    }

    /// Checks that the client can sign its authorization requests, and that the server's metadata does not exclude them, or the
    /// parameter that refers to them (OpenID Connect Discovery §3). A missing member excludes nothing.
    ///
    /// # Errors
    /// [`Code::ConfigInvalid`].
    pub fn check_request_object(&self, server: &Server, signed: Signed<'_>) -> Result<()> {
        self.signing_header()?;
        let refuse = |says: &str| Err(Error::named(Code::ConfigInvalid, "requestObject", says));
        if server.issuer().is_empty() {
            return refuse("needs the server's issuer, which its metadata does not state: set `issuer`");
        }
        let stated = server.json().at("configuration");
        let member = [signed.field().0, "_parameter_supported"].concat();
        if matches!(stated.at(&member).value(), Some(Value::Bool(false))) {
            return refuse(&["is for signed requests, which the server does not support: `", &member, "`"].concat());
        }
        let algorithms = stated.at("request_object_signing_alg_values_supported");
        if !algorithms.list().is_empty() && !algorithms.lists(self.algorithm()) {
            let list = "`, which the server's `request_object_signing_alg_values_supported` does not list";
            return refuse(&["is signed with `", self.algorithm(), list].concat());
        }
        Ok(())
    }

    /// Checks that a client without a user authenticates with a key (SMART App Launch 2.2, "Client Authentication: Symmetric").
    ///
    /// # Errors
    /// [`Code::ConfigInvalid`].
    pub fn check_key(&self) -> Result<()> {
        if self.method() == Method::PrivateKeyJwt {
            return Ok(());
        }
        let says = "has a `secret`, and by the specification a client without a user has a `key`";
        Err(Error::named(Code::ConfigInvalid, "clientAuth", says))
    }

    fn secret(&self) -> &str {
        self.settings.text("secret")
    }

    /// Checks that the server's metadata does not exclude the method and the algorithm, and keeps the lists for later requests.
    ///
    /// # Errors
    /// [`Code::ConfigInvalid`].
    pub fn check_server(&self, server: &mut Server) -> Result<()> {
        if self.method() == Method::Public {
            return Ok(());
        }
        server.keep_client_authentication();
        self.check(server.record())
    }

    /// Does the same check with the lists in the record of a sign-in or a session. A missing list excludes nothing.
    ///
    /// # Errors
    /// [`Code::ConfigInvalid`].
    pub fn check(&self, record: Record<'_>) -> Result<()> {
        let (methods, algorithms) = (record.client_authentication_methods(), record.client_authentication_algorithms());
        let rules_out = |list: &Json, name: &str| !list.list().is_empty() && !list.lists(name);
        let refuse = |name: &str, list: &str| {
            let says = ["is for `", name, "`, which the server's `", list, "` does not list"].concat();
            Err(Error::named(Code::ConfigInvalid, "clientAuth", &says))
        };
        if rules_out(methods, self.method().as_str()) {
            return refuse(self.method().as_str(), "token_endpoint_auth_methods_supported");
        }
        if self.needs_assertion() && rules_out(algorithms, self.algorithm()) {
            return refuse(self.algorithm(), "token_endpoint_auth_signing_alg_values_supported");
        }
        Ok(())
    }

    /// An assertion for a request, to be signed. `now` is in seconds since 1970, `id` never used before.
    ///
    /// # Errors
    /// [`Code::ConfigInvalid`] if its audience is to be the issuer and the issuer is not known.
    pub fn assertion(&self, record: Record<'_>, request: &Request, now: u64, id: &str) -> Result<Unsigned> {
        let settings = &self.settings;
        let mut header = self.header();
        header.set_text("typ", "JWT");
        header.set("jku", settings.at("jku").clone());
        for (name, value) in settings.at("header").members() {
            header.set(name, value.clone());
        }
        Ok(Unsigned::assertion(
            &header,
            &Claims {
                client_id: self.client.client_id(),
                audience: self.audience(record, request)?,
                expires: now + LIFETIME,
                issued: Some(now),
                id,
            },
        ))
    }

    /// The audience of an assertion: at the token endpoint the URL of the request, at other endpoints the issuer, or the
    /// endpoint's URL if no issuer is known.
    ///
    /// An issuer that the server states is used only at its own origin: a malicious server could state the issuer of another
    /// one, and use the assertion there (RFC 10070).
    fn audience<'b>(&'b self, record: Record<'b>, request: &'b Request) -> Result<&'b str> {
        let posted_to = request.url.as_str();
        let issuer = record.issuer();
        let is_own = |issuer: &str| Url::parse(issuer).is_ok_and(|issuer| issuer.origin() == request.url.origin());
        match self.settings.text("audience") {
            "" if is_for_tokens(request.purpose) || !is_own(issuer) => Ok(posted_to),
            "" => Ok(issuer),
            "issuer" if issuer.is_empty() => {
                Err(Error::named(Code::ConfigInvalid, "audience", "is the issuer, which the server does not state"))
            }
            "issuer" if is_own(issuer) || [self.client.issuer(), self.client.pinned()].contains(&issuer) => Ok(issuer),
            "issuer" => Err(Error::named(
                Code::ConfigInvalid,
                "audience",
                "is the issuer, which the server states at another origin: set it as `issuer`",
            )),
            named => Ok(named),
        }
    }

    /// Adds the client's authentication to a request. `assertion` is the signed assertion; empty if none is needed.
    pub fn authenticate(&self, request: &mut Request, assertion: &str) {
        let (id, secret) = (self.client.client_id(), self.secret());
        request.secret = secret.into();
        let fields: &[(&str, &str)] = match self.method() {
            Method::Public => {
                request.form = identified(request.purpose, &request.form, id);
                return;
            }
            Method::SecretBasic => {
                request.authorization = basic(id, secret, self.settings.text("basicEncoding") == FORM);
                return;
            }
            // A pushed request has the client's id among its parameters.
            Method::SecretPost if request.purpose == purpose::PUSHED => &[("client_secret", secret)],
            Method::SecretPost => &[("client_id", id), ("client_secret", secret)],
            Method::SecretJwt | Method::PrivateKeyJwt => {
                // Not specified; some servers require it.
                let id: &[_] = if self.settings.at("sendClientId").is_true() { &[("client_id", id)] } else { &[] };
                &[id, &[("client_assertion_type", JWT_BEARER), ("client_assertion", assertion)]].concat()
            }
        };
        let fields = form::encode(fields);
        // In the specification's order.
        request.form = match request.form.split_once(VERIFIER) {
            Some((before, verifier)) => [before, "&", &fields, VERIFIER, verifier].concat(),
            None => [request.form.as_str(), "&", &fields].concat(),
        };
    }
}

impl Method {
    /// The method's name in RFC 7591 §2.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "none",
            Self::SecretBasic => "client_secret_basic",
            Self::SecretPost => "client_secret_post",
            Self::SecretJwt => "client_secret_jwt",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }
}

/// The error if the key returned no signature.
#[must_use]
pub fn unsigned() -> Error {
    Error::named(
        Code::ConfigInvalid,
        "key",
        "returned no signature: it has to return the bytes, for ECDSA r and s instead of DER",
    )
}

/// Adds the `client_id` of a public client to form fields, in the specification's order (RFC 6749 §3.2.1). A pushed request has
/// it among its parameters.
#[must_use]
pub fn identified(purpose: &str, form: &str, client_id: &str) -> String {
    if purpose == purpose::PUSHED {
        return form.into();
    }
    let id = form::encode(&[("client_id", client_id)]);
    let (first, last) = if is_for_tokens(purpose) { (&*id, form) } else { (form, &*id) };
    [first, "&", last].concat()
}

fn is_for_tokens(purpose: &str) -> bool {
    purpose == purpose::TOKEN || purpose == purpose::REFRESH
}

/// The header of HTTP Basic (RFC 7617). SMART uses id and secret unchanged; RFC 6749 §2.3.1 encodes each as a form field.
fn basic(id: &str, secret: &str, encodes: bool) -> String {
    let credentials = if encodes { [form_value(id), form_value(secret)].join(":") } else { [id, ":", secret].concat() };
    ["Basic ", &base64url::encode_padded(credentials.as_bytes())].concat()
}

/// Encodes a form value (RFC 6749 appendix B).
fn form_value(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            _ if is_plain_byte(byte) => out.push(char::from(byte)),
            _ => percent(byte, &mut out),
        }
    }
    out
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(is_plain_byte)
}

const fn is_plain_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'*')
}

/// `clientAuth` with a secret.
const SECRET: &[(&str, Kind)] = &[
    ("secret", Kind::Required),
    ("method", Kind::OneOf(&["client_secret_basic", "client_secret_post", "client_secret_jwt"])),
    ("basicEncoding", Kind::OneOf(&["raw", FORM])),
    ("alg", Kind::OneOf(&["HS256", "HS384", "HS512"])),
    ("audience", Kind::Text),
];

/// `clientAuth` with the name of a private key in the host.
const KEY: &[(&str, Kind)] = &[
    ("key", Kind::Required),
    ("method", Kind::OneOf(&["private_key_jwt"])),
    ("keyId", Kind::Text),
    ("jku", Kind::Url),
    ("audience", Kind::Text),
    ("sendClientId", Kind::Flag),
    ("header", Kind::Any),
    ("alg", Kind::OneOf(&["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"])),
];

/// Members of an assertion's header that the app cannot set: those that control verification, and those of private keys
/// (RFC 7518 §6), if a whole JWK was passed.
const OWN_MEMBERS: [&str; 11] = ["alg", "crit", "b64", "jwk", "d", "p", "q", "dp", "dq", "qi", "k"];
const FORM: &str = "form";
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const VERIFIER: &str = "&code_verifier=";
/// Lifetime of an assertion in seconds. SMART App Launch 2.2, "Authentication JWT Claims", permits 300: the difference is for a
/// server whose clock is behind.
pub(super) const LIFETIME: u64 = 240;

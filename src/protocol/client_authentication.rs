//! Client authentication (RFC 6749 §2.3; RFC 7523 §2.2; SMART App Launch 2.2, "Client Authentication": "Symmetric",
//! "Asymmetric"): the header or form fields that the setting `clientAuth` adds to a request.

mod basic;
mod credentials;
mod method;

use self::basic::basic;
use self::credentials::{FORM, check_credentials};
pub use self::method::Method;
use super::authorization::Signed;
use super::client::Client;
use super::client_assertion::{Claims, Unsigned};
use super::form;
use super::http::{Request, purpose};
use super::json::{Json, Value};
use super::record::Record;
use super::server::Server;
use super::setting::wrong;
use super::url::Url;
use crate::error::{Code, Error, Result};
use alloc::string::String;

/// How a client authenticates at the server's endpoints.
#[derive(Debug)]
pub struct ClientAuthentication<'a> {
    client: Client<'a>,
    settings: Json,
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
        check_credentials(client, &authentication.settings, authentication.method())?;
        Ok(authentication)
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

    /// Checks that the client can sign its authorization requests, that the server's issuer is known, and that the server's
    /// metadata excludes neither the parameter of the signed request (`request` or `request_uri`) nor the algorithm (OpenID
    /// Connect Discovery §3). A missing member excludes nothing.
    ///
    /// # Errors
    /// [`Code::ConfigInvalid`].
    pub fn check_request_object(&self, server: &Server, signed: Signed<'_>) -> Result<()> {
        self.signing_header()?;
        let refuse = |message: &str| Err(Error::named(Code::ConfigInvalid, "requestObject", message));
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
        let message = "has a `secret`, and by the specification a client without a user has a `key`";
        Err(Error::named(Code::ConfigInvalid, "clientAuth", message))
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
            let message = ["is for `", name, "`, which the server's `", list, "` does not list"].concat();
            Err(Error::named(Code::ConfigInvalid, "clientAuth", &message))
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
    /// [`Code::ConfigInvalid`] if its audience is to be the issuer, and the issuer is not known, or has another origin and is not
    /// set by the app.
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

    /// The audience of an assertion. Without the setting `audience`: at the token endpoint the URL of the request, at other
    /// endpoints the issuer, or the endpoint's URL if the issuer is not known or has another origin.
    ///
    /// An issuer that the server states is used only at its own origin: a malicious server could state the issuer of another
    /// one, and use the assertion there (RFC 10070).
    fn audience<'b>(&'b self, record: Record<'b>, request: &'b Request) -> Result<&'b str> {
        let endpoint_url = request.url.as_str();
        let issuer = record.issuer();
        let is_at_origin =
            |issuer: &str| Url::parse(issuer).is_ok_and(|issuer| issuer.origin() == request.url.origin());
        match self.settings.text("audience") {
            "" if is_for_tokens(request.purpose) || !is_at_origin(issuer) => Ok(endpoint_url),
            "" => Ok(issuer),
            "issuer" if issuer.is_empty() => {
                Err(Error::named(Code::ConfigInvalid, "audience", "is the issuer, which the server does not state"))
            }
            "issuer"
                if is_at_origin(issuer) || [self.client.issuer(), self.client.pinned_issuer()].contains(&issuer) =>
            {
                Ok(issuer)
            }
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
                request.form = with_client_id(request.purpose, &request.form, id);
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
                // The specification does not mention `client_id` here; some servers require it.
                let id: &[_] = if self.settings.at("sendClientId").is_true() { &[("client_id", id)] } else { &[] };
                &[id, &[("client_assertion_type", JWT_BEARER), ("client_assertion", assertion)]].concat()
            }
        };
        let fields = form::encode(fields);
        // The fields are in the specification's order.
        request.form = match request.form.split_once(VERIFIER) {
            Some((before, verifier)) => [before, "&", &fields, VERIFIER, verifier].concat(),
            None => [request.form.as_str(), "&", &fields].concat(),
        };
    }
}

/// The error if the key returned no signature.
#[must_use]
pub fn no_signature() -> Error {
    Error::named(
        Code::ConfigInvalid,
        "key",
        "returned no signature: it has to return the bytes, for ECDSA r and s instead of DER",
    )
}

/// Adds the `client_id` of a public client to form fields, in the specification's order (RFC 6749 §3.2.1). A pushed request has
/// it among its parameters.
#[must_use]
pub fn with_client_id(purpose: &str, form: &str, client_id: &str) -> String {
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

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const VERIFIER: &str = "&code_verifier=";
/// Lifetime of an assertion in seconds. SMART App Launch 2.2, "Authentication JWT Claims", permits 300: the difference is for a
/// server whose clock is behind.
pub(super) const LIFETIME: u64 = 240;

//! Dynamic client registration (RFC 7591), and management of the registration (RFC 7592).

use super::client::Client;
use super::http::{Response, is_token};
use super::json::{Json, Value};
use super::registered_client::{FormerClient, ISSUED, RegisteredClient, refused};
use super::setting::{Kind, check, permits_loopback, setting_url, wrong};
use super::url::Url;
use crate::error::{Code, Error, Result};
use alloc::string::String;

/// The options of `registerClient`.
#[derive(Clone, Copy, Debug)]
pub struct NewClient<'a>(&'a Json);

impl<'a> NewClient<'a> {
    /// Checks the options.
    ///
    /// # Errors
    /// [`Code::ConfigInvalid`] with the option's name; [`Code::EndpointScheme`].
    pub fn read(options: &'a Json) -> Result<Self> {
        check(options, NEW, permits_loopback(options))?;
        if options.text("fhirBaseUrl").is_empty() && options.text("registrationEndpoint").is_empty() {
            return Err(Error::about(Code::ConfigInvalid, "neither `fhirBaseUrl` nor `registrationEndpoint` is set"));
        }
        check_token(options, "initialAccessToken")?;
        check_metadata(options.at("metadata"))?;
        Ok(Self(options))
    }

    /// The client that sends the requests.
    #[must_use]
    pub const fn client(self) -> Client<'a> {
        Client(self.0)
    }

    /// The registration endpoint; empty if it is to be discovered.
    #[must_use]
    pub fn endpoint(self) -> &'a str {
        self.0.text("registrationEndpoint")
    }

    /// The initial access token (RFC 7591 §1.2); empty for none.
    #[must_use]
    pub fn initial_access_token(self) -> &'a str {
        self.0.text("initialAccessToken")
    }

    /// Texts that errors must not repeat.
    #[must_use]
    pub fn secrets(self) -> [&'a str; 2] {
        [self.0.at("metadata").text("software_statement"), ""]
    }

    /// The body of the request (RFC 7591 §3.1).
    #[must_use]
    pub fn body(self) -> String {
        without_nulls(self.0.at("metadata")).to_text()
    }

    /// Reads the response (RFC 7591 §3.2). `endpoint` is the URL that it came from.
    ///
    /// # Errors
    /// [`Code::RegistrationRefused`]; [`Code::HttpStatus`]; [`Code::ContentType`]; [`Code::JsonInvalid`];
    /// [`Code::RegistrationResponseInvalid`].
    pub fn registered(self, response: &Response, endpoint: &Url) -> Result<RegisteredClient> {
        let client = FormerClient { client: &Json::NULL, loopback: self.client().loopback() };
        client
            .after_response(response, endpoint, Some(self.0.at("metadata")))
            .map_err(|error| response.add_request_to(error))
    }
}

/// A client whose registration is read, changed or deleted: the options of `readClient`, `updateClient` and `deleteClient`.
#[derive(Clone, Copy, Debug)]
pub struct ManagedClient<'a>(&'a Json);

impl<'a> ManagedClient<'a> {
    /// Checks the options. `metadata` is an option of `updateClient` alone.
    ///
    /// # Errors
    /// [`Code::ConfigInvalid`] with the option's name; [`Code::EndpointScheme`].
    pub fn read(options: &'a Json, updates: bool) -> Result<Self> {
        let loopback = permits_loopback(options);
        check(options, if updates { UPDATED } else { MANAGED }, loopback)?;
        let client = options.at("client");
        check(client, CLIENT, loopback)?;
        if setting_url(client, "registrationClientUri", loopback)?.fragment().is_some() {
            return Err(wrong("registrationClientUri"));
        }
        check_token(client, "registrationAccessToken")?;
        if updates {
            check_metadata(options.at("metadata"))?;
        }
        Ok(Self(options))
    }

    /// The client that sends the requests.
    #[must_use]
    pub const fn client(self) -> Client<'a> {
        Client(self.0)
    }

    /// The client configuration endpoint (RFC 7592 §2).
    #[must_use]
    pub fn uri(self) -> &'a str {
        self.former().text("registrationClientUri")
    }

    /// The registration access token.
    #[must_use]
    pub fn token(self) -> &'a str {
        self.former().text("registrationAccessToken")
    }

    /// Texts that errors must not repeat.
    #[must_use]
    pub fn secrets(self) -> [&'a str; 2] {
        let statement = match self.0.at("metadata").text("software_statement") {
            "" => self.former().at("metadata").text("software_statement"),
            changed => changed,
        };
        [self.former().text("clientSecret"), statement]
    }

    /// The body of a request that changes the registration (RFC 7592 §2.2): all metadata, because members that are missing
    /// are deleted.
    #[must_use]
    pub fn body(self) -> String {
        let mut body = Json::object();
        body.set_text("client_id", self.former().text("clientId"));
        body.set("client_secret", self.former().at("clientSecret").clone());
        for metadata in [self.former().at("metadata"), self.0.at("metadata")] {
            for (name, value) in metadata.members() {
                if !ISSUED.contains(&name.as_str()) {
                    body.set(name, value.clone());
                }
            }
        }
        body.to_text()
    }

    /// Reads the response to a request that reads or changes the registration (RFC 7592 §3).
    ///
    /// # Errors
    /// As [`NewClient::registered`].
    pub fn registered(self, response: &Response, uri: &Url) -> Result<RegisteredClient> {
        let former = FormerClient { client: self.former(), loopback: self.client().loopback() };
        let requested = Some(self.0.at("metadata"));
        former.after_response(response, uri, requested).map_err(|error| response.add_request_to(error))
    }

    /// Reads the response to a request that deletes the registration (RFC 7592 §2.3).
    ///
    /// # Errors
    /// [`Code::RegistrationRefused`]; [`Code::HttpStatus`].
    pub fn deleted(self, response: &Response) -> Result<()> {
        if matches!(response.status(), 200 | 204) { Ok(()) } else { Err(refused(response, true)) }
    }

    fn former(self) -> &'a Json {
        self.0.at("client")
    }
}

/// The metadata without the members that are `null`, which has no meaning in a new registration.
fn without_nulls(metadata: &Json) -> Json {
    let mut body = Json::object();
    metadata.members().iter().for_each(|(name, value)| body.set(name, value.clone()));
    body
}

fn check_token(options: &Json, name: &str) -> Result<()> {
    let token = options.at(name);
    if token.is_null() || is_token(token.str()) { Ok(()) } else { Err(wrong(name)) }
}

/// Checks that client metadata (RFC 7591 §2) has neither private keys nor members that the server issues.
fn check_metadata(metadata: &Json) -> Result<()> {
    if !matches!(metadata.value(), Some(Value::Object(_))) {
        return Err(wrong("metadata"));
    }
    for (name, value) in metadata.members() {
        if ISSUED.contains(&name.as_str()) && !value.is_null() {
            return Err(Error::named(Code::ConfigInvalid, name, "is issued by the server, so it cannot be set"));
        }
    }
    let stated = metadata.at("jwks");
    if !stated.is_null() && !metadata.at("jwks_uri").is_null() {
        return Err(Error::named(Code::ConfigInvalid, "jwks", "and `jwks_uri` exclude each other"));
    }
    // Some servers accept the JWK Set as JSON text.
    let read = Json::parse(stated.str()).unwrap_or_default();
    let set = if read.is_null() { stated } else { &read };
    let is_private = |key: &Json| PRIVATE.iter().any(|name| !key.at(name).is_null());
    if set.at("keys").list().iter().any(is_private) {
        return Err(Error::named(
            Code::ConfigInvalid,
            "jwks",
            "has a private key: `publicJwks` returns the public part",
        ));
    }
    Ok(())
}

/// `RegisterClientOptions`.
const NEW: &[(&str, Kind)] = &[
    ("fhirBaseUrl", Kind::Url),
    ("registrationEndpoint", Kind::Url),
    ("initialAccessToken", Kind::Text),
    ("metadata", Kind::Any),
    ("strict", Kind::Flag),
    ("timeoutSeconds", Kind::Seconds(86_400)),
    ("allowInsecureLoopback", Kind::Flag),
];
/// `ManagedClientOptions`.
const MANAGED: &[(&str, Kind)] =
    &[("client", Kind::Any), ("timeoutSeconds", Kind::Seconds(86_400)), ("allowInsecureLoopback", Kind::Flag)];
/// `UpdateClientOptions`.
const UPDATED: &[(&str, Kind)] = &[
    ("client", Kind::Any),
    ("metadata", Kind::Any),
    ("timeoutSeconds", Kind::Seconds(86_400)),
    ("allowInsecureLoopback", Kind::Flag),
];
/// The members of `RegisteredClient` that requests need.
const CLIENT: &[(&str, Kind)] = &[
    ("clientId", Kind::Required),
    ("registrationClientUri", Kind::Required),
    ("registrationAccessToken", Kind::Required),
    ("clientSecret", Kind::Text),
    ("clientSecretExpiresAt", Kind::Any),
    ("metadata", Kind::Any),
];

/// Members of private and symmetric keys (RFC 7518 §6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

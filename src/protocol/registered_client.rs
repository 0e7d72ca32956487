//! Registered clients: responses of dynamic client registration (RFC 7591 §3.2) and of its management (RFC 7592 §3).

use super::http::{Response, is_token};
use super::json::{Json, Value};
use super::split::pieces;
use super::url::Url;
use super::warning::Warnings;
use crate::error::{Code, Error, Result};
use alloc::vec::Vec;

/// A registered client: `clientId`, `clientSecret`, `clientSecretExpiresAt` and `clientIdIssuedAt` (milliseconds since 1970),
/// `registrationClientUri` and `registrationAccessToken` (both or neither), `metadata`, `warnings`.
#[derive(Debug)]
pub struct RegisteredClient(Json);

impl RegisteredClient {
    /// The first warning; empty if there is none.
    #[must_use]
    pub fn first_warning(&self) -> &str {
        self.0.at("warnings").list().first().map_or("", Json::str)
    }

    /// The client configuration endpoint and the registration access token; empty if the registration cannot be managed.
    #[must_use]
    pub fn management(&self) -> (&str, &str) {
        (self.0.text("registrationClientUri"), self.0.text("registrationAccessToken"))
    }

    /// The client for JavaScript.
    #[must_use]
    pub fn into_json(self) -> Json {
        self.0
    }
}

/// The error of a registration with a warning, which `strict` refuses.
#[must_use]
pub fn strict_refusal(warning: &str) -> Error {
    Error::from_warning(Code::RegistrationResponseInvalid, warning)
}

/// The client before a response, which may change it: `null` for a new one.
pub(super) struct FormerClient<'a> {
    pub(super) client: &'a Json,
    pub(super) loopback: bool,
}

impl FormerClient<'_> {
    /// The client after a response. `requested` is the metadata of the request.
    pub(super) fn after_response(
        &self,
        response: &Response,
        source: &Url,
        requested: Option<&Json>,
    ) -> Result<RegisteredClient> {
        if !matches!(response.status(), 200 | 201) {
            return Err(refused(response, !self.client.is_null()));
        }
        if !response.is_json() {
            return Err(Code::ContentType.into());
        }
        let mut document = Json::parse(response.body())?;
        if !document.at("error").is_null() {
            let secrets = ["client_secret", "registration_access_token"].map(|name| document.text(name));
            let response = secrets.iter().fold(response.clone(), |response, secret| response.with_secret(secret));
            return Err(response.refusal(Code::RegistrationRefused, &document));
        }
        let client_id = document.text("client_id");
        if client_id.is_empty() {
            return Err(invalid("client_id"));
        }
        if !self.client.is_null() && client_id != self.client.text("clientId") {
            let message = "in the response is that of another client";
            return Err(Error::named(Code::RegistrationResponseInvalid, "client_id", message));
        }
        // Not `strict`: the caller refuses a new registration with a warning, after it has tried to delete the client.
        let mut warnings = Warnings::new(false, Code::RegistrationResponseInvalid);
        let mut client = Json::object();
        client.set_text("clientId", client_id);
        client.set("clientIdIssuedAt", milliseconds(document.at("client_id_issued_at")));
        self.set_secret(&mut client, &document, &mut warnings)?;
        self.set_management(&mut client, &document, source, &mut warnings);
        ISSUED.iter().for_each(|name| document.set(name, Json::NULL));
        warn_of_changes(requested.unwrap_or(&Json::NULL), &document, &mut warnings);
        client.set("metadata", document);
        client.set("warnings", warnings.into_json());
        Ok(RegisteredClient(client))
    }

    /// The secret (RFC 7591 §3.2.1). If the response has none, the former secret stays, unless the method uses none.
    fn set_secret(&self, client: &mut Json, document: &Json, warnings: &mut Warnings) -> Result<()> {
        let secret = document.at("client_secret");
        if secret.is_null() {
            if !matches!(document.text("token_endpoint_auth_method"), "none" | "private_key_jwt") {
                client.copy(self.client, &["clientSecret", "clientSecretExpiresAt"]);
            }
            return Ok(());
        }
        if secret.str().is_empty() {
            return Err(invalid("client_secret"));
        }
        client.set("clientSecret", secret.clone());
        match document.at("client_secret_expires_at").whole() {
            Some(0) => {}
            Some(_) => client.set("clientSecretExpiresAt", milliseconds(document.at("client_secret_expires_at"))),
            None => warnings.add_even_if_strict("registration_member_missing"),
        }
        Ok(())
    }

    /// The client configuration endpoint and its token. They are used together; the one that the response lacks stays as it was.
    ///
    /// The endpoint must have the origin of the URL that the response came from. Otherwise a malicious registration server could
    /// make an app on a server send requests into the internal network of that app.
    fn set_management(&self, client: &mut Json, document: &Json, source: &Url, warnings: &mut Warnings) {
        let (uri, token) = (document.at("registration_client_uri"), document.at("registration_access_token"));
        let is_usable =
            |url: &Url| url.is_permitted(self.loopback) && url.origin() == source.origin() && url.fragment().is_none();
        let usable = Url::parse(uri.str()).ok().filter(is_usable);
        if (usable.is_none() && !uri.is_null()) || (!is_token(token.str()) && !token.is_null()) {
            warnings.add_even_if_strict("registration_uri_unusable");
        }
        client.copy(self.client, &MANAGEMENT);
        if let Some(url) = usable {
            client.set_text("registrationClientUri", url.as_str());
        }
        if is_token(token.str()) {
            client.set("registrationAccessToken", token.clone());
        }
        if MANAGEMENT.iter().any(|name| client.at(name).is_null()) {
            if MANAGEMENT.iter().any(|name| !client.at(name).is_null()) {
                warnings.add_even_if_strict("registration_uri_unusable");
            }
            MANAGEMENT.iter().for_each(|name| client.set(name, Json::NULL));
        }
    }
}

/// Warns of members that the server has changed (RFC 7591 §3.2.1), if they decide whether a sign-in works.
fn warn_of_changes(requested: &Json, registered: &Json, warnings: &mut Warnings) {
    for name in ["redirect_uris", "token_endpoint_auth_method", "grant_types", "scope"] {
        let (requested, registered) = (requested.at(name), registered.at(name));
        if requested.is_null() {
            continue;
        }
        if registered.is_null() {
            warnings.add_even_if_strict("registration_member_missing");
        } else if words(requested) != words(registered) {
            match name {
                "redirect_uris" => warnings.add_even_if_strict("registered_redirect_uris_differ"),
                "grant_types" => warnings.add_even_if_strict("registered_grant_types_differ"),
                "scope" => warnings.add_even_if_strict("registered_scope_differs"),
                _ => warnings.add_even_if_strict("registered_auth_method_differs"),
            }
        }
    }
}

/// The words of a list or of a text in a fixed order.
fn words(value: &Json) -> Vec<&str> {
    let mut words: Vec<&str> = match value.value() {
        Some(Value::List(items)) => items.iter().map(Json::str).collect(),
        _ => pieces(value.str(), b' ').filter(|word| !word.is_empty()).collect(),
    };
    words.sort_unstable();
    words.dedup();
    words
}

/// The error of a response that is not a success (RFC 7591 §3.2.2; RFC 7592 §2).
pub(super) fn refused(response: &Response, managed: bool) -> Error {
    let error = response.error(Code::RegistrationRefused);
    let message = match (response.status(), managed) {
        (401, true) => {
            "the server does not accept the `registrationAccessToken`, or the client is no longer registered"
        }
        (403, true) => "the server does not permit this operation on the registration",
        (405, true) => "the server does not support this operation on the registration",
        (401 | 403, false) => {
            "the server does not accept the registration without an `initialAccessToken`, or with this one"
        }
        _ => return error,
    };
    error.with_code(Code::RegistrationRefused).with_about(message)
}

fn invalid(name: &str) -> Error {
    Error::named(Code::RegistrationResponseInvalid, name, "in the response is missing or is not text")
}

/// Seconds as milliseconds; `null` for anything else.
fn milliseconds(seconds: &Json) -> Json {
    seconds.whole().map_or(Json::NULL, |seconds| seconds.saturating_mul(1_000).into())
}

const MANAGEMENT: [&str; 2] = ["registrationClientUri", "registrationAccessToken"];

/// Members of a response that the server issues (RFC 7591 §3.2.1; RFC 7592 §3). All others are metadata.
pub(super) const ISSUED: [&str; 6] = [
    "client_id",
    "client_secret",
    "client_id_issued_at",
    "client_secret_expires_at",
    "registration_client_uri",
    "registration_access_token",
];

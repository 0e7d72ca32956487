//! The credentials of a client (`clientAuth`): their members, and which of them go together.

use super::basic::is_plain;
use super::method::Method;
use crate::error::{Code, Error, Result};
use crate::protocol::client::Client;
use crate::protocol::json::{Json, Value};
use crate::protocol::setting::{Kind, check, wrong};

/// Checks the credentials of a client: the types of their members, and which of them go together.
///
/// # Errors
/// [`Code::ConfigInvalid`] with the member's name; [`Code::EndpointScheme`].
pub(super) fn check_credentials(client: Client<'_>, settings: &Json, method: Method) -> Result<()> {
    if !matches!(settings.value(), Some(Value::Object(_))) {
        return Err(wrong("clientAuth"));
    }
    if settings.at("secret").is_null() {
        // Neither is set, for example because an environment variable is not set.
        if settings.at("key").is_null() {
            return Err(Error::named(Code::ConfigInvalid, "clientAuth", "has neither `key` nor `secret`"));
        }
        check(settings, KEY, client.loopback())?;
        let header = settings.at("header");
        let is_object = matches!(header.value(), None | Some(Value::Object(_)));
        return if !is_object || header.members().iter().any(|(name, _)| OWN_MEMBERS.contains(&name.as_str())) {
            Err(wrong("header"))
        } else {
            Ok(())
        };
    }
    check(settings, SECRET, client.loopback())?;
    if method != Method::SecretBasic && !settings.at("basicEncoding").is_null() {
        return Err(Error::named(Code::ConfigInvalid, "basicEncoding", "is only for `client_secret_basic`"));
    }
    if method != Method::SecretJwt && !(settings.at("alg").is_null() && settings.at("audience").is_null()) {
        let name = if settings.at("alg").is_null() { "audience" } else { "alg" };
        return Err(Error::named(Code::ConfigInvalid, name, "is only for assertions"));
    }
    if method == Method::SecretBasic && settings.text("basicEncoding") != FORM {
        check_raw(client, settings)?;
    }
    Ok(())
}

/// Requires `basicEncoding` if id or secret has a character that the two encodings send differently.
fn check_raw(client: Client<'_>, settings: &Json) -> Result<()> {
    let id = client.client_id();
    if id.contains(':') {
        return Err(Error::named(
            Code::ConfigInvalid,
            "clientId",
            "has a colon, which `client_secret_basic` has only between id and secret",
        ));
    }
    if settings.at("basicEncoding").is_null() && ![id, settings.text("secret")].iter().all(|text| is_plain(text)) {
        return Err(Error::named(
            Code::ConfigInvalid,
            "basicEncoding",
            "is missing: servers read this client id or secret differently, so set `raw` or `form`",
        ));
    }
    Ok(())
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

/// Members of an assertion's header that the app cannot set: those that control verification, and, in case the app passes a
/// whole JWK, those of private keys (RFC 7518 §6).
const OWN_MEMBERS: [&str; 11] = ["alg", "crit", "b64", "jwk", "d", "p", "q", "dp", "dq", "qi", "k"];

/// The `basicEncoding` that encodes id and secret as form fields.
pub(super) const FORM: &str = "form";

//! Questions about a session, and what an ID token says: few apps ask.

use super::{outcome, parse};
use crate::error::Result;
use crate::flow::inquiry::{id_token, introspect, userinfo};
use crate::protocol::client::Settings;
use crate::protocol::json::Json;
use crate::protocol::setting::{Kind, check};
use crate::web::Web;
use alloc::string::String;
use wasm_bindgen::prelude::*;

/// Asks: `input` is `{job, key, clients, storage, …}`. Empty text where it waits, as for `run`.
#[wasm_bindgen]
pub fn ask(input: String) -> String {
    outcome(parse(&input).and_then(|input| job(&input)))
}

fn job(input: &Json) -> Result<Json> {
    if input.text("job") == "idToken" {
        check(input.at("options"), ID_TOKEN, false)?;
        return id_token(&Web, input.at("options"));
    }
    let settings = Settings::read(input)?;
    let key = input.text("key");
    if input.text("job") == "userinfo" {
        return userinfo(&Web, settings, key);
    }
    let options = input.at("options");
    check(options, OPTIONS, false)?;
    let hint = if options.text("tokenTypeHint").is_empty() { "access_token" } else { options.text("tokenTypeHint") };
    introspect(&Web, settings, key, options.text("token"), hint, options.text("authorizedBy") == "client_id")
}

const ID_TOKEN: &[(&str, Kind)] = &[
    ("idToken", Kind::Required),
    ("issuer", Kind::Required),
    ("clientId", Kind::Required),
    ("jwks", Kind::Any),
    ("nonce", Kind::Text),
    ("accessToken", Kind::Text),
    ("clockSkewSeconds", Kind::Seconds(300)),
];

/// `IntrospectOptions`.
const OPTIONS: &[(&str, Kind)] = &[
    ("token", Kind::Text),
    ("tokenTypeHint", Kind::OneOf(&["access_token", "refresh_token"])),
    ("authorizedBy", Kind::OneOf(&["access_token", "client_id"])),
];

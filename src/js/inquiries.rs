//! UserInfo, token introspection, and verification of ID tokens that the app passes. Few apps use them.

use super::{outcome, parse, settings};
use crate::error::Result;
use crate::flow::inquiry::{id_token, introspect, userinfo};
use crate::protocol::call::Call;
use crate::protocol::claims::Claims;
use crate::protocol::id_token_options::IdTokenOptions;
use crate::protocol::introspection::IntrospectOptions;
use crate::protocol::introspection::Introspection;
use crate::protocol::job;
use crate::protocol::json::Json;
use crate::web::Web;
use alloc::string::String;
use wasm_bindgen::prelude::*;

/// Runs a [`Call`], which is `input` as JSON text. Returns an empty text while an effect is pending, as `begin` does.
#[wasm_bindgen]
pub fn ask(input: String) -> String {
    outcome(parse(&input).and_then(|input| job(Call::new(&input))))
}

pub(super) fn job(call: Call<'_>) -> Result<Json> {
    if call.job() == job::ID_TOKEN {
        return id_token(&Web, IdTokenOptions::read(call.options())?).map(Claims::into_json);
    }
    let settings = settings(call)?;
    if call.job() == job::USERINFO {
        return userinfo(&Web, settings, call.key()).map(Claims::into_json);
    }
    let options = IntrospectOptions::read(call.options())?;
    introspect(&Web, settings, call.key(), options.token(), options.kind(), options.is_by_client())
        .map(Introspection::into_json)
}

//! All jobs of clients that may have credentials.

use super::{client, inquiries, outcome, parse};
use crate::error::Result;
use crate::flow::{backend, client_block, discover};
use crate::protocol::backend::{BackendToken, read_settings};
use crate::protocol::call::{self, Call};
use crate::protocol::client_block::{read, to_json};
use crate::protocol::dpop;
use crate::protocol::json::Json;
use crate::protocol::resource::under;
use crate::web::Web;
use alloc::string::String;
use wasm_bindgen::prelude::*;

/// Does a job: `input` is a [`Call`]. Empty text where it waits, as for `run`.
#[wasm_bindgen]
pub fn authenticate(input: String) -> String {
    outcome(parse(&input).and_then(|input| job(Call::new(&input))))
}

fn job(call: Call<'_>) -> Result<Json> {
    match call.job() {
        call::BACKEND_TOKEN => backend::access_token(&Web, read_settings(call.json())?).map(BackendToken::into_json),
        call::BACKEND_RESOURCE => {
            let client = read_settings(call.json())?.client("")?;
            Ok(under(&client.base()?, call.url())?.as_str().into())
        }
        call::BACKEND_DISCOVER => {
            let client = read_settings(call.json())?.client("")?;
            Ok(discover::server(&Web, client)?.into_json())
        }
        call::CLIENT_BLOCK => {
            client_block::request(&Web, read(call.block(), call.options())?).map(|request| to_json(&request))
        }
        call::PROOF => dpop::signing_input(call.json()),
        call::PROVED => Ok(dpop::learned(call.json())),
        call::ID_TOKEN | call::USERINFO | call::INTROSPECTION => inquiries::job(call),
        call::AUTHORIZE | call::CAN | call::DISCOVER => client::before_session(&Web, call),
        _ => client::with_session(&Web, call),
    }
}

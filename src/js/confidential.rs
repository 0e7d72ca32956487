//! All jobs of clients that may have credentials.

use super::{client, inquiries, outcome, parse};
use crate::error::Result;
use crate::flow::{backend, client_block, discover, registration};
use crate::protocol::backend::{BackendToken, is_bearer, read_settings};
use crate::protocol::call::Call;
use crate::protocol::client_block::{read, to_json};
use crate::protocol::dpop;
use crate::protocol::job;
use crate::protocol::json::Json;
use crate::protocol::registered_client::RegisteredClient;
use crate::protocol::registration::{ManagedClient, NewClient};
use crate::protocol::request_object::{RequestObject, SignedRequest};
use crate::protocol::resource::under;
use crate::web::Web;
use alloc::string::String;
use wasm_bindgen::prelude::*;

/// Runs a job. `input` is a [`Call`]. Returns an empty text while an effect is pending, as `begin` does.
#[wasm_bindgen]
pub fn authenticate(input: String) -> String {
    outcome(parse(&input).and_then(|input| job(Call::new(&input))))
}

fn job(call: Call<'_>) -> Result<Json> {
    match call.job() {
        job::BACKEND_TOKEN => {
            let settings = read_settings(call.json())?;
            let token = if is_bearer(call.json()) { backend::bearer_token } else { backend::access_token };
            token(&Web, settings).map(BackendToken::into_json)
        }
        job::BACKEND_RESOURCE => {
            let client = read_settings(call.json())?.client("")?;
            Ok(under(&client.base()?, call.url())?.as_str().into())
        }
        job::BACKEND_DISCOVER => {
            let client = read_settings(call.json())?.client("")?;
            Ok(discover::server(&Web, client)?.into_json())
        }
        job::CLIENT_BLOCK => {
            client_block::request(&Web, read(call.block(), call.options())?).map(|request| to_json(&request))
        }
        job::REQUEST_OBJECT => {
            client_block::request_object(&Web, RequestObject::read(call.options())?).map(SignedRequest::into_json)
        }
        job::REGISTER_CLIENT => {
            registration::register(&Web, NewClient::read(call.options())?).map(RegisteredClient::into_json)
        }
        job::READ_CLIENT => {
            registration::read(&Web, ManagedClient::read(call.options(), false)?).map(RegisteredClient::into_json)
        }
        job::UPDATE_CLIENT => {
            registration::update(&Web, ManagedClient::read(call.options(), true)?).map(RegisteredClient::into_json)
        }
        job::DELETE_CLIENT => {
            registration::delete(&Web, ManagedClient::read(call.options(), false)?).map(|()| Json::NULL)
        }
        job::PROOF => dpop::signing_input(call.json()),
        job::PROVED => Ok(dpop::read_response(call.json())),
        job::ID_TOKEN | job::USERINFO | job::INTROSPECTION => inquiries::job(call),
        job::AUTHORIZE | job::DISCOVER => client::before_session(&Web, call),
        _ => client::with_session(&Web, call),
    }
}

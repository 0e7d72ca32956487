//! Building blocks of clients that authenticate.

use super::send::{authentication, request_by_client, sign};
use crate::error::Result;
use crate::host::Host;
use crate::protocol::client_block::Message;
use crate::protocol::http::Request;
use crate::protocol::request_object::{RequestObject, SignedRequest};
use alloc::string::String;

/// Makes the request of a building block.
///
/// # Errors
/// As [`request_by_client`].
pub fn request(host: &impl Host, message: Message<'_>) -> Result<Request> {
    request_by_client(host, message.client, message.record(), message.purpose, &message.url, message.form)
}

/// Signs the parameters of an authorization request (RFC 9101).
///
/// # Errors
/// As [`sign_request`].
pub fn request_object(host: &impl Host, object: RequestObject<'_>) -> Result<SignedRequest> {
    object.signed(&sign_request(host, object)?)
}

/// Signs the parameters of an authorization request, and returns only the signed token.
///
/// # Errors
/// As [`RequestObject::unsigned`], [`authentication`] and [`Host::sign`].
pub fn sign_request(host: &impl Host, object: RequestObject<'_>) -> Result<String> {
    let authentication = authentication(host, object.client())?;
    let token = object.unsigned(authentication.signing_header()?, host.now() / 1_000, &host.random())?;
    sign(host, &authentication, token)
}

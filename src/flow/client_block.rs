//! Building blocks of clients that authenticate.

use super::send::request_by_client;
use crate::error::Result;
use crate::host::Host;
use crate::protocol::client_block::Message;
use crate::protocol::http::Request;

/// Makes the request of a building block.
///
/// # Errors
/// As [`request_by_client`].
pub fn request(host: &impl Host, message: Message<'_>) -> Result<Request> {
    request_by_client(host, message.client, message.record(), message.purpose, &message.url, message.form)
}

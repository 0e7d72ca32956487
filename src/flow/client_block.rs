//! Building blocks of clients that authenticate.

use super::send::request_by_client;
use crate::error::Result;
use crate::host::Host;
use crate::protocol::client_block::{read, to_json};
use crate::protocol::json::Json;
use crate::protocol::record::Record;

/// Makes the request of the building block of that name.
///
/// # Errors
/// As [`read`] and [`request_by_client`].
pub fn request(host: &impl Host, name: &str, input: &Json) -> Result<Json> {
    let message = read(name, input)?;
    // The issuer is a member of the input, as it is of a record.
    let record = Record::new(input);
    let request = request_by_client(host, message.client, record, message.purpose, &message.url, message.form)?;
    Ok(to_json(&request))
}

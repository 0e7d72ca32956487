//! The door to JavaScript: takes JSON text, gives JSON text. The package's entry makes objects of it.

// The package has two modules, so that a sign-in does not load the building blocks (1.7 KB of brotli): each is built with
// one half of the door. Tests have both.
#[cfg(not(smart_launch_package = "client"))]
mod blocks;
#[cfg(not(smart_launch_package = "blocks"))]
mod client;
#[cfg(not(smart_launch_package = "client"))]
mod inquiries;
#[cfg(any(smart_launch_package = "client", smart_launch_package = "blocks"))]
mod runtime;

#[cfg(not(smart_launch_package = "client"))]
pub use blocks::block;
#[cfg(not(smart_launch_package = "blocks"))]
pub use client::run;

use crate::error::{Code, Error, Result};
use crate::protocol::json::Json;
use alloc::string::String;

/// What JavaScript passed, as a value.
fn parse(input: &str) -> Result<Json> {
    Json::parse_own(input)
        .map_err(|_| Error::about(Code::ConfigInvalid, "an option is not plain data, or is too large"))
}

/// Leaves as JSON text; a failure behind an exclamation mark; nothing where it waits.
fn outcome(result: Result<Json>) -> String {
    match result {
        Ok(json) => json.to_text(),
        Err(error) if error.code() == Code::Waiting => String::new(),
        Err(error) => ["!", &error.to_json().to_text()].concat(),
    }
}

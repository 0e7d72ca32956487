//! The exports to JavaScript: JSON text in, JSON text out. The package's entry makes objects of it.

// The package has three modules, so that a sign-in loads neither the building blocks nor what few apps ask: each is built
// with one part of the door. Tests have all.
#[cfg(not(any(smart_launch_package = "client", smart_launch_package = "inquiries")))]
mod blocks;
#[cfg(not(any(smart_launch_package = "blocks", smart_launch_package = "inquiries")))]
mod client;
#[cfg(not(any(smart_launch_package = "client", smart_launch_package = "blocks")))]
mod inquiries;
#[cfg(any(smart_launch_package = "client", smart_launch_package = "blocks", smart_launch_package = "inquiries"))]
mod runtime;

#[cfg(not(any(smart_launch_package = "client", smart_launch_package = "inquiries")))]
pub use blocks::block;
#[cfg(not(any(smart_launch_package = "blocks", smart_launch_package = "inquiries")))]
pub use client::run;
#[cfg(not(any(smart_launch_package = "client", smart_launch_package = "blocks")))]
pub use inquiries::ask;

use crate::error::{Code, Error, Result};
use crate::protocol::json::Json;
use alloc::string::String;

/// The input from JavaScript, as a value.
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

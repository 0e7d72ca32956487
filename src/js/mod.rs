//! The exports to JavaScript. They take and return JSON text, which the TypeScript side parses.

// The package has three modules, so that a sign-in loads neither the building blocks nor the rarely used calls. Each
// module has one of these exports; tests have all.
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

/// Reads the input from JavaScript.
fn parse(input: &str) -> Result<Json> {
    Json::parse_own(input)
        .map_err(|_| Error::about(Code::ConfigInvalid, "an option is not plain data, or is too large"))
}

/// The result as JSON text; an error after an exclamation mark; an empty text while an effect is pending.
fn outcome(result: Result<Json>) -> String {
    match result {
        Ok(json) => json.to_text(),
        Err(error) if error.code() == Code::Waiting => String::new(),
        Err(error) => ["!", &error.to_json().to_text()].concat(),
    }
}

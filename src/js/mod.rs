//! The exports to JavaScript. They take and return JSON text, which the TypeScript side parses.

mod blocks;
mod client;
#[cfg(any(not(smart_launch_package), smart_launch_confidential))]
mod confidential;
mod inquiries;
#[cfg(smart_launch_package)]
mod runtime;

pub use blocks::block;
pub use client::{begin, push, session};
#[cfg(any(not(smart_launch_package), smart_launch_confidential))]
pub use confidential::authenticate;
pub use inquiries::ask;

use crate::error::{Code, Error, Result};
use crate::host::AUTHENTICATES_CLIENTS;
use crate::protocol::json::Json;
use crate::protocol::{call::Call, settings::Settings};
use alloc::string::String;

/// Reads the input from JavaScript.
fn parse(input: &str) -> Result<Json> {
    Json::parse_own(input)
        .map_err(|_| Error::about(Code::ConfigInvalid, "an option is not plain data, or is too large"))
}

/// The settings of a call.
fn settings(call: Call<'_>) -> Result<Settings<'_>> {
    if AUTHENTICATES_CLIENTS { Settings::read_confidential(call.json()) } else { Settings::read(call.json()) }
}

/// The result as JSON text; an error after an exclamation mark; an empty text while an effect is pending.
fn outcome(result: Result<Json>) -> String {
    match result {
        Ok(json) => json.to_text(),
        Err(error) if error.code() == Code::Waiting => String::new(),
        Err(error) => ["!", &error.to_json().to_text()].concat(),
    }
}

//! The building blocks.

use super::{outcome, parse};
use crate::protocol::block;
use alloc::string::String;
use wasm_bindgen::prelude::*;

/// Runs the building block of that name. `input` is the caller's object as JSON text.
#[wasm_bindgen]
pub fn block(name: String, input: String) -> String {
    outcome(parse(&input).and_then(|input| block::run(&name, &input)))
}

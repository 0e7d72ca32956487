//! SMART App Launch 2.2 for JavaScript: the public client as a WebAssembly module.
//!
//! Four rooms and a seam: [`protocol`] is the wire as values, [`flow`] the jobs in their order, [`host`] what a flow may
//! ask of the outside, `web` the browser that answers, `js` the door to JavaScript. Decisions and bytes are pure and run
//! natively in tests; effects are thin and exist in wasm only.
#![no_std]

extern crate alloc;

pub mod error;
pub mod flow;
pub mod host;
mod no_drop;
pub mod protocol;

#[cfg(target_arch = "wasm32")]
pub mod js;
#[cfg(target_arch = "wasm32")]
pub mod web;

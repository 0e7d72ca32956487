//! SMART App Launch 2.2 for JavaScript: public and confidential clients as WebAssembly modules.
//!
//! - [`protocol`] builds requests and reads responses, as pure functions.
//! - [`flow`] has the jobs: the order of their steps.
//! - [`host`] is the trait of the effects that a flow may use; `web` implements it in a browser.
//! - `js` has the exports to JavaScript.
//!
//! `protocol` and `flow` also run natively, in tests; `web` and `js` exist in wasm only.
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

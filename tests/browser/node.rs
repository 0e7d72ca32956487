//! `src/web` and `src/js` in Node, which has no storage.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, dead_code, missing_docs)]

mod blocks;
mod driver;
mod locks;
mod no_storage;
mod random;
mod send;
mod sign_in;

// As an ES module, so that env.js can be imported.
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_node_experimental);

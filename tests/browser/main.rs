//! `src/web` and `src/js` in browsers, with real storage.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod blocks;
mod driver;
mod locks;
mod no_storage;
mod random;
mod reload;
mod send;
mod sign_in;
mod storage;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

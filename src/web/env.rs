//! The binding of the method `effect` of the flow's `Env` (`env.js`). In the package, the JavaScript of `xtask/src/wasm.rs`
//! sets the `Env` for each call; only tests assign it to `smartLaunchEnv`.
//!
//! There is one function for all effects, with strings only. Without JavaScript values in Rust the module needs no
//! table of them (0.7 KB).

use alloc::string::String;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(js_namespace = smartLaunchEnv)]
extern "C" {
    /// Runs the effect with that name. `None` if it has no result, or is still pending.
    pub(super) fn effect(
        name: &str,
        first: &str,
        second: &str,
        third: &str,
        fourth: &str,
        fifth: &str,
    ) -> Option<String>;
}

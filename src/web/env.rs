//! The binding of `smartLaunchEnv`: JavaScript assigns the flow's `Env` (`env.js`) to it before each call.
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

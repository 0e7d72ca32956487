//! The binding of `env.js`: of the object that the driver puts at `smartLaunchEnv` before each step.
//!
//! One function for all effects, and texts only: with no JavaScript value in Rust there is no table of them in the module
//! (0.7 KB).

use alloc::string::String;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(js_namespace = smartLaunchEnv)]
extern "C" {
    /// Has an effect by its name. `None` for nothing, and while it is under way.
    pub(super) fn effect(
        name: &str,
        first: &str,
        second: &str,
        third: &str,
        fourth: &str,
        fifth: &str,
    ) -> Option<String>;
}

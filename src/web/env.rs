//! Bindings of `env.js`: of the object that the driver puts at `smartLaunchEnv` before each step.
//!
//! Numbers and strings only. With no JavaScript value in Rust there is no table of them in the module: 0.7 KB less.

use alloc::string::String;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(js_namespace = smartLaunchEnv)]
extern "C" {
    // `None` while it is under way.
    pub(super) fn lock(name: &str) -> Option<String>;
    pub(super) fn send(purpose: &str, url: &str, form: &str, seconds: f64) -> Option<String>;
    pub(super) fn sha256(text: &str) -> Option<String>;
    pub(super) fn now() -> f64;
    pub(super) fn random() -> String;
    pub(super) fn load(tab: bool, key: &str) -> Option<String>;
    pub(super) fn save(tab: bool, key: &str, record: &str) -> bool;
    pub(super) fn remove(tab: bool, key: &str);
    pub(super) fn keys(tab: bool, prefix: &str) -> String;
}

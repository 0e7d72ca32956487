//! The browser, or whatever runs JavaScript, as a [`Host`].
//!
//! `env.js` does each effect once and remembers what it gave; while something is under way its functions give nothing, and
//! the flow leaves. wasm-bindgen-futures would cost 2.1 KB, and a panic inside it leaves its promise unsettled for ever,
//! while here it rejects the `await` of whoever ran the flow.

mod env;

use crate::error::{Code, Result};
use crate::host::{Area, Host};
use crate::protocol::http::{Request, Response};
use crate::protocol::json::Json;
use crate::protocol::split::pieces;
use alloc::string::String;
use alloc::vec::Vec;

/// The outside world of the flow that is being run.
#[derive(Clone, Copy, Debug)]
pub struct Web;

impl Host for Web {
    fn send(&self, request: &Request) -> Result<Response> {
        let answer = env::send(request.purpose, request.url.as_str(), &request.form, request.timeout as f64);
        let answer = Json::parse_own(&answer.ok_or(Code::Waiting)?).unwrap_or_default();
        let failure = match answer.text("failure") {
            "redirected" => Code::Redirected,
            "timeout" => Code::Timeout,
            "body_too_large" => Code::BodyTooLarge,
            "json_invalid" => Code::JsonInvalid,
            "network" => Code::Network,
            _ => return Ok(Response(answer)),
        };
        Err(failure.into())
    }

    fn now(&self) -> u64 {
        env::now() as u64
    }

    fn random(&self) -> String {
        env::random()
    }

    fn sha256(&self, text: &str) -> Result<String> {
        env::sha256(text).ok_or_else(|| Code::Waiting.into())
    }

    fn load(&self, area: Area, key: &str) -> Option<String> {
        env::load(area == Area::Tab, key)
    }

    fn save(&self, area: Area, key: &str, record: &str) -> bool {
        env::save(area == Area::Tab, key, record)
    }

    fn remove(&self, area: Area, key: &str) {
        env::remove(area == Area::Tab, key);
    }

    fn keys(&self, area: Area, prefix: &str) -> Vec<String> {
        let keys = env::keys(area == Area::Tab, prefix);
        pieces(&keys, b'\n').filter(|key| !key.is_empty()).map(String::from).collect()
    }

    fn lock(&self, name: &str) -> Result<()> {
        env::lock(name).map(|_| ()).ok_or_else(|| Code::Waiting.into())
    }
}

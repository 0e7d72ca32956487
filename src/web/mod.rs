//! The browser, or whatever runs JavaScript, as a [`Host`].
//!
//! A flow is a straight line, so it waits for one thing at a time: it tells `env.js` what to begin and suspends; JavaScript
//! awaits that and polls again with the text it resolved to. No executor: wasm-bindgen-futures would cost 2.1 KB, and a
//! panic inside it leaves its promise unsettled for ever, while here it rejects the `await` that polled.

mod env;

use crate::error::{Code, Result};
use crate::host::{Area, Host};
use crate::protocol::http::{Request, Response};
use crate::protocol::json::Json;
use crate::protocol::split::pieces;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::future::poll_fn;
use core::task::Poll;

/// One flow's outside world.
#[derive(Clone, Default)]
pub struct Web {
    settled: Rc<RefCell<Option<String>>>,
}

impl Web {
    /// Leaves the text that what the flow waits for resolved to.
    pub fn settle(&self, text: String) {
        self.settled.replace(Some(text));
    }

    /// The text that what was begun just now resolves to.
    async fn settled(&self) -> String {
        self.settled.take();
        poll_fn(|_| self.settled.take().map_or(Poll::Pending, Poll::Ready)).await
    }
}

impl Host for Web {
    async fn send(&self, request: &Request) -> Result<Response> {
        env::send(request.purpose, request.url.as_str(), &request.form, request.timeout as f64);
        let answer = Json::parse_own(&self.settled().await).unwrap_or_default();
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

    async fn sha256(&self, text: &str) -> String {
        env::sha256(text);
        self.settled().await
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

    async fn lock(&self, name: &str) {
        env::lock(name);
        self.settled().await;
    }
}

//! A flow that JavaScript drives.

use super::outcome;
use crate::error::Result;
use crate::protocol::json::Json;
use crate::web::Web;
use alloc::boxed::Box;
use alloc::string::String;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use wasm_bindgen::prelude::*;

/// A flow, to be polled until it ends: first with nothing, then with what it waited for.
#[wasm_bindgen]
pub struct Task {
    flow: Pin<Box<dyn Future<Output = Result<Json>>>>,
    web: Web,
}

impl Task {
    /// A task that runs what `flow` makes of its host.
    pub fn new<F: Future<Output = Result<Json>> + 'static>(flow: impl FnOnce(Web) -> F) -> Self {
        let web = Web::default();
        Self { flow: Box::pin(flow(web.clone())), web }
    }
}

#[wasm_bindgen]
impl Task {
    /// Runs until the flow waits or ends: empty text where it waits for what it has begun, else its outcome.
    pub fn poll(&mut self, settled: String) -> String {
        self.web.settle(settled);
        match self.flow.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => outcome(result),
            Poll::Pending => String::new(),
        }
    }
}

//! An authorization request as it is sent.

use crate::protocol::json::Json;

/// An authorization request as it is sent.
#[derive(Debug)]
pub struct OutgoingRequest(pub(super) Json);

impl OutgoingRequest {
    /// The request as JavaScript sees it.
    #[must_use]
    #[inline(always)]
    pub const fn json(&self) -> &Json {
        &self.0
    }

    /// The request with the signed token that the app has to serve, as `requestObject`.
    #[must_use]
    pub fn with_request_object(mut self, token: &str) -> Self {
        self.0.set_text("requestObject", token);
        self
    }

    /// The request for JavaScript: `{method: "GET", url, state}` or `{method: "POST", action, fields, state}`.
    #[must_use]
    #[inline(always)]
    pub fn into_json(self) -> Json {
        self.0
    }
}

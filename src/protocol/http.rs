//! Requests to an authorization server and its responses, as values.

mod oauth_error;
pub mod purpose;
mod request;
mod response;

pub use self::oauth_error::{TOKENS, oauth_error};
pub use self::request::{JsonRequest, Request, authorization, is_token};
pub use self::response::{LONGEST_WAIT, Response};

/// HTTP methods of a [`JsonRequest`](super::JsonRequest).
pub mod method {
    /// Reads.
    pub const GET: &str = "GET";
    /// Creates.
    pub const POST: &str = "POST";
    /// Replaces.
    pub const PUT: &str = "PUT";
    /// Deletes.
    pub const DELETE: &str = "DELETE";
}

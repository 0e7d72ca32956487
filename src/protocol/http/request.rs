//! A request, as a value.

use crate::protocol::split::cut;
use crate::protocol::url::Url;
use alloc::string::String;
use core::fmt;

/// A request: a GET, or a POST of form fields.
pub struct Request {
    /// Its purpose. Errors show it and the URL without the query, and nothing else of a request.
    pub purpose: &'static str,
    /// Its URL, which [`Url::is_permitted`] has accepted.
    pub url: Url,
    /// Encoded fields of a POST; empty for a GET.
    pub form: String,
    /// `Authorization` header; empty for none.
    pub authorization: String,
    /// Deadline in seconds, for headers and body together.
    pub timeout: u64,
    /// The client's secret, which no error may repeat; empty if it has none.
    pub secret: String,
    /// The token family whose key the request has to prove with DPoP; empty if it has no proof.
    pub family: String,
    /// `DPoP` header; empty for none.
    pub proof: String,
}

/// A request with a JSON body, or with none.
pub struct JsonRequest {
    /// Its method.
    pub method: &'static str,
    /// The request without fields.
    pub request: Request,
    /// JSON text; empty for none.
    pub body: String,
}

/// Whether a text can be sent as a token in a header.
#[must_use]
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl Request {
    /// The same request with a proof.
    #[must_use]
    pub fn with_proof(&self, proof: String) -> Self {
        Self {
            purpose: self.purpose,
            url: self.url.clone(),
            form: self.form.clone(),
            authorization: self.authorization.clone(),
            timeout: self.timeout,
            secret: self.secret.clone(),
            family: String::new(),
            proof,
        }
    }

    /// Its method.
    #[must_use]
    pub fn method(&self) -> &'static str {
        if self.form.is_empty() { "GET" } else { "POST" }
    }

    /// The credentials in its `Authorization` header: the access token, except in HTTP Basic; empty if it has no such header.
    #[must_use]
    pub fn access_token(&self) -> &str {
        cut(&self.authorization, b' ').1.unwrap_or_default()
    }
}

/// The `Authorization` header of a request with an access token (RFC 6750 §2.1; RFC 9449 §7.1); empty for none.
#[must_use]
pub fn authorization(scheme: &str, access_token: &str) -> String {
    if access_token.is_empty() { String::new() } else { [scheme, " ", access_token].concat() }
}

/// Shows neither query nor fields.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.purpose, self.url.without_query())
    }
}

/// Shows neither query nor body.
impl fmt::Debug for JsonRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.method, self.request)
    }
}

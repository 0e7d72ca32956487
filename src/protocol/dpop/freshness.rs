//! Nonce and clock of a server that is sent proofs (RFC 9449 §8, §9).

use super::refusal::{Refusal, is_nonce, refusal};
use crate::protocol::http::Response;
use crate::protocol::json::{Json, Value};
use crate::protocol::url::Url;
use alloc::string::String;

/// The values that make proofs for one server acceptable: the last nonce that it has issued, and the offset of its clock. They
/// are never shared between an authorization server and a resource server (§8.2, §9), and are kept in memory.
#[derive(Clone, Debug)]
pub struct Freshness(pub(super) Json);

/// Whether a request is sent again with another proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// The request is not sent again.
    No,
    /// Once more, with the nonce that the server has asked for.
    WithNonce,
    /// Once more, with the time of the server's clock.
    WithTime,
}

impl Freshness {
    /// Reads the text of [`Freshness::to_text`]; an unreadable one counts as empty.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let values = Json::parse_own(text).unwrap_or_default();
        Self(if matches!(values.value(), Some(Value::Object(_))) { values } else { Json::object() })
    }

    /// As text, to be kept in memory.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.0.to_text()
    }

    /// The key under which the values are kept, for the server of this URL in this role.
    #[must_use]
    pub fn key(role: Role, url: &Url) -> String {
        ["dpop:", role.as_str(), ":", url.origin()].concat()
    }

    /// The time of a proof in seconds since 1970, by the server's clock as far as that is known.
    pub(super) fn time(&self, now: u64) -> u64 {
        let offset = |name| self.0.at(name).number().unwrap_or(0);
        now.saturating_add(offset("ahead")).saturating_sub(offset("behind"))
    }

    /// Keeps the nonce of a response, and the offset of the server's clock if that may be the reason why the proof was refused.
    /// Returns whether the request is to be sent again. `now` is in seconds since 1970.
    ///
    /// Any response may have a new nonce (§8.2). A request is repeated only if the server refused the proof and the response has
    /// a nonce or a time for a better one; the server has then used neither the code nor the refresh token.
    #[must_use]
    pub fn update_from(&mut self, response: &Response, now: u64) -> Retry {
        let nonce = response.dpop_nonce();
        let has_nonce = is_nonce(nonce);
        if has_nonce {
            self.0.set_text("nonce", nonce);
        }
        match refusal(response) {
            Some(Refusal::Nonce) if has_nonce => Retry::WithNonce,
            Some(Refusal::Proof) => match response.date() {
                Some(date) if date.abs_diff(self.time(now)) > TOLERANCE => {
                    self.0.set("ahead", date.saturating_sub(now).into());
                    self.0.set("behind", now.saturating_sub(date).into());
                    Retry::WithTime
                }
                _ => Retry::No,
            },
            _ => Retry::No,
        }
    }
}

/// The role of a server that is sent a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An authorization server: a request without an access token.
    Authorization,
    /// A resource server: a request with an access token.
    Resource,
}

impl Role {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Authorization => "as",
            Self::Resource => "rs",
        }
    }
}

/// Seconds by which the clocks have to differ for the clock to be the reason of a refusal.
const TOLERANCE: u64 = 2;

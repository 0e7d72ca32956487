//! The effects that a flow may use, one sentence each, and no policy.

use crate::error::Result;
use crate::protocol::http::{Request, Response};
use alloc::string::String;
use alloc::vec::Vec;

/// The outside world of one flow. In a browser `web` is it; in tests a script.
///
/// What takes time fails with `Waiting` at first. The flow is run again when it is there, and everything it had asked for
/// until then, of the methods that take no time too, gives what it gave the first time: each effect happens once.
pub trait Host {
    /// Sends a request without cookies, cache, referrer or redirects, and reads the whole answer.
    ///
    /// # Errors
    /// `Waiting`; `Network`, `Timeout`, `Redirected`, `BodyTooLarge` and, for a body that is not UTF-8, `JsonInvalid`.
    fn send(&self, request: &Request) -> Result<Response>;

    /// Sends several at once, each as above: what each gave, in their order. They are sent to their end although the page is
    /// left.
    ///
    /// # Errors
    /// `Waiting`.
    fn send_all(&self, requests: &[Request]) -> Result<Vec<Result<Response>>>;

    /// The wall clock in milliseconds since 1970.
    fn now(&self) -> u64;

    /// The same, but while this page is there it does not go back when the clock is set: what lifetimes are measured by.
    fn steady(&self) -> u64;

    /// 256 random bits from the platform's CSPRNG, in base64url: 43 characters.
    fn random(&self) -> String;

    /// The SHA-2 hash of so many bits of a text, in base64url.
    ///
    /// # Errors
    /// `Waiting`.
    fn hash(&self, bits: &str, text: &str) -> Result<String>;

    /// Whether a signature in base64url over a text is that of a public key (a JWK), by an algorithm of RFC 7518 §3.1 or
    /// RFC 8037 §3.1. A key or an algorithm that the platform does not take has signed nothing.
    ///
    /// # Errors
    /// `Waiting`.
    fn verify(&self, algorithm: &str, key: &str, text: &str, signature: &str) -> Result<bool>;

    /// Reads a record.
    fn load(&self, area: Area, key: &str) -> Option<String>;

    /// Writes a record; `false` where storage is blocked or full.
    fn save(&self, area: Area, key: &str, record: &str) -> bool;

    /// Removes a record.
    fn remove(&self, area: Area, key: &str);

    /// The keys that begin with `prefix`.
    fn keys(&self, area: Area, prefix: &str) -> Vec<String>;

    /// Waits until no other flow holds `name`, and holds it until this flow ends: of this page, or for `Shared` of every
    /// page of the origin. Gives the note that was left there last.
    ///
    /// # Errors
    /// `Waiting`; `LockTimeout` after so many seconds.
    fn lock(&self, area: Area, name: &str, seconds: u64) -> Result<String>;

    /// Leaves a note for the next holder of the shared lock `name`, in any page: what is stored may reach other
    /// pages later than the lock does. It lasts for some seconds.
    fn leave(&self, name: &str, note: &str);

    /// Tells the pages of the origin that listen to `channel` something about a token family.
    fn tell(&self, channel: &str, kind: &str, family: &str, text: &str);

    /// Asks them for the session of a token family, of this `generation` at least; empty where nobody has it.
    ///
    /// # Errors
    /// `Waiting`.
    fn ask(&self, channel: &str, family: &str, generation: u64) -> Result<String>;

    /// Whether a server can be reached as far as can be told: that the device is not offline, and in `doubt` that the
    /// server answers anything at all.
    ///
    /// # Errors
    /// `Waiting`.
    fn reach(&self, url: &str, doubt: bool) -> Result<bool>;
}

/// Where a record is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// This page's memory.
    Page,
    /// This tab: survives reloads and redirects.
    Tab,
    /// Every tab of the origin: survives them.
    Shared,
}

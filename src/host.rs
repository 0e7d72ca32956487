//! The effects that a flow may use. An effect decides nothing: decisions are made by flows.

use crate::error::Result;
use crate::protocol::http::{JsonRequest, Request, Response};
use crate::protocol::url::Url;
use alloc::string::String;
use alloc::vec::Vec;

/// The effects of one flow. `web` implements them in a browser, a script in tests.
///
/// A method that takes time first fails with `Waiting`. The flow runs again when the result is available, and every earlier
/// call, also of a method that takes no time, returns the same result as before: each effect happens once. Only a signature may
/// count as valid before its check has ended ([`Host::verify`]).
pub trait Host {
    /// Sends a request without cookies, cache, referrer or redirects, and reads the whole response.
    ///
    /// # Errors
    /// `Waiting`; `Network`, `Timeout`, `Redirected`, `BodyTooLarge` and, for a body that is not UTF-8, `JsonInvalid`.
    fn send(&self, request: &Request) -> Result<Response>;

    /// The same for a request with a JSON body.
    ///
    /// # Errors
    /// As [`Host::send`].
    fn send_json(&self, request: &JsonRequest) -> Result<Response>;

    /// Sends a request for a server's keys early. When a flow requests the same URL later, `send` returns that response; if the
    /// early request failed, `send` sends it again.
    fn send_early(&self, url: &Url);

    /// Sends several requests at once and returns their results in the same order. Browsers complete them, as
    /// far as they permit, even if the user leaves the page.
    ///
    /// # Errors
    /// `Waiting`.
    fn send_all(&self, requests: &[Request]) -> Result<Vec<Result<Response>>>;

    /// The wall clock in milliseconds since 1970.
    fn now(&self) -> u64;

    /// A clock in milliseconds since 1970 that does not go back while the page is open. Lifetimes are measured with it.
    fn steady(&self) -> u64;

    /// 256 random bits from the platform's CSPRNG, in base64url: 43 characters.
    fn random(&self) -> String;

    /// The SHA-2 hash of a text with this number of bits, in base64url.
    ///
    /// # Errors
    /// `Waiting`.
    fn hash(&self, bits: &str, text: &str) -> Result<String>;

    /// Whether a signature in base64url over a text is that of a public key (a JWK), by an algorithm of RFC 7518 §3.1 or
    /// RFC 8037 §3.1. `false` for a key or an algorithm that the platform does not support.
    ///
    /// `web` returns `true` while it checks the signature. Until the check ends no other effect of the flow happens, and later
    /// ones return nothing. The flow's result is used if there were no later ones and the signature is valid; otherwise the flow
    /// runs again with the result of the check.
    ///
    /// # Errors
    /// `Waiting`.
    fn verify(&self, algorithm: &str, key: &str, text: &str, signature: &str) -> Result<bool>;

    /// The credentials of a client by their name in its settings: the members of `clientAuth` as JSON text. `key` in it is the
    /// name under which the host has a private key. Requested again for each request, because secrets and keys are rotated.
    ///
    /// # Errors
    /// `Waiting`; `ConfigInvalid` for credentials that cannot be used; `Network` if the app's function for them failed.
    fn credentials(&self, name: &str) -> Result<String>;

    /// A signature over a text in base64url, by an algorithm of RFC 7518 §3.1 or RFC 8037 §3.1. `key` is the name under which
    /// the host has a private key; for HS256, HS384 and HS512 it is the secret.
    ///
    /// # Errors
    /// `Waiting`; `ConfigInvalid` where there is no such key, or it is not one for that algorithm; `Network` where the
    /// app's own function did not sign.
    fn sign(&self, key: &str, algorithm: &str, text: &str) -> Result<String>;

    /// The public key (a JWK) of the ES256 key that a token family has for DPoP; empty where it has none. `create` makes
    /// a new key, whose private part cannot be extracted and which all pages of the origin have.
    ///
    /// # Errors
    /// `Waiting`; `DpopUnavailable` where the platform has no such keys or cannot store them.
    fn proof_key(&self, family: &str, create: bool) -> Result<String>;

    /// The signature in base64url over a text with the DPoP key of a token family.
    ///
    /// # Errors
    /// `Waiting`; `DpopKeyLost` where there is no such key.
    fn sign_proof(&self, family: &str, text: &str) -> Result<String>;

    /// Begins to delete the DPoP key of a token family.
    fn forget_proof_key(&self, family: &str);

    /// Reads a record.
    fn load(&self, area: Area, key: &str) -> Option<String>;

    /// Writes a record; `false` if storage is blocked or full.
    fn save(&self, area: Area, key: &str, record: &str) -> bool;

    /// Removes a record.
    fn remove(&self, area: Area, key: &str);

    /// The keys that begin with `prefix`.
    fn keys(&self, area: Area, prefix: &str) -> Vec<String>;

    /// Acquires the lock `name` until this flow ends, and returns the note that a former holder left, empty if there is none. The
    /// lock excludes the other flows of this page, or with `Shared` those of all pages of the origin.
    ///
    /// # Errors
    /// `Waiting`; `LockTimeout` after `seconds`.
    fn lock(&self, area: Area, name: &str, seconds: u64) -> Result<String>;

    /// Leaves a note for the next holder of the shared lock `name`, in any page, for two seconds. Other pages may acquire the
    /// lock before they see a stored record.
    fn leave(&self, name: &str, note: &str);

    /// Sends a message about a token family to the pages of the origin that listen to `channel`.
    fn publish(&self, channel: &str, kind: &str, family: &str, text: &str);

    /// Requests the session of a token family, of this `generation` or a later one, from the pages that listen to `channel`;
    /// empty if no page has it.
    ///
    /// # Errors
    /// `Waiting`.
    fn ask(&self, channel: &str, family: &str, generation: u64) -> Result<String>;

    /// Whether the server seems to be reachable: the device is not offline, or `url` is an http URL, which only a server on this
    /// machine has; and with `doubt` the server responds to a request.
    ///
    /// # Errors
    /// `Waiting`.
    fn reach(&self, url: &str, doubt: bool) -> Result<bool>;
}

/// A storage area for records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// This page's memory.
    Page,
    /// This tab: survives reloads and redirects.
    Tab,
    /// All tabs of the origin: remains when they are closed.
    Shared,
}

/// Whether clients may have a secret or a key. The modules of public clients are built without the code for it.
pub const AUTHENTICATES_CLIENTS: bool = !cfg!(smart_launch_package) || cfg!(smart_launch_confidential);

/// Whether requests may have proofs of a key (DPoP). Only the modules with the code for client keys have the code for proofs.
pub const SENDS_PROOFS: bool = AUTHENTICATES_CLIENTS;

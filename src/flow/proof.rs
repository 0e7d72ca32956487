//! Keys to which tokens are bound, and requests with a proof of the key (DPoP, RFC 9449).

use crate::error::Result;
use crate::host::{Area, Host};
use crate::protocol::dpop::{Freshness, Proof, ProofKey, ProvedRequest, Retry, Role, key_lost, refusal_error};
use crate::protocol::http::{Request, Response};
use crate::protocol::record::Record;
use alloc::string::String;

/// Creates the key of a new token family, and returns its thumbprint.
///
/// # Errors
/// As [`Host::proof_key`] and [`Host::hash`].
pub fn create_key(host: &impl Host, family: &str) -> Result<String> {
    let key = ProofKey::read(&host.proof_key(family, true)?).ok_or_else(key_lost)?;
    host.hash("256", &key.thumbprint_input())
}

/// The token family of a sign-in or a session, after a check that its key exists; empty if its tokens are not bound to a key.
///
/// # Errors
/// As [`Host::proof_key`]; `DpopKeyLost` if the key no longer exists.
pub fn family(host: &impl Host, record: Record<'_>) -> Result<String> {
    if !record.is_bound() {
        return Ok(String::new());
    }
    key(host, record.family()).map(|_| record.family().into())
}

fn key(host: &impl Host, family: &str) -> Result<ProofKey> {
    ProofKey::read(&host.proof_key(family, false)?).ok_or_else(key_lost)
}

/// Sends a request with a proof of the key of its token family, once more with the nonce that the server asks for, and
/// once more with the time of the server's clock: such a refusal uses neither a code nor a refresh token. Any other response is
/// final.
///
/// # Errors
/// As [`Host::send`], [`Host::hash`], [`Host::sign_proof`] and [`family`]; `DpopRefused` if the server still refuses the proof.
pub fn send(host: &impl Host, request: &Request) -> Result<Response> {
    let key = key(host, &request.family)?;
    let token_hash = match request.access_token() {
        "" => String::new(),
        token => host.hash("256", token)?,
    };
    let role = if token_hash.is_empty() { Role::Authorization } else { Role::Resource };
    let cache_key = Freshness::key(role, &request.url);
    let mut freshness = Freshness::read(&host.load(Area::Page, &cache_key).unwrap_or_default());
    let (mut has_nonce, mut has_time) = (false, false);
    loop {
        let proved_request = ProvedRequest {
            method: request.method(),
            url: &request.url,
            token_hash: &token_hash,
            now: host.now() / 1_000,
            id: &host.random(),
        };
        let proof = Proof::new(&key, &freshness, &proved_request);
        let signature = host.sign_proof(&request.family, proof.signing_input())?;
        let response = host.send(&request.with_proof(proof.signed(&signature)))?;
        let retry = freshness.update_from(&response, host.now() / 1_000);
        host.save(Area::Page, &cache_key, &freshness.to_text());
        match retry {
            Retry::WithNonce if !has_nonce => has_nonce = true,
            Retry::WithTime if !has_time => has_time = true,
            _ => return refusal_error(&response.clone().to(request)).map_or(Ok(response), Err),
        }
    }
}

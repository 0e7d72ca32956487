//! Implements [`Host`] with the platform's JavaScript APIs, in browsers and elsewhere.
//!
//! `env.js` runs each effect once and stores its result. While an effect is pending its function returns nothing, and
//! the flow ends with `Waiting`. Only a signature that is being checked counts as valid meanwhile, so that a flow without
//! further effects need not be run again: `env.js` returns its outcome if the signature is valid, and runs it again otherwise.
//!
//! wasm-bindgen-futures would cost 2.1 KB, and a panic inside it leaves its promise pending for ever; here the promise of the
//! call is rejected.

mod env;

use crate::error::{Code, Error, Result};
use crate::host::{Area, Host, SENDS_PROOFS};
use crate::protocol::digits::{decimal, digits};
use crate::protocol::dpop::key_lost;
use crate::protocol::http::{JsonRequest, Request, Response};
use crate::protocol::json::Json;
use crate::protocol::split::pieces;
use crate::protocol::url::Url;
use alloc::string::String;
use alloc::vec::Vec;

/// The environment of the running flow.
#[derive(Clone, Copy, Debug)]
pub struct Web;

impl Host for Web {
    fn send(&self, request: &Request) -> Result<Response> {
        let (url, seconds) = (request.url.as_str(), decimal(request.timeout));
        if SENDS_PROOFS && !request.proof.is_empty() {
            let texts = [request.purpose, url, &request.form, &seconds, &request.authorization, &request.proof];
            let texts = Json::from(texts.iter().map(|text| Json::from(*text)).collect::<Vec<_>>());
            let json = pending_effect("sendProved", &texts.to_text(), "", "", "")?;
            return response(Json::parse_own(&json).unwrap_or_default());
        }
        let json = env::effect("send", request.purpose, url, &request.form, &seconds, &request.authorization);
        response(Json::parse_own(&json.ok_or(Code::Waiting)?).unwrap_or_default())
    }

    fn send_json(&self, JsonRequest { method, request, body }: &JsonRequest) -> Result<Response> {
        let (kind, url, seconds) =
            ([request.purpose, " ", method].concat(), request.url.as_str(), decimal(request.timeout));
        let json = env::effect("sendJson", &kind, url, body, &seconds, &request.authorization);
        response(Json::parse_own(&json.ok_or(Code::Waiting)?).unwrap_or_default())
    }

    fn send_early(&self, url: &Url) {
        immediate_effect("sendEarly", url.as_str(), "", "");
    }

    fn send_all(&self, requests: &[Request]) -> Result<Vec<Result<Response>>> {
        let mut list = Vec::new();
        for request in requests {
            let seconds = decimal(request.timeout);
            let texts = [request.purpose, request.url.as_str(), &request.form, &seconds, &request.authorization];
            list.push(Json::from(texts.iter().map(|text| Json::from(*text)).collect::<Vec<_>>()));
        }
        let responses = pending_effect("sendAll", &Json::from(list).to_text(), "", "", "")?;
        let responses = Json::parse_own(&responses).unwrap_or_default();
        Ok(responses.list().iter().map(|json| response(json.clone())).collect())
    }

    fn now(&self) -> u64 {
        digits(&immediate_effect("now", "", "", "").unwrap_or_default()).unwrap_or(0)
    }

    fn steady(&self) -> u64 {
        digits(&immediate_effect("steady", "", "", "").unwrap_or_default()).unwrap_or(0)
    }

    fn random(&self) -> String {
        immediate_effect("random", "", "", "").unwrap_or_default()
    }

    fn hash(&self, bits: &str, text: &str) -> Result<String> {
        pending_effect("hash", bits, text, "", "")
    }

    fn verify(&self, algorithm: &str, key: &str, text: &str, signature: &str) -> Result<bool> {
        pending_effect("verify", algorithm, key, text, signature).map(|is_valid| is_valid == "true")
    }

    fn credentials(&self, name: &str) -> Result<String> {
        let credentials = pending_effect("credentials", name, "", "", "")?;
        match credentials.strip_prefix('!') {
            Some("") => Err(Error::about(Code::Network, "the app's function for `clientAuth` failed")),
            Some(about) => Err(Error::about(Code::ConfigInvalid, about)),
            None => Ok(credentials),
        }
    }

    fn sign(&self, key: &str, algorithm: &str, text: &str) -> Result<String> {
        let signature = pending_effect("sign", key, algorithm, text, "")?;
        let failure = match signature.as_str() {
            "no_key" => Error::named(Code::ConfigInvalid, "key", "does not sign by this algorithm"),
            "not_signed" => Error::about(Code::Network, "the app's function that signs failed"),
            _ => return Ok(signature),
        };
        Err(failure)
    }

    fn proof_key(&self, family: &str, create: bool) -> Result<String> {
        let key = pending_effect("proofKey", family, if create { "create" } else { "" }, "", "")?;
        if key == "unavailable" { Err(Code::DpopUnavailable.into()) } else { Ok(key) }
    }

    fn sign_proof(&self, family: &str, text: &str) -> Result<String> {
        let signature = pending_effect("signProof", family, text, "", "")?;
        if signature.is_empty() { Err(key_lost()) } else { Ok(signature) }
    }

    fn forget_proof_key(&self, family: &str) {
        immediate_effect("forgetProofKey", family, "", "");
    }

    fn load(&self, area: Area, key: &str) -> Option<String> {
        immediate_effect("load", storage_name(area), key, "")
    }

    fn save(&self, area: Area, key: &str, record: &str) -> bool {
        immediate_effect("save", storage_name(area), key, record).is_some()
    }

    fn remove(&self, area: Area, key: &str) {
        immediate_effect("remove", storage_name(area), key, "");
    }

    fn keys(&self, area: Area, prefix: &str) -> Vec<String> {
        let mut keys = Vec::new();
        for key in pieces(&immediate_effect("keys", storage_name(area), prefix, "").unwrap_or_default(), b'\n') {
            if !key.is_empty() {
                keys.push(key.into());
            }
        }
        keys
    }

    fn lock(&self, area: Area, lock: &str, seconds: u64) -> Result<String> {
        let note = pending_effect("lock", storage_name(area), lock, &decimal(seconds), "")?;
        note.strip_prefix('+').map(String::from).ok_or_else(|| Code::LockTimeout.into())
    }

    fn leave(&self, name: &str, note: &str) {
        immediate_effect("leave", name, note, "");
    }

    fn publish(&self, channel: &str, kind: &str, family: &str, text: &str) {
        env::effect("publish", channel, kind, family, text, "");
    }

    fn ask(&self, channel: &str, family: &str, generation: u64) -> Result<String> {
        pending_effect("ask", channel, family, &decimal(generation), "")
    }

    fn reach(&self, url: &str, doubt: bool) -> Result<bool> {
        pending_effect("reach", url, if doubt { "doubt" } else { "" }, "", "")
            .map(|is_reachable| !is_reachable.is_empty())
    }
}

fn response(json: Json) -> Result<Response> {
    let failure = match json.text("failure") {
        "redirected" => Code::Redirected,
        "timeout" => Code::Timeout,
        "body_too_large" => Code::BodyTooLarge,
        "json_invalid" => Code::JsonInvalid,
        "network" => Code::Network,
        _ => return Ok(Response::new(json)),
    };
    Err(failure.into())
}

/// The result of an effect that takes time.
fn pending_effect(effect: &str, first: &str, second: &str, third: &str, fourth: &str) -> Result<String> {
    env::effect(effect, first, second, third, fourth, "").ok_or_else(|| Code::Waiting.into())
}

/// The result of an effect that takes no time.
fn immediate_effect(effect: &str, first: &str, second: &str, third: &str) -> Option<String> {
    env::effect(effect, first, second, third, "", "")
}

fn storage_name(area: Area) -> &'static str {
    match area {
        Area::Page => "",
        Area::Tab => "sessionStorage",
        Area::Shared => "localStorage",
    }
}

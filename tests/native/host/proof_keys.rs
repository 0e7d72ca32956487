//! The keys of DPoP that an origin has, and a server that checks proofs strictly (RFC 9449 §4.3).

use super::{FakeResponse, Sent, hash, read_assertion, verifies};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use smart_launch::error::{Code, Result};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

/// Keys by token family, as in IndexedDB.
#[derive(Default)]
pub struct ProofKeys {
    keys: RefCell<BTreeMap<String, EcdsaKeyPair>>,
    /// Whether the platform has no such keys.
    pub unavailable: Cell<bool>,
}

impl ProofKeys {
    pub(super) fn public(&self, family: &str, create: bool) -> Result<String> {
        if self.unavailable.get() {
            return Err(Code::DpopUnavailable.into());
        }
        if create {
            let random = SystemRandom::new();
            let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random);
            assert!(
                self.keys.borrow_mut().insert(family.into(), pair.expect("a key")).is_none(),
                "a family has one key"
            );
        }
        let keys = self.keys.borrow();
        Ok(keys.get(family).map_or_else(String::new, |pair| {
            let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
            let [x, y] = [x, y].map(|part| URL_SAFE_NO_PAD.encode(part));
            json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "ext": true }).to_string()
        }))
    }

    pub(super) fn sign(&self, family: &str, text: &str) -> Result<String> {
        let keys = self.keys.borrow();
        let pair = keys.get(family).ok_or(Code::DpopKeyLost)?;
        let signature = pair.sign(&SystemRandom::new(), text.as_bytes()).expect("a signature");
        Ok(URL_SAFE_NO_PAD.encode(signature))
    }

    /// Deletes a key.
    pub fn forget(&self, family: &str) {
        self.keys.borrow_mut().remove(family);
    }

    /// The families that have a key.
    pub fn families(&self) -> BTreeSet<String> {
        self.keys.borrow().keys().cloned().collect()
    }
}

/// A server that checks proofs.
#[derive(Default)]
pub struct ProofServer {
    /// The nonce that is required; empty for none.
    pub nonce: RefCell<String>,
    /// Its clock, in seconds since 1970.
    pub clock: Cell<u64>,
    used: RefCell<BTreeSet<String>>,
}

impl ProofServer {
    pub fn at(milliseconds: u64) -> Self {
        Self { clock: Cell::new(milliseconds / 1_000), ..Self::default() }
    }

    /// The refusal of a request, or the thumbprint of the key that signed its proof.
    pub fn check(&self, sent: &Sent) -> std::result::Result<String, Box<FakeResponse>> {
        let (header, claims) = read_assertion(&sent.proof);
        assert_eq!((&header["typ"], &header["alg"]), (&json!("dpop+jwt"), &json!("ES256")));
        let names: BTreeSet<&String> = header["jwk"].as_object().expect("a JWK").keys().collect();
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["crv", "kty", "x", "y"], "the public members alone");
        let mut key = header["jwk"].clone();
        key["alg"] = "ES256".into();
        assert!(verifies(&key, &sent.proof), "the proof is signed by the key in its header");
        let jti = claims["jti"].as_str().expect("a jti").to_owned();
        assert!(self.used.borrow_mut().insert(jti), "a proof is used twice");
        let method = if sent.form.is_empty() { "GET" } else { "POST" };
        let url = sent.url.split(['?', '#']).next().unwrap();
        assert_eq!((&claims["htm"], &claims["htu"]), (&json!(method), &json!(url)));
        let token = sent.authorization.strip_prefix("DPoP ");
        assert_eq!(claims["ath"], token.map_or(Value::Null, |token| hash("256", token).into()));
        let now = self.clock.get();
        if claims["iat"].as_u64().expect("whole seconds").abs_diff(now) > 60 {
            return Err(Box::new(Self::refuse("invalid_dpop_proof").dated(now * 1_000)));
        }
        let nonce = self.nonce.borrow();
        if !nonce.is_empty() && claims["nonce"] != nonce.as_str() {
            return Err(Box::new(Self::refuse("use_dpop_nonce").nonce(&nonce)));
        }
        Ok(thumbprint(&header["jwk"]))
    }

    fn refuse(error: &str) -> FakeResponse {
        FakeResponse::json(400, &json!({ "error": error }))
    }
}

/// The thumbprint of a key (RFC 7638).
pub fn thumbprint(jwk: &Value) -> String {
    let part = |name: &str| jwk[name].as_str().expect("a part of the key").to_owned();
    let text = format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, part("x"), part("y"));
    hash("256", &text)
}

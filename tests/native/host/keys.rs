//! The keys that the scripted host has, and assertions as a strict server reads them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPairComponents, PublicKeyComponents};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_SHA384, RsaKeyPair, UnparsedPublicKey,
};
use ring::{hmac, rand};
use serde_json::Value;
use smart_launch::error::{Code, Error, Result};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

/// The private keys of a host by name, and the expected authentication of its client.
#[derive(Default)]
pub struct Keys {
    private_keys: RefCell<BTreeMap<String, Value>>,
    /// `clientAuth`, and the client's id.
    client: RefCell<(Value, String)>,
    /// The `jti` of every assertion that was sent.
    used: RefCell<BTreeSet<String>>,
    /// Whether signing fails.
    pub unreachable: Cell<bool>,
}

impl Keys {
    /// Moves the credentials of the settings to the host, and leaves their name in the settings. Requests have to be authenticated
    /// by the method of these credentials.
    pub fn authenticate(&self, settings: &mut Value) {
        let client = &mut settings["clients"][0];
        let client_id = client["clientId"].as_str().unwrap_or_default().into();
        if !client["clientAuth"].is_null() {
            let credentials = std::mem::replace(&mut client["clientAuth"], CREDENTIALS.into());
            *self.client.borrow_mut() = (credentials, client_id);
        }
    }

    /// Replaces the credentials.
    pub fn rotate(&self, credentials: Value) {
        self.client.borrow_mut().0 = credentials;
    }

    pub(super) fn credentials(&self, name: &str) -> String {
        assert_eq!(name, CREDENTIALS);
        self.client.borrow().0.to_string()
    }

    /// Takes the credentials of another host.
    pub fn copy(&self, other: &Self) {
        self.private_keys.borrow_mut().clone_from(&other.private_keys.borrow());
        self.client.borrow_mut().clone_from(&other.client.borrow());
    }

    pub fn add(&self, name: &str, key: Value) {
        self.private_keys.borrow_mut().insert(name.into(), key);
    }

    pub(super) fn sign(&self, key: &str, algorithm: &str, text: &str) -> Result<String> {
        if self.unreachable.get() {
            return Err(Code::Network.into());
        }
        if algorithm.starts_with("HS") {
            return Ok(mac(key.as_bytes(), algorithm, text));
        }
        let keys = self.private_keys.borrow();
        let key = keys.get(key).filter(|key| key["alg"] == algorithm);
        key.map(|key| sign(key, text)).ok_or_else(|| Error::about(Code::ConfigInvalid, "no such key"))
    }

    /// The name of the expected authentication method.
    pub(super) fn method(&self) -> String {
        let (settings, _) = &*self.client.borrow();
        match settings {
            Value::Null => "none",
            settings if settings["secret"].is_null() => "private_key_jwt",
            settings => settings["method"].as_str().unwrap_or("client_secret_basic"),
        }
        .into()
    }

    /// Checks an assertion as a strict server does: client, expiry, signature, and single use.
    pub(super) fn check(&self, assertion: &str, milliseconds: u64) {
        let (settings, client_id) = &*self.client.borrow();
        let (header, claims) = read(assertion);
        assert!(
            claims["iss"] == client_id.as_str() && claims["sub"] == client_id.as_str(),
            "an assertion of the client"
        );
        assert!(claims["aud"].is_string() && header["typ"].is_string(), "one audience, and a type");
        let (now, end) = (milliseconds / 1_000, claims["exp"].as_u64().expect("whole seconds"));
        assert!(now < end && end <= now + 300 && claims["iat"] == now, "it lasts 300 seconds at most");
        let jti = claims["jti"].as_str().expect("a jti");
        assert!(URL_SAFE_NO_PAD.decode(jti).is_ok_and(|bytes| bytes.len() == 32), "256 bits");
        assert!(self.used.borrow_mut().insert(jti.into()), "an assertion is used twice");
        let (text, signature) = assertion.rsplit_once('.').unwrap();
        match settings["secret"].as_str() {
            Some(secret) => assert_eq!(signature, mac(secret.as_bytes(), header["alg"].as_str().unwrap(), text)),
            None => {
                let key = self.private_keys.borrow()[settings["key"].as_str().unwrap()].clone();
                assert_eq!(header["alg"], key["alg"]);
                assert!(verifies(&key, assertion), "it is signed with the client's key");
            }
        }
    }
}

/// The name of the client's credentials in its settings.
const CREDENTIALS: &str = "of the app";

/// Header and claims.
pub fn read(assertion: &str) -> (Value, Value) {
    let mut parts = assertion.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).expect("base64url"));
    let mut object = || serde_json::from_slice(&parts.next().expect("a part")).expect("JSON");
    (object(), object())
}

/// The MAC of a text by a secret.
pub fn mac(secret: &[u8], algorithm: &str, text: &str) -> String {
    let algorithm = match algorithm {
        "HS256" => hmac::HMAC_SHA256,
        "HS384" => hmac::HMAC_SHA384,
        "HS512" => hmac::HMAC_SHA512,
        _ => panic!("{algorithm} takes no secret"),
    };
    URL_SAFE_NO_PAD.encode(hmac::sign(&hmac::Key::new(algorithm, secret), text.as_bytes()))
}

/// Signs with a private key in JWK: RS384 or ES384, the two of the specification.
pub fn sign(key: &Value, text: &str) -> String {
    let part = |name| part(key, name);
    if key["alg"] == "RS384" {
        let [n, e] = ["n", "e"].map(part);
        let [d, p, q] = ["d", "p", "q"].map(part);
        let [dp, dq, qi] = ["dp", "dq", "qi"].map(part);
        let public_key = PublicKeyComponents { n, e };
        let pair = RsaKeyPair::from_components(&KeyPairComponents { public_key, d, p, q, dP: dp, dQ: dq, qInv: qi });
        let pair = pair.expect("an RSA key");
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(&RSA_PKCS1_SHA384, &SystemRandom::new(), text.as_bytes(), &mut signature).expect("a signature");
        return URL_SAFE_NO_PAD.encode(signature);
    }
    let random: &dyn rand::SecureRandom = &SystemRandom::new();
    let pair = EcdsaKeyPair::from_private_key_and_public_key(
        &ECDSA_P384_SHA384_FIXED_SIGNING,
        &part("d"),
        &point(key),
        random,
    );
    let signature = pair.expect("an EC key").sign(random, text.as_bytes()).expect("a signature");
    URL_SAFE_NO_PAD.encode(signature)
}

/// Whether a token is signed with this key.
pub fn verifies(key: &Value, token: &str) -> bool {
    let (text, signature) = token.rsplit_once('.').expect("a signature");
    let (text, signature) = (text.as_bytes(), URL_SAFE_NO_PAD.decode(signature).expect("base64url"));
    if key["alg"] == "RS384" {
        let [n, e] = ["n", "e"].map(|name| part(key, name));
        return PublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA384, text, &signature).is_ok();
    }
    let algorithm = if key["alg"] == "ES256" { &ECDSA_P256_SHA256_FIXED } else { &ECDSA_P384_SHA384_FIXED };
    UnparsedPublicKey::new(algorithm, point(key)).verify(text, &signature).is_ok()
}

fn point(key: &Value) -> Vec<u8> {
    [vec![4], part(key, "x"), part(key, "y")].concat()
}

fn part(key: &Value, name: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(key[name].as_str().expect("a part of the key")).expect("base64url")
}

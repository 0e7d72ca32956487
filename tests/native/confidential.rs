//! Apps with a secret or a key, at the server of these tests.

use crate::app::App;
use crate::ehr;
use crate::host::FakeResponse;
use serde_json::{Value, json};

pub const SECRET: &str = "a-secret.of_the*app-1";
pub const INTROSPECT: &str = "https://ehr.example/auth/introspect";

/// The specification's private key for an algorithm.
pub fn key(algorithm: &str) -> Value {
    let vectors: Value = serde_json::from_str(include_str!("vectors.json")).unwrap();
    vectors["keys"][algorithm].clone()
}

/// `clientAuth` by the specification's key for an algorithm.
pub fn by_key(algorithm: &str) -> Value {
    json!({ "key": algorithm, "keyId": key(algorithm)["kid"], "alg": algorithm })
}

/// Each authentication method.
pub fn methods() -> Vec<Value> {
    vec![
        json!({ "secret": SECRET }),
        json!({ "secret": SECRET, "basicEncoding": "form" }),
        json!({ "secret": SECRET, "method": "client_secret_post" }),
        json!({ "secret": SECRET, "method": "client_secret_jwt" }),
        json!({ "secret": SECRET, "method": "client_secret_jwt", "alg": "HS512" }),
        by_key("RS384"),
        by_key("ES384"),
    ]
}

/// An app with this `clientAuth` whose host has the keys for RS384 and ES384, at a server that also has an introspection
/// endpoint.
pub fn app(auth: Value) -> App {
    app_at(auth, json!({}))
}

/// The app of [`app`] at a server whose smart-configuration has these changes.
pub fn app_at(auth: Value, members: Value) -> App {
    let app = App::with(json!({ "clientAuth": auth }));
    let endpoint = json!({ "introspection_endpoint": INTROSPECT });
    let document = ehr::with(ehr::with(ehr::document(), endpoint), members);
    app.tab.responses.always("discovery", FakeResponse::ok(&document));
    app.tab.keep_secret(SECRET);
    ["RS384", "ES384"].iter().for_each(|algorithm| app.tab.keys.add(algorithm, key(algorithm)));
    app
}

/// The app of [`app`], signed in.
pub fn signed_in(auth: Value) -> App {
    let app = app(auth);
    app.sign_in(&ehr::tokens(1)).unwrap();
    app
}

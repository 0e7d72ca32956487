//! Signed tokens and key sets; `keys` tests which keys may have signed a token.

mod keys;

use crate::app::{assert_fails, json, value};
use crate::arbitrary::{cases, object, pieces};
use crate::ehr;
use crate::signing_keys;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::{Value, json};
use smart_launch::error::{Code, Result};
use smart_launch::protocol::http::Response;
use smart_launch::protocol::json::Json;
use smart_launch::protocol::jwks::KeySet;
use smart_launch::protocol::jws::Jws;

fn compact(header: &str, claims: &str) -> String {
    format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

/// Whether a token with these changes of its header is read.
fn is_read(changes: Value) -> bool {
    Jws::parse(&compact(&ehr::with(signing_keys::header(), changes).to_string(), "{}")).is_some()
}

const ALGORITHMS: [(&str, &str); 7] = [
    ("RS256", "256"),
    ("RS384", "384"),
    ("RS512", "512"),
    ("PS256", "256"),
    ("ES256", "256"),
    ("ES384", "384"),
    ("EdDSA", "512"),
];

#[test]
fn token_is_parsed() {
    let token = compact(&signing_keys::header().to_string(), r#"{"sub":"amara"}"#);
    let jws = Jws::parse(&token).unwrap();
    assert_eq!((jws.algorithm(), jws.hash(), jws.signature), ("RS256", "256", "c2ln"));
    assert_eq!(format!("{}.{}", jws.signed, jws.signature), token);
    assert_eq!(value(jws.claims.json()), json!({ "sub": "amara" }));
}

#[test]
fn each_algorithm_has_its_hash() {
    for (name, hash) in ALGORITHMS {
        let token = compact(&json!({ "alg": name }).to_string(), "{}");
        let jws = Jws::parse(&token).unwrap();
        assert_eq!((jws.algorithm(), jws.hash()), (name, hash));
    }
    for name in [
        "none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "hs256", "rs256", "RS1", "RS256 ", " RS256",
        "RS2560", "PS384", "PS512", "ES512", "ES256K", "RSA-OAEP", "RSA1_5", "dir", "A128KW", "Ed25519", "*",
    ] {
        assert!(!is_read(json!({ "alg": name })), "{name}");
    }
    for other in [json!(null), json!(["RS256"]), json!({ "RS256": 1 }), json!(256), json!(true)] {
        assert!(!is_read(json!({ "alg": other })), "{other}");
    }
}

#[test]
fn token_has_three_parts() {
    let token = compact(&signing_keys::header().to_string(), "{}");
    let parts: Vec<&str> = token.split('.').collect();
    assert!(Jws::parse(&token).is_some());
    for other in [
        String::new(),
        ".".into(),
        "..".into(),
        parts[0].into(),
        parts[..2].join("."),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.c2ln"),
        format!("{token}.c2ln.c2ln"),
        format!("{}..{}", parts[0], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        format!(".{}.{}", parts[1], parts[2]),
        format!("{}..{}.{}", parts[0], parts[1], parts[2]),
    ] {
        assert!(Jws::parse(&other).is_none(), "{other}");
    }
}

#[test]
fn each_part_is_base64url_without_padding() {
    let token = compact(&signing_keys::header().to_string(), r#"{"sub":"am"}"#);
    let parts: Vec<&str> = token.split('.').collect();
    for part in 0..3 {
        for change in [
            |part: &str| format!("{part}="),
            |part: &str| format!("{part}=="),
            |part: &str| format!(" {part}"),
            |part: &str| format!("{part}\n"),
            |part: &str| format!("{part}+/8"),
            |part: &str| format!("{part}A%3D"),
        ] {
            let mut changed: Vec<String> = parts.iter().map(|part| (*part).into()).collect();
            changed[part] = change(parts[part]);
            assert!(Jws::parse(&changed.join(".")).is_none(), "{}", changed[part]);
        }
    }
}

#[test]
fn signature_has_only_one_valid_encoding() {
    let token = compact(&signing_keys::header().to_string(), "{}");
    let unsigned = token.strip_suffix("c2ln").unwrap();
    for (signature, expected) in
        [("Zg", true), ("Zh", false), ("Zm8", true), ("Zm9", false), ("A", false), ("ab+/", false)]
    {
        assert_eq!(Jws::parse(&format!("{unsigned}{signature}")).is_some(), expected, "{signature}");
    }
}

#[test]
fn header_and_claims_are_objects_in_strict_json() {
    let header = signing_keys::header().to_string();
    for other in [
        "",
        "null",
        "[]",
        "7",
        "\"x\"",
        "{",
        "{}x",
        r#"{"alg":"RS256","alg":"RS256"}"#,
        r#"{"alg":"RS256","x":"\ud800"}"#,
    ] {
        assert!(Jws::parse(&compact(other, "{}")).is_none(), "{other}");
        assert!(
            other.starts_with("{\"alg\":\"RS256\",\"x\"") || Jws::parse(&compact(&header, other)).is_none(),
            "{other}"
        );
    }
    let bytes = |bytes: &[u8]| format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(&header), URL_SAFE_NO_PAD.encode(bytes));
    assert!(Jws::parse(&bytes(b"{\"sub\":\"\xff\"}")).is_none() && Jws::parse(&bytes(b"\xef\xbb\xbf{}")).is_none());
    assert!(Jws::parse(&bytes(b" {} ")).is_some());
}

#[test]
fn crit_and_b64_headers_are_refused() {
    for crit in [json!(["exp"]), json!([]), json!("exp"), json!(false), json!({}), json!(null)] {
        let header = format!(r#"{{"alg":"RS256","crit":{crit}}}"#);
        assert!(
            Jws::parse(&crate::signing_keys::sealed(&header, "{}", &crate::signing_keys::key("k"))).is_none(),
            "{crit}"
        );
    }
    for b64 in [json!(false), json!(true), json!("false")] {
        assert!(!is_read(json!({ "b64": b64 })), "{b64}");
    }
}

#[test]
fn token_of_another_type_is_refused() {
    for kind in ["at+jwt", "application/at+jwt", "dpop+jwt", "logout+jwt", "AT+JWT"] {
        assert!(!is_read(json!({ "typ": kind })), "{kind}");
    }
    for kind in [json!(null), json!("JWT"), json!("jwt"), json!("JOSE"), json!("")] {
        assert!(is_read(json!({ "typ": kind })), "{kind}");
    }
}

#[test]
fn keys_in_the_token_header_are_ignored() {
    let attacker_key = signing_keys::key("own");
    for changes in
        [json!({ "jwk": attacker_key }), json!({ "jku": "https://evil.example" }), json!({ "x5c": ["MIIB"] })]
    {
        let token = compact(&ehr::with(signing_keys::header(), changes).to_string(), "{}");
        let jws = Jws::parse(&token).unwrap();
        assert!(
            jws.keys(&KeySet::new(Json::NULL)).is_empty()
                && jws.keys(&KeySet::new(json(&json!({ "keys": [attacker_key] })))).is_empty()
        );
    }
}

fn key_set_of(status: u64, kind: &str, body: &str) -> Result<KeySet> {
    KeySet::parse(&Response::new(json(&json!({ "status": status, "contentType": kind, "body": body }))))
}

#[test]
fn key_set_is_a_successful_json_response_and_only_its_keys_are_used() {
    let body = json!({ "keys": [signing_keys::key("a")], "fetched": 1, "missed": 2 }).to_string();
    for kind in ["application/json", "application/jwk-set+json", "text/plain", ""] {
        assert_eq!(
            value(key_set_of(200, kind, &body).unwrap().json()),
            json!({ "keys": [signing_keys::key("a")] }),
            "{kind}"
        );
    }
    assert_eq!(key_set_of(200, "application/json", "[]").unwrap().to_record(), "{}");
    for (status, kind, body, expected) in [
        (404, "application/json", &*body, Code::HttpStatus),
        (400, "application/json", r#"{"error":"invalid_request"}"#, Code::HttpStatus),
        (500, "application/json", "{}", Code::HttpStatus),
        (200, "text/html", "<html>", Code::ContentType),
        (200, "application/json", "<html>", Code::JsonInvalid),
        (200, "application/json", "", Code::JsonInvalid),
        (200, "application/json", r#"{"keys":[],"keys":[]}"#, Code::JsonInvalid),
    ] {
        assert_fails(key_set_of(status, kind, body), expected);
    }
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn accepted_token_has_three_parts_and_a_known_algorithm(
        token in pieces(&[".", ".", "eyJhbGciOiJSUzI1NiJ9", "eyJhbGciOiJub25lIn0", "eyJhbGciOiJIUzI1NiJ9", "e30", "c2ln", "=", "A", "é"], 8),
    ) {
        if let Some(jws) = Jws::parse(&token) {
            prop_assert_eq!(jws.algorithm(), "RS256");
            prop_assert_eq!(token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap().len()).filter(|length| *length > 0).count(), 3);
        }
    }

    #[test]
    fn any_header_that_is_read_has_a_known_algorithm(
        header in object(), algorithm in prop::sample::select(vec!["none", "HS256", "RS256", "ES384", "EdDSA", "x"]), claims in object(),
    ) {
        let header = ehr::with(header, json!({ "alg": algorithm }));
        let token = compact(&header.to_string(), &claims.to_string());
        let jws = Jws::parse(&token);
        let is_supported = ALGORITHMS.iter().any(|(name, _)| *name == algorithm);
        prop_assert_eq!(jws.is_some(), is_supported);
        prop_assert!(jws.is_none_or(|jws| *jws.claims.json() == json(&claims)));
    }
}

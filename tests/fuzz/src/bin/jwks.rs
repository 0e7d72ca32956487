//! Only keys of the set that match the header are returned, and only their public members: at most four keys, and
//! without a `kid` only one. The input is a header and a JWK Set, one line each.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use smart_launch::error::Code;
use smart_launch::protocol::http::Response;
use smart_launch::protocol::jwks::KeySet;
use smart_launch::protocol::jws::Jws;
use smart_launch_fuzz as fuzz;
use smart_launch_fuzz::{assert_sound, base64url, bytes, serde, value};

fuzz_target!(|text: &str| {
    let (header, set) = text.split_once('\n').unwrap_or((r#"{"alg":"RS256"}"#, text));
    for (status, kind) in
        [(200, "application/json"), (200, "text/html"), (500, "application/json"), (400, "text/plain")]
    {
        match KeySet::parse(&response(status, kind, set)) {
            Ok(keys) => {
                assert_eq!(status, 200);
                assert!(keys.json().members().iter().all(|(name, _)| name == "keys"));
                assert!(
                    serde(set)
                        .is_none_or(|theirs| value(keys.json().at("keys")).is_none_or(|ours| ours == theirs["keys"]))
                );
                assert_keys(header, &keys);
            }
            Err(error) => {
                assert_sound(&error);
                assert!([Code::HttpStatus, Code::ContentType, Code::JsonInvalid].contains(&error.code()));
                assert!(status == 200 || error.status() == status);
            }
        }
    }
});

fn response(status: u64, kind: &str, body: &str) -> Response {
    Response::new(fuzz::json(&json!({ "status": status, "contentType": kind, "body": body })))
}

fn assert_keys(header: &str, set: &KeySet) {
    for header in [header, r#"{"alg":"RS256"}"#, r#"{"alg":"ES256","kid":"a"}"#, r#"{"alg":"EdDSA","kid":"b"}"#] {
        let token = format!("{}.e30.c2ln", base64url(header.as_bytes()));
        let (Some(jws), Some(theirs)) = (Jws::parse(&token), value(set.json())) else { continue };
        let Some(header) = serde(header) else { continue };
        let candidates = theirs["keys"].as_array().map(Vec::as_slice).unwrap_or_default();
        let matching: Vec<&Value> = candidates.iter().filter(|key| matches_header(&header, key)).collect();
        // Our parser compares numbers by their text, so a `kid` with numbers may match different keys.
        let has_other_kid = !matches!(header["kid"], Value::Null | Value::String(_));
        let keys = jws.keys(set);
        assert!(keys.len() <= if header["kid"].is_null() { 1 } else { 4 });
        assert!(keys.is_empty() || !matching.is_empty() || has_other_kid, "no key of the set matches");
        assert!(!keys.is_empty() || matching.len() != 1 || has_other_kid, "one key of the set matches");
        for key in keys {
            let key = serde(&key.to_text()).expect("read before");
            for (name, member) in key.as_object().expect("a key") {
                assert!(["kty", "crv", "n", "e", "x", "y"].contains(&name.as_str()), "{name} is not public");
                assert!(matching.iter().any(|key| *member == key[name]), "{name} is from another key");
            }
        }
    }
}

/// A second implementation of the rules (RFC 7517 §4, RFC 7518 §6).
fn matches_header(header: &Value, key: &Value) -> bool {
    let (kind, curve) = match header["alg"].as_str().expect("read before") {
        "ES256" => ("EC", "P-256"),
        "ES384" => ("EC", "P-384"),
        "EdDSA" => ("OKP", "Ed25519"),
        _ => ("RSA", ""),
    };
    let absent_or = |name: &str, value: &Value| key[name].is_null() || key[name] == *value;
    key["kty"] == kind
        && key["crv"].as_str().unwrap_or_default() == curve
        && (header["kid"].is_null() || header["kid"] == key["kid"])
        && absent_or("use", &json!("sig"))
        && absent_or("alg", &header["alg"])
        && (key["key_ops"].is_null()
            || key["key_ops"].as_array().is_some_and(|operations| operations.contains(&json!("verify"))))
        && (kind != "RSA" || (bits(key["n"].as_str().unwrap_or_default()) >= 2_048 && is_exponent(&key["e"])))
        && (kind != "OKP" || !is_small_order(&key["x"]))
}

fn is_exponent(exponent: &Value) -> bool {
    let bytes = bytes(exponent.as_str().unwrap_or_default()).unwrap_or_default();
    let number: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
    number.last().is_some_and(|last| last % 2 == 1) && number != [1]
}

/// Whether the encoded y coordinate of a point is 0, 1, or at least p - 1, or is that of a point of order 8.
fn is_small_order(point: &Value) -> bool {
    let mut bytes = bytes(point.as_str().unwrap_or_default()).unwrap_or_default();
    if bytes.len() < 2 {
        return false;
    }
    *bytes.last_mut().expect("a byte") &= 0x7f;
    let end = bytes.len() - 1;
    (bytes[0] < 2 && bytes[1..].iter().all(|byte| *byte == 0))
        || (bytes[0] > 0xeb && bytes[end] == 0x7f && bytes[1..end].iter().all(|byte| *byte == 0xff))
        || [[0x26, 0xe8, 0x95, 0x8f], [0xc7, 0x17, 0x6a, 0x70]].iter().any(|start| bytes.starts_with(start))
}

/// The number of bits of a number in base64url; 0 if it is not a number.
fn bits(number: &str) -> usize {
    let binary: String = bytes(number).unwrap_or_default().iter().map(|byte| format!("{byte:08b}")).collect();
    binary.trim_start_matches('0').len()
}

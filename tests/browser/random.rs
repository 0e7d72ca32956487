//! Randomness and hashing.

use crate::driver::{run, set_empty_env};
use smart_launch::host::Host;
use smart_launch::web::Web;
use std::collections::HashSet;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn random_values_are_256_bits_in_base64url() {
    set_empty_env();
    for _ in 0..200 {
        let value = Web.random();
        assert_eq!(value.len(), 43);
        assert!(value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'), "{value}");
    }
}

#[wasm_bindgen_test]
fn random_values_differ() {
    set_empty_env();
    let values: HashSet<String> = (0..1_000).map(|_| Web.random()).collect();
    assert_eq!(values.len(), 1_000);
}

#[wasm_bindgen_test]
fn random_values_use_all_digits_of_base64url() {
    set_empty_env();
    let digits: HashSet<char> = (0..200).flat_map(|_| Web.random().chars().collect::<Vec<_>>()).collect();
    assert_eq!(digits.len(), 64);
}

#[wasm_bindgen_test]
async fn challenge_is_the_one_of_rfc_7636_appendix_b() {
    let challenge = run(|web| web.hash("256", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")).await.unwrap();
    assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[wasm_bindgen_test]
async fn hash_is_of_the_text_in_utf_8() {
    let hash = run(|web| web.hash("256", "Zoë Nguyễn")).await.unwrap();
    assert_eq!(hash, "z14CqY_-5sZDoZ9erq-DBXJngHR7YvtAOV7ZEWLtjxw");
}

use super::compact;
use crate::app::json;
use crate::arbitrary::cases;
use crate::ehr;
use crate::signing_keys::{self, KID, modulus};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};
use smart_launch::protocol::jwks::KeySet;
use smart_launch::protocol::jws::Jws;

fn text(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

/// The keys of a set that a token with this header may be signed with.
fn candidates(header: &Value, set: &Value) -> Vec<Value> {
    let token = compact(&header.to_string(), "{}");
    Jws::parse(&token).expect("a token").keys(&KeySet::new(json(set))).iter().map(|key| text(&key.to_text())).collect()
}

/// The first of these keys.
fn key(header: &Value, set: &Value) -> Option<Value> {
    candidates(header, set).into_iter().next()
}

fn key_among(header: &Value, keys: &[Value]) -> Option<Value> {
    key(header, &json!({ "keys": keys }))
}

fn ec_key(curve: &str) -> Value {
    json!({ "kty": "EC", "crv": curve, "x": "eA", "y": "eQ" })
}

fn ed25519_key() -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": "eA" })
}

/// A key for an algorithm, with only the required members.
fn minimal_key(algorithm: &str) -> Value {
    match algorithm {
        "ES256" => ec_key("P-256"),
        "ES384" => ec_key("P-384"),
        "EdDSA" => ed25519_key(),
        _ => json!({ "kty": "RSA", "n": modulus(256, 0xC3), "e": "AQAB" }),
    }
}

/// An RSA key of this number of bits, whose modulus has leading zero bytes.
fn rsa_key_of_bits(bits: usize, zeros: usize) -> Value {
    let mut bytes = vec![0; zeros];
    bytes.push(1 << ((bits - 1) % 8));
    bytes.extend(vec![0; (bits - 1) / 8]);
    json!({ "kty": "RSA", "n": URL_SAFE_NO_PAD.encode(bytes), "e": "AQAB" })
}

#[test]
fn algorithm_takes_a_key_of_its_kind_and_curve() {
    let keys = [minimal_key("RS256"), minimal_key("ES256"), minimal_key("ES384"), minimal_key("EdDSA")];
    for (algorithm, expected) in
        [("RS256", 0), ("RS384", 0), ("RS512", 0), ("PS256", 0), ("ES256", 1), ("ES384", 2), ("EdDSA", 3)]
    {
        for (number, only) in keys.iter().enumerate() {
            let key_found = key_among(&json!({ "alg": algorithm }), std::slice::from_ref(only));
            assert_eq!(key_found, (number == expected).then(|| only.clone()), "{algorithm}");
        }
        assert_eq!(key_among(&json!({ "alg": algorithm }), &keys).as_ref(), Some(&keys[expected]));
    }
    for other in
        [ec_key("P-521"), ec_key("secp256k1"), ec_key("p-256"), ehr::with(ec_key("P-256"), json!({ "kty": "OKP" }))]
    {
        assert_eq!(key_among(&json!({ "alg": "ES256" }), &[other]), None);
    }
    let ed448 = ehr::with(ed25519_key(), json!({ "crv": "Ed448" }));
    let shared = json!({ "kty": "oct", "k": "c2VjcmV0" });
    assert!(
        key_among(&json!({ "alg": "EdDSA" }), &[ed448]).is_none()
            && key_among(&json!({ "alg": "RS256" }), &[shared]).is_none()
    );
    assert_eq!(
        key_among(&json!({ "alg": "RS256" }), &[ehr::with(minimal_key("RS256"), json!({ "crv": "P-256" }))]),
        None
    );
}

#[test]
fn key_for_another_use_or_algorithm_is_ignored() {
    let header = json!({ "alg": "RS256" });
    for (changes, fits) in [
        (json!({ "use": "sig" }), true),
        (json!({ "use": "enc" }), false),
        (json!({ "use": "SIG" }), false),
        (json!({ "use": ["sig"] }), false),
        (json!({ "use": "" }), false),
        (json!({ "alg": "RS256" }), true),
        (json!({ "alg": "RS512" }), false),
        (json!({ "alg": "PS256" }), false),
        (json!({ "alg": 256 }), false),
        (json!({ "key_ops": ["verify"] }), true),
        (json!({ "key_ops": ["sign", "verify"] }), true),
        (json!({ "key_ops": ["sign"] }), false),
        (json!({ "key_ops": ["encrypt"] }), false),
        (json!({ "key_ops": [] }), false),
        (json!({ "key_ops": "verify" }), false),
    ] {
        assert_eq!(
            key_among(&header, &[ehr::with(minimal_key("RS256"), changes.clone())]).is_some(),
            fits,
            "{changes}"
        );
    }
}

#[test]
fn kid_names_the_key() {
    let (one, other) =
        (signing_keys::key("one"), ehr::with(signing_keys::key("other"), json!({ "n": modulus(256, 0xEE) })));
    let keys = [one.clone(), other.clone()];
    for (kid, expected) in [("one", Some(&one)), ("other", Some(&other)), ("third", None), ("", None), ("ONE", None)] {
        let key_found = key_among(&json!({ "alg": "RS256", "kid": kid }), &keys);
        assert_eq!(key_found.map(|key| key["n"].clone()), expected.map(|key| key["n"].clone()), "{kid}");
    }
    // A key without a name is not the one that is named.
    assert_eq!(key_among(&json!({ "alg": "RS256", "kid": KID }), &[minimal_key("RS256")]), None);
}

#[test]
fn kid_of_another_type_is_another_kid() {
    for kid in [json!(7), json!(["7"]), json!({ "7": 7 }), json!(true)] {
        assert_eq!(key_among(&json!({ "alg": "RS256", "kid": kid }), &[signing_keys::key("7")]), None, "{kid}");
    }
    for kid in [json!(7), json!(["7"]), json!(null)] {
        let key = ehr::with(minimal_key("RS256"), json!({ "kid": kid }));
        assert_eq!(key_among(&json!({ "alg": "RS256", "kid": "7" }), &[key]), None, "{kid}");
    }
}

#[test]
fn token_without_kid_takes_the_only_key_that_fits() {
    let header = json!({ "alg": "RS256" });
    let encrypting = ehr::with(signing_keys::key("b"), json!({ "use": "enc" }));
    let weak = rsa_key_of_bits(1_024, 0);
    assert!(key_among(&header, &[signing_keys::key("a"), encrypting, weak, ec_key("P-256")]).is_some());
    let other = ehr::with(signing_keys::key("b"), json!({ "n": modulus(256, 0xEE) }));
    assert_eq!(key_among(&header, &[signing_keys::key("a"), other]), None);
}

#[test]
fn duplicate_key_counts_once() {
    let duplicate = ehr::with(signing_keys::key(KID), json!({ "alg": null, "x5c": ["MIIB"] }));
    for header in [signing_keys::header(), json!({ "alg": "RS256" })] {
        let set = json!({ "keys": [signing_keys::key(KID), duplicate, signing_keys::key(KID)] });
        assert_eq!(candidates(&header, &set).len(), 1, "{header}");
    }
}

#[test]
fn keys_of_one_kid_are_all_candidates_and_four_at_most() {
    let keys: Vec<Value> =
        (0..9).map(|number| ehr::with(signing_keys::key(KID), json!({ "n": modulus(256, 0xC0 + number) }))).collect();
    let moduli = |keys: &[Value]| keys.iter().map(|key| key["n"].clone()).collect::<Vec<_>>();
    for (number, expected) in [(1, 1), (2, 2), (4, 4), (5, 4), (9, 4)] {
        let found = candidates(&signing_keys::header(), &json!({ "keys": &keys[..number] }));
        assert_eq!(moduli(&found), moduli(&keys[..expected]));
    }
}

#[test]
fn rsa_key_with_an_even_exponent_or_one_below_three_is_ignored() {
    for (exponent, fits) in [
        (&[1, 0, 1][..], true),
        (&[3], true),
        (&[0, 3], true),
        (&[1, 1], true),
        (&[1], false),
        (&[0, 1], false),
        (&[0, 0, 0, 1], false),
        (&[0], false),
        (&[2], false),
        (&[1, 0, 0], false),
        (&[], false),
    ] {
        let key = ehr::with(minimal_key("RS256"), json!({ "e": URL_SAFE_NO_PAD.encode(exponent) }));
        assert_eq!(key_among(&json!({ "alg": "RS256" }), &[key]).is_some(), fits, "{exponent:?}");
    }
    for other in [json!(null), json!(3), json!("A=="), json!(["AQAB"])] {
        assert_eq!(
            key_among(&json!({ "alg": "PS256" }), &[ehr::with(minimal_key("PS256"), json!({ "e": other }))]),
            None
        );
    }
}

#[test]
fn ed25519_key_of_small_order_is_ignored() {
    let key_of = |point: &[u8]| ehr::with(ed25519_key(), json!({ "x": URL_SAFE_NO_PAD.encode(point) }));
    // y of the eight points of small order, and numbers that are not below p.
    let order_8 = [
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ];
    let mut small: Vec<Vec<u8>> = order_8.iter().map(|hex| bytes(hex)).collect();
    for first in [0, 1] {
        small.push([&[first][..], &[0; 31]].concat());
    }
    for first in 0xec..=0xff {
        small.push([&[first][..], &[0xff; 30], &[0x7f]].concat());
    }
    for point in &small {
        for sign in [0, 0x80] {
            let mut point = point.clone();
            *point.last_mut().unwrap() |= sign;
            assert_eq!(key_among(&json!({ "alg": "EdDSA" }), &[key_of(&point)]), None, "{point:?}");
        }
    }
    // RFC 8032 §7.1, and numbers that look like those above.
    let valid_key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    for point in [bytes(valid_key), [&[2][..], &[0; 31]].concat(), [&[0xeb][..], &[0xff; 30], &[0x7f]].concat()] {
        assert!(key_among(&json!({ "alg": "EdDSA" }), &[key_of(&point)]).is_some(), "{point:?}");
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn rsa_key_of_fewer_than_2048_bits_is_ignored() {
    for (bits, fits) in
        [(8, false), (1_024, false), (2_040, false), (2_047, false), (2_048, true), (2_049, true), (4_096, true)]
    {
        for zeros in [0, 1, 2, 300] {
            let key = rsa_key_of_bits(bits, zeros);
            assert_eq!(
                key_among(&json!({ "alg": "PS256" }), &[key]).is_some(),
                fits,
                "{bits} bits after {zeros} zeros"
            );
        }
    }
    for n in [
        json!(null),
        json!(""),
        json!(7),
        json!("A".repeat(400)),
        json!(format!("{}=", modulus(257, 0xC3))),
        json!("+".repeat(400)),
    ] {
        assert_eq!(
            key_among(&json!({ "alg": "RS256" }), &[ehr::with(minimal_key("RS256"), json!({ "n": n }))]),
            None,
            "{n}"
        );
    }
}

#[test]
fn only_public_members_of_a_key_are_returned() {
    let secrets = json!({ "d": "ZA", "p": "cA", "q": "cQ", "dp": "ZHA", "dq": "ZHE", "qi": "cWk", "oth": [], "k": "aw", "kid": "a",
        "use": "sig", "key_ops": ["verify", "sign"], "ext": true, "x5c": ["MIIB"], "x5u": "https://evil.example", "jku": "x" });
    for algorithm in ["RS256", "PS256", "ES256", "ES384", "EdDSA"] {
        let key_found = key_among(&json!({ "alg": algorithm }), &[ehr::with(minimal_key(algorithm), secrets.clone())]);
        assert_eq!(key_found, Some(minimal_key(algorithm)), "{algorithm}");
    }
}

#[test]
fn invalid_keys_are_skipped() {
    let header = signing_keys::header();
    let keys = [json!(null), json!(7), json!("RSA"), json!([]), json!({}), json!([signing_keys::key(KID)])];
    assert_eq!(key_among(&header, &keys), None);
    assert!(key_among(&header, &[&keys[..], &[signing_keys::key(KID)]].concat()).is_some());
    for set in [
        json!({}),
        json!({ "keys": null }),
        json!({ "keys": signing_keys::key(KID) }),
        json!({ "keys": "x" }),
        json!([]),
        json!(null),
    ] {
        assert_eq!(key(&header, &set), None, "{set}");
    }
}

/// A key with few possible values, so that several keys often fit.
fn some_key() -> impl Strategy<Value = Value> {
    let (curve, kind) = (select(vec![None, None, Some("P-256"), Some("Ed25519")]), select(vec!["RSA", "EC", "OKP"]));
    let usage = (weighted(0.3, select(vec!["sig", "enc"])), weighted(0.3, select(vec!["RS256", "ES256"])));
    let operations = weighted(0.2, subsequence(vec!["sign", "verify"], 0..=2));
    (curve, kind, usage, operations, weighted(0.7, select(vec!["a", "b"])), 2_046..2_050_usize, 0..3_usize).prop_map(
        |(curve, kind, (usage, algorithm), operations, kid, bits, zeros)| {
            let key = ehr::with(
                rsa_key_of_bits(bits, zeros),
                json!({ "kty": kind, "crv": curve, "x": "eA", "y": "eQ", "d": "ZA" }),
            );
            ehr::with(key, json!({ "use": usage, "alg": algorithm, "key_ops": operations, "kid": kid }))
        },
    )
}

/// The same rules in a simple, slow implementation.
fn fits(header: &Value, key: &Value) -> bool {
    let (kind, curve) = match header["alg"].as_str().unwrap() {
        "ES256" => ("EC", Some("P-256")),
        "EdDSA" => ("OKP", Some("Ed25519")),
        _ => ("RSA", None),
    };
    let bits: String =
        URL_SAFE_NO_PAD.decode(key["n"].as_str().unwrap()).unwrap().iter().map(|byte| format!("{byte:08b}")).collect();
    key["kty"] == kind
        && key["crv"].as_str() == curve
        && header.get("kid").is_none_or(|kid| *kid == key["kid"])
        && key.get("use").is_none_or(|usage| usage == "sig")
        && key.get("alg").is_none_or(|algorithm| *algorithm == header["alg"])
        && key.get("key_ops").is_none_or(|all| all.as_array().unwrap().contains(&json!("verify")))
        && (kind != "RSA" || bits.trim_start_matches('0').len() >= 2_048)
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn keys_are_those_that_fit_and_without_a_kid_only_a_single_one(
        keys in vec(some_key(), 0..5), algorithm in select(vec!["RS256", "PS256", "ES256", "EdDSA"]), kid in weighted(0.5, select(vec!["a", "b"])),
    ) {
        let header = ehr::with(json!({ "alg": algorithm }), json!({ "kid": kid }));
        let public = |key: &Value| {
            let names: &[&str] = match key["kty"].as_str() {
                Some("RSA") => &["kty", "crv", "n", "e"],
                Some("EC") => &["kty", "crv", "x", "y"],
                _ => &["kty", "crv", "x"],
            };
            let members = names.iter().filter_map(|name| Some(((*name).into(), key.get(*name)?.clone())));
            Value::Object(members.collect())
        };
        let mut fitting: Vec<Value> = Vec::new();
        for key in keys.iter().filter(|key| fits(&header, key)).map(public) {
            if !fitting.contains(&key) {
                fitting.push(key);
            }
        }
        if kid.is_none() && fitting.len() > 1 {
            fitting.clear();
        }
        fitting.truncate(4);
        prop_assert_eq!(candidates(&header, &json!({ "keys": keys })), fitting);
    }
}

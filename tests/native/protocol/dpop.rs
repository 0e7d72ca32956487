use crate::app::json;
use crate::host::{read_assertion, sha256, verifies};
use serde_json::{Value, json};
use smart_launch::error::Code;
use smart_launch::protocol::dpop::{
    Freshness, Proof, ProofKey, ProvedRequest, Retry, Role, challenge_error, refusal_error,
};
use smart_launch::protocol::http::Response;
use smart_launch::protocol::url::Url;

/// The key of RFC 9449.
const X: &str = "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs";
const Y: &str = "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA";
/// The signatures of the proofs in RFC 9449 §4.1 and §7.1.
const AT_TOKEN: &str = "2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
const AT_RESOURCE: &str = "2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA";

fn jwk() -> Value {
    json!({ "kty": "EC", "x": X, "y": Y, "crv": "P-256" })
}

fn key() -> ProofKey {
    ProofKey::read(&jwk().to_string()).expect("a key")
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn proof_for(freshness: &str, url_text: &str, hash: &str, now: u64) -> Proof {
    let url = url(url_text);
    let proved = ProvedRequest { method: "GET", url: &url, token_hash: hash, now, id: "id" };
    Proof::new(&key(), &Freshness::read(freshness), &proved)
}

fn claims(proof: &Proof) -> Value {
    read_assertion(proof.signing_input()).1
}

fn response(status: u64, nonce: &str, challenge: &str, date: Value, body: &Value) -> Response {
    Response::new(json(&json!({
        "status": status, "dpopNonce": nonce, "authenticate": challenge, "date": date, "body": body.to_string(),
    })))
}

fn refusal(error: &str, nonce: &str) -> Response {
    response(400, nonce, "", Value::Null, &json!({ "error": error }))
}

#[test]
fn proofs_of_the_specification_are_made_byte_for_byte() {
    let mut key_to_verify = jwk();
    key_to_verify["alg"] = "ES256".into();
    let token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
    assert_eq!(sha256(token), "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
    for (method, request_url, hash, now, id, signature) in [
        ("POST", "https://server.example.com/token", "", 1_562_262_616, "-BwC3ESc6acc2lTc", AT_TOKEN),
        (
            "GET",
            "https://resource.example.org/protectedresource",
            &*sha256(token),
            1_562_262_618,
            "e1j3V_bKic8-LAEB",
            AT_RESOURCE,
        ),
    ] {
        let url = url(request_url);
        let proved = ProvedRequest { method, url: &url, token_hash: hash, now, id };
        let proof = Proof::new(&key(), &Freshness::read(""), &proved).signed(signature);
        assert!(verifies(&key_to_verify, &proof), "the signature of the specification is over these bytes");
    }
}

/// RFC 9449 §8, §9 and §7.1.
#[test]
fn responses_of_the_specification_are_read() {
    let nonce = "eyJ7S_zG.eyJH0-Z.HX4w-7v";
    let described = "Authorization server requires nonce in DPoP proof";
    let body = json!({ "error": "use_dpop_nonce", "error_description": described });
    let challenge = r#"DPoP error="use_dpop_nonce", error_description="Resource server requires nonce in DPoP proof""#;
    for refusal in
        [response(400, nonce, "", Value::Null, &body), response(401, nonce, challenge, Value::Null, &json!({}))]
    {
        let mut freshness = Freshness::read("");
        assert_eq!(freshness.update_from(&refusal, 7), Retry::WithNonce);
        assert_eq!(claims(&proof_for(&freshness.to_text(), "https://server.example.com/token", "", 7))["nonce"], nonce);
    }
    let binding = r#"DPoP error="invalid_token", error_description="Invalid DPoP key binding", algs="ES256""#;
    assert_eq!(challenge_error(binding), "invalid_token");
    assert_eq!(challenge_error(r#"DPoP algs="ES256 PS256""#), "");
}

#[test]
fn thumbprint_is_that_of_the_specification() {
    assert_eq!(sha256(&key().thumbprint_input()), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
}

#[test]
fn key_has_public_members_alone_and_one_curve() {
    let mut private_jwk = jwk();
    private_jwk["d"] = "secret".into();
    private_jwk["key_ops"] = json!(["verify"]);
    let key = ProofKey::read(&private_jwk.to_string()).unwrap();
    let request_url = url("https://ehr.example/token");
    let proved = ProvedRequest { method: "GET", url: &request_url, token_hash: "", now: 1, id: "id" };
    let (header, _) = read_assertion(Proof::new(&key, &Freshness::read(""), &proved).signing_input());
    assert_eq!(header, json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": jwk() }));
    for (name, value) in [("kty", "RSA"), ("crv", "P-384"), ("x", ""), ("y", "")] {
        let mut other = jwk();
        other[name] = value.into();
        assert!(ProofKey::read(&other.to_string()).is_none(), "{name}");
    }
    for text in ["", "null", "[]", "{"] {
        assert!(ProofKey::read(text).is_none(), "{text}");
    }
}

#[test]
fn htu_has_neither_query_nor_fragment() {
    for (request_url, htu) in [
        ("https://ehr.example/token?tenant=1#a", "https://ehr.example/token"),
        ("https://ehr.example/fhir/Patient/a%20b?_id=1", "https://ehr.example/fhir/Patient/a%20b"),
        ("https://ehr.example", "https://ehr.example/"),
    ] {
        assert_eq!(claims(&proof_for("", request_url, "", 1))["htu"], htu);
    }
}

#[test]
fn nonce_of_any_response_is_in_the_next_proof() {
    let mut freshness = Freshness::read("");
    assert_eq!(claims(&proof_for(&freshness.to_text(), "https://a.example", "", 7)).get("nonce"), None);
    for (nonce, status) in [("first", 200), ("second", 401), ("third", 503)] {
        assert_eq!(freshness.update_from(&response(status, nonce, "", Value::Null, &json!({})), 7), Retry::No);
        assert_eq!(claims(&proof_for(&freshness.to_text(), "https://a.example", "", 7))["nonce"], nonce);
    }
    assert_eq!(freshness.update_from(&response(200, "", "", Value::Null, &json!({})), 7), Retry::No);
    assert_eq!(
        claims(&proof_for(&freshness.to_text(), "https://a.example", "", 7))["nonce"],
        "third",
        "the nonce is kept"
    );
}

#[test]
fn request_is_repeated_only_with_a_nonce_that_can_be_sent() {
    for (nonce, retry) in [
        ("a", Retry::WithNonce),
        ("!#[]~", Retry::WithNonce),
        ("", Retry::No),
        ("with space", Retry::No),
        ("quo\"te", Retry::No),
        ("back\\slash", Retry::No),
        ("line\r\nbreak", Retry::No),
        ("ä", Retry::No),
        (&"a".repeat(2_048), Retry::WithNonce),
        (&"a".repeat(2_049), Retry::No),
        (&"a".repeat(65_536), Retry::No),
    ] {
        let mut freshness = Freshness::read("");
        assert_eq!(freshness.update_from(&refusal("use_dpop_nonce", nonce), 7), retry, "{nonce}");
        let next_claims = claims(&proof_for(&freshness.to_text(), "https://a.example", "", 7));
        assert_eq!(next_claims.get("nonce").is_some(), retry == Retry::WithNonce, "{nonce}");
    }
}

#[test]
fn other_refusal_with_a_nonce_is_final() {
    for error in ["invalid_grant", "invalid_client", "server_error", "use_dpop_nonce "] {
        assert_eq!(Freshness::read("").update_from(&refusal(error, "nonce"), 7), Retry::No, "{error}");
        assert!(refusal_error(&refusal(error, "nonce")).is_none());
    }
    let in_a_success = response(200, "nonce", "", Value::Null, &json!({ "error": "use_dpop_nonce" }));
    assert_eq!(Freshness::read("").update_from(&in_a_success, 7), Retry::No);
}

#[test]
fn time_is_that_of_the_server_after_it_refused_a_proof() {
    let refusal = |date: Value| response(400, "", "", date, &json!({ "error": "invalid_dpop_proof" }));
    for server in [1_000_u64, 5_000, 9_000] {
        let mut freshness = Freshness::read("");
        let retry = freshness.update_from(&refusal(json!(server * 1_000)), 5_000);
        assert_eq!(retry, if server == 5_000 { Retry::No } else { Retry::WithTime });
        let iat = claims(&proof_for(&freshness.to_text(), "https://a.example", "", 5_010))["iat"].clone();
        assert_eq!(iat, server + 10);
        assert_eq!(
            freshness.update_from(&refusal(json!(server * 1_000)), 5_000),
            Retry::No,
            "the server's time was used already"
        );
    }
    assert_eq!(
        Freshness::read("").update_from(&refusal(Value::Null), 5_000),
        Retry::No,
        "the server's time is not known"
    );
    let accepted = response(200, "", "", json!(9_000_000), &json!({}));
    assert_eq!(Freshness::read("").update_from(&accepted, 5_000), Retry::No);
}

#[test]
fn challenge_is_found_among_others_in_any_case() {
    for (header, error) in [
        (r#"DPoP error="use_dpop_nonce""#, "use_dpop_nonce"),
        (r#"dPoP  realm="a, DPoP error=x", ERROR="use_dpop_nonce", algs="ES256""#, "use_dpop_nonce"),
        (r#"Bearer error="invalid_token", DPoP algs="ES256 PS256", error="invalid_dpop_proof""#, "invalid_dpop_proof"),
        (r#"Bearer, DPoP error=invalid_dpop_proof"#, "invalid_dpop_proof"),
        (r#"Bearer realm="\", DPoP error=\"x", DPoP error = "invalid_token""#, "invalid_token"),
        (r#"DPoP algs="ES256", Bearer error="use_dpop_nonce""#, ""),
        (r#"Bearer error="use_dpop_nonce""#, ""),
        (r#"error="use_dpop_nonce""#, ""),
        (r#"NotDPoP error="use_dpop_nonce""#, ""),
        ("DPoP", ""),
        (r#"DPoP error="#, ""),
        ("", ""),
        (",,\"", ""),
    ] {
        assert_eq!(challenge_error(header), error, "{header}");
    }
    let refusal = response(401, "nonce", r#"dpop error="use_dpop_nonce""#, Value::Null, &json!(null));
    assert_eq!(Freshness::read("").update_from(&refusal, 7), Retry::WithNonce);
}

#[test]
fn refused_proof_is_an_error_that_says_what_is_missing() {
    for (response, about) in [
        (refusal("use_dpop_nonce", ""), "cannot be read"),
        (refusal("use_dpop_nonce", "a b"), "cannot be used"),
        (refusal("use_dpop_nonce", "a"), "issued itself"),
        (refusal("invalid_dpop_proof", ""), ""),
    ] {
        let error = refusal_error(&response).expect("an error");
        assert_eq!(error.code(), Code::DpopRefused);
        assert!(error.to_json().text("about").contains(about), "{error}");
        assert!(!error.retryable() && !error.is_lasting() && !error.ends_refresh_token());
    }
}

#[test]
fn each_server_and_role_has_its_own_nonce_and_clock_offset() {
    let keys = [
        Freshness::key(Role::Authorization, &url("https://a.example/token")),
        Freshness::key(Role::Resource, &url("https://a.example/token")),
        Freshness::key(Role::Authorization, &url("https://a.example:8443/token")),
        Freshness::key(Role::Authorization, &url("https://b.example/token")),
    ];
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(keys.iter().position(|other| other == key), Some(number));
    }
    assert_eq!(keys[0], Freshness::key(Role::Authorization, &url("https://a.example/other?a")));
}

//! The specification's worked examples of confidential clients, byte for byte, and examples of the RFCs that they use.

use crate::app::{App, code};
use crate::confidential::key;
use crate::ehr;
use crate::host::{Answer, Sent, mac, read_assertion, sign_by, verifies};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use smart_launch::flow::refresh::Need;
use smart_launch::protocol::base64url;
use smart_launch::protocol::client_assertion::{Claims, Unsigned};
use smart_launch::protocol::form::{decode, find};
use smart_launch::protocol::launch;

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

/// A text of an example.
fn text(example: &str, name: &str) -> String {
    vectors()[example][name].as_str().unwrap().into()
}

/// A decoded form field.
fn field(encoded: &str, name: &str) -> String {
    decode(find(encoded, name).0).unwrap()
}

/// An assertion's signing input.
fn assertion(header: Value, claims: &Claims<'_>) -> Unsigned {
    Unsigned::assertion(&crate::app::json(&header), claims)
}

/// Signs in and refreshes as the example's app: the two token requests.
fn played(example: &str, auth: Value) -> Vec<Sent> {
    let state = "0hJc1S9O4oW54XuY0hJc1S9O4oW54XuY0hJc1S9O4oW";
    let url = text(example, "authorize_url");
    let asked = |name| field(launch::query(&url), name);
    let app = App::with(json!({
        "fhirBaseUrl": asked("aud"), "clientId": asked("client_id"), "redirectUri": asked("redirect_uri"),
        "scope": asked("scope"), "clientAuth": auth,
    }));
    app.tab.keys.hold("ES384", key("ES384"));
    let server = json!({
        "authorization_endpoint": url.split('?').next().unwrap(), "token_endpoint": text(example, "token_url"),
    });
    app.tab.answers.always("discovery", Answer::ok(&ehr::with(ehr::document(), server)));
    let verifier = field(&text(example, "token_body"), "code_verifier");
    app.tab.randoms.borrow_mut().extend([state.to_owned(), "the-nonce".into(), verifier]);
    app.begin(json!({})).unwrap();
    let refresh_token = field(&text(example, "refresh_body_as_prepared"), "refresh_token");
    let tokens = ehr::with(ehr::tokens(1), json!({ "refresh_token": refresh_token }));
    app.tab.answers.next("token", Answer::ok(&tokens));
    let callback = text(example, "callback_url").replace(&asked("state"), state);
    assert_eq!(code(&app.complete(&callback)), "ok");
    app.tab.answers.next("refresh", Answer::ok(&ehr::tokens(2)));
    app.token(Need::New).unwrap();
    let sent = app.tab.sent.borrow();
    sent.iter().filter(|sent| !sent.form.is_empty()).cloned().collect()
}

#[test]
fn symmetric_client_sends_the_specification_s_bytes() {
    let requests = played("symmetric", json!({ "secret": "secret-key-1234567890" }));
    let headers = vectors()["symmetric"]["token_headers"].clone();
    let bodies = ["token_body", "refresh_body_as_prepared"].map(|name| text("symmetric", name));
    assert_eq!(requests.iter().map(|sent| sent.form.clone()).collect::<Vec<_>>(), bodies);
    for sent in requests {
        assert_eq!(sent.url, text("symmetric", "token_url"));
        assert_eq!(format!("Authorization: {}", sent.authorization), headers[2].as_str().unwrap());
    }
}

#[test]
fn asymmetric_client_sends_the_specification_s_bytes_except_the_assertion() {
    let requests = played("asymmetric", json!({ "key": "ES384", "keyId": "a-key", "alg": "ES384" }));
    let bodies = ["token_body", "refresh_body_as_prepared"].map(|name| text("asymmetric", name));
    assert_eq!(requests.len(), 2);
    for (sent, body) in requests.iter().zip(bodies) {
        let (ours, theirs) = (sent.field("client_assertion"), field(&body, "client_assertion"));
        assert_eq!(sent.form.replace(&ours, &theirs), body);
        assert_eq!((sent.url.clone(), sent.authorization.as_str()), (text("asymmetric", "token_url"), ""));
        let ((our_header, our_claims), (header, claims)) = (read_assertion(&ours), read_assertion(&theirs));
        assert_eq!(our_header, json!({ "alg": "ES384", "kid": "a-key", "typ": "JWT" }));
        assert!(header.as_object().unwrap().keys().all(|name| our_header.get(name).is_some()));
        for name in ["iss", "sub", "aud"] {
            assert_eq!(our_claims[name], claims[name], "{name}");
        }
        assert!(claims.as_object().unwrap().keys().all(|name| our_claims.get(name).is_some()));
    }
}

#[test]
fn assertions_are_the_specification_s() {
    let claims = Claims {
        client_id: "https://bili-monitor.example.com",
        audience: "https://authorize.smarthealthit.org/token",
        expires: 1_422_568_860,
        issued: None,
        id: "random-non-reusable-jwt-id-123",
    };
    for algorithm in ["RS384", "ES384"] {
        let (key, expected) = (key(algorithm), text("jws", algorithm));
        let made = assertion(json!({ "alg": algorithm, "kid": key["kid"], "typ": "JWT" }), &claims);
        assert_eq!(made.signing_input(), expected.rsplit_once('.').unwrap().0);
        assert!(verifies(&key, &expected));
        let signature = sign_by(&key, made.signing_input());
        let signed = made.signed(&signature).unwrap();
        assert!(verifies(&key, &signed));
        // ECDSA signatures differ each time.
        assert_eq!(signed == expected, algorithm == "RS384");
    }
}

#[test]
fn assertion_of_rfc_10070_has_its_type_and_the_issuer_as_audience() {
    let claims = Claims {
        client_id: "https://client.example",
        audience: "https://authz.example.net",
        expires: 1_752_705_806,
        issued: Some(1_752_702_206),
        id: "an id",
    };
    let header = json!({ "alg": "ES256", "kid": "16", "typ": "client-authentication+jwt" });
    let (read_header, read_claims) =
        read_assertion(&format!("{}.x", assertion(header.clone(), &claims).signing_input()));
    assert_eq!(read_header, header);
    assert_eq!(
        read_claims,
        json!({
            "iss": "https://client.example", "sub": "https://client.example", "aud": "https://authz.example.net",
            "exp": 1_752_705_806, "iat": 1_752_702_206, "jti": "an id",
        })
    );
}

#[test]
fn signed_text_of_rfc_7515_is_encoded_and_signed_alike() {
    let payload = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";
    let parts = ["{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}", payload].map(|part| base64url::encode(part.as_bytes()));
    let signed = parts.join(".");
    assert_eq!(
        signed,
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
         eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    );
    let secret = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let secret = URL_SAFE_NO_PAD.decode(secret).unwrap();
    assert_eq!(mac(&secret, "HS256", &signed), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    let key = json!({
        "alg": "ES256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    let token = [
        &base64url::encode(b"{\"alg\":\"ES256\"}"),
        &*parts[1],
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
    ];
    assert!(verifies(&key, &token.join(".")));
}

//! The specification's worked examples of confidential clients, byte for byte except the assertions in requests, and examples of
//! the RFCs that they use.

use crate::app::{App, code};
use crate::confidential::{by_key, key};
use crate::ehr;
use crate::host::{FakeResponse, Flow, Sent, Tab, mac, read_assertion, run_flow, sign_by, verifies};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use smart_launch::flow::refresh::Need;
use smart_launch::flow::{backend, client_block};
use smart_launch::protocol::backend::read_settings;
use smart_launch::protocol::base64url;
use smart_launch::protocol::client_assertion::{Claims, Unsigned};
use smart_launch::protocol::client_block::read;
use smart_launch::protocol::form::{decode, find};
use smart_launch::protocol::launch;
use smart_launch::protocol::request_object::RequestObject;

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

/// Signs in and refreshes as the example's app, and returns the two token requests.
fn token_requests(example: &str, auth: Value) -> Vec<Sent> {
    let state = "0hJc1S9O4oW54XuY0hJc1S9O4oW54XuY0hJc1S9O4oW";
    let url = text(example, "authorize_url");
    let parameter = |name| field(launch::query(&url), name);
    let app = App::with(json!({
        "fhirBaseUrl": parameter("aud"), "clientId": parameter("client_id"), "redirectUri": parameter("redirect_uri"),
        "scope": parameter("scope"), "clientAuth": auth,
    }));
    app.tab.keys.add("ES384", key("ES384"));
    let server = json!({
        "authorization_endpoint": url.split('?').next().unwrap(), "token_endpoint": text(example, "token_url"),
    });
    app.tab.responses.always("discovery", FakeResponse::ok(&ehr::with(ehr::document(), server)));
    let verifier = field(&text(example, "token_body"), "code_verifier");
    app.tab.randoms.borrow_mut().extend([state.to_owned(), "the-nonce".into(), verifier]);
    app.begin(json!({})).unwrap();
    let refresh_token = field(&text(example, "refresh_body_as_prepared"), "refresh_token");
    let tokens = ehr::with(ehr::tokens(1), json!({ "refresh_token": refresh_token }));
    app.tab.responses.next("token", FakeResponse::ok(&tokens));
    let callback = text(example, "callback_url").replace(&parameter("state"), state);
    assert_eq!(code(&app.complete(&callback)), "ok");
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
    app.token(Need::New).unwrap();
    let sent = app.tab.sent.borrow();
    sent.iter().filter(|sent| !sent.form.is_empty()).cloned().collect()
}

#[test]
fn symmetric_client_sends_the_specification_s_bytes() {
    let requests = token_requests("symmetric", json!({ "secret": "secret-key-1234567890" }));
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
    let requests = token_requests("asymmetric", json!({ "key": "ES384", "keyId": "a-key", "alg": "ES384" }));
    let bodies = ["token_body", "refresh_body_as_prepared"].map(|name| text("asymmetric", name));
    assert_eq!(requests.len(), 2);
    for (sent, body) in requests.iter().zip(bodies) {
        let (sent_assertion, example_assertion) = (sent.field("client_assertion"), field(&body, "client_assertion"));
        assert_eq!(sent.form.replace(&sent_assertion, &example_assertion), body);
        assert_eq!((sent.url.clone(), sent.authorization.as_str()), (text("asymmetric", "token_url"), ""));
        let ((our_header, our_claims), (header, claims)) =
            (read_assertion(&sent_assertion), read_assertion(&example_assertion));
        assert_eq!(our_header, json!({ "alg": "ES384", "kid": "a-key", "typ": "JWT" }));
        assert!(header.as_object().unwrap().keys().all(|name| our_header.get(name).is_some()));
        for name in ["iss", "sub", "aud"] {
            assert_eq!(our_claims[name], claims[name], "{name}");
        }
        assert!(claims.as_object().unwrap().keys().all(|name| our_claims.get(name).is_some()));
    }
}

#[test]
fn client_without_a_user_sends_the_specification_s_bytes_except_the_assertion() {
    let url = text("backend", "token_url");
    let mut settings = json!({ "clients": [{
        "fhirBaseUrl": ehr::BASE, "clientId": "demo_app_whatever", "scope": "system/*.rs", "clientAuth": by_key("ES384"),
        "endpoints": { "tokenEndpoint": url },
    }] });
    let tab = Tab::new("a job");
    tab.keys.authenticate(&mut settings);
    tab.keys.add("ES384", key("ES384"));
    tab.responses
        .next("token", FakeResponse::ok(&json!({ "access_token": "t", "token_type": "bearer", "expires_in": 300 })));
    let settings = crate::app::json(&settings);
    run_flow(Flow::new(tab.host(), |host| backend::access_token(host, read_settings(&settings)?))).unwrap();
    let (sent, body) = (tab.last(), text("backend", "token_body"));
    let (sent_assertion, example_assertion) = (sent.field("client_assertion"), field(&body, "client_assertion"));
    assert_eq!((sent.form.replace(&sent_assertion, &example_assertion), sent.url.clone()), (body, url));
    let ((our_header, our_claims), (header, claims)) =
        (read_assertion(&sent_assertion), read_assertion(&example_assertion));
    assert!(header.as_object().unwrap().keys().all(|name| our_header.get(name).is_some()));
    assert_eq!((&our_header["typ"], &our_header["alg"]), (&header["typ"], &header["alg"]));
    for name in ["iss", "sub", "aud"] {
        assert_eq!(our_claims[name], claims[name], "{name}");
    }
    assert!(claims.as_object().unwrap().keys().all(|name| our_claims.get(name).is_some()));
}

/// The request of a building block: its header `Authorization` and its body.
fn block(name: &str, input: Value, auth: Value) -> (String, String) {
    let mut settings = json!({ "clients": [{ "clientAuth": auth }] });
    let tab = Tab::new("a program");
    tab.keys.authenticate(&mut settings);
    tab.keys.add("ES384", key("ES384"));
    let input = crate::app::json(&ehr::with(input, json!({ "clientAuth": settings["clients"][0]["clientAuth"] })));
    let request = run_flow(Flow::new(tab.host(), |host| client_block::request(host, read(name, &input)?))).unwrap();
    (request.authorization, request.form)
}

#[test]
fn token_exchange_of_rfc_8693_is_made_byte_for_byte() {
    let input = json!({
        "tokenEndpoint": "https://as.example.com/as/token.oauth2", "clientId": "rs08",
        "grantType": "urn:ietf:params:oauth:grant-type:token-exchange",
        "params": {
            "resource": "https://backend.example.com/api", "subject_token": "accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC",
            "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
        },
    });
    let (authorization, form) = block("tokenRequest", input, json!({ "secret": "long-secure-random-secret" }));
    assert_eq!(authorization, "Basic cnMwODpsb25nLXNlY3VyZS1yYW5kb20tc2VjcmV0");
    assert_eq!(
        form,
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange\
         &resource=https%3A%2F%2Fbackend.example.com%2Fapi\
         &subject_token=accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC\
         &subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"
    );
}

#[test]
fn token_requests_of_rfc_7523_are_made_byte_for_byte_except_client_id_and_assertion() {
    let endpoint =
        json!({ "tokenEndpoint": "https://authz.example.net/token.oauth2", "clientId": "https://client.example" });
    let grant = json!({
        "grantType": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "params": { "assertion": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjE2In0.eyJpc3Mi.J9l-ZhwP" },
    });
    let (_, form) = block("tokenRequest", ehr::with(endpoint.clone(), grant), json!(null));
    let expected = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer\
                    &assertion=eyJhbGciOiJFUzI1NiIsImtpZCI6IjE2In0.eyJpc3Mi.J9l-ZhwP";
    assert_eq!(form, format!("client_id=https%3A%2F%2Fclient.example&{expected}"));
    let code = json!({ "grantType": "authorization_code", "params": { "code": "n0esc3NRze7LTCu7iYzS6a5acc3f0ogp4" } });
    let (_, form) = block("tokenRequest", ehr::with(endpoint, code), by_key("ES384"));
    let assertion = field(&form, "client_assertion");
    assert_eq!(
        form.replace(&assertion, "eyJhbGciOiJSUzI1NiIsImtpZCI6IjIyIn0.eyJpc3Mi.cC4hiUPo"),
        "grant_type=authorization_code&code=n0esc3NRze7LTCu7iYzS6a5acc3f0ogp4\
         &client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer\
         &client_assertion=eyJhbGciOiJSUzI1NiIsImtpZCI6IjIyIn0.eyJpc3Mi.cC4hiUPo"
    );
}

#[test]
fn request_object_has_the_claims_of_the_example_of_rfc_9101() {
    let mut settings = json!({ "clients": [{ "clientAuth": by_key("RS384") }] });
    let tab = Tab::new("a program");
    tab.keys.authenticate(&mut settings);
    tab.keys.add("RS384", key("RS384"));
    let parameters = "response_type=code+id_token&client_id=s6BhdRkqt3&redirect_uri=https%3A%2F%2Fclient.example.org%2Fcb\
                      &scope=openid&state=af0ifjsldkj&nonce=n-0S6_WzA2Mj&max_age=86400";
    let input = crate::app::json(&json!({
        "authorizationEndpoint": "https://server.example.com/authorize", "issuer": "https://server.example.com",
        "clientId": "s6BhdRkqt3", "clientAuth": settings["clients"][0]["clientAuth"],
        "request": { "url": format!("https://server.example.com/authorize?{parameters}") },
    }));
    let signed =
        run_flow(Flow::new(tab.host(), |host| client_block::request_object(host, RequestObject::read(&input)?)))
            .unwrap()
            .into_json();
    let token = signed.text("requestObject");
    assert_eq!(
        signed.text("url"),
        format!("https://server.example.com/authorize?client_id=s6BhdRkqt3&request={token}")
    );
    // An RS384 signature has no random part, so it can be compared.
    let (text, signature) = token.rsplit_once('.').unwrap();
    assert_eq!(signature, sign_by(&key("RS384"), text));
    let mut claims = read_assertion(token).1;
    let members = claims.as_object_mut().unwrap();
    ["exp", "iat", "jti"].iter().for_each(|name| assert!(members.remove(*name).is_some(), "{name}"));
    assert_eq!(
        claims,
        json!({
            "iss": "s6BhdRkqt3", "aud": "https://server.example.com", "response_type": "code id_token",
            "client_id": "s6BhdRkqt3", "redirect_uri": "https://client.example.org/cb", "scope": "openid",
            "state": "af0ifjsldkj", "nonce": "n-0S6_WzA2Mj", "max_age": 86400,
        })
    );
}

#[test]
fn assertions_are_those_of_the_specification() {
    let claims = Claims {
        client_id: "https://bili-monitor.example.com",
        audience: "https://authorize.smarthealthit.org/token",
        expires: 1_422_568_860,
        issued: None,
        id: "random-non-reusable-jwt-id-123",
    };
    for algorithm in ["RS384", "ES384"] {
        let (key, expected) = (key(algorithm), text("jws", algorithm));
        let unsigned = assertion(json!({ "alg": algorithm, "kid": key["kid"], "typ": "JWT" }), &claims);
        assert_eq!(unsigned.signing_input(), expected.rsplit_once('.').unwrap().0);
        assert!(verifies(&key, &expected));
        let signature = sign_by(&key, unsigned.signing_input());
        let signed = unsigned.signed(&signature).unwrap();
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
fn example_of_rfc_7515_is_encoded_signed_and_verified() {
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

use crate::app::{assert_fails, json, options};
use crate::arbitrary::cases;
use crate::confidential::{SECRET, by_key, methods};
use crate::ehr;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Value, json};
use smart_launch::error::{Code, Error};
use smart_launch::protocol::client_authentication::{ClientAuthentication, with_client_id};
use smart_launch::protocol::http::Request;
use smart_launch::protocol::settings::Settings;
use smart_launch::protocol::url::Url;

/// Settings of a client. Its `clientAuth` is only the name of the credentials (see `Client::credentials`).
fn settings(id: &str) -> Value {
    json!({ "clients": [ehr::with(options(), json!({ "clientId": id, "clientAuth": "of the app" }))] })
}

/// Reads the credentials of a client, and passes its authentication to `then`.
fn with_authentication<T>(
    id: &str,
    auth: &Value,
    then: impl FnOnce(ClientAuthentication<'_>) -> T,
) -> Result<T, Error> {
    let settings = json(&settings(id));
    let client = Settings::read_confidential(&settings).unwrap().client("").unwrap();
    ClientAuthentication::read(client, &auth.to_string()).map(then)
}

fn read(id: &str, auth: Value) -> Result<(), Error> {
    with_authentication(id, &auth, |_| ())
}

/// The message of the error.
fn refusal(id: &str, auth: Value) -> String {
    let error = read(id, auth).unwrap_err();
    assert_eq!(error.code(), Code::ConfigInvalid);
    error.to_string()
}

/// Adds the authentication to a request with this form. Returns the request's form and its `Authorization` header.
fn authenticated(id: &str, auth: Value, form: &str, assertion: &str) -> (String, String) {
    let mut request = Request {
        purpose: "token",
        url: Url::parse(ehr::TOKEN).unwrap(),
        form: form.into(),
        authorization: String::new(),
        secret: String::new(),
        family: String::new(),
        proof: String::new(),
        timeout: 20,
    };
    with_authentication(id, &auth, |authentication| authentication.authenticate(&mut request, assertion)).unwrap();
    (request.form, request.authorization)
}

fn header(id: &str, auth: Value) -> String {
    authenticated(id, auth, "grant_type=x", "").1
}

#[test]
fn client_id_is_sent_with_an_assertion_only_if_send_client_id_is_set() {
    let form = |auth| authenticated("app", auth, "grant_type=x", "a.b.c").0;
    let assertion =
        "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=a.b.c";
    assert_eq!(form(json!({ "key": "k" })), format!("grant_type=x&{assertion}"));
    assert_eq!(form(json!({ "key": "k", "sendClientId": true })), format!("grant_type=x&client_id=app&{assertion}"));
    assert!(refusal("app", json!({ "key": "k", "sendClientId": "yes" })).contains("`sendClientId` is not valid"));
}

#[test]
fn every_method_is_accepted() {
    for method in methods() {
        assert!(read("app", method).is_ok());
    }
    let all_members = ehr::with(
        by_key("RS384"),
        json!({
            "method": "private_key_jwt", "jku": "https://app.example/keys", "audience": "issuer",
            "header": { "typ": "client-authentication+jwt", "x5t": "x", "iris": { "a": 1 } },
        }),
    );
    assert!(read("app", all_members).is_ok());
}

#[test]
fn client_auth_is_no_setting_of_public_clients() {
    let error = Settings::read(&json(&settings("app"))).unwrap_err();
    assert_eq!(error.to_string(), "config_invalid: `clientAuth` is not a setting");
}

#[test]
fn error_names_the_wrong_member() {
    for (auth, message) in [
        (json!({}), "`clientAuth` has neither `key` nor `secret`"),
        (json!({ "secret": "" }), "`secret` is missing"),
        (json!({ "secret": 7 }), "`secret` is not text"),
        (json!({ "secret": SECRET, "key": "k" }), "`key` is not a setting"),
        (json!({ "secret": SECRET, "method": "none" }), "`method` is not valid"),
        (json!({ "secret": SECRET, "method": "private_key_jwt" }), "`method` is not valid"),
        (json!({ "secret": SECRET, "basicEncoding": "utf8" }), "`basicEncoding` is not valid"),
        (
            json!({ "secret": SECRET, "method": "client_secret_post", "basicEncoding": "raw" }),
            "`basicEncoding` is only for",
        ),
        (json!({ "secret": SECRET, "alg": "HS256" }), "`alg` is only for assertions"),
        (json!({ "secret": SECRET, "audience": "issuer" }), "`audience` is only for assertions"),
        (json!({ "secret": SECRET, "method": "client_secret_jwt", "alg": "RS384" }), "`alg` is not valid"),
        (json!({ "secret": SECRET, "keyId": "k" }), "`keyId` is not a setting"),
        (json!({ "key": "" }), "`key` is missing"),
        (json!({ "key": { "kty": "RSA", "d": SECRET } }), "`key` is not text"),
        (json!({ "key": "k", "method": "client_secret_jwt" }), "`method` is not valid"),
        (json!({ "key": "k", "alg": "none" }), "`alg` is not valid"),
        (json!({ "key": "k", "alg": "HS256" }), "`alg` is not valid"),
        (json!({ "key": "k", "jku": "keys" }), "`jku`"),
        (json!({ "key": "k", "audience": ["https://ehr.example"] }), "`audience` is not text"),
        (json!({ "key": "k", "header": [] }), "`header` is not valid"),
        (json!({ "key": "k", "header": "x" }), "`header` is not valid"),
        (json!({ "key": "k", "secert": "x" }), "`secert` is not a setting"),
    ] {
        let error = read("app", auth.clone()).unwrap_err();
        assert!(error.to_string().contains(message), "{auth}: {error}");
        assert!(!error.to_string().contains(SECRET), "{error}");
    }
    for auth in [json!("secret"), json!(true), json!([]), json!(7), json!(null)] {
        assert!(refusal("app", auth).contains("`clientAuth` is not valid"));
    }
    assert_fails(read("app", json!({ "key": "k", "jku": "http://app.example/keys" })), Code::EndpointScheme);
}

#[test]
fn header_member_that_says_how_to_verify_or_is_of_a_private_key_is_refused() {
    for name in ["alg", "crit", "b64", "jwk", "d", "p", "q", "dp", "dq", "qi", "k"] {
        assert!(refusal("app", json!({ "key": "k", "header": { name: "x" } })).contains("`header` is not valid"));
    }
}

#[test]
fn basic_header_is_that_of_the_examples() {
    for (id, secret, encoded) in [
        ("my-app", "my-app-secret-123", "bXktYXBwOm15LWFwcC1zZWNyZXQtMTIz"),
        ("demo_app_whatever", "secret-key-1234567890", "ZGVtb19hcHBfd2hhdGV2ZXI6c2VjcmV0LWtleS0xMjM0NTY3ODkw"),
        ("s6BhdRkqt3", "gX1fBat3bV", "czZCaGRSa3F0MzpnWDFmQmF0M2JW"),
        ("s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw", "czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3"),
        ("rs08", "long-secure-random-secret", "cnMwODpsb25nLXNlY3VyZS1yYW5kb20tc2VjcmV0"),
    ] {
        for auth in [json!({ "secret": secret }), json!({ "secret": secret, "basicEncoding": "form" })] {
            assert_eq!(authenticated(id, auth, "a=b", ""), ("a=b".into(), format!("Basic {encoded}")));
        }
    }
}

#[test]
fn basic_encoding_is_required_if_servers_read_differently() {
    let text = " %&+£€~:é";
    for (id, secret) in [("app", text), ("a b", "x"), ("é", "x"), ("app", "a+b"), ("a~", "x"), ("app", "a%41")] {
        assert!(refusal(id, json!({ "secret": secret })).contains("`basicEncoding` is missing"));
        for method in ["client_secret_post", "client_secret_jwt"] {
            assert!(read(id, json!({ "secret": secret, "method": method })).is_ok());
        }
    }
    let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
    let raw = json!({ "secret": text, "basicEncoding": "raw" });
    assert_eq!(header("app", raw), basic(&format!("app:{text}")));
    let form = json!({ "secret": text, "basicEncoding": "form" });
    // RFC 6749 appendix B.
    assert_eq!(header("a b", form), basic("a+b:+%25%26%2B%C2%A3%E2%82%AC%7E%3A%C3%A9"));
}

#[test]
fn client_id_with_a_colon_has_to_be_encoded() {
    for auth in [json!({ "secret": "x" }), json!({ "secret": "x", "basicEncoding": "raw" })] {
        assert!(refusal("urn:app", auth).contains("`clientId` has a colon"));
    }
    assert!(read("urn:app", json!({ "secret": "x", "basicEncoding": "form" })).is_ok());
    assert!(read("urn:app", json!({ "secret": "x", "method": "client_secret_post" })).is_ok());
}

#[test]
fn fields_are_in_the_specification_s_order() {
    let (code, refresh) = ("code=c&grant_type=g&redirect_uri=r&code_verifier=v", "grant_type=g&refresh_token=r");
    let post = json!({ "secret": "s+t", "method": "client_secret_post" });
    let fields = "client_id=app&client_secret=s%2Bt";
    let complete_form = format!("code=c&grant_type=g&redirect_uri=r&{fields}&code_verifier=v");
    assert_eq!(authenticated("app", post.clone(), code, ""), (complete_form, String::new()));
    assert_eq!(authenticated("app", post, refresh, "").0, format!("{refresh}&{fields}"));
    let fields =
        "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=a.b.c";
    let complete_form = format!("code=c&grant_type=g&redirect_uri=r&{fields}&code_verifier=v");
    for auth in [by_key("RS384"), json!({ "secret": "s+t", "method": "client_secret_jwt" })] {
        assert_eq!(authenticated("app", auth.clone(), code, "a.b.c"), (complete_form.clone(), String::new()));
        assert_eq!(authenticated("app", auth, refresh, "a.b.c").0, format!("{refresh}&{fields}"));
    }
}

#[test]
fn public_client_sends_its_id_in_the_form() {
    for purpose in ["token", "refresh"] {
        assert_eq!(with_client_id(purpose, "a=b", "growth chart"), "client_id=growth%20chart&a=b");
    }
    for purpose in ["revocation", "introspection"] {
        assert_eq!(with_client_id(purpose, "token=t", "growth chart"), "token=t&client_id=growth%20chart");
    }
}

#[test]
fn debug_text_of_an_authentication_shows_no_secret() {
    for method in methods() {
        let shown = with_authentication("app", &method, |authentication| format!("{authentication:?}")).unwrap();
        assert!(!shown.contains(SECRET), "{shown}");
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn error_about_credentials_repeats_no_secret(
        secret in "[ -~é]{12,24}", member in proptest::sample::select(vec![
            "secret", "key", "method", "basicEncoding", "alg", "audience", "keyId", "jku", "header", "x",
        ]), base in 0..8_usize, value_index in 0..4_usize, id in "[a-z: é]{1,9}",
    ) {
        let values = [json!(secret), json!([secret]), json!({ "d": secret }), json!({ "jwk": secret })];
        let value_of_member = values[value_index].clone();
        let base = methods().into_iter().nth(base).unwrap_or_else(|| json!({ "secret": secret }));
        if let Err(error) = read(&id, ehr::with(base, json!({ member: value_of_member }))) {
            let shown = format!("{error} {error:?} {}", error.to_json().to_text());
            prop_assert!(!shown.contains(&secret), "{}", shown);
        }
    }

    #[test]
    fn basic_header_is_written_as_by_the_base64_and_url_crates(id in "[!-9;-~é]{1,20}", secret in "\\PC{1,40}") {
        let raw = header(&id, json!({ "secret": secret, "basicEncoding": "raw" }));
        let raw = STANDARD.decode(raw.strip_prefix("Basic ").unwrap()).unwrap();
        prop_assert_eq!(String::from_utf8(raw).unwrap(), format!("{id}:{secret}"));
        let form = header(&id, json!({ "secret": secret, "basicEncoding": "form" }));
        let form = String::from_utf8(STANDARD.decode(form.strip_prefix("Basic ").unwrap()).unwrap()).unwrap();
        let (id_part, secret_part) = form.split_once(':').unwrap();
        let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        prop_assert_eq!((id_part, secret_part), (&*encoded(&id), &*encoded(&secret)));
    }
}

use crate::app::{REDIRECT, assert_fails, json, options, value};
use crate::arbitrary::{cases, json as any_json, text};
use crate::ehr;
use proptest::prelude::*;
use serde_json::{Value, json};
use smart_launch::error::Code;
use smart_launch::protocol::authorization::{AuthorizationRequest, Fresh, Options, Parameters, check_options};
use smart_launch::protocol::discovery;
use smart_launch::protocol::http::Response;
use smart_launch::protocol::json::Json;
use smart_launch::protocol::record::{is_stale, versioned};
use smart_launch::protocol::session::{Session, add_id_token_hint};
use smart_launch::protocol::settings::Settings;
use smart_launch::protocol::url::Url;

fn fresh() -> Fresh {
    Fresh {
        state: "the-state".into(),
        nonce: "the-nonce".into(),
        verifier: "the-verifier".into(),
        challenge: "the-challenge".into(),
    }
}

/// The request of an app with these settings to a server with this metadata: as it is stored, and as it is sent.
fn request(settings: Value, document: Value, sign_in_options: &Value) -> (Json, Value) {
    let settings = json(&json!({ "clients": [ehr::with(options(), settings)] }));
    let client = Settings::read(&settings).unwrap().client("").unwrap();
    let document = ehr::with(ehr::document(), document).to_string();
    let server = discovery::parse(&document, &client.base().unwrap(), false, false).unwrap();
    let sign_in_options = json(sign_in_options);
    let sign_in_options = Options::checked(&sign_in_options);
    let request = AuthorizationRequest::new(client, &server, sign_in_options, &fresh(), 7);
    let endpoint = server.check(client, false).unwrap();
    let parameters = request.parameters(client, sign_in_options, &fresh().challenge);
    let outgoing = value(parameters.request_to(&endpoint, server.accepts_post()).json());
    (request.json().clone(), outgoing)
}

fn fields(outgoing: &Value) -> Vec<(String, String)> {
    url::Url::parse(outgoing["url"].as_str().unwrap()).unwrap().query_pairs().into_owned().collect()
}

fn field(outgoing: &Value, name: &str) -> Option<String> {
    fields(outgoing).into_iter().find(|(field, _)| field == name).map(|(_, value)| value)
}

#[test]
fn scope_of_one_sign_in_is_sent_unchanged_except_that_an_ehr_launch_adds_launch() {
    for (launch, scope, sent) in [
        (json!(null), "patient/*.rs launch", "patient/*.rs launch"),
        (json!("x"), "patient/*.rs launch", "patient/*.rs launch"),
        (json!("x"), "patient/*.rs", "launch patient/*.rs"),
    ] {
        let sign_in_options = ehr::with(json!({ "scope": scope }), json!({ "launch": launch }));
        let (stored, _) = request(json!({}), json!({}), &sign_in_options);
        assert_eq!(stored.text("asked"), sent, "{sign_in_options}");
    }
}

#[test]
fn max_age_that_was_requested_is_stored() {
    for (settings, overrides, expected) in [
        (json!({}), json!({}), None),
        (json!({ "max_age": 300 }), json!({}), Some(300)),
        (json!({ "max_age": "300" }), json!({}), Some(300)),
        (json!({ "max_age": 300 }), json!({ "max_age": 0 }), Some(0)),
        (json!({ "max_age": 300 }), json!({ "max_age": null }), None),
    ] {
        let (stored, outgoing) = request(
            json!({ "authorizationParams": settings }),
            json!({}),
            &json!({ "authorizationParams": overrides }),
        );
        assert_eq!(stored.at("maxAge").number(), expected, "{settings} {overrides}");
        assert_eq!(field(&outgoing, "max_age"), expected.map(|seconds: u64| seconds.to_string()));
    }
}

/// The additional parameters of a silent sign-in at the first of two servers. `session` are the changes in the record of the
/// session, `options` those of the first client.
fn hinted_parameters(session: Value, options: &Value) -> Value {
    let clients =
        json!([options, { "fhirBaseUrl": "https://other.example/r4", "redirectUri": "https://app.example/o" }])
            .as_array()
            .unwrap()
            .iter()
            .map(|client| ehr::with(crate::app::options(), client.clone()))
            .collect::<Vec<_>>();
    let settings = json(&json!({ "clients": clients }));
    let record = ehr::with(
        json!({
            "v": 1, "clientId": "growth-chart", "fhirBaseUrl": ehr::BASE, "tokenEndpoint": ehr::TOKEN, "state": "s", "issued": 1,
            "access_token": "a", "tokenResponse": {}, "id_token": "the-id-token", "claims": { "sub": "amara" },
        }),
        session,
    );
    let session = Session::from_record(&record.to_string()).unwrap();
    let mut sign_in_options = json(&json!({ "iss": ehr::BASE, "authorizationParams": { "prompt": "none" } }));
    add_id_token_hint(Settings::read(&settings).unwrap(), &session, &mut sign_in_options).unwrap();
    value(&sign_in_options)["authorizationParams"].clone()
}

#[test]
fn silent_sign_in_sends_the_id_token_only_to_its_own_server() {
    assert_eq!(hinted_parameters(json!({}), &json!({})), json!({ "prompt": "none", "id_token_hint": "the-id-token" }));
    for other in [
        json!({ "claims": null }),
        json!({ "id_token": null }),
        json!({ "fhirBaseUrl": "https://other.example/r4" }),
        json!({ "clientId": "another" }),
    ] {
        assert_eq!(hinted_parameters(other.clone(), &json!({})), json!({ "prompt": "none" }), "{other}");
    }
}

#[test]
fn every_value_that_the_response_has_to_match_is_stored() {
    let (stored, _) = request(json!({}), json!({ "authorization_response_iss_parameter_supported": true }), &json!({}));
    let stored = value(&stored);
    for (name, expected) in [
        ("clientId", json!("growth-chart")),
        ("fhirBaseUrl", json!(ehr::BASE)),
        ("redirectUri", json!(REDIRECT)),
        ("issuer", json!(ehr::ISSUER)),
        ("tokenEndpoint", json!(ehr::TOKEN)),
        ("state", json!("the-state")),
        ("verifier", json!("the-verifier")),
        ("asked", json!(ehr::SCOPE)),
        ("issRequired", json!(true)),
        ("created", json!(7)),
        ("v", json!(1)),
    ] {
        assert_eq!(stored[name], expected, "{name}");
    }
}

#[test]
fn aud_is_the_unchanged_base_or_the_setting() {
    let (_, outgoing) = request(json!({ "fhirBaseUrl": "https://EHR.example:443/fhir/" }), json!({}), &json!({}));
    assert_eq!(field(&outgoing, "aud").unwrap(), "https://EHR.example:443/fhir/");
    let (_, outgoing) = request(json!({ "aud": "urn:the-server" }), json!({}), &json!({}));
    assert_eq!(field(&outgoing, "aud").unwrap(), "urn:the-server");
}

#[test]
fn nonce_is_sent_only_with_openid() {
    let (stored, outgoing) = request(json!({}), json!({}), &json!({ "scope": "openid fhirUser" }));
    assert_eq!((stored.text("nonce"), field(&outgoing, "nonce").as_deref()), ("the-nonce", Some("the-nonce")));
    let (stored, outgoing) = request(json!({}), json!({}), &json!({ "scope": "openidx" }));
    assert_eq!((stored.text("nonce"), field(&outgoing, "nonce")), ("", None));
}

#[test]
fn options_of_one_sign_in_override_the_settings() {
    let settings = json!({ "responseMode": "query", "authorizeMethod": "GET", "authorizationParams": { "prompt": "login", "a": "1" } });
    let sign_in_options = json!({ "responseMode": "fragment", "authorizeMethod": "POST", "scope": "x", "authorizationParams": { "a": "2" } });
    let (stored, outgoing) = request(settings.clone(), json!({}), &sign_in_options);
    assert_eq!(stored.text("responseMode"), "fragment");
    assert_eq!(outgoing["method"], "POST");
    let fields = outgoing["fields"].as_array().unwrap();
    for expected in
        [json!(["response_mode", "fragment"]), json!(["scope", "x"]), json!(["prompt", "login"]), json!(["a", "2"])]
    {
        assert!(fields.contains(&expected), "{expected}");
    }
    let (stored, outgoing) = request(settings, json!({}), &json!({}));
    assert_eq!((stored.text("responseMode"), outgoing["method"].as_str()), ("query", Some("GET")));
    assert_eq!(field(&outgoing, "a").unwrap(), "1");
}

#[test]
fn parameter_that_is_not_text_is_sent_as_json() {
    let sign_in_options =
        json!({ "authorizationParams": { "max_age": 60, "x": true, "claims": { "id_token": { "acr": null } } } });
    let (_, outgoing) = request(json!({}), json!({}), &sign_in_options);
    assert_eq!(field(&outgoing, "max_age").unwrap(), "60");
    assert_eq!(field(&outgoing, "x").unwrap(), "true");
    assert_eq!(field(&outgoing, "claims").unwrap(), r#"{"id_token":{"acr":null}}"#);
}

#[test]
fn query_of_the_endpoint_is_kept() {
    let (_, outgoing) =
        request(json!({}), json!({ "authorization_endpoint": format!("{}?tenant=1", ehr::AUTHORIZE) }), &json!({}));
    assert!(outgoing["url"].as_str().unwrap().starts_with(&format!("{}?tenant=1&response_type=code&", ehr::AUTHORIZE)));
}

#[test]
fn long_request_is_sent_by_post_if_the_server_accepts_it() {
    let long = json!({ "scope": "patient/Observation.rs ".repeat(100) });
    let method = |settings: Value, document: Value, sign_in_options: &Value| {
        request(settings, document, sign_in_options).1["method"].clone()
    };
    assert_eq!(method(json!({}), json!({}), &long), "POST");
    assert_eq!(method(json!({ "authorizeMethod": "auto" }), json!({}), &long), "POST");
    assert_eq!(method(json!({}), json!({ "capabilities": [] }), &long), "GET");
    assert_eq!(method(json!({ "authorizeMethod": "GET" }), json!({}), &long), "GET");
    let endpoint = Url::parse(ehr::AUTHORIZE).unwrap();
    let request_of_length = |length: usize| {
        let parameters = Parameters::from_input(json(&json!({ "clientId": "a".repeat(length) }))).unwrap();
        parameters.request_to(&endpoint, true).into_json()
    };
    let longest = 2_000 - request_of_length(0).text("url").len() - "&client_id=".len();
    assert_eq!(
        (request_of_length(longest).text("method"), request_of_length(longest).text("url").len()),
        ("GET", 2_000)
    );
    assert_eq!(request_of_length(longest + 1).text("method"), "POST");
    assert_eq!(method(json!({}), json!({}), &json!({})), "GET");
    assert_eq!(method(json!({ "authorizeMethod": "POST" }), json!({ "capabilities": [] }), &json!({})), "POST");
}

#[test]
fn posted_request_has_the_same_fields_in_the_same_order() {
    let (_, by_get) = request(json!({}), json!({}), &json!({ "launch": "x y", "authorizeMethod": "GET" }));
    let (_, posted) = request(json!({}), json!({}), &json!({ "launch": "x y", "authorizeMethod": "POST" }));
    assert_eq!(posted["action"], ehr::AUTHORIZE);
    assert_eq!(posted["state"], "the-state");
    let posted: Vec<(String, String)> = serde_json::from_value(posted["fields"].clone()).unwrap();
    assert_eq!(posted, fields(&by_get));
}

/// RFC 9126 §2.1, §2.2 and §4.
#[test]
fn pushed_request_is_that_of_the_example() {
    let parameters = Parameters::from_input(json(&json!({
        "clientId": "s6BhdRkqt3", "redirectUri": "https://client.example.org/cb", "scope": "account-information",
        "state": "af0ifjsldkj", "codeChallenge": "K2-ltc83acc4h0c9w6ESC_rEMTJ3bww-uCHaoeK1t8U", "aud": ehr::BASE,
    })))
    .unwrap();
    let mut fields: Vec<String> = parameters.push_form().split('&').map(Into::into).collect();
    let mut example: Vec<String> = "response_type=code&state=af0ifjsldkj&client_id=s6BhdRkqt3&redirect_uri=https%3A%2F%2Fclient.example.org%2Fcb&code_challenge=K2-ltc83acc4h0c9w6ESC_rEMTJ3bww-uCHaoeK1t8U&code_challenge_method=S256&scope=account-information"
        .split('&').map(Into::into).collect();
    // For SMART the FHIR server is named too.
    example.extend(["aud", "resource"].map(|name| format!("{name}=https%3A%2F%2Fehr.example%2Ffhir")));
    fields.sort();
    example.sort();
    assert_eq!(fields, example);
    let response_body =
        json!({ "request_uri": "urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c", "expires_in": 60 });
    let request = parameters
        .request_for_pushed(&Url::parse("https://as.example.com/authorize").unwrap(), &pushed(201, &response_body))
        .unwrap();
    assert_eq!(
        request.json().text("url"),
        "https://as.example.com/authorize?client_id=s6BhdRkqt3&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3A6esc_11ACC5bwc014ltc14eY22c"
    );
    assert_eq!(request.json().text("state"), "af0ifjsldkj");
}

fn pushed(status: u64, body: &Value) -> Response {
    Response::new(json(&json!({ "status": status, "contentType": "application/json", "body": body.to_string() })))
}

#[test]
fn request_uri_of_a_pushed_request_has_to_be_a_uri_that_has_not_expired() {
    let parameters = Parameters::from_input(json(&json!({ "clientId": "app" }))).unwrap();
    let endpoint = Url::parse("https://ehr.example/authorize?tenant=1").unwrap();
    let read = |status, body: Value| parameters.request_for_pushed(&endpoint, &pushed(status, &body));
    for body in [
        json!({}),
        json!({ "request_uri": "", "expires_in": 60 }),
        json!({ "request_uri": 7, "expires_in": 60 }),
        json!({ "request_uri": "javascript:alert(1)", "expires_in": 60 }),
        json!({ "request_uri": "urn:a b", "expires_in": 60 }),
        json!({ "request_uri": format!("urn:{}", "a".repeat(2_000)), "expires_in": 60 }),
        json!({ "request_uri": "urn:a", "expires_in": 0 }),
        json!({ "request_uri": "urn:a", "expires_in": -5 }),
        json!({ "request_uri": "urn:a", "expires_in": 0.5 }),
    ] {
        assert_fails(read(201, body), Code::ParResponseInvalid);
    }
    assert_fails(read(400, json!({ "error": "invalid_request" })), Code::AuthorizationRefused);
    for status in [405, 413, 429, 500] {
        assert_fails(read(status, json!({ "request_uri": "urn:a" })), Code::HttpStatus);
    }
    assert_fails(
        parameters.request_for_pushed(&endpoint, &Response::new(json(&json!({ "status": 201, "body": "<html>" })))),
        Code::JsonInvalid,
    );
    let request = read(200, json!({ "request_uri": "urn:a" })).unwrap();
    assert_eq!(request.json().text("url"), "https://ehr.example/authorize?tenant=1&client_id=app&request_uri=urn%3Aa");
}

#[test]
fn resource_of_the_app_replaces_that_of_the_library() {
    for (resource, sent) in
        [(json!("https://other.example"), "&resource=https%3A%2F%2Fother.example"), (json!(null), "")]
    {
        let input = json!({ "clientId": "app", "aud": ehr::BASE, "authorizationParams": { "resource": resource } });
        let form = Parameters::from_input(json(&input)).unwrap().push_form();
        assert_eq!(form.find("&resource").map_or("", |at| &form[at..]), sent);
    }
}

#[test]
fn options_are_checked_by_name_and_type() {
    for options in [
        json!({}),
        json!({ "iss": ehr::BASE, "launch": "x", "scope": "a", "appState": [1], "returnTo": "/", "authorizeMethod": "auto" }),
        json!({ "responseMode": "form_post", "authorizationParams": { "prompt": "none" } }),
    ] {
        assert!(check_options(&json(&options)).is_ok(), "{options}");
    }
    for options in [
        json!({ "Scope": "a" }),
        json!({ "scope": "" }),
        json!({ "scope": "patient/Observation.sr" }),
        json!({ "scope": "launch/Patient" }),
        json!({ "scope": "patient/observation.rs" }),
        json!({ "iss": 7 }),
        json!({ "returnTo": true }),
        json!({ "authorizeMethod": "get" }),
        json!({ "responseMode": "jwt" }),
        json!({ "authorizationParams": "prompt=none" }),
        json!({ "authorizationParams": [] }),
    ] {
        assert_fails(check_options(&json(&options)), Code::ConfigInvalid);
    }
    for launch in [json!(""), json!(7), json!("a\r\nb"), json!({})] {
        assert_fails(check_options(&json(&json!({ "launch": launch }))), Code::LaunchInvalid);
    }
}

#[test]
fn protocol_s_own_parameters_cannot_be_set() {
    for name in [
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "aud",
        "launch",
        "code_challenge",
        "code_challenge_method",
        "code_verifier",
        "nonce",
        "response_mode",
        "request",
        "request_uri",
        "code",
        "iss",
    ] {
        assert_fails(check_options(&json(&json!({ "authorizationParams": { name: "x" } }))), Code::ConfigInvalid);
    }
}

#[test]
fn sign_in_is_stale_more_than_an_hour_before_or_after_its_creation() {
    let created = |at: u64| json(&json!({ "created": at }));
    assert!(!is_stale(&created(10_000_000), 10_000_000, 3_600_000));
    assert!(!is_stale(&created(10_000_000), 13_600_000, 3_600_000));
    assert!(is_stale(&created(10_000_000), 13_600_001, 3_600_000));
    assert!(!is_stale(&created(10_000_000), 9_990_000, 3_600_000));
    assert!(is_stale(&created(10_000_000), 6_399_999, 3_600_000));
    assert!(is_stale(&Json::object(), 0, 3_600_000));
    assert!(is_stale(&json(&json!({ "created": "7" })), 7, 3_600_000));
}

#[test]
fn used_sign_in_keeps_no_secret() {
    let (stored, _) = request(json!({}), json!({}), &json!({ "appState": "private" }));
    assert_eq!(
        value(AuthorizationRequest::from_expected(stored).to_used().json()),
        json!({
            "v": 1, "created": 7, "clientId": "growth-chart", "fhirBaseUrl": ehr::BASE, "issuer": ehr::ISSUER,
            "state": "the-state", "used": true,
        })
    );
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn stored_sign_in_is_read_back_equal(state in any_json(), scope in "[a-z/*. ]{1,20}", return_to in text()) {
        let (stored, _) = request(json!({}), json!({}), &json!({ "appState": state, "scope": scope, "returnTo": return_to }));
        prop_assert_eq!(versioned(&stored.to_text()).unwrap(), stored);
    }

    #[test]
    fn request_has_each_parameter_once(
        name in "[a-z_]{1,12}", value_of_parameter in text(), launch in "[ -~]{1,30}", scope in text(),
    ) {
        let sign_in_options = json!({ "launch": launch, "scope": scope, "authorizationParams": { name.clone(): value_of_parameter } });
        if check_options(&json(&sign_in_options)).is_ok() {
            let (_, outgoing) = request(json!({}), json!({ "authorization_endpoint": format!("{}?tenant=1", ehr::AUTHORIZE) }), &sign_in_options);
            let mut names: Vec<String> = fields(&outgoing).into_iter().map(|(name, _)| name).collect();
            let count = names.len();
            names.sort();
            names.dedup();
            prop_assert!(names.len() == count || name == "tenant");
            prop_assert_eq!(field(&outgoing, "launch").unwrap(), launch);
        }
    }

    #[test]
    fn verifier_is_in_no_request(parameters in any_json()) {
        let endpoint = Url::parse(ehr::AUTHORIZE).unwrap();
        for method in ["GET", "POST", "auto"] {
            let parameters_of_app = json!({
                "verifier": "the-verifier", "authorizeMethod": method, "authorizationParams": parameters,
            });
            let parameters_of_app = Parameters::from_input(json(&parameters_of_app)).unwrap();
            prop_assert!(!parameters_of_app.request_to(&endpoint, true).json().to_text().contains("the-verifier"));
            prop_assert!(!parameters_of_app.push_form().contains("the-verifier"));
        }
    }
}

#[test]
fn parameter_that_is_null_is_left_out() {
    let sign_in_options = json!({ "authorizationParams": { "prompt": null, "max_age": 60 } });
    let (_, outgoing) = request(json!({}), json!({}), &sign_in_options);
    assert!(field(&outgoing, "prompt").is_none());
    assert_eq!(field(&outgoing, "max_age").unwrap(), "60");
}

#[test]
fn parameter_that_the_endpoint_has_of_its_own_is_not_repeated() {
    let endpoint = json!({ "authorization_endpoint": format!("{}?prompt=login&a%62c=1", ehr::AUTHORIZE) });
    for method in ["GET", "POST"] {
        let sign_in_options =
            json!({ "authorizeMethod": method, "authorizationParams": { "prompt": "none", "abc": 2, "x": 3 } });
        let (_, outgoing) = request(json!({}), endpoint.clone(), &sign_in_options);
        let text = outgoing.to_string();
        assert!(text.contains("prompt=login&a%62c=1") && text.contains('x'), "{text}");
        assert!(!text.contains("none") && !text.contains("abc"), "{text}");
    }
}

use crate::app::{assert_fails, code, json, options};
use crate::ehr;
use serde_json::{Value, json};
use smart_launch::error::{Code, Error};
use smart_launch::protocol::client::TIMEOUT;
use smart_launch::protocol::record::Record;
use smart_launch::protocol::settings::Settings;

/// The result of reading settings with one server.
fn read(changes: Value) -> Result<(), Error> {
    Settings::read(&json(&json!({ "clients": [ehr::with(options(), changes)] }))).map(|_| ())
}

#[test]
fn settings_with_valid_values_are_accepted() {
    let all = json!({
        "issuer": "https://ehr.example",
        "metadataIssuer": "https://ehr.example/fhir",
        "aud": "urn:x",
        "endpoints": {
            "authorizationEndpoint": ehr::AUTHORIZE, "tokenEndpoint": ehr::TOKEN,
            "revocationEndpoint": ehr::REVOKE, "endSessionEndpoint": ehr::LOGOUT,
        },
        "authorizeMethod": "auto",
        "responseMode": "query",
        "authorizationParams": { "prompt": "login" },
        "strict": true,
        "timeoutSeconds": 1,
        "assumedLifetimeSeconds": 86_400,
        "idleTimeoutSeconds": 86_400,
        "allowInsecureLoopback": false,
        "acceptServerWithoutS256": true,
    });
    assert!(read(all).is_ok());
}

#[test]
fn error_names_the_missing_setting() {
    for name in ["fhirBaseUrl", "clientId", "scope", "redirectUri"] {
        for value in [json!(null), json!(""), json!(7)] {
            let error = read(json!({ name: value })).unwrap_err();
            assert_eq!(error.code(), Code::ConfigInvalid);
            assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
        }
    }
}

#[test]
fn misspelt_setting_is_refused() {
    for name in ["clientID", "fhirBaseURL", "Strict", "allowInsecureLoopBack", "client_id", ""] {
        let error = read(json!({ name: true })).unwrap_err();
        assert_eq!(error.to_string(), format!("config_invalid: `{name}` is not a setting"));
    }
}

#[test]
fn setting_with_an_invalid_value_is_refused() {
    for changes in [
        json!({ "strict": "true" }),
        json!({ "strict": 1 }),
        json!({ "timeoutSeconds": 0 }),
        json!({ "timeoutSeconds": 86_401 }),
        json!({ "timeoutSeconds": 1.5 }),
        json!({ "timeoutSeconds": "20" }),
        json!({ "timeoutSeconds": -1 }),
        json!({ "assumedLifetimeSeconds": false }),
        json!({ "idleTimeoutSeconds": 0 }),
        json!({ "idleTimeoutSeconds": 86_401 }),
        json!({ "authorizeMethod": "PUT" }),
        json!({ "responseMode": "query.jwt" }),
        json!({ "authorizationParams": { "client_id": "evil" } }),
        json!({ "authorizationParams": 7 }),
        json!({ "issuer": 7 }),
        json!({ "issuer": "" }),
        json!({ "metadataIssuer": "" }),
        json!({ "aud": [] }),
        json!({ "authorizationParams": { "max_age": "an hour" } }),
        json!({ "authorizationParams": { "max_age": -1 } }),
        json!({ "authorizationParams": { "max_age": 1.5 } }),
        json!({ "endpoints": { "authorizationEndpoint": ehr::AUTHORIZE, "tokenEndpoint": ehr::TOKEN, "x": 1 } }),
        json!({ "endpoints": true }),
    ] {
        assert_fails(read(changes), Code::ConfigInvalid);
    }
}

#[test]
fn server_url_has_to_be_https_or_permitted_loopback() {
    for base in ["http://ehr.example/fhir", "javascript:alert(1)", "http://127.0.0.1/fhir", "https://169.254.1.1/"] {
        assert_fails(read(json!({ "fhirBaseUrl": base })), Code::EndpointScheme);
    }
    for base in ["https://localhost/fhir", "https://127.0.0.1:8443/fhir", "https://[::1]/fhir"] {
        read(json!({ "fhirBaseUrl": base })).unwrap();
    }
    for endpoint in ["authorizationEndpoint", "tokenEndpoint", "revocationEndpoint", "endSessionEndpoint"] {
        let endpoints = json!({ "authorizationEndpoint": ehr::AUTHORIZE, "tokenEndpoint": ehr::TOKEN });
        let endpoints = ehr::with(endpoints, json!({ endpoint: "http://ehr.example/x" }));
        assert_fails(read(json!({ "endpoints": endpoints })), Code::EndpointScheme);
    }
    assert!(read(json!({ "fhirBaseUrl": "http://localhost:8080/fhir", "allowInsecureLoopback": true })).is_ok());
    assert_fails(
        read(json!({ "fhirBaseUrl": "http://ehr.example", "allowInsecureLoopback": true })),
        Code::EndpointScheme,
    );
}

#[test]
fn redirect_uri_is_https_or_loopback() {
    assert!(read(json!({ "redirectUri": "http://localhost:5173/" })).is_ok());
    assert!(read(json!({ "redirectUri": "https://app.example/back?tenant=1" })).is_ok());
    assert_fails(read(json!({ "redirectUri": "http://app.example/" })), Code::EndpointScheme);
    assert_fails(read(json!({ "redirectUri": "myapp://back" })), Code::EndpointScheme);
}

#[test]
fn ambiguous_url_is_refused() {
    for name in ["fhirBaseUrl", "redirectUri"] {
        for url in
            ["https://user@ehr.example/", "https://ehr.example\\x", "https:ehr.example", "https://ehr.example/\n"]
        {
            assert_fails(read(json!({ name: url })), Code::ConfigInvalid);
        }
        assert_fails(read(json!({ name: "https://ehr.example/#x" })), Code::ConfigInvalid);
    }
    assert_fails(read(json!({ "fhirBaseUrl": "https://ehr.example/fhir?x=1" })), Code::ConfigInvalid);
}

#[test]
fn base_that_cannot_be_the_iss_of_a_launch_is_refused() {
    for base in ["https://ehr.example/x/../fhir", "https://ehr.example/./fhir", "https://ehr.example/%2E/fhir"] {
        assert_fails(read(json!({ "fhirBaseUrl": base })), Code::ConfigInvalid);
    }
}

#[test]
fn configured_endpoint_with_a_parameter_of_the_request_is_refused() {
    for endpoint in
        ["https://ehr.example/a#x", "https://ehr.example/a?client_id=x", "https://ehr.example/a?t=1&%73tate=x"]
    {
        let endpoints = json!({ "authorizationEndpoint": endpoint, "tokenEndpoint": ehr::TOKEN });
        assert_fails(read(json!({ "endpoints": endpoints })), Code::ConfigInvalid);
    }
    let endpoints = json!({ "authorizationEndpoint": "https://ehr.example/a?tenant=1", "tokenEndpoint": ehr::TOKEN });
    assert!(read(json!({ "endpoints": endpoints })).is_ok());
}

#[test]
fn storage_is_session_memory_or_local() {
    let read = |storage: Value| {
        let settings = json(&json!({ "clients": [options()], "storage": storage }));
        Settings::read(&settings).map(|settings| String::from(settings.storage()))
    };
    assert_eq!(read(json!(null)).unwrap(), "");
    for storage in ["session", "memory", "local"] {
        assert_eq!(read(json!(storage)).unwrap(), storage);
    }
    for storage in [json!("localStorage"), json!(""), json!(7), json!(true)] {
        assert_fails(read(storage), Code::ConfigInvalid);
    }
}

#[test]
fn there_is_at_least_one_server_and_none_twice() {
    let same_server = ehr::with(options(), json!({ "fhirBaseUrl": "https://EHR.example:443/fhir/", "clientId": "b" }));
    for clients in [json!([]), json!(null), json!({}), json!([options(), same_server])] {
        assert_fails(Settings::read(&json(&json!({ "clients": clients }))), Code::ConfigInvalid);
    }
}

fn two_servers() -> Value {
    let other = json!({ "fhirBaseUrl": "https://other.example/r4", "redirectUri": "https://app.example/other" });
    json!({ "clients": [options(), ehr::with(options(), other)] })
}

#[test]
fn client_is_found_by_its_base() {
    let settings = json(&two_servers());
    let settings = Settings::read(&settings).unwrap();
    assert_eq!(settings.client("https://OTHER.example:443/r4/").unwrap().fhir_base(), "https://other.example/r4");
    for (iss, expected) in [
        ("https://evil.example/r4", "issuer_not_allowed"),
        ("https://other.example/", "issuer_not_allowed"),
        ("https://user@other.example/r4", "issuer_not_allowed"),
        ("http://other.example/r4", "endpoint_scheme"),
        ("javascript:alert(1)", "endpoint_scheme"),
        ("", "config_invalid"),
    ] {
        assert_eq!(code(&settings.client(iss)), expected, "{iss}");
    }
    let one_server = json(&json!({ "clients": [options()] }));
    assert_eq!(Settings::read(&one_server).unwrap().client("").unwrap().fhir_base(), ehr::BASE);
}

#[test]
fn record_belongs_to_the_client_with_its_id_and_base() {
    let settings = json(&two_servers());
    let settings = Settings::read(&settings).unwrap();
    let client_of_record =
        |id: &str, base: &str| settings.client_of(Record::new(&json(&json!({ "clientId": id, "fhirBaseUrl": base }))));
    for base in [ehr::BASE, "https://ehr.example/fhir/", "https://EHR.example:443/fhir"] {
        assert_eq!(client_of_record("growth-chart", base).unwrap().fhir_base(), ehr::BASE, "{base}");
    }
    for (id, base) in [
        ("other", ehr::BASE),
        ("other", "https://ehr.example/fhir/"),
        ("growth-chart", "https://ehr.example/fhir//"),
        ("growth-chart", "https://ehr.example/FHIR"),
        ("growth-chart", "http://ehr.example/fhir"),
        ("growth-chart", ""),
        ("", ""),
    ] {
        assert_fails(client_of_record(id, base), Code::StateUnknown);
    }
}

#[test]
fn shared_redirect_uri_is_detected_in_any_spelling() {
    let shares = |redirect: &str| {
        let mut settings = two_servers();
        settings["clients"][1]["redirectUri"] = json!(redirect);
        let settings = json(&settings);
        let settings = Settings::read(&settings).unwrap();
        settings.shares_redirect(settings.client(ehr::BASE).unwrap()).unwrap()
    };
    assert!(!shares("https://app.example/other"));
    for redirect in
        ["https://app.example/back", "https://APP.example:443/x/../back", "https://app.example/back?server=2"]
    {
        assert!(shares(redirect), "{redirect}");
    }
}

#[test]
fn seconds_are_the_setting_or_the_default() {
    let settings = json(&json!({ "clients": [ehr::with(options(), json!({ "timeoutSeconds": 5 }))] }));
    let client = Settings::read(&settings).unwrap().client("").unwrap();
    assert_eq!((client.timeout(), client.assumed_lifetime()), (5, 300));
}

#[test]
fn wait_for_a_lock_is_longer_than_the_deadline_of_a_request() {
    for (timeout_option, seconds) in [(json!(5), 10), (json!(null), TIMEOUT + 5)] {
        let settings = json(&json!({ "clients": [ehr::with(options(), json!({ "timeoutSeconds": timeout_option }))] }));
        assert_eq!(Settings::read(&settings).unwrap().client("").unwrap().lock_timeout(), seconds);
    }
}

use crate::app::{assert_fails, json};
use crate::host::FakeResponse;
use serde_json::{Value, json};
use smart_launch::error::{Code, Error, Result};
use smart_launch::protocol::http::Response;
use smart_launch::protocol::json::Json;
use smart_launch::protocol::registered_client::RegisteredClient;
use smart_launch::protocol::registration::{ManagedClient, NewClient};
use smart_launch::protocol::url::Url;

const ENDPOINT: &str = "https://server.example.com/register";
const URI: &str = "https://server.example.com/register/s6BhdRkqt3";
const TOKEN: &str = "reg-23410913-abewfq.123483";
const SECRET: &str = "cf136dc3c1fc93f31185e5885805d";

/// RFC 7591 §3.1, without white space.
const REQUEST: &str = r##"{"redirect_uris":["https://client.example.org/callback","https://client.example.org/callback2"],"client_name":"My Example Client","client_name#ja-Jpan-JP":"\u30AF\u30E9\u30A4\u30A2\u30F3\u30C8\u540D","token_endpoint_auth_method":"client_secret_basic","logo_uri":"https://client.example.org/logo.png","jwks_uri":"https://client.example.org/my_public_keys.jwks","example_extension_parameter":"example_value"}"##;

/// RFC 7591 §3.2.1.
const RESPONSE: &str = r##"{
  "client_id": "s6BhdRkqt3",
  "client_secret": "cf136dc3c1fc93f31185e5885805d",
  "client_id_issued_at": 2893256800,
  "client_secret_expires_at": 2893276800,
  "redirect_uris": ["https://client.example.org/callback", "https://client.example.org/callback2"],
  "grant_types": ["authorization_code", "refresh_token"],
  "client_name": "My Example Client",
  "client_name#ja-Jpan-JP": "\u30AF\u30E9\u30A4\u30A2\u30F3\u30C8\u540D",
  "token_endpoint_auth_method": "client_secret_basic",
  "logo_uri": "https://client.example.org/logo.png",
  "jwks_uri": "https://client.example.org/my_public_keys.jwks",
  "example_extension_parameter": "example_value"
}"##;

/// RFC 7592 §2.2, without white space.
const UPDATE: &str = r##"{"client_id":"s6BhdRkqt3","client_secret":"cf136dc3c1fc93f31185e5885805d","redirect_uris":["https://client.example.org/callback","https://client.example.org/alt"],"grant_types":["authorization_code","refresh_token"],"token_endpoint_auth_method":"client_secret_basic","jwks_uri":"https://client.example.org/my_public_keys.jwks","client_name":"My New Example","client_name#fr":"Mon Nouvel Exemple","logo_uri":"https://client.example.org/newlogo.png","logo_uri#fr":"https://client.example.org/fr/newlogo.png"}"##;

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn new_client(metadata: &Value) -> Json {
    json(&json!({ "registrationEndpoint": ENDPOINT, "metadata": metadata }))
}

fn response(status: u64, body: &str) -> Response {
    FakeResponse::new(status, "application/json", body).received()
}

fn registered(metadata: &Value, status: u64, body: &str) -> Result<RegisteredClient> {
    let options = new_client(metadata);
    NewClient::read(&options)?.registered(&response(status, body), &Url::parse(ENDPOINT).unwrap())
}

fn to_value(client: RegisteredClient) -> Value {
    parse(&client.into_json().to_text())
}

/// The response of RFC 7591 with other members.
fn changed(members: &Value) -> String {
    let mut body = parse(RESPONSE);
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    body.to_string()
}

fn warnings(metadata: &Value, members: &Value) -> Value {
    to_value(registered(metadata, 201, &changed(members)).unwrap())["warnings"].clone()
}

fn managed(client: &Value) -> Json {
    json(&json!({ "client": client }))
}

fn client() -> Value {
    json!({ "clientId": "s6BhdRkqt3", "clientSecret": SECRET, "registrationClientUri": URI, "registrationAccessToken": TOKEN })
}

fn read(status: u64, body: &str) -> Result<Value> {
    let options = managed(&client());
    let managed = ManagedClient::read(&options, false)?;
    managed.registered(&response(status, body), &Url::parse(URI).unwrap()).map(to_value)
}

#[test]
fn request_of_rfc_7591_is_made_byte_for_byte() {
    // The text is not made by `serde_json`, which sorts members.
    let options = format!(r#"{{"registrationEndpoint":"{ENDPOINT}","metadata":{REQUEST}}}"#);
    let options = Json::parse(&options).unwrap();
    assert_eq!(NewClient::read(&options).unwrap().body(), REQUEST);
}

#[test]
fn response_of_rfc_7591_is_read() {
    let client = to_value(registered(&json!({}), 201, RESPONSE).unwrap());
    assert_eq!((&client["clientId"], &client["clientSecret"]), (&json!("s6BhdRkqt3"), &json!(SECRET)));
    assert_eq!(client["clientIdIssuedAt"], 2_893_256_800_000_u64);
    assert_eq!(client["clientSecretExpiresAt"], 2_893_276_800_000_u64);
    assert_eq!(client["metadata"]["client_name#ja-Jpan-JP"], "クライアント名");
    assert_eq!(client["metadata"]["example_extension_parameter"], "example_value");
    assert_eq!(client["metadata"].as_object().unwrap().len(), 8, "the metadata has nothing that the server issues");
    assert_eq!(client["warnings"], json!([]));
    assert!(client["registrationClientUri"].is_null() && client["registrationAccessToken"].is_null());
}

#[test]
fn error_of_rfc_7591_is_read_with_its_code() {
    let body = r#"{"error": "invalid_redirect_uri", "error_description": "The redirection URI http://sketchy.example.com is not allowed by this server."}"#;
    let error = registered(&json!({}), 400, body).unwrap_err();
    assert_eq!((error.code(), error.status()), (Code::RegistrationRefused, 400));
    assert_eq!(error.oauth().text("error"), "invalid_redirect_uri");
    let description = error.oauth().text("description");
    assert_eq!(description, "The redirection URI http://sketchy.example.com is not allowed by this server.");
}

#[test]
fn update_of_rfc_7592_is_made_byte_for_byte() {
    let before = r#""redirect_uris":[],"grant_types":["authorization_code","refresh_token"],"token_endpoint_auth_method":"client_secret_basic","jwks_uri":"https://client.example.org/my_public_keys.jwks""#;
    let changes = r##"{"client_name":"My New Example","client_name#fr":"Mon Nouvel Exemple","logo_uri":"https://client.example.org/newlogo.png","logo_uri#fr":"https://client.example.org/fr/newlogo.png"}"##;
    let before = before.replace("[],", r#"["https://client.example.org/callback","https://client.example.org/alt"],"#);
    let options = format!(
        r#"{{"client":{{"clientId":"s6BhdRkqt3","clientSecret":"{SECRET}","registrationClientUri":"{URI}","registrationAccessToken":"{TOKEN}","metadata":{{{before}}}}},"metadata":{changes}}}"#
    );
    let options = Json::parse(&options).unwrap();
    assert_eq!(ManagedClient::read(&options, true).unwrap().body(), UPDATE);
}

#[test]
fn update_keeps_other_members_and_null_deletes_one() {
    let mut client = client();
    client["metadata"] = json!({ "scope": "a", "logo_uri": "https://a.example", "client_id_issued_at": 5 });
    let options = json(&json!({ "client": client, "metadata": { "logo_uri": null, "scope": "b" } }));
    let body = parse(&ManagedClient::read(&options, true).unwrap().body());
    assert_eq!(body, json!({ "client_id": "s6BhdRkqt3", "client_secret": SECRET, "scope": "b" }));
}

#[test]
fn secret_whose_expiry_is_zero_does_not_expire_and_a_missing_expiry_is_a_warning() {
    for (time, expires, warned) in [
        (json!(0), json!(null), json!([])),
        (json!(null), json!(null), json!(["registration_member_missing"])),
        (json!(-1), json!(null), json!(["registration_member_missing"])),
        (json!("2893276800"), json!(2_893_276_800_000_u64), json!([])),
        (json!(u64::MAX), json!(u64::MAX), json!([])),
    ] {
        let body = changed(&json!({ "client_secret_expires_at": time }));
        let client = to_value(registered(&json!({}), 201, &body).unwrap());
        assert_eq!((&client["clientSecretExpiresAt"], &client["warnings"]), (&expires, &warned), "{time}");
    }
}

#[test]
fn registered_metadata_replaces_the_requested_with_warnings() {
    let requested = json!({
        "redirect_uris": ["https://client.example.org/callback2", "https://client.example.org/callback"],
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["refresh_token", "authorization_code"],
        "scope": "b a",
    });
    let same = json!({ "scope": "a b" });
    assert_eq!(warnings(&requested, &same), json!([]), "in another order");
    for (members, warning) in [
        (json!({ "redirect_uris": ["https://client.example.org/callback"] }), "registered_redirect_uris_differ"),
        (json!({ "redirect_uris": "https://client.example.org/callback" }), "registered_redirect_uris_differ"),
        (json!({ "redirect_uris": [1, 2] }), "registered_redirect_uris_differ"),
        (json!({ "token_endpoint_auth_method": "none" }), "registered_auth_method_differs"),
        (json!({ "grant_types": ["authorization_code"] }), "registered_grant_types_differ"),
        (json!({ "grant_types": null }), "registration_member_missing"),
        (json!({ "scope": "a b c" }), "registered_scope_differs"),
        (json!({ "scope": "a" }), "registered_scope_differs"),
    ] {
        let mut changed_members = same.clone();
        changed_members.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        assert_eq!(warnings(&requested, &changed_members), json!([warning]), "{members}");
        let body = changed(&changed_members);
        let client = to_value(registered(&requested, 201, &body).unwrap());
        let name = members.as_object().unwrap().keys().next().unwrap();
        assert_eq!(client["metadata"][name], members[name]);
    }
}

#[test]
fn success_with_another_status_than_200_or_201_is_refused() {
    assert!(registered(&json!({}), 200, RESPONSE).is_ok());
    for status in [202, 204, 206] {
        assert_fails(registered(&json!({}), status, RESPONSE), Code::HttpStatus);
    }
}

#[test]
fn response_that_is_no_registration_is_refused() {
    for (body, code) in [
        ("", Code::JsonInvalid),
        ("<html>", Code::JsonInvalid),
        (r#"{"client_id":"a","client_id":"b"}"#, Code::JsonInvalid),
        ("[]", Code::RegistrationResponseInvalid),
        ("{}", Code::RegistrationResponseInvalid),
        (r#"{"client_id":""}"#, Code::RegistrationResponseInvalid),
        (r#"{"client_id":5}"#, Code::RegistrationResponseInvalid),
        (r#"{"client_id":"a","client_secret":""}"#, Code::RegistrationResponseInvalid),
        (r#"{"client_id":"a","client_secret":{}}"#, Code::RegistrationResponseInvalid),
        (r#"{"client_id":"a","error":"invalid_client_metadata"}"#, Code::RegistrationRefused),
    ] {
        assert_fails(registered(&json!({}), 201, body), code);
    }
    let options = new_client(&json!({}));
    let html = FakeResponse::new(201, "text/html", RESPONSE).received();
    let client = NewClient::read(&options).unwrap();
    assert_fails(client.registered(&html, &Url::parse(ENDPOINT).unwrap()), Code::ContentType);
}

#[test]
fn registration_is_managed_only_by_https_and_at_the_origin_of_its_endpoint() {
    for (uri, token, is_managed) in [
        (json!(URI), json!(TOKEN), true),
        (json!("https://server.example.com/register?client_id=s6BhdRkqt3"), json!(TOKEN), true),
        (json!("https://SERVER.example.com:443/register/s6BhdRkqt3"), json!(TOKEN), true),
        (json!("http://server.example.com/register/s6BhdRkqt3"), json!(TOKEN), false),
        (json!("https://other.example.com/register/s6BhdRkqt3"), json!(TOKEN), false),
        (json!("https://server.example.com:8443/register/s6BhdRkqt3"), json!(TOKEN), false),
        (json!("https://server.example.com@evil.example/"), json!(TOKEN), false),
        (json!("https://169.254.169.254/"), json!(TOKEN), false),
        (json!("https://server.example.com/register#x"), json!(TOKEN), false),
        (json!("/register/s6BhdRkqt3"), json!(TOKEN), false),
        (json!(5), json!(TOKEN), false),
        (json!(null), json!(TOKEN), false),
        (json!(URI), json!(null), false),
        (json!(URI), json!(""), false),
        (json!(URI), json!("a\r\nb"), false),
        (json!(URI), json!(5), false),
    ] {
        let body = changed(&json!({ "registration_client_uri": uri, "registration_access_token": token }));
        let client = to_value(registered(&json!({}), 201, &body).unwrap());
        let has = |name: &str| !client[name].is_null();
        assert_eq!(
            (has("registrationClientUri"), has("registrationAccessToken")),
            (is_managed, is_managed),
            "{uri} {token}"
        );
        let warned = if is_managed { json!([]) } else { json!(["registration_uri_unusable"]) };
        assert_eq!(client["warnings"], warned, "{uri} {token}");
    }
}

#[test]
fn new_token_is_returned_and_members_that_a_response_lacks_stay() {
    let client = read(200, &changed(&json!({ "registration_access_token": "new-token" }))).unwrap();
    assert_eq!(
        (&client["registrationAccessToken"], &client["registrationClientUri"]),
        (&json!("new-token"), &json!(URI))
    );
    let moved = json!({ "registration_client_uri": "https://server.example.com/elsewhere", "client_secret": null });
    let client = read(200, &changed(&moved)).unwrap();
    assert_eq!(client["registrationClientUri"], "https://server.example.com/elsewhere");
    assert_eq!((&client["registrationAccessToken"], &client["clientSecret"]), (&json!(TOKEN), &json!(SECRET)));
    let client = read(200, &changed(&json!({ "registration_client_uri": "https://evil.example/" }))).unwrap();
    assert_eq!(client["registrationClientUri"], URI);
    assert_eq!(client["warnings"], json!(["registration_uri_unusable"]));
    for method in ["none", "private_key_jwt"] {
        let without = json!({ "client_secret": null, "token_endpoint_auth_method": method });
        assert!(read(200, &changed(&without)).unwrap()["clientSecret"].is_null(), "{method}");
    }
}

#[test]
fn response_about_another_client_is_refused() {
    assert_fails(read(200, &changed(&json!({ "client_id": "another" }))), Code::RegistrationResponseInvalid);
}

#[test]
fn status_without_a_body_is_a_refusal_where_rfc_7592_gives_it_a_meaning() {
    for (status, code) in [
        (401, Code::RegistrationRefused),
        (403, Code::RegistrationRefused),
        (405, Code::RegistrationRefused),
        (404, Code::HttpStatus),
        (429, Code::HttpStatus),
        (500, Code::HttpStatus),
    ] {
        let error = read(status, "").unwrap_err();
        assert_eq!((error.code(), error.status()), (code, status));
        let options = managed(&client());
        let deleted = ManagedClient::read(&options, false).unwrap().deleted(&response(status, ""));
        assert_eq!(deleted.unwrap_err().code(), code);
    }
    let options = managed(&client());
    let client = ManagedClient::read(&options, false).unwrap();
    assert!(client.deleted(&response(204, "")).is_ok() && client.deleted(&response(200, "")).is_ok());
    assert_fails(client.deleted(&response(202, "")), Code::HttpStatus);
}

#[test]
fn member_that_the_server_issues_cannot_be_set() {
    for name in [
        "client_id",
        "client_secret",
        "client_id_issued_at",
        "client_secret_expires_at",
        "registration_client_uri",
        "registration_access_token",
    ] {
        assert_fails(NewClient::read(&new_client(&json!({ name: "x" }))), Code::ConfigInvalid);
        let options = json(&json!({ "client": client(), "metadata": { name: "x" } }));
        assert_fails(ManagedClient::read(&options, true), Code::ConfigInvalid);
    }
}

#[test]
fn private_key_is_never_registered() {
    for set in [
        json!({ "keys": [{ "kty": "EC", "x": "x" }, { "kty": "EC", "d": "private" }] }),
        json!({ "keys": [{ "kty": "oct", "k": "secret" }] }),
        json!(r#"{"keys":[{"kty":"EC","d":"private"}]}"#),
    ] {
        let error = NewClient::read(&new_client(&json!({ "jwks": set }))).unwrap_err();
        assert_eq!(error.code(), Code::ConfigInvalid);
        assert!(error.to_string().contains("private key"), "{error}");
    }
    for metadata in [
        json!({ "jwks": { "keys": [{ "kty": "EC", "x": "x" }] } }),
        json!({ "jwks": r#"{"keys":[{"kty":"EC"}]}"# }),
        json!({ "jwks_uri": "https://a.example" }),
    ] {
        assert!(NewClient::read(&new_client(&metadata)).is_ok());
    }
    let both = json!({ "jwks": { "keys": [] }, "jwks_uri": "https://a.example" });
    assert_fails(NewClient::read(&new_client(&both)), Code::ConfigInvalid);
}

#[test]
fn options_are_checked() {
    for (options, code) in [
        (json!({ "metadata": {} }), Code::ConfigInvalid),
        (json!({ "registrationEndpoint": ENDPOINT }), Code::ConfigInvalid),
        (json!({ "registrationEndpoint": ENDPOINT, "metadata": [] }), Code::ConfigInvalid),
        (json!({ "registrationEndpoint": "http://server.example.com/", "metadata": {} }), Code::EndpointScheme),
        (json!({ "registrationEndpoint": ENDPOINT, "metadata": {}, "initialAccessToken": "a b" }), Code::ConfigInvalid),
        (json!({ "registrationEndpoint": ENDPOINT, "metadata": {}, "initialAccessToken": "" }), Code::ConfigInvalid),
        (json!({ "registrationEndpoint": ENDPOINT, "metadata": {}, "metdata": {} }), Code::ConfigInvalid),
    ] {
        assert_fails(NewClient::read(&json(&options)), code);
    }
    for (name, value, code) in [
        ("clientId", json!(""), Code::ConfigInvalid),
        ("registrationClientUri", json!(null), Code::ConfigInvalid),
        ("registrationClientUri", json!("http://server.example.com/"), Code::EndpointScheme),
        ("registrationClientUri", json!("https://localhost/"), Code::EndpointScheme),
        ("registrationAccessToken", json!("a\nb"), Code::ConfigInvalid),
        ("registrationAccessToken", json!(null), Code::ConfigInvalid),
    ] {
        let mut client = client();
        client[name] = value;
        assert_fails(ManagedClient::read(&managed(&client), false), code);
    }
    assert_fails(ManagedClient::read(&managed(&json!(null)), false), Code::ConfigInvalid);
}

#[test]
fn error_repeats_no_secret_of_a_contradictory_response() {
    let body = changed(&json!({
        "error": "invalid_client_metadata", "error_description": format!("issued {SECRET} and {TOKEN}"),
        "registration_access_token": TOKEN,
    }));
    let error: Error = registered(&json!({}), 201, &body).unwrap_err();
    let text = error.to_json().to_text();
    assert!(text.contains("invalid_client_metadata") && !text.contains(SECRET) && !text.contains(TOKEN), "{text}");
}

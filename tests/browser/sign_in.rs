//! A complete sign-in through the module's export, with a scripted server.

use crate::driver::{job, play, report, restore};
use smart_launch::error::Code;
use smart_launch::protocol::form;
use smart_launch::protocol::json::Json;
use wasm_bindgen_test::wasm_bindgen_test;

/// The app, with its own FHIR base URL in each test, because server metadata stays cached after a test.
pub struct App {
    base: String,
}

impl App {
    pub fn at(name: &str) -> Self {
        Self { base: format!("https://ehr.example/{name}") }
    }

    /// Does a job; `members` are the members of its input besides the settings.
    pub async fn job(&self, job_name: &str, members: &str) -> Result<Json, Json> {
        let base = &self.base;
        let client = format!(
            r#"{{"fhirBaseUrl":"{base}","clientId":"growth-chart","scope":"launch/patient patient/*.rs","redirectUri":"https://app.example/back"}}"#
        );
        job(&format!(r#"{{"job":"{job_name}","clients":[{client}]{members}}}"#)).await
    }

    /// Begins a sign-in and returns the callback URL as a member of a job's input, `,"url":"…"`.
    pub async fn callback(&self, code: &str) -> String {
        play(&format!("[{}]", document()));
        let begun = self.job("authorize", r#","options":{}"#).await.unwrap();
        let state = begun.at("request").text("state");
        format!(r#","url":"https://app.example/back?code={code}&state={state}""#)
    }

    /// Signs in and returns the session as the package receives it.
    pub async fn sign_in(&self) -> Json {
        let callback = self.callback("a-code").await;
        play(&format!("[{}]", tokens("first")));
        self.job("ready", &callback).await.unwrap()
    }
}

fn document() -> String {
    let document = r#"{"authorization_endpoint":"https://as.example/authorize","token_endpoint":"https://as.example/token","revocation_endpoint":"https://as.example/revoke","grant_types_supported":["authorization_code"],"capabilities":["launch-standalone"],"code_challenge_methods_supported":["S256"]}"#;
    json_response(document)
}

pub fn tokens(name: &str) -> String {
    json_response(&format!(
        r#"{{"access_token":"{name}-access","refresh_token":"{name}-refresh","token_type":"bearer","expires_in":3600,"scope":"launch/patient patient/*.rs","patient":"zoe"}}"#
    ))
}

/// A response with this JSON.
fn json_response(body: &str) -> String {
    format!(r#"{{"body":{}}}"#, Json::from(body).to_text())
}

/// The value of a form field of the request at this position in the script.
fn sent_field(index: usize, name: &str) -> String {
    let report = report();
    let (value, count) = form::find(report.at("calls").list()[index].text("body"), name);
    assert!(count <= 1);
    form::decode(value).unwrap()
}

pub fn key(session: &Json) -> String {
    format!(r#","key":"{}","family":"{}""#, session.text("key"), session.text("state"))
}

#[wasm_bindgen_test]
async fn sign_in_navigates_to_the_server_and_back() {
    let app = App::at("there-and-back");
    play(&format!("[{}]", document()));
    let begun = app.job("authorize", r#","options":{"appState":{"page":3},"returnTo":"/chart"}"#).await.unwrap();
    let request = begun.at("request");
    assert_eq!(
        report().at("calls").list()[0].text("url"),
        "https://ehr.example/there-and-back/.well-known/smart-configuration"
    );
    assert_eq!(request.text("method"), "GET");
    let query = request.text("url").split_once('?').unwrap().1;
    let field = |name| form::decode(form::find(query, name).0).unwrap();
    assert_eq!(field("response_type"), "code");
    assert_eq!(field("aud"), "https://ehr.example/there-and-back");
    assert_eq!(field("state"), request.text("state"));

    let callback = format!(r#","url":"https://app.example/back?code=a%2Bcode&state={}""#, request.text("state"));
    play(&format!("[{}]", tokens("first")));
    let session = app.job("ready", &callback).await.unwrap();
    assert_eq!(sent_field(0, "code"), "a+code");
    assert_eq!(sent_field(0, "code_verifier").len(), 43);
    assert_eq!(sent_field(0, "redirect_uri"), "https://app.example/back");
    assert_eq!((session.text("patient"), session.text("access_token")), ("zoe", "first-access"));
    assert_eq!((session.text("returnTo"), session.at("appState").at("page").number()), ("/chart", Some(3)));
    restore();
}

#[wasm_bindgen_test]
async fn verifier_is_the_one_whose_challenge_was_sent() {
    let app = App::at("verifier");
    play(&format!("[{}]", document()));
    let begun = app.job("authorize", r#","options":{}"#).await.unwrap();
    let (url, state) = (begun.at("request").text("url"), begun.at("request").text("state"));
    play(&format!("[{}]", tokens("first")));
    app.job("ready", &format!(r#","url":"https://app.example/back?code=c&state={state}""#)).await.unwrap();
    let verifier = sent_field(0, "code_verifier");
    let challenge =
        crate::driver::run(move |web| smart_launch::host::Host::hash(&web, "256", &verifier)).await.unwrap();
    assert_eq!(form::find(url, "code_challenge").0, challenge);
    restore();
}

#[wasm_bindgen_test]
async fn callback_is_exchanged_once() {
    let app = App::at("once");
    let callback = app.callback("a-code").await;
    play(&format!("[{}]", tokens("first")));
    app.job("ready", &callback).await.unwrap();
    let repeated = app.job("ready", &callback).await.unwrap();
    assert_eq!(repeated.text("access_token"), "first-access");
    assert_eq!(report().at("calls").list().len(), 1);
    restore();
}

#[wasm_bindgen_test]
async fn valid_token_is_returned_without_a_request() {
    let app = App::at("good");
    let session = app.sign_in().await;
    play("[]");
    let unchanged = app.job("token", &key(&session)).await.unwrap();
    assert_eq!(unchanged.text("access_token"), "first-access");
    assert!(!unchanged.at("renewed").is_true());
    assert!(report().at("calls").list().is_empty());
    restore();
}

#[wasm_bindgen_test]
async fn refresh_replaces_both_tokens() {
    let app = App::at("refresh");
    let session = app.sign_in().await;
    play(&format!("[{},{}]", tokens("second"), tokens("third")));
    for (old_name, new_name) in [("first", "second"), ("second", "third")] {
        let renewed = app.job("token", &(key(&session) + r#","renew":true"#)).await.unwrap();
        assert_eq!(renewed.text("access_token"), format!("{new_name}-access"));
        assert!(renewed.at("renewed").is_true());
        let index = usize::from(new_name == "third");
        assert_eq!(sent_field(index, "refresh_token"), format!("{old_name}-refresh"));
    }
    restore();
}

#[wasm_bindgen_test]
async fn sign_out_removes_the_records_and_revokes_the_refresh_token_first() {
    let app = App::at("sign-out");
    let session = app.sign_in().await;
    play(r#"[{"status":200},{"status":503}]"#);
    let ended = app.job("logout", "").await.unwrap();
    assert!(ended.at("revoked").is_true());
    assert_eq!(
        (sent_field(0, "token"), sent_field(0, "token_type_hint")),
        ("first-refresh".into(), "refresh_token".into())
    );
    assert_eq!(
        (sent_field(1, "token"), sent_field(1, "token_type_hint")),
        ("first-access".into(), "access_token".into())
    );
    assert!(app.job("ready", "").await.unwrap().is_null());
    let error = app.job("token", &key(&session)).await.unwrap_err();
    assert_eq!(error.at("code").number(), Some(Code::SignedOut as u64));
    restore();
}

#[wasm_bindgen_test]
async fn failure_is_passed_on_as_the_number_of_its_code() {
    let error = job(r#"{"job":"ready","clients":[{"fhirBaseUrl":"https://ehr.example"}]}"#).await.unwrap_err();
    assert_eq!(error.at("code").number(), Some(Code::ConfigInvalid as u64));
    assert_eq!(error.text("about"), "`clientId` is missing");
    let error = job("no JSON").await.unwrap_err();
    assert_eq!(error.at("code").number(), Some(Code::ConfigInvalid as u64));
}

#[wasm_bindgen_test]
async fn granted_scopes_are_compared_with_the_needed_ones_without_settings() {
    for (needed, is_granted) in [("patient/Observation.r", true), ("patient/Observation.c", false)] {
        let outcome = job(&format!(r#"{{"job":"can","granted":"patient/*.rs","needed":"{needed}"}}"#)).await;
        assert_eq!(outcome.unwrap().to_text(), is_granted.to_string(), "{needed}");
    }
}

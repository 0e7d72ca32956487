//! The app of these tests: its settings, its tab, and methods that run the flows as `src/js` does.

use crate::ehr;
use crate::host::{FakeHost, FakeResponse, Flow, Tab, run_flow};
use crate::signing_keys;
use serde_json::{Value, json};
use smart_launch::error::{Code, Result};
use smart_launch::flow::record::{self, Stored};
use smart_launch::flow::refresh::{self, Need, ValidSession};
use smart_launch::flow::resume::Which;
use smart_launch::flow::sign_in::{self, Begun};
use smart_launch::flow::sign_out::{self, Ended};
use smart_launch::flow::{discover, resume};
use smart_launch::protocol::authorization::Options;
use smart_launch::protocol::authorization_response::AuthorizationResponse;
use smart_launch::protocol::json::Json;
use smart_launch::protocol::launch::Launch;
use smart_launch::protocol::server::Server;
use smart_launch::protocol::settings::Settings;
use std::cell::RefCell;
use std::collections::BTreeMap;

pub const REDIRECT: &str = "https://app.example/back";
pub const CODE: &str = "authorization-code-of-the-test";

pub struct App {
    pub tab: Tab,
    settings: Json,
    /// `state` of each sign-in begun, in order.
    pub states: RefCell<Vec<String>>,
    /// Redirect URI and response mode of each sign-in, by its `state`.
    redirects: RefCell<BTreeMap<String, (String, String)>>,
    /// Origins to which requests may be sent.
    pub origins: RefCell<Vec<String>>,
}

impl App {
    /// An app with one server, which responds with its smart-configuration.
    pub fn new() -> Self {
        Self::with(json!({}))
    }

    /// An app with one server and these changes of the options.
    pub fn with(changes: Value) -> Self {
        Self::with_settings(json!({ "clients": [ehr::with(options(), changes)] }))
    }

    /// An app with these settings.
    pub fn with_settings(settings: Value) -> Self {
        Self::in_tab(Tab::new("a tab"), settings)
    }

    /// Another app at the origin of this one, in another tab, with these changes of the options.
    pub fn another_app(&self, changes: Value) -> Self {
        let settings = json!({ "clients": [ehr::with(options(), changes)] });
        Self::in_tab(self.tab.another("a tab of another app"), settings)
    }

    fn in_tab(tab: Tab, mut settings: Value) -> Self {
        tab.keys.authenticate(&mut settings);
        tab.responses.always("discovery", FakeResponse::ok(&ehr::document()));
        tab.responses.always("jwks", FakeResponse::ok(&signing_keys::key_set()));
        let origins = RefCell::new(vec!["https://ehr.example".into()]);
        let (states, redirects) = (RefCell::default(), RefCell::default());
        Self { tab, settings: json(&settings), states, redirects, origins }
    }

    /// The app, which may send requests to these origins too.
    pub fn with_origins(self, origins: &[&str]) -> Self {
        self.origins.borrow_mut().extend(origins.iter().map(|origin| (*origin).into()));
        self
    }

    /// The same app in another tab, with a copy of this tab's storage.
    pub fn duplicate(&self) -> Self {
        let tab = self.tab.duplicate("another tab");
        tab.keys.copy(&self.tab.keys);
        tab.responses.always("discovery", FakeResponse::ok(&ehr::document()));
        tab.responses.always("jwks", FakeResponse::ok(&signing_keys::key_set()));
        Self {
            tab,
            settings: self.settings.clone(),
            states: self.states.clone(),
            redirects: self.redirects.clone(),
            origins: self.origins.clone(),
        }
    }

    /// Handles the messages of other tabs as the page does.
    pub fn receive_messages(&self) {
        while self.receive_message() {}
    }

    /// Handles only the next message; `false` if there is none.
    pub fn receive_message(&self) -> bool {
        if let Some((channel, kind, family, text)) = self.tab.next_message() {
            let key = format!("{channel}:1:{family}");
            let outcome = match kind.as_str() {
                "renewed" => run_flow(self.flow(|host| refresh::adopt(host, self.settings(), &key, &text).map(|_| ()))),
                "ended" => {
                    let generation = Some(text.parse().expect("a generation"));
                    run_flow(self.flow(|host| sign_out::end_copy(host, self.settings(), &key, &family, generation)))
                }
                _ => panic!("unknown message {kind}"),
            };
            assert!(outcome.is_ok() || code(&outcome) == "signed_out", "{kind}: {}", code(&outcome));
            return true;
        }
        false
    }

    /// An app with two pending sign-ins.
    pub fn pending() -> Self {
        Self::pending_with(json!({}))
    }

    pub fn pending_with(changes: Value) -> Self {
        let app = Self::with(changes);
        app.begin(json!({})).unwrap();
        app.begin(json!({})).unwrap();
        app
    }

    /// An app with a session that was just created.
    pub fn signed_in() -> Self {
        Self::signed_in_with(json!({}))
    }

    pub fn signed_in_with(tokens: Value) -> Self {
        let app = Self::new();
        app.sign_in(&ehr::with(ehr::tokens(1), tokens)).unwrap();
        app
    }

    pub fn settings(&self) -> Settings<'_> {
        Settings::read_confidential(&self.settings).expect("valid settings")
    }

    pub fn begin(&self, options: Value) -> Result<Begun> {
        run_flow(self.begin_flow(options))
    }

    pub fn begin_flow(&self, options: Value) -> Flow<'_, Result<Begun>> {
        self.flow(move |host| {
            let options = json(&options);
            let begun = sign_in::begin::<true>(host, self.settings(), Options::read(&options)?)?
                .expect("a pushed request is sent");
            let state = begun.request.json().text("state");
            self.states.borrow_mut().push(state.into());
            let key = format!("{SIGN_INS}{state}");
            let record = self.tab.records.under(&key).remove(&key).unwrap_or_default();
            let record: Value = serde_json::from_str(&record).unwrap_or_default();
            let [redirect, mode] =
                ["redirectUri", "responseMode"].map(|name| record[name].as_str().unwrap_or_default().into());
            self.redirects.borrow_mut().insert(state.into(), (redirect, mode));
            Ok(begun)
        })
    }

    /// Begins a sign-in from a launch URL.
    pub fn launch(&self, url: &str) -> Result<Begun> {
        let launch = Launch::parse(url)?.map_or(Json::NULL, Launch::into_json);
        self.begin(serde_json::from_str(&launch.to_text()).unwrap_or_default())
    }

    /// The authorization response to the first sign-in.
    pub fn callback(&self) -> String {
        self.callback_of(0)
    }

    pub fn callback_of(&self, number: usize) -> String {
        self.tab.keep_secret(CODE);
        format!("{}?code={CODE}&{}", self.place(number).0, self.state_and_iss(number))
    }

    /// Redirect URI and response mode of a sign-in.
    pub fn place(&self, number: usize) -> (String, String) {
        self.redirects.borrow().get(&self.state(number)).cloned().unwrap_or_else(|| (REDIRECT.into(), String::new()))
    }

    /// Parameters of the response to a sign-in: its `state`, and `iss` if the server's metadata promises that.
    pub fn state_and_iss(&self, number: usize) -> String {
        let key = format!("{SIGN_INS}{}", self.state(number));
        let promised =
            self.tab.records.under(&key).get(&key).is_some_and(|record| record.contains("\"issRequired\":true"));
        let iss = if promised { "&iss=https%3A%2F%2Fehr.example" } else { "" };
        format!("state={}{iss}", self.state(number))
    }

    pub fn state(&self, number: usize) -> String {
        self.states.borrow()[number].clone()
    }

    /// The `nonce` of a sign-in; empty if it has none.
    pub fn nonce(&self, number: usize) -> String {
        let key = format!("{SIGN_INS}{}", self.state(number));
        let record: Value = serde_json::from_str(&self.tab.records.under(&key)[&key]).expect("a record");
        record["nonce"].as_str().unwrap_or_default().into()
    }

    /// An app that requests `openid`, with two pending sign-ins.
    pub fn pending_openid() -> Self {
        Self::pending_openid_with(json!({}))
    }

    pub fn pending_openid_with(changes: Value) -> Self {
        let scope = json!({ "scope": format!("openid fhirUser {}", ehr::SCOPE) });
        Self::pending_with(ehr::with(scope, changes))
    }

    /// An app that requests `openid`, signed in.
    pub fn signed_in_openid() -> Self {
        let app = Self::pending_openid();
        app.complete_with(FakeResponse::ok(&signing_keys::tokens(&app, 0, json!({})))).expect("a sign-in");
        app
    }

    pub fn complete(&self, callback: &str) -> Result<Option<Stored>> {
        run_flow(self.complete_flow(callback))
    }

    pub fn complete_flow<'a>(&'a self, callback: &'a str) -> Flow<'a, Result<Option<Stored>>> {
        // The page's sessions, which a sign-in replaces.
        let before: Vec<String> = self.tab.records.under(SESSIONS).into_keys().collect();
        self.flow(move |host| {
            let response = AuthorizationResponse::from_url(callback)?;
            let outcome = sign_in::complete(host, self.settings(), &response)?;
            if let Some(Stored { session, .. }) = &outcome {
                let ours = before.iter().filter(|key| key.starts_with(&session.channel()));
                let families = ours.filter_map(|key| key.rsplit(':').next());
                let former: Vec<&str> = families.collect();
                record::remove_replaced(host, &former, response.state());
            }
            Ok(outcome)
        })
    }

    /// Completes the sign-in or restores its session, as `ready` does.
    pub fn ready(&self, callback: &str) -> Result<Stored> {
        let stored = self.complete(callback)?.or_else(|| self.resume());
        stored.ok_or_else(|| Code::CallbackReplayed.into())
    }

    /// Completes the first sign-in; the token endpoint responds with `tokens`.
    pub fn complete_with(&self, tokens: FakeResponse) -> Result<Stored> {
        self.tab.responses.next("token", tokens);
        self.complete(&self.callback()).map(|stored| stored.expect("not used before"))
    }

    /// Signs in; the token endpoint responds with `tokens`.
    pub fn sign_in(&self, tokens: &Value) -> Result<Stored> {
        self.begin(json!({}))?;
        self.tab.responses.next("token", FakeResponse::ok(tokens));
        let last = self.states.borrow().len() - 1;
        self.complete(&self.callback_of(last)).map(|stored| stored.expect("not used before"))
    }

    pub fn resume(&self) -> Option<Stored> {
        resume::session(&self.tab.host(), self.settings(), Which::Last)
    }

    /// Key of the only session.
    pub fn key(&self) -> String {
        let keys: Vec<String> = self.tab.records.under(SESSIONS).into_keys().collect();
        assert_eq!(keys.len(), 1, "one session is stored");
        keys[0].clone()
    }

    pub fn token(&self, need: Need<'_>) -> Result<ValidSession> {
        run_flow(self.token_flow(&self.key(), need))
    }

    pub fn token_flow<'a>(&'a self, key: &str, need: Need<'a>) -> Flow<'a, Result<ValidSession>> {
        let key = String::from(key);
        self.flow(move |host| refresh::access_token(host, self.settings(), &key, need))
    }

    pub fn sign_out(&self, redirect_url: &str) -> Ended {
        run_flow(self.flow(move |host| sign_out::end(host, self.settings(), "", redirect_url))).expect("it waited")
    }

    pub fn discover(&self) -> Result<Server> {
        run_flow(self.discover_flow())
    }

    pub fn discover_flow(&self) -> Flow<'_, Result<Server>> {
        self.flow(|host| discover::server(host, self.settings().client("")?))
    }

    /// A flow in this tab.
    pub fn flow<'a, T>(&'a self, run: impl Fn(&FakeHost<'a>) -> T + 'a) -> Flow<'a, T> {
        Flow::new(self.tab.host(), run)
    }
}

/// The options of the app's one server.
pub fn options() -> Value {
    json!({ "fhirBaseUrl": ehr::BASE, "clientId": "growth-chart", "scope": ehr::SCOPE, "redirectUri": REDIRECT })
}

/// A value as the module receives it from JavaScript.
pub fn json(value: &Value) -> Json {
    Json::parse_own(&value.to_string()).expect("JSON in the form of JSON.stringify")
}

/// A value as JavaScript receives it from the module.
pub fn value(json: &Json) -> Value {
    serde_json::from_str(&json.to_text()).expect("JSON that JSON.parse reads")
}

/// The code of an outcome, `ok` for a success.
pub fn code<T>(outcome: &Result<T>) -> &'static str {
    outcome.as_ref().map_or_else(|error| error.code().as_str(), |_| "ok")
}

/// The codes of warnings.
pub fn warnings(json: &Json) -> Vec<&str> {
    json.at("warnings").list().iter().map(Json::str).collect()
}

/// Asserts that an outcome is an error with this code.
#[track_caller]
pub fn assert_fails<T>(outcome: Result<T>, expected: Code) {
    assert_eq!(code(&outcome), expected.as_str());
}

pub const SESSIONS: &str = "smart-launch:session:";
pub const SIGN_INS: &str = "smart-launch:sign-in:";

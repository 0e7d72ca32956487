//! Two servers, one of which repeats the metadata of the other.

use crate::app::{App, options};
use crate::ehr;
use crate::host::{FakeResponse, run_flow};
use serde_json::{Value, json};
use smart_launch::error::Result;
use smart_launch::flow::record::Stored;
use smart_launch::flow::sign_in;
use smart_launch::protocol::authorization_response::AuthorizationResponse;

pub const BAD: &str = "https://bad.example/fhir";
pub const BAD_CONFIGURATION: &str = "https://bad.example/fhir/.well-known/smart-configuration";
pub const BAD_TOKEN: &str = "https://bad.example/token";
pub const BAD_KEYS: &str = "https://bad.example/keys";
pub const OTHER_REDIRECT: &str = "https://app.example/other";

/// The honest server and another one, whose smart-configuration is the honest one's with these changes.
pub fn two_servers(honest: Value, bad: Value, document: Value) -> App {
    let bad = ehr::with(json!({ "fhirBaseUrl": BAD }), bad);
    let app = App::with_settings(json!({ "clients": [ehr::with(options(), honest), ehr::with(options(), bad)] }));
    let iss = json!({ "authorization_response_iss_parameter_supported": true });
    let metadata = ehr::with(ehr::document(), iss);
    app.tab.responses.always("discovery", FakeResponse::ok(&metadata));
    app.tab.responses.always(BAD_CONFIGURATION, FakeResponse::ok(&ehr::with(metadata, document)));
    app.tab.responses.always("openid_discovery", FakeResponse::ok(&ehr::document()));
    app
}

/// Begins a sign-in at the server with this FHIR base.
pub fn begin(app: &App, base: &str, options: Value) -> Result<()> {
    app.begin(ehr::with(json!({ "iss": base }), options)).map(|_| ())
}

/// Completes a sign-in by a `form_post` response, which was posted to an unknown URL if `url` is empty.
pub fn complete_posted(app: &App, body: &str, url: &str) -> Result<Option<Stored>> {
    run_flow(app.flow(|host| sign_in::complete(host, app.settings(), &AuthorizationResponse::from_body(body, url)?)))
}

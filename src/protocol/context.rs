//! Launch context in a token response (SMART App Launch 2.2, "Scopes for requesting context data", "Launch context
//! arrives with your access_token").

use super::json::{Json, Value};
use super::url::Url;
use super::warning::Warnings;
use crate::error::{Code, Error, Result};
use alloc::vec::Vec;

/// Names of what is in context, as JavaScript sees them.
pub const NAMES: &[&str] = &[
    "patient",
    "encounter",
    "fhirContext",
    "intent",
    "needPatientBanner",
    "smartStyleUrl",
    "tenant",
    "authorizationDetails",
];

/// Reads the launch context of a token response into `tokens`, that of each of its `authorization_details` for SMART
/// (RFC 9396; SMART App Launch 2.2, "Authorization details") as `authorizationDetails`: where, what, and whose; what one
/// does not say is as for the whole response.
///
/// # Errors
/// [`Code::LaunchContextInvalid`] for an id that is none (FHIR R4, "id"): it would end up in URLs and in front of a
/// clinician. What is merely odd is noted.
pub fn read(response: &Json, tokens: &mut Json, warnings: &mut Warnings) -> Result<()> {
    read_one(response, tokens, warnings)?;
    let stated = response.at("authorization_details");
    let mut details = Vec::new();
    for item in stated.list().iter().filter(|item| item.text("type") == "smart_on_fhir") {
        if details.len() == MAX_DETAILS {
            warnings.note(MALFORMED)?;
            break;
        }
        let mut detail = Json::object();
        detail.copy(tokens, WHOSE);
        detail.copy(response, &["scope"]);
        detail.copy(item, &["locations", "fhirVersions", "scope"]);
        let mut own = Json::object();
        read_one(item, &mut own, warnings)?;
        detail.copy(&own, WHOSE);
        details.push(detail);
    }
    if !details.is_empty() {
        tokens.set("authorizationDetails", details.into());
    } else if !stated.is_null() && !matches!(stated.value(), Some(Value::List(_))) {
        warnings.note(MALFORMED)?;
    }
    Ok(())
}

fn read_one(response: &Json, tokens: &mut Json, warnings: &mut Warnings) -> Result<()> {
    for name in &IDS {
        let id = response.at(name);
        if !id.is_null() && !is_id(id.str()) {
            return Err(Error::named(Code::LaunchContextInvalid, name, "is not the id of a resource"));
        }
        tokens.set(name, id.clone());
    }
    for (name, ours) in &TEXTS {
        let text = response.at(name);
        let usable = !text.str().is_empty() && (*name != "smart_style_url" || Url::parse(text.str()).is_ok());
        if usable {
            tokens.set(ours, text.clone());
        } else if !text.is_null() {
            warnings.note(MALFORMED)?;
        }
    }
    let banner = response.at("need_patient_banner");
    if matches!(banner.value(), None | Some(Value::Bool(_))) {
        tokens.set("needPatientBanner", banner.clone());
    } else {
        warnings.note(MALFORMED)?;
        // Where in doubt the banner is shown.
        tokens.set("needPatientBanner", Json::from(banner.str() != "false"));
    }
    let context = response.at("fhirContext");
    let mut items = Vec::new();
    for item in context.list() {
        let item = fhir_context_item(item);
        if item.is_null() || items.len() == MAX_CONTEXTS {
            warnings.note(MALFORMED)?;
        } else {
            items.push(item);
        }
    }
    if !context.is_null() {
        if !matches!(context.value(), Some(Value::List(_))) {
            warnings.note(MALFORMED)?;
        }
        tokens.set("fhirContext", items.into());
    }
    Ok(())
}

/// An item of `fhirContext` as an object with a `role`: those of STU 2.0 and 2.1 were plain references, and an absent
/// role means `launch`. `null` for what names no resource.
fn fhir_context_item(item: &Json) -> Json {
    let mut object = item.clone();
    if !item.str().is_empty() {
        object = Json::object();
        object.set("reference", item.clone());
    }
    if TARGETS.iter().all(|name| object.at(name).is_null()) {
        return Json::NULL;
    }
    if object.text("role").is_empty() {
        object.set_text("role", "launch");
    }
    object
}

/// Whether a text is the id of a FHIR resource (FHIR R4, "id").
#[must_use]
pub fn is_id(id: &str) -> bool {
    let permitted = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    (1..=64).contains(&id.len()) && id.bytes().all(permitted) && id.bytes().any(|byte| byte != b'.')
}

const WHOSE: &[&str] = &["patient", "encounter", "fhirContext"];
const IDS: [&str; 2] = ["patient", "encounter"];
const TEXTS: [(&str, &str); 3] = [("intent", "intent"), ("tenant", "tenant"), ("smart_style_url", "smartStyleUrl")];
const TARGETS: [&str; 3] = ["reference", "canonical", "identifier"];
/// Each of the details has a copy of what the whole response has in context, so both lists are bounded.
const MAX_DETAILS: usize = 64;
const MAX_CONTEXTS: usize = 256;
const MALFORMED: &str = "launch_context_malformed";

//! Launch context in a token response (SMART App Launch 2.2, "Scopes for requesting context data", "Launch context
//! arrives with your access_token").

use super::json::{Json, Value};
use super::url::Url;
use super::warning::Warnings;
use crate::error::{Code, Error, Result};
use alloc::vec::Vec;

/// Names of the members of the launch context, as JavaScript sees them.
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

/// Reads the launch context of a token response into `tokens`, and its `authorization_details` of type `smart_on_fhir`
/// (RFC 9396; SMART App Launch 2.2, "Authorization details") as `authorizationDetails`: an array of objects with
/// `locations`, `fhirVersions`, `scope`, `patient`, `encounter` and `fhirContext`. Context that an item does not state is that
/// of the whole response; it is not copied into the items.
///
/// # Errors
/// [`Code::LaunchContextInvalid`] for an id that cannot be used in a URL: ids end up in URLs and are shown to
/// clinicians. Any other violation is a warning, or an error under `strict`; members of the wrong type are left out, except
/// `need_patient_banner` and `fhirContext`, which is then an empty list.
pub fn read(response: &Json, tokens: &mut Json, warnings: &mut Warnings) -> Result<()> {
    read_context(response, tokens, warnings)?;
    let stated = response.at("authorization_details");
    let mut details = Vec::new();
    for item in stated.list().iter().filter(|item| item.text("type") == "smart_on_fhir") {
        if details.len() == MAX_DETAILS {
            warnings.note(MALFORMED)?;
            break;
        }
        let mut detail = Json::object();
        detail.copy(item, &["scope"]);
        if detail.drop_mistyped_texts(&["scope"]) {
            warnings.note(MALFORMED)?;
        }
        for name in ["locations", "fhirVersions"] {
            detail.set(name, warnings.texts(item.at(name), MALFORMED)?);
        }
        let mut item_context = Json::object();
        read_context(item, &mut item_context, warnings)?;
        detail.copy(&item_context, CONTEXT_NAMES);
        details.push(detail);
    }
    if !details.is_empty() {
        tokens.set("authorizationDetails", details.into());
    } else if !stated.is_null() && !matches!(stated.value(), Some(Value::List(_))) {
        warnings.note(MALFORMED)?;
    }
    Ok(())
}

fn read_context(response: &Json, tokens: &mut Json, warnings: &mut Warnings) -> Result<()> {
    for name in &IDS {
        let id = response.at(name);
        if !id.is_null() && !is_id(id.str()) {
            if !is_segment(id.str()) {
                return Err(Error::named(Code::LaunchContextInvalid, name, "is not the id of a resource"));
            }
            warnings.note(ODD_ID).map_err(|error| error.with_code(Code::LaunchContextInvalid))?;
        }
        tokens.set(name, id.clone());
    }
    for (name, ours) in &TEXTS {
        let text = response.at(name);
        // The access token is not sent to this URL, so a loopback address is accepted in any case.
        let is_url = || Url::parse(text.str()).is_ok_and(|url| url.is_permitted(true));
        let is_usable = !text.str().is_empty() && (*name != "smart_style_url" || is_url());
        if is_usable {
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
        // In doubt the banner is shown.
        tokens.set("needPatientBanner", Json::from(banner.str() != "false"));
    }
    let context = response.at("fhirContext");
    let mut items = Vec::new();
    for item in context.list().iter().take(MAX_ITEMS) {
        let item = fhir_context_item(item, warnings)?;
        if !item.is_null() {
            items.push(item);
        }
    }
    if context.list().len() > MAX_ITEMS {
        warnings.note(MALFORMED)?;
    }
    if !context.is_null() {
        if !matches!(context.value(), Some(Value::List(_))) {
            warnings.note(MALFORMED)?;
        }
        tokens.set("fhirContext", items.into());
    }
    Ok(())
}

/// An item of `fhirContext` as an object with a `role`. In SMART App Launch 2.0 and 2.1 items were plain references,
/// and an absent `role` means `launch`. `null` for an item that names no resource or whose role is not a string.
fn fhir_context_item(item: &Json, warnings: &mut Warnings) -> Result<Json> {
    let mut object = item.clone();
    if !item.str().is_empty() {
        object = Json::object();
        object.set("reference", item.clone());
    }
    let mut identifier = object.at("identifier").clone();
    let is_object = matches!(identifier.value(), None | Some(Value::Object(_)));
    let mut is_malformed = identifier.drop_mistyped_texts(&["system", "value"]) || !is_object;
    object.set("identifier", if is_object { identifier } else { Json::NULL });
    is_malformed |= object.drop_mistyped_texts(&["reference", "canonical", "type"]);
    let role = object.at("role");
    let is_unreadable = !matches!(role.value(), None | Some(Value::Text(_)));
    if is_unreadable || TARGETS.iter().all(|name| object.at(name).is_null()) {
        object = Json::NULL;
        is_malformed = true;
    } else if role.str().is_empty() {
        object.set_text("role", "launch");
    }
    if is_malformed {
        warnings.note(MALFORMED)?;
    }
    Ok(object)
}

/// Whether a text is the id of a FHIR resource (FHIR R4, "id").
#[must_use]
pub fn is_id(id: &str) -> bool {
    let is_permitted = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    (1..=64).contains(&id.len()) && id.bytes().all(is_permitted) && id.bytes().any(|byte| byte != b'.')
}

/// Whether a malformed id can still be used, because ids are opaque: it has other characters or is longer, but is one
/// segment of a path and one value in a query (FHIR R4, "Escaping Search Parameters").
#[must_use]
pub fn is_segment(id: &str) -> bool {
    let is_permitted = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:@!*'()+=".contains(&byte);
    (1..=MAX_ID).contains(&id.len()) && id.bytes().all(is_permitted) && id.bytes().any(|byte| byte != b'.')
}

const CONTEXT_NAMES: &[&str] = &["patient", "encounter", "fhirContext"];
const IDS: [&str; 2] = ["patient", "encounter"];
const TEXTS: [(&str, &str); 3] = [("intent", "intent"), ("tenant", "tenant"), ("smart_style_url", "smartStyleUrl")];
const TARGETS: [&str; 3] = ["reference", "canonical", "identifier"];
const MALFORMED: &str = "launch_context_malformed";
/// Warning about an id that FHIR does not permit.
pub const ODD_ID: &str = "resource_id_malformed";
/// Longest id in bytes.
const MAX_ID: usize = 512;
/// Maximum number of items of `authorization_details` that are read; the rest is ignored with a warning.
const MAX_DETAILS: usize = 64;
const MAX_ITEMS: usize = 256;

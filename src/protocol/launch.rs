//! Launch URLs of an EHR launch (SMART App Launch 2.2, "Launch App: EHR Launch") and where to go afterwards.

use super::form;
use super::json::Json;
use super::split::{cut, pieces};
use super::url::{Flaw, Url, dots};
use crate::error::{Code, Error, Result};

/// Reads `{iss, launch}` from a launch URL; `null` where one of them is missing, so that this is no launch.
///
/// Anybody can make such a URL: `iss` is to be compared with what is configured.
///
/// # Errors
/// [`Code::CallbackDuplicateParam`]; [`Code::LaunchInvalid`]; [`Code::EndpointScheme`] and [`Code::IssuerNotAllowed`] for
/// an `iss` that is no https URL.
pub fn parse(url: &str) -> Result<Json> {
    let mut launch = Json::object();
    for name in &NAMES {
        let (value, count) = form::find(query(url), name);
        if count > 1 {
            return Err(Code::CallbackDuplicateParam.into());
        }
        if count == 0 {
            return Ok(Json::NULL);
        }
        let value = form::decode(value).map_err(|_| Code::LaunchInvalid)?;
        launch.set_text(name, &value);
    }
    check_iss(launch.text("iss"))?;
    check_handle(launch.text("launch"))?;
    Ok(launch)
}

/// Checks that an `iss` is a URL that might be configured.
///
/// # Errors
/// [`Code::EndpointScheme`]; [`Code::IssuerNotAllowed`] for one that readers disagree about.
pub fn check_iss(iss: &str) -> Result<()> {
    match Url::parse(iss) {
        Ok(iss) if iss.is_permitted(true) => Ok(()),
        Err(Flaw::Malformed) => Err(Code::IssuerNotAllowed.into()),
        _ => Err(Code::EndpointScheme.into()),
    }
}

/// Checks a launch handle: printable ASCII, up to 8,192 characters.
///
/// # Errors
/// [`Code::LaunchInvalid`].
pub fn check_handle(launch: &str) -> Result<()> {
    let printable = launch.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if launch.is_empty() || launch.len() > MAX_TEXT || !printable {
        Err(Error::new(Code::LaunchInvalid))
    } else {
        Ok(())
    }
}

/// Whether a launch's `iss` is the FHIR base `base`: same origin and path in normal form, give or take a final slash.
/// Dot segments are refused rather than resolved: no EHR writes them.
#[must_use]
pub fn is_base(iss: &str, base: &Url) -> bool {
    !pieces(iss, b'/').any(|segment| dots(segment) > 0)
        && Url::parse(iss).is_ok_and(|iss| without_final_slash(iss.as_str()) == without_final_slash(base.as_str()))
}

/// A path in this app, or `/` for anything a browser might take for another place (RFC 9700 §4.11.1).
#[must_use]
pub fn local_path(path: &str) -> &str {
    let plain = path.bytes().all(|byte| byte >= b' ' && byte != b'\\' && byte != 0x7f);
    if path.starts_with('/') && !path.starts_with("//") && path.len() <= MAX_TEXT && plain { path } else { "/" }
}

/// The query of a URL as it was written.
#[must_use]
pub fn query(url: &str) -> &str {
    cut(cut(url, b'#').0, b'?').1.unwrap_or_default()
}

/// A FHIR base without the slash at its end, which makes no other server.
#[must_use]
pub fn without_final_slash(url: &str) -> &str {
    url.strip_suffix('/').unwrap_or(url)
}

const NAMES: [&str; 2] = ["iss", "launch"];
const MAX_TEXT: usize = 8_192;

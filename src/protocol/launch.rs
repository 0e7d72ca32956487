//! Launch URLs of an EHR launch (SMART App Launch 2.2, "Launch App: EHR Launch"), and the path to return to after
//! sign-in.

use super::form;
use super::json::Json;
use super::split::{cut, pieces};
use super::url::{Flaw, Url, dots};
use crate::error::{Code, Error, Result};
use alloc::string::String;

/// The parameters of an EHR launch.
#[derive(Debug)]
pub struct Launch(Json);

impl Launch {
    /// Reads `iss` and `launch` from the query of a launch URL, or from the query of a hash router's path in its
    /// fragment; `None` if one of them is missing.
    ///
    /// Anyone can make such a URL: compare `iss` with the configured servers.
    ///
    /// # Errors
    /// [`Code::CallbackDuplicateParam`]; [`Code::LaunchInvalid`]; [`Code::EndpointScheme`] and
    /// [`Code::IssuerNotAllowed`] for an `iss` that is not an https or loopback URL.
    pub fn parse(url: &str) -> Result<Option<Self>> {
        let mut fields = query(url);
        if !is_launch(fields) {
            fields = fields_after_route(fragment(url)).unwrap_or_default();
        }
        if !is_launch(fields) {
            return Ok(None);
        }
        let mut launch = Json::object();
        for name in &LAUNCH {
            let (value, count) = form::find(fields, name);
            if count > 1 {
                return Err(Code::CallbackDuplicateParam.into());
            }
            let value = form::decode(value).map_err(|_| Code::LaunchInvalid)?;
            launch.set_text(name, &value);
        }
        check_iss(launch.text("iss"))?;
        check_handle(launch.text("launch"))?;
        Ok(Some(Self(launch)))
    }

    /// FHIR base URL of the EHR, as it is in the URL.
    #[must_use]
    pub fn iss(&self) -> &str {
        self.0.text("iss")
    }

    /// Launch handle: an opaque text that is sent back as the parameter `launch`.
    #[must_use]
    pub fn handle(&self) -> &str {
        self.0.text("launch")
    }

    /// The launch as JavaScript sees it: `{iss, launch}`.
    #[must_use]
    #[inline(always)]
    pub fn into_json(self) -> Json {
        self.0
    }
}

/// Checks that `iss` is a URL that could be a configured server.
///
/// # Errors
/// [`Code::EndpointScheme`]; [`Code::IssuerNotAllowed`] for a malformed URL, which other programs may read differently.
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
    let is_printable = launch.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if launch.is_empty() || launch.len() > MAX_TEXT || !is_printable {
        Err(Error::new(Code::LaunchInvalid))
    } else {
        Ok(())
    }
}

/// Whether a launch's `iss` is the FHIR base `base`: same origin and path in normal form, apart from a final slash. Dot
/// segments are refused instead of resolved: no EHR writes them.
#[must_use]
pub fn is_base(iss: &str, base: &Url) -> bool {
    !pieces(iss, b'/').any(|segment| dots(segment) > 0)
        && Url::parse(iss).is_ok_and(|iss| without_final_slash(iss.as_str()) == without_final_slash(base.as_str()))
}

/// A path in this app with its query and fragment, from such a path or from a whole URL of `origin`. `/` for a text that a
/// browser could read as another site (RFC 9700 §4.11.1). Parameters of a launch or of an authorization response are
/// removed, because the app would take them for a new launch or response.
#[must_use]
pub fn local_path(path_or_url: &str, origin: &str) -> String {
    let path = path_or_url.strip_prefix(origin).unwrap_or(path_or_url);
    let is_printable = path.bytes().all(|byte| byte >= b' ' && byte != b'\\' && byte != 0x7f);
    let mut local = String::from(cut(cut(path, b'#').0, b'?').0);
    // This also refuses `/.//evil.example`, which a router may resolve to a path with two slashes.
    let is_path = |path: &str| !path.starts_with("//");
    let is_in_app = is_path(path) && Url::parse(&["https://app", &local].concat()).is_ok_and(|url| is_path(url.path()));
    if !path.starts_with('/') || !is_in_app || path.len() > MAX_TEXT || !is_printable {
        return "/".into();
    }
    push_other_fields(&mut local, '?', query(path));
    let fragment = fragment(path);
    match cut(fragment, b'?') {
        (route, Some(fields)) if fields_after_route(fragment) == Some(fields) => {
            local.push('#');
            local.push_str(route);
            push_other_fields(&mut local, '?', fields);
        }
        _ => push_other_fields(&mut local, '#', fragment),
    }
    local
}

/// The query of a URL, undecoded.
#[must_use]
pub fn query(url: &str) -> &str {
    cut(cut(url, b'#').0, b'?').1.unwrap_or_default()
}

/// The fragment of a URL, undecoded.
#[must_use]
pub fn fragment(url: &str) -> &str {
    cut(url, b'#').1.unwrap_or_default()
}

/// The parameters after the path of a hash router, as in `#/callback?code=…` or `#/code=…`; `None` if a fragment has no such
/// path.
#[must_use]
pub fn fields_after_route(fragment: &str) -> Option<&str> {
    let (path, fields) = cut(fragment, b'?');
    if path.bytes().all(|byte| byte != b'=' && byte != b'&') {
        return fields;
    }
    let fields = fragment.trim_start_matches(['/', '!']);
    (fields.len() < fragment.len()).then_some(fields)
}

/// Appends parameters after `mark`, without those of a launch or of an authorization response.
fn push_other_fields(local: &mut String, mut mark: char, fields: &str) {
    let has = |name| form::find(fields, name).1 > 0;
    let (has_launch, has_response) = (is_launch(fields), has("state") && (has("code") || has("error")));
    for pair in pieces(fields, b'&') {
        let name = form::decode(cut(pair, b'=').0).unwrap_or_default();
        let is_in = |names: &[&str]| names.contains(&name.as_str());
        if !(pair.is_empty() || has_launch && is_in(&LAUNCH) || has_response && is_in(&RESPONSE)) {
            local.push(mark);
            local.push_str(pair);
            mark = '&';
        }
    }
}

fn is_launch(fields: &str) -> bool {
    LAUNCH.iter().all(|name| form::find(fields, name).1 > 0)
}

/// A URL without its final slash: a FHIR base with and without it is the same server.
#[must_use]
pub fn without_final_slash(url: &str) -> &str {
    url.strip_suffix('/').unwrap_or(url)
}

const LAUNCH: [&str; 2] = ["iss", "launch"];
const RESPONSE: [&str; 7] = ["code", "state", "iss", "session_state", "error", "error_description", "error_uri"];
const MAX_TEXT: usize = 8_192;

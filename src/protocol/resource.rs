//! The URLs that the access token may be sent to (SMART App Launch 2.2, "Access FHIR API").

use super::client::Client;
use super::session::Session;
use super::split::cut;
use super::url::Url;
use crate::error::{Code, Result};

/// The URL of a session's request: under the FHIR base, or, for an absolute `input`, under a location that the server
/// granted to the access token (`authorization_details`).
///
/// # Errors
/// As [`under`].
pub fn of_session(client: Client<'_>, session: &Session, input: &str) -> Result<Url> {
    let result = under(&client.base()?, input);
    if result.is_err() && Url::parse(input).is_ok() {
        let details = session.json().at("authorizationDetails").list();
        for location in details.iter().flat_map(|detail| detail.at("locations").list()) {
            let base = Url::parse(location.str()).ok().filter(|base| base.is_permitted(client.loopback()));
            if let Some(Ok(url)) = base.map(|base| under(&base, input)) {
                return Ok(url);
            }
        }
    }
    result
}

/// The URL of a request: `input` resolved against the FHIR base, which it must not leave.
///
/// # Errors
/// [`Code::OriginNotAllowed`] for another origin, for a path outside the base, and for a path that a server may read
/// differently: encoded slashes or dots, `..;`, quotes, spaces, and characters beyond ASCII, which no FHIR path has.
pub fn under(base: &Url, input: &str) -> Result<Url> {
    let path = cut(cut(input, b'#').0, b'?').0;
    if !path.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'`')) {
        return Err(Code::OriginNotAllowed.into());
    }
    let url = base.join(input).map_err(|_| Code::OriginNotAllowed)?;
    let root = base.without_query();
    let root = root.strip_suffix('/').unwrap_or(root);
    let is_inside = url.without_query().strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let is_ambiguous =
        |bytes: &[u8]| [b"%2f", b"%5c", b"%2e", b"..;"].iter().any(|text| bytes.eq_ignore_ascii_case(*text));
    if !is_inside || url.path().as_bytes().windows(3).any(is_ambiguous) {
        return Err(Code::OriginNotAllowed.into());
    }
    Ok(url)
}

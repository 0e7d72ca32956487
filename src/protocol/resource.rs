//! Which URLs the access token may go to (SMART App Launch 2.2, "Access FHIR API").

use super::url::Url;
use crate::error::{Code, Result};

/// The URL a request goes to: `input` resolved against the FHIR base, which it must not leave.
///
/// # Errors
/// [`Code::OriginNotAllowed`] for another origin, a path outside the base, and an encoded slash, behind which a server
/// may see another path than we do.
pub fn under(base: &Url, input: &str) -> Result<Url> {
    let url = base.join(input).map_err(|_| Code::OriginNotAllowed)?;
    let root = base.without_query();
    let root = root.strip_suffix('/').unwrap_or(root);
    let inside = url.without_query().strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let encoded_slash = |bytes: &[u8]| bytes.eq_ignore_ascii_case(b"%2f") || bytes.eq_ignore_ascii_case(b"%5c");
    if !inside || url.path().as_bytes().windows(3).any(encoded_slash) {
        return Err(Code::OriginNotAllowed.into());
    }
    Ok(url)
}

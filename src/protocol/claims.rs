//! The claims of a token or of a UserInfo response (OpenID Connect Core §2, §5.1).

use super::json::Json;

/// Claims about a user.
///
/// [`id_token`](super::id_token) and [`userinfo`](super::userinfo) check them.
#[derive(Debug)]
pub struct Claims(Json);

impl Claims {
    /// Wraps claims that were read and are not checked yet.
    #[must_use]
    #[inline(always)]
    pub const fn new(claims: Json) -> Self {
        Self(claims)
    }

    /// The claims as JSON.
    #[must_use]
    #[inline(always)]
    pub const fn json(&self) -> &Json {
        &self.0
    }

    /// The claims as JavaScript gets them.
    #[must_use]
    #[inline(always)]
    pub fn into_json(self) -> Json {
        self.0
    }

    /// Whether they include the hash of an access token (`at_hash`, OpenID Connect Core §3.1.3.6).
    #[must_use]
    pub fn has_hash(&self) -> bool {
        !self.0.at("at_hash").is_null()
    }

    /// Removes `name` if it is empty or not text; `true` if it was not text.
    pub fn drop_mistyped_name(&mut self) -> bool {
        self.0.drop_mistyped_texts(&["name"])
    }

    /// Removes `fhirUser` if it is empty or not text.
    pub fn drop_mistyped_fhir_user(&mut self) {
        self.0.drop_mistyped_texts(&["fhirUser"]);
    }
}

//! A session, as it is stored and as JavaScript sees it.

use super::client::Settings;
use super::context;
use super::http::TOKENS;
use super::json::Json;
use super::record::{Record, SERVER, is_well_typed, versioned};
use super::revocation::TokenKind;
use super::scope;
use super::token::{MAX_MEMBERS, Tokens};
use super::warning::{Warnings, add, join};
use crate::error::{Code, Error, Result};
use alloc::string::String;

/// A signed-in session: one for each issuer, client and FHIR base. It is stored, and JavaScript makes a
/// `SmartSession` of it.
#[derive(Clone, Debug)]
pub struct Session(Json);

impl Session {
    /// Makes a session of a sign-in and its token response. `issued` is when that was asked for.
    ///
    /// # Errors
    /// [`Code::TokenResponseInvalid`] under `strict`, where context was granted and did not come.
    pub fn new(request: Record<'_>, tokens: &Tokens, issued: u64, strict: bool) -> Result<Self> {
        let (request, tokens) = (request.json(), tokens.json());
        let mut session = Json::object();
        session.copy(request, FROM_REQUEST);
        session.copy(request, SERVER);
        session.set("signedIn", issued.into());
        session.set("granted", request.at("asked").clone());
        let mut warnings = Warnings::new(strict, Code::TokenResponseInvalid);
        warnings.extend(request.at("warnings"));
        let mut session = Self(session);
        session.take(tokens, issued);
        warnings.extend(tokens.at("warnings"));
        let came =
            |scope| IDENTITY_SCOPES.iter().any(|(name, member)| *name == scope && !session.0.at(member).is_null());
        if !scope::denied(session.text("asked"), session.text("granted")).all(came) {
            // Granting less is the server's and the user's right.
            warnings.keep("scope_not_granted");
        }
        for (scope, name) in &CONTEXT_SCOPES {
            if scope::covers(session.text("granted"), scope) && session.0.at(name).is_null() {
                warnings.note("launch_context_missing")?;
            }
        }
        session.0.set("warnings", warnings.into_json());
        Ok(session)
    }

    /// The session after a refresh: a new refresh token replaces the old one, none keeps it (RFC 6749 §6); launch
    /// context may or may not be repeated.
    ///
    /// # Errors
    /// [`Code::LaunchContextInvalid`] for another patient or encounter: the screen shows the first one's data.
    pub fn renewed(&self, tokens: &Tokens, issued: u64) -> Result<Self> {
        let tokens = tokens.json();
        for name in &WHOSE {
            let id = tokens.at(name);
            if !id.is_null() && id != self.0.at(name) {
                return Err(Error::named(
                    Code::LaunchContextInvalid,
                    name,
                    "was changed by the server while refreshing",
                ));
            }
        }
        let mut session = self.clone();
        let mut members = tokens.at("tokenResponse").clone();
        for (name, value) in self.0.at("tokenResponse").members() {
            // Lifetime and scope of the old access token are not those of the new one.
            let is_kept = !["expires_in", "scope"].contains(&&**name) && members.at(name).is_null();
            // Each refresh may name others.
            if is_kept && members.members().len() < MAX_MEMBERS {
                members.set(name, value.clone());
            }
        }
        session.take(tokens, issued);
        session.0.set("generation", self.generation().saturating_add(1).into());
        session.0.set("rotated", self.rotated().into());
        session.0.set("instead", Json::NULL);
        session.0.set("tokenResponse", members);
        join(&mut session.0, tokens.at("warnings"));
        Ok(session)
    }

    fn take(&mut self, tokens: &Json, issued: u64) {
        self.0.set("issued", issued.into());
        self.0.copy(tokens, &TOKENS);
        if self.0.at("firstClaims").is_null() {
            self.0.set("firstClaims", tokens.at("claims").clone());
        }
        self.0.copy(tokens, &["granted", "tokenResponse", "claims", "fhirUser"]);
        self.0.set("expiresIn", tokens.at("expiresIn").clone());
        self.0.copy(tokens, context::NAMES);
        let end = tokens.at("expiresIn").number().map(|seconds| issued.saturating_add(seconds * 1_000));
        self.0.set("expiresAt", end.map_or(Json::NULL, Json::from));
    }

    /// The same with another refresh token; empty for none.
    #[must_use]
    pub fn with_refresh_token(&self, token: &str) -> Self {
        let mut session = self.clone();
        session.0.set("refresh_token", if token.is_empty() { Json::NULL } else { token.into() });
        let generation = self.generation().saturating_add(1);
        session.0.set("generation", generation.into());
        session.0.set("rotated", generation.into());
        session
    }

    /// The same with the tokens of another response alone, to revoke them.
    #[must_use]
    pub fn with_tokens(&self, tokens: &Tokens) -> Self {
        let mut session = self.clone();
        TOKENS.iter().for_each(|name| session.0.set(name, tokens.json().at(name).clone()));
        session
    }

    /// The same as new as the `latest` generation that is known of.
    #[must_use]
    pub fn at_least(mut self, latest: u64) -> Self {
        let rotated = self.rotated();
        self.0.set("generation", latest.max(self.generation()).into());
        self.0.set("rotated", rotated.into());
        self
    }

    /// The same, marked: its access token replaces one that the FHIR server refused.
    #[must_use]
    pub fn instead(mut self) -> Self {
        self.0.set("instead", true.into());
        self
    }

    /// Whether the access token replaced a refused one less than so many seconds ago. A further one would be refused as well.
    #[must_use]
    pub fn is_instead(&self, now: u64, seconds: u64) -> bool {
        let issued = self.0.at("issued").number().unwrap_or(0);
        self.0.at("instead").is_true() && now < issued.saturating_add(seconds.saturating_mul(1_000))
    }

    /// The same with the path in the app that the user returns to now; none where it is empty. It is not stored.
    #[must_use]
    pub fn returning(mut self, path: &str) -> Self {
        if !path.is_empty() {
            self.0.set_text("returnTo", path);
        }
        self
    }

    /// The same with a warning.
    #[must_use]
    pub fn with_warning(&self, warning: &str) -> Self {
        let mut session = self.clone();
        add(&mut session.0, warning);
        session
    }

    /// The members that the record of the sign-in had too.
    #[must_use]
    #[inline(always)]
    pub const fn record(&self) -> Record<'_> {
        Record::new(&self.0)
    }

    #[inline(always)]
    fn text(&self, name: &str) -> &str {
        self.0.text(name)
    }

    /// Access token.
    #[must_use]
    #[inline(always)]
    pub fn access_token(&self) -> &str {
        self.text("access_token")
    }

    /// Refresh token; empty where there is none. Whether there is one does not depend on the scope.
    #[must_use]
    #[inline(always)]
    pub fn refresh_token(&self) -> &str {
        self.text("refresh_token")
    }

    /// ID token as it was returned; empty where there is none.
    #[must_use]
    #[inline(always)]
    pub fn id_token(&self) -> &str {
        self.text("id_token")
    }

    /// The access token or the refresh token.
    #[must_use]
    #[inline(always)]
    pub fn token(&self, kind: TokenKind) -> &str {
        self.text(kind.as_str())
    }

    /// Whether both show the same patient to the same user at the same server, as far as is known.
    #[must_use]
    pub fn is_about_same(&self, other: &Self) -> bool {
        let (one, other) = (&self.0, &other.0);
        let same = |name| one.at(name) == other.at(name);
        ["clientId", "fhirBaseUrl", "issuer", "patient", "fhirUser"].into_iter().all(same)
            && one.at("claims").at("sub") == other.at("claims").at("sub")
            && !(one.at("patient").is_null() && one.at("claims").is_null())
    }

    /// When the user signed in, in milliseconds since 1970.
    #[must_use]
    pub fn signed_in(&self) -> u64 {
        self.0.at("signedIn").number().unwrap_or(0)
    }

    /// The token family: the `state` of the sign-in that its tokens descend from. Copies of a session in other tabs have
    /// it in common, and no other session has it.
    #[must_use]
    pub fn family(&self) -> &str {
        self.text("state")
    }

    /// Grows with each use of the refresh token.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.0.at("generation").number().unwrap_or(0)
    }

    /// The generation in which the refresh token came.
    #[must_use]
    pub fn rotated(&self) -> u64 {
        self.0.at("rotated").number().unwrap_or_else(|| self.generation())
    }

    /// Whether this is `other` after more refreshes.
    #[must_use]
    pub fn is_newer(&self, other: &Self) -> bool {
        let age = |session: &Self| (session.generation(), session.0.at("issued").number());
        self.family() == other.family() && age(self) > age(other)
    }

    /// Whether this is `other` before or after a refresh.
    #[must_use]
    pub fn has_same_token(&self, other: &Self) -> bool {
        ["access_token", "issued"].iter().all(|name| self.0.at(name) == other.0.at(name))
    }

    /// Whether this is `other`, its refresh token included.
    #[must_use]
    pub fn has_same_tokens(&self, other: &Self) -> bool {
        self.has_same_token(other) && self.refresh_token() == other.refresh_token()
    }

    /// Whether the access token is good for `wanted` more seconds, where a server that stated no lifetime is taken to mean
    /// `assumed`. The margin is never more than a quarter of the lifetime, or short-lived tokens would be renewed for ever.
    #[must_use]
    pub fn is_fresh(&self, now: u64, wanted: u64, assumed: u64) -> bool {
        let stated = self.0.at("expiresIn").number();
        if stated.is_none() && self.refresh_token().is_empty() {
            // No lifetime and no refresh token: valid until the server refuses it.
            return true;
        }
        let lifetime = stated.unwrap_or(assumed);
        let issued = self.0.at("issued").number().unwrap_or(0);
        // Issued in the future: a clock was wrong, then or now, and nobody knows how old it is.
        (issued <= now.saturating_add(MAX_DRIFT) || self.refresh_token().is_empty())
            && now < issued.saturating_add(lifetime.saturating_sub(wanted.min(lifetime / 4)).saturating_mul(1_000))
    }

    /// Whether the access token is past its stated lifetime.
    #[must_use]
    pub fn is_expired(&self, now: u64) -> bool {
        self.0.at("expiresAt").number().is_some_and(|end| end <= now)
    }

    /// Whether the server stated a lifetime.
    #[must_use]
    pub fn has_end(&self) -> bool {
        !self.0.at("expiresAt").is_null()
    }

    /// Name of the channel of the pages that have sessions of this client at this server.
    #[must_use]
    pub fn channel(&self) -> String {
        self.record().channel()
    }

    /// Key this session is stored under.
    #[must_use]
    pub fn key(&self) -> String {
        self.record().session_key()
    }

    /// The session as JSON: it is stored in this form, and JavaScript makes a `SmartSession` of it.
    #[must_use]
    pub const fn json(&self) -> &Json {
        &self.0
    }

    /// The session as it is stored.
    #[must_use]
    pub fn to_record(&self) -> String {
        self.0.to_text()
    }

    /// Reads a record; `None` for a corrupt one, with members of other types above all, or one of another version.
    #[must_use]
    pub fn from_record(record: &str) -> Option<Self> {
        let mut record = versioned(record)?;
        // Another tab sends it with a session that it has just made.
        record.set("returnTo", Json::NULL);
        let whole = is_well_typed(&record, &REQUIRED)
            && record.at("issued").number().is_some()
            && !record.at("tokenResponse").is_null();
        whole.then_some(Self(record))
    }
}

/// Adds the ID token of `session` to the options of a silent sign-in, if the session has one and is of the same server
/// (OpenID Connect Core §3.1.2.1, `id_token_hint`).
///
/// # Errors
/// As [`Settings::client`].
pub fn hint(settings: Settings<'_>, session: &Session, options: &mut Json) -> Result<()> {
    let (record, session) = (session.record(), session.json());
    let mut params = options.at("authorizationParams").clone();
    let is_of = settings.client(options.text("iss"))?.session_prefix() == record.session_prefix();
    if is_of && !session.at("claims").is_null() && params.at("id_token_hint").is_null() {
        params.set("id_token_hint", session.at("id_token").clone());
        options.set("authorizationParams", params);
    }
    Ok(())
}

const REQUIRED: [&str; 5] = ["clientId", "fhirBaseUrl", "tokenEndpoint", "access_token", "state"];
/// Milliseconds that the clocks of two pages may be apart.
const MAX_DRIFT: u64 = 60_000;

const WHOSE: [&str; 2] = ["patient", "encounter"];
const CONTEXT_SCOPES: [(&str, &str); 2] = [("launch/patient", "patient"), ("launch/encounter", "encounter")];
/// Members that show that scopes were granted: a server may name only what the access token is good for (RFC 6749 §5.1).
const IDENTITY_SCOPES: [(&str, &str); 2] = [("openid", "claims"), ("fhirUser", "fhirUser")];

const FROM_REQUEST: &[&str] = &["v", "clientId", "fhirBaseUrl", "asked", "state", "nonce", "appState"];

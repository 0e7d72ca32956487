//! A session, as it is stored and as JavaScript sees it.
//!
//! This file is longer than others because it has many one-line getters.

use super::context;
use super::http::TOKENS;
use super::json::Json;
use super::record::{Record, SERVER, is_well_typed, versioned};
use super::revocation::TokenKind;
use super::scope;
use super::settings::Settings;
use super::token::{MAX_MEMBERS, Tokens};
use super::warning::{Warnings, add, join};
use crate::error::{Code, Error, Result};
use alloc::string::String;

/// A signed-in session: one for each issuer, client, FHIR base and sign-in. It is stored, and JavaScript makes a
/// `SmartSession` of it.
#[derive(Clone, Debug)]
pub struct Session(Json);

impl Session {
    /// Makes a session of a sign-in and its token response. `issued` is the time of the token request in milliseconds
    /// since 1970.
    ///
    /// # Errors
    /// [`Code::TokenResponseInvalid`] under `strict` if launch context was granted and is missing.
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
        session.set_tokens(tokens, issued);
        warnings.extend(tokens.at("warnings"));
        let has_member =
            |scope| IDENTITY_SCOPES.iter().any(|(name, member)| *name == scope && !session.0.at(member).is_null());
        if !scope::denied(session.text("asked"), session.text("granted")).all(has_member) {
            // A warning even under `strict`: the server and the user may grant less than was requested.
            warnings.add_even_if_strict("scope_not_granted");
        }
        for (scope, name) in &CONTEXT_SCOPES {
            if scope::covers(session.text("granted"), scope) && session.0.at(name).is_null() {
                warnings.note("launch_context_missing")?;
            }
        }
        session.0.set("warnings", warnings.into_json());
        Ok(session)
    }

    /// The session after a refresh: a new refresh token replaces the old one, which is kept if the response has none
    /// (RFC 6749 §6); launch context need not be repeated.
    ///
    /// # Errors
    /// [`Code::LaunchContextInvalid`] for another patient or encounter, since the app shows data of the first one.
    pub fn renewed(&self, tokens: &Tokens, issued: u64) -> Result<Self> {
        let tokens = tokens.json();
        for name in &CONTEXT_IDS {
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
            // `expires_in` and `scope` are those of the old access token. The granted scopes stay in `granted`.
            let is_kept = !["expires_in", "scope"].contains(&&**name) && members.at(name).is_null();
            // Each refresh may add further members.
            if is_kept && members.members().len() < MAX_MEMBERS {
                members.set(name, value.clone());
            }
        }
        session.set_tokens(tokens, issued);
        session.0.set("generation", self.generation().saturating_add(1).into());
        // If the refresh token is new, `with_refresh_token` was called before and has set this.
        session.0.set("rotated", self.rotated().into());
        session.0.set("instead", Json::NULL);
        session.0.set("tokenResponse", members);
        join(&mut session.0, tokens.at("warnings"));
        Ok(session)
    }

    fn set_tokens(&mut self, tokens: &Json, issued: u64) {
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

    /// The session with another refresh token; empty for none.
    #[must_use]
    pub fn with_refresh_token(&self, token: &str) -> Self {
        let mut session = self.clone();
        session.0.set("refresh_token", if token.is_empty() { Json::NULL } else { token.into() });
        let generation = self.generation().saturating_add(1);
        session.0.set("generation", generation.into());
        session.0.set("rotated", generation.into());
        session
    }

    /// The session with only the tokens of another response, in order to revoke them.
    #[must_use]
    pub fn with_tokens(&self, tokens: &Tokens) -> Self {
        let mut session = self.clone();
        TOKENS.iter().for_each(|name| session.0.set(name, tokens.json().at(name).clone()));
        session
    }

    /// The session with at least the generation `latest`.
    #[must_use]
    pub fn at_least(mut self, latest: u64) -> Self {
        let rotated = self.rotated();
        self.0.set("generation", latest.max(self.generation()).into());
        self.0.set("rotated", rotated.into());
        self
    }

    /// Marks the session: its access token replaces one that the FHIR server refused.
    #[must_use]
    pub fn as_replacement(mut self) -> Self {
        self.0.set("instead", true.into());
        self
    }

    /// Whether the access token replaced a refused one less than this number of seconds ago. The FHIR server would refuse
    /// another new one as well.
    #[must_use]
    pub fn is_recent_replacement(&self, now: u64, seconds: u64) -> bool {
        self.0.at("instead").is_true() && now < self.issued().saturating_add(seconds.saturating_mul(1_000))
    }

    /// When its tokens were requested, in milliseconds since 1970.
    fn issued(&self) -> u64 {
        self.0.at("issued").number().unwrap_or(0)
    }

    /// The session with the path in the app to return to now; unchanged if the path is empty. The path is not stored.
    #[must_use]
    pub fn with_return_to(mut self, path: &str) -> Self {
        if !path.is_empty() {
            self.0.set_text("returnTo", path);
        }
        self
    }

    /// The session with a further warning.
    #[must_use]
    pub fn with_warning(&self, warning: &str) -> Self {
        let mut session = self.clone();
        add(&mut session.0, warning);
        session
    }

    /// The members that the session and the record of a pending sign-in have in common.
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

    /// Refresh token; empty if there is none. A server may return one without `offline_access` or `online_access`,
    /// or none with it.
    #[must_use]
    #[inline(always)]
    pub fn refresh_token(&self) -> &str {
        self.text("refresh_token")
    }

    /// ID token as it was returned; empty if there is none.
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

    /// Whether both are of the same user, patient, client and server, as far as that is known; `false` if neither user nor
    /// patient is known.
    #[must_use]
    pub fn is_about_same(&self, other: &Self) -> bool {
        let (this, other) = (&self.0, &other.0);
        let same = |name| this.at(name) == other.at(name);
        ["clientId", "fhirBaseUrl", "issuer", "patient", "fhirUser"].into_iter().all(same)
            && this.at("claims").at("sub") == other.at("claims").at("sub")
            && !(this.at("patient").is_null() && this.at("claims").is_null())
    }

    /// When the user signed in, in milliseconds since 1970.
    #[must_use]
    pub fn signed_in(&self) -> u64 {
        self.0.at("signedIn").number().unwrap_or(0)
    }

    /// The token family: the `state` of the sign-in. Copies of a session in other tabs have the same, and no other
    /// session has it.
    #[must_use]
    pub fn family(&self) -> &str {
        self.text("state")
    }

    /// A counter that grows with each refresh: the copy with the highest number is the newest.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.0.at("generation").number().unwrap_or(0)
    }

    /// The generation in which the refresh token was issued.
    #[must_use]
    pub fn rotated(&self) -> u64 {
        self.0.at("rotated").number().unwrap_or_else(|| self.generation())
    }

    /// Whether this is the session `other` after further refreshes.
    #[must_use]
    pub fn is_newer(&self, other: &Self) -> bool {
        let recency = |session: &Self| (session.generation(), session.0.at("issued").number());
        self.family() == other.family() && recency(self) > recency(other)
    }

    /// Whether both have the same access token, from the same request.
    #[must_use]
    pub fn has_same_token(&self, other: &Self) -> bool {
        ["access_token", "issued"].iter().all(|name| self.0.at(name) == other.0.at(name))
    }

    /// Whether both have the same access token and the same refresh token.
    #[must_use]
    pub fn has_same_tokens(&self, other: &Self) -> bool {
        self.has_same_token(other) && self.refresh_token() == other.refresh_token()
    }

    /// Whether the access token is valid for `needed` more seconds, or for a quarter of its lifetime if that is shorter:
    /// otherwise short-lived tokens would be refreshed again and again. If the server stated no lifetime, it is `assumed`
    /// seconds.
    #[must_use]
    pub fn is_fresh(&self, now: u64, needed: u64, assumed: u64) -> bool {
        // Issued in the future: the clock was or is wrong, so the age is not known.
        (self.issued() <= now.saturating_add(MAX_DRIFT) || self.refresh_token().is_empty())
            && self.fresh_until(needed, assumed).is_none_or(|end| now < end)
    }

    /// The time at which [`Session::is_fresh`] ends, in milliseconds since 1970; `None` for a token without a lifetime and
    /// without a refresh token, which is valid until the server refuses it.
    #[must_use]
    pub fn fresh_until(&self, needed: u64, assumed: u64) -> Option<u64> {
        let stated = self.0.at("expiresIn").number();
        if stated.is_none() && self.refresh_token().is_empty() {
            return None;
        }
        let lifetime = stated.unwrap_or(assumed);
        let seconds = lifetime.saturating_sub(needed.min(lifetime / 4));
        Some(self.issued().saturating_add(seconds.saturating_mul(1_000)))
    }

    /// Whether the access token has expired, by the lifetime that the server stated.
    #[must_use]
    pub fn is_expired(&self, now: u64) -> bool {
        self.0.at("expiresAt").number().is_some_and(|end| end <= now)
    }

    /// Whether the server stated a lifetime for the access token.
    #[must_use]
    pub fn has_lifetime(&self) -> bool {
        !self.0.at("expiresAt").is_null()
    }

    /// Name of the `BroadcastChannel` for the sessions of this client at this server.
    #[must_use]
    pub fn channel(&self) -> String {
        self.record().channel()
    }

    /// Storage key of this session.
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

    /// Reads a record; `None` for one of another version, or one that is incomplete or has a member of the wrong type.
    #[must_use]
    pub fn from_record(record: &str) -> Option<Self> {
        let mut record = versioned(record)?;
        // Another tab may send `returnTo` with a session that it has just created.
        record.set("returnTo", Json::NULL);
        let is_complete = is_well_typed(&record, &REQUIRED)
            && record.at("issued").number().is_some()
            && !record.at("tokenResponse").is_null();
        is_complete.then_some(Self(record))
    }
}

/// Adds the ID token of `session` to the options of a silent sign-in, if the session has a verified one and is of the same
/// server (OpenID Connect Core §3.1.2.1, `id_token_hint`).
///
/// # Errors
/// As [`Settings::client`].
pub fn add_id_token_hint(settings: Settings<'_>, session: &Session, options: &mut Json) -> Result<()> {
    let (record, session) = (session.record(), session.json());
    let mut params = options.at("authorizationParams").clone();
    let is_same_server = settings.client(options.text("iss"))?.session_prefix() == record.session_prefix();
    if is_same_server && !session.at("claims").is_null() && params.at("id_token_hint").is_null() {
        params.set("id_token_hint", session.at("id_token").clone());
        options.set("authorizationParams", params);
    }
    Ok(())
}

const REQUIRED: [&str; 5] = ["clientId", "fhirBaseUrl", "tokenEndpoint", "access_token", "state"];
/// Milliseconds by which the clocks of two pages may differ.
const MAX_DRIFT: u64 = 60_000;

const CONTEXT_IDS: [&str; 2] = ["patient", "encounter"];
const CONTEXT_SCOPES: [(&str, &str); 2] = [("launch/patient", "patient"), ("launch/encounter", "encounter")];
/// Members that show that a scope was granted: `scope` of the response may list only the scopes of the access token
/// (RFC 6749 §5.1).
const IDENTITY_SCOPES: [(&str, &str); 2] = [("openid", "claims"), ("fhirUser", "fhirUser")];

const FROM_REQUEST: &[&str] = &["v", "clientId", "fhirBaseUrl", "asked", "state", "nonce", "appState", "dpop"];

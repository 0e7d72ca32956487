//! Stored records: the members that pending sign-ins and sessions have in common, and the keys of sessions.

use super::digits::digits;
use super::endpoint::Endpoint;
use super::form;
use super::json::{Json, Value};
use super::launch::without_final_slash;
use super::split::pieces;
use super::url::Url;
use alloc::string::String;

/// A stored pending sign-in or session: the members that both have.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a>(&'a Json);

impl<'a> Record<'a> {
    /// Wraps a record.
    #[must_use]
    #[inline(always)]
    pub const fn new(json: &'a Json) -> Self {
        Self(json)
    }

    /// The record as it is stored.
    #[must_use]
    #[inline(always)]
    pub const fn json(self) -> &'a Json {
        self.0
    }

    /// Client id.
    #[must_use]
    #[inline(always)]
    pub fn client_id(self) -> &'a str {
        self.0.text("clientId")
    }

    /// FHIR base URL as the settings had it.
    #[must_use]
    #[inline(always)]
    pub fn fhir_base(self) -> &'a str {
        self.0.text("fhirBaseUrl")
    }

    /// OpenID issuer; empty if the server states none.
    #[must_use]
    #[inline(always)]
    pub fn issuer(self) -> &'a str {
        self.0.text("issuer")
    }

    /// Whether there is an issuer.
    #[must_use]
    #[inline(always)]
    pub fn has_issuer(self) -> bool {
        !self.0.at("issuer").is_null()
    }

    /// The token family: the `state` of the sign-in.
    #[must_use]
    #[inline(always)]
    pub fn family(self) -> &'a str {
        self.0.text("state")
    }

    /// URL of an endpoint; empty if it was not known at sign-in.
    #[must_use]
    #[inline(always)]
    pub fn endpoint(self, endpoint: Endpoint) -> &'a str {
        self.0.text(endpoint.0)
    }

    /// Whether the record says if the issuer was verified: the page had several servers at sign-in, or the authorization request
    /// was signed and the issuer has another origin than the authorization endpoint.
    #[must_use]
    #[inline(always)]
    pub fn is_among_several(self) -> bool {
        !self.0.at("proven").is_null()
    }

    /// Whether the tokens are bound to the key of the token family (DPoP).
    #[must_use]
    #[inline(always)]
    pub fn is_bound(self) -> bool {
        self.0.at("dpop").is_true()
    }

    /// Whether an ID token was verified for this session.
    #[must_use]
    #[inline(always)]
    pub fn has_identity(self) -> bool {
        !self.0.at("claims").is_null()
    }

    /// The methods of client authentication that the server supports; empty if it does not state them.
    #[must_use]
    pub fn client_authentication_methods(self) -> &'a Json {
        self.0.at("authMethods")
    }

    /// The algorithms of client assertions that the server supports; empty if it does not state them.
    #[must_use]
    pub fn client_authentication_algorithms(self) -> &'a Json {
        self.0.at("authAlgorithms")
    }

    /// Beginning of the storage keys of this client's sessions at this server: see [`session_prefix`].
    #[must_use]
    pub fn session_prefix(self) -> String {
        session_prefix(self.client_id(), self.fhir_base())
    }

    /// Name of the `BroadcastChannel` for the sessions of this client at this server.
    #[must_use]
    pub fn channel(self) -> String {
        let mut key = self.session_prefix();
        form::percent_encode(self.issuer(), &mut key);
        key
    }

    /// Storage key of the session: the channel's name, the version of records and the token family. Sessions of several
    /// launches have different keys, and a version of this library never overwrites a record of a newer one.
    #[must_use]
    pub fn session_key(self) -> String {
        [&self.channel(), OWN_VERSION, self.family()].concat()
    }
}

/// Beginning of the storage keys of a client's sessions at a server. The issuer and the token family follow. All
/// spellings of a FHIR base that mean the same URL give the same text.
#[must_use]
pub fn session_prefix(client_id: &str, fhir_base: &str) -> String {
    let normal = Url::parse(fhir_base);
    let base = normal.as_ref().map_or(fhir_base, Url::as_str);
    let mut key = String::from(SESSIONS);
    for text in [client_id, without_final_slash(base)] {
        form::percent_encode(text, &mut key);
        key.push(':');
    }
    key
}

/// Whether a record has the `required` texts, and every member that it has is of the right type.
#[must_use]
pub fn is_well_typed(record: &Json, required: &[&str]) -> bool {
    let all_are = |names: &[&str], is: fn(&Json) -> bool| {
        names.iter().all(|name| record.at(name).is_null() || is(record.at(name)))
    };
    required.iter().all(|name| !record.text(name).is_empty())
        && all_are(TEXTS, |value| matches!(value.value(), Some(Value::Text(_))))
        && all_are(NUMBERS, |value| value.number().is_some())
        && all_are(OBJECTS, |value| matches!(value.value(), Some(Value::Object(_))))
        && all_are(LISTS, |value| matches!(value.value(), Some(Value::List(_))))
        && all_are(&["needPatientBanner"], |value| matches!(value.value(), Some(Value::Bool(_))))
        && record.at("warnings").list().iter().all(|warning| !warning.str().is_empty())
}

/// The token family in the storage key of a session; empty for a key without a version, `None` for one of another
/// version.
#[must_use]
pub fn family_in(key: &str) -> Option<&str> {
    let family = pieces(key, b':').last()?;
    let before = key.strip_suffix(family)?;
    if before.ends_with(OWN_VERSION) {
        return Some(family);
    }
    let version = pieces(before.strip_suffix(':')?, b':').last()?;
    digits(version).is_none().then_some("")
}

/// Whether a record was written by a newer version of this library. Such a record is left unchanged.
#[must_use]
pub fn is_of_newer_version(record: &str) -> bool {
    Json::parse_own(record).is_ok_and(|record| record.at("v").number().is_some_and(|version| version > VERSION))
}

/// Whether a stored record was written by an older version, or more than `age` milliseconds before or after `now`. A
/// record of a newer version is never outdated.
#[must_use]
pub fn is_outdated(record: &str, now: u64, age: u64) -> bool {
    !is_of_newer_version(record) && versioned(record).is_none_or(|record| is_stale(&record, now, age))
}

/// Reads a stored record of this version.
#[must_use]
pub fn versioned(record: &str) -> Option<Json> {
    Json::parse_own(record).ok().filter(|record| record.at("v").number() == Some(VERSION))
}

/// Whether a record was created more than `age` milliseconds before or after `now`. After `now` means that the clock
/// was wrong.
#[must_use]
pub fn is_stale(record: &Json, now: u64, age: u64) -> bool {
    record.at("created").number().is_none_or(|created| created.abs_diff(now) > age)
}

/// Version of stored records. Older ones are removed, newer ones left unchanged.
pub const VERSION: u64 = 1;
/// The version as it is written in keys.
const OWN_VERSION: &str = ":1:";

const TEXTS: &[&str] = &[
    "issuer",
    "asked",
    "granted",
    "refresh_token",
    "id_token",
    "nonce",
    "returnTo",
    "responseMode",
    "patient",
    "encounter",
    "intent",
    "smartStyleUrl",
    "tenant",
    "fhirUser",
    "revocationEndpoint",
    "introspectionEndpoint",
    "endSessionEndpoint",
    "userinfoEndpoint",
    "jwksUri",
];
const NUMBERS: &[&str] = &["signedIn", "generation", "expiresIn", "expiresAt"];
const OBJECTS: &[&str] = &["tokenResponse", "claims", "firstClaims"];
const LISTS: &[&str] = &["fhirContext", "authorizationDetails", "warnings"];

/// Members of the server's metadata that a sign-in and its session store.
pub const SERVER: &[&str] = &[
    "issuer",
    "tokenEndpoint",
    "revocationEndpoint",
    "introspectionEndpoint",
    "endSessionEndpoint",
    "userinfoEndpoint",
    "jwksUri",
    "proven",
    "authMethods",
    "authAlgorithms",
    "warnings",
];
/// Prefix of the keys of all stored records.
pub const RECORDS: &str = "smart-launch:";
/// Prefix of the keys of sessions.
pub const SESSIONS: &str = "smart-launch:session:";

//! The app's settings: which servers it may sign in to, and how (the options of `createSmartClient`).

use super::hash::hash;
use super::json::Json;
use super::launch::{check_iss, is_base, without_final_slash};
use super::record::{Record, session_prefix};
use super::setting::{Kind, METHODS, RESPONSE_MODES, check, missing, permits_loopback, setting_url, wrong};
use super::url::Url;
use crate::error::{Code, Error, Result};
use alloc::string::String;
use alloc::vec::Vec;

/// The servers the app may sign in to: `{clients: [options of one server …], storage}` that has passed
/// [`Settings::read`]. The names of the members are those of the options.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a>(&'a Json);

/// This app at one server: options that have passed [`Settings::read`].
#[derive(Clone, Copy, Debug)]
pub struct Client<'a>(&'a Json);

impl<'a> Settings<'a> {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`Code::ConfigInvalid`] with the setting's name; [`Code::EndpointScheme`].
    pub fn read(settings: &'a Json) -> Result<Self> {
        let storage = settings.at("storage");
        if !storage.is_null() && !["session", "memory", "local"].contains(&storage.str()) {
            return Err(wrong("storage"));
        }
        let settings = Self(settings);
        let mut bases = Vec::new();
        for client in settings.clients() {
            check(client.0, SETTINGS, client.loopback())?;
            let base = client.base()?;
            // No launch by a base with a dot segment is one by this server.
            if base.as_str() != base.without_query() || !is_base(client.fhir_base(), &base) {
                return Err(wrong("fhirBaseUrl"));
            }
            bases.push(base);
        }
        if bases.is_empty() || repeats(&bases) { Err(wrong("servers")) } else { Ok(settings) }
    }

    /// One for each server; at least one.
    pub fn clients(self) -> impl Iterator<Item = Client<'a>> {
        self.0.at("clients").list().iter().map(Client)
    }

    /// Where sessions are to be kept: `memory`, `session` or `local`.
    #[must_use]
    pub fn storage(self) -> &'a str {
        self.0.text("storage")
    }

    /// Whether sessions are stored in the page's memory.
    #[must_use]
    pub fn is_in_memory(self) -> bool {
        self.storage() == "memory"
    }

    /// Whether sessions are stored for all tabs.
    #[must_use]
    pub fn is_in_local_storage(self) -> bool {
        self.storage() == "local"
    }

    /// The client for a FHIR base; the only one where none is named.
    ///
    /// # Errors
    /// [`Code::IssuerNotAllowed`] for a base that is not configured, [`Code::EndpointScheme`] for one that is no https
    /// URL, [`Code::ConfigInvalid`] where one of several has to be named.
    pub fn client(self, iss: &str) -> Result<Client<'a>> {
        if iss.is_empty() {
            return if self.clients().count() == 1 { self.clients().next() } else { None }
                .ok_or_else(|| missing("iss"));
        }
        for client in self.clients() {
            if is_base(iss, &client.base()?) {
                return Ok(client);
            }
        }
        check_iss(iss)?;
        Err(Code::IssuerNotAllowed.into())
    }

    /// The client that a stored sign-in or session is of: of its server, and with the issuer that the settings now name.
    ///
    /// # Errors
    /// [`Code::StateUnknown`] where it is of none.
    pub fn client_of(self, record: Record<'_>) -> Result<Client<'a>> {
        let same =
            |client: &Client<'_>, base: &str| client.client_id() == record.client_id() && client.fhir_base() == base;
        let base = record.fhir_base();
        let found = self.clients().find(|client| same(client, base));
        // Written otherwise on the page that began it: with a slash at its end, most likely.
        let alike = |client: &Client<'_>| {
            same(client, client.fhir_base()) && client.base().is_ok_and(|own| is_base(base, &own))
        };
        let found = found.or_else(|| self.clients().find(alike));
        found.filter(|client| client.permits(record)).ok_or_else(|| Code::StateUnknown.into())
    }

    /// Checks that a page of `origin` may leave to sign in: the answer comes to the redirect URI, where only pages of the same
    /// origin have what waits for it. Empty where no page leaves.
    ///
    /// # Errors
    /// [`Code::ConfigInvalid`]; as [`setting_url`].
    pub fn check_origin(self, client: Client<'_>) -> Result<()> {
        let (origin, redirect) = (self.0.text("origin"), client.redirect()?);
        if origin.is_empty() || origin == redirect.origin() {
            return Ok(());
        }
        let says = [
            "this page is at ",
            origin,
            " and `redirectUri` at ",
            redirect.origin(),
            ": a sign-in has to end where it began",
        ];
        Err(Error::about(Code::ConfigInvalid, &says.concat()))
    }

    /// The servers of the other clients in the page.
    fn others(self) -> impl Iterator<Item = Client<'a>> {
        self.0.at("others").list().iter().map(Client)
    }

    /// The other servers than that of `client`: of these settings, and of the other clients in the page.
    fn elsewhere(self, client: Client<'_>) -> Result<impl Iterator<Item = Client<'a>>> {
        let base = client.base()?;
        Ok(self.clients().chain(self.others()).filter(move |other| !is_base(other.fhir_base(), &base)))
    }

    /// Whether a page at `place` is the one at `redirect_uri` all the same: hosts answer `/a` and `/a/index.html` at `/a/`. Not
    /// where it is another server's, for the place shows whose an answer is (RFC 9700 §4.4.2).
    #[must_use]
    pub fn is_same_page(self, redirect_uri: &str, place: &Url) -> bool {
        let is_alike = |uri: &Url| page(uri) == page(place);
        let is_other = |uri: &Url, own: &Url| is_alike(uri) && !uri.same_place(own);
        Url::parse(redirect_uri).is_ok_and(|own| {
            let mut clients = self.clients().chain(self.others());
            is_alike(&own) && !clients.any(|client| client.redirect().is_ok_and(|uri| is_other(&uri, &own)))
        })
    }

    /// Whether another server has the same redirect URI, so that answers must say whose they are (RFC 9700 §4.4.2): one of
    /// these settings, or of another client in the page (`others`).
    ///
    /// # Errors
    /// As [`setting_url`].
    pub fn shares_redirect(self, client: Client<'_>) -> Result<bool> {
        let redirect = client.redirect()?;
        Ok(self.elsewhere(client)?.any(|other| other.redirect().is_ok_and(|other| other.same_place(&redirect))))
    }

    /// The same of these settings alone.
    ///
    /// # Errors
    /// As [`setting_url`].
    pub fn lists_redirect(self, client: Client<'_>) -> Result<bool> {
        let (redirect, base) = (client.redirect()?, client.base()?);
        let same = |other: Client<'_>| {
            !is_base(other.fhir_base(), &base) && other.redirect().is_ok_and(|other| other.same_place(&redirect))
        };
        Ok(self.clients().any(same))
    }

    /// Whether there is more than one server, here or in another client of the page, so that one may say that it is another.
    #[must_use]
    pub fn is_several(self) -> bool {
        let is_one = |client: Client<'_>| self.elsewhere(client).is_ok_and(|mut others| others.next().is_none());
        !self.clients().next().is_none_or(is_one)
    }

    /// Whether they are those that a tab has signed in to one after another, and no list of the app's.
    #[must_use]
    pub fn in_turn(self) -> bool {
        self.0.at("inTurn").is_true()
    }

    /// Whether the app itself says which issuer a server has. Where answers of several servers come to one place (`shared`)
    /// an issuer that it names for two of them tells neither from the other. Where it names the endpoints, nothing is the
    /// server's to say.
    #[must_use]
    pub fn pins(self, client: Client<'_>, shared: bool) -> bool {
        let issuer = client.named();
        let is_alone = || self.elsewhere(client).is_ok_and(|mut others| others.all(|other| other.named() != issuer));
        client.has_endpoints() || (!issuer.is_empty() && (!shared || is_alone()))
    }
}

impl<'a> Client<'a> {
    /// The options.
    #[must_use]
    #[inline(always)]
    pub const fn options(self) -> &'a Json {
        self.0
    }

    /// A setting that is text; empty where it is not set.
    #[must_use]
    #[inline(always)]
    pub fn text(self, name: &str) -> &'a str {
        self.0.text(name)
    }

    /// Client id.
    #[must_use]
    #[inline(always)]
    pub fn client_id(self) -> &'a str {
        self.text("clientId")
    }

    /// OpenID issuer; empty where it is not set.
    #[must_use]
    #[inline(always)]
    pub fn issuer(self) -> &'a str {
        self.text("issuer")
    }

    /// Scopes to request, separated by spaces.
    #[must_use]
    #[inline(always)]
    pub fn scope(self) -> &'a str {
        self.text("scope")
    }

    /// The issuer that the metadata has to state; empty where the app does not say.
    #[must_use]
    pub fn pinned(self) -> &'a str {
        match self.text("metadataIssuer") {
            "" => self.text("issuer"),
            stated => stated,
        }
    }

    /// The issuer that the server has in the app's words; empty where the app does not say.
    fn named(self) -> &'a str {
        match self.text("issuer") {
            "" => self.text("metadataIssuer"),
            issuer => issuer,
        }
    }

    /// Whether a record is of the issuer that the settings name, where they do.
    fn permits(self, record: Record<'_>) -> bool {
        let issuer = match self.text("issuer") {
            "" if record.has_issuer() => self.text("metadataIssuer"),
            issuer => issuer,
        };
        issuer.is_empty() || issuer == record.issuer()
    }

    /// FHIR base URL, as it was given.
    #[must_use]
    #[inline(always)]
    pub fn fhir_base(self) -> &'a str {
        self.text("fhirBaseUrl")
    }

    /// FHIR base URL in normal form.
    ///
    /// # Errors
    /// As [`setting_url`].
    pub fn base(self) -> Result<Url> {
        setting_url(self.0, "fhirBaseUrl", true)
    }

    /// Redirect URI in normal form.
    ///
    /// # Errors
    /// As [`setting_url`].
    pub fn redirect(self) -> Result<Url> {
        setting_url(self.0, "redirectUri", true)
    }

    /// Refuse what is merely sloppy.
    #[must_use]
    pub fn strict(self) -> bool {
        self.0.at("strict").is_true()
    }

    /// Permit servers on this machine.
    #[must_use]
    pub fn loopback(self) -> bool {
        permits_loopback(self.0)
    }

    /// Deadline of a request in seconds, headers and body together.
    #[must_use]
    #[inline(always)]
    pub fn timeout(self) -> u64 {
        self.seconds("timeoutSeconds", TIMEOUT)
    }

    /// Seconds that the clocks of device and server may be apart.
    #[must_use]
    #[inline(always)]
    pub fn clock_skew(self) -> u64 {
        self.seconds("clockSkewSeconds", SKEW)
    }

    /// Lifetime in seconds of an access token for which the server states none.
    #[must_use]
    #[inline(always)]
    pub fn assumed_lifetime(self) -> u64 {
        self.seconds("assumedLifetimeSeconds", 300)
    }

    fn seconds(self, name: &str, default: u64) -> u64 {
        self.0.at(name).number().unwrap_or(default)
    }

    /// Seconds to wait for somebody else's request: its deadline and a little more.
    #[must_use]
    pub fn patience(self) -> u64 {
        self.timeout() + 5
    }

    /// Whether the endpoints of a sign-in are given by hand, so that nothing is discovered.
    #[must_use]
    pub fn has_endpoints(self) -> bool {
        let given = self.0.at("endpoints");
        !given.text("authorizationEndpoint").is_empty() && !given.text("tokenEndpoint").is_empty()
    }

    /// Key under which this client's sessions are kept, but for the issuer.
    #[must_use]
    pub fn session_prefix(self) -> String {
        session_prefix(self.client_id(), self.fhir_base())
    }
}

/// Whether two bases are one, give or take a final slash: by a table, because apps list thousands of servers.
fn repeats(bases: &[Url]) -> bool {
    let mut table: Vec<&str> = Vec::new();
    table.resize(2 * bases.len() + 1, "");
    for base in bases {
        let text = without_final_slash(base.as_str());
        let mut at = hash(&[text]) as usize % table.len();
        while let Some(known) = table.get(at).filter(|known| !known.is_empty()) {
            if *known == text {
                return true;
            }
            at = (at + 1) % table.len();
        }
        if let Some(free) = table.get_mut(at) {
            *free = text;
        }
    }
    false
}

/// A place without what hosts add to it and leave out.
fn page(url: &Url) -> &str {
    let place = url.without_query();
    without_final_slash(place.strip_suffix("/index.html").unwrap_or(place))
}

/// `SmartServerOptions` and `SmartClientBehaviour`.
const SETTINGS: &[(&str, Kind)] = &[
    ("name", Kind::Text),
    ("fhirBaseUrl", Kind::RequiredUrl),
    ("clientId", Kind::Required),
    ("scope", Kind::Scope(true)),
    ("redirectUri", Kind::AppUrl),
    ("issuer", Kind::Text),
    ("metadataIssuer", Kind::Text),
    ("aud", Kind::Text),
    ("endpoints", Kind::Endpoints),
    ("authorizeMethod", METHODS),
    ("responseMode", RESPONSE_MODES),
    ("authorizationParams", Kind::Params),
    ("strict", Kind::Flag),
    ("timeoutSeconds", Kind::Seconds(86_400)),
    ("assumedLifetimeSeconds", Kind::Seconds(86_400)),
    ("clockSkewSeconds", Kind::Seconds(300)),
    ("allowInsecureLoopback", Kind::Flag),
    ("acceptServerWithoutS256", Kind::Flag),
];

/// Seconds that clocks may be apart where the settings do not say.
pub const SKEW: u64 = 60;
/// Deadline of a request where none is set.
pub const TIMEOUT: u64 = 20;

//! The settings of an app (the options of `createSmartClient`): a client for each server, and the storage.

use super::client::{Client, SETTINGS, confidential_settings};
use super::hash::hash;
use super::json::{Json, Value};
use super::launch::{check_iss, is_base, without_final_slash};
use super::record::Record;
use super::setting::{Kind, check, missing, wrong};
use super::url::Url;
use crate::error::{Code, Error, Result};
use alloc::vec::Vec;

/// All settings: `{clients: [options of one server …], storage}`, and for some jobs `origin`, `others`, `inTurn` and
/// `requestUri`. [`Settings::read`] checks `clients` and `storage`. The members of a client have the names of the options.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a>(&'a Json);

impl<'a> Settings<'a> {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`Code::ConfigInvalid`] with the setting's name; [`Code::EndpointScheme`].
    pub fn read(settings: &'a Json) -> Result<Self> {
        Self::read_by(settings, SETTINGS)
    }

    /// Checks settings in which clients may have credentials.
    ///
    /// # Errors
    /// As [`Settings::read`].
    pub fn read_confidential(settings: &'a Json) -> Result<Self> {
        let settings = Self::read_by(settings, &confidential_settings())?;
        // Refresh tokens of confidential clients are not bound, and their keys would be on a server.
        let is_both = |client: Client<'_>| client.binds_tokens() && !client.credentials().is_empty();
        if settings.clients().any(is_both) {
            return Err(Error::named(Code::ConfigInvalid, "dpop", "is for clients without `clientAuth`"));
        }
        let is_known = |client: Client<'_>| {
            let value = client.options().at("requestObject");
            client.signs_requests() || value.is_null() || matches!(value.value(), Some(Value::Bool(false)))
        };
        if !settings.clients().all(is_known) {
            return Err(wrong("requestObject"));
        }
        if settings.clients().any(|client| client.signs_requests() && client.credentials().is_empty()) {
            return Err(Error::named(Code::ConfigInvalid, "requestObject", "needs `clientAuth` with a key"));
        }
        Ok(settings)
    }

    /// Checks settings against a table of options.
    pub(super) fn read_by(settings: &'a Json, table: &[(&str, Kind)]) -> Result<Self> {
        let storage = settings.at("storage");
        if !storage.is_null() && !["session", "memory", "local"].contains(&storage.str()) {
            return Err(wrong("storage"));
        }
        let settings = Self(settings);
        let mut bases = Vec::new();
        for client in settings.clients() {
            check(client.0, table, client.loopback())?;
            let base = client.base()?;
            // [`is_base`] refuses dot segments, so no launch could ever match such a base.
            if base.as_str() != base.without_query() || !is_base(client.fhir_base(), &base) {
                return Err(wrong("fhirBaseUrl"));
            }
            bases.push(base);
        }
        if bases.is_empty() || repeats(&bases) { Err(wrong("servers")) } else { Ok(settings) }
    }

    /// The clients, one for each server; at least one.
    pub fn clients(self) -> impl Iterator<Item = Client<'a>> {
        self.0.at("clients").list().iter().map(Client)
    }

    /// Where sessions are stored: `memory`, `session` or `local`.
    #[must_use]
    pub fn storage(self) -> &'a str {
        self.0.text("storage")
    }

    /// Whether sessions are kept in the page's memory only (`memory`).
    #[must_use]
    pub fn is_in_memory(self) -> bool {
        self.storage() == "memory"
    }

    /// Whether sessions are stored for all tabs (`local`).
    #[must_use]
    pub fn is_in_local_storage(self) -> bool {
        self.storage() == "local"
    }

    /// URL at which the app serves the signed authorization request of this sign-in; empty if it does not serve it.
    ///
    /// # Errors
    /// [`Code::ConfigInvalid`] if the request of `client` has to refer to such a URL, and there is none.
    pub fn request_uri(self, client: Client<'_>) -> Result<&'a str> {
        match self.0.text("requestUri") {
            "" if client.refers_to_requests() => {
                let problem = "is `reference`, which only `createSmartServer` can serve";
                Err(Error::named(Code::ConfigInvalid, "requestObject", problem))
            }
            url => Ok(url),
        }
    }

    /// The client for a FHIR base; the only one if `iss` is empty.
    ///
    /// # Errors
    /// [`Code::IssuerNotAllowed`] for a base that is not configured; [`Code::EndpointScheme`] for one that is not an
    /// https or loopback URL; [`Code::ConfigInvalid`] if `iss` is empty and there are several servers.
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

    /// The client to which a stored sign-in or session belongs: same client id, same FHIR base, the issuer that the settings
    /// name, if they name one, and tokens that are bound to a key if and only if the settings say so. A record without an issuer
    /// is not compared with `metadataIssuer`.
    ///
    /// # Errors
    /// [`Code::StateUnknown`] if there is none.
    pub fn client_of(self, record: Record<'_>) -> Result<Client<'a>> {
        let same =
            |client: &Client<'_>, base: &str| client.client_id() == record.client_id() && client.fhir_base() == base;
        let base = record.fhir_base();
        let exact = self.clients().find(|client| same(client, base));
        // The page that began the sign-in may have spelt the base differently, most likely with a final slash.
        let alike = |client: &Client<'_>| {
            same(client, client.fhir_base()) && client.base().is_ok_and(|client_base| is_base(base, &client_base))
        };
        let client = exact.or_else(|| self.clients().find(alike));
        client.filter(|client| client.permits(record)).ok_or_else(|| Code::StateUnknown.into())
    }

    /// Checks that the page (`origin` of the settings) may navigate to the server to sign in. The response arrives at
    /// the redirect URI, and only pages of the same origin can read the stored sign-in there. `origin` is empty if the
    /// page does not navigate.
    ///
    /// # Errors
    /// [`Code::ConfigInvalid`]; as [`setting_url`](super::setting::setting_url).
    pub fn check_origin(self, client: Client<'_>) -> Result<()> {
        let (origin, redirect) = (self.0.text("origin"), client.redirect()?);
        if origin.is_empty() || origin == redirect.origin() {
            return Ok(());
        }
        let message = [
            "this page is at ",
            origin,
            " and `redirectUri` at ",
            redirect.origin(),
            ": both must have the same origin",
        ];
        Err(Error::about(Code::ConfigInvalid, &message.concat()))
    }

    /// The settings of the other clients that the page has created.
    fn other_clients(self) -> impl Iterator<Item = Client<'a>> {
        self.0.at("others").list().iter().map(Client)
    }

    /// All servers other than that of `client`: of these settings, and of the page's other clients.
    fn other_servers(self, client: Client<'_>) -> Result<impl Iterator<Item = Client<'a>>> {
        let base = client.base()?;
        Ok(self.clients().chain(self.other_clients()).filter(move |other| !is_base(other.fhir_base(), &base)))
    }

    /// Whether `url` is the page of `redirect_uri` although the paths differ: hosts serve `/a` and `/a/index.html` as
    /// `/a/`. `false` if `url` is another server's redirect URI, because the URI identifies the server that a
    /// response is from (RFC 9700 §4.4.2).
    #[must_use]
    pub fn is_same_page(self, redirect_uri: &str, url: &Url) -> bool {
        let is_alike = |uri: &Url| page(uri) == page(url);
        let is_other = |uri: &Url, redirect: &Url| is_alike(uri) && !uri.has_same_path(redirect);
        Url::parse(redirect_uri).is_ok_and(|redirect| {
            let mut clients = self.clients().chain(self.other_clients());
            is_alike(&redirect) && !clients.any(|client| client.redirect().is_ok_and(|uri| is_other(&uri, &redirect)))
        })
    }

    /// Whether another server has the same redirect URI, so that responses must identify their server by `iss` (RFC
    /// 9700 §4.4.2). The other server may be one of these settings or of another client of the page.
    ///
    /// # Errors
    /// As [`setting_url`](super::setting::setting_url).
    pub fn shares_redirect(self, client: Client<'_>) -> Result<bool> {
        let redirect = client.redirect()?;
        Ok(self.other_servers(client)?.any(|other| other.redirect().is_ok_and(|other| other.has_same_path(&redirect))))
    }

    /// As [`Settings::shares_redirect`], only for the servers of these settings.
    ///
    /// # Errors
    /// As [`setting_url`](super::setting::setting_url).
    pub fn lists_redirect(self, client: Client<'_>) -> Result<bool> {
        let (redirect, base) = (client.redirect()?, client.base()?);
        let same = |other: Client<'_>| {
            !is_base(other.fhir_base(), &base) && other.redirect().is_ok_and(|other| other.has_same_path(&redirect))
        };
        Ok(self.clients().any(same))
    }

    /// Whether there is more than one server, here or in another client of the page. Only then can a server pretend to
    /// be another one (mix-up attack).
    #[must_use]
    pub fn has_several_servers(self) -> bool {
        let is_one = |client: Client<'_>| self.other_servers(client).is_ok_and(|mut others| others.next().is_none());
        !self.clients().next().is_none_or(is_one)
    }

    /// Whether the servers are the ones that a tab has signed in to one after another, instead of a list by the app.
    #[must_use]
    pub fn in_turn(self) -> bool {
        self.0.at("inTurn").is_true()
    }

    /// Whether the settings determine the server's issuer: they name it, or they name the endpoints, so that no
    /// smart-configuration is read. If responses of several servers arrive at one place (`shared`), an issuer that the settings
    /// name for two servers does not distinguish them, so it does not count.
    #[must_use]
    pub fn determines_issuer(self, client: Client<'_>, shared: bool) -> bool {
        let issuer = client.named_issuer();
        let is_alone =
            || self.other_servers(client).is_ok_and(|mut others| others.all(|other| other.named_issuer() != issuer));
        client.has_endpoints() || (!issuer.is_empty() && (!shared || is_alone()))
    }
}

/// Whether two bases are the same apart from a final slash. It uses a hash table because apps configure thousands of
/// servers.
fn repeats(bases: &[Url]) -> bool {
    let mut table: Vec<&str> = Vec::new();
    table.resize(2 * bases.len() + 1, "");
    for base in bases {
        let text = without_final_slash(base.as_str());
        let mut at = hash(&[text]) as usize % table.len();
        while let Some(entry) = table.get(at).filter(|entry| !entry.is_empty()) {
            if *entry == text {
                return true;
            }
            at = (at + 1) % table.len();
        }
        if let Some(slot) = table.get_mut(at) {
            *slot = text;
        }
    }
    false
}

/// A URL without its query, a final `index.html` and a final slash, which hosts add or leave out.
fn page(url: &Url) -> &str {
    let url = url.without_query();
    without_final_slash(url.strip_suffix("/index.html").unwrap_or(url))
}

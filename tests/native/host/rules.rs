//! Rules that every request of every flow has to follow.

use super::Tab;
use smart_launch::protocol::http::{JsonRequest, Request};
use std::collections::BTreeSet;
use url::form_urlencoded;

/// A request that was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    pub purpose: &'static str,
    /// The method of a [`JsonRequest`], whose body is then in `form`; empty for any other request.
    pub method: &'static str,
    pub url: String,
    pub form: String,
    pub authorization: String,
    pub timeout: u64,
    pub proof: String,
}

impl Sent {
    pub fn of(request: &Request) -> Self {
        let Request { purpose, url, form, authorization, timeout, proof, .. } = request;
        let (form, authorization, proof) = (form.clone(), authorization.clone(), proof.clone());
        Self { purpose, method: "", url: url.as_str().into(), form, authorization, timeout: *timeout, proof }
    }

    /// The form fields, decoded by the url crate.
    pub fn fields(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.form.as_bytes()).into_owned().collect()
    }

    /// A form field; empty if it is absent.
    pub fn field(&self, name: &str) -> String {
        self.fields().into_iter().find(|(field, _)| field == name).map(|(_, value)| value).unwrap_or_default()
    }
}

/// Asserts that POST and PUT have a JSON object as body, that GET and DELETE have none, and that only POST may lack a token.
pub fn check_json(tab: &Tab, JsonRequest { method, request, body }: &JsonRequest) {
    check_url(tab, request);
    assert!(request.form.is_empty(), "no fields beside JSON");
    match *method {
        "POST" | "PUT" => assert!(serde_json::from_str::<serde_json::Value>(body).is_ok_and(|body| body.is_object())),
        "GET" | "DELETE" => assert!(body.is_empty()),
        other => panic!("{other} is no method of a registration"),
    }
    let is_by_token = request.authorization.starts_with("Bearer ");
    assert!(is_by_token || (*method == "POST" && request.authorization.is_empty()), "authorized by a token");
}

/// Asserts the rules for a request with form fields or none: for its URL, its authentication and its fields.
pub fn check(tab: &Tab, request: &Request) {
    check_url(tab, request);
    let text = request.url.as_str();
    let documents: &[&str] = match request.purpose {
        "discovery" => &["/.well-known/smart-configuration", "/.well-known/openid-configuration"],
        "openid_discovery" => &["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"],
        "jwks" => &[""],
        _ => &[],
    };
    if request.purpose == "userinfo" {
        assert!(request.form.is_empty() && !request.authorization.is_empty(), "a GET with a token in its header");
        return;
    }
    assert_eq!(
        request.authorization.starts_with("DPoP "),
        !request.proof.is_empty() && !request.authorization.is_empty()
    );
    if request.form.starts_with("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&") {
        check_fields(request);
        assert!(request.authorization.is_empty(), "the assertion alone authenticates the client");
        tab.keys.check(&Sent::of(request).field("assertion"), tab.clock.get() - tab.set_back.get());
        return;
    }
    let method = tab.keys.method();
    let is_by_token = request.authorization.starts_with("Bearer ");
    if method != "none" && documents.is_empty() && !is_by_token {
        check_client(tab, request, &method);
        return;
    }
    if request.purpose == "introspection" {
        let named = request.form.contains("&client_id=");
        assert_ne!(named, !request.authorization.is_empty(), "authorized in one way");
        return;
    }
    assert!(request.authorization.is_empty(), "{} takes no token in its header", request.purpose);
    if !documents.is_empty() {
        let is_known = documents.iter().any(|end| text.ends_with(end));
        assert!(request.form.is_empty() && is_known, "a document is fetched");
        return;
    }
    let names = check_fields(request);
    assert!(names.contains("client_id"), "a public client sends its client_id");
    assert!(!names.contains("client_secret"), "a public client has no secret");
}

/// Asserts the rules for a URL: https, or loopback if the tab permits it, and no secret; and that the request has a deadline.
fn check_url(tab: &Tab, request: &Request) {
    let text = request.url.as_str();
    let url = url::Url::parse(text).expect("a URL that browsers read");
    assert_eq!(url.as_str(), text, "browsers parse the URL to the same text");
    assert!(is_permitted(&url, tab.loopback.get()), "{text} must not be contacted");
    assert!((1..=86_400).contains(&request.timeout), "every request has a deadline");
    let shown = format!("{text} {request:?}");
    for secret in tab.secrets.borrow().iter() {
        let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        assert!(!shown.contains(secret.as_str()) && !shown.contains(&encoded), "a secret in the URL of {request:?}");
    }
}

/// Asserts that a request is authenticated by the method in the settings, and by no other method in addition.
fn check_client(tab: &Tab, request: &Request, method: &str) {
    let names = check_fields(request);
    let is_by_assertion = ["client_secret_jwt", "private_key_jwt"].contains(&method);
    for (name, is_due) in [
        ("client_id", method == "client_secret_post" || request.purpose == "pushed"),
        ("client_secret", method == "client_secret_post"),
        ("client_assertion_type", is_by_assertion),
        ("client_assertion", is_by_assertion),
    ] {
        assert_eq!(names.contains(name), is_due, "{name} of {method}");
    }
    assert_eq!(request.authorization.starts_with("Basic "), method == "client_secret_basic", "the header of {method}");
    assert!(method == "client_secret_basic" || request.authorization.is_empty(), "the header of {method}");
    if is_by_assertion {
        tab.keys.check(&Sent::of(request).field("client_assertion"), tab.clock.get() - tab.set_back.get());
    }
}

/// The names of the fields; asserts that each occurs once, with a value, and is encoded.
fn check_fields(request: &Request) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for pair in request.form.split('&') {
        let (name, value) = pair.split_once('=').expect("a field has a name and a value");
        assert!(names.insert(name), "the field {name} is repeated");
        assert!(is_encoded(name) && is_encoded(value), "a field of {request:?} is not percent-encoded");
        assert!(!value.is_empty(), "the field {name} is empty");
    }
    names
}

fn is_permitted(url: &url::Url, loopback: bool) -> bool {
    let is_local = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(url::Host::Ipv6(address)) => address.is_loopback() || address.is_unspecified(),
        None => true,
    };
    let link_local = matches!(url.host(), Some(url::Host::Ipv4(address)) if address.is_link_local());
    if is_local { loopback } else { url.scheme() == "https" && !link_local }
}

fn is_encoded(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let digits = byte == b'%' && (0..2).all(|_| bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit()));
        if !digits && !byte.is_ascii_alphanumeric() && !b"-._~*".contains(&byte) {
            return false;
        }
    }
    true
}

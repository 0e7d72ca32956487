//! The access token is sent only to URLs under the FHIR base, as browsers and servers parse them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use smart_launch::protocol::resource::under;
use smart_launch::protocol::url::Url;
use smart_launch_fuzz::{BASE, assert_sound, browser_url};

fuzz_target!(|text: &str| {
    for base in [BASE, "https://ehr.example/fhir/", "https://EHR.example:443/fhir"] {
        let base = Url::parse(base).expect("a URL");
        for input in [text, &format!("Patient/{text}"), &format!("{BASE}{text}")] {
            match under(&base, input) {
                Ok(url) => assert_under(url.as_str()),
                Err(error) => assert_sound(&error),
            }
        }
    }
});

fn assert_under(accepted: &str) {
    let root = url::Url::parse(BASE).expect("a URL");
    let is_inside =
        |url: &url::Url| url.origin() == root.origin() && (url.path() == "/fhir" || url.path().starts_with("/fhir/"));
    let theirs = browser_url(accepted).expect("a URL");
    assert_eq!(theirs.as_str(), accepted, "browsers do not change the checked URL");
    assert!(is_inside(&theirs), "{accepted:?}");
    // The same for a server that decodes before it resolves dot segments, or removes the text after a semicolon.
    let mut path = theirs.path().to_lowercase();
    for (encoded, decoded) in [("%2e", "."), ("%2f", "/"), ("%5c", "/")] {
        path = path.replace(encoded, decoded);
    }
    let without_parameters: Vec<&str> =
        path.split('/').map(|segment| segment.split(';').next().unwrap_or_default()).collect();
    for path in [&path, &without_parameters.join("/")] {
        assert!(
            is_inside(&root.join(&format!("{}{path}", root.origin().ascii_serialization())).expect("a URL")),
            "{accepted:?}"
        );
    }
}

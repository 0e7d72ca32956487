//! Browsers accept every URL that our parser accepts, with the same origin and text. The same holds for relative references.
#![no_main]

use libfuzzer_sys::fuzz_target;
use smart_launch::protocol::url::Url;
use smart_launch_fuzz::{browser_url, encode_caret, has_punycode, is_loopback, is_serialized_differently};

fuzz_target!(|text: &str| {
    if let Ok(ours) = Url::parse(text) {
        assert_agrees(text, &ours);
    }
    for base in ["https://ehr.example/fhir", "https://ehr.example:8443/a/b/?x", "http://localhost"] {
        assert_joins(&Url::parse(base).expect("a URL"), text);
    }
});

fn assert_agrees(text: &str, ours: &Url) {
    assert_eq!(Url::parse(ours.as_str()).as_ref(), Ok(ours), "the written URL is read back");
    let Some(theirs) = browser_url(text) else {
        assert!(has_punycode(ours.origin()), "no browser accepts it");
        return;
    };
    assert!(matches!(theirs.scheme(), "http" | "https"));
    assert_eq!(ours.origin(), theirs.origin().ascii_serialization());
    assert_eq!(ours.is_loopback(), is_loopback(&theirs));
    assert!(theirs.username().is_empty() && theirs.password().is_none());
    assert_eq!(
        browser_url(ours.as_str()).expect("a URL").as_str(),
        ours.as_str(),
        "browsers do not change the written URL"
    );
    if !is_serialized_differently(text) {
        assert_eq!(ours.as_str(), theirs.as_str());
        assert_eq!(ours.path(), theirs.path());
        assert_eq!((ours.query(), ours.fragment()), (theirs.query(), theirs.fragment()));
    }
}

fn assert_joins(base: &Url, reference: &str) {
    let Ok(joined) = base.join(reference) else { return };
    assert_eq!(Url::parse(joined.as_str()).as_ref(), Ok(&joined), "the written URL is read back");
    let absolute = reference.starts_with("//") || url::Url::parse(reference).is_ok();
    assert!(absolute || joined.origin() == base.origin() || has_punycode(joined.origin()), "leaves the origin");
    // Our base is treated as a directory, and keeps its path if nothing is added to it.
    if reference.is_empty() || reference.starts_with(['?', '#']) || is_serialized_differently(reference) {
        return;
    }
    let directory = url::Url::parse(&format!("{}/", base.without_query().trim_end_matches('/'))).expect("a URL");
    match directory.join(reference) {
        Ok(theirs) => assert_eq!(joined.as_str(), encode_caret(theirs).as_str()),
        Err(error) => assert!(has_punycode(joined.origin()), "no browser resolves it: {error}"),
    }
}

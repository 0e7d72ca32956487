use crate::arbitrary::{cases, pieces, text};
use proptest::prelude::*;
use smart_launch::protocol::url::{Flaw, Url, dots};

fn parse(text: &str) -> Url {
    Url::parse(text).unwrap_or_else(|flaw| panic!("{text}: {flaw:?}"))
}

#[test]
fn urls_are_written_in_normal_form() {
    for (input, normal) in [
        ("HTTPS://EHR.Example:443/FHIR", "https://ehr.example/FHIR"),
        ("http://ehr.example:80", "http://ehr.example/"),
        ("https://ehr.example:0443/", "https://ehr.example/"),
        ("https://ehr.example:8443/", "https://ehr.example:8443/"),
        ("https://ehr.example:/a", "https://ehr.example/a"),
        ("https://ehr.example/a/./b/../c/", "https://ehr.example/a/c/"),
        ("https://ehr.example/a/%2e/b/%2E./c", "https://ehr.example/a/c"),
        ("https://ehr.example/../..", "https://ehr.example/"),
        ("https://ehr.example/a/..", "https://ehr.example/"),
        ("https://ehr.example/a//b", "https://ehr.example/a//b"),
        ("https://ehr.example/é x\"<>`{}", "https://ehr.example/%C3%A9%20x%22%3C%3E%60%7B%7D"),
        ("https://ehr.example?a='b'`#'`?#", "https://ehr.example/?a=%27b%27`#'%60?#"),
        ("https://ehr.example?", "https://ehr.example/?"),
        ("https://ehr.example#", "https://ehr.example/#"),
        ("https://127.0.0.1:1/", "https://127.0.0.1:1/"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("https://a_b.xn--bcher-kva.example/", "https://a_b.xn--bcher-kva.example/"),
    ] {
        assert_eq!(parse(input).as_str(), normal);
        assert_eq!(url::Url::parse(input).unwrap().as_str(), normal, "as browsers write it");
    }
}

#[test]
fn other_schemes_are_distinguished_from_malformed_urls() {
    for text in [
        "javascript:alert(1)",
        "data:,x",
        "blob:https://ehr.example/1",
        "file:///etc/passwd",
        "ftp://h/",
        "urn:x",
        "",
        "/a",
    ] {
        assert_eq!(Url::parse(text), Err(Flaw::Scheme), "{text}");
    }
}

#[test]
fn ambiguous_urls_are_refused() {
    for text in [
        "https:ehr.example",
        "https:/ehr.example",
        "https:\\\\ehr.example",
        "https://",
        "https:///",
        "https://?",
        "https://user@ehr.example/",
        "https://user:password@ehr.example/",
        "https://ehr.example@evil.example/",
        "https://ehr.example\\@evil.example/",
        "https://ehr.example\\.evil.example/",
        "https://ehr.exa\tmple/",
        "https://ehr.example/\n",
        "https://ehr.example/\u{7f}",
        "https://ehr.example/\0",
        "https://ehr.example./",
        "https://.example/",
        "https://ehr..example/",
        "https://ehr%2eexample/",
        "https://ehr example/",
        "https://ehr.example::80/",
        "https://ehr.example:65536/",
        "https://ehr.example:-1/",
        "https://ehr.example:80a/",
        "https://ehr.example:٨/",
        "https://ehr.exämple/",
        "https://еhr.example/",
        "https://ehr。example/",
        "https://ⓔhr.example/",
        "https://[::1/",
        "https://[::1]x/",
        "https://[fe80::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[0:0:0:0:0:0:0:1]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0x7f000001/",
        "https://0X7F.1/",
        "https://127.1/",
        "https://127.0.1/",
        "https://0177.0.0.1/",
        "https://127.0.0.01/",
        "https://127.0.0.256/",
        "https://127.0.0.0x1/",
        "https://0/",
        "https://1/",
        "https://ehr.example.1/",
        "https://1.2.3.4.5/",
        "https://127.0.0.1./",
    ] {
        assert_eq!(Url::parse(text).err(), Some(Flaw::Malformed), "{text}");
    }
    let long = format!("https://{}.example/", "a".repeat(250));
    assert_eq!(Url::parse(&long).err(), Some(Flaw::Malformed));
}

#[test]
fn https_is_permitted_except_for_loopback_and_link_local() {
    for text in ["https://ehr.example/", "https://10.0.0.1/", "https://localhost.example/", "https://notlocalhost/"] {
        assert!(parse(text).is_permitted(false), "{text}");
    }
    for text in [
        "http://ehr.example/",
        "https://localhost/",
        "https://LOCALHOST/",
        "https://ehr.localhost/",
        "https://127.0.0.1/",
        "https://127.255.0.3/",
        "https://[::1]/",
        "https://169.254.169.254/",
        "https://0.0.0.0/",
    ] {
        assert!(!parse(text).is_permitted(false), "{text}");
    }
}

#[test]
fn permission_for_loopback_permits_only_loopback() {
    for text in
        ["http://localhost:8080/", "http://a.localhost/", "http://127.0.0.1/", "http://[::1]/", "https://127.0.0.1/"]
    {
        assert!(parse(text).is_permitted(true) && parse(text).is_loopback(), "{text}");
    }
    for text in [
        "http://ehr.example/",
        "http://169.254.169.254/",
        "https://169.254.169.254/",
        "https://0.0.0.0/",
        "http://10.0.0.1/",
    ] {
        assert!(!parse(text).is_permitted(true), "{text}");
    }
    for text in ["http://127.0.0.1.evil.example/", "http://localhost.evil.example/"] {
        assert!(!parse(text).is_permitted(true) && !parse(text).is_loopback(), "{text}");
    }
}

#[test]
fn references_are_resolved_below_the_whole_path() {
    for (base, reference, expected) in [
        ("https://ehr.example/fhir", "Patient/1", "https://ehr.example/fhir/Patient/1"),
        ("https://ehr.example/fhir/", "Patient/1", "https://ehr.example/fhir/Patient/1"),
        ("https://ehr.example", "Patient", "https://ehr.example/Patient"),
        ("https://ehr.example/fhir", "", "https://ehr.example/fhir"),
        ("https://ehr.example/fhir", "?_id=1", "https://ehr.example/fhir?_id=1"),
        ("https://ehr.example/fhir", "#a", "https://ehr.example/fhir#a"),
        ("https://ehr.example/fhir?x=1", "Patient", "https://ehr.example/fhir/Patient"),
        ("https://ehr.example/fhir", "/auth", "https://ehr.example/auth"),
        ("https://ehr.example/fhir", "../auth", "https://ehr.example/auth"),
        ("https://ehr.example/fhir", "//other.example/a", "https://other.example/a"),
        ("http://localhost/fhir", "//other.example/a", "http://other.example/a"),
        ("https://ehr.example/fhir", "http://other.example", "http://other.example/"),
        ("https://ehr.example/fhir", "Patient?name:exact=a", "https://ehr.example/fhir/Patient?name:exact=a"),
    ] {
        assert_eq!(parse(base).join(reference).unwrap().as_str(), expected);
    }
    for reference in ["urn:uuid:1", "javascript:alert(1)", "Patient:1"] {
        assert_eq!(parse("https://ehr.example/fhir").join(reference).err(), Some(Flaw::Scheme));
    }
    for reference in ["\\\\evil.example", "/\\evil.example", "a\tb", "///evil.example"] {
        assert_eq!(parse("https://ehr.example/fhir").join(reference).err(), Some(Flaw::Malformed), "{reference}");
    }
}

#[test]
fn urls_are_split_into_parts() {
    let url = parse("https://ehr.example:8443/a/b?c=d?e#f#g");
    assert_eq!(url.origin(), "https://ehr.example:8443");
    assert_eq!(url.path(), "/a/b");
    assert_eq!(url.query(), Some("c=d?e"));
    assert_eq!(url.fragment(), Some("f#g"));
    assert_eq!(url.without_query(), "https://ehr.example:8443/a/b");
    assert_eq!((parse("https://a.b").query(), parse("https://a.b").fragment()), (None, None));
    assert!(url.has_same_path(&parse("https://ehr.example:8443/a/b#x")));
    assert!(!url.has_same_path(&parse("https://ehr.example/a/b")));
}

#[test]
fn debugging_shows_no_query() {
    assert_eq!(format!("{:?}", parse("https://ehr.example/a?code=secret#secret")), "https://ehr.example/a");
}

#[test]
fn dot_segments_are_known_in_every_spelling() {
    for (segment, count) in [
        ("", 0),
        (".", 1),
        ("..", 2),
        ("...", 0),
        ("%2e", 1),
        ("%2E.", 2),
        (".%2e", 2),
        ("%2e%2e%2e", 0),
        ("a.", 0),
        (".a", 0),
        ("%252e", 0),
    ] {
        assert_eq!(dots(segment), count, "{segment}");
    }
}

/// Whether a segment looks like a drive letter. The url crate does not let `..` remove such a segment in any scheme; by the URL
/// Standard that is so only in `file:`.
fn has_drive_letter(text: &str) -> bool {
    text.split(['/', '?', '#'])
        .any(|part| matches!(part.as_bytes(), [letter, b':' | b'|'] if letter.is_ascii_alphabetic()))
}

/// A URL as browsers write it. By the URL Standard `^` in a path is encoded since 2023, which the url crate does not do yet.
fn browsers(mut url: url::Url) -> url::Url {
    let path = url.path().replace('^', "%5E");
    url.set_path(&path);
    // Browsers leave a backslash after the path unchanged. Our parser encodes it, and the encoded URL is used.
    url::Url::parse(&url.as_str().replace('\\', "%5C")).unwrap()
}

/// Browsers accept every URL that our parser accepts, with the same origin and in the same normal form.
fn assert_agrees(text: &str) {
    let Ok(parsed) = Url::parse(text) else { return };
    let browser_url = browsers(url::Url::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}")));
    assert_eq!(parsed.origin(), browser_url.origin().ascii_serialization(), "{text:?}");
    assert_eq!(parse(parsed.as_str()), parsed);
    assert_eq!(browsers(url::Url::parse(parsed.as_str()).unwrap()).as_str(), parsed.as_str());
    assert!(!parsed.as_str().contains('\\'), "{text:?}");
    if text.trim_matches(' ') != text || has_drive_letter(text) {
        // Browsers remove spaces at the ends. Our parser encodes them, and the encoded URL is used.
        return;
    }
    assert_eq!(parsed.as_str(), browser_url.as_str(), "{text:?}");
    assert_eq!(parsed.path(), browser_url.path(), "{text:?}");
    assert_eq!((parsed.query(), parsed.fragment()), (browser_url.query(), browser_url.fragment()), "{text:?}");
}

proptest! {
    #![proptest_config(cases(1_500))]

    #[test]
    fn accepted_urls_are_the_same_for_browsers(
        scheme in "[hH]ttps?://", host in pieces(HOSTS, 4), port in "(:[0-9]{0,5})?", tail in pieces(TAILS, 8), odd in text(),
    ) {
        assert_agrees(&format!("{scheme}{host}{port}/{tail}"));
        assert_agrees(&format!("{scheme}{host}{port}{tail}{odd}"));
        assert_agrees(&format!("{scheme}ehr.example/{odd}?{odd}#{odd}"));
        assert_agrees(&odd);
    }

    #[test]
    fn relative_references_stay_at_the_origin(reference in pieces(TAILS, 8), odd in text()) {
        for base in ["https://ehr.example/fhir", "https://ehr.example:8443/a/b/", "http://localhost"] {
            let base = parse(base);
            let directory = url::Url::parse(&format!("{}/", base.as_str().trim_end_matches('/'))).unwrap();
            for reference in [format!("a{reference}"), reference.clone(), odd.clone()] {
                let Ok(joined) = base.join(&reference) else { continue };
                let absolute = reference.starts_with("//") || url::Url::parse(&reference).is_ok();
                prop_assert!(absolute || joined.origin() == base.origin(), "{:?}", reference);
                if !reference.is_empty() && !reference.starts_with(['?', '#', ' ']) && !reference.ends_with(' ') && !has_drive_letter(&reference) {
                    let browser_url = browsers(directory.join(&reference).unwrap());
                    prop_assert_eq!(joined.as_str(), browser_url.as_str(), "{:?}", reference);
                }
            }
        }
    }
}

const HOSTS: &[&str] = &[
    "ehr.example",
    "EHR",
    ".",
    "a",
    "-",
    "_",
    "1",
    "0x",
    "7f",
    "127.0.0.1",
    "[::1]",
    "localhost",
    "@",
    "é",
    "%2e",
    "255",
    "256",
    "00",
];

const TAILS: &[&str] = &[
    "/",
    "..",
    ".",
    "%2e",
    "%2E",
    "a",
    "Patient",
    "?",
    "#",
    "&",
    "=",
    "'",
    "`",
    "\"",
    "<",
    "{",
    "}",
    "|",
    "^",
    "[",
    "]",
    " ",
    "é",
    "%",
    "%zz",
    "%2f",
    ";",
    ":",
    "@",
    "\\",
    "\t",
    "//",
    "https:",
    "evil.example",
];

use crate::app::{App, assert_fails};
use crate::arbitrary::{cases, pieces, text};
use proptest::prelude::*;
use serde_json::{Value, json};
use smart_launch::error::Code;
use smart_launch::error::Result;
use smart_launch::protocol::resource::{of_session, under};
use smart_launch::protocol::url::Url;

fn base() -> Url {
    Url::parse("https://ehr.example/fhir").unwrap()
}

#[test]
fn token_is_sent_to_urls_under_the_base_with_any_query() {
    for (input, expected) in [
        ("Patient/1", "https://ehr.example/fhir/Patient/1"),
        ("", "https://ehr.example/fhir"),
        ("?_type=Patient", "https://ehr.example/fhir?_type=Patient"),
        (
            "Observation?code=http://loinc.org|1234-5",
            "https://ehr.example/fhir/Observation?code=http://loinc.org|1234-5",
        ),
        ("Patient?next=%2Fother", "https://ehr.example/fhir/Patient?next=%2Fother"),
        ("/fhir/Patient/1", "https://ehr.example/fhir/Patient/1"),
        ("https://ehr.example/fhir/Patient/1", "https://ehr.example/fhir/Patient/1"),
        ("HTTPS://EHR.example:443/fhir?page=2", "https://ehr.example/fhir?page=2"),
        ("Patient/../Observation", "https://ehr.example/fhir/Observation"),
        ("Patient?name=Smith\\,John", "https://ehr.example/fhir/Patient?name=Smith%5C,John"),
        ("?_text=a\\..\\..\\b", "https://ehr.example/fhir?_text=a%5C..%5C..%5Cb"),
        (
            "Patient?name=\"O'Néill b\u{fffd}#\\",
            "https://ehr.example/fhir/Patient?name=%22O%27N%C3%A9ill%20b%EF%BF%BD#%5C",
        ),
    ] {
        assert_eq!(under(&base(), input).unwrap().as_str(), expected);
    }
}

#[test]
fn token_is_sent_to_no_other_url() {
    for input in [
        "https://evil.example/fhir/Patient/1",
        "https://ehr.example.evil.example/fhir/Patient",
        "https://ehr.example:8443/fhir/Patient",
        "http://ehr.example/fhir/Patient",
        "https://ehr.example/",
        "https://ehr.example/fhirx",
        "https://ehr.example/FHIR/Patient",
        "https://ehr.example@evil.example/fhir/Patient",
        "https://ehr.example/fhir@evil.example/../x",
        "//evil.example/fhir/Patient",
        "//ehr.example/other",
        "/Patient/1",
        "/other/fhir/Patient",
        "..",
        "../other",
        "Patient/../../other",
        "%2e%2e/other",
        "%2E./other",
        "Patient/.%2e/%2e%2E/other",
        "Patient%2f..%2f..%2fother",
        "Patient%2F1",
        "Patient%5C1",
        "Patient/%5c..%5c..",
        "Patient/..;/..;/other",
        "Patient/%2e%2E;x=1/other",
        "\\\\evil.example",
        "/\\evil.example",
        "Patient\\..\\..\\other",
        "Patient\\1?name=x",
        "//ehr.example\\fhir?name=x",
        "https://ehr.example\\@evil.example/fhir?name=x",
        "Patient/\"1\"",
        "Patient/'1'",
        "Patient/`1`",
        "Patient/a b",
        "Patient/zoë",
        "Patient/\u{fffd}",
        "https://ehr.exämple/fhir/Patient/1",
        "java\tscript:x",
        "Patient\n/1",
        "Patient?name=a\tb",
        "Patient?name=a\nb",
        "Patient?name=a\u{7f}",
        "urn:uuid:1",
        "javascript:alert(1)",
        "data:application/json,{}",
    ] {
        assert_fails(under(&base(), input), Code::OriginNotAllowed);
    }
}

#[test]
fn base_at_the_root_includes_the_whole_origin_and_no_other() {
    let base = Url::parse("https://ehr.example/").unwrap();
    assert_eq!(under(&base, "../Patient").unwrap().as_str(), "https://ehr.example/Patient");
    assert_fails(under(&base, "https://ehr.example.evil.example/"), Code::OriginNotAllowed);
    assert_fails(under(&base, "https://ehr.example:8443/"), Code::OriginNotAllowed);
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn no_url_outside_the_base_is_returned(input in pieces(PIECES, 8), any_text in text()) {
        let root = url::Url::parse("https://ehr.example/fhir").unwrap();
        for base in ["https://ehr.example/fhir", "https://ehr.example/fhir/", "https://EHR.example:443/fhir"] {
            for input in [&input, &any_text, &format!("https://ehr.example/fhir{input}")] {
                let Ok(resolved) = under(&Url::parse(base).unwrap(), input) else { continue };
                let browser_url = url::Url::parse(resolved.as_str()).unwrap();
                prop_assert_eq!(browser_url.as_str(), resolved.as_str());
                prop_assert_eq!(browser_url.origin(), root.origin());
                let path = browser_url.path();
                prop_assert!(path == "/fhir" || path.starts_with("/fhir/"), "{:?}: {}", input, browser_url);
                // A server that decodes before it resolves dots reads no URL outside the base either.
                let decoded = browser_url.path().replace("%2e", ".").replace("%2E", ".");
                let decoded_url = root.join(&decoded).unwrap();
                let path = decoded_url.path();
                prop_assert!(path == "/fhir" || path.starts_with("/fhir/"), "{:?}: {}", input, decoded_url);
            }
        }
    }
}

const PIECES: &[&str] = &[
    "/",
    "..",
    ".",
    "%2e",
    "%2E",
    "%2f",
    "%5C",
    "Patient",
    "fhir",
    "?",
    "#",
    "\\",
    "\t",
    " ",
    "//",
    "https:",
    "http:",
    "//evil.example",
    "@",
    ":",
    "é",
    "%",
    "ehr.example",
    "https://ehr.example/fhir",
];

/// The URL of a request of a session whose token is also valid at these locations.
fn located(locations: &Value, input: &str) -> Result<String> {
    let app = App::signed_in_with(json!({
        "authorization_details": [{ "type": "smart_on_fhir", "locations": locations }],
    }));
    let session = app.resume().unwrap().session;
    let client = app.settings().client("").unwrap();
    of_session(client, &session, input).map(|url| url.as_str().into())
}

#[test]
fn token_goes_to_the_locations_that_the_server_named() {
    let locations = json!(["https://imaging.example/fhir", "https://ehr.example/other"]);
    for url in
        ["https://imaging.example/fhir/ImagingStudy/1", "https://ehr.example/other", "https://ehr.example/fhir/Patient"]
    {
        assert_eq!(located(&locations, url).unwrap(), url);
    }
    for url in [
        "https://imaging.example/fhirx",
        "https://imaging.example/fhir/../x",
        "https://imaging.example/fhir/%2e%2e/x",
        "http://imaging.example/fhir/ImagingStudy/1",
        "https://evil.example/fhir",
        "../other",
        "/other",
        "//imaging.example/fhir/ImagingStudy/1",
    ] {
        assert_fails(located(&locations, url), Code::OriginNotAllowed);
    }
}

#[test]
fn location_that_must_not_be_contacted_is_ignored() {
    let locations =
        json!(["http://imaging.example/fhir", "https://localhost/fhir", "javascript:x", 7, null, "fhir", ""]);
    for url in
        ["http://imaging.example/fhir/1", "https://localhost/fhir/1", "javascript:x", "https://ehr.example/fhir2"]
    {
        assert_fails(located(&locations, url), Code::OriginNotAllowed);
    }
    assert_fails(
        located(&json!("https://imaging.example/fhir"), "https://imaging.example/fhir"),
        Code::OriginNotAllowed,
    );
}

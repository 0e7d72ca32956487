//! H. Resource requests.

use super::RowTest;
use super::row::Row;
use crate::app::App;
use crate::ehr;
use crate::final_state::FinalState;
use crate::host::{FakeResponse, together};
use smart_launch::error::Result;
use smart_launch::flow::refresh::Need;
use smart_launch::protocol::resource::under;
use smart_launch::protocol::url::Url;

pub const ROWS: &[RowTest] = &[("H121", h121), ("H122", h122), ("H172", h172)];

/// The URL of a request for `input` with the session of `app`.
fn resolve(app: &App, input: &str) -> Result<Url> {
    let iss = app.resume().expect("a session").session.json().text("fhirBaseUrl").to_owned();
    under(&app.settings().client(&iss)?.base()?, input)
}

fn h121(row: &mut Row<'_>) {
    for input in [
        "https://evil.example/fhir?page=2",
        "https://evil.example/fhir/Patient/1",
        "http://ehr.example/fhir/Patient/1",
        "https://ehr.example:8443/fhir/Patient/1",
        "https://www.ehr.example/fhir/Patient/1",
        "https://ehr.example.evil.example/fhir/Patient/1",
        "https://ehr.example@evil.example/fhir/Patient/1",
        "https://user@ehr.example/fhir/Patient/1",
        "https://ehr.example\\@evil.example/fhir/Patient/1",
        "https://ehr.example./fhir/Patient/1",
        "//evil.example/fhir/Patient/1",
        "\\\\evil.example/fhir",
        "/\\evil.example/fhir",
        "///evil.example/fhir",
        "\thttps://evil.example",
        "https:/\t/evil.example/",
        "https:evil.example",
        "https://ehr.example/",
        "https://ehr.example/auth/token",
        "https://ehr.example/fhirx/Patient/1",
        "https://ehr.example/FHIR/Patient/1",
        "https://ehr.example/fhir/../auth/token",
        "https://ehr.example/fhir/%2e%2e/auth/token",
        "https://ehr.example/fhir/.%2E/auth/token",
        "https://ehr.example/fhir/Patient%2F..%2F..%2Fauth",
        "https://ehr.example/fhir/..%2fauth",
        "https://ehr.example/fhir/%5c..%5cauth",
        "/auth/token",
        "..",
        "../",
        "../auth/token",
        "%2e%2e/auth/token",
        "Patient/../../auth",
        "Patient/%2e%2e/%2E%2E/auth",
        "Patient\\..\\..\\auth",
        "urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7",
        "javascript:alert(1)",
        "data:application/fhir+json,{}",
        "blob:https://ehr.example/1",
        "file:///etc/passwd",
        "Patient/1\r\nx: y",
        "Patient/\0",
    ] {
        row.case(input, "origin_not_allowed", FinalState::Keep, App::signed_in(), |app| resolve(app, input));
    }
    for (input, url) in [
        ("Patient/1", "https://ehr.example/fhir/Patient/1"),
        ("https://EHR.example:443/fhir?page=2", "https://ehr.example/fhir?page=2"),
        ("/fhir/Patient/1", "https://ehr.example/fhir/Patient/1"),
        (
            "Observation?code=http://loinc.org|1&_include=..%2F..",
            "https://ehr.example/fhir/Observation?code=http://loinc.org|1&_include=..%2F..",
        ),
        ("a/../Patient", "https://ehr.example/fhir/Patient"),
    ] {
        row.case(input, "ok", FinalState::Keep, App::signed_in(), |app| {
            let resolved = resolve(app, input)?;
            assert_eq!(resolved.as_str(), url);
            Ok(resolved)
        });
    }
}

fn h122(row: &mut Row<'_>) {
    row.case("a 401 to one request", "ok", FinalState::New, App::signed_in(), |app| {
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
        let refused = ehr::access_token(1);
        let valid = app.token(Need::Instead(&refused))?;
        assert_eq!(valid.stored.session.access_token(), ehr::access_token(2));
        assert_eq!(app.tab.count("refresh"), 1);
        Ok(valid)
    });
    row.case("a 401 to ten requests at once", "ok", FinalState::New, App::signed_in(), |app| {
        app.tab.pace.set(2);
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
        let (key, refused) = (app.key(), ehr::access_token(1));
        let outcomes: Result<Vec<_>> =
            together((0..10).map(|_| app.token_flow(&key, Need::Instead(&refused))).collect()).into_iter().collect();
        app.tab.pace.set(0);
        assert_eq!(app.tab.count("refresh"), 1, "one refresh");
        outcomes
    });
}

fn h172(row: &mut Row<'_>) {
    let app = App::signed_in;
    for character in ["\\", "\"", "'", "é", "\u{1f4a9}", "a b", "|", "%5C", "[x]", "{x}", "`", "^", "<x>"] {
        for input in [
            format!("Patient?name={character}"),
            format!("https://ehr.example/fhir/Patient?name={character}"),
            format!("/fhir/Patient?a=1&name={character}"),
            format!("Patient?{character}"),
            format!("Patient?name=x#{character}"),
        ] {
            row.case(&input, "ok", FinalState::Unchanged, app(), |app| {
                let resolved = resolve(app, &input)?;
                assert!(resolved.as_str().starts_with("https://ehr.example/fhir/Patient?"), "{resolved:?}");
                Ok(resolved)
            });
        }
    }
    for character in ["\\", "\"", "'", "é", "\u{1f4a9}", " ", "`", "\u{7f}", "\t"] {
        for input in [
            format!("Patient/a{character}b"),
            format!("{character}Patient?name=x"),
            format!("Patient{character}?name=x"),
            format!("https://ehr.example{character}/fhir/Patient"),
            format!("https://{character}ehr.example/fhir/Patient"),
            format!("https://ehr.example/fhir{character}/Patient?name=x"),
        ] {
            row.case(&input, "origin_not_allowed", FinalState::Unchanged, app(), |app| resolve(app, &input));
        }
    }
}

//! A. Launch: permitted servers and parameters.

use super::RowTest;
use super::row::Row;
use crate::app::{App, value};
use crate::ehr;
use crate::final_state::FinalState;
use serde_json::json;
use smart_launch::error::Result;
use smart_launch::flow::sign_in::Begun;
use smart_launch::protocol::form::encode;

pub const ROWS: &[RowTest] = &[("H001", h001), ("H002", h002), ("H003", h003), ("H005", h005), ("H006", h006)];

/// Launches from a URL with this `iss`.
fn launch(app: &App, iss: &str) -> Result<Begun> {
    app.launch(&format!("https://app.example/launch?{}", encode(&[("iss", iss), ("launch", "handle")])))
}

fn assert_nothing_fetched(app: &App) {
    assert!(app.tab.sent.borrow().is_empty(), "nothing is fetched");
}

/// Asserts that a launch with this `iss` is refused before anything is fetched, and that a sign-in with this `iss` as an option
/// is refused.
fn assert_refused(row: &mut Row<'_>, iss: &str, code: &'static str) {
    row.case(iss, code, FinalState::None, App::new(), |app| {
        let begun = launch(app, iss);
        assert_nothing_fetched(app);
        begun
    });
    row.case("the iss as an option", code, FinalState::None, App::new(), |app| app.begin(json!({ "iss": iss })));
}

fn h001(row: &mut Row<'_>) {
    for iss in [
        "https://evil.example/fhir",
        "https://ehr.example",
        "https://ehr.example/",
        "https://ehr.example/fhir/x",
        "https://ehr.example/fhirx",
        "https://ehr.example/FHIR",
        "https://ehr.example/fhir//",
        "https://ehr.example/fhir?tenant=1",
        "https://ehr.example/fhir#x",
        "https://ehr.example:8443/fhir",
        "https://sub.ehr.example/fhir",
        "https://ehr.example.evil.example/fhir",
    ] {
        assert_refused(row, iss, "issuer_not_allowed");
    }
}

fn h002(row: &mut Row<'_>) {
    for iss in [
        "https://user@ehr.example/fhir",
        "https://user:password@ehr.example/fhir",
        "https://ehr.example@evil.example/fhir",
        "https://ehr.example%40evil.example/fhir",
        "https://ehr.example\\@evil.example/fhir",
        "https://ehr.example\\fhir",
        "https:\\\\ehr.example/fhir",
        "https://ehr.exa\tmple/fhir",
        "https://ehr.example/fh\tir",
        "\thttps://ehr.example/fhir",
        "ht\ttps://ehr.example/fhir",
        " https://ehr.example/fhir",
        "https://ehr.example/fhir ",
        "https://ehr.example/fhir\r\n",
        "https://ehr.example/fhir\0",
        "https://еhr.example/fhir",
        "https://xn--hr-8cd.example/fhir",
        "https://ehr。example/fhir",
        "https://ｅhr.example/fhir",
        "https://ehr.example./fhir",
        "https://ehr.example/x/../fhir",
        "https://ehr.example/fhir/..",
        "https://ehr.example/fhir/.",
        "https://ehr.example/%2e%2E/fhir",
        "https://ehr.example/fhir/%2e",
        "https://ehr.example/%66hir",
        "https://ehr.example/fhir%2f",
        "https:ehr.example/fhir",
        "https:///ehr.example/fhir",
        "https://0x7f.1/fhir",
        "https://127.1/fhir",
        "https://0177.0.0.1/fhir",
        "https://2130706433/fhir",
        "https://[fe80::1]/fhir",
    ] {
        assert_refused(row, iss, "issuer_not_allowed");
    }
    for iss in [
        "https://EHR.Example/fhir",
        "HTTPS://ehr.example/fhir",
        "https://ehr.example:443/fhir",
        "https://ehr.example:/fhir",
        "https://ehr.example/fhir/",
    ] {
        row.case(iss, "ok", FinalState::Pend, App::new(), |app| {
            let begun = launch(app, iss);
            assert_eq!(app.tab.last().url, ehr::CONFIGURATION);
            begun
        });
    }
}

fn h003(row: &mut Row<'_>) {
    for iss in [
        "http://ehr.example/fhir",
        "HTTP://ehr.example/fhir",
        "http://ehr.example:443/fhir",
        "javascript:alert(1)",
        "JavaScript://ehr.example/%0aalert(1)",
        "data:application/json,{}",
        "blob:https://ehr.example/2b9a",
        "file:///etc/passwd",
        "ftp://ehr.example/fhir",
        "ws://ehr.example/fhir",
        "view-source:https://ehr.example/fhir",
        "httpss://ehr.example/fhir",
    ] {
        assert_refused(row, iss, "endpoint_scheme");
    }
}

fn h005(row: &mut Row<'_>) {
    let base = "https%3A%2F%2Fehr.example%2Ffhir";
    for query in [
        format!("iss={base}&iss={base}&launch=x"),
        format!("iss={base}&iss=https%3A%2F%2Fevil.example&launch=x"),
        format!("iss=&launch=x&iss={base}"),
        format!("iss={base}&%69%73%73={base}&launch=x"),
        format!("iss={base}&launch=x&launch=x"),
        format!("launch=x&iss={base}&launch=y"),
        format!("iss={base}&launch=x&l%61unch=y"),
        format!("iss={base}&launch=x&launch"),
    ] {
        row.case(&query, "callback_duplicate_param", FinalState::None, App::new(), |app| {
            let begun = app.launch(&format!("https://app.example/launch?{query}"));
            assert_nothing_fetched(app);
            begun
        });
    }
}

fn h006(row: &mut Row<'_>) {
    let long = "a".repeat(65_536);
    for handle in [
        long.as_str(),
        "x%0D%0Aset-cookie:a=b",
        "x%0a",
        "%00",
        "x%00y",
        "%ED%A0%80",
        "%ED%B0%80x",
        "%FF",
        "%",
        "%1",
        "%E2%80%AE",
        "%C3%A9",
        "%7F",
        "",
    ] {
        let title = if handle.len() > 100 { "64 KiB" } else { handle };
        row.case(title, "launch_invalid", FinalState::None, App::new(), |app| {
            let begun =
                app.launch(&format!("https://app.example/launch?iss=https%3A%2F%2Fehr.example%2Ffhir&launch={handle}"));
            assert_nothing_fetched(app);
            begun
        });
    }
    for handle in [long.as_str(), "a\r\nb", "\0", "", "é"] {
        row.case("a handle from the app", "launch_invalid", FinalState::None, App::new(), |app| {
            app.begin(json!({ "launch": handle }))
        });
    }
    row.case("reserved characters", "ok", FinalState::Pend, App::new(), |app| {
        let begun = app
            .launch("https://app.example/?iss=https%3A%2F%2Fehr.example%2Ffhir&launch=a%26state%3Devil%20%2B%25%23")
            .unwrap();
        assert!(value(begun.request.json())["url"].as_str().unwrap().contains("&launch=a%26state%3Devil%20%2B%25%23"));
        Ok(begun)
    });
}

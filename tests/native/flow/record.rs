use crate::app::{App, SESSIONS, SIGN_INS, assert_fails, options, warnings};
use crate::ehr;
use crate::host::{FakeResponse, run_flow};
use serde_json::json;
use smart_launch::error::Code;
use smart_launch::flow::record;
use smart_launch::flow::refresh::Need;
use smart_launch::host::Area;

#[test]
fn session_outlives_the_page() {
    let app = App::signed_in();
    app.tab.reload();
    let stored = app.resume().unwrap();
    assert!(stored.persisted);
    assert_eq!(stored.session.access_token(), ehr::access_token(1));
    assert!(warnings(stored.session.json()).is_empty());
}

#[test]
fn session_of_the_largest_response_that_is_accepted_is_read_back() {
    for members in [json!({ "fhirContext": vec!["List/1"; 19_000] }), json!({ "x": vec![0; 19_900] })] {
        let app = App::signed_in_with(members);
        assert!(app.resume().is_some());
        assert!(app.token(Need::Seconds(60)).is_ok());
    }
}

#[test]
fn memory_setting_keeps_the_session_out_of_the_tab() {
    let app = App::with_settings(json!({ "clients": [options()], "storage": "memory" }));
    let stored = app.sign_in(&ehr::tokens(1)).unwrap();
    assert!(!stored.persisted);
    assert!(warnings(stored.session.json()).is_empty());
    assert!(app.tab.records.tab.borrow().keys().all(|key| key.starts_with(SIGN_INS)));
    assert!(app.resume().is_some());
    app.tab.reload();
    assert!(app.resume().is_none());
}

#[test]
fn local_setting_stores_the_session_for_all_tabs() {
    for (storage, is_shared) in [("local", true), ("session", false)] {
        let app = App::with_settings(json!({ "clients": [options()], "storage": storage }));
        assert!(app.sign_in(&ehr::tokens(1)).unwrap().persisted);
        assert_eq!(app.tab.origin.shared.borrow().contains_key(&app.key()), is_shared, "{storage}");
    }
}

#[test]
fn blocked_storage_falls_back_to_memory_with_a_warning() {
    let app = App::new();
    app.tab.records.blocked.set(true);
    let begun = app.begin(json!({})).unwrap();
    assert!(!begun.persisted);
    let stored = app.complete_with(FakeResponse::ok(&ehr::tokens(1))).unwrap();
    assert!(!stored.persisted);
    assert_eq!(warnings(stored.session.json()), ["storage_unavailable"]);
    let resumed = app.resume().unwrap();
    assert!(!resumed.persisted);
    assert_eq!(warnings(resumed.session.json()), ["storage_unavailable"]);
}

#[test]
fn full_storage_falls_back_to_memory_with_a_warning() {
    let app = App::pending();
    app.tab.records.full.set(true);
    let stored = app.complete_with(FakeResponse::ok(&ehr::tokens(1))).unwrap();
    assert!(!stored.persisted);
    assert_eq!(warnings(stored.session.json()), ["storage_unavailable"]);
}

#[test]
fn failed_write_removes_the_used_refresh_token() {
    let app = App::signed_in();
    app.tab.records.full.set(true);
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
    let valid = app.token(Need::New).unwrap();
    assert!(!valid.stored.persisted);
    let records = app.tab.records.tab.borrow();
    assert!(!records.values().any(|record| record.contains(&ehr::refresh_token(1))));
    assert!(!records.keys().any(|key| key.starts_with(SESSIONS)));
    drop(records);
    assert_eq!(app.resume().unwrap().session.refresh_token(), ehr::refresh_token(2));
}

#[test]
fn storage_that_works_again_is_used_again() {
    let app = App::pending();
    app.tab.records.full.set(true);
    app.complete_with(FakeResponse::ok(&ehr::tokens(1))).unwrap();
    app.tab.records.full.set(false);
    app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
    assert!(app.token(Need::New).unwrap().stored.persisted);
    assert!(app.tab.records.page.borrow().keys().all(|key| !key.starts_with(SESSIONS)));
    app.tab.reload();
    assert_eq!(app.resume().unwrap().session.access_token(), ehr::access_token(2));
}

#[test]
fn record_of_a_newer_version_is_left_unchanged_and_one_without_a_version_removed() {
    for version in ["\"v\":2", "\"v\":\"1\"", "\"w\":1"] {
        let app = App::signed_in();
        let key = app.key();
        let record = app.tab.records.load(Area::Tab, &key).unwrap();
        assert!(record.contains("\"v\":1"));
        app.tab.records.save(Area::Tab, &key, &record.replace("\"v\":1", version));
        assert!(app.resume().is_none());
        // Records of a newer version of this library are left unchanged.
        assert_eq!(app.tab.records.under(SESSIONS).is_empty(), version != "\"v\":2");
    }
}

#[test]
fn record_that_is_not_a_session_is_removed() {
    for record in ["", "null", "{", "[]", "7", "{\"v\":1}", "\u{1f4a9}"] {
        let app = App::signed_in();
        app.tab.records.save(Area::Tab, &app.key(), record);
        assert!(app.resume().is_none(), "{record}");
        assert!(app.tab.records.under(SESSIONS).is_empty(), "{record}");
    }
}

#[test]
fn session_without_a_needed_member_is_removed() {
    for name in ["clientId", "fhirBaseUrl", "tokenEndpoint", "access_token", "issued", "tokenResponse"] {
        let app = App::signed_in();
        let key = app.key();
        let record = app.tab.records.load(Area::Tab, &key).unwrap();
        let record = ehr::with(serde_json::from_str(&record).unwrap(), json!({ name: null }));
        app.tab.records.save(Area::Tab, &key, &record.to_string());
        assert_fails(run_flow(app.token_flow(&key, Need::Seconds(60))), Code::SignedOut);
        assert!(app.tab.records.under(SESSIONS).is_empty(), "{name}");
    }
}

#[test]
fn record_under_another_key_is_removed() {
    let app = App::signed_in();
    let key = app.key();
    let record = app.tab.records.load(Area::Tab, &key).unwrap();
    let other = format!("{key}-and-more");
    app.tab.records.save(Area::Tab, &other, &record);
    assert!(record::load_session(&app.tab.host(), app.settings(), &other).is_err());
    assert_eq!(app.key(), key);
}

#[test]
fn load_session_fails_with_signed_out_if_there_is_no_record() {
    let app = App::new();
    assert_fails(record::load_session(&app.tab.host(), app.settings(), "smart-launch:session:"), Code::SignedOut);
}

#[test]
fn cleared_storage_is_reported_as_signed_out() {
    let app = App::signed_in();
    let key = app.key();
    app.tab.records.tab.borrow_mut().clear();
    assert_fails(run_flow(app.token_flow(&key, Need::Seconds(60))), Code::SignedOut);
}

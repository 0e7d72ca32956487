//! After a reload, the page's memory is empty and the tab's storage is unchanged.

use crate::driver::{play, report, restore, store_record, stored};
use crate::sign_in::{App, tokens};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn session_is_found_again_without_a_request() {
    let app = App::at("reload");
    let session = app.sign_in().await;
    assert!(session.at("persisted").is_true());
    play("[]");
    let found = app.job("ready", "").await.unwrap();
    assert_eq!(found.text("access_token"), "first-access");
    assert!(found.at("persisted").is_true());
    assert!(report().at("calls").list().is_empty());
    restore();
}

#[wasm_bindgen_test]
async fn pending_sign_in_is_in_session_storage_until_it_is_used() {
    let app = App::at("pending");
    let callback = app.callback("a-code").await;
    let state = callback.split("state=").nth(1).unwrap().trim_end_matches('"');
    let pending = format!("smart-launch:sign-in:{state}");
    assert!(stored(&pending).unwrap().contains("verifier"));
    play(&format!("[{}]", tokens("first")));
    app.job("ready", &callback).await.unwrap();
    // A mark stays, which distinguishes a reload of the callback from a forged callback.
    let mark = stored(&pending).unwrap();
    assert!(mark.contains("used") && !mark.contains("verifier"), "{mark}");
    restore();
}

#[wasm_bindgen_test]
async fn tab_without_the_pending_sign_in_refuses_its_response() {
    let app = App::at("another-tab");
    let callback = app.callback("a-code").await;
    restore();
    play("[]");
    assert!(app.job("ready", &callback).await.is_err());
    assert!(report().at("calls").list().is_empty());
    restore();
}

#[wasm_bindgen_test]
async fn corrupt_and_outdated_records_are_removed() {
    let app = App::at("corrupt");
    let session = app.sign_in().await;
    let record = stored(session.text("key")).unwrap();
    for damaged in
        ["", "{", "null", "[]", &record.replace(r#""v":1"#, r#""v":0"#), &record.replace("access_token", "x")]
    {
        store_record(session.text("key"), damaged);
        assert!(app.job("ready", "").await.unwrap().is_null(), "{damaged}");
        assert_eq!(stored(session.text("key")), None, "{damaged}");
    }
    restore();
}

#[wasm_bindgen_test]
async fn sign_out_leaves_nothing_in_session_storage() {
    let app = App::at("wiped");
    let callback = app.callback("another-code").await;
    let state = callback.split("state=").nth(1).unwrap().trim_end_matches('"').to_owned();
    let session = app.sign_in().await;
    play(r#"[{"error":"TypeError"},{"error":"TypeError"}]"#);
    app.job("logout", "").await.unwrap();
    assert_eq!(stored(session.text("key")), None);
    assert_eq!(stored(&format!("smart-launch:sign-in:{state}")), None);
    restore();
}

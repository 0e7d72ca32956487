//! Records in the browser's own storage.

use crate::driver::{fill_storage, restore, set_empty_env, store_record, stored};
use smart_launch::host::{Area, Host};
use smart_launch::web::Web;
use wasm_bindgen_test::wasm_bindgen_test;

fn web() -> Web {
    restore();
    set_empty_env();
    Web
}

#[wasm_bindgen_test]
fn record_of_the_tab_is_in_session_storage() {
    let web = web();
    assert!(web.save(Area::Tab, "a key", "a record"));
    assert_eq!(stored("a key").as_deref(), Some("a record"));
    assert_eq!(web.load(Area::Tab, "a key").as_deref(), Some("a record"));
}

#[wasm_bindgen_test]
fn record_of_the_page_is_not_in_session_storage() {
    let web = web();
    assert!(web.save(Area::Page, "of the page", "a record"));
    assert_eq!(stored("of the page"), None);
    assert_eq!(web.load(Area::Page, "of the page").as_deref(), Some("a record"));
    assert_eq!(web.load(Area::Tab, "of the page"), None);
}

#[wasm_bindgen_test]
fn record_is_the_same_for_every_flow_of_the_page() {
    let first = web();
    first.save(Area::Tab, "shared by the tab", "a record");
    first.save(Area::Page, "shared by the page", "a record");
    set_empty_env();
    let second = Web;
    assert_eq!(second.load(Area::Tab, "shared by the tab").as_deref(), Some("a record"));
    assert_eq!(second.load(Area::Page, "shared by the page").as_deref(), Some("a record"));
}

#[wasm_bindgen_test]
fn record_that_is_not_there_is_none() {
    let web = web();
    assert_eq!(web.load(Area::Tab, "nowhere"), None);
    assert_eq!(web.load(Area::Page, "nowhere"), None);
    // Names of members that every object inherits are keys like any other.
    assert_eq!(web.load(Area::Tab, "toString"), None);
    assert_eq!(web.load(Area::Tab, "__proto__"), None);
}

#[wasm_bindgen_test]
fn removed_record_is_gone_from_its_area_only() {
    let web = web();
    for area in [Area::Tab, Area::Page] {
        web.save(area, "in both", "a record");
    }
    web.remove(Area::Tab, "in both");
    assert_eq!(web.load(Area::Tab, "in both"), None);
    assert_eq!(web.load(Area::Page, "in both").as_deref(), Some("a record"));
    web.remove(Area::Page, "in both");
    assert_eq!(web.load(Area::Page, "in both"), None);
}

#[wasm_bindgen_test]
fn keys_are_those_with_the_prefix() {
    let web = web();
    store_record("of the app itself", "nothing of ours");
    for area in [Area::Tab, Area::Page] {
        assert_eq!(web.keys(area, "prefix:"), [""; 0]);
        web.save(area, "prefix:one", "1");
        web.save(area, "prefix:two", "2");
        web.save(area, "other:prefix:", "3");
        let mut keys = web.keys(area, "prefix:");
        keys.sort();
        assert_eq!(keys, ["prefix:one", "prefix:two"]);
    }
}

#[wasm_bindgen_test]
fn text_of_any_language_is_kept_as_it_is() {
    let web = web();
    let record = "Zoë Nguyễn-Müller \u{1f469}\u{200d}\u{2695}\u{fe0f} \"\\\n\u{0}";
    for area in [Area::Tab, Area::Page] {
        assert!(web.save(area, "text", record));
        assert_eq!(web.load(area, "text").as_deref(), Some(record));
    }
}

#[wasm_bindgen_test]
fn full_storage_saves_nothing_and_still_reads() {
    let web = web();
    web.save(Area::Tab, "before", "a record");
    fill_storage();
    assert!(!web.save(Area::Tab, "after", &"x".repeat(64)));
    assert_eq!(web.load(Area::Tab, "after"), None);
    assert_eq!(web.load(Area::Tab, "before").as_deref(), Some("a record"));
    restore();
}

//! Storage that is blocked, missing or not writable: nothing throws, and the page's memory is used instead.

use crate::driver::{block_storage, freeze_storage, remove_storage, restore, set_empty_env};
use smart_launch::flow::record;
use smart_launch::host::{Area, Host};
use smart_launch::web::Web;
use wasm_bindgen_test::wasm_bindgen_test;

const WITHOUT_STORAGE: [fn(); 2] = [block_storage, remove_storage];

#[wasm_bindgen_test]
fn storage_that_is_blocked_or_missing_saves_nothing() {
    for disable_storage in WITHOUT_STORAGE {
        disable_storage();
        set_empty_env();
        let web = Web;
        assert!(!web.save(Area::Tab, "a key", "a record"));
        assert_eq!(web.load(Area::Tab, "a key"), None);
        assert_eq!(web.keys(Area::Tab, ""), [""; 0]);
        web.remove(Area::Tab, "a key");
        restore();
    }
}

#[wasm_bindgen_test]
fn storage_that_cannot_be_written_can_be_read() {
    freeze_storage(r#"{"there":"a record"}"#);
    set_empty_env();
    let web = Web;
    assert!(!web.save(Area::Tab, "new", "a record"));
    assert_eq!(web.load(Area::Tab, "there").as_deref(), Some("a record"));
    restore();
}

#[wasm_bindgen_test]
fn record_that_the_tab_cannot_store_is_in_the_page_s_memory() {
    for disable_storage in WITHOUT_STORAGE {
        disable_storage();
        set_empty_env();
        let web = Web;
        assert!(!record::save(&web, Area::Tab, "homeless", "a record"));
        assert_eq!(record::load(&web, "homeless"), Some(("a record".into(), false)));
        record::remove(&web, "homeless");
        assert_eq!(record::load(&web, "homeless"), None);
        restore();
    }
}

#[wasm_bindgen_test]
fn record_that_no_longer_fits_leaves_no_older_version_in_storage() {
    freeze_storage(r#"{"grown":"with a spent refresh token"}"#);
    set_empty_env();
    let web = Web;
    assert!(!record::save(&web, Area::Tab, "grown", "a record"));
    assert_eq!(web.load(Area::Tab, "grown"), None);
    assert_eq!(record::load(&web, "grown"), Some(("a record".into(), false)));
    restore();
}

//! The record areas, and failures of storage.

use super::origin::Origin;
use smart_launch::host::Area;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Records by key. Storage may be blocked or full; memory always works.
#[derive(Default)]
pub struct Records {
    pub page: RefCell<BTreeMap<String, String>>,
    /// The records that the tabs of the origin share.
    pub origin: Rc<Origin>,
    pub tab: RefCell<BTreeMap<String, String>>,
    /// Storage is blocked: a sandboxed iframe, or site data disabled.
    pub blocked: Cell<bool>,
    /// Storage is full: reads and removals work, writes fail.
    pub full: Cell<bool>,
}

impl Records {
    pub fn load(&self, area: Area, key: &str) -> Option<String> {
        self.reachable(area)?.borrow().get(key).cloned()
    }

    pub fn save(&self, area: Area, key: &str, record: &str) -> bool {
        assert!(!key.contains(['\n', '\r']), "keys are passed one per line");
        let Some(records) = self.reachable(area).filter(|_| area == Area::Page || !self.full.get()) else {
            return false;
        };
        records.borrow_mut().insert(key.into(), record.into());
        true
    }

    pub fn remove(&self, area: Area, key: &str) {
        if let Some(records) = self.reachable(area) {
            records.borrow_mut().remove(key);
        }
    }

    pub fn keys(&self, area: Area, prefix: &str) -> Vec<String> {
        let Some(records) = self.reachable(area) else { return Vec::new() };
        records.borrow().keys().filter(|key| key.starts_with(prefix)).cloned().collect()
    }

    /// The records of all areas whose keys begin with `prefix`. Of several records with one key it has the shared one, or else that
    /// of the page.
    pub fn under(&self, prefix: &str) -> BTreeMap<String, String> {
        let mut records = self.tab.borrow().clone();
        records.extend(self.page.borrow().clone());
        records.extend(self.origin.shared.borrow().clone());
        records.retain(|key, _| key.starts_with(prefix));
        records
    }

    fn reachable(&self, area: Area) -> Option<&RefCell<BTreeMap<String, String>>> {
        match area {
            Area::Page => Some(&self.page),
            Area::Tab => (!self.blocked.get()).then_some(&self.tab),
            Area::Shared => (!self.blocked.get()).then_some(&self.origin.shared),
        }
    }
}

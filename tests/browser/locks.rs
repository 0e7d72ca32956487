//! Locks: one flow at a time, in order, and never held by a flow that has ended.

use crate::driver::{run, run_all, try_run};
use smart_launch::error::Result;
use smart_launch::host::{Area, Host};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

type Journal = Rc<RefCell<Vec<String>>>;

/// A flow that takes a lock, does something that takes time, and ends.
async fn visit(lock: &'static str, name: &'static str, journal: Journal) {
    let note = move |action| {
        let note = format!("{name} {action}");
        // A flow runs again from its start after each wait, so each action is noted only once.
        if !journal.borrow().contains(&note) {
            journal.borrow_mut().push(note);
        }
    };
    run(move |web| {
        web.lock(Area::Page, lock, 20)?;
        note("enters");
        web.hash("256", name)?;
        web.hash("256", name)?;
        note("leaves");
        Ok(())
    })
    .await
    .unwrap();
}

#[wasm_bindgen_test]
async fn lock_is_held_by_one_flow_at_a_time_in_the_order_of_the_requests() {
    let journal = Journal::default();
    let visits = ["first", "second", "third"].map(|name| {
        let visit: std::pin::Pin<Box<dyn Future<Output = ()>>> = Box::pin(visit("one room", name, journal.clone()));
        visit
    });
    run_all(visits).await;
    let expected = ["first", "second", "third"].map(|name| [format!("{name} enters"), format!("{name} leaves")]);
    assert_eq!(*journal.borrow(), expected.concat());
}

#[wasm_bindgen_test]
async fn locks_of_different_names_do_not_wait_for_each_other() {
    let journal = Journal::default();
    run_all([
        Box::pin(visit("a room", "first", journal.clone())),
        Box::pin(visit("another room", "second", journal.clone())),
    ])
    .await;
    assert_eq!(journal.borrow()[..2], ["first enters", "second enters"]);
}

#[wasm_bindgen_test]
async fn flow_may_hold_several_locks_and_frees_them_all() {
    for _ in 0..2 {
        run(|web| web.lock(Area::Page, "left", 20).and_then(|_| web.lock(Area::Page, "right", 20))).await.unwrap();
    }
}

#[wasm_bindgen_test]
async fn lock_is_free_again_after_the_flow_that_held_it_throws() {
    let thrown = end_while_locked("of the one that throws", || wasm_bindgen::throw_str("thrown on purpose")).await;
    assert!(format!("{thrown:?}").contains("thrown on purpose"), "{thrown:?}");
    visit("of the one that throws", "next", Journal::default()).await;
}

#[wasm_bindgen_test]
async fn lock_is_free_again_after_the_flow_that_held_it_traps() {
    let trap = end_while_locked("of the one that traps", || core::arch::wasm32::unreachable()).await;
    assert!(format!("{trap:?}").contains("RuntimeError"), "{trap:?}");
    visit("of the one that traps", "next", Journal::default()).await;
}

#[wasm_bindgen_test]
async fn flow_that_waits_for_a_lock_gets_it_when_its_holder_traps() {
    let journal = Journal::default();
    let holder = async {
        end_while_locked("of the holder", || core::arch::wasm32::unreachable()).await;
    };
    run_all([Box::pin(holder), Box::pin(visit("of the holder", "waiting", journal.clone()))]).await;
    assert_eq!(*journal.borrow(), ["waiting enters", "waiting leaves"]);
}

/// Runs a flow that ends by `end` while it holds a lock, and returns the flow's error.
async fn end_while_locked(lock: &'static str, end: fn() -> !) -> JsValue {
    let ended = try_run(move |web| -> Result<()> {
        web.lock(Area::Page, lock, 20)?;
        end()
    });
    match ended.await {
        Ok(_) => panic!("it ended well"),
        Err(thrown) => thrown,
    }
}

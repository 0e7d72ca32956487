//! Flows, run by JavaScript as in the package, and the JavaScript that simulates their environment.

use smart_launch::error::{Code, Result};
use smart_launch::js;
use smart_launch::protocol::json::Json;
use smart_launch::web::Web;
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/tests/browser/driver.js")]
extern "C" {
    #[wasm_bindgen(js_name = setEmptyEnv)]
    pub fn set_empty_env();
    #[wasm_bindgen(catch)]
    pub async fn drive(step: &Closure<dyn FnMut() -> String>) -> core::result::Result<JsValue, JsValue>;
    pub fn play(script: &str);
    #[wasm_bindgen(js_name = report)]
    fn report_text() -> String;
    pub fn restore();
    #[wasm_bindgen(js_name = blockStorage)]
    pub fn block_storage();
    #[wasm_bindgen(js_name = removeStorage)]
    pub fn remove_storage();
    #[wasm_bindgen(js_name = freezeStorage)]
    pub fn freeze_storage(records: &str);
    #[wasm_bindgen(js_name = fillStorage)]
    pub fn fill_storage();
    pub fn stored(key: &str) -> Option<String>;
    #[wasm_bindgen(js_name = storeRecord)]
    pub fn store_record(key: &str, record: &str);
    #[wasm_bindgen(js_name = httpDate)]
    pub fn http_date(seconds: f64) -> String;
}

// These bindings make wasm-bindgen put the files where driver.js finds them.
#[wasm_bindgen(module = "/src/web/other-tabs.js")]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = ask)]
    static _ASK: JsValue;
}

#[wasm_bindgen(module = "/src/web/reachability.js")]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = reach)]
    static _REACH: JsValue;
}

#[wasm_bindgen(module = "/src/web/locks.js")]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = takeLock)]
    static _LOCKS: JsValue;
}

#[wasm_bindgen(module = "/src/web/document-request.js")]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = documentRequest)]
    static _DOCUMENT_REQUEST: JsValue;
}

/// Runs a flow to its end and returns its result.
pub async fn run<T: 'static>(flow: impl Fn(Web) -> Result<T> + 'static) -> Result<T> {
    try_run(flow).await.unwrap()
}

/// Runs a flow that may throw or trap.
///
/// # Errors
/// The error with which the driver rejects.
pub async fn try_run<T: 'static>(
    flow: impl Fn(Web) -> Result<T> + 'static,
) -> core::result::Result<Result<T>, JsValue> {
    let outcome = Rc::new(Cell::new(None));
    let ended = outcome.clone();
    let step = Closure::new(move || match flow(Web) {
        Err(error) if error.code() == Code::Waiting => String::new(),
        result => {
            ended.set(Some(result));
            String::from("ended")
        }
    });
    drive(&step).await?;
    Ok(outcome.take().unwrap())
}

/// Does a job of the client as the package does it. Returns its outcome, or the error's description.
pub async fn job(input: &str) -> core::result::Result<Json, Json> {
    let input = input.to_owned();
    let needs_no_session = ["authorize", "discover"].iter().any(|job| input.contains(&format!(r#""job":"{job}""#)));
    let step =
        Closure::new(move || if needs_no_session { js::begin(input.clone()) } else { js::session(input.clone()) });
    outcome(&drive(&step).await.unwrap().as_string().unwrap())
}

/// Parses an outcome as the module returns it: JSON text, with a leading exclamation mark if it is a failure.
pub fn outcome(text: &str) -> core::result::Result<Json, Json> {
    match text.strip_prefix('!') {
        Some(failure) => Err(Json::parse(failure).unwrap()),
        None => Ok(Json::parse(text).unwrap()),
    }
}

/// The calls and events since the script began.
pub fn report() -> Json {
    Json::parse(&report_text()).unwrap()
}

/// Runs these flows concurrently.
pub async fn run_all<const COUNT: usize>(mut flows: [Pin<Box<dyn Future<Output = ()>>>; COUNT]) {
    let mut ended = [false; COUNT];
    poll_fn(|context| {
        for (flow, ended) in flows.iter_mut().zip(&mut ended) {
            *ended = *ended || pin!(flow).poll(context).is_ready();
        }
        if ended.iter().all(|ended| *ended) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

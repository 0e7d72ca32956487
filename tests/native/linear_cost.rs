//! Time and memory are linear in the length of every list from a server, a link, storage or the app.
#![allow(unsafe_code)] // An allocator that counts.

use crate::app::{App, REDIRECT, json, options};
use crate::ehr;
use cpu_time::ThreadTime;
use serde_json::{Value, json};
use smart_launch::protocol::authorization_response::AuthorizationResponse;
use smart_launch::protocol::discovery;
use smart_launch::protocol::http::Response;
use smart_launch::protocol::json::Json;
use smart_launch::protocol::jwks::KeySet;
use smart_launch::protocol::jws::Jws;
use smart_launch::protocol::launch::Launch;
use smart_launch::protocol::scope;
use smart_launch::protocol::settings::Settings;
use smart_launch::protocol::token::Tokens;
use smart_launch::protocol::url::Url;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::time::Duration;

/// Counts the bytes that each thread allocates.
struct Counting;

thread_local! {
    static ALLOCATED: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATED.try_with(|sum| sum.set(sum.get() + layout.size()));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Bytes that `work` allocates.
pub fn allocated_by(work: impl FnOnce()) -> usize {
    let before = ALLOCATED.get();
    work();
    ALLOCATED.get() - before
}

/// Runs `work` on inputs of a length and of four times that length, created by `make`. Time must not grow by a factor of 8 or
/// more, memory not by a factor of 6 or more; quadratic cost would grow by 16.
#[track_caller]
pub fn grows_with_its_length<T>(name: &str, length: usize, make: impl Fn(usize) -> T, work: impl Fn(&T)) {
    let measure = |length| {
        let input = make(length);
        let before = ALLOCATED.get();
        work(&input);
        let allocated = ALLOCATED.get() - before;
        let time = |_| {
            let started = ThreadTime::now();
            work(&input);
            started.elapsed()
        };
        // The shortest time of this thread, because other load on the machine makes it longer.
        ((0..7).map(time).min().unwrap_or_default(), allocated)
    };
    // Quadratic cost takes sixteen times as long in every try.
    let mut growth = f64::INFINITY;
    for _ in 0..5 {
        let ((time, bytes), (longer_time, more_bytes)) = (measure(length), measure(4 * length));
        println!("{name}: {length} in {time:?} and {bytes} bytes, four times that in {longer_time:?} and {more_bytes}");
        assert!(more_bytes < 6 * bytes.max(4_096), "{name}: {bytes} bytes, then {more_bytes}");
        growth = growth.min(longer_time.as_secs_f64() / time.max(Duration::from_micros(200)).as_secs_f64());
        if growth < 8.0 {
            return;
        }
    }
    panic!("{name}: four times the length takes {growth:.1} times as long");
}

fn token_response(body: &Value) -> Response {
    Response::new(json(&json!({ "status": 200, "contentType": "application/json", "body": body.to_string() })))
}

fn many<T: Into<Value>>(length: usize, item: impl Fn(usize) -> T) -> Value {
    (0..length).map(|number| item(number).into()).collect::<Vec<Value>>().into()
}

fn scope_list(length: usize, word: impl Fn(usize) -> String) -> String {
    (0..length).map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn cost_is_linear_in_the_number_of_servers() {
    let make = |length| {
        let server = |number| {
            ehr::with(
                options(),
                json!({ "fhirBaseUrl": format!("https://ehr-{number}.example/fhir"), "redirectUri": REDIRECT }),
            )
        };
        json(&json!({ "clients": many(length, server) }))
    };
    grows_with_its_length("servers", 1_000, make, |settings| {
        let settings = Settings::read(settings).unwrap();
        let client = settings.client("https://ehr-1.example/fhir").unwrap();
        assert!(settings.shares_redirect(client).unwrap());
    });
}

#[test]
fn cost_is_linear_in_the_lists_of_the_metadata() {
    for list in
        ["capabilities", "scopes_supported", "grant_types_supported", "code_challenge_methods_supported", "other"]
    {
        let make = |length| {
            ehr::with(ehr::document(), json!({ list: many(length, |n| format!("capability-{n}")) })).to_string()
        };
        let base = Url::parse(ehr::BASE).unwrap();
        grows_with_its_length(list, 1_000, make, |document| {
            black_box(discovery::parse(document, &base, false, false).unwrap());
        });
    }
}

#[test]
fn cost_is_linear_in_the_depth_and_the_texts_of_a_response() {
    let nested = |length: usize| format!("{{\"a\":{}0{}}}", "[".repeat(length), "]".repeat(length));
    grows_with_its_length("arrays in arrays", 1_000, nested, |text| drop(Json::parse(text)));
    let texts = |length: usize| json!([many(length, |n| format!("\u{e4}{n}\\"))]).to_string();
    grows_with_its_length("texts", 1_000, texts, |text| drop(black_box(Json::parse(text).unwrap().to_text())));
}

#[test]
fn cost_is_linear_in_the_lists_of_a_token_response() {
    let contexts = |length| many(length, |n| json!({ "reference": format!("Observation/{n}") }));
    let details =
        |length| many(length, |_| json!({ "type": "smart_on_fhir", "locations": ["https://ehr.example/fhir"] }));
    let cases: [(&str, &dyn Fn(usize) -> Value); 5] = [
        ("fhirContext", &|length| json!({ "fhirContext": contexts(length) })),
        ("authorization_details", &|length| json!({ "authorization_details": details(length) })),
        ("both", &|length| json!({ "fhirContext": contexts(length), "authorization_details": details(length) })),
        ("locations", &|length| {
            let locations = many(length, |n| format!("https://ehr-{n}.example/fhir"));
            json!({ "authorization_details": [{ "type": "smart_on_fhir", "locations": locations }] })
        }),
        ("scope", &|length| json!({ "scope": scope_list(length, |n| format!("patient/Observation.rs?code={n}")) })),
    ];
    for (name, changes) in cases {
        let make = |length| token_response(&ehr::with(ehr::tokens(1), changes(length)));
        grows_with_its_length(name, 500, make, |response| {
            black_box(Tokens::parse(response, false).map(|tokens| tokens.json().to_text()).ok());
        });
    }
}

#[test]
fn cost_is_linear_in_the_number_of_scopes() {
    let list = |length| scope_list(length, |n| format!("patient/Observation.rs?code={n}"));
    grows_with_its_length("granted", 1_000, list, |granted| assert!(!scope::covers(granted, "patient/Patient.rs")));
    grows_with_its_length("needed", 1_000, list, |needed| assert!(!scope::covers("patient/Patient.rs", needed)));
    grows_with_its_length("both", 1_000, list, |both| assert!(scope::covers(both, both)));
    let others = |length| scope_list(length, |n| format!("patient/Observation.rs?category={n}"));
    let two = |length| (list(length), others(length));
    grows_with_its_length("both, and none is covered", 1_000, two, |(granted, needed)| {
        assert_eq!(scope::denied(needed, granted).count(), needed.split(' ').count());
    });
    grows_with_its_length("in short", 250, list, |list| assert!(!scope::normalise(list).is_empty()));
    let one = |length: usize| format!("patient/Observation.rs?{}a=b", "a=b&".repeat(length));
    grows_with_its_length("query", 1_000, one, |scope| assert!(scope::check(scope).is_err()));
    grows_with_its_length("asked", 1_000, list, |asked| assert!(scope::check(asked).is_ok()));
}

#[test]
fn cost_is_linear_in_the_number_of_keys() {
    let token = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.e30.c2ln";
    let key = |n| json!({ "kty": "RSA", "kid": format!("key-{n}"), "n": crate::signing_keys::modulus(256, 0xC3), "e": "AQAB" });
    let make = |length| KeySet::new(json(&json!({ "keys": many(length, key) })));
    grows_with_its_length("keys", 500, make, |set| {
        black_box(Jws::parse(token).unwrap().keys(set).is_empty());
    });
}

#[test]
fn cost_is_linear_in_the_parameters_of_a_link() {
    let make = |length: usize| format!("{REDIRECT}?code=c&state=s&{}", "a=b&".repeat(length));
    grows_with_its_length("callback", 1_000, make, |url| drop(black_box(AuthorizationResponse::from_url(url))));
    let make = |length: usize| format!("{REDIRECT}?iss={}&launch=x&{}", ehr::BASE, "a=b&".repeat(length));
    grows_with_its_length("launch", 1_000, make, |url| drop(black_box(Launch::parse(url))));
}

#[test]
fn cost_is_linear_in_the_number_of_records() {
    let make = |length: usize| {
        let app = App::signed_in();
        app.begin(json!({})).unwrap();
        for number in 0..length {
            for area in ["session", "sign-in", "family"] {
                app.tab.records.tab.borrow_mut().insert(format!("smart-launch:{area}:other-{number}"), "{}".into());
            }
        }
        app
    };
    grows_with_its_length("restoring", 300, make, |app| assert!(app.resume().is_some()));
}

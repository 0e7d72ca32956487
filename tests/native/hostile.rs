//! The table of hostile servers, links and networks (tests/hostile.json): each input of a row is run through the flows. Its error
//! code, the final state, and rules for all rows are asserted.

mod arrival;
mod callback;
mod cost;
mod discovery;
mod identity;
mod invalid_effects;
mod launch;
mod mix_up;
mod origin;
mod proofs;
mod refresh;
mod renewal;
mod resource;
mod response_url;
mod responses;
mod row;
mod session;
mod tokens;
mod transport;

use row::Row;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Write, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The id of a row, and the function that runs it.
type RowTest = (&'static str, fn(&mut Row<'_>));

#[test]
fn every_row_passes_or_is_pending_for_a_reason() {
    let table: Value = serde_json::from_str(include_str!("../hostile.json")).unwrap();
    let cases = table["cases"].as_array().unwrap();
    let mut row_tests: BTreeMap<&str, fn(&mut Row<'_>)> = BTreeMap::new();
    for (id, row_test) in [
        launch::ROWS,
        discovery::ROWS,
        callback::ROWS,
        arrival::ROWS,
        transport::ROWS,
        tokens::ROWS,
        resource::ROWS,
        refresh::ROWS,
        identity::ROWS,
        invalid_effects::ROWS,
        mix_up::ROWS,
        session::ROWS,
        renewal::ROWS,
        cost::ROWS,
        responses::ROWS,
        response_url::ROWS,
        origin::ROWS,
        proofs::ROWS,
    ]
    .concat()
    {
        assert!(row_tests.insert(id, row_test).is_none(), "{id} has two functions");
    }
    let pending: BTreeMap<&str, &str> = PENDING.iter().copied().collect();
    let (mut passed, mut inputs, mut failed) = (0, 0, Vec::new());
    for case in cases {
        let id = case["id"].as_str().unwrap();
        let Some(row_test) = row_tests.remove(id) else {
            assert!(pending.contains_key(id), "{id} is neither tested nor pending");
            continue;
        };
        assert!(!pending.contains_key(id), "{id} is both tested and pending");
        let mut row = Row::of(case);
        match catch_unwind(AssertUnwindSafe(|| (row_test(&mut row), row.end()))) {
            Ok(((), count)) => (passed, inputs) = (passed + 1, inputs + count),
            Err(_) => failed.push(id),
        }
    }
    assert!(row_tests.is_empty(), "not in the table: {:?}", row_tests.keys());
    assert!(failed.is_empty(), "failed: {failed:?}");
    // `println!` is captured by the test runner. Rows that are not tested here have to be visible.
    let mut out = stdout();
    writeln!(out, "hostile: {passed} rows passed with {inputs} inputs, {} pending", pending.len()).unwrap();
    for (list, rows) in [("pending", PENDING), ("partly tested here", IN_PART)] {
        for (id, reason) in rows {
            assert!(cases.iter().any(|case| case["id"] == *id), "{id} is not in the table");
            writeln!(out, "hostile: {list}: {id} {reason}").unwrap();
        }
    }
}

const SIGNED: &str = "signed responses are tested by tests/native/flow/signed_response.rs, and by the package";

/// Rows that are not tested here, each with the reason, or with the tests that cover it.
const PENDING: &[(&str, &str)] = &[
    ("H043", "only a browser has a back button and a bfcache"),
    ("H059", "cookies are the platform's: `credentials: 'omit'` in src/web/document-request.js"),
    ("H119", "FHIR requests are repeated by pkg-template/src/engine/dpop-engine.ts: tests of the package"),
    ("H123", "the repetition after a 401 is in pkg-template/src/session/fhir-fetch.ts: tests of the package"),
    ("H125", "the repetition after a 401 is in pkg-template/src/session/fhir-fetch.ts: tests of the package"),
    ("H126", "windows and messages are JavaScript: tests of the package"),
    ("H127", "windows and messages are JavaScript: tests of the package"),
    ("H129", "only a browser partitions storage: tests in browsers"),
    ("H130", "only a browser has sandboxed iframes: tests in browsers"),
    ("H134", "the return from a sign-out is handled in pkg-template/src/session/sign-out.ts: tests of the package"),
    ("H135", "the sign-out request is handled in pkg-template/src/session/sign-out.ts: tests of the package"),
    ("H137", "the worker is JavaScript: tests of the package"),
    ("H138", "the worker is JavaScript: tests of the package"),
    ("H139", "the module is started by pkg-template/src/engine/module.ts: tests of the package"),
    ("H141", "a trap needs WebAssembly: tests of the package"),
    ("H142", "linear memory needs WebAssembly: tests of the package"),
    ("H143", "built-ins that a script of the page has replaced are a documented limit"),
    (
        "H145",
        "effects of the page are JavaScript: effects.test.mjs, `effects that call the client again do not change outcomes and requests`",
    ),
    (
        "H147",
        "the module is checked by JavaScript: effects.test.mjs, `WebAssembly module of another version is refused before it is used`",
    ),
    (
        "H160",
        "navigation is JavaScript: page-session.test.mjs, `authorize() starts a new sign-in if the page was not left, and concurrent calls are one sign-in`",
    ),
    ("H166", "the lease is an item in localStorage that only src/web/lease.js reads and writes"),
    ("H170", "the app's Request and init are read by JavaScript, which creates the request without this crate"),
    ("H171", "the app's Request and init are read by JavaScript, which refuses them without this crate"),
    ("H173", "signals are JavaScript: this crate does not notice that a call was aborted"),
    ("H182", "the page's URL and its base URL are read by JavaScript"),
    ("H185", SIGNED),
    ("H186", SIGNED),
    ("H187", SIGNED),
    ("H188", SIGNED),
    ("H189", SIGNED),
    ("H190", SIGNED),
    ("H191", SIGNED),
    ("H192", SIGNED),
];

/// Inputs of tested rows that only tests of the package or in browsers can cover.
const IN_PART: &[(&str, &str)] = &[
    ("H006", "a lone surrogate in `authorize({ launch })` is refused when the input is read from JSON: config_invalid"),
    ("H011", "src/web/env.js does not follow the redirect"),
    ("H013", "the body is limited by src/web/env.js; the host of these tests has the same limit"),
    ("H014", "a body above the limit of H013 is body_too_large before it is parsed"),
    ("H041", "pkg-template/src/page/callback-url.ts removes the callback from the URL, so that it is not read again"),
    ("H047", "src/web/env.js does not follow the redirect"),
    ("H049", "src/web/env.js keeps the deadline; tested here: it is requested, and the timeout is handled"),
    ("H050", "for broken framing the browser reports a network failure, not a body"),
    ("H051", "src/web/env.js keeps the deadline; tested here: it is requested, and the timeout is handled"),
    ("H058", "src/web/env.js reads the header, including HTTP dates and invalid values, and passes seconds"),
    (
        "H109",
        "locks are named by the token family, channels by client, server and issuer; package tests: nothing else is shared",
    ),
    ("H110", "timers, jitter and `online` are in pkg-template/src/session/wake-up-events.ts: tests of the package"),
    ("H111", "timers are in pkg-template/src/session/wake-up-events.ts: tests of the package"),
    (
        "H121",
        "pkg-template/src/session/fhir-fetch.ts does not follow redirects; it calls the check tested here for the target",
    ),
    ("H122", "the repetition after the 401 is in pkg-template/src/session/fhir-fetch.ts"),
    ("H146", "src/web turns exceptions and invalid results of effects into the failures tested here"),
    ("H155", "pkg-template/src/page/page-session.ts removes the page's session when a sign-in returns"),
    ("H169", "tests of the package measure the time; tested here: a URL of this length is not parsed"),
    ("H172", "pkg-template/src/session/request-parts.ts converts lone surrogates: tests of the package"),
    ("H174", "the worker of an isolated client masks the values: tests of the package"),
    ("H176", "bytes are read as UTF-8 by src/web/env.js"),
    ("H184", "messages are read by pkg-template/src: tests of the package"),
];

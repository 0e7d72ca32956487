//! The table of hostile servers, links and networks (tests/hostile.json): each input of a row is run through the flows. Its error
//! code, the final state, and rules for all rows are asserted.

mod answers;
mod arrival;
mod callback;
mod coming_back;
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
type Play = (&'static str, fn(&mut Row<'_>));

#[test]
fn every_row_passes_or_is_pending_for_a_reason() {
    let table: Value = serde_json::from_str(include_str!("../hostile.json")).unwrap();
    let cases = table["cases"].as_array().unwrap();
    let mut plays: BTreeMap<&str, fn(&mut Row<'_>)> = BTreeMap::new();
    for (id, play) in [
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
        answers::ROWS,
        coming_back::ROWS,
        origin::ROWS,
        proofs::ROWS,
    ]
    .concat()
    {
        assert!(plays.insert(id, play).is_none(), "{id} is played twice");
    }
    let pending: BTreeMap<&str, &str> = PENDING.iter().copied().collect();
    let (mut met, mut inputs, mut failed) = (0, 0, Vec::new());
    for case in cases {
        let id = case["id"].as_str().unwrap();
        let Some(play) = plays.remove(id) else {
            assert!(pending.contains_key(id), "{id} is neither met nor pending");
            continue;
        };
        assert!(!pending.contains_key(id), "{id} is both met and pending");
        let mut row = Row::of(case);
        match catch_unwind(AssertUnwindSafe(|| (play(&mut row), row.end()))) {
            Ok(((), count)) => (met, inputs) = (met + 1, inputs + count),
            Err(_) => failed.push(id),
        }
    }
    assert!(plays.is_empty(), "not in the table: {:?}", plays.keys());
    assert!(failed.is_empty(), "not met: {failed:?}");
    // Written past the test runner's capture, so that rows that are not tested here are visible.
    let mut out = stdout();
    writeln!(out, "hostile: {met} rows met by {inputs} inputs, {} pending", pending.len()).unwrap();
    for (list, rows) in [("pending", PENDING), ("met here in part", IN_PART)] {
        for (id, reason) in rows {
            assert!(cases.iter().any(|case| case["id"] == *id), "{id} is not in the table");
            writeln!(out, "hostile: {list}: {id} {reason}").unwrap();
        }
    }
}

/// Rows that native tests cannot cover.
const PENDING: &[(&str, &str)] = &[
    ("H022", "pushed authorization requests are not made yet"),
    ("H043", "only a browser has a back button and a bfcache"),
    ("H059", "cookies are the platform's: `credentials: 'omit'` in src/web/env.js"),
    ("H123", "the repetition after a 401 is in pkg-template/src/session/fhir-fetch.ts: for tests of the package"),
    ("H125", "the repetition after a 401 is in pkg-template/src/session/fhir-fetch.ts: for tests of the package"),
    ("H126", "windows and messages are the page's: for tests of the package"),
    ("H127", "windows and messages are the page's: for tests of the package"),
    ("H129", "partitions are a browser's: for tests in one"),
    ("H130", "sandboxed frames are a browser's: for tests in one"),
    ("H134", "the way back from a sign-out is read in pkg-template/src/session/sign-out.ts: for tests of the package"),
    ("H135", "the frame is told by pkg-template/src/session/sign-out.ts: for tests of the package"),
    ("H137", "the worker is JavaScript: for tests of the package"),
    ("H138", "the worker is JavaScript: for tests of the package"),
    ("H139", "the module is started by pkg-template/src/engine/module.ts: for tests of the package"),
    ("H141", "a trap needs WebAssembly: for tests of the package"),
    ("H142", "linear memory needs WebAssembly: for tests of the package"),
    ("H143", "what a page's own script replaced is a documented limit"),
    (
        "H145",
        "effects of the page are JavaScript: effects.test.mjs, `every effect may call the client again: outcomes and requests are the same`",
    ),
    (
        "H147",
        "the module is checked by JavaScript: effects.test.mjs, `a module of another version is refused before its first job`",
    ),
    (
        "H160",
        "leaving the page is JavaScript: page-session.test.mjs, `authorize() begins anew where the page was not left, and twice at once is once`",
    ),
    ("H166", "the lease is a line in localStorage that src/web/lease.js alone reads and writes"),
    ("H170", "the app's Request and init are read by JavaScript, which makes the request of them without this crate"),
    ("H171", "the app's Request and init are read by JavaScript, which refuses them without this crate"),
    ("H173", "signals are JavaScript: this crate is not told that a call was given up"),
    ("H182", "the page's address and its base URL are read by JavaScript"),
];

/// Inputs of covered rows that are left to tests of the package and in browsers.
const IN_PART: &[(&str, &str)] = &[
    (
        "H006",
        "a lone surrogate in `authorize({ launch })` does not get past JSON.stringify and the reader: config_invalid",
    ),
    ("H011", "that a redirect is not followed is src/web/env.js's doing"),
    ("H013", "the body is capped by src/web/env.js; the host of these tests caps it likewise"),
    ("H014", "what is larger than the cap of H013 is body_too_large before anybody looks inside"),
    ("H041", "that the callback is not read from a clean URL again is pkg-template/src/page/callback-url.ts's doing"),
    ("H047", "that a redirect is not followed is src/web/env.js's doing"),
    ("H049", "the deadline is kept by src/web/env.js; here it is asked for and its end is survived"),
    ("H050", "of broken framing the browser makes a network failure, not a body"),
    ("H051", "the deadline is kept by src/web/env.js; here it is asked for and its end is survived"),
    ("H058", "the header is read by src/web/env.js, HTTP dates and garbage included; seconds arrive here"),
    ("H109", "locks and channels are named by the token family and the session's key: that nothing else is shared"),
    ("H110", "timers, jitter and `online` are pkg-template/src/session/wake-up-events.ts's: for tests of the package"),
    ("H111", "timers are pkg-template/src/session/wake-up-events.ts's: for tests of the package"),
    ("H121", "a redirect is stopped in pkg-template/src/session/fhir-fetch.ts, which asks this check about its target"),
    ("H122", "the repetition after the 401 is in pkg-template/src/session/fhir-fetch.ts"),
    ("H146", "what an effect throws or gives instead becomes such a failure in src/web"),
    (
        "H155",
        "that the page forgets its session when a sign-in comes back is pkg-template/src/page/page-session.ts's doing",
    ),
    ("H169", "how long it takes is for tests of the package; here, that it is not read"),
    ("H172", "that the query is encoded is pkg-template/src/session/fhir-fetch.ts's doing"),
    ("H174", "what an isolated page gets is masked in its worker: for tests of the package"),
    ("H176", "bytes are read as UTF-8 by src/web/env.js"),
    ("H184", "messages are taken apart by pkg-template/src: for tests of the package"),
];

//! A. Discovery: metadata of a server, or of an attacker in its place.

use super::RowTest;
use super::row::Row;
use crate::app::{App, code, warnings};
use crate::ehr;
use crate::final_state::FinalState;
use crate::host::{BODY_LIMIT, FakeResponse, together};
use serde_json::{Value, json};
use smart_launch::error::{Code, Result};
use smart_launch::flow::sign_in::Begun;

pub const ROWS: &[RowTest] = &[
    ("H007", h007),
    ("H009", h009),
    ("H010", h010),
    ("H011", h011),
    ("H013", h013),
    ("H014", h014),
    ("H015", h015),
    ("H017", h017),
    ("H018", h018),
    ("H019", h019),
    ("H021", h021),
    ("H022", h022),
];

/// Begins a sign-in at a server whose smart-configuration has these changes.
fn begin_with(app: &App, changes: Value) -> Result<Begun> {
    app.tab.responses.always("discovery", FakeResponse::ok(&ehr::with(ehr::document(), changes)));
    app.begin(json!({}))
}

fn h007(row: &mut Row<'_>) {
    for issuer in [
        json!("https://ehr.example/"),
        json!("https://EHR.example"),
        json!("HTTPS://ehr.example"),
        json!("https://ehr.example:443"),
        json!("https://ehr.example:8443"),
        json!("https://ehr.example/auth"),
        json!("http://ehr.example"),
        json!("https://ehr.example "),
        json!("https://evil.example"),
    ] {
        let app = App::with(json!({ "issuer": ehr::ISSUER }));
        row.case(&issuer.to_string(), "discovery_issuer", FinalState::None, app, |app| {
            begin_with(app, json!({ "issuer": issuer }))
        });
    }
    row.case("the same string", "ok", FinalState::Pend, App::with(json!({ "issuer": ehr::ISSUER })), |app| {
        app.begin(json!({}))
    });
}

fn h009(row: &mut Row<'_>) {
    for endpoint in [
        "http://ehr.example/auth/token",
        "http://login.example/token",
        "https://localhost/token",
        "http://localhost:8080/token",
        "https://ehr.localhost/token",
        "https://127.0.0.1/token",
        "http://127.8.8.8/token",
        "https://[::1]/token",
        "https://127.1/token",
        "https://0x7f.1/token",
        "https://0x7f000001/token",
        "https://2130706433/token",
        "https://0177.0.0.1/token",
        "https://[::ffff:127.0.0.1]/token",
        "https://0.0.0.0/token",
        "https://169.254.169.254/latest/meta-data",
        "https://169.254.1.1/token",
        "https://[fe80::1]/token",
        "javascript:alert(1)",
        "data:application/json,{}",
    ] {
        for name in ["token_endpoint", "authorization_endpoint"] {
            row.case(&format!("{name} {endpoint}"), "endpoint_scheme", FinalState::None, App::new(), |app| {
                begin_with(app, json!({ name: endpoint }))
            });
        }
    }
    row.case(
        "an endpoint at another origin",
        "ok",
        FinalState::Pend,
        App::new().with_origins(&["https://login.example"]),
        |app| begin_with(app, json!({ "token_endpoint": "https://login.example/token" })),
    );
    let local_app = App::with(json!({ "allowInsecureLoopback": true })).with_origins(&["http://localhost:8080"]);
    local_app.tab.loopback.set(true);
    row.case("loopback with permission", "ok", FinalState::Pend, local_app, |app| {
        begin_with(app, json!({ "token_endpoint": "http://localhost:8080/token" }))
    });
    for endpoint in ["http://ehr.example/token", "https://169.254.169.254/token"] {
        let app = App::with(json!({ "allowInsecureLoopback": true }));
        row.case("not loopback, with the permission", "endpoint_scheme", FinalState::None, app, |app| {
            begin_with(app, json!({ "token_endpoint": endpoint }))
        });
    }
}

fn h010(row: &mut Row<'_>) {
    for methods in [
        json!(null),
        json!([]),
        json!(["s256"]),
        json!(["plain"]),
        json!(["S256 "]),
        json!("S256"),
        json!([["S256"]]),
        json!({ "S256": 1 }),
    ] {
        let document = json!({ "code_challenge_methods_supported": methods });
        row.case(&methods.to_string(), "pkce_unsupported", FinalState::None, App::new(), |app| {
            begin_with(app, document.clone())
        });
        let permitting_app = App::with(json!({ "acceptServerWithoutS256": true }));
        row.case("the same list with acceptServerWithoutS256", "ok", FinalState::Pend, permitting_app, |app| {
            let begun = begin_with(app, document)?;
            assert!(begun.request.json().text("url").contains("&code_challenge_method=S256"), "S256 is always sent");
            Ok(begun)
        });
    }
    row.case("plain beside S256", "ok", FinalState::Pend, App::new(), |app| {
        let begun = begin_with(app, json!({ "code_challenge_methods_supported": ["plain", "S256"] }))?;
        assert!(begun.request.json().text("url").contains("&code_challenge_method=S256"));
        assert_eq!(warnings(app.discover()?.json()), ["pkce_plain_advertised"]);
        Ok(begun)
    });
}

fn h011(row: &mut Row<'_>) {
    for status in [300, 301, 302, 303, 307, 308] {
        row.case(&status.to_string(), "redirected", FinalState::None, App::new(), |app| {
            app.tab
                .responses
                .always("discovery", FakeResponse::new(status, "application/json", &ehr::document().to_string()));
            app.begin(json!({}))
        });
    }
    row.case("a redirect that shows no status", "redirected", FinalState::None, App::new(), |app| {
        app.tab.responses.always("discovery", FakeResponse::failed(Code::Redirected));
        app.begin(json!({}))
    });
}

/// The document with white space after it, with this size in bytes.
fn document_of_size(bytes: usize) -> FakeResponse {
    let document = ehr::document().to_string();
    FakeResponse::new(200, "application/json", &format!("{document}{}", " ".repeat(bytes - document.len())))
}

fn h013(row: &mut Row<'_>) {
    for (title, response) in [
        ("64 MiB", document_of_size(64 * 1_048_576)),
        ("a byte over the cap", document_of_size(BODY_LIMIT + 1)),
        ("an endless stream", FakeResponse::failed(Code::BodyTooLarge)),
    ] {
        row.case(title, "body_too_large", FinalState::None, App::new(), |app| {
            app.tab.responses.always("discovery", response);
            app.begin(json!({}))
        });
    }
    row.case("the largest document that is read", "ok", FinalState::Pend, App::new(), |app| {
        app.tab.responses.always("discovery", document_of_size(BODY_LIMIT));
        app.begin(json!({}))
    });
}

fn h014(row: &mut Row<'_>) {
    let keys = |count: usize| (0..count).map(|number| format!("\"k{number}\":0")).collect::<Vec<_>>().join(",");
    for (title, members) in [
        ("100 000 deep in arrays", format!("\"x\":{}{}", "[".repeat(100_000), "]".repeat(100_000))),
        ("100 000 deep in objects", format!("\"x\":{}0{}", "{\"a\":".repeat(100_000), "}".repeat(100_000))),
        ("100 000 deep and never closed", format!("\"x\":{}", "[".repeat(100_000))),
        ("33 deep", format!("\"x\":{}{}", "[".repeat(33), "]".repeat(33))),
        ("60 000 keys", keys(60_000)),
        ("30 000 values", format!("\"x\":[{}]", vec!["0"; 30_000].join(","))),
    ] {
        row.case(title, "json_invalid", FinalState::None, App::new(), |app| {
            let document = ehr::document().to_string().replacen('{', &format!("{{{members},"), 1);
            app.tab.responses.always("discovery", FakeResponse::new(200, "application/json", &document));
            app.begin(json!({}))
        });
    }
    for (title, members) in
        [("1 000 000 keys", keys(1_000_000)), ("a string of 10 MB", format!("\"x\":\"{}\"", "a".repeat(10_000_000)))]
    {
        row.case(title, "body_too_large", FinalState::None, App::new(), |app| {
            app.tab
                .responses
                .always("discovery", FakeResponse::new(200, "application/json", &format!("{{{members}}}")));
            app.begin(json!({}))
        });
    }
}

fn h015(row: &mut Row<'_>) {
    for members in [
        r#""issuer":"https://evil.example""#,
        r#""issuer":"https://ehr.example""#,
        r#""issue\u0072":"https://evil.example""#,
        r#""token_endpoint":"https://evil.example/token""#,
        r#""capabilities":[]"#,
        r#""x":{"a":1,"a":2}"#,
        r#""x":[{"a":1,"\u0061":2}]"#,
    ] {
        for document in [
            ehr::document().to_string().replacen('{', &format!("{{{members},"), 1),
            format!("{{{members},{}", &ehr::document().to_string()[1..]),
        ] {
            row.case(members, "json_invalid", FinalState::None, App::new(), |app| {
                app.tab.responses.always("discovery", FakeResponse::new(200, "application/json", &document));
                app.begin(json!({}))
            });
        }
    }
}

fn h017(row: &mut Row<'_>) {
    for (failure, expected) in [
        (FakeResponse::failed(Code::Network), "network"),
        (FakeResponse::failed(Code::Timeout), "timeout"),
        (FakeResponse::new(503, "", ""), "http_status"),
        (FakeResponse::new(200, "text/html", "<h1>Welcome to our wifi"), "discovery_invalid"),
        (FakeResponse::ok(&json!({})), "discovery_invalid"),
    ] {
        row.case(expected, "ok", FinalState::Pend, App::new(), |app| {
            app.tab.responses.next("discovery", failure);
            assert_eq!(code(&app.begin(json!({}))), expected);
            let begun = app.begin(json!({}));
            assert_eq!(app.tab.count("discovery"), 2);
            begun
        });
    }
}

fn h018(row: &mut Row<'_>) {
    for pace in [0, 1, 7] {
        row.case("50 sign-ins at once", "ok", FinalState::Pend, App::new(), |app| {
            app.tab.pace.set(pace);
            let begun: Result<Vec<Begun>> =
                together((0..50).map(|_| app.begin_flow(json!({}))).collect()).into_iter().collect();
            app.tab.pace.set(0);
            assert_eq!(app.tab.count("discovery"), 1);
            begun
        });
    }
}

fn h019(row: &mut Row<'_>) {
    for query in [
        "tenant=1&response_type=token",
        "response_type=code",
        "tenant=1&response%5Ftype=token",
        "client_id=evil",
        "redirect_uri=https%3A%2F%2Fevil.example",
        "state",
        "scope=",
        "aud=x",
        "code_challenge=x&code_challenge_method=plain",
        "request_uri=urn%3Ax",
        "request=x",
        "nonce=x",
        "response_mode=fragment",
        "launch=x",
        "tenant=%zz&%zz=1",
    ] {
        row.case(query, "discovery_invalid", FinalState::None, App::new(), |app| {
            begin_with(app, json!({ "authorization_endpoint": format!("{}?{query}", ehr::AUTHORIZE) }))
        });
    }
    row.case("a fragment", "discovery_invalid", FinalState::None, App::new(), |app| {
        begin_with(app, json!({ "authorization_endpoint": format!("{}#x", ehr::AUTHORIZE) }))
    });
    row.case("a query with a tenant alone", "ok", FinalState::Pend, App::new(), |app| {
        let begun = begin_with(app, json!({ "authorization_endpoint": format!("{}?tenant=1", ehr::AUTHORIZE) }))?;
        assert!(
            begun
                .request
                .json()
                .text("url")
                .starts_with(&format!("{}?tenant=1&response_type=code&client_id=", ehr::AUTHORIZE))
        );
        Ok(begun)
    });
}

fn h022(row: &mut Row<'_>) {
    for (title, response) in [
        ("no request_uri", json!({ "expires_in": 60 })),
        ("an expired request_uri", json!({ "request_uri": "urn:example:1", "expires_in": 0 })),
        ("javascript:", json!({ "request_uri": "javascript:alert(1)", "expires_in": 60 })),
    ] {
        row.case(title, "par_response_invalid", FinalState::None, App::new(), |app| {
            app.tab.responses.always("pushed", FakeResponse::json(201, &response));
            begin_with(app, json!({
                "pushed_authorization_request_endpoint": "https://ehr.example/par", "require_pushed_authorization_requests": true,
            }))
        });
    }
}

fn h021(row: &mut Row<'_>) {
    row.case(
        "pushed requests are required, and there is no endpoint",
        "par_required",
        FinalState::None,
        App::new(),
        |app| begin_with(app, json!({ "require_pushed_authorization_requests": true })),
    );
    row.case("pushed requests are offered", "ok", FinalState::Pend, App::new(), |app| {
        begin_with(app, json!({ "pushed_authorization_request_endpoint": "https://ehr.example/par", "require_pushed_authorization_requests": false }))
    });
}

//! C. Token endpoint transport.

use super::RowTest;
use super::row::Row;
use crate::app::App;
use crate::ehr;
use crate::final_state::FinalState;
use crate::host::{BODY_LIMIT, FakeResponse};
use serde_json::json;
use smart_launch::error::{Code, Result};
use smart_launch::flow::record::Stored;
use smart_launch::flow::refresh::Need;

pub const ROWS: &[RowTest] = &[
    ("H047", h047),
    ("H049", h049),
    ("H050", h050),
    ("H051", h051),
    ("H053", h053),
    ("H054", h054),
    ("H055", h055),
    ("H057", h057),
    ("H058", h058),
];

/// Completes a sign-in with this response of the token endpoint, and asserts that one request was sent.
fn complete_with(app: &App, response: FakeResponse) -> Result<Stored> {
    let outcome = app.complete_with(response);
    assert_eq!(app.tab.count("token"), 1, "the code is sent once");
    assert_eq!(app.tab.last().url, ehr::TOKEN);
    outcome
}

fn body(media: &str, body: &str) -> FakeResponse {
    FakeResponse::new(200, media, body)
}

fn h047(row: &mut Row<'_>) {
    for status in [300, 301, 302, 303, 305, 307, 308] {
        row.case(&status.to_string(), "redirected", FinalState::Used, App::pending(), |app| {
            complete_with(app, FakeResponse::json(status, &ehr::tokens(1)))
        });
    }
    row.case("a redirect that shows no status", "redirected", FinalState::Used, App::pending(), |app| {
        complete_with(app, FakeResponse::failed(Code::Redirected))
    });
}

fn h049(row: &mut Row<'_>) {
    for seconds in [1, 20, 86_400] {
        let app = App::pending_with(json!({ "timeoutSeconds": seconds }));
        row.case("a body that stalls", "timeout", FinalState::Used, app, |app| {
            let outcome = complete_with(app, FakeResponse::failed(Code::Timeout));
            assert_eq!(app.tab.last().timeout, seconds, "the configured deadline is requested");
            assert!(outcome.as_ref().unwrap_err().retryable());
            outcome
        });
    }
}

fn h050(row: &mut Row<'_>) {
    let valid_body = ehr::tokens(1).to_string();
    for end in [1, 2, 20, valid_body.len() / 2, valid_body.len() - 1] {
        row.case(&format!("the first {end} bytes"), "json_invalid", FinalState::Used, App::pending(), |app| {
            complete_with(app, body("application/json", &valid_body[..end]))
        });
    }
    for (title, text) in [
        ("a second object after the first", format!("{valid_body}{valid_body}")),
        ("a chunk size before it", format!("1f\r\n{valid_body}\r\n0\r\n\r\n")),
        ("NUL after it", format!("{valid_body}\0")),
        ("NUL before it", format!("\0{valid_body}")),
        ("a prefix against scripts", format!(")]}}',\n{valid_body}")),
        ("a call of a function", format!("callback({valid_body})")),
        ("HTML", "<!doctype html>".into()),
        ("form fields", "access_token=a&token_type=bearer".into()),
        ("a member twice", valid_body.replacen('{', "{\"access_token\":\"other-token\",", 1)),
        ("too deep", valid_body.replacen('{', &format!("{{\"x\":{}{},", "[".repeat(50), "]".repeat(50)), 1)),
    ] {
        row.case(title, "json_invalid", FinalState::Used, App::pending(), |app| {
            complete_with(app, body("application/json", &text))
        });
    }
    row.case(
        "a Content-Length larger than the body, which a browser reports as a failed connection",
        "network",
        FinalState::Used,
        App::pending(),
        |app| complete_with(app, FakeResponse::failed(Code::Network)),
    );
    row.case("not UTF-8", "json_invalid", FinalState::Used, App::pending(), |app| {
        complete_with(app, FakeResponse::failed(Code::JsonInvalid))
    });
}

fn h051(row: &mut Row<'_>) {
    row.case("a byte per second", "timeout", FinalState::Used, App::pending(), |app| {
        complete_with(app, FakeResponse::failed(Code::Timeout).after(600_000))
    });
}

fn h053(row: &mut Row<'_>) {
    for media in [
        "text/html",
        "",
        "application/jsonevil",
        "text/json",
        "text/plain; application/json",
        "application/x-json",
        "application/fhir+json",
        "application/jwt",
        "application/json-seq",
        "application/json, text/html",
        "text/html, application/json",
        "json",
        "*/*",
        "application/x-www-form-urlencoded",
        "application/json charset=utf-8",
    ] {
        row.case(media, "content_type", FinalState::Used, App::pending(), |app| {
            complete_with(app, body(media, &ehr::tokens(1).to_string()))
        });
    }
}

fn h054(row: &mut Row<'_>) {
    for media in [
        "Application/JSON ; charset=UTF-8",
        "application/json",
        "APPLICATION/JSON",
        "application/json;charset=utf-8",
        "application/json; charset=\"utf-8\"",
        "application/json;odata=verbose;charset=Utf-8",
        "application/json;",
        "\tapplication/json ",
    ] {
        row.case(media, "ok", FinalState::New, App::pending(), |app| {
            complete_with(app, body(media, &ehr::tokens(1).to_string()))
        });
    }
}

fn h055(row: &mut Row<'_>) {
    for text in [
        "null",
        "[]",
        "\"x\"",
        "1",
        "",
        " \r\n\t",
        "true",
        "-0.5e1",
        "[{\"access_token\":\"a\",\"token_type\":\"bearer\"}]",
        "{}",
        "[null]",
    ] {
        row.case(text, "token_response_invalid", FinalState::Used, App::pending(), |app| {
            complete_with(app, body("application/json", text))
        });
    }
}

fn h057(row: &mut Row<'_>) {
    let html = "<h1>Bad gateway</h1>";
    let valid = ehr::tokens(1).to_string();
    let error = "{\"error\":\"server_error\",\"error_description\":\"x\"}";
    for (status, media, text) in [
        (400, "text/html", html),
        (400, "application/json", ""),
        (400, "application/json", "{}"),
        (400, "application/json", "{\"error\":7}"),
        (400, "application/json", "{\"error\":\"a\",\"error\":\"b\"}"),
        (401, "", ""),
        (403, "text/html", html),
        (500, "application/json", error),
        (500, "application/json", &valid),
        (502, "text/html", html),
        (503, "application/json", &valid),
        (418, "text/plain", "teapot"),
        (418, "application/json", &valid),
        (400, "application/json", &valid),
        (429, "application/json", error),
        (408, "application/json", error),
        (599, "", ""),
        (100, "application/json", &valid),
        (0, "", ""),
    ] {
        row.case(&format!("{status} {media} {text}"), "http_status", FinalState::Used, App::pending(), |app| {
            let outcome = complete_with(app, FakeResponse::new(status, media, text));
            let error = outcome.as_ref().unwrap_err();
            assert_eq!(error.status(), status, "the status is reported");
            assert!(error.oauth().is_null());
            assert_eq!(error.retryable(), matches!(status, 408 | 429 | 500..));
            outcome
        });
    }
    row.case("a body over the cap", "body_too_large", FinalState::Used, App::pending(), |app| {
        complete_with(app, FakeResponse::new(500, "text/html", &"x".repeat(BODY_LIMIT + 1)))
    });
}

fn h058(row: &mut Row<'_>) {
    for status in [429, 503] {
        for (stated, wait) in [
            (Some(0), Some(0)),
            (Some(7), Some(7)),
            (Some(300), Some(300)),
            (Some(301), Some(300)),
            (Some(1_000_000_000), Some(300)),
            (Some(u64::MAX), Some(300)),
            (None, None),
        ] {
            row.case(&format!("{status} {stated:?}"), "http_status", FinalState::Keep, App::signed_in(), |app| {
                let response = FakeResponse::new(status, "text/html", "later");
                app.tab.responses.next(
                    "refresh",
                    match stated {
                        Some(seconds) => response.retry_after(seconds),
                        None => response,
                    },
                );
                let outcome = app.token(Need::New);
                let error = outcome.as_ref().unwrap_err();
                assert_eq!((error.status(), error.retry_after(), error.retryable()), (status, wait, true));
                outcome
            });
        }
    }
}

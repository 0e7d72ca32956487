//! R. Responses of servers: error texts, media types, ids, types of members, keys, documents.

use super::RowTest;
use super::row::Row;
use crate::app::{App, REDIRECT, value, warnings};
use crate::ehr;
use crate::final_state::FinalState;
use crate::host::FakeResponse;
use crate::protocol::echo::encodings;
use crate::signing_keys::{self, KID, claims, key, signed};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use smart_launch::error::{Code, Result};
use smart_launch::flow::record::Stored;
use smart_launch::flow::refresh::Need;
use smart_launch::protocol::visible::is_hidden;
use std::slice::from_ref;

pub const ROWS: &[RowTest] =
    &[("H174", h174), ("H175", h175), ("H176", h176), ("H177", h177), ("H178", h178), ("H179", h179), ("H180", h180)];

/// A sign-in whose token response has these additional or replaced members.
fn sign_in_with(app: &App, changes: Value) -> Result<Stored> {
    app.complete_with(FakeResponse::ok(&ehr::with(ehr::tokens(1), changes)))
}

fn strict() -> App {
    App::pending_with(json!({ "strict": true }))
}

fn h174(row: &mut Row<'_>) {
    let secret = ehr::refresh_token(1);
    let parts = [secret[..14].to_owned(), secret[6..].to_owned(), secret[3..17].to_owned()];
    for echoed in encodings(&secret).into_iter().chain(parts) {
        for member in ["error_description", "error_uri", "hint"] {
            for (status, error, expected) in
                [(400, "invalid_client", "token_refused"), (401, "invalid_client", "token_refused")]
            {
                row.case(&format!("{member} {echoed}"), expected, FinalState::Unchanged, App::signed_in(), |app| {
                    let echoed = match member {
                        "error_uri" => format!("https://ehr.example/why?{echoed}"),
                        _ => format!("bad: {echoed}."),
                    };
                    app.tab
                        .responses
                        .next("refresh", FakeResponse::json(status, &json!({ "error": error, member: echoed })));
                    let outcome = app.token(Need::New);
                    let error_texts = value(outcome.as_ref().unwrap_err().oauth());
                    assert_eq!(error_texts, json!({ "error": error }), "texts with the secret are left out");
                    outcome
                });
            }
        }
    }
    for echoed in encodings(crate::app::CODE) {
        row.case(&echoed, "token_refused", FinalState::Used, App::pending(), |app| {
            let error_body = json!({ "error": "invalid_grant", "error_description": echoed });
            let outcome = app.complete_with(FakeResponse::json(400, &error_body));
            assert_eq!(value(outcome.as_ref().unwrap_err().oauth()), json!({ "error": "invalid_grant" }));
            outcome
        });
    }
    for purpose in ["revocation", "userinfo"] {
        let app = if purpose == "userinfo" { App::signed_in_openid() } else { App::signed_in() };
        let (expected, state_after) = match purpose {
            "userinfo" => ("token_refused", FinalState::Unchanged),
            _ => ("logout_remote_failed", FinalState::Gone),
        };
        row.case(purpose, expected, state_after, app, |app| {
            let echoed = format!("bad {}", encodings(&ehr::access_token(1)).join(" "));
            let error_body = json!({ "error": "invalid_token", "error_description": echoed });
            app.tab.responses.always(purpose, FakeResponse::json(400, &error_body));
            if purpose == "userinfo" {
                app.tab.responses.always(
                    "openid_discovery",
                    FakeResponse::ok(&ehr::with(
                        ehr::document(),
                        json!({ "userinfo_endpoint": "https://ehr.example/auth/me" }),
                    )),
                );
                let key = app.key();
                let userinfo = app.flow(|host| {
                    smart_launch::flow::inquiry::userinfo(host, app.settings(), &key)
                        .map(|claims| claims.json().to_text())
                });
                return crate::host::run_flow(userinfo);
            }
            app.sign_out("").error.map_or_else(|| Ok(String::new()), Err)
        });
    }
}

fn h175(row: &mut Row<'_>) {
    let plain_texts = [
        "Zugriff für Müller verweigert",
        "\"quoted\" 'quoted' \\ back\\slash `x` <b>",
        "Доступ запрещён",
        "アクセスが拒否されました",
        "تم رفض الوصول",
        "הגישה נדחתה",
        "प्रवेश निषेध",
        "💡 ½ €",
    ];
    let hidden = ["\u{1b}[31m", "\0", "\r\n", "\u{202e}", "\u{2066}", "\u{200b}", "\u{feff}", "\u{ad}", "\u{e0041}"];
    for word in plain_texts {
        for between in [""].iter().chain(&hidden) {
            let echoed = format!("{word}{between}{word}");
            row.case(&echoed, "token_refused", FinalState::Unchanged, App::signed_in(), |app| {
                let error_body = json!({ "error": "invalid_client", "error_description": echoed });
                app.tab.responses.next("refresh", FakeResponse::json(400, &error_body));
                let outcome = app.token(Need::New);
                let shown = value(outcome.as_ref().unwrap_err().oauth())["description"].as_str().unwrap().to_owned();
                assert!(!shown.contains(is_hidden), "{shown:?}");
                let visible: String = echoed.chars().filter(|letter| !is_hidden(*letter)).collect();
                assert_eq!(shown, visible, "letters are kept");
                outcome
            });
        }
        row.case("an authorization response", "authorization_refused", FinalState::Used, App::pending(), |app| {
            let encoded: String = url::form_urlencoded::byte_serialize(word.as_bytes()).collect();
            let query = format!("error=server_error&error_description={encoded}%E2%80%AE&{}", app.state_and_iss(0));
            let outcome = app.complete(&format!("{REDIRECT}?{query}"));
            assert_eq!(value(outcome.as_ref().unwrap_err().oauth())["description"], word);
            outcome
        });
    }
}

fn h176(row: &mut Row<'_>) {
    for error in ["invalid_grant", "server_error", "x"] {
        row.case(error, "token_refused", FinalState::Used, App::pending(), |app| {
            sign_in_with(app, json!({ "error": error }))
        });
        let error_body = json!({ "error": error, "error_description": "later" });
        row.case(error, "token_refused", FinalState::Used, App::pending(), |app| sign_in_with(app, error_body));
    }
    for parameter in [
        "charset=utf8",
        "charset=us-ascii",
        "charset=\"UTF-8\"",
        "charset=iso-8859-1",
        "charset=utf-16",
        "charset=",
        "x",
    ] {
        row.case(parameter, "ok", FinalState::New, App::pending(), |app| {
            let media = format!("application/json;{parameter}");
            let response = ehr::with(ehr::tokens(1), json!({ "tenant": "Müller" }));
            let stored = app.complete_with(FakeResponse::new(200, &media, &response.to_string()))?;
            assert_eq!(stored.session.json().text("tenant"), "Müller", "read as UTF-8");
            Ok(stored)
        });
    }
    // `env.js` refuses bytes that are not UTF-8, such as the byte order mark of UTF-16. ASCII characters in UTF-16 without the
    // mark are read as UTF-8 with NULs, which is not JSON.
    let wide = ehr::tokens(1).to_string().chars().flat_map(|letter| [letter, '\0']).collect::<String>();
    for response in
        [FakeResponse::failed(Code::JsonInvalid), FakeResponse::new(200, "application/json;charset=utf-16", &wide)]
    {
        row.case("a response in UTF-16", "json_invalid", FinalState::Used, App::pending(), |app| {
            app.complete_with(response)
        });
    }
}

fn h177(row: &mut Row<'_>) {
    for name in ["patient", "encounter"] {
        for id in ["a".repeat(65), "a_b".into(), "_".into(), "a".repeat(512), "urn:oid:1.2.3".into(), "YQ==".into()] {
            row.case(&id, "ok", FinalState::New, App::pending(), |app| {
                let stored = sign_in_with(app, json!({ name: id }))?;
                assert_eq!(stored.session.json().text(name), id);
                assert_eq!(warnings(stored.session.json()), ["resource_id_malformed"]);
                Ok(stored)
            });
            row.case("under strict", "launch_context_invalid", FinalState::Used, strict(), |app| {
                sign_in_with(app, json!({ name: id }))
            });
        }
        for id in [
            "a/b",
            "a?b",
            "a#b",
            "a\\b",
            ".",
            "..",
            "../x",
            "%2e%2e",
            "a%2fb",
            "a;b",
            "..;",
            "",
            " ",
            "a b",
            "a\n",
            "a\0",
            "a\u{7f}",
            "a\u{202e}b",
            "é",
            "a&b=c",
            "$everything",
            "a,b",
            "a|b",
        ] {
            row.case(id, "launch_context_invalid", FinalState::Used, App::pending(), |app| {
                sign_in_with(app, json!({ name: id }))
            });
        }
        let long = "a".repeat(513);
        row.case("513 letters", "launch_context_invalid", FinalState::Used, App::pending(), |app| {
            sign_in_with(app, json!({ name: long }))
        });
    }
}

fn h178(row: &mut Row<'_>) {
    for (members, ignored) in [
        (json!({ "intent": 7 }), "intent"),
        (json!({ "tenant": ["x"] }), "tenant"),
        (json!({ "smart_style_url": "http://ehr.example/style.json" }), "smartStyleUrl"),
        (json!({ "smart_style_url": {} }), "smartStyleUrl"),
        (json!({ "smart_style_url": "javascript:alert(1)" }), "smartStyleUrl"),
        (json!({ "fhirContext": { "reference": "Basic/1" } }), "fhirContext"),
        (json!({ "fhirContext": "Basic/1" }), "fhirContext"),
        (json!({ "authorization_details": {} }), "authorizationDetails"),
        (json!({ "authorization_details": "x" }), "authorizationDetails"),
    ] {
        row.case(&members.to_string(), "ok", FinalState::New, App::pending(), |app| {
            let stored = sign_in_with(app, members.clone())?;
            let stored_value = value(stored.session.json())[ignored].clone();
            assert!(stored_value.is_null() || stored_value == json!([]), "the member is left out");
            assert!(!warnings(stored.session.json()).is_empty(), "there is a warning");
            Ok(stored)
        });
        row.case("under strict", "token_response_invalid", FinalState::Used, strict(), |app| {
            sign_in_with(app, members.clone())
        });
    }
    row.case("items of lists", "ok", FinalState::New, App::pending(), |app| {
        let stored = sign_in_with(
            app,
            json!({
                "fhirContext": [{ "reference": 7 }, { "reference": "Basic/1", "type": {} }, 7, null],
                "authorization_details": [
                    { "type": "smart_on_fhir", "locations": [7, "https://a.example"], "fhirVersions": [4, "4.0.1"], "patient": "amy" },
                    7,
                ],
            }),
        )?;
        let session = value(stored.session.json());
        assert_eq!(session["fhirContext"], json!([{ "reference": "Basic/1", "role": "launch" }]));
        assert_eq!(session["authorizationDetails"][0]["locations"], json!(["https://a.example"]));
        assert_eq!(session["authorizationDetails"][0]["fhirVersions"], json!(["4.0.1"]));
        assert_eq!(warnings(stored.session.json()), ["launch_context_malformed"]);
        Ok(stored)
    });
    for metadata in [
        json!({ "capabilities": 7 }),
        json!({ "scopes_supported": [["openid"]] }),
        json!({ "grant_types_supported": "authorization_code" }),
    ] {
        let discovered = |app: &App| {
            app.tab.responses.always("discovery", FakeResponse::ok(&ehr::with(ehr::document(), metadata.clone())));
            let server = app.discover()?;
            assert_eq!(warnings(server.json()), ["discovery_member_invalid"]);
            Ok(())
        };
        row.case(&metadata.to_string(), "ok", FinalState::None, App::new(), discovered);
        row.case(
            "under strict",
            "discovery_invalid",
            FinalState::None,
            App::with(json!({ "strict": true })),
            discovered,
        );
    }
}

fn h179(row: &mut Row<'_>) {
    let other = ehr::with(key(KID), json!({ "n": signing_keys::modulus(256, 0xC5) }));
    let server_key = key(KID);
    let complete_with = |app: &App, keys: &[Value], header: Value, key: &Value| {
        app.tab.responses.always("jwks", FakeResponse::ok(&json!({ "keys": keys })));
        let token = signed(&header, &claims(app, 0), key);
        app.complete_with(FakeResponse::ok(&ehr::with(
            signing_keys::tokens(app, 0, json!({})),
            json!({ "id_token": token }),
        )))
    };
    let rs256 = json!({ "alg": "RS256", "kid": KID });
    let unnamed = json!({ "alg": "RS256" });
    for (title, keys, header, signing_key) in [
        ("a key twice", vec![server_key.clone(), server_key.clone()], &rs256, &server_key),
        ("twice, and the token has no kid", vec![server_key.clone(), server_key.clone()], &unnamed, &server_key),
        (
            "twice, one with another member",
            vec![ehr::with(server_key.clone(), json!({ "x5t": "x" })), server_key.clone()],
            &unnamed,
            &server_key,
        ),
        ("two with one kid, signed with the first", vec![server_key.clone(), other.clone()], &rs256, &server_key),
        ("two with one kid, signed with the second", vec![other.clone(), server_key.clone()], &rs256, &server_key),
        (
            "in a list with values that are not keys",
            vec![json!(7), json!({ "kty": "RSA" }), server_key.clone()],
            &rs256,
            &server_key,
        ),
    ] {
        row.case(title, "ok", FinalState::New, App::pending_openid(), |app| {
            complete_with(app, &keys, header.clone(), signing_key)
        });
    }
    row.case(
        "two with one kid, signed with a third",
        "id_token_invalid",
        FinalState::Used,
        App::pending_openid(),
        |app| {
            let third = ehr::with(key(KID), json!({ "n": signing_keys::modulus(256, 0xC7) }));
            complete_with(app, &[server_key.clone(), other.clone()], rs256.clone(), &third)
        },
    );
    row.case(
        "two keys, and the token has no kid",
        "id_token_invalid",
        FinalState::Used,
        App::pending_openid(),
        |app| {
            complete_with(
                app,
                &[server_key.clone(), ehr::with(other.clone(), json!({ "kid": "other" }))],
                unnamed.clone(),
                &server_key,
            )
        },
    );
    for exponent in [&[1][..], &[0, 1], &[0, 0, 0, 1], &[0], &[2], &[1, 0, 0], &[]] {
        let weak = ehr::with(key(KID), json!({ "e": URL_SAFE_NO_PAD.encode(exponent) }));
        row.case(&format!("e is {exponent:?}"), "id_token_invalid", FinalState::Used, App::pending_openid(), |app| {
            complete_with(app, from_ref(&weak), rs256.clone(), &weak)
        });
    }
    let point_of = |byte: u8, rest: u8, last: u8| [&[byte][..], &[rest; 30], &[last]].concat();
    for point in [
        point_of(0, 0, 0),
        point_of(1, 0, 0),
        point_of(1, 0, 0x80),
        point_of(0xec, 0xff, 0x7f),
        point_of(0xed, 0xff, 0x7f),
        point_of(0xee, 0xff, 0xff),
    ] {
        let small = json!({ "kty": "OKP", "crv": "Ed25519", "kid": KID, "x": URL_SAFE_NO_PAD.encode(&point) });
        row.case(&format!("point {point:?}"), "id_token_invalid", FinalState::Used, App::pending_openid(), |app| {
            complete_with(app, from_ref(&small), json!({ "alg": "EdDSA", "kid": KID }), &small)
        });
    }
}

fn h180(row: &mut Row<'_>) {
    let statement = json!({ "resourceType": "CapabilityStatement", "status": "active", "kind": "instance" });
    for (media, body) in [
        ("text/html", "<!doctype html><title>Für Ärzte</title>"),
        ("text/html", "\u{feff}<html>"),
        ("application/json", "null"),
        ("application/json", "[]"),
        ("application/json", "7"),
        ("application/json", "\"x\""),
        ("application/json", ""),
        ("text/plain", "Not found"),
        ("application/fhir+json", &statement.to_string()),
        ("application/json", &statement.to_string()),
    ] {
        for app in [App::new(), App::with(json!({ "strict": true }))] {
            row.case(&format!("{media} {body}"), "discovery_invalid", FinalState::None, app, |app| {
                app.tab.responses.next("discovery", FakeResponse::new(200, media, body));
                let outcome = app.begin(json!({}));
                let message = outcome.as_ref().unwrap_err().to_string();
                assert!(message.contains("is not a smart-configuration: check `fhirBaseUrl`"), "{message}");
                outcome
            });
        }
    }
    row.case("a body that is not text", "discovery_invalid", FinalState::None, App::new(), |app| {
        app.tab.responses.next("discovery", FakeResponse::failed(Code::JsonInvalid));
        app.begin(json!({}))
    });
}

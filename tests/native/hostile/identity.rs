//! E. ID token and JWKS.

use super::RowTest;
use super::row::Row;
use crate::app::{App, code, value, warnings};
use crate::ehr;
use crate::final_state::FinalState;
use crate::host::{FakeResponse, run_flow};
use crate::signing_keys::{KID, claims, header, id_token, key, modulus, sealed, signed, tokens};
use serde_json::{Value, json};
use smart_launch::error::{Code, Result};
use smart_launch::flow::inquiry;
use smart_launch::flow::record::Stored;
use smart_launch::flow::refresh::Need;

pub const ROWS: &[RowTest] = &[
    ("H077", h077),
    ("H078", h078),
    ("H079", h079),
    ("H081", h081),
    ("H082", h082),
    ("H083", h083),
    ("H085", h085),
    ("H086", h086),
    ("H087", h087),
    ("H089", h089),
    ("H090", h090),
    ("H091", h091),
];

const INVALID: &str = "id_token_invalid";

/// A sign-in whose response has an ID token with these changed claims.
fn sign_in_with(app: &App, changes: Value) -> Result<Stored> {
    app.complete_with(FakeResponse::ok(&tokens(app, 0, changes)))
}

/// A sign-in whose response has this ID token.
fn complete_with_id_token(app: &App, id_token: &str) -> Result<Stored> {
    app.complete_with(FakeResponse::ok(&ehr::with(tokens(app, 0, json!({})), json!({ "id_token": id_token }))))
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(60).collect()
}

/// Asserts that an ID token with these changed claims is refused.
fn assert_refused(row: &mut Row<'_>, changes: Value) {
    row.case(&short(&changes), INVALID, FinalState::Used, App::pending_openid(), |app| sign_in_with(app, changes));
}

/// Asserts that an ID token with these changed claims is accepted.
fn assert_accepted(row: &mut Row<'_>, changes: Value) {
    row.case(&short(&changes), "ok", FinalState::New, App::pending_openid(), |app| sign_in_with(app, changes));
}

fn h077(row: &mut Row<'_>) {
    for iss in
        [json!("https://evil.example"), json!(null), json!([ehr::ISSUER]), json!("https://ehr.example/"), json!("")]
    {
        assert_refused(row, json!({ "iss": iss }));
    }
    let client_id = "growth-chart";
    for aud in [
        json!("evil"),
        json!(null),
        json!([client_id, "evil"]),
        json!([client_id, 1]),
        json!([]),
        json!(["evil"]),
        json!({ client_id: client_id }),
        json!("growth-chart "),
    ] {
        assert_refused(row, json!({ "aud": aud }));
    }
    for azp in [json!("evil"), json!([client_id]), json!("")] {
        assert_refused(row, json!({ "azp": azp }));
        assert_refused(row, json!({ "azp": azp, "aud": [client_id, "another"] }));
    }
    assert_refused(row, json!({ "azp": client_id, "aud": [client_id, 1] }));
    assert_accepted(row, json!({ "aud": [client_id] }));
    assert_accepted(row, json!({ "azp": client_id }));
    assert_accepted(row, json!({ "aud": ["another", client_id], "azp": client_id }));
}

fn h078(row: &mut Row<'_>) {
    let now = 1_700_000_000_u64;
    for changes in [
        json!({ "exp": now - 61 }),
        json!({ "exp": now - 60 }),
        json!({ "exp": null }),
        json!({ "exp": (now + 300).to_string() }),
        json!({ "exp": 1e308 }),
        json!({ "exp": -1 }),
        json!({ "exp": [now + 300] }),
        json!({ "nbf": now + 61 }),
        json!({ "nbf": "soon" }),
        json!({ "iat": null }),
        json!({ "iat": now + 86_400 }),
        json!({ "iat": now + 61 }),
        json!({ "iat": now - 7 * 86_400 }),
        json!({ "iat": now.to_string() }),
    ] {
        assert_refused(row, changes);
    }
    // If only the digits of a number with an exponent were read, they would be another time.
    for (name, date) in [("exp", "1800000000.0e-9"), ("nbf", "9.9E99"), ("iat", "1700000000.0e-1"), ("exp", "1.8e9")] {
        row.case(date, INVALID, FinalState::Used, App::pending_openid(), |app| {
            let digits = ehr::with(claims(app, 0), json!({ name: 7_654_321 })).to_string();
            complete_with_id_token(app, &sealed(&header().to_string(), &digits.replace("7654321", date), &key(KID)))
        });
    }
    for changes in [
        json!({ "exp": now - 59 }),
        json!({ "exp": now + 10 * 365 * 86_400 }),
        json!({ "exp": (now as f64) + 300.5 }),
        json!({ "nbf": now + 60 }),
        json!({ "iat": now + 60 }),
        json!({ "iat": now - 3_600 }),
    ] {
        assert_accepted(row, changes);
    }
    let wide = || App::pending_openid_with(json!({ "clockSkewSeconds": 300 }));
    row.case("within a wider skew", "ok", FinalState::New, wide(), |app| {
        sign_in_with(app, json!({ "exp": now - 299 }))
    });
    row.case("beyond a wider skew", INVALID, FinalState::Used, wide(), |app| {
        sign_in_with(app, json!({ "exp": now - 300 }))
    });
}

fn h079(row: &mut Row<'_>) {
    for nonce in [json!("wrong"), json!(["wrong"]), json!(7), json!("")] {
        assert_refused(row, json!({ "nonce": nonce }));
    }
    row.case("a nonce that was not sent", INVALID, FinalState::Used, App::pending(), |app| {
        sign_in_with(app, json!({ "nonce": "made up" }))
    });
    row.case("the nonce in an array", INVALID, FinalState::Used, App::pending_openid(), |app| {
        sign_in_with(app, json!({ "nonce": [app.nonce(0)] }))
    });
    row.case("no nonce", "ok", FinalState::New, App::pending_openid(), |app| {
        let stored = sign_in_with(app, json!({ "nonce": null }))?;
        assert_eq!(warnings(stored.session.json()), ["nonce_missing"]);
        Ok(stored)
    });
    let strict = App::pending_openid_with(json!({ "strict": true }));
    row.case("no nonce, under strict", INVALID, FinalState::Used, strict, |app| {
        sign_in_with(app, json!({ "nonce": null }))
    });
}

fn h081(row: &mut Row<'_>) {
    for sub in [json!(null), json!(""), json!(7), json!("x".repeat(300)), json!(["amara"])] {
        assert_refused(row, json!({ "sub": sub }));
    }
    assert_accepted(row, json!({ "sub": "x".repeat(255) }));
    let user = |stored: &Stored| value(stored.session.json())["fhirUser"].clone();
    for (stated, expected, warning) in [
        (json!("javascript:alert(1)"), json!(null), "fhir_user_invalid"),
        (json!("data:text/html,x"), json!(null), "fhir_user_invalid"),
        (json!("Organization/1"), json!(null), "fhir_user_invalid"),
        (json!("Practitioner"), json!(null), "fhir_user_invalid"),
        (json!("Practitioner/../Patient/.."), json!(null), "fhir_user_invalid"),
        (json!("Organization/1?x=/Patient/2"), json!(null), "fhir_user_invalid"),
        (json!("Organization/1#/Patient/2"), json!(null), "fhir_user_invalid"),
        (json!(7), json!(null), "fhir_user_invalid"),
        (json!("http://ehr.example/fhir/Practitioner/1"), json!(null), "fhir_user_invalid"),
        (
            json!("https://evil.example/Practitioner/1"),
            json!("https://evil.example/Practitioner/1"),
            "fhir_user_elsewhere",
        ),
        (json!("//evil.example/Person/1"), json!("https://evil.example/Person/1"), "fhir_user_elsewhere"),
        (json!("/Person/1"), json!("https://ehr.example/Person/1"), "fhir_user_elsewhere"),
        (json!("Practitioner/1"), json!("https://ehr.example/fhir/Practitioner/1"), ""),
        (json!("https://ehr.example/fhir/RelatedPerson/a.b"), json!("https://ehr.example/fhir/RelatedPerson/a.b"), ""),
    ] {
        row.case(&short(&stated), "ok", FinalState::New, App::pending_openid(), |app| {
            let stored = sign_in_with(app, json!({ "fhirUser": stated }))?;
            assert_eq!(user(&stored), expected);
            assert_eq!(warnings(stored.session.json()), if warning.is_empty() { vec![] } else { vec![warning] });
            Ok(stored)
        });
    }
    row.case("the older claim profile", "ok", FinalState::New, App::pending_openid(), |app| {
        let stored = sign_in_with(app, json!({ "fhirUser": null, "profile": "Patient/1" }))?;
        assert_eq!(user(&stored), "https://ehr.example/fhir/Patient/1");
        Ok(stored)
    });
    row.case("a profile that is a web page", "ok", FinalState::New, App::pending_openid(), |app| {
        let stored = sign_in_with(app, json!({ "fhirUser": null, "profile": "https://people.example/amara" }))?;
        assert!(user(&stored).is_null() && warnings(stored.session.json()).is_empty());
        Ok(stored)
    });
}

fn h082(row: &mut Row<'_>) {
    let without = |scope: Value| ehr::with(ehr::tokens(1), json!({ "scope": scope }));
    let echoed = without(json!(format!("openid {}", ehr::SCOPE)));
    for (title, response) in [("openid echoed", echoed), ("no scope echoed", without(json!(null)))] {
        row.case(title, "ok", FinalState::New, App::pending_openid(), |app| {
            let stored = app.complete_with(FakeResponse::ok(&response))?;
            assert!(warnings(stored.session.json()).contains(&"id_token_missing"));
            let session = value(stored.session.json());
            assert!(session["claims"].is_null() && session["fhirUser"].is_null());
            Ok(stored)
        });
        let strict = App::pending_openid_with(json!({ "strict": true }));
        row.case(title, INVALID, FinalState::Used, strict, |app| app.complete_with(FakeResponse::ok(&response)));
    }
    row.case("openid not granted", "ok", FinalState::New, App::pending_openid(), |app| {
        let stored = app.complete_with(FakeResponse::ok(&without(json!(ehr::SCOPE))))?;
        assert_eq!(warnings(stored.session.json()), ["scope_not_granted"]);
        assert!(value(stored.session.json())["claims"].is_null());
        Ok(stored)
    });
}

fn h083(row: &mut Row<'_>) {
    let evil = "https://evil.example/keys";
    for changes in
        [json!({ "crit": ["exp"] }), json!({ "crit": [] }), json!({ "b64": false }), json!({ "typ": "at+jwt" })]
    {
        row.case(&short(&changes), INVALID, FinalState::Used, App::pending_openid(), |app| {
            complete_with_id_token(app, &signed(&ehr::with(header(), changes), &claims(app, 0), &key(KID)))
        });
    }
    let attacker = ehr::with(key(KID), json!({ "n": modulus(256, 0xEE) }));
    for changes in [
        json!({ "jku": evil }),
        json!({ "x5u": evil }),
        json!({ "jwk": attacker }),
        json!({ "x5c": ["MIIB"] }),
        json!({ "jku": evil, "kid": "other" }),
    ] {
        let header = ehr::with(header(), changes);
        // The token is signed by the key to which its header points. The URL is not requested, and the token is refused.
        row.case(&short(&header), INVALID, FinalState::Used, App::pending_openid(), |app| {
            complete_with_id_token(app, &signed(&header, &claims(app, 0), &attacker))
        });
        if header["kid"] == KID {
            row.case(
                "the members are ignored if the signature is valid",
                "ok",
                FinalState::New,
                App::pending_openid(),
                |app| complete_with_id_token(app, &signed(&header, &claims(app, 0), &key(KID))),
            );
        }
    }
}

fn h085(row: &mut Row<'_>) {
    let text = |app: &App| claims(app, 0).to_string();
    let add = |app: &App, members: &str| text(app).replacen('{', &format!("{{{members},"), 1);
    for members in [r#""sub":"another""#, r#""x":"\ud800""#, r#""x":"\udc00\ud800""#, r#""\u0073ub":"another""#] {
        row.case(members, INVALID, FinalState::Used, App::pending_openid(), |app| {
            complete_with_id_token(app, &sealed(&header().to_string(), &add(app, members), &key(KID)))
        });
    }
    row.case("a repeated header", INVALID, FinalState::Used, App::pending_openid(), |app| {
        complete_with_id_token(
            app,
            &sealed(&format!(r#"{{"alg":"none",{}"#, &header().to_string()[1..]), &text(app), &key(KID)),
        )
    });
    row.case("__proto__ and a name", "ok", FinalState::New, App::pending_openid(), |app| {
        let members = r#""__proto__":{"sub":"evil"},"constructor":1,"name":"Zo\u00eb Nguyễn 💡""#;
        let stored = complete_with_id_token(app, &sealed(&header().to_string(), &add(app, members), &key(KID)))?;
        let claims = value(stored.session.json())["claims"].clone();
        assert_eq!((&claims["sub"], &claims["name"]), (&json!("amara"), &json!("Zoë Nguyễn 💡")));
        Ok(stored)
    });
}

/// A session whose server's keys were just fetched, and another pending sign-in.
fn app_with_keys() -> App {
    let app = App::pending_openid();
    app.tab.responses.next("token", FakeResponse::ok(&tokens(&app, 1, json!({}))));
    app.complete(&app.callback_of(1)).unwrap();
    app
}

fn h086(row: &mut Row<'_>) {
    row.case("rotation just before signing", "ok", FinalState::New, app_with_keys(), |app| {
        app.tab.responses.always("jwks", FakeResponse::ok(&json!({ "keys": [key("new")] })));
        let stored = complete_with_id_token(
            app,
            &signed(&ehr::with(header(), json!({ "kid": "new" })), &claims(app, 0), &key("new")),
        )?;
        assert_eq!(app.tab.count("jwks"), 2);
        Ok(stored)
    });
    row.case("the same kid, another key", "ok", FinalState::New, app_with_keys(), |app| {
        let new = ehr::with(key(KID), json!({ "n": modulus(256, 0xD0) }));
        app.tab.responses.always("jwks", FakeResponse::ok(&json!({ "keys": [new] })));
        let stored = complete_with_id_token(app, &signed(&header(), &claims(app, 0), &new))?;
        assert_eq!(app.tab.count("jwks"), 2);
        Ok(stored)
    });
}

fn h087(row: &mut Row<'_>) {
    let app = App::pending_openid();
    let refused = |app: &App, number: usize| {
        let unknown = ehr::with(header(), json!({ "kid": format!("unknown {number}") }));
        let id_token = signed(&unknown, &claims(app, number), &key("unknown"));
        let tokens = ehr::with(tokens(app, number, json!({})), json!({ "id_token": id_token }));
        app.tab.responses.next("token", FakeResponse::ok(&tokens));
        app.complete(&app.callback_of(number))
    };
    for _ in 1..1_000 {
        app.begin(json!({})).unwrap();
        assert_eq!(code(&refused(&app, 2)), INVALID);
        let state = app.states.borrow_mut().pop().unwrap();
        app.tab.records.tab.borrow_mut().retain(|key, _| !key.ends_with(&state));
        app.tab.sent.borrow_mut().retain(|sent| sent.purpose == "jwks");
        // The scripted host searches each request for all secrets so far, which would take too long.
        app.tab.secrets.borrow_mut().clear();
    }
    row.case("a thousand unknown keys", INVALID, FinalState::Used, app, |app| {
        let outcome = refused(app, 0);
        assert_eq!(app.tab.count("jwks"), 1);
        outcome
    });
    let app = app_with_keys();
    row.case("another unknown key a minute later", INVALID, FinalState::Keep, app, |app| {
        app.begin(json!({}))?;
        assert_eq!((code(&refused(app, 2)), app.tab.count("jwks")), (INVALID, 2));
        app.states.borrow_mut().truncate(1);
        app.tab.pass_seconds(60);
        let outcome = refused(app, 0);
        assert_eq!(app.tab.count("jwks"), 3);
        outcome
    });
}

fn h089(row: &mut Row<'_>) {
    let keys: Vec<Value> = (0..10_000).map(|number| key(&number.to_string())).collect();
    let html = "<!doctype html><title>Sign in</title>";
    for (title, response, expected) in [
        ("a redirect", FakeResponse::new(302, "text/html", ""), "redirected"),
        ("html", FakeResponse::new(200, "text/html", html), "content_type"),
        ("HTML declared as JSON", FakeResponse::new(200, "application/json", html), "json_invalid"),
        ("64 MiB", FakeResponse::new(200, "application/json", &" ".repeat(64 * 1_048_576)), "body_too_large"),
        ("10 000 keys", FakeResponse::ok(&json!({ "keys": keys })), "body_too_large"),
        (
            "9 000 small keys",
            FakeResponse::ok(&json!({ "keys": vec![json!({ "a": 1, "b": 2 }); 9_000] })),
            "json_invalid",
        ),
        ("no keys", FakeResponse::ok(&json!({ "keys": [] })), INVALID),
        ("no JWK Set", FakeResponse::ok(&json!([key(KID)])), INVALID),
        ("a server error", FakeResponse::new(500, "text/html", ""), "http_status"),
        ("no response", FakeResponse::failed(Code::Network), "network"),
    ] {
        row.case(title, expected, FinalState::Used, App::pending_openid(), |app| {
            app.tab.responses.always("jwks", response);
            sign_in_with(app, json!({}))
        });
    }
    row.case(
        "an http URL of the keys",
        "endpoint_scheme",
        FinalState::Used,
        App::pending_openid_with(json!({ "endpoints": {
        "authorizationEndpoint": ehr::AUTHORIZE, "tokenEndpoint": ehr::TOKEN,
    }, "issuer": ehr::ISSUER })),
        |app| {
            let document = json!({ "issuer": ehr::ISSUER, "jwks_uri": "http://ehr.example/keys" });
            app.tab.responses.always("openid_discovery", FakeResponse::ok(&document));
            sign_in_with(app, json!({}))
        },
    );
}

fn h090(row: &mut Row<'_>) {
    let none = signed(
        &json!({ "alg": "none" }),
        &json!({ "iss": ehr::ISSUER, "aud": "growth-chart", "sub": "amara" }),
        &key(KID),
    );
    for (title, response) in [
        ("another sub", FakeResponse::ok(&json!({ "sub": "another" }))),
        ("no sub", FakeResponse::ok(&json!({ "name": "Zoë" }))),
        ("a token with alg none", FakeResponse::new(200, "application/jwt", &none)),
        (
            "a token with alg none and no signature",
            FakeResponse::new(200, "application/jwt", &none[..=none.rfind('.').unwrap()]),
        ),
    ] {
        row.case(title, "userinfo_invalid", FinalState::Keep, App::signed_in_openid(), |app| {
            let endpoint = "https://ehr.example/auth/userinfo";
            let openid = json!({ "issuer": ehr::ISSUER, "jwks_uri": ehr::JWKS, "userinfo_endpoint": endpoint });
            app.tab.responses.always("openid_discovery", FakeResponse::ok(&openid));
            app.tab.responses.always("userinfo", response);
            let key = app.key();
            run_flow(app.flow(|host| inquiry::userinfo(host, app.settings(), &key)))
        });
    }
}

fn h091(row: &mut Row<'_>) {
    for (direction, offset) in [("slow", -86_400_i64), ("fast", 86_400)] {
        let app = App::signed_in_openid();
        row.case(&format!("a clock that is a day {direction}"), "clock_skew", FinalState::Keep, app, |app| {
            let refreshed =
                ehr::with(ehr::tokens(1), json!({ "id_token": id_token(app, 1, json!({ "nonce": null })) }));
            let server = app.tab.clock.get();
            app.tab.clock.set(server.checked_add_signed(offset * 1_000).unwrap());
            app.tab.responses.next("refresh", FakeResponse::ok(&refreshed).dated(server));
            app.token(Need::New)
        });
    }
}

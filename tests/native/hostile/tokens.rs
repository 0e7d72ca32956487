//! D. Token response members.

use super::RowTest;
use super::row::Row;
use crate::app::{App, code, value, warnings};
use crate::ehr;
use crate::final_state::FinalState;
use crate::host::{FakeResponse, together};
use serde_json::{Map, Value, json};
use smart_launch::error::Result;
use smart_launch::flow::record::Stored;
use smart_launch::flow::refresh::Need;

pub const ROWS: &[RowTest] = &[
    ("H061", h061),
    ("H062", h062),
    ("H065", h065),
    ("H066", h066),
    ("H067", h067),
    ("H069", h069),
    ("H070", h070),
    ("H071", h071),
    ("H073", h073),
    ("H074", h074),
    ("H075", h075),
];

/// A sign-in whose token response is valid except for these additional or replaced members.
fn sign_in_with(app: &App, members: Value) -> Result<Stored> {
    app.complete_with(FakeResponse::ok(&ehr::with(ehr::tokens(1), members)))
}

fn strict() -> App {
    App::pending_with(json!({ "strict": true }))
}

/// The name of a case: the start of its input.
fn short(value: &Value) -> String {
    value.to_string().chars().take(60).collect()
}

fn h061(row: &mut Row<'_>) {
    for token in [
        json!(null),
        json!(""),
        json!({}),
        json!({ "token": "x" }),
        json!([]),
        json!(["token"]),
        json!(7),
        json!(true),
        json!("a".repeat(1_048_000)),
        json!("a".repeat(65_537)),
        json!("token\r\nx-evil: 1"),
        json!("token\n"),
        json!("\rtoken"),
        json!("to\u{0}ken"),
        json!("to ken"),
        json!(" token"),
        json!("to\tken"),
        json!("token\u{7f}"),
        json!("tokén"),
        json!("\u{feff}token"),
        json!("token\u{2028}"),
        json!("💡"),
    ] {
        row.case(&short(&token), "token_response_invalid", FinalState::Used, App::pending(), |app| {
            sign_in_with(app, json!({ "access_token": token }))
        });
    }
    for token in ["a".repeat(65_536), "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~".into()] {
        row.case("valid in a header", "ok", FinalState::New, App::pending(), |app| {
            sign_in_with(app, json!({ "access_token": token }))
        });
    }
}

fn h062(row: &mut Row<'_>) {
    for kind in [
        json!(null),
        json!("mac"),
        json!(7),
        json!("constructor"),
        json!("__proto__"),
        json!(""),
        json!("DPoP"),
        json!("N_A"),
        json!("pop"),
        json!("Bearer "),
        json!(" bearer"),
        json!("bearer,bearer"),
        json!("ＢＥＡＲＥＲ"),
        json!(["bearer"]),
        json!({ "bearer": true }),
        json!(true),
    ] {
        row.case(&short(&kind), "token_type_unsupported", FinalState::Used, App::pending(), |app| {
            sign_in_with(app, json!({ "token_type": kind }))
        });
    }
    for kind in ["BEARER", "bEaReR", "bearer", "Bearer"] {
        row.case(kind, "ok", FinalState::New, App::pending(), |app| sign_in_with(app, json!({ "token_type": kind })));
    }
}

fn h065(row: &mut Row<'_>) {
    for lifetime in [json!("3600"), json!("03600"), json!(3600)] {
        row.case(&short(&lifetime), "ok", FinalState::New, strict(), |app| {
            let sent_at = app.tab.clock.get();
            let stored = sign_in_with(app, json!({ "expires_in": lifetime }))?;
            assert_eq!(stored.session.json().at("expiresAt").number(), Some(sent_at + 3_600_000));
            Ok(stored)
        });
    }
}

fn h066(row: &mut Row<'_>) {
    for lifetime in [
        json!("3600abc"),
        json!(""),
        json!(true),
        json!([]),
        json!({}),
        json!("NaN"),
        json!(1.5),
        json!("1e9"),
        json!(1e9),
        json!("Infinity"),
        json!("3 600"),
        json!("3600 "),
        json!("+3600"),
        json!("0x10"),
        json!("1_000"),
        json!("٣٦٠٠"),
        json!([3600]),
        json!(-0.5),
        json!("-"),
        json!("--1"),
    ] {
        row.case(&short(&lifetime), "ok", FinalState::New, App::pending(), |app| {
            let stored = sign_in_with(app, json!({ "expires_in": lifetime }))?;
            assert!(stored.session.json().at("expiresAt").is_null(), "the expiry is not known");
            assert!(warnings(stored.session.json()).contains(&"expires_in_invalid"));
            app.tab.pass_seconds(300);
            app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
            assert!(app.token(Need::Seconds(60))?.renewed, "the token counts as valid for five minutes");
            Ok(stored)
        });
        row.case("the lifetime under strict", "token_response_invalid", FinalState::Used, strict(), |app| {
            sign_in_with(app, json!({ "expires_in": lifetime }))
        });
    }
    row.case("null", "ok", FinalState::New, strict(), |app| {
        let body = ehr::tokens(1).to_string().replace("3600", "null");
        app.complete_with(FakeResponse::new(200, "application/json", &body))
    });
    row.case("a bare NaN, which is not JSON", "json_invalid", FinalState::Used, App::pending(), |app| {
        app.complete_with(FakeResponse::new(
            200,
            "application/json",
            &ehr::tokens(1).to_string().replace("3600", "NaN"),
        ))
    });
}

fn h067(row: &mut Row<'_>) {
    for lifetime in [json!(0), json!(-5), json!("0"), json!("-5"), json!(-9_007_199_254_740_993_i64)] {
        row.case(&short(&lifetime), "ok", FinalState::New, App::pending(), |app| {
            let stored = sign_in_with(app, json!({ "expires_in": lifetime }))?;
            assert!(stored.session.is_expired(app.tab.clock.get()), "expired at once");
            app.tab.pace.set(3);
            app.tab
                .responses
                .next("refresh", FakeResponse::ok(&ehr::with(ehr::tokens(2), json!({ "expires_in": lifetime }))));
            let key = app.key();
            let outcomes = together((0..10).map(|_| app.token_flow(&key, Need::Seconds(60))).collect());
            app.tab.pace.set(0);
            assert!(outcomes.iter().all(|valid| code(valid) == "ok"));
            assert_eq!(app.tab.count("refresh"), 1, "no loop");
            Ok(stored)
        });
        row.case("the lifetime without a refresh token", "session_expired", FinalState::Out, App::pending(), |app| {
            sign_in_with(app, json!({ "expires_in": lifetime, "refresh_token": null }))?;
            let outcome = app.token(Need::Seconds(0));
            assert_eq!(app.tab.count("refresh"), 0, "no loop");
            assert!(app.resume().is_none());
            app.sign_out("");
            outcome
        });
    }
}

fn h069(row: &mut Row<'_>) {
    for (settings, lifetime) in [(json!({}), 300), (json!({ "assumedLifetimeSeconds": 1_000 }), 1_000)] {
        row.case("the token is used", "ok", FinalState::New, App::pending_with(settings.clone()), |app| {
            sign_in_with(app, json!({ "expires_in": null }))?;
            app.tab.pass_seconds(lifetime - 61);
            assert!(!app.token(Need::Seconds(60))?.renewed, "valid for the assumed lifetime");
            app.tab.pass_seconds(1);
            app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(2)));
            let valid = app.token(Need::Seconds(60))?;
            assert!(valid.renewed);
            Ok(valid.stored)
        });
        row.case("the token is refused", "ok", FinalState::New, App::pending_with(settings), |app| {
            sign_in_with(app, json!({ "expires_in": null }))?;
            app.tab
                .responses
                .next("refresh", FakeResponse::ok(&ehr::with(ehr::tokens(2), json!({ "expires_in": null }))));
            let refused = ehr::access_token(1);
            let valid = app.token(Need::Instead(&refused))?;
            assert_eq!(app.token(Need::Instead(&refused))?.stored.session.access_token(), ehr::access_token(2));
            assert_eq!(app.tab.count("refresh"), 1, "refreshed once");
            Ok(valid.stored)
        });
    }
}

fn h070(row: &mut Row<'_>) {
    for (scope, granted, differs) in [
        (json!(null), ehr::SCOPE, false),
        (json!(""), "", true),
        (json!(" "), " ", true),
        (json!("patient/*.rs"), "patient/*.rs", true),
        (
            json!("launch/patient patient/*.rs offline_access user/*.cruds openid"),
            "launch/patient patient/*.rs offline_access user/*.cruds openid",
            false,
        ),
        (json!("offline_access patient/*.rs launch/patient"), "offline_access patient/*.rs launch/patient", false),
        (
            json!("patient/*.rs patient/*.rs launch/patient offline_access patient/*.rs"),
            "patient/*.rs patient/*.rs launch/patient offline_access patient/*.rs",
            false,
        ),
        (json!("patient/*.rs\tlaunch/patient\toffline_access"), "patient/*.rs\tlaunch/patient\toffline_access", false),
        (json!("PATIENT/*.rs launch/patient offline_access"), "PATIENT/*.rs launch/patient offline_access", true),
    ] {
        row.case(&short(&scope), "ok", FinalState::New, App::pending(), |app| {
            let stored = sign_in_with(app, json!({ "scope": scope }))?;
            assert_eq!(stored.session.json().text("granted"), granted);
            assert_eq!(
                warnings(stored.session.json()).contains(&"scope_not_granted"),
                differs,
                "the difference is reported"
            );
            Ok(stored)
        });
    }
    for scope in [json!([]), json!(["patient/*.rs"]), json!({}), json!(7), json!(true)] {
        row.case(&short(&scope), "token_response_invalid", FinalState::Used, App::pending(), |app| {
            sign_in_with(app, json!({ "scope": scope }))
        });
    }
}

fn h071(row: &mut Row<'_>) {
    for id in [
        json!(7),
        json!("../../"),
        json!("../../Patient/1"),
        json!(".."),
        json!("."),
        json!("a".repeat(1_048_000)),
        json!(""),
        json!("Patient/1"),
        json!("https://ehr.example/fhir/Patient/1"),
        json!("a/b"),
        json!("a%2F.."),
        json!("a?b"),
        json!("a b"),
        json!("a\r\n"),
        json!("a\u{0}"),
        json!("é"),
        json!({ "reference": "Patient/1" }),
        json!(["a"]),
        json!(true),
        json!("<img>"),
        json!("a;b"),
        json!("a\\b"),
    ] {
        for name in ["patient", "encounter"] {
            row.case(
                &format!("{name} {}", short(&id)),
                "launch_context_invalid",
                FinalState::Used,
                App::pending(),
                |app| sign_in_with(app, json!({ name: id })),
            );
        }
    }
    row.case("no patient", "ok", FinalState::New, App::pending(), |app| {
        let stored = sign_in_with(app, json!({ "patient": null }))?;
        assert_eq!(warnings(stored.session.json()), ["launch_context_missing"]);
        Ok(stored)
    });
    row.case("no patient, under strict", "token_response_invalid", FinalState::Used, strict(), |app| {
        sign_in_with(app, json!({ "patient": null }))
    });
    row.case("a FHIR id", "ok", FinalState::New, strict(), |app| {
        sign_in_with(app, json!({ "patient": "A-z.0", "encounter": "1" }))
    });
}

fn h073(row: &mut Row<'_>) {
    for token in [
        json!(""),
        json!({}),
        json!([]),
        json!(7),
        json!(true),
        json!("a b"),
        json!("a\r\nb"),
        json!("a\u{0}"),
        json!("é"),
        json!("a".repeat(65_537)),
    ] {
        for name in ["refresh_token", "id_token"] {
            row.case(
                &format!("{name} {}", short(&token)),
                "token_response_invalid",
                FinalState::Used,
                App::pending(),
                |app| sign_in_with(app, json!({ name: token })),
            );
        }
    }
    row.case("a refresh token that equals the access token", "ok", FinalState::New, App::pending(), |app| {
        sign_in_with(app, json!({ "refresh_token": ehr::access_token(1) }))
    });
    row.case("no refresh token", "ok", FinalState::New, App::pending(), |app| {
        sign_in_with(app, json!({ "refresh_token": null }))
    });
}

fn h074(row: &mut Row<'_>) {
    let members_of_count = |count: usize| {
        Value::from((0..count).map(|number| (format!("x{number}"), json!(number))).collect::<Map<_, _>>())
    };
    for count in [10_000, 2_000, 1_000, 300, 251] {
        row.case(&format!("{count} members more"), "token_response_invalid", FinalState::Used, App::pending(), |app| {
            sign_in_with(app, members_of_count(count))
        });
    }
    row.case("30 000 values in one member", "token_response_invalid", FinalState::Used, App::pending(), |app| {
        sign_in_with(app, json!({ "x": vec![0; 30_000] }))
    });
    row.case("the maximum number of members", "ok", FinalState::New, App::pending(), |app| {
        let stored = sign_in_with(app, members_of_count(250))?;
        assert_eq!(stored.session.json().at("tokenResponse").at("x249").number(), Some(249));
        Ok(stored)
    });
    let useful = json!({ "project": { "reference": "Project/1", "display": "x" }, "hub.topic": "t", "hub.url": "wss://ehr.example", "roles": ["a", "b"] });
    row.case("a few useful members", "ok", FinalState::New, strict(), |app| {
        let stored = sign_in_with(app, useful.clone())?;
        let extra = value(stored.session.json().at("tokenResponse"));
        assert!(useful.as_object().unwrap().iter().all(|(name, value)| extra[name] == *value));
        Ok(stored)
    });
    assert_not_mapped(
        row,
        "members with names of the session's members",
        &json!({
            "expiresIn": 9, "expiresAt": 9, "issued": 9, "signedIn": 9, "granted": "system/*.*", "asked": "x", "warnings": ["x"], "v": 2, "clientId": "evil",
            "fhirBaseUrl": "https://evil.example", "issuer": "https://evil.example", "tokenEndpoint": "https://evil.example/token", "returnTo": "//evil.example",
            "revocationEndpoint": "https://evil.example", "endSessionEndpoint": "https://evil.example", "tokenResponse": { "patient": "evil" }, "appState": "evil",
            "needPatientBanner": false, "smartStyleUrl": "https://evil.example", "persisted": true, "key": "evil", "renewed": true,
        }),
    );
    assert_not_mapped(
        row,
        "names of a prototype",
        &json!({ "__proto__": { "patient": "evil" }, "constructor": { "prototype": {} }, "toString": 1, "hasOwnProperty": 1 }),
    );
}

fn h075(row: &mut Row<'_>) {
    assert_not_mapped(
        row,
        "all members together",
        &json!({
            "profile": "https://evil.example/Practitioner/1", "state": "evil", "isOpenId": true, "expires_at": 9_999_999_999_u64, "userState": { "evil": true },
        }),
    );
    for (name, member) in [
        ("profile", json!({})),
        ("state", json!("x")),
        ("isOpenId", json!(false)),
        ("expires_at", json!("2099-01-01")),
        ("userState", json!(7)),
        ("code", json!("x")),
    ] {
        assert_not_mapped(row, name, &json!({ name: member }));
    }
}

/// Asserts that the session is the same as without these members, except for its copy of the response.
fn assert_not_mapped(row: &mut Row<'_>, title: &str, members: &Value) {
    row.case(title, "ok", FinalState::New, App::pending(), |app| {
        let other_app = App::pending();
        let mut expected = value(sign_in_with(&other_app, json!({}))?.session.json());
        let stored = sign_in_with(app, members.clone())?;
        let mut session = value(stored.session.json());
        assert!(members.as_object().unwrap().iter().all(|(name, value)| session["tokenResponse"][name] == *value));
        for session in [&mut session, &mut expected] {
            session["tokenResponse"] = json!({});
        }
        assert_eq!(session, expected);
        assert_eq!(stored.session.key(), app.key());
        Ok(stored)
    });
}

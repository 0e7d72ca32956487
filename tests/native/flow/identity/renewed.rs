use crate::app::{App, SESSIONS, assert_fails, code, value, warnings};
use crate::ehr;
use crate::host::{FakeResponse, Flow, step};
use crate::signing_keys::{KID, claims, header, id_token, key, modulus, signed};
use serde_json::{Value, json};
use smart_launch::error::{Code, Result};
use smart_launch::flow::refresh::{Need, ValidSession};

/// The response to a refresh, with or without an ID token.
fn response(id_token: Value) -> FakeResponse {
    FakeResponse::ok(&ehr::with(ehr::tokens(2), json!({ "id_token": id_token })))
}

/// An ID token of a refresh: that of the sign-in with these changes and without `nonce`.
fn token(app: &App, changes: Value) -> Value {
    let mut claims_of_refresh = json!({ "nonce": null });
    claims_of_refresh.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    json!(id_token(app, 1, claims_of_refresh))
}

/// A refresh whose response has an ID token with these claims.
fn refresh_with(app: &App, changes: Value) -> Result<ValidSession> {
    app.tab.responses.next("refresh", response(token(app, changes)));
    app.token(Need::New)
}

/// Asserts that the session is unchanged except for the refresh token, which was rotated.
fn assert_kept(app: &App) {
    let session = app.resume().expect("a session").session;
    assert_eq!((session.access_token(), session.refresh_token()), (&*ehr::access_token(1), &*ehr::refresh_token(2)));
    assert_eq!(value(session.json().at("claims"))["sub"], "amara");
}

#[test]
fn new_claims_of_the_same_user_are_stored() {
    let app = App::signed_in_openid();
    app.tab.pass_seconds(10);
    let session = refresh_with(&app, json!({ "name": "Amara", "fhirUser": "Person/2" })).unwrap().stored.session;
    assert_eq!(
        (session.access_token(), session.json().text("fhirUser")),
        (&*ehr::access_token(2), "https://ehr.example/fhir/Person/2")
    );
    let claims = value(session.json().at("claims"));
    assert_eq!((&claims["name"], &claims["sub"]), (&json!("Amara"), &json!("amara")));
    assert_eq!(claims["iat"], app.tab.clock.get() / 1_000);
    assert!(warnings(session.json()).is_empty());
    assert_eq!(value(app.resume().unwrap().session.json())["claims"], claims);
    assert_eq!(app.tab.count("jwks"), 1);
}

#[test]
fn nonce_of_a_refreshed_id_token_has_to_be_that_of_the_sign_in() {
    let app = App::signed_in_openid();
    let nonce = value(app.resume().unwrap().session.json())["claims"]["nonce"].clone();
    assert!(refresh_with(&app, json!({ "nonce": nonce })).is_ok());
    let app = App::signed_in_openid();
    assert_fails(refresh_with(&app, json!({ "nonce": "another" })), Code::IdTokenInvalid);
    assert_kept(&app);
}

#[test]
fn another_user_ends_the_session() {
    let app = App::signed_in_openid();
    let outcome = refresh_with(&app, json!({ "sub": "bertrand" }));
    assert!(outcome.as_ref().unwrap_err().to_string().contains("another user"));
    assert_fails(outcome, Code::IdTokenInvalid);
    assert!(app.tab.records.under(SESSIONS).is_empty() && app.resume().is_none());
    assert!(app.tab.records.under("").values().all(|record| !record.contains("access-token")));
}

#[test]
fn id_token_of_another_user_issuer_or_client_ends_the_session_in_all_tabs_with_the_reason() {
    for changes in [
        json!({ "sub": "bertrand" }),
        json!({ "iss": "https://evil.example" }),
        json!({ "aud": "evil" }),
        json!({ "aud": ["evil", "another"] }),
        json!({ "aud": 7 }),
        json!({ "azp": "evil" }),
        json!({ "azp": 7 }),
    ] {
        let app = App::signed_in_openid();
        let (other_tab, key) = (app.duplicate(), app.key());
        let error = refresh_with(&app, changes.clone()).unwrap_err();
        assert_eq!((error.code(), error.end_reason()), (Code::IdTokenInvalid, "identity_changed"), "{changes}");
        assert!(app.tab.records.under(SESSIONS).is_empty() && app.resume().is_none());
        let error = crate::host::run_flow(other_tab.token_flow(&key, Need::Use)).unwrap_err();
        assert_eq!(
            (error.code(), error.end_reason()),
            (Code::SignedOut, "identity_changed"),
            "the other tab gets the reason"
        );
    }
}

#[test]
fn malformed_id_token_of_a_refresh_is_a_warning_and_refused_under_strict() {
    let (first, strict) = (App::signed_in_openid(), json!({ "strict": true }));
    let before = value(first.resume().unwrap().session.json());
    let malformed_token = |app: &App, variant: usize| match variant {
        // As the SMART Launcher does: neither `aud` nor `nonce`.
        0 => token(app, json!({ "aud": null })),
        1 => token(app, json!({ "aud": "" })),
        2 => token(app, json!({ "aud": [] })),
        // This client, but the ID token of the sign-in had no `azp`.
        _ => token(app, json!({ "azp": "growth-chart" })),
    };
    for variant in 0..4 {
        let app = App::signed_in_openid();
        app.tab.responses.next("refresh", response(malformed_token(&app, variant)));
        let session = app.token(Need::New).unwrap().stored.session;
        assert_eq!(session.access_token(), ehr::access_token(2));
        assert_eq!(warnings(session.json()), ["refreshed_id_token_malformed"], "{variant}");
        let claims = value(session.json().at("claims"));
        assert_eq!((&claims["sub"], &claims["iss"]), (&before["claims"]["sub"], &before["claims"]["iss"]));
        let app = App::pending_openid_with(strict.clone());
        app.complete_with(FakeResponse::ok(&crate::signing_keys::tokens(&app, 0, json!({})))).unwrap();
        app.tab.responses.next("refresh", response(malformed_token(&app, variant)));
        assert_fails(app.token(Need::New), Code::IdTokenInvalid);
        assert_kept(&app);
    }
}

#[test]
fn repeated_id_token_is_not_verified_again() {
    let app = App::signed_in_openid();
    let before = value(app.resume().unwrap().session.json());
    app.tab.pass_seconds(3_601);
    app.tab.responses.next("refresh", response(before["id_token"].clone()));
    let session = app.token(Need::New).unwrap().stored.session;
    assert_eq!(
        (session.access_token(), value(session.json())["claims"].clone()),
        (&*ehr::access_token(2), before["claims"].clone())
    );
    assert!(warnings(session.json()).is_empty());
}

#[test]
fn tokens_are_revoked_if_the_user_signs_out_before_the_id_token_is_refused() {
    let app = App::signed_in_openid();
    app.tab.responses.always("revocation", FakeResponse::new(200, "", ""));
    app.tab.reload();
    app.tab.responses.hold("jwks");
    app.tab.responses.next("refresh", response(token(&app, json!({ "sub": "bertrand" }))));
    let key = app.key();
    let mut flow = app.token_flow(&key, Need::New);
    let key_requests = app.tab.count("jwks");
    while app.tab.count("jwks") == key_requests {
        assert!(step(&mut flow).is_none());
    }
    app.sign_out("");
    assert_fails(end(&app, flow), Code::SignedOut);
    assert_eq!(app.tab.last().field("token"), ehr::access_token(2));
}

#[test]
fn another_user_ends_the_session_only_if_the_id_token_is_verified() {
    let app = App::signed_in_openid();
    let other_key = ehr::with(key(KID), json!({ "n": modulus(256, 0xEE) }));
    let claims = ehr::with(claims(&app, 1), json!({ "sub": "bertrand", "nonce": null }));
    app.tab.responses.next("refresh", response(json!(signed(&header(), &claims, &other_key))));
    assert_fails(app.token(Need::New), Code::IdTokenInvalid);
    assert_kept(&app);
}

#[test]
fn session_and_rotated_refresh_token_are_kept_if_the_id_token_is_refused() {
    let now = 1_700_000_000_u64;
    for changes in [
        json!({ "iss": null }),
        json!({ "aud": ["growth-chart", "another"] }),
        json!({ "exp": now - 60 }),
        json!({ "sub": null }),
        json!({ "at_hash": "AAAA" }),
    ] {
        let app = App::signed_in_openid();
        assert_fails(refresh_with(&app, changes.clone()), Code::IdTokenInvalid);
        assert_kept(&app);
        assert_eq!(app.tab.count("jwks"), 1, "{changes}");
        app.tab.responses.next("refresh", FakeResponse::ok(&ehr::tokens(3)));
        assert!(app.token(Need::New).is_ok());
        assert_eq!(app.tab.last().field("refresh_token"), ehr::refresh_token(2));
    }
}

#[test]
fn session_and_rotated_refresh_token_are_kept_if_the_keys_are_unavailable() {
    for (failure, expected) in [
        (FakeResponse::failed(Code::Network), Code::Network),
        (FakeResponse::new(503, "text/html", ""), Code::HttpStatus),
        (FakeResponse::new(200, "text/html", "<html>"), Code::ContentType),
        (FakeResponse::ok(&json!({ "keys": [] })), Code::IdTokenInvalid),
    ] {
        let app = App::signed_in_openid();
        app.tab.reload();
        app.tab.responses.next("jwks", failure.clone());
        app.tab.responses.next("jwks", failure);
        assert_fails(refresh_with(&app, json!({})), expected);
        assert_kept(&app);
    }
}

#[test]
fn response_without_an_id_token_keeps_the_user() {
    let app = App::signed_in_openid();
    let before = value(app.resume().unwrap().session.json());
    app.tab.responses.next("refresh", response(json!(null)));
    let after = value(app.token(Need::New).unwrap().stored.session.json());
    assert_eq!(after["access_token"], ehr::access_token(2));
    for name in ["claims", "fhirUser", "id_token"] {
        assert!(!before[name].is_null() && after[name] == before[name], "{name}");
    }
}

#[test]
fn keys_are_fetched_from_the_url_known_at_sign_in() {
    let app = App::signed_in_openid();
    let elsewhere = json!({ "jwks_uri": "https://evil.example/keys" });
    app.tab.responses.always("discovery", FakeResponse::ok(&ehr::with(ehr::document(), elsewhere)));
    app.tab.reload();
    assert!(app.discover().is_ok() && refresh_with(&app, json!({})).is_ok());
    assert_eq!(app.tab.last().url, ehr::JWKS);
}

#[test]
fn strict_refuses_a_fhir_user_at_another_server() {
    let app = App::pending_openid_with(json!({ "strict": true }));
    app.complete_with(FakeResponse::ok(&crate::signing_keys::tokens(&app, 0, json!({})))).unwrap();
    assert_fails(refresh_with(&app, json!({ "fhirUser": "https://evil.example/Person/1" })), Code::IdTokenInvalid);
    assert_kept(&app);
    let app = App::signed_in_openid();
    let valid = refresh_with(&app, json!({ "fhirUser": "https://evil.example/Person/1" })).unwrap();
    assert_eq!(warnings(valid.stored.session.json()), ["fhir_user_elsewhere"]);
}

/// A refresh whose ID token waits for the server's keys.
fn waiting_refresh<'a>(app: &'a App, key: &str) -> Flow<'a, Result<ValidSession>> {
    app.tab.reload();
    app.tab.responses.hold("jwks");
    app.tab.responses.next("refresh", response(token(app, json!({}))));
    let mut flow = app.token_flow(key, Need::New);
    let key_requests = app.tab.count("jwks");
    while app.tab.count("jwks") == key_requests {
        assert!(step(&mut flow).is_none());
    }
    flow
}

fn end<T>(app: &App, mut flow: Flow<'_, T>) -> T {
    app.tab.responses.release("jwks");
    (0..20).find_map(|_| step(&mut flow)).expect("the keys are there")
}

#[test]
fn session_does_not_return_if_the_user_signs_out_during_verification() {
    let app = App::signed_in_openid();
    app.tab.responses.always("revocation", FakeResponse::new(200, "", ""));
    let key = app.key();
    let flow = waiting_refresh(&app, &key);
    app.sign_out("");
    assert_fails(end(&app, flow), Code::SignedOut);
    assert!(app.tab.records.under(SESSIONS).is_empty() && app.resume().is_none());
    assert!(app.tab.records.under("").values().all(|record| !record.contains("access-token-number")));
}

#[test]
fn newer_session_stays_if_it_is_stored_during_verification() {
    let app = App::signed_in_openid();
    let key = app.key();
    let flow = waiting_refresh(&app, &key);
    let newer = app.tab.records.under(SESSIONS)[&key].replace("access-token-number-1", "access-token-number-7");
    app.tab.records.tab.borrow_mut().insert(key.clone(), newer.clone());
    let valid = end(&app, flow).unwrap();
    assert_eq!(valid.stored.session.access_token(), ehr::access_token(7));
    assert_eq!(app.tab.records.under(SESSIONS)[&key], newer);
}

#[test]
fn rotated_refresh_token_is_stored_before_keys_are_fetched() {
    let app = App::signed_in_openid();
    let key = app.key();
    let flow = waiting_refresh(&app, &key);
    assert_kept(&app);
    // The page is left while the flow waits.
    drop(flow);
    assert_kept(&app);
    assert_eq!((app.tab.held_locks(), code(&app.discover())), (0, "ok"));
}

#[test]
fn concurrent_callers_get_the_verified_token() {
    let app = App::signed_in_openid();
    let key = app.key();
    let flow = waiting_refresh(&app, &key);
    let mut waiting = app.token_flow(&key, Need::Instead("access-token-number-1"));
    assert!(step(&mut waiting).is_none());
    assert!(end(&app, flow).unwrap().renewed);
    let valid = (0..20).find_map(|_| step(&mut waiting)).expect("the lock is free").unwrap();
    assert_eq!(valid.stored.session.access_token(), ehr::access_token(2));
    assert_eq!((app.tab.count("refresh"), app.tab.count("jwks")), (1, 2));
}

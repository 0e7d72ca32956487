use crate::app::{App, SESSIONS, assert_fails, code};
use crate::confidential::INTROSPECT;
use crate::ehr;
use crate::host::{FakeResponse, ProofServer, Sent, read_assertion, run_flow, thumbprint};
use serde_json::{Value, json};
use smart_launch::error::Code;
use smart_launch::flow::inquiry;
use smart_launch::flow::refresh::Need;
use smart_launch::protocol::revocation::TokenKind;
use smart_launch::protocol::settings::Settings;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// An app whose tokens are bound, at a server that checks the proof of each token request. A refresh has to prove the key to
/// which the refresh token is bound.
fn app() -> (App, Rc<ProofServer>) {
    app_with(json!({}))
}

fn app_with(changes: Value) -> (App, Rc<ProofServer>) {
    let app = App::with(ehr::with(json!({ "dpop": true }), changes));
    let document = ehr::with(ehr::document(), json!({ "introspection_endpoint": INTROSPECT }));
    app.tab.responses.always("discovery", FakeResponse::ok(&document));
    let server = Rc::new(ProofServer::at(app.tab.clock.get()));
    serve(&app, &server, bound);
    (app, server)
}

/// The token endpoint: checks proofs, accepts each code and each refresh token once, and responds with `tokens`.
fn serve(app: &App, server: &Rc<ProofServer>, tokens: fn(usize) -> Value) {
    let (server, used, keys) =
        (Rc::clone(server), RefCell::new(Vec::new()), RefCell::new(BTreeMap::<String, String>::new()));
    let response = move |sent: &Sent| {
        if !["token", "refresh"].contains(&sent.purpose) {
            return None;
        }
        let key = match server.check(sent) {
            Ok(key) => key,
            Err(refusal) => return Some(*refusal),
        };
        let mut used = used.borrow_mut();
        let credential = [sent.field("code_verifier"), sent.field("refresh_token")].concat();
        assert!(!used.contains(&credential), "a code or a refresh token that was accepted is sent again");
        if sent.purpose == "refresh" {
            let bound_to = keys.borrow().get(&sent.field("refresh_token")).cloned();
            if bound_to != Some(key.clone()) {
                return Some(FakeResponse::json(400, &json!({ "error": "invalid_grant" })).nonce("another"));
            }
        }
        used.push(credential);
        let tokens = tokens(used.len());
        keys.borrow_mut().insert(tokens["refresh_token"].as_str().unwrap_or_default().into(), key);
        Some(FakeResponse::ok(&tokens))
    };
    app.tab.responses.serve(&(Rc::new(response) as crate::host::Server));
}

fn bound(number: usize) -> Value {
    ehr::with(ehr::tokens(number as u64), json!({ "token_type": "DPoP" }))
}

fn sign_in(app: &App) -> &'static str {
    app.begin(json!({})).unwrap();
    let last = app.states.borrow().len() - 1;
    code(&app.complete(&app.callback_of(last)))
}

fn claims(sent: &Sent) -> Value {
    read_assertion(&sent.proof).1
}

fn jkt(sent: &Sent) -> String {
    thumbprint(&read_assertion(&sent.proof).0["jwk"])
}

fn sent(app: &App, purpose: &str) -> Vec<Sent> {
    app.tab.sent.borrow().iter().filter(|sent| sent.purpose == purpose).cloned().collect()
}

#[test]
fn requests_of_one_sign_in_prove_one_key_which_the_authorization_request_names() {
    let (app, _) = app();
    let begun = app.begin(json!({})).unwrap();
    let url = url::Url::parse(begun.request.json().text("url")).unwrap();
    let thumbprint = url.query_pairs().find(|(name, _)| name == "dpop_jkt").expect("dpop_jkt").1.into_owned();
    assert_eq!(code(&app.complete(&app.callback())), "ok");
    app.token(Need::New).unwrap();
    app.token(Need::New).unwrap();
    let thumbprints: Vec<String> =
        app.tab.sent.borrow().iter().filter(|sent| !sent.proof.is_empty()).map(jkt).collect();
    assert_eq!(thumbprints, [&*thumbprint; 3]);
    assert_eq!(app.tab.origin.proof_keys.families().into_iter().collect::<Vec<_>>(), [app.state(0)]);
}

#[test]
fn parameter_of_the_app_does_not_replace_the_key() {
    let (app, _) = app_with(json!({ "authorizationParams": { "dpop_jkt": "of-another", "ui": "a" } }));
    let begun = app.begin(json!({})).unwrap();
    let url = url::Url::parse(begun.request.json().text("url")).unwrap();
    let thumbprints: Vec<String> =
        url.query_pairs().filter(|(name, _)| name == "dpop_jkt").map(|(_, value)| value.into_owned()).collect();
    assert!(thumbprints.len() == 1 && thumbprints[0] != "of-another" && url.query().unwrap().contains("ui=a"));
}

/// An app that pushes its requests, to a server that checks the proofs of them and of token requests.
fn app_that_pushes(response: fn() -> FakeResponse) -> (App, Rc<ProofServer>) {
    let (app, server) = app_with(json!({ "authorizeMethod": "push" }));
    let endpoint = json!({ "pushed_authorization_request_endpoint": "https://ehr.example/auth/par" });
    app.tab.responses.always("discovery", FakeResponse::ok(&ehr::with(ehr::document(), endpoint)));
    let checking = Rc::clone(&server);
    let responses = move |sent: &Sent| {
        let response = match sent.purpose {
            "pushed" => response(),
            "token" => FakeResponse::ok(&bound(1)),
            _ => return None,
        };
        Some(checking.check(sent).map_or_else(|refusal| *refusal, |_| response))
    };
    app.tab.responses.serve(&(Rc::new(responses) as crate::host::Server));
    (app, server)
}

#[test]
fn pushed_request_names_and_proves_the_key_of_the_tokens() {
    let (app, server) =
        app_that_pushes(|| FakeResponse::json(201, &json!({ "request_uri": "urn:example:1", "expires_in": 60 })));
    *server.nonce.borrow_mut() = "first".into();
    assert_eq!(sign_in(&app), "ok");
    let (pushed, tokens) = (sent(&app, "pushed"), sent(&app, "token"));
    let nonces: Vec<_> = pushed.iter().chain(&tokens).map(|sent| claims(sent)["nonce"].clone()).collect();
    assert_eq!(nonces, [json!(null), json!("first"), json!("first")]);
    assert_eq!(pushed[1].field("dpop_jkt"), jkt(&pushed[1]));
    assert_eq!(jkt(&pushed[1]), jkt(&tokens[0]));
}

#[test]
fn pushed_request_that_is_refused_leaves_no_key() {
    let (app, _) = app_that_pushes(|| FakeResponse::json(400, &json!({ "error": "invalid_request" })));
    assert_fails(app.begin(json!({})), Code::AuthorizationRefused);
    assert_eq!(sent(&app, "pushed").len(), 1);
    assert!(app.tab.origin.proof_keys.families().is_empty());
}

#[test]
fn each_sign_in_has_another_key() {
    let (app, _) = app();
    assert_eq!((sign_in(&app), sign_in(&app)), ("ok", "ok"));
    let keys: Vec<String> = sent(&app, "token").iter().map(jkt).collect();
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn client_without_the_option_sends_no_proof_and_creates_no_key() {
    let app = App::new();
    let begun = app.begin(json!({})).unwrap();
    assert!(!begun.request.json().text("url").contains("dpop"));
    app.complete_with(FakeResponse::ok(&ehr::tokens(1))).unwrap();
    assert!(app.tab.sent.borrow().iter().all(|sent| sent.proof.is_empty()));
    assert!(app.tab.origin.proof_keys.families().is_empty());
}

#[test]
fn request_is_repeated_once_with_the_nonce_that_the_server_asks_for() {
    let (app, server) = app();
    *server.nonce.borrow_mut() = "first".into();
    assert_eq!(sign_in(&app), "ok");
    let tokens = sent(&app, "token");
    assert_eq!(tokens.len(), 2);
    assert_eq!(tokens[0].form, tokens[1].form, "the same code");
    assert_ne!(claims(&tokens[0])["jti"], claims(&tokens[1])["jti"]);
    assert_eq!((claims(&tokens[0]).get("nonce"), &claims(&tokens[1])["nonce"]), (None, &json!("first")));
    // The nonce is kept for the next request, and replaced by the next nonce.
    app.token(Need::New).unwrap();
    assert_eq!(app.tab.count("refresh"), 1);
    *server.nonce.borrow_mut() = "second".into();
    app.token(Need::New).unwrap();
    let nonces: Vec<Value> = sent(&app, "refresh").iter().map(|sent| claims(sent)["nonce"].clone()).collect();
    assert_eq!(nonces, ["first", "first", "second"]);
}

#[test]
fn nonce_that_is_asked_for_again_and_again_is_an_error_and_keeps_the_session() {
    let (app, _) = app();
    assert_eq!(sign_in(&app), "ok");
    app.tab.responses.stop_serving();
    app.tab
        .responses
        .always("refresh", FakeResponse::json(400, &json!({ "error": "use_dpop_nonce" })).nonce("never-good"));
    let error = app.token(Need::New).unwrap_err();
    assert_eq!((error.code(), error.end_reason()), (Code::DpopRefused, ""));
    assert_eq!(app.tab.count("refresh"), 2, "one repeat");
    assert_eq!(app.tab.records.under(SESSIONS).len(), 1);
}

#[test]
fn request_is_not_repeated_if_the_server_asks_for_a_nonce_without_a_header() {
    let (app, _) = app();
    app.begin(json!({})).unwrap();
    app.tab.responses.stop_serving();
    app.tab.responses.always("token", FakeResponse::json(400, &json!({ "error": "use_dpop_nonce" })));
    assert_fails(app.complete(&app.callback()), Code::DpopRefused);
    assert_eq!(app.tab.count("token"), 1);
}

#[test]
fn invalid_grant_with_a_nonce_is_final() {
    let (app, _) = app();
    assert_eq!(sign_in(&app), "ok");
    app.tab.responses.stop_serving();
    // The challenge in the same response has no effect.
    let response =
        FakeResponse::json(400, &json!({ "error": "invalid_grant" })).challenge(r#"DPoP error="use_dpop_nonce""#);
    app.tab.responses.always("refresh", response.nonce("a-nonce"));
    assert_fails(app.token(Need::New), Code::RefreshRejected);
    assert_eq!(app.tab.count("refresh"), 1);
}

#[test]
fn nonce_of_another_origin_or_role_is_not_used() {
    let (app, server) = app();
    *server.nonce.borrow_mut() = "of-the-token-endpoint".into();
    assert_eq!(sign_in(&app), "ok");
    app.tab.responses.always("introspection", FakeResponse::ok(&json!({ "active": true })).nonce("of-the-resource"));
    let introspect = || {
        run_flow(app.flow(|host| inquiry::introspect(host, app.settings(), &app.key(), "", TokenKind::ACCESS, false)))
    };
    introspect().unwrap();
    introspect().unwrap();
    let nonces: Vec<Value> = sent(&app, "introspection").iter().map(|sent| claims(sent)["nonce"].clone()).collect();
    assert_eq!(nonces, [Value::Null, json!("of-the-resource")]);
    app.token(Need::New).unwrap();
    assert_eq!(claims(&app.tab.last())["nonce"], "of-the-token-endpoint");
}

#[test]
fn access_token_is_sent_with_a_proof_that_names_it() {
    let (app, server) = app();
    assert_eq!(sign_in(&app), "ok");
    app.tab.responses.always("introspection", FakeResponse::ok(&json!({ "active": true })));
    run_flow(app.flow(|host| inquiry::introspect(host, app.settings(), &app.key(), "", TokenKind::ACCESS, false)))
        .unwrap();
    let last = app.tab.last();
    assert_eq!(last.authorization, format!("DPoP {}", ehr::access_token(1)));
    assert_eq!(server.check(&last).ok(), Some(jkt(&sent(&app, "token")[0])));
}

#[test]
fn request_is_repeated_once_with_the_nonce_of_a_challenge() {
    let (app, _) = app();
    assert_eq!(sign_in(&app), "ok");
    let challenge = r#"Bearer, dPoP error="use_dpop_nonce", algs="ES256""#;
    let refusal = FakeResponse::new(401, "", "").challenge(challenge).nonce("of-the-resource");
    app.tab.responses.next("introspection", refusal.clone());
    app.tab.responses.next("introspection", FakeResponse::ok(&json!({ "active": true })));
    let introspect = || {
        run_flow(app.flow(|host| inquiry::introspect(host, app.settings(), &app.key(), "", TokenKind::ACCESS, false)))
    };
    introspect().unwrap();
    let nonces: Vec<Value> = sent(&app, "introspection").iter().map(|sent| claims(sent)["nonce"].clone()).collect();
    assert_eq!(nonces, [Value::Null, json!("of-the-resource")]);
    app.tab.responses.always("introspection", refusal);
    assert_fails(introspect(), Code::DpopRefused);
    assert_eq!(app.tab.count("introspection"), 4, "one repeat");
}

#[test]
fn clock_that_is_an_hour_off_is_corrected_once_by_the_date_of_the_server() {
    for offset in [-3_600_000_i64, 3_600_000] {
        let (app, server) = app();
        server.clock.set(app.tab.clock.get().checked_add_signed(offset).unwrap() / 1_000);
        assert_eq!(sign_in(&app), "ok");
        assert_eq!(app.tab.count("token"), 2);
        app.token(Need::New).unwrap();
        assert_eq!(app.tab.count("refresh"), 1, "the offset is kept");
    }
}

#[test]
fn proof_that_is_refused_without_a_usable_date_is_final() {
    for date in [None, Some(0)] {
        let (app, _) = app();
        app.begin(json!({})).unwrap();
        app.tab.responses.stop_serving();
        let refusal = FakeResponse::json(400, &json!({ "error": "invalid_dpop_proof" }));
        let date = date.map(|ahead: u64| app.tab.clock.get() + ahead);
        app.tab.responses.always("token", date.map_or(refusal.clone(), |date| refusal.dated(date)));
        assert_fails(app.complete(&app.callback()), Code::DpopRefused);
        assert_eq!(app.tab.count("token"), 1);
    }
}

#[test]
fn server_that_always_names_another_time_gets_one_repeat() {
    let (app, _) = app();
    app.begin(json!({})).unwrap();
    app.tab.responses.stop_serving();
    for hour in 1..9 {
        let date = app.tab.clock.get() + hour * 3_600_000;
        app.tab.responses.next("token", FakeResponse::json(400, &json!({ "error": "invalid_dpop_proof" })).dated(date));
    }
    assert_fails(app.complete(&app.callback()), Code::DpopRefused);
    assert_eq!(app.tab.count("token"), 2);
}

#[test]
fn bearer_tokens_are_refused_where_bound_ones_were_requested() {
    let (app, server) = app();
    serve(&app, &server, |number| ehr::tokens(number as u64));
    assert_eq!(sign_in(&app), "dpop_downgrade");
    assert!(app.tab.records.under(SESSIONS).is_empty());
    let (app, server) = self::app();
    assert_eq!(sign_in(&app), "ok");
    let before = app.tab.records.under(SESSIONS);
    serve(&app, &server, |number| ehr::tokens(number as u64 + 1));
    app.tab.responses.stop_serving();
    app.tab.responses.always("refresh", FakeResponse::ok(&ehr::tokens(2)));
    assert_fails(app.token(Need::New), Code::DpopDowngrade);
    let after = app.tab.records.under(SESSIONS);
    let token = |records: &BTreeMap<String, String>| {
        let record: Value = serde_json::from_str(records.values().next().unwrap()).unwrap();
        record["access_token"].clone()
    };
    assert_eq!(token(&before), token(&after), "the bearer token is not stored");
}

#[test]
fn bound_tokens_are_refused_where_none_were_requested() {
    let app = App::pending();
    assert_fails(app.complete_with(FakeResponse::ok(&bound(1))), Code::TokenTypeUnsupported);
}

#[test]
fn key_of_another_family_does_not_refresh() {
    let (app, _) = app();
    assert_eq!(sign_in(&app), "ok");
    let key = app.key();
    let record = app.tab.records.under(SESSIONS)[&key].clone();
    app.begin(json!({})).unwrap();
    // As if the record named another family: its key is another one, and the server refuses it.
    let (first_state, second_state) = (app.state(0), app.state(1));
    let (moved, text) = (key.replace(&first_state, &second_state), record.replace(&first_state, &second_state));
    app.tab.records.tab.borrow_mut().remove(&key);
    app.tab.records.tab.borrow_mut().insert(moved.clone(), text);
    assert_fails(run_flow(app.token_flow(&moved, Need::New)), Code::RefreshRejected);
    assert_eq!(app.tab.count("refresh"), 1, "invalid_grant with a nonce is final");
}

#[test]
fn session_without_its_key_ends_and_no_refresh_token_is_sent() {
    let (app, _) = app();
    assert_eq!(sign_in(&app), "ok");
    app.tab.origin.proof_keys.forget(&app.state(0));
    let error = app.token(Need::New).unwrap_err();
    assert_eq!((error.code(), error.end_reason()), (Code::DpopKeyLost, "session_expired"));
    assert_eq!(app.tab.count("refresh"), 0);
    assert!(app.tab.records.under(SESSIONS).is_empty());
}

#[test]
fn sign_in_whose_key_was_deleted_does_not_send_its_code() {
    let (app, _) = app();
    app.begin(json!({})).unwrap();
    app.tab.origin.proof_keys.forget(&app.state(0));
    assert_fails(app.complete(&app.callback()), Code::DpopKeyLost);
    assert_eq!(app.tab.count("token"), 0);
}

#[test]
fn sign_in_does_not_begin_without_keys_or_where_the_server_excludes_them() {
    let (app, _) = app();
    app.tab.origin.proof_keys.unavailable.set(true);
    assert_fails(app.begin(json!({})), Code::DpopUnavailable);
    for (list, expected) in [
        (json!(["RS256", "EdDSA"]), "dpop_unsupported"),
        (json!([]), "dpop_unsupported"),
        (json!(["ES256"]), "ok"),
        (json!(null), "ok"),
    ] {
        let (app, _) = self::app();
        let document = ehr::with(ehr::document(), json!({ "dpop_signing_alg_values_supported": list }));
        app.tab.responses.always("discovery", FakeResponse::ok(&document));
        assert_eq!(code(&app.begin(json!({}))), expected, "{list}");
        assert_eq!(app.tab.origin.proof_keys.families().len(), usize::from(expected == "ok"));
    }
    for app in [app, self::app().0] {
        assert!(app.tab.records.under("smart-launch:sign-in:").is_empty());
    }
}

#[test]
fn sign_in_that_is_refused_creates_no_key() {
    let (app, _) = app_with(json!({ "responseMode": "jwt" }));
    let document = ehr::with(ehr::document(), json!({ "response_modes_supported": ["query"] }));
    app.tab.responses.always("discovery", FakeResponse::ok(&document));
    assert_fails(app.begin(json!({})), Code::ConfigInvalid);
    assert!(app.tab.origin.proof_keys.families().is_empty());
}

#[test]
fn duplicated_tab_refreshes_with_the_same_key() {
    let (app, server) = app();
    assert_eq!(sign_in(&app), "ok");
    let second_tab = app.duplicate();
    let refresh = bound(2);
    second_tab.tab.responses.always("refresh", FakeResponse::ok(&refresh));
    second_tab.token(Need::New).unwrap();
    let last = second_tab.tab.last();
    assert_eq!(server.check(&last).ok(), Some(jkt(&sent(&app, "token")[0])));
    app.receive_messages();
    assert_eq!(app.token(Need::Use).unwrap().stored.session.access_token(), ehr::access_token(2));
}

#[test]
fn sign_out_deletes_the_key() {
    let (app, _) = app();
    assert_eq!(sign_in(&app), "ok");
    assert_eq!(app.tab.origin.proof_keys.families().len(), 1);
    app.tab.responses.always("revocation", FakeResponse::new(200, "", ""));
    app.sign_out("");
    assert!(app.tab.origin.proof_keys.families().is_empty());
    assert!(sent(&app, "revocation").iter().all(|sent| sent.proof.is_empty()));
}

#[test]
fn bound_session_is_used_only_with_the_option_dpop_and_any_other_only_without_it() {
    for (at_sign_in, later) in [(true, false), (false, true)] {
        let (app, _) = app_with(json!({ "dpop": at_sign_in }));
        if !at_sign_in {
            app.tab.responses.stop_serving();
            app.sign_in(&ehr::tokens(1)).unwrap();
        } else {
            assert_eq!(sign_in(&app), "ok");
        }
        let key = app.key();
        let settings = crate::app::json(&json!({
            "clients": [ehr::with(crate::app::options(), json!({ "dpop": later }))]
        }));
        let outcome = run_flow(app.flow(|host| {
            let settings = Settings::read_confidential(&settings).unwrap();
            smart_launch::flow::refresh::access_token(host, settings, &key, Need::Use)
        }));
        assert_fails(outcome, Code::SignedOut);
    }
}

#[test]
fn dpop_option_is_only_for_clients_without_credentials_in_the_confidential_module() {
    let settings = |more: Value| crate::app::json(&json!({ "clients": [ehr::with(crate::app::options(), more)] }));
    assert!(Settings::read_confidential(&settings(json!({ "dpop": true, "clientAuth": "0" }))).is_err());
    assert!(Settings::read_confidential(&settings(json!({ "dpop": "true" }))).is_err());
    assert!(Settings::read(&settings(json!({ "dpop": true }))).is_err(), "the module of other clients has no proofs");
}

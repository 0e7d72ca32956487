use crate::app::App;
use crate::ehr;
use crate::host::Answer;
use serde_json::{Value, json};
use smart_launch::protocol::logout;

fn url(document: Value, tokens: Value, back: &str) -> Option<String> {
    let app = App::new();
    app.tab.answers.always("discovery", Answer::ok(&ehr::with(ehr::document(), document)));
    let stored = app.sign_in(&ehr::with(ehr::tokens(1), tokens)).unwrap();
    logout::url(&stored.session, back)
}

#[test]
fn server_without_the_endpoint_has_no_logout_url() {
    assert_eq!(url(json!({ "end_session_endpoint": null }), json!({}), ""), None);
}

#[test]
fn only_what_is_known_is_sent() {
    assert_eq!(url(json!({}), json!({}), "").unwrap(), format!("{}?client_id=growth-chart", ehr::LOGOUT));
}

#[test]
fn id_token_and_the_way_back_are_sent() {
    let app = App::asking_who();
    let tokens = crate::signer::tokens(&app, 0, json!({}));
    let stored = app.answered(Answer::ok(&tokens)).unwrap();
    assert_eq!(
        logout::url(&stored.session, "https://app.example/bye?x=1").unwrap(),
        format!(
            "{}?id_token_hint={}&client_id=growth-chart&post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye%3Fx%3D1",
            ehr::LOGOUT,
            tokens["id_token"].as_str().unwrap()
        )
    );
}

#[test]
fn query_of_the_endpoint_is_kept() {
    let document = json!({ "end_session_endpoint": format!("{}?tenant=1", ehr::LOGOUT) });
    assert_eq!(url(document, json!({}), "").unwrap(), format!("{}?tenant=1&client_id=growth-chart", ehr::LOGOUT));
}

use crate::app::App;
use crate::ehr;
use crate::host::FakeResponse;
use serde_json::json;
use smart_launch::protocol::logout;

fn url(endpoint: &str) -> Option<String> {
    logout::url(&App::new().sign_in(&ehr::tokens(1)).unwrap().session, endpoint, "")
}

#[test]
fn server_without_the_endpoint_has_no_logout_url() {
    assert_eq!(url(""), None);
}

#[test]
fn parameters_without_a_value_are_not_sent() {
    assert_eq!(url(ehr::LOGOUT).unwrap(), format!("{}?client_id=growth-chart", ehr::LOGOUT));
}

#[test]
fn id_token_and_post_logout_redirect_uri_are_sent() {
    let app = App::pending_openid();
    let tokens = crate::signing_keys::tokens(&app, 0, json!({}));
    let stored = app.complete_with(FakeResponse::ok(&tokens)).unwrap();
    assert_eq!(
        logout::url(&stored.session, ehr::LOGOUT, "https://app.example/bye?x=1").unwrap(),
        format!(
            "{}?id_token_hint={}&client_id=growth-chart&post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye%3Fx%3D1",
            ehr::LOGOUT,
            tokens["id_token"].as_str().unwrap()
        )
    );
}

#[test]
fn query_of_the_endpoint_is_kept() {
    let endpoint = format!("{}?tenant=1", ehr::LOGOUT);
    assert_eq!(url(&endpoint).unwrap(), format!("{endpoint}&client_id=growth-chart"));
}

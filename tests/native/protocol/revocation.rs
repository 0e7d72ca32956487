use smart_launch::protocol::revocation::form;

#[test]
fn token_goes_in_the_body_with_its_kind_and_the_client() {
    assert_eq!(
        form("growth chart", "a+b/c=", "refresh_token"),
        "token=a%2Bb%2Fc%3D&token_type_hint=refresh_token&client_id=growth%20chart"
    );
}

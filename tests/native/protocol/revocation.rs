use smart_launch::protocol::revocation::form;

#[test]
fn token_goes_in_the_body_with_its_kind() {
    assert_eq!(form("a+b/c=", "refresh_token"), "token=a%2Bb%2Fc%3D&token_type_hint=refresh_token");
}

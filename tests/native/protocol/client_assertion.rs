use crate::host::read_assertion;
use serde_json::json;
use smart_launch::protocol::client_assertion::{Claims, Unsigned};
use smart_launch::protocol::json::Json;

fn assertion(issued: Option<u64>) -> Unsigned {
    Unsigned::assertion(
        &Json::object(),
        &Claims { client_id: "é", audience: "https://ehr.example/t", expires: 7, issued, id: "i" },
    )
}

#[test]
fn time_of_issue_can_be_left_out() {
    for (issued, expected) in [(None, json!(null)), (Some(0), json!(0)), (Some(5), json!(5))] {
        let (_, claims) = read_assertion(&assertion(issued).signed("AA").unwrap());
        assert_eq!((&claims["iat"], &claims["iss"], &claims["sub"]), (&expected, &json!("é"), &json!("é")));
    }
}

#[test]
fn text_that_is_no_base64url_is_no_signature() {
    for text in ["", "AA==", "A+A/", "A.A", "AA AA", "\n"] {
        assert!(assertion(None).signed(text).is_none(), "{text:?}");
    }
    assert!(assertion(None).signed("A-_A").is_some());
}

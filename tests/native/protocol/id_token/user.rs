use crate::app::{json, value};
use crate::arbitrary::{cases, json as any_json, pieces};
use crate::ehr;
use proptest::prelude::*;
use serde_json::{Value, json};
use smart_launch::error::{Code, Result};
use smart_launch::protocol::claims::Claims;
use smart_launch::protocol::id_token::fhir_user;
use smart_launch::protocol::url::Url;
use smart_launch::protocol::warning::Warnings;

/// The user, and the warnings.
fn user(claims: &Value, loopback: bool, strict: bool) -> Result<(Value, Value)> {
    let mut warnings = Warnings::new(strict, Code::IdTokenInvalid);
    let base = Url::parse(ehr::BASE).unwrap();
    let user = fhir_user(&Claims::new(json(claims)), &base, loopback, &mut warnings)?;
    Ok((user.map_or(Value::Null, |url| url.as_str().into()), value(&warnings.into_json())))
}

fn user_of_claim(user_claim: &Value) -> (Value, Value) {
    user(&json!({ "fhirUser": user_claim }), false, false).unwrap()
}

#[test]
fn fhir_user_is_under_the_base_or_at_another_server() {
    for kind in ["Patient", "Practitioner", "PractitionerRole", "RelatedPerson", "Person"] {
        let expected = format!("{}/{kind}/a-1.b", ehr::BASE);
        for fhir_user in [
            format!("{kind}/a-1.b"),
            format!("./{kind}/a-1.b"),
            expected.clone(),
            format!("HTTPS://EHR.example:443/fhir/{kind}/a-1.b"),
        ] {
            assert_eq!(user_of_claim(&json!(fhir_user)), (json!(expected), json!([])), "{fhir_user}");
        }
        for fhir_user in [format!("https://other.example/r4/{kind}/1"), format!("https://ehr.example/fhir2/{kind}/1")] {
            assert_eq!(user_of_claim(&json!(fhir_user)), (json!(fhir_user), json!(["fhir_user_elsewhere"])));
        }
    }
}

#[test]
fn malformed_id_of_a_person_is_accepted_with_a_warning() {
    for id in ["a_b", "dr:smith", &"a".repeat(65)] {
        let url = format!("https://ehr.example/fhir/Practitioner/{id}");
        assert_eq!(user_of_claim(&json!(url)), (json!(url), json!(["resource_id_malformed"])));
    }
}

#[test]
fn fhir_user_that_is_no_url_of_a_person_is_not_used() {
    for fhir_user in [
        "",
        "/",
        "Patient",
        "Patient/",
        "Patient/1/",
        "Patient/1/_history/2",
        "patient/1",
        "Patient/..",
        "Patient/.",
        "Patient/%31",
        "Patient/1?x",
        "Patient/1#x",
        "Patient?_id=1",
        "Organization/1?x=/Patient/2",
        "Organization/1#/Patient/2",
        "Device/1",
        "Group/1",
        "urn:uuid:61ebe359",
        "javascript:/Patient/1",
        "mailto:a@b.example",
        "http://ehr.example/fhir/Patient/1",
        "https://user@ehr.example/fhir/Patient/1",
        "https://localhost/Patient/1",
        "https://127.0.0.1/Patient/1",
        "Patient/é",
    ] {
        assert_eq!(user_of_claim(&json!(fhir_user)), (json!(null), json!(["fhir_user_invalid"])), "{fhir_user}");
    }
    for fhir_user in [json!(7), json!(["Patient/1"]), json!({ "reference": "Patient/1" }), json!(false)] {
        assert_eq!(user_of_claim(&fhir_user), (json!(null), json!(["fhir_user_invalid"])), "{fhir_user}");
    }
}

#[test]
fn url_has_2048_characters_at_most() {
    let url_of = |length: usize| {
        let start = "https://ehr.example/fhir/";
        json!(format!("{start}{}/Patient/1", "a".repeat(length - start.len() - "/Patient/1".len())))
    };
    assert_eq!(user_of_claim(&url_of(2_048)).1, json!([]));
    assert_eq!(user_of_claim(&url_of(2_049)), (json!(null), json!(["fhir_user_invalid"])));
}

#[test]
fn fhir_user_on_this_machine_needs_permission() {
    let claims = json!({ "fhirUser": "http://localhost:8080/fhir/Patient/1" });
    assert_eq!(user(&claims, true, false).unwrap().0, claims["fhirUser"]);
    assert_eq!(user(&claims, false, false).unwrap().0, json!(null));
}

#[test]
fn profile_claim_is_used_if_there_is_no_fhir_user() {
    for (claims, expected, warned) in [
        (json!({ "profile": "Patient/1" }), json!("https://ehr.example/fhir/Patient/1"), json!([])),
        (json!({ "profile": "https://people.example/amara" }), json!(null), json!([])),
        (json!({ "profile": 7 }), json!(null), json!([])),
        (json!({}), json!(null), json!([])),
        (
            json!({ "fhirUser": "Person/1", "profile": "Patient/1" }),
            json!("https://ehr.example/fhir/Person/1"),
            json!([]),
        ),
        (json!({ "fhirUser": "Device/1", "profile": "Patient/1" }), json!(null), json!(["fhir_user_invalid"])),
        (
            json!({ "profile": "https://a.example/Patient/1" }),
            json!("https://a.example/Patient/1"),
            json!(["fhir_user_elsewhere"]),
        ),
    ] {
        assert_eq!(user(&claims, false, false).unwrap(), (expected, warned), "{claims}");
    }
}

#[test]
fn warnings_are_errors_under_strict() {
    for fhir_user in ["Device/1", "https://other.example/Patient/1"] {
        assert_eq!(user(&json!({ "fhirUser": fhir_user }), false, true).unwrap_err().code(), Code::IdTokenInvalid);
    }
    assert!(user(&json!({ "fhirUser": "Patient/1" }), false, true).is_ok());
}

/// Asserts rules that every user URL has to follow.
fn assert_person(claims: &Value) {
    let Some(found) = user(claims, false, false).unwrap().0.as_str().map(String::from) else { return };
    let url = url::Url::parse(&found).expect("a URL");
    assert_eq!((url.as_str(), url.scheme()), (&*found, "https"));
    let path: Vec<&str> = url.path_segments().unwrap().rev().take(2).collect();
    assert!(["Patient", "Practitioner", "PractitionerRole", "RelatedPerson", "Person"].contains(&path[1]), "{found}");
    assert!(url.query().is_none() && url.fragment().is_none() && !path[0].is_empty(), "{found}");
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn fhir_user_is_the_https_url_of_a_person(
        fhir_user in pieces(&["https://", "http:", "//", "/", "/", "ehr.example", "fhir", "Patient", "Person/", "Device/", "1", "..", "?", "#", "%2F", "@", "\\", ":"], 9),
        other in any_json(),
    ) {
        for fhir_user in [json!(fhir_user), other] {
            assert_person(&json!({ "fhirUser": fhir_user }));
            assert_person(&json!({ "profile": fhir_user }));
        }
    }
}

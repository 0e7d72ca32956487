use crate::app::{assert_fails, code, json, value};
use serde_json::{Value, json};
use smart_launch::error::{Code, Result};
use smart_launch::protocol::context;
use smart_launch::protocol::json::Json;
use smart_launch::protocol::warning::Warnings;

fn read(response: &Value, strict: bool) -> Result<(Value, Vec<String>)> {
    let (mut tokens, mut warnings) = (Json::object(), Warnings::new(strict, Code::TokenResponseInvalid));
    context::read(&json(response), &mut tokens, &mut warnings)?;
    let warnings = warnings.into_json().list().iter().map(|warning| warning.str().into()).collect();
    Ok((value(&tokens), warnings))
}

#[test]
fn context_is_read_under_our_names() {
    let response = json!({
        "patient": "p-1", "encounter": "e.2", "intent": "reconcile", "tenant": "t", "need_patient_banner": false,
        "smart_style_url": "https://ehr.example/style.json",
        "fhirContext": [{ "reference": "ImagingStudy/123" }],
    });
    let (context, warnings) = read(&response, true).unwrap();
    assert_eq!(
        context,
        json!({
            "patient": "p-1", "encounter": "e.2", "intent": "reconcile", "tenant": "t", "needPatientBanner": false,
            "smartStyleUrl": "https://ehr.example/style.json",
            "fhirContext": [{ "reference": "ImagingStudy/123", "role": "launch" }],
        })
    );
    assert!(warnings.is_empty());
}

#[test]
fn nothing_in_context_is_nothing() {
    assert_eq!(read(&json!({}), true).unwrap(), (json!({}), vec![]));
    let nulls = json!({ "patient": null, "intent": null, "need_patient_banner": null, "fhirContext": null });
    assert_eq!(read(&nulls, true).unwrap(), (json!({}), vec![]));
}

#[test]
fn id_that_is_none_is_refused() {
    for name in ["patient", "encounter"] {
        for id in [json!("a"), json!("A-1.b"), json!("a".repeat(64))] {
            assert_eq!(code(&read(&json!({ name: id }), true)), "ok");
        }
        for id in [
            json!(""),
            json!(7),
            json!({}),
            json!([]),
            json!(true),
            json!("a".repeat(65)),
            json!("a".repeat(1_048_576)),
            json!("../../x"),
            json!(".."),
            json!("."),
            json!("a/b"),
            json!("Patient/1"),
            json!("a b"),
            json!("a%2fb"),
            json!("a?x"),
            json!("é"),
            json!("a\n"),
            json!("a_b"),
            json!("<b>"),
        ] {
            assert_fails(read(&json!({ name: id }), false), Code::LaunchContextInvalid);
        }
    }
}

#[test]
fn what_is_merely_odd_is_noted_or_refused_under_strict() {
    for response in [
        json!({ "intent": 7 }),
        json!({ "intent": "" }),
        json!({ "tenant": {} }),
        json!({ "smart_style_url": "javascript:alert(1)" }),
        json!({ "smart_style_url": "style.json" }),
        json!({ "need_patient_banner": "true" }),
        json!({ "need_patient_banner": 1 }),
        json!({ "fhirContext": "ImagingStudy/123" }),
        json!({ "fhirContext": {} }),
        json!({ "fhirContext": [7] }),
        json!({ "fhirContext": [null] }),
        json!({ "fhirContext": [""] }),
        json!({ "fhirContext": [{ "role": "launch" }] }),
        json!({ "fhirContext": [[]] }),
    ] {
        assert_eq!(read(&response, false).unwrap().1, ["launch_context_malformed"], "{response}");
        assert_fails(read(&response, true), Code::TokenResponseInvalid);
    }
}

#[test]
fn malformed_member_is_not_taken() {
    let response = json!({ "intent": 7, "smart_style_url": "x", "fhirContext": [7, "ImagingStudy/1"] });
    assert_eq!(
        read(&response, false).unwrap().0,
        json!({ "fhirContext": [{ "reference": "ImagingStudy/1", "role": "launch" }] })
    );
}

#[test]
fn banner_is_shown_where_in_doubt() {
    for (stated, shown) in
        [(json!("true"), true), (json!("false"), false), (json!(0), true), (json!("no"), true), (json!({}), true)]
    {
        assert_eq!(read(&json!({ "need_patient_banner": stated }), false).unwrap().0["needPatientBanner"], shown);
    }
}

#[test]
fn items_of_every_edition_are_objects_with_a_role() {
    let items = json!([
        "ImagingStudy/123",
        { "reference": "List/1", "role": "https://ehr.example/role" },
        { "canonical": "https://a/Questionnaire/1|2", "type": "Questionnaire", "role": "" },
        { "identifier": { "system": "urn:x", "value": "1" }, "role": 7, "__x": true },
    ]);
    assert_eq!(
        read(&json!({ "fhirContext": items }), true).unwrap().0["fhirContext"],
        json!([
            { "reference": "ImagingStudy/123", "role": "launch" },
            { "reference": "List/1", "role": "https://ehr.example/role" },
            { "canonical": "https://a/Questionnaire/1|2", "type": "Questionnaire", "role": "launch" },
            { "identifier": { "system": "urn:x", "value": "1" }, "__x": true, "role": "launch" },
        ])
    );
}

#[test]
fn authorization_details_say_where_what_and_whose() {
    let item = json!({
        "type": "smart_on_fhir", "locations": ["https://ehr.example/fhir"], "fhirVersions": ["4.0.1"],
        "scope": "patient/*.rs", "patient": "zoe", "encounter": "e1",
        "fhirContext": ["ImagingStudy/1"],
    });
    let read = read(&json!({ "authorization_details": [item] }), true).unwrap().0;
    assert_eq!(
        read["authorizationDetails"],
        json!([{
            "patient": "zoe", "encounter": "e1", "scope": "patient/*.rs",
            "locations": ["https://ehr.example/fhir"], "fhirVersions": ["4.0.1"],
            "fhirContext": [{ "reference": "ImagingStudy/1", "role": "launch" }],
        }])
    );
}

#[test]
fn what_a_detail_does_not_say_is_as_for_the_whole_response() {
    let details = json!([
        { "type": "smart_on_fhir", "locations": ["https://one.example"] },
        { "type": "smart_on_fhir", "locations": ["https://two.example"], "patient": "other", "scope": "user/*.rs" },
        { "type": "payment", "patient": "../.." },
    ]);
    let response = json!({ "patient": "zoe", "scope": "patient/*.rs", "authorization_details": details });
    let read = read(&response, true).unwrap().0;
    let details = read["authorizationDetails"].as_array().unwrap();
    assert_eq!(details.len(), 2);
    assert_eq!((&details[0]["patient"], &details[0]["scope"]), (&json!("zoe"), &json!("patient/*.rs")));
    assert_eq!((&details[1]["patient"], &details[1]["scope"]), (&json!("other"), &json!("user/*.rs")));
    assert_eq!(read["patient"], "zoe");
}

#[test]
fn id_in_a_detail_is_an_id_too() {
    let details = json!([{ "type": "smart_on_fhir", "patient": "../.." }]);
    assert_fails(read(&json!({ "authorization_details": details }), false), Code::LaunchContextInvalid);
}

#[test]
fn details_that_are_no_list_are_noted() {
    for details in [json!({}), json!("smart_on_fhir"), json!(7)] {
        let (read, warnings) = read(&json!({ "authorization_details": details }), false).unwrap();
        assert!(read["authorizationDetails"].is_null());
        assert_eq!(warnings, ["launch_context_malformed"]);
    }
}

#[test]
fn lists_without_end_are_cut_with_a_warning() {
    let contexts: Vec<Value> = (0..1_000).map(|n| json!({ "reference": format!("Observation/{n}") })).collect();
    let details: Vec<Value> = (0..1_000).map(|_| json!({ "type": "smart_on_fhir" })).collect();
    let response = json!({ "fhirContext": contexts, "authorization_details": details });
    let (context, warnings) = read(&response, false).unwrap();
    assert_eq!(context["fhirContext"].as_array().unwrap().len(), 256);
    assert_eq!(context["authorizationDetails"].as_array().unwrap().len(), 64);
    assert_eq!(warnings, ["launch_context_malformed"]);
    assert!(read(&response, true).is_err());
}

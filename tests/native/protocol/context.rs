use crate::app::{assert_fails, code, json, value};
use crate::ehr;
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
fn context_is_renamed_for_javascript() {
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
fn response_without_context_has_none() {
    assert_eq!(read(&json!({}), true).unwrap(), (json!({}), vec![]));
    let nulls = json!({ "patient": null, "intent": null, "need_patient_banner": null, "fhirContext": null });
    assert_eq!(read(&nulls, true).unwrap(), (json!({}), vec![]));
}

#[test]
fn invalid_id_is_refused() {
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
            json!("<b>"),
            json!("a;b"),
            json!("..;"),
            json!("..."),
            json!("a\\b"),
            json!("a#b"),
            json!("%2e%2e"),
            json!("%"),
            json!("a\u{0}"),
            json!("a\u{7f}"),
            json!("a\u{202e}b"),
            json!("a\u{ff0f}b"),
            json!("a&patient=b"),
            json!("a,b"),
            json!("a|b"),
            json!("$everything"),
            json!("a".repeat(513)),
        ] {
            assert_fails(read(&json!({ name: id }), false), Code::LaunchContextInvalid);
        }
    }
}

#[test]
fn malformed_id_that_is_one_path_segment_is_accepted() {
    for id in ["_", "a_b", "a".repeat(65).as_str(), "a".repeat(512).as_str(), "urn:oid:1.2.3", "YQ==", "a~b", "a@b"] {
        for name in ["patient", "encounter"] {
            let (context, warnings) = read(&json!({ name: id }), false).unwrap();
            assert_eq!((&context[name], &*warnings), (&json!(id), &["resource_id_malformed".into()][..]));
            assert_fails(read(&json!({ name: id }), true), Code::LaunchContextInvalid);
            let details = json!([{ "type": "smart_on_fhir", name: id }]);
            assert_fails(read(&json!({ "authorization_details": details }), true), Code::LaunchContextInvalid);
            let (context, _) = read(&json!({ "authorization_details": details }), false).unwrap();
            assert_eq!(context["authorizationDetails"][0][name], id);
        }
    }
}

#[test]
fn member_of_another_type_is_left_out() {
    let items = json!([
        { "reference": 7 },
        { "reference": "" },
        { "reference": "Basic/1", "type": 7, "canonical": ["x"] },
        { "reference": "Basic/2", "type": null, "role": null },
        { "reference": "Basic/3", "role": ["launch"] },
        { "identifier": "urn:x|1" },
        { "identifier": { "system": 7, "value": "1" } },
        { "canonical": false, "reference": "Basic/4" },
    ]);
    let (context, warnings) = read(&json!({ "fhirContext": items }), false).unwrap();
    assert_eq!(
        context["fhirContext"],
        json!([
            { "reference": "Basic/1", "role": "launch" },
            { "reference": "Basic/2", "role": "launch" },
            { "identifier": { "value": "1" }, "role": "launch" },
            { "reference": "Basic/4", "role": "launch" },
        ])
    );
    assert_eq!(warnings, ["launch_context_malformed"]);
    for (member, expected) in [
        (json!({ "locations": "https://ehr.example" }), json!({})),
        (json!({ "locations": ["https://ehr.example", 7, null] }), json!({ "locations": ["https://ehr.example"] })),
        (json!({ "fhirVersions": { "4": 0 } }), json!({})),
        (json!({ "fhirVersions": [[]] }), json!({ "fhirVersions": [] })),
        (json!({ "scope": ["patient/*.rs"] }), json!({})),
        (json!({ "fhirContext": "Basic/1" }), json!({ "fhirContext": [] })),
        (json!({ "fhirContext": [{ "reference": 7 }] }), json!({ "fhirContext": [] })),
    ] {
        let details = json!({ "authorization_details": [ehr::with(member, json!({ "type": "smart_on_fhir" }))] });
        let (context, warnings) = read(&details, false).unwrap();
        assert_eq!(
            (&context["authorizationDetails"][0], &*warnings),
            (&expected, &["launch_context_malformed".into()][..])
        );
        assert_fails(read(&details, true), Code::TokenResponseInvalid);
    }
    for patient in [json!(7), json!(["a"]), json!({})] {
        let details = json!([{ "type": "smart_on_fhir", "patient": patient }]);
        assert_fails(read(&json!({ "authorization_details": details }), false), Code::LaunchContextInvalid);
    }
}

#[test]
fn style_url_that_must_not_be_contacted_is_left_out() {
    for url in ["http://ehr.example/style.json", "ftp://ehr.example/", "https://u@ehr.example/", "https://127.1/"] {
        let (context, warnings) = read(&json!({ "smart_style_url": url }), false).unwrap();
        assert_eq!((context, warnings), (json!({}), vec!["launch_context_malformed".into()]), "{url}");
    }
}

#[test]
fn lists_are_kept_up_to_a_length() {
    let many = |count: usize, item: Value| Value::from(vec![item; count]);
    let detail = json!({ "type": "smart_on_fhir", "locations": ["https://ehr.example"] });
    for (name, ours, limit, item) in [
        ("fhirContext", "fhirContext", 256, json!({ "reference": "Basic/1" })),
        ("authorization_details", "authorizationDetails", 64, detail),
    ] {
        for (count, expected) in [(limit, limit), (limit + 1, limit), (5_000, limit)] {
            let (context, warnings) = read(&json!({ name: many(count, item.clone()) }), false).unwrap();
            assert_eq!(context[ours].as_array().unwrap().len(), expected);
            assert_eq!(warnings.len(), usize::from(count > limit));
        }
        assert_fails(read(&json!({ name: many(limit + 1, item) }), true), Code::TokenResponseInvalid);
    }
}

#[test]
fn context_is_no_larger_than_its_response() {
    let context = Value::from(vec![json!({ "reference": "Basic/1", "role": "launch" }); 256]);
    let detail = json!({ "type": "smart_on_fhir", "locations": ["https://ehr.example"] });
    let response =
        json!({ "fhirContext": context, "authorization_details": vec![detail; 64], "scope": "s".repeat(1_000) });
    let read = read(&response, true).unwrap().0;
    assert!(read.to_string().len() <= response.to_string().len());
}

#[test]
fn violations_are_warnings_or_refused_under_strict() {
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
fn malformed_member_is_left_out() {
    let response = json!({ "intent": 7, "smart_style_url": "x", "fhirContext": [7, "ImagingStudy/1"] });
    assert_eq!(
        read(&response, false).unwrap().0,
        json!({ "fhirContext": [{ "reference": "ImagingStudy/1", "role": "launch" }] })
    );
}

#[test]
fn banner_is_shown_in_doubt() {
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
        { "identifier": { "system": "urn:x", "value": "1" }, "__x": true },
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
fn authorization_details_have_locations_scopes_and_context() {
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
fn authorization_detail_has_only_its_own_members() {
    let details = json!([
        { "type": "smart_on_fhir", "locations": ["https://one.example"] },
        { "type": "smart_on_fhir", "locations": ["https://two.example"], "patient": "other", "scope": "user/*.rs" },
        { "type": "payment", "patient": "../.." },
    ]);
    let response = json!({ "patient": "zoe", "scope": "patient/*.rs", "authorization_details": details });
    let read = read(&response, true).unwrap().0;
    let details = read["authorizationDetails"].as_array().unwrap();
    assert_eq!(details.len(), 2);
    assert_eq!((&details[0]["patient"], &details[0]["scope"]), (&Value::Null, &Value::Null));
    assert_eq!((&details[1]["patient"], &details[1]["scope"]), (&json!("other"), &json!("user/*.rs")));
    assert_eq!(read["patient"], "zoe");
}

#[test]
fn id_in_an_authorization_detail_is_checked() {
    let details = json!([{ "type": "smart_on_fhir", "patient": "../.." }]);
    assert_fails(read(&json!({ "authorization_details": details }), false), Code::LaunchContextInvalid);
}

#[test]
fn details_that_are_no_array_are_a_warning() {
    for details in [json!({}), json!("smart_on_fhir"), json!(7)] {
        let (read, warnings) = read(&json!({ "authorization_details": details }), false).unwrap();
        assert!(read["authorizationDetails"].is_null());
        assert_eq!(warnings, ["launch_context_malformed"]);
    }
}

#[test]
fn long_lists_are_cut_with_a_warning() {
    let contexts: Vec<Value> = (0..1_000).map(|n| json!({ "reference": format!("Observation/{n}") })).collect();
    let details: Vec<Value> = (0..1_000).map(|_| json!({ "type": "smart_on_fhir" })).collect();
    let response = json!({ "fhirContext": contexts, "authorization_details": details });
    let (context, warnings) = read(&response, false).unwrap();
    assert_eq!(context["fhirContext"].as_array().unwrap().len(), 256);
    assert_eq!(context["authorizationDetails"].as_array().unwrap().len(), 64);
    assert_eq!(warnings, ["launch_context_malformed"]);
    assert!(read(&response, true).is_err());
}

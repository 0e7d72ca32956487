mod laws;

use smart_launch::protocol::scope::{check, covers, denied, for_launch, lacks_patient, normalise};

#[test]
fn ehr_launch_requests_launch_once() {
    assert_eq!(for_launch("patient/*.rs", true), "launch patient/*.rs");
    assert_eq!(for_launch("patient/*.rs launch launch/patient", true), "launch patient/*.rs launch/patient");
}

#[test]
fn standalone_launch_does_not_request_launch() {
    assert_eq!(for_launch("launch patient/*.rs launch", false), "patient/*.rs");
    assert_eq!(for_launch("launch/patient", false), "launch/patient");
}

#[test]
fn list_is_separated_by_any_white_space() {
    assert_eq!(for_launch("  a\tb\n c  ", false), "a b c");
}

#[test]
fn grants_of_the_specification_s_table_for_allergies_are_compared() {
    let requested = "patient/AllergyIntolerance.cruds";
    for (granted, enough) in [
        ("patient/AllergyIntolerance.cruds", true),
        ("patient/AllergyIntolerance.rs patient/AllergyIntolerance.cud", true),
        ("patient/AllergyIntolerance.rs", false),
        ("patient/AllergyIntolerance.cud", false),
        ("patient/*.rs", false),
        ("patient/*.cruds", true),
        ("patient/Observation.rs", false),
        ("", false),
    ] {
        assert_eq!(covers(granted, requested), enough, "{granted}");
    }
}

#[test]
fn version_1_suffix_is_equal_to_its_letters() {
    for (old, new) in [("read", "rs"), ("write", "cud"), ("*", "cruds")] {
        let [old, new] = [old, new].map(|suffix| format!("user/Patient.{suffix}"));
        assert!(covers(&old, &new) && covers(&new, &old), "{old}");
        assert_eq!(normalise(&old), new);
    }
    assert!(!covers("user/Patient.read", "user/Patient.rd"));
    assert!(covers("user/*.read user/*.write", "user/*.*"));
}

#[test]
fn empty_list_is_covered_by_every_list() {
    assert!(covers("", "") && covers("openid", " \t\r\n\x0c"));
    assert!(!covers("", "openid"));
}

#[test]
fn one_level_does_not_cover_another() {
    for (granted, needed) in [("user/*.cruds", "patient/Patient.r"), ("system/*.rs", "user/*.rs")] {
        assert!(!covers(granted, needed), "{granted}");
    }
}

#[test]
fn wildcard_type_covers_each_type_and_is_covered_by_none() {
    assert!(covers("patient/*.rs", "patient/Observation.rs"));
    assert!(!covers("patient/Observation.rs patient/Patient.rs", "patient/*.rs"));
    assert!(covers("patient/*.r patient/Observation.s", "patient/Observation.rs"));
}

#[test]
fn restricted_grant_does_not_cover_the_unrestricted_request() {
    let laboratory =
        "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
    assert!(!covers(laboratory, "patient/Observation.rs"));
    assert!(covers("patient/Observation.rs", laboratory));
    assert!(covers("patient/*.read", laboratory));
}

#[test]
fn restricted_grant_covers_scopes_that_are_restricted_at_least_as_much() {
    assert!(covers("user/A.rs?a=1&b=2", "user/A.rs?b=2&a=1"));
    assert!(covers("user/A.rs?a=1", "user/A.r?b=2&a=1"));
    assert!(covers("user/*.rs?a=1", "user/A.r?a=1"));
    assert!(covers("user/A.r user/A.s?a=1", "user/A.rs?a=1"));
    for needed in ["user/A.rs?a=1", "user/A.rs?a=1&b=3", "user/A.rs?a=1&b=22", "user/A.rs?", "user/A.crs?a=1&b=2"] {
        assert!(!covers("user/A.rs?a=1&b=2", needed), "{needed}");
    }
}

#[test]
fn experimental_query_is_sent_unchanged_and_covers_only_itself() {
    let scopes = [
        "patient/Observation.rs?code:in=http://valueset.example/diabetes",
        "patient/Observation.rs?code=http://valueset.example/diabetes",
        "patient/Observation.rs?patient.birthdate=1990",
        "patient/Observation.rs?_filter=code%20eq%201",
    ];
    for (granted, needed) in
        scopes.iter().flat_map(|granted_scope| scopes.iter().map(move |other| (granted_scope, other)))
    {
        assert_eq!(covers(granted, needed), granted == needed, "{granted} {needed}");
    }
    for scope in scopes {
        assert_eq!((check(scope), normalise(scope).as_str()), (Ok(()), scope));
        assert!(covers("patient/Observation.rs", scope) && !covers(scope, "patient/Observation.rs"), "{scope}");
    }
}

#[test]
fn scope_as_a_uri_is_the_same_as_its_name() {
    for (uri, name) in [
        ("http://smarthealthit.org/fhir/scopes/patient/*.r", "patient/*.read"),
        ("http://smarthealthit.org/fhir/scopes/launch/patient", "launch/patient"),
        ("http://openid.net/specs/openid-connect-core-1_0#openid", "openid"),
    ] {
        assert!(covers(name, uri), "{uri}");
    }
    assert!(covers("openid", "http://openid.net/specs/openid-connect-core-1_0#openid"));
    for other in ["https://smarthealthit.org/fhir/scopes/openid", "http://smarthealthit.org/fhir/scopes/"] {
        assert!(covers(other, other) && !covers("openid", other) && !covers(other, "openid"), "{other}");
    }
}

#[test]
fn other_scopes_cover_only_themselves() {
    let scopes = [
        "launch",
        "launch/patient",
        "launch/list?role=x",
        "launch/list?role=y",
        "launch/list",
        "openid",
        "fhirUser",
        "__x",
        "https://a.example/b",
        "patient",
        "patient/",
        "patient/Observation",
        "patient/Observation.",
        "patient/Observation.dus",
        "patient/Observation.dr",
        "patient/Observation.rr",
        "patient/observation.rs",
        "patient/Obs-ervation.rs",
        "patient/**.rs",
        "Patient/Observation.rs",
        "practitioner/Observation.rs",
        "patient/Observation.Read",
        "patient/Observation.r.s",
        "patient.Observation.rs",
    ];
    for (granted, needed) in
        scopes.iter().flat_map(|granted_scope| scopes.iter().map(move |other| (granted_scope, other)))
    {
        assert_eq!(covers(granted, needed), granted == needed, "{granted} {needed}");
    }
    assert!(scopes.iter().all(|scope| !covers("patient/*.cruds user/*.* system/*.*", scope)));
}

#[test]
fn denied_scopes_are_in_the_order_of_the_request() {
    let requested = "openid user/A.rs\tlaunch/patient user/B.r openid user/A.c";
    let denied: Vec<_> = denied(requested, "user/A.read launch/patient").collect();
    assert_eq!(denied, ["openid", "user/B.r", "openid", "user/A.c"]);
}

#[test]
fn scopes_of_both_versions_contexts_and_extensions_are_accepted() {
    for scope in [
        "patient/Observation.rs",
        "user/Patient.read",
        "system/*.*",
        "user/*.write",
        "patient/Observation.cruds",
        "user/A1.s?code=http://loinc.org|1-2&status=final",
        "launch",
        "launch/patient",
        "launch/diagnosticreport",
        "launch/list?role=https://example.org/At-Home",
        "launch/list?role=https://example.org/lists?role=home",
        "launch/list?any=a&role=b&any=c",
        "openid",
        "fhirUser",
        "offline_access",
        "__x",
        "patient",
        "https://a.example/B.z",
        "system/DynamicClient.register",
        "http://smarthealthit.org/fhir/scopes/user/*.cu",
        "group/Patient.xyz",
        "Launch/X",
    ] {
        assert_eq!(check(scope), Ok(()), "{scope}");
    }
    assert_eq!(check(""), Ok(()));
}

#[test]
fn error_names_the_first_malformed_scope() {
    for scope in [
        "patient/Observation.dus",
        "patient/Observation.dr",
        "patient/Observation.",
        "patient/Observation.rr",
        "patient/Observation.reads",
        "patient/Observation",
        "patient/",
        "user/patient.rs",
        "user/.rs",
        "user/*a.rs",
        "system/A_b.rs",
        "user/DynamicClient.register",
        "system/Patient.register",
        "system/1A.rs",
        "user/É.rs",
        "launch/",
        "launch/Patient",
        "launch/?role=x",
        "launch/diagnosticReport?role=x",
        "launch/list?role=a&role=b",
        "launch/list?role=a&any=b&role=a",
        "http://smarthealthit.org/fhir/scopes/launch/list?role=a&role=b",
        "a\"b",
        "a\\b",
        "é",
        "a\u{7f}",
        "a\x0bb",
        "a\0",
        "user/A.r?a=\"",
        "http://smarthealthit.org/fhir/scopes/user/*.sr",
    ] {
        assert_eq!(check(scope), Err(scope));
        assert_eq!(check(&format!("openid\t{scope} user/x.y ")), Err(scope));
    }
}

#[test]
fn shortest_list_is_merged_sorted_and_in_version_2() {
    for (list, shortest) in [
        ("", ""),
        ("user/A.s  user/A.r", "user/A.rs"),
        ("user/A.write user/A.read", "user/A.cruds"),
        ("openid launch openid", "launch openid"),
        ("http://openid.net/specs/openid-connect-core-1_0#openid openid", "openid"),
        ("patient/*.rs patient/Observation.r", "patient/*.rs"),
        ("patient/Observation.cruds patient/*.rs", "patient/*.rs patient/Observation.cud"),
        ("user/A.r?b=2&a=1 user/A.s?a=1&b=2&a=1", "user/A.rs?a=1&b=2"),
        ("user/A.r user/A.rs?a=1", "user/A.r user/A.s?a=1"),
        ("user/A.r user/A.s?a=1 user/A.s", "user/A.rs"),
        ("user/A.sr user/a.r user/A.sr", "user/A.sr user/a.r"),
    ] {
        assert_eq!(normalise(list), shortest);
    }
}

#[test]
fn patient_scopes_without_a_launch_scope_lack_a_patient() {
    for list in ["patient/*.rs", "openid patient/Observation.read", "patient/*.rs launch/encounter"] {
        assert!(lacks_patient(list), "{list}");
    }
    let uri = "http://smarthealthit.org/fhir/scopes/launch/patient patient/*.rs";
    for list in ["", "user/*.rs", "patient/*.rs launch/patient", "launch patient/*.rs", "patient", uri] {
        assert!(!lacks_patient(list), "{list}");
    }
}

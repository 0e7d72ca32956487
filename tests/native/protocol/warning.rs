use crate::app::value;
use serde_json::json;
use smart_launch::error::Code;
use smart_launch::protocol::json::Json;
use smart_launch::protocol::warning::Warnings;

#[test]
fn warnings_are_kept_once_and_in_order() {
    let mut warnings = Warnings::new(false, Code::DiscoveryInvalid);
    for warning in ["b", "a", "b"] {
        warnings.note(warning).unwrap();
    }
    warnings.extend(&Json::parse(r#"["c","a"]"#).unwrap());
    assert_eq!(value(&warnings.into_json()), json!(["b", "a", "c"]));
}

#[test]
fn strict_makes_the_first_warning_an_error_that_names_it() {
    let mut warnings = Warnings::new(true, Code::DiscoveryInvalid);
    let error = warnings.note("discovery_relative_url").unwrap_err();
    assert_eq!(error.code(), Code::DiscoveryInvalid);
    assert!(error.to_string().contains("discovery_relative_url"));
}

#[test]
fn warning_without_a_violation_is_kept_under_strict() {
    let mut warnings = Warnings::new(true, Code::DiscoveryInvalid);
    warnings.add_even_if_strict("scope_not_granted");
    assert!(warnings.into_json().lists("scope_not_granted"));
}

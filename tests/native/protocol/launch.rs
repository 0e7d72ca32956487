use crate::app::{assert_fails, code, value};
use crate::arbitrary::{cases, text};
use proptest::prelude::*;
use serde_json::json;
use smart_launch::error::Code;
use smart_launch::protocol::launch::{check_handle, is_base, local_path, parse, query};
use smart_launch::protocol::url::Url;

#[test]
fn launch_is_read_from_its_url() {
    let launch = parse("https://app/launch?iss=https%3A%2F%2Fehr%2Ffhir&launch=xyz123#x").unwrap();
    assert_eq!(value(&launch), json!({ "iss": "https://ehr/fhir", "launch": "xyz123" }));
}

#[test]
fn url_without_both_is_no_launch() {
    for url in [
        "https://app/",
        "https://app/?iss=https://ehr",
        "https://app/?launch=x",
        "https://app/#iss=https://ehr&launch=x",
        "",
    ] {
        assert!(parse(url).unwrap().is_null(), "{url}");
    }
}

#[test]
fn what_must_be_single_is_refused_twice() {
    for query in [
        "iss=https://a&iss=https://a&launch=x",
        "iss=https://a&launch=x&launch=x",
        "iss=https://a&%69ss=https://b&launch=x",
    ] {
        assert_fails(parse(&format!("https://app/?{query}")), Code::CallbackDuplicateParam);
    }
}

#[test]
fn server_is_an_https_url() {
    for (iss, expected) in [
        ("http://ehr.example", "endpoint_scheme"),
        ("javascript:alert(1)", "endpoint_scheme"),
        ("data:text/html,x", "endpoint_scheme"),
        ("blob:https://ehr.example/1", "endpoint_scheme"),
        ("file:///etc/passwd", "endpoint_scheme"),
        ("https://169.254.169.254/fhir", "endpoint_scheme"),
        ("https://user@ehr.example", "issuer_not_allowed"),
        ("https://ehr.example\\x", "issuer_not_allowed"),
        ("https://ehr.exa%09mple", "issuer_not_allowed"),
        ("%09https://ehr.example", "issuer_not_allowed"),
        ("%20https://ehr.example", "issuer_not_allowed"),
        ("ht%0atps://ehr.example", "issuer_not_allowed"),
        ("https%00://ehr.example", "issuer_not_allowed"),
        ("%ff", "launch_invalid"),
        ("http://localhost:8080/fhir", "ok"),
    ] {
        assert_eq!(code(&parse(&format!("https://app/?iss={iss}&launch=x"))), expected, "{iss}");
    }
}

#[test]
fn handle_is_printable_and_of_sensible_length() {
    for handle in ["x", "a b", "~!{\"a\":1}", &"a".repeat(8_192)] {
        assert!(check_handle(handle).is_ok());
    }
    for handle in ["", &"a".repeat(8_193), "a\rb", "a\nb", "\0", "a\tb", "\u{7f}", "é", "\u{202e}", "💡"] {
        assert_fails(check_handle(handle), Code::LaunchInvalid);
    }
    for handle in ["", "%0d%0a", "%00", "%ED%A0%80", "%e9", "%", "%u0041"] {
        assert_fails(parse(&format!("https://app/?iss=https://ehr&launch={handle}")), Code::LaunchInvalid);
    }
}

#[test]
fn base_is_recognised_in_normal_form() {
    let base = Url::parse("https://ehr.example/fhir").unwrap();
    for iss in [
        "https://ehr.example/fhir",
        "https://ehr.example/fhir/",
        "HTTPS://EHR.EXAMPLE:443/fhir",
        "https://ehr.example:0443/fhir",
    ] {
        assert!(is_base(iss, &base), "{iss}");
    }
    for iss in [
        "https://ehr.example",
        "https://ehr.example/",
        "https://ehr.example/FHIR",
        "https://ehr.example/fhir//",
        "https://ehr.example/fhir/x",
        "https://ehr.example/fhirx",
        "https://ehr.example/fhir?x",
        "https://ehr.example/fhir?",
        "https://ehr.example/fhir#",
        "https://ehr.example/x/../fhir",
        "https://ehr.example/./fhir",
        "https://ehr.example/%2e/fhir",
        "https://ehr.example/x/%2E%2e/fhir",
        "https://ehr.example/%66hir",
        "https://ehr.example:8443/fhir",
        "http://ehr.example/fhir",
        "https://ehr.example./fhir",
        "https://user@ehr.example/fhir",
        "https://ehr.example@evil.example/fhir",
        "https://ehr.example\\fhir",
        "https://еhr.example/fhir",
        "https://xn--hr-8cd.example/fhir",
        " https://ehr.example/fhir",
        "https://ehr.example/fhir\n",
        "//ehr.example/fhir",
        "",
    ] {
        assert!(!is_base(iss, &base), "{iss:?}");
    }
    assert!(is_base("https://ehr.example", &Url::parse("https://ehr.example/").unwrap()));
}

#[test]
fn only_a_local_path_is_returned_to() {
    for path in ["/", "/a/b?c=d#e", "/a//b", "/é", "/:", "/@"] {
        assert_eq!(local_path(path), path);
    }
    for path in [
        "",
        "a",
        "//evil.example",
        "/\\evil.example",
        "\\/evil",
        "https:evil",
        "https://evil.example",
        "javascript:alert(1)",
        " /a",
        "/a\r\nset-cookie:x",
        "/\tevil",
        "/\n/evil",
        "/a\\b",
        "/\0",
        "/\u{7f}",
        "?a",
        "#a",
        "///evil",
        "\u{a0}//evil",
    ] {
        assert_eq!(local_path(path), "/", "{path:?}");
    }
    assert_eq!(local_path(&format!("/{}", "a".repeat(8_192))), "/");
}

#[test]
fn query_is_as_it_was_written() {
    for (url, expected) in [("a?b=%20#c", "b=%20"), ("a#b?c", ""), ("a", ""), ("a?b?c", "b?c"), ("?", "")] {
        assert_eq!(query(url), expected);
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn any_launch_url_is_read_or_refused(odd in text(), other in text()) {
        let _ = parse(&odd);
        let _ = parse(&format!("https://app/?iss={odd}&launch={other}"));
    }

    #[test]
    fn returning_never_leaves_the_app(path in text()) {
        let app = url::Url::parse("https://app.example/some/page").unwrap();
        for path in [path.clone(), format!("/{path}"), format!("//{path}"), format!("/\\{path}")] {
            prop_assert_eq!(app.join(local_path(&path)).unwrap().origin(), app.origin());
        }
    }
}

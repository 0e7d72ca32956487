use crate::app::{assert_fails, code, value};
use crate::arbitrary::{cases, text};
use proptest::prelude::*;
use serde_json::json;
use smart_launch::error::Code;
use smart_launch::protocol::launch::{Launch, check_handle, fields_after_route, is_base, local_path, query};
use smart_launch::protocol::url::Url;

#[test]
fn launch_is_read_from_its_url() {
    let launch = Launch::parse("https://app/launch?iss=https%3A%2F%2Fehr%2Ffhir&launch=xyz123#x").unwrap().unwrap();
    assert_eq!(value(&launch.into_json()), json!({ "iss": "https://ehr/fhir", "launch": "xyz123" }));
}

#[test]
fn url_without_both_iss_and_launch_is_no_launch() {
    for url in [
        "https://app/",
        "https://app/?iss=https://ehr",
        "https://app/?launch=x",
        "https://app/#iss=https://ehr&launch=x",
        "",
    ] {
        assert!(Launch::parse(url).unwrap().is_none(), "{url}");
    }
}

#[test]
fn launch_is_read_after_the_path_of_a_hash_router() {
    for url in [
        "https://app/#/launch?iss=https%3A%2F%2Fehr%2Ffhir&launch=xyz",
        "https://app/?tab=1#!/?launch=xyz&iss=https://ehr/fhir",
    ] {
        assert_eq!(
            value(&Launch::parse(url).unwrap().unwrap().into_json()),
            json!({ "iss": "https://ehr/fhir", "launch": "xyz" }),
            "{url}"
        );
    }
    assert_fails(
        Launch::parse("https://app/#/launch?iss=https://a&iss=https://b&launch=x"),
        Code::CallbackDuplicateParam,
    );
    assert!(Launch::parse("https://app/?iss=https://a#/launch?launch=x").unwrap().is_none());
}

#[test]
fn repeated_parameter_is_refused() {
    for query in [
        "iss=https://a&iss=https://a&launch=x",
        "iss=https://a&launch=x&launch=x",
        "iss=https://a&%69ss=https://b&launch=x",
    ] {
        assert_fails(Launch::parse(&format!("https://app/?{query}")), Code::CallbackDuplicateParam);
    }
}

#[test]
fn iss_has_to_be_an_https_or_loopback_url() {
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
        assert_eq!(code(&Launch::parse(&format!("https://app/?iss={iss}&launch=x"))), expected, "{iss}");
    }
}

#[test]
fn handle_is_printable_ascii_of_at_most_8192_characters() {
    for handle in ["x", "a b", "~!{\"a\":1}", &"a".repeat(8_192)] {
        assert!(check_handle(handle).is_ok());
    }
    for handle in ["", &"a".repeat(8_193), "a\rb", "a\nb", "\0", "a\tb", "\u{7f}", "é", "\u{202e}", "💡"] {
        assert_fails(check_handle(handle), Code::LaunchInvalid);
    }
    for handle in ["", "%0d%0a", "%00", "%ED%A0%80", "%e9", "%", "%u0041"] {
        assert_fails(Launch::parse(&format!("https://app/?iss=https://ehr&launch={handle}")), Code::LaunchInvalid);
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
fn only_a_local_path_is_accepted_to_return_to() {
    for path in ["/", "/a/b?c=d#e", "/a//b", "/é", "/:", "/@", "/./a", "/a?b=/.//c"] {
        assert_eq!(local_path(path, ""), path);
    }
    for path in [
        "",
        "a",
        "//evil.example",
        "//evil.example/../../x",
        "//../~e#/x",
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
        "/.//evil.example",
        "/a/..//evil.example",
        "/%2e//evil.example",
        "/%2E%2e///evil.example",
        "\u{a0}//evil",
    ] {
        assert_eq!(local_path(path, "https://app.example"), "/", "{path:?}");
    }
    assert_eq!(local_path(&format!("/{}", "a".repeat(8_192)), ""), "/");
}

#[test]
fn whole_url_of_the_app_is_reduced_to_its_path() {
    let app = "https://app.example";
    for (url, expected) in [
        ("https://app.example/charts/7?tab=2#top", "/charts/7?tab=2#top"),
        ("https://app.example/", "/"),
        ("https://app.example//evil.example", "/"),
        ("https://app.example/\\evil", "/"),
        ("https://app.example.evil.example/x", "/"),
        ("https://app.example@evil.example/x", "/"),
        ("https://app.example:8443/x", "/"),
        ("http://app.example/x", "/"),
        ("https://evil.example/https://app.example/x", "/"),
    ] {
        assert_eq!(local_path(url, app), expected, "{url}");
    }
}

#[test]
fn path_to_return_to_has_no_parameters_of_a_launch_or_callback() {
    for (path, expected) in [
        ("/app?iss=https%3A%2F%2Fehr&launch=x", "/app"),
        ("/app?tab=2&iss=https%3A%2F%2Fehr&l%61unch=x&x=%20+#top", "/app?tab=2&x=%20+#top"),
        ("/#/launch?iss=https%3A%2F%2Fehr&launch=x&tab=2", "/#/launch?tab=2"),
        ("/#/launch?iss=https%3A%2F%2Fehr&launch=x", "/#/launch"),
        ("/back?code=c&state=s&iss=https%3A%2F%2Fehr&session_state=1&tab=2", "/back?tab=2"),
        ("/back?error=access_denied&error_description=no&state=s#/route", "/back#/route"),
        ("/back#code=c&state=s", "/back"),
        ("/#/back?code=c&state=s", "/#/back"),
        // Parameters that an app may use itself are kept.
        ("/app?iss=a", "/app?iss=a"),
        ("/app?launch=a#code=c", "/app?launch=a#code=c"),
        ("/app?code=voucher&iss=x", "/app?code=voucher&iss=x"),
        ("/app?state=open", "/app?state=open"),
        ("/app?a=1&a=2#/route?state=open", "/app?a=1&a=2#/route?state=open"),
    ] {
        assert_eq!(local_path(path, ""), expected, "{path}");
    }
}

#[test]
fn fields_after_the_path_of_a_hash_router_are_found() {
    for (fragment, expected) in [
        ("/callback?code=c", Some("code=c")),
        ("!/callback?code=c", Some("code=c")),
        ("callback?code=c", Some("code=c")),
        ("/code=c&state=s", Some("code=c&state=s")),
        ("/", None),
        ("top", None),
        ("", None),
        ("code=c?d&state=s", None),
        ("code=c&state=s", None),
    ] {
        assert_eq!(fields_after_route(fragment), expected, "{fragment}");
    }
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
    fn any_launch_url_is_read_or_refused(iss in text(), launch in text()) {
        let _ = Launch::parse(&iss);
        let _ = Launch::parse(&format!("https://app/?iss={iss}&launch={launch}"));
    }

    #[test]
    fn return_path_never_leaves_the_app(path in text()) {
        let app = url::Url::parse("https://app.example/some/page").unwrap();
        for path in [path.clone(), format!("/{path}"), format!("//{path}"), format!("/\\{path}")] {
            for origin in ["", "https://app.example"] {
                prop_assert_eq!(app.join(&local_path(&path, origin)).unwrap().origin(), app.origin());
                let absolute = format!("https://app.example{path}");
                prop_assert_eq!(app.join(&local_path(&absolute, origin)).unwrap().origin(), app.origin());
            }
        }
    }
}

//! A launch has the values that browsers read in its query, or after a hash router's path; a return path stays within the app.
#![no_main]

use libfuzzer_sys::fuzz_target;
use smart_launch::protocol::launch::{Launch, is_base, local_path};
use smart_launch::protocol::url::Url;
use smart_launch_fuzz::{
    BASE, assert_sound, browser_url, fields, fields_in_route, has_punycode, is_loopback, is_serialized_differently,
    parts, values,
};

fuzz_target!(|text: &str| {
    for url in [text, &format!("https://app.example/launch?{text}")] {
        match Launch::parse(url) {
            Ok(Some(launch)) => assert_launch(launch.iss(), launch.handle(), url),
            Ok(None) => assert_launch("", "", url),
            Err(error) => assert_sound(&error),
        }
    }
    for app in ["https://app.example/some/page?a#b", "http://localhost:8080/"] {
        let app = url::Url::parse(app).expect("a URL");
        for path in [text, &format!("/{text}")] {
            let local = local_path(path, &app.origin().ascii_serialization());
            assert_eq!(app.join(&local).expect("a path").origin(), app.origin(), "leaves the app: {path:?}");
        }
    }
    for base in [BASE, "https://ehr.example/"] {
        if is_base(text, &Url::parse(base).expect("a URL")) && !is_serialized_differently(text) {
            let parsed = browser_url(text).expect("a URL");
            assert_eq!(parsed.as_str().trim_end_matches('/'), base.trim_end_matches('/'));
        }
    }
});

fn assert_launch(iss: &str, launch: &str, url: &str) {
    let (query, fragment) = parts(url);
    let by_part = [query, fields_in_route(fragment)].map(fields);
    let is_launch = |fields: &Vec<_>| ["iss", "launch"].iter().all(|name| !values(fields, name).is_empty());
    let fields = by_part.iter().find(|fields| is_launch(fields)).unwrap_or(&by_part[0]);
    let (issuers, handles) = (values(fields, "iss"), values(fields, "launch"));
    if iss.is_empty() {
        assert!(issuers.is_empty() || handles.is_empty(), "a launch is not recognized");
        return;
    }
    assert_eq!((issuers.as_slice(), handles.as_slice()), ([iss].as_slice(), [launch].as_slice()));
    assert!((1..=8_192).contains(&launch.len()) && launch.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    match browser_url(iss) {
        Some(iss) => assert!(iss.scheme() == "https" || is_loopback(&iss), "{iss}"),
        None => assert!(has_punycode(&iss.to_ascii_lowercase()), "no browser accepts {iss:?}"),
    }
}

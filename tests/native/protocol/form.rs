use crate::arbitrary::{cases, text};
use proptest::collection::vec;
use proptest::prelude::*;
use smart_launch::protocol::form::{Malformed, append, decode, encode, find, pairs};
use smart_launch::protocol::url::Url;
use url::form_urlencoded;

#[test]
fn fields_are_encoded_as_in_the_specification_s_examples() {
    assert_eq!(
        encode(&[("scope", "launch/patient patient/*.rs"), ("a-._~", "1")]),
        "scope=launch%2Fpatient%20patient%2F*.rs&a-._~=1"
    );
    assert_eq!(encode(&[("q", "&=+%#?\"\0é💡")]), "q=%26%3D%2B%25%23%3F%22%00%C3%A9%F0%9F%92%A1");
}

#[test]
fn field_without_a_value_is_left_out() {
    assert_eq!(encode(&[("a", ""), ("b", "1"), ("c", "")]), "b=1");
    assert_eq!(encode(&[]), "");
}

#[test]
fn plus_and_percent_are_decoded() {
    assert_eq!(decode("a+b%20c%2Bd%c3%a9"), Ok("a b c+dé".into()));
}

#[test]
fn malformed_encoding_is_refused_and_not_guessed() {
    for text in
        ["%", "%2", "%g0", "%0g", "a%", "%%41", "%ff", "%c3", "%c3%28", "%ed%a0%80", "%f4%90%80%80", "%+1", "%é"]
    {
        assert_eq!(decode(text), Err(Malformed), "{text}");
    }
}

#[test]
fn fields_are_found_by_their_decoded_names() {
    assert_eq!(find("a=1&code=2&b=3", "code"), ("2", 1));
    assert_eq!(find("code=1&c%6Fde=2&%63ode", "code"), ("1", 3));
    assert_eq!(find("co+de=1", "co de"), ("1", 1));
    assert_eq!(find("Code=1&xcode=2&code%00=3", "code"), ("", 0));
    assert_eq!(find("", "code"), ("", 0));
    assert_eq!(find("code", "code"), ("", 1));
    assert_eq!(find("code=a=b", "code"), ("a=b", 1));
}

#[test]
fn query_of_a_url_is_kept() {
    let url = |text| Url::parse(text).unwrap();
    assert_eq!(append(&url("https://a.b/c"), "x=1"), "https://a.b/c?x=1");
    assert_eq!(append(&url("https://a.b/c?"), "x=1"), "https://a.b/c?x=1");
    assert_eq!(append(&url("https://a.b/c?t=1"), "x=1"), "https://a.b/c?t=1&x=1");
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn encoded_text_is_decoded_unchanged(name in text(), value in text()) {
        let encoded = encode(&[(&name, &value)]);
        let (encoded_name, encoded_value) = pairs(&encoded).next().unwrap();
        if !value.is_empty() {
            prop_assert_eq!(decode(encoded_name).unwrap(), name);
            prop_assert_eq!(decode(encoded_value).unwrap(), value);
        }
        prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_graphic()));
    }

    #[test]
    fn browsers_and_servers_read_the_same_fields(fields in vec((text(), text()), 0..6)) {
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).filter(|(_, value)| !value.is_empty()).collect();
        let encoded = encode(&fields);
        let parsed_pairs: Vec<_> = form_urlencoded::parse(encoded.as_bytes()).collect();
        prop_assert_eq!(parsed_pairs.len(), fields.len());
        for ((name, value), (expected_name, expected_value)) in parsed_pairs.iter().zip(&fields) {
            prop_assert_eq!((name.as_ref(), value.as_ref()), (*expected_name, *expected_value));
        }
    }

    #[test]
    fn fields_that_browsers_encode_are_read(fields in vec((text(), text()), 1..6)) {
        let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        let decoded: Vec<_> = pairs(&encoded).map(|(name, value)| (decode(name).unwrap(), decode(value).unwrap())).collect();
        prop_assert_eq!(&decoded, &fields);
        let (name, value) = &fields[0];
        let (first_value, count) = find(&encoded, name);
        prop_assert_eq!(&decode(first_value).unwrap(), value);
        prop_assert_eq!(count, fields.iter().filter(|(other, _)| other == name).count());
    }

    #[test]
    fn any_text_is_decoded_or_refused(encoded in text()) {
        if let Ok(decoded) = decode(&encoded) {
            let expected = form_urlencoded::parse(format!("a={}", encoded.replace('&', "%26")).as_bytes())
                .next().unwrap().1.into_owned();
            prop_assert_eq!(decoded, expected);
        }
    }
}

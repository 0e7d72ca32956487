use crate::arbitrary::{cases, json, pieces, text};
use proptest::prelude::*;
use serde_json::Value;
use smart_launch::protocol::json::{Flaw, Json};

fn flaw(text: &str) -> Option<Flaw> {
    Json::parse(text).err()
}

#[test]
fn values_are_read_with_their_types() {
    let json = Json::parse(r#" { "a" : [ true , false , null , "x" , -1.5e+3 ] , "n" : 42 } "#).unwrap();
    let list = json.at("a").list();
    assert!(list[0].is_true() && !list[1].is_true() && list[2].is_null());
    assert_eq!(list[3].str(), "x");
    assert_eq!(list[4].to_text(), "-1.5e+3");
    assert_eq!(json.at("n").number(), Some(42));
}

#[test]
fn missing_member_is_null_and_empty() {
    let json = Json::parse("{\"a\":1}").unwrap();
    assert!(json.at("b").is_null() && json.at("b").at("c").is_null());
    assert_eq!((json.text("a"), json.text("b")), ("", ""));
    assert!(json.at("a").list().is_empty() && json.at("a").members().is_empty());
    assert!(!json.lists("a"));
    assert_eq!(Json::default(), Json::NULL);
}

#[test]
fn only_whole_numbers_without_sign_are_numbers() {
    for (text, number) in [
        ("0", Some(0)),
        ("18446744073709551615", Some(u64::MAX)),
        ("18446744073709551616", None),
        ("-1", None),
        ("1.0", None),
        ("1e3", None),
        ("\"1\"", None),
        ("null", None),
    ] {
        assert_eq!(Json::parse(text).unwrap().number(), number, "{text}");
    }
}

#[test]
fn text_of_only_white_space_is_reported_as_empty() {
    for text in ["", " ", "\n\t\r "] {
        assert_eq!(flaw(text), Some(Flaw::Empty));
    }
}

#[test]
fn text_that_is_no_json_is_refused() {
    for text in [
        "{",
        "}",
        "[",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\" 1}",
        "{1:1}",
        "[1 2]",
        "1 2",
        "nul",
        "tru",
        "fals",
        "True",
        "NaN",
        "Infinity",
        "-",
        "+1",
        "01",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x1",
        "'a'",
        "\"",
        "\"a",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\n\"",
        "\"\0\"",
        "\0",
        "{}\0",
        "\u{feff}{}",
        "\u{a0}1",
        "[1]x",
        "//x\n1",
        "/**/1",
        "\"\\é\"",
    ] {
        assert_eq!(flaw(text), Some(Flaw::Syntax), "{text:?}");
    }
}

#[test]
fn repeated_member_is_refused_in_every_spelling() {
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"b":2,"\u0061":3}"#,
        r#"[{"x":{"issuer":"a","issue\u0072":"b"}}]"#,
        r#"{"":1,"":2}"#,
        r#"{"é":1,"\u00e9":2}"#,
    ] {
        assert_eq!(flaw(text), Some(Flaw::Duplicate), "{text}");
    }
}

#[test]
fn only_a_pair_of_surrogates_is_a_character() {
    assert_eq!(Json::parse(r#""\ud83d\udca1""#).unwrap().str(), "💡");
    for text in [
        r#""\ud83d""#,
        r#""\udca1""#,
        r#""\udca1\ud83d""#,
        r#""\ud83d\ud83d""#,
        r#""\ud83dx""#,
        r#""\ud83d\n""#,
        r#""\ud83d\u0041""#,
    ] {
        assert_eq!(flaw(text), Some(Flaw::Syntax), "{text}");
    }
}

#[test]
fn every_escape_is_one_character() {
    assert_eq!(Json::parse(r#""\"\\\/\b\f\n\r\t\u0041\u00e9""#).unwrap().str(), "\"\\/\u{8}\u{c}\n\r\tAé");
}

#[test]
fn json_nested_in_more_than_33_levels_is_refused() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(flaw(&nested(33)), None);
    assert_eq!(flaw(&nested(34)), Some(Flaw::TooDeep));
    assert_eq!(flaw(&nested(100_000)), Some(Flaw::TooDeep));
    assert_eq!(flaw(&"{\"a\":".repeat(100_000)), Some(Flaw::TooDeep));
}

/// An object with this number of members.
fn object(members: usize) -> String {
    format!("{{{}}}", (0..members).map(|number| format!("\"m{number}\":0")).collect::<Vec<_>>().join(","))
}

#[test]
fn too_many_members_or_values_are_refused() {
    assert_eq!(flaw(&object(1_024)), None);
    assert_eq!(flaw(&object(1_025)), Some(Flaw::TooMany));
    let list = |items: usize| format!("[{}]", vec!["0"; items].join(","));
    assert_eq!(flaw(&list(19_999)), None);
    assert_eq!(flaw(&list(20_000)), Some(Flaw::TooMany));
}

#[test]
fn own_json_may_contain_the_largest_json_from_outside() {
    let nested = format!("{}{}", "[".repeat(33), "]".repeat(33));
    let wrapped = format!("{{\"record\":{{\"answer\":{nested}}}}}");
    assert_eq!(flaw(&wrapped), Some(Flaw::TooDeep));
    assert!(Json::parse_own(&wrapped).is_ok());
    let flaw = |text: &str| Json::parse_own(text).err();
    let list = |items: usize| format!("[{}]", vec!["0"; items].join(","));
    assert_eq!((flaw(&list(339_999)), flaw(&list(340_000))), (None, Some(Flaw::TooMany)));
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!((flaw(&nested(49)), flaw(&nested(50))), (None, Some(Flaw::TooDeep)));
    assert_eq!((flaw(&object(1_040)), flaw(&object(1_041))), (None, Some(Flaw::TooMany)));
}

#[test]
fn output_is_ascii() {
    let text = Json::from("é💡\u{7f}\n\"\\").to_text();
    assert!(text.is_ascii());
    assert_eq!(text, r#""\u00E9\uD83D\uDCA1\u007F\u000A\"\\""#);
}

#[test]
fn setting_a_member_replaces_it_and_null_removes_it() {
    let mut json = Json::object();
    json.set_text("a", "1");
    json.set("b", Json::from(2));
    json.set_text("a", "3");
    assert_eq!(json.to_text(), r#"{"b":2,"a":"3"}"#);
    json.set("b", Json::NULL);
    assert_eq!(json.to_text(), r#"{"a":"3"}"#);
    let mut copy = Json::object();
    copy.copy(&json, &["a", "b"]);
    assert_eq!(copy, json);
}

#[test]
fn value_that_is_no_object_or_array_is_unchanged() {
    let mut json = Json::from("text");
    json.set_text("a", "1");
    json.push(Json::from(true));
    assert_eq!(json.to_text(), "\"text\"");
}

#[test]
fn debugging_shows_nothing() {
    assert_eq!(format!("{:?}", Json::from("secret")), "Json(…)");
}

/// Compares our parser with serde_json; exceptions are texts that ours refuses on purpose, and numbers that do not fit a double.
fn assert_agrees(text: &str) {
    let (parsed, reference) = (Json::parse(text), serde_json::from_str::<Value>(text));
    match (&parsed, &reference) {
        (Ok(parsed), Ok(reference)) => {
            assert_eq!(&serde_json::from_str::<Value>(&parsed.to_text()).unwrap(), reference, "{text:?}");
        }
        (Err(Flaw::Empty | Flaw::Syntax), Err(_)) | (Err(Flaw::Duplicate | Flaw::TooDeep | Flaw::TooMany), _) => {}
        (Ok(_), Err(error)) => assert!(error.to_string().contains("number out of range"), "{text:?}: {error}"),
        (Err(flaw), Ok(_)) => panic!("{text:?}: {flaw:?}"),
    }
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn every_json_is_read_and_written_back_equal(value in json()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let parsed = Json::parse(&text).unwrap();
            let reference = serde_json::from_str::<Value>(&text).unwrap();
            prop_assert_eq!(serde_json::from_str::<Value>(&parsed.to_text()).unwrap(), reference);
            // A value survives writing and reading.
            prop_assert_eq!(Json::parse(&parsed.to_text()).unwrap(), parsed);
        }
    }

    #[test]
    fn json_with_a_wrong_character_is_read_or_refused_as_by_serde_json(
        value in json(), at in any::<proptest::sample::Index>(), letter in "[\\[\\]{}:,\"\\\\u0-9eE.+ a-]", remove in any::<bool>(),
    ) {
        let mut letters: Vec<char> = value.to_string().chars().collect();
        let at = at.index(letters.len());
        if remove { letters.remove(at); } else { letters.insert(at, letter.chars().next().unwrap()); }
        assert_agrees(&letters.into_iter().collect::<String>());
    }

    #[test]
    fn pieces_of_json_are_read_or_refused_as_by_serde_json(text in pieces(PIECES, 12)) {
        assert_agrees(&text);
    }

    #[test]
    fn any_text_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), characters in text()) {
        assert_agrees(&String::from_utf8_lossy(&bytes));
        assert_agrees(&characters);
    }
}

const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\"a\"",
    "\"b\":",
    "1",
    "-",
    "0",
    ".5",
    "e9",
    "E-",
    "true",
    "false",
    "null",
    " ",
    "\n",
    "\\u00",
    "\"\\ud800\"",
    "\"\\ud83d\\udca1\"",
    "1e999",
    "\"\\n\"",
    "é",
];

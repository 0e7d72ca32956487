use crate::arbitrary::{cases, text};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::collection::vec;
use proptest::prelude::*;
use smart_launch::protocol::base64url::{decode, encode, encode_padded};

#[test]
fn vectors_of_the_rfc_are_read_without_their_padding() {
    for (text, bytes) in [
        ("", ""),
        ("Zg", "f"),
        ("Zm8", "fo"),
        ("Zm9v", "foo"),
        ("Zm9vYg", "foob"),
        ("Zm9vYmE", "fooba"),
        ("Zm9vYmFy", "foobar"),
    ] {
        assert_eq!(decode(text).unwrap(), bytes.as_bytes(), "{text}");
    }
}

#[test]
fn last_two_digits_are_minus_and_underscore() {
    assert_eq!(decode("-_-_"), Some(vec![0xFB, 0xFF, 0xBF]));
    assert_eq!(decode("__8"), Some(vec![0xFF, 0xFF]));
}

#[test]
fn character_outside_the_alphabet_is_refused() {
    for character in (0..=255_u8).map(char::from).chain(['Ａ', '💡']) {
        let permitted = character.is_ascii_alphanumeric() || character == '-' || character == '_';
        for text in [format!("{character}AAA"), format!("AA{character}A"), format!("AAAA{character}AAA")] {
            assert_eq!(decode(&text).is_some(), permitted, "{character:?}");
        }
    }
}

#[test]
fn padding_and_white_space_are_refused() {
    for text in ["Zg==", "Zm8=", "Zm9v=", "=", "==", "Zg=", " Zg", "Zg ", "Zm\n9v", "Zg%3D%3D"] {
        assert_eq!(decode(text), None, "{text:?}");
    }
}

#[test]
fn one_digit_more_than_whole_bytes_is_refused() {
    for length in [1, 5, 9, 4_097] {
        assert_eq!(decode(&"A".repeat(length)), None);
    }
}

#[test]
fn bits_after_the_last_byte_are_refused() {
    let digits: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']).collect();
    for (number, digit) in digits.iter().enumerate() {
        assert_eq!(decode(&format!("A{digit}")).is_some(), number % 16 == 0, "{digit}");
        assert_eq!(decode(&format!("AA{digit}")).is_some(), number % 4 == 0, "{digit}");
        assert!(decode(&format!("AAA{digit}")).is_some(), "{digit}");
    }
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn bytes_are_written_as_by_the_base64_crate(bytes in vec(any::<u8>(), 0..100)) {
        prop_assert_eq!(encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes));
        prop_assert_eq!(encode_padded(&bytes), STANDARD.encode(&bytes));
        prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
    }

    #[test]
    fn bytes_are_read_back(bytes in vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(decode(&URL_SAFE_NO_PAD.encode(&bytes)), Some(bytes));
    }

    #[test]
    fn digits_are_read_as_the_base64_crate_reads_them(text in "[AQgwBZaz059_-]{0,14}") {
        prop_assert_eq!(decode(&text), URL_SAFE_NO_PAD.decode(&text).ok());
    }

    #[test]
    fn any_text_is_read_as_the_base64_crate_reads_it(text in prop_oneof![text(), "[AQgw+/=_ -]{0,9}".boxed()]) {
        prop_assert_eq!(decode(&text), URL_SAFE_NO_PAD.decode(&text).ok());
    }

    #[test]
    fn no_two_texts_decode_to_the_same_bytes(text in "[A-Za-z0-9_-]{0,40}") {
        if let Some(bytes) = decode(&text) {
            prop_assert_eq!(URL_SAFE_NO_PAD.encode(bytes), text);
        }
    }
}

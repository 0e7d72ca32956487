use crate::arbitrary::{cases, text};
use proptest::collection::vec;
use proptest::prelude::*;
use smart_launch::protocol::utf8::decode;

#[test]
fn bytes_that_are_no_text_are_refused() {
    for bytes in [
        &[0x80][..],
        &[0xc3],
        &[0xc0, 0x80],
        &[0xc1, 0xbf],
        &[0xe0, 0x9f, 0xbf],
        &[0xed, 0xa0, 0x80],
        &[0xf0, 0x8f, 0xbf, 0xbf],
        &[0xf4, 0x90, 0x80, 0x80],
        &[0xf8, 0x88, 0x80, 0x80, 0x80],
        &[0xff],
        b"a\xe2\x82",
        b"\xc3\xa9\xc3(",
    ] {
        assert_eq!(decode(bytes), None, "{bytes:?}");
    }
}

#[test]
fn every_character_is_read() {
    for character in '\0'..=char::MAX {
        assert_eq!(decode(character.to_string().as_bytes()), Some(character.into()));
    }
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn bytes_are_decoded_as_by_std(bytes in vec(prop_oneof![any::<u8>(), 0x80_u8..0xc0, 0xe0_u8..0xf8], 0..12)) {
        prop_assert_eq!(decode(&bytes), String::from_utf8(bytes.clone()).ok());
    }

    #[test]
    fn text_is_read_back(text in text()) {
        prop_assert_eq!(decode(text.as_bytes()), Some(text));
    }
}

use crate::arbitrary::{cases, text};
use proptest::prelude::*;
use smart_launch::protocol::split::{cut, pieces};

#[test]
fn text_is_cut_at_the_first_mark() {
    assert_eq!(cut("a=b=c", b'='), ("a", Some("b=c")));
    assert_eq!(cut("=", b'='), ("", Some("")));
    assert_eq!(cut("é=💡", b'='), ("é", Some("💡")));
    assert_eq!(cut("a", b'='), ("a", None));
    assert_eq!(cut("", b'='), ("", None));
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn text_is_split_as_the_standard_library_does(text in text(), mark in "[&=#?/:;a]") {
        let (byte, mark) = (mark.as_bytes()[0], mark.chars().next().unwrap());
        prop_assert_eq!(pieces(&text, byte).collect::<Vec<_>>(), text.split(mark).collect::<Vec<_>>());
        let (before, after) = cut(&text, byte);
        prop_assert_eq!(text.split_once(mark).map_or((&*text, None), |(before, after)| (before, Some(after))), (before, after));
    }
}

use crate::arbitrary::cases;
use proptest::prelude::*;
use smart_launch::protocol::scope::{contains, for_launch, not_granted};
use std::collections::BTreeSet;

#[test]
fn ehr_launch_asks_for_launch_once() {
    assert_eq!(for_launch("patient/*.rs", true), "launch patient/*.rs");
    assert_eq!(for_launch("patient/*.rs launch launch/patient", true), "launch patient/*.rs launch/patient");
}

#[test]
fn standalone_launch_does_not() {
    assert_eq!(for_launch("launch patient/*.rs launch", false), "patient/*.rs");
    assert_eq!(for_launch("launch/patient", false), "launch/patient");
}

#[test]
fn list_is_separated_by_any_white_space() {
    assert_eq!(for_launch("  a\tb\n c  ", false), "a b c");
}

#[test]
fn scopes_are_compared_letter_by_letter() {
    assert!(contains("a patient/*.rs b", "patient/*.rs"));
    for list in ["patient/*.r", "Patient/*.rs", "patient/*.rsx", "", "xpatient/*.rs"] {
        assert!(!contains(list, "patient/*.rs"), "{list}");
    }
}

#[test]
fn more_order_and_repetition_do_not_matter() {
    assert!(!not_granted("a b", "b a"));
    assert!(!not_granted("a b", "b a c"));
    assert!(!not_granted("a a", "a"));
    assert!(!not_granted("", ""));
    assert!(not_granted("a b", "a"));
    assert!(not_granted("a", ""));
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn difference_is_a_set_difference(asked in "[abc ]{0,8}", granted in "[abcd \t]{0,8}") {
        let set = |list: &str| list.split_ascii_whitespace().map(String::from).collect::<BTreeSet<_>>();
        prop_assert_eq!(not_granted(&asked, &granted), !set(&asked).is_subset(&set(&granted)));
    }
}

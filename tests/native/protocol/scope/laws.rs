//! Properties of all scope lists.

use crate::arbitrary::{cases, text};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use smart_launch::protocol::scope::{check, covers, denied, for_launch, has, lacks_patient, normalise};
use std::collections::BTreeSet;

/// The permissions of a list, one at a time.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Atom {
    Resource { level: String, kind: String, letter: char, query: BTreeSet<String> },
    Other(String),
}

fn atoms(list: &str) -> BTreeSet<Atom> {
    let scopes = list.split_ascii_whitespace().map(without_prefix);
    scopes.flat_map(|scope| resource(scope).unwrap_or(vec![other(scope)])).collect()
}

fn other(scope: &str) -> Atom {
    Atom::Other(scope.to_owned())
}

fn without_prefix(scope: &str) -> &str {
    for prefix in PREFIXES {
        let Some(name) = scope.strip_prefix(prefix) else { continue };
        if !name.is_empty() && !name.starts_with("http") {
            return name;
        }
    }
    scope
}

fn resource(scope: &str) -> Option<Vec<Atom>> {
    let (path, query) = scope.split_once('?').map_or((scope, None), |(path, query)| (path, Some(query)));
    let (level, rest) = path.split_once('/')?;
    let (kind, suffix) = rest.split_once('.')?;
    let letters = match suffix {
        "read" => "rs",
        "write" => "cud",
        "*" => "cruds",
        letters => letters,
    };
    let ordered: String = "cruds".chars().filter(|letter| letters.contains(*letter)).collect();
    let is_type_name = kind.chars().all(|c| c.is_ascii_alphanumeric()) && kind.chars().next()?.is_ascii_uppercase();
    let is_resource = ["patient", "user", "system"].contains(&level) && (kind == "*" || is_type_name);
    (is_resource && !letters.is_empty() && ordered == letters).then(|| {
        let query: BTreeSet<_> = query.iter().flat_map(|query| query.split('&')).map(String::from).collect();
        let atom = |letter| Atom::Resource { level: level.into(), kind: kind.into(), letter, query: query.clone() };
        letters.chars().map(atom).collect()
    })
}

fn allows(granted: &Atom, needed: &Atom) -> bool {
    match (granted, needed) {
        (
            Atom::Resource { level, kind, letter, query },
            Atom::Resource { level: needed_level, kind: needed_kind, letter: needed_letter, query: needed_query },
        ) => {
            level == needed_level
                && (kind == "*" || kind == needed_kind)
                && letter == needed_letter
                && query.is_subset(needed_query)
        }
        _ => granted == needed,
    }
}

fn slow_covers(granted: &str, needed: &str) -> bool {
    let granted = atoms(granted);
    atoms(needed).iter().all(|needed| granted.iter().any(|granted| allows(granted, needed)))
}

/// A scope with few possible parts, so that two of them are often related.
fn scope() -> impl Strategy<Value = String> {
    let prefix = select(vec!["", "", "", "", "", PREFIXES[0], PREFIXES[1]]);
    let word = select(vec!["launch", "launch/patient", "openid", "__x", "https://a.example/b", "launch/list?role=x"]);
    let malformed = select(vec!["user/A.dus", "user/a.rs", "user/A.", "user/A", "launch/A", "", "http:", "patient/*"]);
    let letters = select(vec!["c", "r", "s", "u", "d", "rs", "cu", "cud", "cruds", "read", "write", "*"]);
    let query = select(vec!["", "", "", "?a=1", "?b=2", "?a=1&b=2", "?b=2&a=1&b=2", "?", "?&a=1"]);
    let resource = (select(vec!["patient", "user"]), select(vec!["*", "A", "B"]), letters, query)
        .prop_map(|(level, kind, letters, query)| format!("{level}/{kind}.{letters}{query}"));
    let scope = prop_oneof![6 => resource, 2 => word.prop_map(String::from), 1 => malformed.prop_map(String::from)];
    (prefix, scope).prop_map(|(prefix, scope)| format!("{prefix}{scope}"))
}

fn scopes() -> impl Strategy<Value = Vec<String>> {
    vec(scope(), 0..7)
}

/// The scopes of the list `scopes` that the list `granted` covers.
fn within(granted: &str, scopes: &[String]) -> String {
    scopes.iter().filter(|scope| covers(granted, scope)).cloned().collect::<Vec<_>>().join(" ")
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn covers_agrees_with_each_single_permission(granted in scopes(), needed in vec(scope(), 0..3)) {
        let (granted, needed) = (granted.join(" "), needed.join("\n"));
        prop_assert_eq!(covers(&granted, &needed), slow_covers(&granted, &needed));
    }

    #[test]
    fn has_agrees_with_covers_for_scopes_that_are_not_for_resources(
        list in scopes(),
        name in select(vec!["launch", "launch/patient", "openid", "__x"]),
    ) {
        let list = list.join("\t");
        prop_assert_eq!(has(&list, name), covers(&list, name));
    }

    #[test]
    fn covers_is_reflexive(list in scopes()) {
        prop_assert!(covers(&list.join("\t"), &list.join(" ")));
    }

    #[test]
    fn covers_is_transitive(first in scopes(), second in scopes(), third in scopes()) {
        let first = first.join(" ");
        let second = within(&first, &second);
        prop_assert!(covers(&first, &second));
        prop_assert!(covers(&first, &within(&second, &third)));
    }

    #[test]
    fn denied_is_each_scope_that_is_not_covered(asked in scopes(), granted in scopes()) {
        let (list, granted) = (asked.join("  "), granted.join(" "));
        let slow: Vec<_> = list.split_ascii_whitespace().filter(|scope| !slow_covers(&granted, scope)).collect();
        prop_assert_eq!(slow.is_empty(), covers(&granted, &list));
        prop_assert_eq!(denied(&list, &granted).collect::<Vec<_>>(), slow);
    }

    #[test]
    fn shortest_list_is_equivalent_and_minimal(list in scopes()) {
        let list = list.join(" ");
        let shortest = normalise(&list);
        prop_assert!(slow_covers(&shortest, &list) && slow_covers(&list, &shortest), "{}", shortest);
        prop_assert_eq!(&normalise(&shortest), &shortest);
        let scopes: Vec<_> = shortest.split(' ').collect();
        for spare in scopes.iter().filter(|spare| !spare.is_empty()) {
            let rest: Vec<_> = scopes.iter().copied().filter(|scope| scope != spare).collect();
            prop_assert!(!slow_covers(&rest.join(" "), &list), "{}", spare);
        }
    }

    #[test]
    fn equivalent_lists_have_one_shortest_list(list in scopes().prop_shuffle(), more in scopes()) {
        let joined = list.join(" ");
        let mut other: Vec<_> = within(&joined, &more).split(' ').map(String::from).collect();
        other.extend(list.into_iter().rev());
        prop_assert_eq!(normalise(&joined), normalise(&other.join("\t")));
    }

    #[test]
    fn shortest_list_of_well_formed_scopes_is_well_formed(list in scopes()) {
        let list: Vec<_> = list.into_iter().filter(|scope| check(scope).is_ok()).collect();
        let shortest = normalise(&list.join(" "));
        prop_assert_eq!(check(&shortest), Ok(()));
    }

    #[test]
    fn resource_scope_is_well_formed_if_it_has_permissions(scope in "(patient|user|system)/[*AZaz01_]{1,2}[.](read|write|[*]|[crudsx]{0,3})") {
        prop_assert_eq!(check(&scope).is_ok(), resource(&scope).is_some());
    }

    #[test]
    fn any_text_has_a_result(list in text(), other in text()) {
        prop_assert_eq!(covers(&list, &other), slow_covers(&list, &other));
        prop_assert_eq!(normalise(&normalise(&list)), normalise(&list));
        prop_assert!(!lacks_patient(&for_launch(&list, true)));
        let is_permitted = |c: char| c.is_ascii_whitespace() || matches!(c, '!' | '#'..='[' | ']'..='~');
        prop_assert!(check(&list).is_err() || list.chars().all(is_permitted));
    }
}

const PREFIXES: [&str; 2] =
    ["http://smarthealthit.org/fhir/scopes/", "http://openid.net/specs/openid-connect-core-1_0#"];

//! Scope lists are partially ordered, and a list covers another one exactly if a slow implementation, which compares single
//! permissions, finds that it does. The input is up to three lists, one line each.
#![no_main]

use libfuzzer_sys::fuzz_target;
use smart_launch::protocol::scope::{check, covers, denied, for_launch, lacks_patient, normalise};
use std::collections::BTreeSet;

fuzz_target!(|text: &str| {
    // The slow implementation cannot compare long lists.
    if text.split_ascii_whitespace().count() > 24 {
        return;
    }
    let lists: Vec<&str> = text.splitn(3, '\n').collect();
    for first in &lists {
        assert_list(first);
        for second in &lists {
            assert_pair(first, second);
            for third in &lists {
                assert!(!(covers(first, second) && covers(second, third)) || covers(first, third), "is transitive");
            }
        }
    }
});

fn assert_list(list: &str) {
    assert!(covers(list, list) && covers(list, ""));
    let shortest = normalise(list);
    assert!(slow_covers(&shortest, list) && slow_covers(list, &shortest), "{shortest:?} is not equivalent");
    assert_eq!(normalise(&shortest), shortest);
    let scopes: Vec<&str> = shortest.split_ascii_whitespace().collect();
    assert_eq!(scopes.join(" "), shortest);
    assert!(scopes.is_sorted());
    for removed in &scopes {
        let rest: Vec<&str> = scopes.iter().copied().filter(|scope| scope != removed).collect();
        assert!(!slow_covers(&rest.join(" "), list), "{removed} is redundant");
    }
    let mut reversed: Vec<&str> = list.split_ascii_whitespace().collect();
    reversed.reverse();
    assert_eq!(normalise(&reversed.join("\t")), shortest);
    match check(list) {
        Ok(()) => {
            assert!(list.chars().all(|c| c.is_ascii_whitespace() || matches!(c, '!' | '#'..='[' | ']'..='~')));
            assert_eq!(check(&shortest), Ok(()));
        }
        Err(scope) => assert!(contains(list, scope) && check(scope) == Err(scope)),
    }
    let (launched, standalone) = (for_launch(list, true), for_launch(list, false));
    assert!(contains(&launched, "launch") && !contains(&standalone, "launch") && !lacks_patient(&launched));
    assert_eq!(launched, if standalone.is_empty() { "launch".into() } else { format!("launch {standalone}") });
}

fn assert_pair(granted: &str, needed: &str) {
    let is_covered = covers(granted, needed);
    assert_eq!(is_covered, slow_covers(granted, needed), "{granted:?} {needed:?}");
    let slow: Vec<&str> = needed.split_ascii_whitespace().filter(|scope| !slow_covers(granted, scope)).collect();
    assert_eq!(denied(needed, granted).collect::<Vec<_>>(), slow);
    assert_eq!(slow.is_empty(), is_covered);
    if is_covered {
        assert_eq!(normalise(&format!("{granted} {needed}")), normalise(granted), "adds nothing");
    }
    assert!(covers(&format!("{needed} {granted}"), needed), "more scopes cover no less");
}

/// One permission.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Atom<'a> {
    Resource { level: &'a str, kind: &'a str, letter: char, query: BTreeSet<&'a str> },
    Other(&'a str),
}

fn atoms(list: &str) -> BTreeSet<Atom<'_>> {
    list.split_ascii_whitespace()
        .map(without_prefix)
        .flat_map(|scope| resource_atoms(scope).unwrap_or(vec![Atom::Other(scope)]))
        .collect()
}

fn without_prefix(scope: &str) -> &str {
    let name_after =
        |prefix| scope.strip_prefix(prefix).filter(|name: &&str| !name.is_empty() && !name.starts_with("http"));
    PREFIXES.into_iter().find_map(name_after).unwrap_or(scope)
}

fn resource_atoms(scope: &str) -> Option<Vec<Atom<'_>>> {
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
    let is_type_name =
        kind.chars().all(|c| c.is_ascii_alphanumeric()) && kind.chars().next().is_some_and(|c| c.is_ascii_uppercase());
    let is_valid = ["patient", "user", "system"].contains(&level) && (kind == "*" || is_type_name);
    (is_valid && !letters.is_empty() && ordered == letters).then(|| {
        let query: BTreeSet<&str> = query.iter().flat_map(|query| query.split('&')).collect();
        letters.chars().map(|letter| Atom::Resource { level, kind, letter, query: query.clone() }).collect()
    })
}

fn allows(granted: &Atom<'_>, needed: &Atom<'_>) -> bool {
    match (granted, needed) {
        (
            Atom::Resource { level, kind, letter, query },
            Atom::Resource { level: needed_level, kind: needed_kind, letter: needed_letter, query: needed_query },
        ) => {
            level == needed_level
                && (*kind == "*" || kind == needed_kind)
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

const PREFIXES: [&str; 2] =
    ["http://smarthealthit.org/fhir/scopes/", "http://openid.net/specs/openid-connect-core-1_0#"];

fn contains(list: &str, scope: &str) -> bool {
    list.split_ascii_whitespace().any(|listed| listed == scope)
}

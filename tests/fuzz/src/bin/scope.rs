//! Granted scopes, permission by permission: laws of scope lists, and a slow implementation as the oracle. The input
//! is up to three lists, one line each.
#![no_main]

use libfuzzer_sys::fuzz_target;
use smart_launch::protocol::scope::{check, covers, denied, for_launch, lacks_patient, normalise};
use std::collections::BTreeSet;

fuzz_target!(|text: &str| {
    // The oracle is slow.
    if text.split_ascii_whitespace().count() > 24 {
        return;
    }
    let lists: Vec<&str> = text.splitn(3, '\n').collect();
    for one in &lists {
        assert_list(one);
        for other in &lists {
            assert_pair(one, other);
            for third in &lists {
                assert!(!(covers(one, other) && covers(other, third)) || covers(one, third), "is transitive");
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
    for spare in &scopes {
        let rest: Vec<&str> = scopes.iter().copied().filter(|scope| scope != spare).collect();
        assert!(!slow_covers(&rest.join(" "), list), "{spare} is redundant");
    }
    let mut backwards: Vec<&str> = list.split_ascii_whitespace().collect();
    backwards.reverse();
    assert_eq!(normalise(&backwards.join("\t")), shortest);
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
    let enough = covers(granted, needed);
    assert_eq!(enough, slow_covers(granted, needed), "{granted:?} {needed:?}");
    let slow: Vec<&str> = needed.split_ascii_whitespace().filter(|scope| !slow_covers(granted, scope)).collect();
    assert_eq!(denied(needed, granted).collect::<Vec<_>>(), slow);
    assert_eq!(slow.is_empty(), enough);
    if enough {
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
        .map(name)
        .flat_map(|scope| resource(scope).unwrap_or(vec![Atom::Other(scope)]))
        .collect()
}

fn name(scope: &str) -> &str {
    let of = |prefix| scope.strip_prefix(prefix).filter(|name: &&str| !name.is_empty() && !name.starts_with("http"));
    PREFIXES.into_iter().find_map(of).unwrap_or(scope)
}

fn resource(scope: &str) -> Option<Vec<Atom<'_>>> {
    let (place, query) = scope.split_once('?').map_or((scope, None), |(place, query)| (place, Some(query)));
    let (level, rest) = place.split_once('/')?;
    let (kind, suffix) = rest.split_once('.')?;
    let letters = match suffix {
        "read" => "rs",
        "write" => "cud",
        "*" => "cruds",
        letters => letters,
    };
    let ordered: String = "cruds".chars().filter(|letter| letters.contains(*letter)).collect();
    let named =
        kind.chars().all(|c| c.is_ascii_alphanumeric()) && kind.chars().next().is_some_and(|c| c.is_ascii_uppercase());
    let sound = ["patient", "user", "system"].contains(&level) && (kind == "*" || named);
    (sound && !letters.is_empty() && ordered == letters).then(|| {
        let query: BTreeSet<&str> = query.iter().flat_map(|query| query.split('&')).collect();
        letters.chars().map(|letter| Atom::Resource { level, kind, letter, query: query.clone() }).collect()
    })
}

fn allows(granted: &Atom<'_>, needed: &Atom<'_>) -> bool {
    match (granted, needed) {
        (
            Atom::Resource { level, kind, letter, query },
            Atom::Resource { level: of, kind: one, letter: act, query: narrow },
        ) => level == of && (*kind == "*" || kind == one) && letter == act && query.is_subset(narrow),
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
    list.split_ascii_whitespace().any(|one| one == scope)
}

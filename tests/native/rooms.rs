//! Tests that read the sources: the imports between folders of `src`, and lists that have to be the same in Rust and JavaScript.

use crate::sources::{files_in, root, without_comments};
use smart_launch::error::Code;
use std::collections::BTreeSet;
use std::fs;

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The source files of a folder or file in `src`: paths, and texts without comments.
fn folder(path: &str) -> Vec<(String, String)> {
    let path = root().join("src").join(path);
    let files = if path.is_dir() { files_in(&path) } else { vec![path] };
    assert!(!files.is_empty());
    files
        .into_iter()
        .map(|file| (file.display().to_string(), without_comments(&fs::read_to_string(&file).unwrap())))
        .collect()
}

/// The words of a text that follow `before`.
fn words_after(text: &str, before: &str) -> BTreeSet<String> {
    text.split(before)
        // The piece before the first occurrence of `before`.
        .skip(1)
        .map(|rest| rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect())
        .collect()
}

/// Asserts that the files of a folder import only these folders and crates.
fn assert_reaches(path: &str, folders: &[&str], crates: &[&str]) {
    for (file, text) in folder(path).into_iter().filter(|(file, _)| file.ends_with(".rs")) {
        for reached in words_after(&text, "crate::") {
            assert!(reached == "no_drop" || folders.contains(&reached.as_str()), "{file} imports {reached}");
        }
        assert!(!text.contains("super::super::"), "{file} imports another folder by a path that hides it");
        for (number, line) in text.lines().enumerate() {
            let Some(import) = line.trim_start().trim_start_matches("pub ").strip_prefix("use ") else { continue };
            let first = import.split([':', ';', ' ']).next().unwrap_or_default();
            let is_own = ["crate", "super", "self"].contains(&first)
                || folder(path).iter().any(|(file, _)| file.ends_with(&format!("/{first}.rs")));
            assert!(is_own || crates.contains(&first), "{file}:{number} uses the crate {first}");
        }
    }
}

#[test]
fn protocol_imports_only_errors_and_itself() {
    assert_reaches("protocol", &["error", "protocol"], &["alloc", "core"]);
    for (file, text) in folder("protocol") {
        for word in ["async ", ".await", "Host", "std::", "unsafe", "#[cfg"] {
            assert!(!text.contains(word), "{file} must be pure, but contains {word}");
        }
    }
}

#[test]
fn host_imports_only_errors_and_protocol_values() {
    assert_reaches("host.rs", &["error", "protocol"], &["alloc", "core"]);
}

#[test]
fn flow_imports_only_host_protocol_errors_and_itself() {
    assert_reaches("flow", &["error", "host", "protocol", "flow"], &["alloc", "core"]);
}

#[test]
fn flow_has_no_names_of_protocol_parameters() {
    for (file, text) in folder("flow") {
        for literal in quoted(&text, '"') {
            assert!(
                !PROTOCOL_NAMES.iter().any(|word| literal.contains(word)),
                "{file} contains a protocol name: {literal}"
            );
        }
        for reading in ["Json::parse(", "percent_encode(", "decode(", "form::"] {
            assert!(!text.contains(reading), "{file} parses or builds a message: {reading}");
        }
    }
}

#[test]
fn web_imports_only_host_protocol_errors_and_itself() {
    assert_reaches("web", &["error", "host", "protocol", "web"], &["alloc", "core", "wasm_bindgen"]);
}

#[test]
fn web_has_no_oauth_terms() {
    let words = [
        "oauth",
        "token",
        "grant_type",
        "pkce",
        "verifier",
        "challenge",
        "client_id",
        "clientid",
        "redirect_uri",
        "scope",
        "bearer",
        // `authorization` alone is the name of an HTTP header.
        "authorization_",
        "authorizationendpoint",
        "launch_",
        "fhir",
        "patient",
        "sign_in",
        "sign-in",
        "issuer",
    ];
    for (file, text) in folder("web") {
        for word in words {
            assert!(!text.to_lowercase().contains(word), "{file} contains {word}");
        }
    }
}

#[test]
fn browser_folders_are_compiled_for_wasm_only() {
    let lib = read("src/lib.rs");
    for folder in ["js", "web"] {
        assert!(lib.contains(&format!("#[cfg(target_arch = \"wasm32\")]\npub mod {folder};")), "{folder}");
    }
}

/// The texts between quotes: every second piece, since the first piece is before a quote.
fn quoted(text: &str, quote: char) -> impl Iterator<Item = &str> {
    text.split(quote).skip(1).step_by(2)
}

/// The part of a text from `start` to the next `end`.
fn part<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let rest = text.split_once(start).unwrap_or_else(|| panic!("{start}")).1;
    rest.split_once(end).unwrap_or_else(|| panic!("{end}")).0
}

fn codes() -> Vec<String> {
    Code::ALL.iter().map(|code| code.as_str().into()).collect()
}

/// The codes of the crate, and those that only JavaScript has.
fn all_codes() -> BTreeSet<String> {
    let entry = [
        "aborted",
        "bundle_invalid",
        "too_many_pages",
        "crypto_unavailable",
        "wasm_unavailable",
        "sign_in_abandoned",
        "popup_blocked",
        "popup_closed",
        "worker_lost",
        "service_worker_unavailable",
    ];
    codes().into_iter().chain(entry.map(String::from)).collect()
}

/// The warnings that the crate adds.
fn warnings() -> BTreeSet<String> {
    let mut warnings = BTreeSet::new();
    for (_, text) in [folder("protocol"), folder("flow")].concat() {
        for before in [
            ".note(",
            ".add_even_if_strict(",
            ".warn(",
            "with_warning(",
            "add(tokens, ",
            "add(&mut request, ",
            "const MALFORMED: &str = ",
            "const ODD_ID: &str = ",
        ] {
            warnings.extend(words_after(&text, &format!("{before}\"")));
        }
    }
    assert!(warnings.contains("launch_context_malformed") && warnings.contains("storage_unavailable"));
    warnings
}

/// The names of an object literal's members.
fn names(object: &str) -> BTreeSet<String> {
    let lines = object.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    lines.filter_map(|line| line.trim().split_once(':')).map(|(name, _)| name.into()).collect()
}

#[test]
fn javascript_has_the_codes_in_their_order() {
    let list = read("pkg-template/src/error/codes.ts");
    assert_eq!(quoted(part(&list, "= [", "]"), '\'').collect::<Vec<_>>(), codes());
}

#[test]
fn every_code_and_warning_has_its_text() {
    let texts = without_comments(&read("pkg-template/src/error/texts.ts"));
    assert_eq!(names(part(&texts, "ERRORS = {", "\n}")), all_codes());
    assert_eq!(names(part(&texts, "WARNINGS = {", "\n}")), warnings());
}

#[test]
fn types_list_exactly_the_existing_codes() {
    let lists =
        [("smart-error-code", "SmartErrorCode", all_codes()), ("smart-warning", "SmartWarningCode", warnings())];
    for (file, name, expected) in lists {
        let types = without_comments(&read(&format!("pkg-template/src/error/{file}.ts")));
        let union = part(&types, &format!("export type {name} ="), ";");
        let named: Vec<String> = quoted(union, '\'').map(String::from).collect();
        assert_eq!(named.len(), expected.len(), "{name} has no duplicate");
        assert_eq!(named.into_iter().collect::<BTreeSet<_>>(), expected);
    }
}

/// Names and characters of requests and metadata. The names of the tokens are not among them, since sessions are stored with
/// them.
const PROTOCOL_NAMES: &[&str] = &[
    "grant_type",
    "authorization_code",
    "client_id",
    "redirect_uri",
    "code_verifier",
    "code_challenge",
    "response_type",
    "token_type",
    "expires_in",
    "_endpoint",
    "error_description",
    "Bearer",
    "http:",
    "https:",
    "=",
    "&",
    "?",
];

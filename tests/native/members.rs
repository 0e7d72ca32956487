//! The files of `flow` and `js` neither read nor write JSON members by name: those of `protocol` do that for them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &str) -> Vec<(String, String)> {
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder))
        .into_iter()
        .map(|file| (file.display().to_string(), without_comments(&fs::read_to_string(&file).unwrap())))
        .collect()
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let files = paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] });
    files.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.map(|line| line.split(" // ").next().unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// The string literals of a source that could be the name of a member.
fn names(text: &str) -> BTreeSet<&str> {
    let is_name =
        |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    text.split('"').skip(1).step_by(2).filter(is_name).collect()
}

#[test]
fn flow_and_js_use_no_name_of_a_member() {
    let protocol = sources("protocol");
    let known: BTreeSet<&str> = protocol.iter().flat_map(|(_, text)| names(text)).collect();
    assert!(["clientId", "access_token", "used", "expiresIn"].iter().all(|name| known.contains(name)));
    for (file, text) in [sources("flow"), sources("js")].concat() {
        for name in names(&text) {
            assert!(
                !known.contains(name),
                "{file} names `{name}`: a type of protocol has a method for it, or needs one"
            );
        }
    }
}

#[test]
fn flow_and_js_read_no_member_by_name() {
    for (file, text) in [sources("flow"), sources("js")].concat() {
        for call in
            ["at(\"", "text(\"", "set(\"", "set_text(\"", ".copy(", ".members(", "drop_mistyped_texts(", "lists(\""]
        {
            assert!(!text.contains(call), "{file} reads or writes a member by name: {call}");
        }
    }
}

//! No circular imports in any folder of the sources.

use crate::sources::{Graph, Sources, circles, javascript_imports, rust_imports, sources};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[test]
fn library_has_no_circle() {
    check_rust("src");
}

#[test]
fn commands_have_no_circle() {
    check_rust("xtask/src");
}

#[test]
fn demo_app_has_no_circle() {
    check_javascript("www/src", &["ts", "tsx"]);
}

#[test]
fn sandbox_has_no_circle() {
    check_javascript("www/sandbox", &["mjs", "ts"]);
}

#[test]
fn circle_of_javascript_files_is_found() {
    let files = texts(&[
        ("a/one.js", "import { two } from './two.js';"),
        ("a/two.js", "export const three = () => import(\"./b/three.js\");"),
        ("a/b/three.ts", "import type { One } from '../one';\nimport './four.js';"),
        ("a/b/four.ts", "export {} from 'one.js';\nimport './four.css';"),
    ]);
    assert_eq!(circles(&javascript_imports(&files)), circle_sets(&[&["a/one.js", "a/two.js", "a/b/three.ts"]]));
}

#[test]
fn circle_of_rust_files_is_found() {
    let files = texts(&[
        ("a/lib.rs", "pub mod one;\npub mod two;\npub mod three;"),
        ("a/one.rs", "mod part;\nuse crate::{\n    three::{self, Three},\n    two::Two,\n};"),
        ("a/one/part.rs", "use super::One;"),
        ("a/two.rs", "const FOUR: u8 = super::one::four();"),
        ("a/three.rs", "use crate::Four;\n// use crate::one;\n#[cfg(test)]\nmod tests {\n    use super::one;\n}"),
    ]);
    assert_eq!(circles(&rust_imports("a", &files)), circle_sets(&[&["a/one.rs", "a/two.rs"]]));
}

#[test]
fn connected_circles_are_found_separately() {
    let imports = [("a", vec!["b"]), ("b", vec!["a", "c"]), ("c", vec!["d"]), ("d", vec!["c", "e"]), ("e", vec![])];
    let graph: Graph =
        imports.into_iter().map(|(file, to)| (file.into(), to.into_iter().map(PathBuf::from).collect())).collect();
    assert_eq!(circles(&graph), circle_sets(&[&["a", "b"], &["c", "d"]]));
}

fn check_rust(folder: &str) {
    let files = sources(folder, &["rs"]);
    check(folder, &files, &rust_imports(folder, &files));
}

fn check_javascript(folder: &str, extensions: &[&str]) {
    let files = sources(folder, extensions);
    check(folder, &files, &javascript_imports(&files));
}

/// Prints the size of the folders, and asserts that there is no circle.
pub fn check(folder: &str, files: &Sources, imports: &Graph) {
    let folders: BTreeSet<&Path> = files.keys().filter_map(|file| file.parent()).collect();
    for folder in folders {
        let mut lengths: Vec<(usize, &Path)> = files
            .iter()
            .filter(|(file, _)| file.parent() == Some(folder))
            .map(|(file, text)| (text.lines().count(), file.as_path()))
            .collect();
        lengths.sort_unstable();
        let (median, (longest, file)) = (lengths[lengths.len() / 2].0, lengths[lengths.len() - 1]);
        println!(
            "{}: {} files, median {median} lines, longest {longest} ({})",
            folder.display(),
            lengths.len(),
            file.display()
        );
    }
    assert!(imports.values().any(|imported| !imported.is_empty()), "{folder}: its files import each other");
    let circles = circles(imports);
    assert!(circles.is_empty(), "{folder} has circles: {circles:#?}");
}

fn texts(files: &[(&str, &str)]) -> Sources {
    files.iter().map(|(file, text)| (file.into(), (*text).to_owned())).collect()
}

fn circle_sets(circles: &[&[&str]]) -> BTreeSet<BTreeSet<PathBuf>> {
    circles.iter().map(|circle| circle.iter().map(PathBuf::from).collect()).collect()
}

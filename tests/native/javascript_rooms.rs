//! Imports between the folders of pkg-template/src are those that its README.md permits.

use crate::circles::check;
use crate::sources::{javascript_imports, root, sources};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const PACKAGE: &str = "pkg-template/src";
const WEB: &str = "src/web";
/// The name used here for the entries, which may import every folder and are imported by none.
const ENTRIES: &str = "entries";

#[test]
fn imports_are_those_that_the_table_of_folders_permits() {
    let mut files = sources(PACKAGE, &["js", "ts"]);
    files.extend(sources(WEB, &["js"]));
    let imports = javascript_imports(&files);
    check(PACKAGE, &files, &imports);
    let folders = folders();
    let mut used: BTreeMap<&str, BTreeSet<&str>> =
        folders.iter().map(|folder| (folder.name.as_str(), [].into())).collect();
    for (file, imported) in &imports {
        let folder = folder_of(file);
        if folder == ENTRIES {
            continue;
        }
        let used = used.get_mut(folder).unwrap_or_else(|| panic!("{} is in no folder of the table", file.display()));
        used.extend(imported.iter().map(|imported| folder_of(imported)).filter(|other| *other != folder));
    }
    for (number, folder) in folders.iter().enumerate() {
        let below: Vec<&str> = folders[number + 1..].iter().map(|folder| folder.name.as_str()).collect();
        assert!(
            folder.may_import.iter().all(|other| below.contains(&other.as_str())),
            "{} may import upwards",
            folder.name
        );
        let permitted: BTreeSet<&str> = folder.may_import.iter().map(String::as_str).collect();
        assert_eq!(used[folder.name.as_str()], permitted, "imports of {}", folder.name);
    }
}

struct Folder {
    name: String,
    may_import: Vec<String>,
}

/// The rows of the table, except that of the entries.
fn folders() -> Vec<Folder> {
    let page = fs::read_to_string(root().join(PACKAGE).join("README.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| ")).skip(1);
    rows.filter_map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, name, _, may_import, _] = cells[..] else { panic!("a row has three cells: {row}") };
        if may_import == "all of them" {
            return None;
        }
        let may_import = may_import.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        Some(Folder { name: name.trim_matches('`').to_owned(), may_import })
    })
    .collect()
}

/// The folder that a file is in; [`ENTRIES`] for a file in none.
fn folder_of(file: &Path) -> &str {
    let Ok(path) = file.strip_prefix(PACKAGE) else { return "web" };
    path.parent().and_then(Path::to_str).filter(|folder| !folder.is_empty()).unwrap_or(ENTRIES)
}

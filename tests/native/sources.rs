//! The source files of a folder, their imports from each other, and the circles among them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Texts by their paths in the repository.
pub type Sources = BTreeMap<PathBuf, String>;

/// For each file the files that it imports.
pub type Graph = BTreeMap<PathBuf, BTreeSet<PathBuf>>;

/// The repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder, except installed and built ones.
pub fn files_in(directory: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let source_paths = paths.filter(|path| !["node_modules", "dist"].iter().any(|name| path.ends_with(name)));
    source_paths.flat_map(|path| if path.is_dir() { files_in(&path) } else { vec![path] }).collect()
}

/// The files of a folder of the repository with one of these extensions.
pub fn sources(folder: &str, extensions: &[&str]) -> Sources {
    let files = files_in(&root().join(folder)).into_iter().filter(|file| {
        let extension = file.extension().unwrap_or_default();
        extensions.iter().any(|wanted| extension == *wanted)
    });
    files.map(|file| (file.strip_prefix(root()).unwrap().to_owned(), fs::read_to_string(&file).unwrap())).collect()
}

pub fn without_comments(text: &str) -> String {
    let comment = |line: &&str| ["//", "/*", "*"].iter().any(|mark| line.trim_start().starts_with(mark));
    text.lines()
        .filter(|line| !comment(line))
        .map(|line| line.split(" // ").next().unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The relative imports among JavaScript and TypeScript files, including those of types in comments.
pub fn javascript_imports(sources: &Sources) -> Graph {
    let imports = |file: &Path, text: &str| {
        let starts = ["from ", "import ", "import("];
        let specifiers = starts.iter().flat_map(|start| text.split(start).skip(1)).filter_map(quoted);
        let relative = specifiers.filter(|specifier| specifier.starts_with('.'));
        relative.filter_map(|specifier| javascript_file(sources, file, specifier)).collect()
    };
    sources.iter().map(|(file, text)| (file.clone(), imports(file, text))).collect()
}

/// The text in quotes at the start of `text`.
fn quoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|first| ['\'', '"'].contains(first))?;
    text[1..].split(quote).next()
}

fn javascript_file(sources: &Sources, importer: &Path, specifier: &str) -> Option<PathBuf> {
    let path = normal(&importer.parent()?.join(specifier));
    let mut candidates = vec![path.clone(), path.join("index.ts")];
    for extension in ["ts", "tsx", "d.ts", "js", "mjs"] {
        candidates.push(PathBuf::from(format!("{}.{extension}", path.display())));
    }
    // TypeScript imports `name.ts` as `name.js`.
    if path.extension().is_some_and(|extension| extension == "js") {
        candidates.extend(["ts", "tsx", "d.ts"].map(|extension| path.with_extension(extension)));
    }
    candidates.into_iter().find(|candidate| sources.contains_key(candidate))
}

/// A path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

/// The imports among the Rust files of the crate in `folder`: paths that begin with `crate` or `super`.
///
/// A module may also use the submodules that it declares: those declarations are no imports.
pub fn rust_imports(folder: &str, sources: &Sources) -> Graph {
    let modules: BTreeMap<Vec<String>, &PathBuf> =
        sources.keys().map(|file| (module(file.strip_prefix(folder).unwrap()), file)).collect();
    let imports = |file: &PathBuf, text: &str| {
        let module = module(file.strip_prefix(folder).unwrap());
        // Unit tests are at the end of their file.
        let text = without_comments(text.split("#[cfg(test)]").next().unwrap_or_default());
        let mut imported = BTreeSet::new();
        for (start, base) in
            [("crate::", &[][..]), ("super::", module.split_last().map_or(&[][..], |(_, parent)| parent))]
        {
            for path in text.split(start).skip(1).flat_map(|rest| expanded(path_at(rest))) {
                let mut path = [base, &path.split("::").map(str::to_owned).collect::<Vec<_>>()].concat();
                while !modules.contains_key(&path) && !path.is_empty() {
                    path.pop();
                }
                imported.extend(modules.get(&path).filter(|used| **used != file).map(|used| (*used).clone()));
            }
        }
        imported
    };
    sources.iter().map(|(file, text)| (file.clone(), imports(file, text))).collect()
}

/// The names of the modules that lead to a file.
fn module(file: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        file.with_extension("").iter().map(|name| name.to_string_lossy().into_owned()).collect();
    names.pop_if(|name| ["lib", "main", "mod"].contains(&name.as_str()));
    names
}

/// The path, or the tree of paths in braces, at the start of `text`.
fn path_at(text: &str) -> &str {
    let mut depth = 0;
    let end = text.find(|letter: char| {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => return depth == 0 && !letter.is_alphanumeric() && !['_', ':'].contains(&letter),
        }
        depth < 0
    });
    &text[..end.unwrap_or(text.len())]
}

/// The paths of a tree: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expanded(tree: &str) -> Vec<String> {
    let Some((prefix, rest)) = tree.split_once('{') else { return vec![tree.trim().to_owned()] };
    let mut depth = 0;
    let inner = rest.trim_end().strip_suffix('}').unwrap_or(rest);
    let pieces = inner.split(|letter: char| {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        letter == ',' && depth == 0
    });
    pieces.flat_map(|piece| expanded(&format!("{}{}", prefix.trim(), piece.trim()))).collect()
}

/// The strongly connected components of more than one file: in each, every file imports every other, directly or indirectly.
pub fn circles(graph: &Graph) -> BTreeSet<BTreeSet<PathBuf>> {
    let reached: BTreeMap<&PathBuf, BTreeSet<&PathBuf>> = graph.keys().map(|file| (file, reach(graph, file))).collect();
    let circle = |file: &PathBuf| -> BTreeSet<PathBuf> {
        reached[file].iter().filter(|other| reached[**other].contains(file)).map(|other| (*other).clone()).collect()
    };
    graph.keys().map(circle).filter(|circle| !circle.is_empty()).collect()
}

/// The files that `file` imports, directly or indirectly.
fn reach<'a>(graph: &'a Graph, file: &PathBuf) -> BTreeSet<&'a PathBuf> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&PathBuf> = graph[file].iter().collect();
    while let Some(file) = next.pop() {
        if reached.insert(file) {
            next.extend(&graph[file]);
        }
    }
    reached
}

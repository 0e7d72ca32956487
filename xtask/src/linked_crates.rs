//! The crates whose code is in the WebAssembly modules.

use crate::run::{command, read, root};
use crate::symbols;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A crate whose code may be in a module.
pub struct Crate {
    /// Its name.
    pub name: String,
    /// Its version; for the Rust library, that of the toolchain.
    pub version: String,
    /// An SPDX expression.
    pub licence: String,
    /// Package URL.
    pub purl: String,
    /// The URL of its source.
    pub repository: Option<String>,
    /// SHA-256 of the registry's file; `None` for the Rust library, which comes with the toolchain.
    pub checksum: Option<String>,
    /// Package URLs of its dependencies.
    pub dependencies: Vec<String>,
    /// Files with its licence texts.
    pub texts: Vec<PathBuf>,
}

/// The crates linked into these modules, without our own: the crates that cargo builds for them, and the Rust library.
///
/// # Errors
/// If a module contains a function of any other crate, because that crate is missing from this list.
pub fn crates(modules: &[PathBuf]) -> Result<Vec<Crate>> {
    let mut crates = from_cargo()?;
    crates.extend(from_toolchain()?);
    for module in modules {
        for (name, function) in symbols::crates(&fs::read(module)?).context("the names in a module cannot be read")? {
            let is_named = crates.iter().any(|listed| listed.name.replace('-', "_") == name);
            if !is_named && !OWN.contains(&name.as_str()) {
                bail!(
                    "{} contains `{function}`, but xtask/src/linked_crates.rs does not list {name}",
                    module.display()
                );
            }
        }
    }
    Ok(crates)
}

/// Normal dependencies for the target, including transitive ones. Procedural macros and build scripts run only during
/// the build.
fn from_cargo() -> Result<Vec<Crate>> {
    let graph = Graph::read()?;
    let lock = fs::read_to_string(root().join("Cargo.lock"))?;
    let mut crates = BTreeMap::new();
    let mut pending = graph.dependencies(&graph.package("name", "smart-launch")?["id"])?;
    while let Some(package) = pending.pop() {
        let (name, version) = (text(package, "name")?, text(package, "version")?);
        let dependencies = graph.dependencies(&package["id"])?;
        let label = || format!("{name} {version}");
        let existing = crates.insert(
            label(),
            Crate {
                licence: text(package, "license").with_context(label)?.replace('/', " OR "),
                purl: purl(package)?,
                repository: package["repository"].as_str().map(str::to_owned),
                checksum: Some(checksum(&lock, &name, &version).with_context(label)?),
                dependencies: dependencies.iter().map(|dependency| purl(dependency)).collect::<Result<_>>()?,
                texts: licence_files(Path::new(&text(package, "manifest_path")?)).with_context(label)?,
                name: name.clone(),
                version: version.clone(),
            },
        );
        if existing.is_none() {
            pending.extend(dependencies);
        }
    }
    Ok(crates.into_values().collect())
}

/// The output of `cargo metadata`.
struct Graph(Value);

impl Graph {
    fn read() -> Result<Self> {
        let arguments = ["metadata", "--format-version=1", "--locked", "--filter-platform", "wasm32-unknown-unknown"];
        Ok(Self(serde_json::from_str(&read(command("cargo").args(arguments))?)?))
    }

    fn package(&self, member: &str, value: impl PartialEq<Value> + std::fmt::Debug) -> Result<&Value> {
        let packages = self.0["packages"].as_array().into_iter().flatten();
        packages.into_iter().find(|package| value == package[member]).with_context(|| format!("no package {value:?}"))
    }

    fn dependencies(&self, id: &Value) -> Result<Vec<&Value>> {
        let nodes = self.0["resolve"]["nodes"].as_array().into_iter().flatten();
        let node = nodes.into_iter().find(|node| node["id"] == *id).context("a crate is not resolved")?;
        let mut linked = Vec::new();
        for dependency in node["deps"].as_array().into_iter().flatten() {
            let is_normal =
                dependency["dep_kinds"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind["kind"].is_null()));
            let package = self.package("id", dependency["pkg"].clone())?;
            let is_macro = package["targets"][0]["kind"][0] == "proc-macro";
            if is_normal && !is_macro {
                linked.push(package);
            }
        }
        Ok(linked)
    }
}

fn purl(package: &Value) -> Result<String> {
    Ok(format!("pkg:cargo/{}@{}", text(package, "name")?, text(package, "version")?))
}

fn text(package: &Value, member: &str) -> Result<String> {
    package[member].as_str().map(str::to_owned).with_context(|| format!("no `{member}`"))
}

fn checksum(lock: &str, name: &str, version: &str) -> Result<String> {
    let start = format!("name = \"{name}\"\nversion = \"{version}\"\n");
    let entry = lock.split("[[package]]\n").find(|entry| entry.starts_with(&start)).context("not in Cargo.lock")?;
    let line = entry.lines().find_map(|line| line.strip_prefix("checksum = ")).context("Cargo.lock has no checksum")?;
    Ok(line.trim_matches('"').to_owned())
}

fn licence_files(manifest: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(manifest.parent().context("no directory")?)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
        if ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE"].iter().any(|start| name.starts_with(start)) {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        bail!("it has no file with its licence");
    }
    Ok(files)
}

/// The crates of the Rust library in a module without std.
fn from_toolchain() -> Result<Vec<Crate>> {
    let sysroot = PathBuf::from(read(command("rustc").args(["--print", "sysroot"]))?.trim());
    let version_text = read(command("rustc").arg("-vV"))?;
    let version =
        version_text.lines().find_map(|line| line.strip_prefix("release: ")).context("rustc names no release")?;
    let library = LIBRARY.iter().map(|(name, place, licence, texts)| {
        let texts = texts.iter().map(|text| sysroot.join(format!("share/doc/rust/licenses/{text}.txt"))).collect();
        Crate {
            name: (*name).to_owned(),
            version: version.to_owned(),
            licence: (*licence).to_owned(),
            purl: format!("pkg:github/rust-lang/rust@{version}#{place}"),
            repository: Some("https://github.com/rust-lang/rust".to_owned()),
            checksum: None,
            dependencies: Vec::new(),
            texts,
        }
    });
    Ok(library.collect())
}

/// Name, directory in Rust's repository, licence of its manifest and of its Unicode tables, and the licence texts.
const LIBRARY: [(&str, &str, &str, &[&str]); 3] = [
    ("alloc", "library/alloc", "MIT OR Apache-2.0", &["MIT", "Apache-2.0"]),
    (
        "compiler_builtins",
        "library/compiler-builtins",
        "MIT AND Apache-2.0 WITH LLVM-exception AND (MIT OR Apache-2.0)",
        &["MIT", "Apache-2.0", "LLVM-exception"],
    ),
    ("core", "library/core", "(MIT OR Apache-2.0) AND Unicode-3.0", &["MIT", "Apache-2.0", "Unicode-3.0"]),
];

/// Our own crates, and the names under which the compiler calls the allocator.
const OWN: [&str; 3] = ["smart_launch", "wasm_decoding", "__rustc"];

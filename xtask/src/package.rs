//! The npm package: WebAssembly modules, the entry files, types and texts, packed.

use crate::cache::{mirror, workplace};
use crate::run::{command, read, root, show};
use crate::wasm::{self, Way};
use crate::{bill, npm, tools};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What a build made.
pub struct Built {
    /// The package's directory.
    pub directory: PathBuf,
    /// The packed package.
    pub tarball: PathBuf,
    /// Its hash, as npm and its registry state it.
    pub integrity: String,
}

/// Builds and packs the package.
pub fn build() -> Result<Built> {
    tools::for_build()?;
    let work = workplace("package")?;
    let compiled = wasm::build(&work)?;
    let package = work.join("package");
    let dist = package.join("dist");
    let _ = fs::remove_dir_all(&package);
    fs::create_dir_all(&dist)?;
    bundle(&work, &dist)?;
    bill::write(&compiled, &version()?, &package)?;
    for (_, file) in wasm::PARTS {
        fs::copy(work.join(file), dist.join(file))?;
    }
    let declarations = [&["index", "slim"][..], &ENTRIES].concat().into_iter().map(|entry| {
        let file = format!("{entry}.d.ts");
        (format!("pkg-template/{file}"), format!("dist/{file}"))
    });
    let of_require = ("pkg-template/index.d.ts".to_owned(), "dist/index.d.cts".to_owned());
    let texts = [("pkg-template/LICENSE", "LICENSE"), ("CHANGELOG.md", "CHANGELOG.md")];
    for (from, to) in declarations.chain([of_require]).chain(texts.map(|(from, to)| (from.to_owned(), to.to_owned()))) {
        fs::copy(root().join(&from), package.join(to)).with_context(|| format!("{from} is missing"))?;
    }
    fs::write(package.join("README.md"), by_itself(&fs::read_to_string(root().join("pkg-template/README.md"))?))?;
    fs::write(package.join("package.json"), in_version("pkg-template/package.json")?)?;
    // npm packs the permissions of files, which are a habit of whoever builds.
    for entry in fs::read_dir(&package)?.chain(fs::read_dir(&dist)?) {
        let path = entry?.path();
        if path.is_file() {
            fs::set_permissions(path, Permissions::from_mode(0o644))?;
        }
    }
    let (tarball, integrity) = pack(&package, &work)?;
    Ok(Built { directory: package, tarball, integrity })
}

/// Packs a package's directory into another one: gives the tarball, and its hash as npm states it.
pub fn pack(package: &Path, destination: &Path) -> Result<(PathBuf, String)> {
    let packed =
        read(command("npm").args(["pack", "--json", "--pack-destination"]).arg(destination).current_dir(package))?;
    let packed: Value = serde_json::from_str(&packed)?;
    // npm 10 and 11 shape their answer differently.
    let packed = packed.get(0).or_else(|| packed.as_object()?.values().next()).context("npm packed nothing")?;
    let says = |member: &str| packed[member].as_str().with_context(|| format!("npm pack names no {member}"));
    Ok((destination.join(says("filename")?), says("integrity")?.to_owned()))
}

/// The README as it stands in the package, where what it links to in the repository is not: its words stay.
fn by_itself(readme: &str) -> String {
    let mut text = String::new();
    let mut rest = readme;
    while let Some((before, after)) = rest.split_once("](../") {
        let (before, label) = before.rsplit_once('[').unwrap_or((before, ""));
        text.extend([before, label]);
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    text + rest
}

/// Bundles the entries and each chunk that they import dynamically. One by one: split together, what they share would
/// become files of its own, each a request more. But the other entries import the first, which an app has anyway.
fn bundle(work: &Path, dist: &Path) -> Result<()> {
    let chunks = [&["engine"][..], &LATE].concat();
    for name in [&["index"][..], &ENTRIES, &chunks].concat() {
        let outside = if name == "index" { chunks.clone() } else { [&["index"][..], &chunks].concat() };
        // A service worker may be registered as a classic script.
        let format = if name == "form-post-worker" { "iife" } else { "esm" };
        let bundle = Bundle { name, of: name, format, way: Way::Text, outside: &outside };
        bundle.write(work, dist)?;
    }
    let whole = Bundle { name: "static", of: "index", format: "esm", way: Way::Text, outside: &[] };
    let wholes = [
        whole,
        Bundle { name: "index", format: "cjs", ..whole },
        Bundle { name: "workerd", way: Way::File, ..whole },
        Bundle { name: "edge-light", way: Way::EdgeFile, ..whole },
        Bundle { name: "slim", of: "slim", way: Way::Given, outside: &LATE, ..whole },
    ];
    wholes.iter().try_for_each(|bundle| bundle.write(work, dist))
}

/// A file of the package, by esbuild.
#[derive(Clone, Copy)]
struct Bundle<'a> {
    name: &'a str,
    /// Its source.
    of: &'a str,
    format: &'a str,
    way: Way,
    /// Files beside it that it imports.
    outside: &'a [&'a str],
}

impl Bundle<'_> {
    fn write(self, work: &Path, dist: &Path) -> Result<()> {
        let Self { name, of, format, way, outside } = self;
        let file = dist.join(format!("{name}.{}", if format == "cjs" { "cjs" } else { "js" }));
        let inputs = work.join("inputs.json");
        // Jest's jsdom keeps from tests what Node has.
        let banner = (format == "cjs").then(|| format!("--banner:js={PLATFORM}"));
        show(
            command(npm::program("esbuild")?)
                .arg(source(of))
                .args(["--bundle", "--target=es2022", "--minify", "--log-level=error"])
                .arg(format!("--format={format}"))
                .args(outside.iter().map(|file| format!("--external:./{file}.js")))
                .args(["--external:*.wasm", "--external:*.wasm?module"])
                // The app's: two copies of it do not work together.
                .arg("--external:react")
                .args(["--charset=ascii", "--legal-comments=none"])
                .args(banner)
                .args(wasm::aliases(work, way))
                .arg(format!("--metafile={}", inputs.display()))
                .arg(format!("--outfile={}", file.display())),
        )?;
        bill::expect_own_sources(&fs::read_to_string(&inputs)?, work)
    }
}

/// What the CommonJS entry takes from Node where the global object has none: no bundler is to look for it.
const PLATFORM: &str = "const smartLaunchNode = (name) => globalThis.process?.getBuiltinModule?.(`node:${name}`) ?? {};
const { TextDecoder, TextEncoder } = globalThis.TextDecoder ? globalThis : smartLaunchNode('util');
const crypto = globalThis.crypto?.subtle ? globalThis.crypto : smartLaunchNode('crypto').webcrypto;";

/// Where an entry or a chunk is written.
fn source(name: &str) -> PathBuf {
    let facade = root().join(format!("pkg-template/src/{name}.js"));
    if facade.exists() { facade } else { root().join(format!("src/web/{name}.js")) }
}

/// A manifest of the repository with the crate's version, otherwise letter by letter: of `exports` the order counts.
pub fn in_version(file: &str) -> Result<String> {
    let template = fs::read_to_string(root().join(file))?;
    let unset = r#""version": "0.0.0""#;
    if !template.contains(unset) {
        bail!("{file} does not have {unset}");
    }
    Ok(template.replace(unset, &format!(r#""version": "{}""#, version()?)))
}

fn version() -> Result<String> {
    let metadata = read(command("cargo").args(["metadata", "--format-version=1", "--no-deps"]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let packages = metadata["packages"].as_array().context("cargo metadata names no packages")?;
    let package =
        packages.iter().find(|package| package["name"] == "smart-launch").context("no package smart-launch")?;
    package["version"].as_str().map(str::to_owned).context("no version")
}

/// Copies sources into a place of their own in the cache, to be installed into and built there.
pub fn stage(from: &str, name: &str) -> Result<PathBuf> {
    let directory = workplace(name)?;
    mirror(&root().join(from), &directory)?;
    Ok(directory)
}

/// Entries beside the first.
const ENTRIES: [&str; 6] = ["isolated", "worker", "form-post", "form-post-worker", "react", "fhirclient"];

/// Chunks that a sign-in does not load.
pub const LATE: [&str; 8] =
    ["blocks-engine", "inquiries-engine", "lease", "metadata", "sign-out", "texts", "use", "windows"];

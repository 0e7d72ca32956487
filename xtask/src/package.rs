//! The npm package: WebAssembly modules, the entry files, types and documentation, packed.

use crate::cache::{mirror, work_directory};
use crate::run::{command, read, root, show};
use crate::wasm::{self, Delivery};
use crate::{npm, sbom, tools};
use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The result of a build.
pub struct Built {
    /// The package's directory.
    pub directory: PathBuf,
    /// The packed package.
    pub tarball: PathBuf,
    /// The tarball's hash, as npm and its registry state it.
    pub integrity: String,
}

/// Builds and packs the package.
pub fn build() -> Result<Built> {
    tools::for_build()?;
    let work = work_directory("package")?;
    let compiled = wasm::build(&work)?;
    let package = work.join("package");
    let dist = package.join("dist");
    let _ = fs::remove_dir_all(&package);
    fs::create_dir_all(&dist)?;
    bundle(&work, &dist)?;
    sbom::write(&compiled, &version()?, &package)?;
    for file in [wasm::FILE, wasm::CONFIDENTIAL_FILE] {
        fs::copy(work.join(file), dist.join(file))?;
    }
    write_declarations(&work, &dist)?;
    for (from, to) in [("pkg-template/LICENSE", "LICENSE"), ("CHANGELOG.md", "CHANGELOG.md")] {
        fs::copy(root().join(from), package.join(to)).with_context(|| format!("{from} is missing"))?;
    }
    copy_pages(&package)?;
    let manifest = manifest_with_version("pkg-template/package.json")?;
    write_entry_folders(&serde_json::from_str(&manifest)?, &package)?;
    fs::write(package.join("package.json"), manifest)?;
    set_permissions(&package)?;
    let (tarball, integrity) = pack(&package, &work)?;
    Ok(Built { directory: package, tarball, integrity })
}

/// Packs a package's directory into another directory. Returns the tarball, and its hash in npm's notation.
pub fn pack(package: &Path, destination: &Path) -> Result<(PathBuf, String)> {
    let output =
        read(command("npm").args(["pack", "--json", "--pack-destination"]).arg(destination).current_dir(package))?;
    let output: Value = serde_json::from_str(&output)?;
    // npm 10 and 11 format their output differently.
    let packed = output.get(0).or_else(|| output.as_object()?.values().next()).context("npm packed nothing")?;
    let text = |member: &str| packed[member].as_str().with_context(|| format!("npm pack names no {member}"));
    Ok((destination.join(text("filename")?), text("integrity")?.to_owned()))
}

/// Writes the declarations of the entries and of their imports: for `import`, and as CommonJS modules for `require`.
fn write_declarations(work: &Path, dist: &Path) -> Result<()> {
    let emitted = check_types(work)?;
    for name in [&["index", "slim"][..], &ENTRIES, &SCRIPTS[3..]].concat() {
        let text = fs::read_to_string(emitted.join(format!("{}.d.ts", source_of(name))))?;
        if SCRIPTS.contains(&name) {
            fs::write(dist.join(format!("{name}.d.ts")), text)?;
        } else {
            write_declaration_and_imports(&emitted, dist, Path::new(name), &text)?;
        }
    }
    Ok(())
}

/// Writes the declarations of a module, and those that they import.
fn write_declaration_and_imports(emitted: &Path, dist: &Path, module: &Path, text: &str) -> Result<()> {
    let directory = module.parent().unwrap_or(Path::new(""));
    let file = |extension: &str| dist.join(format!("{}.d.{extension}", module.display()));
    fs::create_dir_all(dist.join(directory))?;
    fs::write(file("ts"), text)?;
    // A CommonJS declaration imports CommonJS declarations. Angular has none.
    let mut common_js = text.replace(".js';", ".cjs';");
    for module in ["common/http", "core", "router"] {
        let import = format!(" from '@angular/{module}'");
        common_js =
            common_js.replace(&format!("{import};"), &format!("{import} with {{ 'resolution-mode': 'import' }};"));
    }
    fs::write(file("cts"), common_js)?;
    for import in text.split(" from '.").skip(1) {
        let path = import.split_once(".js'").context("an import has no extension")?.0;
        let mut imported_module = directory.to_owned();
        for part in path.trim_start_matches('/').split('/') {
            if part == "." {
                imported_module.pop();
            } else {
                imported_module.push(part);
            }
        }
        if !dist.join(format!("{}.d.ts", imported_module.display())).exists() {
            let text = fs::read_to_string(emitted.join(format!("{}.d.ts", imported_module.display())))?;
            write_declaration_and_imports(emitted, dist, &imported_module, &text)?;
        }
    }
    Ok(())
}

/// Checks the types of the sources, and returns the directory of their declarations.
pub fn check_types(work: &Path) -> Result<PathBuf> {
    let emitted = work.join("declarations");
    let _ = fs::remove_dir_all(&emitted);
    let settings = work.join("tsconfig.json");
    let sources = root().join("pkg-template");
    // Installed outside the repository.
    let modules = npm::tools()?.join("node_modules");
    let settings_text = json!({
        "extends": sources.join("tsconfig.json"),
        "compilerOptions": {
            "declaration": true,
            "emitDeclarationOnly": true,
            "rootDir": root(),
            "outDir": emitted,
            "paths": {
                "@angular/*": [modules.join("@angular/*")],
                "@angular/common/http": [modules.join("@angular/common/types/http.d.ts")],
                "react": [modules.join("@types/react")],
                "rxjs": [modules.join("rxjs")],
                "svelte/store": [modules.join("svelte/types/index.d.ts")],
                "vue": [modules.join("vue")],
            },
        },
        "include": [sources.join("src")],
    });
    fs::write(&settings, settings_text.to_string())?;
    show(command(npm::program("tsc")?).arg("--project").arg(&settings))?;
    Ok(emitted.join("pkg-template/src"))
}

/// Writes a folder for each entry except the main one, for tools that do not read `exports`: Jest before version 28,
/// webpack before version 5, TypeScript with `moduleResolution: "node"`.
fn write_entry_folders(manifest: &Value, package: &Path) -> Result<()> {
    for (path, entry) in manifest["exports"].as_object().context("the manifest has no exports")? {
        let (Some(name), Some(types)) =
            (path.strip_prefix("./"), entry["types"].as_str().or(entry["import"]["types"].as_str()))
        else {
            continue;
        };
        let file = |condition: &Value| condition.as_str().or(condition["default"].as_str()).map(relative_to_folder);
        let main = file(&entry["require"]).or_else(|| file(entry)).with_context(|| format!("{path} has no file"))?;
        let older = package.join(format!("dist/es2019/{name}.js"));
        let module = older.exists().then(|| format!("../dist/es2019/{name}.js"));
        let folder = package.join(name);
        fs::create_dir_all(&folder)?;
        let manifest = json!({ "private": true, "main": main, "module": module, "types": relative_to_folder(types) });
        fs::write(folder.join("package.json"), format!("{}\n", serde_json::to_string_pretty(&manifest)?))?;
    }
    Ok(())
}

/// Converts a path of the package to a path relative to one of its folders.
fn relative_to_folder(path: &str) -> String {
    path.replacen("./", "../", 1)
}

/// Copies the README and the pages of the docs that it links to.
fn copy_pages(package: &Path) -> Result<()> {
    fs::create_dir_all(package.join("docs"))?;
    let readme = fs::read_to_string(root().join("pkg-template/README.md"))?.replace("](../docs/", "](docs/");
    fs::write(package.join("README.md"), without_repository_links(&readme))?;
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join("docs"))? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    // Pages that the README does not link to are about the repository.
    let (packed, not_packed): (Vec<_>, Vec<_>) =
        names.into_iter().partition(|name| readme.contains(&format!("](docs/{name})")));
    for name in packed {
        let page =
            fs::read_to_string(root().join("docs").join(&name))?.replace("](../pkg-template/README.md", "](<readme>");
        let page = not_packed.iter().fold(page, |page, name| without_links(&page, &format!("]({name}")));
        fs::write(
            package.join("docs").join(name),
            without_repository_links(&page).replace("](<readme>", "](../README.md"),
        )?;
    }
    Ok(())
}

/// Replaces links to files that are only in the repository by their text.
fn without_repository_links(page: &str) -> String {
    without_links(page, "](../")
}

/// Replaces links whose target begins like this by their text.
fn without_links(page: &str, target: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once(target) {
        let (before, label) = before.rsplit_once('[').unwrap_or((before, ""));
        text.extend([before, label]);
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    text + rest
}

/// Sets the permissions of all files, because npm packs them, and the umask of the build machine would change them.
fn set_permissions(directory: &Path) -> Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            set_permissions(&path)?;
        } else {
            fs::set_permissions(path, Permissions::from_mode(0o644))?;
        }
    }
    Ok(())
}

/// Bundles the entries and each chunk that they import dynamically, each separately: code splitting would put shared
/// code into additional files, and each would be another request. Other entries import the main one, which an app loads
/// anyway.
fn bundle(work: &Path, dist: &Path) -> Result<()> {
    let chunks = [&["engine"][..], &LATE].concat();
    let older = dist.join("es2019");
    fs::create_dir_all(&older)?;
    let mut bundles = Vec::new();
    for name in [&["index"][..], &ENTRIES, &chunks].concat() {
        let external = if name == "index" { chunks.clone() } else { [&["index"][..], &chunks].concat() };
        // A service worker may be registered as a classic script.
        let format = if name == "form-post-worker" { "iife" } else { "esm" };
        let bundle = Bundle {
            name,
            source_name: name,
            format,
            target: "es2022",
            delivery: Delivery::Parts,
            external: &external,
        };
        bundles.push(bundle.as_json(work, dist));
        bundles.push(Bundle { target: "es2019", ..bundle }.as_json(work, &older));
    }
    let whole = Bundle {
        name: "static",
        source_name: "index",
        format: "esm",
        target: "es2022",
        delivery: Delivery::Text,
        external: &[],
    };
    bundles.push(Bundle { target: "es2019", ..whole }.as_json(work, &older));
    let wholes = [
        whole,
        Bundle { name: "index", format: "cjs", ..whole },
        Bundle { name: "workerd", delivery: Delivery::File, ..whole },
        Bundle { name: "edge-light", delivery: Delivery::EdgeFile, ..whole },
        Bundle { name: "slim", source_name: "slim", delivery: Delivery::ByApp, external: &LATE, ..whole },
        Bundle { name: "slim", source_name: "slim", format: "cjs", delivery: Delivery::ByApp, ..whole },
        Bundle {
            name: "fhirclient-script",
            source_name: "fhirclient-script",
            format: "iife",
            target: "es2019",
            ..whole
        },
        Bundle {
            name: "confidential-workerd",
            source_name: "confidential",
            delivery: Delivery::File,
            external: &["workerd"],
            ..whole
        },
        Bundle {
            name: "confidential-edge",
            source_name: "confidential",
            delivery: Delivery::EdgeFile,
            external: &["edge-light"],
            ..whole
        },
        Bundle {
            name: "registration-workerd",
            source_name: "registration",
            delivery: Delivery::File,
            external: &["workerd"],
            ..whole
        },
        Bundle {
            name: "registration-edge",
            source_name: "registration",
            delivery: Delivery::EdgeFile,
            external: &["edge-light"],
            ..whole
        },
        Bundle {
            name: "server-workerd",
            source_name: "server",
            delivery: Delivery::File,
            external: &["workerd"],
            ..whole
        },
        Bundle {
            name: "server-edge",
            source_name: "server",
            delivery: Delivery::EdgeFile,
            external: &["edge-light"],
            ..whole
        },
    ];
    bundles.extend(wholes.iter().map(|bundle| bundle.as_json(work, dist)));
    let external = [&["index", "doctor"][..], &chunks].concat();
    for name in PROGRAM {
        let program = Bundle {
            name,
            source_name: name,
            format: "esm",
            target: "es2022",
            delivery: Delivery::Parts,
            external: &external,
        };
        bundles.push(program.as_json(work, dist));
    }
    for name in ENTRIES.iter().filter(|name| !SCRIPTS.contains(name)) {
        bundles
            .push(Bundle { name, source_name: name, format: "cjs", external: &["index"], ..whole }.as_json(work, dist));
    }
    let list = work.join("bundles.json");
    fs::write(&list, Value::from(bundles).to_string())?;
    let inputs = read(
        command("node")
            .arg(root().join("xtask/tools/bundle.mjs"))
            .arg(&list)
            .env("NODE_PATH", npm::tools()?.join("node_modules")),
    )?;
    sbom::expect_own_sources(&inputs, work)
}

/// A file of the package, built by esbuild.
#[derive(Clone, Copy)]
struct Bundle<'a> {
    name: &'a str,
    /// The name of the file whose source is bundled.
    source_name: &'a str,
    format: &'a str,
    /// The newest version of JavaScript that it may use.
    target: &'a str,
    delivery: Delivery,
    /// Other files of the package that it imports.
    external: &'a [&'a str],
}

impl Bundle<'_> {
    /// The bundle in the format of xtask/tools/bundle.mjs.
    fn as_json(&self, work: &Path, dist: &Path) -> Value {
        let Self { name, source_name, format, target, delivery, external } = *self;
        let extension = if format == "cjs" { "cjs" } else { "js" };
        // Jest's jsdom hides some of Node's globals from tests. React's entry needs none of them, and its directive
        // must come first.
        let banner = if format == "cjs" && name != "react" { NODE_GLOBALS } else { "" };
        let mut imports = Map::new();
        for name in external.iter().filter(|name| **name != source_name) {
            let main = if MAIN_ENTRIES.contains(name) { &"index" } else { name };
            let shared = SHARED.iter().filter(|(file, _)| file == main).map(|(_, source)| *source);
            for source in shared.chain([source_of(name)]) {
                imports.insert(source_path(source, work), format!("./{name}.{extension}").into());
            }
        }
        json!({
            "source": source(source_name, work),
            "file": dist.join(format!("{name}.{extension}")),
            "format": format,
            "target": target,
            "banner": banner,
            "external": imports,
            "alias": wasm::aliases(work, delivery),
            "lineLimit": if SERVER_SIDE.contains(&source_name) { LINE_LIMIT } else { 0 },
        })
    }
}

/// Entries for programs on servers. They have short lines, because Node prints the line that threw an uncaught error; the size of
/// the file matters less there.
const SERVER_SIDE: [&str; 3] = ["confidential", "registration", "server"];
const LINE_LIMIT: u32 = 160;

/// Gets the globals for the CommonJS entries from Node if the global object lacks them, without an import that bundlers would
/// resolve.
const NODE_GLOBALS: &str =
    "const smartLaunchNode = (name) => globalThis.process?.getBuiltinModule?.(`node:${name}`) ?? {};
const { TextDecoder, TextEncoder } = globalThis.TextDecoder ? globalThis : smartLaunchNode('util');
const crypto = globalThis.crypto?.subtle ? globalThis.crypto : smartLaunchNode('crypto').webcrypto;";

/// The source of an entry or a chunk.
fn source(name: &str, work: &Path) -> PathBuf {
    let path = source_path(source_of(name), work);
    let typed = PathBuf::from(format!("{path}.ts"));
    if typed.exists() { typed } else { PathBuf::from(format!("{path}.js")) }
}

/// The path of a source in the package's sources, without extension.
fn source_of(name: &str) -> &str {
    SOURCES.iter().find(|(file, _)| *file == name).map_or(name, |(_, source)| source)
}

fn source_path(source: &str, work: &Path) -> String {
    let directory = if wasm::CHUNKS.contains(&source) {
        work.to_owned()
    } else if source.starts_with("web/") {
        root().join("src")
    } else {
        root().join("pkg-template/src")
    };
    directory.join(source).display().to_string()
}

/// A manifest of the repository with the crate's version, otherwise unchanged, because the order of `exports` matters.
pub fn manifest_with_version(file: &str) -> Result<String> {
    let template = fs::read_to_string(root().join(file))?;
    let placeholder = r#""version": "0.0.0""#;
    if !template.contains(placeholder) {
        bail!("{file} does not have {placeholder}");
    }
    Ok(template.replace(placeholder, &format!(r#""version": "{}""#, version()?)))
}

fn version() -> Result<String> {
    let metadata = read(command("cargo").args(["metadata", "--format-version=1", "--no-deps"]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let packages = metadata["packages"].as_array().context("cargo metadata names no packages")?;
    let package =
        packages.iter().find(|package| package["name"] == "smart-launch").context("no package smart-launch")?;
    package["version"].as_str().map(str::to_owned).context("no version")
}

/// Copies sources into a separate directory in the cache, to install dependencies and build there.
pub fn stage(from: &str, name: &str) -> Result<PathBuf> {
    let directory = work_directory(name)?;
    mirror(&root().join(from), &directory)?;
    Ok(directory)
}

/// Entries without the code of the main one. The entries with it are `index`, `slim`, `static` and `fhirclient-script`.
const ENTRIES: [&str; 26] = [
    "angular",
    "app-state",
    "brands",
    "isolated",
    "worker",
    "dpop-worker",
    "form-post",
    "form-post-worker",
    "messages",
    "messages-de",
    "messages-es",
    "messages-fr",
    "react",
    "fhirclient",
    "confidential",
    "dpop",
    "registration",
    "server",
    "server-postgres",
    "server-redis",
    "server-session",
    "style",
    "svelte",
    "testing",
    "vite",
    "vue",
];

/// Entries that are run rather than imported.
const SCRIPTS: [&str; 4] = ["worker", "dpop-worker", "form-post-worker", "fhirclient-script"];

/// The program `smart-launch`, and its command.
const PROGRAM: [&str; 2] = ["cli", "doctor"];

/// Chunks that are loaded on demand.
pub const LATE: [&str; 14] = [
    "blocks-engine",
    CONFIDENTIAL,
    "dpop-engine",
    "fhir-calls",
    "idle-timeout",
    "inquiries-engine",
    "lease",
    "metadata",
    "push-engine",
    "session",
    "session-engine",
    "sign-out",
    "texts",
    "windows",
];

/// The chunk of confidential clients.
const CONFIDENTIAL: &str = "confidential-engine";

/// Files with the same exports as the main entry.
const MAIN_ENTRIES: [&str; 3] = ["index", "workerd", "edge-light"];

/// The sources of files whose names differ from their sources. `web` is src/web, the build writes `wasm::CHUNKS`, all
/// others are in pkg-template/src.
const SOURCES: [(&str, &str); 14] = [
    (CONFIDENTIAL, "engine/confidential-engine"),
    ("doctor", "doctor/doctor"),
    ("dpop-engine", "engine/dpop-engine"),
    ("engine", "client/engine"),
    ("fhir-calls", "session/create-fhir-calls"),
    ("form-post-worker", "form-post/worker"),
    ("idle-timeout", "session/idle-timeout"),
    ("lease", "web/lease"),
    ("metadata", "server/metadata"),
    ("session", "session/calls"),
    ("sign-out", "session/sign-out"),
    ("texts", "error/texts"),
    ("windows", "client/windows"),
    ("worker", "isolated/worker"),
];

/// Files, each with a source that only this file contains. The other files import the source from it, above all the error class.
const SHARED: [(&str, &str); 4] = [
    ("index", "blocks/blocks"),
    ("index", "client/create-client"),
    ("index", "error/smart-error"),
    ("engine", "engine/engine"),
];

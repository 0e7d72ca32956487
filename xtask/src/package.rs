//! The npm package: three WebAssembly modules, their glue, the entry files, types and texts, packed.

use crate::cache::{mirror, workplace};
use crate::run::{command, read, root, show};
use crate::{npm, tools};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// What a build made.
pub struct Built {
    /// The package's directory.
    pub directory: PathBuf,
    /// The packed package.
    pub tarball: PathBuf,
}

/// Builds and packs the package.
pub fn build() -> Result<Built> {
    tools::for_build()?;
    let work = workplace("package")?;
    let mut aliases = Vec::new();
    for part in ["client", "blocks", "inquiries"] {
        let generated = work.join(format!("{part}.js"));
        fs::write(&generated, module(part, &work)?)?;
        aliases.push(format!("--alias:smart-launch-{part}-wasm={}", generated.display()));
    }
    let package = work.join("package");
    let _ = fs::remove_dir_all(&package);
    fs::create_dir_all(package.join("dist"))?;
    bundle(&aliases, &package.join("dist"))?;
    let declarations = [&["index"][..], &ENTRIES].concat().into_iter().map(|entry| {
        let file = format!("{entry}.d.ts");
        (format!("pkg-template/{file}"), format!("dist/{file}"))
    });
    let texts = [
        ("pkg-template/README.md", "README.md"),
        ("pkg-template/LICENSE", "LICENSE"),
        ("CHANGELOG.md", "CHANGELOG.md"),
    ];
    for (from, to) in declarations.chain(texts.map(|(from, to)| (from.to_owned(), to.to_owned()))) {
        fs::copy(root().join(&from), package.join(to)).with_context(|| format!("{from} is missing"))?;
    }
    fs::write(package.join("package.json"), manifest()?)?;
    let packed = read(command("npm").args(["pack", "--json", "--pack-destination"]).arg(&work).current_dir(&package))?;
    let packed: Value = serde_json::from_str(&packed)?;
    let name = file_name(&packed).context("npm pack named no file")?;
    Ok(Built { directory: package, tarball: work.join(name) })
}

/// npm 10 and 11 shape their answer differently.
fn file_name(packed: &Value) -> Option<&str> {
    let first = packed.get(0).or_else(|| packed.as_object()?.values().next())?;
    first.get("filename")?.as_str()
}

/// One part of the crate as a JavaScript module: `bytes()` and `createGlue()`.
fn module(part: &str, work: &Path) -> Result<String> {
    let wasm = compile(part, work)?;
    let directory = work.join(part);
    let _ = fs::remove_dir_all(&directory);
    show(
        command(tools::WASM_BINDGEN.directory()?.join("wasm-bindgen"))
            .args(["--target", "bundler", "--no-typescript", "--out-name", "module", "--out-dir"])
            .arg(&directory)
            .arg(&wasm),
    )?;
    let optimised = directory.join("optimised.wasm");
    // The hashed names of imports and exports become one letter each; the glue is told below. Low memory is the far end
    // of the stack, where no sum of a pointer and an offset wraps to: sums fold into the loads (100 bytes).
    let names = read(
        command(npm::program("wasm-opt")?)
            .args(["--low-memory-unused", "-ocimfs", "300", "-Oz", "--flatten", "--rereloop", "-Oz", "-Oz"])
            .args(["--strip-producers", "--strip-target-features"])
            .arg("--minify-imports-and-exports-and-modules")
            .arg(directory.join("module_bg.wasm"))
            .arg("-o")
            .arg(&optimised),
    )?;
    let names: Value = serde_json::from_str(&names).context("wasm-opt printed no names")?;
    let glue = fs::read_to_string(directory.join("module_bg.js"))?;
    Ok(format!("{}\n{}", bytes(&fs::read(&optimised)?), create_glue(&glue, &names)?))
}

/// Compiles the crate as a cdylib with one part of its door.
fn compile(part: &str, work: &Path) -> Result<PathBuf> {
    let target = work.join("target").join(part);
    let flags = [
        format!(r#"--cfg smart_launch_package="{part}""#),
        // Addresses of one byte less than behind the usual megabyte; recursion here is bounded far below this.
        "-Clink-arg=-zstack-size=65536".to_owned(),
        // The data below it, where addresses are a byte shorter still (130 bytes).
        "-Clink-arg=--no-stack-first".to_owned(),
    ];
    show(
        command("cargo")
            .args(["rustc", "--quiet", "--lib", "--crate-type", "cdylib", "--release"])
            .args(["--target", "wasm32-unknown-unknown", "--target-dir"])
            .arg(&target)
            .env("RUSTFLAGS", flags.join(" ")),
    )?;
    Ok(target.join("wasm32-unknown-unknown/release/smart_launch.wasm"))
}

/// The module's bytes as a JavaScript string: one printable character for a byte below 88, two for any other.
///
/// 3 % over the bare file behind brotli and 1 % behind gzip, where base64 of deflate costs 15 % and 1 %; and it needs no
/// asynchronous decompression. Two characters of ASCII are left out: `"` and `\`, which a string would escape.
fn bytes(wasm: &[u8]) -> String {
    let mut text = String::new();
    let mut push = |value: u8| text.push(char::from(value + if value < 57 { 35 } else { 36 }));
    for byte in wasm {
        if *byte >= SINGLE {
            push(SINGLE + byte / SINGLE - 1);
        }
        push(byte % SINGLE);
    }
    format!(
        r#"const text = "{text}";
const value = (at) => text.charCodeAt(at) - (text.charCodeAt(at) < 92 ? 35 : 36);
export function bytes() {{
  const bytes = new Uint8Array({length});
  for (let at = 0, index = 0; at < text.length; at++) {{
    let byte = value(at);
    if (byte >= {SINGLE}) byte = (byte - {SINGLE} + 1) * {SINGLE} + value(++at);
    bytes[index++] = byte;
  }}
  return bytes;
}}"#,
        length = wasm.len(),
    )
}

/// The glue as a function, so that a module started anew gets glue anew.
///
/// Not what wasm-bindgen writes, which is for every type there is and 0.7 KB larger: texts alone cross here, by its
/// convention (address and length; `malloc` for those that come in). What it wrote is read for what the module needs.
fn create_glue(glue: &str, names: &Value) -> Result<String> {
    let pairs = |kind: &str, from: usize| -> Result<Vec<(String, String)>> {
        let list = names[kind].as_array().with_context(|| format!("wasm-opt named no {kind}"))?;
        let text = |value: &Value| value.as_str().map(str::to_owned).context("a name is not text");
        list.iter().map(|entry| Ok((text(&entry[from])?, text(&entry[from + 1])?))).collect()
    };
    let exports = pairs("exports", 0)?;
    let export = |name: &str| -> Result<&str> {
        let found = exports.iter().find(|(long, _)| long == name);
        Ok(&found.with_context(|| format!("the module exports no {name}"))?.1)
    };
    let mut imports = Vec::new();
    for (long, short) in pairs("imports", 1)? {
        let glue = [
            ("__wbg_effect_", EFFECT),
            ("__wbg___wbindgen_throw_", THROW),
            ("__wbindgen_init_externref_table", "() => {}"),
        ];
        let (_, glue) = glue
            .into_iter()
            .find(|(name, _)| long.starts_with(name))
            .with_context(|| format!("the module imports {long}, which nobody knows"))?;
        imports.push(format!("{short}: {glue}"));
    }
    let calls = [("run", 1), ("block", 2), ("ask", 1)];
    let (name, arguments) = calls
        .into_iter()
        .find(|(name, _)| glue.contains(&format!("export function {name}(")))
        .context("the module has no call that is known")?;
    let taken: Vec<String> = (0..arguments).map(|number| format!("ptr{number}, len{number}")).collect();
    if !glue.contains(&format!("const ret = wasm.{name}({});", taken.join(", "))) || glue.contains("takeObject") {
        bail!("wasm-bindgen's glue for {name} is not what is expected");
    }
    Ok(format!(
        "export function createGlue() {{
  let wasm;
  let env;
  const read = (at, length) =>
    new TextDecoder('utf-8', {{ ignoreBOM: true }}).decode(new Uint8Array(wasm.memory.buffer, at >>> 0, length));
  const write = (text) => {{
    const bytes = new TextEncoder().encode(text);
    const at = wasm.{malloc}(bytes.length, 1) >>> 0;
    new Uint8Array(wasm.memory.buffer).set(bytes, at);
    return [at, bytes.length];
  }};
  return {{
    imports: {{ a: {{ {imports} }} }},
    start(exports) {{
      wasm = {{ ...exports, memory: exports.{memory} }};
      wasm.{start}();
    }},
    enter: (entered) => (env = entered),
    call(...texts) {{
      try {{
        return read(...wasm.{function}(...texts.flatMap(write)));
      }} finally {{
        wasm.{wipe}();
      }}
    }},
  }};
}}",
        imports = imports.join(", "),
        malloc = export("__wbindgen_malloc")?,
        memory = export("memory")?,
        start = export("__wbindgen_start")?,
        function = export(name)?,
        wipe = export("wipe")?,
    ))
}

/// Gives six texts and takes one, or none, to where the module wants address and length.
const EFFECT: &str = "(out, ...parts) => {
  const texts = [0, 2, 4, 6, 8, 10].map((at) => read(parts[at], parts[at + 1]));
  const given = env.effect(...texts);
  const [at, length] = given === undefined ? [0, 0] : write(given);
  new Uint32Array(wasm.memory.buffer, out >>> 0, 2).set([at, length]);
}";
const THROW: &str = "(at, length) => {
  throw new Error(read(at, length));
}";

/// Bundles the entries and each chunk that they import dynamically. One by one: split together, what they share would
/// become files of its own, each a request more. But the other entries import the first, which an app has anyway.
fn bundle(aliases: &[String], dist: &Path) -> Result<()> {
    let chunks = [&["engine"][..], &LATE].concat();
    for entry in [&["index"][..], &ENTRIES, &chunks].concat() {
        let outside = if entry == "index" { chunks.clone() } else { [&["index"][..], &chunks].concat() };
        // A service worker may be registered as a classic script.
        let format = if entry == "form-post-worker" { "--format=iife" } else { "--format=esm" };
        show(
            command(npm::program("esbuild")?)
                .arg(source(entry))
                .args(["--bundle", format, "--target=es2022", "--minify", "--log-level=error"])
                .args(outside.iter().map(|file| format!("--external:./{file}.js")))
                .args(["--charset=ascii", "--legal-comments=none"])
                .args(aliases)
                .arg(format!("--outdir={}", dist.display())),
        )?;
    }
    Ok(())
}

/// Where an entry or a chunk is written.
fn source(name: &str) -> PathBuf {
    let facade = root().join(format!("pkg-template/src/{name}.js"));
    if facade.exists() { facade } else { root().join(format!("src/web/{name}.js")) }
}

/// The template's manifest with the crate's version, otherwise letter by letter: of `exports` the order counts.
fn manifest() -> Result<String> {
    let template = fs::read_to_string(root().join("pkg-template/package.json"))?;
    let unset = r#""version": "0.0.0""#;
    if !template.contains(unset) {
        bail!("pkg-template/package.json does not have {unset}");
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
const ENTRIES: [&str; 4] = ["isolated", "worker", "form-post", "form-post-worker"];

/// Chunks that a sign-in does not load.
pub const LATE: [&str; 7] = ["blocks-engine", "inquiries-engine", "lease", "metadata", "sign-out", "texts", "windows"];

/// Bytes that one character stands for.
const SINGLE: u8 = 84;

//! The crate as WebAssembly modules, and what JavaScript needs to start them.

use crate::run::{command, read, root, show};
use crate::wasm_decoding::unpack;
use crate::wasm_encoding::pack;
use crate::{npm, tools};
use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// What of the crate is a module of its own, and the name of its file.
pub const PARTS: [(&str, &str); 3] = [
    ("client", "smart-launch.wasm"),
    ("blocks", "smart-launch-blocks.wasm"),
    ("inquiries", "smart-launch-inquiries.wasm"),
];

/// How a module reaches the platform.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// As text inside the JavaScript.
    Text,
    /// As a file that the platform compiles before: workerd.
    File,
    /// The same, asked for as Vercel's edge has it.
    EdgeFile,
    /// The client's by the app; the others as text.
    Given,
}

/// Builds the modules: `work` then has each as a file, and as JavaScript for each way. Gives them as the compiler made them,
/// with the names of their functions.
pub fn build(work: &Path) -> Result<Vec<PathBuf>> {
    fs::write(work.join("unpack.js"), unpacker(work)?)?;
    let mut modules = Vec::new();
    for (part, file) in PARTS {
        let compiled = compile(part, work)?;
        let (wasm, glue) = module(part, &compiled, work)?;
        fs::write(work.join(file), [&wasm[..], &section(&id(&wasm))].concat())?;
        for way in [Way::Text, Way::File, Way::EdgeFile, Way::Given] {
            fs::write(generated(work, part, way), format!("{}\n{glue}", instantiate(way, part, file, &wasm)?))?;
        }
        modules.push(compiled);
    }
    Ok(modules)
}

/// For esbuild: what the sources mean by the parts' modules.
pub fn aliases(work: &Path, way: Way) -> Map<String, Value> {
    let alias = |part| (format!("smart-launch-{part}-wasm"), generated(work, part, way).display().to_string().into());
    PARTS.map(|(part, _)| alias(part)).into_iter().collect()
}

fn generated(work: &Path, part: &str, way: Way) -> PathBuf {
    let suffix = match way {
        Way::Text => "text",
        Way::File => "file",
        Way::EdgeFile => "edge",
        Way::Given => "given",
    };
    work.join(format!("{part}.{suffix}.js"))
}

/// JavaScript that starts a module: `instantiate(imports)`.
fn instantiate(way: Way, part: &str, file: &str, wasm: &[u8]) -> Result<String> {
    let from_file = |query| {
        format!(
            "import module from './{file}{query}';
export const instantiate = (imports) => WebAssembly.instantiate(module, imports);"
        )
    };
    Ok(match way {
        Way::File => from_file(""),
        Way::EdgeFile => from_file("?module"),
        Way::Given if part == "client" => {
            let given = root().join("pkg-template/src/engine/wasm-source.ts");
            format!(
                "import {{ instantiate as given }} from '{}';
export const instantiate = (imports) => given(imports, '{}');",
                given.display(),
                id(wasm)
            )
        }
        _ => format!(
            r#"import {{ unpack }} from './unpack.js';
const text = "{}";
export const instantiate = async (imports) => (await WebAssembly.instantiate(unpack(text), imports)).instance;"#,
            packed(wasm)?,
        ),
    })
}

/// A module as text.
///
/// # Errors
/// If unpacking the text does not give the same module.
fn packed(wasm: &[u8]) -> Result<String> {
    let text = pack(wasm)?;
    let mut module = vec![0; 2 * text.len()];
    let length = unpack(text.as_bytes(), &mut module);
    if module[..length] != *wasm {
        bail!("unpacking the text of a module gives another module");
    }
    Ok(text)
}

/// JavaScript with `unpack(text)`, whose work a WebAssembly module does.
fn unpacker(work: &Path) -> Result<String> {
    let [compiled, optimised] = ["unpack.compiled.wasm", "unpack.wasm"].map(|file| work.join(file));
    show(
        command("rustc")
            .args(["--edition", "2024", "--crate-type", "cdylib", "--target", "wasm32-unknown-unknown"])
            // A few bytes more than "z", and half the time.
            .args(["-Copt-level=s", "-Clto", "-Ccodegen-units=1", "-Cpanic=abort"])
            .args(["-Clink-arg=-zstack-size=4096", "-o"])
            .args([&compiled, Path::new("xtask/src/wasm_decoding.rs")]),
    )?;
    show(
        command(npm::program("wasm-opt")?)
            .args(["-Oz", "--strip-debug", "--strip-producers", "--strip-target-features"])
            .args([&compiled, Path::new("-o"), &optimised]),
    )?;
    let base64 = read(command("node").args(["-p", BASE64]).arg(&optimised))?;
    Ok(format!(
        "export function unpack(text) {{
  const bytes = Uint8Array.from(atob('{}'), (character) => character.charCodeAt());
  const {{ memory, unpack }} = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  const packed = new TextEncoder().encode(text);
  const at = memory.buffer.byteLength;
  // A module is smaller than its text, except for the sizes of functions.
  memory.grow((packed.length >> 15) + 1);
  const all = new Uint8Array(memory.buffer);
  all.set(packed, at);
  return all.subarray(at + packed.length, unpack(at, packed.length, all.length));
}}",
        base64.trim()
    ))
}

/// What tells a module from those of other versions and other parts.
fn id(wasm: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    wasm.hash(&mut hasher);
    format!("smart-launch {:016x}", hasher.finish())
}

/// A custom section that has a name alone.
fn section(name: &str) -> Vec<u8> {
    let length = u8::try_from(name.len()).unwrap_or_default();
    [&[0, length + 1, length], name.as_bytes()].concat()
}

/// One part of the crate: the module's bytes, and `createGlue()`.
fn module(part: &str, compiled: &Path, work: &Path) -> Result<(Vec<u8>, String)> {
    let directory = work.join(part);
    let _ = fs::remove_dir_all(&directory);
    show(
        command(tools::WASM_BINDGEN.directory()?.join("wasm-bindgen"))
            .args(["--target", "bundler", "--no-typescript", "--out-name", "module", "--out-dir"])
            .arg(&directory)
            .arg(compiled),
    )?;
    // The function that is called, and how many texts it takes.
    let call = match part {
        "blocks" => ("block", 2),
        "inquiries" => ("ask", 1),
        _ => ("run", 1),
    };
    let needed = directory.join("needed.wasm");
    let roots = directory.join("roots.json");
    fs::write(&roots, roots_of(call).to_string())?;
    show(
        command(npm::program("wasm-metadce")?)
            .arg("--graph-file")
            .args([&roots, &directory.join("module_bg.wasm"), Path::new("-o"), &needed])
            .stdout(Stdio::null()),
    )?;
    let optimised = directory.join("optimised.wasm");
    // The hashed names of imports and exports become one letter each; the glue is told below. Low memory is the far end
    // of the stack, where no sum of a pointer and an offset wraps to: sums fold into the loads (100 bytes).
    let names = read(
        command(npm::program("wasm-opt")?)
            .args(["--low-memory-unused", "-ocimfs", "300", "-Oz", "--flatten", "--rereloop", "-Oz", "-Oz"])
            .args(["--strip-producers", "--strip-target-features"])
            .arg("--minify-imports-and-exports-and-modules")
            .args([&needed, Path::new("-o"), &optimised]),
    )?;
    let names: Value = serde_json::from_str(&names).context("wasm-opt printed no names")?;
    let glue = fs::read_to_string(directory.join("module_bg.js"))?;
    Ok((fs::read(&optimised)?, create_glue(&glue, &names, call)?))
}

/// Compiles the crate as a cdylib with one part of its door.
fn compile(part: &str, work: &Path) -> Result<PathBuf> {
    let target = work.join("target").join(part);
    let flags = [
        format!(r#"--cfg=smart_launch_package="{part}""#),
        // Addresses of one byte less than behind the usual megabyte; recursion here is bounded far below this.
        "-Clink-arg=-zstack-size=65536".to_owned(),
        // The data below it, where addresses are a byte shorter still (130 bytes).
        "-Clink-arg=--no-stack-first".to_owned(),
    ];
    show(
        command("cargo")
            .args(["rustc", "--quiet", "--locked", "--lib", "--crate-type", "cdylib", "--release"])
            .args(["--target", "wasm32-unknown-unknown", "--target-dir"])
            .arg(&target)
            // Before all other flags that are set anywhere: the same bytes for everybody.
            .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f")),
    )?;
    Ok(target.join("wasm32-unknown-unknown/release/smart_launch.wasm"))
}

/// For wasm-metadce: what of a module is called from outside, of all that wasm-bindgen exports.
fn roots_of((call, _): (&str, usize)) -> Value {
    let exports = ["memory", "wipe", "__wbindgen_malloc", call];
    let mut graph: Vec<Value> = exports.iter().map(|name| json!({ "name": name, "export": name })).collect();
    graph.push(json!({ "name": "outside", "reaches": exports, "root": true }));
    graph.into()
}

/// The glue as a function, so that a module started anew gets glue anew.
///
/// Not what wasm-bindgen writes, which is for every type there is and 0.7 KB larger: texts alone cross here, by its
/// convention (address and length; `malloc` for those that come in). What it wrote is read for what the module needs.
fn create_glue(glue: &str, names: &Value, call: (&str, usize)) -> Result<String> {
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
        let glue = [("__wbg_effect_", EFFECT), ("__wbg___wbindgen_throw_", THROW)];
        let (_, glue) = glue
            .into_iter()
            .find(|(name, _)| long.starts_with(name))
            .with_context(|| format!("the module imports {long}, which nobody knows"))?;
        imports.push(format!("{short}: {glue}"));
    }
    let (name, arguments) = call;
    let taken: Vec<String> = (0..arguments).map(|number| format!("ptr{number}, len{number}")).collect();
    if !glue.contains(&format!("const ret = wasm.{name}({});", taken.join(", "))) || glue.contains("takeObject") {
        bail!("wasm-bindgen's glue for {name} is not what is expected");
    }
    Ok(format!(
        "export function createGlue() {{
  let wasm;
  let env;
  let depth = 0;
  const read = (at, length) =>
    new TextDecoder('utf-8', {{ ignoreBOM: true }}).decode(new Uint8Array(wasm.memory.buffer, at >>> 0, length));
  const write = (text) => {{
    const bytes = new TextEncoder().encode(text);
    // What the page has put in its place may give anything. UTF-8 is never shorter.
    if (!(bytes.length >= text.length)) throw new TypeError('TextEncoder gives no bytes');
    const at = wasm.{malloc}(bytes.length, 1) >>> 0;
    new Uint8Array(wasm.memory.buffer).set(bytes, at);
    return [at, bytes.length];
  }};
  return {{
    imports: {{ a: {{ {imports} }} }},
    start: (exports) => (wasm = {{ ...exports, memory: exports.{memory} }}),
    size: () => wasm.memory.buffer.byteLength,
    // An effect may run code of the page, and that may call again: the memory of a call that is under way stays.
    call(entered, ...texts) {{
      const outer = env;
      env = entered;
      depth++;
      try {{
        return read(...wasm.{function}(...texts.flatMap(write)));
      }} finally {{
        env = outer;
        if (--depth === 0) wasm.{wipe}();
      }}
    }},
  }};
}}",
        imports = imports.join(", "),
        malloc = export("__wbindgen_malloc")?,
        memory = export("memory")?,
        function = export(name)?,
        wipe = export("wipe")?,
    ))
}

const BASE64: &str = "require('fs').readFileSync(process.argv[1]).toString('base64')";

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

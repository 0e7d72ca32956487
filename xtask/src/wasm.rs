//! Builds the crate as WebAssembly modules, and the JavaScript that starts them.

use crate::run::{command, read, root, show};
use crate::wasm_decoding::unpack;
use crate::wasm_encoding::pack;
use crate::wasm_parts::{Module, Names};
use crate::wasm_references::{References, without_relocations};
use crate::{npm, tools};
use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// The parts of the module, each with the function that JavaScript calls and its number of text arguments. The first
/// part is loaded with the engine. The parts after the second need the second.
pub const PARTS: [Part; 5] = [
    ("core", "begin", 1),
    ("session", "session", 1),
    ("inquiries", "ask", 1),
    ("blocks", "block", 2),
    ("push", "push", 1),
];

/// The files of the parts that are loaded later.
pub const CHUNKS: [&str; 4] = ["session-engine", "inquiries-engine", "blocks-engine", "push-engine"];

/// The whole module as a file.
pub const FILE: &str = "smart-launch.wasm";

/// The module of confidential clients, which is always whole, as a file.
pub const CONFIDENTIAL_FILE: &str = "smart-launch-confidential.wasm";

/// The only part of the module of confidential clients.
const CONFIDENTIAL: [Part; 1] = [("core", "authenticate", 1)];

/// The name of a part, the function that JavaScript calls, and its number of text arguments.
type Part = (&'static str, &'static str, usize);

/// How the module is delivered to the platform.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// In parts, each as text inside the JavaScript.
    Parts,
    /// Whole, as text inside the JavaScript.
    Text,
    /// Whole, as a file that the platform compiles in advance: workerd.
    File,
    /// As `File`, imported in the notation of Vercel's edge runtime.
    EdgeFile,
    /// Whole; the app passes it to `setWasm()`.
    ByApp,
}

/// Builds the module. `work` then contains the module as a file, its parts as JavaScript, and JavaScript that starts it
/// for each delivery. Returns the compiler's output for each module of the package, with the names of its functions.
pub fn build(work: &Path) -> Result<[PathBuf; 3]> {
    let (unpack, unpacker) = unpacker(work)?;
    fs::write(work.join("unpack.js"), unpacker)?;
    let compiled = compile(work, "target", &[])?;
    let (optimised, glue) = optimise(&compiled, &work.join("wasm"), &PARTS)?;
    let references = References::read(&fs::read(&compiled)?)?;
    let optimised = fs::read(optimised)?;
    let functions = PARTS.map(|(_, function, _)| function);
    let module = Module::read(&optimised, &references, &functions, &BASE)?;
    let names = [&BASE[..], &functions].concat();
    let id = id(&module.link(&names, "")?.0.concat());
    let (parts, names) = module.link(&names, &id)?;
    let whole = module.whole().link(&[&BASE[..], &functions].concat(), &id)?.0.concat();
    let glue = create_glue(&glue, &names, &id, &PARTS)?;
    fs::write(work.join(FILE), [&whole[..], &custom_section(&id)].concat())?;
    for (chunk, part) in CHUNKS.iter().zip(&parts[1..]) {
        fs::write(work.join(format!("{chunk}.js")), format!("export const text = \"{}\";\n", packed(part)?))?;
    }
    expect_parts_to_link(&parts, work)?;
    for delivery in [Delivery::Parts, Delivery::Text, Delivery::File, Delivery::EdgeFile, Delivery::ByApp] {
        let wasm = if delivery == Delivery::Parts { &parts[0] } else { &whole };
        fs::write(work.join(delivery.file()), format!("{}\n{glue}", instantiate(delivery, wasm, &id, FILE)?))?;
    }
    fs::write(work.join(LOADERS), loaders())?;
    fs::write(work.join(NO_LOADERS), no_loaders())?;
    Ok([compiled, build_confidential(work)?, unpack])
}

/// Builds the module of confidential clients. Returns the compiler's output.
fn build_confidential(work: &Path) -> Result<PathBuf> {
    let compiled = compile(work, "target-confidential", &["--cfg=smart_launch_confidential"])?;
    let (optimised, glue) = optimise(&compiled, &work.join("wasm-confidential"), &CONFIDENTIAL)?;
    let references = References::read(&fs::read(&compiled)?)?;
    let optimised = fs::read(optimised)?;
    let functions = CONFIDENTIAL.map(|(_, function, _)| function);
    let module = Module::read(&optimised, &references, &functions, &BASE)?.whole();
    let names = [&BASE[..], &functions].concat();
    let id = id(&module.link(&names, "")?.0.concat());
    let (whole, names) = module.link(&names, &id)?;
    let whole = whole.concat();
    let glue = create_glue(&glue, &names, &id, &CONFIDENTIAL)?;
    fs::write(work.join(CONFIDENTIAL_FILE), &whole)?;
    for delivery in [Delivery::Text, Delivery::File, Delivery::EdgeFile] {
        let start = instantiate(delivery, &whole, &id, CONFIDENTIAL_FILE)?;
        fs::write(work.join(confidential(delivery)), format!("{start}\n{glue}"))?;
    }
    Ok(compiled)
}

/// The name of the file with the JavaScript that starts the module of confidential clients.
fn confidential(delivery: Delivery) -> String {
    let delivery = if matches!(delivery, Delivery::File | Delivery::EdgeFile) { delivery } else { Delivery::Text };
    format!("confidential-{}", delivery.file())
}

/// Aliases for esbuild: the files that the sources import by these names.
pub fn aliases(work: &Path, delivery: Delivery) -> Map<String, Value> {
    let loaders = if delivery == Delivery::Parts { LOADERS } else { NO_LOADERS };
    let path = |file: &str| Value::from(work.join(file).display().to_string());
    let confidential = path(&confidential(delivery));
    [
        ("smart-launch-wasm", path(delivery.file())),
        ("smart-launch-parts", path(loaders)),
        ("smart-launch-confidential-wasm", confidential),
    ]
    .map(|(name, path)| (name.to_owned(), path))
    .into_iter()
    .collect()
}

impl Delivery {
    /// The name of the file with the JavaScript that starts the module.
    const fn file(self) -> &'static str {
        match self {
            Self::Parts => "wasm.parts.js",
            Self::Text => "wasm.text.js",
            Self::File => "wasm.file.js",
            Self::EdgeFile => "wasm.edge.js",
            Self::ByApp => "wasm.by-app.js",
        }
    }
}

/// JavaScript that starts the module: `instantiate(imports)`; in parts, the text of a later part is the second
/// argument.
fn instantiate(delivery: Delivery, wasm: &[u8], id: &str, file: &str) -> Result<String> {
    let from_file = |query| {
        format!(
            "import module from './{file}{query}';
export const instantiate = (imports) => WebAssembly.instantiate(module, imports);"
        )
    };
    Ok(match delivery {
        Delivery::File => from_file(""),
        Delivery::EdgeFile => from_file("?module"),
        Delivery::ByApp => {
            let source = root().join("pkg-template/src/engine/wasm-source.ts");
            format!(
                "import {{ instantiate as instantiateByApp }} from '{}';
export const instantiate = (imports) => instantiateByApp(imports, '{id}');",
                source.display(),
            )
        }
        Delivery::Parts | Delivery::Text => format!(
            r#"import {{ unpack }} from './unpack.js';
const core = "{}";
export const instantiate = async (imports, text = core) => (await WebAssembly.instantiate(unpack(text), imports)).instance;"#,
            packed(wasm)?,
        ),
    })
}

/// JavaScript with `parts`: the chunks to load for each part.
fn loaders() -> String {
    let chunks = CHUNKS.map(|chunk| format!("() => import('./{chunk}.js')"));
    let [(core, ..), (second, ..), later @ ..] = PARTS;
    let (shared, chunks) = (&chunks[0], &chunks[1..]);
    let later = later.iter().zip(chunks).map(|((part, ..), chunk)| format!("{part}: [{second}, {chunk}]"));
    let later = later.collect::<Vec<_>>().join(", ");
    format!("const {second} = {shared};\nexport const parts = {{ {core}: [], {second}: [{second}], {later} }};\n")
}

/// JavaScript with `parts` for a module that is not split.
fn no_loaders() -> String {
    format!("export const parts = {{ {} }};\n", PARTS.map(|(part, ..)| format!("{part}: []")).join(", "))
}

/// Links the parts as JavaScript does.
///
/// # Errors
/// If linking fails, or the whole module has exports that no part has.
fn expect_parts_to_link(parts: &[Vec<u8>], work: &Path) -> Result<()> {
    let files: Vec<PathBuf> = PARTS.iter().map(|(part, ..)| work.join(format!("{part}.wasm"))).collect();
    for (file, part) in files.iter().zip(parts) {
        fs::write(file, part)?;
    }
    show(command("node").args(["-e", LINK]).arg(work.join(FILE)).args(files))
}

/// A module as text.
///
/// # Errors
/// If unpacking the text does not return the same module.
fn packed(wasm: &[u8]) -> Result<String> {
    let text = pack(wasm)?;
    let mut memory = [text.as_bytes(), &vec![0; 4 * text.len()]].concat();
    // SAFETY: `pack` wrote the text, and a module has fewer than three times as many bytes as its text (most for an empty
    // function: five for two characters). There is room for four times as many here, and for three times in JavaScript.
    let end = unsafe { unpack(memory.as_mut_ptr()).offset_from_unsigned(memory.as_ptr()) };
    if memory[text.len()..end] != *wasm {
        bail!("unpacking the text of a module returns another module");
    }
    Ok(text)
}

/// The compiler's output for the module that unpacks the others, and JavaScript with `unpack(text)`, which calls it.
fn unpacker(work: &Path) -> Result<(PathBuf, String)> {
    let [compiled, optimised] = ["unpack.compiled.wasm", "unpack.wasm"].map(|file| work.join(file));
    show(
        command("rustc")
            .args(["--edition", "2024", "--crate-type", "cdylib", "--target", "wasm32-unknown-unknown"])
            .args(["-Copt-level=z", "-Clto", "-Ccodegen-units=1", "-Cpanic=abort"])
            .args(["-Clink-arg=-zstack-size=4096", "-o"])
            .args([&compiled, Path::new("xtask/src/wasm_decoding.rs")]),
    )?;
    let needed = work.join("unpack.needed.wasm");
    keep_exports(&["memory", "unpack"], &compiled, &needed)?;
    show(
        command(npm::program("wasm-opt")?)
            .args(["-Oz", "--strip-debug", "--strip-producers", "--strip-target-features"])
            .args([&needed, Path::new("-o"), &optimised]),
    )?;
    let base64 = read(command("node").args(["-p", BASE64]).arg(&optimised))?;
    let script = format!(
        "export function unpack(text) {{
  const bytes = Uint8Array.from(atob('{}'), (character) => character.charCodeAt());
  const {{ memory, unpack }} = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  const packed = new TextEncoder().encode(text);
  const at = memory.buffer.byteLength;
  // Four times the size of the text: some modules are larger than their text.
  memory.grow((packed.length >> 14) + 1);
  const content = new Uint8Array(memory.buffer);
  content.set(packed, at);
  return content.subarray(at + packed.length, unpack(at));
}}",
        base64.trim()
    );
    Ok((compiled, script))
}

/// Distinguishes a module from those of other builds.
fn id(wasm: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    wasm.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// A custom section that consists of a name only.
fn custom_section(name: &str) -> Vec<u8> {
    let length = u8::try_from(name.len()).unwrap_or_default();
    [&[0, length + 1, length], name.as_bytes()].concat()
}

/// Optimises the module for size. Returns its file, and wasm-bindgen's glue.
fn optimise(compiled: &Path, directory: &Path, parts: &[Part]) -> Result<(PathBuf, String)> {
    let _ = fs::remove_dir_all(directory);
    fs::create_dir_all(directory)?;
    let module = directory.join("compiled.wasm");
    fs::write(&module, without_relocations(&fs::read(compiled)?)?)?;
    show(
        command(tools::WASM_BINDGEN.directory()?.join("wasm-bindgen"))
            .args(["--target", "bundler", "--no-typescript", "--out-name", "module", "--out-dir"])
            .args([directory, &module]),
    )?;
    let needed = directory.join("needed.wasm");
    let functions = parts.iter().map(|(_, function, _)| *function);
    let exports: Vec<_> = ["memory"].into_iter().chain(BASE).chain(functions).collect();
    keep_exports(&exports, &directory.join("module_bg.wasm"), &needed)?;
    let optimised = directory.join("optimised.wasm");
    // The first 1024 bytes of the memory are unused (`--no-stack-first`), so that the optimiser can fold additions of small
    // constants into loads (saves 100 bytes).
    show(
        command(npm::program("wasm-opt")?)
            .args(["--low-memory-unused", "-ocimfs", "300", "-Oz", "--flatten", "--rereloop", "-Oz", "-Oz"])
            .args(["--strip-producers", "--strip-target-features"])
            .args([&needed, Path::new("-o"), &optimised]),
    )?;
    Ok((optimised, fs::read_to_string(directory.join("module_bg.js"))?))
}

/// Compiles the crate as a cdylib.
fn compile(work: &Path, target: &str, extra_flags: &[&str]) -> Result<PathBuf> {
    let target = work.join(target);
    let flags = [
        "--cfg=smart_launch_package",
        // Shorter addresses than with the default stack of 1 MB, by one byte each; recursion here is limited far below
        // this.
        "-Clink-arg=-zstack-size=65536",
        // Puts the data below the stack, where addresses are another byte shorter (saves 130 bytes).
        "-Clink-arg=--no-stack-first",
        // Relocations, and a data segment for each constant: wasm_parts.rs needs both.
        "-Clink-arg=--emit-relocs",
        "-Clink-arg=--no-merge-data-segments",
    ];
    show(
        command("cargo")
            .args(["rustc", "--quiet", "--locked", "--lib", "--crate-type", "cdylib", "--release"])
            .args(["--target", "wasm32-unknown-unknown", "--target-dir"])
            .arg(&target)
            // This variable takes precedence over flags from all other sources, so that every machine builds the same bytes.
            .env("CARGO_ENCODED_RUSTFLAGS", [&flags, extra_flags].concat().join("\x1f")),
    )?;
    Ok(target.join("wasm32-unknown-unknown/release/smart_launch.wasm"))
}

/// Writes a module with only these exports, and without the code that only other exports need.
fn keep_exports(exports: &[&str], module: &Path, needed: &Path) -> Result<()> {
    let mut graph: Vec<Value> = exports.iter().map(|name| json!({ "name": name, "export": name })).collect();
    graph.push(json!({ "name": "outside", "reaches": exports, "root": true }));
    let file = needed.with_extension("json");
    fs::write(&file, Value::from(graph).to_string())?;
    show(
        command(npm::program("wasm-metadce")?)
            .arg("--graph-file")
            .args([&file, module, Path::new("-o"), needed])
            .stdout(Stdio::null()),
    )
}

/// The glue as a function, so that each new instance of the module has its own glue.
///
/// This function replaces wasm-bindgen's own glue, which supports all types and is 0.7 KB larger. Only texts are passed, with
/// wasm-bindgen's convention (address and length; `malloc` for arguments). The generated glue is only
/// checked for that convention.
fn create_glue(glue: &str, names: &Names, memory: &str, parts: &[Part]) -> Result<String> {
    let export = |name: &str| names.exports.get(name).with_context(|| format!("the module exports no {name}"));
    let mut imports = Vec::new();
    for (long, short) in &names.imports {
        let implementations = [("__wbg_effect_", EFFECT), ("__wbg___wbindgen_throw_", THROW)];
        let (_, implementation) = implementations
            .into_iter()
            .find(|(name, _)| long.starts_with(name))
            .with_context(|| format!("the module imports {long}, which is unknown"))?;
        imports.push(format!("{short}: {implementation}"));
    }
    let mut functions = Vec::new();
    for (part, name, arguments) in parts {
        let parameters: Vec<String> = (0..*arguments).map(|number| format!("ptr{number}, len{number}")).collect();
        if !glue.contains(&format!("const ret = wasm.{name}({});", parameters.join(", ")))
            || glue.contains("takeObject")
        {
            bail!("wasm-bindgen's glue for {name} is not as expected");
        }
        functions.push(format!("{part}: '{}'", export(name)?));
    }
    Ok(format!(
        "const FUNCTIONS = {{ {functions} }};
const MEMORY = '{memory}';
export function createGlue() {{
  let wasm;
  let env;
  let depth = 0;
  const decoder = new TextDecoder('utf-8', {{ ignoreBOM: true }});
  const encoder = new TextEncoder();
  const read = (at, length) => (length ? decoder.decode(new Uint8Array(wasm[MEMORY].buffer, at >>> 0, length)) : '');
  const allocate = (length) => {{
    const at = wasm.{malloc}(length, 1) >>> 0;
    return new Uint8Array(wasm[MEMORY].buffer, at, length);
  }};
  const write = (text) => {{
    const {{ length }} = text;
    const memory = allocate(length);
    // Most texts are ASCII, which is as long in UTF-8. `encode`, which allocates a buffer, takes several times as long.
    if (encoder.encodeInto(text, memory).read === length) return [memory.byteOffset, length];
    const bytes = encoder.encode(text);
    // The page may have replaced TextEncoder. UTF-8 is never shorter.
    if (!(bytes.length >= length)) throw new TypeError('TextEncoder gives no bytes');
    const larger = allocate(bytes.length);
    larger.set(bytes);
    return [larger.byteOffset, bytes.length];
  }};
  const javascript = {{ {imports} }};
  return {{
    // A part imports the exports of those that are linked already.
    imports: () => ({{ a: javascript, '': {{ ...wasm }} }}),
    link: (exports) => (wasm = {{ ...wasm, ...exports }}),
    size: () => wasm[MEMORY].buffer.byteLength,
    // An effect may run code of the page, which may call the module again: the memory of a call in progress must stay.
    call(part, entered, ...texts) {{
      const outer = env;
      env = entered;
      depth++;
      try {{
        return read(...wasm[FUNCTIONS[part]](...texts.flatMap(write)));
      }} finally {{
        env = outer;
        if (--depth === 0) wasm.{wipe}();
      }}
    }},
  }};
}}",
        imports = imports.join(", "),
        malloc = export("__wbindgen_malloc")?,
        functions = functions.join(", "),
        wipe = export("wipe")?,
    ))
}

/// Other functions that JavaScript calls.
const BASE: [&str; 2] = ["__wbindgen_malloc", "wipe"];

const LOADERS: &str = "parts.js";
const NO_LOADERS: &str = "no-parts.js";

const LINK: &str = "const [whole, ...parts] = process.argv.slice(1).map((file) => new WebAssembly.Module(require('fs').readFileSync(file)));
const imports = { a: new Proxy({}, { get: () => () => {} }), '': {} };
for (const part of parts) Object.assign(imports[''], new WebAssembly.Instance(part, imports).exports);
for (const { name } of WebAssembly.Module.exports(whole)) if (!(name in imports[''])) throw new Error(`no part exports ${name}`);";

const BASE64: &str = "require('fs').readFileSync(process.argv[1]).toString('base64')";

/// Passes six texts, and stores the returned text (or none) at the location where the module expects its address and
/// length.
const EFFECT: &str = "(out, ...parts) => {
  const texts = [0, 2, 4, 6, 8, 10].map((at) => read(parts[at], parts[at + 1]));
  const result = env.effect(...texts);
  const [at, length] = result === undefined ? [0, 0] : write(result);
  new Uint32Array(wasm[MEMORY].buffer, out >>> 0, 2).set([at, length]);
}";
const THROW: &str = "(at, length) => {
  throw new Error(read(at, length));
}";

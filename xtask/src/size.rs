//! The sizes of the files that a sign-in loads, and of those that are loaded later.

use crate::cache::work_directory;
use crate::npm;
use crate::package::{self, Built, LATE};
use crate::run::{command, read, root, show};
use anyhow::{Context, Result, bail};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Builds the package, prints its sizes and writes them to the docs.
pub fn run() -> Result<()> {
    let sizes = Sizes::of(&package::build()?)?;
    let page = root().join(PAGE);
    let written = with_tables(&fs::read_to_string(&page)?, &sizes.tables()?)?;
    fs::write(page, written)?;
    sizes.check()
}

/// Fails if a limit is exceeded, or if the docs state other sizes.
pub fn test(built: &Built) -> Result<()> {
    let sizes = Sizes::of(built)?;
    let page = fs::read_to_string(root().join(PAGE))?;
    if !are_alike(&page, &with_tables(&page, &sizes.tables()?)?) {
        bail!("{PAGE} is out of date: `cargo xtask size` updates it");
    }
    sizes.check()
}

/// All measured sizes.
struct Sizes {
    /// The sizes of [`PAGES`].
    pages: [Size; PAGES.len()],
    /// Chunks that are loaded on demand: name and size, the smallest first.
    late: Vec<(&'static str, Size)>,
    /// Other libraries, with everything that the same sign-in loads of them.
    others: Vec<(&'static str, Size)>,
}

impl Sizes {
    /// Bundles an app that signs in, as the app's own build would.
    fn of(built: &Built) -> Result<Self> {
        let app = work_directory("size")?;
        let source = app.join("app.js");
        fs::write(
            &source,
            format!("export {{ createSmartClient }} from {:?};\n", built.directory.join("dist/index.js")),
        )?;
        let (mut entry, mut engine, mut late) = (Size::default(), Size::default(), Vec::new());
        for file in bundle(&source, &app.join("dist"), &["--splitting"], &[])? {
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let size = Size::of(&file)?;
            match LATE.iter().find(|chunk| **chunk == name) {
                Some(chunk) => late.push((*chunk, size)),
                None if name == "engine" => engine = size,
                None => entry = entry.plus(size),
            }
        }
        late.sort_by_key(|(_, size)| size.brotli);
        let chunk = |name: &str| {
            let entry = late.iter().find(|(chunk, _)| *chunk == name);
            entry.map(|(_, size)| *size).with_context(|| format!("no chunk {name}"))
        };
        let sign_in_page = entry.plus(engine);
        let callback_page = sign_in_page.plus(chunk("session-engine")?);
        let [single] = &bundle(&source, &app.join("single"), &[], &[])?[..] else {
            bail!("the bundle is not one file")
        };
        let pages = [
            entry,
            sign_in_page,
            callback_page,
            chunk("inquiries-engine")?,
            chunk("blocks-engine")?,
            Size::of(single)?,
        ];
        let libraries = npm::installed("tests/bench", "bench")?.join("node_modules");
        let others = OTHER_LIBRARIES.map(|library| {
            let sign_in = root().join(format!("tests/bench/implementations/sign-ins/{library}.js"));
            let files = bundle(&sign_in, &app.join(library), &["--splitting"], &[&libraries])?;
            let sizes = files.iter().map(|file| Size::of(file)).collect::<Result<Vec<_>>>()?;
            Ok((library, sizes.into_iter().fold(Size::default(), Size::plus)))
        });
        Ok(Self { pages, late, others: others.into_iter().collect::<Result<_>>()? })
    }

    fn tables(&self) -> Result<String> {
        let mut text = String::from("\n| page | bytes | gzip | brotli |\n|---|---|---|---|\n");
        for (page, size) in PAGES.iter().zip(self.pages) {
            writeln!(text, "| {} | {} |", page.name, size.cells())?;
        }
        text += "\n| chunk | when | bytes | gzip | brotli |\n|---|---|---|---|---|\n";
        for (chunk, size) in &self.late {
            let (_, when) = WHEN
                .iter()
                .find(|(name, _)| name == chunk)
                .context("a chunk has no row that says when it is loaded")?;
            writeln!(text, "| `{chunk}` | {when} | {} |", size.cells())?;
        }
        text += "\n| the same sign-in with | bytes | gzip | brotli |\n|---|---|---|---|\n";
        for (library, size) in &self.others {
            writeln!(text, "| {library} | {} |", size.cells())?;
        }
        Ok(text + "\n")
    }

    /// Prints the sizes, and fails if a limit is exceeded.
    fn check(&self) -> Result<()> {
        print!("{}", self.tables()?);
        let mut is_exceeded = false;
        for (page, size) in PAGES.iter().zip(self.pages) {
            println!("{}: {} of {} bytes", page.name, grouped(size.brotli), grouped(page.limit));
            is_exceeded |= size.brotli > page.limit;
        }
        if is_exceeded {
            bail!("a size limit is exceeded");
        }
        Ok(())
    }
}

/// Bytes of a file, uncompressed and as servers send it.
#[derive(Clone, Copy, Default)]
struct Size {
    bytes: u64,
    gzip: u64,
    brotli: u64,
}

impl Size {
    fn of(file: &Path) -> Result<Self> {
        let sizes = read(command("node").args(["-p", COMPRESS]).arg(file))?;
        let [bytes, gzip, brotli] = serde_json::from_str(&sizes).context("node printed no sizes")?;
        Ok(Self { bytes, gzip, brotli })
    }

    fn cells(self) -> String {
        [self.bytes, self.gzip, self.brotli].map(grouped).join(" | ")
    }

    fn plus(self, other: Self) -> Self {
        Self { bytes: self.bytes + other.bytes, gzip: self.gzip + other.gzip, brotli: self.brotli + other.brotli }
    }
}

/// Bundles and minifies. Returns the files.
fn bundle(entry: &Path, out: &Path, options: &[&str], libraries: &[&Path]) -> Result<Vec<PathBuf>> {
    let _ = fs::remove_dir_all(out);
    show(
        command(npm::program("esbuild")?)
            .arg(entry)
            .args(["--bundle", "--format=esm", "--minify", "--log-level=error", "--chunk-names=[name]"])
            .args(options)
            .arg(format!("--outdir={}", out.display()))
            .env("NODE_PATH", std::env::join_paths(libraries)?),
    )?;
    fs::read_dir(out)?.map(|entry| Ok(entry?.path())).collect()
}

fn grouped(number: u64) -> String {
    if number < 1_000 { number.to_string() } else { format!("{},{:03}", grouped(number / 1_000), number % 1_000) }
}

fn with_tables(page: &str, tables: &str) -> Result<String> {
    let parts: Vec<&str> = page.split(MARK).collect();
    let [before, _, after] = parts[..] else { bail!("{PAGE} does not have two marks {MARK}") };
    Ok([before, tables, after].join(MARK))
}

/// True if two pages are equal, except that figures may differ by at most 2 %: another compiler produces other bytes.
fn are_alike(page: &str, other_page: &str) -> bool {
    let words = |page: &str| page.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let number = |word: &str| word.replace(',', "").parse::<u64>().ok();
    let is_near = |(one, other): (&String, &String)| match (number(one), number(other)) {
        (Some(one), Some(other)) => one.abs_diff(other) * 50 <= one,
        _ => one == other,
    };
    let (words, other_words) = (words(page), words(other_page));
    words.len() == other_words.len() && words.iter().zip(&other_words).all(is_near)
}

const PAGE: &str = "docs/size.md";
const MARK: &str = "<!-- run -->";
/// Files that a page loads, and their size limit (brotli, in bytes).
struct Page {
    name: &'static str,
    limit: u64,
}

const PAGES: [Page; 6] = [
    Page { name: "entry, with the app", limit: 6_675 },
    Page { name: "**page that leaves for the sign-in**: entry, engine", limit: 34_350 },
    Page { name: "**callback, restored session**: entry, engine, `session-engine`", limit: 52_200 },
    Page { name: "`userInfo()`, `introspect()`, `readIdToken()` after that: `inquiries-engine`", limit: 1_930 },
    Page { name: "other building blocks after that: `blocks-engine`", limit: 2_970 },
    Page { name: "everything in one file, without code splitting", limit: 70_070 },
];

const OTHER_LIBRARIES: [&str; 3] = ["fhirclient", "oauth4webapi", "oidc-client-ts"];

const WHEN: [(&str, &str); LATE.len()] = [
    ("session", "callback, restored session: requests, tokens, refresh, other tabs"),
    ("fhir-calls", "the first `pages()`, `create()`, `update()`, `patch()`, `delete()` or `session.user()`"),
    ("texts", "the first error or warning"),
    ("windows", "popup, iframe, authorization request by POST"),
    ("lease", "a browser without Web Locks"),
    ("metadata", "`discover()`, `readSmartConfiguration()`"),
    ("sign-out", "`logout()` with a redirect, `completeLogout()`, `frontChannelLogout()`"),
    ("idle-timeout", "callback, restored session, with `idleTimeoutSeconds`"),
    ("session-engine", "callback, restored session, building blocks"),
    ("inquiries-engine", "`userInfo()`, `introspect()`, `readIdToken()`"),
    ("blocks-engine", "other building blocks"),
    ("push-engine", "pushed authorization requests and silent sign-ins, with `session-engine`"),
    ("confidential-engine", "clients with `clientAuth` or `dpop`, in place of the other modules"),
    ("dpop-engine", "clients with `dpop`"),
];

const COMPRESS: &str = r"const zlib = require('zlib'), bytes = require('fs').readFileSync(process.argv[1]), k = zlib.constants;
JSON.stringify([
  bytes.length,
  zlib.gzipSync(bytes, { level: 9 }).length,
  zlib.brotliCompressSync(bytes, { params: { [k.BROTLI_PARAM_QUALITY]: 11, [k.BROTLI_PARAM_LGWIN]: 24, [k.BROTLI_PARAM_SIZE_HINT]: bytes.length } }).length,
])";

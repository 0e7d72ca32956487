//! What a sign-in loads.

use crate::cache::workplace;
use crate::npm;
use crate::package::{self, Built, LATE};
use crate::run::{command, read, show};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fs;

/// Bytes of the sign-in path over the wire: at most this many. What tabs, lost answers and wake-ups ask for is 4 KB of it,
/// and that what an app waits for is small half a KB.
pub const LIMIT: u64 = 33_000;
/// Bytes of what an app loads before the engine.
pub const ENTRY_LIMIT: u64 = 4_096;

/// Builds the package and prints its sizes.
pub fn print() -> Result<()> {
    println!("{}", serde_json::to_string_pretty(&measure(&package::build()?)?)?);
    Ok(())
}

/// Bundles an app that signs in, as its build would, minifies each file and compresses it as a server would: brotli 11 and
/// gzip 9. The sign-in path is what that app loads up to a session; the other chunks come when they are needed.
pub fn measure(built: &Built) -> Result<Value> {
    let app = workplace("size")?;
    let _ = fs::remove_dir_all(app.join("dist"));
    let entry = app.join("app.js");
    fs::write(&entry, format!("export {{ createSmartClient }} from {:?};\n", built.directory.join("dist/index.js")))?;
    show(
        command(npm::program("esbuild")?)
            .arg(&entry)
            .args(["--bundle", "--splitting", "--format=esm", "--minify", "--log-level=error", "--chunk-names=[name]"])
            .arg(format!("--outdir={}", app.join("dist").display())),
    )?;
    let mut files = Vec::new();
    let (mut brotli, mut gzip) = (0, 0);
    for entry in fs::read_dir(app.join("dist"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let sizes = read(command("node").args(["-p", COMPRESS]).arg(&path))?;
        let sizes: Vec<u64> = serde_json::from_str(&sizes).context("node printed no sizes")?;
        let in_path = !LATE.iter().any(|chunk| name == format!("{chunk}.js"));
        if in_path {
            brotli += sizes[1];
            gzip += sizes[2];
        }
        files.push(json!({ "file": name, "bytes": sizes[0], "brotli": sizes[1], "gzip": sizes[2], "signIn": in_path }));
    }
    let entry = read(command("node").args(["-p", COMPRESS]).arg(built.directory.join("dist/index.js")))?;
    let entry: Vec<u64> = serde_json::from_str(&entry).context("node printed no sizes")?;
    files.sort_by_key(|file| file["file"].as_str().map(str::to_owned));
    Ok(
        json!({ "entry": { "brotli": entry[1], "limit": ENTRY_LIMIT }, "signIn": { "brotli": brotli, "gzip": gzip, "limit": LIMIT }, "files": files }),
    )
}

const COMPRESS: &str = r"const zlib = require('zlib'), bytes = require('fs').readFileSync(process.argv[1]), k = zlib.constants;
JSON.stringify([
  bytes.length,
  zlib.brotliCompressSync(bytes, { params: { [k.BROTLI_PARAM_QUALITY]: 11, [k.BROTLI_PARAM_LGWIN]: 24, [k.BROTLI_PARAM_SIZE_HINT]: bytes.length } }).length,
  zlib.gzipSync(bytes, { level: 9 }).length,
])";

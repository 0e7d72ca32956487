//! Speed, beside libraries that people would use otherwise: as ratios in one run, because machines differ.

use crate::browsers::Browsers;
use crate::cache::workplace;
use crate::npm;
use crate::package::{self, Built};
use crate::run::{command, root, show};
use anyhow::Result;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What one page of Chromium does: ID-token validations; from opening it to the authorization request.
pub fn run() -> Result<()> {
    let built = package::build()?;
    id_tokens(&built)?;
    cold_start(&built)
}

fn id_tokens(built: &Built) -> Result<()> {
    let out = workplace("bench/id-tokens")?;
    let jose = npm::tools()?.join("node_modules/jose");
    show(
        bundle(built, &root().join("tests/bench/id-tokens.js"), &out)?.arg(format!("--alias:jose={}", jose.display())),
    )?;
    show(&mut in_chromium("run.mjs", &out)?)
}

fn cold_start(built: &Built) -> Result<()> {
    let libraries = npm::installed("tests/bench", "bench")?;
    let found = env::join_paths([libraries, npm::fhirclient()?].map(|directory| directory.join("node_modules")))?;
    let out = workplace("bench/cold-start")?;
    let _ = fs::remove_dir_all(&out);
    for entry in fs::read_dir(root().join("tests/bench/cold-start"))? {
        let app = entry?.path();
        let out = out.join(app.file_stem().unwrap_or_default());
        show(bundle(built, &app, &out)?.env("NODE_PATH", &found))?;
    }
    show(&mut in_chromium("cold-start.mjs", &out)?)
}

/// Bundles a page's script as an app's build would.
fn bundle(built: &Built, script: &Path, out: &Path) -> Result<Command> {
    let mut esbuild = command(npm::program("esbuild")?);
    esbuild
        .arg(script)
        .args(["--bundle", "--splitting", "--format=esm", "--minify", "--log-level=error"])
        .arg(format!("--alias:smart-launch={}", built.directory.join("dist/index.js").display()))
        .arg(format!("--outdir={}", out.display()));
    Ok(esbuild)
}

fn in_chromium(program: &str, bundles: &Path) -> Result<Command> {
    let mut node = command("node");
    node.arg(root().join("tests/bench").join(program))
        .arg(bundles)
        .env("SMART_LAUNCH_TOOLS", npm::tools()?)
        .env("CHROMIUM", Browsers::find()?.chromium);
    Ok(node)
}

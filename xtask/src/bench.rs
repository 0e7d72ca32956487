//! Speed, beside libraries that people would use otherwise: as ratios in one run, because machines differ.

use crate::browsers::Browsers;
use crate::cache::workplace;
use crate::npm;
use crate::package;
use crate::run::{command, root, show};
use anyhow::Result;

/// ID-token validations in one page of Chromium.
pub fn run() -> Result<()> {
    let (built, browsers, tools) = (package::build()?, Browsers::find()?, npm::tools()?);
    let bundle = workplace("bench")?;
    show(
        command(npm::program("esbuild")?)
            .arg(root().join("tests/bench/id-tokens.js"))
            .args(["--bundle", "--splitting", "--format=esm", "--minify", "--log-level=error"])
            .arg(format!("--alias:smart-launch={}", built.directory.join("dist/index.js").display()))
            .arg(format!("--alias:jose={}", tools.join("node_modules/jose").display()))
            .arg(format!("--outdir={}", bundle.display())),
    )?;
    show(
        command("node")
            .arg(root().join("tests/bench/run.mjs"))
            .arg(&bundle)
            .env("SMART_LAUNCH_TOOLS", tools)
            .env("CHROMIUM", browsers.chromium),
    )
}

//! Speed and memory compared with alternative libraries, as ratios within one run, because machines differ.

use crate::browsers::Browsers;
use crate::npm;
use crate::package::{self, stage};
use crate::run::{command, root, show};
use anyhow::Result;

/// Installs the packed package and the libraries that it is compared with, measures in
/// Chromium and in Node, and writes docs/speed.md.
pub fn run() -> Result<()> {
    let built = package::build()?;
    let staged = stage("tests/bench", "bench")?;
    npm::install(&root().join("tests/bench"), &staged)?;
    npm::add(&staged, &built.tarball)?;
    show(
        command("node")
            .arg(staged.join("run.mjs"))
            .env("SMART_LAUNCH_DOCS", root().join("docs"))
            .env("SMART_LAUNCH_TOOLS", npm::tools()?)
            .env("CHROMIUM", Browsers::find()?.chromium),
    )
}

//! The sandbox as a separate package.

use crate::cache::workplace;
use crate::npm;
use crate::package::{self, Built, stage};
use crate::run::{command, root, show};
use anyhow::Result;
use std::fs;
use std::path::PathBuf;

/// Packs the sandbox with the version of the main package, and returns the tarball.
pub fn pack() -> Result<PathBuf> {
    let package = stage("www/sandbox", "sandbox-package/package")?;
    fs::copy(root().join("pkg-template/LICENSE"), package.join("LICENSE"))?;
    fs::write(package.join("package.json"), package::in_version("www/sandbox/package.json")?)?;
    Ok(package::pack(&package, &workplace("sandbox-package")?)?.0)
}

/// Tests the packed sandbox with the packed library and only their dependencies, with `npx` and from a program.
pub fn test(built: &Built) -> Result<()> {
    let app = stage("tests/sandbox", "sandbox-tests")?;
    npm::install(&root().join("tests/sandbox"), &app)?;
    let tarball = pack()?;
    npm::add_all(&app, &[&built.tarball, &tarball])?;
    show(command("node").args(["--test", "--test-reporter=spec"]).env("SMART_LAUNCH_SANDBOX", tarball).current_dir(app))
}

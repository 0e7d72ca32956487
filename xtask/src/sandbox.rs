//! The sandbox as a separate package.

use crate::cache::{mirror, work_directory};
use crate::package::{self, Built, stage};
use crate::run::{node_test, root, show};
use crate::{demo, npm};
use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};

/// Packs the sandbox with the version of the main package and the demo built with `library`, and returns the tarball.
pub fn pack(library: &Path) -> Result<PathBuf> {
    let demo = demo::build(library)?;
    let package = stage("www/sandbox", "sandbox-package/package")?;
    fs::copy(root().join("pkg-template/LICENSE"), package.join("LICENSE"))?;
    fs::write(package.join("package.json"), package::manifest_with_version("www/sandbox/package.json")?)?;
    mirror(&demo.join("dist"), &package.join("demo"))?;
    Ok(package::pack(&package, &work_directory("sandbox-package")?)?.0)
}

/// Tests the packed sandbox with the packed library and only their dependencies, with `npx` and from a program.
pub fn test(built: &Built) -> Result<()> {
    let app = stage("tests/sandbox", "sandbox-tests")?;
    npm::install(&root().join("tests/sandbox"), &app)?;
    let tarball = pack(&built.tarball)?;
    npm::add_all(&app, &[&built.tarball, &tarball])?;
    show(
        node_test()
            .env("SMART_LAUNCH_SANDBOX", tarball)
            .env("SMART_LAUNCH_FHIRCLIENT", npm::fhirclient()?)
            .current_dir(app),
    )
}

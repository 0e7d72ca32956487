//! npm packages, installed from lock files, outside the repository.

use crate::cache;
use crate::run::{command, root, show};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Directory whose `node_modules` has the tools of the build and the tests, as listed in `xtask/tools/package-lock.json`.
pub fn tools() -> Result<PathBuf> {
    installed("xtask/tools", "npm-tools")
}

/// A program of [`tools`].
pub fn program(name: &str) -> Result<PathBuf> {
    Ok(tools()?.join("node_modules/.bin").join(name))
}

/// Directory whose `node_modules` has the package with which the tests compare `smart-launch/fhirclient`.
pub fn fhirclient() -> Result<PathBuf> {
    installed("tests/package/fhirclient", "npm-fhirclient")
}

/// Directory whose `node_modules` has the dependencies of the tests in tests/supply.
pub fn checks() -> Result<PathBuf> {
    installed("xtask/checks", "npm-checks")
}

/// Directory of this name in the cache, with the `node_modules` that the lock file in `from` describes. Each version of
/// the lock file has its own directory, so that checkouts with different versions do not overwrite each other's.
pub fn installed(from: &str, name: &str) -> Result<PathBuf> {
    let from = root().join(from);
    let lock = fs::read(from.join("package-lock.json")).with_context(|| format!("{name} has no lock file"))?;
    let directory = cache::pinned(name, &lock)?;
    install(&from, &directory)?;
    Ok(directory)
}

/// Copies the manifest and lock file in `from` to `directory`, and installs their packages there.
pub fn install(from: &Path, directory: &Path) -> Result<()> {
    for name in ["package.json", "package-lock.json"] {
        let text = fs::read(from.join(name)).with_context(|| format!("{name} is missing"))?;
        if fs::read(directory.join(name)).ok().as_ref() != Some(&text) {
            fs::write(directory.join(name), text)?;
        }
    }
    let lock = fs::read(from.join("package-lock.json"))?;
    cache::once(&directory.join("installed"), &lock, || {
        println!("npm ci in {} (once)", directory.display());
        // `npm ci` also removes the packages that were added later.
        let _ = fs::remove_file(directory.join("added"));
        show(command("npm").args(["ci", "--no-audit", "--no-fund", "--prefer-offline"]).current_dir(directory))
            .context("npm could not install the packages; is Node 20 or later installed?")
    })
}

/// Installs a tarball in addition to the installed packages, as a user would.
pub fn add(directory: &Path, tarball: &Path) -> Result<()> {
    add_all(directory, &[tarball])
}

/// Installs tarballs in addition to the installed packages, in one step, because npm removes packages that are not
/// requested.
pub fn add_all(directory: &Path, tarballs: &[&Path]) -> Result<()> {
    let mut bytes = Vec::new();
    for tarball in tarballs {
        bytes.extend(fs::read(tarball)?);
    }
    cache::once(&directory.join("added"), &bytes, || {
        show(
            command("npm")
                .args(["install", "--no-save", "--no-audit", "--no-fund", "--prefer-offline"])
                .args(tarballs)
                .current_dir(directory),
        )
    })
}

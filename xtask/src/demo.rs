//! The demo: installs the built package into the app as a user would, builds the app, and starts it with the sandbox.

use crate::cache::once;
use crate::npm;
use crate::package::{self, stage};
use crate::run::{command, root, show};
use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};

/// Builds and starts the demo; `arguments` are passed to `serve.mjs`.
pub fn run(arguments: &[String]) -> Result<()> {
    let app = build(&package::build()?.tarball)?;
    show(command("node").arg("serve.mjs").args(arguments).current_dir(app))
}

/// Builds the app, and returns its directory, which also has its dependencies and the sandbox.
pub fn build(tarball: &Path) -> Result<PathBuf> {
    let app = stage("www", "www")?;
    for part in ["", "sandbox"] {
        npm::install(&root().join("www").join(part), &app.join(part))?;
    }
    npm::add(&app, tarball)?;
    let mut sources = fs::read(tarball)?;
    append_files(&app.join("src"), &mut sources)?;
    for name in ["index.html", "vite.config.ts", "package.json"] {
        sources.extend(fs::read(app.join(name))?);
    }
    once(&app.join("built"), &sources, || {
        println!("building the demo app");
        show(command("npm").args(["run", "--silent", "build"]).current_dir(&app))
    })?;
    Ok(app)
}

fn append_files(directory: &Path, bytes: &mut Vec<u8>) -> Result<()> {
    let mut entries = fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            append_files(&path, bytes)?;
        } else {
            bytes.extend(fs::read(path)?);
        }
    }
    Ok(())
}

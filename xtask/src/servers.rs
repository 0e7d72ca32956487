//! Real authorization servers, from the registries, that the packed package signs in to in Chromium.

use crate::browsers::Browsers;
use crate::package::{self, stage};
use crate::run::{command, root, show};
use crate::{cache, debian, npm};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Builds the package, starts each server named, or all, and compares what it can do with docs/real-servers.md; `--write` has
/// it written there.
pub fn run(arguments: &[String]) -> Result<()> {
    let built = package::build()?;
    let staged = stage("tests/servers", "servers")?;
    npm::add(&staged.join("app"), &built.tarball)?;
    let browsers = Browsers::find()?;
    let (options, wanted): (Vec<&String>, Vec<&String>) =
        arguments.iter().partition(|argument| argument.starts_with("--"));
    let mut servers = Vec::new();
    for name in names()?.into_iter().filter(|name| wanted.is_empty() || wanted.contains(&name)) {
        servers.push(match install(&name, &staged.join(&name)) {
            Ok(directory) => json!({ "name": name, "directory": directory }),
            Err(error) => json!({ "name": name, "reason": format!("{error:#}") }),
        });
    }
    if servers.is_empty() {
        bail!("there is no such server; they are {}", names()?.join(", "));
    }
    show(
        command("node")
            .arg(root().join("tests/servers/run.mjs"))
            .args(options)
            .env("SMART_LAUNCH_SERVERS", json!(servers).to_string())
            .env("SMART_LAUNCH_APP", staged.join("app"))
            .env("SMART_LAUNCH_TOOLS", npm::tools()?)
            .env("CHROMIUM", browsers.chromium),
    )
}

/// A server is a directory with a `start.mjs`.
fn names() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join("tests/servers"))? {
        let entry = entry?;
        if entry.path().join("start.mjs").exists() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Installs a server from the registry that it is in, and gives the directory where it is.
fn install(name: &str, staged: &Path) -> Result<PathBuf> {
    let sources = root().join("tests/servers").join(name);
    if sources.join("package-lock.json").exists() {
        npm::install(&sources, staged)?;
        return Ok(staged.to_owned());
    }
    let directory = cache::directory(&format!("servers/{name}"))?;
    if let Ok(requirements) = fs::read(sources.join("requirements.txt")) {
        python(&sources, &directory, &requirements)?;
    } else {
        let packages = fs::read_to_string(sources.join("debian-packages"))?;
        let packages: Vec<&str> = packages.lines().collect();
        // Of a package that was removed it knows still.
        let states =
            Command::new("dpkg-query").args(["--show", "--showformat=${db:Status-Status}\n"]).args(&packages).output();
        let is_there = |output: Output| {
            output.status.success() && String::from_utf8_lossy(&output.stdout).lines().all(|state| state == "installed")
        };
        if !states.is_ok_and(is_there) {
            debian::install(&packages)?;
        }
    }
    Ok(directory)
}

/// A virtual environment with exactly what the requirements say, hashes included.
fn python(sources: &Path, directory: &Path, requirements: &[u8]) -> Result<()> {
    cache::once(&directory.join("installed"), requirements, || {
        let venv = directory.join("venv");
        println!("pip install in {} (once)", venv.display());
        show(command("python3").args(["-m", "venv", "--clear"]).arg(&venv)).context("Python 3 with venv is missing")?;
        show(
            command(venv.join("bin/pip"))
                .args(["install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--requirement"])
                .arg(sources.join("requirements.txt")),
        )
    })
}

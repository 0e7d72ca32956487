//! Real authorization servers, which are installed from npm, PyPI or Debian. The packed package signs in to them: a public app
//! in Chromium, confidential clients in Node.

use crate::browsers::Browsers;
use crate::package::{self, Built, stage};
use crate::run::{command, read, root, show};
use crate::{cache, debian, npm};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Signs in to the named servers, or all, and then writes their rows of the tables of `docs/real-servers.md`.
pub fn run(names: &[String]) -> Result<()> {
    let servers = servers()?;
    if let Some(unknown) = names.iter().find(|name| !servers.contains(name)) {
        bail!("there is no server `{unknown}`; the servers are {}", servers.join(", "));
    }
    sign_in(&package::build()?, if names.is_empty() { &servers } else { names }, names)
}

/// Signs in to all servers, and fails if the results differ from the tables or a server is not available.
pub fn test(built: &Built) -> Result<()> {
    sign_in(built, &servers()?, &["--check".to_owned()])
}

fn sign_in(built: &Built, names: &[String], arguments: &[String]) -> Result<()> {
    let staged = stage("tests/servers", "servers")?;
    npm::add(&staged.join("app"), &built.tarball)?;
    let browsers = Browsers::find()?;
    let servers = names.iter().map(|name| match install(name, &staged.join(name)) {
        Ok(directory) => json!({ "name": name, "directory": directory }),
        Err(error) => json!({ "name": name, "reason": format!("{error:#}") }),
    });
    let servers = Value::Array(servers.collect());
    show(
        command("node")
            .arg(root().join("tests/servers/run.mjs"))
            .args(arguments)
            .env("SMART_LAUNCH_SERVERS", servers.to_string())
            .env("SMART_LAUNCH_APP", staged.join("app"))
            .env("SMART_LAUNCH_TOOLS", npm::tools()?)
            .env("CHROMIUM", browsers.chromium),
    )
}

/// The names of the servers: the directories with a `start.mjs`.
fn servers() -> Result<Vec<String>> {
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

/// Installs a server from its registry, and returns its directory.
fn install(name: &str, staged: &Path) -> Result<PathBuf> {
    let sources = root().join("tests/servers").join(name);
    if sources.join("package-lock.json").exists() {
        npm::install(&sources, staged)?;
        return Ok(staged.to_owned());
    }
    let requirements = sources.join("requirements.txt");
    if requirements.exists() {
        return install_python(name, &requirements);
    }
    let packages = fs::read_to_string(sources.join("debian-packages"))?;
    let packages: Vec<&str> = packages.lines().collect();
    debian::ensure_installed(&packages)?;
    Ok(staged.to_owned())
}

/// Creates a virtual environment with exactly the requirements, hashes included. Each version of the requirements has its own
/// environment.
fn install_python(name: &str, requirements: &Path) -> Result<PathBuf> {
    let mut inputs = fs::read(requirements)?;
    let directory = cache::pinned(&format!("servers/{name}"), &inputs)?;
    let has_venv = Command::new("python3").args(["-c", "import ensurepip, venv"]).stderr(Stdio::null()).status();
    if !has_venv.is_ok_and(|status| status.success()) {
        debian::install(&["python3", "python3-venv"])?;
    }
    // The environment links to the Python that created it.
    inputs.extend(read(command("python3").args(["-c", "import sys; print(sys.base_prefix, sys.version)"]))?.bytes());
    cache::once(&directory.join("installed"), &inputs, || {
        let venv = directory.join("venv");
        println!("pip install in {} (once)", venv.display());
        show(command("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
        show(
            command(venv.join("bin/pip"))
                .args(["install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--requirement"])
                .arg(requirements),
        )
        .with_context(|| format!("pip could not install {name}"))
    })?;
    Ok(directory)
}

//! Checks of the supply chain: origin and licences of crates, advisories, reproducible builds, the packed package.
//! docs/supply-chain.md lists which check runs where.

use crate::licences::{IN_PACKAGE, IN_TOOLS, permit};
use crate::npm;
use crate::package::{Built, stage};
use crate::reproducible;
use crate::run::{command, node_test, read, root, show, sources};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

/// Checks crates, advisories, reproducibility, and the packed package with the tests in tests/supply.
pub fn check(built: &Built) -> Result<()> {
    show(command("cargo").args(["test", "--quiet", "--package", "xtask"]))?;
    for file in sources()? {
        if file.ends_with("Cargo.lock") {
            crates(&file)?;
            crate_advisories(&file)?;
        } else if let Some(directory) = file.strip_suffix("/package-lock.json") {
            npm_advisories(directory)?;
        }
    }
    reproducible::check(built)?;
    show(&mut tests(built, node_test())?)
}

/// Rewrites `tests/supply/api` from the declarations.
pub fn write_api(built: &Built) -> Result<()> {
    show(tests(built, command("node"))?.arg("write-api.mjs"))
}

/// Prepares Node to run in the directory of the tests and their tools.
fn tests(built: &Built, mut node: Command) -> Result<Command> {
    let tools = npm::checks()?;
    let tests = stage("tests/supply", "supply")?;
    let link = tests.join("node_modules");
    let _ = fs::remove_file(&link);
    symlink(tools.join("node_modules"), &link)?;
    node.current_dir(tests)
        // The package's CommonJS modules leave some imports to the app; Node finds them here.
        .env("NODE_PATH", tools.join("node_modules"))
        .env("SMART_LAUNCH_REPOSITORY", root())
        .env("SMART_LAUNCH_PACKAGE", &built.directory)
        .env("SMART_LAUNCH_TARBALL", &built.tarball);
    Ok(node)
}

/// Checks that every crate that tests and tools use comes from crates.io, as in Cargo.lock, under an accepted licence. The
/// build checks crates inside the package more strictly.
fn crates(lock: &str) -> Result<()> {
    let manifest = lock.replace(".lock", ".toml");
    let arguments = ["metadata", "--format-version=1", "--locked", "--manifest-path", &manifest];
    let metadata: Value = serde_json::from_str(&read(command("cargo").args(arguments))?)?;
    let (mut third_party, allowed) = (0, [&IN_PACKAGE[..], &IN_TOOLS].concat());
    for package in metadata["packages"].as_array().context("cargo metadata names no packages")? {
        // Our own crates.
        let Some(source) = package["source"].as_str() else { continue };
        let (name, licence) = (&package["name"], package["license"].as_str().unwrap_or_default());
        if source != CRATES_IO {
            bail!("{lock}: {name} is from {source}");
        }
        if !permit(&allowed, licence).with_context(|| format!("{lock}: {name}"))? {
            bail!("{lock}: {name} is under {licence}, which xtask/src/licences.rs does not accept");
        }
        third_party += 1;
    }
    println!("{lock}: {third_party} crates, all from crates.io and under licences that are accepted");
    Ok(())
}

/// Fails for known vulnerabilities of crates, if cargo-audit is installed and can read its database.
fn crate_advisories(lock: &str) -> Result<()> {
    if !command("cargo").args(["audit", "--version"]).output().is_ok_and(|output| output.status.success()) {
        println!("{lock}: advisories NOT CHECKED: cargo-audit is not installed (`cargo install cargo-audit`)");
        return Ok(());
    }
    let output = command("cargo").args(["audit", "--json", "--file", lock]).output()?;
    let Ok(report) = serde_json::from_slice::<Value>(&output.stdout) else {
        println!("{lock}: advisories NOT CHECKED: {}", String::from_utf8_lossy(&output.stderr).trim());
        return Ok(());
    };
    match report["vulnerabilities"]["found"].as_bool() {
        Some(false) => println!("{lock}: no advisory"),
        Some(true) => bail!("{lock}: {:#}", report["vulnerabilities"]["list"]),
        None => bail!("cargo-audit does not say whether it found anything"),
    }
    Ok(())
}

/// Fails for known vulnerabilities of npm packages, if the registry responds. Those rated low or moderate are only counted.
fn npm_advisories(directory: &str) -> Result<()> {
    let output =
        command("npm").args(["audit", "--json", "--package-lock-only"]).current_dir(root().join(directory)).output()?;
    let report: Value = serde_json::from_slice(&output.stdout).context("npm audit printed no JSON")?;
    let Some(vulnerabilities) = report["metadata"]["vulnerabilities"].as_object() else {
        println!(
            "{directory}: advisories NOT CHECKED: {}",
            report["message"].as_str().unwrap_or("npm gives no reason")
        );
        return Ok(());
    };
    let count = |severity: &str| vulnerabilities.get(severity).and_then(Value::as_u64).unwrap_or(0);
    if count("high") + count("critical") > 0 {
        bail!("{directory}: {:#}", report["vulnerabilities"]);
    }
    println!("{directory}: no advisory rated high or critical, {} others", count("low") + count("moderate"));
    Ok(())
}

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

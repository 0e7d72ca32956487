//! Line coverage of `src/protocol` and `src/flow` by the native tests.

use crate::cache::work_directory;
use crate::run::{command, read, root, show};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// Runs the native tests, prints the coverage of `src/protocol` and `src/flow`, and fails if it is below the limit.
pub fn run() -> Result<()> {
    let tools = llvm_tools()?;
    let work = work_directory("coverage")?;
    let profiles = work.join("profiles");
    let _ = fs::remove_dir_all(&profiles);
    let cargo_test = |arguments: &[&str]| {
        let mut cargo = command("cargo");
        cargo
            .args(["test", "--test", "native", "--target-dir"])
            .arg(work.join("target"))
            .args(arguments)
            .env("RUSTFLAGS", "-Cinstrument-coverage")
            .env("LLVM_PROFILE_FILE", profiles.join("%p-%m.profraw"));
        cargo
    };
    show(&mut cargo_test(&[]))?;
    let binary = executable(&read(&mut cargo_test(&["--no-run", "--message-format=json"]))?)?;
    let merged = work.join("merged.profdata");
    let raw: Vec<PathBuf> = fs::read_dir(&profiles)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    show(command(tools.join("llvm-profdata")).args(["merge", "-sparse", "-o"]).arg(&merged).args(&raw))?;
    let report = read(
        command(tools.join("llvm-cov"))
            .args(["export", "-summary-only"])
            .arg(format!("-instr-profile={}", merged.display()))
            .arg(&binary)
            .args(["src/protocol", "src/flow"].map(|folder| root().join(folder))),
    )?;
    print(&serde_json::from_str(&report)?)
}

fn print(report: &Value) -> Result<()> {
    let files = report["data"][0]["files"].as_array().context("llvm-cov reported no files")?;
    let (mut total, mut covered_total) = (0, 0);
    for file in files {
        let lines = &file["summary"]["lines"];
        let (count, covered) = (lines["count"].as_u64().unwrap_or(0), lines["covered"].as_u64().unwrap_or(0));
        total += count;
        covered_total += covered;
        let name = file["filename"].as_str().unwrap_or_default();
        let name = name.rsplit_once("/src/").map_or(name, |(_, name)| name);
        println!("coverage: {name} {covered}/{count} lines");
    }
    let percent = 100.0 * covered_total as f64 / total.max(1) as f64;
    println!("coverage: {percent:.1} % of {total} lines of src/protocol and src/flow");
    if percent < MIN_PERCENT {
        bail!("coverage is below {MIN_PERCENT} %");
    }
    Ok(())
}

fn executable(messages: &str) -> Result<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .next_back()
        .context("cargo named no test program")
}

/// Directory of llvm-cov and llvm-profdata in the current toolchain.
fn llvm_tools() -> Result<PathBuf> {
    let sysroot = PathBuf::from(read(command("rustc").args(["--print", "sysroot"]))?.trim());
    let host = read(command("rustc").args(["--print", "host-tuple"]))?;
    let directory = sysroot.join("lib/rustlib").join(host.trim()).join("bin");
    if !directory.join("llvm-cov").is_file() {
        println!("installing the component llvm-tools (once)");
        show(command("rustup").args(["component", "add", "llvm-tools"]))?;
    }
    Ok(directory)
}

/// The limit, in percent of lines.
const MIN_PERCENT: f64 = 90.0;

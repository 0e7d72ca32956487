//! Running other programs.

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A command that runs in the repository.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// Node's test runner in the repository. It stops a file after half an hour, so that a test that never ends fails with the
/// name of its file. On a busy machine the longest file takes a quarter of an hour.
pub fn node_test() -> Command {
    let mut node = command("node");
    node.args(["--test", "--test-reporter=spec", "--test-timeout=1800000"]);
    node
}

/// Runs a command whose output the user sees.
pub fn show(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {:?}", command.get_program()))?;
    if !status.success() {
        bail!("{:?} failed: {status}", command.get_program());
    }
    Ok(())
}

/// Runs a command and returns its output.
pub fn read(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {:?}", command.get_program()))?;
    if !output.status.success() {
        bail!("{:?} failed: {}\n{}", command.get_program(), output.status, String::from_utf8_lossy(&output.stdout));
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The files of the repository by their relative paths: those that git tracks, and new ones that it does not ignore.
pub fn sources() -> Result<Vec<String>> {
    let listed = read(command("git").args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]))?;
    Ok(listed.split_terminator('\0').filter(|name| root().join(name).is_file()).map(str::to_owned).collect())
}

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

//! Builds the package twice and checks that the bytes are the same, wherever it is built.

use crate::cache::{self, work_directory};
use crate::package::Built;
use crate::run::{command, read, root, show, sources};
use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Builds the package again, from a copy of the sources at another path, as if for another user: another home
/// directory, another directory for cargo's registry, another umask, and nothing compiled before. Only the tools are
/// the same.
///
/// # Errors
/// Names the files that differ.
pub fn check(built: &Built) -> Result<()> {
    let directory = work_directory("second build")?;
    let copy = directory.join("smart-launch");
    copy_sources(&copy)?;
    let (home, registry) = (directory.join("home"), directory.join("cargo"));
    fs::create_dir_all(&home)?;
    link_entries(&cargo_home()?, &registry)?;
    let target = cache::work_directory_of(&copy, "package")?;
    let _ = fs::remove_dir_all(&target);
    let printed = read(
        command("sh")
            .args(["-c", "umask 077 && exec cargo xtask build"])
            .current_dir(&copy)
            .env("HOME", &home)
            .env("CARGO_HOME", &registry)
            .env("RUSTUP_HOME", rustup_home()?)
            // The dependencies of xtask itself need not be compiled again.
            .env("CARGO_TARGET_DIR", directory.join("target"))
            .env("SMART_LAUNCH_CACHE", cache::base()?)
            .env("npm_config_update_notifier", "false"),
    )?;
    let name = built.tarball.file_name().context("a tarball has a name")?;
    let tarball = printed.lines().map(Path::new).find(|path| path.file_name() == Some(name));
    let tarball = tarball.context("the build names no tarball")?;
    if fs::read(tarball)? == fs::read(&built.tarball)? {
        println!("the same tarball twice: {}", built.integrity);
        return Ok(());
    }
    let _ = show(command("diff").args(["--recursive", "--brief"]).arg(&built.directory).arg(target.join("package")));
    bail!("{} and {} differ", built.tarball.display(), tarball.display())
}

fn copy_sources(copy: &Path) -> Result<()> {
    let _ = fs::remove_dir_all(copy);
    for name in sources()? {
        let to = copy.join(&name);
        fs::create_dir_all(to.parent().unwrap_or(copy))?;
        fs::copy(root().join(&name), to)?;
    }
    Ok(())
}

/// Creates a directory with symbolic links to the entries of another.
fn link_entries(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let link = to.join(entry.file_name());
        let _ = fs::remove_file(&link);
        symlink(entry.path(), link)?;
    }
    Ok(())
}

fn cargo_home() -> Result<PathBuf> {
    in_home("CARGO_HOME", ".cargo")
}

fn rustup_home() -> Result<PathBuf> {
    in_home("RUSTUP_HOME", ".rustup")
}

fn in_home(variable: &str, directory: &str) -> Result<PathBuf> {
    let value = env::var_os(variable).map(PathBuf::from);
    value.or_else(|| env::home_dir().map(|home| home.join(directory))).with_context(|| format!("{variable} is not set"))
}

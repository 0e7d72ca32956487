//! The user's cache directory. Tools are stored by version, installations that checkouts share by lock file, and builds, with
//! what is installed for them, by checkout.

use crate::run::root;
use anyhow::{Context, Result};
use std::collections::hash_map::DefaultHasher;
use std::env;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

/// Returns a directory in the cache, and creates it if it is missing.
pub fn directory(name: &str) -> Result<PathBuf> {
    let directory = base()?.join("smart-launch").join(name);
    fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
    Ok(directory)
}

/// The directory that contains all caches.
pub fn base() -> Result<PathBuf> {
    env::var_os("SMART_LAUNCH_CACHE")
        .or_else(|| env::var_os("XDG_CACHE_HOME"))
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".cache")))
        .context("there is no home directory: set SMART_LAUNCH_CACHE")
}

/// A directory in the cache for this checkout, with the files that are built and installed for it.
pub fn work_directory(name: &str) -> Result<PathBuf> {
    work_directory_of(&root(), name)
}

/// As [`work_directory`], for another checkout.
pub fn work_directory_of(checkout: &Path, name: &str) -> Result<PathBuf> {
    let mut hasher = DefaultHasher::new();
    checkout.hash(&mut hasher);
    directory(&format!("work-{:016x}", hasher.finish())).and_then(|work| {
        let directory = work.join(name);
        fs::create_dir_all(&directory)?;
        Ok(directory)
    })
}

/// A directory in the cache for these contents, so that an installation is reused while its lock file is unchanged.
pub fn pinned(name: &str, contents: &[u8]) -> Result<PathBuf> {
    let mut hasher = DefaultHasher::new();
    contents.hash(&mut hasher);
    directory(&format!("{name}-{:016x}", hasher.finish()))
}

/// Does `work` unless it was already done for the same `inputs`, which are recorded in `stamp`.
pub fn once(stamp: &Path, inputs: &[u8], work: impl FnOnce() -> Result<()>) -> Result<()> {
    if fs::read(stamp).is_ok_and(|recorded| recorded == inputs) {
        return Ok(());
    }
    let _ = fs::remove_file(stamp);
    work()?;
    fs::write(stamp, inputs).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Changes `to` into a copy of `from`. Files that are installed or built are not copied, and those in `to` stay.
pub fn mirror(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(to)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        let is_obsolete = !from.join(name).exists() && !GENERATED.iter().any(|generated| name == *generated);
        if is_obsolete && path.is_dir() {
            fs::remove_dir_all(&path)?;
        } else if is_obsolete {
            fs::remove_file(&path)?;
        }
    }
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        if GENERATED.iter().any(|generated| name == *generated) {
            continue;
        }
        let target = to.join(&name);
        if entry.file_type()?.is_dir() {
            mirror(&entry.path(), &target)?;
        } else if fs::read(&target).ok() != Some(fs::read(entry.path())?) {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// Files that npm and the builds create in a copy: they are neither copied nor deleted.
const GENERATED: [&str; 6] = ["node_modules", "dist", "package-lock.json", "installed", "added", "built"];

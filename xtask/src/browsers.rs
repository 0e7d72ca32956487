//! Browsers and their drivers.

use crate::cache;
use crate::run::command;
use crate::tools::GECKODRIVER;
use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the browser tests need.
pub struct Browsers {
    /// Chromium.
    pub chromium: PathBuf,
    /// Chromium's driver.
    pub chromedriver: PathBuf,
    /// Directory with Firefox under the name its driver looks for.
    pub firefox: PathBuf,
    /// Firefox's driver.
    pub geckodriver: PathBuf,
}

impl Browsers {
    /// Finds them, or installs them where that can be done: on Debian as root.
    pub fn find() -> Result<Self> {
        if [CHROMIUM, CHROMEDRIVER, FIREFOX].iter().any(|names| find(names).is_none()) {
            install()?;
        }
        let found = |names: &[&str], what: &str| {
            find(names).with_context(|| format!("{what} is missing; install it, for instance `{INSTALL}`"))
        };
        // wasm-bindgen's runner starts `firefox`; Debian calls it firefox-esr.
        let firefox = cache::directory("browsers")?;
        let link = firefox.join("firefox");
        let _ = fs::remove_file(&link);
        symlink(found(FIREFOX, "Firefox")?, &link)?;
        Ok(Self {
            chromium: found(CHROMIUM, "Chromium")?,
            chromedriver: found(CHROMEDRIVER, "ChromeDriver")?,
            firefox,
            geckodriver: match find(&["geckodriver"]) {
                Some(driver) => driver,
                None => GECKODRIVER.directory()?.join("geckodriver"),
            },
        })
    }
}

fn install() -> Result<()> {
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if !root || find(&["apt-get"]).is_none() {
        bail!("Chromium, ChromeDriver or Firefox is missing; install them, for instance `sudo {INSTALL}`");
    }
    println!("installing browsers (once): {INSTALL}");
    for step in ["update", "install -y --no-install-recommends chromium chromium-driver firefox-esr"] {
        let status =
            command("apt-get").args(step.split(' ')).args(["-qq"]).env("DEBIAN_FRONTEND", "noninteractive").status()?;
        if !status.success() {
            bail!("`apt-get {step}` failed; install the browsers by hand: `{INSTALL}`");
        }
    }
    Ok(())
}

/// The first of these programs on the path.
fn find(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let directories: Vec<PathBuf> = env::split_paths(&path).collect();
    names.iter().find_map(|name| directories.iter().map(|directory| directory.join(name)).find(|file| is_program(file)))
}

fn is_program(file: &Path) -> bool {
    file.is_file()
}

const CHROMIUM: &[&str] = &["chromium", "chromium-browser", "google-chrome"];
const CHROMEDRIVER: &[&str] = &["chromedriver"];
const FIREFOX: &[&str] = &["firefox", "firefox-esr"];
const INSTALL: &str = "apt-get install chromium chromium-driver firefox-esr";

//! Browsers and their drivers.

use crate::tools::GECKODRIVER;
use crate::{cache, debian};
use anyhow::{Context, Result};
use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// The programs that the browser tests need.
pub struct Browsers {
    /// Chromium.
    pub chromium: PathBuf,
    /// Chromium's driver.
    pub chromedriver: PathBuf,
    /// Directory that has Firefox under the name that its driver looks for.
    pub firefox: PathBuf,
    /// Firefox's driver.
    pub geckodriver: PathBuf,
}

impl Browsers {
    /// Finds the browsers and drivers, or installs them if possible (on Debian as root).
    pub fn find() -> Result<Self> {
        if [CHROMIUM, CHROMEDRIVER, FIREFOX].iter().any(|names| find_program(names).is_none()) {
            debian::install(PACKAGES)?;
        }
        let required = |names: &[&str], browser: &str| {
            find_program(names).with_context(|| {
                format!("{browser} is missing; install it, for instance `apt-get install {}`", PACKAGES.join(" "))
            })
        };
        // geckodriver looks for `firefox` on the path; Debian calls it firefox-esr.
        let firefox = cache::directory("browsers")?;
        let link = firefox.join("firefox");
        let _ = fs::remove_file(&link);
        symlink(required(FIREFOX, "Firefox")?, &link)?;
        Ok(Self {
            chromium: required(CHROMIUM, "Chromium")?,
            chromedriver: required(CHROMEDRIVER, "ChromeDriver")?,
            firefox,
            geckodriver: match find_program(&["geckodriver"]) {
                Some(driver) => driver,
                None => GECKODRIVER.directory()?.join("geckodriver"),
            },
        })
    }
}

/// WebKit for GTK, driven on a virtual display.
pub struct WebKit {
    /// WebKit's driver, which finds the browser by itself.
    pub driver: PathBuf,
    /// A virtual display.
    pub xvfb: PathBuf,
}

impl WebKit {
    /// Finds WebKit, or installs it if possible; `None` if it is not available.
    pub fn find() -> Option<Self> {
        let installed = || Some(Self { driver: find_program(&["WebKitWebDriver"])?, xvfb: find_program(&["Xvfb"])? });
        installed().or_else(|| {
            debian::install(WEBKIT).inspect_err(|error| println!("{error:#}")).ok()?;
            installed()
        })
    }
}

/// The first of these programs on the path.
fn find_program(names: &[&str]) -> Option<PathBuf> {
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
const PACKAGES: &[&str] = &["chromium", "chromium-driver", "firefox-esr"];
const WEBKIT: &[&str] = &["webkit2gtk-driver", "xvfb"];

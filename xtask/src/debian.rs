//! Debian packages, installed if possible (on Debian as root).

use crate::run::{command, show};
use anyhow::{Context, Result, bail};
use std::process::{Command, Output};

/// Installs packages unless they are installed.
///
/// # Errors
/// As [`install`].
pub fn ensure_installed(packages: &[&str]) -> Result<()> {
    // `dpkg-query` also lists packages that were removed.
    let states =
        Command::new("dpkg-query").args(["--show", "--showformat=${db:Status-Status}\n"]).args(packages).output();
    let are_installed = |output: Output| {
        output.status.success() && String::from_utf8_lossy(&output.stdout).lines().all(|state| state == "installed")
    };
    if states.is_ok_and(are_installed) { Ok(()) } else { install(packages) }
}

/// Installs packages.
///
/// # Errors
/// With instructions for installing by hand.
pub fn install(packages: &[&str]) -> Result<()> {
    let packages = packages.join(" ");
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if !is_root || Command::new("apt-get").arg("--version").output().is_err() {
        bail!("missing: {packages}; install them, for instance `sudo apt-get install {packages}`");
    }
    println!("installing (once): {packages}");
    for step in ["update".to_owned(), format!("install -y --no-install-recommends {packages}")] {
        show(command("apt-get").arg("-qq").args(step.split(' ')).env("DEBIAN_FRONTEND", "noninteractive"))
            .with_context(|| format!("`apt-get {step}` failed; install by hand: `apt-get install {packages}`"))?;
    }
    Ok(())
}

//! The tools of the build, pinned.

use crate::cache;
use crate::npm;
use crate::run::{command, read, show};
use anyhow::{Context, Result};
use std::env;
use std::path::PathBuf;

/// A program that `cargo install` builds.
#[derive(Clone, Copy)]
pub struct Tool {
    name: &'static str,
    version: &'static str,
}

/// wasm-bindgen's CLI and test runner, in the version that Cargo.toml names.
pub const WASM_BINDGEN: Tool = Tool { name: "wasm-bindgen-cli", version: "0.2.130" };
/// Runs the wasm tests in browsers and in Node.
pub const WASM_PACK: Tool = Tool { name: "wasm-pack", version: "0.15.1" };
/// Drives Firefox.
pub const GECKODRIVER: Tool = Tool { name: "geckodriver", version: "0.37.1" };
/// Changes the sources and runs the tests.
pub const CARGO_MUTANTS: Tool = Tool { name: "cargo-mutants", version: "27.1.0" };

impl Tool {
    /// Directory of the tool's programs, built if necessary. They are hardly optimised: they run for seconds, and a
    /// release build takes minutes longer.
    pub fn directory(self) -> Result<PathBuf> {
        let Self { name, version } = self;
        let directory = cache::directory(&format!("tools/{name}-{version}"))?;
        cache::once(&directory.join("installed"), b"1", || {
            println!("installing {name} {version} (once)");
            let target = cache::directory("tools/target")?;
            show(
                command("cargo")
                    .args(["install", "--debug", name, "--version", version, "--root"])
                    .arg(&directory)
                    .env("CARGO_TARGET_DIR", &target)
                    .env("CARGO_PROFILE_DEV_DEBUG", "0")
                    .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
                    .env("CARGO_INCREMENTAL", "0")
                    .env_remove("RUSTFLAGS"),
            )
        })?;
        Ok(directory.join("bin"))
    }
}

/// Installs the tools that every build needs: the target, wasm-bindgen, wasm-opt and esbuild.
pub fn for_build() -> Result<()> {
    target()?;
    WASM_BINDGEN.directory()?;
    npm::tools()?;
    Ok(())
}

/// Installs the target if the current toolchain lacks its standard library.
fn target() -> Result<()> {
    let sysroot = read(command("rustc").args(["--print", "sysroot"]))?;
    if PathBuf::from(sysroot.trim()).join("lib/rustlib/wasm32-unknown-unknown/lib").is_dir() {
        return Ok(());
    }
    println!("installing the target wasm32-unknown-unknown (once)");
    show(command("rustup").args(["target", "add", "wasm32-unknown-unknown"]))
        .context("rustup could not add the target wasm32-unknown-unknown")
}

/// `PATH` with these directories first.
pub fn path(directories: &[PathBuf]) -> Result<std::ffi::OsString> {
    let inherited = env::var_os("PATH").unwrap_or_default();
    Ok(env::join_paths(directories.iter().cloned().chain(env::split_paths(&inherited)))?)
}

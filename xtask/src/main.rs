//! Set-up, build, demo and tests of smart-launch: everything that is not the library.
//!
//! What these commands fetch is pinned, and installed once into the user's cache directory.

mod bench;
mod bill;
mod binary;
mod blocks;
mod browsers;
mod cache;
mod conformance;
mod coverage;
mod debian;
mod demo;
mod docs;
mod fuzz;
mod licences;
mod linked;
mod matrix;
mod mutants;
mod npm;
mod package;
mod packed;
mod run;
mod sandbox;
mod servers;
mod size;
mod supply;
mod symbols;
mod test;
mod tools;
mod twice;
mod wasm;

use anyhow::{Result, bail};
use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run_command() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run_command() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    match command.as_str() {
        "build" => build(),
        "demo" => demo::run(&rest),
        "test" => test::run(&rest),
        "fuzz" => fuzz::run(&rest),
        "mutants" => mutants::run(&rest),
        "size" => size::run(),
        "bench" => bench::run(),
        "api" => supply::write_api(&package::build()?),
        "matrix" => matrix::run(&rest),
        "servers" => servers::run(&rest),
        "conformance" => conformance::write(),
        "docs" => docs::build(&package::build()?).map(|site| println!("{}", site.join("index.html").display())),
        _ => bail!(USAGE),
    }
}

fn build() -> Result<()> {
    println!("{}\n{}", package::build()?.tarball.display(), sandbox::pack()?.display());
    Ok(())
}

/// What there is to run.
const USAGE: &str = "cargo xtask build   makes the npm packages, the library's and the sandbox's, and packs them
cargo xtask demo    builds, starts the sandbox and the demo app, prints its address
cargo xtask test    everything CI runs; `test NAME …` only those steps
cargo xtask fuzz    every parser of outside input for a minute; `fuzz SECONDS TARGET …` as long as that
cargo xtask mutants changes the protocol's code in every way there is, and counts what the native tests notice; `mutants N`
                    tries every Nth change
cargo xtask size    what a sign-in loads, in bytes; writes docs/size.md
cargo xtask matrix  signs in with the packed package in each bundler, runtime, test runner and browser; `matrix NAME …` in
                    those
cargo xtask bench   speed and memory beside other libraries, as ratios; writes docs/speed.md
cargo xtask servers signs in to real authorization servers and writes what came of it; `servers NAME …` only to those
cargo xtask api     writes what the declarations say to tests/supply/api anew
cargo xtask docs    renders the docs as a site, prints its first page
cargo xtask conformance  writes docs/conformance.md from the rows in tests/conformance";

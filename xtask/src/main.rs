//! Set-up, build, demo and tests of smart-launch: everything except the library.
//!
//! The downloads of these commands, except Debian packages and parts of the Rust toolchain, are pinned, and installed once
//! into the user's cache directory.

mod background;
mod bench;
mod binary;
mod browsers;
mod cache;
mod code_blocks;
mod conformance;
mod coverage;
mod debian;
mod demo;
mod docs;
mod fuzz;
mod licences;
mod linked_crates;
mod matrix;
mod mutants;
mod npm;
mod package;
mod reproducible;
mod run;
mod sandbox;
mod sbom;
mod servers;
mod size;
mod stores;
mod supply;
mod symbols;
mod test;
mod tools;
mod usage;
mod wasm;
mod wasm_decoding;
mod wasm_encoding;
mod wasm_parts;
mod wasm_references;

use anyhow::{Result, bail};
use std::env;
use std::process::ExitCode;
use usage::USAGE;

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
    let library = package::build()?.tarball;
    println!("{}\n{}", library.display(), sandbox::pack(&library)?.display());
    Ok(())
}

//! The help text.

/// The commands, as printed for an unknown command.
pub const USAGE: &str = "cargo xtask build   builds and packs the npm packages, the library's and the sandbox's
cargo xtask demo    builds, starts the sandbox and two demo apps, prints their addresses
cargo xtask test    everything CI runs; `test NAME …` only those steps
cargo xtask fuzz    every parser of untrusted input for a minute; `fuzz SECONDS TARGET …` for that time
cargo xtask mutants tries every possible change to the protocol code, and counts those that the native tests catch; `mutants N`
                    tries every Nth change
cargo xtask size    the bytes that a sign-in loads; writes docs/size.md
cargo xtask matrix  signs in with the packed package in each bundler, runtime, test runner and browser; `matrix NAME …` in
                    those
cargo xtask bench   speed and memory compared with other libraries, as ratios; writes docs/speed.md
cargo xtask servers signs in to real authorization servers and writes the results; `servers NAME …` only to those
cargo xtask api     writes the reports of the public API in tests/supply/api
cargo xtask docs    renders the docs as a site, prints the path of its first page
cargo xtask conformance  writes docs/conformance.md from the rows in tests/conformance";

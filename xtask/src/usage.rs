//! The help text.

/// The commands, as printed for an unknown command.
pub const USAGE: &str = "cargo xtask build   makes the npm packages, the library's and the sandbox's, and packs them
cargo xtask demo    builds, starts the sandbox and the demo app, prints its address
cargo xtask test    everything CI runs; `test NAME …` only those steps
cargo xtask fuzz    every parser of outside input for a minute; `fuzz SECONDS TARGET …` as long as that
cargo xtask mutants changes the protocol's code in every way there is, and counts what the native tests notice; `mutants N`
                    tries every Nth change
cargo xtask size    what a sign-in loads, in bytes; writes docs/size.md
cargo xtask matrix  signs in with the packed package in each bundler, runtime, test runner and browser; `matrix NAME …` in
                    those
cargo xtask bench   speed and memory beside other libraries, as ratios; writes docs/speed.md
cargo xtask servers signs in to real authorization servers and writes the results; `servers NAME …` only to those
cargo xtask api     writes what the declarations say to tests/supply/api anew
cargo xtask docs    renders the docs as a site, prints its first page
cargo xtask conformance  writes docs/conformance.md from the rows in tests/conformance";

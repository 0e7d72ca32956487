//! Mutation testing of `src/protocol` and `src/flow`: a mutant is the library with one operator, branch or result
//! changed, and the native tests must fail for it.
//!
//! `.cargo/mutants.toml` configures the mutations; `tests/mutants.json` explains why some of them are not detected.

use crate::cache::work_directory;
use crate::run::{command, read, root};
use crate::tools;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::process::Command;
use std::thread;

/// `cargo xtask mutants [N]`: every mutant, or every `N`th.
pub fn run(arguments: &[String]) -> Result<()> {
    let stride = match arguments {
        [] => Some(1),
        [stride] => stride.parse::<usize>().ok().filter(|stride| *stride > 0),
        _ => None,
    };
    let stride = stride.context("`cargo xtask mutants N` tries every Nth mutant")?;
    let reasons = reasons()?;
    let list: Value = serde_json::from_str(&read(mutants()?.args(["--list", "--json"]))?)?;
    let list = list.as_array().context("cargo-mutants listed no mutants")?;
    let all_mutants: Vec<Mutant> = list.iter().map(Mutant::of).collect::<Result<_>>()?;

    let skip_slow: Vec<&str> = SLOW.iter().flat_map(|test| ["--skip", test]).collect();
    let mut trials = try_mutants(stride, &QUICK_OPTIONS.map(String::from), &skip_slow, QUICK_CASES)?;
    let unexplained = |trial: &&mut Trial| trial.outcome == Outcome::Missed && !reasons.contains_key(&trial.mutant);
    let mut missed: Vec<&mut Trial> = trials.iter_mut().filter(unexplained).collect();
    if !missed.is_empty() {
        println!("mutants: the quick tests miss {} that have no reason; running the slow tests", missed.len());
        let selection = missed.iter().map(|trial| format!("--re=^{}$", escaped(&trial.name)));
        let second_trials =
            try_mutants(1, &selection.chain(THOROUGH_OPTIONS.map(String::from)).collect::<Vec<_>>(), &[], ALL_CASES)?;
        for trial in &mut missed {
            trial.outcome = second_trials
                .iter()
                .find(|second| second.name == trial.name)
                .context("a mutant was not tried again")?
                .outcome;
        }
    }
    report(&trials, &reasons, &all_mutants)
}

/// Prints the survivors and the figures.
fn report(trials: &[Trial], reasons: &BTreeMap<Mutant, String>, all_mutants: &[Mutant]) -> Result<()> {
    let mut problems = Vec::new();
    for Trial { mutant, .. } in trials.iter().filter(|trial| trial.outcome == Outcome::Missed) {
        match reasons.get(mutant) {
            Some(reason) => println!("survivor: {mutant}: {reason}"),
            None => problems.push(format!("survivor without a reason: {mutant}")),
        }
    }
    for mutant in reasons.keys() {
        let outcomes: Vec<Outcome> =
            trials.iter().filter(|trial| trial.mutant == *mutant).map(|trial| trial.outcome).collect();
        if !all_mutants.contains(mutant) {
            problems.push(format!("no longer a mutant: {mutant}"));
        } else if !outcomes.is_empty() && !outcomes.contains(&Outcome::Missed) {
            problems.push(format!("no longer a survivor: {mutant}"));
        }
    }
    for problem in &problems {
        println!("{problem}");
    }
    let percent = print_figures(trials);
    if percent < MIN_CAUGHT_PERCENT {
        bail!("fewer than {MIN_CAUGHT_PERCENT} % of the mutants are caught");
    }
    if !problems.is_empty() {
        bail!("tests/mutants.json is out of date for {} mutants", problems.len());
    }
    Ok(())
}

/// Prints the figures, and returns the percentage that was caught.
fn print_figures(trials: &[Trial]) -> f64 {
    let count = |outcome| trials.iter().filter(|trial| trial.outcome == outcome).count();
    let (caught, timeouts) = (count(Outcome::Caught), count(Outcome::Timeout));
    let (missed, unviable) = (count(Outcome::Missed), count(Outcome::Unviable));
    let viable = trials.len() - unviable;
    let percent = 100.0 * (caught + timeouts) as f64 / viable.max(1) as f64;
    println!(
        "mutants: {} tried, {unviable} do not compile; of {viable} that do, {caught} are caught by a test that fails, \
         {timeouts} by tests that do not end, {missed} by none: {percent:.1} % caught",
        trials.len()
    );
    percent
}

/// A change to the sources, identified without line numbers, so that it keeps its identity when lines move.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Mutant {
    file: String,
    /// The description by cargo-mutants.
    mutation: String,
    /// The changed line.
    line: String,
}

impl Mutant {
    /// Reads the description of a mutant by cargo-mutants.
    fn of(mutant: &Value) -> Result<Self> {
        let file = mutant["file"].as_str().context("a mutant has no file")?;
        let name = mutant["name"].as_str().context("a mutant has no name")?;
        let replacement = mutant["replacement"].as_str().context("a mutant has no replacement")?;
        let position =
            |end: &str, unit: &str| mutant["span"][end][unit].as_u64().map_or(0, |number| number as usize - 1);
        let text = fs::read_to_string(root().join(file))?;
        let line = |number| text.lines().nth(number).unwrap_or_default().chars();
        let before: String = line(position("start", "line")).take(position("start", "column")).collect();
        let after: String = line(position("end", "line")).skip(position("end", "column")).collect();
        Ok(Self {
            file: file.into(),
            mutation: name.split_once(": ").context("the name of a mutant has no position")?.1.into(),
            line: format!("{before}{replacement}{after}").trim().into(),
        })
    }
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, mutation, line } = self;
        write!(f, "{file}: {mutation}: `{line}`")
    }
}

/// A mutant that was tested.
#[derive(Clone)]
struct Trial {
    name: String,
    mutant: Mutant,
    outcome: Outcome,
}

impl Trial {
    fn of(entry: &Value) -> Result<Self> {
        let mutant = &entry["scenario"]["Mutant"];
        let outcome = match entry["summary"].as_str().unwrap_or_default() {
            "CaughtMutant" => Outcome::Caught,
            "MissedMutant" => Outcome::Missed,
            "Timeout" => Outcome::Timeout,
            "Unviable" => Outcome::Unviable,
            summary => bail!("cargo-mutants reports the unknown outcome {summary}"),
        };
        let name = mutant["name"].as_str().context("a mutant has no name")?.into();
        Ok(Self { name, mutant: Mutant::of(mutant)?, outcome })
    }
}

/// The outcome of a mutant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Caught,
    /// The tests did not finish: an endless loop.
    Timeout,
    Unviable,
    Missed,
}

/// Tests every `stride`th of the mutants that `options` select, in parallel. `test_arguments` are passed to the tests,
/// which run at most `cases` cases for each property.
fn try_mutants(stride: usize, options: &[String], test_arguments: &[&str], cases: &str) -> Result<Vec<Trial>> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let work = |worker| {
        let shard = format!("--shard={}/{}", worker * stride, workers * stride);
        let mut mutants = mutants()?;
        mutants.args(["--sharding=round-robin", &shard]).args(options).env("PROPTEST_CASES", cases);
        run_shard(worker, &mut mutants, test_arguments)
    };
    let trials: Vec<Result<Vec<Trial>>> = thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|worker| scope.spawn(move || work(worker))).collect();
        running.into_iter().map(|thread| thread.join().unwrap_or_else(|_| bail!("a worker panicked"))).collect()
    });
    Ok(trials.into_iter().collect::<Result<Vec<_>>>()?.concat())
}

fn run_shard(worker: usize, mutants: &mut Command, test_arguments: &[&str]) -> Result<Vec<Trial>> {
    // Each worker has its own target directory: two workers in one would run each other's tests.
    let work = work_directory(&format!("mutants/{worker}"))?;
    let output = work.join("mutants.out");
    let _ = fs::remove_dir_all(&output);
    let status = mutants
        .arg("--output")
        .arg(&work)
        // `rooms` reads the sources and does not run them: it would detect the changed text, not the changed behaviour.
        .args(["--colors=never", "--cargo-arg=--test=native", "--", "--", "--skip", "rooms::"])
        .args(test_arguments)
        .env("CARGO_TARGET_DIR", work.join("target"))
        .env("TMPDIR", &work)
        // Each build is run only once, so debug information would only cost time.
        .env("CARGO_PROFILE_TEST_DEBUG", "0")
        .env("CARGO_INCREMENTAL", "1")
        // A fixed seed, so that every run has the same cases.
        .env("PROPTEST_RNG_SEED", "1")
        .status()
        .context("cannot start cargo-mutants")?;
    if !matches!(status.code(), Some(SUCCESS | SOME_MISSED | SOME_TIMEOUTS)) {
        bail!("cargo-mutants failed: {status}");
    }
    // The file is missing if this worker had no mutants.
    let outcomes = fs::read(output.join("outcomes.json")).unwrap_or_else(|_| "{}".into());
    let outcomes: Value = serde_json::from_slice(&outcomes)?;
    let outcomes = outcomes["outcomes"].as_array().map_or(&[][..], Vec::as_slice);
    outcomes.iter().filter(|outcome| outcome["scenario"].is_object()).map(Trial::of).collect()
}

fn mutants() -> Result<Command> {
    let mut mutants = command(tools::CARGO_MUTANTS.directory()?.join("cargo-mutants"));
    mutants.arg("mutants");
    Ok(mutants)
}

/// Reasons why mutants survive: for each file, the mutations, with the changed line and the reason.
fn reasons() -> Result<BTreeMap<Mutant, String>> {
    let files: Value = serde_json::from_str(&fs::read_to_string(root().join("tests/mutants.json"))?)?;
    let mut reasons = BTreeMap::new();
    for (file, mutants) in files.as_object().context("tests/mutants.json is no object")? {
        for mutant in mutants.as_array().with_context(|| format!("tests/mutants.json: {file} has no list"))? {
            let text = |name: &str| {
                let text = mutant[name].as_str().filter(|text| !text.is_empty());
                text.map(String::from).with_context(|| format!("tests/mutants.json: a mutant of {file} has no {name}"))
            };
            let mutant = Mutant { file: file.clone(), mutation: text("mutation")?, line: text("line")? };
            reasons.insert(mutant, text("reason")?);
        }
    }
    Ok(reasons)
}

/// A regular expression that matches this text.
fn escaped(text: &str) -> String {
    let mut expression = String::new();
    for letter in text.chars() {
        if r"\.+*?()|[]{}^$".contains(letter) {
            expression.push('\\');
        }
        expression.push(letter);
    }
    expression
}

/// Minimum percentage of caught mutants, of those that compile.
const MIN_CAUGHT_PERCENT: f64 = 90.0;

/// Tests that are skipped at first: each takes longer than all other tests together, which catch most mutants.
const SLOW: [&str; 4] = [
    "explorer::",
    "lossy_network::",
    "hostile::every_row_passes_or_is_pending_for_a_reason",
    "discover::no_more_than_32_servers_are_cached",
];

/// Enough cases for a property to detect most changes.
const QUICK_CASES: &str = "32";
const ALL_CASES: &str = "1000000";

/// A run that takes longer than five times the unmutated tests, and at least this many seconds, counts as endless.
const QUICK_OPTIONS: [&str; 1] = ["--minimum-test-timeout=30"];
/// The baseline has already passed at this point. These tests take minutes.
const THOROUGH_OPTIONS: [&str; 2] = ["--baseline=skip", "--timeout=1800"];

/// Exit codes of cargo-mutants.
const SUCCESS: i32 = 0;
const SOME_MISSED: i32 = 2;
const SOME_TIMEOUTS: i32 = 3;

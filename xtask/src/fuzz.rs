//! Fuzzing of every parser of untrusted input: libFuzzer with coverage feedback, on the stable toolchain.
//!
//! Each file of `tests/fuzz/src/bin` is a target, with its seeds in `tests/fuzz/corpus`.

use crate::cache::work_directory;
use crate::run::{command, read, root, show};
use anyhow::{Context, Result, bail};
use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

/// `cargo xtask fuzz [seconds per target] [target …]`: inputs that reach new code are stored for the next run.
pub fn run(arguments: &[String]) -> Result<()> {
    let mut plan = Plan { seconds: SECONDS, limits: Vec::new(), keeps_corpus: true };
    let (mut selected, all) = (Vec::new(), targets()?);
    for argument in arguments {
        if let Ok(seconds) = argument.parse() {
            plan.seconds = seconds;
        } else if all.contains(argument) {
            selected.push(argument.clone());
        } else {
            bail!("there is no target `{argument}`; the targets are {}", all.join(", "));
        }
    }
    fuzz(&if selected.is_empty() { all } else { selected }, &plan)
}

/// Fuzzes every target briefly and only from the seeds, so that the same code gets the same inputs.
pub fn test() -> Result<()> {
    let limits = vec![format!("-runs={TEST_RUNS}"), "-seed=1".into()];
    fuzz(&targets()?, &Plan { seconds: TEST_SECONDS, limits, keeps_corpus: false })
}

/// Runs Clippy on the targets.
pub fn lint() -> Result<()> {
    show(cargo("clippy")?.arg("--quiet"))
}

/// The duration and options of a fuzzing run.
struct Plan {
    seconds: u32,
    limits: Vec<String>,
    keeps_corpus: bool,
}

/// The outcome of a target.
struct Outcome {
    executions: u64,
    finding: Option<PathBuf>,
}

fn fuzz(targets: &[String], plan: &Plan) -> Result<()> {
    show(cargo("build")?.args(["--quiet", "--bins"]))?;
    let queue = Mutex::new(targets.iter());
    let work = || {
        let mut outcomes = Vec::new();
        while let Some(target) = queue.lock().ok().and_then(|mut queue| queue.next()) {
            outcomes.push(fuzz_target(target, plan));
        }
        outcomes
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let outcomes: Vec<Result<Outcome>> = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    let outcomes = outcomes.into_iter().collect::<Result<Vec<_>>>()?;
    let executions: u64 = outcomes.iter().map(|outcome| outcome.executions).sum();
    let findings: Vec<String> =
        outcomes.iter().filter_map(|outcome| outcome.finding.as_ref()).map(|path| path.display().to_string()).collect();
    println!("fuzz: {} targets, {executions} executions, {} findings", outcomes.len(), findings.len());
    if outcomes.len() != targets.len() {
        bail!("{} of {} targets were run", outcomes.len(), targets.len());
    }
    if !findings.is_empty() {
        bail!("inputs that fail: {}", findings.join(", "));
    }
    Ok(())
}

fn fuzz_target(target: &str, plan: &Plan) -> Result<Outcome> {
    let work = work_directory("fuzz")?;
    // libFuzzer writes to the first corpus and reads the others.
    let corpus = work.join(if plan.keeps_corpus { "corpus" } else { "test-corpus" }).join(target);
    if !plan.keeps_corpus {
        let _ = fs::remove_dir_all(&corpus);
    }
    fs::create_dir_all(&corpus)?;
    let findings = work.join("findings");
    fs::create_dir_all(&findings)?;
    let program = target_directory()?.join(host()?).join("release").join(target);
    let mut fuzzer = command(&program);
    fuzzer
        .arg(&corpus)
        .arg(package().join("corpus").join(target))
        .arg(format!("-dict={}", package().join("words.dict").display()))
        .arg(format!("-artifact_prefix={}/{target}-", findings.display()))
        .arg(format!("-max_total_time={}", plan.seconds))
        .args(["-timeout=5", "-rss_limit_mb=2048", "-max_len=16384", "-print_final_stats=1"])
        .args(&plan.limits)
        .env("RUST_BACKTRACE", "0");
    let output = fuzzer.output().with_context(|| format!("cannot start {target}"))?;
    let log = String::from_utf8_lossy(&output.stderr);
    let executions = last_number(&log, "stat::number_of_executed_units:");
    let (covered, features) = (last_number(&log, " cov:"), last_number(&log, " ft:"));
    let finding = log.rsplit_once("Test unit written to ").and_then(|(_, rest)| rest.lines().next()).map(PathBuf::from);
    println!(
        "{target}: {executions} executions, {covered} edges, {features} features, {} findings",
        u8::from(finding.is_some())
    );
    if let Some(finding) = &finding {
        println!("{}", failure(&log));
        println!("{target}: reproduce with {} {}", program.display(), finding.display());
    } else if !output.status.success() {
        bail!("{target} failed: {}\n{log}", output.status);
    } else if executions == 0 || covered == 0 {
        bail!("{target} ran without feedback\n{log}");
    }
    Ok(Outcome { executions, finding })
}

/// The failure that the target reported for the input: its panic, or libFuzzer's message.
fn failure(log: &str) -> &str {
    let start = ["\nthread '", "==ERROR", "ALARM"].iter().find_map(|mark| log.find(mark)).unwrap_or(0);
    let rest = log.get(start..).unwrap_or(log).trim_start();
    rest.split("\n==").next().unwrap_or(rest)
}

/// The number after the last `label`; 0 if there is none.
fn last_number(log: &str, label: &str) -> u64 {
    let rest = log.rsplit_once(label).map_or("", |(_, rest)| rest);
    rest.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn targets() -> Result<Vec<String>> {
    let mut targets = Vec::new();
    for entry in fs::read_dir(package().join("src/bin"))? {
        let path = entry?.path();
        targets.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    targets.sort();
    Ok(targets)
}

/// cargo for the targets. `--target` keeps coverage instrumentation out of build scripts.
fn cargo(subcommand: &str) -> Result<Command> {
    let compiler = env::var_os("CXX").unwrap_or_else(|| "c++".into());
    let status = Command::new(&compiler).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !status.is_ok_and(|status| status.success()) {
        bail!("fuzzing needs a C++ compiler for libFuzzer, and there is no {compiler:?}: on Debian, install g++");
    }
    let mut cargo = command("cargo");
    cargo
        .args([subcommand, "--release", "--manifest-path"])
        .arg(package().join("Cargo.toml"))
        .args(["--target", &host()?, "--target-dir"])
        .arg(target_directory()?)
        .env("RUSTFLAGS", COVERAGE.join(" "));
    Ok(cargo)
}

fn package() -> PathBuf {
    root().join("tests/fuzz")
}

fn target_directory() -> Result<PathBuf> {
    work_directory("fuzz/target")
}

fn host() -> Result<String> {
    Ok(read(command("rustc").args(["--print", "host-tuple"]))?.trim().into())
}

/// Coverage instrumentation for libFuzzer's feedback. Sanitizers need a nightly toolchain; coverage does not.
const COVERAGE: [&str; 6] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg=fuzzing",
];

/// Seconds for each target.
const SECONDS: u32 = 60;
const TEST_SECONDS: u32 = 5;
const TEST_RUNS: u32 = 100_000;

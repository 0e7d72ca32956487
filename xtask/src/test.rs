//! Everything that CI runs, step by step.

use crate::background::Background;
use crate::browsers::Browsers;
use crate::cache::work_directory;
use crate::package::{self, Built, stage};
use crate::run::{command, node_test, root, show};
use crate::{conformance, coverage, demo, docs, fuzz, matrix, npm, sandbox, servers, size, stores, supply, tools};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::cell::OnceCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Runs the named steps, or all. If a step fails, the other steps still run.
pub fn run(names: &[String]) -> Result<()> {
    let unknown = names.iter().find(|name| !is_step(name));
    if let Some(unknown) = unknown {
        let steps: Vec<&str> = STEPS.iter().map(|(step, _)| *step).collect();
        bail!("there is no step `{unknown}`; the steps are {}", steps.join(", "));
    }
    let work = Work { built: OnceCell::new(), tabs: OnceCell::new() };
    let mut outcomes = Vec::new();
    let selected: Vec<_> =
        STEPS.iter().filter(|(name, _)| names.is_empty() || names.iter().any(|selected| selected == name)).collect();
    let has_package_and_tabs = ["package", "tabs"].iter().all(|name| selected.iter().any(|(step, _)| step == name));
    for (name, step) in selected {
        println!("\n=== {name}");
        let started = Instant::now();
        if *name == "package" && has_package_and_tabs {
            work.start_tabs();
        }
        let outcome = step(&work);
        if let Err(error) = &outcome {
            println!("{name}: {error:#}");
        }
        outcomes.push((name, outcome.is_ok(), started.elapsed().as_secs()));
    }
    println!();
    for (name, passed, seconds) in &outcomes {
        println!("{} {name} ({seconds} s)", if *passed { "passed" } else { "FAILED" });
    }
    let failed = outcomes.iter().filter(|(_, passed, _)| !passed).count();
    println!("{} passed, {failed} failed", outcomes.len() - failed);
    if failed > 0 {
        bail!("{failed} of {} steps failed", outcomes.len());
    }
    Ok(())
}

/// True if a step has this name.
fn is_step(name: &str) -> bool {
    STEPS.iter().any(|(step, _)| *step == name)
}

/// State that the steps share.
struct Work {
    built: OnceCell<Built>,
    /// The step `tabs`, if it was started early.
    tabs: OnceCell<Result<Background>>,
}

impl Work {
    /// The package, built once.
    fn built(&self) -> Result<&Built> {
        if self.built.get().is_none() {
            let _ = self.built.set(package::build()?);
        }
        self.built.get().context("the package was not built")
    }

    /// Starts the step `tabs` while other steps run, because it mostly waits for browsers.
    fn start_tabs(&self) {
        let started = tabs_command(self).and_then(|tests| Background::start("tabs", tests));
        let _ = self.tabs.set(started);
    }
}

type Step = fn(&Work) -> Result<()>;

const STEPS: &[(&str, Step)] = &[
    ("format", format),
    ("lint", lint),
    ("conformance", conformance_statement),
    ("native", native),
    ("fuzz", fuzzing),
    ("node", wasm_in_node),
    ("chromium", wasm_in_chromium),
    ("firefox", wasm_in_firefox),
    ("size", wire_size),
    ("types", types),
    ("package", packed_package),
    ("tabs", tabs),
    ("stores", session_stores),
    ("supply", supply_chain),
    ("sandbox", sandbox_server),
    ("e2e", end_to_end),
    ("docs", documentation),
    ("matrix", environments),
    ("servers", real_servers),
];

fn format(_: &Work) -> Result<()> {
    show(command("cargo").args(["fmt", "--all", "--check"]))?;
    show(command("cargo").args(["fmt", "--check", "--manifest-path", "tests/fuzz/Cargo.toml"]))
}

fn lint(_: &Work) -> Result<()> {
    tools::for_build()?;
    show(command("cargo").args(["clippy", "--quiet", "--workspace", "--all-targets"]))?;
    show(command("cargo").args(["clippy", "--quiet", "--all-targets", "--target", "wasm32-unknown-unknown"]))?;
    check_sandbox()?;
    check_helpers()?;
    fuzz::lint()
}

fn check_sandbox() -> Result<()> {
    let settings = json!({
        "extends": root().join("www/sandbox/tsconfig.json"),
        // The manifest of rfc6902 does not name its declarations.
        "compilerOptions": { "paths": { "rfc6902": [npm::tools()?.join("node_modules/rfc6902/index.d.ts")] } },
    });
    let file = work_directory("types")?.join("sandbox.json");
    fs::write(&file, settings.to_string())?;
    check_types(&root(), &file.to_string_lossy())
}

/// Checks the types of the package's sources, and those of the tests' helpers against the generated declarations.
fn check_helpers() -> Result<()> {
    let work = work_directory("types")?;
    let declarations = package::check_types(&work)?;
    let settings = json!({
        "extends": root().join("tests/tsconfig.json"),
        "compilerOptions": {
            "paths": {
                "smart-launch": [declarations.join("index.d.ts")],
                "smart-launch/*": [declarations.join("*.d.ts")],
                // The same URLs as in the server of tests/tabs.
                "/smart-launch/dist/*.js": [declarations.join("*.d.ts")],
                "/tab-tasks.mjs": [root().join("tests/tabs/tab-tasks.mjs")],
                // A dependency of the sandbox.
                "rfc6902": [npm::tools()?.join("node_modules/rfc6902/index.d.ts")],
                // The type check uses TypeScript 7, which exports no stable API; the tests in tests/supply use an older
                // version.
                "typescript": [npm::checks()?.join("node_modules/typescript/lib/typescript.d.ts")],
            },
        },
    });
    let file = work.join("tests.json");
    fs::write(&file, settings.to_string())?;
    check_types(&root(), &file.to_string_lossy())
}

/// Checks the JSDoc types of JavaScript; declarations come from the `node_modules` of the tools.
fn check_types(directory: &Path, project: &str) -> Result<()> {
    let modules = npm::tools()?.join("node_modules").to_string_lossy().into_owned();
    let roots = format!("{modules}/@types,{modules}");
    show(command(npm::program("tsc")?).args(["--project", project, "--typeRoots", &roots]).current_dir(directory))
}

fn conformance_statement(_: &Work) -> Result<()> {
    conformance::check()
}

fn native(_: &Work) -> Result<()> {
    coverage::run()
}

fn fuzzing(_: &Work) -> Result<()> {
    fuzz::test()
}

fn wasm_in_node(_: &Work) -> Result<()> {
    wasm_pack(&["--node"], "node", &[])
}

fn wasm_in_chromium(_: &Work) -> Result<()> {
    let browsers = Browsers::find()?;
    let driver = browsers.chromedriver.to_string_lossy().into_owned();
    wasm_pack(&["--headless", "--chrome", "--chromedriver", &driver], "browser", &[])
}

fn wasm_in_firefox(_: &Work) -> Result<()> {
    let browsers = Browsers::find()?;
    let driver = browsers.geckodriver.to_string_lossy().into_owned();
    wasm_pack(&["--headless", "--firefox", "--geckodriver", &driver], "browser", &[browsers.firefox])
}

fn wasm_pack(engine: &[&str], test: &str, path: &[PathBuf]) -> Result<()> {
    tools::for_build()?;
    let mut path = path.to_vec();
    path.push(tools::WASM_BINDGEN.directory()?);
    show(
        command(tools::WASM_PACK.directory()?.join("wasm-pack"))
            .arg("test")
            .args(engine)
            .args(["--", "--test", test])
            .env("PATH", tools::path(&path)?),
    )
}

fn wire_size(work: &Work) -> Result<()> {
    size::test(work.built()?)
}

/// Tests the declarations with their own tests, and with the demo as an ordinary app.
fn types(work: &Work) -> Result<()> {
    let app = stage_package_tests(work, "package")?;
    let set_ups = ["bundler", "no-dom", "node16", "nodenext", "require"].map(|name| format!("set-ups/{name}.json"));
    for project in ["types/tsconfig.json".to_owned(), "frameworks/tsconfig.json".to_owned()].iter().chain(&set_ups) {
        show(command(npm::program("tsc")?).args(["--project", project]).current_dir(&app))?;
    }
    let demo = demo::build(&work.built()?.tarball)?;
    // The test of FHIR types is compiled in the demo, because @types/fhir is installed there.
    fs::copy(root().join("tests/package/types/fhir/fhir.ts"), demo.join("src/fhir-types.ts"))?;
    show(command("npm").args(["run", "--silent", "typecheck"]).current_dir(&demo))?;
    check_serve(&demo)
}

/// Checks the types of the demo's server. The sandbox's dependencies are installed in its directory, and have no types.
fn check_serve(demo: &Path) -> Result<()> {
    let types = npm::tools()?.join("node_modules/@types");
    let settings = json!({
        "extends": "./serve.tsconfig.json",
        "compilerOptions": {
            "paths": { "koa": [types.join("koa/index.d.ts")], "oidc-provider": [types.join("oidc-provider/index.d.ts")] },
        },
    });
    fs::write(demo.join("serve.types.json"), settings.to_string())?;
    check_types(demo, "serve.types.json")
}

/// Writes each block of docs/frameworks.md to the file that its first line names.
fn write_framework_blocks(directory: &Path) -> Result<()> {
    let text = fs::read_to_string(root().join("docs/frameworks.md"))?;
    for block in text.split("```").skip(1).step_by(2) {
        let (_, code) = block.split_once('\n').context("a block has only one line")?;
        let name = code.split_whitespace().nth(1).context("a block does not name its file")?;
        let file = directory.join(name);
        fs::create_dir_all(file.parent().context("a file has no directory")?)?;
        fs::write(file, code)?;
    }
    Ok(())
}

fn packed_package(work: &Work) -> Result<()> {
    let app = stage_package_tests(work, "package")?;
    let fhirclient = npm::fhirclient()?;
    // By default Node runs as many files at a time as there are cores, minus one. With few cores three are faster,
    // because the tests often wait.
    show(node_test().arg("--test-concurrency=3").env("SMART_LAUNCH_FHIRCLIENT", fhirclient).current_dir(app))?;
    let app = stage_package_tests(work, "package/react-18")?;
    let react_tests =
        ["react", "react-request", "react-server", "react-session"].map(|name| format!("{name}.test.mjs"));
    show(node_test().args(react_tests).current_dir(app))
}

/// Copies the tests of the package, and installs the packed package as a user would, with the dependencies in
/// `tests/<manifest>`. Returns their directory.
fn stage_package_tests(work: &Work, manifest: &str) -> Result<PathBuf> {
    let app = stage("tests/package", &format!("{}-tests", manifest.replace('/', "-")))?;
    for name in ["hostile", "hostile-servers"] {
        fs::copy(root().join(format!("tests/{name}.json")), app.join(name).join("cases.json"))?;
    }
    fs::copy(root().join("docs/servers.md"), app.join("mock-servers/servers.md"))?;
    write_framework_blocks(&app.join("frameworks"))?;
    npm::install(&root().join("tests").join(manifest), &app)?;
    npm::add(&app, &work.built()?.tarball)?;
    Ok(app)
}

/// Tests server-side sessions in Redis and PostgreSQL.
fn session_stores(work: &Work) -> Result<()> {
    stores::test(work.built()?)
}

fn supply_chain(work: &Work) -> Result<()> {
    supply::check(work.built()?)
}

/// Tests the sandbox with its own tests, and as an installed package.
fn sandbox_server(work: &Work) -> Result<()> {
    let demo = demo::build(&work.built()?.tarball)?;
    show(command("npm").args(["test", "--silent"]).current_dir(demo.join("sandbox")))?;
    sandbox::test(work.built()?)
}

/// Checks the code in the docs, builds the site, and runs the examples in a real browser.
fn documentation(work: &Work) -> Result<()> {
    docs::test(work.built()?, is_step)
}

/// Tests the demo in a real browser with the sandbox.
fn end_to_end(work: &Work) -> Result<()> {
    let browsers = Browsers::find()?;
    let demo = demo::build(&work.built()?.tarball)?;
    show(
        node_test()
            .arg(root().join("tests/e2e"))
            .env("SMART_LAUNCH_DEMO", demo)
            .env("SMART_LAUNCH_TOOLS", npm::tools()?)
            .env("CHROMIUM", browsers.chromium),
    )
}

/// Runs the tests in real browser tabs.
fn tabs(work: &Work) -> Result<()> {
    match work.tabs.get() {
        Some(Ok(tests)) => tests.finish(),
        Some(Err(error)) => bail!("{error:#}"),
        None => show(&mut tabs_command(work)?),
    }
}

/// The tests run one file after the other, because they also measure time.
fn tabs_command(work: &Work) -> Result<Command> {
    let browsers = Browsers::find()?;
    let demo = demo::build(&work.built()?.tarball)?;
    let mut tests = node_test();
    tests
        .arg("--test-concurrency=1")
        .arg(root().join("tests/tabs"))
        .env("SMART_LAUNCH_DEMO", demo)
        .env("CHROMIUM", browsers.chromium)
        .env("FIREFOX", browsers.firefox.join("firefox"))
        .env("GECKODRIVER", browsers.geckodriver);
    Ok(tests)
}

/// Tests all supported environments.
fn environments(work: &Work) -> Result<()> {
    matrix::test(work.built()?)
}

/// Tests third-party authorization servers.
fn real_servers(work: &Work) -> Result<()> {
    servers::test(work.built()?)
}

//! The packed package in each supported environment: bundlers, runtimes, test runners, browsers.

use crate::browsers::{Browsers, WebKit};
use crate::cache::work_directory;
use crate::package::{self, Built};
use crate::run::{command, root, show};
use crate::{demo, npm};
use anyhow::Result;
use serde_json::{Map, Value, json};

/// Tests the named environments. Without names, tests all of them, and writes the table of `docs/environments.md`.
pub fn run(names: &[String]) -> Result<()> {
    matrix(&package::build()?, names)
}

/// Tests all environments, and fails if the results differ from the table.
pub fn test(built: &Built) -> Result<()> {
    matrix(built, &["--check".to_owned()])
}

fn matrix(built: &Built, arguments: &[String]) -> Result<()> {
    let mut tools = Map::new();
    for name in TOOLS {
        let directory = npm::installed(&format!("tests/matrix/{name}"), &format!("matrix-{name}"))?;
        tools.insert(name.to_owned(), json!(directory));
    }
    let browsers = Browsers::find()?;
    let webkit = WebKit::find().map(|WebKit { driver, xvfb }| json!({ "driver": driver, "xvfb": xvfb }));
    let setting = json!({
        "tarball": built.tarball,
        "demo": demo::build(&built.tarball)?,
        "place": work_directory("matrix")?,
        "tools": Value::Object(tools),
        "browsers": {
            "chromium": { "program": browsers.chromium, "driver": browsers.chromedriver },
            "firefox": { "program": browsers.firefox.join("firefox"), "driver": browsers.geckodriver },
            "webkit": webkit,
        },
    });
    show(
        command("node")
            .arg(root().join("tests/matrix/run.mjs"))
            .args(arguments)
            .env("SMART_LAUNCH_MATRIX", setting.to_string()),
    )
}

/// Directories of `tests/matrix` with their npm dependencies.
const TOOLS: [&str; 7] = ["bundlers", "create-react-app", "next", "runtimes", "servers", "test-runners", "webpack-4"];

//! The conformance statement: the requirements of the specifications, row by row, and the tests that cover them.

use crate::run::root;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Writes the page.
pub fn write() -> Result<()> {
    let page = root().join(PAGE);
    fs::create_dir_all(page.parent().context("the page is in no directory")?)?;
    Ok(fs::write(page, statement()?)?)
}

/// Fails if the page in the repository differs from the generated one.
pub fn check() -> Result<()> {
    if fs::read_to_string(root().join(PAGE)).unwrap_or_default() != statement()? {
        bail!("{PAGE} does not agree with the rows: `cargo xtask conformance` updates it");
    }
    Ok(())
}

/// The page. Each row needs a test that exists, or a reason.
fn statement() -> Result<String> {
    let mut page = String::from(HEAD);
    let (mut counts, mut ids, mut problems) = ([0; 4], Vec::new(), Vec::new());
    for table in TABLES {
        let text = fs::read_to_string(root().join(table)).with_context(|| format!("{table} is missing"))?;
        let table: Value = serde_json::from_str(&text).with_context(|| format!("{table} is no JSON"))?;
        write!(page, "\n## {}\n\n{}\n", text_of(&table, "title"), text_of(&table, "about"))?;
        for chapter in list_of(&table, "chapters") {
            write!(
                page,
                "\n### {}\n\n| | requirement | source | tests |\n|---|---|---|---|\n",
                text_of(chapter, "title")
            )?;
            for row in list_of(chapter, "rows") {
                let (id, section) = (text_of(row, "id"), text_of(row, "section"));
                writeln!(page, "| {id} | {} | {section} | {} |", requirement_of(row), tests_or_reasons(row))?;
                counts[outcome(row) as usize] += 1;
                problems.extend(problems_of(row));
                ids.push(id.to_owned());
            }
        }
    }
    let [covered, not_applicable, left_out, uncovered] = counts;
    let summary = format!(
        "{covered} rows covered by tests, {not_applicable} not applicable, {left_out} left out with a reason, \
         {uncovered} with neither a test nor a reason"
    );
    println!("conformance: {summary}");
    ids.sort();
    problems.extend(
        ids.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| format!("{}: two rows have this id", pair[0])),
    );
    if !problems.is_empty() {
        bail!("{}", problems.join("\n"));
    }
    Ok(page.replacen("SUMMARY", &summary, 1))
}

#[derive(Clone, Copy, PartialEq)]
enum Outcome {
    Covered,
    NotApplicable,
    LeftOut,
    Uncovered,
}

/// The outcome of a row. A row that is left out may still have tests for a part of it.
fn outcome(row: &Value) -> Outcome {
    if has(row, "not_applicable") {
        Outcome::NotApplicable
    } else if has(row, "left_out") {
        Outcome::LeftOut
    } else if tests_of(row).next().is_some() {
        Outcome::Covered
    } else {
        Outcome::Uncovered
    }
}

/// A row's reason for being left out or not applicable, its tests, and its note: each may be missing.
fn tests_or_reasons(row: &Value) -> String {
    let labelled = |name: &str, label: &str| has(row, name).then(|| format!("{label}{}", text_of(row, name)));
    let reasons = [labelled("not_applicable", "Not applicable: "), labelled("left_out", "**Left out:** ")];
    let lines = reasons.into_iter().flatten().chain(tests_of(row).map(test_link)).chain(labelled("note", ""));
    lines.collect::<Vec<_>>().join("<br>")
}

/// The problems of a row.
fn problems_of(row: &Value) -> Vec<String> {
    let missing =
        ["requirement", "section"].into_iter().filter(|name| !has(row, name)).map(|name| format!("no {name}"));
    let unknown = row.as_object().into_iter().flatten().filter(|(name, _)| !MEMBERS.contains(&name.as_str()));
    let nonexistent = tests_of(row).filter(|test| !exists(test)).map(|test| format!("no test `{test}`"));
    let mut problems: Vec<String> = missing
        .chain(unknown.map(|(name, _)| format!("`{name}` is not a member of a row")))
        .chain(nonexistent)
        .collect();
    if outcome(row) == Outcome::Uncovered {
        problems.push("neither a test nor a reason".into());
    }
    if has(row, "not_applicable") && (has(row, "left_out") || tests_of(row).next().is_some()) {
        problems.push("not applicable, but with tests or another reason".into());
    }
    problems.iter().map(|problem| format!("{}: {problem}", text_of(row, "id"))).collect()
}

/// True if a test exists: `file: function` in Rust, `file: title` in Node as written in the source (including `${…}`),
/// or a row of the hostile table that some test covers.
fn exists(test: &str) -> bool {
    let Some((file, name)) = test.split_once(": ") else {
        return ["native", "package"]
            .iter()
            .any(|kind| is_covered_in(&root().join("tests").join(kind).join("hostile"), test));
    };
    let source = fs::read_to_string(root().join("tests").join(file)).unwrap_or_default();
    if file.ends_with(".rs") {
        let lines: Vec<&str> = source.lines().map(str::trim).collect();
        return lines.windows(2).any(|pair| {
            matches!(pair[0], "#[test]" | "#[wasm_bindgen_test]")
                && pair[1].split_once("fn ").is_some_and(|(_, rest)| rest.starts_with(&format!("{name}(")))
        });
    }
    let calls =
        ["test", "it"].iter().flat_map(|call| ['\'', '"', '`'].map(|quote| format!("{call}({quote}{name}{quote},")));
    calls.into_iter().any(|call| source.contains(&call))
}

/// True if a file in a directory covers a row: `("H001", …)` natively, `H001: …` in the package.
fn is_covered_in(directory: &Path, id: &str) -> bool {
    let references = [format!("(\"{id}\", "), format!("  {id}: ")];
    fs::read_dir(directory).into_iter().flatten().flatten().any(|file| {
        let source = fs::read_to_string(file.path()).unwrap_or_default();
        references.iter().any(|reference| source.contains(reference))
    })
}

fn requirement_of(row: &Value) -> String {
    let level = if has(row, "level") { format!("**{}** ", text_of(row, "level")) } else { String::new() };
    level + text_of(row, "requirement")
}

fn test_link(test: &str) -> String {
    let (file, name) = test.split_once(": ").unwrap_or(("hostile.json", test));
    // A backtick would end the code span.
    format!("[`{}`](../tests/{file})", name.replace('`', "").replace('|', "\\|"))
}

fn tests_of(row: &Value) -> impl Iterator<Item = &str> {
    list_of(row, "tests").iter().filter_map(Value::as_str)
}

fn has(row: &Value, name: &str) -> bool {
    !text_of(row, name).is_empty()
}

fn text_of<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn list_of<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

const PAGE: &str = "docs/conformance.md";
const TABLES: [&str; 2] = ["tests/conformance/smart.json", "tests/conformance/security.json"];
const MEMBERS: [&str; 8] = ["id", "level", "requirement", "section", "tests", "note", "not_applicable", "left_out"];
const HEAD: &str = "# Conformance

Requirements of the specifications for a client like this, and the tests that cover them. Requirements that do not apply, or
that are left out or only partly implemented, have a reason.

SUMMARY.

This page is generated from `tests/conformance` by `cargo xtask conformance`. CI fails if it is out of date, if a test that it
names does not exist, or if a row has neither tests nor a reason. Names such as `H001` are rows of the [table of hostile
servers, links and networks](../tests/hostile.json), which is run natively and against the package; [another
table](../tests/hostile-servers.json) has attacks on the routes of `smart-launch/server`. The level in bold is the
specification’s; `describes` marks text without a level, `server` a rule for servers, which the client relies on, `advice` a
rule of this project. A dash as the source means that SMART App Launch does not have the requirement; under “Security”, that
no specification has it.
";

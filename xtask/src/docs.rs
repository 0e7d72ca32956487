//! The docs as a site: the reference, generated from the declarations, and the guides, from `docs/`.

use crate::browsers::Browsers;
use crate::package::{Built, stage};
use crate::run::{command, node_test, root, show};
use crate::{code_blocks, npm, sandbox};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// Renders the site and returns its directory.
pub fn build(built: &Built) -> Result<PathBuf> {
    render(&install_packages(built)?)
}

/// Checks the code in the docs, builds the site, and tests in a browser that the examples work.
pub fn test(built: &Built, is_step: fn(&str) -> bool) -> Result<()> {
    let work_directory = install_packages(built)?;
    code_blocks::check(&work_directory, is_step)?;
    render(&work_directory)?;
    show(
        node_test()
            .arg("--test-concurrency=1")
            .arg(root().join("tests/docs"))
            .env("SMART_LAUNCH_DEMO", work_directory)
            .env("SMART_LAUNCH_TOOLS", npm::tools()?)
            .env("CHROMIUM", Browsers::find()?.chromium),
    )
}

/// Installs the library, the sandbox and the packages that the docs import, and returns the directory.
fn install_packages(built: &Built) -> Result<PathBuf> {
    let work_directory = stage("xtask/docs", "docs")?;
    npm::install(&root().join("xtask/docs"), &work_directory)?;
    npm::add_all(&work_directory, &[&built.tarball, &sandbox::pack(&built.tarball)?])?;
    Ok(work_directory)
}

fn render(work_directory: &Path) -> Result<PathBuf> {
    let entries = stage_declarations(work_directory)?;
    let site = work_directory.join("site");
    let settings = work_directory.join("typedoc.json");
    fs::write(&settings, serde_json::to_string_pretty(&options(work_directory, &entries, &site)?)?)?;
    show(
        command(work_directory.join("node_modules/.bin/typedoc"))
            .arg("--options")
            .arg(&settings)
            .current_dir(work_directory),
    )?;
    let packed_readme = work_directory.join("node_modules/smart-launch/README.md");
    show(
        command("node")
            .arg(work_directory.join("check-links.mjs"))
            .arg(&site)
            .arg(packed_readme)
            .args(code_blocks::markdown()?),
    )?;
    Ok(site)
}

/// Copies the declarations to the paths of their modules, so that their imports resolve. Returns the copies for the entries.
fn stage_declarations(work_directory: &Path) -> Result<Vec<PathBuf>> {
    let dist = work_directory.join("node_modules/smart-launch/dist");
    let mut entries = Vec::new();
    let exported = code_blocks::exported_names(&fs::read_to_string(dist.join("index.d.ts"))?);
    for (file, module) in code_blocks::declarations(work_directory)? {
        let module_path = match file.strip_prefix(&dist) {
            Ok(path) => Path::new("smart-launch").join(path),
            Err(_) if module.contains('/') => PathBuf::from(format!("{module}.d.ts")),
            Err(_) => PathBuf::from(format!("{module}/index.d.ts")),
        };
        let staged = work_directory.join("declarations").join(&module_path);
        fs::create_dir_all(staged.parent().context("a declaration has no directory")?)?;
        let mut text = fs::read_to_string(&file)?;
        if module_path.components().count() == 2 {
            // TypeDoc recognises the comment of a file by this tag.
            text = text.replacen("\n */\n", "\n *\n * @packageDocumentation\n */\n", 1);
            entries.push(staged.clone());
        }
        text = with_modules_in_links(&text, &exported);
        fs::write(staged, text)?;
    }
    Ok(entries)
}

/// Adds the module to links to exports of the main entry, because a comment may be shown on the page of another entry.
fn with_modules_in_links(text: &str, exported: &[String]) -> String {
    let mut pieces = text.split("{@link ");
    let mut linked = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let target = piece.split('}').next().unwrap_or_default();
        let is_exported = exported.iter().any(|name| target.split('.').next() == Some(name));
        linked += if is_exported { "{@link smart-launch!" } else { "{@link " };
        linked += target;
        if is_exported {
            linked += " | ";
            linked += target;
        }
        linked += &piece[target.len()..];
    }
    linked
}

fn options(work_directory: &Path, entries: &[PathBuf], site: &Path) -> Result<Value> {
    Ok(json!({
        "name": "smart-launch",
        "entryPoints": entries,
        "tsconfig": work_directory.join("declarations.tsconfig.json"),
        "plugin": [work_directory.join("titles.mjs")],
        "readme": root().join("pkg-template/README.md"),
        "projectDocuments": ordered_pages()?,
        "out": site,
        "disableSources": true,
        "hideGenerator": true,
        "includeHierarchySummary": false,
        // The texts have their own headings.
        "headings": { "readme": false, "document": false },
        "githubPages": false,
        "highlightLanguages": ["typescript", "tsx", "javascript", "json", "jsonc", "html", "http", "bash", "svelte", "vue", "diff"],
        "navigation": { "includeGroups": false, "includeCategories": false },
        "customCss": work_directory.join("site.css"),
        // Types that are used only in other types.
        "intentionallyNotExported": ["AbortController", "AnyClient", "Answer", "CryptoKey", "Request", "Response", "StateOf", "Tokens", "URL", "Units", "WebAssemblyModule", "WithFlags"],
        "validation": { "notExported": true, "invalidLink": true, "invalidPath": true, "notDocumented": false },
        "treatWarningsAsErrors": true,
        "treatValidationWarningsAsErrors": true,
        "logLevel": "Warn",
    }))
}

/// The pages in the order of the navigation; pages that `ORDER` does not list come last.
fn ordered_pages() -> Result<Vec<PathBuf>> {
    let rank = |page: &PathBuf| {
        let name = page.file_stem().unwrap_or_default();
        ORDER.iter().position(|listed| name == *listed).unwrap_or(ORDER.len())
    };
    let mut pages = code_blocks::pages()?;
    pages.sort_by_key(rank);
    pages.push(root().join("CHANGELOG.md"));
    Ok(pages)
}

const ORDER: [&str; 38] = [
    "ehr-launch",
    "standalone-launch",
    "multiple-servers",
    "brands",
    "servers",
    "doctor",
    "popup",
    "fhir-calls",
    "app-state",
    "style",
    "offline-access",
    "errors",
    "messages",
    "testing",
    "frameworks",
    "recipes-requests",
    "recipes-routing",
    "monitoring",
    "deployment",
    "content-security-policy",
    "form-post",
    "where-tokens-are",
    "web-worker",
    "dpop",
    "server-side-sessions",
    "server-frameworks",
    "confidential-clients",
    "registration",
    "bulk-data",
    "from-fhirclient",
    "from-oidc-libraries",
    "environments",
    "real-servers",
    "size",
    "speed",
    "conformance",
    "versioning",
    "supply-chain",
];

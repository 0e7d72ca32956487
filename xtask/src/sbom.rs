//! The third-party code inside the package: a bill of materials (CycloneDX 1.6), and the licence texts.
//!
//! Both omit timestamps and serial numbers, so that two builds write the same files.

use crate::licences::{IN_PACKAGE, permit};
use crate::linked_crates::{self, Crate};
use crate::run::root;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// Writes the bill of materials and the licence texts into the package that contains these modules.
///
/// # Errors
/// If a module contains a crate whose licence is not accepted, or a crate that `linked_crates.rs` does not list.
pub fn write(modules: &[PathBuf], version: &str, package: &Path) -> Result<()> {
    let crates = linked_crates::crates(modules)?;
    for krate in &crates {
        if !permit(&IN_PACKAGE, &krate.licence)? {
            bail!(
                "{} {} is under {}, which xtask/src/licences.rs does not accept",
                krate.name,
                krate.version,
                krate.licence
            );
        }
    }
    let bill = serde_json::to_string_pretty(&materials(&crates, version))?;
    fs::write(package.join("sbom.cdx.json"), format!("{bill}\n"))?;
    fs::write(package.join("THIRD-PARTY.md"), third_party(&crates)?)?;
    Ok(())
}

/// Refuses a bundle that esbuild made from anything but our own sources and generated files: no npm package is inside,
/// and the bill of materials lists none. `metafile` lists the files that esbuild read.
pub fn expect_own_sources(metafile: &str, work: &Path) -> Result<()> {
    let metafile: Value = serde_json::from_str(metafile)?;
    let inputs = metafile["inputs"].as_object().context("esbuild does not list its inputs")?;
    for input in inputs.keys() {
        let path = fs::canonicalize(root().join(input)).with_context(|| format!("esbuild read {input}"))?;
        let own_directories = [root().join("pkg-template/src"), root().join("src/web"), work.to_path_buf()];
        let is_own = own_directories
            .iter()
            .any(|directory| fs::canonicalize(directory).is_ok_and(|directory| path.starts_with(directory)));
        if !is_own || input.contains("node_modules") {
            bail!("{input} would be in the package, but is not in the bill of materials");
        }
    }
    Ok(())
}

fn materials(crates: &[Crate], version: &str) -> Value {
    let package_url = format!("pkg:npm/smart-launch@{version}");
    let components = crates.iter().map(|krate| {
        let mut component = json!({
            "type": "library",
            "bom-ref": krate.purl,
            "name": krate.name,
            "version": krate.version,
            "scope": "required",
            "licenses": [{ "expression": krate.licence }],
            "purl": krate.purl,
        });
        if let Some(checksum) = &krate.checksum {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
        }
        if let Some(repository) = &krate.repository {
            component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
        }
        component
    });
    let purls: Vec<&str> = crates.iter().map(|krate| krate.purl.as_str()).collect();
    let is_dependency =
        |purl: &&&str| crates.iter().any(|krate| krate.dependencies.iter().any(|dependency| dependency == **purl));
    let direct: Vec<&&str> = purls.iter().filter(|purl| !is_dependency(purl)).collect();
    let mut dependencies = vec![json!({ "ref": package_url, "dependsOn": direct })];
    dependencies.extend(crates.iter().map(|krate| json!({ "ref": krate.purl, "dependsOn": krate.dependencies })));
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "lifecycles": [{ "phase": "build" }],
            "component": {
                "type": "library",
                "bom-ref": package_url,
                "name": "smart-launch",
                "version": version,
                "licenses": [{ "expression": "MIT" }],
                "purl": package_url,
            },
        },
        "components": components.collect::<Vec<_>>(),
        "dependencies": dependencies,
        "compositions": [{ "aggregate": "complete", "assemblies": [package_url], "dependencies": [package_url] }],
    })
}

fn third_party(crates: &[Crate]) -> Result<String> {
    let mut document = vec![
        "# Third-party code in smart-launch".to_owned(),
        "The WebAssembly in `dist` has code of these crates; `alloc`, `compiler_builtins` and `core` are the Rust library, \
         by [the Rust Project Developers](https://thanks.rust-lang.org). No npm package is inside."
            .to_owned(),
    ];
    let rows = crates.iter().map(|krate| format!("| {} | {} | {} |", krate.name, krate.version, krate.licence));
    let table: Vec<String> =
        ["| crate | version | licence |", "|---|---|---|"].map(str::to_owned).into_iter().chain(rows).collect();
    document.push(table.join("\n"));
    // Many crates have the same text.
    let mut texts: Vec<(String, Vec<&str>)> = Vec::new();
    for krate in crates {
        for file in &krate.texts {
            let text = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
            match texts.iter_mut().find(|(existing, _)| *existing == text) {
                Some((_, names)) => names.push(&krate.name),
                None => texts.push((text, vec![&krate.name])),
            }
        }
    }
    for (text, names) in texts {
        document.push(format!("## {}\n\n```text\n{}\n```", names.join(", "), text.trim_end()));
    }
    Ok(document.join("\n\n") + "\n")
}

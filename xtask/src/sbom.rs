//! The third-party code inside the package: a bill of materials (CycloneDX 1.6), and the licence texts.
//!
//! Both omit timestamps and serial numbers, so that two builds write the same files.

use crate::licences::{INSIDE, permit};
use crate::linked_crates::{self, Crate};
use crate::run::root;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Writes both into the package that contains this module.
///
/// # Errors
/// If third-party code inside has a licence that is not accepted, or is not listed.
pub fn write(module: &Path, version: &str, package: &Path) -> Result<()> {
    let crates = linked_crates::crates(module)?;
    for one in &crates {
        if !permit(&INSIDE, &one.licence)? {
            bail!("{} {} is under {}, which xtask/src/licences.rs does not accept", one.name, one.version, one.licence);
        }
    }
    let bill = serde_json::to_string_pretty(&materials(&crates, version))?;
    fs::write(package.join("sbom.cdx.json"), format!("{bill}\n"))?;
    fs::write(package.join("THIRD-PARTY.md"), third_party(&crates)?)?;
    Ok(())
}

/// Refuses a bundle that esbuild made from anything but our own sources and generated files: no npm package is inside,
/// and the bill of materials lists none. `read` lists the files that esbuild read (`--metafile`).
pub fn expect_own_sources(read: &str, work: &Path) -> Result<()> {
    let read: Value = serde_json::from_str(read)?;
    let inputs = read["inputs"].as_object().context("esbuild does not list its inputs")?;
    for input in inputs.keys() {
        let path = fs::canonicalize(root().join(input)).with_context(|| format!("esbuild read {input}"))?;
        let own = [root().join("pkg-template/src"), root().join("src/web"), work.to_path_buf()];
        let is_own = own.iter().any(|place| fs::canonicalize(place).is_ok_and(|place| path.starts_with(place)));
        if !is_own || input.contains("node_modules") {
            bail!("{input} would be in the package, and the bill of materials knows nothing of it");
        }
    }
    Ok(())
}

fn materials(crates: &[Crate], version: &str) -> Value {
    let own = format!("pkg:npm/smart-launch@{version}");
    let components = crates.iter().map(|one| {
        let mut component = json!({
            "type": "library",
            "bom-ref": one.purl,
            "name": one.name,
            "version": one.version,
            "scope": "required",
            "licenses": [{ "expression": one.licence }],
            "purl": one.purl,
        });
        if let Some(checksum) = &one.checksum {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
        }
        if let Some(repository) = &one.repository {
            component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
        }
        component
    });
    let all: Vec<&str> = crates.iter().map(|one| one.purl.as_str()).collect();
    let used = |purl: &&&str| crates.iter().any(|one| one.uses.iter().any(|used| used == **purl));
    let direct: Vec<&&str> = all.iter().filter(|purl| !used(purl)).collect();
    let mut uses = vec![json!({ "ref": own, "dependsOn": direct })];
    uses.extend(crates.iter().map(|one| json!({ "ref": one.purl, "dependsOn": one.uses })));
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "lifecycles": [{ "phase": "build" }],
            "component": {
                "type": "library",
                "bom-ref": own,
                "name": "smart-launch",
                "version": version,
                "licenses": [{ "expression": "MIT" }],
                "purl": own,
            },
        },
        "components": components.collect::<Vec<_>>(),
        "dependencies": uses,
        "compositions": [{ "aggregate": "complete", "assemblies": [own], "dependencies": [own] }],
    })
}

fn third_party(crates: &[Crate]) -> Result<String> {
    let mut document = vec![
        "# Third-party code in smart-launch".to_owned(),
        "The WebAssembly in `dist` has code of these crates; `alloc`, `compiler_builtins` and `core` are the Rust library, \
         by [the Rust Project Developers](https://thanks.rust-lang.org). No npm package is inside."
            .to_owned(),
    ];
    let rows = crates.iter().map(|one| format!("| {} | {} | {} |", one.name, one.version, one.licence));
    let table: Vec<String> =
        ["| crate | version | licence |", "|---|---|---|"].map(str::to_owned).into_iter().chain(rows).collect();
    document.push(table.join("\n"));
    // Many crates have the same text.
    let mut texts: Vec<(String, Vec<&str>)> = Vec::new();
    for one in crates {
        for file in &one.texts {
            let text = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
            match texts.iter_mut().find(|(known, _)| *known == text) {
                Some((_, names)) => names.push(&one.name),
                None => texts.push((text, vec![&one.name])),
            }
        }
    }
    for (text, names) in texts {
        document.push(format!("## {}\n\n```text\n{}\n```", names.join(", "), text.trim_end()));
    }
    Ok(document.join("\n\n") + "\n")
}

//! The code in the docs: each block of the Markdown files and each example in the declarations is compiled, parsed or
//! looked up, depending on its language. A block in a language that has no check is an error.

use crate::npm;
use crate::run::{command, root, show};
use crate::usage::USAGE;
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A block of code and its position.
struct Block {
    file: PathBuf,
    line: usize,
    language: String,
    code: String,
}

impl Block {
    fn place(&self) -> String {
        format!("{}:{}", self.file.strip_prefix(root()).unwrap_or(&self.file).display(), self.line)
    }
}

/// Checks every block. `work_directory` has the packages that the blocks import, and receives the code blocks as files.
/// `is_step` is true for the steps of `cargo xtask test`.
pub fn check(work_directory: &Path, is_step: fn(&str) -> bool) -> Result<()> {
    let blocks = work_directory.join("blocks");
    fs::create_dir_all(blocks.join(RECIPES_DIRECTORY))?;
    let mut numbers = HashMap::new();
    let mut count = 0;
    for file in markdown()? {
        for block in blocks_in_markdown(&file)?.into_iter().filter(|block| !is_file_of_framework(block)) {
            let name = file_of_recipe(&block).unwrap_or_else(|| {
                let number = numbers.entry((file.clone(), block.language.clone())).or_insert(0);
                *number += 1;
                format!("{}-{number}.{}", file_name_for(&file), block.language)
            });
            check_block(&block, work_directory, &blocks.join(name), is_step).with_context(|| block.place())?;
            count += 1;
        }
    }
    let examples = work_directory.join("examples");
    for (file, module) in declarations(work_directory)? {
        for (index, block) in examples_in_declarations(&file)?.into_iter().enumerate() {
            let extension = if block.code.contains("/>") || block.code.contains("</") { "tsx" } else { "ts" };
            let name = format!("{}-{}.{extension}", file_name_for(&file), index + 1);
            fs::write(examples.join(name), example_module(&block, &entry_of(&file, &module), &module)?)?;
            count += 1;
        }
    }
    let compiler = npm::program("tsc")?;
    for directory in [blocks, examples] {
        show(command(&compiler).arg("--project").arg(&directory).current_dir(work_directory))
            .with_context(|| format!("{} does not compile", directory.display()))?;
    }
    println!("{count} code blocks are valid");
    Ok(())
}

/// The Markdown files whose code is checked.
pub fn markdown() -> Result<Vec<PathBuf>> {
    let mut files = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "pkg-template/README.md", "www/sandbox/README.md"]
        .map(|name| root().join(name))
        .to_vec();
    files.extend(pages()?);
    Ok(files)
}

/// Whether the block is a complete file, which the tests of the package or of the environments compile and run.
fn is_file_of_framework(block: &Block) -> bool {
    let is_named = ["// ", "<!-- "].iter().any(|comment| block.code.starts_with(comment));
    is_named && ["docs/frameworks.md", "docs/server-frameworks.md"].iter().any(|page| block.file.ends_with(page))
}

/// The path of a block that is a file of an app. The files of all pages with recipes are in one directory, because they
/// import each other.
fn file_of_recipe(block: &Block) -> Option<String> {
    let name = block.code.strip_prefix("// ")?.lines().next()?;
    let is_recipe = RECIPES.iter().any(|page| block.file.ends_with(page));
    is_recipe.then(|| format!("{RECIPES_DIRECTORY}/{name}"))
}

const RECIPES: [&str; 3] = ["docs/monitoring.md", "docs/recipes-requests.md", "docs/recipes-routing.md"];
const RECIPES_DIRECTORY: &str = "recipes";

/// The pages of the guides.
pub fn pages() -> Result<Vec<PathBuf>> {
    let mut pages: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(root().join("docs"))? {
        pages.extend(Some(entry?.path()).filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    }
    pages.sort();
    Ok(pages)
}

/// The declarations of the library, which is installed in the work directory, and of the sandbox, each with the module that
/// exports it.
pub fn declarations(work_directory: &Path) -> Result<Vec<(PathBuf, String)>> {
    let dist = work_directory.join("node_modules/smart-launch/dist");
    let mut files = Vec::new();
    for path in files_in(&dist)? {
        let name = path.strip_prefix(&dist)?.to_string_lossy().into_owned();
        let Some(name) = name.strip_suffix(".d.ts") else { continue };
        // A folder belongs to the entry of the same name, other folders to the main entry.
        let module = match name.split('/').next().unwrap_or_default() {
            "index" => "smart-launch".to_owned(),
            // The metadata of a SMART server.
            "server" if name.contains('/') => "smart-launch".to_owned(),
            "server-sessions" if name.contains("postgres") => "smart-launch/server-postgres".to_owned(),
            "server-sessions" if name.contains("redis") => "smart-launch/server-redis".to_owned(),
            "server-sessions" => "smart-launch/server".to_owned(),
            "server-session-client" => "smart-launch/server-session".to_owned(),
            "engine" => "smart-launch/slim".to_owned(),
            entry if dist.join(format!("{entry}.d.ts")).exists() => format!("smart-launch/{entry}"),
            _ => "smart-launch".to_owned(),
        };
        files.push((path, module));
    }
    for (file, module) in [("sandbox.d.ts", "smart-launch-sandbox"), ("user/user.d.ts", "smart-launch-sandbox/user")] {
        files.push((root().join("www/sandbox").join(file), module.to_owned()));
    }
    files.sort();
    Ok(files)
}

fn files_in(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() { files.extend(files_in(&path)?) } else { files.push(path) }
    }
    Ok(files)
}

/// Fenced code blocks. Anything after the language on the opening line is for readers only.
fn blocks_in_markdown(file: &Path) -> Result<Vec<Block>> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut blocks: Vec<Block> = Vec::new();
    let mut is_open = false;
    for (index, line) in text.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(_) if is_open => is_open = false,
            Some(info) => {
                let language = info.split_whitespace().next().unwrap_or_default().to_owned();
                blocks.push(Block { file: file.to_owned(), line: index + 1, language, code: String::new() });
                is_open = true;
            }
            None if is_open => {
                let block = blocks.last_mut().context("no block is open")?;
                block.code.extend([line, "\n"]);
            }
            None => {}
        }
    }
    ensure!(!is_open, "{}: the last block has no end", file.display());
    Ok(blocks)
}

/// The text after `@example`, up to the next tag or the end of the comment.
fn examples_in_declarations(file: &Path) -> Result<Vec<Block>> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut is_open = false;
    for (index, line) in fs::read_to_string(file)?.lines().enumerate() {
        let Some(text) = line.trim_start().strip_prefix('*') else { continue };
        let text = text.strip_prefix(' ').unwrap_or(text);
        if text == "@example" {
            blocks.push(Block {
                file: file.to_owned(),
                line: index + 1,
                language: "ts".to_owned(),
                code: String::new(),
            });
            is_open = true;
        } else if text.starts_with('@') || text.starts_with('/') {
            is_open = false;
        } else if is_open {
            let block = blocks.last_mut().context("no example is open")?;
            block.code.extend([text, "\n"]);
        }
    }
    Ok(blocks)
}

/// The declarations of the entry that exports this file; the file itself if there is no such entry.
fn entry_of(file: &Path, module: &str) -> PathBuf {
    let entry = module.split_once('/').map_or("index", |(_, entry)| entry);
    let nearest =
        file.ancestors().map(|directory| directory.join(format!("{entry}.d.ts"))).find(|entry| entry.exists());
    nearest.unwrap_or_else(|| file.to_owned())
}

/// The names in the export lists of the declarations.
pub fn exported_names(declarations: &str) -> Vec<String> {
    let lists = ["export {", "export type {"].iter().flat_map(|start| declarations.split(start).skip(1));
    let lists = lists.filter_map(|rest| rest.split('}').next());
    lists.flat_map(|list| list.split(',')).map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

/// An example as a module. An example without imports may use all exports of its entry.
fn example_module(block: &Block, entry: &Path, module: &str) -> Result<String> {
    if block.code.contains("import ") {
        return Ok(format!("{}\nexport {{}};\n", block.code));
    }
    let declarations = fs::read_to_string(entry)?;
    let declared = declarations.lines().filter_map(|line| {
        let line = line.strip_prefix("export ")?;
        let line = line.strip_prefix("declare ").unwrap_or(line);
        let rest = line.strip_prefix("function ").or_else(|| line.strip_prefix("class "))?;
        rest.split(|letter: char| !letter.is_alphanumeric()).next()
    });
    let exported = exported_names(&declarations.replace("export type {", ""));
    let mut names: Vec<&str> = declared.chain(exported.iter().map(String::as_str)).collect();
    names.dedup();
    Ok(format!("import {{ {} }} from '{module}';\n{}\nexport {{}};\n", names.join(", "), block.code))
}

fn check_block(block: &Block, work_directory: &Path, file: &Path, is_step: fn(&str) -> bool) -> Result<()> {
    match block.language.as_str() {
        // The lines that the page says to add.
        "diff" => {
            let added: Vec<&str> = block.code.lines().filter_map(|line| line.strip_prefix('+')).collect();
            ensure!(!added.is_empty(), "nothing is added");
            fs::write(file.with_extension("diff.ts"), format!("{}\nexport {{}};\n", added.join("\n")))?;
        }
        "ts" | "tsx" | "js" => fs::write(file, format!("{}\nexport {{}};\n", block.code))?,
        "html" => {
            fs::write(file, &block.code)?;
            for (index, script) in inline_scripts(&block.code).enumerate() {
                fs::write(file.with_extension(format!("{index}.js")), script)?;
            }
        }
        "json" => {
            serde_json::from_str::<Value>(&block.code)?;
        }
        "http" => {
            let is_header =
                |line: &str| line.split_once(": ").is_some_and(|(name, value)| is_token(name) && !value.is_empty());
            ensure!(block.code.lines().all(is_header), "a line is no header");
            fs::write(file, &block.code)?;
        }
        "sh" => block.code.lines().try_for_each(|line| check_command(line, work_directory, is_step))?,
        "text" => {}
        "" => bail!("the block has no language; use `text` for plain text"),
        language => bail!("no check for blocks of `{language}`"),
    }
    Ok(())
}

fn is_token(name: &str) -> bool {
    name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
}

fn inline_scripts(page: &str) -> impl Iterator<Item = &str> {
    let scripts = page.split("<script").skip(1);
    let codes = scripts.filter_map(|script| script.split_once('>')?.1.split_once("</script>")).map(|(code, _)| code);
    codes.filter(|code| !code.is_empty())
}

/// Checks that the steps, commands and packages named in a command of the docs exist.
fn check_command(line: &str, work_directory: &Path, is_step: fn(&str) -> bool) -> Result<()> {
    let line = line.split(" # ").next().unwrap_or_default().trim();
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_known = match words.as_slice() {
        [] => true,
        ["cargo", "xtask", "test", steps @ ..] => steps.iter().all(|step| is_step(step)),
        ["cargo", "xtask", name, ..] => USAGE.contains(&format!("cargo xtask {name} ")),
        ["npm", "install" | "i", arguments @ ..] => arguments
            .iter()
            .all(|word| *word == "--save-dev" || work_directory.join("node_modules").join(word).exists()),
        ["npx", "smart-launch-sandbox", arguments @ ..] => {
            let program = fs::read_to_string(root().join("www/sandbox/main.mjs"))?;
            arguments
                .iter()
                .filter(|word| word.starts_with("--"))
                .all(|option| program.contains(&format!("\n  {option}")))
        }
        ["npx", "smart-launch", "doctor", arguments @ ..] => {
            let program = fs::read_to_string(root().join("pkg-template/src/doctor/doctor.ts"))?;
            arguments
                .iter()
                .filter(|word| word.starts_with("--"))
                .all(|option| program.contains(&format!("\n  {option}")))
        }
        ["npm", "view", "smart-launch", member] => member.starts_with("dist."),
        ["openssl", ..] => true,
        ["cp", file, _] => work_directory.join(file).exists(),
        _ => false,
    };
    ensure!(is_known, "unknown command `{line}`");
    Ok(())
}

/// A name for files generated from this one.
fn file_name_for(file: &Path) -> String {
    let path = file.strip_prefix(root()).unwrap_or(file).with_extension("");
    path.to_string_lossy().replace(['/', '.'], "-")
}

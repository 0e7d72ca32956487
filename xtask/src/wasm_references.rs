//! References between the functions and constants of a compiled module, from the relocations that the linker keeps in
//! it (WebAssembly tool conventions, "Linking").

use crate::binary::{Bytes, MAGIC};
use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A function by its index, or a constant by the index of its data segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    Function(usize),
    Constant(usize),
}

/// A module compiled by rustc with `--emit-relocs` and `--no-merge-data-segments`.
#[derive(Default)]
pub struct References {
    /// The functions in the table.
    pub slots: Vec<usize>,
    /// The addresses of each constant.
    pub constants: Vec<Range<usize>>,
    exports: Vec<(String, usize)>,
    targets: BTreeMap<Item, BTreeSet<Item>>,
}

impl References {
    pub fn read(module: &[u8]) -> Result<Self> {
        let mut references = Self::default();
        let (mut imports, mut bodies, mut segments) = (0, Vec::new(), Vec::new());
        let mut symbols = Vec::new();
        let mut relocations = Vec::new();
        let mut sections = Bytes::of_module(module)?;
        while !sections.0.is_empty() {
            let (id, mut section) = sections.part()?;
            let length = section.0.len();
            match id {
                0 => match section.name()? {
                    "linking" => symbols = symbols_of(section)?,
                    "reloc.CODE" => relocations.push((true, section)),
                    "reloc.DATA" => relocations.push((false, section)),
                    _ => {}
                },
                2 => imports = imported_functions(section)?.len(),
                7 => references.exports = exported_functions(section)?,
                9 => (_, references.slots) = table_slots(section)?,
                10 => bodies = places(section, length, |_| Ok(()))?,
                11 => {
                    segments = places(section, length, |segment| {
                        let address = segment.active_address()?;
                        references.constants.push(address..address);
                        Ok(())
                    })?;
                }
                _ => {}
            }
        }
        for (constant, place) in references.constants.iter_mut().zip(&segments) {
            constant.end += place.len();
        }
        if symbols.is_empty() || relocations.len() != 2 {
            bail!("the compiled module has no relocations");
        }
        for (is_code, section) in relocations {
            let places = if is_code { &bodies } else { &segments };
            for (offset, symbol) in relocations_of(section)? {
                let at = places.partition_point(|place| place.end <= offset);
                if !places.get(at).is_some_and(|place| place.contains(&offset)) {
                    bail!("a relocation is in no function and no constant");
                }
                let from = if is_code { Item::Function(imports + at) } else { Item::Constant(at) };
                if let Some(to) = symbols.get(symbol).context("a relocation names no symbol")? {
                    references.targets.entry(from).or_default().insert(*to);
                }
            }
        }
        Ok(references)
    }

    /// Everything that a function refers to, directly or indirectly.
    pub fn reach(&self, function: usize) -> BTreeSet<Item> {
        let mut reached = BTreeSet::new();
        let mut next = vec![Item::Function(function)];
        while let Some(item) = next.pop() {
            if reached.insert(item) {
                next.extend(self.targets.get(&item).into_iter().flatten());
            }
        }
        reached
    }

    /// The function that is exported under a name, to which wasm-bindgen's macro may have appended a hash.
    pub fn export(&self, name: &str) -> Result<usize> {
        let is_hash = |rest: &str| {
            rest.strip_prefix('_')
                .is_some_and(|hash| hash.len() == 16 && hash.chars().all(|digit| digit.is_ascii_hexdigit()))
        };
        let export = self
            .exports
            .iter()
            .find(|(long, _)| long.strip_prefix(name).is_some_and(|rest| rest.is_empty() || is_hash(rest)));
        Ok(export.with_context(|| format!("the compiled module exports no {name}"))?.1)
    }
}

/// The module without relocations, for other tools.
pub fn without_relocations(module: &[u8]) -> Result<Vec<u8>> {
    let mut remaining = MAGIC.to_vec();
    let mut sections = Bytes::of_module(module)?;
    while !sections.0.is_empty() {
        let before = sections.0;
        let (id, mut section) = sections.part()?;
        let is_relocation = |name: &str| name == "linking" || name.starts_with("reloc.");
        if id != 0 || !is_relocation(section.name()?) {
            remaining.extend(&before[..before.len() - sections.0.len()]);
        }
    }
    Ok(remaining)
}

/// The position of the bytes of each function or segment in its section.
fn places(
    mut section: Bytes<'_>,
    section_length: usize,
    mut head: impl FnMut(&mut Bytes<'_>) -> Result<()>,
) -> Result<Vec<Range<usize>>> {
    let count = section.number()?;
    let mut places = Vec::new();
    for _ in 0..count {
        head(&mut section)?;
        let length = section.number()?;
        let start = section_length - section.0.len();
        section.take(length)?;
        places.push(start..start + length);
    }
    Ok(places)
}

/// The first index of the functions in the table, and the functions.
pub fn table_slots(mut section: Bytes<'_>) -> Result<(usize, Vec<usize>)> {
    if section.small()? != 1 {
        bail!("the table is not filled by one segment");
    }
    let start = section.active_address()?;
    Ok((start, (0..section.number()?).map(|_| section.number()).collect::<Result<_>>()?))
}

/// The names and types of a module's imports, all of which are functions.
pub fn imported_functions(mut section: Bytes<'_>) -> Result<Vec<(String, usize)>> {
    (0..section.number()?)
        .map(|_| {
            section.name()?;
            let name = section.name()?.to_owned();
            if section.small()? != 0 {
                bail!("the module imports {name}, which is no function");
            }
            Ok((name, section.number()?))
        })
        .collect()
}

/// The names and indexes of a module's exported functions.
pub fn exported_functions(mut section: Bytes<'_>) -> Result<Vec<(String, usize)>> {
    let mut functions = Vec::new();
    for _ in 0..section.number()? {
        let name = section.name()?.to_owned();
        let is_function = section.small()? == 0;
        let index = section.number()?;
        if is_function {
            functions.push((name, index));
        }
    }
    Ok(functions)
}

/// The symbol table: for each symbol, the function or constant that it refers to, if any.
fn symbols_of(mut section: Bytes<'_>) -> Result<Vec<Option<Item>>> {
    section.number()?;
    while !section.0.is_empty() {
        let (id, table) = section.part()?;
        if id == 8 {
            return symbols_in(table);
        }
    }
    bail!("the compiled module has no symbols")
}

fn symbols_in(mut table: Bytes<'_>) -> Result<Vec<Option<Item>>> {
    const UNDEFINED: usize = 0x10;
    const EXPLICIT_NAME: usize = 0x40;
    let mut symbols = Vec::new();
    for _ in 0..table.number()? {
        let kind = table.small()?;
        let flags = table.number()?;
        symbols.push(match kind {
            // Data.
            1 => {
                table.name()?;
                if flags & UNDEFINED == 0 {
                    let segment = table.number()?;
                    table.number()?;
                    table.number()?;
                    Some(Item::Constant(segment))
                } else {
                    None
                }
            }
            // A section.
            3 => {
                table.number()?;
                None
            }
            // Function, global, tag, table.
            0 | 2 | 4 | 5 => {
                let index = table.number()?;
                if flags & UNDEFINED == 0 || flags & EXPLICIT_NAME != 0 {
                    table.name()?;
                }
                (kind == 0).then_some(Item::Function(index))
            }
            _ => bail!("a symbol is of the unknown kind {kind}"),
        });
    }
    Ok(symbols)
}

/// The position of each relocation in its section, and the index of its symbol. Relocations of types have no symbol.
fn relocations_of(mut section: Bytes<'_>) -> Result<Vec<(usize, usize)>> {
    let mut relocations = Vec::new();
    section.number()?;
    for _ in 0..section.number()? {
        let kind = section.small()?;
        let (offset, symbol) = (section.number()?, section.number()?);
        match kind {
            // Functions, table indexes, globals, tables.
            0 | 1 | 2 | 7 | 12 | 18 | 20 => relocations.push((offset, symbol)),
            // R_WASM_TYPE_INDEX_LEB.
            6 => {}
            // Addresses, with an addend.
            3 | 4 | 5 | 11 | 14..=17 => {
                section.leb()?;
                relocations.push((offset, symbol));
            }
            _ => bail!("a relocation is of the unknown kind {kind}"),
        }
    }
    Ok(relocations)
}

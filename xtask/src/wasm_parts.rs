//! Splits one WebAssembly module into parts that are loaded when they are needed.
//!
//! The first part, the core, contains the memory, the table and the stack. Later parts import these, and functions of
//! earlier parts. A function is in the first part that needs it; a function that several later parts need is in the
//! second part, which is loaded before any of them. Constants are in the parts of the functions that refer to them.

use crate::binary::{
    Bytes, CALL_INDIRECT, END, GLOBAL_GET, GLOBAL_SET, I32_CONST, MAGIC, Operand, leb, long_leb, signed_leb,
};
use crate::wasm_references::{Item, References, exported_functions, imported_functions, table_slots};
use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, BTreeSet};

/// Names that all parts of a module share.
pub struct Names {
    /// Exported functions by their names in Rust.
    pub exports: BTreeMap<String, String>,
    /// The functions that the module imports from JavaScript, by their names in wasm-bindgen's glue.
    pub imports: Vec<(String, String)>,
}

/// The optimised module.
#[derive(Clone, Default)]
pub struct Module<'a> {
    types: Vec<&'a [u8]>,
    imports: Vec<(String, usize)>,
    /// The type of each function that is not an import.
    function_types: Vec<usize>,
    table: &'a [u8],
    memory: &'a [u8],
    globals: &'a [u8],
    exports: Vec<(String, usize)>,
    /// The first index of the functions in the table, and the functions.
    table_start: usize,
    slots: Vec<usize>,
    bodies: Vec<&'a [u8]>,
    calls: Vec<BTreeSet<usize>>,
    /// The initial memory; `None` for bytes that no segment sets.
    data: Vec<Option<u8>>,
    /// The part of each function that is not an import.
    owners: Vec<usize>,
    /// The part of each byte of the data.
    data_owners: Vec<usize>,
}

impl<'a> Module<'a> {
    /// Reads a module, and determines the part of each function and constant.
    ///
    /// `entries` are functions that JavaScript calls, one for each part. `base` are the other functions that JavaScript
    /// calls; they are in the core.
    pub fn read(wasm: &'a [u8], references: &References, entries: &[&str], base: &[&str]) -> Result<Self> {
        let mut module = Self::sections(wasm)?;
        if module.slots.len() != references.slots.len() {
            bail!(
                "the table has {} functions before optimisation, but {} after it",
                references.slots.len(),
                module.slots.len()
            );
        }
        let (mut owners, mut data_owners) = (BTreeMap::new(), BTreeMap::new());
        // What each entry needs: constants and slots according to the references before optimisation, functions according to the
        // calls after it.
        let reached_before: Vec<BTreeSet<Item>> =
            entries.iter().map(|entry| Ok(references.reach(references.export(entry)?))).collect::<Result<_>>()?;
        for export in base {
            for item in references.reach(references.export(export)?) {
                data_owners.insert(item, 0);
            }
        }
        let items = reached_before.iter().flatten().copied().collect::<BTreeSet<_>>();
        for item in items {
            let dependents = (0..entries.len()).filter(|entry| reached_before[*entry].contains(&item));
            data_owners.entry(item).or_insert_with(|| owner(&dependents.collect::<Vec<_>>()));
        }
        let mut roots: Vec<Vec<usize>> =
            entries.iter().map(|entry| Ok(vec![module.export(entry)?])).collect::<Result<_>>()?;
        // The optimiser may have put one function in several slots, but it does not move slots.
        for (slot, function) in module.slots.iter().zip(&references.slots) {
            match data_owners.get(&Item::Function(*function)) {
                // The core needs it as well, or nothing refers to it.
                Some(0) | None => roots[0].push(*slot),
                Some(_) => {
                    for (entry, roots) in roots.iter_mut().enumerate() {
                        if reached_before[entry].contains(&Item::Function(*function)) {
                            roots.push(*slot);
                        }
                    }
                }
            }
        }
        for export in base {
            roots[0].push(module.export(export)?);
        }
        let reached_after: Vec<BTreeSet<usize>> = roots.into_iter().map(|roots| module.reach(roots)).collect();
        for function in module.imports.len()..module.imports.len() + module.bodies.len() {
            let dependents: Vec<usize> =
                (0..entries.len()).filter(|entry| reached_after[*entry].contains(&function)).collect();
            if dependents.is_empty() {
                bail!("nothing needs the function {function}");
            }
            owners.insert(function, owner(&dependents));
        }
        module.owners = owners.into_values().collect();
        module.data_owners = vec![NONE; module.data.len()];
        for (at, addresses) in references.constants.iter().enumerate() {
            let owner = data_owners.get(&Item::Constant(at)).copied().unwrap_or(UNUSED);
            for address in addresses.clone() {
                if let Some(byte) = module.data_owners.get_mut(address) {
                    *byte = owner;
                }
            }
        }
        if module.data.iter().zip(&module.data_owners).any(|(byte, owner)| byte.unwrap_or(0) != 0 && *owner == NONE) {
            bail!("some of the data belongs to no constant");
        }
        module.check()?;
        Ok(module)
    }

    /// Checks that a part calls only its own functions, those of the core, and, if it is not the core, those of the second
    /// part.
    fn check(&self) -> Result<()> {
        for (at, calls) in self.calls.iter().enumerate() {
            for called in calls.iter().filter_map(|called| called.checked_sub(self.imports.len())) {
                let (from, to) = (self.owners[at], self.owners[called]);
                if to != from && to != 0 && (to != SHARED || from == 0) {
                    bail!("a function of part {from} calls one of part {to}");
                }
            }
        }
        Ok(())
    }

    fn sections(wasm: &'a [u8]) -> Result<Self> {
        let mut module = Self::default();
        let mut sections = Bytes::of_module(wasm)?;
        while !sections.0.is_empty() {
            let (id, mut section) = sections.part()?;
            let content = section.0;
            match id {
                TYPES => {
                    for _ in 0..section.number()? {
                        let before = section.0;
                        section.take(1)?;
                        for _ in 0..2 {
                            let count = section.number()?;
                            section.take(count)?;
                        }
                        module.types.push(&before[..before.len() - section.0.len()]);
                    }
                }
                IMPORTS => module.imports = imported_functions(section)?,
                FUNCTIONS => {
                    module.function_types = (0..section.number()?).map(|_| section.number()).collect::<Result<_>>()?;
                }
                TABLES => module.table = content,
                MEMORIES => module.memory = content,
                GLOBALS => module.globals = content,
                EXPORTS => module.exports = exported_functions(section)?,
                ELEMENTS => (module.table_start, module.slots) = table_slots(section)?,
                CODE => {
                    for _ in 0..section.number()? {
                        let size = section.number()?;
                        module.bodies.push(section.take(size)?);
                    }
                }
                DATA => {
                    for _ in 0..section.number()? {
                        let start = section.active_address()?;
                        let length = section.number()?;
                        let end = start + length;
                        module.data.resize(module.data.len().max(end), None);
                        for (at, byte) in module.data[start..end].iter_mut().zip(section.take(length)?) {
                            *at = Some(*byte);
                        }
                    }
                }
                CUSTOM | DATA_COUNT => {}
                _ => bail!("the section {id} is not supported"),
            }
        }
        if [module.table, module.memory, module.globals].iter().any(|section| section.first() != Some(&1)) {
            bail!("the module must have exactly one table, one memory and one global");
        }
        module.calls = module.bodies.iter().map(|body| calls(body)).collect::<Result<_>>()?;
        Ok(module)
    }

    fn export(&self, name: &str) -> Result<usize> {
        let export = self.exports.iter().find(|(exported_name, _)| exported_name == name);
        Ok(export.with_context(|| format!("the module exports no {name}"))?.1)
    }

    fn reach(&self, roots: Vec<usize>) -> BTreeSet<usize> {
        let mut reached = BTreeSet::new();
        let mut next = roots;
        while let Some(function) = next.pop() {
            if reached.insert(function) && function >= self.imports.len() {
                next.extend(&self.calls[function - self.imports.len()]);
            }
        }
        reached
    }

    /// The functions of a part.
    fn functions_of(&self, part: usize) -> Vec<usize> {
        let functions = self.owners.iter().enumerate().filter(|(_, owner)| **owner == part);
        functions.map(|(at, _)| at + self.imports.len()).collect()
    }

    fn type_of(&self, function: usize) -> usize {
        match function.checked_sub(self.imports.len()) {
            Some(index) => self.function_types[index],
            None => self.imports[function].1,
        }
    }

    /// How often a part calls each function.
    fn call_counts(&self, part: usize) -> Result<BTreeMap<usize, usize>> {
        let mut counts = BTreeMap::new();
        for function in self.functions_of(part) {
            for called in called_functions(&mut Bytes(self.bodies[function - self.imports.len()]))? {
                *counts.entry(called).or_default() += 1;
            }
        }
        Ok(counts)
    }

    /// The functions of a part. Those that other parts import come first. Within both groups, frequently called functions
    /// come first, because a short index saves most, then the others by type, which compresses well.
    fn ordered(&self, part: usize, shared: &BTreeSet<usize>, counts: &BTreeMap<usize, usize>) -> Vec<usize> {
        let mut functions = self.functions_of(part);
        functions.sort_by_key(|function| {
            let rank = match counts.get(function) {
                Some(count @ OFTEN..) => usize::MAX - count,
                _ => usize::MAX,
            };
            (!shared.contains(function), rank, self.type_of(*function))
        });
        functions
    }

    /// The same module as one part.
    pub fn whole(mut self) -> Self {
        self.owners.fill(0);
        self.data_owners.iter_mut().filter(|owner| **owner != UNUSED).for_each(|owner| *owner = 0);
        self
    }

    /// Writes the parts. They export `names` under shorter names. `memory` is the name of the memory, which differs
    /// from build to build, so that parts of different builds cannot be linked.
    pub fn link(&self, names: &[&str], memory: &str) -> Result<(Vec<Vec<u8>>, Names)> {
        let part_count = self.owners.iter().max().map_or(0, |last| last + 1);
        let mut letters = one_letter_names();
        let mut next_name = || letters.next().context("there are no more names");
        let mut exports = BTreeMap::new();
        for name in names {
            exports.insert((*name).to_owned(), next_name()?);
        }
        let (global, table) = (next_name()?, next_name()?);
        let counts: Vec<_> = (0..part_count).map(|part| self.call_counts(part)).collect::<Result<_>>()?;
        let is_other = |function: &usize, part| {
            function.checked_sub(self.imports.len()).is_some_and(|index| self.owners[index] != part)
        };
        let called =
            (0..part_count).flat_map(|part| counts[part].keys().filter(move |function| is_other(function, part)));
        let shared: BTreeSet<usize> = called.copied().collect();
        let order: Vec<Vec<usize>> = (0..part_count).map(|part| self.ordered(part, &shared, &counts[part])).collect();
        let names = order.iter().flatten().filter(|function| shared.contains(function)).copied();
        let shared: Vec<(usize, String)> = names.zip(two_letter_names()).collect();
        let linking = Linking { exports: &exports, memory, global: &global, table: &table, shared: &shared };
        let modules = (0..part_count)
            .map(|part| self.write(part, part_count, &order[part], &counts[part], &linking))
            .collect::<Result<_>>()?;
        let imports = self.imports.iter().map(|(name, _)| name.clone()).zip(one_letter_names()).collect();
        Ok((modules, Names { exports, imports }))
    }

    /// Writes a part with these functions, which call each function as often as `counts` says.
    fn write(
        &self,
        part: usize,
        part_count: usize,
        own_functions: &[usize],
        counts: &BTreeMap<usize, usize>,
        linking: &Linking<'_>,
    ) -> Result<Vec<u8>> {
        let is_core = part == 0;
        let javascript = (0..self.imports.len()).zip(one_letter_names()).map(|(at, name)| (at, FROM_JAVASCRIPT, name));
        let shared = linking.shared.iter().map(|(function, name)| (*function, FROM_PARTS, name.clone()));
        let imported: Vec<_> = javascript
            .chain(shared)
            .filter(|(function, ..)| counts.contains_key(function) && !own_functions.contains(function))
            .collect();
        let functions = imported.iter().map(|(function, ..)| function).chain(own_functions);
        let indexes: BTreeMap<usize, usize> =
            functions.enumerate().map(|(index, function)| (*function, index)).collect();
        let mut types = Types::default();

        let mut imports = Vec::new();
        for (function, from, name) in &imported {
            imports.push(
                [encoded_name(from), encoded_name(name), vec![0], leb(types.index(self.type_of(*function)))].concat(),
            );
        }
        let own_types = own_functions.iter().map(|function| leb(types.index(self.type_of(*function)))).collect();
        let (mut uses_global, mut uses_table) = (false, false);
        let mut bodies = Vec::new();
        for function in own_functions {
            let mut body = Bytes(self.bodies[function - self.imports.len()]);
            let mut written = locals(&mut body)?.to_vec();
            while !body.0.is_empty() {
                let (op, operands) = body.instruction()?;
                uses_global |= op == GLOBAL_GET || op == GLOBAL_SET;
                uses_table |= op == CALL_INDIRECT;
                written.push(op);
                for (operand, bytes) in operands {
                    match operand {
                        Operand::Function => written.extend(leb(indexes[&Bytes(bytes).number()?])),
                        Operand::Type => written.extend(leb(types.index(Bytes(bytes).number()?))),
                        Operand::Block if !is_value_type(bytes) => {
                            written.extend(signed_leb(types.index(usize::try_from(Bytes(bytes).signed()?)?)));
                        }
                        // The alignment is only a hint; 0 is always valid.
                        Operand::Alignment => written.push(0),
                        _ => written.extend(bytes),
                    }
                }
            }
            // The size has as many bytes as in `wasm_decoding.rs`.
            bodies.push([long_leb::<3>(written.len()).to_vec(), written].concat());
        }

        let slots: Vec<(usize, usize)> = (self.table_start..)
            .zip(self.slots.iter().copied())
            .filter(|(_, function)| own_functions.contains(function))
            .collect();
        if !is_core {
            imports.push(
                [encoded_name(FROM_PARTS), encoded_name(linking.memory), vec![2], self.memory[1..].to_vec()].concat(),
            );
            if uses_global {
                // The stack pointer.
                imports.push([encoded_name(FROM_PARTS), encoded_name(linking.global), vec![3, 0x7f, 1]].concat());
            }
            if uses_table || !slots.is_empty() {
                imports.push(
                    [encoded_name(FROM_PARTS), encoded_name(linking.table), vec![1], self.table[1..].to_vec()].concat(),
                );
            }
        }

        let mut exports = Vec::new();
        for (name, short) in linking.exports {
            let function = self.export(name)?;
            if own_functions.contains(&function) {
                exports.push([encoded_name(short), vec![0], leb(indexes[&function])].concat());
            }
        }
        for (function, name) in linking.shared.iter().filter(|(function, _)| own_functions.contains(function)) {
            exports.push([encoded_name(name), vec![0], long_leb::<2>(indexes[function]).to_vec()].concat());
        }
        if is_core {
            exports.push([encoded_name(linking.memory), vec![2, 0]].concat());
            if part_count > 1 {
                exports.push([encoded_name(linking.global), vec![3, 0]].concat());
                exports.push([encoded_name(linking.table), vec![1, 0]].concat());
            }
        }

        let elements = runs(&slots, 0)
            .into_iter()
            .map(|run| {
                let functions: Vec<u8> = run.iter().flat_map(|(_, function)| leb(indexes[function])).collect();
                [segment_start(run[0].0), leb(run.len()), functions].concat()
            })
            .collect();
        let data = self.data(part);

        let mut module = MAGIC.to_vec();
        let mut section = |id: u8, items: Vec<Vec<u8>>| {
            if !items.is_empty() {
                let content = [leb(items.len()), items.concat()].concat();
                module.extend([vec![id], leb(content.len()), content].concat());
            }
        };
        section(TYPES, types.0.iter().map(|index| self.types[*index].to_vec()).collect());
        section(IMPORTS, imports);
        section(FUNCTIONS, own_types);
        if is_core {
            section(TABLES, vec![self.table[1..].to_vec()]);
            section(MEMORIES, vec![self.memory[1..].to_vec()]);
            section(GLOBALS, vec![self.globals[1..].to_vec()]);
        }
        section(EXPORTS, exports);
        section(ELEMENTS, elements);
        section(CODE, bodies);
        section(DATA, data);
        Ok(module)
    }

    /// The data of a part, as segments. The core has one segment, because zeros compress better than another segment
    /// header. Other parts write their own data into its gaps.
    fn data(&self, part: usize) -> Vec<Vec<u8>> {
        let bytes: Vec<(usize, u8)> = (0..)
            .zip(self.data.iter().zip(&self.data_owners))
            .filter(|(_, (_, owner))| **owner == part)
            .filter_map(|(at, (byte, _))| byte.filter(|byte| *byte != 0).map(|byte| (at, byte)))
            .collect();
        let gap = if part == 0 { usize::MAX } else { GAP };
        runs(&bytes, gap)
            .into_iter()
            .map(|run| {
                let (start, end) = (run[0].0, run[run.len() - 1].0 + 1);
                let mut content = vec![0; end - start];
                for (at, byte) in run {
                    content[at - start] = *byte;
                }
                // The constants of other parts may be there already, and they never change.
                if part != 0 {
                    for (at, byte) in content.iter_mut().enumerate() {
                        *byte = self.data[start + at].unwrap_or(0);
                    }
                }
                [segment_start(start), leb(content.len()), content].concat()
            })
            .collect()
    }
}

/// The names that all parts use.
struct Linking<'a> {
    exports: &'a BTreeMap<String, String>,
    memory: &'a str,
    global: &'a str,
    table: &'a str,
    /// The functions that later parts import, in the order of the parts, and their names.
    shared: &'a [(usize, String)],
}

/// The types that a part uses, by their indexes in the whole module.
#[derive(Default)]
struct Types(Vec<usize>);

impl Types {
    fn index(&mut self, module_index: usize) -> usize {
        self.0.iter().position(|existing| *existing == module_index).unwrap_or_else(|| {
            self.0.push(module_index);
            self.0.len() - 1
        })
    }
}

/// The part for an item that these entries need.
fn owner(entries: &[usize]) -> usize {
    match entries {
        [entry] => *entry,
        [0, ..] => 0,
        _ => SHARED,
    }
}

/// The locals that a function declares, still encoded.
fn locals<'a>(body: &mut Bytes<'a>) -> Result<&'a [u8]> {
    let before = body.0;
    for _ in 0..body.number()? {
        body.number()?;
        body.take(1)?;
    }
    Ok(&before[..before.len() - body.0.len()])
}

fn calls(body: &[u8]) -> Result<BTreeSet<usize>> {
    Ok(called_functions(&mut Bytes(body))?.into_iter().collect())
}

/// The functions that a body calls, once for each call.
fn called_functions(body: &mut Bytes<'_>) -> Result<Vec<usize>> {
    locals(body)?;
    let mut called = Vec::new();
    while !body.0.is_empty() {
        for (operand, bytes) in body.instruction()?.1 {
            if operand == Operand::Function {
                called.push(Bytes(bytes).number()?);
            }
        }
    }
    Ok(called)
}

/// True if a block's type is a value type or empty.
fn is_value_type(block: &[u8]) -> bool {
    matches!(block, [0x40 | 0x7c..=0x7f])
}

/// Splits a list where the gap between two places is larger than `gap`.
fn runs<T>(places: &[(usize, T)], gap: usize) -> Vec<&[(usize, T)]> {
    places.chunk_by(|place, next| next.0 - place.0 - 1 <= gap).collect()
}

fn segment_start(address: usize) -> Vec<u8> {
    [vec![0, I32_CONST], signed_leb(address), vec![END]].concat()
}

fn encoded_name(name: &str) -> Vec<u8> {
    [leb(name.len()), name.as_bytes().to_vec()].concat()
}

/// Names of one letter.
fn one_letter_names() -> impl Iterator<Item = String> {
    letters().map(String::from)
}

/// Names of two letters, so that all entries have the same length.
fn two_letter_names() -> impl Iterator<Item = String> {
    letters().flat_map(|first| letters().map(move |second| format!("{first}{second}")))
}

fn letters() -> impl Iterator<Item = char> {
    ('a'..='z').chain('A'..='Z')
}

/// The module names of imports: functions of JavaScript, and exports of earlier parts.
const FROM_JAVASCRIPT: &str = "a";
const FROM_PARTS: &str = "";

/// The part of functions that several later parts need.
const SHARED: usize = 1;
/// Values in place of a part: for bytes that belong to no constant, and for constants that nothing refers to.
const NONE: usize = usize::MAX;
const UNUSED: usize = NONE - 1;
/// From this number of calls, a short index for a function saves more than sorting the function by type.
const OFTEN: usize = 6;
/// Up to this number of bytes, a gap between two constants costs less than a separate segment.
const GAP: usize = 16;

const CUSTOM: u8 = 0;
const TYPES: u8 = 1;
const IMPORTS: u8 = 2;
const FUNCTIONS: u8 = 3;
const TABLES: u8 = 4;
const MEMORIES: u8 = 5;
const GLOBALS: u8 = 6;
const EXPORTS: u8 = 7;
const ELEMENTS: u8 = 9;
const CODE: u8 = 10;
const DATA: u8 = 11;
const DATA_COUNT: u8 = 12;

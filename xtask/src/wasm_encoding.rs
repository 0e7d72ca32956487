//! Encodes a WebAssembly module as text that compresses well; `wasm_decoding.rs` decodes it.
//!
//! The body of a function mixes many kinds of bytes, but brotli compresses similar neighbours best. Opcodes, constants,
//! locals, calls and the rest are therefore written as separate streams, one after the other. The sizes of functions and
//! the alignments of loads and stores are omitted, since `wasm_parts.rs` writes them in one way only, and so are the types
//! of blocks that have none. A local is written as the number of other locals that were used since.
//!
//! `wasm_parts.rs` names the functions that parts share one after the other (`aa`, `ab` …) in the order of their indexes, and
//! writes their imports and exports in this order too. Each entry of imports and exports is written as the difference from the
//! entry before it, because most differences are the same.

use crate::binary::{Bytes, MAGIC, Operand};
use crate::wasm_decoding::{ENTRY, LETTERS, TYPED};
use anyhow::{Context, Result, bail};
use std::ops::Range;

/// The module as a JavaScript string, without its quotes.
pub fn pack(module: &[u8]) -> Result<String> {
    let mut before: [Vec<u8>; 5] = Default::default();
    let mut functions: [Vec<u8>; 7] = Default::default();
    let mut after = Vec::new();
    before[0].extend(MAGIC);
    let mut stream = 0;
    let mut has_functions = false;
    let mut sections = Bytes::of_module(module)?;
    while !sections.0.is_empty() {
        let start = module.len() - sections.0.len();
        let (id, mut section) = sections.part()?;
        let end = module.len() - sections.0.len();
        match id {
            IMPORTS | EXPORTS => {
                let entries = entries(id, section, end)?;
                before[stream].extend(&module[start..entries.start]);
                before[stream + 1].extend(entries.clone().map(|at| module[at].wrapping_sub(module[at - ENTRY])));
                stream += 2;
                before[stream].extend(&module[entries.end..end]);
            }
            CODE => {
                has_functions = true;
                let count = section.number()?;
                before[stream].extend(&module[start..end - section.0.len()]);
                for _ in 0..count {
                    let size = section.number()?;
                    function(Bytes(section.take(size)?), &mut functions)?;
                }
            }
            _ if has_functions => after.extend(module[start..end].iter().map(|byte| byte.wrapping_sub(LETTERS))),
            _ => before[stream].extend(&module[start..end]),
        }
    }
    let streams = before.into_iter().chain(functions).chain([after]);
    Ok(streams.map(|stream| printable(&stream) + " ").collect())
}

/// The first consecutive imports or exports of functions that have `ENTRY` bytes each. The section ends at `end`.
fn entries(id: u8, mut section: Bytes<'_>, end: usize) -> Result<Range<usize>> {
    let count = section.number()?;
    let mut entries = end - section.0.len()..end - section.0.len();
    for _ in 0..count {
        let start = end - section.0.len();
        if id == IMPORTS {
            section.name()?;
        }
        section.name()?;
        if section.small()? != 0 {
            break;
        }
        section.number()?;
        let after = end - section.0.len();
        if after - start == ENTRY {
            entries.end = after;
        } else if entries.is_empty() {
            entries = after..after;
        } else {
            break;
        }
    }
    Ok(entries)
}

/// Distributes a function's body over the streams.
fn function(mut body: Bytes<'_>, streams: &mut [Vec<u8>]) -> Result<()> {
    let [declared, ops, consts, locals, calls, offsets, branches] = streams else {
        bail!("the number of streams is wrong")
    };
    let groups = body.small()?;
    declared.push(groups);
    for _ in 0..groups {
        declared.extend(body.leb()?);
        declared.extend(body.take(1)?);
    }
    // The locals, the most recently used first.
    let mut recent: Vec<u8> = (0..128).collect();
    while !body.0.is_empty() {
        let (op, operands) = body.instruction()?;
        let is_typed = matches!(operands.as_slice(), [(Operand::Block, block)] if *block != [NO_TYPE]);
        ops.push(if is_typed { op + TYPED } else { op });
        for (operand, bytes) in operands {
            let stream = match operand {
                Operand::Branch => &mut *branches,
                Operand::Function => calls,
                Operand::Offset => offsets,
                Operand::Constant => consts,
                Operand::Block if !is_typed => continue,
                Operand::Block | Operand::Type | Operand::Other => ops,
                Operand::Alignment => continue,
                Operand::Local => {
                    let local = Bytes(bytes).small()?;
                    let at = recent.iter().position(|other| *other == local).context("there are too many locals")?;
                    recent[..=at].rotate_right(1);
                    locals.push(at as u8);
                    continue;
                }
            };
            stream.extend(bytes);
        }
    }
    Ok(())
}

/// One printable character for a byte below 84, two for any other. Uses no space and no ASCII character that a string
/// would escape.
fn printable(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut push = |value: u8| text.push(char::from(value + if value < 57 { 35 } else { 36 }));
    for byte in bytes {
        if *byte >= SINGLE {
            push(SINGLE + byte / SINGLE - 1);
        }
        push(byte % SINGLE);
    }
    text
}

/// Number of byte values that one character can represent.
const SINGLE: u8 = 84;

/// The type of a block without parameters and results.
const NO_TYPE: u8 = 0x40;
const IMPORTS: u8 = 2;
const EXPORTS: u8 = 7;
const CODE: u8 = 10;

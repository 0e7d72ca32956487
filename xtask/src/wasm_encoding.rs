//! A WebAssembly module as text that compresses well; `wasm_decoding.rs` makes a module of it again.
//!
//! What follows each other in a function is of many kinds, and brotli looks at what is near: so opcodes, constants, locals,
//! calls and the rest are written apart, each kind after the other, and the sizes of functions not at all. A sign-in loads
//! 1.4 KB less for it, with the code that puts it together.

use crate::binary::{Bytes, MAGIC};
use anyhow::{Result, bail};

/// The module as a JavaScript string, without its quotes.
pub fn pack(module: &[u8]) -> Result<String> {
    let mut streams: [Vec<u8>; 9] = Default::default();
    let [head, rest @ .., tail] = &mut streams;
    head.extend(MAGIC);
    let mut sections = Bytes::of_module(module)?;
    let mut seen = false;
    while !sections.0.is_empty() {
        let before = sections.0;
        let (id, mut section) = sections.part()?;
        if id == CODE {
            seen = true;
            let count = section.leb()?;
            head.extend(&before[..before.len() - sections.0.len() - section.0.len()]);
            for _ in 0..Bytes(count).number()? {
                let size = section.number()?;
                function(Bytes(section.take(size)?), rest)?;
            }
        } else {
            let section = &before[..before.len() - sections.0.len()];
            if seen { tail.extend(section) } else { head.extend(section) }
        }
    }
    Ok(streams.map(|stream| printable(&stream)).join(" "))
}

/// Deals out a function's body.
fn function(mut body: Bytes<'_>, streams: &mut [Vec<u8>]) -> Result<()> {
    let [declared, ops, consts, locals, calls, offsets, branches] = streams else { bail!("not the streams") };
    let groups = body.small()?;
    declared.push(groups);
    for _ in 0..groups {
        declared.extend(body.leb()?);
        declared.extend(body.take(1)?);
    }
    while !body.0.is_empty() {
        let op = body.take(1)?[0];
        ops.push(op);
        match op {
            // unreachable, nop, else, end, return, drop, select; comparisons, arithmetic, conversions.
            0x00 | 0x01 | 0x05 | 0x0b | 0x0f | 0x1a | 0x1b | 0x45..=0xc4 => {}
            // block, loop, if; global.get, global.set; memory.size, memory.grow.
            0x02..=0x04 | 0x23 | 0x24 | 0x3f | 0x40 => ops.extend(body.leb()?),
            // br, br_if.
            0x0c | 0x0d => branches.extend(body.leb()?),
            // br_table.
            0x0e => {
                let labels = body.small()?;
                ops.push(labels);
                for _ in 0..=labels {
                    ops.extend(body.leb()?);
                }
            }
            // call.
            0x10 => calls.extend(body.leb()?),
            // call_indirect.
            0x11 => ops.extend([body.leb()?, body.leb()?].concat()),
            // local.get, local.set, local.tee.
            0x20..=0x22 => locals.extend(body.leb()?),
            // Loads and stores.
            0x28..=0x3e => {
                ops.extend(body.leb()?);
                offsets.extend(body.leb()?);
            }
            // i32.const, i64.const.
            0x41 | 0x42 => consts.extend(body.leb()?),
            // memory.copy, memory.fill.
            0xfc => {
                let kind = body.small()?;
                if kind != 10 && kind != 11 {
                    bail!("nobody knows how to pack the opcode 0xfc {kind}");
                }
                ops.push(kind);
                for _ in kind..12 {
                    ops.extend(body.leb()?);
                }
            }
            _ => bail!("nobody knows how to pack the opcode {op:#x}"),
        }
    }
    Ok(())
}

/// One printable character for a byte below 84, two for any other. Nothing of ASCII that a string would escape is among
/// them, and no space.
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

/// Bytes that one character stands for.
const SINGLE: u8 = 84;

const CODE: u8 = 10;

//! Encodes a WebAssembly module as text that compresses well; `wasm_decoding.rs` decodes it.
//!
//! The body of a function mixes many kinds of bytes, but brotli compresses similar neighbours best. Opcodes, constants,
//! locals, calls and the rest are therefore written as separate streams, one after the other, and the sizes of
//! functions are omitted. A sign-in loads 1.4 KB less, including the code that decodes it.

use crate::binary::{Bytes, MAGIC, Operand};
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

/// Distributes a function's body over the streams.
fn function(mut body: Bytes<'_>, streams: &mut [Vec<u8>]) -> Result<()> {
    let [declared, ops, consts, locals, calls, offsets, branches] = streams else { bail!("not the streams") };
    let groups = body.small()?;
    declared.push(groups);
    for _ in 0..groups {
        declared.extend(body.leb()?);
        declared.extend(body.take(1)?);
    }
    while !body.0.is_empty() {
        let (op, operands) = body.instruction()?;
        ops.push(op);
        for (operand, bytes) in operands {
            let stream = match operand {
                Operand::Branch => &mut *branches,
                Operand::Function => calls,
                Operand::Local => locals,
                Operand::Offset => offsets,
                Operand::Constant => consts,
                Operand::Block | Operand::Type | Operand::Other => ops,
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

const CODE: u8 = 10;

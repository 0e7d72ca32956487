//! WebAssembly's binary format, as far as the build reads it (WebAssembly, "Binary Format").

use anyhow::{Context, Result, bail};

/// The first bytes of every module.
pub const MAGIC: &[u8] = b"\0asm\x01\0\0\0";

/// The bytes that are not yet read.
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    /// The sections of a module.
    pub fn of_module(module: &'a [u8]) -> Result<Self> {
        Ok(Self(module.strip_prefix(MAGIC).context("no WebAssembly module")?))
    }

    /// A section or subsection: its id, and its content, which is preceded by its length.
    pub fn part(&mut self) -> Result<(u8, Self)> {
        let id = self.take(1)?[0];
        let length = self.number()?;
        Ok((id, Self(self.take(length)?)))
    }

    /// A name, preceded by its length.
    pub fn name(&mut self) -> Result<&'a str> {
        let length = self.number()?;
        Ok(std::str::from_utf8(self.take(length)?)?)
    }

    /// The encoded bytes of a LEB128 number of any type.
    pub fn leb(&mut self) -> Result<&'a [u8]> {
        let length = self.0.iter().position(|byte| *byte < 0x80).context("a number has no end")?;
        self.take(length + 1)
    }

    /// A number below 128.
    pub fn small(&mut self) -> Result<u8> {
        match self.take(1)? {
            [byte @ ..0x80] => Ok(*byte),
            _ => bail!("a number is larger than expected"),
        }
    }

    /// LEB128, unsigned.
    pub fn number(&mut self) -> Result<usize> {
        let mut number = 0;
        for shift in (0..32).step_by(7) {
            let byte = self.take(1)?[0];
            number |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        bail!("a number is too long")
    }

    /// Signed LEB128 of at most 32 bits.
    pub fn signed(&mut self) -> Result<i64> {
        let (mut number, mut shift) = (0, 0);
        for byte in self.leb()? {
            number |= i64::from(byte & 0x7f) << shift;
            shift += 7;
            if *byte < 0x80 && byte & 0x40 != 0 {
                number |= -1 << shift;
            }
        }
        Ok(number)
    }

    /// The start of an active segment of the first memory or table.
    pub fn active_address(&mut self) -> Result<usize> {
        if self.take(2)? != [0, I32_CONST] {
            bail!("the address of a segment is not a constant");
        }
        let address = usize::try_from(self.signed()?)?;
        if self.take(1)? != [END] {
            bail!("the address of a segment is computed");
        }
        Ok(address)
    }

    /// An opcode with its encoded operands.
    pub fn instruction(&mut self) -> Result<Instruction<'a>> {
        let op = self.take(1)?[0];
        let mut operands = Vec::new();
        let kinds: &[Operand] = match op {
            // unreachable, nop, else, end, return, drop, select; comparisons, arithmetic, conversions.
            0x00 | 0x01 | 0x05 | END | 0x0f | 0x1a | 0x1b | 0x45..=0xc4 => &[],
            // block, loop, if.
            0x02..=0x04 => &[Operand::Block],
            // br, br_if.
            0x0c | 0x0d => &[Operand::Branch],
            // br_table.
            0x0e => {
                let labels = self.leb()?;
                operands.push((Operand::Other, labels));
                for _ in 0..=Bytes(labels).small()? {
                    operands.push((Operand::Other, self.leb()?));
                }
                &[]
            }
            // call.
            0x10 => &[Operand::Function],
            CALL_INDIRECT => &[Operand::Type, Operand::Other],
            // local.get, local.set, local.tee.
            0x20..=0x22 => &[Operand::Local],
            // global.get, global.set; memory.size, memory.grow.
            GLOBAL_GET | GLOBAL_SET | 0x3f | 0x40 => &[Operand::Other],
            // Loads and stores.
            0x28..=0x3e => &[Operand::Alignment, Operand::Offset],
            // i32.const, i64.const.
            I32_CONST | 0x42 => &[Operand::Constant],
            0xfc => match self.0.first() {
                // memory.copy.
                Some(10) => &[Operand::Other; 3],
                // memory.fill.
                Some(11) => &[Operand::Other; 2],
                kind => bail!("the opcode 0xfc {kind:?} is not supported"),
            },
            _ => bail!("the opcode {op:#x} is not supported"),
        };
        for kind in kinds {
            operands.push((*kind, self.leb()?));
        }
        Ok((op, operands))
    }

    /// Takes `length` bytes.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).context("the module ends early")?;
        self.0 = rest;
        Ok(taken)
    }
}

/// An opcode, and its operands.
pub type Instruction<'a> = (u8, Vec<(Operand, &'a [u8])>);

/// The kind of an operand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Operand {
    /// A block type: a value type or a type index.
    Block,
    Branch,
    Function,
    Type,
    Local,
    Alignment,
    Offset,
    Constant,
    Other,
}

/// A number as LEB128, unsigned.
pub fn leb(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// A number as LEB128 of this many bytes, which may be more than it needs.
pub fn long_leb<const LENGTH: usize>(number: usize) -> [u8; LENGTH] {
    std::array::from_fn(|at| (number >> (7 * at)) as u8 & 0x7f | if at + 1 < LENGTH { 0x80 } else { 0 })
}

/// A number as LEB128, signed.
pub fn signed_leb(number: usize) -> Vec<u8> {
    let mut bytes = leb(number);
    if let Some(last) = bytes.last_mut().filter(|last| **last & 0x40 != 0) {
        *last |= 0x80;
        bytes.push(0);
    }
    bytes
}

pub const END: u8 = 0x0b;
pub const CALL_INDIRECT: u8 = 0x11;
pub const GLOBAL_GET: u8 = 0x23;
pub const GLOBAL_SET: u8 = 0x24;
pub const I32_CONST: u8 = 0x41;

#[cfg(test)]
mod tests {
    use super::{Bytes, leb, long_leb, signed_leb};

    #[test]
    fn numbers_are_read_as_they_are_written() {
        for number in [0, 1, 63, 64, 127, 128, 8_191, 8_192, 65_536, 1 << 20] {
            assert_eq!(Bytes(&leb(number)).number().unwrap(), number);
            assert_eq!(Bytes(&long_leb::<3>(number)).number().unwrap(), number);
            assert_eq!(Bytes(&signed_leb(number)).signed().unwrap(), number as i64);
        }
        assert_eq!(Bytes(&[0x7f]).signed().unwrap(), -1);
        assert_eq!(Bytes(&[0x80, 0x7f]).signed().unwrap(), -128);
    }
}

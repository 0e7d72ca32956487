//! WebAssembly's binary format, as far as it is read here (WebAssembly, "Binary Format").

use anyhow::{Context, Result, bail};

/// What every module begins with.
pub const MAGIC: &[u8] = b"\0asm\x01\0\0\0";

/// What is left to be read.
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    /// The sections of a module.
    pub fn of_module(module: &'a [u8]) -> Result<Self> {
        Ok(Self(module.strip_prefix(MAGIC).context("no WebAssembly module")?))
    }

    /// An id and what it is the id of, which has its length before it.
    pub fn part(&mut self) -> Result<(u8, Self)> {
        let id = self.take(1)?[0];
        let length = self.number()?;
        Ok((id, Self(self.take(length)?)))
    }

    /// A name, which has its length before it.
    pub fn name(&mut self) -> Result<&'a str> {
        let length = self.number()?;
        Ok(std::str::from_utf8(self.take(length)?)?)
    }

    /// A number as it stands there, whatever its type.
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

    /// So many bytes.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).context("the module ends early")?;
        self.0 = rest;
        Ok(taken)
    }
}

//! Decodes a WebAssembly module from the text that `wasm_encoding.rs` writes.
//!
//! The build compiles this file separately to WebAssembly, and the package runs it first. The same in JavaScript, which
//! is still interpreted at that point, takes several times as long.
//!
//! Nothing is checked here, which saves 0.2 KB: the build decodes each of its texts once, and in WebAssembly a text that
//! was damaged on the way can only trap, or become another module.

#![cfg_attr(target_arch = "wasm32", no_std, no_main)]

use core::mem::MaybeUninit;

/// Writes the module that a text encodes to the memory after the text. Returns the end of the module.
///
/// # Safety
/// `pack` wrote the text, and there is room for the module.
pub unsafe fn unpack(text: *mut u8) -> *mut u8 {
    let mut unpacking = Unpacking { at: [const { MaybeUninit::uninit() }; STREAMS], end: text };
    // SAFETY: the text consists of this number of streams, each with a space after it.
    unsafe {
        for stream in 0..STREAMS {
            unpacking.at.get_unchecked_mut(stream).write(unpacking.end);
            while unpacking.skip() != b' ' {}
        }
        let mut stream = 0;
        while stream < STREAMS {
            while unpacking.has(stream) {
                if stream == DECLARED { unpacking.function() } else { unpacking.outside(stream) }
            }
            stream = if stream == DECLARED { TAIL } else { stream + 1 };
        }
    }
    unpacking.end
}

struct Unpacking {
    /// The read position of each stream.
    at: [MaybeUninit<*mut u8>; STREAMS],
    /// First moves through the text to its end, then is the end of the part of the module that is already written.
    end: *mut u8,
}

// SAFETY: the streams have the bytes that the instructions of the module need.
impl Unpacking {
    #[inline(always)]
    unsafe fn skip(&mut self) -> u8 {
        unsafe {
            let byte = *self.end;
            self.end = self.end.add(1);
            byte
        }
    }

    #[inline(always)]
    unsafe fn at(&mut self, stream: usize) -> &mut *mut u8 {
        unsafe { self.at.get_unchecked_mut(stream).assume_init_mut() }
    }

    /// True if the stream is not at its end.
    #[inline(always)]
    unsafe fn has(&mut self, stream: usize) -> bool {
        unsafe { **self.at(stream) != b' ' }
    }

    /// A byte that is not in a function.
    #[inline(always)]
    unsafe fn outside(&mut self, stream: usize) {
        unsafe {
            let place = self.end;
            let addend = match stream {
                TAIL => LETTERS,
                IMPORTED | EXPORTED => *place.sub(ENTRY),
                _ => 0,
            };
            *place = (self.byte(stream) as u8).wrapping_add(addend);
        }
    }

    /// A function: its size, which is not in the text, and its body.
    #[inline(always)]
    unsafe fn function(&mut self) {
        unsafe {
            let size = self.end;
            self.end = size.add(3);
            let mut groups = self.byte(DECLARED);
            while groups > 0 {
                self.number(DECLARED);
                self.byte(DECLARED);
                groups -= 1;
            }
            // The locals, the most recently used first.
            let mut recent = [const { MaybeUninit::<u8>::uninit() }; 128];
            let recent = recent.as_mut_ptr().cast::<u8>();
            for local in 0..128 {
                *recent.add(local) = local as u8;
            }
            let mut depth = 1;
            while depth > 0 {
                let op = self.byte(OPS);
                let kind = match op {
                    0..KINDS_END => KINDS.as_ptr().add(op as usize).read(),
                    // memory.copy, memory.fill.
                    0xfc => OPS as u8,
                    _ => continue,
                };
                depth += i32::from(kind & BEGIN != 0) - i32::from(kind & END != 0);
                if kind & BEGIN != 0 {
                    if op < BLOCK_WITH_TYPE {
                        self.put(0x40);
                    } else {
                        *self.end.sub(1) = op as u8 - TYPED;
                    }
                }
                let stream = usize::from(kind & 15);
                if stream == 0 {
                    continue;
                }
                if stream == LOCALS {
                    let mut at = self.byte(LOCALS) as usize;
                    let local = *recent.add(at);
                    *self.end.sub(1) = local;
                    while at > 0 {
                        *recent.add(at) = *recent.add(at - 1);
                        at -= 1;
                    }
                    *recent = local;
                    continue;
                }
                // The number of operands before the last one, in the stream of opcodes.
                let mut others = 0;
                if op == 0xfc {
                    others = 11 - self.byte(OPS);
                }
                if op == 0x0e {
                    others = self.byte(OPS);
                }
                if op == 0x11 {
                    others = 1;
                }
                while others > 0 {
                    self.byte(OPS);
                    others -= 1;
                }
                if stream == OFFSETS {
                    // The alignment.
                    self.put(0);
                }
                self.number(stream);
            }
            let length = self.end.offset_from_unsigned(size) - 3;
            *size = length as u8 | 128;
            *size.add(1) = (length >> 7) as u8 | 128;
            *size.add(2) = (length >> 14) as u8;
        }
    }

    /// Copies a number (LEB128).
    #[inline(never)]
    unsafe fn number(&mut self, stream: usize) {
        while unsafe { self.byte(stream) } >= 128 {}
    }

    /// Copies a byte: one character for values below 84, two characters for others.
    #[inline(never)]
    unsafe fn byte(&mut self, stream: usize) -> u32 {
        let mut high = 0;
        loop {
            let value = unsafe {
                let at = self.at(stream);
                let character = u32::from(**at);
                *at = at.add(1);
                character - if character < 92 { 35 } else { 36 }
            };
            if value < 84 {
                return unsafe { self.put(value + high) };
            }
            high = (value - 83) * 84;
        }
    }

    #[inline(always)]
    unsafe fn put(&mut self, byte: u32) -> u32 {
        unsafe {
            *self.end = byte as u8;
            self.end = self.end.add(1);
        }
        byte
    }
}

/// The stream of each opcode's last operand, 0 for none, and whether the opcode begins or ends a block.
const KINDS: [u8; KINDS_END as usize] = {
    let mut kinds = [0; KINDS_END as usize];
    let mut op = 0;
    while op < kinds.len() {
        kinds[op] = match op {
            0x02..=0x04 => BEGIN,
            0x06..=0x08 => OPS as u8 | BEGIN,
            0x0b => END,
            0x0c | 0x0d => BRANCHES,
            0x10 => CALLS,
            0x20..=0x22 => LOCALS as u8,
            0x28..=0x3e => OFFSETS as u8,
            0x41 | 0x42 => CONSTS,
            0x0e | 0x11 | 0x23 | 0x24 | 0x3f | 0x40 => OPS as u8,
            _ => 0,
        };
        op += 1;
    }
    kinds
};
const KINDS_END: u32 = 0x43;
const BEGIN: u8 = 16;
const END: u8 = 32;

/// The streams. Those with the data before the functions are 0 to 4; two of them have imports and exports of functions.
const IMPORTED: usize = 1;
const EXPORTED: usize = 3;
const DECLARED: usize = 5;
const OPS: usize = 6;
const CONSTS: u8 = 7;
const LOCALS: usize = 8;
const CALLS: u8 = 9;
const OFFSETS: usize = 10;
const BRANCHES: u8 = 11;
const TAIL: usize = 12;
const STREAMS: usize = 13;

/// Added to the opcodes of blocks that have a type; most have none.
pub const TYPED: u8 = 4;
const BLOCK_WITH_TYPE: u32 = 6;

/// Bytes of an entry of the imports and exports; each byte is written as the difference from the same byte of the entry before.
pub const ENTRY: usize = 6;
/// Subtracted from the bytes after the functions, so that one character is enough for a letter.
pub const LETTERS: u8 = 42;

#[cfg(target_arch = "wasm32")]
mod wasm {
    /// As `unpack`.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn unpack(text: *mut u8) -> *mut u8 {
        unsafe { super::unpack(text) }
    }

    #[panic_handler]
    fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
        core::arch::wasm32::unreachable()
    }
}

//! Decodes a WebAssembly module from the text that `wasm_encoding.rs` writes.
//!
//! The build compiles this file separately to WebAssembly, and the package runs it first. The same in JavaScript, which
//! is still interpreted at that point, takes several times as long.

#![cfg_attr(target_arch = "wasm32", no_std, no_main)]

/// Writes the module encoded in a text, and returns its length. Panics if the text was not written by `pack`.
pub fn unpack(text: &[u8], module: &mut [u8]) -> usize {
    let mut at = [0; 10];
    let mut stream = 0;
    for (index, character) in text.iter().enumerate() {
        if *character == b' ' {
            stream += 1;
            at[stream] = index + 1;
        }
    }
    let [_, _, _, consts, .., tail, _] = at;
    let mut unpacking = Unpacking { text, at, module, size: 0 };
    while unpacking.text[unpacking.at[HEAD]] != b' ' {
        unpacking.byte(HEAD);
    }
    while unpacking.at[OPS] + 1 < consts {
        unpacking.function();
    }
    unpacking.at[TAIL] = tail;
    while unpacking.at[TAIL] < text.len() {
        unpacking.byte(TAIL);
    }
    unpacking.size
}

struct Unpacking<'a> {
    text: &'a [u8],
    /// The read position of each stream.
    at: [usize; 10],
    module: &'a mut [u8],
    /// Number of bytes of the module that are written.
    size: usize,
}

impl Unpacking<'_> {
    /// A function: its size, which is not in the text, and its body.
    fn function(&mut self) {
        let before = self.size;
        // Space for the longest size.
        self.size += 3;
        let body = self.size;
        for _ in 0..self.number(DECLARED) {
            self.number(DECLARED);
            self.number(DECLARED);
        }
        let mut depth = 1;
        while depth > 0 {
            let op = self.byte(OPS);
            match op {
                2..=4 => depth += 1,
                11 => depth -= 1,
                _ => {}
            }
            self.operands(op);
        }
        let after = self.size;
        let mut left = after - body;
        self.size = before;
        while left > 127 {
            self.put(left as u8 | 128);
            left >>= 7;
        }
        self.put(left as u8);
        self.module.copy_within(body..after, self.size);
        self.size += after - body;
    }

    fn operands(&mut self, op: u8) {
        let stream = match op {
            0x0c | 0x0d => BRANCHES,
            0x10 => CALLS,
            0x20..=0x22 => LOCALS,
            0x41 | 0x42 => CONSTS,
            0x02..=0x04 | 0x23 | 0x24 | 0x3f | 0x40 => OPS,
            0x11 => {
                self.number(OPS);
                OPS
            }
            0x28..=0x3e => {
                self.number(OPS);
                OFFSETS
            }
            0x0e => {
                for _ in 0..self.number(OPS) {
                    self.number(OPS);
                }
                OPS
            }
            0xfc => {
                for _ in self.number(OPS)..11 {
                    self.number(OPS);
                }
                OPS
            }
            _ => return,
        };
        self.number(stream);
    }

    /// Copies a number (LEB128), and returns its last byte, which is the number itself if it is below 128.
    fn number(&mut self, stream: usize) -> u8 {
        loop {
            let byte = self.byte(stream);
            if byte < 128 {
                return byte;
            }
        }
    }

    /// Copies a byte: one character for values below 84, two characters for others.
    fn byte(&mut self, stream: usize) -> u8 {
        let mut high = 0;
        loop {
            let character = self.text[self.at[stream]];
            self.at[stream] += 1;
            let value = character.wrapping_sub(if character < 92 { 35 } else { 36 });
            if value < 84 {
                return self.put(value.wrapping_add(high));
            }
            high = value.wrapping_sub(83).wrapping_mul(84);
        }
    }

    fn put(&mut self, byte: u8) -> u8 {
        self.module[self.size] = byte;
        self.size += 1;
        byte
    }
}

const HEAD: usize = 0;
const DECLARED: usize = 1;
const OPS: usize = 2;
const CONSTS: usize = 3;
const LOCALS: usize = 4;
const CALLS: usize = 5;
const OFFSETS: usize = 6;
const BRANCHES: usize = 7;
const TAIL: usize = 8;

#[cfg(target_arch = "wasm32")]
mod wasm {
    /// Unpacks a text of this length at `text` into the memory after it, up to `end`. Returns the end of the module.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn unpack(text: usize, length: usize, end: usize) -> usize {
        let module = text + length;
        unsafe {
            let text = core::slice::from_raw_parts(text as *const u8, length);
            let room = core::slice::from_raw_parts_mut(module as *mut u8, end - module);
            module + super::unpack(text, room)
        }
    }

    #[panic_handler]
    fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
        core::arch::wasm32::unreachable()
    }
}

//! The allocator and the panic handler of the shipped module. Together they are 5.5 KB smaller than those of std, and
//! panics have no text.
//!
//! No value outlives a call, so nothing is freed during one: the allocator only increments an address, and [`wipe`]
//! resets it when JavaScript has read the result. If an effect calls the module again, the inner call uses memory above
//! that of the outer one, and only the outermost call ends with `wipe`. Such an allocator is smaller than one with a
//! list of free blocks, needs no code to drop values, and leaves no token in linear memory, which never shrinks.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::panic::PanicInfo;
use core::ptr::null_mut;
use wasm_bindgen::prelude::*;

/// Allocates upwards from the end of the module's static data.
struct Arena {
    /// The first free address; 0 before the first use.
    free: Cell<usize>,
    /// Address of the last allocation, which may grow in place.
    last: Cell<usize>,
}

// SAFETY: the module has no threads.
#[allow(unsafe_code)]
unsafe impl Sync for Arena {}

impl Arena {
    fn take(&self, from: usize, size: usize) -> *mut u8 {
        let Some(end) = from.checked_add(size) else { return null_mut() };
        let pages = core::arch::wasm32::memory_size(0);
        let needed = end.div_ceil(PAGE);
        if needed > pages && core::arch::wasm32::memory_grow(0, needed - pages) == usize::MAX {
            return null_mut();
        }
        self.last.set(from);
        self.free.set(end);
        from as *mut u8
    }
}

// SAFETY: between two calls of `wipe`, `take` returns each byte above the static data only once, and `wipe` is called
// while nothing is allocated. A block that grows in place is the last one, so the memory after it is free.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let free = self.free.get().max(base());
        self.take((free + layout.align() - 1) & !(layout.align() - 1), layout.size())
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if pointer as usize == self.last.get() {
            return self.take(pointer as usize, size);
        }
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                core::ptr::copy_nonoverlapping(pointer, new, layout.size());
            }
            new
        }
    }
}

/// Overwrites all allocated memory with zeros and resets the allocator. To be called when the result of the outermost
/// call has been read.
#[wasm_bindgen]
pub fn wipe() {
    let free = ARENA.free.replace(0);
    ARENA.last.set(0);
    // SAFETY: no value of the module is in that memory any more.
    #[allow(unsafe_code)]
    unsafe {
        (base() as *mut u8).write_bytes(0, free.saturating_sub(base()));
    }
}

/// Address of the end of the module's static data.
fn base() -> usize {
    #[allow(unsafe_code)]
    unsafe extern "C" {
        static __heap_base: u8;
    }
    &raw const __heap_base as usize
}

// SAFETY: as for the implementation of `GlobalAlloc` above.
#[allow(unsafe_code)]
#[global_allocator]
static ARENA: Arena = Arena { free: Cell::new(0), last: Cell::new(0) };

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

const PAGE: usize = 65_536;

//! The allocator and the panic handler of the shipped module, in place of std's. Together 5.5 KB less than std's, and
//! without the texts of panics.
//!
//! Nothing outlives a call, so nothing is freed within one: the allocator only counts up, and [`wipe`] begins anew when
//! JavaScript has read the outcome. A call within a call, which an effect may bring about, uses memory behind that of the
//! outer one, and the outermost ends with the wipe. That is smaller than any list of free blocks, needs no code to drop values, and leaves
//! no token readable in linear memory, which is never given back.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::panic::PanicInfo;
use core::ptr::null_mut;
use wasm_bindgen::prelude::*;

/// Counts up from the end of the module's own data.
struct Arena {
    /// The first free address; 0 before the first use.
    free: Cell<usize>,
    /// Where the last allocation begins: that one may grow in place.
    last: Cell<usize>,
}

// SAFETY: the module is built without threads.
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

// SAFETY: `take` gives each byte above the module's data out once between two calls of `wipe`, and `wipe` is called while
// nothing is allocated. A block that grows in place is the last one, so what follows it is free.
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

/// Overwrites all that was allocated and begins anew. To be called when the outcome of the outermost call has been
/// read.
#[wasm_bindgen]
pub fn wipe() {
    let free = ARENA.free.replace(0);
    ARENA.last.set(0);
    // SAFETY: nothing of this module lives there any more.
    #[allow(unsafe_code)]
    unsafe {
        (base() as *mut u8).write_bytes(0, free.saturating_sub(base()));
    }
}

/// The end of the module's data.
fn base() -> usize {
    #[allow(unsafe_code)]
    unsafe extern "C" {
        static __heap_base: u8;
    }
    &raw const __heap_base as usize
}

// SAFETY: as above.
#[allow(unsafe_code)]
#[global_allocator]
static ARENA: Arena = Arena { free: Cell::new(0), last: Cell::new(0) };

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

const PAGE: usize = 65_536;

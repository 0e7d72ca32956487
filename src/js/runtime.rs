//! What std would bring to the shipped module: an allocator and an end for panics. Together 5.5 KB less than std's, and
//! without the texts of panics.

use core::alloc::{GlobalAlloc, Layout};
use core::panic::PanicInfo;
use lol_alloc::{AssumeSingleThreaded, FreeListAllocator};

/// Overwrites what it frees, so that no token stays readable in linear memory, which is never given back: those in a
/// buffer that grew and in strings that crossed from JavaScript included.
struct Wiping(AssumeSingleThreaded<FreeListAllocator>);

// SAFETY: the methods pass on what they were given; freed memory is overwritten within its layout before it is passed on.
// The default `realloc` allocates, copies and frees, and so wipes as well. The module is built without threads.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe {
            pointer.write_bytes(0, layout.size());
            self.0.dealloc(pointer, layout);
        }
    }
}

// SAFETY: as above.
#[allow(unsafe_code)]
#[global_allocator]
static ALLOCATOR: Wiping = Wiping(unsafe { AssumeSingleThreaded::new(FreeListAllocator::new()) });

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

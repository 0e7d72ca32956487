//! Values that are never dropped in the shipped module, where all memory is freed at the end of a call (`js/runtime.rs`):
//! drop code would be a tenth of the module. Natively they are dropped as usual.

#[cfg(target_arch = "wasm32")]
pub use core::mem::ManuallyDrop as NoDrop;

/// A value that is dropped as usual.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, PartialEq, Eq)]
pub struct NoDrop<T>(T);

#[cfg(not(target_arch = "wasm32"))]
impl<T> NoDrop<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl<T> core::ops::Deref for NoDrop<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl<T> core::ops::DerefMut for NoDrop<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

//! Values that the shipped module does not drop: it forgets all at once (see `js/runtime.rs`), and code that takes values
//! apart would be a tenth of it. Natively they are dropped as usual.

#[cfg(target_arch = "wasm32")]
pub use core::mem::ManuallyDrop as Kept;

/// A value.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, PartialEq, Eq)]
pub struct Kept<T>(T);

#[cfg(not(target_arch = "wasm32"))]
impl<T> Kept<T> {
    /// Keeps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl<T> core::ops::Deref for Kept<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl<T> core::ops::DerefMut for Kept<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

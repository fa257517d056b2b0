//! Arrays.

use super::heap::{Header, HeapObject};
use std::ptr::NonNull;

/// Arrays.
#[repr(C)]
pub struct ArrayObject {
    header: Header,
}

impl ArrayObject {
    /// Is it empty?
    pub fn is_empty(&self) -> bool {
        true
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for ArrayObject {
    fn object_bytes(&self) -> usize {
        size_of::<ArrayObject>()
    }

    unsafe fn finalize(_this: NonNull<ArrayObject>) {}
}

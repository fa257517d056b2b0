//! Ranges.

use super::heap::{Header, HeapObject};
use std::ptr::NonNull;

/// Ranges.
#[repr(C)]
pub struct RangeObject {
    header: Header,
}

impl RangeObject {
    /// Is it empty?
    pub fn is_empty(&self) -> bool {
        true
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for RangeObject {
    fn object_bytes(&self) -> usize {
        size_of::<RangeObject>()
    }

    unsafe fn finalize(_this: NonNull<RangeObject>) {}
}

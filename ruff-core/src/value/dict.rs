//! Dicts.

use super::heap::{Header, HeapObject};
use std::ptr::NonNull;

/// Dicts.
#[repr(C)]
pub struct DictObject {
    header: Header,
}

impl DictObject {
    /// Is it empty?
    pub fn is_empty(&self) -> bool {
        true
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for DictObject {
    fn object_bytes(&self) -> usize {
        size_of::<DictObject>()
    }

    unsafe fn finalize(_this: NonNull<DictObject>) {}
}

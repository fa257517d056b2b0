//! Strings.

use super::heap::{Header, HeapObject};
use std::ptr::NonNull;

/// Strings.
#[repr(C)]
pub struct StrObject {
    header: Header,
}

impl StrObject {
    /// Is it empty?
    pub fn is_empty(&self) -> bool {
        true
    }
    /// The text.
    pub fn as_str(&self) -> &str {
        ""
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for StrObject {
    fn object_bytes(&self) -> usize {
        size_of::<StrObject>()
    }

    unsafe fn finalize(_this: NonNull<StrObject>) {}
}

//! Byte strings.

use super::heap::{Header, HeapObject};
use std::ptr::NonNull;

/// Byte strings.
#[repr(C)]
pub struct BytesObject {
    header: Header,
}

impl BytesObject {
    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &[]
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for BytesObject {
    fn object_bytes(&self) -> usize {
        size_of::<BytesObject>()
    }

    unsafe fn finalize(_this: NonNull<BytesObject>) {}
}

//! Ints outside 64 bits.

use super::heap::{Header, HeapObject};
use std::ptr::NonNull;

/// Ints outside 64 bits.
#[repr(C)]
pub struct BigIntObject {
    header: Header,
}

impl BigIntObject {}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for BigIntObject {
    fn object_bytes(&self) -> usize {
        size_of::<BigIntObject>()
    }

    unsafe fn finalize(_this: NonNull<BigIntObject>) {}
}

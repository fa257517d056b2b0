//! Sets.

use super::heap::{Header, HeapObject};
use std::ptr::NonNull;

/// Sets.
#[repr(C)]
pub struct SetObject {
    header: Header,
}

impl SetObject {
    /// Is it empty?
    pub fn is_empty(&self) -> bool {
        true
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for SetObject {
    fn object_bytes(&self) -> usize {
        size_of::<SetObject>()
    }

    unsafe fn finalize(_this: NonNull<SetObject>) {}
}

/// Queues.
#[repr(C)]
pub struct QueueObject {
    header: Header,
}

impl QueueObject {
    /// Is it empty?
    pub fn is_empty(&self) -> bool {
        true
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for QueueObject {
    fn object_bytes(&self) -> usize {
        size_of::<QueueObject>()
    }

    unsafe fn finalize(_this: NonNull<QueueObject>) {}
}

/// Stacks.
#[repr(C)]
pub struct StackObject {
    header: Header,
}

impl StackObject {
    /// Is it empty?
    pub fn is_empty(&self) -> bool {
        true
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for StackObject {
    fn object_bytes(&self) -> usize {
        size_of::<StackObject>()
    }

    unsafe fn finalize(_this: NonNull<StackObject>) {}
}

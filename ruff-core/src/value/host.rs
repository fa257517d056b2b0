//! Objects of the host.

use super::heap::{Header, Heap, HeapObject};
use super::repr::Ref;
use std::any::Any;
use std::ptr::NonNull;

/// An object of the host with the name of its kind.
#[repr(C)]
pub struct HostObject {
    header: Header,
    kind: &'static str,
    pub object: Box<dyn Any + Send>,
}

impl HostObject {
    /// Wraps an object of the host.
    pub fn alloc(heap: &Heap, kind: &'static str, object: Box<dyn Any + Send>) -> Ref<HostObject> {
        Ref::alloc(heap, HostObject { header: Header::new(0), kind, object })
    }

    /// What `type(v)` gives.
    pub fn kind_name(&self) -> &'static str {
        self.kind
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for HostObject {
    fn object_bytes(&self) -> usize {
        size_of::<HostObject>()
    }

    unsafe fn finalize(this: NonNull<HostObject>) {
        // SAFETY: the object is not used afterwards.
        unsafe { std::ptr::drop_in_place(this.as_ptr()) };
    }
}

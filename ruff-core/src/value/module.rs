//! Namespaces: what the name of an imported module stands for.
//!
//! This file is unsafe: it defines an object of the heap.

#![allow(unsafe_code)]

use super::heap::{Header, Heap, HeapObject};
use super::repr::{Ref, Value};
use std::ptr::NonNull;
use std::sync::Arc;

/// A module that has been imported: its name and the addresses of its exported variables.
#[repr(C)]
pub struct ModuleObject {
    header: Header,
    name: Arc<str>,
    exports: Box<[(Arc<str>, *mut Value)]>,
}

impl ModuleObject {
    /// A namespace. The variables live as long as the VM.
    pub fn alloc(heap: &Heap, name: Arc<str>, exports: Box<[(Arc<str>, *mut Value)]>) -> Ref<ModuleObject> {
        Ref::alloc(heap, ModuleObject { header: Header::new(0), name, exports })
    }

    /// The name of the module.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The exported names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.exports.iter().map(|(name, _)| &**name)
    }

    /// The current value of an exported name.
    pub fn get(&self, name: &str) -> Option<Value> {
        let (_, variable) = self.exports.iter().find(|(n, _)| &**n == name)?;
        // SAFETY: the VM keeps the variables of its modules, and no borrow of one outlives an instruction.
        Some(unsafe { (**variable).clone() })
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for ModuleObject {
    fn object_bytes(&self) -> usize {
        size_of::<ModuleObject>()
    }

    unsafe fn finalize(this: NonNull<ModuleObject>) {
        // SAFETY: the object is not used afterwards.
        unsafe { std::ptr::drop_in_place(this.as_ptr()) };
    }
}

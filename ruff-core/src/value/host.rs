//! Objects of the host: handles with identity.
//!
//! What an object can do is in its type, as the natives that do it: operators, iteration, text and calls are methods with the
//! names that structs use for them (`op_add`, `op_iter`, `to_string`, `op_call`). A destructor of the host that panics does so for
//! nobody to see.
//!
//! This file is unsafe: it defines an object of the heap.

#![allow(unsafe_code)]

use super::heap::{Header, Heap, HeapObject};
use super::repr::{NativeId, Ref};
use crate::fault::contain;
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::ptr::NonNull;
use std::sync::Arc;

/// What scripts can do with the objects of one type of the host. Every native gets the object as its first argument.
#[derive(Debug)]
pub struct HostTypeDecl {
    /// What `type(v)` gives.
    pub name: &'static str,
    pub fields: HashMap<Box<str>, HostField>,
    pub methods: HashMap<Box<str>, NativeId>,
}

/// A field of a type of the host.
#[derive(Clone, Copy, Default, Debug)]
pub struct HostField {
    pub get: Option<NativeId>,
    pub set: Option<NativeId>,
}

impl HostTypeDecl {
    /// A type without members.
    pub fn named(name: &'static str) -> HostTypeDecl {
        HostTypeDecl { name, fields: HashMap::new(), methods: HashMap::new() }
    }
}

/// The types of the host that an engine knows, by the Rust types of their objects.
#[derive(Clone, Default, Debug)]
pub struct HostTypes(HashMap<TypeId, Arc<HostTypeDecl>>);

impl HostTypes {
    /// Adds the type of the objects of type `id`; it replaces an earlier one.
    pub fn add(&mut self, id: TypeId, decl: HostTypeDecl) {
        self.0.insert(id, Arc::new(decl));
    }

    /// The type of the objects of type `id`.
    pub fn get(&self, id: TypeId) -> Option<&Arc<HostTypeDecl>> {
        self.0.get(&id)
    }

    /// Has any type a field or method of that name?
    pub fn have_member(&self, name: &str) -> bool {
        self.0.values().any(|decl| decl.fields.contains_key(name) || decl.methods.contains_key(name))
    }
}

/// Which object a handle stands for: where the object is, and which part of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HostIdentity {
    pub address: usize,
    /// 0 for a whole object.
    pub part: u64,
}

impl HostIdentity {
    /// The part that the field `id` of this object is.
    pub fn part(self, id: NativeId) -> HostIdentity {
        let part = self.part.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(u64::from(id.0) + 1);
        HostIdentity { part, ..self }
    }
}

/// A handle of an object of the host.
#[repr(C)]
pub struct HostObject {
    header: Header,
    decl: Arc<HostTypeDecl>,
    identity: HostIdentity,
    /// What the API needs to reach the object.
    pub object: Box<dyn Any + Send + Sync>,
}

impl HostObject {
    /// A handle.
    pub fn alloc(
        heap: &Heap,
        decl: Arc<HostTypeDecl>,
        identity: HostIdentity,
        object: Box<dyn Any + Send + Sync>,
    ) -> Ref<HostObject> {
        Ref::alloc(heap, HostObject { header: Header::new(0), decl, identity, object })
    }

    /// What `type(v)` gives.
    pub fn kind_name(&self) -> &'static str {
        self.decl.name
    }

    /// What scripts can do with it.
    pub fn decl(&self) -> &HostTypeDecl {
        &self.decl
    }

    /// The native behind a method.
    pub fn method(&self, name: &str) -> Option<NativeId> {
        self.decl.methods.get(name).copied()
    }

    /// Which object it stands for.
    pub fn identity(&self) -> HostIdentity {
        self.identity
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for HostObject {
    fn object_bytes(&self) -> usize {
        size_of::<HostObject>()
    }

    unsafe fn finalize(this: NonNull<HostObject>) {
        // Objects are released by native code too, and where others are half released.
        // SAFETY: the object is not used afterwards.
        contain(|| unsafe { std::ptr::drop_in_place(this.as_ptr()) });
    }
}

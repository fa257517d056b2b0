//! Sets: distinct values in insertion order.
//!
//! This file is unsafe: it defines an object of the heap.

use super::heap::{Header, Heap, HeapObject};
use super::repr::{CopyOnWrite, Ref, Value};
use super::table::{Entry, Table};
use crate::fault::Result;
use std::ptr::NonNull;

/// An element with its hash. A tombstone is `Absent`, which no script value is.
#[repr(C)]
struct SetEntry {
    hash: u32,
    value: Value,
}

impl Entry for SetEntry {
    #[inline(always)]
    fn hash(&self) -> u32 {
        self.hash
    }

    #[inline(always)]
    fn is_live(&self) -> bool {
        !matches!(self.value, Value::Absent(_))
    }

    fn tombstone() -> SetEntry {
        SetEntry { hash: 0, value: Value::Absent(super::Absence::Undefined) }
    }

    fn duplicate(&self) -> SetEntry {
        SetEntry { hash: self.hash, value: self.value.clone() }
    }
}

/// A set.
#[repr(C)]
pub struct SetObject {
    header: Header,
    table: Table<SetEntry>,
    /// Elements that cannot be hashed, because a struct in them decides for itself what it equals.
    unhashed: usize,
}

impl SetObject {
    /// An empty set.
    pub fn new(heap: &Heap) -> Ref<SetObject> {
        Ref::alloc(heap, SetObject { header: Header::new(0), table: Table::new(), unhashed: 0 })
    }

    /// The number of elements.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.table.live()
    }

    /// Is it empty?
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements in insertion order.
    pub fn iter(&self) -> impl Iterator<Item = &Value> + Clone {
        self.table.slots().iter().filter(|e| e.is_live()).map(|e| &e.value)
    }

    /// The first position from `from` on that has an element. Positions stay as they are while the set does not change.
    #[inline]
    pub fn next_position(&self, from: usize) -> Option<usize> {
        self.table.next_position(from)
    }

    /// The element at a position.
    #[inline]
    pub fn element_at(&self, position: usize) -> Option<&Value> {
        self.table.at(position).map(|e| &e.value)
    }

    /// Removes all elements.
    pub fn clear(&mut self) {
        self.table.clear();
        self.unhashed = 0;
    }
}

impl CopyOnWrite for SetObject {
    fn copy(&self, heap: &Heap) -> Result<Ref<SetObject>> {
        let table = self.table.copy(heap)?;
        Ok(Ref::alloc(heap, SetObject { header: Header::new(0), table, unhashed: self.unhashed }))
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for SetObject {
    fn object_bytes(&self) -> usize {
        size_of::<SetObject>()
    }

    unsafe fn finalize(this: NonNull<SetObject>) {
        // SAFETY: the object is alive and not used afterwards.
        unsafe { this.as_ref().table.free(Heap::of(this.as_ref())) };
    }
}

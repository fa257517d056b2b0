//! Sets: distinct values in insertion order.
//!
//! Elements are found by a hash that agrees with equality. One that has no hash, because a struct in it decides for itself what it
//! equals, is stored under [`UNHASHED`]: it is asked about every value that is sought. An element is asked on the left side, so that
//! a value without a hash can only equal elements without one.
//!
//! This file is unsafe: it defines an object of the heap.

#![allow(unsafe_code)]

use super::Hooks;
use super::array::ArrayObject;
use super::equal::{equal_counted, plain_equal_arrays};
use super::hash::{hash_counted, plain_hash};
use super::heap::{Header, Heap, HeapObject};
use super::repr::{CopyOnWrite, Ref, Value};
use super::table::{Entry, Table};
use super::work::Work;
use crate::fault::Result;
use std::cell::Cell;
use std::ptr::NonNull;

/// The hash of what has none.
const UNHASHED: u32 = 0;

/// An element with its hash. A tombstone is `Absent`, which no script value is.
#[repr(C)]
struct SetEntry {
    hash: u32,
    value: Value,
}

impl Entry for SetEntry {
    #[inline(always)]
    fn hash(&self, _: &Heap) -> u32 {
        self.hash
    }

    #[inline(always)]
    fn is_live(&self) -> bool {
        !matches!(self.value, Value::Absent(_))
    }

    #[inline(always)]
    fn needs_drop(&self) -> bool {
        self.value.is_heap()
    }

    /// An int and a float may be one element, so that no int tells a position.
    fn int_key(&self) -> Option<i64> {
        None
    }

    fn term(&self) -> i64 {
        0
    }

    fn tombstone(&self, _: &Heap) -> SetEntry {
        SetEntry { hash: self.hash, value: Value::Absent(super::Absence::Undefined) }
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

/// What an insertion counts as, in steps of long work.
const STEPS_PER_INSERTION: usize = 4;

impl SetObject {
    /// An empty set.
    pub fn new(heap: &Heap) -> Ref<SetObject> {
        Ref::alloc(heap, SetObject { header: Header::new(0), table: Table::new(), unhashed: 0 })
    }

    /// A set of the distinct ones of the values, the first of equal ones.
    ///
    /// # Errors
    /// Those of `op_eq` methods and the traps of limits.
    pub fn from_values(hooks: &mut dyn Hooks, values: impl IntoIterator<Item = Value>) -> Result<Ref<SetObject>> {
        let mut set = SetObject::new(hooks.heap());
        if let Some(object) = set.get_mut() {
            let mut work = Work::default();
            for value in values {
                hooks.pace(STEPS_PER_INSERTION)?;
                object.insert_counted(hooks, &mut work, value)?;
            }
        }
        Ok(set)
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

    /// The position of the element that equals a value.
    ///
    /// # Errors
    /// Those of `op_eq` methods and the traps of limits.
    #[inline]
    pub fn position(&self, hooks: &mut dyn Hooks, value: &Value) -> Result<Option<usize>> {
        let mut work = Work::default();
        let hash = hash_counted(hooks, &mut work, value)?.unwrap_or(UNHASHED);
        self.find(hooks, &mut work, hash, value)
    }

    /// Is there an element that equals a value?
    ///
    /// # Errors
    /// As [`SetObject::position`].
    #[inline]
    pub fn contains(&self, hooks: &mut dyn Hooks, value: &Value) -> Result<bool> {
        Ok(self.position(hooks, value)?.is_some())
    }

    /// The same for an int, a string or a short array if no element has to be asked, else `None`.
    #[inline]
    pub fn contains_plain(&self, value: &Value) -> Option<bool> {
        let hash = plain_hash(Heap::of(self), value)?;
        self.find_plain(hash, value).map(|at| at.is_some())
    }

    #[inline]
    fn find(&self, hooks: &mut dyn Hooks, work: &mut Work, hash: u32, value: &Value) -> Result<Option<usize>> {
        match self.find_plain(hash, value) {
            Some(found) => Ok(found),
            None => self.find_slow(hooks, work, hash, value),
        }
    }

    /// The position of an int, a string or a short array, if elements tell by themselves whether they equal it.
    #[inline]
    fn find_plain(&self, hash: u32, value: &Value) -> Option<Option<usize>> {
        if self.unhashed > 0 {
            return None;
        }
        match value {
            Value::Int(int) => {
                let is_same = |e: &SetEntry| match e.value {
                    Value::Int(other) => *int == other,
                    Value::Float(other) => super::int::compare_i64_f64(*int, other).is_some_and(|o| o.is_eq()),
                    _ => false,
                };
                Some(self.table.find(hash, is_same))
            }
            Value::Str(text) => {
                let is_same = |e: &SetEntry| match &e.value {
                    Value::Str(other) => e.hash == hash && text.equals(other),
                    _ => false,
                };
                Some(self.table.find(hash, is_same))
            }
            Value::Array(array) => self.find_array(hash, array),
            _ => None,
        }
    }

    fn find_array(&self, hash: u32, array: &ArrayObject) -> Option<Option<usize>> {
        let is_sure = Cell::new(true);
        let is_same = |e: &SetEntry| match &e.value {
            Value::Array(other) if e.hash == hash => plain_equal_arrays(other, array).unwrap_or_else(|| {
                is_sure.set(false);
                false
            }),
            _ => false,
        };
        let found = self.table.find(hash, is_same);
        (is_sure.get() || found.is_some()).then_some(found)
    }

    #[inline(never)]
    fn find_slow(&self, hooks: &mut dyn Hooks, work: &mut Work, hash: u32, value: &Value) -> Result<Option<usize>> {
        let mut candidates = self.candidates(hash);
        let mut asked = 0;
        while let Some(at) = candidates.next(self) {
            // Whoever searches has paid for one.
            if asked > 0 {
                hooks.pace(1)?;
                work.add(hooks, 1)?;
            }
            asked += 1;
            if let Some(element) = self.element_at(at)
                && equal_counted(hooks, work, element, value)?
            {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }

    /// The positions of the elements that may equal a value with this hash.
    pub(super) fn candidates(&self, hash: u32) -> Candidates {
        Candidates { hash, probes: 0 }
    }

    /// The hash that the element at a position is stored under.
    pub(super) fn hash_at(&self, position: usize) -> u32 {
        self.table.at(position).map_or(UNHASHED, |e| e.hash)
    }

    /// The sum of the hashes of the elements, whatever their order; `None` if one has none.
    pub(super) fn element_hash_sum(&self) -> Option<u64> {
        if self.unhashed > 0 {
            return None;
        }
        let live = self.table.slots().iter().filter(|e| e.is_live());
        Some(live.fold(0u64, |sum, e| sum.wrapping_add(e.hash as u64)))
    }

    /// Adds a value if no element equals it. Was it added?
    ///
    /// # Errors
    /// Those of `op_eq` methods and the traps of limits; the set is then unchanged.
    #[inline]
    pub fn insert(&mut self, hooks: &mut dyn Hooks, value: Value) -> Result<bool> {
        self.insert_counted(hooks, &mut Work::default(), value)
    }

    /// The same for one of many values, whose work adds up.
    #[inline]
    fn insert_counted(&mut self, hooks: &mut dyn Hooks, work: &mut Work, value: Value) -> Result<bool> {
        let hash = hash_counted(hooks, work, &value)?.unwrap_or(UNHASHED);
        if self.find(hooks, work, hash, &value)?.is_some() {
            return Ok(false);
        }
        // SAFETY: the heap outlives this call.
        let heap = unsafe { Heap::detached(&*self) };
        self.table.make_place(heap, None)?;
        self.table.push(hash, || SetEntry { hash, value });
        self.unhashed += usize::from(hash == UNHASHED);
        Ok(true)
    }

    /// Adds an int, a string or a short array, if no element has to be asked and there is room: was it added? Else `None`, and the set
    /// is unchanged.
    #[inline]
    pub fn insert_plain(&mut self, value: &Value) -> Option<bool> {
        // SAFETY: the heap outlives this call.
        let heap = unsafe { Heap::detached(&*self) };
        let hash = plain_hash(heap, value)?;
        if self.find_plain(hash, value)?.is_some() {
            return Some(false);
        }
        self.table.make_place(heap, None).ok()?;
        self.table.push(hash, || SetEntry { hash, value: value.clone() });
        Some(true)
    }

    /// Removes the element that equals a value. Was there one?
    ///
    /// # Errors
    /// Those of `op_eq` methods and the traps of limits; the set is then unchanged.
    pub fn remove(&mut self, hooks: &mut dyn Hooks, value: &Value) -> Result<bool> {
        let Some(entry) = self.position(hooks, value)?.and_then(|at| self.take_at(at)) else { return Ok(false) };
        self.unhashed -= usize::from(entry.hash == UNHASHED);
        Ok(true)
    }

    fn take_at(&mut self, position: usize) -> Option<SetEntry> {
        // SAFETY: the heap outlives this call.
        let heap = unsafe { Heap::detached(&*self) };
        self.table.remove(heap, position)
    }

    /// Removes all elements.
    pub fn clear(&mut self) {
        self.table.clear();
        self.unhashed = 0;
    }
}

/// A search: first among the elements with the hash, then among those without one.
pub(super) struct Candidates {
    hash: u32,
    probes: u32,
}

impl Candidates {
    /// The next position.
    pub fn next(&mut self, set: &SetObject) -> Option<usize> {
        loop {
            if let Some(at) = set.table.candidate(Heap::of(set), self.hash, &mut self.probes) {
                return Some(at);
            }
            if self.hash == UNHASHED || set.unhashed == 0 {
                return None;
            }
            *self = Candidates { hash: UNHASHED, probes: 0 };
        }
    }
}

impl CopyOnWrite for SetObject {
    fn copy(&self, heap: &Heap) -> Result<Ref<SetObject>> {
        let table = self.table.copy(heap)?;
        Ok(Ref::alloc(heap, SetObject { header: Header::new(0), table, unhashed: self.unhashed }))
    }

    fn copied_elements(&self) -> usize {
        self.len()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::ops::testing::TestHooks;
    use crate::value::string::StrObject;

    fn shown(set: &SetObject) -> String {
        format!("{:?}", set.iter().collect::<Vec<_>>())
    }

    #[test]
    fn elements_are_distinct_and_ordered() {
        let mut hooks = TestHooks::new();
        let string = |hooks: &TestHooks, text| Value::Str(StrObject::new(&hooks.heap, text).unwrap());
        let values = vec![Value::Int(1), string(&hooks, "a"), Value::Float(1.0), string(&hooks, "a"), Value::Null];
        let mut set = SetObject::from_values(&mut hooks, values).unwrap();
        assert_eq!(shown(&set), "[1, \"a\", null]");
        assert!(set.contains(&mut hooks, &Value::Float(1.0)).unwrap());
        let copy = set.clone();
        let object = set.make_mut().unwrap();
        assert!(object.remove(&mut hooks, &Value::Float(1.0)).unwrap());
        assert!(!object.remove(&mut hooks, &Value::Int(1)).unwrap());
        assert!(object.insert(&mut hooks, Value::Int(1)).unwrap());
        assert_eq!((shown(&set).as_str(), copy.len()), ("[\"a\", null, 1]", 3));
        drop((set, copy));
        assert_eq!(hooks.heap.used_bytes(), 0);
    }

    #[test]
    fn many_elements() {
        let mut hooks = TestHooks::new();
        let mut set = SetObject::new(&hooks.heap);
        for i in 0..2000 {
            let object = set.get_mut().unwrap();
            assert!(object.insert(&mut hooks, Value::Int(i)).unwrap());
            assert!(!object.insert(&mut hooks, Value::Float(i as f64)).unwrap());
            if i % 2 == 1 {
                assert!(object.remove(&mut hooks, &Value::Int(i / 2)).unwrap());
            }
        }
        assert_eq!(set.len(), 1000);
        assert!(set.iter().map(|v| if let Value::Int(i) = v { *i } else { -1 }).eq(1000..2000));
        drop(set);
        assert_eq!(hooks.heap.used_bytes(), 0);
    }
}

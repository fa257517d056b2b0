//! Dicts: string keys in insertion order.
//!
//! A key that is the canonical decimal text of an `i64` is stored as that int, so that `d[1]` and `d["1"]` are one entry and int
//! keys need no text. Other short texts lie in the entries themselves. All ways to make a [`DictKey`] keep to this.
//!
//! This file is unsafe: it defines an object of the heap.

#![allow(unsafe_code)]

use super::dict_key::KeyWords;
pub use super::dict_key::{DictEntry, DictKey, KeyText, canonical_int, short_key};
use super::heap::{Header, Heap, HeapObject};
use super::repr::{CopyOnWrite, Ref, Value};
use super::string::StrObject;
use super::table::{Entry, Table};
use super::{Hooks, sort};
use crate::fault::Result;
use smallvec::SmallVec;
use std::cmp::Ordering;
use std::ptr::NonNull;

/// What an insertion counts as, in steps of long work.
const STEPS_PER_INSERTION: usize = 4;
/// Entries of a literal that are compared with each other before the dict is made: tables of so many have no index.
const LITERAL_ENTRIES_MAX: usize = super::table::LINEAR_ENTRIES_MAX as usize;
/// The hash of a key that nobody asks for, as there is no index.
const UNASKED_HASH: u32 = 0;

/// Positions of entries.
pub type Positions = SmallVec<[u32; LITERAL_ENTRIES_MAX]>;

/// A dict.
#[repr(C)]
pub struct DictObject {
    header: Header,
    table: Table<DictEntry>,
}

impl DictObject {
    /// The offset of the address of the entries.
    pub const ENTRIES_OFFSET: usize = std::mem::offset_of!(DictObject, table) + Table::<DictEntry>::ENTRIES_OFFSET;
    /// The offset of the number of entries, with those that were removed: a `u32`.
    pub const LEN_OFFSET: usize = std::mem::offset_of!(DictObject, table) + Table::<DictEntry>::LEN_OFFSET;

    /// An empty dict.
    #[inline]
    pub fn new(heap: &Heap) -> Ref<DictObject> {
        DictObject::from_table(heap, Table::new())
    }

    /// An empty dict with room for `n` entries.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn with_capacity(heap: &Heap, n: usize) -> Result<Ref<DictObject>> {
        Ok(DictObject::from_table(heap, Table::with_capacity(heap, n)?))
    }

    /// A dict of a few entries under different keys, each of which is an int or a short text: a value that is its key, then the one
    /// under it, which is moved out. `None` for others; nothing is moved then.
    ///
    /// # Errors
    /// The trap `RUF2002`; nothing is moved then.
    pub fn from_pairs(heap: &Heap, pairs: &mut [Value]) -> Result<Option<Ref<DictObject>>> {
        let mut keys = [KeyWords::NONE; LITERAL_ENTRIES_MAX];
        let (pairs, _) = pairs.as_chunks_mut::<2>();
        let Some(keys) = keys.get_mut(..pairs.len()) else { return Ok(None) };
        for (at, [key, _]) in pairs.iter().enumerate() {
            match KeyWords::of(key) {
                Some(key) if !keys[..at].contains(&key) => keys[at] = key,
                _ => return Ok(None),
            }
        }
        let mut dict = DictObject::with_capacity(heap, pairs.len())?;
        if let Some(object) = dict.get_mut() {
            for (key, [_, value]) in keys.iter().zip(pairs) {
                object.table.push(UNASKED_HASH, || key.with_value(value.take()));
            }
        }
        Ok(Some(dict))
    }

    /// The dict that owns a table.
    #[inline(always)]
    pub(super) fn from_table(heap: &Heap, table: Table<DictEntry>) -> Ref<DictObject> {
        Ref::alloc(heap, DictObject { header: Header::new(0), table })
    }

    /// The number of entries.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.table.live()
    }

    /// Is it empty?
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline(always)]
    fn find_int(&self, int: i64) -> Option<usize> {
        self.find(&DictKey::Int(int))
    }

    /// The position of the entry under a string.
    #[inline(always)]
    pub fn find_string(&self, text: &StrObject) -> Option<usize> {
        if let Some(key) = DictKey::without_string(text.as_str()) {
            return self.find(&key);
        }
        let hash = text.hash();
        self.table.find(hash, |e| e.is_string(hash, text))
    }

    fn find_text(&self, text: &str) -> Option<usize> {
        if let Some(key) = DictKey::without_string(text) {
            return self.find(&key);
        }
        let hash = Heap::of(self).shared.hash_text(text);
        self.table.find(hash, |e| e.is_text(hash, text))
    }

    /// The position of the entry under a key.
    #[inline(always)]
    pub fn find(&self, key: &DictKey) -> Option<usize> {
        self.find_hashed(key, self.hash_of(key))
    }

    /// The same for a key whose [`DictObject::hash_of`] this is.
    #[inline(always)]
    fn find_hashed(&self, key: &DictKey, hash: u32) -> Option<usize> {
        match key {
            DictKey::Int(int) => self.table.find_int(*int, hash, |e| e.is_int(*int)),
            DictKey::Short(text) => self.table.find(hash, |e| e.is_short(*text)),
            DictKey::Str(text) => self.table.find(hash, |e| e.is_string(hash, text)),
        }
    }

    /// The hash of a key. Nobody asks for that of an int or a short text where there is no index.
    #[inline(always)]
    fn hash_of(&self, key: &DictKey) -> u32 {
        match key {
            DictKey::Int(_) | DictKey::Short(_) if !self.table.has_index() => 0,
            key => key.hash(Heap::of(self)),
        }
    }

    /// Adds an entry, of which there must be none: its position. The value is made once there is room.
    ///
    /// # Errors
    /// The trap `RUF2002`; the dict is then unchanged.
    #[inline(always)]
    fn add(&mut self, key: DictKey, hash: u32, value: impl FnOnce() -> Value) -> Result<usize> {
        // SAFETY: the heap outlives this call.
        let heap = unsafe { Heap::detached(&*self) };
        let had_index = self.table.has_index();
        self.table.make_place(heap, key.int())?;
        // Nobody may have asked for it without an index; there may be one now.
        let hash = if had_index { hash } else { self.hash_of(&key) };
        Ok(self.table.push(hash, || DictEntry::new(key, value())))
    }

    #[inline]
    fn find_value(&self, key: &Value) -> Option<usize> {
        match key {
            Value::Int(int) => self.find_int(*int),
            Value::Str(text) => self.find_string(text),
            Value::BigInt(int) => self.find_text(&int.get().to_string()),
            _ => None,
        }
    }

    /// The value at a position that has an entry.
    #[inline(always)]
    pub fn value_at(&self, position: usize) -> Option<&Value> {
        self.table.slots().get(position).map(|e| &e.value)
    }

    /// The value under a key.
    #[inline]
    pub fn get(&self, key: &DictKey) -> Option<&Value> {
        self.find(key).and_then(|at| self.value_at(at))
    }

    /// The value under an int key.
    #[inline]
    pub fn get_int(&self, key: i64) -> Option<&Value> {
        self.find_int(key).and_then(|at| self.value_at(at))
    }

    /// The value under a string.
    #[inline]
    pub fn get_string(&self, key: &StrObject) -> Option<&Value> {
        self.find_string(key).and_then(|at| self.value_at(at))
    }

    /// The value under a text.
    pub fn get_str(&self, key: &str) -> Option<&Value> {
        self.find_text(key).and_then(|at| self.value_at(at))
    }

    /// The value under a string or an int; other kinds are never there.
    #[inline]
    pub fn get_value(&self, key: &Value) -> Option<&Value> {
        self.find_value(key).and_then(|at| self.value_at(at))
    }

    /// Is there an entry under a string or an int?
    #[inline]
    pub fn contains_value(&self, key: &Value) -> bool {
        self.find_value(key).is_some()
    }

    /// The value under a key, for changing.
    #[inline]
    pub fn get_mut(&mut self, key: &DictKey) -> Option<&mut Value> {
        let at = self.find(key)?;
        self.table.slots_mut().get_mut(at).map(|e| &mut e.value)
    }

    /// The value under a string or an int, for changing.
    #[inline]
    pub fn get_value_mut(&mut self, key: &Value) -> Option<&mut Value> {
        let at = self.find_value(key)?;
        self.table.slots_mut().get_mut(at).map(|e| &mut e.value)
    }

    /// The value under a key, for changing; null is put there first if there is none.
    ///
    /// # Errors
    /// The trap `RUF2002`; the dict is then unchanged.
    #[inline(always)]
    pub fn entry(&mut self, key: DictKey) -> Result<Option<&mut Value>> {
        let hash = self.hash_of(&key);
        let at = match self.find_hashed(&key, hash) {
            Some(at) => at,
            None => self.add(key, hash, || Value::Null)?,
        };
        Ok(self.table.slots_mut().get_mut(at).map(|e| &mut e.value))
    }

    /// Puts a value under a key and returns the one before. A key that was there keeps its position.
    ///
    /// # Errors
    /// The trap `RUF2002`; the dict is then unchanged.
    #[inline]
    pub fn insert(&mut self, key: DictKey, value: Value) -> Result<Option<Value>> {
        let hash = self.hash_of(&key);
        if let Some(at) = self.find_hashed(&key, hash)
            && let Some(entry) = self.table.slots_mut().get_mut(at)
        {
            return Ok(Some(std::mem::replace(&mut entry.value, value)));
        }
        self.add(key, hash, || value)?;
        Ok(None)
    }

    /// Puts a value under a string or an int. False for other kinds of keys.
    ///
    /// # Errors
    /// The trap `RUF2002`; the dict is then unchanged.
    #[inline]
    pub fn insert_value(&mut self, key: &Value, mut value: Value) -> Result<bool> {
        match key {
            Value::Int(int) => self.insert_key(DictKey::Int(*int), &mut value)?,
            Value::Str(text) => self.insert_key(DictKey::from_string(text), &mut value)?,
            other => match DictKey::from_value(other)? {
                Some(key) => self.insert_key(key, &mut value)?,
                None => return Ok(false),
            },
        }
        Ok(true)
    }

    /// Puts a value under a key; it takes the value, unless it fails.
    ///
    /// # Errors
    /// The trap `RUF2002`; the dict is then unchanged.
    #[inline(always)]
    pub(super) fn insert_key(&mut self, key: DictKey, value: &mut Value) -> Result<()> {
        let hash = self.hash_of(&key);
        match self.find_hashed(&key, hash) {
            Some(at) => self.set_at(at, value),
            None => drop(self.add(key, hash, || value.take())?),
        }
        Ok(())
    }

    #[inline(always)]
    fn set_at(&mut self, position: usize, value: &mut Value) {
        if let Some(entry) = self.table.slots_mut().get_mut(position) {
            entry.value = value.take();
        }
    }

    /// Puts a value under a text.
    ///
    /// # Errors
    /// The trap `RUF2002`; the dict is then unchanged.
    pub fn insert_str(&mut self, key: &str, value: Value) -> Result<Option<Value>> {
        let key = DictKey::from_text(Heap::of(self), key)?;
        self.insert(key, value)
    }

    /// Removes the entry under a key.
    pub fn remove(&mut self, key: &DictKey) -> Option<Value> {
        let at = self.find(key)?;
        self.remove_at(at)
    }

    /// Removes the entry under a string or an int.
    pub fn remove_value(&mut self, key: &Value) -> Option<Value> {
        let at = self.find_value(key)?;
        self.remove_at(at)
    }

    fn remove_at(&mut self, position: usize) -> Option<Value> {
        // SAFETY: the heap outlives this call.
        let heap = unsafe { Heap::detached(&*self) };
        let mut entry = self.table.remove(heap, position)?;
        Some(std::mem::replace(&mut entry.value, Value::Null))
    }

    /// Removes all entries.
    pub fn clear(&mut self) {
        self.table.clear();
    }

    /// Makes room for `n` entries in all.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn reserve(&mut self, n: usize) -> Result<()> {
        // SAFETY: the heap outlives this call.
        let heap = unsafe { Heap::detached(&*self) };
        self.table.reserve(heap, n)
    }

    /// Puts copies of all entries of another dict into this one; later keys win and keep the first position.
    ///
    /// # Errors
    /// The traps `RUF2002`, `RUF2004` and `RUF2005`.
    pub fn extend(&mut self, hooks: &mut dyn Hooks, other: &DictObject) -> Result<()> {
        if self.is_empty() && !other.is_empty() {
            hooks.pace(other.len())?;
            // SAFETY: the heap outlives this call.
            let heap = unsafe { Heap::detached(&*self) };
            self.table.replace(heap, other.table.copy(heap)?);
            return Ok(());
        }
        for (key, value) in other.iter() {
            hooks.pace(STEPS_PER_INSERTION)?;
            self.insert(key, value.clone())?;
        }
        Ok(())
    }

    /// The entries in insertion order.
    pub fn iter(&self) -> impl Iterator<Item = (DictKey, &Value)> + Clone {
        self.table.slots().iter().filter(|e| e.is_live()).map(|e| (e.key(), &e.value))
    }

    /// The values in insertion order.
    pub fn values(&self) -> impl Iterator<Item = &Value> + Clone {
        self.table.slots().iter().filter(|e| e.is_live()).map(|e| &e.value)
    }

    /// The values in insertion order, for changing.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        self.table.slots_mut().iter_mut().filter(|e| e.is_live()).map(|e| &mut e.value)
    }

    /// The first position from `from` on that has an entry. Positions stay as they are while the dict does not change.
    #[inline]
    pub fn next_position(&self, from: usize) -> Option<usize> {
        self.table.next_position(from)
    }

    /// The entry at a position.
    #[inline]
    pub fn entry_at(&self, position: usize) -> Option<(DictKey, &Value)> {
        self.table.at(position).map(|e| (e.key(), &e.value))
    }

    /// The text of the key and the value at a position.
    #[inline(always)]
    pub fn text_entry_at(&self, position: usize) -> Option<(KeyText<'_>, &Value)> {
        self.table.at(position).map(|e| (e.key_text(), &e.value))
    }

    /// The hash of the key and the value at a position.
    pub(super) fn hashed_entry_at(&self, position: usize) -> Option<(u32, &Value)> {
        self.table.at(position).map(|e| (e.key_hash(Heap::of(self)), &e.value))
    }

    /// The positions of all entries in the bytewise order of their keys' texts.
    ///
    /// # Errors
    /// The traps `RUF2002`, `RUF2004` and `RUF2005`.
    pub fn sorted_positions(&self, hooks: &mut dyn Hooks) -> Result<Positions> {
        let mut words: SmallVec<[(u128, u32); LITERAL_ENTRIES_MAX]> = SmallVec::new();
        for (at, entry) in self.table.slots().iter().enumerate().filter(|(_, e)| e.is_live()) {
            hooks.pace(1)?;
            words.push((entry.sort_word(), at as u32));
        }
        let text_at = |position: u32| self.table.at(position as usize).map(DictEntry::key_text);
        let by_text = |a: u32, b: u32| text_at(a).zip(text_at(b)).map_or(Ordering::Equal, |(a, b)| a.cmp(&b));
        let order = |a: &(u128, u32), b: &(u128, u32)| a.0.cmp(&b.0).then_with(|| by_text(a.1, b.1));
        if !words.is_sorted_by(|a, b| order(a, b).is_le()) {
            sort::sort_by(hooks, &mut words, order)?;
        }
        Ok(words.iter().map(|(_, at)| *at).collect())
    }
}

impl DictObject {
    /// Are the keys in the bytewise order of their texts already?
    ///
    /// # Errors
    /// The traps `RUF2004` and `RUF2005`.
    pub fn has_sorted_keys(&self, hooks: &mut dyn Hooks) -> Result<bool> {
        let mut last: Option<KeyText<'_>> = None;
        for entry in self.table.slots().iter().filter(|e| e.is_live()) {
            hooks.pace(1)?;
            let text = entry.key_text();
            if last.is_some_and(|last| last.cmp(&text).is_gt()) {
                return Ok(false);
            }
            last = Some(text);
        }
        Ok(true)
    }

    /// Has another dict the same keys at the same positions?
    #[inline]
    pub fn has_keys_of(&self, other: &DictObject) -> bool {
        let (entries, others) = (self.table.slots(), other.table.slots());
        entries.len() == others.len() && entries.iter().zip(others).all(|(a, b)| a.has_key_of(b))
    }

    /// A number that dicts with the same keys at the same positions share, and few others.
    #[inline]
    pub fn keys_mark(&self) -> u64 {
        let entries = self.table.slots();
        let (first, last) =
            (entries.first().map_or(0, DictEntry::key_mark), entries.last().map_or(0, DictEntry::key_mark));
        // Some odd number without a pattern: the upper half of the product depends on all bits.
        (first.rotate_left(u32::BITS) ^ last ^ entries.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> u32::BITS
    }
}

impl CopyOnWrite for DictObject {
    fn copy(&self, heap: &Heap) -> Result<Ref<DictObject>> {
        Ok(DictObject::from_table(heap, self.table.copy(heap)?))
    }

    fn copied_elements(&self) -> usize {
        self.len()
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for DictObject {
    fn object_bytes(&self) -> usize {
        size_of::<DictObject>()
    }

    unsafe fn finalize(this: NonNull<DictObject>) {
        // SAFETY: the object is alive and not used afterwards.
        unsafe { this.as_ref().table.free(Heap::of(this.as_ref())) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::ops::testing::TestHooks;
    use proptest::prelude::*;

    fn text(heap: &Heap, text: &str) -> Value {
        Value::Str(StrObject::new(heap, text).unwrap())
    }

    #[test]
    fn ints_and_their_texts_are_one_key() {
        let heap = Heap::new(usize::MAX, 1);
        let mut dict = DictObject::new(&heap);
        let object = dict.get_mut().unwrap();
        assert!(object.insert_value(&Value::Int(1), Value::Int(10)).unwrap());
        assert!(object.insert_value(&text(&heap, "1"), Value::Int(11)).unwrap());
        assert!(object.insert_value(&text(&heap, "01"), Value::Int(12)).unwrap());
        assert!(!object.insert_value(&Value::Null, Value::Int(13)).unwrap());
        let big = crate::value::int::from_i128(&heap, 1 << 80);
        assert!(object.insert_value(&big, Value::Null).unwrap());
        assert_eq!(
            format!("{:?}", object.iter().collect::<Vec<_>>()),
            "[(\"1\", 11), (\"01\", 12), (\"1208925819614629174706176\", null)]"
        );
        assert!(object.get_value(&text(&heap, "1208925819614629174706176")).is_some());
        assert!(matches!((object.get_int(1), object.get_str("1")), (Some(Value::Int(11)), Some(Value::Int(11)))));
        assert!(object.get_value(&Value::Float(1.0)).is_none());
        drop((dict, big));
        assert_eq!(heap.used_bytes(), 0);
    }

    #[test]
    fn the_same_keys_at_the_same_positions() {
        let heap = Heap::new(usize::MAX, 1);
        let dict = |keys: &[&str]| {
            let mut dict = DictObject::new(&heap);
            for key in keys {
                dict.get_mut().unwrap().insert_str(key, Value::Null).unwrap();
            }
            dict
        };
        let shapes = [
            &["b", "a"][..],
            &["a", "b"],
            &["b"],
            &["b", "1"],
            &["b", "a longer key for a string"],
            &["b", "a longer key for a"],
            &[],
        ];
        for (i, keys) in shapes.iter().enumerate() {
            for (j, others) in shapes.iter().enumerate() {
                let (a, b) = (dict(keys), dict(others));
                assert_eq!(a.has_keys_of(&b), i == j, "{keys:?} {others:?}");
                assert!(i != j || a.keys_mark() == b.keys_mark());
            }
        }
    }

    #[test]
    fn sorted_by_text() {
        let heap = Heap::new(usize::MAX, 1);
        let mut dict = DictObject::new(&heap);
        for key in ["b", "10", "-3", "9", "a", "", "é"] {
            dict.get_mut().unwrap().insert_str(key, Value::Null).unwrap();
        }
        let keys: Vec<String> = dict
            .sorted_positions(&mut TestHooks::new())
            .unwrap()
            .iter()
            .map(|at| format!("{:?}", dict.entry_at(*at as usize).unwrap().0))
            .collect();
        assert_eq!(keys.join(" "), r#""" "-3" "10" "9" "a" "b" "é""#);
    }

    #[test]
    fn a_million_entries() {
        let heap = Heap::new(usize::MAX, 1);
        let mut dict = DictObject::new(&heap);
        for i in 0..1_000_000 {
            dict.get_mut().unwrap().insert(DictKey::Int(i * 7), Value::Int(i)).unwrap();
        }
        assert!(heap.used_bytes() < 1_000_000 * 64 * 2);
        assert!((0..1_000_000).all(|i| matches!(dict.get_int(i * 7), Some(Value::Int(v)) if *v == i)));
        assert!(dict.get_int(1).is_none());
        let copy = dict.clone();
        dict.make_mut().unwrap().remove(&DictKey::Int(0));
        assert_eq!((dict.len(), copy.len(), heap.copies()), (999_999, 1_000_000, 1));
        assert!((1..1_000_000).all(|i| dict.get_int(i * 7).is_some()));
        drop((dict, copy));
        assert_eq!(heap.used_bytes(), 0);
    }

    #[test]
    fn removing_from_the_front_stays_cheap() {
        let heap = Heap::new(usize::MAX, 1);
        let mut dict = DictObject::new(&heap);
        let object = dict.get_mut().unwrap();
        let mut steps = 0;
        for i in 0..100_000 {
            object.insert(DictKey::Int(i), Value::Null).unwrap();
            if i >= 100 {
                let at = object.next_position(0).unwrap();
                steps += at;
                let (key, _) = object.entry_at(at).unwrap();
                assert_eq!(key, DictKey::Int(i - 100));
                object.remove(&key).unwrap();
            }
        }
        assert_eq!(object.len(), 100);
        assert!(steps < 100_000 * 400, "{steps} steps over tombstones");
        assert!(heap.used_bytes() < 100_000);
    }

    /// Inserts keys, and looks at all of them and at some between.
    fn filled(heap: &Heap, keys: impl Iterator<Item = i64>) -> Ref<DictObject> {
        let mut dict = DictObject::new(heap);
        let keys: Vec<i64> = keys.collect();
        for key in &keys {
            dict.get_mut().unwrap().insert(DictKey::Int(*key), Value::Int(*key)).unwrap();
        }
        assert!(keys.iter().all(|key| matches!(dict.get_int(*key), Some(Value::Int(v)) if v == key)));
        assert!(dict.iter().map(|(key, _)| key).eq(keys.iter().map(|key| DictKey::Int(*key))));
        assert!(
            keys.iter().all(|key| keys.contains(&key.wrapping_add(1)) == dict.get_int(key.wrapping_add(1)).is_some())
        );
        dict
    }

    #[test]
    fn keys_at_equal_distances_need_no_index() {
        let heap = Heap::new(usize::MAX, 1);
        let bytes_of = |keys: Box<dyn Iterator<Item = i64>>| {
            let dict = filled(&heap, keys);
            assert!(dict.get_str("x").is_none() && dict.get_str("0.5").is_none());
            heap.used_bytes()
        };
        let irregular = bytes_of(Box::new((0..300).map(|i| i * i)));
        assert!(bytes_of(Box::new(0..300)) < irregular);
        assert!(bytes_of(Box::new((0..300).rev())) < irregular);
        assert!(bytes_of(Box::new((0..300).map(|i| i * -70 + 3))) < irregular);
        assert!(bytes_of(Box::new((0..300).map(|i| i64::MIN + i))) < irregular);
        assert!(bytes_of(Box::new((i64::MAX - 299)..=i64::MAX)) < irregular);
        assert_eq!(bytes_of(Box::new((0..299).chain([1000]))), irregular);
        assert_eq!(bytes_of(Box::new([i64::MIN, 0, i64::MAX].into_iter().chain(1..298))), irregular);
        assert_eq!(heap.used_bytes(), 0);
    }

    #[test]
    fn a_progression_that_ends() {
        let heap = Heap::new(usize::MAX, 1);
        let mut dict = filled(&heap, 0..100);
        let copy = dict.clone();
        let object = dict.make_mut().unwrap();
        for key in [0, 7, 50] {
            assert!(matches!(object.remove(&DictKey::Int(key)), Some(Value::Int(v)) if v == key));
            assert!(object.remove(&DictKey::Int(key)).is_none() && object.get_int(key).is_none());
        }
        object.insert(DictKey::Int(100), Value::Int(100)).unwrap();
        object.insert(DictKey::Int(7), Value::Int(7)).unwrap();
        object.insert_str("name", Value::Null).unwrap();
        let expected: Vec<i64> = (1..=100).filter(|key| ![7, 50].contains(key)).chain([7]).collect();
        assert!(expected.iter().all(|key| matches!(object.get_int(*key), Some(Value::Int(v)) if v == key)));
        assert!(object.get_str("name").is_some() && object.get_int(50).is_none() && object.get_int(101).is_none());
        assert_eq!((object.len(), copy.len()), (expected.len() + 1, 100));
        drop((dict, copy));
        assert_eq!(heap.used_bytes(), 0);
    }

    #[test]
    fn a_progression_that_is_emptied_and_filled_again() {
        let heap = Heap::new(usize::MAX, 1);
        for refill in [vec![5, 6, 7], vec![5, 8, 9], vec![-1]] {
            let mut dict = filled(&heap, 0..40);
            let object = dict.get_mut().unwrap();
            if refill.len() == 1 {
                object.clear();
            } else {
                assert!((0..40).all(|key| object.remove(&DictKey::Int(key)).is_some()));
            }
            assert!(object.is_empty() && object.get_int(0).is_none());
            for key in &refill {
                object.insert(DictKey::Int(*key), Value::Int(*key)).unwrap();
            }
            assert!(object.iter().map(|(key, _)| key).eq(refill.iter().map(|key| DictKey::Int(*key))));
            assert!(refill.iter().all(|key| object.get_int(*key).is_some()));
        }
    }

    /// Tombstones whose words stood in one place of the index made this quadratic.
    #[test]
    fn growth_with_many_tombstones_stays_cheap() {
        let heap = Heap::new(usize::MAX, 1);
        let mut dict = DictObject::new(&heap);
        let object = dict.get_mut().unwrap();
        for i in 0..400_000_i64 {
            object.insert(DictKey::Int(i * i), Value::Null).unwrap();
            if i % 5 == 0 {
                object.remove(&DictKey::Int(i * i)).unwrap();
            }
        }
        assert_eq!(object.len(), 320_000);
    }

    #[test]
    fn the_budget_leaves_the_dict_as_it_was() {
        let heap = Heap::new(100_000, 1);
        let mut dict = DictObject::new(&heap);
        let mut count = 0;
        while dict.get_mut().unwrap().insert(DictKey::Int(count), Value::Int(count)).is_ok() {
            count += 1;
        }
        assert!(count > 700 && dict.len() == count as usize);
        assert!((0..count).all(|i| dict.get_int(i).is_some()));
        assert!(DictObject::with_capacity(&heap, usize::MAX).is_err());
        assert!(DictObject::with_capacity(&heap, u32::MAX as usize).is_err());
    }

    #[derive(Clone, Debug)]
    enum Step {
        Insert(u8, i64),
        Remove(u8),
        Copy,
        Clear,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            60 => (any::<u8>(), any::<i64>()).prop_map(|(k, v)| Step::Insert(k, v)),
            40 => any::<u8>().prop_map(Step::Remove),
            2 => Just(Step::Copy),
            1 => Just(Step::Clear),
        ]
    }

    /// Every third key is a text, every other third an int as text.
    fn key(heap: &Heap, number: u8) -> DictKey {
        match number % 3 {
            0 => DictKey::Int(number as i64),
            1 => DictKey::from_text(heap, &number.to_string()).unwrap(),
            _ => DictKey::from_text(heap, &format!("key {number}")).unwrap(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn behaves_like_a_list_of_pairs(steps in proptest::collection::vec(step(), 0..600)) {
            let heap = Heap::new(usize::MAX, 1);
            {
                let mut dict = DictObject::new(&heap);
                let mut old = Vec::new();
                let mut model: Vec<(u8, i64)> = Vec::new();
                for step in steps {
                    match step {
                        Step::Insert(k, v) => {
                            let before = dict.make_mut().unwrap().insert(key(&heap, k), Value::Int(v)).unwrap();
                            match model.iter_mut().find(|e| e.0 == k) {
                                Some(entry) => {
                                    prop_assert!(matches!(before, Some(Value::Int(i)) if i == entry.1));
                                    entry.1 = v;
                                }
                                None => {
                                    prop_assert!(before.is_none());
                                    model.push((k, v));
                                }
                            }
                        }
                        Step::Remove(k) => {
                            let removed = dict.make_mut().unwrap().remove(&key(&heap, k));
                            let at = model.iter().position(|e| e.0 == k);
                            prop_assert_eq!(removed.is_some(), at.is_some());
                            at.map(|at| model.remove(at));
                        }
                        Step::Copy => old.push((dict.clone(), model.clone())),
                        Step::Clear => {
                            dict.make_mut().unwrap().clear();
                            model.clear();
                        }
                    }
                }
                old.push((dict, model));
                for (dict, model) in &old {
                    prop_assert_eq!(dict.len(), model.len());
                    let pairs = model.iter().map(|(k, v)| (key(&heap, *k), *v));
                    let found = dict.iter().map(|(k, v)| (k, if let Value::Int(i) = v { *i } else { 0 }));
                    prop_assert!(found.eq(pairs));
                    for number in 0..=255 {
                        let expected = model.iter().find(|e| e.0 == number).map(|e| e.1);
                        let value = key(&heap, number).with_text(|t| dict.get_str(t).cloned());
                        let value = value.map(|v| if let Value::Int(i) = v { i } else { 0 });
                        prop_assert_eq!(value, expected);
                    }
                }
            }
            prop_assert_eq!(heap.used_bytes(), 0);
        }
    }
}

//! Dicts: string keys in insertion order.
//!
//! A key that is the canonical decimal text of an `i64` is stored as that int, so that `d[1]` and `d["1"]` are one entry and int
//! keys need no text. All ways to make a [`DictKey`] keep to this.
//!
//! This file is unsafe: entries own their keys in a raw word, whose layout native code reads.

use super::heap::{Header, Heap, HeapObject};
use super::number_text::IntText;
use super::repr::{CopyOnWrite, Ref, Value};
use super::string::StrObject;
use super::table::{Entry, Table};
use crate::fault::Result;
use std::cmp::Ordering;
use std::ptr::NonNull;

/// A key of a dict.
#[derive(Clone)]
pub enum DictKey {
    Int(i64),
    /// A text that is not the canonical decimal text of an `i64`.
    Str(Ref<StrObject>),
}

impl DictKey {
    /// The key that a value stands for: ints and strings only.
    ///
    /// # Errors
    /// The trap `RUF2002`, for ints outside 64 bits.
    #[inline]
    pub fn from_value(value: &Value) -> Result<Option<DictKey>> {
        match value {
            Value::Int(int) => Ok(Some(DictKey::Int(*int))),
            Value::Str(text) => Ok(Some(DictKey::from_string(text))),
            Value::BigInt(int) => {
                let text = int.get().to_string();
                Ok(Some(DictKey::Str(StrObject::new(int.heap(), &text)?)))
            }
            _ => Ok(None),
        }
    }

    /// The key of a text.
    #[inline]
    pub fn from_string(text: &Ref<StrObject>) -> DictKey {
        match canonical_int(text.as_bytes()) {
            Some(int) => DictKey::Int(int),
            None => DictKey::Str(text.clone()),
        }
    }

    /// The key of a text.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn from_text(heap: &Heap, text: &str) -> Result<DictKey> {
        match canonical_int(text.as_bytes()) {
            Some(int) => Ok(DictKey::Int(int)),
            None => Ok(DictKey::Str(StrObject::new(heap, text)?)),
        }
    }

    /// The key as a string.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn text(&self, heap: &Heap) -> Result<Ref<StrObject>> {
        match self {
            DictKey::Int(int) => StrObject::new(heap, IntText::new(*int).as_str()),
            DictKey::Str(text) => Ok(text.clone()),
        }
    }

    /// Calls `f` with the text of the key.
    pub fn with_text<T>(&self, f: impl FnOnce(&str) -> T) -> T {
        match self {
            DictKey::Int(int) => f(IntText::new(*int).as_str()),
            DictKey::Str(text) => f(text.as_str()),
        }
    }
}

impl PartialEq for DictKey {
    fn eq(&self, other: &DictKey) -> bool {
        match (self, other) {
            (DictKey::Int(a), DictKey::Int(b)) => a == b,
            (DictKey::Str(a), DictKey::Str(b)) => a.equals(b),
            _ => false,
        }
    }
}

impl std::fmt::Debug for DictKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.with_text(|text| write!(f, "{text:?}"))
    }
}

/// The int whose decimal text this is, if it has no sign, zero or blank too many and fits 64 bits.
#[inline(always)]
pub fn canonical_int(text: &[u8]) -> Option<i64> {
    match text.first() {
        Some(b'0'..=b'9' | b'-') => canonical_int_slow(text),
        _ => None,
    }
}

#[inline(never)]
fn canonical_int_slow(text: &[u8]) -> Option<i64> {
    let (digits, is_negative) = match text {
        [b'-', digits @ ..] => (digits, true),
        digits => (digits, false),
    };
    match digits {
        [] => return None,
        [b'0', ..] => return if text == b"0" { Some(0) } else { None },
        _ if digits.len() > 19 => return None,
        _ => {}
    }
    let mut int = 0i64;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        // Summed up on the negative side, which is the longer one.
        int = int.checked_mul(10)?.checked_sub((digit - b'0') as i64)?;
    }
    if is_negative { Some(int) } else { int.checked_neg() }
}

/// An entry; the key is a tag and a payload as in a value, with the hash in between.
#[repr(C)]
struct DictEntry {
    tag: u32,
    hash: u32,
    /// The int, or a counted reference to the string.
    payload: u64,
    value: Value,
}

const TAG_REMOVED: u32 = 0;
const TAG_INT: u32 = 2;
const TAG_STR: u32 = 9;

const _: () = assert!(size_of::<DictEntry>() == 32);

impl DictEntry {
    #[inline(always)]
    fn new(heap: &Heap, key: DictKey, value: Value) -> DictEntry {
        match key {
            DictKey::Int(int) => {
                DictEntry { tag: TAG_INT, hash: heap.shared.hash_int(int), payload: int as u64, value }
            }
            DictKey::Str(text) => {
                let hash = text.hash();
                let payload = text.as_ptr().as_ptr().expose_provenance() as u64;
                std::mem::forget(text);
                DictEntry { tag: TAG_STR, hash, payload, value }
            }
        }
    }

    /// The string of a string key, without a count.
    #[inline(always)]
    fn string(&self) -> NonNull<StrObject> {
        debug_assert!(self.tag == TAG_STR);
        // SAFETY: the payload of a string key is the address of a live string.
        unsafe { NonNull::new_unchecked(std::ptr::with_exposed_provenance_mut(self.payload as usize)) }
    }

    #[inline(always)]
    fn is_int(&self, int: i64) -> bool {
        self.payload == int as u64 && self.tag == TAG_INT
    }

    #[inline(always)]
    fn is_text(&self, hash: u32, text: &str) -> bool {
        // SAFETY: the entry has a reference to its string.
        self.hash == hash && self.tag == TAG_STR && unsafe { self.string().as_ref() }.as_bytes() == text.as_bytes()
    }

    #[inline(always)]
    fn is_string(&self, hash: u32, text: &StrObject) -> bool {
        // SAFETY: the entry has a reference to its string.
        self.hash == hash && self.tag == TAG_STR && unsafe { self.string().as_ref() }.equals(text)
    }

    #[inline]
    fn key(&self) -> DictKey {
        if self.tag == TAG_INT {
            return DictKey::Int(self.payload as i64);
        }
        // SAFETY: the entry has a reference to its string; the temporary one is not dropped.
        let text = std::mem::ManuallyDrop::new(unsafe { Ref::from_raw(self.string()) });
        DictKey::Str((*text).clone())
    }

    fn sort_text(&self) -> SortText<'_> {
        if self.tag == TAG_INT {
            return SortText::Int(IntText::new(self.payload as i64));
        }
        // SAFETY: the entry has a reference to its string.
        SortText::Str(unsafe { self.string().as_ref() }.as_bytes())
    }
}

impl Drop for DictEntry {
    #[inline(always)]
    fn drop(&mut self) {
        if self.tag == TAG_STR {
            // SAFETY: the entry gives up its reference.
            drop(unsafe { Ref::from_raw(self.string()) });
        }
    }
}

impl Entry for DictEntry {
    #[inline(always)]
    fn hash(&self) -> u32 {
        self.hash
    }

    #[inline(always)]
    fn is_live(&self) -> bool {
        self.tag != TAG_REMOVED
    }

    fn tombstone() -> DictEntry {
        DictEntry { tag: TAG_REMOVED, hash: 0, payload: 0, value: Value::Null }
    }

    fn duplicate(&self) -> DictEntry {
        if self.tag == TAG_STR {
            std::mem::forget(self.key());
        }
        DictEntry { tag: self.tag, hash: self.hash, payload: self.payload, value: self.value.clone() }
    }
}

/// The text of a key while dicts are sorted.
enum SortText<'a> {
    Int(IntText),
    Str(&'a [u8]),
}

impl SortText<'_> {
    fn as_bytes(&self) -> &[u8] {
        match self {
            SortText::Int(text) => text.as_bytes(),
            SortText::Str(bytes) => bytes,
        }
    }
}

/// A dict.
#[repr(C)]
pub struct DictObject {
    header: Header,
    table: Table<DictEntry>,
}

impl DictObject {
    /// An empty dict.
    #[inline]
    pub fn new(heap: &Heap) -> Ref<DictObject> {
        Ref::alloc(heap, DictObject { header: Header::new(0), table: Table::new() })
    }

    /// An empty dict with room for `n` entries.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn with_capacity(heap: &Heap, n: usize) -> Result<Ref<DictObject>> {
        let table = Table::with_capacity(heap, n)?;
        Ok(Ref::alloc(heap, DictObject { header: Header::new(0), table }))
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
        self.table.find(Heap::of(self).shared.hash_int(int), |e| e.is_int(int))
    }

    #[inline(always)]
    fn find_string(&self, text: &StrObject) -> Option<usize> {
        if let Some(int) = canonical_int(text.as_bytes()) {
            return self.find_int(int);
        }
        let hash = text.hash();
        self.table.find(hash, |e| e.is_string(hash, text))
    }

    fn find_text(&self, text: &str) -> Option<usize> {
        if let Some(int) = canonical_int(text.as_bytes()) {
            return self.find_int(int);
        }
        let hash = Heap::of(self).shared.hash_text(text);
        self.table.find(hash, |e| e.is_text(hash, text))
    }

    #[inline(always)]
    fn find(&self, key: &DictKey) -> Option<usize> {
        match key {
            DictKey::Int(int) => self.find_int(*int),
            DictKey::Str(text) => {
                let hash = text.hash();
                self.table.find(hash, |e| e.is_string(hash, text))
            }
        }
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

    #[inline(always)]
    fn value_at(&self, position: usize) -> Option<&Value> {
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

    /// Puts a value under a key and returns the one before. A key that was there keeps its position.
    ///
    /// # Errors
    /// The trap `RUF2002`; the dict is then unchanged.
    #[inline]
    pub fn insert(&mut self, key: DictKey, value: Value) -> Result<Option<Value>> {
        if let Some(slot) = self.get_mut(&key) {
            return Ok(Some(std::mem::replace(slot, value)));
        }
        // SAFETY: the heap outlives this call.
        let heap = unsafe { Heap::detached(&*self) };
        self.table.push(heap, DictEntry::new(heap, key, value))?;
        Ok(None)
    }

    /// Puts a value under a string or an int. False for other kinds of keys.
    ///
    /// # Errors
    /// The trap `RUF2002`; the dict is then unchanged.
    #[inline]
    pub fn insert_value(&mut self, key: &Value, value: Value) -> Result<bool> {
        if let Some(slot) = self.get_value_mut(key) {
            drop(std::mem::replace(slot, value));
            return Ok(true);
        }
        let Some(key) = DictKey::from_value(key)? else { return Ok(false) };
        // SAFETY: the heap outlives this call.
        let heap = unsafe { Heap::detached(&*self) };
        self.table.push(heap, DictEntry::new(heap, key, value))?;
        Ok(true)
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
        let mut entry = self.table.remove(position)?;
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
    /// The trap `RUF2002`.
    pub fn extend(&mut self, other: &DictObject) -> Result<()> {
        for (key, value) in other.iter() {
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

    /// The hash of the key and the value at a position.
    pub(super) fn hashed_entry_at(&self, position: usize) -> Option<(u32, &Value)> {
        self.table.at(position).map(|e| (e.hash, &e.value))
    }

    /// The positions of all entries in the bytewise order of their keys' texts.
    pub fn sorted_positions(&self) -> Vec<u32> {
        let live = self.table.slots().iter().enumerate().filter(|(_, e)| e.is_live());
        let mut keys: Vec<(SortText<'_>, u32)> = live.map(|(at, e)| (e.sort_text(), at as u32)).collect();
        keys.sort_unstable_by(|a, b| -> Ordering { a.0.as_bytes().cmp(b.0.as_bytes()) });
        keys.into_iter().map(|(_, at)| at).collect()
    }
}

impl CopyOnWrite for DictObject {
    fn copy(&self, heap: &Heap) -> Result<Ref<DictObject>> {
        let table = self.table.copy(heap)?;
        Ok(Ref::alloc(heap, DictObject { header: Header::new(0), table }))
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

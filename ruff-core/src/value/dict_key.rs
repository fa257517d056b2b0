//! Keys and entries of dicts.
//!
//! This file is unsafe: an entry owns its key in a raw word, whose layout native code reads.

#![allow(unsafe_code)]

use super::heap::Heap;
use super::number_text::IntText;
use super::repr::{Ref, Value};
use super::string::StrObject;
use super::table::Entry;
use crate::fault::Result;
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

    /// Its hash in a heap.
    #[inline(always)]
    pub(super) fn hash(&self, heap: &Heap) -> u32 {
        match self {
            DictKey::Int(int) => heap.shared.hash_int(*int),
            DictKey::Str(text) => text.hash(),
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
            DictKey::Int(int) => StrObject::from_int(heap, *int),
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
pub(super) struct DictEntry {
    tag: u32,
    pub hash: u32,
    /// The int, or a counted reference to the string.
    payload: u64,
    pub value: Value,
}

const TAG_REMOVED: u32 = 0;
const TAG_INT: u32 = 2;
const TAG_STR: u32 = 9;

const _: () = assert!(size_of::<DictEntry>() == 32);

impl DictEntry {
    /// An entry whose key has that hash.
    #[inline(always)]
    pub fn new(hash: u32, key: DictKey, value: Value) -> DictEntry {
        let value = value.in_parts();
        match key {
            DictKey::Int(int) => DictEntry { tag: TAG_INT, hash, payload: int as u64, value },
            DictKey::Str(text) => {
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
    pub fn is_int(&self, int: i64) -> bool {
        self.payload == int as u64 && self.tag == TAG_INT
    }

    #[inline(always)]
    pub fn is_text(&self, hash: u32, text: &str) -> bool {
        // SAFETY: the entry has a reference to its string.
        self.hash == hash && self.tag == TAG_STR && unsafe { self.string().as_ref() }.as_bytes() == text.as_bytes()
    }

    #[inline(always)]
    pub fn is_string(&self, hash: u32, text: &StrObject) -> bool {
        // SAFETY: the entry has a reference to its string.
        self.hash == hash && self.tag == TAG_STR && unsafe { self.string().as_ref() }.equals(text)
    }

    /// Is it the entry of this key, which has that hash?
    #[inline(always)]
    pub fn is_key(&self, hash: u32, key: &DictKey) -> bool {
        match key {
            DictKey::Int(int) => self.is_int(*int),
            DictKey::Str(text) => self.is_string(hash, text),
        }
    }

    #[inline]
    pub fn key(&self) -> DictKey {
        if self.tag == TAG_INT {
            return DictKey::Int(self.payload as i64);
        }
        // SAFETY: the entry has a reference to its string; the temporary one is not dropped.
        let text = std::mem::ManuallyDrop::new(unsafe { Ref::from_raw(self.string()) });
        DictKey::Str((*text).clone())
    }

    pub fn sort_text(&self) -> SortText<'_> {
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

    #[inline(always)]
    fn needs_drop(&self) -> bool {
        self.tag == TAG_STR || self.value.is_heap()
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
#[derive(Clone, Copy)]
pub(super) enum SortText<'a> {
    Int(IntText),
    Str(&'a [u8]),
}

impl SortText<'_> {
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            SortText::Int(text) => text.as_bytes(),
            SortText::Str(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_texts_are_ints() {
        for int in [0, 1, -1, 10, i64::MAX, i64::MIN] {
            assert_eq!(canonical_int(int.to_string().as_bytes()), Some(int));
        }
        for text in ["", "-", "-0", "01", "+1", " 1", "1 ", "1.0", "9223372036854775808", "-9223372036854775809", "1a"]
        {
            assert_eq!(canonical_int(text.as_bytes()), None, "{text}");
        }
    }
}

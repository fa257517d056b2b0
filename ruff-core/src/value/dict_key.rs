//! Keys and entries of dicts.
//!
//! This file is unsafe: an entry owns its key in a raw word.

#![allow(unsafe_code)]

use super::heap::Heap;
use super::number_text::IntText;
use super::repr::{Ref, Value};
use super::string::{StrObject, short_word};
use super::table::Entry;
use crate::fault::Result;
use std::cmp::Ordering;
use std::ptr::NonNull;

/// A key of a dict.
#[derive(Clone)]
pub enum DictKey {
    Int(i64),
    /// A short text that is not the canonical decimal text of an `i64`.
    Short(ShortText),
    /// Such a text that is longer.
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
            Value::BigInt(int) => DictKey::from_text(int.heap(), &int.get().to_string()).map(Some),
            _ => Ok(None),
        }
    }

    /// Its hash in a heap.
    #[inline(always)]
    pub(super) fn hash(&self, heap: &Heap) -> u32 {
        match self {
            DictKey::Int(int) => heap.shared.hash_int(*int),
            DictKey::Short(text) => text.hash(heap),
            DictKey::Str(text) => text.hash(),
        }
    }

    /// The int, if it is one.
    #[inline(always)]
    pub(super) fn int(&self) -> Option<i64> {
        match self {
            DictKey::Int(int) => Some(*int),
            DictKey::Short(_) | DictKey::Str(_) => None,
        }
    }

    /// The key of a text that needs no string.
    #[inline(always)]
    pub fn without_string(text: &str) -> Option<DictKey> {
        match canonical_int(text.as_bytes()) {
            Some(int) => Some(DictKey::Int(int)),
            None => ShortText::of(text.as_bytes()).map(DictKey::Short),
        }
    }

    /// The key of a text.
    #[inline]
    pub fn from_string(text: &Ref<StrObject>) -> DictKey {
        DictKey::without_string(text.as_str()).unwrap_or_else(|| DictKey::Str(text.clone()))
    }

    /// The key of a text.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn from_text(heap: &Heap, text: &str) -> Result<DictKey> {
        match DictKey::without_string(text) {
            Some(key) => Ok(key),
            None => Ok(DictKey::Str(StrObject::new(heap, text)?)),
        }
    }

    /// The key as a string.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn text(&self, heap: &Heap) -> Result<Ref<StrObject>> {
        match self {
            DictKey::Int(int) => Ok(StrObject::from_int(heap, *int)),
            DictKey::Short(text) => text.with_text(|text| StrObject::new(heap, text)),
            DictKey::Str(text) => Ok(text.clone()),
        }
    }

    /// Replaces a value by the key as a string: short texts in the string that is there, if nobody else refers to it.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    #[inline(always)]
    pub fn put_text(self, heap: &Heap, to: &mut Value) -> Result<()> {
        if let DictKey::Short(text) = self
            && text.replace_in(to)
        {
            return Ok(());
        }
        *to = Value::Str(self.text(heap)?);
        Ok(())
    }

    /// Calls `f` with the text of the key.
    pub fn with_text<T>(&self, f: impl FnOnce(&str) -> T) -> T {
        let text = match self {
            DictKey::Int(int) => KeyText::Int(IntText::new(*int)),
            DictKey::Short(text) => KeyText::Short(*text),
            DictKey::Str(text) => KeyText::Str(text.as_str()),
        };
        text.with_text(f)
    }
}

/// A text of at most [`SHORT_BYTES_MAX`] bytes in two words, as entries have it: a tag, the length, and the bytes, padded with
/// zeros. So it lies where the search for it looks anyway, and is compared at once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ShortText {
    low: u64,
    high: u64,
}

/// The longest text that needs no string.
const SHORT_BYTES_MAX: usize = 14;
/// The bits of the tag and the length.
const SHORT_TEXT_SHIFT: u32 = 16;

impl ShortText {
    #[inline(always)]
    fn of(text: &[u8]) -> Option<ShortText> {
        let len = text.len();
        let tagged = (len as u64) << u8::BITS | u64::from(TAG_SHORT);
        if let (8..=SHORT_BYTES_MAX, Some(first), Some(last)) = (len, text.first_chunk(), text.last_chunk()) {
            let (first, last) = (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
            let high = last >> (u8::BITS as usize * (SHORT_BYTES_MAX - len));
            return Some(ShortText { low: first << SHORT_TEXT_SHIFT | tagged, high });
        }
        let bytes = short_word(text)?;
        Some(ShortText { low: bytes << SHORT_TEXT_SHIFT | tagged, high: bytes >> (u64::BITS - SHORT_TEXT_SHIFT) })
    }

    #[inline(always)]
    fn hash(self, heap: &Heap) -> u32 {
        heap.shared.hash_words(self.low, self.high)
    }

    /// The length in bytes.
    #[inline(always)]
    fn len(self) -> usize {
        (self.low >> u8::BITS) as u8 as usize
    }

    /// The bytes, the first of which is the lowest.
    #[inline(always)]
    fn bytes(self) -> u128 {
        (u128::from(self.high) << u64::BITS | u128::from(self.low)) >> SHORT_TEXT_SHIFT
    }

    /// A number that is ordered as the texts are: their bytes, then their lengths, for texts that end with zeros.
    #[inline]
    fn sort_word(self) -> u128 {
        self.bytes().swap_bytes() | self.len() as u128
    }

    /// Makes it the text of a string, if that has room and no other reference: no string of one character or none, which the heap
    /// keeps.
    #[inline(always)]
    fn replace_in(self, to: &mut Value) -> bool {
        let len = self.len();
        let Value::Str(string) = to else { return false };
        match string.get_mut() {
            // SAFETY: the words were made of a text of that length.
            Some(string) if len > 1 => unsafe { string.replace_short(self.bytes().to_le_bytes(), len) },
            _ => false,
        }
    }

    #[inline(always)]
    fn with_text<T>(self, f: impl FnOnce(&str) -> T) -> T {
        let bytes = self.bytes().to_le_bytes();
        let bytes = bytes.get(..self.len()).unwrap_or(&[]);
        debug_assert!(std::str::from_utf8(bytes).is_ok());
        // SAFETY: the words were made of a text of that length.
        f(unsafe { std::str::from_utf8_unchecked(bytes) })
    }
}

impl PartialEq for DictKey {
    fn eq(&self, other: &DictKey) -> bool {
        match (self, other) {
            (DictKey::Int(a), DictKey::Int(b)) => a == b,
            (DictKey::Short(a), DictKey::Short(b)) => a == b,
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

/// An entry. The key is a [`ShortText`], or a tag and in the second word an int, or a tag and the hash of a string and in the second
/// word a counted reference to it.
#[repr(C)]
pub struct DictEntry {
    low: u64,
    high: u64,
    pub value: Value,
}

const TAG_REMOVED: u8 = 0;
const TAG_SHORT: u8 = 1;
const TAG_INT: u8 = 2;
const TAG_STR: u8 = 9;
/// Where the hash is in the first word.
const HASH_SHIFT: u32 = 32;

const _: () = assert!(size_of::<DictEntry>() == 32);

/// The first word of a key that is no short text.
const fn tagged(tag: u8, hash: u32) -> u64 {
    (hash as u64) << HASH_SHIFT | tag as u64
}

/// The two words that a text is as the key of an entry, if it is no int and short.
pub fn short_key(text: &str) -> Option<[u64; 2]> {
    match DictKey::without_string(text)? {
        DictKey::Short(ShortText { low, high }) => Some([low, high]),
        _ => None,
    }
}

impl DictKey {
    /// The key of a short text.
    ///
    /// # Safety
    /// [`short_key`] gave the words.
    #[inline(always)]
    pub unsafe fn from_words([low, high]: [u64; 2]) -> DictKey {
        DictKey::Short(ShortText { low, high })
    }
}

/// The words of a key that refers to nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct KeyWords {
    low: u64,
    high: u64,
}

impl KeyWords {
    /// Those of no key.
    pub const NONE: KeyWords = KeyWords { low: TAG_REMOVED as u64, high: 0 };

    /// Those of a value that is an int or a short text.
    #[inline(always)]
    pub fn of(key: &Value) -> Option<KeyWords> {
        match key {
            Value::Int(int) => Some(KeyWords::of_int(*int)),
            Value::Str(text) => match DictKey::without_string(text.as_str())? {
                DictKey::Int(int) => Some(KeyWords::of_int(int)),
                DictKey::Short(text) => Some(KeyWords::of_short(text)),
                DictKey::Str(_) => None,
            },
            _ => None,
        }
    }

    #[inline(always)]
    fn of_int(int: i64) -> KeyWords {
        KeyWords { low: u64::from(TAG_INT), high: int as u64 }
    }

    #[inline(always)]
    fn of_short(ShortText { low, high }: ShortText) -> KeyWords {
        KeyWords { low, high }
    }

    /// The entry of a value under this key.
    #[inline(always)]
    pub fn with_value(self, value: Value) -> DictEntry {
        DictEntry { low: self.low, high: self.high, value: value.in_parts() }
    }
}

impl DictEntry {
    /// The size of an entry.
    pub const BYTES: usize = size_of::<DictEntry>();
    /// The offset of the value behind the two words of the key.
    pub const VALUE_OFFSET: usize = std::mem::offset_of!(DictEntry, value);

    /// An entry.
    #[inline(always)]
    pub fn new(key: DictKey, value: Value) -> DictEntry {
        match key {
            DictKey::Int(int) => KeyWords::of_int(int).with_value(value),
            DictKey::Short(text) => KeyWords::of_short(text).with_value(value),
            DictKey::Str(text) => {
                let high = text.as_ptr().as_ptr().expose_provenance() as u64;
                let low = tagged(TAG_STR, text.hash());
                std::mem::forget(text);
                DictEntry { low, high, value: value.in_parts() }
            }
        }
    }

    #[inline(always)]
    fn tag(&self) -> u8 {
        self.low as u8
    }

    /// The hash of the key in a heap.
    #[inline(always)]
    pub fn key_hash(&self, heap: &Heap) -> u32 {
        match self.tag() {
            TAG_SHORT => self.short_text().hash(heap),
            TAG_INT => heap.shared.hash_int(self.high as i64),
            _ => (self.low >> HASH_SHIFT) as u32,
        }
    }

    #[inline(always)]
    fn short_text(&self) -> ShortText {
        ShortText { low: self.low, high: self.high }
    }

    /// The string of a string key, without a count.
    #[inline(always)]
    fn string(&self) -> NonNull<StrObject> {
        debug_assert!(self.tag() == TAG_STR);
        // SAFETY: the payload of a string key is the address of a live string.
        unsafe { NonNull::new_unchecked(std::ptr::with_exposed_provenance_mut(self.high as usize)) }
    }

    #[inline(always)]
    pub fn is_int(&self, int: i64) -> bool {
        self.high == int as u64 && self.tag() == TAG_INT
    }

    #[inline(always)]
    pub fn is_short(&self, text: ShortText) -> bool {
        self.short_text() == text
    }

    #[inline(always)]
    pub fn is_text(&self, hash: u32, text: &str) -> bool {
        // SAFETY: the entry has a reference to its string.
        self.low == tagged(TAG_STR, hash) && unsafe { self.string().as_ref() }.as_bytes() == text.as_bytes()
    }

    #[inline(always)]
    pub fn is_string(&self, hash: u32, text: &StrObject) -> bool {
        // SAFETY: the entry has a reference to its string.
        self.low == tagged(TAG_STR, hash) && unsafe { self.string().as_ref() }.equals(text)
    }

    #[inline]
    pub fn key(&self) -> DictKey {
        match self.tag() {
            TAG_SHORT => DictKey::Short(self.short_text()),
            TAG_STR => {
                // SAFETY: the entry has a reference to its string; the temporary one is not dropped.
                let text = std::mem::ManuallyDrop::new(unsafe { Ref::from_raw(self.string()) });
                DictKey::Str((*text).clone())
            }
            _ => DictKey::Int(self.high as i64),
        }
    }

    /// A number that is ordered as the texts of keys are, but the same for those that begin alike and are not [short](ShortText).
    #[inline]
    pub(super) fn sort_word(&self) -> u128 {
        match self.key_text() {
            KeyText::Short(text) => text.sort_word(),
            text => text.with_bytes(|text| {
                let (start, len) = (&text[..text.len().min(SHORT_BYTES_MAX)], text.len().min(SHORT_BYTES_MAX + 1));
                ShortText::of(start).map_or(0, |start| start.bytes().swap_bytes()) | len as u128
            }),
        }
    }

    /// The text of the key.
    #[inline]
    pub fn key_text(&self) -> KeyText<'_> {
        match self.tag() {
            TAG_SHORT => KeyText::Short(self.short_text()),
            // SAFETY: the entry has a reference to its string.
            TAG_STR => KeyText::Str(unsafe { self.string().as_ref() }.as_str()),
            _ => KeyText::Int(IntText::new(self.high as i64)),
        }
    }

    /// Is the key the same, or are both tombstones of the same key?
    #[inline(always)]
    pub fn has_key_of(&self, other: &DictEntry) -> bool {
        // SAFETY: asked of entries with the tag of a string, which have references to their strings.
        let has_same_string = || unsafe { self.string().as_ref().equals(other.string().as_ref()) };
        self.low == other.low && (self.high == other.high || self.tag() == TAG_STR && has_same_string())
    }

    /// May the key be the same? It is not if this is false; strings are told apart by their hashes only.
    #[inline(always)]
    pub fn may_have_key_of(&self, other: &DictEntry) -> bool {
        self.low == other.low && (self.high == other.high || self.tag() == TAG_STR)
    }

    /// A number that depends on the key, and is the same in all entries that have it.
    #[inline(always)]
    pub fn key_mark(&self) -> u64 {
        // The first word of an int is that of all ints.
        if self.tag() == TAG_INT { self.high } else { self.low }
    }
}

impl Drop for DictEntry {
    #[inline(always)]
    fn drop(&mut self) {
        if self.tag() == TAG_STR {
            // SAFETY: the entry gives up its reference.
            drop(unsafe { Ref::from_raw(self.string()) });
        }
    }
}

impl Entry for DictEntry {
    #[inline(always)]
    fn hash(&self, heap: &Heap) -> u32 {
        self.key_hash(heap)
    }

    #[inline(always)]
    fn is_live(&self) -> bool {
        self.tag() != TAG_REMOVED
    }

    #[inline(always)]
    fn needs_drop(&self) -> bool {
        self.tag() == TAG_STR || self.value.is_heap()
    }

    #[inline(always)]
    fn int_key(&self) -> Option<i64> {
        (self.tag() == TAG_INT).then_some(self.high as i64)
    }

    #[inline(always)]
    fn term(&self) -> i64 {
        self.high as i64
    }

    /// The hash stays, so that the index finds places for many tombstones as fast as for what they replace.
    fn tombstone(&self, heap: &Heap) -> DictEntry {
        DictEntry { low: tagged(TAG_REMOVED, self.key_hash(heap)), high: self.high, value: Value::Null }
    }

    fn duplicate(&self) -> DictEntry {
        if self.tag() == TAG_STR {
            std::mem::forget(self.key());
        }
        DictEntry { low: self.low, high: self.high, value: self.value.clone() }
    }
}

/// The text of a key, borrowed from its entry without a count.
#[derive(Clone, Copy)]
pub enum KeyText<'a> {
    Int(IntText),
    Short(ShortText),
    Str(&'a str),
}

impl KeyText<'_> {
    /// The bytewise order.
    #[inline]
    pub(super) fn cmp(&self, other: &KeyText<'_>) -> Ordering {
        if let (KeyText::Short(a), KeyText::Short(b)) = (self, other) {
            return a.sort_word().cmp(&b.sort_word());
        }
        self.with_bytes(|a| other.with_bytes(|b| a.cmp(b)))
    }

    #[inline]
    fn with_bytes<T>(&self, f: impl FnOnce(&[u8]) -> T) -> T {
        match self {
            KeyText::Int(text) => f(text.as_bytes()),
            KeyText::Short(text) => text.with_text(|text| f(text.as_bytes())),
            KeyText::Str(text) => f(text.as_bytes()),
        }
    }

    /// Calls `f` with the text.
    #[inline(always)]
    pub fn with_text<T>(&self, f: impl FnOnce(&str) -> T) -> T {
        match self {
            KeyText::Int(text) => f(text.as_str()),
            KeyText::Short(text) => text.with_text(f),
            KeyText::Str(text) => f(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_are_compared_and_ordered_as_texts() {
        let heap = Heap::new(usize::MAX, 1);
        let mut texts: Vec<String> = (0..=16).map(|len| "abcdefghijklmnop"[..len].to_owned()).collect();
        texts.extend(
            ["é", "日本語の字", "a\0", "a\0\0", "\0", "b", "abd", "ABC", "abcdefghijklmo", "-", "0x", "z\u{10ffff}"]
                .map(String::from),
        );
        for a in &texts {
            let key = DictKey::from_text(&heap, a).unwrap();
            assert_eq!(matches!(key, DictKey::Short(_)), a.len() <= SHORT_BYTES_MAX, "{a:?}");
            assert_eq!((key.with_text(str::to_owned), key.text(&heap).unwrap().as_str()), (a.clone(), a.as_str()));
            let entry = DictEntry::new(key.clone(), Value::Null);
            assert!(entry.is_live() && entry.key() == key && entry.key_hash(&heap) == key.hash(&heap));
            for b in &texts {
                let other = DictKey::from_text(&heap, b).unwrap();
                assert_eq!(key == other, a == b, "{a:?} {b:?}");
                assert_eq!(key.hash(&heap) == other.hash(&heap), a == b, "{a:?} {b:?}");
                let other = DictEntry::new(other, Value::Null);
                assert_eq!(entry.key_text().cmp(&other.key_text()), a.as_bytes().cmp(b.as_bytes()), "{a:?} {b:?}");
            }
        }
    }

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

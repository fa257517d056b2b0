//! Strings: immutable to scripts, extended in place where there is one reference.
//!
//! Short text lies behind the object, long text in a buffer of the heap. Invariants: `data` points to `cap` bytes of which the
//! first `len` are UTF-8, and which are a multiple of [`CHUNK`]; `aux` is the number of inline bytes, which the object keeps when its text moves to a buffer; `chars` is
//! the number of scalar values or `UNKNOWN_CHARS`; `hash` is zero or the hash of the text.
//!
//! This file is unsafe: it manages the text.

#![allow(unsafe_code)]

use super::heap::{Header, Heap, HeapObject};
use super::number_text::{
    DECIMAL_LEN_MAX, FloatText, IntText, SHORT_DECIMAL_END, decimal_len, short_decimal, write_decimal,
};
use super::repr::{Ref, Value};
use crate::fault::Result;
use crate::limits::STRING_BYTES_MAX;
use std::cell::Cell;
use std::fmt;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

/// Bytes that are copied at once: text that is shorter than its last chunk has room behind it.
const CHUNK: usize = 16;
/// The longest text that is copied by chunks.
const CHUNKED_BYTES_MAX: usize = 4 * CHUNK;

/// The number of characters of text that nobody has counted yet.
pub const UNKNOWN_CHARS: u32 = u32::MAX;
/// Longer text lies in a buffer: the object still fits the largest size class.
const INLINE_BYTES_MAX: usize = super::heap::SMALL_BYTES_MAX - size_of::<StrObject>();

/// A string.
#[repr(C)]
pub struct StrObject {
    header: Header,
    data: NonNull<u8>,
    len: u32,
    cap: u32,
    chars: Cell<u32>,
    hash: Cell<u32>,
    // Followed by `aux` bytes.
}

const _: () = assert!(size_of::<StrObject>() == 32);

/// A place in a long text that is not ASCII, which a heap remembers: what precedes it does not change while the string lives.
#[derive(Clone, Copy)]
pub(super) struct TextCursor {
    /// The address of the string; zero for none.
    text: usize,
    /// The characters and the bytes before it.
    chars: usize,
    bytes: usize,
}

impl TextCursor {
    pub const NOWHERE: TextCursor = TextCursor { text: 0, chars: 0, bytes: 0 };

    #[inline(always)]
    fn is_in(self, string: &StrObject) -> bool {
        self.text == std::ptr::from_ref(string).addr()
    }
}

impl StrObject {
    /// The offset of the pointer to the text.
    pub const DATA_OFFSET: usize = std::mem::offset_of!(StrObject, data);
    /// The offset of the length in bytes, a `u32`.
    pub const LEN_OFFSET: usize = std::mem::offset_of!(StrObject, len);

    /// The offset of the number of characters, a `u32`, which may be [`UNKNOWN_CHARS`].
    pub const CHARS_OFFSET: usize = std::mem::offset_of!(StrObject, chars);
    /// The offset of the inline text.
    pub const INLINE_OFFSET: usize = size_of::<StrObject>();

    /// A string.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn new(heap: &Heap, text: &str) -> Result<Ref<StrObject>> {
        match text.len() {
            0 => Ok(heap.empty_str()),
            1 => Ok(heap.ascii_str(text.as_bytes()[0])),
            2..=INLINE_BYTES_MAX => Ok(StrObject::new_inline(heap, text, UNKNOWN_CHARS)),
            _ => StrObject::concat(heap, &[text]),
        }
    }

    /// A string that is known to be ASCII.
    fn new_ascii(heap: &Heap, text: &str) -> Result<Ref<StrObject>> {
        if text.len() <= INLINE_BYTES_MAX {
            return Ok(StrObject::short_ascii(heap, text));
        }
        let string = StrObject::concat(heap, &[text])?;
        string.chars.set(string.len);
        Ok(string)
    }

    /// The same for text of at most [`INLINE_BYTES_MAX`] bytes.
    #[inline]
    pub(super) fn short_ascii(heap: &Heap, text: &str) -> Ref<StrObject> {
        match text.as_bytes() {
            [] => heap.empty_str(),
            [byte] => heap.ascii_str(*byte),
            _ => StrObject::new_inline(heap, text, text.len() as u32),
        }
    }

    /// A string of at most [`INLINE_BYTES_MAX`] bytes.
    #[inline]
    pub(super) fn new_inline(heap: &Heap, text: &str, chars: u32) -> Ref<StrObject> {
        let mut string = StrObject::with_inline_capacity(heap, text.len());
        if let Some(object) = string.get_mut() {
            // SAFETY: the inline part is at least as long as the text and fresh.
            unsafe { copy_text(object.data.as_ptr(), text) };
            object.len = text.len() as u32;
            object.chars.set(chars);
        }
        string
    }

    /// An empty string with room behind the object for at least `bytes` bytes, at most [`INLINE_BYTES_MAX`].
    #[inline]
    fn with_inline_capacity(heap: &Heap, bytes: usize) -> Ref<StrObject> {
        let cap = bytes.next_multiple_of(CHUNK).min(INLINE_BYTES_MAX);
        let start = heap.alloc_object(size_of::<StrObject>() + cap).cast::<StrObject>();
        // SAFETY: the memory is fresh and has room for the object and its inline part.
        unsafe {
            start.write(StrObject {
                header: Header::new(cap as u32),
                data: start.add(1).cast(),
                len: 0,
                cap: cap as u32,
                chars: Cell::new(0),
                hash: Cell::new(0),
            });
            Ref::from_raw(start)
        }
    }

    /// An empty string with room for `bytes` bytes that is not shared.
    fn with_capacity(heap: &Heap, bytes: usize) -> Result<Ref<StrObject>> {
        if bytes <= INLINE_BYTES_MAX {
            return Ok(StrObject::with_inline_capacity(heap, bytes));
        }
        let mut string = StrObject::with_inline_capacity(heap, 0);
        if let Some(object) = string.get_mut() {
            object.grow(bytes)?;
        }
        Ok(string)
    }

    /// The decimal text of an int.
    #[inline]
    pub fn from_int(heap: &Heap, int: i64) -> Ref<StrObject> {
        if let 0..=9 = int {
            return heap.ascii_str(b'0' + int as u8);
        }
        let mut string = StrObject::with_inline_capacity(heap, decimal_len(int));
        if let Some(object) = string.get_mut() {
            // SAFETY: the string was made with room for it.
            unsafe { object.push_int_in_place(int) };
            object.chars.set(object.len);
        }
        string
    }

    /// Two strings joined.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    #[inline]
    pub fn sum(heap: &Heap, a: &StrObject, b: &StrObject) -> Result<Ref<StrObject>> {
        match StrObject::short_sum(heap, a, b) {
            Some(sum) => Ok(sum),
            None => StrObject::concat(heap, &[a.as_str(), b.as_str()]),
        }
    }

    /// The same for strings of up to [`INLINE_BYTES_MAX`] bytes in all; `None` for others.
    #[inline(always)]
    pub(super) fn short_sum(heap: &Heap, a: &StrObject, b: &StrObject) -> Option<Ref<StrObject>> {
        if a.len() + b.len() < 2 {
            // The heap keeps these.
            let text = if a.is_empty() { b } else { a };
            return StrObject::new(heap, text.as_str()).ok();
        }
        let append = |sum: &mut StrObject| {
            // SAFETY: the capacity covers both texts.
            unsafe { sum.push_string_in_place(b) };
            a.chars_with(b.chars.get())
        };
        StrObject::short_sum_with(heap, a, b.len(), append)
    }

    /// The same for a string and the decimal text of an int behind it.
    #[inline(always)]
    pub(super) fn short_sum_int(heap: &Heap, a: &StrObject, int: i64) -> Option<Ref<StrObject>> {
        let digits = decimal_len(int);
        let append = |sum: &mut StrObject| {
            // SAFETY: the capacity covers both texts.
            unsafe { sum.push_int_in_place(int) };
            a.chars_with(digits as u32)
        };
        StrObject::short_sum_with(heap, a, digits, append)
    }

    /// The same for a string and `bytes` bytes behind it, for which there is room when they are appended; that gives the number of all
    /// characters.
    #[inline(always)]
    fn short_sum_with(
        heap: &Heap,
        a: &StrObject,
        bytes: usize,
        append: impl FnOnce(&mut StrObject) -> u32,
    ) -> Option<Ref<StrObject>> {
        let len = a.len() + bytes;
        if !(2..=INLINE_BYTES_MAX).contains(&len) {
            return None;
        }
        let mut string = StrObject::with_inline_capacity(heap, len);
        if let Some(object) = string.get_mut() {
            // SAFETY: the capacity covers both texts.
            unsafe { object.push_string_in_place(a) };
            let chars = append(object);
            object.chars.set(chars);
        }
        Some(string)
    }

    /// The number of characters of the text and of another one, if both have been counted.
    #[inline(always)]
    fn chars_with(&self, others: u32) -> u32 {
        match (self.chars.get(), others) {
            (UNKNOWN_CHARS, _) | (_, UNKNOWN_CHARS) => UNKNOWN_CHARS,
            (chars, others) => chars + others,
        }
    }

    /// The texts joined.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn concat(heap: &Heap, texts: &[&str]) -> Result<Ref<StrObject>> {
        let len = texts.iter().map(|t| t.len()).fold(0, usize::saturating_add);
        if len <= 1 {
            return StrObject::new(heap, texts.iter().find(|t| !t.is_empty()).unwrap_or(&""));
        }
        let mut string = StrObject::with_capacity(heap, len)?;
        if let Some(object) = string.get_mut() {
            for text in texts {
                // SAFETY: the capacity covers all texts.
                unsafe { object.push_in_place(text) };
            }
            object.chars.set(UNKNOWN_CHARS);
        }
        Ok(string)
    }

    /// The texts of values joined, with their characters counted; `None` if there are others than strings and ints, or hardly any
    /// text.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn join(heap: &Heap, values: &[Value]) -> Result<Option<Ref<StrObject>>> {
        let (mut len, mut multibyte) = (0_usize, 0);
        for value in values {
            match value {
                Value::Str(text) => {
                    len = len.saturating_add(text.len());
                    multibyte += text.len() - text.chars();
                }
                Value::Int(int) => len = len.saturating_add(decimal_len(*int)),
                _ => return Ok(None),
            }
        }
        if len <= 1 {
            return Ok(None);
        }
        let mut string = StrObject::with_capacity(heap, len)?;
        if let Some(object) = string.get_mut() {
            for value in values {
                // SAFETY: the capacity covers all texts.
                unsafe {
                    match value {
                        Value::Str(text) => object.push_string_in_place(text),
                        Value::Int(int) => object.push_int_in_place(*int),
                        _ => {}
                    }
                }
            }
            object.chars.set((len - multibyte) as u32);
        }
        Ok(Some(string))
    }

    /// Is it empty?
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Length in bytes.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// The text.
    #[inline(always)]
    pub fn as_str(&self) -> &str {
        // SAFETY: the first `len` bytes are UTF-8.
        unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(self.data.as_ptr(), self.len as usize)) }
    }

    /// The bytes of the text.
    #[inline(always)]
    pub fn as_bytes(&self) -> &[u8] {
        self.as_str().as_bytes()
    }

    /// Length in scalar values. Counted once.
    #[inline(always)]
    pub fn chars(&self) -> usize {
        let chars = self.chars.get();
        if chars != UNKNOWN_CHARS { chars as usize } else { self.count_chars() }
    }

    #[inline(never)]
    fn count_chars(&self) -> usize {
        let chars = self.as_str().chars().count();
        self.chars.set(chars as u32);
        chars
    }

    /// Is each character one byte?
    #[inline(always)]
    pub fn is_ascii(&self) -> bool {
        self.chars() == self.len as usize
    }

    /// The keyed hash of the text, never zero. Computed once.
    #[inline(always)]
    pub fn hash(&self) -> u32 {
        let hash = self.hash.get();
        if hash != 0 { hash } else { self.compute_hash() }
    }

    #[inline(never)]
    fn compute_hash(&self) -> u32 {
        let hash = Heap::of(self).shared.hash_text(self.as_str());
        self.hash.set(hash);
        hash
    }

    /// Is the text the same?
    #[inline(always)]
    pub fn equals(&self, other: &StrObject) -> bool {
        std::ptr::eq(self, other) || self.len == other.len && same_text(self.as_bytes(), other.as_bytes())
    }

    /// The offset in bytes of the scalar value at `index`; the length if there is none.
    #[inline]
    pub fn byte_offset(&self, index: usize) -> usize {
        if self.is_ascii() {
            return index.min(self.len());
        }
        if self.is_inline() {
            return self.as_str().char_indices().nth(index).map_or(self.len(), |(offset, _)| offset);
        }
        self.offset_by_cursor(index)
    }

    /// The same for a long text, from where a character of it was found last: those who go through a text by indices go on there.
    #[inline(never)]
    fn offset_by_cursor(&self, index: usize) -> usize {
        let (text, cursor) = (self.as_str(), &Heap::of(self).cursor);
        let TextCursor { chars, bytes, .. } = match cursor.get() {
            last if last.is_in(self) => last,
            _ => TextCursor::NOWHERE,
        };
        let found = if index >= chars {
            let rest = text.get(bytes..).unwrap_or("");
            rest.char_indices().nth(index - chars).map(|(offset, _)| bytes + offset)
        } else if index >= chars / 2 {
            let before = text.get(..bytes).unwrap_or("");
            before.char_indices().rev().nth(chars - index - 1).map(|(offset, _)| offset)
        } else {
            text.char_indices().nth(index).map(|(offset, _)| offset)
        };
        let Some(bytes) = found else { return self.len() };
        cursor.set(TextCursor { text: std::ptr::from_ref(self).addr(), chars: index, bytes });
        bytes
    }

    /// The scalar value at `index`. O(1) if the text is ASCII.
    #[inline]
    pub fn char_at(&self, index: usize) -> Option<char> {
        if self.is_ascii() {
            return self.as_bytes().get(index).map(|b| *b as char);
        }
        if index >= self.chars() {
            return None;
        }
        self.as_str().get(self.byte_offset(index)..)?.chars().next()
    }

    /// The characters from `start` up to before `end`, if the text is ASCII and has them.
    #[inline(always)]
    pub fn ascii_slice(&self, start: usize, end: usize) -> Option<&str> {
        let bytes = self.as_bytes().get(start..end)?;
        // SAFETY: a part of ASCII text is ASCII.
        self.is_ascii().then(|| unsafe { std::str::from_utf8_unchecked(bytes) })
    }

    /// The scalar values from `start` up to before `end`, both cut to the length.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn slice_chars(&self, heap: &Heap, start: usize, end: usize) -> Result<Ref<StrObject>> {
        if start >= end {
            return Ok(heap.empty_str());
        }
        if let Some(part) = self.ascii_slice(start.min(self.len()), end.min(self.len())) {
            return StrObject::new_ascii(heap, part);
        }
        let rest = self.as_str().get(self.byte_offset(start)..).unwrap_or("");
        let bytes = rest.char_indices().nth(end - start).map_or(rest.len(), |(offset, _)| offset);
        StrObject::new(heap, rest.get(..bytes).unwrap_or(""))
    }

    /// Appends text in place; amortised over many appends it costs the length of the text.
    ///
    /// # Errors
    /// The trap `RUF2002`; the string is then unchanged.
    #[inline]
    pub fn push_str(&mut self, text: &str) -> Result<()> {
        let len = self.len as usize + text.len();
        if len > self.cap as usize {
            self.grow_for(len)?;
        }
        let chars = self.chars.get();
        // SAFETY: there is room.
        unsafe { self.push_in_place(text) };
        self.hash.set(0);
        if chars != UNKNOWN_CHARS {
            self.chars.set(chars + text.chars().count() as u32);
        }
        Ok(())
    }

    /// Appends another string if there is room for it.
    #[inline(always)]
    fn push_within(&mut self, other: &StrObject) -> bool {
        if self.len() + other.len() > self.cap as usize {
            return false;
        }
        let chars = self.chars_with(other.chars.get());
        // SAFETY: there is room.
        unsafe { self.push_string_in_place(other) };
        self.hash.set(0);
        self.chars.set(chars);
        true
    }

    /// Appends the decimal text of an int in place.
    ///
    /// # Errors
    /// The trap `RUF2002`; the string is then unchanged.
    #[inline]
    fn push_int(&mut self, int: i64) -> Result<()> {
        let len = self.len;
        if ((self.cap - len) as usize) < DECIMAL_LEN_MAX {
            let len = len as usize + decimal_len(int);
            if len > self.cap as usize {
                self.grow_for(len)?;
            }
        }
        let chars = self.chars.get();
        // SAFETY: there is room.
        unsafe { self.push_int_in_place(int) };
        self.hash.set(0);
        if chars != UNKNOWN_CHARS {
            self.chars.set(chars + self.len - len);
        }
        Ok(())
    }

    /// # Safety
    /// The capacity covers the text.
    #[inline(always)]
    unsafe fn push_in_place(&mut self, text: &str) {
        debug_assert!(self.len() + text.len() <= self.cap as usize);
        // SAFETY: there is room, and a borrowed text does not lie in memory that is borrowed mutably.
        unsafe {
            let end = self.data.as_ptr().add(self.len as usize);
            copy_text(end, text);
        }
        self.len += text.len() as u32;
    }

    /// Appends the text of another string, by whole chunks if there is room for them: most text has one or two.
    ///
    /// # Safety
    /// The capacity covers the text.
    #[inline(always)]
    unsafe fn push_string_in_place(&mut self, text: &StrObject) {
        let room = (self.cap - self.len) as usize;
        let bytes = text.len().next_multiple_of(CHUNK);
        if bytes > room || bytes > CHUNKED_BYTES_MAX {
            // SAFETY: the caller's.
            return unsafe { self.push_in_place(text.as_str()) };
        }
        debug_assert!(bytes <= text.cap as usize);
        // SAFETY: the capacities of both are multiples of a chunk, so that the last one is inside of both; what is behind the text
        // may be uninitialised, and is not looked at. The other string is borrowed and cannot be this one.
        unsafe {
            let end = self.data.as_ptr().add(self.len as usize).cast::<[MaybeUninit<u8>; CHUNK]>();
            let from = text.data.as_ptr().cast::<[MaybeUninit<u8>; CHUNK]>();
            for chunk in 0..bytes / CHUNK {
                end.add(chunk).write_unaligned(from.add(chunk).read_unaligned());
            }
        }
        self.len += text.len;
    }

    /// Appends the decimal text of an int.
    ///
    /// # Safety
    /// The capacity covers it.
    #[inline(always)]
    unsafe fn push_int_in_place(&mut self, int: i64) {
        if (int as u64) < SHORT_DECIMAL_END && self.cap - self.len >= 8 {
            let (text, len) = short_decimal(int as u64);
            // SAFETY: there is room for eight bytes.
            unsafe { self.data.as_ptr().add(self.len as usize).cast::<[u8; 8]>().write_unaligned(text) };
            self.len += len as u32;
            return;
        }
        let len = decimal_len(int);
        debug_assert!(self.len() + len <= self.cap as usize);
        // SAFETY: there is room.
        let places = unsafe {
            let end = self.data.as_ptr().add(self.len as usize);
            std::slice::from_raw_parts_mut(end.cast::<MaybeUninit<u8>>(), len)
        };
        write_decimal(int, places);
        self.len += len as u32;
    }

    /// Replaces the text by one of `len` bytes; false if there is no room for a chunk.
    ///
    /// # Safety
    /// The first `len` of the bytes are text.
    #[inline(always)]
    pub(super) unsafe fn replace_short(&mut self, text: [u8; CHUNK], len: usize) -> bool {
        if (self.cap as usize) < CHUNK {
            return false;
        }
        self.forget_cursor();
        // SAFETY: there is room for a chunk.
        unsafe { self.data.cast().write(text) };
        self.len = len as u32;
        self.chars.set(UNKNOWN_CHARS);
        self.hash.set(0);
        true
    }

    /// The text is about to go, or to be another one.
    #[inline(always)]
    fn forget_cursor(&self) {
        if !self.is_inline() {
            let cursor = &Heap::of(self).cursor;
            if cursor.get().is_in(self) {
                cursor.set(TextCursor::NOWHERE);
            }
        }
    }

    /// Makes room for `len` bytes, and for as many more if the budget allows.
    #[cold]
    #[inline(never)]
    fn grow_for(&mut self, len: usize) -> Result<()> {
        let generous = (self.cap as usize * 2).max(len).min(STRING_BYTES_MAX);
        if generous > len && self.grow(generous).is_ok() {
            return Ok(());
        }
        self.grow(len)
    }

    /// Moves the text to a buffer of `bytes` bytes, which is more than the capacity.
    fn grow(&mut self, bytes: usize) -> Result<()> {
        let heap = Heap::of(&*self);
        let bytes = bytes.next_multiple_of(CHUNK);
        if bytes > STRING_BYTES_MAX {
            return Err(heap.limit_fault());
        }
        let data = if self.is_inline() {
            let buffer = heap.alloc_buffer(bytes)?;
            // SAFETY: the buffer is fresh and longer than the text.
            unsafe { buffer.as_ptr().copy_from_nonoverlapping(self.data.as_ptr(), self.len as usize) };
            buffer
        } else {
            // SAFETY: the buffer has `cap` bytes and is replaced.
            unsafe { heap.resize_buffer(self.data, self.cap as usize, bytes)? }
        };
        self.data = data;
        self.cap = bytes as u32;
        Ok(())
    }

    /// An object without inline bytes may have its buffer right behind it, by chance.
    #[inline(always)]
    fn is_inline(&self) -> bool {
        let behind = (self as *const StrObject).wrapping_add(1).cast::<u8>();
        std::ptr::eq(self.data.as_ptr(), behind) && self.cap == self.header.aux.get()
    }
}

/// Copies text. Most is short: two words that overlap, instead of a call.
///
/// # Safety
/// There is room at `to`, where the text does not lie.
#[inline(always)]
unsafe fn copy_text(to: *mut u8, text: &str) {
    // SAFETY: the caller's; each copy is inside the text.
    unsafe {
        let (from, len) = (text.as_ptr(), text.len());
        match len {
            0 => {}
            1 => *to = *from,
            2..4 => copy_ends::<u16>(to, from, len),
            4..8 => copy_ends::<u32>(to, from, len),
            8..=16 => copy_ends::<u64>(to, from, len),
            17..=32 => copy_ends::<u128>(to, from, len),
            _ => to.copy_from_nonoverlapping(from, len),
        }
    }
}

/// Are two texts of one length the same? Most are short: two words that overlap, instead of a call.
#[inline(always)]
fn same_text(a: &[u8], b: &[u8]) -> bool {
    match a.len() {
        4..8 => same_ends::<4>(a, b),
        8..=16 => same_ends::<8>(a, b),
        _ => a == b,
    }
}

/// Are the first and the last bytes the same, `N` of each?
#[inline(always)]
fn same_ends<const N: usize>(a: &[u8], b: &[u8]) -> bool {
    a.first_chunk::<N>() == b.first_chunk::<N>() && a.last_chunk::<N>() == b.last_chunk::<N>()
}

/// Copies the first and the last bytes, as many as a `T` has.
///
/// # Safety
/// As for [`copy_text`]; there are as many bytes as a `T` has, and at most twice as many.
#[inline(always)]
unsafe fn copy_ends<T>(to: *mut u8, from: *const u8, len: usize) {
    // SAFETY: the caller's.
    unsafe {
        let last = len - size_of::<T>();
        let (start, end) = (from.cast::<T>().read_unaligned(), from.add(last).cast::<T>().read_unaligned());
        to.cast::<T>().write_unaligned(start);
        to.add(last).cast::<T>().write_unaligned(end);
    }
}

/// The bytes of a text of less than eight in a word, the first one lowest, padded with zeros.
#[inline(always)]
pub fn short_word(text: &[u8]) -> Option<u64> {
    Some(match text.len() {
        0 => 0,
        1 => text.first().map_or(0, |byte| u64::from(*byte)),
        2..4 => ends(text, u16::from_le_bytes),
        4..8 => ends(text, u32::from_le_bytes),
        _ => return None,
    })
}

/// The bytes of a text of `N` to `2 * N` bytes, from its first and its last ones, which are the same where both reach.
#[inline(always)]
fn ends<const N: usize, T: Into<u64>>(text: &[u8], word: impl Fn([u8; N]) -> T) -> u64 {
    let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) else { return 0 };
    let behind = u8::BITS as usize * (text.len() - N);
    word(*first).into() | word(*last).into() << behind
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for StrObject {
    const IS_LEAF: bool = true;

    #[inline(always)]
    fn object_bytes(&self) -> usize {
        size_of::<StrObject>() + self.header.aux.get() as usize
    }

    #[inline]
    unsafe fn finalize(this: NonNull<StrObject>) {
        // SAFETY: the object is alive; a buffer is freed once with its size.
        unsafe {
            let string = this.as_ref();
            string.forget_cursor();
            if !string.is_inline() {
                Heap::of(string).free_buffer(string.data, string.cap as usize);
            }
        }
    }
}

impl Ref<StrObject> {
    /// Appends text: in place if this is the only reference, else to a copy that takes its place.
    ///
    /// # Errors
    /// The trap `RUF2002`; the string is then unchanged.
    #[inline]
    pub fn append(&mut self, text: &str) -> Result<()> {
        if let Some(string) = self.get_mut() {
            return string.push_str(text);
        }
        *self = StrObject::concat(self.heap(), &[self.as_str(), text])?;
        Ok(())
    }

    /// Appends another string: in place if this is the only reference, else to a copy that takes its place.
    ///
    /// # Errors
    /// The trap `RUF2002`; the string is then unchanged.
    #[inline]
    pub fn append_string(&mut self, other: &StrObject) -> Result<()> {
        if let Some(string) = self.get_mut() {
            return if string.push_within(other) { Ok(()) } else { string.push_str(other.as_str()) };
        }
        *self = StrObject::sum(self.heap(), self, other)?;
        Ok(())
    }

    /// The same where that takes no new buffer; false, and nothing is changed, where it does.
    #[inline(always)]
    pub(super) fn append_short(&mut self, other: &StrObject) -> bool {
        if let Some(string) = self.get_mut() {
            return string.push_within(other);
        }
        match StrObject::short_sum(self.heap(), self, other) {
            Some(sum) => {
                *self = sum;
                true
            }
            None => false,
        }
    }
}

/// Text that grows within the budget of its heap and becomes a string without a copy.
pub struct StrBuilder {
    text: Ref<StrObject>,
}

/// Room of a new builder; enough for numbers and short lines.
const BUILDER_BYTES: usize = 96;

impl StrBuilder {
    /// No text yet.
    pub fn new(heap: &Heap) -> StrBuilder {
        StrBuilder::of(StrObject::with_inline_capacity(heap, BUILDER_BYTES))
    }

    /// Characters are counted once, when all are there.
    fn of(empty: Ref<StrObject>) -> StrBuilder {
        empty.chars.set(UNKNOWN_CHARS);
        StrBuilder { text: empty }
    }

    /// No text yet, with room for `bytes` bytes.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn with_capacity(heap: &Heap, bytes: usize) -> Result<StrBuilder> {
        Ok(StrBuilder::of(StrObject::with_capacity(heap, bytes)?))
    }

    /// The text so far.
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Is there no text yet?
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Appends text.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    #[inline]
    pub fn push_str(&mut self, text: &str) -> Result<()> {
        self.push_all([text])
    }

    /// Appends texts.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    #[inline(always)]
    pub fn push_all<const N: usize>(&mut self, texts: [&str; N]) -> Result<()> {
        let Some(string) = self.text.get_mut() else { return texts.iter().try_for_each(|text| self.text.append(text)) };
        let len = texts.iter().fold(string.len(), |len, text| len.saturating_add(text.len()));
        if len > string.cap as usize {
            string.grow_for(len)?;
        }
        string.hash.set(0);
        string.chars.set(UNKNOWN_CHARS);
        for text in texts {
            // SAFETY: there is room for all of them.
            unsafe { string.push_in_place(text) };
        }
        Ok(())
    }

    /// Appends strings, each after the separator, as long as the text is no longer than `bytes_max` and fits the room there is. Gives
    /// how many; it stops at other values.
    pub fn push_strings(&mut self, separator: &str, values: &[Value], bytes_max: usize) -> usize {
        let Some(string) = self.text.get_mut() else { return 0 };
        string.hash.set(0);
        string.chars.set(UNKNOWN_CHARS);
        let bytes_max = bytes_max.min(string.cap as usize);
        for (done, value) in values.iter().enumerate() {
            let Value::Str(text) = value else { return done };
            if string.len() + separator.len() + text.len() > bytes_max {
                return done;
            }
            // SAFETY: there is room.
            unsafe {
                string.push_in_place(separator);
                string.push_string_in_place(text);
            }
        }
        values.len()
    }

    /// Appends the decimal text of an int.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    #[inline]
    pub fn push_int(&mut self, int: i64) -> Result<()> {
        match self.text.get_mut() {
            Some(string) => string.push_int(int),
            None => self.push_str(IntText::new(int).as_str()),
        }
    }

    /// Appends the text of a float.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn push_float(&mut self, float: f64) -> Result<()> {
        let float = FloatText(float);
        match float.few_digits() {
            Some(text) => self.push_str(text.as_str()),
            None => write!(self, "{float}"),
        }
    }

    /// Appends a character.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn push(&mut self, char: char) -> Result<()> {
        self.push_str(char.encode_utf8(&mut [0; 4]))
    }

    /// Appends formatted text, so that `write!(builder, …)` works and fails with a fault.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn write_fmt(&mut self, arguments: fmt::Arguments<'_>) -> Result<()> {
        let mut adapter = Adapter { builder: self, result: Ok(()) };
        // The adapter keeps the fault; no `Display` of ours fails by itself.
        let _ = fmt::write(&mut adapter, arguments);
        adapter.result
    }

    /// Appends ASCII text, each byte as `map` changes it to another of ASCII.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    #[inline]
    pub fn push_ascii(&mut self, text: &str, map: impl Fn(&u8) -> u8) -> Result<()> {
        debug_assert!(text.is_ascii());
        self.push_str(text)?;
        if let Some(string) = self.text.get_mut() {
            let start = string.len() - text.len();
            // SAFETY: the last bytes are those of the text, and stay ASCII.
            let bytes = unsafe { std::slice::from_raw_parts_mut(string.data.as_ptr().add(start), text.len()) };
            bytes.iter_mut().for_each(|byte| *byte = map(byte) & 0x7F);
        }
        Ok(())
    }

    /// The string. Short text moves to an object of its size, unless it is in one.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    #[inline]
    pub fn finish(self) -> Result<Ref<StrObject>> {
        let is_snug = self.len() > 1 && self.text.cap as usize - self.len() < CHUNK;
        if !is_snug && self.len() * 2 <= BUILDER_BYTES {
            return StrObject::new(self.text.heap(), self.as_str());
        }
        Ok(self.text)
    }
}

struct Adapter<'a> {
    builder: &'a mut StrBuilder,
    result: Result<()>,
}

impl fmt::Write for Adapter<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.result = self.builder.push_str(text);
        if self.result.is_ok() { Ok(()) } else { Err(fmt::Error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_each_length_are_compared_and_joined() {
        let heap = Heap::new(usize::MAX, 1);
        let letters: String = (0..200_u8).map(|i| char::from(b'a' + i % 26)).collect();
        for len in 0..letters.len() {
            let text = &letters[..len];
            let (a, b) = (StrObject::new(&heap, text).unwrap(), StrObject::new(&heap, text).unwrap());
            assert!(a.equals(&b));
            for at in 0..len {
                let other = format!("{}!{}", &text[..at], &text[at + 1..]);
                assert!(!a.equals(&StrObject::new(&heap, &other).unwrap()), "{len} {at}");
            }
            let int = len as i64 * 7_654_321 - 300_000_000;
            let pieces = [Value::Str(a), Value::Int(int), Value::Str(b), Value::Int(len as i64)];
            if let Some(joined) = StrObject::join(&heap, &pieces).unwrap() {
                let expected = format!("{text}{int}{text}{len}");
                assert_eq!((joined.as_str(), joined.chars()), (&*expected, expected.len()));
            }
            let mut builder = StrBuilder::with_capacity(&heap, 2 * len + 5).unwrap();
            assert_eq!(builder.push_strings(",", &pieces[..1], 1000), 1);
            assert_eq!(builder.push_strings(";", &pieces[2..], 1000), 1);
            assert_eq!(builder.as_str(), format!(",{text};{text}"));
        }
    }

    #[test]
    fn characters_of_long_texts_are_found_from_wherever_the_last_one_was() {
        let heap = Heap::new(usize::MAX, 1);
        let plain: String = (0..3000_u32).filter_map(|i| char::from_u32(0x41 + i * 7 % 0x900)).collect();
        let mut string = StrObject::new(&heap, &plain).unwrap();
        let mut chars: Vec<char> = plain.chars().collect();
        let agree = |string: &StrObject, chars: &[char], step: usize| {
            for at in (1..chars.len() + 9).map(|i| i * step % (chars.len() + 9)) {
                assert_eq!(string.char_at(at), chars.get(at).copied(), "{at}");
                let bytes = chars.iter().take(at).map(|c| c.len_utf8()).sum::<usize>();
                assert_eq!(string.byte_offset(at), bytes, "{at}");
            }
        };
        [1, 2, 1499, 2999, 3007, 17].into_iter().for_each(|step| agree(&string, &chars, step));
        // It grows, in its place.
        string.append("ßßß").unwrap();
        chars.extend("ßßß".chars());
        agree(&string, &chars, 3001);
        // It becomes another text with the same address, and another string takes its place.
        string.char_at(2000);
        // SAFETY: the first two bytes are text.
        assert!(unsafe { string.get_mut().unwrap().replace_short(*b"ab\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 2) });
        string.append(&"😀ab".repeat(700)).unwrap();
        agree(&string, &string.as_str().chars().collect::<Vec<_>>(), 2001);
        string.char_at(1000);
        let address = string.as_ptr();
        drop(string);
        let other = StrObject::new(&heap, &"aé".repeat(1500)).unwrap();
        assert_eq!((other.as_ptr(), other.byte_offset(1001)), (address, 1501));
        agree(&other, &other.as_str().chars().collect::<Vec<_>>(), 1999);
    }

    #[test]
    fn text_and_counts() {
        let heap = Heap::new(usize::MAX, 1);
        for text in ["", "a", "ab", "héllo", &"x".repeat(480), &"x".repeat(481), &"é😀".repeat(1000)] {
            let string = StrObject::new(&heap, text).unwrap();
            assert_eq!(string.as_str(), text);
            assert_eq!(string.chars(), text.chars().count());
            assert_eq!(string.is_ascii(), text.is_ascii());
            assert_eq!(string.hash(), heap.shared.hash_text(text));
        }
        assert_eq!(heap.used_bytes(), 0);
    }

    #[test]
    fn append_copies_shared_text_only() {
        let heap = Heap::new(usize::MAX, 1);
        let mut a = StrObject::new(&heap, "ab").unwrap();
        let b = a.clone();
        a.append("é").unwrap();
        assert_eq!((a.as_str(), b.as_str()), ("abé", "ab"));
        let before = a.as_ptr();
        assert_eq!(a.chars(), 3);
        a.append("c").unwrap();
        assert_eq!((a.as_ptr(), a.chars(), a.as_str()), (before, 4, "abéc"));
        drop((a, b));
        assert_eq!(heap.used_bytes(), 0);
    }

    #[test]
    fn appending_is_linear_in_moves() {
        let heap = Heap::new(usize::MAX, 1);
        let mut s = StrObject::new(&heap, "").unwrap();
        let mut moves = 0;
        let mut data = s.as_str().as_ptr();
        for _ in 0..100_000 {
            s.append("xy").unwrap();
            moves += usize::from(s.as_str().as_ptr() != data);
            data = s.as_str().as_ptr();
        }
        assert!(moves < 20, "{moves} moves");
        assert!(heap.used_bytes() < 500_000);
        assert_eq!(s.chars(), 200_000);
        drop(s);
        assert_eq!(heap.used_bytes(), 0);
    }

    #[test]
    fn slices_and_characters() {
        let heap = Heap::new(usize::MAX, 1);
        let ascii = StrObject::new(&heap, "hello").unwrap();
        let other = StrObject::new(&heap, "héllo😀").unwrap();
        assert_eq!(ascii.slice_chars(&heap, 1, 3).unwrap().as_str(), "el");
        assert_eq!(ascii.slice_chars(&heap, 3, 99).unwrap().as_str(), "lo");
        assert_eq!(ascii.slice_chars(&heap, 9, 99).unwrap().as_str(), "");
        assert_eq!(other.slice_chars(&heap, 1, 3).unwrap().as_str(), "él");
        assert_eq!(other.slice_chars(&heap, 4, usize::MAX).unwrap().as_str(), "o😀");
        assert_eq!(other.slice_chars(&heap, 3, 1).unwrap().as_str(), "");
        assert_eq!((ascii.char_at(4), ascii.char_at(5)), (Some('o'), None));
        assert_eq!((other.char_at(5), other.char_at(6)), (Some('😀'), None));
    }

    #[test]
    fn the_budget_stops_growth() {
        let heap = Heap::new(10_000, 1);
        let mut s = StrObject::new(&heap, "0123456789").unwrap();
        let fault = loop {
            if let Err(fault) = s.append("0123456789") {
                break fault;
            }
        };
        assert_eq!(fault.code, crate::code::Code::LIMIT_MEMORY);
        assert!(s.len() > 4000 && s.len().is_multiple_of(10));
        assert!(heap.used_bytes() <= 10_000);
    }

    #[test]
    fn builder() {
        let heap = Heap::new(usize::MAX, 1);
        let mut b = StrBuilder::new(&heap);
        write!(b, "{}-two", 1).unwrap();
        b.push('é').unwrap();
        assert_eq!(b.finish().unwrap().as_str(), "1-twoé");
        let mut b = StrBuilder::new(&heap);
        for _ in 0..1000 {
            b.push_str("line ").unwrap();
        }
        assert_eq!(b.finish().unwrap().as_str(), "line ".repeat(1000));
        assert_eq!(heap.used_bytes(), 0);
    }
}

//! Arrays with packed elements.
//!
//! `aux` is the element kind: packed ints, packed floats, packed truth values, or values. Elements widen to values on demand and never narrow while
//! there are any; an empty array takes the kind of the first element. Invariants: `data` points to a buffer of `cap` elements of
//! the kind, of which the first `len` are initialised; the size of the buffer is a multiple of 16, so that its kind can change in
//! place. An array that is made with its elements, few of them, has the buffer behind it in the object, until it needs a larger
//! one. Native code reads `data`, `len`, `cap` and the kind.
//!
//! This file is unsafe: it manages the elements.

#![allow(unsafe_code)]

use super::heap::{Header, Heap, HeapObject};
use super::repr::{CopyOnWrite, Ref, Value, drop_values, tag};
use crate::fault::Result;
use crate::limits::ARRAY_ELEMENTS_MAX;
use std::ptr::NonNull;

/// How an array stores its elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum ElementKind {
    Ints = 0,
    Floats = 1,
    Values = 2,
    Bools = 3,
}

impl ElementKind {
    /// All of them, in the order of their numbers.
    pub const ALL: [ElementKind; 4] = [ElementKind::Ints, ElementKind::Floats, ElementKind::Values, ElementKind::Bools];

    /// The kind that stores a value most tightly.
    #[inline(always)]
    pub fn of(value: &Value) -> ElementKind {
        ElementKind::of_tag(value.tag())
    }

    /// The same for a value with that tag.
    #[inline(always)]
    pub fn of_tag(tag: u8) -> ElementKind {
        match tag {
            tag::INT => ElementKind::Ints,
            tag::FLOAT => ElementKind::Floats,
            tag::BOOL => ElementKind::Bools,
            _ => ElementKind::Values,
        }
    }

    /// The kind that stores all of the values.
    #[inline]
    fn of_all(values: &[Value]) -> ElementKind {
        let kind = values.first().map_or(ElementKind::Ints, ElementKind::of);
        let is_packed = kind != ElementKind::Values && values.iter().all(|v| ElementKind::of(v) == kind);
        if is_packed { kind } else { ElementKind::Values }
    }

    #[inline(always)]
    fn bytes(self) -> usize {
        match self {
            ElementKind::Ints | ElementKind::Floats => 8,
            ElementKind::Values => size_of::<Value>(),
            ElementKind::Bools => 1,
        }
    }

    /// A capacity of at least `cap` elements whose bytes are a multiple of [`BUFFER_STEP`].
    fn round_up(self, cap: usize) -> usize {
        let step = BUFFER_STEP / self.bytes();
        cap.checked_next_multiple_of(step).unwrap_or(cap)
    }
}

/// The elements of an array as they are stored.
#[derive(Clone, Copy)]
pub enum Elements<'a> {
    Ints(&'a [i64]),
    Floats(&'a [f64]),
    Values(&'a [Value]),
    Bools(&'a [bool]),
}

/// An array.
#[repr(C)]
pub struct ArrayObject {
    header: Header,
    data: NonNull<u8>,
    len: usize,
    cap: u32,
    /// Bytes behind the object that are its first buffer.
    room: u32,
    // Followed by `room` bytes.
}

const _: () = assert!(size_of::<ArrayObject>() == 32);

/// Room that the first `push` makes.
const FIRST_CAPACITY: usize = 4;
/// The size of a buffer is a multiple of this.
const BUFFER_STEP: usize = 16;
/// The address of a buffer of no bytes.
const NO_BUFFER: NonNull<u8> = NonNull::<u128>::dangling().cast();
/// The largest buffer that lies in the object.
const ROOM_BYTES_MAX: usize = 128;

impl ArrayObject {
    /// The offset of the pointer to the elements.
    pub const DATA_OFFSET: usize = std::mem::offset_of!(ArrayObject, data);
    /// The offset of the length.
    pub const LEN_OFFSET: usize = std::mem::offset_of!(ArrayObject, len);
    /// The offset of the capacity in elements, a `u32`.
    pub const CAP_OFFSET: usize = std::mem::offset_of!(ArrayObject, cap);
    /// The offset of the bytes of the buffer in the object, a `u32`.
    pub const ROOM_OFFSET: usize = std::mem::offset_of!(ArrayObject, room);
    /// The offset of that buffer.
    pub const INLINE_OFFSET: usize = size_of::<ArrayObject>();

    /// An empty array.
    #[inline]
    pub fn new(heap: &Heap) -> Ref<ArrayObject> {
        let header = Header::new(ElementKind::Ints as u32);
        Ref::alloc(heap, ArrayObject { header, data: NO_BUFFER, len: 0, cap: 0, room: 0 })
    }

    /// An empty array with room for `n` elements of any kind.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn with_capacity(heap: &Heap, n: usize) -> Result<Ref<ArrayObject>> {
        ArrayObject::with_kind(heap, ElementKind::Values, n)
    }

    /// An empty array with room for `n` elements of a kind.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn with_kind(heap: &Heap, kind: ElementKind, n: usize) -> Result<Ref<ArrayObject>> {
        if n > 0 && n <= ROOM_BYTES_MAX / kind.bytes() {
            return Ok(ArrayObject::with_room(heap, kind, kind.round_up(n)));
        }
        let mut array = ArrayObject::new(heap);
        array.header.aux.set(kind as u32);
        if n > 0
            && let Some(object) = array.get_mut()
        {
            object.set_capacity(n)?;
        }
        Ok(array)
    }

    /// An empty array with a buffer of `cap` elements in the object.
    #[inline]
    fn with_room(heap: &Heap, kind: ElementKind, cap: usize) -> Ref<ArrayObject> {
        let room = cap * kind.bytes();
        let start = heap.alloc_object(ArrayObject::INLINE_OFFSET + room).cast::<ArrayObject>();
        // SAFETY: the memory is fresh and has room for the object and its buffer, which are aligned to 16.
        unsafe {
            let (header, data) = (Header::new(kind as u32), start.add(1).cast());
            start.write(ArrayObject { header, data, len: 0, cap: cap as u32, room: room as u32 });
            Ref::from_raw(start)
        }
    }

    /// An array of `len` elements of a kind.
    ///
    /// # Safety
    /// The elements are written before anything looks at the array or releases it.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub unsafe fn unwritten(heap: &Heap, kind: ElementKind, len: usize) -> Result<Ref<ArrayObject>> {
        let mut array = ArrayObject::with_kind(heap, kind, len)?;
        if let Some(object) = array.get_mut() {
            object.len = len;
        }
        Ok(array)
    }

    /// An array of the values.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn from_values(heap: &Heap, values: impl IntoIterator<Item = Value>) -> Result<Ref<ArrayObject>> {
        let mut values = values.into_iter();
        let Some(first) = values.next() else { return Ok(ArrayObject::new(heap)) };
        let room = values.size_hint().0.saturating_add(1);
        let mut array = ArrayObject::with_kind(heap, ElementKind::of(&first), room)?;
        if let Some(object) = array.get_mut() {
            object.push(first)?;
            for value in values {
                object.push(value)?;
            }
        }
        Ok(array)
    }

    /// An array of values that are moved out of a slice, which is left with nulls.
    ///
    /// # Errors
    /// The trap `RUF2002`; the slice is then unchanged.
    #[inline]
    pub fn from_taken(heap: &Heap, values: &mut [Value]) -> Result<Ref<ArrayObject>> {
        let kind = ElementKind::of_all(values);
        let mut array = ArrayObject::with_kind(heap, kind, values.len())?;
        if let Some(object) = array.get_mut() {
            for (i, value) in values.iter_mut().enumerate() {
                // SAFETY: the capacity covers all values, and the kind stores them.
                unsafe { object.write(i, value.take()) };
            }
            object.len = values.len();
        }
        Ok(array)
    }

    /// An array of ints.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn from_ints(heap: &Heap, ints: impl ExactSizeIterator<Item = i64>) -> Result<Ref<ArrayObject>> {
        let mut array = ArrayObject::with_kind(heap, ElementKind::Ints, ints.len())?;
        if let Some(object) = array.get_mut() {
            let room = object.capacity();
            for int in ints.take(room) {
                // SAFETY: the capacity covers `room` ints.
                unsafe { object.data.cast::<i64>().add(object.len).write(int) };
                object.len += 1;
            }
        }
        Ok(array)
    }

    /// An array of floats.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn from_floats(heap: &Heap, floats: impl ExactSizeIterator<Item = f64>) -> Result<Ref<ArrayObject>> {
        let mut array = ArrayObject::with_kind(heap, ElementKind::Floats, floats.len())?;
        if let Some(object) = array.get_mut() {
            let room = object.capacity();
            for float in floats.take(room) {
                // SAFETY: the capacity covers `room` floats.
                unsafe { object.data.cast::<f64>().add(object.len).write(float) };
                object.len += 1;
            }
        }
        Ok(array)
    }

    /// The number of elements.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Is it empty?
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How the elements are stored.
    #[inline(always)]
    pub fn kind(&self) -> ElementKind {
        match self.header.aux.get() {
            0 => ElementKind::Ints,
            1 => ElementKind::Floats,
            2 => ElementKind::Values,
            _ => ElementKind::Bools,
        }
    }

    /// The elements as they are stored.
    #[inline(always)]
    pub fn elements(&self) -> Elements<'_> {
        // SAFETY: the first `len` elements are initialised and of the kind.
        unsafe {
            match self.kind() {
                ElementKind::Ints => Elements::Ints(std::slice::from_raw_parts(self.data.cast().as_ptr(), self.len)),
                ElementKind::Floats => {
                    Elements::Floats(std::slice::from_raw_parts(self.data.cast().as_ptr(), self.len))
                }
                ElementKind::Values => {
                    Elements::Values(std::slice::from_raw_parts(self.data.cast().as_ptr(), self.len))
                }
                ElementKind::Bools => Elements::Bools(std::slice::from_raw_parts(self.data.cast().as_ptr(), self.len)),
            }
        }
    }

    /// A copy of the element at `index`.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<Value> {
        if index >= self.len {
            return None;
        }
        // SAFETY: the index is in bounds and the element is of the kind.
        unsafe {
            Some(match self.kind() {
                ElementKind::Ints => Value::Int(*self.data.cast::<i64>().add(index).as_ptr()),
                ElementKind::Floats => Value::Float(*self.data.cast::<f64>().add(index).as_ptr()),
                ElementKind::Values => (*self.data.cast::<Value>().add(index).as_ptr()).clone(),
                ElementKind::Bools => Value::Bool(*self.data.cast::<bool>().add(index).as_ptr()),
            })
        }
    }

    /// Copies of the elements.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Value> + '_ {
        (0..self.len).map(|i| self.get(i).unwrap_or(Value::Null))
    }

    /// The elements from `start` up to before `end`, both cut to the length, as a new array.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn slice(&self, heap: &Heap, start: usize, end: usize) -> Result<Ref<ArrayObject>> {
        let end = end.min(self.len);
        let start = start.min(end);
        let mut array = ArrayObject::with_kind(heap, self.kind(), end - start)?;
        if let Some(object) = array.get_mut() {
            // SAFETY: the new array has the same kind and room for the range, which is in bounds.
            unsafe { object.copy_from(self, start, end - start) };
        }
        Ok(array)
    }

    /// Appends copies of `n` elements of `other` from `start` on.
    ///
    /// # Safety
    /// The range is in bounds, `other` has the same kind, and there is room.
    unsafe fn copy_from(&mut self, other: &ArrayObject, start: usize, n: usize) {
        debug_assert!(start + n <= other.len && self.len + n <= self.capacity() && self.kind() == other.kind());
        // SAFETY: as the caller promises; the arrays are distinct because one is borrowed mutably.
        unsafe {
            if let ElementKind::Values = self.kind() {
                let (from, to) = (other.data.cast::<Value>().add(start), self.data.cast::<Value>().add(self.len));
                for i in 0..n {
                    to.add(i).write((*from.add(i).as_ptr()).clone());
                }
            } else {
                let bytes = self.kind().bytes();
                let (from, to) = (other.data.add(start * bytes), self.data.add(self.len * bytes));
                to.copy_from_nonoverlapping(from, n * bytes);
            }
        }
        self.len += n;
    }

    /// Appends a value. Amortised O(1).
    ///
    /// # Errors
    /// The trap `RUF2002`; the array is then unchanged.
    #[inline(always)]
    pub fn push(&mut self, value: Value) -> Result<()> {
        if self.len < self.capacity() {
            // SAFETY: there is room for one more element, and its kind is tested.
            unsafe {
                match (self.kind(), &value) {
                    (ElementKind::Ints, Value::Int(int)) => self.data.cast::<i64>().add(self.len).write(*int),
                    (ElementKind::Floats, Value::Float(float)) => {
                        self.data.cast::<f64>().add(self.len).write(*float);
                    }
                    (ElementKind::Bools, Value::Bool(bool)) => self.data.cast::<bool>().add(self.len).write(*bool),
                    (ElementKind::Values, _) if self.len > 0 => {
                        self.data.cast::<Value>().add(self.len).write(value.in_parts());
                    }
                    _ => return self.push_slow(value),
                }
            }
            self.len += 1;
            return Ok(());
        }
        self.push_slow(value)
    }

    #[cold]
    #[inline(never)]
    fn push_slow(&mut self, value: Value) -> Result<()> {
        self.prepare_for(&value)?;
        if self.len == self.capacity() {
            self.grow_for(1)?;
        }
        // SAFETY: there is room, and the kind stores the value.
        unsafe { self.write(self.len, value) };
        self.len += 1;
        Ok(())
    }

    /// Makes room for one more element of a kind, unless the array stores another kind.
    ///
    /// # Errors
    /// The trap `RUF2002`; the elements are then unchanged.
    pub fn make_room(&mut self, kind: ElementKind) -> Result<bool> {
        if self.len == 0 {
            self.set_kind_of_empty(kind);
        }
        if self.kind() != kind {
            return Ok(false);
        }
        if self.len == self.capacity() {
            self.grow_for(1)?;
        }
        Ok(true)
    }

    /// Makes the kind one that stores `value`.
    #[inline]
    fn prepare_for(&mut self, value: &Value) -> Result<()> {
        let kind = ElementKind::of(value);
        if self.len == 0 {
            self.set_kind_of_empty(kind);
            return Ok(());
        }
        if self.kind() == kind { Ok(()) } else { self.widen() }
    }

    /// An empty buffer keeps its bytes and changes the size of its elements.
    fn set_kind_of_empty(&mut self, kind: ElementKind) {
        debug_assert!(self.len == 0);
        match u32::try_from(self.buffer_bytes() / kind.bytes()) {
            Ok(cap) => self.cap = cap,
            Err(_) => {
                // SAFETY: it is empty, and another buffer follows.
                unsafe { self.free_buffer() };
                (self.data, self.cap) = (NO_BUFFER, 0);
            }
        }
        self.header.aux.set(kind as u32);
    }

    /// Stores a value of the array's kind without dropping what was there.
    ///
    /// # Safety
    /// `index` is less than the capacity, and `prepare_for` has seen the value.
    #[inline(always)]
    unsafe fn write(&mut self, index: usize, value: Value) {
        debug_assert!(index < self.capacity());
        // SAFETY: as the caller promises.
        unsafe {
            match (self.kind(), value) {
                (ElementKind::Values, value) => self.data.cast::<Value>().add(index).write(value.in_parts()),
                (_, Value::Int(int)) => self.data.cast::<i64>().add(index).write(int),
                (_, Value::Float(float)) => self.data.cast::<f64>().add(index).write(float),
                (_, Value::Bool(bool)) => self.data.cast::<bool>().add(index).write(bool),
                (_, other) => debug_assert!(false, "{other:?} in a packed array"),
            }
        }
    }

    /// Takes an element out of the buffer, which the caller then closes or forgets.
    ///
    /// # Safety
    /// The index is in bounds, and the element is not used again.
    #[inline(always)]
    unsafe fn take(&mut self, index: usize) -> Value {
        // SAFETY: as the caller promises.
        unsafe {
            match self.kind() {
                ElementKind::Ints => Value::Int(self.data.cast::<i64>().add(index).read()),
                ElementKind::Floats => Value::Float(self.data.cast::<f64>().add(index).read()),
                ElementKind::Values => Value::read(self.data.cast::<Value>().add(index).as_ptr()),
                ElementKind::Bools => Value::Bool(self.data.cast::<bool>().add(index).read()),
            }
        }
    }

    /// Removes the last element.
    #[inline]
    pub fn pop(&mut self) -> Option<Value> {
        self.len = self.len.checked_sub(1)?;
        // SAFETY: the element was initialised and is behind the length now.
        Some(unsafe { self.take(self.len) })
    }

    /// Replaces the element at `index`. False if there is none.
    ///
    /// # Errors
    /// The trap `RUF2002` if the elements have to widen.
    #[inline(always)]
    pub fn set(&mut self, index: usize, value: Value) -> Result<bool> {
        if index >= self.len {
            return Ok(false);
        }
        // SAFETY: the index is in bounds; a packed element needs no drop, and its kind is tested.
        unsafe {
            match (self.kind(), &value) {
                (ElementKind::Values, _) => {
                    let old = std::ptr::replace(self.data.cast::<Value>().add(index).as_ptr(), value);
                    drop(old);
                }
                (ElementKind::Ints, Value::Int(int)) => self.data.cast::<i64>().add(index).write(*int),
                (ElementKind::Floats, Value::Float(float)) => self.data.cast::<f64>().add(index).write(*float),
                (ElementKind::Bools, Value::Bool(bool)) => self.data.cast::<bool>().add(index).write(*bool),
                _ => return self.set_slow(index, value),
            }
        }
        Ok(true)
    }

    #[cold]
    #[inline(never)]
    fn set_slow(&mut self, index: usize, value: Value) -> Result<bool> {
        self.widen()?;
        self.set(index, value)
    }

    /// Inserts a value before `index`. False if that is past the end.
    ///
    /// # Errors
    /// The trap `RUF2002`; the array is then unchanged.
    pub fn insert(&mut self, index: usize, value: Value) -> Result<bool> {
        if index > self.len {
            return Ok(false);
        }
        self.prepare_for(&value)?;
        if self.len == self.capacity() {
            self.grow_for(1)?;
        }
        let bytes = self.kind().bytes();
        // SAFETY: there is room for one more element; the gap is written at once.
        unsafe {
            let at = self.data.add(index * bytes);
            at.copy_to(at.add(bytes), (self.len - index) * bytes);
            self.write(index, value);
        }
        self.len += 1;
        Ok(true)
    }

    /// Removes the element at `index`.
    pub fn remove(&mut self, index: usize) -> Option<Value> {
        if index >= self.len {
            return None;
        }
        let bytes = self.kind().bytes();
        // SAFETY: the index is in bounds; the gap is closed at once.
        unsafe {
            let value = self.take(index);
            let at = self.data.add(index * bytes);
            at.copy_from(at.add(bytes), (self.len - index - 1) * bytes);
            self.len -= 1;
            Some(value)
        }
    }

    /// Drops all elements from `len` on.
    pub fn truncate(&mut self, len: usize) {
        let dropped = self.len.saturating_sub(len);
        if dropped == 0 {
            return;
        }
        self.len = len;
        if let ElementKind::Values = self.kind() {
            // SAFETY: these elements were initialised and are behind the length now.
            unsafe {
                drop_values(self.data.cast::<Value>().add(len), dropped);
            }
        }
    }

    /// Drops all elements and keeps the room.
    pub fn clear(&mut self) {
        self.truncate(0);
    }

    /// Puts the elements in the opposite order.
    pub fn reverse(&mut self) {
        // SAFETY: the first `len` elements are initialised and of the kind.
        unsafe {
            match self.kind() {
                ElementKind::Values => {
                    std::slice::from_raw_parts_mut(self.data.cast::<Value>().as_ptr(), self.len).reverse();
                }
                ElementKind::Bools => {
                    std::slice::from_raw_parts_mut(self.data.cast::<bool>().as_ptr(), self.len).reverse();
                }
                _ => std::slice::from_raw_parts_mut(self.data.cast::<u64>().as_ptr(), self.len).reverse(),
            }
        }
    }

    /// Exchanges two elements; nothing if one is out of bounds.
    pub fn swap(&mut self, a: usize, b: usize) {
        if a >= self.len || b >= self.len {
            return;
        }
        // SAFETY: both are in bounds; packed elements that are not truth values are 8 bytes.
        unsafe {
            match self.kind() {
                ElementKind::Values => {
                    let data = self.data.cast::<Value>().as_ptr();
                    std::ptr::swap(data.add(a), data.add(b));
                }
                ElementKind::Bools => {
                    let data = self.data.cast::<bool>().as_ptr();
                    std::ptr::swap(data.add(a), data.add(b));
                }
                _ => {
                    let data = self.data.cast::<u64>().as_ptr();
                    std::ptr::swap(data.add(a), data.add(b));
                }
            }
        }
    }

    /// Appends copies of the elements of another array.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn extend(&mut self, other: &ArrayObject) -> Result<()> {
        if other.is_empty() {
            return Ok(());
        }
        if self.len == 0 {
            self.set_kind_of_empty(other.kind());
        }
        if self.kind() == other.kind() {
            self.reserve(other.len)?;
            // SAFETY: the kinds are the same and there is room.
            unsafe { self.copy_from(other, 0, other.len) };
            return Ok(());
        }
        self.widen()?;
        self.reserve(other.len)?;
        other.iter().try_for_each(|value| self.push(value))
    }

    /// Makes room for `n` more elements of the present kind.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    #[inline]
    pub fn reserve(&mut self, n: usize) -> Result<()> {
        if self.capacity() - self.len >= n { Ok(()) } else { self.grow_for(n) }
    }

    /// The place of an element; packed elements widen to values.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    #[inline]
    pub fn slot_mut(&mut self, index: usize) -> Result<Option<&mut Value>> {
        if index >= self.len {
            return Ok(None);
        }
        Ok(self.values_mut()?.get_mut(index))
    }

    /// All elements as values; packed elements widen.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    #[inline]
    pub fn values_mut(&mut self) -> Result<&mut [Value]> {
        if self.kind() != ElementKind::Values {
            self.widen()?;
        }
        // SAFETY: the first `len` elements are initialised values.
        Ok(unsafe { std::slice::from_raw_parts_mut(self.data.cast().as_ptr(), self.len) })
    }

    /// The elements of a packed array of ints.
    #[inline]
    pub fn ints_mut(&mut self) -> Option<&mut [i64]> {
        if self.kind() != ElementKind::Ints {
            return None;
        }
        // SAFETY: the first `len` elements are initialised ints.
        Some(unsafe { std::slice::from_raw_parts_mut(self.data.cast().as_ptr(), self.len) })
    }

    /// The elements of a packed array of floats.
    #[inline]
    pub fn floats_mut(&mut self) -> Option<&mut [f64]> {
        if self.kind() != ElementKind::Floats {
            return None;
        }
        // SAFETY: the first `len` elements are initialised floats.
        Some(unsafe { std::slice::from_raw_parts_mut(self.data.cast().as_ptr(), self.len) })
    }

    /// The elements of a packed array of truth values.
    #[inline]
    pub fn bools_mut(&mut self) -> Option<&mut [bool]> {
        if self.kind() != ElementKind::Bools {
            return None;
        }
        // SAFETY: the first `len` elements are initialised truth values.
        Some(unsafe { std::slice::from_raw_parts_mut(self.data.cast().as_ptr(), self.len) })
    }

    /// Turns packed elements into values.
    #[cold]
    #[inline(never)]
    fn widen(&mut self) -> Result<()> {
        if self.kind() == ElementKind::Values {
            return Ok(());
        }
        // SAFETY: the heap outlives this call.
        let heap = unsafe { Heap::detached(&*self) };
        let cap = self.len.max(1) as u32;
        let data = heap.alloc_buffer(cap as usize * size_of::<Value>())?;
        for i in 0..self.len {
            // SAFETY: the index is in bounds of both buffers.
            unsafe {
                let value = self.take(i);
                data.cast::<Value>().add(i).write(value);
            }
        }
        // SAFETY: packed elements need no drop, and another buffer follows.
        unsafe { self.free_buffer() };
        self.data = data;
        self.cap = cap;
        self.header.aux.set(ElementKind::Values as u32);
        Ok(())
    }

    /// How many elements of the present kind there is room for.
    #[inline(always)]
    fn capacity(&self) -> usize {
        self.cap as usize
    }

    fn buffer_bytes(&self) -> usize {
        self.capacity() * self.kind().bytes()
    }

    /// Is the buffer the one in the object?
    fn is_inline(&self) -> bool {
        self.room > 0 && self.data.addr() == NonNull::from(self).addr().saturating_add(ArrayObject::INLINE_OFFSET)
    }

    /// Gives the buffer back, if it is not the one in the object.
    ///
    /// # Safety
    /// Its elements need no drop, and nothing uses it again: the caller sets another or frees the object.
    #[inline]
    unsafe fn free_buffer(&self) {
        if !self.is_inline() {
            // SAFETY: the buffer has this size; the rest is as the caller promises.
            unsafe { Heap::of(self).free_buffer(self.data, self.buffer_bytes()) };
        }
    }

    /// Makes room for `n` more elements, and for as many as there are if the budget allows.
    #[cold]
    #[inline(never)]
    fn grow_for(&mut self, n: usize) -> Result<()> {
        let Some(needed) = self.len.checked_add(n) else { return Err(Heap::of(self).limit_fault()) };
        let generous = (self.capacity() * 2).max(FIRST_CAPACITY);
        if generous > needed && self.set_capacity(generous).is_ok() {
            return Ok(());
        }
        self.set_capacity(needed)
    }

    /// Moves the elements to a buffer for `cap` elements, which is not less than the length.
    fn set_capacity(&mut self, cap: usize) -> Result<()> {
        debug_assert!(cap >= self.len);
        let heap = Heap::of(&*self);
        let cap = self.kind().round_up(cap);
        if cap > ARRAY_ELEMENTS_MAX {
            return Err(heap.limit_fault());
        }
        let bytes = cap * self.kind().bytes();
        let old = self.buffer_bytes();
        // SAFETY: the buffer has this size and is replaced; the new one is larger than one in the object.
        self.data = unsafe {
            match old {
                0 => heap.alloc_buffer(bytes)?,
                _ if self.is_inline() => {
                    let data = heap.alloc_buffer(bytes)?;
                    data.copy_from_nonoverlapping(self.data, old.min(bytes));
                    data
                }
                _ => heap.resize_buffer(self.data, old, bytes)?,
            }
        };
        self.cap = cap as u32;
        Ok(())
    }
}

impl CopyOnWrite for ArrayObject {
    fn copy(&self, heap: &Heap) -> Result<Ref<ArrayObject>> {
        self.slice(heap, 0, self.len)
    }

    fn copied_elements(&self) -> usize {
        self.len
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for ArrayObject {
    #[inline(always)]
    fn object_bytes(&self) -> usize {
        ArrayObject::INLINE_OFFSET + self.room as usize
    }

    #[inline]
    unsafe fn finalize(this: NonNull<ArrayObject>) {
        // SAFETY: the object is alive; its elements are dropped and its buffer freed once.
        unsafe {
            let array = this.as_ref();
            if let ElementKind::Values = array.kind() {
                drop_values(array.data.cast::<Value>(), array.len);
            }
            array.free_buffer();
        }
    }
}

#[cfg(test)]
mod tests;

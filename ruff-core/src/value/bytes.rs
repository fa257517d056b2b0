//! Byte strings: immutable.
//!
//! Short ones lie behind the object, long ones in a buffer of the heap (`aux` is 1).
//!
//! This file is unsafe: it manages the bytes.

#![allow(unsafe_code)]

use super::heap::{Header, Heap, HeapObject};
use super::repr::Ref;
use crate::fault::Result;
use std::ptr::NonNull;

/// Longer byte strings lie in a buffer.
const INLINE_BYTES_MAX: usize = super::heap::SMALL_BYTES_MAX - size_of::<BytesObject>();

/// A byte string.
#[repr(C)]
pub struct BytesObject {
    header: Header,
    data: NonNull<u8>,
    len: usize,
    // Followed by `len` bytes if they are inline.
}

impl BytesObject {
    /// The offset of the pointer to the bytes.
    pub const DATA_OFFSET: usize = std::mem::offset_of!(BytesObject, data);
    /// The offset of the length.
    pub const LEN_OFFSET: usize = std::mem::offset_of!(BytesObject, len);

    /// A byte string.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn new(heap: &Heap, bytes: &[u8]) -> Result<Ref<BytesObject>> {
        let is_inline = bytes.len() <= INLINE_BYTES_MAX;
        let buffer = if is_inline { NonNull::dangling() } else { heap.alloc_buffer(bytes.len())? };
        let behind = if is_inline { bytes.len() } else { 0 };
        let start = heap.alloc_object(size_of::<BytesObject>() + behind).cast::<BytesObject>();
        // SAFETY: the memory is fresh and has room for the object and its inline bytes; the buffer has room for the others.
        unsafe {
            let data = if is_inline { start.add(1).cast() } else { buffer };
            data.copy_from_nonoverlapping(NonNull::from(bytes).cast(), bytes.len());
            start.write(BytesObject { header: Header::new(u32::from(!is_inline)), data, len: bytes.len() });
            Ok(Ref::from_raw(start))
        }
    }

    /// The bytes.
    #[inline(always)]
    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: `new` wrote that many bytes.
        unsafe { std::slice::from_raw_parts(self.data.as_ptr(), self.len) }
    }

    /// The number of bytes.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Is it empty?
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn is_inline(&self) -> bool {
        self.header.aux.get() == 0
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for BytesObject {
    fn object_bytes(&self) -> usize {
        size_of::<BytesObject>() + if self.is_inline() { self.len } else { 0 }
    }

    unsafe fn finalize(this: NonNull<BytesObject>) {
        // SAFETY: the object is alive; its buffer is freed once.
        unsafe {
            let bytes = this.as_ref();
            if !bytes.is_inline() {
                Heap::of(bytes).free_buffer(bytes.data, bytes.len);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long() {
        let heap = Heap::new(usize::MAX, 1);
        for len in [0, 1, 17, 488, 489, 100_000] {
            let bytes: Vec<u8> = (0..len).map(|i| i as u8).collect();
            let object = BytesObject::new(&heap, &bytes).unwrap();
            assert_eq!((object.as_slice(), object.len(), object.is_empty()), (&*bytes, len, len == 0));
        }
        assert_eq!(heap.used_bytes(), 0);
        assert!(BytesObject::new(&Heap::new(1000, 1), &[0; 2000]).is_err());
    }
}

//! The allocator of the process: that of the system, which is asked for huge pages where much is allocated at once.
//!
//! A script that fills megabytes touches each page of 4 KiB for the first time, which costs more than what it writes there; a huge
//! page is one fault. Heaps of VMs ask for memory in pieces of that size when they grow; small processes are as they were.
//!
//! This file is unsafe: it is an allocator.

#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};

/// The bytes of a huge page.
#[cfg(target_os = "linux")]
const HUGE_PAGE_BYTES: usize = 2 << 20;
/// The bytes of a page, or a multiple: the advice is not taken where pages are larger.
#[cfg(target_os = "linux")]
const PAGE_BYTES: usize = 4 << 10;

/// See the module.
pub struct Allocator;

// SAFETY: all memory is the system allocator's, which is used as the caller uses this.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        advised(unsafe { System.alloc(layout) }, layout.size())
    }

    /// Without advice: what is to be zero is a stack, of which most is never touched.
    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn realloc(&self, start: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        // SAFETY: as the caller promises.
        advised(unsafe { System.realloc(start, layout, bytes) }, bytes)
    }

    #[inline]
    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(start, layout) }
    }
}

/// What was allocated, after advice to the system if it is large.
#[inline]
fn advised(start: *mut u8, bytes: usize) -> *mut u8 {
    #[cfg(target_os = "linux")]
    if bytes >= HUGE_PAGE_BYTES {
        advise(start, bytes);
    }
    start
}

/// Tells the system that huge pages are welcome for an allocation: for all its pages, so that one that was mapped for it stays one
/// mapping, which can grow without a copy. The system may do as it likes.
#[cfg(target_os = "linux")]
#[cold]
fn advise(start: *mut u8, bytes: usize) {
    let before = start.addr() % PAGE_BYTES;
    let pages = (before + bytes).next_multiple_of(PAGE_BYTES);
    if !start.is_null() {
        // SAFETY: the pages hold the allocation, and the advice changes nothing of what they hold.
        unsafe { libc::madvise(start.wrapping_sub(before).cast(), pages, libc::MADV_HUGEPAGE) };
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_large_keeps_its_content() {
        // The tests have this allocator too.
        let mut bytes = vec![1u8; 3 << 20];
        bytes.resize(40 << 20, 2);
        bytes.truncate(5 << 20);
        bytes.shrink_to_fit();
        let (first, rest) = bytes.split_at(3 << 20);
        assert!(first.iter().all(|b| *b == 1) && rest.iter().all(|b| *b == 2));
        assert!(vec![0u64; 1 << 20].iter().all(|word| *word == 0));
    }
}

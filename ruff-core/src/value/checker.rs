//! What memory checkers are told of the heap, which they would take for a few large blocks.
//!
//! Built with `--cfg memory_checker="valgrind"`, or `"asan"` together with `-Zsanitizer=address`, the heap says which of its cells are
//! unused, and keeps freed ones unused for a while. Otherwise nothing of it is left. `docs/unsafe.md` tells how to run that.
//!
//! This file is unsafe: it calls the checkers.

#![allow(unsafe_code)]

use std::ptr::NonNull;

/// A cell of the heap with the number of its size class.
pub(super) type Cell = (NonNull<u8>, usize);

#[cfg(not(any(memory_checker = "asan", memory_checker = "valgrind")))]
mod quarantine {
    use super::Cell;

    /// No checker listens.
    #[derive(Default)]
    pub struct Quarantine(());

    impl Quarantine {
        /// The cell can be used again at once.
        #[inline(always)]
        pub fn pass(&self, cell: Cell) -> Option<Cell> {
            Some(cell)
        }
    }
}

#[cfg(any(memory_checker = "asan", memory_checker = "valgrind"))]
mod quarantine {
    use super::Cell;
    use std::cell::RefCell;
    use std::collections::VecDeque;

    /// Cells that wait.
    const CELLS_MAX: usize = 4_096;

    /// Freed cells that are not used again yet, so that the checker sees who still uses what was there.
    #[derive(Default)]
    pub struct Quarantine(RefCell<VecDeque<Cell>>);

    impl Quarantine {
        /// A cell goes in; the oldest comes out when there are many.
        pub fn pass(&self, cell: Cell) -> Option<Cell> {
            let mut cells = self.0.borrow_mut();
            cells.push_back(cell);
            if cells.len() > CELLS_MAX { cells.pop_front() } else { None }
        }
    }
}

pub(super) use quarantine::Quarantine;

#[cfg(not(any(memory_checker = "asan", memory_checker = "valgrind")))]
mod tell {
    #[inline(always)]
    pub fn unused(_start: *const u8, _bytes: usize) {}
    #[inline(always)]
    pub fn usable(_start: *const u8, _bytes: usize) {}
    #[inline(always)]
    pub fn fresh(_start: *const u8, _bytes: usize) {}
}

#[cfg(memory_checker = "asan")]
mod tell {
    unsafe extern "C" {
        fn __asan_poison_memory_region(start: *const u8, bytes: usize);
        fn __asan_unpoison_memory_region(start: *const u8, bytes: usize);
    }

    pub fn unused(start: *const u8, bytes: usize) {
        // SAFETY: the memory belongs to the heap; only what is known of it changes.
        unsafe { __asan_poison_memory_region(start, bytes) };
    }

    pub fn usable(start: *const u8, bytes: usize) {
        // SAFETY: as above.
        unsafe { __asan_unpoison_memory_region(start, bytes) };
    }

    /// The sanitizer does not know of values that were never written.
    pub fn fresh(_start: *const u8, _bytes: usize) {}
}

#[cfg(memory_checker = "valgrind")]
mod tell {
    /// The first request of the tool memcheck.
    const FIRST: usize = (b'M' as usize) << 24 | (b'C' as usize) << 16;

    /// A client request: rotations that sum up to nothing, and an exchange of a register with itself, which valgrind looks for.
    fn request(number: usize, start: *const u8, bytes: usize) {
        let words = [FIRST + number, start.addr(), bytes, 0, 0, 0];
        // SAFETY: without valgrind the instructions do nothing; with it, what is known of the memory of the heap changes.
        unsafe {
            std::arch::asm!(
                "rol rdi, 3",
                "rol rdi, 13",
                "rol rdi, 61",
                "rol rdi, 51",
                "xchg rbx, rbx",
                in("rax") words.as_ptr(),
                inout("rdx") 0_usize => _,
            );
        }
    }

    pub fn unused(start: *const u8, bytes: usize) {
        request(0, start, bytes);
    }

    pub fn usable(start: *const u8, bytes: usize) {
        request(2, start, bytes);
    }

    pub fn fresh(start: *const u8, bytes: usize) {
        request(1, start, bytes);
    }
}

/// Nobody may use the memory.
#[inline(always)]
pub(super) fn unused(start: NonNull<u8>, bytes: usize) {
    tell::unused(start.as_ptr(), bytes);
}

/// The memory may be used, and holds what it held.
#[inline(always)]
pub(super) fn usable(start: NonNull<u8>, bytes: usize) {
    tell::usable(start.as_ptr(), bytes);
}

/// The memory may be used, and has not been written yet.
#[inline(always)]
pub(super) fn fresh(start: NonNull<u8>, bytes: usize) {
    tell::usable(start.as_ptr(), bytes);
    tell::fresh(start.as_ptr(), bytes);
}

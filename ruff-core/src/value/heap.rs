//! The memory of one VM: size-class free lists in 64 KiB blocks, a byte budget, and iterative release.
//!
//! Objects are small and live in blocks that are aligned to their size, so that the heap of an object is found by masking its
//! address. What grows (array storage, long text) is a *buffer* that its object owns. Invariants: every object starts with a
//! [`Header`]; an object is released when its count falls to zero; `used` is the sum of the rounded sizes of all live objects
//! and buffers. Small objects may exceed the limit, which the next tick notices; buffers may not.
//!
//! This file is unsafe: it hands out raw memory.

#![allow(unsafe_code)]

use super::checker::{self, Quarantine};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::limits::INT_BITS_CEILING;
use std::alloc::Layout;
use std::cell::{Cell, RefCell};
use std::ptr::NonNull;

/// Alignment and size of a block.
pub const BLOCK_BYTES: usize = 64 * 1024;
/// What a heap that has grown takes from the system at a time, as many blocks: the size and alignment of a huge page of most
/// processors, so that a system that has them can give one.
const CHUNK_BYTES: usize = 2 * 1024 * 1024;
/// Blocks that a heap takes one by one before it takes chunks.
const SINGLE_BLOCKS_MAX: usize = 32;
/// Space kept for the header at the start of a block.
const BLOCK_HEADER_BYTES: usize = 64;
/// Size classes are multiples of this.
pub const CLASS_STEP: usize = 16;
/// The largest size that comes from a free list.
pub const SMALL_BYTES_MAX: usize = 512;
const CLASSES: usize = SMALL_BYTES_MAX / CLASS_STEP + 1;
/// What is allocated outside the heap after a check of its room is asked of the system before, from this size on.
const PROBED_BYTES_MIN: usize = 16 << 20;
/// Objects nested deeper than this are released from a list instead of by recursion.
const RELEASE_DEPTH_MAX: u32 = 48;

/// The first word of every object.
#[repr(C)]
pub struct Header {
    /// References to the object.
    pub(super) count: Cell<u32>,
    /// A word for the object's own use: element kind, shape, variant.
    pub aux: Cell<u32>,
}

impl Header {
    /// The offset of the number of references, a `u32`.
    pub const COUNT_OFFSET: usize = std::mem::offset_of!(Header, count);
    /// The offset of the object's own word, a `u32`.
    pub const AUX_OFFSET: usize = std::mem::offset_of!(Header, aux);

    /// A header with one reference.
    pub fn new(aux: u32) -> Header {
        Header { count: Cell::new(1), aux: Cell::new(aux) }
    }
}

/// An object of the heap.
///
/// # Safety
/// The type is `repr(C)`, starts with a [`Header`] and has an alignment of at most 16.
pub unsafe trait HeapObject: Sized {
    /// Does it own no other objects? Then its release cannot recurse.
    const IS_LEAF: bool = false;

    /// The bytes of this object, inline parts included. Must not change during its life.
    fn object_bytes(&self) -> usize;
    /// Drops what the object owns, its inline values and its buffers. Called once, before the memory is given back.
    ///
    /// # Safety
    /// The object is not used afterwards.
    unsafe fn finalize(this: NonNull<Self>);
}

type Finalizer = unsafe fn(NonNull<Header>);

#[repr(C)]
struct BlockHeader {
    heap: *const Heap,
    /// The size of a block that holds one large object, else 0.
    large_bytes: usize,
}

/// Unused memory of a size class. In debug builds its first word is zero, so that a reference to a freed object is seen to have
/// no count.
#[repr(C)]
struct FreeCell {
    #[cfg(debug_assertions)]
    header: u64,
    next: *mut FreeCell,
}

impl FreeCell {
    fn new(next: *mut FreeCell) -> FreeCell {
        FreeCell {
            #[cfg(debug_assertions)]
            header: 0,
            next,
        }
    }
}

const _: () = assert!(size_of::<FreeCell>() <= CLASS_STEP);

/// The memory of one VM. It has a stable address (see [`Heap::new`]) and is used by one thread at a time.
pub struct Heap {
    free: [Cell<*mut FreeCell>; CLASSES],
    used: Cell<usize>,
    limit: Cell<usize>,
    /// The bits that one int may have.
    int_bits_max: Cell<u64>,
    over_limit: Cell<bool>,
    /// Copies of shared containers made by in-place changes; tests of the copy guarantees read it.
    copies: Cell<u64>,
    /// Of those, the ones that the machine has not charged yet, and their ticks.
    owed_copies: Cell<u32>,
    owed_ticks: Cell<u64>,
    release_depth: Cell<u32>,
    release_later: RefCell<Vec<(NonNull<Header>, Finalizer)>>,
    /// What was taken from the system for small objects: single blocks, then chunks.
    chunks: RefCell<Vec<(NonNull<u8>, Layout)>>,
    /// The blocks of the last chunk that are not used yet: where they begin and how many they are.
    next_block: Cell<*mut u8>,
    blocks_left: Cell<usize>,
    bump: Cell<*mut u8>,
    bump_end: Cell<*mut u8>,
    quarantine: Quarantine,
    /// Where a character of a long text was found last.
    pub(super) cursor: Cell<super::string::TextCursor>,
    /// Objects that live as long as the heap, made on first use: see [`super::shared`].
    pub shared: super::shared::Shared,
    /// Objects that may be part of a cycle: see [`super::cycles`].
    pub tracked: super::cycles::Tracked,
    /// Values that the host keeps alive.
    pub roots: super::roots::Roots,
    /// What tests make fail.
    pub faults: super::faults::Faults,
}

fn class_of(bytes: usize) -> usize {
    bytes.div_ceil(CLASS_STEP)
}

fn block_layout(bytes: usize) -> Option<Layout> {
    Layout::from_size_align(bytes, BLOCK_BYTES).ok()
}

fn buffer_layout(bytes: usize) -> Option<Layout> {
    Layout::from_size_align(bytes, 16).ok()
}

impl Heap {
    /// The offset of the first of the lists of unused memory, one word for each size class.
    pub const FREE_OFFSET: usize = std::mem::offset_of!(Heap, free);
    /// The offset of the number of bytes in use, a word.
    pub const USED_OFFSET: usize = std::mem::offset_of!(Heap, used);
    /// The offset of the address of the next unused memory in unused memory. What lies before it must be zero.
    pub const FREE_NEXT_OFFSET: usize = std::mem::offset_of!(FreeCell, next);
    /// The offset of the address of the heap in a block. A block begins where its objects' addresses have only zeros below
    /// [`BLOCK_BYTES`].
    pub const BLOCK_HEAP_OFFSET: usize = std::mem::offset_of!(BlockHeader, heap);

    /// The offset of the addresses of the strings of one ASCII character each, by their codes.
    pub const ASCII_OFFSET: usize = std::mem::offset_of!(Heap, shared) + super::shared::Shared::ASCII_OFFSET;

    /// The offset of the addresses of the strings that name kinds, by their tags; 0 where an object has its own name.
    pub const KINDS_OFFSET: usize = std::mem::offset_of!(Heap, shared) + super::shared::Shared::KINDS_OFFSET;

    /// An empty heap with a limit in bytes (`usize::MAX` for none). `hash_seed` keys the hashes of dicts and sets.
    pub fn new(limit: usize, hash_seed: u64) -> Box<Heap> {
        Box::new(Heap {
            free: [const { Cell::new(std::ptr::null_mut()) }; CLASSES],
            used: Cell::new(0),
            limit: Cell::new(limit),
            int_bits_max: Cell::new(INT_BITS_CEILING),
            over_limit: Cell::new(false),
            copies: Cell::new(0),
            owed_copies: Cell::new(0),
            owed_ticks: Cell::new(0),
            release_depth: Cell::new(0),
            release_later: RefCell::new(Vec::new()),
            chunks: RefCell::new(Vec::new()),
            next_block: Cell::new(std::ptr::null_mut()),
            blocks_left: Cell::new(0),
            bump: Cell::new(std::ptr::null_mut()),
            bump_end: Cell::new(std::ptr::null_mut()),
            quarantine: Quarantine::default(),
            cursor: Cell::new(super::string::TextCursor::NOWHERE),
            shared: super::shared::Shared::new(hash_seed),
            tracked: super::cycles::Tracked::default(),
            roots: super::roots::Roots::default(),
            faults: super::faults::Faults::default(),
        })
    }

    /// Bytes in use.
    pub fn used_bytes(&self) -> usize {
        self.used.get()
    }

    /// The limit in bytes.
    pub fn limit_bytes(&self) -> usize {
        self.limit.get()
    }

    /// Changes the limit; lowering it below what is in use is noticed at the next tick.
    pub fn set_limit_bytes(&self, limit: usize) {
        self.limit.set(limit);
        self.over_limit.set(self.used.get() > limit);
    }

    /// The bits that one int may have.
    #[inline]
    pub fn int_bits_max(&self) -> u64 {
        self.int_bits_max.get()
    }

    /// Limits the bits of one int, of those that are made from now on.
    pub fn set_int_bits_max(&self, bits: u64) {
        self.int_bits_max.set(bits.min(INT_BITS_CEILING));
    }

    /// Has a small object exceeded the limit?
    pub fn is_over_limit(&self) -> bool {
        self.over_limit.get() && (self.used.get() > self.limit.get() || self.faults.is_out_of_memory())
    }

    /// How many shared containers were copied so that one side could change.
    pub fn copies(&self) -> u64 {
        self.copies.get()
    }

    /// Counts a copy of a shared container with so many elements, which costs a tick for 64 of them.
    pub fn count_copy(&self, elements: usize) {
        self.copies.set(self.copies.get() + 1);
        self.owed_copies.set(self.owed_copies.get().saturating_add(1));
        self.owed_ticks.set(self.owed_ticks.get() + elements as u64 / 64);
    }

    /// Are there copies to charge?
    #[inline(always)]
    pub fn owes_copies(&self) -> bool {
        self.owed_copies.get() > 0
    }

    /// The ticks of copies since this was asked last.
    pub fn take_owed_ticks(&self) -> u64 {
        self.owed_copies.set(0);
        self.owed_ticks.take()
    }

    /// The fault of an exceeded limit.
    #[cold]
    pub fn limit_fault(&self) -> Fault {
        Fault::trap(Code::LIMIT_MEMORY, format!("Memory limit exceeded: {} bytes", self.limit.get()))
    }

    /// Fails if `bytes` more would exceed the limit, or if they are many and the system does not have them. Charges nothing.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn check_room(&self, bytes: usize) -> Result<()> {
        self.check_limit(bytes)?;
        self.check_system(bytes)
    }

    /// Fails if `bytes` are many and the system does not have them, whatever the limit is.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn check_system(&self, bytes: usize) -> Result<()> {
        if bytes < PROBED_BYTES_MIN { Ok(()) } else { self.probe(bytes) }
    }

    /// Asks the system for memory and gives it back: what is allocated next elsewhere, where a failure would be the end of the
    /// process, will be there.
    #[cold]
    fn probe(&self, bytes: usize) -> Result<()> {
        let Some(layout) = buffer_layout(bytes) else { return Err(self.limit_fault()) };
        // SAFETY: the layout is not empty, and what was allocated with it is freed with it.
        unsafe {
            // Else the pair of calls is optimised away.
            let start = std::hint::black_box(std::alloc::alloc(layout));
            if start.is_null() {
                return Err(self.limit_fault());
            }
            std::alloc::dealloc(start, layout);
        }
        Ok(())
    }

    fn check_limit(&self, bytes: usize) -> Result<()> {
        match self.used.get().checked_add(bytes) {
            Some(total) if total <= self.limit.get() && !self.fails() => Ok(()),
            _ => Err(self.limit_fault()),
        }
    }

    /// Charges memory that an object holds outside the heap (the limbs of a big integer, a compiled pattern).
    pub fn charge_outside(&self, bytes: usize) {
        self.add_used(bytes);
    }

    /// Gives back what [`Heap::charge_outside`] charged.
    pub fn discharge_outside(&self, bytes: usize) {
        self.used.set(self.used.get().saturating_sub(bytes));
    }

    #[inline(always)]
    fn add_used(&self, bytes: usize) {
        let used = self.used.get() + bytes;
        self.used.set(used);
        if used > self.limit.get() || self.fails() {
            self.over_limit.set(true);
        }
    }

    /// Is this allocation made to fail? Those that no limit concerns are not.
    #[inline(always)]
    fn fails(&self) -> bool {
        self.limit.get() != usize::MAX && self.faults.fail_allocation()
    }

    /// Memory for an object of `bytes` bytes (its header included). Never fails: the limit is noticed at the next tick.
    #[inline(always)]
    pub fn alloc_object(&self, bytes: usize) -> NonNull<u8> {
        if bytes <= SMALL_BYTES_MAX { self.alloc_small(class_of(bytes)) } else { self.alloc_large(bytes) }
    }

    #[inline(always)]
    fn alloc_small(&self, class: usize) -> NonNull<u8> {
        self.add_used(class * CLASS_STEP);
        match NonNull::new(self.free[class].get()) {
            Some(cell) => {
                checker::usable(cell.cast(), size_of::<FreeCell>());
                // SAFETY: cells on a free list are unused memory of this class that holds the link.
                self.free[class].set(unsafe { (*cell.as_ptr()).next });
                checker::fresh(cell.cast(), class * CLASS_STEP);
                cell.cast()
            }
            None => self.carve(class),
        }
    }

    #[cold]
    #[inline(never)]
    fn carve(&self, class: usize) -> NonNull<u8> {
        let bytes = class * CLASS_STEP;
        let left = self.bump_end.get() as usize - self.bump.get() as usize;
        if left < bytes {
            let block = self.small_block();
            self.bump.set(block.as_ptr().wrapping_add(BLOCK_HEADER_BYTES));
            self.bump_end.set(block.as_ptr().wrapping_add(BLOCK_BYTES));
            // SAFETY: the header lies in the block, and is not all of it.
            checker::unused(unsafe { block.add(BLOCK_HEADER_BYTES) }, BLOCK_BYTES - BLOCK_HEADER_BYTES);
        }
        let start = self.bump.get();
        self.bump.set(start.wrapping_add(bytes));
        debug_assert!(self.bump.get() <= self.bump_end.get());
        // SAFETY: `start` points into a live block.
        let start = unsafe { NonNull::new_unchecked(start) };
        checker::fresh(start, bytes);
        start
    }

    /// An empty block for small objects.
    fn small_block(&self) -> NonNull<u8> {
        if self.blocks_left.get() == 0 {
            let mut chunks = self.chunks.borrow_mut();
            let bytes = if chunks.len() < SINGLE_BLOCKS_MAX { BLOCK_BYTES } else { CHUNK_BYTES };
            let Ok(layout) = Layout::from_size_align(bytes, bytes) else { std::process::abort() };
            let chunk = self.system_memory(layout);
            chunks.push((chunk, layout));
            self.next_block.set(chunk.as_ptr());
            self.blocks_left.set(bytes / BLOCK_BYTES);
        }
        let start = self.next_block.get();
        self.next_block.set(start.wrapping_add(BLOCK_BYTES));
        self.blocks_left.set(self.blocks_left.get() - 1);
        // SAFETY: this is the start of one of the blocks that are left, which have room for a header.
        unsafe { self.begin_block(NonNull::new_unchecked(start), 0) }
    }

    /// Memory for a block or for several.
    fn system_memory(&self, layout: Layout) -> NonNull<u8> {
        // SAFETY: no layout of a block is empty.
        NonNull::new(unsafe { std::alloc::alloc(layout) }).unwrap_or_else(|| std::alloc::handle_alloc_error(layout))
    }

    /// Makes memory a block of this heap.
    ///
    /// # Safety
    /// `start` is aligned to a block and has room for its header.
    unsafe fn begin_block(&self, start: NonNull<u8>, large_bytes: usize) -> NonNull<u8> {
        // SAFETY: as the caller promises.
        unsafe { start.cast::<BlockHeader>().write(BlockHeader { heap: self, large_bytes }) };
        // `Heap::of` finds the header by an address.
        let _ = start.as_ptr().expose_provenance();
        start
    }

    #[cold]
    fn alloc_large(&self, bytes: usize) -> NonNull<u8> {
        let total = BLOCK_HEADER_BYTES + bytes;
        self.add_used(total);
        let Some(layout) = block_layout(total) else { std::process::abort() };
        let start = self.system_memory(layout);
        // SAFETY: the block is larger than its header.
        unsafe { self.begin_block(start, total).add(BLOCK_HEADER_BYTES) }
    }

    /// The heap of an object.
    #[inline(always)]
    pub fn of<T: HeapObject>(object: &T) -> &Heap {
        let address = std::ptr::from_ref(object).addr() & !(BLOCK_BYTES - 1);
        let block = std::ptr::with_exposed_provenance::<BlockHeader>(address);
        // SAFETY: objects lie within the first 64 KiB of a block whose header names its heap, which outlives them.
        unsafe { &*(*block).heap }
    }

    /// The heap of an object, for a borrow that does not end with that of the object.
    ///
    /// # Safety
    /// The result is not used after the heap is gone.
    #[inline(always)]
    pub(super) unsafe fn detached<'h, T: HeapObject>(object: &T) -> &'h Heap {
        let heap: *const Heap = Heap::of(object);
        // SAFETY: as the caller promises.
        unsafe { &*heap }
    }

    /// Releases an object whose count fell to zero.
    ///
    /// # Safety
    /// `object` is alive, has no reference left and is not used afterwards.
    #[inline(never)]
    pub(super) unsafe fn release<T: HeapObject>(object: NonNull<T>) {
        // SAFETY: the object is alive until `release_now`.
        unsafe {
            let heap = Heap::of(object.as_ref());
            if T::IS_LEAF {
                return heap.release_now(object);
            }
            let depth = heap.release_depth.get();
            if depth >= RELEASE_DEPTH_MAX {
                let entry: (NonNull<Header>, Finalizer) = (object.cast(), release_erased::<T>);
                heap.release_later.borrow_mut().push(entry);
                return;
            }
            heap.release_depth.set(depth + 1);
            heap.release_now(object);
            heap.release_depth.set(depth);
            if depth == 0 {
                heap.release_rest();
            }
        }
    }

    unsafe fn release_rest(&self) {
        loop {
            let next = self.release_later.borrow_mut().pop();
            let Some((object, finalizer)) = next else { return };
            self.release_depth.set(1);
            // SAFETY: listed objects are alive and without references.
            unsafe { finalizer(object) };
            self.release_depth.set(0);
        }
    }

    unsafe fn release_now<T: HeapObject>(&self, object: NonNull<T>) {
        // SAFETY: the caller gives up the object.
        unsafe {
            let bytes = object.as_ref().object_bytes();
            T::finalize(object);
            self.free_object(object.cast(), bytes);
        }
    }

    /// # Safety
    /// `start` came from `alloc_object(bytes)` of this heap.
    unsafe fn free_object(&self, start: NonNull<u8>, bytes: usize) {
        debug_assert!(self.owns(start));
        // SAFETY: as the caller promises.
        unsafe {
            if bytes <= SMALL_BYTES_MAX {
                self.free_small(start, class_of(bytes));
            } else {
                let block = start.sub(BLOCK_HEADER_BYTES);
                let total = block.cast::<BlockHeader>().as_ref().large_bytes;
                self.used.set(self.used.get() - total);
                if let Some(layout) = block_layout(total) {
                    std::alloc::dealloc(block.as_ptr(), layout);
                }
            }
        }
    }

    /// Is the address in the first part of a block of this heap?
    fn owns(&self, start: NonNull<u8>) -> bool {
        let block = std::ptr::with_exposed_provenance::<BlockHeader>(start.as_ptr().addr() & !(BLOCK_BYTES - 1));
        // SAFETY: only asked of objects, which lie in blocks.
        std::ptr::eq(unsafe { (*block).heap }, self)
    }

    #[inline(always)]
    unsafe fn free_small(&self, start: NonNull<u8>, class: usize) {
        self.used.set(self.used.get() - class * CLASS_STEP);
        checker::unused(start, class * CLASS_STEP);
        let Some((start, class)) = self.quarantine.pass((start, class)) else { return };
        let cell = start.cast::<FreeCell>();
        checker::usable(start, size_of::<FreeCell>());
        // SAFETY: the memory is unused and at least 16 bytes long.
        unsafe { cell.write(FreeCell::new(self.free[class].get())) };
        checker::unused(start, size_of::<FreeCell>());
        self.free[class].set(cell.as_ptr());
    }

    /// Memory for a buffer of `bytes` bytes, aligned to 16. Zero bytes give a dangling pointer.
    ///
    /// # Errors
    /// The trap `RUF2002` before anything is allocated, also if the system has no memory.
    pub fn alloc_buffer(&self, bytes: usize) -> Result<NonNull<u8>> {
        if bytes == 0 {
            return Ok(NonNull::<u128>::dangling().cast());
        }
        let Some(layout) = buffer_layout(bytes) else { return Err(self.limit_fault()) };
        self.check_limit(bytes)?;
        if bytes <= SMALL_BYTES_MAX {
            return Ok(self.alloc_small(class_of(bytes)));
        }
        // SAFETY: the layout is not empty.
        let Some(start) = NonNull::new(unsafe { std::alloc::alloc(layout) }) else { return Err(self.limit_fault()) };
        self.add_used(bytes);
        Ok(start)
    }

    /// Moves a buffer to one of another size; the common part keeps its content.
    ///
    /// # Errors
    /// As [`Heap::alloc_buffer`]; the old buffer is then untouched.
    ///
    /// # Safety
    /// `start` came from this heap with `old_bytes` and is not used after success.
    pub unsafe fn resize_buffer(&self, start: NonNull<u8>, old_bytes: usize, bytes: usize) -> Result<NonNull<u8>> {
        if old_bytes > SMALL_BYTES_MAX && bytes > SMALL_BYTES_MAX {
            let (Some(layout), Some(_)) = (buffer_layout(old_bytes), buffer_layout(bytes)) else {
                return Err(self.limit_fault());
            };
            self.check_limit(bytes.saturating_sub(old_bytes))?;
            // SAFETY: a large buffer came from the system allocator with this layout.
            let moved = unsafe { std::alloc::realloc(start.as_ptr(), layout, bytes) };
            let Some(moved) = NonNull::new(moved) else { return Err(self.limit_fault()) };
            self.used.set(self.used.get() - old_bytes);
            self.add_used(bytes);
            return Ok(moved);
        }
        let moved = self.alloc_buffer(bytes)?;
        // SAFETY: both buffers are at least as long as what is copied, and distinct.
        unsafe {
            std::ptr::copy_nonoverlapping(start.as_ptr(), moved.as_ptr(), old_bytes.min(bytes));
            self.free_buffer(start, old_bytes);
        }
        Ok(moved)
    }

    /// Gives a buffer back.
    ///
    /// # Safety
    /// `start` came from this heap with `bytes` and is not used afterwards.
    pub unsafe fn free_buffer(&self, start: NonNull<u8>, bytes: usize) {
        if bytes == 0 {
            return;
        }
        // SAFETY: as the caller promises.
        unsafe {
            if bytes <= SMALL_BYTES_MAX {
                self.free_small(start, class_of(bytes));
            } else if let Some(layout) = buffer_layout(bytes) {
                std::alloc::dealloc(start.as_ptr(), layout);
                self.used.set(self.used.get() - bytes);
            }
        }
    }
}

unsafe fn release_erased<T: HeapObject>(object: NonNull<Header>) {
    let object = object.cast::<T>();
    // SAFETY: listed with its own type.
    unsafe { Heap::of(object.as_ref()).release_now(object) };
}

impl Drop for Heap {
    fn drop(&mut self) {
        self.collect_cycles();
        self.shared.clear();
        for (chunk, layout) in self.chunks.get_mut().drain(..) {
            checker::usable(chunk, layout.size());
            // SAFETY: each listed chunk came from the system with its layout; no object outlives the heap.
            unsafe { std::alloc::dealloc(chunk.as_ptr(), layout) };
        }
    }
}

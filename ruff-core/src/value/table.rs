//! The hash table of dicts and sets: entries in insertion order, and an index that finds them.
//!
//! Positions are indices of entries; a removed entry leaves a tombstone that keeps the positions of the others until the table
//! is compacted, which happens when it changes. Up to [`LINEAR_ENTRIES_MAX`] entries there is no index and no tombstone. A word
//! of the index is zero (free) or has `position + 1` in its low bits (as many as the index has) and the upper bits of the hash
//! above them, so that a probe seldom looks at a wrong entry.
//!
//! Int keys that come one after the other at equal distances, as those of a dict that stands for a list do, need no index: the
//! key tells the position. Such a table is a *progression* until another key arrives. Tombstones keep the int of what they
//! replace, so that the first entry always tells where the progression starts.
//!
//! Invariants: the first `len` entries are initialised and `live` of them are not tombstones; each has one word in the index, if
//! there is one; the index has `4 / 3 * cap` words. A table without an index and with room for more than [`LINEAR_ENTRIES_MAX`]
//! entries is a progression.
//!
//! This file is unsafe: it manages the entries.

#![allow(unsafe_code)]

use super::heap::Heap;
use crate::fault::Result;
use crate::limits::DICT_INDEX_BITS_MAX;
use std::num::NonZeroUsize;
use std::ptr::NonNull;

/// Tables up to this size are searched from front to back.
pub(super) const LINEAR_ENTRIES_MAX: u32 = 8;
const FIRST_CAPACITY: u32 = 4;
/// Fewer keys at equal distances are chance.
const PROGRESSION_ENTRIES_MIN: usize = 4;
/// Fewer tombstones than this are left alone.
const COMPACT_ENTRIES_MIN: u32 = 32;

/// What a table stores.
pub(super) trait Entry: Sized {
    /// The hash that the entry was stored under.
    fn hash(&self, heap: &Heap) -> u32;
    /// Is it no tombstone?
    fn is_live(&self) -> bool;
    /// Does it hold something that a drop releases?
    fn needs_drop(&self) -> bool;
    /// The int that is its key, if it has one of the table's own.
    fn int_key(&self) -> Option<i64>;
    /// The int that is its key in a progression, also if it is a tombstone.
    fn term(&self) -> i64;
    /// A tombstone in its place; it owns nothing.
    fn tombstone(&self, heap: &Heap) -> Self;
    /// A second entry with the same content.
    fn duplicate(&self) -> Self;
}

/// A hash table that keeps the order of insertion. Its owner calls [`Table::free`].
#[repr(C)]
pub(super) struct Table<E> {
    entries: NonNull<E>,
    /// The distance of the keys of a progression; dangling if there are few entries.
    index: NonNull<u32>,
    len: u32,
    live: u32,
    cap: u32,
    /// The number of index words less one; zero without an index.
    mask: u32,
}

const fn entries_for(index_words: u64) -> u32 {
    (index_words / 4 * 3) as u32
}

impl<E: Entry> Table<E> {
    /// The offset of the address of the entries.
    pub const ENTRIES_OFFSET: usize = std::mem::offset_of!(Table<E>, entries);
    /// The offset of the number of entries and tombstones, a `u32`.
    pub const LEN_OFFSET: usize = std::mem::offset_of!(Table<E>, len);

    pub fn new() -> Table<E> {
        let (entries, index) = (NonNull::<u128>::dangling().cast(), NonNull::<u128>::dangling().cast());
        Table { entries, index, len: 0, live: 0, cap: 0, mask: 0 }
    }

    pub fn with_capacity(heap: &Heap, n: usize) -> Result<Table<E>> {
        let mut table = Table::new();
        table.reserve(heap, n)?;
        Ok(table)
    }

    /// A table of the entries of a vector from `start` on, which are moved. No two of them are alike.
    ///
    /// # Errors
    /// The trap `RUF2002`; the vector is then unchanged.
    pub fn from_tail(heap: &Heap, entries: &mut Vec<E>, start: usize) -> Result<Table<E>> {
        let tail = entries.get(start..).unwrap_or(&[]);
        let mut table: Table<E> = Table::with_capacity(heap, tail.len())?;
        // SAFETY: the table has room for the entries, and the vector gives them up.
        unsafe {
            table.entries.as_ptr().copy_from_nonoverlapping(tail.as_ptr(), tail.len());
            table.len = tail.len() as u32;
            entries.set_len(entries.len() - table.len as usize);
        }
        table.live = table.len;
        if table.has_index() {
            table.fill_index(heap);
        }
        Ok(table)
    }

    /// The number of entries.
    #[inline(always)]
    pub fn live(&self) -> usize {
        self.live as usize
    }

    /// The entries and tombstones.
    #[inline(always)]
    pub fn slots(&self) -> &[E] {
        // SAFETY: the first `len` entries are initialised.
        unsafe { std::slice::from_raw_parts(self.entries.as_ptr(), self.len as usize) }
    }

    /// The entries and tombstones for changing what does not concern the index.
    #[inline(always)]
    pub fn slots_mut(&mut self) -> &mut [E] {
        // SAFETY: as for `slots`.
        unsafe { std::slice::from_raw_parts_mut(self.entries.as_ptr(), self.len as usize) }
    }

    /// The entry at a position, unless it is a tombstone.
    #[inline(always)]
    pub fn at(&self, position: usize) -> Option<&E> {
        self.slots().get(position).filter(|e| e.is_live())
    }

    /// The first position from `from` on that has an entry.
    #[inline(always)]
    pub fn next_position(&self, from: usize) -> Option<usize> {
        let rest = self.slots().get(from..)?;
        rest.iter().position(E::is_live).map(|i| from + i)
    }

    /// The position of the entry that `matches` an int key with that hash.
    #[inline(always)]
    pub fn find_int(&self, int: i64, hash: u32, matches: impl Fn(&E) -> bool) -> Option<usize> {
        if self.is_progression() {
            let position = self.term_position(int)?;
            return self.slots().get(position).is_some_and(matches).then_some(position);
        }
        self.find(hash, matches)
    }

    /// Are entries found by their hashes?
    #[inline(always)]
    pub fn has_index(&self) -> bool {
        self.mask != 0
    }

    /// Do the keys tell their positions?
    #[inline(always)]
    fn is_progression(&self) -> bool {
        self.mask == 0 && self.cap > LINEAR_ENTRIES_MAX
    }

    /// The distance of the keys of a progression.
    #[inline(always)]
    fn step(&self) -> i64 {
        self.index.as_ptr().addr().cast_signed() as i64
    }

    /// The position that an int has in a progression, if it is one of its keys.
    #[inline(always)]
    fn term_position(&self, int: i64) -> Option<usize> {
        let offset = int.wrapping_sub(self.slots().first()?.term());
        let step = self.step();
        let position = if step == 1 { offset } else { offset.wrapping_div(step) };
        usize::try_from(position).ok()
    }

    /// Is this the key of the next entry of a progression?
    #[inline(always)]
    fn is_next_term(&self, key: Option<i64>) -> bool {
        let Some(key) = key else { return false };
        match self.slots().first() {
            Some(first) => {
                let distance = self.step().checked_mul(i64::from(self.len));
                distance.and_then(|distance| first.term().checked_add(distance)) == Some(key)
            }
            None => true,
        }
    }

    /// The position of the entry that `matches`, among those stored under `hash` (and, without an index, others).
    #[inline(always)]
    pub fn find(&self, hash: u32, matches: impl Fn(&E) -> bool) -> Option<usize> {
        if self.mask == 0 {
            return if self.is_progression() { None } else { self.slots().iter().position(matches) };
        }
        let mut at = hash & self.mask;
        loop {
            // SAFETY: `at` is masked; a word that is not zero names an initialised entry.
            let word = unsafe { *self.index.add(at as usize).as_ptr() };
            if word == 0 {
                return None;
            }
            if (word ^ hash) & !self.mask == 0 {
                let position = ((word & self.mask) - 1) as usize;
                debug_assert!(position < self.len as usize);
                // SAFETY: as above.
                if matches(unsafe { self.entries.add(position).as_ref() }) {
                    return Some(position);
                }
            }
            at = (at + 1) & self.mask;
        }
    }

    /// The positions of live entries that may have been stored under `hash`, one after the other: the search state is the
    /// number of probes so far.
    pub fn candidate(&self, heap: &Heap, hash: u32, probes: &mut u32) -> Option<usize> {
        if self.mask == 0 {
            let from = *probes as usize;
            let at = from + self.slots().get(from..)?.iter().position(|e| e.is_live() && e.hash(heap) == hash)?;
            *probes = at as u32 + 1;
            return Some(at);
        }
        loop {
            let at = hash.wrapping_add(*probes) & self.mask;
            // SAFETY: `at` is masked.
            let word = unsafe { *self.index.add(at as usize).as_ptr() };
            if word == 0 {
                return None;
            }
            *probes += 1;
            if (word ^ hash) & !self.mask == 0 {
                let position = ((word & self.mask) - 1) as usize;
                if self.at(position).is_some_and(|e| e.hash(heap) == hash) {
                    return Some(position);
                }
            }
        }
    }

    /// Makes room for one more entry, under the int if that is its key.
    ///
    /// # Errors
    /// The trap `RUF2002`; the entries are then unchanged.
    #[inline(always)]
    pub fn make_place(&mut self, heap: &Heap, key: Option<i64>) -> Result<()> {
        if self.len == self.cap {
            self.make_room(heap)?;
        }
        if self.is_progression() && !self.is_next_term(key) { self.build_index(heap) } else { Ok(()) }
    }

    /// Ends a progression.
    #[cold]
    #[inline(never)]
    fn build_index(&mut self, heap: &Heap) -> Result<()> {
        let words = self.cap / 3 * 4;
        self.index = heap.alloc_buffer(words as usize * size_of::<u32>())?.cast();
        self.mask = words - 1;
        self.clear_index();
        self.fill_index(heap);
        Ok(())
    }

    /// Adds an entry behind the others. There must be none like it, and [`Table::make_place`] has made room: so it is written
    /// where it stays.
    #[inline(always)]
    pub fn push(&mut self, hash: u32, entry: impl FnOnce() -> E) -> usize {
        assert!(self.len < self.cap, "an entry without room");
        let position = self.len;
        // SAFETY: there is room for one more entry.
        unsafe { self.entries.add(position as usize).write(entry()) };
        self.len += 1;
        self.live += 1;
        if self.mask != 0 {
            self.index_entry(hash, position);
        }
        position as usize
    }

    #[inline(always)]
    fn index_entry(&mut self, hash: u32, position: u32) {
        let mut at = hash & self.mask;
        // SAFETY: `at` is masked; there are more words than entries, so that a free one is found.
        unsafe {
            while *self.index.add(at as usize).as_ptr() != 0 {
                at = (at + 1) & self.mask;
            }
            self.index.add(at as usize).write((hash & !self.mask) | (position + 1));
        }
    }

    /// Removes the entry at a position that has one. The positions of others may change.
    pub fn remove(&mut self, heap: &Heap, position: usize) -> Option<E> {
        self.at(position)?;
        self.live -= 1;
        // SAFETY: the position is in bounds; the gap is filled at once.
        unsafe {
            let at = self.entries.add(position);
            let entry = at.read();
            if self.cap <= LINEAR_ENTRIES_MAX {
                at.copy_from(at.add(1), self.len as usize - position - 1);
                self.len -= 1;
                return Some(entry);
            }
            at.write(entry.tombstone(heap));
            if self.live == 0 {
                self.len = 0;
                self.clear_index();
            } else if self.len >= COMPACT_ENTRIES_MIN && self.live < self.len / 4 {
                // Without memory for an index the gaps stay.
                let _ = self.close_gaps(heap);
            }
            Some(entry)
        }
    }

    /// Drops all entries and keeps the room.
    pub fn clear(&mut self) {
        let len = std::mem::take(&mut self.len) as usize;
        self.live = 0;
        self.clear_index();
        // SAFETY: these entries were initialised and are behind the length now.
        unsafe { drop_entries(self.entries, len) };
    }

    /// Closes the gaps, which move entries away from where a progression has them.
    fn close_gaps(&mut self, heap: &Heap) -> Result<()> {
        if self.is_progression() {
            self.build_index(heap)?;
        }
        self.compact(heap);
        Ok(())
    }

    /// Closes the gaps and builds the index anew.
    fn compact(&mut self, heap: &Heap) {
        let mut kept = 0;
        for from in 0..self.len as usize {
            // SAFETY: both positions are in bounds; a tombstone that is overwritten owns nothing.
            unsafe {
                if self.entries.add(from).as_ref().is_live() {
                    if from != kept {
                        self.entries.add(kept).copy_from_nonoverlapping(self.entries.add(from), 1);
                    }
                    kept += 1;
                }
            }
        }
        self.len = kept as u32;
        self.clear_index();
        self.fill_index(heap);
    }

    fn clear_index(&mut self) {
        if self.mask != 0 {
            // SAFETY: the index has `mask + 1` words.
            unsafe { self.index.write_bytes(0, self.mask as usize + 1) };
        }
    }

    fn fill_index(&mut self, heap: &Heap) {
        for position in 0..self.len {
            // SAFETY: the position is in bounds.
            let hash = unsafe { self.entries.add(position as usize).as_ref().hash(heap) };
            self.index_entry(hash, position);
        }
    }

    #[cold]
    #[inline(never)]
    fn make_room(&mut self, heap: &Heap) -> Result<()> {
        if self.live <= self.len / 4 * 3 && self.cap > LINEAR_ENTRIES_MAX {
            return self.close_gaps(heap);
        }
        let wanted = match self.cap {
            0 => FIRST_CAPACITY,
            cap => cap.saturating_mul(2).max(cap.saturating_add(1)),
        };
        self.set_capacity(heap, wanted)
    }

    /// Makes room for `n` entries in all.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn reserve(&mut self, heap: &Heap, n: usize) -> Result<()> {
        match u32::try_from(n) {
            Ok(n) if n <= self.cap => Ok(()),
            Ok(n) => self.set_capacity(heap, n),
            Err(_) => Err(heap.limit_fault()),
        }
    }

    /// The distance of the keys, if they are a progression or may become one.
    fn common_step(&self) -> Option<NonNull<u32>> {
        if self.is_progression() {
            return Some(self.index);
        }
        let terms = self.slots();
        if self.mask != 0 || terms.len() < PROGRESSION_ENTRIES_MIN {
            return None;
        }
        let distance = |pair: &[E]| pair.last()?.int_key()?.checked_sub(pair.first()?.int_key()?);
        let step = distance(terms)? / (terms.len() as i64 - 1);
        let step_word = NonZeroUsize::new(isize::try_from(step).ok()?.cast_unsigned())?;
        terms.windows(2).all(|pair| distance(pair) == Some(step)).then(|| NonNull::without_provenance(step_word))
    }

    /// Moves to memory for at least `wanted` entries, more than there are now.
    fn set_capacity(&mut self, heap: &Heap, wanted: u32) -> Result<()> {
        self.set_layout(heap, wanted, self.common_step())
    }

    /// As [`Table::set_capacity`]; with a step, which is that of the keys there are, without an index.
    fn set_layout(&mut self, heap: &Heap, wanted: u32, step: Option<NonNull<u32>>) -> Result<()> {
        if wanted <= LINEAR_ENTRIES_MAX {
            self.entries = self.resized_entries(heap, wanted)?;
            self.cap = wanted;
            return Ok(());
        }
        let bits = (wanted as u64 * 4).div_ceil(3).next_power_of_two().trailing_zeros();
        if bits > DICT_INDEX_BITS_MAX {
            return Err(heap.limit_fault());
        }
        let words = 1u64 << bits;
        if let Some(step) = step {
            let cap = entries_for(words);
            self.entries = self.resized_entries(heap, cap)?;
            (self.cap, self.index) = (cap, step);
            return Ok(());
        }
        let index = heap.alloc_buffer(words as usize * size_of::<u32>())?;
        let cap = entries_for(words);
        let entries = match self.resized_entries(heap, cap) {
            Ok(entries) => entries,
            Err(fault) => {
                // SAFETY: the new index is not used.
                unsafe { heap.free_buffer(index, words as usize * size_of::<u32>()) };
                return Err(fault);
            }
        };
        // SAFETY: the old index has this size and is replaced.
        unsafe { heap.free_buffer(self.index.cast(), self.index_bytes()) };
        self.entries = entries;
        self.cap = cap;
        self.index = index.cast();
        self.mask = (words - 1) as u32;
        self.clear_index();
        self.fill_index(heap);
        Ok(())
    }

    fn resized_entries(&self, heap: &Heap, cap: u32) -> Result<NonNull<E>> {
        let Some(bytes) = (cap as usize).checked_mul(size_of::<E>()) else { return Err(heap.limit_fault()) };
        if self.cap == 0 {
            return Ok(heap.alloc_buffer(bytes)?.cast());
        }
        // SAFETY: the buffer has this size and is replaced on success.
        unsafe { Ok(heap.resize_buffer(self.entries.cast(), self.entry_bytes(), bytes)?.cast()) }
    }

    fn entry_bytes(&self) -> usize {
        self.cap as usize * size_of::<E>()
    }

    fn index_bytes(&self) -> usize {
        if self.mask == 0 { 0 } else { (self.mask as usize + 1) * size_of::<u32>() }
    }

    /// A copy without tombstones.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn copy(&self, heap: &Heap) -> Result<Table<E>> {
        let mut table = Table::new();
        let step = (self.is_progression() && self.len == self.live).then_some(self.index);
        table.set_layout(heap, self.live, step)?;
        let same_index = table.mask == self.mask && self.len == self.live;
        for entry in self.slots().iter().filter(|e| e.is_live()) {
            // SAFETY: there is room for all entries.
            unsafe { table.entries.add(table.len as usize).write(entry.duplicate()) };
            table.len += 1;
        }
        table.live = table.len;
        if table.mask != 0 && same_index {
            // SAFETY: both indices have the same size and name the same positions.
            unsafe { table.index.copy_from_nonoverlapping(self.index, self.mask as usize + 1) };
        } else if table.mask != 0 {
            table.fill_index(heap);
        }
        Ok(table)
    }

    /// Another table takes the place of this one, whose entries are dropped.
    pub fn replace(&mut self, heap: &Heap, other: Table<E>) {
        // SAFETY: it is not used after it has been freed.
        unsafe { self.free(heap) };
        *self = other;
    }

    /// Drops the entries and gives the memory back.
    ///
    /// # Safety
    /// The table is not used afterwards.
    pub unsafe fn free(&self, heap: &Heap) {
        // SAFETY: the entries are initialised; the buffers have these sizes.
        unsafe {
            drop_entries(self.entries, self.len as usize);
            heap.free_buffer(self.entries.cast(), self.entry_bytes());
            heap.free_buffer(self.index.cast(), self.index_bytes());
        }
    }
}

/// # Safety
/// As for `drop_in_place` of the slice.
unsafe fn drop_entries<E: Entry>(first: NonNull<E>, len: usize) {
    for i in 0..len {
        // SAFETY: as the caller promises.
        unsafe {
            let entry = first.add(i);
            if entry.as_ref().needs_drop() {
                entry.drop_in_place();
            }
        }
    }
}

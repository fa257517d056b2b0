//! Code memory: one region of addresses, units of machine code carved from it, and their lives.
//!
//! A [`CodeMemory`] reserves its region once, small enough that code in it reaches all other code in it by relative branches.
//! A unit begins on a cache line, is written once, and can then run until its [`CodeUnit`] is dropped, which gives the space
//! back. No address is ever writable and executable: the region is mapped twice where the system allows it (see `code/map.rs`), else
//! each unit has pages of its own, whose permission changes.
//!
//! Invariants: a unit's space is in no other unit and not in the list of free runs; free runs are disjoint, are not adjacent to
//! each other, and begin and end at multiples of the granule; all free space holds no code that anybody may call.
//!
//! This file is unsafe: it writes to the mapped memory.

#![allow(unsafe_code)]

mod map;

pub use map::TRAP_BYTE;

use crate::limits::REGION_BYTES_MAX;
use map::Mapping;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Units begin at multiples of this: a line of the instruction cache.
pub const UNIT_ALIGNMENT: usize = 64;

/// Why there is no memory for code.
#[derive(Debug)]
pub enum CodeError {
    /// The system does not let this process have executable memory; the engine goes on in the interpreter.
    Refused(io::Error),
    /// A unit of that size does not fit what is left of the limit.
    LimitExceeded { bytes: usize, used: usize, limit: usize },
}

impl fmt::Display for CodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CodeError::Refused(error) => write!(f, "executable memory is refused: {error}"),
            CodeError::LimitExceeded { bytes, used, limit } => {
                write!(f, "code of {bytes} bytes exceeds the limit of {limit} bytes, of which {used} are in use")
            }
        }
    }
}

impl std::error::Error for CodeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            CodeError::Refused(error) => Some(error),
            CodeError::LimitExceeded { .. } => None,
        }
    }
}

/// A region of memory for code. Clones are handles to the same region, which lives as long as a handle or a unit does.
#[derive(Clone)]
pub struct CodeMemory {
    region: Arc<Region>,
}

struct Region {
    mapping: Mapping,
    /// Units take multiples of this many bytes.
    granule: usize,
    limit: usize,
    space: Mutex<Space>,
}

/// Which parts of a region are free.
#[derive(Debug)]
struct Space {
    /// The lengths of the free runs by their offsets.
    free: BTreeMap<usize, usize>,
    used: usize,
    units: usize,
}

/// How the mapping of a region is made.
type Mapper = fn(usize, Option<usize>) -> io::Result<Mapping>;

impl CodeMemory {
    /// Reserves a region for at most `limit` bytes of code, and at most [`REGION_BYTES_MAX`].
    ///
    /// # Errors
    /// [`CodeError::Refused`] where the system gives no executable memory.
    pub fn new(limit: usize) -> Result<CodeMemory, CodeError> {
        CodeMemory::near(None, limit)
    }

    /// The same near an address, if the system agrees.
    ///
    /// # Errors
    /// As [`CodeMemory::new`].
    pub fn near(address: Option<usize>, limit: usize) -> Result<CodeMemory, CodeError> {
        CodeMemory::with_mappers(limit, address, &[map::twice, map::with_changing_permission])
    }

    /// Takes the first way of mapping that works.
    fn with_mappers(limit: usize, near: Option<usize>, mappers: &[Mapper]) -> Result<CodeMemory, CodeError> {
        let limit = limit.min(REGION_BYTES_MAX);
        let bytes = limit.max(1).next_multiple_of(map::page_bytes());
        let mut refusal = io::ErrorKind::Unsupported.into();
        for mapper in mappers {
            match mapper(bytes, near) {
                Ok(mapping) => return Ok(CodeMemory::over(mapping, limit)),
                Err(error) => refusal = error,
            }
        }
        Err(CodeError::Refused(refusal))
    }

    fn over(mapping: Mapping, limit: usize) -> CodeMemory {
        let granule = if mapping.is_mapped_twice() { UNIT_ALIGNMENT } else { map::page_bytes() };
        let free = BTreeMap::from([(0, mapping.bytes())]);
        let space = Mutex::new(Space { free, used: 0, units: 0 });
        CodeMemory { region: Arc::new(Region { mapping, granule, limit, space }) }
    }

    /// Takes space for a unit of `bytes` bytes. Its address is final, so that code can be linked before it is published.
    ///
    /// # Errors
    /// [`CodeError::LimitExceeded`]: no run of free bytes is long enough.
    pub fn reserve(&self, bytes: usize) -> Result<ReservedUnit, CodeError> {
        let region = &self.region;
        let mut space = region.space();
        let full = CodeError::LimitExceeded { bytes, used: space.used, limit: region.limit };
        let Some(rounded) = bytes.max(1).checked_next_multiple_of(region.granule) else { return Err(full) };
        if rounded > region.limit.saturating_sub(space.used) {
            return Err(full);
        }
        let Some(offset) = space.take(rounded) else { return Err(full) };
        drop(space);
        Ok(ReservedUnit { region: self.region.clone(), offset, bytes, rounded })
    }

    /// The bytes that units occupy.
    pub fn used_bytes(&self) -> usize {
        self.region.space().used
    }

    /// The number of units.
    pub fn units(&self) -> usize {
        self.region.space().units
    }

    /// The number of free runs: one if nothing lies between units.
    pub fn free_runs(&self) -> usize {
        self.region.space().free.len()
    }

    /// The limit in bytes.
    pub fn limit_bytes(&self) -> usize {
        self.region.limit
    }
}

impl fmt::Debug for CodeMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CodeMemory({} of {} bytes in {} units)", self.used_bytes(), self.limit_bytes(), self.units())
    }
}

impl Region {
    /// The list of free runs. Nothing that holds the lock can panic half way, so a poisoned list is whole.
    fn space(&self) -> MutexGuard<'_, Space> {
        self.space.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Space {
    /// Takes the first run that is long enough: units stay together at the start of the region, and few pages are touched.
    fn take(&mut self, bytes: usize) -> Option<usize> {
        let (&offset, &run) = self.free.iter().find(|(_, run)| **run >= bytes)?;
        self.free.remove(&offset);
        if run > bytes {
            self.free.insert(offset + bytes, run - bytes);
        }
        self.used += bytes;
        self.units += 1;
        Some(offset)
    }

    /// Gives a run back and joins it with its neighbours.
    fn give_back(&mut self, offset: usize, bytes: usize) {
        self.used -= bytes;
        self.units -= 1;
        let (mut start, mut end) = (offset, offset + bytes);
        if let Some((&before, &run)) = self.free.range(..offset).next_back()
            && before + run == start
        {
            start = before;
        }
        if let Some(run) = self.free.remove(&end) {
            end += run;
        }
        self.free.insert(start, end - start);
    }
}

/// Space for a unit that has no code yet. Dropping it gives the space back.
pub struct ReservedUnit {
    region: Arc<Region>,
    offset: usize,
    bytes: usize,
    rounded: usize,
}

impl ReservedUnit {
    /// Where the code will run.
    pub fn address(&self) -> NonNull<u8> {
        // SAFETY: reserved units lie in the region.
        unsafe { self.region.mapping.executable().add(self.offset) }
    }

    /// Writes the code, which is as long as what was reserved at most, and makes it executable.
    ///
    /// # Errors
    /// [`CodeError::Refused`] if the system does not let the memory become executable.
    pub fn publish(self, code: &[u8]) -> Result<CodeUnit, CodeError> {
        if code.len() > self.bytes {
            return Err(CodeError::LimitExceeded { bytes: code.len(), used: 0, limit: self.bytes });
        }
        let mapping = &self.region.mapping;
        mapping.open(self.offset, self.rounded).map_err(CodeError::Refused)?;
        // SAFETY: the space is this unit's alone, is writable, and nobody runs code in it yet.
        unsafe {
            let start = mapping.writable().add(self.offset);
            start.copy_from_nonoverlapping(NonNull::from(code).cast(), code.len());
            start.add(code.len()).write_bytes(TRAP_BYTE, self.rounded - code.len());
        }
        mapping.seal(self.offset, self.rounded).map_err(CodeError::Refused)?;
        Ok(CodeUnit(self))
    }
}

impl Drop for ReservedUnit {
    fn drop(&mut self) {
        let mapping = &self.region.mapping;
        // SAFETY: the space is this unit's alone, and nobody runs code of a unit that is dropped.
        let cleared = mapping.open(self.offset, self.rounded).map(|()| unsafe {
            mapping.writable().add(self.offset).write_bytes(TRAP_BYTE, self.rounded);
        });
        // What cannot be cleared is not used again.
        if cleared.is_ok() && mapping.close(self.offset, self.rounded).is_ok() {
            self.region.space().give_back(self.offset, self.rounded);
        }
    }
}

/// Machine code that can run. It stays where it is until it is dropped, and must not run after that.
pub struct CodeUnit(ReservedUnit);

impl CodeUnit {
    /// The address of the first byte.
    pub fn address(&self) -> NonNull<u8> {
        self.0.address()
    }

    /// The bytes of code.
    pub fn len(&self) -> usize {
        self.0.bytes
    }

    /// Is there no code?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The code.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: the unit's space is readable and does not change while it exists.
        unsafe { std::slice::from_raw_parts(self.address().as_ptr(), self.len()) }
    }
}

impl fmt::Debug for CodeUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CodeUnit({:p}, {} bytes)", self.address(), self.len())
    }
}

#[cfg(all(test, unix, target_arch = "x86_64"))]
mod tests;

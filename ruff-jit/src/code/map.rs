//! How the system is asked for memory that code can run in.
//!
//! Two ways: the same pages mapped *twice*, writable at one address and executable at another, where publishing is a plain
//! write; or mapped once *with changing permission*, two calls of the system for each unit. Machine code is made for Linux and
//! other Unix systems on x86-64; everywhere else memory is refused, and the engine interprets.
//!
//! Pages that are mapped twice are shared with a process that forks off: an engine made before a fork may be used on one side of
//! it only.
//!
//! This file is unsafe: it calls the system.

#![allow(unsafe_code)]

use std::ptr::NonNull;

/// What fills space without code: an instruction that traps.
pub const TRAP_BYTE: u8 = 0xCC;

/// Mapped memory. Unmapped when it is dropped.
pub struct Mapping {
    executable: NonNull<u8>,
    /// The second address of the same memory, if it has one.
    writable: Option<NonNull<u8>>,
    bytes: usize,
}

// SAFETY: a mapping is addresses and their length; who writes where is settled by its owner.
unsafe impl Send for Mapping {}
// SAFETY: as above; its methods only read the fields and call the system, which is thread-safe.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Where code runs.
    pub fn executable(&self) -> NonNull<u8> {
        self.executable
    }

    /// Where code is written. Writing needs an open range.
    pub fn writable(&self) -> NonNull<u8> {
        self.writable.unwrap_or(self.executable)
    }

    /// Can other units run while one is written, even in the same page?
    pub fn is_mapped_twice(&self) -> bool {
        self.writable.is_some()
    }

    /// The length.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(all(unix, target_arch = "x86_64"))]
pub use unix::{page_bytes, twice, with_changing_permission};

#[cfg(all(unix, target_arch = "x86_64"))]
mod unix {
    use super::Mapping;
    use libc::{MAP_ANON, MAP_FAILED, MAP_PRIVATE, MAP_SHARED, PROT_EXEC, PROT_NONE, PROT_READ, PROT_WRITE, c_int};
    use std::io;
    use std::ptr::NonNull;
    use std::sync::LazyLock;

    /// The size of a page.
    pub fn page_bytes() -> usize {
        // SAFETY: asks for a number.
        static BYTES: LazyLock<i64> = LazyLock::new(|| unsafe { libc::sysconf(libc::_SC_PAGESIZE) });
        usize::try_from(*BYTES).ok().filter(|bytes| bytes.is_power_of_two()).unwrap_or(4096)
    }

    /// Memory mapped twice. Linux `perf` takes it for anonymous, for which it has maps of names.
    ///
    /// # Errors
    /// If the system does not map memory a second time, or lets none be executed.
    pub fn twice(bytes: usize, near: Option<usize>) -> io::Result<Mapping> {
        let executable = map(bytes, near, PROT_READ | PROT_EXEC, MAP_SHARED)?;
        // From here on dropping the mapping unmaps what there is.
        let mut mapping = Mapping { executable, writable: None, bytes };
        let second = second_mapping(executable, bytes)?;
        mapping.writable = Some(second);
        // SAFETY: the range is the second mapping.
        match unsafe { libc::mprotect(second.as_ptr().cast(), bytes, PROT_READ | PROT_WRITE) } {
            0 => Ok(mapping),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Memory mapped once, without any permission until a unit is published.
    ///
    /// # Errors
    /// If written memory cannot become executable, which is tried out.
    pub fn with_changing_permission(bytes: usize, near: Option<usize>) -> io::Result<Mapping> {
        let mapping = Mapping { executable: map(bytes, near, PROT_NONE, MAP_PRIVATE)?, writable: None, bytes };
        mapping.open(0, page_bytes())?;
        mapping.seal(0, page_bytes())?;
        mapping.close(0, page_bytes())?;
        Ok(mapping)
    }

    impl Mapping {
        /// Makes a range writable, and not executable where it has one address. Whole pages then.
        pub fn open(&self, offset: usize, bytes: usize) -> io::Result<()> {
            self.protect(offset, bytes, PROT_READ | PROT_WRITE)
        }

        /// Makes a written range executable.
        pub fn seal(&self, offset: usize, bytes: usize) -> io::Result<()> {
            self.protect(offset, bytes, PROT_READ | PROT_EXEC)
        }

        /// Ends the use of a range.
        pub fn close(&self, offset: usize, bytes: usize) -> io::Result<()> {
            self.protect(offset, bytes, PROT_NONE)
        }

        fn protect(&self, offset: usize, bytes: usize, permission: c_int) -> io::Result<()> {
            if self.is_mapped_twice() {
                return Ok(());
            }
            debug_assert!(offset.is_multiple_of(page_bytes()) && bytes.is_multiple_of(page_bytes()));
            debug_assert!(offset + bytes <= self.bytes);
            // SAFETY: the range is whole pages of this mapping.
            let result = unsafe { libc::mprotect(self.executable.add(offset).as_ptr().cast(), bytes, permission) };
            if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
        }
    }

    impl Drop for Mapping {
        fn drop(&mut self) {
            for start in [Some(self.executable), self.writable].into_iter().flatten() {
                // SAFETY: mapped with this length by `map`, and no unit is left.
                unsafe { libc::munmap(start.as_ptr().cast(), self.bytes) };
            }
        }
    }

    fn map(bytes: usize, near: Option<usize>, permission: c_int, sharing: c_int) -> io::Result<NonNull<u8>> {
        let near = std::ptr::without_provenance_mut(near.unwrap_or(0));
        // SAFETY: a fresh mapping at an address of the system's choice.
        found(unsafe { libc::mmap(near, bytes, permission, sharing | MAP_ANON, -1, 0) })
    }

    /// The same pages at a second address: what moving no byte of a shared mapping means to Linux.
    #[cfg(target_os = "linux")]
    fn second_mapping(first: NonNull<u8>, bytes: usize) -> io::Result<NonNull<u8>> {
        // SAFETY: the first mapping is shared, and stays as it is.
        found(unsafe { libc::mremap(first.as_ptr().cast(), 0, bytes, libc::MREMAP_MAYMOVE) })
    }

    #[cfg(not(target_os = "linux"))]
    fn second_mapping(_first: NonNull<u8>, _bytes: usize) -> io::Result<NonNull<u8>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn found(start: *mut libc::c_void) -> io::Result<NonNull<u8>> {
        if start == MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        NonNull::new(start.cast()).ok_or_else(|| io::ErrorKind::OutOfMemory.into())
    }
}

#[cfg(not(all(unix, target_arch = "x86_64")))]
pub use none::{page_bytes, twice, with_changing_permission};

/// Where no machine code is made.
#[cfg(not(all(unix, target_arch = "x86_64")))]
mod none {
    use super::Mapping;
    use std::io;

    /// A number to compute with.
    pub fn page_bytes() -> usize {
        4096
    }

    /// Refuses.
    pub fn twice(_bytes: usize, _near: Option<usize>) -> io::Result<Mapping> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Refuses.
    pub fn with_changing_permission(_bytes: usize, _near: Option<usize>) -> io::Result<Mapping> {
        Err(io::ErrorKind::Unsupported.into())
    }

    impl Mapping {
        /// Never called: there is no mapping.
        pub fn open(&self, _offset: usize, _bytes: usize) -> io::Result<()> {
            Err(io::ErrorKind::Unsupported.into())
        }

        /// Never called: there is no mapping.
        pub fn seal(&self, _offset: usize, _bytes: usize) -> io::Result<()> {
            Err(io::ErrorKind::Unsupported.into())
        }

        /// Never called: there is no mapping.
        pub fn close(&self, _offset: usize, _bytes: usize) -> io::Result<()> {
            Err(io::ErrorKind::Unsupported.into())
        }
    }
}

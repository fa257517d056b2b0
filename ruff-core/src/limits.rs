//! Every limit of the engine: those that a host sets, with their defaults, and those that are fixed.
//!
//! `docs/limits.md` lists them for users, with unit, code and test; `ruff-testkit/tests/documents.rs` compares that page with this file.
//! A constant belongs here if a script that meets it fares differently: it is stopped, refused, or gets an error. Sizes that only
//! make something slower or faster stay where they are used. The limits of machine code are those of its backend.

use std::time::Duration;

/// What scripts may use. `None` means no limit.
///
/// ```
/// use ruff_core::{Engine, ErrorKind, Limits, Vm};
/// let engine = Engine::builder().limits(Limits { ticks: Some(1000), ..Limits::trusted() }).build();
/// let mut vm = Vm::new(&engine);
/// let error = vm.run(&engine.compile("a.ruff", "while true {}")?).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Limit);
/// # Ok::<(), ruff_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Ticks of one VM: one per call and per loop iteration; builtins, comparisons of containers, copies of
    /// shared containers when one side changes, and copies for the host add one per 64 elements or bytes of work. `RUF2001`.
    pub ticks: Option<u64>,
    /// Bytes of all values of one VM, and of the copies that the host gets of them while they are made. `RUF2002`.
    pub memory_bytes: Option<usize>,
    /// Bytes of output of one VM. `RUF2003`.
    pub output_bytes: Option<u64>,
    /// Time of one call from the host, by the clock of the VM. `RUF2004`.
    ///
    /// In a VM without a clock, [`ticks`](Limits::ticks) bound a run alone; if they are not limited either, a call is an error.
    pub run_time: Option<Duration>,
    /// Bytes of one source text, when it is compiled. `RUF2006`.
    pub source_bytes: usize,
    /// Bits of one int, also of a literal and of one that the host gives. `RUF2008`.
    pub int_bits: Option<u64>,
    /// Generators alive at a time. `RUF2009`.
    pub generators: usize,
    /// Nested calls, at most 10,000. `RUF1016`, which scripts can catch.
    pub call_depth: usize,
}

impl Limits {
    /// For scripts of the host's own: only what protects from accidents.
    ///
    /// ```
    /// assert_eq!(ruff_core::Limits::trusted().ticks, None);
    /// ```
    pub fn trusted() -> Limits {
        Limits {
            ticks: None,
            memory_bytes: None,
            output_bytes: None,
            run_time: None,
            source_bytes: 16 << 20,
            int_bits: None,
            generators: 1_000_000,
            call_depth: CALL_DEPTH_MAX,
        }
    }

    /// For scripts of strangers: ten million ticks, 64 MiB, 1 MiB of output, 5 s where the host installs a clock.
    ///
    /// Ticks bound what a script computes. A host whose functions wait, or are slow, should install a clock too
    /// ([`EngineBuilder::clock`](crate::EngineBuilder::clock)), so that the time of a call is bounded as a whole.
    ///
    /// ```
    /// use ruff_core::{Engine, Limits, Vm};
    /// let limits = Limits { memory_bytes: Some(1 << 20), ..Limits::untrusted() };
    /// let mut vm = Vm::new(&Engine::builder().limits(limits).build());
    /// let error = vm.eval("1", "while true {}").unwrap_err();
    /// assert_eq!(error.message(), "Fuel exhausted after 10000000 ticks");
    /// ```
    pub fn untrusted() -> Limits {
        Limits {
            ticks: Some(10_000_000),
            memory_bytes: Some(64 << 20),
            output_bytes: Some(1 << 20),
            run_time: Some(Duration::from_secs(5)),
            source_bytes: 1 << 20,
            int_bits: Some(65_536),
            generators: 10_000,
            call_depth: CALL_DEPTH_MAX,
        }
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::trusted()
    }
}

/// Bytes of one source text, whatever the host allows: places in a text have 32 bits, and so have the tables that the compiler makes of it.
pub const SOURCE_BYTES_CEILING: usize = 128 << 20;
/// Nested calls, whatever the host allows: so many records of frames are reserved.
pub const CALL_DEPTH_MAX: usize = 10_000;
/// Registers of all frames together: 10,000 frames of two hundred. Only address space is reserved. At 32 MiB and more,
/// allocators map fresh pages and do not clear memory that was used before, which keeps machines cheap to make.
pub const STACK_VALUES_MAX: usize = 1 << 21;
/// Entries of the interpreter loop from native functions that may nest: the native stack must hold them all in 1 MiB.
pub const NATIVE_DEPTH_MAX: u32 = 180;
/// The native stack that calls of machine code may use, counted from the outermost entry of the machine. Calls that nest deeper
/// are interpreted, on the heap.
pub const NATIVE_STACK_BYTES_MAX: usize = 256 << 10;

/// Nested expressions, blocks, patterns and types of a source.
pub const NESTING_MAX: u32 = 256;
/// Diagnostics of one compilation that are kept; more are only counted.
pub const DIAGNOSTICS_MAX: usize = 100;
/// Registers of one function. Operands have 16 bits, and some room is kept for what follows a window.
pub const REGISTERS_MAX: u32 = 65_000;
/// Variables that one function captures: their index is an operand of 16 bits.
pub const CAPTURES_MAX: u32 = u16::MAX as u32;

/// Bits of one int, whatever the host allows: allocating its limbs must not fail, and exponents fit 32 bits.
pub const INT_BITS_CEILING: u64 = u32::MAX as u64;
/// Bytes of one string, whatever the host allows: its length has 32 bits.
pub const STRING_BYTES_MAX: usize = u32::MAX as usize;
/// Elements of one array, whatever the host allows: its capacity has 32 bits.
pub const ARRAY_ELEMENTS_MAX: usize = u32::MAX as usize;
/// Slots of the index of one dict or set, as a power of two: three quarters may be taken.
pub const DICT_INDEX_BITS_MAX: u32 = 31;
/// Levels of a JSON text.
pub const JSON_LEVELS_MAX: usize = 512;
/// Levels of `Data`, each way.
pub const DATA_LEVELS_MAX: u32 = 512;
/// Bytes of the copy of a thrown value that an error carries. Errors are made often, and must not fail.
pub const THROWN_BYTES_MAX: usize = 64 << 10;
/// Bytes of the text of a regular expression.
pub const PATTERN_BYTES_MAX: usize = 64 << 10;
/// Bytes of a compiled regular expression, and of the tables that matching fills for it.
pub const COMPILED_PATTERN_BYTES_MAX: usize = 1 << 20;

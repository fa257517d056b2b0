//! The limits of section 21 of the language reference.

use std::time::Duration;

/// What scripts may use. `None` means no limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Ticks of one VM: one per call and per loop iteration; builtins add one per 64 elements or bytes of work. `RUF2001`.
    pub ticks: Option<u64>,
    /// Bytes of all values of one VM. `RUF2002`.
    pub memory_bytes: Option<usize>,
    /// Bytes of output of one VM. `RUF2003`.
    pub output_bytes: Option<u64>,
    /// Time of one call from the host; needs a clock. `RUF2004`.
    pub run_time: Option<Duration>,
    /// Bytes of one source text. `RUF2006`.
    pub source_bytes: usize,
    /// Bits of one int. `RUF2008`.
    pub int_bits: Option<u64>,
    /// Generators alive at a time. `RUF2009`.
    pub generators: usize,
    /// Nested calls, at most 10,000. `RUF1016`, which scripts can catch.
    pub call_depth: usize,
}

impl Limits {
    /// For scripts of the host's own: only what protects from accidents.
    pub fn trusted() -> Limits {
        Limits {
            ticks: None,
            memory_bytes: None,
            output_bytes: None,
            run_time: None,
            source_bytes: 16 << 20,
            int_bits: None,
            generators: 1_000_000,
            call_depth: 10_000,
        }
    }

    /// For scripts of strangers.
    pub fn untrusted() -> Limits {
        Limits {
            ticks: Some(10_000_000),
            memory_bytes: Some(64 << 20),
            output_bytes: Some(1 << 20),
            run_time: Some(Duration::from_secs(5)),
            source_bytes: 1 << 20,
            int_bits: Some(65_536),
            generators: 10_000,
            call_depth: 10_000,
        }
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::trusted()
    }
}

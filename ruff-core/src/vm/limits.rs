//! The limits of one machine (section 21 of the reference) and where they are checked.

use std::time::Duration;

/// Entries of the interpreter loop from native code that may nest: the native stack must hold them all in 1 MiB.
pub const NATIVE_DEPTH_MAX: u32 = 180;

/// Nested calls.
pub const CALL_DEPTH_MAX: usize = 10_000;

/// The limits that a host may set. The memory limit is the heap's.
pub struct Limits {
    /// Ticks: one per call and per loop iteration.
    pub ticks_max: Option<u64>,
    /// Nested calls; at most [`CALL_DEPTH_MAX`].
    pub call_depth_max: usize,
    /// The size of one int, in bits.
    pub int_bits_max: u64,
    /// Generators alive.
    pub generators_max: usize,
    /// Run time from the start of the outermost call, by the clock of the services.
    pub run_time_max: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            ticks_max: None,
            call_depth_max: CALL_DEPTH_MAX,
            int_bits_max: u64::MAX,
            generators_max: 1_000_000,
            run_time_max: None,
        }
    }
}

//! The limits of section 21 of the language reference.

use crate::vm::{self, Machine};
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
    /// Ticks of one VM: one per call and per loop iteration; builtins, and copies of
    /// shared containers when one side changes, add one per 64 elements or bytes of work. `RUF2001`.
    pub ticks: Option<u64>,
    /// Bytes of all values of one VM. `RUF2002`.
    pub memory_bytes: Option<usize>,
    /// Bytes of output of one VM. `RUF2003`.
    pub output_bytes: Option<u64>,
    /// Time of one call from the host, by the clock of the VM. `RUF2004`.
    ///
    /// In a VM without a clock, [`ticks`](Limits::ticks) bound a run alone; if they are not limited either, a call is an error.
    pub run_time: Option<Duration>,
    /// Bytes of one source text, when it is compiled. `RUF2006`.
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
            call_depth: 10_000,
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
            call_depth: 10_000,
        }
    }

    /// The part that a machine knows.
    pub(super) fn of_machine(&self) -> vm::Limits {
        vm::Limits {
            ticks_max: self.ticks,
            call_depth_max: self.call_depth,
            int_bits_max: self.int_bits.unwrap_or(u64::MAX),
            generators_max: self.generators,
            run_time_max: self.run_time,
        }
    }

    /// Sets the limits of a machine.
    pub(super) fn apply(&self, machine: &mut Machine) {
        machine.set_limits(self.of_machine(), self.memory_bytes.unwrap_or(usize::MAX), self.output_bytes);
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::trusted()
    }
}

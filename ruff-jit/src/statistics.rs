//! What the native tier has done, counted as it goes.

use crate::program::At;
use crate::report::RefusalReason;
use ruff_core::jit::ExitReason;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Counters that all programs of an engine share. They only grow.
#[derive(Debug, Default)]
pub struct Statistics {
    functions: AtomicU64,
    loops: AtomicU64,
    resumptions: AtomicU64,
    refusals: AtomicU64,
    rejections: AtomicU64,
    entries: AtomicU64,
    code_bytes: AtomicU64,
    compile_nanos: AtomicU64,
    exits: [AtomicU64; ExitReason::ALL.len()],
}

impl Statistics {
    /// Whole functions that were compiled, each build counted.
    pub fn functions(&self) -> u64 {
        self.functions.load(Ordering::Relaxed)
    }

    /// Loops that were compiled, each build counted.
    pub fn loops(&self) -> u64 {
        self.loops.load(Ordering::Relaxed)
    }

    /// Places where generators go on that were compiled, each build counted.
    pub fn resumptions(&self) -> u64 {
        self.resumptions.load(Ordering::Relaxed)
    }

    /// Functions that are not compiled any more, for whatever reason.
    pub fn refusals(&self) -> u64 {
        self.refusals.load(Ordering::Relaxed)
    }

    /// Those that a bug of the native tier is the reason for.
    pub fn rejections(&self) -> u64 {
        self.rejections.load(Ordering::Relaxed)
    }

    /// How often a machine has asked for native code and was given some. Calls through a known entry are not counted.
    pub fn entries(&self) -> u64 {
        self.entries.load(Ordering::Relaxed)
    }

    /// How often native code was left for that reason. Errors that pass through are not counted.
    pub fn exits(&self, reason: ExitReason) -> u64 {
        self.exits[reason as usize].load(Ordering::Relaxed)
    }

    /// Bytes of machine code of these functions, loops and generators, each build counted.
    pub fn code_bytes(&self) -> u64 {
        self.code_bytes.load(Ordering::Relaxed)
    }

    /// The time that compiling has taken, of all threads together.
    pub fn compile_time(&self) -> Duration {
        Duration::from_nanos(self.compile_nanos.load(Ordering::Relaxed))
    }

    pub(crate) fn add_build(&self, at: At, code_bytes: usize) {
        let counter = match at {
            At::Call => &self.functions,
            At::Loop(_) => &self.loops,
            At::Resume(_) => &self.resumptions,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        self.code_bytes.fetch_add(code_bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn add_compile_time(&self, time: Duration) {
        self.compile_nanos.fetch_add(time.as_nanos() as u64, Ordering::Relaxed);
    }

    pub(crate) fn add_refusal(&self, reason: RefusalReason) {
        self.refusals.fetch_add(1, Ordering::Relaxed);
        if reason == RefusalReason::Rejected {
            self.rejections.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn add_entry(&self) {
        self.entries.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn add_exit(&self, reason: ExitReason) {
        self.exits[reason as usize].fetch_add(1, Ordering::Relaxed);
    }
}

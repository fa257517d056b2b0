//! What the native tier has done in many runs of a mode.

use ruff_core::jit::ExitReason;
use ruff_jit::Statistics;
use std::fmt::{self, Display, Formatter};
use std::sync::atomic::{AtomicU64, Ordering};

/// Sums over runs; threads may add to it.
#[derive(Debug, Default)]
pub struct Tally {
    runs: AtomicU64,
    entered: AtomicU64,
    functions: AtomicU64,
    loops: AtomicU64,
    exits: [AtomicU64; ExitReason::ALL.len()],
}

impl Tally {
    /// Adds what one run has counted.
    pub fn add(&self, run: &Statistics) {
        let add = |to: &AtomicU64, count: u64| to.fetch_add(count, Ordering::Relaxed);
        add(&self.runs, 1);
        add(&self.entered, (run.entries() > 0) as u64);
        add(&self.functions, run.functions());
        add(&self.loops, run.loops());
        for reason in ExitReason::ALL {
            add(&self.exits[*reason as usize], run.exits(*reason));
        }
    }

    /// Runs that were added.
    pub fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    /// Those of them that have entered native code.
    pub fn entered(&self) -> u64 {
        self.entered.load(Ordering::Relaxed)
    }

    /// Exits for a reason.
    pub fn exits(&self, reason: ExitReason) -> u64 {
        self.exits[reason as usize].load(Ordering::Relaxed)
    }
}

impl Display for Tally {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let [functions, loops] = [&self.functions, &self.loops].map(|c| c.load(Ordering::Relaxed));
        write!(f, "{} of {} runs native, {functions} functions, {loops} loops; exits:", self.entered(), self.runs())?;
        for reason in ExitReason::ALL.iter().filter(|r| self.exits(**r) > 0) {
            write!(f, " {reason} {}", self.exits(*reason))?;
        }
        Ok(())
    }
}

//! Ticks: the local quantum, and what is looked at when it is used up.
//!
//! A tick is one call or one back-edge. Code counts the quantum down; at zero it asks for more here, where the budget, the
//! memory, the deadline and the interrupt flag are looked at. With a budget the quantum never exceeds it, so that the count is
//! exact.

use super::Machine;
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::limits::{CALL_DEPTH_MAX, Limits};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Ticks between two looks at the limits.
pub(super) const QUANTUM_TICKS: u64 = 4096;

/// The longest wait between two looks at interrupt and deadline. A script that waits is charged a tick for each.
const WAIT_MAX: Duration = Duration::from_millis(20);
/// The shortest wait before a deadline, so that it is over afterwards.
const WAIT_MIN: Duration = Duration::from_millis(1);

/// Elements or steps of a long operation between two looks at interrupt and deadline: a fraction of a millisecond.
const PACE: usize = 8192;

impl Machine {
    /// Charges one tick.
    ///
    /// # Errors
    /// The traps of section 21.
    #[inline(always)]
    pub(super) fn tick(&mut self) -> Result<()> {
        if self.quantum == 0 {
            self.refill_quantum()?;
        }
        self.quantum -= 1;
        Ok(())
    }

    /// Charges ticks for work in proportion to data.
    ///
    /// # Errors
    /// The traps of section 21.
    pub(super) fn charge(&mut self, ticks: u64) -> Result<()> {
        let mut left = ticks;
        let ends_quantum = left > self.quantum;
        while left > self.quantum {
            left -= self.quantum;
            self.quantum = 0;
            self.refill_quantum_of(QUANTUM_TICKS)?;
            // Without a budget the look was enough, whatever is left.
            if self.limits.ticks.is_none() {
                self.granted_ticks += left.saturating_sub(self.quantum);
                left = left.min(self.quantum);
            }
        }
        self.quantum -= left;
        if self.tier.is_active() {
            // The end of a quantum is where hot code is looked for; native code looks at the limits soon after long work.
            match self.tier.is_native() {
                true => self.give_back_quantum(self.quantum.min(self.tier.period())),
                false if ends_quantum => self.give_back_quantum(0),
                false => {}
            }
        }
        Ok(())
    }

    /// Charges for the copies of shared containers that an operation has made, whether it has failed or not.
    ///
    /// # Errors
    /// The traps of section 21, else the error of the operation.
    #[inline(always)]
    pub(super) fn charge_copies<T>(&mut self, result: Result<T>) -> Result<T> {
        self.charge_owed()?;
        result
    }

    /// Charges for the copies of shared containers that have been made.
    ///
    /// # Errors
    /// The traps of section 21.
    #[inline(always)]
    pub(super) fn charge_owed(&mut self) -> Result<()> {
        if self.heap.owes_copies() { self.charge_owed_now() } else { Ok(()) }
    }

    #[cold]
    #[inline(never)]
    fn charge_owed_now(&mut self) -> Result<()> {
        // The native tier hears which instruction it was.
        if self.tier.is_active() {
            let function = self.function();
            function.native.note_copied(self.running_word(), function.code.len());
        }
        match self.heap.take_owed_ticks() {
            0 => Ok(()),
            ticks => self.charge(ticks),
        }
    }

    /// Ticks used so far.
    pub fn ticks_used(&self) -> u64 {
        self.granted_ticks - self.quantum
    }

    /// Sets the limits. Ticks and output are counted from now on, run time from the start of the outermost call.
    pub fn set_limits(&mut self, limits: &Limits) {
        let depth = limits.call_depth.min(CALL_DEPTH_MAX);
        self.limits = Limits { call_depth: depth, ..limits.clone() };
        self.set_ticks_max(limits.ticks);
        self.frames_end = self.frames.end_for(depth);
        self.heap.set_limit_bytes(limits.memory_bytes.unwrap_or(usize::MAX));
        self.heap.set_int_bits_max(limits.int_bits.unwrap_or(u64::MAX));
        self.services.set_output_bytes_max(limits.output_bytes);
    }

    /// Grants the script that many ticks from now on; `None` for any number.
    pub fn set_ticks_max(&mut self, ticks: Option<u64>) {
        let used = self.ticks_used();
        self.limits.ticks = ticks.map(|t| used.saturating_add(t));
        self.granted_ticks = used;
        self.quantum = 0;
    }

    /// Ticks that are left; `None` for any number.
    pub fn ticks_left(&self) -> Option<u64> {
        self.limits.ticks.map(|max| max.saturating_sub(self.ticks_used()))
    }

    /// Starts the time of a call of the host.
    ///
    /// # Errors
    /// If run time is limited, ticks are not, and there is no clock; and the trap `RUF2005` if an interrupt waits.
    #[inline]
    pub(super) fn begin(&mut self) -> Result<()> {
        if self.native_depth == 0 {
            self.pending.clear();
            // What the host has copied is no work of the script.
            self.heap.take_owed_ticks();
            if self.interrupt.load(Ordering::Relaxed) {
                return Err(Fault::trap(Code::INTERRUPTED, "Interrupted"));
            }
            if self.limits.run_time.is_some()
                && let Some(clock) = self.services.limit_clock(self.limits.ticks)?
            {
                self.began = clock.monotonic();
            }
        }
        Ok(())
    }

    /// Charges the tick of a call of a script function or of a back-edge, where hot code is looked for.
    ///
    /// # Errors
    /// The traps of section 21.
    #[inline(always)]
    pub(super) fn tick_sampled(&mut self) -> Result<()> {
        if self.quantum == 0 {
            self.refill_sampled()?;
        }
        self.quantum -= 1;
        Ok(())
    }

    /// Looks at the limits and grants the ticks until the next look at what is hot.
    ///
    /// # Errors
    /// The traps of section 21.
    #[cold]
    #[inline(never)]
    pub(super) fn refill_sampled(&mut self) -> Result<()> {
        let ticks = self.tier.next_period();
        self.refill_interpreter(ticks)
    }

    /// Looks at the limits and grants a quantum of at least one tick. A quantum that ends where nothing is looked for is followed
    /// by a single tick, so that the next call or back-edge is seen however a loop's ticks fall on the periods.
    ///
    /// # Errors
    /// The traps of section 21.
    #[cold]
    #[inline(never)]
    pub(super) fn refill_quantum(&mut self) -> Result<()> {
        self.refill_interpreter(if self.tier.is_active() { 1 } else { QUANTUM_TICKS })
    }

    /// The same for a quantum of at most `ticks`, which the interpreter gets.
    ///
    /// # Errors
    /// The traps of section 21.
    fn refill_interpreter(&mut self, ticks: u64) -> Result<()> {
        self.refill_quantum_of(ticks)?;
        self.tier.grant(self.quantum);
        Ok(())
    }

    /// The same for a quantum of at most `ticks`, whoever gets it.
    ///
    /// # Errors
    /// The traps of section 21.
    pub(super) fn refill_quantum_of(&mut self, ticks: u64) -> Result<()> {
        let left = self.limits.ticks.map_or(u64::MAX, |max| max.saturating_sub(self.granted_ticks));
        if left == 0 {
            let max = self.limits.ticks.unwrap_or(0);
            return Err(Fault::trap(Code::LIMIT_FUEL, format!("Fuel exhausted after {max} ticks")));
        }
        self.check_time()?;
        if self.heap.is_over_limit() {
            self.heap.collect_cycles();
            if self.heap.is_over_limit() {
                return Err(self.heap.limit_fault());
            }
        }
        if self.heap.tracked.should_collect() || self.heap.faults.looks_each_tick() {
            self.heap.collect_cycles();
        }
        let quantum = if self.heap.faults.looks_each_tick() { 1 } else { left.min(ticks) };
        self.granted_ticks += quantum;
        self.quantum += quantum;
        Ok(())
    }

    /// Gives back the ticks of the quantum beyond so many.
    pub(super) fn give_back_quantum(&mut self, kept: u64) {
        self.granted_ticks -= self.quantum - kept;
        self.quantum = kept;
    }

    /// Tells of work that is done, so that interrupt and deadline are looked at now and then while an operation is long.
    ///
    /// # Errors
    /// The traps `RUF2004` and `RUF2005`.
    #[inline]
    pub(super) fn pace(&mut self, work: usize) -> Result<()> {
        self.paced = self.paced.saturating_add(work);
        if self.paced < PACE {
            return Ok(());
        }
        self.paced = 0;
        self.check_time()
    }

    /// Waits by the clock of the host, a tick for each [`WAIT_MAX`], with looks at interrupt and deadline.
    ///
    /// # Errors
    /// The traps of section 21, and an error if there is no clock.
    pub(super) fn wait(&mut self, duration: Duration) -> Result<()> {
        let start = self.services.clock()?.monotonic();
        // Sums of ticks fit 64 bits.
        self.charge((duration.as_nanos() / WAIT_MAX.as_nanos()).min(u32::MAX.into()) as u64)?;
        // What has passed by the clock, or what it was told to wait, if its time does not move.
        let (mut passed, mut told) = (Duration::ZERO, Duration::ZERO);
        while let Some(left) = duration.checked_sub(passed.max(told)).filter(|left| !left.is_zero()) {
            let until_deadline = self.time_left()?.unwrap_or(WAIT_MAX).max(WAIT_MIN);
            let wait = left.min(WAIT_MAX).min(until_deadline);
            let clock = self.services.clock()?;
            clock.sleep(wait);
            passed = clock.monotonic().saturating_sub(start);
            told += wait;
            self.check_time()?;
        }
        Ok(())
    }

    /// How long the script may go on, if that is limited.
    fn time_left(&mut self) -> Result<Option<Duration>> {
        let Some(limit) = self.limits.run_time else { return Ok(None) };
        let now = self.services.limit_clock(self.limits.ticks)?.map(|clock| clock.monotonic());
        Ok(now.map(|now| limit.saturating_sub(now.saturating_sub(self.began))))
    }

    /// Looks at the interrupt flag and the deadline.
    ///
    /// # Errors
    /// The traps `RUF2005` and `RUF2004`.
    #[cold]
    #[inline(never)]
    pub(super) fn check_time(&mut self) -> Result<()> {
        if self.interrupt.load(Ordering::Relaxed) || self.heap.faults.interrupt() {
            return Err(Fault::trap(Code::INTERRUPTED, "Interrupted"));
        }
        if let Some(limit) = self.limits.run_time
            && let Some(clock) = self.services.limit_clock(self.limits.ticks)?
            && clock.monotonic().saturating_sub(self.began) > limit
        {
            return Err(Fault::trap(Code::LIMIT_TIME, format!("Time limit exceeded: {} ms", limit.as_millis())));
        }
        Ok(())
    }
}

//! What `ruff run --stats` tells.

use ruff_core::Vm;
use ruff_core::jit::ExitReason;
use ruff_jit::Statistics;
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

/// What a run has used.
pub struct Usage<'a> {
    ticks: u64,
    memory_bytes: usize,
    output_bytes: u64,
    /// From the start of the compilation to the end of the run.
    time: Duration,
    native: Option<&'a Statistics>,
}

impl Usage<'_> {
    /// What a machine has used, in a run that took `time`.
    pub fn of<'a>(vm: &Vm, time: Duration, native: Option<&'a Statistics>) -> Usage<'a> {
        Usage { ticks: vm.ticks_used(), memory_bytes: vm.memory_bytes(), output_bytes: vm.output_bytes(), time, native }
    }
}

impl Display for Usage<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "time           {:.3} ms", millis(self.time))?;
        writeln!(f, "ticks          {}", self.ticks)?;
        writeln!(f, "memory         {} bytes", self.memory_bytes)?;
        writeln!(f, "output         {} bytes", self.output_bytes)?;
        let Some(native) = self.native else { return writeln!(f, "native code    off") };
        let (functions, loops, resumptions) = (native.functions(), native.loops(), native.resumptions());
        let units = functions + loops + resumptions;
        write!(f, "native code    {units} units ({functions} functions, {loops} loops")?;
        if resumptions > 0 {
            write!(f, ", {resumptions} resumptions")?;
        }
        writeln!(f, "), {} bytes", native.code_bytes())?;
        writeln!(f, "refused        {}", native.refusals())?;
        let share = 100.0 * native.compile_time().as_secs_f64() / self.time.as_secs_f64().max(f64::MIN_POSITIVE);
        writeln!(f, "compiling      {:.3} ms, {share:.1} % of the time", millis(native.compile_time()))?;
        write_exits(f, native)
    }
}

fn write_exits(f: &mut Formatter<'_>, native: &Statistics) -> fmt::Result {
    let counts = ExitReason::ALL.iter().map(|reason| (native.exits(*reason), reason.name())).filter(|(n, _)| *n > 0);
    let mut counts: Vec<(u64, &str)> = counts.collect();
    counts.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    write!(f, "exits          {}", counts.iter().map(|(count, _)| count).sum::<u64>())?;
    for (at, (count, reason)) in counts.iter().enumerate() {
        write!(f, "{}{reason} {count}", if at == 0 { ": " } else { ", " })?;
    }
    writeln!(f)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

//! The engine and the machines of the command: every capability, real services, modules from files.

use crate::arguments::Tiers;
use crate::host::{self, ScriptArguments};
use crate::interrupt;
use crate::loader::FileLoader;
use crate::output::{ErrorOutput, Output};
use crate::perf::PerfMap;
use crate::services::{StdinLines, SystemClock, SystemRandom};
use ruff_core::{Engine, Tier, Vm};
use ruff_jit::{CompileError, Cranelift, Options, Statistics};
use std::sync::Arc;

/// An engine with the functions of the host. Where the system gives no memory for machine code, it goes without, and says so.
pub fn engine(tiers: &Tiers) -> Engine {
    engine_and_statistics(tiers).0
}

/// The same with the counters of its native tier.
pub fn engine_and_statistics(tiers: &Tiers) -> (Engine, Option<Arc<Statistics>>) {
    let defaults = Options::default();
    engine_with(tiers, Options { threshold: tiers.threshold.unwrap_or(defaults.threshold), ..defaults })
}

/// An engine whose native tier has these options.
pub fn engine_with(tiers: &Tiers, options: Options) -> (Engine, Option<Arc<Statistics>>) {
    let mut builder = Engine::builder().loader(FileLoader).tier(tiers.tier);
    let mut statistics = None;
    if tiers.tier != Tier::Interpreter {
        match native(tiers, options) {
            Ok(native) => {
                statistics = Some(native.statistics());
                builder = builder.jit(native);
            }
            Err(error) => eprintln!("ruff: no native code: {error}"),
        }
    }
    (host::entries().fold(builder, |builder, entry| builder.native(entry)).build(), statistics)
}

fn native(tiers: &Tiers, options: Options) -> Result<Cranelift, CompileError> {
    if !tiers.has_perf_map {
        return Cranelift::with_options(options);
    }
    match PerfMap::create() {
        Ok(map) => Cranelift::observed(options, move |code| map.add(&code)),
        Err(error) => {
            eprintln!("ruff: no map for perf: {error}");
            Cranelift::with_options(options)
        }
    }
}

/// A machine with the services of the process, which Ctrl-C interrupts.
pub fn vm(engine: &Engine, args: Vec<String>, output: &Output) -> Vm {
    let mut vm = Vm::new(engine);
    vm.set_output(output.clone());
    vm.set_error_output(ErrorOutput(output.clone()));
    vm.set_input(StdinLines(output.clone()));
    vm.set_clock(SystemClock::new());
    vm.set_random(SystemRandom);
    vm.set_native_state(ScriptArguments(args));
    interrupt::stops(vm.interrupt().flag());
    vm
}

//! The engine and the machines of the command: every capability, real services, modules from files.

use crate::arguments::Tiers;
use crate::host::{self, ScriptArguments};
use crate::interrupt;
use crate::loader::FileLoader;
use crate::output::{ErrorOutput, Output};
use crate::services::{StdinLines, SystemClock, SystemRandom};
use ruff_core::{Engine, Tier, Vm};
use ruff_jit::{Cranelift, Options};

/// An engine with the functions of the host. Where the system gives no memory for machine code, it goes without, and says so.
pub fn engine(tiers: &Tiers) -> Engine {
    let mut builder = Engine::builder().loader(FileLoader).tier(tiers.tier);
    if tiers.tier != Tier::Interpreter {
        let defaults = Options::default();
        let options = Options { threshold: tiers.threshold.unwrap_or(defaults.threshold), ..defaults };
        match Cranelift::with_options(options) {
            Ok(native) => builder = builder.jit(native),
            Err(error) => eprintln!("ruff: no native code: {error}"),
        }
    }
    host::entries().fold(builder, |builder, entry| builder.native(entry)).build()
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

//! The engine and the machines of the command: every capability, real services, modules from files.

use crate::host::{self, ScriptArguments};
use crate::interrupt;
use crate::loader::FileLoader;
use crate::output::{ErrorOutput, Output};
use crate::services::{StdinLines, SystemClock, SystemRandom};
use ruff_core::{Engine, Vm};

/// An engine with the functions of the host.
pub fn engine() -> Engine {
    let builder = Engine::builder().loader(FileLoader);
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

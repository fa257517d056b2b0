//! Virtual machines: where programs run.

use super::convert::{FromValue, IntoValue};
use super::engine::Engine;
use super::error::Error;
use super::program::Program;
use crate::bytecode::ProgramData;
use crate::code::Code;
use crate::compile::CompileOptions;
use crate::fault::{Fault, Result as FaultResult};
use crate::syntax::source::Source;
use crate::value::{Heap, Value, text};
use crate::vm::services::{Clock, InputSource, OutputSink, RandomSource};
use crate::vm::{InstanceId, Limits as MachineLimits, Machine, MachineConfig};
use std::any::Any;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A virtual machine: memory, global variables, services and what is left of the limits. `Send`, not `Sync`; after any error it
/// can go on.
///
/// ```
/// use ruff_core::{Engine, Vm};
/// let engine = Engine::new();
/// let program = engine.compile("count.ruff", "n := 0\nfunc next() { n += 1; return n }")?;
/// let mut vm = Vm::new(&engine);
/// vm.run(&program)?;
/// vm.call::<i64>("next", ())?;
/// assert_eq!(vm.call::<i64>("next", ())?, 2);
/// # Ok::<(), ruff_core::Error>(())
/// ```
pub struct Vm {
    engine: Engine,
    machine: Machine,
    interrupt: Arc<AtomicBool>,
    /// Programs that are linked already.
    loaded: Vec<(Arc<ProgramData>, InstanceId)>,
}

/// Stops the script that a VM runs, from any thread.
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// The running call ends with the error `RUF2005` at its next tick. Without a running call nothing happens.
    pub fn interrupt(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// The flag that [`Interrupt::interrupt`] sets, for handlers of signals.
    pub fn flag(&self) -> Arc<AtomicBool> {
        self.0.clone()
    }
}

/// Arguments of a call: tuples of up to eight values.
pub trait Arguments {
    /// The script values.
    #[doc(hidden)]
    fn into_values(self, heap: &Heap) -> FaultResult<Vec<Value>>;
}

macro_rules! arguments {
    ($($arg:ident)*) => {
        impl<$($arg: IntoValue),*> Arguments for ($($arg,)*) {
            #[allow(non_snake_case)]
            fn into_values(self, heap: &Heap) -> FaultResult<Vec<Value>> {
                let _ = heap;
                let ($($arg,)*) = self;
                Ok(vec![$($arg.into_value(heap)?),*])
            }
        }
    };
}

arguments!();
arguments!(A);
arguments!(A B);
arguments!(A B C);
arguments!(A B C D);
arguments!(A B C D E);
arguments!(A B C D E F);
arguments!(A B C D E F G);
arguments!(A B C D E F G H);

impl Vm {
    /// A VM with the library and the limits of an engine, and no services: scripts cannot print, read, or see time until the
    /// host installs what they need.
    pub fn new(engine: &Engine) -> Vm {
        let limits = engine.limits();
        let interrupt = Arc::new(AtomicBool::new(false));
        let config = MachineConfig {
            library: engine.library().clone(),
            prelude: Some(engine.prelude_source()),
            granted: engine.capabilities(),
            limits: MachineLimits {
                ticks_max: limits.ticks,
                call_depth_max: limits.call_depth,
                int_bits_max: limits.int_bits.unwrap_or(u64::MAX),
                generators_max: limits.generators,
                deadline: None,
            },
            memory_bytes_max: limits.memory_bytes.unwrap_or(usize::MAX),
            hash_seed: RandomState::new().build_hasher().finish(),
            interrupt: interrupt.clone(),
        };
        let mut machine = Machine::new(config);
        machine.services.set_output_bytes_max(limits.output_bytes);
        Vm { engine: engine.clone(), machine, interrupt, loaded: Vec::new() }
    }

    /// Sends what scripts print to a sink: a closure that gets text, or an [`OutputSink`].
    pub fn set_output(&mut self, sink: impl OutputSink + 'static) {
        self.machine.services.set_output(Box::new(sink));
    }

    /// Sends what scripts print to their error output to a sink.
    pub fn set_error_output(&mut self, sink: impl OutputSink + 'static) {
        self.machine.services.set_error_output(Box::new(sink));
    }

    /// Lets scripts read.
    pub fn set_input(&mut self, input: impl InputSource + 'static) {
        self.machine.services.set_input(Box::new(input));
    }

    /// Lets scripts see time. Without a clock there is no limit of run time.
    pub fn set_clock(&mut self, clock: impl Clock + 'static) {
        self.machine.services.set_clock(Box::new(clock));
    }

    /// Lets random numbers be random.
    pub fn set_random(&mut self, random: impl RandomSource + 'static) {
        self.machine.services.set_random(Box::new(random));
    }

    /// Puts state for native functions into the VM; it replaces state of the same type. Natives reach it through
    /// [`crate::native::Ctx::state`].
    pub fn set_state<T: Send + 'static>(&mut self, state: T) {
        self.machine.services.set_state(state);
    }

    /// Runs the top-level code of a program. Its top-level variables become global variables of this VM.
    ///
    /// # Errors
    /// The error that the script did not catch, a limit, or the status of `exit`.
    pub fn run(&mut self, program: &Program) -> Result<(), Error> {
        let instance = self.load(program)?;
        self.enter(|machine| machine.run_main(instance)).map(drop)
    }

    /// Runs a test of a program made by [`Engine::compile_tests`], in this VM, which should be fresh.
    ///
    /// # Errors
    /// What made the test fail.
    pub fn run_test(&mut self, program: &Program, index: usize) -> Result<(), Error> {
        let Some(test) = program.data().tests.get(index).map(|t| t.function) else {
            return Err(Error::host(Code::UNDEFINED, format!("test {index} does not exist")));
        };
        let instance = self.load(program)?;
        self.enter(|machine| machine.run_main(instance))?;
        self.enter(|machine| machine.run_function(instance, test)).map(drop)
    }

    /// Compiles and runs one input of a session: it sees the variables and functions of earlier ones and may define them anew.
    /// The result is the text of the value of a last expression; `None` if there is none or it is null.
    ///
    /// ```
    /// # use ruff_core::{Engine, Vm};
    /// let mut vm = Vm::new(&Engine::new());
    /// vm.eval("1", "x := 20")?;
    /// assert_eq!(vm.eval("2", "x * 2 + 2")?.as_deref(), Some("42"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of a compilation and of a run. The session goes on.
    pub fn eval(&mut self, name: &str, text: &str) -> Result<Option<String>, Error> {
        let options = CompileOptions { session: true, ..CompileOptions::default() };
        let machine = &self.machine;
        let known = |name: &str| machine.global(name).is_some();
        let program = self.engine.compile_with(&Source::new(name, text), options, Some(&known))?;
        let instance = self.machine.load(program.data().clone()).map_err(Error::from_fault)?;
        self.enter(|machine| {
            let value = machine.run_main(instance)?;
            match value {
                Value::Null => Ok(None),
                value => Ok(Some(text::text(&mut machine.context(), &value)?.as_str().to_owned())),
            }
        })
    }

    /// Calls the function in a global variable.
    ///
    /// # Errors
    /// If there is no such function, what it raises, and a result of another kind than `R`.
    pub fn call<R: FromValue>(&mut self, function: &str, arguments: impl Arguments) -> Result<R, Error> {
        let Some(callee) = self.machine.global(function) else {
            return Err(Error::host(Code::UNDEFINED, format!("Undefined variable: {function}")));
        };
        self.enter(|machine| {
            let arguments = arguments.into_values(machine.heap())?;
            let result = machine.call(&callee, &arguments)?;
            R::from_value(&result).ok_or_else(|| wrong_kind(function, &R::expected(), &result))
        })
    }

    /// The value of a global variable.
    ///
    /// # Errors
    /// If there is no such variable, or its value is of another kind.
    pub fn global<R: FromValue>(&self, name: &str) -> Result<R, Error> {
        let Some(value) = self.machine.global(name) else {
            return Err(Error::host(Code::UNDEFINED, format!("Undefined variable: {name}")));
        };
        R::from_value(&value).ok_or_else(|| Error::from_fault(wrong_kind(name, &R::expected(), &value)))
    }

    /// Gives a global variable a value. Programs that are compiled later, and those of a session, see it.
    ///
    /// # Errors
    /// If the value does not fit the memory limit.
    pub fn set_global(&mut self, name: &str, value: impl IntoValue) -> Result<(), Error> {
        let value = value.into_value(self.machine.heap()).map_err(Error::from_fault)?;
        self.machine.set_global(name, value);
        Ok(())
    }

    /// The names of the global variables, in no particular order.
    pub fn global_names(&self) -> impl Iterator<Item = &str> {
        self.machine.global_names()
    }

    /// A handle that stops the running script from another thread.
    pub fn interrupt(&self) -> Interrupt {
        Interrupt(self.interrupt.clone())
    }

    /// Ticks used so far.
    pub fn ticks_used(&self) -> u64 {
        self.machine.ticks_used()
    }

    /// Bytes of all values.
    pub fn memory_bytes(&self) -> usize {
        self.machine.heap().used_bytes()
    }

    /// Shared containers that were copied because one side changed.
    pub fn container_copies(&self) -> u64 {
        self.machine.heap().copies()
    }

    fn load(&mut self, program: &Program) -> Result<InstanceId, Error> {
        if !program.belongs_to(self.engine.library()) {
            return Err(Error::host(Code::HOST, "the program was compiled by another engine"));
        }
        let data = program.data();
        if let Some((_, instance)) = self.loaded.iter().find(|(d, _)| Arc::ptr_eq(d, data)) {
            return Ok(*instance);
        }
        let instance = self.machine.load(data.clone()).map_err(Error::from_fault)?;
        self.loaded.push((data.clone(), instance));
        Ok(instance)
    }

    /// Runs script code from the host. An interrupt concerns just this call. A panic of a native function becomes an error.
    fn enter<T>(&mut self, run: impl FnOnce(&mut Machine) -> FaultResult<T>) -> Result<T, Error> {
        self.interrupt.store(false, Ordering::Relaxed);
        let machine = &mut self.machine;
        match catch_unwind(AssertUnwindSafe(|| run(&mut *machine))) {
            Ok(result) => result.map_err(Error::from_fault),
            Err(payload) => {
                machine.recover();
                Err(Error::host(Code::HOST, format!("A native function panicked: {}", panic_text(&*payload))))
            }
        }
    }
}

/// What a panic says.
fn panic_text(payload: &(dyn Any + Send)) -> &str {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text,
        _ => "no text",
    }
}

fn wrong_kind(name: &str, expected: &str, got: &Value) -> Fault {
    Fault::error(Code::INVALID_ARGUMENT, format!("{name}: expected {expected}, got {}", got.kind_name()))
}

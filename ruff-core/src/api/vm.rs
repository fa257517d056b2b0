//! Virtual machines: where programs run.

use super::convert::{FromValue, IntoValue};
use super::copy_out::CopyOut;
use super::engine::Engine;
use super::error::Error;
use super::program::Program;
use super::root::{Arguments, Caller, Function, Sealed, Signature, call, converted};
use crate::bytecode::ProgramData;
use crate::code::Code;
use crate::compile::CompileOptions;
use crate::fault::{Fault, FaultKind, Result as FaultResult};
use crate::limits::Limits;
use crate::syntax::source::Source;
use crate::value::{Value, text};
use crate::vm::native::panicked;
use crate::vm::services::{Clock, InputSource, OutputSink, RandomSource};
use crate::vm::{InstanceId, Machine, MachineConfig};
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A virtual machine: memory, global variables, services, what is left of the limits, and a state of the host of type `S` that
/// natives reach through their [`Ctx`](crate::Ctx).
///
/// `Send`, not `Sync`: it moves between threads but runs in one at a time. After any error, a limit among them, it can go on.
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
pub struct Vm<S = ()> {
    engine: Engine<S>,
    machine: Machine,
    interrupt: Interrupt,
    /// Programs that are linked already, by their addresses.
    loaded: HashMap<usize, (Arc<ProgramData>, InstanceId)>,
    /// An invariant broke: nothing runs any more.
    is_broken: bool,
}

/// Stops the script that a VM runs, from any thread.
///
/// ```
/// use ruff_core::{Engine, ErrorKind, Vm};
/// let engine = Engine::new();
/// let program = engine.compile("a.ruff", "while true {}")?;
/// let mut vm = Vm::new(&engine);
/// let interrupt = vm.interrupt();
/// std::thread::spawn(move || interrupt.interrupt());
/// assert_eq!(vm.run(&program).unwrap_err().kind(), ErrorKind::Interrupted);
/// # Ok::<(), ruff_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// The running call, or else the next one, ends with the error `RUF2005`, which scripts cannot catch.
    ///
    /// ```
    /// use ruff_core::{Engine, ErrorKind, Vm};
    /// let mut vm = Vm::new(&Engine::new());
    /// vm.interrupt().interrupt();
    /// assert_eq!(vm.eval("1", "2").unwrap_err().kind(), ErrorKind::Interrupted);
    /// assert!(vm.eval("1", "2").is_ok());
    /// ```
    pub fn interrupt(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Takes back an interrupt that has not stopped anything yet.
    ///
    /// ```
    /// # use ruff_core::{Engine, Vm};
    /// let mut vm = Vm::new(&Engine::new());
    /// vm.interrupt().interrupt();
    /// vm.interrupt().clear();
    /// assert!(vm.eval("1", "2").is_ok());
    /// ```
    pub fn clear(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// The flag that [`Interrupt::interrupt`] sets, for handlers of signals.
    ///
    /// ```
    /// use std::sync::atomic::Ordering;
    /// let vm = ruff_core::Vm::new(&ruff_core::Engine::new());
    /// vm.interrupt().interrupt();
    /// assert!(vm.interrupt().flag().load(Ordering::Relaxed));
    /// ```
    pub fn flag(&self) -> Arc<AtomicBool> {
        self.0.clone()
    }
}

impl<S: Default + Send + 'static> Vm<S> {
    /// A VM with the library, the limits and the services of an engine, and the default state.
    ///
    /// ```
    /// use ruff_core::{Engine, Vm};
    /// let engine = Engine::builder_for::<Vec<u8>>().build();
    /// assert!(Vm::new(&engine).state().is_empty());
    /// ```
    pub fn new(engine: &Engine<S>) -> Vm<S> {
        Vm::with_host_state(engine, S::default())
    }
}

impl<S: Send + 'static> Vm<S> {
    /// A VM with this state for natives.
    ///
    /// ```
    /// use ruff_core::{Ctx, Engine, Vm};
    /// struct Shop { stock: u32 }
    /// let take = |ctx: &mut Ctx<Shop>, n: u32| ctx.state_mut().stock -= n;
    /// let engine = Engine::builder_for::<Shop>().function("take", take).build();
    /// let mut vm = Vm::with_host_state(&engine, Shop { stock: 10 });
    /// vm.run(&engine.compile("a.ruff", "take(3)")?)?;
    /// assert_eq!(vm.state().stock, 7);
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn with_host_state(engine: &Engine<S>, state: S) -> Vm<S> {
        let interrupt = Interrupt::default();
        let mut machine = Machine::new(MachineConfig {
            library: engine.library().clone(),
            prelude: Some(engine.prelude_source()),
            granted: engine.capabilities(),
            limits: engine.limits().clone(),
            hash_seed: engine.seed().unwrap_or_else(|| RandomState::new().build_hasher().finish()),
            interrupt: interrupt.0.clone(),
            backend: engine.backend(),
            native_threshold: engine.native_threshold(),
        });
        machine.services.set_host_state(Box::new(state));
        engine.install_services(&mut machine.services);
        Vm { engine: engine.clone(), machine, interrupt, loaded: HashMap::new(), is_broken: false }
    }

    /// The state of the host.
    ///
    /// ```
    /// # use ruff_core::{Engine, Vm};
    /// let vm = Vm::with_host_state(&Engine::builder_for::<u32>().build(), 7);
    /// assert_eq!(*vm.state(), 7);
    /// ```
    pub fn state(&self) -> &S {
        state_of(&self.machine)
    }

    /// The state of the host, for changing.
    ///
    /// ```
    /// # use ruff_core::{Engine, Vm};
    /// let mut vm = Vm::new(&Engine::builder_for::<Vec<u32>>().build());
    /// vm.state_mut().push(1);
    /// assert_eq!(vm.state().len(), 1);
    /// ```
    pub fn state_mut(&mut self) -> &mut S {
        state_mut_of(&mut self.machine)
    }

    /// Lends a state to the VM while `run` works with it; the VM's own state waits in `state` until then. It comes back in every
    /// case, also if `run` panics.
    ///
    /// ```
    /// use ruff_core::{Ctx, Engine, Vm};
    /// #[derive(Default)]
    /// struct World { score: i64 }
    /// let add = |ctx: &mut Ctx<World>, n: i64| ctx.state_mut().score += n;
    /// let engine = Engine::builder_for::<World>().function("add", add).build();
    /// let mut vm = Vm::new(&engine);
    /// vm.run(&engine.compile("a.ruff", "func hit() { add(5) }")?)?;
    /// let mut world = World { score: 100 };
    /// vm.with_state(&mut world, |vm| vm.call::<()>("hit", ()))?;
    /// assert_eq!(world.score, 105);
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn with_state<R>(&mut self, state: &mut S, run: impl FnOnce(&mut Vm<S>) -> R) -> R {
        struct Exchange<'a, S: Send + 'static>(&'a mut Vm<S>, &'a mut S);
        impl<S: Send + 'static> Drop for Exchange<'_, S> {
            fn drop(&mut self) {
                std::mem::swap(self.0.state_mut(), self.1);
            }
        }
        std::mem::swap(self.state_mut(), state);
        let exchange = Exchange(self, state);
        run(&mut *exchange.0)
    }
}

impl<S> Vm<S> {
    /// The engine that it was made from.
    ///
    /// ```
    /// use ruff_core::{Engine, Vm};
    /// let vm = Vm::new(&Engine::builder().function("answer", || 42).build());
    /// assert!(vm.engine().builtin_names().any(|name| name == "answer"));
    /// ```
    pub fn engine(&self) -> &Engine<S> {
        &self.engine
    }

    /// Sends what scripts print to a sink: a closure that gets text, or an [`OutputSink`].
    ///
    /// ```
    /// # use ruff_core::{Engine, Vm};
    /// let mut vm = Vm::new(&Engine::new());
    /// vm.set_output(|text: &str| assert_eq!(text, "hello\n"));
    /// vm.eval("1", "print(\"hello\")")?;
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn set_output(&mut self, sink: impl OutputSink + 'static) {
        self.machine.services.set_output(Box::new(sink));
    }

    /// Sends what scripts print to their error output to a sink.
    ///
    /// ```
    /// # use ruff_core::{Engine, Vm};
    /// let mut vm = Vm::new(&Engine::new());
    /// vm.set_error_output(|text: &str| assert_eq!(text, "careful\n"));
    /// vm.eval("1", "eprint(\"careful\")")?;
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn set_error_output(&mut self, sink: impl OutputSink + 'static) {
        self.machine.services.set_error_output(Box::new(sink));
    }

    /// Lets scripts read.
    ///
    /// ```
    /// # use ruff_core::{Engine, Vm};
    /// use ruff_core::native::InputSource;
    /// struct Once(Option<String>);
    /// impl InputSource for Once {
    ///     fn read_line(&mut self) -> std::io::Result<Option<String>> { Ok(self.0.take()) }
    /// }
    /// let mut vm = Vm::new(&Engine::new());
    /// vm.set_input(Once(Some("Ada".to_owned())));
    /// assert_eq!(vm.eval("1", "input()")?.as_deref(), Some("Ada"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn set_input(&mut self, input: impl InputSource + 'static) {
        self.machine.services.set_input(Box::new(input));
    }

    /// Lets scripts see time, and gives [`Limits::run_time`] its clock.
    ///
    /// ```
    /// # use ruff_core::{Engine, Vm};
    /// use ruff_core::native::Clock;
    /// use std::time::Duration;
    /// /// A clock for tests: time passes only while a script sleeps.
    /// struct Stopped(Duration);
    /// impl Clock for Stopped {
    ///     fn unix_time(&mut self) -> Duration { self.0 }
    ///     fn monotonic(&mut self) -> Duration { self.0 }
    ///     fn sleep(&mut self, duration: Duration) { self.0 += duration }
    /// }
    /// let mut vm = Vm::new(&Engine::new());
    /// vm.set_clock(Stopped(Duration::from_secs(5)));
    /// assert_eq!(vm.eval("1", "t := performance_now()  sleep(250)  performance_now() - t")?.as_deref(), Some("250"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn set_clock(&mut self, clock: impl Clock + 'static) {
        self.machine.services.set_clock(Box::new(clock));
    }

    /// Lets random numbers be random.
    ///
    /// ```
    /// # use ruff_core::{Engine, Vm};
    /// use ruff_core::native::RandomSource;
    /// struct Fixed(u64);
    /// impl RandomSource for Fixed {
    ///     fn seed(&mut self) -> u64 { self.0 }
    /// }
    /// let mut vm = Vm::new(&Engine::new());
    /// vm.set_random(Fixed(7));
    /// assert!(vm.eval("1", "random()").is_ok());
    /// ```
    pub fn set_random(&mut self, random: impl RandomSource + 'static) {
        self.machine.services.set_random(Box::new(random));
    }

    /// Puts state of another type than `S` into the VM, for natives that work on values of the engine; it replaces state of the
    /// same type. They reach it through `state` of [`crate::native::Ctx`].
    ///
    /// ```
    /// use ruff_core::native::{Arity, Ctx, NativeEntry, Value};
    /// use ruff_core::{Engine, Vm};
    /// #[derive(Default)]
    /// struct Calls(i64);
    /// let count = |ctx: &mut Ctx<'_>, _: &mut [Value]| {
    ///     let calls = ctx.state::<Calls>();
    ///     calls.0 += 1;
    ///     Ok(Value::Int(calls.0))
    /// };
    /// let mut vm = Vm::new(&Engine::builder().native(NativeEntry::new("count", Arity::exactly(0), count)).build());
    /// vm.set_native_state(Calls(10));
    /// assert_eq!(vm.eval("1", "count()")?.as_deref(), Some("11"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn set_native_state<T: Send + 'static>(&mut self, state: T) {
        self.machine.services.set_state(state);
    }

    /// Runs the top-level code of a program. Its top-level variables become global variables of this VM.
    ///
    /// ```
    /// # use ruff_core::{Engine, Vm};
    /// let engine = Engine::new();
    /// let mut vm = Vm::new(&engine);
    /// vm.run(&engine.compile("a.ruff", "x := 2 * 21")?)?;
    /// assert_eq!(vm.global::<i64>("x")?, 42);
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// The error that the script did not catch, a limit, or the status of `exit`.
    pub fn run(&mut self, program: &Program) -> Result<(), Error> {
        let instance = self.load(program)?;
        self.enter(|machine| machine.run_main(instance)).map(drop)
    }

    /// Runs a test of a program made by [`Engine::compile_tests`], in this VM, which should be fresh.
    ///
    /// ```
    /// # use ruff_core::{Engine, Vm};
    /// let engine = Engine::new();
    /// let program = engine.compile_tests("a.ruff", "test \"good\" { assert(true) }\ntest \"bad\" { assert(false) }")?;
    /// assert!(Vm::new(&engine).run_test(&program, 0).is_ok());
    /// assert!(Vm::new(&engine).run_test(&program, 1).is_err());
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
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
        let known = |name: &str| !matches!(machine.global(name), Ok(None));
        let program = self.engine.compile_with(&Source::new(name, text), options, Some(&known))?;
        let data = program.data().clone();
        let result = self.enter(|machine| {
            let instance = machine.load(data)?;
            let value = machine.run_main(instance)?;
            match value {
                Value::Null => Ok(None),
                value => Ok(Some(text::text(&mut machine.context(), &value)?.as_str().to_owned())),
            }
        });
        result.map_err(|error| {
            let names = self.engine.builtin_names().chain(self.machine.global_names());
            error.with_help_for_name(names)
        })
    }

    /// Calls the function in a global variable. For calls in a loop, [`Vm::function`] saves the look-up.
    ///
    /// ```
    /// # use ruff_core::{Engine, Vm};
    /// let mut vm = Vm::new(&Engine::new());
    /// vm.eval("1", "func greet(name, times) { return name.repeat(times) }")?;
    /// assert_eq!(vm.call::<String>("greet", ("ho", 3))?, "hohoho");
    /// let error = vm.call::<i64>("greet", ("ho", 3)).unwrap_err();
    /// assert_eq!(error.message(), "greet() should return int, got string");
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no such function, what it raises, and a result of another kind than `R`, or whose copy does not fit the limits.
    pub fn call<R: FromValue>(&mut self, function: &str, arguments: impl Arguments) -> Result<R, Error> {
        self.enter(|machine| {
            let callee = global_of(machine, function)?;
            call(machine, &callee, function, arguments)
        })
    }

    /// The function in a global variable, or the builtin of that name, with a Rust signature.
    ///
    /// ```
    /// # use ruff_core::{Engine, Function, Vm};
    /// let mut vm = Vm::new(&Engine::new());
    /// vm.eval("1", "func pad(n, text) { return \"${n}${text}\" }")?;
    /// let pad: Function<fn(i64, &str) -> String> = vm.function("pad")?;
    /// assert_eq!(pad.call(&mut vm, (7, "up"))?, "7up");
    /// assert!(vm.function::<fn(i64) -> i64>("pad").is_err());
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no such function, or it does not take so many arguments.
    pub fn function<F: Signature>(&mut self, name: &str) -> Result<Function<F>, Error> {
        self.enter(|machine| {
            let callee = match machine.global(name)? {
                Some(value) => value,
                None => machine.builtin(name)?,
            };
            Function::new(machine, callee, name)
        })
    }

    /// The value of a global variable.
    ///
    /// ```
    /// # use ruff_core::{Engine, Vm};
    /// let mut vm = Vm::new(&Engine::new());
    /// vm.eval("1", "x := [1, 2]")?;
    /// assert_eq!(vm.global::<Vec<u8>>("x")?, [1, 2]);
    /// assert!(vm.global::<String>("x").is_err());
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no such variable, its value is of another kind, or the copy does not fit the memory limit.
    pub fn global<R: FromValue>(&self, name: &str) -> Result<R, Error> {
        let heap = self.machine.heap();
        let value = global_of(&self.machine, name);
        let copy = value.and_then(|value| converted(&value, name, CopyOut::resting(heap)));
        copy.map_err(|fault| Error::from_fault(fault, heap))
    }

    /// Gives a global variable a value. What [`Vm::eval`] compiles sees it.
    ///
    /// [`Engine::compile`] knows no machine: a program has to declare the variable, else its name is undefined there, whatever the
    /// machine has. The host sets it after the program has run, which gives it the value of the declaration.
    ///
    /// ```
    /// # use ruff_core::{Engine, Vm};
    /// let engine = Engine::new();
    /// let mut vm = Vm::new(&engine);
    /// vm.set_global("limit", 10)?;
    /// assert_eq!(vm.eval("1", "limit + 1")?.as_deref(), Some("11"));
    /// assert!(vm.run(&engine.compile("2", "limit + 1")?).is_err());
    ///
    /// vm.run(&engine.compile("3", "limit := 0\nfunc next() { return limit + 1 }")?)?;
    /// vm.set_global("limit", 20)?;
    /// assert_eq!(vm.call::<i64>("next", ())?, 21);
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the value does not fit the limits of memory and ints.
    pub fn set_global(&mut self, name: &str, value: impl IntoValue) -> Result<(), Error> {
        set_global_of(&mut self.machine, name, value)
    }

    /// The names of the global variables, in no particular order.
    ///
    /// ```
    /// # use ruff_core::{Engine, Vm};
    /// let mut vm = Vm::new(&Engine::new());
    /// vm.eval("1", "x := 1")?;
    /// assert_eq!(vm.global_names().collect::<Vec<_>>(), ["x"]);
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn global_names(&self) -> impl Iterator<Item = &str> {
        self.machine.global_names()
    }

    /// Sets new limits; [`Limits::source_bytes`] is the engine's. Ticks and output are counted from now on.
    ///
    /// ```
    /// # use ruff_core::{Engine, Limits, Vm};
    /// let mut vm = Vm::new(&Engine::new());
    /// vm.set_limits(&Limits { ticks: Some(100), ..Limits::trusted() });
    /// assert!(vm.eval("1", "while true {}").is_err());
    /// vm.set_limits(&Limits::trusted());
    /// assert!(vm.eval("2", "for i in 0..1000 {}").is_ok());
    /// ```
    pub fn set_limits(&mut self, limits: &Limits) {
        self.machine.set_limits(limits);
    }

    /// A handle that stops the running script from another thread, within a millisecond.
    ///
    /// ```
    /// # use ruff_core::{Engine, ErrorKind, Vm};
    /// let mut vm = Vm::new(&Engine::new());
    /// let interrupt = vm.interrupt();
    /// let stop = std::thread::spawn(move || interrupt.interrupt());
    /// assert_eq!(vm.eval("1", "while true {}").unwrap_err().kind(), ErrorKind::Interrupted);
    /// stop.join().unwrap();
    /// ```
    pub fn interrupt(&self) -> Interrupt {
        self.interrupt.clone()
    }

    /// Ticks used so far.
    ///
    /// ```
    /// # use ruff_core::{Engine, Vm};
    /// let mut vm = Vm::new(&Engine::new());
    /// vm.eval("1", "for i in 0..100 {}").unwrap();
    /// assert!(vm.ticks_used() >= 100);
    /// ```
    pub fn ticks_used(&self) -> u64 {
        self.machine.ticks_used()
    }

    /// Ticks left; `None` without a limit.
    ///
    /// ```
    /// # use ruff_core::{Engine, Limits, Vm};
    /// let mut vm = Vm::new(&Engine::builder().limits(Limits { ticks: Some(1000), ..Limits::trusted() }).build());
    /// vm.eval("1", "for i in 0..100 {}").unwrap();
    /// assert!(vm.ticks_left().is_some_and(|left| left <= 900));
    /// ```
    pub fn ticks_left(&self) -> Option<u64> {
        self.machine.ticks_left()
    }

    /// What tests make fail in this VM.
    #[cfg(feature = "faults")]
    #[doc(hidden)]
    pub fn faults(&self) -> &crate::value::faults::Faults {
        &self.machine.heap().faults
    }

    /// Frees the values that nothing but each other refers to, so that tests see only what is in use.
    #[cfg(feature = "faults")]
    #[doc(hidden)]
    pub fn collect_cycles(&mut self) {
        self.machine.heap().collect_cycles();
    }

    /// Bytes of all values.
    ///
    /// ```
    /// # use ruff_core::{Engine, Vm};
    /// let mut vm = Vm::new(&Engine::new());
    /// let before = vm.memory_bytes();
    /// vm.eval("1", "xs := range(1000)").unwrap();
    /// assert!(vm.memory_bytes() > before + 8000);
    /// ```
    pub fn memory_bytes(&self) -> usize {
        self.machine.heap().used_bytes()
    }

    /// Bytes printed since the limits were set.
    ///
    /// ```
    /// # use ruff_core::{Engine, Vm};
    /// let mut vm = Vm::new(&Engine::builder().output(|_| ()).build());
    /// vm.eval("1", "print(\"four\")").unwrap();
    /// assert_eq!(vm.output_bytes(), 5);
    /// ```
    pub fn output_bytes(&self) -> u64 {
        self.machine.services.output_bytes()
    }

    /// Shared containers that were copied because one side changed.
    ///
    /// ```
    /// # use ruff_core::{Engine, Vm};
    /// let mut vm = Vm::new(&Engine::new());
    /// vm.eval("1", "xs := [1, 2]  ys := xs  ys[0] := 5").unwrap();
    /// assert_eq!(vm.container_copies(), 1);
    /// ```
    pub fn container_copies(&self) -> u64 {
        self.machine.heap().copies()
    }

    fn load(&mut self, program: &Program) -> Result<InstanceId, Error> {
        if !program.belongs_to(self.engine.library()) {
            return Err(Error::host(Code::HOST, "the program was compiled by another engine"));
        }
        let data = program.data();
        let address = Arc::as_ptr(data).addr();
        if let Some((_, instance)) = self.loaded.get(&address) {
            return Ok(*instance);
        }
        let instance = self.enter(|machine| machine.load(data.clone()))?;
        self.loaded.insert(address, (data.clone(), instance));
        Ok(instance)
    }

    #[cold]
    fn failed(&mut self, fault: Fault) -> Error {
        self.is_broken |= fault.kind == FaultKind::Bug;
        if fault.code == Code::INTERRUPTED {
            self.interrupt.clear();
        }
        Error::from_fault(fault, self.machine.heap())
    }
}

impl<S> Sealed for Vm<S> {}

impl<S> Caller for Vm<S> {
    #[inline]
    fn enter<T>(&mut self, run: impl FnOnce(&mut Machine) -> FaultResult<T>) -> Result<T, Error> {
        if self.is_broken {
            return Err(broken());
        }
        self.machine.heap().roots.release_dropped();
        let machine = &mut self.machine;
        match catch_unwind(AssertUnwindSafe(|| run(machine))) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(fault)) => Err(self.failed(fault)),
            // No function of the host has: it was a service.
            Err(payload) => Err(Error::without_values(panicked("service", payload))),
        }
    }
}

#[cold]
fn broken() -> Error {
    Error::without_values(Fault::bug("an invariant of the engine broke earlier: this VM runs nothing any more"))
}

#[cold]
fn undefined(name: &str) -> Fault {
    Fault::error(Code::UNDEFINED, format!("Undefined variable: {name}"))
}

/// The value of a global variable.
pub(super) fn global_of(machine: &Machine, name: &str) -> FaultResult<Value> {
    machine.global(name)?.ok_or_else(|| undefined(name))
}

pub(super) fn set_global_of(machine: &mut Machine, name: &str, value: impl IntoValue) -> Result<(), Error> {
    let set = value.into_value(machine.heap()).and_then(|value| machine.set_global(name, value));
    set.map_err(|fault| Error::from_fault(fault, machine.heap()))
}

/// The state that [`Vm::with_host_state`] has put into the machine.
pub(super) fn state_of<S: 'static>(machine: &Machine) -> &S {
    match machine.services.host_state() {
        Some(state) => state,
        None => unreachable!("a VM has the state that its type names"),
    }
}

pub(super) fn state_mut_of<S: 'static>(machine: &mut Machine) -> &mut S {
    match machine.services.host_state_mut() {
        Some(state) => state,
        None => unreachable!("a VM has the state that its type names"),
    }
}

impl<S> fmt::Debug for Vm<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vm({} programs, {} bytes)", self.loaded.len(), self.memory_bytes())
    }
}

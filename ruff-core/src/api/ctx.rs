//! What a native function of the host can ask of the machine that called it.

use super::convert::{FromValue, IntoValue};
use super::copy_out::CopyOut;
use super::error::Error;
use super::root::{Caller, converted};
use crate::fault::Result as FaultResult;
use crate::limits::{Limits, THROWN_BYTES_MAX};
use crate::syntax::source::Position;
use crate::value::work::WORK_PER_TICK;
use crate::vm::native;
use std::marker::PhantomData;

/// The context of a call: the first parameter of natives that need more than their arguments.
///
/// `S` is the state that the host put into the [`Vm`](crate::Vm).
///
/// ```
/// use ruff_core::{Ctx, Engine, Vm};
/// let engine = Engine::builder_for::<u32>().function("count", |ctx: &mut Ctx<u32>| *ctx.state_mut() += 1).build();
/// let program = engine.compile("a.ruff", "count()\ncount()")?;
/// let mut vm = Vm::new(&engine);
/// vm.run(&program)?;
/// assert_eq!(*vm.state(), 2);
/// # Ok::<(), ruff_core::Error>(())
/// ```
pub struct Ctx<'m, S = ()> {
    inner: native::Ctx<'m>,
    state: PhantomData<fn() -> S>,
}

impl<'m, S> Ctx<'m, S> {
    pub(super) fn new(inner: native::Ctx<'m>) -> Ctx<'m, S> {
        Ctx { inner, state: PhantomData }
    }

    /// Writes to the output of the script, as `print` does but without a line end.
    ///
    /// ```
    /// use ruff_core::{Ctx, Engine, Error, Vm};
    /// let hello = |ctx: &mut Ctx, name: &str| -> Result<(), Error> { ctx.print(&format!("hello {name}")) };
    /// let engine = Engine::builder().function("hello", hello).output(|text| assert_eq!(text, "hello Ada")).build();
    /// Vm::new(&engine).run(&engine.compile("a.ruff", "hello(\"Ada\")")?)?;
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no sink, or the limit of output is reached.
    pub fn print(&mut self, text: &str) -> Result<(), Error> {
        self.inner.output(text).map_err(|f| self.error(f))
    }

    /// Writes to the error output of the script; it counts towards the same limit.
    ///
    /// ```
    /// use ruff_core::{Ctx, Engine, Error, Vm};
    /// let warn = |ctx: &mut Ctx, text: &str| -> Result<(), Error> { ctx.eprint(&format!("warning: {text}")) };
    /// let engine = Engine::builder().function("warn", warn).error_output(|text| assert_eq!(text, "warning: low")).build();
    /// Vm::new(&engine).eval("1", "warn(\"low\")")?;
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ctx::print`].
    pub fn eprint(&mut self, text: &str) -> Result<(), Error> {
        self.inner.error_output(text).map_err(|f| self.error(f))
    }

    /// Charges ticks for work that the native does, and looks at interrupt and deadline when a quantum is used up.
    ///
    /// ```
    /// use ruff_core::{Ctx, Engine, Error, Vm};
    /// let work = |ctx: &mut Ctx, n: u32| -> Result<(), Error> { ctx.charge(n.into()) };
    /// let engine = Engine::builder().function("work", work).build();
    /// let mut vm = Vm::new(&engine);
    /// vm.run(&engine.compile("a.ruff", "work(1000)")?)?;
    /// assert!(vm.ticks_used() > 1000);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// A limit or an interrupt. The native should return it; the script ends in any case.
    pub fn charge(&mut self, ticks: u64) -> Result<(), Error> {
        self.inner.charge(ticks).map_err(|f| self.error(f))
    }

    /// Looks at interrupt and deadline at once: for natives that wait.
    ///
    /// ```
    /// use ruff_core::{Ctx, Engine, Error, ErrorKind, Vm};
    /// let wait = |ctx: &mut Ctx| -> Result<(), Error> {
    ///     loop {
    ///         ctx.check()?;
    ///         std::thread::sleep(std::time::Duration::from_millis(1));
    ///     }
    /// };
    /// let engine = Engine::builder().function("wait", wait).build();
    /// let mut vm = Vm::new(&engine);
    /// let interrupt = vm.interrupt();
    /// std::thread::spawn(move || interrupt.interrupt());
    /// assert_eq!(vm.eval("1", "wait()").unwrap_err().kind(), ErrorKind::Interrupted);
    /// ```
    ///
    /// # Errors
    /// As [`Ctx::charge`].
    pub fn check(&mut self) -> Result<(), Error> {
        self.inner.check_time().map_err(|f| self.error(f))
    }

    /// Where the script called the native: the name of the source and the position; `None` if the host called it.
    ///
    /// ```
    /// use ruff_core::{Ctx, Engine, Vm};
    /// let line = |ctx: &mut Ctx| ctx.call_site().map(|(_, at)| at.line);
    /// let engine = Engine::builder().function("line", line).build();
    /// let mut vm = Vm::new(&engine);
    /// vm.run(&engine.compile("a.ruff", "\n\nx := line()")?)?;
    /// assert_eq!(vm.global::<u32>("x")?, 3);
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn call_site(&self) -> Option<(String, Position)> {
        let (source, span) = self.inner.call_site()?;
        Some((source.name().to_owned(), source.position(span.start)))
    }

    /// The value of a global variable of the VM.
    ///
    /// ```
    /// use ruff_core::{Ctx, Engine, Error, Vm};
    /// let scaled = |ctx: &mut Ctx, x: f64| -> Result<f64, Error> { Ok(x * ctx.global::<f64>("scale")?) };
    /// let engine = Engine::builder().function("scaled", scaled).build();
    /// let mut vm = Vm::new(&engine);
    /// vm.eval("1", "scale := 3")?;
    /// assert_eq!(vm.eval("2", "scaled(2)")?.as_deref(), Some("6"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is no such variable, its value is of another kind, the copy does not fit the limits, or the variable is lent to a `mut`
    /// parameter: `RUF1017`.
    pub fn global<R: FromValue>(&mut self, name: &str) -> Result<R, Error> {
        let value = super::vm::global_of(self.inner.machine_ref(), name);
        let copy = value.and_then(|value| converted(&value, name, CopyOut::running(self.inner.reborrow())));
        copy.map_err(|fault| self.error(fault))
    }

    /// Gives a global variable of the VM a value.
    ///
    /// ```
    /// use ruff_core::{Ctx, Engine, Error, Vm};
    /// let remember = |ctx: &mut Ctx, x: i64| -> Result<(), Error> { ctx.set_global("last", x) };
    /// let engine = Engine::builder().function("remember", remember).build();
    /// let mut vm = Vm::new(&engine);
    /// vm.eval("1", "remember(7)")?;
    /// assert_eq!(vm.global::<i64>("last")?, 7);
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the value does not fit the limits of memory and ints, or the variable is lent to a `mut` parameter: `RUF1017`.
    pub fn set_global(&mut self, name: &str, value: impl IntoValue) -> Result<(), Error> {
        super::vm::set_global_of(self.inner.machine(), name, value)
    }

    /// Sets the limits of the VM while it runs: see [`Vm::set_limits`](crate::Vm::set_limits).
    ///
    /// ```
    /// use ruff_core::{Ctx, Engine, ErrorKind, Limits, Vm};
    /// let guest = |ctx: &mut Ctx| ctx.set_limits(&Limits { ticks: Some(1000), ..Limits::untrusted() });
    /// let engine = Engine::builder().function("guest", guest).build();
    /// let error = Vm::new(&engine).eval("1", "guest()  while true {}").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Limit);
    /// ```
    pub fn set_limits(&mut self, limits: &Limits) {
        self.inner.machine().set_limits(limits);
    }

    /// Ticks that the VM has used.
    ///
    /// ```
    /// use ruff_core::{Ctx, Engine, Vm};
    /// let engine = Engine::builder().function("ticks", |ctx: &mut Ctx| ctx.ticks_used()).build();
    /// let mut vm = Vm::new(&engine);
    /// assert_eq!(vm.eval("1", "before := ticks()  for i in 0..50 {}  ticks() - before >= 50")?.as_deref(), Some("true"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn ticks_used(&self) -> u64 {
        self.inner.machine_ref().ticks_used()
    }

    /// Bytes of all values of the VM.
    ///
    /// ```
    /// use ruff_core::{Ctx, Engine, Vm};
    /// let engine = Engine::builder().function("memory", |ctx: &mut Ctx| ctx.memory_bytes()).build();
    /// let mut vm = Vm::new(&engine);
    /// assert_eq!(vm.eval("1", "before := memory()  xs := range(1000)  memory() > before")?.as_deref(), Some("true"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn memory_bytes(&self) -> usize {
        self.inner.heap().used_bytes()
    }

    fn error(&self, fault: crate::fault::Fault) -> Error {
        Error::from_fault(fault, self.inner.heap())
    }
}

impl<S: 'static> Ctx<'_, S> {
    /// The state that the host put into the VM.
    ///
    /// ```
    /// use ruff_core::{Ctx, Engine, Vm};
    /// let engine = Engine::builder_for::<String>().function("user", |ctx: &mut Ctx<String>| ctx.state().clone()).build();
    /// let mut vm = Vm::with_host_state(&engine, "Ada".to_owned());
    /// assert_eq!(vm.eval("1", "user()")?.as_deref(), Some("Ada"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn state(&self) -> &S {
        super::vm::state_of(self.inner.machine_ref())
    }

    /// The state that the host put into the VM, for changing.
    ///
    /// ```
    /// use ruff_core::{Ctx, Engine, Vm};
    /// let log = |ctx: &mut Ctx<Vec<String>>, line: String| ctx.state_mut().push(line);
    /// let engine = Engine::builder_for::<Vec<String>>().function("log", log).build();
    /// let mut vm = Vm::new(&engine);
    /// vm.eval("1", "log(\"started\")")?;
    /// assert_eq!(vm.state(), &["started"]);
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn state_mut(&mut self) -> &mut S {
        super::vm::state_mut_of(self.inner.machine())
    }
}

impl<S> super::root::Sealed for Ctx<'_, S> {}

impl<S> Caller for Ctx<'_, S> {
    fn enter<T>(&mut self, run: impl FnOnce(&mut crate::vm::Machine) -> FaultResult<T>) -> Result<T, Error> {
        run(self.inner.machine()).map_err(|fault| {
            // The copy of what was thrown is work that nothing else counts.
            let bytes = if fault.thrown.is_some() { THROWN_BYTES_MAX } else { 0 };
            let fault = self.inner.pace(bytes / WORK_PER_TICK).err().unwrap_or(fault);
            self.error(fault)
        })
    }
}

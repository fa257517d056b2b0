//! What a native function of the host can ask of the machine that called it.

use super::convert::{FromValue, IntoValue};
use super::error::Error;
use super::limits::Limits;
use super::root::Caller;
use crate::fault::Result as FaultResult;
use crate::syntax::source::Position;
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
    /// # Errors
    /// If there is no such variable, or its value is of another kind.
    pub fn global<R: FromValue>(&self, name: &str) -> Result<R, Error> {
        super::vm::global_of(self.inner.machine_ref(), name)
    }

    /// Gives a global variable of the VM a value.
    ///
    /// # Errors
    /// If the value does not fit the memory limit.
    pub fn set_global(&mut self, name: &str, value: impl IntoValue) -> Result<(), Error> {
        super::vm::set_global_of(self.inner.machine(), name, value)
    }

    /// Sets the limits of the VM while it runs: see [`Vm::set_limits`](crate::Vm::set_limits).
    pub fn set_limits(&mut self, limits: &Limits) {
        limits.apply(self.inner.machine());
    }

    /// Ticks that the VM has used.
    pub fn ticks_used(&self) -> u64 {
        self.inner.machine_ref().ticks_used()
    }

    /// Bytes of all values of the VM.
    pub fn memory_bytes(&self) -> usize {
        self.inner.heap().used_bytes()
    }

    fn error(&self, fault: crate::fault::Fault) -> Error {
        Error::from_fault(fault, self.inner.heap())
    }
}

impl<S: 'static> Ctx<'_, S> {
    /// The state that the host put into the VM.
    pub fn state(&self) -> &S {
        super::vm::state_of(self.inner.machine_ref())
    }

    /// The state that the host put into the VM, for changing.
    pub fn state_mut(&mut self) -> &mut S {
        super::vm::state_mut_of(self.inner.machine())
    }
}

impl<S> super::root::Sealed for Ctx<'_, S> {}

impl<S> Caller for Ctx<'_, S> {
    fn enter<T>(&mut self, run: impl FnOnce(&mut crate::vm::Machine) -> FaultResult<T>) -> Result<T, Error> {
        run(self.inner.machine()).map_err(|f| self.error(f))
    }
}

//! The native-function trait: how the standard library and hosts give functions to scripts.
//!
//! A native gets its arguments as a mutable slice: it borrows them, or takes one out with [`std::mem::take`]-like replacement
//! ([`take`]). A native that updates its first argument in place must leave it intact when it fails. The machine checks arity
//! and capability before the call.

use super::Machine;
use super::services::{Clock, InputSource, RandomSource};
use crate::code::Code;
use crate::fault::{Fault, Result, contain};
use crate::jit::Intrinsic;
use crate::syntax::source::{Source, Span};
use crate::value::{Heap, Hooks, NativeId, Value};
use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// A function that scripts can call.
pub trait NativeFunction: Send + Sync {
    /// Runs it. The number of arguments fits the arity of its entry.
    ///
    /// # Errors
    /// Whatever the function raises.
    fn call(&self, ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value>;
}

impl<F> NativeFunction for F
where
    F: Fn(&mut Ctx<'_>, &mut [Value]) -> Result<Value> + Send + Sync,
{
    fn call(&self, ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
        self(ctx, args)
    }
}

/// A builtin method that changes its receiver in place. The receiver is intact if it fails.
pub trait MutatingMethod: Send + Sync {
    /// Runs it.
    ///
    /// # Errors
    /// Whatever the method raises.
    fn call(&self, ctx: &mut Ctx<'_>, receiver: &mut Value, args: &mut [Value]) -> Result<Value>;
}

impl<F> MutatingMethod for F
where
    F: Fn(&mut Ctx<'_>, &mut Value, &mut [Value]) -> Result<Value> + Send + Sync,
{
    fn call(&self, ctx: &mut Ctx<'_>, receiver: &mut Value, args: &mut [Value]) -> Result<Value> {
        self(ctx, receiver, args)
    }
}

/// Takes a value out of an argument and leaves null.
#[inline]
pub fn take(argument: &mut Value) -> Value {
    std::mem::replace(argument, Value::Null)
}

/// Runs code of the host. A panic becomes an error.
#[inline]
pub(crate) fn catch<T>(name: &str, run: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|payload| Err(panicked(name, payload)))
}

/// The error of a panic in code of the host.
#[cold]
pub(crate) fn panicked(name: &str, payload: Box<dyn Any + Send>) -> Fault {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    let fault = Fault::error(Code::HOST, format!("{name}() panicked: {text}"));
    contain(|| drop(payload));
    fault
}

/// How many arguments a function takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arity {
    /// The fewest.
    pub min: u32,
    /// The most; `None` for any number.
    pub max: Option<u32>,
}

impl Arity {
    /// Any number.
    pub const ANY: Arity = Arity { min: 0, max: None };

    /// Just that many.
    pub const fn exactly(count: u32) -> Arity {
        Arity { min: count, max: Some(count) }
    }

    /// From `min` to `max`.
    pub const fn between(min: u32, max: u32) -> Arity {
        Arity { min, max: Some(max) }
    }

    /// That many or more.
    pub const fn at_least(min: u32) -> Arity {
        Arity { min, max: None }
    }

    /// Is a call with `count` arguments right?
    #[inline(always)]
    pub fn accepts(self, count: usize) -> bool {
        count >= self.min as usize && self.max.is_none_or(|max| count <= max as usize)
    }

    /// The same for the method form, which does not count the receiver.
    pub fn without_receiver(self) -> Arity {
        Arity { min: self.min.saturating_sub(1), max: self.max.map(|m| m.saturating_sub(1)) }
    }

    /// The error of a call of `name` with `got` arguments.
    #[cold]
    pub fn error(self, name: &str, got: usize) -> Fault {
        Fault::error(Code::ARGUMENTS, format!("{name} expects {self} arguments, got {got}"))
    }
}

impl fmt::Display for Arity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.max {
            Some(max) if max == self.min => write!(f, "{max}"),
            Some(max) => write!(f, "{} to {max}", self.min),
            None => write!(f, "at least {}", self.min),
        }
    }
}

/// What a host must grant before a function that needs it can be called.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Capability {
    /// Writing to the sinks: `print` and its kin.
    Output,
    /// Reading from the input.
    Input,
    /// Ending the program: `exit`.
    Exit,
    /// Seeing time, and waiting.
    Clock,
    /// Numbers that nobody can tell before.
    Random,
    /// Running on other threads.
    Threads,
    /// Files and folders.
    Fs,
    /// Arguments and environment variables.
    Env,
    /// Other programs.
    Process,
    /// The network.
    Net,
}

impl Capability {
    const EACH: [Capability; 10] = [
        Capability::Output,
        Capability::Input,
        Capability::Exit,
        Capability::Clock,
        Capability::Random,
        Capability::Threads,
        Capability::Fs,
        Capability::Env,
        Capability::Process,
        Capability::Net,
    ];

    /// The name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Capability::Output => "output",
            Capability::Input => "input",
            Capability::Exit => "exit",
            Capability::Clock => "clock",
            Capability::Random => "random",
            Capability::Threads => "threads",
            Capability::Fs => "fs",
            Capability::Env => "env",
            Capability::Process => "process",
            Capability::Net => "net",
        }
    }
}

/// A set of capabilities.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CapabilitySet(u32);

impl CapabilitySet {
    /// Every capability.
    pub const ALL: CapabilitySet = CapabilitySet(u32::MAX);

    /// No capability.
    pub const NONE: CapabilitySet = CapabilitySet(0);

    /// The same set with one more.
    #[must_use]
    pub const fn with(self, capability: Capability) -> CapabilitySet {
        CapabilitySet(self.0 | 1 << capability as u32)
    }

    /// The capabilities that have names, in order.
    pub fn iter(self) -> impl Iterator<Item = Capability> {
        Capability::EACH.iter().copied().filter(move |c| self.contains(*c))
    }

    /// Is it in the set?
    #[inline(always)]
    pub fn contains(self, capability: Capability) -> bool {
        self.0 & 1 << capability as u32 != 0
    }
}

/// A native function with what the machine must know of it.
#[derive(Clone)]
pub struct NativeEntry {
    /// The name in scripts and messages.
    pub name: Arc<str>,
    /// How many arguments it takes.
    pub arity: Arity,
    /// The function itself.
    pub function: Arc<dyn NativeFunction>,
    /// What the host must have granted.
    pub capability: Option<Capability>,
    /// The signature and, after a colon, what it does, in one line.
    pub docs: Cow<'static, str>,
    /// What it is to native code.
    pub(crate) intrinsic: Option<Intrinsic>,
    /// Is it a function of the host, which traces show, and whose panics become errors?
    pub(crate) is_host: bool,
}

impl NativeEntry {
    /// May every script call it, without a line in traces?
    #[inline(always)]
    pub(crate) fn is_free(&self) -> bool {
        self.capability.is_none() && !self.is_host
    }

    /// An entry without capability and documentation.
    pub fn new(name: impl Into<Arc<str>>, arity: Arity, function: impl NativeFunction + 'static) -> NativeEntry {
        NativeEntry {
            name: name.into(),
            arity,
            function: Arc::new(function),
            capability: None,
            docs: Cow::Borrowed(""),
            intrinsic: None,
            is_host: false,
        }
    }

    /// The same entry, to be called only where the host has granted `capability`.
    #[must_use]
    pub fn needs(mut self, capability: Capability) -> NativeEntry {
        self.capability = Some(capability);
        self
    }

    /// The same entry with documentation.
    #[must_use]
    pub fn docs(mut self, docs: impl Into<Cow<'static, str>>) -> NativeEntry {
        self.docs = docs.into();
        self
    }

    /// The same entry as a function of the host: traces show it, and a panic of it becomes an error.
    #[must_use]
    pub(crate) fn of_host(mut self) -> NativeEntry {
        self.is_host = true;
        self
    }
}

impl fmt::Debug for NativeEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name, self.arity)
    }
}

/// What a native function can ask of the machine that called it.
pub struct Ctx<'m> {
    pub(super) machine: &'m mut Machine,
}

impl Ctx<'_> {
    /// The same context for a shorter time.
    #[inline(always)]
    pub fn reborrow(&mut self) -> Ctx<'_> {
        Ctx { machine: self.machine }
    }

    /// The machine, for the API of the host.
    #[inline(always)]
    pub(crate) fn machine(&mut self) -> &mut Machine {
        self.machine
    }

    /// The machine, for reading.
    #[inline(always)]
    pub(crate) fn machine_ref(&self) -> &Machine {
        self.machine
    }

    /// The memory of the machine.
    #[inline(always)]
    pub fn heap(&self) -> &Heap {
        self.machine.heap()
    }

    /// Charges ticks for work in proportion to data.
    ///
    /// # Errors
    /// The traps of section 21.
    #[inline]
    pub fn charge(&mut self, ticks: u64) -> Result<()> {
        self.machine.charge(ticks)
    }

    /// Charges the work on `count` elements or bytes: one tick per 64.
    ///
    /// # Errors
    /// The traps of section 21.
    #[inline]
    pub fn charge_for(&mut self, count: usize) -> Result<()> {
        if count < 64 { Ok(()) } else { self.machine.charge(count as u64 / 64) }
    }

    /// Tells of work that is done, in elements or steps, so that interrupt and deadline are looked at now and then while a native
    /// is long. It charges nothing.
    ///
    /// # Errors
    /// The traps `RUF2004` and `RUF2005`.
    #[inline]
    pub fn pace(&mut self, work: usize) -> Result<()> {
        self.machine.pace(work)
    }

    /// Looks at the interrupt flag and the deadline at once: for natives that have waited.
    ///
    /// # Errors
    /// The traps `RUF2004` and `RUF2005`.
    pub fn check_time(&mut self) -> Result<()> {
        self.machine.check_time()
    }

    /// Waits, a tick for each 20 ms, with looks at interrupt and deadline between.
    ///
    /// # Errors
    /// The traps of section 21, and an error if the host installed no clock.
    pub fn wait(&mut self, duration: Duration) -> Result<()> {
        self.machine.wait(duration)
    }

    /// Calls anything callable: functions, natives, constructors, structs with `op_call`.
    ///
    /// # Errors
    /// `RUF1004` if it is not callable, else what the callee raises.
    pub fn call(&mut self, callable: &Value, args: &[Value]) -> Result<Value> {
        self.machine.call_nested(callable, args)
    }

    /// Can the value be called?
    pub fn is_callable(&self, value: &Value) -> bool {
        super::call::is_callable(value)
    }

    /// How many positional arguments a call of `callable` must and may have; `None` if it cannot be called.
    pub fn arity_of(&self, callable: &Value) -> Option<Arity> {
        self.machine.arity_of(callable)
    }

    /// Writes to the output of the script.
    ///
    /// # Errors
    /// `RUF2003`, or an error that names what the host did not install.
    pub fn output(&mut self, text: &str) -> Result<()> {
        self.machine.services.write_output(text)
    }

    /// Writes to the error output of the script; it counts towards the same limit.
    ///
    /// # Errors
    /// As [`Ctx::output`].
    pub fn error_output(&mut self, text: &str) -> Result<()> {
        self.machine.services.write_error_output(text)
    }

    /// The input of the script.
    ///
    /// # Errors
    /// If the host installed none.
    pub fn input(&mut self) -> Result<&mut (dyn InputSource + 'static)> {
        self.machine.services.input()
    }

    /// The clock.
    ///
    /// # Errors
    /// If the host installed none.
    pub fn clock(&mut self) -> Result<&mut (dyn Clock + 'static)> {
        self.machine.services.clock()
    }

    /// The source of seeds for random numbers.
    ///
    /// # Errors
    /// If the host installed none.
    pub fn random_source(&mut self) -> Result<&mut (dyn RandomSource + 'static)> {
        self.machine.services.random()
    }

    /// State of a library module or a host that lives as long as the machine: one value of each type, made on first use.
    pub fn state<T: Any + Send + Default>(&mut self) -> &mut T {
        self.machine.services.state::<T>()
    }

    /// The state that a host put into the machine, if it has that type.
    pub fn state_if_set<T: Any + Send>(&mut self) -> Option<&mut T> {
        self.machine.services.state_if_set::<T>()
    }

    /// Where the innermost script function that is active was called from: the expression with the call of this native.
    pub fn call_site(&self) -> Option<(Source, Span)> {
        self.machine.call_site()
    }

    /// The library whose functions the machine has.
    pub fn library(&self) -> &super::Library {
        &self.machine.library
    }
}

impl Hooks for Ctx<'_> {
    #[inline(always)]
    fn heap(&self) -> &Heap {
        self.machine.heap()
    }

    fn charge(&mut self, ticks: u64) -> Result<()> {
        self.machine.charge(ticks)
    }

    #[inline]
    fn pace(&mut self, work: usize) -> Result<()> {
        self.machine.pace(work)
    }

    fn call_method(&mut self, receiver: &Value, name: &str, args: &[Value]) -> Result<Option<Value>> {
        self.machine.call_method_nested(receiver, name, args)
    }

    fn native_name(&self, id: NativeId) -> &str {
        self.machine.library.native_name(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arity_messages() {
        assert_eq!(Arity::exactly(1).error("len", 0).message, "len expects 1 arguments, got 0");
        assert_eq!(Arity::between(1, 3).error("range", 4).message, "range expects 1 to 3 arguments, got 4");
        assert_eq!(Arity::at_least(1).error("format", 0).message, "format expects at least 1 arguments, got 0");
    }
}

//! Tickets for script values: `'static`, from any thread, used with the VM that they belong to.

use super::convert::{FromValue, IntoValue};
use super::copy_out::{CopyOut, Refusal};
use super::error::Error;
use crate::code::Code;
use crate::fault::{Fault, Result as FaultResult};
use crate::value::roots::RootSlot;
use crate::value::{Heap, Value};
use crate::vm::Machine;
use crate::vm::native::Arity;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

#[doc(hidden)]
pub trait Sealed {}

/// Who can run script code: a [`Vm`](crate::Vm), or a [`Ctx`](crate::Ctx) during a call.
pub trait Caller: Sealed {
    /// Runs it.
    #[doc(hidden)]
    fn enter<T>(&mut self, run: impl FnOnce(&mut Machine) -> FaultResult<T>) -> Result<T, Error>;
}

/// A script value that the host keeps alive.
///
/// A root is `'static`, `Send` and `Sync`, and can be used only with the VM that the value is in. Dropping it, on any thread,
/// lets the value go when the VM next makes a root or is entered.
///
/// ```
/// use ruff_core::{Engine, Root, Vm};
/// let engine = Engine::new();
/// let mut vm = Vm::new(&engine);
/// vm.run(&engine.compile("a.ruff", "x := [1, 2]")?)?;
/// let root: Root = vm.global("x")?;
/// assert_eq!(root.get::<Vec<i64>>(&mut vm)?, [1, 2]);
/// assert!(root.get::<Vec<i64>>(&mut Vm::new(&engine)).is_err());
/// # Ok::<(), ruff_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Root(Arc<RootSlot>);

impl Root {
    pub(super) fn new(heap: &Heap, value: Value) -> Root {
        Root(Arc::new(heap.roots.keep(value)))
    }

    /// The value.
    #[inline]
    pub(super) fn value(&self, heap: &Heap) -> FaultResult<Value> {
        heap.roots.get(&self.0).ok_or_else(wrong_vm)
    }

    /// The value as a Rust value.
    ///
    /// ```
    /// # use ruff_core::{Engine, Root, Vm};
    /// let mut vm = Vm::new(&Engine::new());
    /// vm.eval("1", "x := [1, 2]")?;
    /// let x: Root = vm.global("x")?;
    /// assert_eq!(x.get::<Vec<u8>>(&mut vm)?, [1, 2]);
    /// assert_eq!(x.get::<bool>(&mut vm).unwrap_err().message(), "root: expected bool, got array");
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If it is of another kind, or of another VM, or its copy does not fit the limits.
    pub fn get<R: FromValue>(&self, vm: &mut impl Caller) -> Result<R, Error> {
        vm.enter(|machine| {
            let value = self.value(machine.heap())?;
            converted(&value, "root", CopyOut::asked(machine))
        })
    }

    /// What `type(v)` gives for the value.
    ///
    /// ```
    /// # use ruff_core::{Engine, Root, Vm};
    /// let mut vm = Vm::new(&Engine::new());
    /// vm.eval("1", "f := func() { return 1 }")?;
    /// let f: Root = vm.global("f")?;
    /// assert_eq!(f.kind(&mut vm)?, "function");
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If it is a value of another VM.
    pub fn kind(&self, vm: &mut impl Caller) -> Result<&'static str, Error> {
        vm.enter(|machine| Ok(self.value(machine.heap())?.kind_name()))
    }

    /// Calls the value, which must be callable.
    ///
    /// ```
    /// # use ruff_core::{Engine, Root, Vm};
    /// let mut vm = Vm::new(&Engine::new());
    /// vm.eval("1", "func adder(n) { return func(m) { return n + m } }")?;
    /// let add_two: Root = vm.call("adder", (2,))?;
    /// assert_eq!(add_two.call::<i64>(&mut vm, (40,))?, 42);
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// What the call raises, and a result of another kind than `R`, or whose copy does not fit the limits.
    pub fn call<R: FromValue>(&self, vm: &mut impl Caller, arguments: impl Arguments) -> Result<R, Error> {
        vm.enter(|machine| {
            let callee = self.value(machine.heap())?;
            call(machine, &callee, "function", arguments)
        })
    }

    /// The value as a function with this signature.
    ///
    /// ```
    /// # use ruff_core::{Engine, Root, Vm};
    /// let mut vm = Vm::new(&Engine::new());
    /// vm.eval("1", "func double(n) { return n * 2 }")?;
    /// let root: Root = vm.global("double")?;
    /// let double = root.function::<fn(i64) -> i64>(&mut vm)?;
    /// assert_eq!(double.call(&mut vm, (21,))?, 42);
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If it cannot be called with so many arguments, or is a value of another VM.
    pub fn function<F: Signature>(&self, vm: &mut impl Caller) -> Result<Function<F>, Error> {
        vm.enter(|machine| {
            let callee = self.value(machine.heap())?;
            Function::new(machine, callee, "function")
        })
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Root")
    }
}

impl FromValue for Root {
    fn expected() -> Cow<'static, str> {
        "any value".into()
    }

    fn kind() -> Cow<'static, str> {
        "any".into()
    }

    fn from_value(value: &Value, out: &mut CopyOut<'_>) -> Result<Root, Refusal> {
        Ok(Root::new(out.heap(), value.clone()))
    }
}

impl IntoValue for Root {
    fn into_value(self, heap: &Heap) -> FaultResult<Value> {
        self.value(heap)
    }
}

impl IntoValue for &Root {
    fn into_value(self, heap: &Heap) -> FaultResult<Value> {
        self.value(heap)
    }
}

/// A script function with a Rust signature: `Function<fn(i64, &str) -> i64>`.
///
/// A call looks up no name. Like a [`Root`] it is `'static`, `Send` and `Sync`, and belongs to one VM.
///
/// ```
/// use ruff_core::{Engine, Function, Vm};
/// let engine = Engine::new();
/// let program = engine.compile("a.ruff", "func area(w, h) { return w * h }")?;
/// let mut vm = Vm::new(&engine);
/// vm.run(&program)?;
/// let area: Function<fn(i64, i64) -> i64> = vm.function("area")?;
/// assert_eq!(area.call(&mut vm, (2, 3))?, 6);
/// # Ok::<(), ruff_core::Error>(())
/// ```
///
/// A native takes a function of the script like any other argument and calls it through its context:
///
/// ```
/// use ruff_core::{Ctx, Engine, Error, Function, Vm};
/// type Step = Function<fn(i64) -> i64>;
/// let twice = |ctx: &mut Ctx, f: Step, n: i64| -> Result<i64, Error> {
///     let once = f.call(ctx, (n,))?;
///     f.call(ctx, (once,))
/// };
/// let engine = Engine::builder().function("twice", twice).build();
/// let mut vm = Vm::new(&engine);
/// assert_eq!(vm.eval("1", "twice(func(n) { return n * 10 }, 7)")?.as_deref(), Some("700"));
/// # Ok::<(), Error>(())
/// ```
pub struct Function<F> {
    root: Root,
    name: Arc<str>,
    signature: PhantomData<fn() -> F>,
}

impl<F> Clone for Function<F> {
    fn clone(&self) -> Function<F> {
        Function { root: self.root.clone(), name: self.name.clone(), signature: PhantomData }
    }
}

impl<F> fmt::Debug for Function<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Function({})", self.name)
    }
}

impl<F: Signature> Function<F> {
    pub(super) fn new(machine: &Machine, callee: Value, name: &str) -> FaultResult<Function<F>> {
        let count = <F::Arguments<'_> as Arguments>::COUNT;
        match machine.arity_of(&callee) {
            None => Err(wrong_kind(name, "function", &callee)),
            Some(arity) if !arity.accepts(count) => Err(wrong_arity(name, arity, count)),
            Some(_) => {
                let root = Root::new(machine.heap(), callee);
                Ok(Function { root, name: name.into(), signature: PhantomData })
            }
        }
    }

    /// Calls it.
    ///
    /// ```
    /// # use ruff_core::{Engine, Function, Vm};
    /// let mut vm = Vm::new(&Engine::new());
    /// vm.eval("1", "func half(n) { return n / 2 }")?;
    /// let half: Function<fn(f64) -> f64> = vm.function("half")?;
    /// assert_eq!(half.call(&mut vm, (5.0,))?, 2.5);
    /// assert!(half.call(&mut Vm::new(&Engine::new()), (5.0,)).is_err());
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// What the function raises, a result of another kind or whose copy does not fit the limits, and another VM than that of the
    /// function.
    pub fn call(&self, vm: &mut impl Caller, arguments: F::Arguments<'_>) -> Result<F::Output, Error> {
        vm.enter(|machine| {
            let callee = self.root.value(machine.heap())?;
            call(machine, &callee, &self.name, arguments)
        })
    }

    /// The function as a value of any kind.
    ///
    /// ```
    /// # use ruff_core::{Engine, Function, Vm};
    /// let mut vm = Vm::new(&Engine::new());
    /// let len: Function<fn(&str) -> i64> = vm.function("len")?;
    /// assert_eq!(len.root().kind(&mut vm)?, "function");
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    pub fn root(&self) -> &Root {
        &self.root
    }
}

impl<F: Signature> FromValue for Function<F> {
    fn expected() -> Cow<'static, str> {
        let count = <F::Arguments<'_> as Arguments>::COUNT;
        format!("function of {count} argument{}", if count == 1 { "" } else { "s" }).into()
    }

    fn kind() -> Cow<'static, str> {
        "function".into()
    }

    fn from_value(value: &Value, out: &mut CopyOut<'_>) -> Result<Function<F>, Refusal> {
        let is_callable = crate::vm::call::is_callable(value);
        let accepts = crate::vm::call::script_arity(value)
            .is_none_or(|arity| arity.accepts(<F::Arguments<'_> as Arguments>::COUNT));
        if !(is_callable && accepts) {
            return Err(Refusal::Kind);
        }
        let root = Root::new(out.heap(), value.clone());
        Ok(Function { root, name: "function".into(), signature: PhantomData })
    }
}

impl<F> IntoValue for &Function<F> {
    fn kind() -> Cow<'static, str> {
        "function".into()
    }

    fn into_value(self, heap: &Heap) -> FaultResult<Value> {
        self.root.value(heap)
    }
}

impl<F> IntoValue for Function<F> {
    fn kind() -> Cow<'static, str> {
        "function".into()
    }

    fn into_value(self, heap: &Heap) -> FaultResult<Value> {
        self.root.value(heap)
    }
}

#[cold]
fn wrong_vm() -> Fault {
    Fault::error(Code::INVALID_ARGUMENT, "The value belongs to another VM")
}

#[cold]
fn wrong_arity(name: &str, arity: Arity, count: usize) -> Fault {
    Fault::error(Code::ARGUMENTS, format!("{name} takes {arity} arguments, but the host's signature has {count}"))
}

/// A value as a Rust value; `name` is what the message says has it.
pub(super) fn converted<R: FromValue>(value: &Value, name: &str, mut out: CopyOut<'_>) -> FaultResult<R> {
    R::from_value(value, &mut out).map_err(|refusal| refusal.into_fault(|| wrong_kind(name, &R::expected(), value)))
}

#[cold]
fn wrong_kind(name: &str, expected: &str, got: &Value) -> Fault {
    Fault::error(Code::INVALID_ARGUMENT, format!("{name}: expected {expected}, got {}", got.kind_name()))
}

/// Calls a value with Rust arguments and takes a Rust result.
#[inline]
pub(super) fn call<A: Arguments, R: FromValue>(
    machine: &mut Machine,
    callee: &Value,
    name: &str,
    arguments: A,
) -> FaultResult<R> {
    let result = machine.call(callee, A::COUNT, |heap, window| arguments.fill(heap, window))?;
    let mut out = CopyOut::running(machine.context());
    R::from_value(&result, &mut out)
        .map_err(|refusal| refusal.into_fault(|| wrong_result(name, &R::expected(), &result)))
}

#[cold]
fn wrong_result(name: &str, expected: &str, got: &Value) -> Fault {
    let message = format!("{name}() should return {expected}, got {}", got.kind_name());
    Fault::error(Code::INVALID_ARGUMENT, message)
}

/// Arguments of a call: tuples of up to twelve values.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the arguments of a call",
    note = "use a tuple of up to 12 convertible values: `()`, `(1,)`, `(1, \"two\")`"
)]
pub trait Arguments {
    /// How many there are.
    const COUNT: usize;

    /// Writes them.
    #[doc(hidden)]
    fn fill(self, heap: &Heap, window: &mut [Value]) -> FaultResult<()>;
}

/// Writes an argument. A free slot holds nothing that is counted, so nothing is released.
#[inline(always)]
fn write(slot: Option<&mut Value>, value: Value) {
    if let Some(slot) = slot {
        std::mem::forget(std::mem::replace(slot, value));
    }
}

macro_rules! arguments {
    ($count:literal: $($arg:ident)*) => {
        impl<$($arg: IntoValue),*> Arguments for ($($arg,)*) {
            const COUNT: usize = $count;

            #[inline]
            #[allow(non_snake_case)]
            fn fill(self, heap: &Heap, window: &mut [Value]) -> FaultResult<()> {
                let ($($arg,)*) = self;
                let mut slots = window.iter_mut();
                $(write(slots.next(), $arg.into_value(heap)?);)*
                Ok(())
            }
        }
    };
}

impl Arguments for () {
    const COUNT: usize = 0;

    fn fill(self, _heap: &Heap, _window: &mut [Value]) -> FaultResult<()> {
        Ok(())
    }
}

arguments!(1: A);
arguments!(2: A B);
arguments!(3: A B C);
arguments!(4: A B C D);
arguments!(5: A B C D E);
arguments!(6: A B C D E F);
arguments!(7: A B C D E F G);
arguments!(8: A B C D E F G H);
arguments!(9: A B C D E F G H I);
arguments!(10: A B C D E F G H I J);
arguments!(11: A B C D E F G H I J K);
arguments!(12: A B C D E F G H I J K L);

/// Rust function types that script functions can be used as: `fn(i64, &str) -> i64`, with up to eight arguments, `&str` among
/// the first four.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the signature of a script function",
    note = "use a type like `fn(i64, &str) -> i64`"
)]
pub trait Signature {
    /// The tuple of arguments of a call.
    type Arguments<'a>: Arguments;
    /// The result.
    type Output: FromValue;
}

/// Types that can be parameters of a [`Signature`]: those that own what they are.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of a script function's signature",
    note = "use an integer, a float, `bool`, `&str`, `String`, `Option<T>`, `Vec<T>`, a map, a tuple, `Data`, `Root` or `Function`"
)]
pub trait Parameter: IntoValue {}

macro_rules! parameters {
    ($($name:ty),*) => { $(impl Parameter for $name {})* };
}

parameters!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, f32, f64, bool, (), String, Root);
parameters!(super::convert::BigInt, super::data::Data);
impl<F> Parameter for Function<F> {}
impl<T: Parameter> Parameter for Option<T> {}
impl<T: Parameter> Parameter for Vec<T> {}
impl<V: Parameter, H: std::hash::BuildHasher> Parameter for std::collections::HashMap<String, V, H> {}
impl<V: Parameter> Parameter for std::collections::BTreeMap<String, V> {}
impl<A: Parameter> Parameter for (A,) {}
impl<A: Parameter, B: Parameter> Parameter for (A, B) {}
impl<A: Parameter, B: Parameter, C: Parameter> Parameter for (A, B, C) {}
impl<A: Parameter, B: Parameter, C: Parameter, D: Parameter> Parameter for (A, B, C, D) {}

/// Implements [`Signature`] for all ways to take each parameter by its own type or as `&str`.
macro_rules! signatures {
    ($lt:lifetime {$($generic:ident)*} [$($param:ty),*] [$($arg:ty),*]) => {
        impl<$($generic: Parameter,)* R: FromValue> Signature for fn($($param),*) -> R {
            type Arguments<$lt> = ($($arg,)*);
            type Output = R;
        }
    };
    ($lt:lifetime {$($generic:ident)*} [$($param:ty),*] [$($arg:ty),*] $next:ident $($rest:ident)*) => {
        signatures!($lt {$($generic)* $next} [$($param,)* $next] [$($arg,)* $next] $($rest)*);
        signatures!($lt {$($generic)*} [$($param,)* &str] [$($arg,)* &$lt str] $($rest)*);
    };
}

signatures!('a {} [] []);
signatures!('a {} [] [] A);
signatures!('a {} [] [] A B);
signatures!('a {} [] [] A B C);
signatures!('a {} [] [] A B C D);
signatures!('a {A B C D E} [A, B, C, D, E] [A, B, C, D, E]);
signatures!('a {A B C D E G} [A, B, C, D, E, G] [A, B, C, D, E, G]);
signatures!('a {A B C D E G H} [A, B, C, D, E, G, H] [A, B, C, D, E, G, H]);
signatures!('a {A B C D E G H I} [A, B, C, D, E, G, H, I] [A, B, C, D, E, G, H, I]);

//! Host functions: plain closures with typed arguments.

use super::convert::{FromValue, IntoValue};
use super::copy_out::CopyOut;
use super::ctx::Ctx;
use super::error::Error;
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::value::{Heap, Value};
use crate::vm::native::{self, Arity, NativeEntry};
use std::borrow::Cow;
use std::error::Error as StdError;
use std::sync::Arc;

/// The rest of the arguments of a variadic host function; only as the last parameter.
///
/// ```
/// use ruff_core::{Engine, Rest, Vm};
/// let engine = Engine::builder().function("total", |Rest(xs): Rest<i64>| xs.iter().sum::<i64>()).build();
/// let mut vm = Vm::new(&engine);
/// assert_eq!(vm.eval("1", "total(1, 2, 3)")?.as_deref(), Some("6"));
/// # Ok::<(), ruff_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Rest<T>(pub Vec<T>);

/// What a host function may return: a value, or a `Result` whose error becomes the script error `RUF4002`.
///
/// An [`Error`] of a call back into the script goes on as the script's own error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a host function",
    note = "return a convertible value (see `IntoValue`), or a `Result` of one with an error that is `Into<Box<dyn Error + Send + Sync>>`"
)]
pub trait NativeResult {
    /// The kind in signatures.
    #[doc(hidden)]
    fn kind() -> Cow<'static, str>;

    /// The script value, or the script error.
    #[doc(hidden)]
    fn into_result(self, heap: &Heap) -> Result<Value>;
}

impl<T: IntoValue> NativeResult for T {
    fn kind() -> Cow<'static, str> {
        T::kind()
    }

    #[inline]
    fn into_result(self, heap: &Heap) -> Result<Value> {
        self.into_value(heap)
    }
}

impl<T: IntoValue, E: Into<Box<dyn StdError + Send + Sync>>> NativeResult for std::result::Result<T, E> {
    fn kind() -> Cow<'static, str> {
        T::kind()
    }

    #[inline]
    fn into_result(self, heap: &Heap) -> Result<Value> {
        match self {
            Ok(value) => value.into_value(heap),
            Err(error) => Err(host_fault(error.into(), heap)),
        }
    }
}

#[cold]
fn host_fault(error: Box<dyn StdError + Send + Sync>, heap: &Heap) -> Fault {
    match error.downcast::<Error>() {
        Ok(error) => error.into_fault(heap),
        Err(error) => {
            let mut fault = Fault::error(Code::HOST, error.to_string());
            fault.source = Some(error);
            fault
        }
    }
}

/// A parameter of a host function: any type with [`FromValue`], [`Rest`] as the last one, or `&str`, `Option<&str>`, `&[u8]`,
/// which are borrowed from the script for the call.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of a host function",
    note = "use an integer, `f64`, `bool`, `&str`, `String`, `Option<T>`, `Vec<T>`, a map, a tuple, `Data`, `Root`, `Function`, or `Rest<T>` as the last one"
)]
pub trait Argument {
    /// The parameter during one call.
    type Item<'a>;

    /// May it be left out?
    #[doc(hidden)]
    const OPTIONAL: bool = false;
    /// Does it take all arguments that are left?
    #[doc(hidden)]
    const REST: bool = false;

    /// The kind in signatures.
    #[doc(hidden)]
    fn kind() -> Cow<'static, str>;

    /// The argument at `index`.
    #[doc(hidden)]
    fn get<'a>(args: &'a [Value], index: usize, function: &str, out: &mut CopyOut<'_>) -> Result<Self::Item<'a>>;
}

#[inline]
fn convert<T: FromValue>(value: &Value, index: usize, function: &str, out: &mut CopyOut<'_>) -> Result<T> {
    T::from_value(value, out)
        .map_err(|refusal| refusal.into_fault(|| wrong_argument(&T::expected(), value, index, function)))
}

/// The error of an argument of the wrong kind: function, position, expected and found kind.
#[cold]
pub(crate) fn wrong_argument(expected: &str, got: &Value, index: usize, function: &str) -> Fault {
    let message = format!("{function}() expects {expected} as argument {}, got {}", index + 1, got.kind_name());
    Fault::error(Code::INVALID_ARGUMENT, message)
}

#[inline]
fn argument(args: &[Value], index: usize) -> &Value {
    args.get(index).unwrap_or(&Value::Null)
}

impl<T: FromValue> Argument for T {
    type Item<'a> = T;

    const OPTIONAL: bool = T::OPTIONAL;

    fn kind() -> Cow<'static, str> {
        T::kind()
    }

    #[inline]
    fn get(args: &[Value], index: usize, function: &str, out: &mut CopyOut<'_>) -> Result<T> {
        convert(argument(args, index), index, function, out)
    }
}

impl<T: FromValue> Argument for Rest<T> {
    type Item<'a> = Rest<T>;

    const OPTIONAL: bool = true;
    const REST: bool = true;

    fn kind() -> Cow<'static, str> {
        format!("...{}", T::kind()).into()
    }

    fn get(args: &[Value], index: usize, function: &str, out: &mut CopyOut<'_>) -> Result<Rest<T>> {
        let rest = args.iter().enumerate().skip(index);
        Ok(Rest(rest.map(|(i, v)| convert(v, i, function, out)).collect::<Result<_>>()?))
    }
}

impl Argument for &str {
    type Item<'a> = &'a str;

    fn kind() -> Cow<'static, str> {
        "string".into()
    }

    #[inline]
    fn get<'a>(args: &'a [Value], index: usize, function: &str, _out: &mut CopyOut<'_>) -> Result<&'a str> {
        match argument(args, index) {
            Value::Str(s) => Ok(s.as_str()),
            other => Err(wrong_argument("string", other, index, function)),
        }
    }
}

impl Argument for Option<&str> {
    type Item<'a> = Option<&'a str>;

    const OPTIONAL: bool = true;

    fn kind() -> Cow<'static, str> {
        "string?".into()
    }

    #[inline]
    fn get<'a>(args: &'a [Value], index: usize, function: &str, out: &mut CopyOut<'_>) -> Result<Option<&'a str>> {
        match argument(args, index) {
            Value::Null => Ok(None),
            _ => <&str>::get(args, index, function, out).map(Some),
        }
    }
}

impl Argument for &[u8] {
    type Item<'a> = &'a [u8];

    fn kind() -> Cow<'static, str> {
        "bytes".into()
    }

    #[inline]
    fn get<'a>(args: &'a [Value], index: usize, function: &str, _out: &mut CopyOut<'_>) -> Result<&'a [u8]> {
        match argument(args, index) {
            Value::Bytes(b) => Ok(b.as_slice()),
            other => Err(wrong_argument("bytes", other, index, function)),
        }
    }
}

/// Closures that can be host functions: `Fn`, `Send + Sync + 'static`, with up to 12 parameters (see [`Argument`]), `&mut`
/// [`Ctx`] before them if they need it, and a result (see [`NativeResult`]).
///
/// A panic in the closure becomes a host error with the text of the panic.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a host function",
    note = "use a `Fn` closure that is `Send + Sync + 'static`, with up to 12 annotated arguments and a result of convertible types: `|n: i64, text: &str| …`",
    note = "the first argument may be `ctx: &mut Ctx<{S}>`"
)]
pub trait IntoNative<S, Marker> {
    /// The entry for the engine's library.
    #[doc(hidden)]
    fn into_native(self, name: &str) -> NativeEntry;
}

/// Marks closures that take a context.
#[doc(hidden)]
pub struct WithCtx<T>(T);

/// The entry of a host function, its signature as documentation.
fn entry(
    name: &Arc<str>,
    parameters: &[(bool, bool, Cow<'static, str>)],
    result: &str,
    function: impl Fn(&mut native::Ctx<'_>, &mut [Value]) -> Result<Value> + Send + Sync + 'static,
) -> NativeEntry {
    let shapes: Vec<(bool, bool)> = parameters.iter().map(|(optional, rest, _)| (*optional, *rest)).collect();
    let arity = arity_of(&shapes);
    let kinds: Vec<&str> = parameters.iter().map(|(.., kind)| &**kind).collect();
    NativeEntry::new(name.clone(), arity, function).docs(format!("{name}({}) -> {result}", kinds.join(", "))).of_host()
}

/// Calls a closure whose parameters have the given types; names them, so that no other signature of it is considered.
macro_rules! natives {
    ($($arg:ident $index:tt),*) => {
        impl<S, F, R, $($arg),*> IntoNative<S, fn($($arg),*) -> R> for F
        where
            F: Fn($($arg),*) -> R + for<'a> Fn($($arg::Item<'a>),*) -> R + Send + Sync + 'static,
            R: NativeResult,
            $($arg: Argument,)*
        {
            fn into_native(self, name: &str) -> NativeEntry {
                #[allow(non_snake_case)]
                #[inline(always)]
                #[allow(clippy::too_many_arguments)]
                fn invoke<R, $($arg),*>(function: &impl Fn($($arg),*) -> R, $($arg: $arg),*) -> R {
                    function($($arg),*)
                }
                let name: Arc<str> = name.into();
                let called = name.clone();
                let parameters = [$(($arg::OPTIONAL, $arg::REST, $arg::kind())),*];
                entry(&name, &parameters, &R::kind(), move |ctx: &mut native::Ctx<'_>, args: &mut [Value]| {
                    let mut out = CopyOut::running(ctx.reborrow());
                    let _ = (&args, &called, &mut out);
                    invoke(&self, $($arg::get(args, $index, &called, &mut out)?),*).into_result(out.heap())
                })
            }
        }

        impl<S, F, R, $($arg),*> IntoNative<S, WithCtx<fn($($arg),*) -> R>> for F
        where
            F: Fn(&mut Ctx<'_, S>, $($arg),*) -> R
                + for<'a> Fn(&mut Ctx<'_, S>, $($arg::Item<'a>),*) -> R
                + Send
                + Sync
                + 'static,
            R: NativeResult,
            $($arg: Argument,)*
        {
            fn into_native(self, name: &str) -> NativeEntry {
                #[allow(non_snake_case)]
                #[inline(always)]
                #[allow(clippy::too_many_arguments)]
                fn invoke<S, R, $($arg),*>(
                    function: &impl Fn(&mut Ctx<'_, S>, $($arg),*) -> R,
                    ctx: &mut Ctx<'_, S>,
                    $($arg: $arg),*
                ) -> R {
                    function(ctx, $($arg),*)
                }
                let name: Arc<str> = name.into();
                let called = name.clone();
                let parameters = [$(($arg::OPTIONAL, $arg::REST, $arg::kind())),*];
                entry(&name, &parameters, &R::kind(), move |ctx: &mut native::Ctx<'_>, args: &mut [Value]| {
                    let mut out = CopyOut::running(ctx.reborrow());
                    let _ = (&args, &called);
                    let result = {
                        $(
                            #[allow(non_snake_case)]
                            let $arg = $arg::get(args, $index, &called, &mut out)?;
                        )*
                        invoke(&self, &mut Ctx::<S>::new(out.ctx()), $($arg),*)
                    };
                    result.into_result(out.heap())
                })
            }
        }
    };
}

/// How many arguments parameters take, each given by whether it may be left out and whether it takes the rest.
pub(super) fn arity_of(arguments: &[(bool, bool)]) -> Arity {
    let required = arguments.iter().rposition(|(optional, _)| !optional).map_or(0, |i| i + 1);
    let has_rest = arguments.last().is_some_and(|(_, rest)| *rest);
    Arity { min: required as u32, max: if has_rest { None } else { Some(arguments.len() as u32) } }
}

natives!();
natives!(A 0);
natives!(A 0, B 1);
natives!(A 0, B 1, C 2);
natives!(A 0, B 1, C 2, D 3);
natives!(A 0, B 1, C 2, D 3, E 4);
natives!(A 0, B 1, C 2, D 3, E 4, G 5);
natives!(A 0, B 1, C 2, D 3, E 4, G 5, H 6);
natives!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7);
natives!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7, J 8);
natives!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7, J 8, K 9);
natives!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7, J 8, K 9, L 10);
natives!(A 0, B 1, C 2, D 3, E 4, G 5, H 6, I 7, J 8, K 9, L 10, M 11);

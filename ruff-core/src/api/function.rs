//! Host functions: plain closures with typed arguments.

use super::convert::{FromValue, IntoValue};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::value::{Heap, Value};
use crate::vm::native::{Arity, Ctx, NativeEntry};
use std::error::Error as StdError;
use std::sync::Arc;

/// The rest of the arguments of a variadic host function; only as the last parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Rest<T>(pub Vec<T>);

/// What a host function may return: a value, or a `Result` whose error becomes the script error `RUF4002`.
pub trait NativeResult {
    /// The script value, or the script error.
    #[doc(hidden)]
    fn into_result(self, heap: &Heap) -> Result<Value>;
}

impl<T: IntoValue> NativeResult for T {
    fn into_result(self, heap: &Heap) -> Result<Value> {
        self.into_value(heap)
    }
}

impl<T: IntoValue, E: Into<Box<dyn StdError + Send + Sync>>> NativeResult for std::result::Result<T, E> {
    fn into_result(self, heap: &Heap) -> Result<Value> {
        match self {
            Ok(value) => value.into_value(heap),
            Err(error) => {
                let error = error.into();
                let mut fault = Fault::error(Code::HOST, error.to_string());
                fault.source = Some(error);
                Err(fault)
            }
        }
    }
}

/// A parameter of a host function.
pub trait Argument: Sized {
    /// May it be left out; does it take all that are left?
    #[doc(hidden)]
    const OPTIONAL: bool;
    #[doc(hidden)]
    const REST: bool;

    /// The argument at `index`.
    #[doc(hidden)]
    fn get(args: &[Value], index: usize, function: &str) -> Result<Self>;
}

fn convert<T: FromValue>(value: &Value, index: usize, function: &str) -> Result<T> {
    T::from_value(value).ok_or_else(|| {
        let message =
            format!("{function}() expects {} as argument {}, got {}", T::expected(), index + 1, value.kind_name());
        Fault::error(Code::INVALID_ARGUMENT, message)
    })
}

impl<T: FromValue> Argument for T {
    const OPTIONAL: bool = T::OPTIONAL;
    const REST: bool = false;

    #[inline]
    fn get(args: &[Value], index: usize, function: &str) -> Result<T> {
        convert(args.get(index).unwrap_or(&Value::Null), index, function)
    }
}

impl<T: FromValue> Argument for Rest<T> {
    const OPTIONAL: bool = true;
    const REST: bool = true;

    fn get(args: &[Value], index: usize, function: &str) -> Result<Rest<T>> {
        let rest = args.iter().enumerate().skip(index);
        Ok(Rest(rest.map(|(i, v)| convert(v, i, function)).collect::<Result<_>>()?))
    }
}

/// Closures that can be host functions: up to 12 parameters of types with [`FromValue`], the last may be [`Rest`], a result of
/// a type with [`IntoValue`] or a `Result` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a host function",
    note = "use a `Fn` closure that is `Send + Sync + 'static` with at most 12 arguments of convertible types"
)]
pub trait IntoNative<Marker> {
    /// The entry for the engine's library.
    #[doc(hidden)]
    fn into_native(self, name: &str) -> NativeEntry;
}

macro_rules! natives {
    ($($arg:ident $index:tt),*) => {
        impl<F, R, $($arg),*> IntoNative<($($arg,)* R,)> for F
        where
            F: Fn($($arg),*) -> R + Send + Sync + 'static,
            R: NativeResult,
            $($arg: Argument,)*
        {
            fn into_native(self, name: &str) -> NativeEntry {
                let arity = arity_of(&[$(($arg::OPTIONAL, $arg::REST)),*]);
                let name: Arc<str> = name.into();
                let function_name = name.clone();
                NativeEntry::new(name, arity, move |ctx: &mut Ctx<'_>, args: &mut [Value]| {
                    let _ = (&args, &function_name);
                    let result = self($($arg::get(args, $index, &function_name)?),*);
                    result.into_result(ctx.heap())
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

//! Checks of arguments that several builtins share.

use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::value::Value;
use crate::value::array::ArrayObject;
use crate::value::string::StrObject;
use crate::vm::Ctx;
use std::borrow::Cow;

/// The error of an argument with a wrong kind or value.
#[cold]
pub fn invalid(message: impl Into<Cow<'static, str>>) -> Fault {
    Fault::error(Code::INVALID_ARGUMENT, message)
}

/// The error of a value that is no array, though `.collect()` may make one of it.
#[cold]
pub fn not_an_array(message: &'static str, value: &Value) -> Fault {
    let is_sequence =
        matches!(value, Value::Range(_) | Value::Generator(_) | Value::Set(_) | Value::Queue(_) | Value::Stack(_));
    invalid(message).with_help(is_sequence.then(|| format!("`.collect()` makes an array of a {}", value.kind_name())))
}

/// The error for arguments whose column *errors* names no text; `position` counts from 1.
#[cold]
pub fn wrong_kind(name: &str, expected: &str, position: usize, got: &Value) -> Fault {
    invalid(format!("{name}() expects {expected} as argument {position}, got {}", got.kind_name()))
}

/// An int where an int is needed, cut to 64 bits; floats are truncated. `None` for other kinds.
///
/// # Errors
/// `RUF1012` for NaN and infinities.
pub fn whole(name: &str, value: &Value) -> Result<Option<i64>> {
    match value {
        Value::Int(i) => Ok(Some(*i)),
        Value::BigInt(big) => Ok(Some(if big.is_negative() { i64::MIN } else { i64::MAX })),
        Value::Float(x) if x.is_finite() => Ok(Some(*x as i64)),
        Value::Float(_) => Err(not_finite(name)),
        _ => Ok(None),
    }
}

/// The error of NaN and infinities where an int is needed.
#[cold]
pub fn not_finite(name: &str) -> Fault {
    invalid(format!("{name}() expects a finite number"))
}

/// The string in the first argument.
///
/// # Errors
/// `NAME() requires a string argument`.
pub fn only_string<'a>(name: &str, args: &'a [Value]) -> Result<&'a str> {
    match args.first() {
        Some(Value::Str(s)) => Ok(s.as_str()),
        _ => Err(invalid(format!("{name}() requires a string argument"))),
    }
}

/// A new string.
///
/// # Errors
/// The trap `RUF2002`.
pub fn string(ctx: &Ctx<'_>, text: &str) -> Result<Value> {
    Ok(Value::Str(StrObject::new(ctx.heap(), text)?))
}

/// Elements of an array that are made, or added up, between two looks at interrupt and deadline.
pub const ELEMENTS_PER_LOOK: usize = 2048;

/// A new array.
///
/// # Errors
/// The traps `RUF2002`, `RUF2004` and `RUF2005`.
pub fn array(ctx: &mut Ctx<'_>, values: impl IntoIterator<Item = Value>) -> Result<Value> {
    let mut values = values.into_iter();
    let mut array = ArrayObject::from_values(ctx.heap(), values.by_ref().take(ELEMENTS_PER_LOOK))?;
    let Some(elements) = array.get_mut().filter(|elements| elements.len() == ELEMENTS_PER_LOOK) else {
        return Ok(Value::Array(array));
    };
    elements.reserve(values.size_hint().0)?;
    let mut pushed = ELEMENTS_PER_LOOK;
    while pushed == ELEMENTS_PER_LOOK {
        ctx.pace(pushed)?;
        pushed = 0;
        for value in values.by_ref().take(ELEMENTS_PER_LOOK) {
            elements.push(value)?;
            pushed += 1;
        }
    }
    Ok(Value::Array(array))
}

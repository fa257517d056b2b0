//! `in`.

use super::index::charge_key;
use super::position::{Found, among, among_packed, position_in};
use super::{BinaryOperator, Search, equals_counted, invalid_binary, search};
use crate::fault::Result;
use crate::value::array::Elements;
use crate::value::int::from_f64;
use crate::value::range::RangeObject;
use crate::value::work::{WORK_PER_TICK, Work};
use crate::value::{Hooks, Value};

/// `value in container`: an element by `==`, a part of a text, or a key of a dict. `op` is `in` or `not in`, for the message.
///
/// # Errors
/// `RUF1002`, what `op_eq` raises, and the traps of section 21.
pub fn contains(hooks: &mut dyn Hooks, op: BinaryOperator, value: &Value, container: &Value) -> Result<bool> {
    match (container, value) {
        (Value::Dict(dict), _) => {
            charge_key(hooks, value)?;
            Ok(dict.contains_value(value))
        }
        (Value::Set(set), _) => set.contains(hooks, value),
        (Value::Array(array), _) => {
            charge(hooks, array.len())?;
            let found =
                position_in(hooks, array, value, |hooks, work, element| equals_counted(hooks, work, value, element))?;
            Ok(found.is_some())
        }
        (Value::Str(text), Value::Str(part)) => Ok(search(hooks, Search::Contains, text, part)? != 0),
        (Value::Range(range), _) => in_range(hooks, value, range),
        (Value::Bytes(bytes), _) => {
            charge(hooks, bytes.len())?;
            any_equal(hooks, value, bytes.as_slice().iter().map(|byte| Value::Int(i64::from(*byte))))
        }
        (Value::Queue(queue), _) => {
            charge(hooks, queue.len())?;
            any_equal(hooks, value, queue.iter())
        }
        (Value::Stack(stack), _) => {
            charge(hooks, stack.len())?;
            any_equal(hooks, value, stack.items().iter())
        }
        _ => Err(invalid_binary(op, value, container)),
    }
}

/// The same where it costs no tick and nobody has to be asked; dicts are looked into elsewhere.
pub fn short_contains(value: &Value, container: &Value) -> Option<bool> {
    match (container, value) {
        (Value::Set(set), _) => set.contains_plain(value),
        (Value::Str(text), Value::Str(part)) => Search::Contains.short_answer(text, part).map(|answer| answer != 0),
        (Value::Array(array), _) if array.len() < WORK_PER_TICK => {
            let found = match array.elements() {
                Elements::Values(values) => among(value, values),
                packed => among_packed(value, packed)?,
            };
            match found {
                Found::Unclear(_) => None,
                found => Some(found != Found::Nowhere),
            }
        }
        (Value::Range(range), Value::Int(int)) => Some(range.contains(*int)),
        _ => None,
    }
}

fn charge(hooks: &mut dyn Hooks, work: usize) -> Result<()> {
    Work::default().add(hooks, work)
}

fn any_equal(
    hooks: &mut dyn Hooks,
    value: &Value,
    elements: impl Iterator<Item = impl std::borrow::Borrow<Value>>,
) -> Result<bool> {
    let mut work = Work::default();
    for element in elements {
        hooks.pace(1)?;
        if equals_counted(hooks, &mut work, value, element.borrow())? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn in_range(hooks: &mut dyn Hooks, value: &Value, range: &RangeObject) -> Result<bool> {
    match value {
        Value::Int(int) => Ok(range.contains(*int)),
        Value::Float(x) if x.fract() == 0.0 => {
            Ok(matches!(from_f64(hooks.heap(), *x), Some(Value::Int(int)) if range.contains(int)))
        }
        // Only `op_eq` of a struct or host object on the left can call it equal to an int.
        Value::Struct(_) | Value::Host(_) => {
            let len = range.len_saturating();
            charge(hooks, len)?;
            any_equal(hooks, value, (0..len as u64).map_while(|i| range.get(i).map(Value::Int)))
        }
        _ => Ok(false),
    }
}

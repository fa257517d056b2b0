//! `in`.

use super::index::charge_key;
use super::{BinaryOperator, Search, equals, invalid_binary, search};
use crate::fault::Result;
use crate::value::array::Elements;
use crate::value::equal::plain_equal;
use crate::value::int::from_f64;
use crate::value::range::RangeObject;
use crate::value::{Hooks, Value};

/// Elements and bytes that one tick pays for.
const WORK_PER_TICK: usize = 64;

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
            match (array.elements(), value) {
                (Elements::Values(values), _) => any_equal(hooks, value, values.iter()),
                (packed, _) => match among_packed(packed, value) {
                    Some(answer) => Ok(answer),
                    None => any_equal(hooks, value, array.iter()),
                },
            }
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
        (Value::Array(array), _) if array.len() < WORK_PER_TICK => match array.elements() {
            Elements::Values(values) => any_plain_equal(value, values),
            packed => among_packed(packed, value),
        },
        (Value::Range(range), Value::Int(int)) => Some(range.contains(*int)),
        _ => None,
    }
}

/// Is a value of the kind of a packed array one of its elements? `None` for other kinds.
fn among_packed(elements: Elements<'_>, value: &Value) -> Option<bool> {
    match (elements, value) {
        (Elements::Ints(ints), Value::Int(sought)) => Some(ints.contains(sought)),
        (Elements::Floats(floats), Value::Float(sought)) => Some(floats.contains(sought)),
        (Elements::Bools(bools), Value::Bool(sought)) => Some(bools.contains(sought)),
        _ => None,
    }
}

/// Does a value equal one of these? `None` where one has to be looked into, or asked.
fn any_plain_equal(value: &Value, elements: &[Value]) -> Option<bool> {
    for element in elements {
        if plain_equal(value, element)? {
            return Some(true);
        }
    }
    Some(false)
}

fn charge(hooks: &mut dyn Hooks, work: usize) -> Result<()> {
    if work < WORK_PER_TICK { Ok(()) } else { hooks.charge((work / WORK_PER_TICK) as u64) }
}

fn any_equal(
    hooks: &mut dyn Hooks,
    value: &Value,
    elements: impl Iterator<Item = impl std::borrow::Borrow<Value>>,
) -> Result<bool> {
    for element in elements {
        hooks.pace(1)?;
        if equals(hooks, value, element.borrow())? {
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

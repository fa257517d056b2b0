//! `== != < <= > >=`.

use super::scalar::holds;
use super::{BinaryOperator, equals, overloaded};
use crate::fault::Result;
use crate::value::int::{compare_big_f64, compare_i64_f64};
use crate::value::{Hooks, Value};
use std::cmp::Ordering;

/// Bytes of text that one tick pays for.
pub const BYTES_PER_TICK: usize = 64;

/// Charges for work on so many bytes of text.
#[inline]
pub fn charge_bytes(hooks: &mut dyn Hooks, bytes: usize) -> Result<()> {
    if bytes < BYTES_PER_TICK { Ok(()) } else { hooks.charge((bytes / BYTES_PER_TICK) as u64) }
}

/// `a op b` for one of the six comparisons: a bool, or whatever the operator method of a struct gives.
///
/// # Errors
/// `RUF1002` and what the operator method raises.
pub fn compare(hooks: &mut dyn Hooks, op: BinaryOperator, a: &Value, b: &Value) -> Result<Value> {
    match op {
        BinaryOperator::Eq => equals(hooks, a, b).map(Value::Bool),
        BinaryOperator::Ne => not_equal(hooks, a, b),
        _ => match charged_order(hooks, a, b)? {
            Some(order) => Ok(Value::Bool(holds(op, order))),
            None => overloaded(hooks, op, a, b),
        },
    }
}

/// Is `a op b`, one of the six comparisons, true?
///
/// # Errors
/// As [`compare`].
pub fn compare_is_true(hooks: &mut dyn Hooks, op: BinaryOperator, a: &Value, b: &Value) -> Result<bool> {
    match (op, a) {
        (BinaryOperator::Eq, _) => equals(hooks, a, b),
        (BinaryOperator::Ne, Value::Struct(_) | Value::Host(_)) => Ok(not_equal(hooks, a, b)?.is_truthy()),
        (BinaryOperator::Ne, _) => equals(hooks, a, b).map(|equal| !equal),
        _ => match charged_order(hooks, a, b)? {
            Some(order) => Ok(holds(op, order)),
            None => Ok(overloaded(hooks, op, a, b)?.is_truthy()),
        },
    }
}

/// Is `a < b` true?
///
/// # Errors
/// As [`compare`].
pub fn less(hooks: &mut dyn Hooks, a: &Value, b: &Value) -> Result<bool> {
    compare_is_true(hooks, BinaryOperator::Lt, a, b)
}

/// `a != b`: the method `op_ne` of a struct, else the opposite of `==`.
fn not_equal(hooks: &mut dyn Hooks, a: &Value, b: &Value) -> Result<Value> {
    if let Value::Struct(_) | Value::Host(_) = a
        && let Some(result) = hooks.call_method(a, "op_ne", std::slice::from_ref(b))?
    {
        return Ok(result);
    }
    equals(hooks, a, b).map(|equal| Value::Bool(!equal))
}

/// [`order`], with the ticks that long texts cost.
fn charged_order(hooks: &mut dyn Hooks, a: &Value, b: &Value) -> Result<Option<Option<Ordering>>> {
    if let (Value::Str(x), Value::Str(y)) = (a, b) {
        charge_bytes(hooks, x.len().min(y.len()))?;
    }
    Ok(order(a, b))
}

/// The order of two numbers (exact; unordered with NaN) or two strings. `None` for other kinds, which have no order.
pub fn order(a: &Value, b: &Value) -> Option<Option<Ordering>> {
    Some(match (a, b) {
        (Value::Int(x), Value::Int(y)) => Some(x.cmp(y)),
        (Value::Float(x), Value::Float(y)) => x.partial_cmp(y),
        (Value::Str(x), Value::Str(y)) => Some(x.as_str().cmp(y.as_str())),
        (Value::Int(x), Value::Float(y)) => compare_i64_f64(*x, *y),
        (Value::Float(x), Value::Int(y)) => compare_i64_f64(*y, *x).map(Ordering::reverse),
        (Value::BigInt(x), Value::BigInt(y)) => Some(x.get().cmp(y.get())),
        (Value::BigInt(x), Value::Int(_)) => Some(if x.is_negative() { Ordering::Less } else { Ordering::Greater }),
        (Value::Int(_), Value::BigInt(y)) => Some(if y.is_negative() { Ordering::Greater } else { Ordering::Less }),
        (Value::BigInt(x), Value::Float(y)) => compare_big_f64(x.get(), *y),
        (Value::Float(x), Value::BigInt(y)) => compare_big_f64(y.get(), *x).map(Ordering::reverse),
        _ => return None,
    })
}

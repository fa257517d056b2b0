//! Sorting without callbacks: by the order of the elements, or by keys. Sorting with a comparator is in the prelude.

use super::argument::{self, invalid, not_an_array};
use super::{Builtin, builtin};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::value::array::{ArrayObject, Elements};
use crate::value::sort::{sort_by, sort_by_key, sort_by_less};
use crate::value::{Hooks, Ref, Value, ops};
use crate::vm::Ctx;
use crate::vm::native::take;
use smallvec::SmallVec;
use std::borrow::Borrow;
use std::cmp::Ordering;

/// So many values are moved to their places without memory of their own.
const SHORT: usize = 16;

/// What kind of elements can be ordered with each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Order {
    /// Numbers, none of them NaN.
    Numbers,
    Texts,
    /// Structs with `op_lt`.
    Structs,
}

impl Order {
    fn of(value: &Value) -> Option<Order> {
        match value {
            Value::Int(_) | Value::BigInt(_) => Some(Order::Numbers),
            Value::Float(x) if !x.is_nan() => Some(Order::Numbers),
            Value::Str(_) => Some(Order::Texts),
            Value::Struct(s) if s.def().method("op_lt").is_some() => Some(Order::Structs),
            _ => None,
        }
    }
}

/// The order that all elements share; there are at least two.
fn common_order(array: &ArrayObject) -> Result<Order> {
    match array.elements() {
        Elements::Ints(_) => Ok(Order::Numbers),
        Elements::Values(values) => order_of_all(values.iter()),
        Elements::Floats(_) | Elements::Bools(_) => order_of_all(array.iter()),
    }
}

fn order_of_all<V: Borrow<Value>>(mut elements: impl Iterator<Item = V>) -> Result<Order> {
    let Some(first) = elements.next() else { return Ok(Order::Numbers) };
    let order = Order::of(first.borrow());
    let other = elements.find(|element| order.is_none() || Order::of(element.borrow()) != order);
    match (order, other) {
        (Some(order), None) => Ok(order),
        (_, other) => {
            let other = other.as_ref().map_or("null", |other| other.borrow().kind_name());
            let message = format!("sort cannot compare {} with {other}", first.borrow().kind_name());
            Err(Fault::error(Code::INVALID_OPERATION, message))
        }
    }
}

fn order_numbers(a: &Value, b: &Value) -> Ordering {
    ops::compare::order(a, b).flatten().unwrap_or(Ordering::Equal)
}

/// A number of the same order as an int.
fn int_key(int: i64) -> u64 {
    int as u64 ^ 1 << 63
}

/// A number of the same order as a float that is not NaN; both zeros have the same.
fn float_key(float: f64) -> u64 {
    let bits = (float + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// One tick for each 64 comparisons.
fn charge(ctx: &mut Ctx<'_>, len: usize) -> Result<()> {
    ctx.charge_for(len.saturating_mul(len.ilog2() as usize + 1))
}

/// Sorts an array in place, stable and ascending, by the order that its elements share.
fn sort_array(ctx: &mut Ctx<'_>, array: &mut Ref<ArrayObject>, common: Order) -> Result<()> {
    charge(ctx, array.len())?;
    if let Elements::Values(_) = array.elements() {
        let positions = sorted_positions(ctx, array, common)?;
        permute(array.make_mut()?.values_mut()?, &positions);
        return Ok(());
    }
    let array = array.make_mut()?;
    if let Some(ints) = array.ints_mut() {
        sort_by_key(ctx, ints, |int| int_key(*int))
    } else if let Some(floats) = array.floats_mut() {
        sort_by_key(ctx, floats, |float| float_key(*float))
    } else {
        Ok(())
    }
}

/// The positions of the elements in their order.
fn sorted_positions(ctx: &mut Ctx<'_>, keys: &ArrayObject, common: Order) -> Result<Vec<usize>> {
    let values = match keys.elements() {
        Elements::Ints(ints) => return positions_by_key(ctx, ints.iter().map(|int| int_key(*int))),
        Elements::Floats(floats) => return positions_by_key(ctx, floats.iter().map(|float| float_key(*float))),
        Elements::Values(values) if common == Order::Texts => return sorted_texts(ctx, values),
        Elements::Values(values) => values,
        Elements::Bools(_) => return Err(Fault::bug("truth values have no order")),
    };
    let mut positions: Vec<usize> = (0..values.len()).collect();
    if common == Order::Structs {
        let is_less = &mut |hooks: &mut dyn Hooks, a: &usize, b: &usize| ops::less(hooks, &values[*a], &values[*b]);
        sort_by_less(ctx, &mut positions, is_less)?;
    } else {
        sort_by(ctx, &mut positions, |a, b| order_numbers(&values[*a], &values[*b]))?;
    }
    Ok(positions)
}

fn positions_by_key(ctx: &mut Ctx<'_>, keys: impl Iterator<Item = u64>) -> Result<Vec<usize>> {
    let mut pairs: Vec<(u64, usize)> = keys.zip(0..).collect();
    sort_by_key(ctx, &mut pairs, |pair| pair.0)?;
    Ok(pairs.into_iter().map(|(_, position)| position).collect())
}

/// The positions of texts in their order. Most comparisons end at the first eight bytes, which stand beside the position.
fn sorted_texts(ctx: &mut Ctx<'_>, values: &[Value]) -> Result<Vec<usize>> {
    let mut keys: Vec<(u64, usize)> = values.iter().map(bytes).map(prefix).zip(0..).collect();
    sort_by(ctx, &mut keys, |a, b| a.0.cmp(&b.0).then_with(|| bytes(&values[a.1]).cmp(bytes(&values[b.1]))))?;
    Ok(keys.into_iter().map(|(_, position)| position).collect())
}

fn bytes(value: &Value) -> &[u8] {
    if let Value::Str(text) = value { text.as_bytes() } else { &[] }
}

/// The first eight bytes as a number of the same order; missing ones are zero.
fn prefix(bytes: &[u8]) -> u64 {
    let mut first = [0; 8];
    let len = bytes.len().min(8);
    first[..len].copy_from_slice(&bytes[..len]);
    u64::from_be_bytes(first)
}

/// Puts the values in the order of their positions, each of which occurs once.
fn permute(values: &mut [Value], positions: &[usize]) {
    let moved = |at: &usize| values.get_mut(*at).map(take).unwrap_or(Value::Null);
    let mut sorted: SmallVec<[Value; SHORT]> = positions.iter().map(moved).collect();
    values.swap_with_slice(&mut sorted);
}

/// The elements at the given positions.
fn gather(ctx: &mut Ctx<'_>, array: &ArrayObject, positions: &[usize]) -> Result<Value> {
    argument::array(ctx, positions.iter().map(|at| array.get(*at).unwrap_or(Value::Null)))
}

fn sort(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [xs] = args else { return Err(Fault::bug("arity of __sort")) };
    let Value::Array(array) = xs else { return Err(not_an_array("sort requires an array argument", xs)) };
    if array.len() > 1 {
        let common = common_order(array)?;
        sort_array(ctx, array, common)?;
    }
    Ok(take(xs))
}

/// `sort()` of the array at a place. What is there is not touched before the result is complete.
pub fn sort_in_place(ctx: &mut Ctx<'_>, receiver: &mut Value, _args: &mut [Value]) -> Result<Value> {
    let Value::Array(array) = receiver else { return Err(invalid("sort requires an array argument")) };
    if array.len() < 2 {
        return Ok(Value::Null);
    }
    let common = common_order(array)?;
    if matches!(array.elements(), Elements::Values(_)) && common != Order::Structs {
        // No script runs, and the order is complete before anything moves.
        sort_array(ctx, array, common)?;
    } else {
        let mut sorted = array.clone();
        sort_array(ctx, &mut sorted, common)?;
        *array = sorted;
    }
    Ok(Value::Null)
}

fn sort_by_keys(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Array(xs), Value::Array(keys)] = args else { return Err(Fault::bug("__sort_by_keys of other kinds")) };
    if xs.len() < 2 || keys.len() != xs.len() {
        return Ok(Value::Array(xs.clone()));
    }
    let common = common_order(keys)?;
    charge(ctx, xs.len())?;
    let positions = sorted_positions(ctx, keys, common)?;
    gather(ctx, xs, &positions)
}

/// The natives that the prelude uses for `sort`.
pub const ENTRIES: &[Builtin] = &[
    builtin!("__sort", 1, sort, "__sort(xs) -> array: by the order of the elements"),
    builtin!("__sort_by_keys", 2, sort_by_keys, "__sort_by_keys(xs, keys) -> array: by the order of the keys"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_have_the_order_of_texts() {
        let texts = ["", "\0", "a", "a\0", "ab", "abcdefgh", "abcdefghi", "b", "é"];
        assert!(texts.windows(2).all(|pair| prefix(pair[0].as_bytes()) <= prefix(pair[1].as_bytes())));
    }

    #[test]
    fn keys_have_the_order_of_numbers() {
        let floats = [f64::NEG_INFINITY, -1e300, -1.0, -5e-324, 0.0, 5e-324, 0.1, 1.0, f64::INFINITY];
        assert!(floats.windows(2).all(|pair| float_key(pair[0]) < float_key(pair[1])));
        assert_eq!(float_key(-0.0), float_key(0.0));
        let ints = [i64::MIN, -1, 0, 1, i64::MAX];
        assert!(ints.windows(2).all(|pair| int_key(pair[0]) < int_key(pair[1])));
    }
}

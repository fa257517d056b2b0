//! Sorting without callbacks: by the order of the elements, or by keys. Sorting with a comparator is in the prelude.

use super::argument::invalid;
use super::{Builtin, builtin};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::value::array::{ArrayObject, Elements};
use crate::value::{Ref, Value, ops};
use crate::vm::Ctx;
use crate::vm::native::take;
use std::cmp::Ordering;

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
    if let Elements::Ints(_) = array.elements() {
        return Ok(Order::Numbers);
    }
    let mut elements = array.iter();
    let first = elements.next().unwrap_or(Value::Null);
    let order = Order::of(&first);
    let other = elements.find(|element| order.is_none() || Order::of(element) != order);
    match (order, other) {
        (Some(order), None) => Ok(order),
        (_, other) => {
            let other = other.as_ref().map_or("null", Value::kind_name);
            let message = format!("sort cannot compare {} with {other}", first.kind_name());
            Err(Fault::error(Code::INVALID_OPERATION, message))
        }
    }
}

fn order_numbers(a: &Value, b: &Value) -> Ordering {
    ops::compare::order(a, b).flatten().unwrap_or(Ordering::Equal)
}

fn order_floats(a: &f64, b: &f64) -> Ordering {
    a.partial_cmp(b).unwrap_or(Ordering::Equal)
}

/// One tick for each 64 comparisons.
fn charge(ctx: &mut Ctx<'_>, len: usize) -> Result<()> {
    ctx.charge_for(len.saturating_mul(len.ilog2() as usize + 1))
}

/// Sorts an array in place, stable and ascending.
fn sort_array(ctx: &mut Ctx<'_>, array: &mut Ref<ArrayObject>) -> Result<()> {
    if array.len() < 2 {
        return Ok(());
    }
    let common = common_order(array)?;
    charge(ctx, array.len())?;
    if common != Order::Numbers {
        let positions = sorted_positions(ctx, array, common)?;
        *array = gather(ctx, array, &positions)?;
        return Ok(());
    }
    let array = array.make_mut()?;
    if let Some(ints) = array.ints_mut() {
        ints.sort_unstable();
    } else if let Some(floats) = array.floats_mut() {
        floats.sort_by(order_floats);
    } else {
        array.values_mut()?.sort_by(order_numbers);
    }
    Ok(())
}

/// The positions of the elements in their order.
fn sorted_positions(ctx: &mut Ctx<'_>, keys: &ArrayObject, common: Order) -> Result<Vec<usize>> {
    let mut positions: Vec<usize> = (0..keys.len()).collect();
    match keys.elements() {
        Elements::Ints(ints) => positions.sort_by_key(|i| ints[*i]),
        Elements::Floats(floats) => positions.sort_by(|a, b| order_floats(&floats[*a], &floats[*b])),
        Elements::Values(values) if common == Order::Structs => {
            merge_sort(&mut positions, &mut |a, b| ops::less(ctx, &values[*a], &values[*b]))?;
        }
        Elements::Values(values) if common == Order::Texts => return Ok(sorted_texts(values)),
        Elements::Values(values) => positions.sort_by(|a, b| order_numbers(&values[*a], &values[*b])),
        Elements::Bools(_) => return Err(Fault::bug("truth values have no order")),
    }
    Ok(positions)
}

/// The positions of texts in their order. Most comparisons end at the first eight bytes, which stand beside the position.
fn sorted_texts(values: &[Value]) -> Vec<usize> {
    let mut keys: Vec<(u64, usize)> = values.iter().map(bytes).map(prefix).zip(0..).collect();
    keys.sort_unstable_by(|a, b| {
        let whole = || bytes(&values[a.1]).cmp(bytes(&values[b.1])).then(a.1.cmp(&b.1));
        a.0.cmp(&b.0).then_with(whole)
    });
    keys.into_iter().map(|(_, position)| position).collect()
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

/// Sorts by a comparison that may fail. Stable; a permutation also if the answers contradict each other.
fn merge_sort<T: Copy, E>(items: &mut Vec<T>, less: &mut impl FnMut(&T, &T) -> Result<bool, E>) -> Result<(), E> {
    let len = items.len();
    let mut width = 1;
    while width < len {
        let mut merged = Vec::with_capacity(len);
        for run in items.chunks(2 * width) {
            let (left, right) = run.split_at(width.min(run.len()));
            merge(left, right, &mut merged, less)?;
        }
        *items = merged;
        width *= 2;
    }
    Ok(())
}

fn merge<T: Copy, E>(
    left: &[T],
    right: &[T],
    out: &mut Vec<T>,
    less: &mut impl FnMut(&T, &T) -> Result<bool, E>,
) -> Result<(), E> {
    let (mut left, mut right) = (left, right);
    while let ([l, left_rest @ ..], [r, right_rest @ ..]) = (left, right) {
        if less(r, l)? {
            out.push(*r);
            right = right_rest;
        } else {
            out.push(*l);
            left = left_rest;
        }
    }
    out.extend_from_slice(left);
    out.extend_from_slice(right);
    Ok(())
}

/// The elements at the given positions.
fn gather(ctx: &Ctx<'_>, array: &ArrayObject, positions: &[usize]) -> Result<Ref<ArrayObject>> {
    match array.elements() {
        Elements::Ints(ints) => ArrayObject::from_ints(ctx.heap(), positions.iter().map(|i| ints[*i])),
        Elements::Floats(floats) => ArrayObject::from_floats(ctx.heap(), positions.iter().map(|i| floats[*i])),
        Elements::Values(values) => ArrayObject::from_values(ctx.heap(), positions.iter().map(|i| values[*i].clone())),
        Elements::Bools(bools) => {
            ArrayObject::from_values(ctx.heap(), positions.iter().map(|i| Value::Bool(bools[*i])))
        }
    }
}

fn sort(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [xs] = args else { return Err(Fault::bug("arity of __sort")) };
    let Value::Array(array) = xs else { return Err(invalid("sort requires an array argument")) };
    sort_array(ctx, array)?;
    Ok(take(xs))
}

fn sort_by_keys(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Array(xs), Value::Array(keys)] = args else { return Err(Fault::bug("__sort_by_keys of other kinds")) };
    if xs.len() < 2 || keys.len() != xs.len() {
        return Ok(Value::Array(xs.clone()));
    }
    let common = common_order(keys)?;
    charge(ctx, xs.len())?;
    let positions = sorted_positions(ctx, keys, common)?;
    Ok(Value::Array(gather(ctx, xs, &positions)?))
}

/// The natives that the prelude uses for `sort`.
pub const ENTRIES: &[Builtin] = &[
    builtin!("__sort", 1, sort, "__sort(xs) -> array: by the order of the elements"),
    builtin!("__sort_by_keys", 2, sort_by_keys, "__sort_by_keys(xs, keys) -> array: by the order of the keys"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(items: &[i32], mut less: impl FnMut(&i32, &i32) -> Result<bool, i32>) -> Result<Vec<i32>, i32> {
        let mut items = items.to_vec();
        merge_sort(&mut items, &mut less)?;
        Ok(items)
    }

    #[test]
    fn merge_sort_is_stable() {
        let by_tens = |a: &i32, b: &i32| Ok(a / 10 < b / 10);
        assert_eq!(sorted(&[31, 12, 30, 11, 25, 10, 20], by_tens), Ok(vec![12, 11, 10, 25, 20, 31, 30]));
    }

    #[test]
    fn contradicting_answers_still_permute() {
        let items: Vec<i32> = (0..100).collect();
        for answer in [true, false] {
            let mut result = sorted(&items, |_, _| Ok(answer)).unwrap_or_default();
            result.sort_unstable();
            assert_eq!(result, items);
        }
    }

    #[test]
    fn prefixes_have_the_order_of_texts() {
        let texts = ["", "\0", "a", "a\0", "ab", "abcdefgh", "abcdefghi", "b", "é"];
        assert!(texts.windows(2).all(|pair| prefix(pair[0].as_bytes()) <= prefix(pair[1].as_bytes())));
    }

    #[test]
    fn a_failed_comparison_ends_it() {
        assert_eq!(sorted(&[2, 1], |_, _| Err(7)), Err(7));
    }
}

//! Section 7: dicts. Keys are strings or ints, which stand for their text; another kind of key is simply not there.

use super::argument::invalid;
use super::{Builtin, builtin};
use crate::fault::{Fault, Result};
use crate::jit::Intrinsic;
use crate::value::array::ArrayObject;
use crate::value::dict::{DictObject, Positions};
use crate::value::text::text;
use crate::value::{Ref, Value};
use crate::vm::native::take;
use crate::vm::{Ctx, ReceiverKind};

const DICT: &[ReceiverKind] = &[ReceiverKind::Dict];

/// What a `[key, value]` pair in a result needs, at most, its slot included.
const PAIR_BYTES: usize = 96;

fn only_dict<'a>(name: &str, args: &'a [Value]) -> Result<&'a Ref<DictObject>> {
    match args.first() {
        Some(Value::Dict(d)) => Ok(d),
        _ => Err(invalid(format!("{name}() requires a dict argument"))),
    }
}

/// Charges sorting the keys of a dict, and gives the positions in that order.
fn sorted_positions(ctx: &mut Ctx<'_>, dict: &DictObject) -> Result<Positions> {
    let len = dict.len();
    ctx.charge_for(len.saturating_mul(len.checked_ilog2().unwrap_or(0) as usize + 1))?;
    ctx.heap().check_room(len.saturating_mul(size_of::<Value>()))?;
    dict.sorted_positions(ctx)
}

fn keys(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let dict = only_dict("keys", args)?;
    let positions = sorted_positions(ctx, dict)?;
    let mut keys = ArrayObject::with_capacity(ctx.heap(), positions.len())?;
    let out = keys.make_mut()?;
    for position in positions {
        ctx.pace(1)?;
        if let Some((key, _)) = dict.entry_at(position as usize) {
            out.push(Value::Str(key.text(ctx.heap())?))?;
        }
    }
    Ok(Value::Array(keys))
}

fn values(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let dict = only_dict("values", args)?;
    let positions = sorted_positions(ctx, dict)?;
    let mut values = ArrayObject::with_capacity(ctx.heap(), positions.len())?;
    let out = values.make_mut()?;
    for position in positions {
        ctx.pace(1)?;
        if let Some(value) = dict.value_at(position as usize) {
            out.push(value.clone())?;
        }
    }
    Ok(Value::Array(values))
}

fn items(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let dict = only_dict("items", args)?;
    let positions = sorted_positions(ctx, dict)?;
    pairs(ctx, dict, positions.into_iter().map(|position| position as usize))
}

fn entries(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let dict = only_dict("entries", args)?;
    ctx.charge_for(dict.len())?;
    pairs(ctx, dict, std::iter::successors(dict.next_position(0), |at| dict.next_position(at + 1)))
}

/// The `[key, value]` pairs at the given positions.
fn pairs(ctx: &mut Ctx<'_>, dict: &DictObject, positions: impl Iterator<Item = usize>) -> Result<Value> {
    ctx.heap().check_room(dict.len().saturating_mul(PAIR_BYTES))?;
    let mut pairs = ArrayObject::with_capacity(ctx.heap(), dict.len())?;
    let out = pairs.make_mut()?;
    for position in positions {
        ctx.pace(2)?;
        if let Some((key, value)) = dict.entry_at(position) {
            let key = Value::Str(key.text(ctx.heap())?);
            out.push(Value::Array(ArrayObject::from_taken(ctx.heap(), &mut [key, value.clone()])?))?;
        }
    }
    Ok(Value::Array(pairs))
}

fn has_key(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let dict = only_dict("has_key", args)?;
    Ok(Value::Bool(args.get(1).is_some_and(|key| dict.contains_value(key))))
}

fn get(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let dict = only_dict("get", args)?;
    let found = args.get(1).and_then(|key| dict.get_value(key));
    Ok(found.or(args.get(2)).cloned().unwrap_or(Value::Null))
}

fn get_default(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Dict(dict), key, default] = args else {
        return Err(invalid("get_default() requires 3 arguments: dict, key, default_value"));
    };
    Ok(dict.get_value(key).unwrap_or(default).clone())
}

/// Puts the entries of the second dict into the first.
pub fn update_with(ctx: &mut Ctx<'_>, dict: &mut Ref<DictObject>, other: &DictObject) -> Result<()> {
    ctx.charge_for(other.len())?;
    dict.make_mut()?.extend(ctx, other)
}

fn merge_named(ctx: &mut Ctx<'_>, name: &str, args: &mut [Value]) -> Result<Value> {
    let [first, second] = args else { return Err(Fault::bug("arity of merge")) };
    let (Value::Dict(a), Value::Dict(b)) = (&mut *first, second) else {
        return Err(invalid(format!("{name}() requires two dict arguments")));
    };
    update_with(ctx, a, b)?;
    Ok(take(first))
}

fn merge(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    merge_named(ctx, "merge", args)
}

fn update(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    merge_named(ctx, "update", args)
}

fn invert(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let dict = only_dict("invert", args)?;
    let mut inverted = DictObject::new(ctx.heap());
    for position in sorted_positions(ctx, dict)? {
        let Some((key, value)) = dict.entry_at(position as usize) else { continue };
        ctx.pace(4)?;
        if let Value::Int(_) | Value::BigInt(_) | Value::Float(_) | Value::Str(_) | Value::Bool(_) = value {
            let name = text(ctx, value)?;
            let key = Value::Str(key.text(ctx.heap())?);
            inverted.make_mut()?.insert_str(name.as_str(), key)?;
        }
    }
    Ok(Value::Dict(inverted))
}

/// The rows of this section.
pub const ENTRIES: &[Builtin] = &[
    builtin!("keys", 1, keys, "keys(d) -> array: the keys, sorted").method_of(DICT),
    builtin!("values", 1, values, "values(d) -> array: the values, sorted by key").method_of(DICT),
    builtin!("items", 1, items, "items(d) -> array: [key, value] pairs, sorted by key").method_of(DICT),
    builtin!("entries", 1, entries, "entries(d) -> array: [key, value] pairs in insertion order").method_of(DICT),
    builtin!("has_key", 2, has_key, "has_key(d, k) -> bool: is there an entry under k?")
        .method_of(DICT)
        .known_as(Intrinsic::HasKey),
    builtin!("get", 2..=3, get, "get(d, k[, default]) -> value: the value under k, else default or null")
        .method_of(DICT)
        .known_as(Intrinsic::Get),
    builtin!("get_default", 3, get_default, "get_default(d, k, default) -> value: the value under k, else default")
        .method_of(DICT)
        .known_as(Intrinsic::Get),
    builtin!("merge", 2, merge, "merge(a, b) -> dict: the entries of both, b wins").method_of(DICT),
    builtin!("update", 2, update, "update(a, b) -> dict: the entries of both, b wins"),
    builtin!("invert", 1, invert, "invert(d) -> dict: the texts of the values become keys").method_of(DICT),
];

//! Reading and writing elements and entries (sections 5 and 7 of the language reference).
//!
//! A write goes down its path with [`index_slot`] and [`super::field_slot`], which make each container on it unique, and ends in
//! [`set_index`] or [`super::set_field`]. Every step checks before it copies.

use super::slice::slice_by_range;
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::help;
use crate::value::dict::DictObject;
use crate::value::int::charge_limbs;
use crate::value::string::StrObject;
use crate::value::text::{clip, message_text};
use crate::value::{Hooks, Ref, Value};
use std::borrow::Cow;

/// Characters that one tick pays for.
const CHARS_PER_TICK: usize = 64;

/// `base[index]`.
///
/// # Errors
/// `RUF1008`, `RUF1009`, `RUF1010`, what `op_index` raises, and the traps of section 21.
#[inline]
pub fn get_index(hooks: &mut dyn Hooks, base: &Value, index: &Value) -> Result<Value> {
    if let (Value::Array(array), Value::Int(at)) = (base, index)
        && let Some(element) = usize::try_from(*at).ok().and_then(|at| array.get(at))
    {
        return Ok(element);
    }
    if let (Value::Dict(dict), Value::Int(_) | Value::Str(_)) = (base, index)
        && let Some(value) = dict.get_value(index)
    {
        return Ok(value.clone());
    }
    get_index_slow(hooks, base, index)
}

/// `base?[index]` for a base that is not null: as [`get_index`], but a missing key of a dict gives null.
///
/// # Errors
/// As [`get_index`].
pub fn get_index_or_null(hooks: &mut dyn Hooks, base: &Value, index: &Value) -> Result<Value> {
    if let Value::Dict(dict) = base
        && is_key(index)
    {
        charge_key(hooks, index)?;
        return Ok(dict.get_value(index).cloned().unwrap_or(Value::Null));
    }
    get_index(hooks, base, index)
}

#[inline(never)]
fn get_index_slow(hooks: &mut dyn Hooks, base: &Value, index: &Value) -> Result<Value> {
    if let (Value::Array(_) | Value::Str(_) | Value::Bytes(_) | Value::Range(_), Value::Range(range)) = (base, index) {
        return slice_by_range(hooks, base, range);
    }
    match base {
        Value::Array(array) => {
            let at = position(hooks, index, array.len() as u128, invalid_index)?;
            array.get(at as usize).ok_or_else(invalid_index)
        }
        Value::Str(text) => index_text(hooks, text, index),
        Value::Bytes(bytes) => {
            let at = position(hooks, index, bytes.len() as u128, invalid_index)?;
            bytes.as_slice().get(at as usize).map(|byte| Value::Int(i64::from(*byte))).ok_or_else(invalid_index)
        }
        Value::Range(range) => {
            let at = position(hooks, index, range.len(), invalid_index)?;
            range.get(at as u64).map(Value::Int).ok_or_else(invalid_index)
        }
        Value::Dict(dict) if is_key(index) => {
            charge_key(hooks, index)?;
            dict.get_value(index).cloned().ok_or_else(|| match index {
                Value::Str(key) => missing_key_of(dict, key.as_str()),
                _ => missing_key_value(hooks, index),
            })
        }
        Value::Struct(_) | Value::Host(_) => {
            let found = hooks.call_method(base, "op_index", std::slice::from_ref(index))?;
            found.ok_or_else(|| invalid_index().with_help(index_help(base)))
        }
        _ => Err(invalid_index().with_help(index_help(base))),
    }
}

/// A one-character string.
fn index_text(hooks: &mut dyn Hooks, text: &StrObject, index: &Value) -> Result<Value> {
    let at = position(hooks, index, text.chars() as u128, invalid_index)? as usize;
    if !text.is_ascii() && at >= CHARS_PER_TICK {
        hooks.charge((at / CHARS_PER_TICK) as u64)?;
    }
    match text.char_at(at) {
        Some(char) => Ok(Value::Str(hooks.heap().char_str(char)?)),
        None => Err(invalid_index()),
    }
}

/// `base[index] := value`.
///
/// # Errors
/// `RUF1008`, `RUF1010`, and the traps of section 21; nothing is changed then.
#[inline]
pub fn set_index(hooks: &mut dyn Hooks, base: &mut Value, index: &Value, value: Value) -> Result<()> {
    match base {
        Value::Array(array) => {
            let at = match index {
                Value::Int(at) if (0..array.len() as i64).contains(at) => *at as usize,
                _ => position(hooks, index, array.len() as u128, invalid_assignment)? as usize,
            };
            array.make_mut()?.set(at, value)?;
            Ok(())
        }
        Value::Dict(dict) if is_key(index) => {
            charge_key(hooks, index)?;
            dict.make_mut()?.insert_value(index, value)?;
            Ok(())
        }
        Value::Str(_) => Err(invalid_assignment().with_help(Some("a text never changes: make a new one of its parts"))),
        _ => Err(invalid_assignment().with_help(index_help(base))),
    }
}

/// The place of an element or entry that exists: a step on the path to what is changed.
///
/// # Errors
/// `RUF1008`, `RUF1009`, `RUF1010`, and the traps of section 21; nothing is changed then.
pub fn index_slot<'a>(hooks: &mut dyn Hooks, base: &'a mut Value, index: &Value) -> Result<&'a mut Value> {
    match base {
        Value::Array(array) => {
            let at = position(hooks, index, array.len() as u128, invalid_assignment)? as usize;
            array.make_mut()?.slot_mut(at)?.ok_or_else(invalid_assignment)
        }
        Value::Dict(dict) if is_key(index) => {
            charge_key(hooks, index)?;
            if !dict.is_unique() && !dict.contains_value(index) {
                return Err(missing_key_value(hooks, index));
            }
            dict.make_mut()?.get_value_mut(index).ok_or_else(|| missing_key_value(hooks, index))
        }
        _ => Err(invalid_assignment()),
    }
}

/// The position that an index means in a sequence of `len` elements; `wrong_kind` makes the error of an index of another kind.
pub(super) fn position(hooks: &mut dyn Hooks, index: &Value, len: u128, wrong_kind: fn() -> Fault) -> Result<u128> {
    let Some(at) = whole(index) else { return Err(wrong_kind()) };
    // A length is at most 2^64, so that the sum does not overflow.
    let from_start = if at < 0 { at.saturating_add(len as i128) } else { at };
    match u128::try_from(from_start) {
        Ok(at) if at < len => Ok(at),
        _ => Err(out_of_bounds(hooks, index)),
    }
}

/// The whole number of an index or bound, cut to 128 bits. `None` for other kinds and for floats with a fraction.
pub(super) fn whole(index: &Value) -> Option<i128> {
    match index {
        Value::Int(at) => Some(i128::from(*at)),
        Value::Float(at) if at.fract() == 0.0 => Some(*at as i128),
        Value::BigInt(at) if at.is_negative() => Some(i128::MIN),
        Value::BigInt(_) => Some(i128::MAX),
        _ => None,
    }
}

fn is_key(index: &Value) -> bool {
    matches!(index, Value::Str(_) | Value::Int(_) | Value::BigInt(_))
}

/// A big integer stands for its decimal text, which takes time to write.
pub(super) fn charge_key(hooks: &mut dyn Hooks, index: &Value) -> Result<()> {
    match index {
        Value::BigInt(int) => {
            let limbs = int.get().limbs();
            charge_limbs(hooks, limbs.saturating_mul(limbs))
        }
        _ => Ok(()),
    }
}

#[cold]
fn out_of_bounds(hooks: &mut dyn Hooks, index: &Value) -> Fault {
    match message_text(hooks, index) {
        Ok(text) => Fault::error(Code::INDEX_OUT_OF_BOUNDS, format!("Index out of bounds: {text}")),
        Err(trap) => trap,
    }
}

#[cold]
fn missing_key_value(hooks: &mut dyn Hooks, key: &Value) -> Fault {
    match (key, message_text(hooks, key)) {
        (Value::Str(text), _) => missing_key(text.as_str()),
        (_, Ok(text)) => Fault::error(Code::MISSING_KEY, format!("Missing map key: {text}")),
        (_, Err(trap)) => trap,
    }
}

/// The same, of a dict that is there to be compared.
#[cold]
pub(super) fn missing_key_of(dict: &Ref<DictObject>, key: &str) -> Fault {
    let mut fault = missing_key(key);
    fault.missing = (key.len() <= help::NAME_MAX).then(|| (Value::Dict(dict.clone()), key.into()));
    fault
}

/// How many keys of a dict are compared with one that it does not have.
const COMPARED_KEYS_MAX: usize = 16;

/// The error of a text that is not a key of a dict.
#[cold]
pub fn missing_key(key: &str) -> Fault {
    Fault::error(Code::MISSING_KEY, format!("Missing map key: \"{}\"", clip(key)))
}

/// The help for a key that the dict does not have, but one like it.
pub fn misspelt_key(dict: &Value, key: &str) -> Option<Cow<'static, str>> {
    let Value::Dict(dict) = dict else { return None };
    let entries = (0..COMPARED_KEYS_MAX).filter_map(|position| dict.text_entry_at(position));
    let short = |text: &str| (text.len() <= help::NAME_MAX).then(|| text.to_owned());
    let keys: Vec<String> = entries.filter_map(|(text, _)| text.with_text(short)).collect();
    help::misspelling(key, keys.iter().map(String::as_str))
}

/// What is meant by an index of a value that has none, or not this one.
#[cold]
fn index_help(base: &Value) -> Option<&'static str> {
    match base {
        Value::Dict(_) => Some(help::KEYS),
        Value::Struct(_) => Some("a field is read by its name: `p.x`"),
        Value::Variant(_) => Some("a result or an option has no elements, but its value may: `(f()?)[0]`"),
        _ => None,
    }
}

#[cold]
pub(super) fn invalid_index() -> Fault {
    Fault::error(Code::INVALID_INDEX, "Invalid index operation")
}

#[cold]
fn invalid_assignment() -> Fault {
    Fault::error(Code::INVALID_INDEX, "Invalid index assignment")
}

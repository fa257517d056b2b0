//! Slices (section 7 of the language reference): bounds may be negative or open and are cut to the length.

use super::index::{invalid_index, whole};
use crate::fault::Result;
use crate::value::bytes::BytesObject;
use crate::value::range::RangeObject;
use crate::value::{Hooks, Value};

/// Elements and bytes that one tick pays for.
const WORK_PER_TICK: usize = 64;

/// `base[start..end]`, or `base[start..=end]`; an absent value is an open bound.
///
/// # Errors
/// `RUF1010`, what `op_index` raises, and the traps of section 21.
pub fn slice(hooks: &mut dyn Hooks, base: &Value, start: &Value, end: &Value, inclusive: bool) -> Result<Value> {
    if let (Value::Struct(_) | Value::Host(_), Value::Int(first), Value::Int(last)) = (base, start, end) {
        let range = Value::Range(RangeObject::alloc(hooks.heap(), *first, *last, inclusive));
        return hooks.call_method(base, "op_index", &[range])?.ok_or_else(invalid_index);
    }
    let len = match base {
        Value::Array(array) => array.len() as u128,
        Value::Str(text) => text.chars() as u128,
        Value::Bytes(bytes) => bytes.len() as u128,
        Value::Range(range) => range.len(),
        _ => return Err(invalid_index()),
    };
    if let Some(positions) = plain_positions(start, end, inclusive, len) {
        return cut(hooks, base, len, positions);
    }
    let bounds = Bounds { start: bound(start)?, end: bound(end)?, inclusive };
    cut(hooks, base, len, bounds.positions(len))
}

/// The positions that bounds inside of a sequence name without being resolved.
#[inline(always)]
fn plain_positions(start: &Value, end: &Value, inclusive: bool, len: u128) -> Option<(u128, u128)> {
    let (Value::Int(start), Value::Int(end)) = (start, end) else { return None };
    let (start, end) = (u64::try_from(*start).ok()?, u64::try_from(*end).ok()? + u64::from(inclusive));
    (start <= end && u128::from(end) <= len).then_some((start.into(), end.into()))
}

/// `base[range]` for a range value, which must not have a step.
pub(super) fn slice_by_range(hooks: &mut dyn Hooks, base: &Value, range: &RangeObject) -> Result<Value> {
    if range.step() != 1 {
        return Err(invalid_index());
    }
    slice(hooks, base, &Value::Int(range.start()), &Value::Int(range.end()), range.is_inclusive())
}

/// Bounds as written; `None` is open.
struct Bounds {
    start: Option<i128>,
    end: Option<i128>,
    inclusive: bool,
}

impl Bounds {
    /// The positions from and up to before which the slice goes in a sequence of `len` elements.
    fn positions(&self, len: u128) -> (u128, u128) {
        let resolve = |bound: i128| if bound < 0 { bound.saturating_add(len as i128) } else { bound };
        let cut = |bound: i128| u128::try_from(bound).unwrap_or(0).min(len);
        let start = self.start.map_or(0, |bound| cut(resolve(bound)));
        let past = i128::from(self.inclusive);
        let end = self.end.map_or(len, |bound| cut(resolve(bound).saturating_add(past)));
        (start, end.max(start))
    }
}

fn bound(value: &Value) -> Result<Option<i128>> {
    match value {
        Value::Absent(_) => Ok(None),
        other => whole(other).map(Some).ok_or_else(invalid_index),
    }
}

/// The part of a sequence of `len` elements between two positions.
fn cut(hooks: &mut dyn Hooks, base: &Value, len: u128, (start, end): (u128, u128)) -> Result<Value> {
    if let Value::Range(range) = base {
        return Ok(Value::Range(range.slice(hooks.heap(), start, end)));
    }
    if (start, end) == (0, len) {
        return Ok(base.clone());
    }
    // All other kinds are in memory.
    let (start, end) = (start as usize, end as usize);
    let skipped = match base {
        Value::Str(text) if !text.is_ascii() => start,
        _ => 0,
    };
    let work = end - start + skipped;
    if work >= WORK_PER_TICK {
        hooks.charge((work / WORK_PER_TICK) as u64)?;
    }
    let heap = hooks.heap();
    match base {
        Value::Array(array) => Ok(Value::Array(array.slice(heap, start, end)?)),
        Value::Str(text) => Ok(Value::Str(text.slice_chars(heap, start, end)?)),
        Value::Bytes(bytes) => {
            Ok(Value::Bytes(BytesObject::new(heap, bytes.as_slice().get(start..end).unwrap_or_default())?))
        }
        _ => Err(invalid_index()),
    }
}

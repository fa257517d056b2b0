//! Slices (section 7 of the language reference): bounds may be negative or open and are cut to the length.

use super::index::{invalid_index, whole};
use crate::fault::Result;
use crate::value::array::ArrayObject;
use crate::value::bytes::BytesObject;
use crate::value::range::RangeObject;
use crate::value::string::StrObject;
use crate::value::{Hooks, Ref, Value};

/// Elements and bytes that one tick pays for.
const WORK_PER_TICK: usize = 64;

/// `base[start..end]`, or `base[start..=end]`; an absent value is an open bound.
///
/// # Errors
/// `RUF1010`, what `op_index` raises, and the traps of section 21.
pub fn slice(hooks: &mut dyn Hooks, base: &Value, start: &Value, end: &Value, inclusive: bool) -> Result<Value> {
    if let Some(part) = short_slice(base, start, end, inclusive) {
        return part;
    }
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
    let bounds = Bounds { start: bound(start)?, end: bound(end)?, inclusive };
    cut(hooks, base, len, bounds.positions(len))
}

/// The same for bounds inside of an array or ASCII text, if the part is all of it or so short that it costs no tick: most are.
#[inline(always)]
fn short_slice(base: &Value, start: &Value, end: &Value, inclusive: bool) -> Option<Result<Value>> {
    match base {
        Value::Str(text) => {
            let (start, end) = plain_positions(start, end, inclusive, text.len())?;
            short_text(text, start, end).map(|part| Ok(Value::Str(part)))
        }
        Value::Array(array) => {
            let (start, end) = plain_positions(start, end, inclusive, array.len())?;
            short_array(array, start, end).map(|part| part.map(Value::Array))
        }
        _ => None,
    }
}

/// The positions in a sequence of `len` elements that bounds name which need not be resolved: ints from zero on, and open ones.
#[inline(always)]
fn plain_positions(start: &Value, end: &Value, inclusive: bool, len: usize) -> Option<(usize, usize)> {
    let start = match start {
        Value::Int(start) => usize::try_from(*start).ok()?,
        Value::Absent(_) => 0,
        _ => return None,
    };
    let end = match end {
        Value::Int(end) => usize::try_from(*end).ok()? + usize::from(inclusive),
        Value::Absent(_) => len,
        _ => return None,
    };
    Some((start, end))
}

/// The characters from `start` up to before `end` of a text; `None` if it does not have them, is not ASCII, or if that costs ticks.
#[inline(always)]
pub fn short_text(text: &Ref<StrObject>, start: usize, end: usize) -> Option<Ref<StrObject>> {
    let part = text.ascii_slice(start, end)?;
    if part.len() == text.len() {
        return Some(text.clone());
    }
    (part.len() < WORK_PER_TICK).then(|| StrObject::short_ascii(text.heap(), part))
}

/// The elements from `start` up to before `end` of an array; `None` if it does not have them, or if that costs ticks.
#[inline(always)]
pub fn short_array(array: &Ref<ArrayObject>, start: usize, end: usize) -> Option<Result<Ref<ArrayObject>>> {
    if start > end || end > array.len() {
        return None;
    }
    if end - start == array.len() {
        return Some(Ok(array.clone()));
    }
    (end - start < WORK_PER_TICK).then(|| array.slice(array.heap(), start, end))
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

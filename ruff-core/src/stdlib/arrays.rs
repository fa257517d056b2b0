//! Section 6: arrays. The functions with callbacks are in the prelude; sorting is in [`super::sort`].
//!
//! Updating functions change their first argument in place, which is free when the caller moved it in, and give it back.

use super::argument::{array, invalid, not_an_array, whole};
use super::{Builtin, builtin};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::jit::Intrinsic;
use crate::value::array::{ArrayObject, Elements};
use crate::value::dict::DictObject;
use crate::value::range::RangeObject;
use crate::value::set::SetObject;
use crate::value::{Heap, Ref, Value, ops};
use crate::vm::native::take;
use crate::vm::{Ctx, ReceiverKind};

const ARRAY: &[ReceiverKind] = &[ReceiverKind::Array];

/// What an array of a few elements needs in a result, at most.
const SMALL_ARRAY_BYTES: usize = 80;

/// Bytes of an element.
const ELEMENT_BYTES: usize = size_of::<Value>();

fn index_error(name: &str, index: &Value, len: usize) -> Fault {
    let at = match index {
        Value::BigInt(big) => big.get().to_string(),
        other => whole(name, other).ok().flatten().unwrap_or(0).to_string(),
    };
    let at = crate::value::text::clip(&at);
    let message = format!("{name}() index {at} out of bounds for array of length {len}");
    Fault::error(Code::INDEX_OUT_OF_BOUNDS, message)
}

/// `[rest, taken]`.
pub fn pair(ctx: &mut Ctx<'_>, rest: Value, taken: Value) -> Result<Value> {
    array(ctx, [rest, taken])
}

// ---- changing an array; the methods that work in place use these too

/// Appends `value`.
pub fn push_to(name: &str, xs: &mut Value, value: &mut Value) -> Result<()> {
    let Value::Array(xs) = xs else {
        return Err(invalid(format!("{name}() requires an array as the first argument")));
    };
    xs.make_mut()?.push(take(value))
}

/// Removes and returns the last element.
pub fn pop_from(xs: &mut Value) -> Result<Value> {
    let Value::Array(xs) = xs else { return Err(invalid("pop() requires an array argument")) };
    if xs.is_empty() {
        return Err(Fault::error(Code::INDEX_OUT_OF_BOUNDS, "pop() on an empty array"));
    }
    Ok(xs.make_mut()?.pop().unwrap_or(Value::Null))
}

/// Inserts `value` before `index`.
pub fn insert_into(ctx: &mut Ctx<'_>, xs: &mut Value, index: &Value, value: &mut Value) -> Result<()> {
    let (Value::Array(xs), Some(at)) = (xs, whole("insert", index)?) else {
        return Err(invalid("insert() requires 3 arguments: array, index, and item"));
    };
    let len = xs.len();
    let Some(at) = usize::try_from(at).ok().filter(|at| *at <= len) else {
        return Err(index_error("insert", index, len));
    };
    ctx.charge_for(len - at)?;
    xs.make_mut()?.insert(at, take(value))?;
    Ok(())
}

/// The position of the first element that equals `item`.
pub fn position_of(ctx: &mut Ctx<'_>, xs: &ArrayObject, item: &Value) -> Result<Option<usize>> {
    ops::position::position_in(ctx, xs, item, |hooks, work, element| ops::equals_counted(hooks, work, element, item))
}

/// Removes the first element that equals `item`. Was there one?
pub fn remove_equal(ctx: &mut Ctx<'_>, xs: &mut Ref<ArrayObject>, item: &Value) -> Result<bool> {
    ctx.charge_for(xs.len())?;
    let Some(at) = position_of(ctx, xs, item)? else { return Ok(false) };
    xs.make_mut()?.remove(at);
    Ok(true)
}

/// Removes and returns the element at `index`.
pub fn remove_index(ctx: &mut Ctx<'_>, xs: &mut Value, index: &Value) -> Result<Value> {
    let (Value::Array(xs), Some(at)) = (xs, whole("remove_at", index)?) else {
        return Err(invalid("remove_at() requires 2 arguments: array and index"));
    };
    let len = xs.len();
    let Some(at) = usize::try_from(at).ok().filter(|at| *at < len) else {
        return Err(index_error("remove_at", index, len));
    };
    ctx.charge_for(len - at)?;
    Ok(xs.make_mut()?.remove(at).unwrap_or(Value::Null))
}

/// Puts the elements in the opposite order.
pub fn reverse_in_place(ctx: &mut Ctx<'_>, xs: &mut Value) -> Result<()> {
    let Value::Array(xs) = xs else { return Err(not_an_array("reverse requires an array argument", xs)) };
    ctx.charge_for(xs.len())?;
    xs.make_mut()?.reverse();
    Ok(())
}

/// Can it be a key of a dict?
pub fn is_key(value: &Value) -> bool {
    matches!(value, Value::Str(_) | Value::Int(_) | Value::BigInt(_))
}

/// The error of `remove` with other arguments.
#[cold]
pub fn remove_error() -> Fault {
    invalid("remove() requires an array or dictionary-like value with a valid key/item")
}

// ---- the functions

fn push(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [xs, value] = args else { return Err(Fault::bug("arity of push")) };
    push_to("push", xs, value)?;
    Ok(take(xs))
}

fn append(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [xs, value] = args else { return Err(Fault::bug("arity of append")) };
    push_to("append", xs, value)?;
    Ok(take(xs))
}

fn pop(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [xs] = args else { return Err(Fault::bug("arity of pop")) };
    let last = pop_from(xs)?;
    pair(ctx, take(xs), last)
}

fn insert(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [xs, index, value] = args else { return Err(Fault::bug("arity of insert")) };
    insert_into(ctx, xs, index, value)?;
    Ok(take(xs))
}

fn remove(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [container, item] = args else { return Err(Fault::bug("arity of remove")) };
    match container {
        Value::Array(xs) => {
            remove_equal(ctx, xs, item)?;
            Ok(take(container))
        }
        Value::Dict(d) if is_key(item) => {
            let removed = if d.contains_value(item) { d.make_mut()?.remove_value(item) } else { None };
            pair(ctx, take(container), removed.unwrap_or(Value::Null))
        }
        _ => Err(remove_error()),
    }
}

fn remove_at(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [xs, index] = args else { return Err(Fault::bug("arity of remove_at")) };
    let removed = remove_index(ctx, xs, index)?;
    pair(ctx, take(xs), removed)
}

fn clear(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    match args {
        [Value::Array(_)] => Ok(Value::Array(ArrayObject::new(ctx.heap()))),
        [Value::Dict(_)] => Ok(Value::Dict(DictObject::new(ctx.heap()))),
        _ => Err(invalid("clear() requires an array or dict argument")),
    }
}

fn reverse(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [xs] = args else { return Err(Fault::bug("arity of reverse")) };
    reverse_in_place(ctx, xs)?;
    Ok(take(xs))
}

fn slice(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [container @ (Value::Array(_) | Value::Bytes(_)), start, end] = args else {
        return Err(invalid("slice() requires array or bytes and numeric start/end arguments"));
    };
    let Some(start) = whole("slice", start)? else { return Err(invalid("slice() start must be a number")) };
    let Some(end) = whole("slice", end)? else { return Err(invalid("slice() end must be a number")) };
    ops::slice(ctx, container, &Value::Int(start), &Value::Int(end), false)
}

fn concat(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [first, second] = args else { return Err(Fault::bug("arity of concat")) };
    let (Value::Array(a), Value::Array(b)) = (&mut *first, second) else {
        return Err(invalid("concat() requires two array arguments"));
    };
    ctx.charge_for(b.len())?;
    a.make_mut()?.extend(b)?;
    Ok(take(first))
}

fn unique(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [xs] = args else { return Err(Fault::bug("arity of unique")) };
    let Value::Array(xs) = xs else { return Err(not_an_array("unique requires an array argument", xs)) };
    ctx.charge_for(xs.len())?;
    let set = SetObject::from_values(ctx, xs.iter())?;
    if set.len() == xs.len() {
        return Ok(Value::Array(xs.clone()));
    }
    array(ctx, set.iter().cloned())
}

// ---- sequences: arrays and ranges. The prelude has the lazy forms for generators and checks counts.

/// What the functions of this part go over.
enum Sequence<'a> {
    Array(&'a Ref<ArrayObject>),
    Range(&'a Ref<RangeObject>),
}

impl<'a> Sequence<'a> {
    fn of(value: &'a Value) -> Option<Sequence<'a>> {
        match value {
            Value::Array(xs) => Some(Sequence::Array(xs)),
            Value::Range(range) => Some(Sequence::Range(range)),
            _ => None,
        }
    }

    fn len(&self) -> usize {
        match self {
            Sequence::Array(xs) => xs.len(),
            Sequence::Range(range) => range.len_saturating(),
        }
    }

    fn get(&self, index: usize) -> Value {
        match self {
            Sequence::Array(xs) => xs.get(index).unwrap_or(Value::Null),
            Sequence::Range(range) => range.get(index as u64).map_or(Value::Null, Value::Int),
        }
    }

    /// The elements from `start` up to before `end`, which are in bounds.
    fn slice(&self, heap: &Heap, start: usize, end: usize) -> Result<Value> {
        let part = match self {
            Sequence::Array(xs) if start == 0 && end == xs.len() => Ref::clone(xs),
            Sequence::Array(xs) => xs.slice(heap, start, end)?,
            Sequence::Range(range) => {
                check_elements(heap, end - start, 8)?;
                ArrayObject::from_ints(heap, (start..end).map(|i| range.get(i as u64).unwrap_or(0)))?
            }
        };
        Ok(Value::Array(part))
    }
}

/// Fails if a result of `count` parts of `bytes` bytes does not fit the memory limit.
fn check_elements(heap: &Heap, count: usize, bytes: usize) -> Result<()> {
    heap.check_room(count.saturating_mul(bytes))
}

/// All elements of an array, range, set, queue or stack as an array.
fn to_array(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [container] = args else { return Err(Fault::bug("arity of __to_array")) };
    match container {
        Value::Array(_) => Ok(take(container)),
        Value::Stack(stack) => Ok(Value::Array(stack.items().clone())),
        Value::Set(set) => {
            ctx.charge_for(set.len())?;
            array(ctx, set.iter().cloned())
        }
        Value::Queue(queue) => {
            ctx.charge_for(queue.len())?;
            array(ctx, queue.iter().cloned())
        }
        other => match Sequence::of(other) {
            Some(sequence) => {
                let len = sequence.len();
                check_elements(ctx.heap(), len, 8)?;
                ctx.charge_for(len)?;
                sequence.slice(ctx.heap(), 0, len)
            }
            None => Err(Fault::bug("__to_array of another kind")),
        },
    }
}

/// The sequence and the checked count that the prelude passes.
fn counted(args: &[Value]) -> Result<(Sequence<'_>, i64)> {
    match args {
        [xs, Value::Int(n)] => match Sequence::of(xs) {
            Some(sequence) => Ok((sequence, *n)),
            None => Err(Fault::bug("a count of another kind")),
        },
        _ => Err(Fault::bug("an unchecked count")),
    }
}

/// A count of elements: a negative number is none.
fn clamp(n: i64, len: usize) -> usize {
    usize::try_from(n.max(0)).unwrap_or(usize::MAX).min(len)
}

fn take_first(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let (xs, n) = counted(args)?;
    let end = clamp(n, xs.len());
    check_elements(ctx.heap(), end, 8)?;
    ctx.charge_for(end)?;
    xs.slice(ctx.heap(), 0, end)
}

fn skip(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let (xs, n) = counted(args)?;
    let len = xs.len();
    let start = clamp(n, len);
    check_elements(ctx.heap(), len - start, 8)?;
    ctx.charge_for(len - start)?;
    xs.slice(ctx.heap(), start, len)
}

fn chunk(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let (xs, n) = counted(args)?;
    let len = xs.len();
    let size = if n > 0 { clamp(n, len) } else { len };
    if len == 0 {
        return array(ctx, []);
    }
    let count = len.div_ceil(size);
    check_elements(ctx.heap(), count, SMALL_ARRAY_BYTES)?;
    check_elements(ctx.heap(), len, 8)?;
    ctx.charge_for(len)?;
    let mut chunks = ArrayObject::with_capacity(ctx.heap(), count)?;
    let out = chunks.make_mut()?;
    for start in (0..len).step_by(size) {
        ctx.pace(size)?;
        out.push(xs.slice(ctx.heap(), start, (start + size).min(len))?)?;
    }
    Ok(Value::Array(chunks))
}

fn windows(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let (xs, n) = counted(args)?;
    let len = xs.len();
    let Some(size) = usize::try_from(n).ok().filter(|size| (1..=len).contains(size)) else { return array(ctx, []) };
    let count = len - size + 1;
    let copied = count.saturating_mul(size);
    check_elements(ctx.heap(), count, SMALL_ARRAY_BYTES)?;
    check_elements(ctx.heap(), copied, 8)?;
    ctx.charge_for(copied)?;
    let mut out = ArrayObject::with_capacity(ctx.heap(), count)?;
    for start in 0..count {
        ctx.pace(size)?;
        out.make_mut()?.push(xs.slice(ctx.heap(), start, start + size)?)?;
    }
    Ok(Value::Array(out))
}

fn enumerate(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [xs] = args else { return Err(Fault::bug("arity of enumerate")) };
    let Some(xs) = Sequence::of(xs) else { return Err(invalid("enumerate() requires an array argument")) };
    pairs(ctx, xs.len(), |i| [Value::Int(i as i64), xs.get(i)])
}

fn zip(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [a, b] = args else { return Err(Fault::bug("arity of zip")) };
    let (Some(a), Some(b)) = (Sequence::of(a), Sequence::of(b)) else {
        return Err(invalid("zip() requires 2 array arguments"));
    };
    pairs(ctx, a.len().min(b.len()), |i| [a.get(i), b.get(i)])
}

/// An array of `count` pairs.
fn pairs(ctx: &mut Ctx<'_>, count: usize, pair_at: impl Fn(usize) -> [Value; 2]) -> Result<Value> {
    check_elements(ctx.heap(), count, SMALL_ARRAY_BYTES + ELEMENT_BYTES)?;
    ctx.charge_for(count)?;
    let mut out = ArrayObject::with_capacity(ctx.heap(), count)?;
    let pairs = out.make_mut()?;
    for i in 0..count {
        ctx.pace(4)?;
        pairs.push(Value::Array(ArrayObject::from_taken(ctx.heap(), &mut pair_at(i))?))?;
    }
    Ok(Value::Array(out))
}

fn flatten(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let xs = match args {
        [Value::Array(xs)] => xs,
        [Value::Range(_)] => return to_array(ctx, args),
        _ => return Err(invalid("flatten() requires an array argument")),
    };
    let Elements::Values(values) = xs.elements() else { return Ok(Value::Array(xs.clone())) };
    let length_of = |value: &Value| if let Value::Array(inner) = value { inner.len() } else { 1 };
    let len = values.iter().map(length_of).fold(values.len(), usize::saturating_add);
    check_elements(ctx.heap(), len - values.len(), 8)?;
    ctx.charge_for(len)?;
    let mut out = ArrayObject::new(ctx.heap());
    let flat = out.make_mut()?;
    for value in values {
        match value {
            Value::Array(inner) => flat.extend(inner)?,
            other => flat.push(other.clone())?,
        }
    }
    Ok(Value::Array(out))
}

/// The rows of this section.
pub const ENTRIES: &[Builtin] = &[
    builtin!("push", 2, push, "push(xs, v) -> array: with v at the end").known_as(Intrinsic::Push),
    builtin!("append", 2, append, "append(xs, v) -> array: with v at the end").known_as(Intrinsic::Push),
    builtin!("pop", 1, pop, "pop(xs) -> array: [rest, last]"),
    builtin!("insert", 3, insert, "insert(xs, i, v) -> array: with v before position i"),
    builtin!("remove", 2, remove, "remove(xs, v) -> array: without the first v; of a dict: [rest, value]"),
    builtin!("remove_at", 2, remove_at, "remove_at(xs, i) -> array: [rest, element]"),
    builtin!("clear", 1, clear, "clear(c) -> an empty array or dict"),
    builtin!("reverse", 1, reverse, "reverse(xs) -> array: the elements in the opposite order"),
    builtin!("slice", 3, slice, "slice(c, a, b) -> c[a..b] of an array or bytes")
        .method_of(&[ReceiverKind::Array, ReceiverKind::Bytes]),
    builtin!("concat", 2, concat, "concat(a, b) -> array: the elements of both").method_of(ARRAY),
    builtin!("unique", 1, unique, "unique(xs) -> array: the first of equal elements").method_of(ARRAY),
    builtin!("__to_array", 1, to_array, "__to_array(c) -> array: all elements"),
    builtin!("__take", 2, take_first, "__take(xs, n) -> array: the first n elements"),
    builtin!("__skip", 2, skip, "__skip(xs, n) -> array: all but the first n elements"),
    builtin!("__chunk", 2, chunk, "__chunk(xs, n) -> array: arrays of n elements"),
    builtin!("__windows", 2, windows, "__windows(xs, n) -> array: all runs of n neighbours"),
    builtin!("__enumerate", 1, enumerate, "__enumerate(xs) -> array: [index, element] pairs"),
    builtin!("__zip", 2, zip, "__zip(a, b) -> array: pairs, as many as the shorter has"),
    builtin!("__flatten", 1, flatten, "__flatten(xs) -> array: arrays are replaced by their elements"),
];

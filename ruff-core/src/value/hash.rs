//! Hashes that agree with equality: values that are equal have the same hash.
//!
//! A value with a struct in it that has an `op_eq` has no hash, since that method may call anything equal. Nested values are
//! hashed from a stack of frames, so that no depth overflows the native stack. A container that is shared is hashed as often as it
//! is met, so that the walk may be much longer than the value is large: it stops now and then to charge what it did.

use super::array::{ArrayObject, Elements};
use super::bytes::BytesObject;
use super::collections::{QueueObject, SetObject};
use super::dict::DictObject;
use super::heap::Heap;
use super::int::{BigIntObject, compare_big_f64};
use super::range::RangeObject;
use super::work::{WORK_PER_TICK, Work};
use super::{Hooks, Value};
use crate::fault::Result;
use std::cmp::Ordering;
use std::ops::Range;

/// Elements between two looks at the limits.
const ELEMENTS_PER_LOOK: usize = 256;

/// The hash of a value, never zero; `None` if it has none. The work is one of many parts that add up.
///
/// # Errors
/// The traps of limits.
#[inline]
pub fn hash_counted(hooks: &mut dyn Hooks, work: &mut Work, value: &Value) -> Result<Option<u32>> {
    match leaf(hooks.heap(), value) {
        Leaf::Hash(hash) => Ok(Some(finish(hash))),
        Leaf::None => Ok(None),
        Leaf::Nested => match (value, short_array(hooks.heap(), value)) {
            (Value::Array(array), Some(hash)) => {
                work.add(hooks, array.len())?;
                Ok(Some(finish(hash)))
            }
            _ => hash_nested(hooks, work, value),
        },
    }
}

/// The same where it costs no tick: without going into the value, or only into a short array.
#[inline]
pub fn plain_hash(heap: &Heap, value: &Value) -> Option<u32> {
    match leaf(heap, value) {
        Leaf::Hash(hash) => Some(finish(hash)),
        Leaf::None => None,
        Leaf::Nested => short_array(heap, value).map(finish),
    }
}

/// The hash of an array of a few leaves, as the walk gives it.
fn short_array(heap: &Heap, value: &Value) -> Option<u64> {
    let Value::Array(array) = value else { return None };
    if array.len() + 1 >= WORK_PER_TICK {
        return None;
    }
    match array.elements() {
        Elements::Values(values) => values.iter().try_fold(salt::ARRAY, |hash, value| match leaf(heap, value) {
            Leaf::Hash(next) => Some(heap.shared.hash_pair(hash, next)),
            Leaf::None | Leaf::Nested => None,
        }),
        packed => Some(hash_packed(heap, packed, 0..array.len(), salt::ARRAY)),
    }
}

#[inline(always)]
fn finish(hash: u64) -> u32 {
    ((hash ^ hash >> 32) as u32).max(1)
}

#[inline(never)]
fn hash_nested(hooks: &mut dyn Hooks, work: &mut Work, value: &Value) -> Result<Option<u32>> {
    let mut walk = Walk { open: Vec::new(), current: Some(value) };
    loop {
        let mut elements = 0;
        let progress = walk.go_on(hooks.heap(), &mut elements);
        work.add(hooks, elements)?;
        match progress {
            Progress::Hash(hash) => return Ok(Some(finish(hash))),
            Progress::None => return Ok(None),
            Progress::Paused => hooks.pace(elements)?,
        }
    }
}

/// What can be said about a value without work that costs a tick.
enum Leaf {
    Hash(u64),
    /// It has no hash.
    None,
    /// It has to be gone into, or is long.
    Nested,
}

/// Numbers that keep the kinds apart.
mod salt {
    pub const NULL: u64 = 0x51;
    pub const FALSE: u64 = 0x52;
    pub const TRUE: u64 = 0x53;
    pub const FLOAT: u64 = 0x54;
    pub const BIG: u64 = 0x55;
    pub const BYTES: u64 = 0x56;
    pub const RANGE: u64 = 0x57;
    pub const IDENTITY: u64 = 0x58;
    pub const ARRAY: u64 = 0x59;
    pub const DICT: u64 = 0x5A;
    pub const STRUCT: u64 = 0x5B;
    pub const VARIANT: u64 = 0x5C;
    pub const SET: u64 = 0x5D;
    pub const QUEUE: u64 = 0x5E;
    pub const STACK: u64 = 0x5F;
}

#[inline]
fn leaf(heap: &Heap, value: &Value) -> Leaf {
    let pair = |a, b| heap.shared.hash_pair(a, b);
    let identity = |address: usize| pair(salt::IDENTITY, address as u64);
    Leaf::Hash(match value {
        Value::Int(int) => heap.shared.hash_int(*int) as u64,
        Value::Str(text) => text.hash() as u64,
        Value::Float(float) => hash_float(heap, *float),
        Value::Null | Value::Absent(_) => salt::NULL,
        Value::Bool(bool) => hash_bool(*bool),
        Value::BigInt(int) if int.get().limbs() >= WORK_PER_TICK as u64 => return Leaf::Nested,
        Value::Bytes(bytes) if bytes.as_slice().len() >= WORK_PER_TICK => return Leaf::Nested,
        Value::BigInt(int) => hash_big(heap, int),
        Value::Bytes(bytes) => hash_bytes(heap, bytes),
        Value::Range(range) => hash_range(heap, range),
        Value::Native(id) => pair(salt::IDENTITY, id.0 as u64),
        Value::Constructor(c) => pair(pair(salt::IDENTITY, c.def().decl().id as u64), c.variant() as u64),
        Value::Closure(object) => identity(object.as_ptr().addr().get()),
        Value::Generator(object) => identity(object.as_ptr().addr().get()),
        Value::StructDef(object) => identity(object.as_ptr().addr().get()),
        Value::EnumDef(object) => identity(object.as_ptr().addr().get()),
        Value::Module(object) => identity(object.as_ptr().addr().get()),
        Value::Host(object) if object.method("op_eq").is_some() => return Leaf::None,
        Value::Host(object) => pair(identity(object.identity().address), object.identity().part),
        Value::Cell(object) => identity(object.as_ptr().addr().get()),
        Value::Set(set) if set.len() >= WORK_PER_TICK => return Leaf::Nested,
        Value::Set(set) => match hash_set(heap, set) {
            Some(hash) => hash,
            None => return Leaf::None,
        },
        Value::Struct(object) if object.def().decl().method_index("op_eq").is_some() => return Leaf::None,
        Value::Array(_) | Value::Dict(_) | Value::Struct(_) | Value::Variant(_) | Value::Queue(_) | Value::Stack(_) => {
            return Leaf::Nested;
        }
    })
}

fn hash_bool(bool: bool) -> u64 {
    if bool { salt::TRUE } else { salt::FALSE }
}

/// A float with the value of an int has the hash of that int.
#[inline]
fn hash_float(heap: &Heap, float: f64) -> u64 {
    let int = float as i64;
    // The cast saturates, and 2⁶³ is the float next to the largest int.
    if int as f64 == float && int != i64::MAX {
        return heap.shared.hash_int(int) as u64;
    }
    heap.shared.hash_pair(salt::FLOAT, float.to_bits())
}

fn hash_big(heap: &Heap, int: &BigIntObject) -> u64 {
    let float = int.get().to_f64();
    if compare_big_f64(int.get(), float) == Some(Ordering::Equal) {
        return hash_float(heap, float);
    }
    int.get().magnitude().iter().fold(salt::BIG, |hash, limb| heap.shared.hash_pair(hash, *limb))
}

fn hash_bytes(heap: &Heap, bytes: &BytesObject) -> u64 {
    heap.shared.hash_pair(salt::BYTES, heap.shared.hash_bytes(bytes.as_slice()) as u64)
}

fn hash_set(heap: &Heap, set: &SetObject) -> Option<u64> {
    set.element_hash_sum().map(|sum| heap.shared.hash_pair(salt::SET, sum))
}

fn hash_range(heap: &Heap, range: &RangeObject) -> u64 {
    let len = range.len();
    let start = if len > 0 { range.start() } else { 0 };
    let step = if len > 1 { range.step() } else { 0 };
    [start as u64, step as u64].into_iter().fold(salt::RANGE ^ len as u64, |h, next| heap.shared.hash_pair(h, next))
}

/// A walk over a value that has to be gone into.
struct Walk<'a> {
    open: Vec<Frame<'a>>,
    /// What is hashed next; none if the innermost container goes on by itself.
    current: Option<&'a Value>,
}

/// How far a walk has come.
enum Progress {
    Hash(u64),
    /// The value has no hash.
    None,
    /// There is more to do.
    Paused,
}

/// A container whose hash is not complete.
struct Frame<'a> {
    items: Items<'a>,
    index: usize,
    hash: u64,
    /// The hash of the key whose value is being hashed.
    key: u64,
}

enum Items<'a> {
    Values(&'a [Value]),
    /// Unboxed elements.
    Packed(Elements<'a>, usize),
    Queue(&'a QueueObject),
    /// The index is the position to go on at.
    Dict(&'a DictObject),
}

impl<'a> Walk<'a> {
    /// Goes on until the end, or until it is time to look at the limits; counts what it has gone through.
    fn go_on(&mut self, heap: &Heap, elements: &mut usize) -> Progress {
        let mut current = self.current.take();
        loop {
            let mut done = None;
            if let Some(value) = current {
                *elements += 1;
                done = match leaf(heap, value) {
                    Leaf::None => return Progress::None,
                    Leaf::Hash(hash) => Some(hash),
                    Leaf::Nested => match start(heap, value, elements) {
                        Start::Hash(hash) => Some(hash),
                        Start::None => return Progress::None,
                        Start::Frame(frame) => {
                            self.open.push(frame);
                            None
                        }
                    },
                };
            }
            // Feeds complete hashes to the containers around them, up to the first that has another element.
            current = loop {
                let Some(frame) = self.open.last_mut() else { return done.map_or(Progress::None, Progress::Hash) };
                if let Some(hash) = done.take() {
                    frame.add(heap, hash);
                }
                match frame.next(heap, elements) {
                    Next::Value(next) => break Some(next),
                    Next::Later => break None,
                    Next::End => done = self.open.pop().map(|frame| frame.hash),
                }
            };
            if *elements >= ELEMENTS_PER_LOOK {
                self.current = current;
                return Progress::Paused;
            }
        }
    }
}

enum Start<'a> {
    Hash(u64),
    None,
    Frame(Frame<'a>),
}

fn start<'a>(heap: &Heap, value: &'a Value, elements: &mut usize) -> Start<'a> {
    let pair = |a, b| heap.shared.hash_pair(a, b);
    let (items, hash) = match value {
        Value::Array(array) => (array_items(array), salt::ARRAY),
        Value::Stack(stack) => (array_items(stack.items()), salt::STACK),
        Value::Queue(queue) => (Items::Queue(queue), salt::QUEUE),
        Value::Dict(dict) => (Items::Dict(dict), salt::DICT),
        Value::Struct(object) => (Items::Values(object.fields()), pair(salt::STRUCT, object.shape() as u64)),
        Value::Variant(variant) => {
            let hash = pair(salt::VARIANT, variant.def().decl().id as u64);
            (Items::Values(variant.payload()), pair(hash, variant.variant() as u64))
        }
        Value::BigInt(int) => {
            *elements += int.get().limbs() as usize;
            return Start::Hash(hash_big(heap, int));
        }
        Value::Bytes(bytes) => {
            *elements += bytes.as_slice().len();
            return Start::Hash(hash_bytes(heap, bytes));
        }
        Value::Set(set) => {
            *elements += set.len();
            return hash_set(heap, set).map_or(Start::None, Start::Hash);
        }
        _ => return Start::None,
    };
    Start::Frame(Frame { items, index: 0, hash, key: 0 })
}

fn array_items(array: &ArrayObject) -> Items<'_> {
    match array.elements() {
        Elements::Values(values) => Items::Values(values),
        packed => Items::Packed(packed, array.len()),
    }
}

/// The hash of a range of unboxed elements, behind that of those before them.
#[inline]
fn hash_packed(heap: &Heap, elements: Elements<'_>, range: Range<usize>, before: u64) -> u64 {
    let pair = |a, b| heap.shared.hash_pair(a, b);
    match elements {
        Elements::Values(_) => unreachable!("values are hashed one by one"),
        Elements::Ints(ints) => ints[range].iter().fold(before, |h, int| pair(h, heap.shared.hash_int(*int) as u64)),
        Elements::Floats(floats) => floats[range].iter().fold(before, |h, float| pair(h, hash_float(heap, *float))),
        Elements::Bools(bools) => bools[range].iter().fold(before, |h, bool| pair(h, hash_bool(*bool))),
    }
}

/// What comes next in a container.
enum Next<'a> {
    Value(&'a Value),
    /// Some elements have been hashed; there may be more.
    Later,
    End,
}

impl<'a> Frame<'a> {
    fn add(&mut self, heap: &Heap, hash: u64) {
        self.hash = match self.items {
            // The order of the entries does not count.
            Items::Dict(_) => self.hash.wrapping_add(heap.shared.hash_pair(self.key, hash)),
            _ => heap.shared.hash_pair(self.hash, hash),
        };
    }

    fn next(&mut self, heap: &Heap, elements: &mut usize) -> Next<'a> {
        let index = self.index;
        self.index += 1;
        let value = match self.items {
            Items::Values(values) => values.get(index),
            Items::Queue(queue) => queue.get(index),
            Items::Packed(packed, len) => {
                if index >= len {
                    return Next::End;
                }
                self.index = len.min(index + ELEMENTS_PER_LOOK);
                self.hash = hash_packed(heap, packed, index..self.index, self.hash);
                *elements += self.index - index;
                return Next::Later;
            }
            Items::Dict(dict) => dict.next_position(index).and_then(|at| {
                self.index = at + 1;
                let (hash, value) = dict.hashed_entry_at(at)?;
                self.key = hash as u64;
                Some(value)
            }),
        };
        value.map_or(Next::End, Next::Value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::int::from_i128;
    use crate::value::ops::testing::TestHooks;

    fn of(hooks: &mut TestHooks, value: &Value) -> Option<u32> {
        hash_counted(hooks, &mut Work::default(), value).unwrap()
    }

    #[test]
    fn equal_numbers_have_equal_hashes() {
        let mut hooks = TestHooks::new();
        let heap = Heap::new(usize::MAX, 0);
        let pairs = [
            (Value::Int(1), Value::Float(1.0)),
            (Value::Int(0), Value::Float(-0.0)),
            (Value::Int(i64::MIN), Value::Float(i64::MIN as f64)),
            (from_i128(&heap, 1 << 63), Value::Float(9223372036854775808.0)),
            (from_i128(&heap, -(1 << 100)), Value::Float(-1267650600228229401496703205376.0)),
            (from_i128(&heap, (1 << 100) + 1), from_i128(&heap, (1 << 100) + 1)),
        ];
        for (a, b) in &pairs {
            assert!(crate::value::equal::equal(&mut hooks, a, b).unwrap());
            assert_eq!(of(&mut hooks, a), of(&mut hooks, b), "{a:?} {b:?}");
        }
        assert_ne!(of(&mut hooks, &Value::Int(i64::MAX)), of(&mut hooks, &pairs[3].0));
    }

    #[test]
    fn all_work_is_charged() {
        let heap = Heap::new(usize::MAX, 0);
        let array = |values: &[Value]| Value::Array(ArrayObject::from_values(&heap, values.iter().cloned()).unwrap());
        let ticks = |value: &Value| {
            let mut hooks = TestHooks::new();
            of(&mut hooks, value).unwrap();
            hooks.ticks
        };
        let short = array(&[const { Value::Int(1) }; 62]);
        assert_eq!(ticks(&short), 0);
        assert_eq!(ticks(&array(&vec![short; 64])), (1 + 64 + 64 * 62) / 64);
        assert_eq!(ticks(&Value::Bytes(BytesObject::new(&heap, &[7; 640]).unwrap())), 10);
        let tree = (0..16).fold(array(&[Value::Null]), |inner, _| array(&[inner.clone(), inner]));
        assert_eq!(ticks(&tree), (3 * (1 << 16) - 1) / 64);
        let mut owner = TestHooks::new();
        let many = SetObject::from_values(&mut owner, (0..640).map(Value::Int)).unwrap();
        assert_eq!(ticks(&Value::Set(many)), 10);
    }

    #[test]
    fn containers_hash_by_content() {
        let mut hooks = TestHooks::new();
        let heap = Heap::new(usize::MAX, 0);
        let array = |values: &[Value]| Value::Array(ArrayObject::from_values(&heap, values.iter().cloned()).unwrap());
        let mut of = |value: &Value| self::of(&mut hooks, value).unwrap();
        let ints = array(&[Value::Int(1), Value::Int(2)]);
        assert_eq!(of(&ints), of(&array(&[Value::Float(1.0), Value::Float(2.0)])));
        assert_eq!(of(&ints), of(&array(&[Value::Int(1), Value::Float(2.0)])));
        assert_ne!(of(&ints), of(&array(&[Value::Int(2), Value::Int(1)])));
        assert_eq!(of(&array(&[ints.clone(), Value::Null])), of(&array(&[ints.clone(), Value::Null])));
        let dict = |keys: &[&str]| {
            let mut dict = DictObject::new(&heap);
            for key in keys {
                dict.make_mut().unwrap().insert_str(key, ints.clone()).unwrap();
            }
            Value::Dict(dict)
        };
        assert_eq!(of(&dict(&["a", "b", "7"])), of(&dict(&["7", "b", "a"])));
        assert_ne!(of(&dict(&["a", "b"])), of(&dict(&["a", "c"])));
        let packed = array(&(0..1000).map(Value::Int).collect::<Vec<_>>());
        let mixed: Vec<Value> = (0..1000).map(|i| if i == 7 { Value::Float(7.0) } else { Value::Int(i) }).collect();
        assert_eq!(of(&packed), of(&array(&mixed)));
        let range = |end, inclusive| Value::Range(RangeObject::alloc(&heap, 0, end, inclusive));
        assert_eq!(of(&range(3, false)), of(&range(2, true)));
    }
}

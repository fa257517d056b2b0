//! Hashes that agree with equality: values that are equal have the same hash.
//!
//! A value with a struct in it that has an `op_eq` has no hash, since that method may call anything equal. Nested values are
//! hashed from a stack of frames, so that no depth overflows the native stack.

use super::array::{ArrayObject, Elements};
use super::collections::QueueObject;
use super::dict::DictObject;
use super::heap::Heap;
use super::int::{BigIntObject, compare_big_f64};
use super::range::RangeObject;
use super::{Hooks, Value};
use crate::fault::Result;
use std::cmp::Ordering;

/// Elements that one tick pays for.
const ELEMENTS_PER_TICK: u64 = 64;

/// The hash of a value, never zero; `None` if it has none.
///
/// # Errors
/// The traps of limits.
#[inline]
pub fn hash(hooks: &mut dyn Hooks, value: &Value) -> Result<Option<u32>> {
    match leaf(hooks.heap(), value) {
        Leaf::Hash(hash) => Ok(Some(finish(hash))),
        Leaf::None => Ok(None),
        Leaf::Nested => match short_array(hooks.heap(), value) {
            Some(hash) => Ok(Some(finish(hash))),
            None => hash_nested(hooks, value),
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

/// The hash of an array of a few leaves, as [`walk`] gives it.
fn short_array(heap: &Heap, value: &Value) -> Option<u64> {
    let Value::Array(array) = value else { return None };
    if array.len() as u64 + 1 >= ELEMENTS_PER_TICK {
        return None;
    }
    match array.elements() {
        Elements::Values(values) => values.iter().try_fold(salt::ARRAY, |hash, value| match leaf(heap, value) {
            Leaf::Hash(next) => Some(heap.shared.hash_pair(hash, next)),
            Leaf::None | Leaf::Nested => None,
        }),
        packed => Some(hash_packed(heap, packed, salt::ARRAY)),
    }
}

#[inline(always)]
fn finish(hash: u64) -> u32 {
    ((hash ^ hash >> 32) as u32).max(1)
}

#[inline(never)]
fn hash_nested(hooks: &mut dyn Hooks, value: &Value) -> Result<Option<u32>> {
    let mut work = 0;
    let result = walk(hooks.heap(), value, &mut work);
    if work >= ELEMENTS_PER_TICK {
        hooks.charge(work / ELEMENTS_PER_TICK)?;
    }
    Ok(result.map(finish))
}

/// What can be said about a value without going into it.
enum Leaf {
    Hash(u64),
    /// It has no hash.
    None,
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
        Value::BigInt(int) => hash_big(heap, int),
        Value::Bytes(bytes) => pair(salt::BYTES, heap.shared.hash_bytes(bytes.as_slice()) as u64),
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
        Value::Set(set) => match set.element_hash_sum() {
            Some(sum) => pair(salt::SET, sum),
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

fn hash_range(heap: &Heap, range: &RangeObject) -> u64 {
    let len = range.len();
    let start = if len > 0 { range.start() } else { 0 };
    let step = if len > 1 { range.step() } else { 0 };
    [start as u64, step as u64].into_iter().fold(salt::RANGE ^ len as u64, |h, next| heap.shared.hash_pair(h, next))
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
    Queue(&'a QueueObject),
    /// The index is the position to go on at.
    Dict(&'a DictObject),
}

fn walk(heap: &Heap, value: &Value, work: &mut u64) -> Option<u64> {
    let mut open = Vec::new();
    let mut current = value;
    loop {
        *work += 1;
        let mut done = match leaf(heap, current) {
            Leaf::None => return None,
            Leaf::Hash(hash) => Some(hash),
            Leaf::Nested => match start(heap, current, work) {
                Start::Hash(hash) => Some(hash),
                Start::Frame(frame) => {
                    open.push(frame);
                    None
                }
            },
        };
        // Feeds complete hashes to the containers around them, up to the first that has another element.
        current = loop {
            let Some(frame) = open.last_mut() else { return done };
            if let Some(hash) = done.take() {
                frame.add(heap, hash);
            }
            match frame.next() {
                Some(next) => break next,
                None => done = open.pop().map(|f| f.hash),
            }
        };
    }
}

enum Start<'a> {
    Hash(u64),
    Frame(Frame<'a>),
}

fn start<'a>(heap: &Heap, value: &'a Value, work: &mut u64) -> Start<'a> {
    let pair = |a, b| heap.shared.hash_pair(a, b);
    let (items, hash) = match value {
        Value::Array(array) => return start_array(heap, array, salt::ARRAY, work),
        Value::Stack(stack) => return start_array(heap, stack.items(), salt::STACK, work),
        Value::Queue(queue) => (Items::Queue(queue), salt::QUEUE),
        Value::Dict(dict) => (Items::Dict(dict), salt::DICT),
        Value::Struct(object) => (Items::Values(object.fields()), pair(salt::STRUCT, object.shape() as u64)),
        Value::Variant(variant) => {
            let hash = pair(salt::VARIANT, variant.def().decl().id as u64);
            (Items::Values(variant.payload()), pair(hash, variant.variant() as u64))
        }
        _ => return Start::Hash(0),
    };
    Start::Frame(Frame { items, index: 0, hash, key: 0 })
}

fn start_array<'a>(heap: &Heap, array: &'a ArrayObject, salt: u64, work: &mut u64) -> Start<'a> {
    match array.elements() {
        Elements::Values(values) => Start::Frame(Frame { items: Items::Values(values), index: 0, hash: salt, key: 0 }),
        packed => {
            *work += array.len() as u64;
            Start::Hash(hash_packed(heap, packed, salt))
        }
    }
}

/// The hash of unboxed elements.
#[inline]
fn hash_packed(heap: &Heap, elements: Elements<'_>, salt: u64) -> u64 {
    let pair = |a, b| heap.shared.hash_pair(a, b);
    match elements {
        Elements::Values(_) => unreachable!("values are hashed one by one"),
        Elements::Ints(ints) => ints.iter().fold(salt, |h, int| pair(h, heap.shared.hash_int(*int) as u64)),
        Elements::Floats(floats) => floats.iter().fold(salt, |h, float| pair(h, hash_float(heap, *float))),
        Elements::Bools(bools) => bools.iter().fold(salt, |h, bool| pair(h, hash_bool(*bool))),
    }
}

impl<'a> Frame<'a> {
    fn add(&mut self, heap: &Heap, hash: u64) {
        self.hash = match self.items {
            // The order of the entries does not count.
            Items::Dict(_) => self.hash.wrapping_add(heap.shared.hash_pair(self.key, hash)),
            _ => heap.shared.hash_pair(self.hash, hash),
        };
    }

    fn next(&mut self) -> Option<&'a Value> {
        let index = self.index;
        self.index += 1;
        match self.items {
            Items::Values(values) => values.get(index),
            Items::Queue(queue) => queue.get(index),
            Items::Dict(dict) => {
                let at = dict.next_position(index)?;
                self.index = at + 1;
                let (hash, value) = dict.hashed_entry_at(at)?;
                self.key = hash as u64;
                Some(value)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::int::from_i128;
    use crate::value::ops::testing::TestHooks;

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
            assert_eq!(hash(&mut hooks, a).unwrap(), hash(&mut hooks, b).unwrap(), "{a:?} {b:?}");
        }
        assert_ne!(hash(&mut hooks, &Value::Int(i64::MAX)).unwrap(), hash(&mut hooks, &pairs[3].0).unwrap());
    }

    #[test]
    fn containers_hash_by_content() {
        let mut hooks = TestHooks::new();
        let heap = Heap::new(usize::MAX, 0);
        let array = |values: &[Value]| Value::Array(ArrayObject::from_values(&heap, values.iter().cloned()).unwrap());
        let mut of = |value: &Value| hash(&mut hooks, value).unwrap().unwrap();
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
        let range = |end, inclusive| Value::Range(RangeObject::alloc(&heap, 0, end, inclusive));
        assert_eq!(of(&range(3, false)), of(&range(2, true)));
    }
}

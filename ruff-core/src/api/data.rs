//! Script values outside a VM: an owned tree that crosses threads.

use super::convert::{IntoValue, big_into_value};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::limits::DATA_LEVELS_MAX;
use crate::value::array::ArrayObject;
use crate::value::bytes::BytesObject;
use crate::value::dict::{DictKey, DictObject};
use crate::value::range::RangeObject;
use crate::value::{Heap, Value};

/// An owned copy of a script value. `Send` and `Sync`; needs no VM.
///
/// Functions, generators and handles have no such copy. A tree is at most 512 levels deep.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Data {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An int that fits 64 bits.
    Int(i64),
    /// Any other int, as decimal text.
    BigInt(String),
    /// A float.
    Float(f64),
    /// A string.
    Str(String),
    /// A byte string.
    Bytes(Vec<u8>),
    /// An array; sets, queues and stacks become arrays.
    Array(Vec<Data>),
    /// A range.
    Range {
        /// The first int.
        start: i64,
        /// The bound.
        end: i64,
        /// Does it hold its bound?
        inclusive: bool,
        /// The distance of its ints.
        step: i64,
    },
    /// A dict, in its order.
    Dict(Vec<(String, Data)>),
    /// A struct: its name and its fields in declaration order.
    Struct(String, Vec<(String, Data)>),
    /// A variant of an enum: the enum's name, the variant's and the payload. Scripts get those of `Option` and `Result` only.
    Variant(String, String, Vec<Data>),
}

impl Data {
    /// The copy of a value of the engine, for natives that work on such; `None` if it has none.
    ///
    /// ```
    /// use ruff_core::Data;
    /// use ruff_core::native::Value;
    /// assert_eq!(Data::of(&Value::Int(7)), Some(Data::Int(7)));
    /// ```
    pub fn of(value: &Value) -> Option<Data> {
        Data::from_script(value)
    }

    /// The copy, or `None` if the value holds something that has none or is nested too deeply.
    pub(crate) fn from_script(value: &Value) -> Option<Data> {
        copy_out(value, DATA_LEVELS_MAX)
    }

    /// The script value. Structs and variants need their declaration, so they are refused, but for `Option` and `Result`.
    pub(crate) fn into_script(self, heap: &Heap) -> Result<Value> {
        if !is_flat_enough(&self) {
            dismantle(self);
            let message = format!("Cannot convert data: nested too deeply (limit {DATA_LEVELS_MAX})");
            return Err(Fault::error(Code::CONVERSION, message));
        }
        copy_in(self, heap)
    }
}

/// Has the tree at most so many levels as a copy may have?
fn is_flat_enough(data: &Data) -> bool {
    let mut pending = vec![(data, 1)];
    while let Some((data, level)) = pending.pop() {
        if level > DATA_LEVELS_MAX {
            return false;
        }
        match data {
            Data::Array(items) | Data::Variant(_, _, items) => pending.extend(items.iter().map(|d| (d, level + 1))),
            Data::Dict(entries) | Data::Struct(_, entries) => {
                pending.extend(entries.iter().map(|(_, d)| (d, level + 1)));
            }
            _ => {}
        }
    }
    true
}

/// Drops a tree of any depth without recursion.
fn dismantle(data: Data) {
    let mut pending = vec![data];
    while let Some(data) = pending.pop() {
        match data {
            Data::Array(items) | Data::Variant(_, _, items) => pending.extend(items),
            Data::Dict(entries) | Data::Struct(_, entries) => pending.extend(entries.into_iter().map(|(_, d)| d)),
            _ => {}
        }
    }
}

fn copy_all(values: impl Iterator<Item = Value>, depth: u32) -> Option<Vec<Data>> {
    values.map(|v| copy_out(&v, depth)).collect()
}

fn copy_out(value: &Value, depth: u32) -> Option<Data> {
    let depth = depth.checked_sub(1)?;
    Some(match value {
        Value::Null => Data::Null,
        Value::Bool(b) => Data::Bool(*b),
        Value::Int(i) => Data::Int(*i),
        Value::BigInt(i) => Data::BigInt(i.get().to_string()),
        Value::Float(x) => Data::Float(*x),
        Value::Str(s) => Data::Str(s.as_str().to_owned()),
        Value::Bytes(b) => Data::Bytes(b.as_slice().to_vec()),
        Value::Array(a) => Data::Array(copy_all(a.iter(), depth)?),
        Value::Set(s) => Data::Array(copy_all(s.iter().cloned(), depth)?),
        Value::Queue(q) => Data::Array(copy_all(q.iter().cloned(), depth)?),
        Value::Stack(s) => Data::Array(copy_all(s.items().iter(), depth)?),
        Value::Range(r) => Data::Range { start: r.start(), end: r.end(), inclusive: r.is_inclusive(), step: r.step() },
        Value::Dict(d) => {
            let entries = d.iter().map(|(k, v)| Some((k.with_text(str::to_owned), copy_out(v, depth)?)));
            Data::Dict(entries.collect::<Option<_>>()?)
        }
        Value::Struct(s) => {
            let decl = s.def().decl();
            let fields = decl.fields.iter().zip(s.fields());
            let fields = fields.map(|(f, v)| Some((f.name.to_string(), copy_out(v, depth)?)));
            Data::Struct(decl.name.to_string(), fields.collect::<Option<_>>()?)
        }
        Value::Variant(v) => {
            let payload = copy_all(v.payload().iter().cloned(), depth)?;
            Data::Variant(v.def().decl().name.to_string(), v.variant_name().to_owned(), payload)
        }
        _ => return None,
    })
}

/// The value of a tree that is not nested too deeply.
fn copy_in(data: Data, heap: &Heap) -> Result<Value> {
    match data {
        Data::Null => Ok(Value::Null),
        Data::Bool(b) => Ok(Value::Bool(b)),
        Data::Int(i) => Ok(Value::Int(i)),
        Data::BigInt(digits) => big_into_value(&digits, heap),
        Data::Float(x) => Ok(Value::Float(x)),
        Data::Str(s) => s.into_value(heap),
        Data::Bytes(b) => Ok(Value::Bytes(BytesObject::new(heap, &b)?)),
        Data::Array(items) => {
            let values = items.into_iter().map(|d| copy_in(d, heap)).collect::<Result<Vec<_>>>()?;
            Ok(Value::Array(ArrayObject::from_values(heap, values)?))
        }
        Data::Range { start, end, inclusive, step } => {
            Ok(Value::Range(RangeObject::with_step(heap, start, end, inclusive, step)))
        }
        Data::Dict(entries) => {
            let mut dict = DictObject::new(heap);
            for (key, value) in entries {
                let value = copy_in(value, heap)?;
                dict.make_mut()?.insert(DictKey::from_text(heap, &key)?, value)?;
            }
            Ok(Value::Dict(dict))
        }
        Data::Variant(name, variant, mut payload) => {
            let (one, more) = (payload.pop(), !payload.is_empty());
            match (&*name, &*variant, one) {
                ("Option", "None", None) => Ok(heap.none()),
                ("Option", "Some", Some(value)) if !more => Ok(heap.some(copy_in(value, heap)?)),
                ("Result", "Ok", Some(value)) if !more => Ok(heap.ok(copy_in(value, heap)?)),
                ("Result", "Err", Some(value)) if !more => Ok(heap.err(copy_in(value, heap)?)),
                _ => Err(undeclared(&name)),
            }
        }
        Data::Struct(name, _) => Err(undeclared(&name)),
    }
}

#[cold]
fn undeclared(name: &str) -> Fault {
    Fault::error(Code::CONVERSION, format!("Cannot convert data: '{name}' needs its declaration"))
}

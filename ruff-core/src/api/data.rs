//! Script values outside a VM: an owned tree that crosses threads.

use super::convert::{IntoValue, big_into_value, digits_of, key_from_dict};
use super::copy_out::{CopyOut, Refusal};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::limits::DATA_LEVELS_MAX;
use crate::value::array::ArrayObject;
use crate::value::bytes::BytesObject;
use crate::value::dict::{DictKey, DictObject};
use crate::value::range::RangeObject;
use crate::value::{Heap, Value};
use crate::vm::native::Ctx;

/// An owned copy of a script value. `Send` and `Sync`; needs no VM.
///
/// Functions, generators and handles have no such copy. A tree is at most 512 levels deep.
///
/// What the value holds several times is copied several times. So a copy counts against the limits of the VM as if it were a value
/// of the script, and meets them as a script does.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Data {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An int that fits 64 bits.
    Int(i64),
    /// Any other int, as decimal text: digits after an optional minus sign.
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
        /// The distance of its ints, which is not 0.
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
    /// use ruff_core::native::{Arity, Ctx, NativeEntry, Value};
    /// use ruff_core::{Data, Engine, Vm};
    /// let is_data = |ctx: &mut Ctx<'_>, args: &mut [Value]| Ok(Value::Bool(Data::of(ctx, &args[0])?.is_some()));
    /// let entry = NativeEntry::new("is_data", Arity::exactly(1), is_data);
    /// let mut vm = Vm::new(&Engine::builder().native(entry).build());
    /// assert_eq!(vm.eval("1", "is_data([1, 2])")?.as_deref(), Some("true"));
    /// assert_eq!(vm.eval("2", "is_data([print])")?.as_deref(), Some("false"));
    /// # Ok::<(), ruff_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// The traps of limits: the copy counts as memory and as work of the script.
    pub fn of(ctx: &mut Ctx<'_>, value: &Value) -> Result<Option<Data>> {
        match Data::from_script(value, &mut CopyOut::running(ctx.reborrow())) {
            Ok(data) => Ok(Some(data)),
            Err(Refusal::Kind) => Ok(None),
            Err(Refusal::Limit(fault)) => Err(fault),
        }
    }

    /// The copy; none if the value holds something that has none or is nested too deeply, or at a limit.
    pub(crate) fn from_script(value: &Value, out: &mut CopyOut<'_>) -> Result<Data, Refusal> {
        copy_out(value, DATA_LEVELS_MAX, out)
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

/// Copies `len` values.
fn copy_all(
    len: usize,
    values: impl Iterator<Item = Value>,
    depth: u32,
    out: &mut CopyOut<'_>,
) -> Result<Vec<Data>, Refusal> {
    out.count::<Data>(len)?;
    let mut copies = Vec::with_capacity(len);
    for value in values {
        copies.push(copy_out(&value, depth, out)?);
    }
    Ok(copies)
}

fn copy_text(text: &str, out: &mut CopyOut<'_>) -> Result<String> {
    out.count_text(text.len())?;
    Ok(text.to_owned())
}

fn copy_out(value: &Value, depth: u32, out: &mut CopyOut<'_>) -> Result<Data, Refusal> {
    let depth = depth.checked_sub(1).ok_or(Refusal::Kind)?;
    Ok(match value {
        Value::Null => Data::Null,
        Value::Bool(b) => Data::Bool(*b),
        Value::Int(i) => Data::Int(*i),
        Value::BigInt(i) => Data::BigInt(digits_of(i, out)?),
        Value::Float(x) => Data::Float(*x),
        Value::Str(s) => Data::Str(copy_text(s.as_str(), out)?),
        Value::Bytes(b) => {
            out.count_text(b.as_slice().len())?;
            Data::Bytes(b.as_slice().to_vec())
        }
        Value::Array(a) => Data::Array(copy_all(a.len(), a.iter(), depth, out)?),
        Value::Set(s) => Data::Array(copy_all(s.len(), s.iter().cloned(), depth, out)?),
        Value::Queue(q) => Data::Array(copy_all(q.len(), q.iter().cloned(), depth, out)?),
        Value::Stack(s) => Data::Array(copy_all(s.len(), s.items().iter(), depth, out)?),
        Value::Range(r) => Data::Range { start: r.start(), end: r.end(), inclusive: r.is_inclusive(), step: r.step() },
        Value::Dict(d) => {
            out.count::<(String, Data)>(d.len())?;
            let mut entries = Vec::with_capacity(d.len());
            for (key, value) in d.iter() {
                entries.push((key_from_dict(&key, out)?, copy_out(value, depth, out)?));
            }
            Data::Dict(entries)
        }
        Value::Struct(s) => {
            let decl = s.def().decl();
            out.count::<(String, Data)>(s.fields().len())?;
            let mut fields = Vec::with_capacity(s.fields().len());
            for (field, value) in decl.fields.iter().zip(s.fields()) {
                fields.push((copy_text(&field.name, out)?, copy_out(value, depth, out)?));
            }
            Data::Struct(copy_text(&decl.name, out)?, fields)
        }
        Value::Variant(v) => {
            let payload = copy_all(v.payload().len(), v.payload().iter().cloned(), depth, out)?;
            Data::Variant(copy_text(&v.def().decl().name, out)?, copy_text(v.variant_name(), out)?, payload)
        }
        _ => return Err(Refusal::Kind),
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
        Data::Range { step: 0, .. } => {
            Err(Fault::error(Code::CONVERSION, "Cannot convert data: the step of a range must not be 0"))
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

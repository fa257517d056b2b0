//! The text of values (section 3.3 of the language reference) and the walk that writes it.
//!
//! Nested values are written from a stack of frames, one for each container that is open, so that no depth overflows the native
//! stack. The forms for diagnosis in [`super::debug_text`] use the same frames.

use super::array::{ArrayObject, Elements};
use super::collections::{QueueObject, SetObject};
use super::dict::{DictObject, Positions};
use super::host::HostObject;
use super::record::{StructObject, VariantObject};
use super::string::{StrBuilder, StrObject};
use super::{Hooks, Ref, Value};
use crate::bytecode::EnumKind;
use crate::code::Code;
use crate::fault::{Fault, Result};
use std::borrow::Cow;

/// Longer texts of values are cut in messages.
const MESSAGE_CHARS_MAX: usize = 200;
/// Bytes of text that one tick pays for.
const BYTES_PER_TICK: usize = 64;

/// The text of a value as a string. A string is its own text.
///
/// # Errors
/// What a `to_string` method raises, `RUF1002` if it gives no string, and the traps of limits.
#[inline]
pub fn text(hooks: &mut dyn Hooks, value: &Value) -> Result<Ref<StrObject>> {
    match value {
        Value::Str(text) => Ok(text.clone()),
        Value::Int(int) => Ok(StrObject::from_int(hooks.heap(), *int)),
        other => text_of_other(hooks, other),
    }
}

#[inline(never)]
fn text_of_other(hooks: &mut dyn Hooks, value: &Value) -> Result<Ref<StrObject>> {
    let mut out = StrBuilder::new(hooks.heap());
    write_text(hooks, &mut out, value)?;
    out.finish()
}

/// Appends the text of a value.
///
/// # Errors
/// As [`text`].
#[inline]
pub fn write_text(hooks: &mut dyn Hooks, out: &mut StrBuilder, value: &Value) -> Result<()> {
    match value {
        Value::Str(text) => out.push_str(text.as_str()),
        Value::Int(int) => out.push_int(*int),
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Float(float) => out.push_float(*float),
        other => write_nested(hooks, out, other, &Text),
    }
}

/// The text of a value for a message: cut to 200 characters, with an ellipsis at the end if it was longer.
///
/// # Errors
/// As [`text`].
pub fn message_text(hooks: &mut dyn Hooks, value: &Value) -> Result<String> {
    Ok(clip(text(hooks, value)?.as_str()).into_owned())
}

/// A text for a message: cut to 200 characters, with an ellipsis at the end if it was longer.
pub fn clip(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MESSAGE_CHARS_MAX) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or(""))),
    }
}

/// How values are written.
pub(super) trait Style {
    /// Writes a value, or the start of one with others in it.
    fn open<'a>(&self, hooks: &mut dyn Hooks, out: &mut StrBuilder, value: &'a Value) -> Result<Option<Frame<'a>>>;
    /// Writes a number or the like.
    fn scalar(&self, out: &mut StrBuilder, value: &Value) -> Result<()>;
    /// Writes the key of a dict entry.
    fn key(&self, out: &mut StrBuilder, key: &str) -> Result<()>;
}

/// Writes a value with all that is in it.
pub(super) fn write_nested(
    hooks: &mut dyn Hooks,
    out: &mut StrBuilder,
    value: &Value,
    style: &dyn Style,
) -> Result<()> {
    let mut charged = out.len();
    let mut open = Vec::new();
    let mut next = Some(Item::Value(value));
    loop {
        match next {
            Some(Item::Value(value)) => open.extend(style.open(hooks, out, value)?),
            Some(Item::Scalar(value)) => style.scalar(out, &value)?,
            None => {
                if let Some(frame) = open.pop() {
                    out.push_str(frame.close)?;
                }
            }
        }
        if out.len() - charged >= BYTES_PER_TICK {
            hooks.charge(((out.len() - charged) / BYTES_PER_TICK) as u64)?;
            charged = out.len();
        }
        let Some(frame) = open.last_mut() else { return Ok(()) };
        hooks.pace(1)?;
        next = frame.next(out, style)?;
    }
}

/// A container whose start is written and whose end is not.
pub(super) struct Frame<'a> {
    items: Items<'a>,
    index: usize,
    close: &'static str,
}

/// What is in a container.
pub(super) enum Items<'a> {
    Elements(Elements<'a>),
    Queue(&'a QueueObject),
    /// The index is the position to go on at.
    Set(&'a SetObject, bool),
    /// With the positions of the entries by key.
    Dict(&'a DictObject, Positions),
    /// With the indices of the fields in the order of their names.
    Fields(&'a StructObject, Cow<'a, [u32]>),
}

/// The next thing to write.
enum Item<'a> {
    Value(&'a Value),
    /// An element of a packed array.
    Scalar(Value),
}

impl<'a> Frame<'a> {
    pub fn new(items: Items<'a>, close: &'static str) -> Frame<'a> {
        Frame { items, index: 0, close }
    }

    pub fn of_array(array: &'a ArrayObject, close: &'static str) -> Frame<'a> {
        Frame::new(Items::Elements(array.elements()), close)
    }

    /// Writes what stands between the last element and the next one.
    fn next(&mut self, out: &mut StrBuilder, style: &dyn Style) -> Result<Option<Item<'a>>> {
        let index = self.index;
        let item = match &mut self.items {
            Items::Elements(Elements::Ints(ints)) => ints.get(index).map(|i| Item::Scalar(Value::Int(*i))),
            Items::Elements(Elements::Floats(floats)) => floats.get(index).map(|f| Item::Scalar(Value::Float(*f))),
            Items::Elements(Elements::Values(values)) => values.get(index).map(Item::Value),
            Items::Elements(Elements::Bools(bools)) => bools.get(index).map(|b| Item::Scalar(Value::Bool(*b))),
            Items::Queue(queue) => queue.get(index).map(Item::Value),
            Items::Set(set, is_first) => {
                let Some(at) = set.next_position(index) else { return Ok(None) };
                if !std::mem::replace(is_first, false) {
                    out.push_str(", ")?;
                }
                self.index = at + 1;
                return Ok(set.element_at(at).map(Item::Value));
            }
            Items::Dict(dict, positions) => {
                let Some((key, value)) = positions.get(index).and_then(|at| dict.entry_at(*at as usize)) else {
                    return Ok(None);
                };
                if index > 0 {
                    out.push_str(", ")?;
                }
                key.with_text(|key| style.key(out, key))?;
                self.index += 1;
                return Ok(Some(Item::Value(value)));
            }
            Items::Fields(object, order) => {
                let Some(field) = order.get(index).map(|i| *i as usize) else { return Ok(None) };
                let (Some(value), Some(decl)) = (object.fields().get(field), object.def().decl().fields.get(field))
                else {
                    return Ok(None);
                };
                let separator = if index > 0 { ", " } else { "" };
                write!(out, "{separator}{}: ", decl.name)?;
                self.index += 1;
                return Ok(Some(Item::Value(value)));
            }
        };
        if index > 0 && item.is_some() {
            out.push_str(", ")?;
        }
        self.index += 1;
        Ok(item)
    }
}

/// The form of `print`.
pub(super) struct Text;

impl Style for Text {
    fn open<'a>(&self, hooks: &mut dyn Hooks, out: &mut StrBuilder, value: &'a Value) -> Result<Option<Frame<'a>>> {
        let (start, frame) = match value {
            Value::Array(array) => ("[", Frame::of_array(array, "]")),
            Value::Stack(stack) => ("Stack([", Frame::of_array(stack.items(), "])")),
            Value::Queue(queue) => ("Queue([", Frame::new(Items::Queue(queue), "])")),
            Value::Set(set) => ("Set([", Frame::new(Items::Set(set, true), "])")),
            Value::Dict(dict) => ("{", Frame::new(Items::Dict(dict, dict.sorted_positions(hooks)?), "}")),
            Value::Struct(object) => return open_struct(hooks, out, value, object),
            Value::Host(object) => return write_host(hooks, out, value, object).map(|()| None),
            Value::Variant(variant) => return open_variant(out, variant),
            other => return write_leaf(hooks, out, other).map(|()| None),
        };
        out.push_str(start)?;
        Ok(Some(frame))
    }

    fn scalar(&self, out: &mut StrBuilder, value: &Value) -> Result<()> {
        match value {
            Value::Int(int) => out.push_int(*int),
            Value::Float(float) => out.push_float(*float),
            Value::Bool(bool) => write!(out, "{bool}"),
            _ => Ok(()),
        }
    }

    fn key(&self, out: &mut StrBuilder, key: &str) -> Result<()> {
        write!(out, "\"{key}\": ")
    }
}

fn open_struct<'a>(
    hooks: &mut dyn Hooks,
    out: &mut StrBuilder,
    value: &Value,
    object: &'a StructObject,
) -> Result<Option<Frame<'a>>> {
    let decl = object.def().decl();
    if decl.method_index("to_string").is_some() && write_own_text(hooks, out, value)? {
        return Ok(None);
    }
    let order = if decl.is_error() { error_fields(object) } else { Cow::Borrowed(&*decl.sorted_fields) };
    write!(out, "{} {{ ", decl.name)?;
    Ok(Some(Frame::new(Items::Fields(object, order), " }")))
}

/// Writes what the method `to_string` of a value gives; false if it has none.
fn write_own_text(hooks: &mut dyn Hooks, out: &mut StrBuilder, value: &Value) -> Result<bool> {
    let Some(result) = hooks.call_method(value, "to_string", &[])? else { return Ok(false) };
    let Value::Str(text) = &result else {
        let message = format!("to_string must return a string, got {}", result.kind_name());
        return Err(Fault::error(Code::INVALID_OPERATION, message));
    };
    out.push_str(text.as_str())?;
    Ok(true)
}

fn write_host(hooks: &mut dyn Hooks, out: &mut StrBuilder, value: &Value, object: &HostObject) -> Result<()> {
    if write_own_text(hooks, out, value)? {
        return Ok(());
    }
    match object.kind_name() {
        kind @ ("promise" | "channel") => write!(out, "<{kind}>"),
        kind => write!(out, "<host {kind}>"),
    }
}

/// The fields of an `Error` that its text shows: a cause only if there is one.
fn error_fields(error: &StructObject) -> Cow<'static, [u32]> {
    let has_cause = error.field("cause").is_some_and(|cause| !matches!(cause, Value::Null));
    let names = if has_cause { &["cause", "line", "message", "stack"][..] } else { &["line", "message", "stack"] };
    names.iter().filter_map(|name| error.def().decl().field_index(name)).map(|i| i as u32).collect()
}

/// Writes the name of a variant and opens its payload.
pub(super) fn open_variant<'a>(out: &mut StrBuilder, variant: &'a VariantObject) -> Result<Option<Frame<'a>>> {
    let decl = variant.def().decl();
    if decl.kind == EnumKind::Declared {
        write!(out, "{}::", decl.name)?;
    }
    out.push_str(variant.variant_name())?;
    if variant.payload().is_empty() {
        return Ok(None);
    }
    out.push_str("(")?;
    Ok(Some(Frame::new(Items::Elements(Elements::Values(variant.payload())), ")")))
}

/// Writes a value that holds no others.
fn write_leaf(hooks: &mut dyn Hooks, out: &mut StrBuilder, value: &Value) -> Result<()> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
        Value::Str(text) => out.push_str(text.as_str()),
        Value::BigInt(int) => out.push_str(&int.get().decimal_charged(hooks)?),
        Value::Native(id) => {
            let name = hooks.native_name(*id);
            write!(out, "<native function: {name}>")
        }
        Value::Closure(closure) => match closure.function().name.as_deref() {
            Some(name) if closure.function().is_builtin => write!(out, "<native function: {name}>"),
            Some(name) => write!(out, "<function {name}>"),
            None => out.push_str("<function>"),
        },
        Value::Constructor(constructor) => {
            let decl = constructor.def().decl();
            let variant = decl.variants.get(constructor.variant() as usize).map_or("", |v| &v.name);
            match decl.kind {
                EnumKind::Declared => write!(out, "<function {}::{variant}>", decl.name),
                _ => write!(out, "<function {variant}>"),
            }
        }
        Value::Range(range) => write!(out, "{}", &**range),
        Value::Bytes(bytes) => {
            out.push_str("bytes([")?;
            for (i, byte) in bytes.as_slice().iter().enumerate() {
                let separator = if i > 0 { ", " } else { "" };
                write!(out, "{separator}{byte}")?;
            }
            out.push_str("])")
        }
        Value::Generator(_) => out.push_str("<generator>"),
        Value::StructDef(def) => write!(out, "<struct {}>", def.decl().name),
        Value::EnumDef(def) => write!(out, "<enum {}>", def.decl().name),
        Value::Module(module) => write!(out, "<module {}>", module.name()),
        Value::Host(object) => write!(out, "<host {}>", object.kind_name()),
        number => Text.scalar(out, number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::bytes::BytesObject;
    use crate::value::collections::StackObject;
    use crate::value::dict::DictKey;
    use crate::value::heap::Heap;
    use crate::value::ops::testing::TestHooks;
    use crate::value::range::RangeObject;

    fn shown(hooks: &mut TestHooks, value: &Value) -> String {
        text(hooks, value).unwrap().as_str().to_owned()
    }

    #[test]
    fn texts() {
        let mut hooks = TestHooks::new();
        let heap = Heap::new(usize::MAX, 1);
        let string = |text: &str| Value::Str(StrObject::new(&heap, text).unwrap());
        let array = |values: Vec<Value>| ArrayObject::from_values(&heap, values).unwrap();
        let mut dict = DictObject::new(&heap);
        for (key, value) in [("b", Value::Int(1)), ("10", string("x")), ("2", Value::Null)] {
            let key = DictKey::from_text(&heap, key).unwrap();
            dict.make_mut().unwrap().insert(key, value).unwrap();
        }
        let cases = [
            (Value::Float(-0.0), "-0"),
            (Value::Array(array(vec![Value::Int(1), string("two"), Value::Array(array(vec![]))])), "[1, two, []]"),
            (Value::Array(array(vec![Value::Int(1), Value::Int(-2)])), "[1, -2]"),
            (Value::Array(array(vec![Value::Float(1.0), Value::Float(1e30)])), "[1, 1e30]"),
            (Value::Dict(dict), r#"{"10": x, "2": null, "b": 1}"#),
            (Value::Dict(DictObject::new(&heap)), "{}"),
            (Value::Stack(StackObject::alloc(&heap, array(vec![Value::Bool(true)]))), "Stack([true])"),
            (Value::Queue(QueueObject::from_values(&heap, [Value::Int(1), Value::Int(2)]).unwrap()), "Queue([1, 2])"),
            (Value::Bytes(BytesObject::new(&heap, &[1, 255]).unwrap()), "bytes([1, 255])"),
            (Value::Range(RangeObject::alloc(&heap, 0, 10, true)), "0..=10"),
            (Value::Native(crate::value::NativeId(0)), "<native function: native>"),
        ];
        for (value, expected) in &cases {
            assert_eq!(shown(&mut hooks, value), *expected);
        }
    }

    #[test]
    fn long_texts_are_cut_in_messages() {
        assert_eq!(clip(&"é".repeat(200)), "é".repeat(200));
        assert_eq!(clip(&"é".repeat(201)), format!("{}…", "é".repeat(200)));
    }

    #[test]
    fn deep_nesting_is_written_without_recursion() {
        let thread = std::thread::Builder::new().stack_size(128 * 1024).spawn(|| {
            let mut hooks = TestHooks::new();
            let heap = Heap::new(usize::MAX, 1);
            let mut value = Value::Int(7);
            for _ in 0..1_000_000 {
                value = Value::Array(ArrayObject::from_values(&heap, [value]).unwrap());
            }
            let text = text(&mut hooks, &value).unwrap();
            assert_eq!(text.len(), 2_000_001);
            assert!(hooks.ticks > 30_000);
        });
        thread.unwrap().join().unwrap();
    }
}

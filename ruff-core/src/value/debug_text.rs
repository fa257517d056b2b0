//! Forms of values for diagnosis: the short form `D(v)` of messages (section 1.11 of the library reference) and the typed form of
//! `debug` (section 2).

use super::number_text::FloatText;
use super::string::{StrBuilder, StrObject};
use super::text::{Frame, Items, Style, clip, open_variant, text, write_nested, write_text};
use super::{Hooks, Ref, Value};
use crate::bytecode::EnumKind;
use crate::fault::Result;

/// The short form `D(v)` for messages: `Int(5)`, `Array[3]`, `Ok(Null)`; else the text of the value. Cut as all values in messages.
///
/// # Errors
/// What a `to_string` method raises, and the traps of limits.
pub fn short_text(hooks: &mut dyn Hooks, value: &Value) -> Result<String> {
    let mut out = String::new();
    let mut closing = 0;
    let mut inner = value;
    while let Value::Variant(variant) = inner
        && variant.def().decl().kind != EnumKind::Declared
        && let Some(payload) = variant.payload().first()
    {
        // Beyond what a message shows, only the end of the nest matters, and it is cut.
        if closing < 200 {
            out.push_str(variant.variant_name());
            out.push('(');
        }
        closing += 1;
        inner = payload;
    }
    match inner {
        Value::Str(text) => out.push_str(&format!("Str(\"{}\")", text.as_str())),
        Value::Array(array) => out.push_str(&format!("Array[{}]", array.len())),
        Value::Dict(dict) => out.push_str(&format!("Dict{{{} keys}}", dict.len())),
        Value::Native(id) => out.push_str(&format!("NativeFunction({})", hooks.native_name(*id))),
        Value::Closure(closure) if closure.function().is_builtin => {
            out.push_str(&format!("NativeFunction({})", closure.function().display_name()));
        }
        other => match typed_scalar(other) {
            Some(scalar) => out.push_str(&scalar),
            None => out.push_str(text(hooks, other)?.as_str()),
        },
    }
    out.push_str(&")".repeat(closing.min(200)));
    Ok(clip(&out).into_owned())
}

/// The typed form that `debug` prints.
///
/// # Errors
/// What a `to_string` method raises, and the traps of limits.
pub fn debug_text(hooks: &mut dyn Hooks, value: &Value) -> Result<Ref<StrObject>> {
    let mut out = StrBuilder::new(hooks.heap());
    write_debug_text(hooks, &mut out, value)?;
    out.finish()
}

/// Appends the typed form that `debug` prints.
///
/// # Errors
/// As [`debug_text`].
pub fn write_debug_text(hooks: &mut dyn Hooks, out: &mut StrBuilder, value: &Value) -> Result<()> {
    write_nested(hooks, out, value, &Debug)
}

fn typed_scalar(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => "Null".to_owned(),
        Value::Bool(bool) => format!("Bool({bool})"),
        Value::Int(int) => format!("Int({int})"),
        Value::BigInt(int) => format!("Int({})", int.get()),
        Value::Float(float) => format!("Float({})", FloatText(*float)),
        _ => return None,
    })
}

struct Debug;

impl Style for Debug {
    fn open<'a>(&self, hooks: &mut dyn Hooks, out: &mut StrBuilder, value: &'a Value) -> Result<Option<Frame<'a>>> {
        let (start, frame) = match value {
            Value::Array(array) => ("Array[", Frame::of_array(array, "]")),
            Value::Stack(stack) => ("Stack{", Frame::of_array(stack.items(), "}")),
            Value::Queue(queue) => ("Queue{", Frame::new(Items::Queue(queue), "}")),
            Value::Set(set) => ("Set{", Frame::new(Items::Set(set, true), "}")),
            Value::Dict(dict) => ("Dict{", Frame::new(Items::Dict(dict, dict.sorted_positions(hooks)?), "}")),
            Value::Variant(variant) if variant.def().decl().kind != EnumKind::Declared => {
                return open_variant(out, variant);
            }
            other => return write_leaf(hooks, out, other).map(|()| None),
        };
        out.push_str(start)?;
        Ok(Some(frame))
    }

    fn scalar(&self, out: &mut StrBuilder, value: &Value) -> Result<()> {
        out.push_str(&typed_scalar(value).unwrap_or_default())
    }

    fn key(&self, out: &mut StrBuilder, key: &str) -> Result<()> {
        write!(out, "{key}: ")
    }
}

fn write_leaf(hooks: &mut dyn Hooks, out: &mut StrBuilder, value: &Value) -> Result<()> {
    match value {
        Value::Str(text) => write!(out, "String(\"{}\")", text.as_str()),
        Value::Struct(object) => write!(out, "Struct({})", object.def().decl().name),
        Value::Native(id) => {
            let name = hooks.native_name(*id);
            write!(out, "NativeFunction({name})")
        }
        Value::Closure(closure) if closure.function().is_builtin => {
            write!(out, "NativeFunction({})", closure.function().display_name())
        }
        Value::Closure(closure) => write!(out, "Function({})", closure.function().display_name()),
        other => match typed_scalar(other) {
            Some(scalar) => out.push_str(&scalar),
            None => write_text(hooks, out, other),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::array::ArrayObject;
    use crate::value::dict::DictObject;
    use crate::value::heap::Heap;
    use crate::value::ops::testing::TestHooks;

    #[test]
    fn forms() {
        let mut hooks = TestHooks::new();
        let heap = Heap::new(usize::MAX, 1);
        let string = || Value::Str(StrObject::new(&heap, "a b").unwrap());
        let array = ArrayObject::from_values(&heap, [Value::Int(1), string(), Value::Null]).unwrap();
        let mut dict = DictObject::new(&heap);
        dict.make_mut().unwrap().insert_str("k", Value::Array(array.clone())).unwrap();
        let cases = [
            (Value::Float(1.5), "Float(1.5)", "Float(1.5)"),
            (string(), "Str(\"a b\")", "String(\"a b\")"),
            (Value::Array(array), "Array[3]", "Array[Int(1), String(\"a b\"), Null]"),
            (Value::Dict(dict), "Dict{1 keys}", "Dict{k: Array[Int(1), String(\"a b\"), Null]}"),
        ];
        for (value, short, debug) in &cases {
            assert_eq!(short_text(&mut hooks, value).unwrap(), *short);
            assert_eq!(debug_text(&mut hooks, value).unwrap().as_str(), *debug);
        }
    }
}

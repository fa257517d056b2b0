//! The forms of values that show their kinds: `D(v)` in messages, and what `debug` prints.

use super::argument::write_text;
use crate::bytecode::EnumKind;
use crate::fault::Result;
use crate::value::string::StrBuilder;
use crate::value::{Hooks, Value};
use crate::vm::Ctx;

/// Characters of a value in a message.
const MESSAGE_CHARS_MAX: usize = 200;

/// The short form `D(v)` of a value, cut to what a message may hold.
///
/// # Errors
/// The traps of the limits, and what `to_string` of a struct raises.
pub fn short(ctx: &mut Ctx<'_>, value: &Value) -> Result<String> {
    let mut out = StrBuilder::new(ctx.heap());
    let mut inner = value.clone();
    let mut closing = 0_usize;
    while let Some((name, payload)) = wrapped(&inner) {
        write!(out, "{name}(")?;
        closing += 1;
        inner = payload;
        if out.len() > MESSAGE_CHARS_MAX {
            return Ok(cut(out.as_str()));
        }
    }
    match &inner {
        Value::Str(text) => {
            out.push_str("Str(\"")?;
            out.push_str(text.as_str())?;
            out.push_str("\")")?;
        }
        Value::Array(array) => write!(out, "Array[{}]", array.len())?,
        Value::Dict(dict) => write!(out, "Dict{{{} keys}}", dict.len())?,
        other => write_scalar(ctx, other, &mut out)?,
    }
    for _ in 0..closing {
        out.push_str(")")?;
    }
    Ok(cut(out.as_str()))
}

/// The text cut to what a message may hold of a value.
pub fn cut(text: &str) -> String {
    match text.char_indices().nth(MESSAGE_CHARS_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// The payload of `Ok`, `Err` and `Some`, with the name of the variant.
fn wrapped(value: &Value) -> Option<(&'static str, Value)> {
    let Value::Variant(variant) = value else { return None };
    let name = match (variant.def().decl().kind, variant.variant()) {
        (EnumKind::Result, 0) => "Ok",
        (EnumKind::Result, _) => "Err",
        (EnumKind::Option, 0) => "Some",
        _ => return None,
    };
    Some((name, variant.payload().first()?.clone()))
}

/// A value without parts, with its kind; the text of other values.
fn write_scalar(ctx: &mut Ctx<'_>, value: &Value, out: &mut StrBuilder) -> Result<()> {
    let kind = match value {
        Value::Null => return out.push_str("Null"),
        Value::Native(id) => return write!(out, "NativeFunction({})", ctx.native_name(*id)),
        Value::Int(_) | Value::BigInt(_) => "Int",
        Value::Float(_) => "Float",
        Value::Bool(_) => "Bool",
        _ => return write_text(ctx, value, out),
    };
    out.push_str(kind)?;
    out.push_str("(")?;
    write_text(ctx, value, out)?;
    out.push_str(")")
}

/// What remains to be written, last part first.
enum Part {
    Text(&'static str),
    Key(crate::value::dict::DictKey),
    Value(Value),
}

/// Writes the typed form of a value, all its parts included.
///
/// # Errors
/// The traps of the limits, and what `to_string` of a struct raises.
pub fn write_typed(ctx: &mut Ctx<'_>, value: &Value, out: &mut StrBuilder) -> Result<()> {
    let mut parts = vec![Part::Value(value.clone())];
    while let Some(part) = parts.pop() {
        match part {
            Part::Text(text) => out.push_str(text)?,
            Part::Key(key) => {
                key.with_text(|text| out.push_str(text))?;
                out.push_str(": ")?;
            }
            Part::Value(value) => write_typed_part(ctx, &value, out, &mut parts)?,
        }
    }
    Ok(())
}

fn write_typed_part(ctx: &mut Ctx<'_>, value: &Value, out: &mut StrBuilder, parts: &mut Vec<Part>) -> Result<()> {
    if let Some((name, payload)) = wrapped(value) {
        parts.extend([Part::Text(")"), Part::Value(payload)]);
        return write!(out, "{name}(");
    }
    match value {
        Value::Str(text) => {
            out.push_str("String(\"")?;
            out.push_str(text.as_str())?;
            out.push_str("\")")
        }
        Value::Array(array) => {
            out.push_str("Array[")?;
            push_elements(ctx, array.iter(), "]", parts)
        }
        Value::Set(set) => {
            out.push_str("Set{")?;
            push_elements(ctx, set.iter().cloned().collect::<Vec<_>>().into_iter(), "}", parts)
        }
        Value::Queue(queue) => {
            out.push_str("Queue{")?;
            push_elements(ctx, queue.iter().cloned().collect::<Vec<_>>().into_iter(), "}", parts)
        }
        Value::Stack(stack) => {
            out.push_str("Stack{")?;
            push_elements(ctx, stack.items().iter(), "}", parts)
        }
        Value::Dict(dict) => {
            out.push_str("Dict{")?;
            make_room(ctx, parts, dict.len() * 3)?;
            parts.push(Part::Text("}"));
            for (i, position) in dict.sorted_positions().into_iter().enumerate().rev() {
                if let Some((key, value)) = dict.entry_at(position as usize) {
                    parts.extend([Part::Value(value.clone()), Part::Key(key)]);
                    parts.extend((i > 0).then_some(Part::Text(", ")));
                }
            }
            Ok(())
        }
        Value::Struct(object) => write!(out, "Struct({})", object.def().decl().name),
        Value::Closure(closure) => write!(out, "Function({})", closure.function().name.as_deref().unwrap_or("")),
        other => write_scalar(ctx, other, out),
    }
}

fn push_elements(
    ctx: &mut Ctx<'_>,
    elements: impl ExactSizeIterator<Item = Value>,
    closing: &'static str,
    parts: &mut Vec<Part>,
) -> Result<()> {
    make_room(ctx, parts, elements.len() * 2)?;
    parts.push(Part::Text(closing));
    let first = parts.len();
    for (i, element) in elements.enumerate() {
        parts.extend((i > 0).then_some(Part::Text(", ")));
        parts.push(Part::Value(element));
    }
    parts[first..].reverse();
    Ok(())
}

/// Charges for `count` parts and checks that they fit the memory limit.
fn make_room(ctx: &mut Ctx<'_>, parts: &mut Vec<Part>, count: usize) -> Result<()> {
    ctx.charge_for(count)?;
    ctx.heap().check_room((parts.len() + count) * size_of::<Part>())?;
    parts.reserve(count + 1);
    Ok(())
}

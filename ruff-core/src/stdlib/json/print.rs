//! Values to JSON text, without recursion.

use super::parse::STRING_SPECIAL;
use super::{charge_for, plain_bytes};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::value::array::ArrayObject;
use crate::value::dict::{DictKey, DictObject};
use crate::value::record::StructObject;
use crate::value::string::StrBuilder;
use crate::value::text::write_text;
use crate::value::{Hooks, Ref, Value};

/// How the text is laid out.
#[derive(Clone, Copy, PartialEq)]
pub enum Style {
    Compact,
    /// Two spaces of indentation for each level.
    Pretty,
}

/// The JSON text of a value.
///
/// # Errors
/// `RUF1013` for kinds and floats that JSON does not have, and the traps of the limits.
pub fn print(hooks: &mut impl Hooks, value: &Value, style: Style) -> Result<Value> {
    let out = StrBuilder::new(hooks.heap());
    let mut printer = Printer { hooks, out, style, open: Vec::new(), charged: 0 };
    printer.value(value)?;
    while printer.step()? {}
    let Printer { hooks, out, charged, .. } = printer;
    charge_for(hooks, out.len() - charged)?;
    Ok(Value::Str(out.finish()?))
}

/// A container of which some parts are printed.
enum Open {
    Array(Ref<ArrayObject>),
    /// With the positions of its entries in the order of their keys, if they have another.
    Dict(Ref<DictObject>, Option<Vec<u32>>),
    Struct(Ref<StructObject>),
}

struct Level {
    container: Open,
    /// The part to print next; of a dict in order, the position from which on it is.
    next: usize,
    /// Is no part printed yet?
    is_empty: bool,
}

struct Printer<'a, H> {
    hooks: &'a mut H,
    out: StrBuilder,
    style: Style,
    open: Vec<Level>,
    /// Bytes of the text whose ticks are charged.
    charged: usize,
}

/// How many bytes are printed between two charges of ticks.
const CHARGE_EVERY: usize = 4096;

impl<H: Hooks> Printer<'_, H> {
    /// Prints the next part of the innermost open container, or closes it. False at the end.
    #[inline]
    fn step(&mut self) -> Result<bool> {
        let Some(level) = self.open.last_mut() else { return Ok(false) };
        let index = level.next;
        level.next += 1;
        let (key, value) = match &level.container {
            Open::Array(array) => match array.get(index) {
                Some(element) => (None, element),
                None => return self.close(b']'),
            },
            Open::Dict(dict, order) => {
                let position = match order {
                    Some(order) => order.get(index).map(|position| *position as usize),
                    None => dict.next_position(index),
                };
                if let (None, Some(position)) = (order, position) {
                    level.next = position + 1;
                }
                match position.and_then(|position| dict.entry_at(position)) {
                    Some((key, value)) => (Some(Key::Dict(key)), value.clone()),
                    None => return self.close(b'}'),
                }
            }
            Open::Struct(object) => {
                let field = object.def().decl().sorted_fields.get(index).copied();
                match field.and_then(|field| object.fields().get(field as usize)) {
                    Some(value) => (Some(Key::Field(object.clone(), index)), value.clone()),
                    None => return self.close(b'}'),
                }
            }
        };
        let mut separator = if std::mem::take(&mut level.is_empty) { "" } else { "," };
        if self.style == Style::Pretty {
            self.out.push_str(separator)?;
            separator = "";
            self.line_break(self.open.len())?;
        }
        match key {
            Some(key) => self.key(separator, &key)?,
            None => self.out.push_str(separator)?,
        }
        self.value(&value)?;
        if self.out.len() > self.charged + CHARGE_EVERY {
            charge_for(self.hooks, self.out.len() - self.charged)?;
            self.charged = self.out.len();
        }
        Ok(true)
    }

    fn close(&mut self, bracket: u8) -> Result<bool> {
        let has_parts = self.open.pop().is_some_and(|level| !level.is_empty);
        if has_parts && self.style == Style::Pretty {
            self.line_break(self.open.len())?;
        }
        self.out.push_str(if bracket == b']' { "]" } else { "}" })?;
        Ok(true)
    }

    fn line_break(&mut self, depth: usize) -> Result<()> {
        self.out.push_str("\n")?;
        for _ in 0..depth {
            self.out.push_str("  ")?;
        }
        Ok(())
    }

    /// Prints a key behind the separator.
    fn key(&mut self, separator: &str, key: &Key) -> Result<()> {
        let out = &mut self.out;
        let start = if separator.is_empty() { "\"" } else { ",\"" };
        let end = if self.style == Style::Pretty { "\": " } else { "\":" };
        match key {
            Key::Dict(key) => key.with_text(|text| write_string(out, start, text, end)),
            Key::Field(object, index) => {
                let decl = object.def().decl();
                let field = decl.sorted_fields.get(*index).and_then(|field| decl.fields.get(*field as usize));
                write_string(out, start, field.map_or("", |field| &field.name), end)
            }
        }
    }

    /// Prints a scalar, or opens a container.
    #[inline]
    fn value(&mut self, value: &Value) -> Result<()> {
        let container = match value {
            Value::Str(text) => return write_string(&mut self.out, "\"", text.as_str(), "\""),
            Value::Int(int) => return self.out.push_int(*int),
            Value::BigInt(_) => return write_text(self.hooks, &mut self.out, value),
            Value::Null => return self.out.push_str("null"),
            Value::Bool(true) => return self.out.push_str("true"),
            Value::Bool(false) => return self.out.push_str("false"),
            Value::Float(x) => return self.float(*x),
            Value::Array(array) => Open::Array(array.clone()),
            Value::Dict(dict) => {
                charge_for(self.hooks, dict.len())?;
                let order = match dict.has_sorted_keys(self.hooks)? {
                    true => None,
                    false => Some(dict.sorted_positions(self.hooks)?),
                };
                Open::Dict(dict.clone(), order)
            }
            Value::Struct(object) => Open::Struct(object.clone()),
            other => return Err(cannot_convert(other.kind_name())),
        };
        self.out.push_str(if matches!(container, Open::Array(_)) { "[" } else { "{" })?;
        if self.open.len() == self.open.capacity() {
            self.hooks.heap().check_room((self.open.len() + 1) * 2 * size_of::<Level>())?;
        }
        self.open.push(Level { container, next: 0, is_empty: true });
        Ok(())
    }

    fn float(&mut self, x: f64) -> Result<()> {
        if !x.is_finite() {
            return Err(cannot_convert(if x.is_nan() {
                "NaN"
            } else if x > 0.0 {
                "inf"
            } else {
                "-inf"
            }));
        }
        let start = self.out.len();
        self.out.push_float(x)?;
        let text = self.out.as_str().as_bytes().get(start..).unwrap_or(&[]);
        if text.iter().all(|b| b.is_ascii_digit() || *b == b'-') {
            self.out.push_str(".0")?;
        }
        Ok(())
    }
}

/// The name of an entry.
enum Key {
    Dict(DictKey),
    /// A field of a struct, by its place in the order of names.
    Field(Ref<StructObject>, usize),
}

#[cold]
fn cannot_convert(what: &str) -> Fault {
    Fault::error(Code::CONVERSION, format!("Cannot convert {what} to JSON"))
}

/// Writes a string in quotes; `start` ends with the opening quote, and `end` begins with the closing one.
fn write_string(out: &mut StrBuilder, start: &str, text: &str, end: &str) -> Result<()> {
    let bytes = text.as_bytes();
    let plain = plain_bytes(bytes);
    let is_special = |byte: &u8| STRING_SPECIAL[usize::from(*byte)];
    if !bytes.iter().skip(plain).any(is_special) {
        return out.push_all([start, text, end]);
    }
    out.push_str(start)?;
    let mut plain_from = 0;
    for (at, byte) in bytes.iter().enumerate().skip(plain) {
        if !is_special(byte) {
            continue;
        }
        out.push_str(&text[plain_from..at])?;
        plain_from = at + 1;
        match byte {
            b'"' => out.push_str("\\\"")?,
            b'\\' => out.push_str("\\\\")?,
            b'\n' => out.push_str("\\n")?,
            b'\r' => out.push_str("\\r")?,
            b'\t' => out.push_str("\\t")?,
            0x08 => out.push_str("\\b")?,
            0x0C => out.push_str("\\f")?,
            control => write!(out, "\\u{control:04x}")?,
        }
    }
    out.push_all([&text[plain_from..], end])
}

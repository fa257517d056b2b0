//! Values to JSON text, without recursion.

mod shapes;

use super::plain_bytes;
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::value::array::{ArrayObject, Elements};
use crate::value::dict::{DictObject, Positions};
use crate::value::ops::compare::charge_bytes;
use crate::value::record::StructObject;
use crate::value::string::StrBuilder;
use crate::value::text::write_text;
use crate::value::{Hooks, Value};
use shapes::{Shape, Shapes};
use std::rc::Rc;

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
    let mut printer = Printer { hooks, out, style, open: Vec::new(), shapes: Shapes::new(style), charged: 0 };
    printer.value(value)?;
    while printer.step()? {}
    let Printer { hooks, out, charged, .. } = printer;
    charge_bytes(hooks, out.len() - charged)?;
    Ok(Value::Str(out.finish()?))
}

/// A container of which some parts are printed.
enum Open<'v> {
    Array(&'v ArrayObject),
    /// With the positions of its entries in the order of their keys, if they have another.
    Dict(&'v DictObject, Option<Positions>),
    /// One whose keys are known from others.
    Shaped(&'v DictObject, Rc<Shape>),
    Struct(&'v StructObject),
}

struct Level<'v> {
    container: Open<'v>,
    /// The part to print next; of a dict in order, the position from which on it is.
    next: usize,
    /// Is no part printed yet?
    is_first: bool,
}

struct Printer<'a, 'v, H> {
    hooks: &'a mut H,
    out: StrBuilder,
    style: Style,
    open: Vec<Level<'v>>,
    shapes: Shapes<'v>,
    /// Bytes of the text whose ticks are charged.
    charged: usize,
}

/// How many bytes are printed between two charges of ticks.
const CHARGE_EVERY: usize = 4096;

impl<'v, H: Hooks> Printer<'_, 'v, H> {
    /// Prints the next part of the innermost open container, or closes it. False at the end.
    #[inline]
    fn step(&mut self) -> Result<bool> {
        let place = Place { style: self.style, depth: self.open.len() };
        let Some(level) = self.open.last_mut() else { return Ok(false) };
        let index = level.next;
        level.next += 1;
        let is_first = std::mem::take(&mut level.is_first);
        let value = match &level.container {
            Open::Array(array) => match array.elements() {
                Elements::Values(values) => {
                    let Some(element) = values.get(index) else { return self.close("]", is_first) };
                    place.separate(&mut self.out, is_first)?;
                    element
                }
                _ => {
                    let Some(element) = array.get(index) else { return self.close("]", is_first) };
                    place.separate(&mut self.out, is_first)?;
                    self.packed(&element)?;
                    return self.charge();
                }
            },
            Open::Dict(dict, order) => {
                let position = match order {
                    Some(order) => order.get(index).map(|position| *position as usize),
                    None => dict.next_position(index),
                };
                if let (None, Some(position)) = (order, position) {
                    level.next = position + 1;
                }
                let Some((key, value)) = position.and_then(|position| dict.text_entry_at(position)) else {
                    return self.close("}", is_first);
                };
                key.with_text(|key| place.key(&mut self.out, is_first, key))?;
                value
            }
            Open::Shaped(dict, shape) => {
                let Some((key, position)) = shape.key(index) else { return self.close("}", is_first) };
                place.quoted_key(&mut self.out, is_first, key)?;
                dict.value_at(position).unwrap_or(&Value::Null)
            }
            Open::Struct(object) => {
                let decl = object.def().decl();
                let Some((key, value)) = decl.sorted_fields.get(index).and_then(|field| {
                    Some((&decl.fields.get(*field as usize)?.name, object.fields().get(*field as usize)?))
                }) else {
                    return self.close("}", is_first);
                };
                place.key(&mut self.out, is_first, key)?;
                value
            }
        };
        self.value(value)?;
        self.charge()
    }

    /// Charges the ticks of what has been printed, if that is much. Gives true.
    #[inline(always)]
    fn charge(&mut self) -> Result<bool> {
        if self.out.len() > self.charged + CHARGE_EVERY {
            charge_bytes(self.hooks, self.out.len() - self.charged)?;
            self.charged = self.out.len();
        }
        Ok(true)
    }

    fn close(&mut self, bracket: &'static str, is_first: bool) -> Result<bool> {
        self.open.pop();
        let place = Place { style: self.style, depth: self.open.len() };
        if !is_first {
            place.line_break(&mut self.out)?;
        }
        self.out.push_str(bracket)?;
        Ok(true)
    }

    /// Prints a scalar, or opens a container.
    #[inline(always)]
    fn value(&mut self, value: &'v Value) -> Result<()> {
        let (container, bracket) = match value {
            Value::Array(array) => (Open::Array(array), "["),
            Value::Dict(dict) => (self.dict(dict)?, "{"),
            Value::Struct(object) => (Open::Struct(object), "{"),
            scalar => return self.scalar(scalar),
        };
        self.out.push_str(bracket)?;
        if self.open.len() == self.open.capacity() {
            self.hooks.heap().check_room((self.open.len() + 1) * 2 * size_of::<Level<'_>>())?;
        }
        self.open.push(Level { container, next: 0, is_first: true });
        Ok(())
    }

    /// Prints an element of a packed array.
    #[inline(never)]
    fn packed(&mut self, element: &Value) -> Result<()> {
        self.scalar(element)
    }

    #[inline(always)]
    fn scalar(&mut self, value: &Value) -> Result<()> {
        match value {
            Value::Str(text) => write_string(&mut self.out, "\"", text.as_str(), "\""),
            Value::Int(int) => self.out.push_int(*int),
            Value::BigInt(_) => write_text(self.hooks, &mut self.out, value),
            Value::Null => self.out.push_str("null"),
            Value::Bool(true) => self.out.push_str("true"),
            Value::Bool(false) => self.out.push_str("false"),
            Value::Float(x) => self.float(*x),
            other => Err(cannot_convert(other.kind_name())),
        }
    }

    /// Brings the entries of a dict into the order of their keys.
    fn dict(&mut self, dict: &'v DictObject) -> Result<Open<'v>> {
        charge_bytes(self.hooks, dict.len())?;
        if let Some(shape) = self.shapes.of(self.hooks, dict)? {
            return Ok(Open::Shaped(dict, shape));
        }
        let order = match dict.has_sorted_keys(self.hooks)? {
            true => None,
            false => Some(dict.sorted_positions(self.hooks)?),
        };
        Ok(Open::Dict(dict, order))
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

/// Where a part is printed.
#[derive(Clone, Copy)]
struct Place {
    style: Style,
    depth: usize,
}

impl Place {
    /// Prints what stands before a part, but for its key.
    #[inline(always)]
    fn separate(self, out: &mut StrBuilder, is_first: bool) -> Result<()> {
        if !is_first {
            out.push_str(",")?;
        }
        self.line_break(out)
    }

    /// Begins a new line, if there are lines.
    #[inline(always)]
    fn line_break(self, out: &mut StrBuilder) -> Result<()> {
        match self.style {
            Style::Compact => Ok(()),
            Style::Pretty => self.indent(out),
        }
    }

    #[inline(never)]
    fn indent(self, out: &mut StrBuilder) -> Result<()> {
        out.push_str("\n")?;
        (0..self.depth).try_for_each(|_| out.push_str("  "))
    }

    /// Prints what stands before a part, with a key that is in quotes and has its colon.
    #[inline(always)]
    fn quoted_key(self, out: &mut StrBuilder, is_first: bool, key: &str) -> Result<()> {
        if self.style == Style::Compact && !is_first {
            return out.push_all([",", key]);
        }
        self.separate(out, is_first)?;
        out.push_all([key])
    }

    /// Prints what stands before a part with a key.
    fn key(self, out: &mut StrBuilder, is_first: bool, key: &str) -> Result<()> {
        self.separate(out, is_first)?;
        write_key(out, key, self.style)
    }
}

/// Writes a key and its colon.
#[inline(always)]
fn write_key(out: &mut StrBuilder, key: &str, style: Style) -> Result<()> {
    match style {
        Style::Compact => write_string(out, "\"", key, "\":"),
        Style::Pretty => write_string(out, "\"", key, "\": "),
    }
}

#[cold]
fn cannot_convert(what: &str) -> Fault {
    Fault::error(Code::CONVERSION, format!("Cannot convert {what} to JSON"))
}

/// Writes a string in quotes; `start` ends with the opening quote, and `end` begins with the closing one.
#[inline(always)]
fn write_string(out: &mut StrBuilder, start: &str, text: &str, end: &str) -> Result<()> {
    let plain = plain_bytes(text.as_bytes());
    if plain == text.len() {
        return out.push_all([start, text, end]);
    }
    out.push_str(start)?;
    write_escaped(out, text, plain)?;
    out.push_str(end)
}

/// Writes a string whose first `plain` bytes stand for themselves.
#[inline(never)]
fn write_escaped(out: &mut StrBuilder, text: &str, plain: usize) -> Result<()> {
    let (mut rest, mut plain) = (text, plain);
    loop {
        let (before, special) = rest.split_at(plain);
        let Some(byte) = special.as_bytes().first() else { return out.push_str(before) };
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0C => "\\f",
            _ => "\\u00",
        };
        out.push_all([before, escape])?;
        if escape.len() > 2 {
            write!(out, "{byte:02x}")?;
        }
        rest = &special[1..];
        plain = plain_bytes(rest.as_bytes());
    }
}

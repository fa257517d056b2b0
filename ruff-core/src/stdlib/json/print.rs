//! Values to JSON text, without recursion.

use super::{charge_for, plain_bytes};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::value::array::{ArrayObject, Elements};
use crate::value::dict::DictObject;
use crate::value::record::StructObject;
use crate::value::string::StrBuilder;
use crate::value::text::write_text;
use crate::value::{Hooks, Value};
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
    let recent_dicts = [const { None }; RECENT_DICTS];
    let mut printer = Printer { hooks, out, style, open: Vec::new(), recent_dicts, charged: 0 };
    printer.value(value)?;
    while printer.step()? {}
    let Printer { hooks, out, charged, .. } = printer;
    charge_for(hooks, out.len() - charged)?;
    Ok(Value::Str(out.finish()?))
}

/// The positions of the entries of a dict in the order of their keys, if they have another.
type Order = Option<Rc<[u32]>>;

/// A container of which some parts are printed.
enum Open<'v> {
    Array(&'v ArrayObject),
    Dict(&'v DictObject, Order),
    Struct(&'v StructObject),
}

struct Level<'v> {
    container: Open<'v>,
    /// The part to print next; of a dict in order, the position from which on it is.
    next: usize,
    /// Is no part printed yet?
    is_empty: bool,
}

struct Printer<'a, 'v, H> {
    hooks: &'a mut H,
    out: StrBuilder,
    style: Style,
    open: Vec<Level<'v>>,
    /// Dicts that have been printed, by their [`DictObject::keys_mark`]: objects of one kind have the same order.
    recent_dicts: [Option<(&'v DictObject, Order)>; RECENT_DICTS],
    /// Bytes of the text whose ticks are charged.
    charged: usize,
}

/// How many bytes are printed between two charges of ticks.
const CHARGE_EVERY: usize = 4096;
/// Dicts that are remembered, and the most keys of one that is.
const RECENT_DICTS: usize = 16;
const RECENT_KEYS_MAX: usize = 64;

impl<'v, H: Hooks> Printer<'_, 'v, H> {
    /// Prints the next part of the innermost open container, or closes it. False at the end.
    #[inline]
    fn step(&mut self) -> Result<bool> {
        let Some(level) = self.open.last_mut() else { return Ok(false) };
        let index = level.next;
        level.next += 1;
        match &level.container {
            Open::Array(array) => match array.elements() {
                Elements::Values(values) => match values.get(index) {
                    Some(element) => {
                        self.separate()?;
                        self.value(element)?;
                    }
                    None => return self.close("]"),
                },
                _ => match array.get(index) {
                    Some(element) => {
                        self.separate()?;
                        self.scalar(&element)?;
                    }
                    None => return self.close("]"),
                },
            },
            Open::Dict(dict, order) => {
                let dict = *dict;
                let position = match order {
                    Some(order) => order.get(index).map(|position| *position as usize),
                    None => dict.next_position(index),
                };
                if let (None, Some(position)) = (order, position) {
                    level.next = position + 1;
                }
                let Some((key, value)) = position.and_then(|position| dict.text_entry_at(position)) else {
                    return self.close("}");
                };
                key.with_text(|key| self.key(key))?;
                self.value(value)?;
            }
            Open::Struct(object) => {
                let object = *object;
                let decl = object.def().decl();
                let Some((key, value)) = decl.sorted_fields.get(index).and_then(|field| {
                    Some((&decl.fields.get(*field as usize)?.name, object.fields().get(*field as usize)?))
                }) else {
                    return self.close("}");
                };
                self.key(key)?;
                self.value(value)?;
            }
        }
        if self.out.len() > self.charged + CHARGE_EVERY {
            charge_for(self.hooks, self.out.len() - self.charged)?;
            self.charged = self.out.len();
        }
        Ok(true)
    }

    fn close(&mut self, bracket: &'static str) -> Result<bool> {
        let has_parts = self.open.pop().is_some_and(|level| !level.is_empty);
        if has_parts && self.style == Style::Pretty {
            self.line_break(self.open.len())?;
        }
        self.out.push_str(bracket)?;
        Ok(true)
    }

    fn line_break(&mut self, depth: usize) -> Result<()> {
        self.out.push_str("\n")?;
        for _ in 0..depth {
            self.out.push_str("  ")?;
        }
        Ok(())
    }

    /// Is the next part the first one of its container?
    #[inline(always)]
    fn is_first(&mut self) -> bool {
        self.open.last_mut().is_some_and(|level| std::mem::take(&mut level.is_empty))
    }

    /// Prints what stands before the next part, but for its key.
    #[inline(always)]
    fn separate(&mut self) -> Result<()> {
        if !self.is_first() {
            self.out.push_str(",")?;
        }
        if self.style == Style::Pretty { self.line_break(self.open.len()) } else { Ok(()) }
    }

    /// Prints the key of the next part and what stands around it.
    #[inline(always)]
    fn key(&mut self, key: &str) -> Result<()> {
        if self.style == Style::Pretty {
            self.separate()?;
            return write_string(&mut self.out, "\"", key, "\": ");
        }
        match self.is_first() {
            true => write_string(&mut self.out, "\"", key, "\":"),
            false => write_string(&mut self.out, ",\"", key, "\":"),
        }
    }

    /// Prints a scalar, or opens a container.
    #[inline(always)]
    fn value(&mut self, value: &'v Value) -> Result<()> {
        let (container, bracket) = match value {
            Value::Array(array) => (Open::Array(array), "["),
            Value::Dict(dict) => {
                charge_for(self.hooks, dict.len())?;
                (Open::Dict(dict, self.order_of(dict)?), "{")
            }
            Value::Struct(object) => (Open::Struct(object), "{"),
            scalar => return self.scalar(scalar),
        };
        self.out.push_str(bracket)?;
        if self.open.len() == self.open.capacity() {
            self.hooks.heap().check_room((self.open.len() + 1) * 2 * size_of::<Level<'_>>())?;
        }
        self.open.push(Level { container, next: 0, is_empty: true });
        Ok(())
    }

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

    fn order_of(&mut self, dict: &'v DictObject) -> Result<Order> {
        let slot = dict.keys_mark() as usize % RECENT_DICTS;
        if let Some(Some((recent, order))) = self.recent_dicts.get(slot)
            && dict.has_keys_of(recent)
        {
            self.hooks.pace(dict.len())?;
            return Ok(order.clone());
        }
        let order = match dict.has_sorted_keys(self.hooks)? {
            true => None,
            false => Some(dict.sorted_positions(self.hooks)?.into()),
        };
        if dict.len() <= RECENT_KEYS_MAX
            && let Some(slot) = self.recent_dicts.get_mut(slot)
        {
            *slot = Some((dict, order.clone()));
        }
        Ok(order)
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

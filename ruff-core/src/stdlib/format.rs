//! Section 5: `format`.

use super::argument::{invalid, not_finite};
use super::{Builtin, builtin};
use crate::fault::Result;
use crate::value::debug_text::short_text;
use crate::value::string::StrBuilder;
use crate::value::text::write_text;
use crate::value::{Value, int};
use crate::vm::Ctx;

fn format(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Str(template), values @ ..] = &args[..] else {
        return Err(invalid("format() first argument must be a string"));
    };
    ctx.charge_for(template.len())?;
    let mut out = StrBuilder::new(ctx.heap());
    let mut values = values.iter();
    let mut rest = template.as_str();
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at])?;
        let directive = &rest[at..];
        let length = match directive.as_bytes().get(1) {
            Some(b'%') => {
                out.push_str("%")?;
                2
            }
            Some(letter @ (b's' | b'd' | b'f')) => {
                let letter = char::from(*letter);
                let Some(value) = values.next() else {
                    return Err(invalid(format!("format() missing argument for placeholder %{letter}")));
                };
                write_directive(ctx, letter, value, &mut out)?;
                2
            }
            _ => {
                out.push_str("%")?;
                1
            }
        };
        rest = &directive[length..];
    }
    out.push_str(rest)?;
    Ok(Value::Str(out.finish()?))
}

fn write_directive(ctx: &mut Ctx<'_>, letter: char, value: &Value, out: &mut StrBuilder) -> Result<()> {
    if letter == 's' {
        return write_text(ctx, out, value);
    }
    let number = match (letter, value) {
        ('d', Value::Int(_) | Value::BigInt(_)) => value.clone(),
        ('d', Value::Bool(b)) => Value::Int(i64::from(*b)),
        ('d', Value::Float(x)) => int::from_f64(ctx.heap(), *x).ok_or_else(|| not_finite("format"))?,
        ('f', _) if let Some(x) = int::to_f64(value) => Value::Float(x),
        _ => {
            let got = short_text(ctx, value)?;
            return Err(invalid(format!("format() %{letter} requires numeric argument, got {got}")));
        }
    };
    write_text(ctx, out, &number)
}

/// The rows of this file.
pub const ENTRIES: &[Builtin] =
    &[builtin!("format", 1.., format, "format(template, ...vs) -> string: fills in %s, %d and %f")];

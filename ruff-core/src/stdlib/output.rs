//! Section 2: output, input, checks.

use super::argument::{invalid, string, whole};
use super::{Builtin, builtin};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::value::debug_text::{short_text, write_debug_text};
use crate::value::ops::BinaryOperator;
use crate::value::string::StrBuilder;
use crate::value::text::{text, write_text};
use crate::value::{Value, ops};
use crate::vm::{Capability, Ctx};

/// The texts of the values joined by spaces, and a line end.
fn line(ctx: &mut Ctx<'_>, values: &[Value]) -> Result<StrBuilder> {
    let mut out = StrBuilder::new(ctx.heap());
    for (i, value) in values.iter().enumerate() {
        if i > 0 {
            out.push_str(" ")?;
        }
        write_text(ctx, &mut out, value)?;
    }
    out.push_str("\n")?;
    ctx.charge_for(out.len())?;
    Ok(out)
}

fn print(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let line = line(ctx, args)?;
    ctx.output(line.as_str())?;
    Ok(Value::Null)
}

fn eprint(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let line = line(ctx, args)?;
    ctx.error_output(line.as_str())?;
    Ok(Value::Null)
}

fn debug(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let mut out = StrBuilder::new(ctx.heap());
    out.push_str("[DEBUG]")?;
    for value in args.iter() {
        out.push_str(" ")?;
        write_debug_text(ctx, &mut out, value)?;
    }
    out.push_str("\n")?;
    ctx.charge_for(out.len())?;
    ctx.output(out.as_str())?;
    Ok(Value::Null)
}

fn input(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    match args.first() {
        None => {}
        Some(Value::Str(prompt)) => ctx.output(prompt.as_str())?,
        Some(_) => return Err(invalid("input() requires a string prompt when provided")),
    }
    let line = ctx.input()?.read_line().map_err(|e| Fault::error(Code::IO, format!("Cannot read input: {e}")))?;
    let line = line.unwrap_or_default();
    ctx.charge_for(line.len())?;
    string(ctx, &line)
}

fn exit(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let code = match args.first() {
        None => 0,
        Some(code) => {
            whole("exit", code)?.ok_or_else(|| invalid("exit() requires a numeric exit code when provided"))?
        }
    };
    Err(Fault::exit(code.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32))
}

#[cold]
fn failed(message: String) -> Fault {
    Fault::error(Code::ASSERTION, message)
}

fn assert(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    match &args[..] {
        [condition, ..] if condition.is_truthy() => Ok(Value::Bool(true)),
        [_, Value::Str(message)] => Err(failed(message.as_str().to_owned())),
        _ => Err(Fault::error(Code::ASSERTION, "Assertion failed")),
    }
}

fn assert_equal(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [actual, expected] = &args[..] else { return Ok(Value::Null) };
    if ops::equals(ctx, actual, expected)? {
        return Ok(Value::Bool(true));
    }
    let message =
        format!("Assertion failed: expected {}, got {}", short_text(ctx, expected)?, short_text(ctx, actual)?);
    let mut fault = failed(message);
    for (role, value) in [("expected", expected), ("actual", actual)] {
        fault = fault.with_note(format!("{role}: {}", text(ctx, value)?.as_str()));
    }
    Err(fault)
}

fn assert_bool(name: &str, args: &[Value], wanted: bool) -> Result<Value> {
    match args.first() {
        Some(Value::Bool(got)) if *got == wanted => Ok(Value::Bool(true)),
        Some(Value::Bool(got)) => Err(failed(format!("Assertion failed: expected {wanted}, got {got}"))),
        _ => Err(invalid(format!("{name} requires a boolean argument"))),
    }
}

fn assert_true(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    assert_bool("assert_true", args, true)
}

fn assert_false(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    assert_bool("assert_false", args, false)
}

fn assert_contains(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [container @ (Value::Array(_) | Value::Str(_) | Value::Dict(_)), item] = &args[..] else {
        return Err(invalid("assert_contains requires an array, string, or dict as first argument"));
    };
    if ops::contains(ctx, BinaryOperator::In, item, container)? {
        return Ok(Value::Bool(true));
    }
    Err(failed(format!(
        "Assertion failed: {} does not contain {}",
        short_text(ctx, container)?,
        short_text(ctx, item)?
    )))
}

/// The rows of this section.
pub const ENTRIES: &[Builtin] = &[
    builtin!("print", 0.., print, "print(...vs) -> null: writes a line to the output").needs(Capability::Output),
    builtin!("println", 0.., print, "println(...vs) -> null: writes a line to the output").needs(Capability::Output),
    builtin!("eprint", 0.., eprint, "eprint(...vs) -> null: writes a line to the error output")
        .needs(Capability::Output),
    builtin!("debug", 0.., debug, "debug(...vs) -> null: writes values with their kinds").needs(Capability::Output),
    builtin!("input", 0..=1, input, "input([prompt]) -> string: reads a line").needs(Capability::Input),
    builtin!("exit", 0..=1, exit, "exit([code]) -> never: stops the program").needs(Capability::Exit),
    builtin!("assert", 1..=2, assert, "assert(cond[, msg]) -> true: fails unless cond is true"),
    builtin!("assert_equal", 2, assert_equal, "assert_equal(actual, expected) -> true: fails unless they are equal"),
    builtin!("assert_true", 1, assert_true, "assert_true(b) -> true: fails unless b is true"),
    builtin!("assert_false", 1, assert_false, "assert_false(b) -> true: fails unless b is false"),
    builtin!("assert_contains", 2, assert_contains, "assert_contains(c, v) -> true: fails unless v is in c"),
];

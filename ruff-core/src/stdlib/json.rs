//! Section 8: JSON.

mod parse;
mod print;

use super::argument::invalid;
use super::{Builtin, builtin};
use crate::fault::Result;
use crate::value::Value;
use crate::vm::{Ctx, ReceiverKind};
use print::Style;

fn parse_json(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    match args.first() {
        Some(Value::Str(text)) => parse::parse(ctx, text.as_str()),
        _ => Err(invalid("parse_json requires a string argument")),
    }
}

fn to_json(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    print::print(ctx, args.first().unwrap_or(&Value::Null), Style::Compact)
}

fn to_json_pretty(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    print::print(ctx, args.first().unwrap_or(&Value::Null), Style::Pretty)
}

/// The rows of this section.
pub const ENTRIES: &[Builtin] = &[
    builtin!("parse_json", 1, parse_json, "parse_json(s) -> value: the value that a JSON text stands for")
        .method_of(&[ReceiverKind::String]),
    builtin!("to_json", 1, to_json, "to_json(v) -> string: compact JSON, keys sorted").method_of(ReceiverKind::ALL),
    builtin!("to_json_pretty", 1, to_json_pretty, "to_json_pretty(v) -> string: JSON with indentation, keys sorted")
        .method_of(ReceiverKind::ALL),
];

//! Section 3: kinds and conversion.

use super::argument::{array, invalid, wrong_kind};
use super::{Builtin, builtin};
use crate::bytecode::EnumKind;
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::jit::Intrinsic;
use crate::value::bytes::BytesObject;
use crate::value::dict::DictObject;
use crate::value::record::VariantObject;
use crate::value::repr::tag;
use crate::value::text::{message_text, text};
use crate::value::{Value, convert};
use crate::vm::native::take;
use crate::vm::{Ctx, ReceiverKind};

fn type_of(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    Ok(Value::Str(ctx.heap().kind_str(args.first().unwrap_or(&Value::Null))?))
}

/// A builtin that tests its argument.
macro_rules! test {
    ($function:ident, $pattern:pat) => {
        fn $function(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
            Ok(Value::Bool(matches!(args.first(), Some($pattern))))
        }
    };
}

test!(is_int, Value::Int(_) | Value::BigInt(_));
test!(is_float, Value::Float(_));
test!(is_string, Value::Str(_));
test!(is_bool, Value::Bool(_));
test!(is_array, Value::Array(_));
test!(is_dict, Value::Dict(_));
test!(is_null, Value::Null);
test!(is_function, Value::Native(_) | Value::Closure(_) | Value::Constructor(_));

fn is_truthy(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    Ok(Value::Bool(args.first().is_some_and(Value::is_truthy)))
}

fn to_string(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    Ok(Value::Str(text(ctx, args.first().unwrap_or(&Value::Null))?))
}

fn to_int(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    convert::to_int(ctx, args.first().unwrap_or(&Value::Null))
}

fn to_float(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    convert::to_float(ctx, args.first().unwrap_or(&Value::Null))
}

fn to_bool(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    Ok(Value::Bool(args.first().is_some_and(convert::to_bool)))
}

fn parse_int(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    match args.first() {
        Some(Value::Str(text)) => convert::parse_int(ctx, text.as_str()),
        _ => Err(invalid("parse_int requires a string argument")),
    }
}

fn parse_float(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    match args.first() {
        Some(Value::Str(text)) => convert::parse_float(ctx, text.as_str()),
        _ => Err(invalid("parse_float requires a string argument")),
    }
}

/// A builtin that wraps its argument in a variant.
macro_rules! constructor {
    ($function:ident) => {
        fn $function(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
            let payload = args.first_mut().map_or(Value::Null, take);
            Ok(ctx.heap().$function(payload))
        }
    };
}

constructor!(ok);
constructor!(err);
constructor!(some);

/// A result or an option, as far as the library is concerned.
fn outcome(value: Option<&Value>) -> Option<&VariantObject> {
    match value {
        Some(Value::Variant(variant)) if variant.def().decl().kind != EnumKind::Declared => Some(variant),
        _ => None,
    }
}

/// The payload of `Ok` or `Some`.
fn success(variant: &VariantObject) -> Option<Value> {
    if variant.variant() == 0 { variant.payload().first().cloned() } else { None }
}

fn unwrap(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let Some(variant) = outcome(args.first()) else {
        return Err(wrong_kind("unwrap", "result", 1, args.first().unwrap_or(&Value::Null)));
    };
    match (success(variant), variant.payload().first()) {
        (Some(payload), _) => Ok(payload),
        (None, Some(error)) => {
            let error = message_text(ctx, error)?;
            Err(Fault::error(Code::UNHANDLED_FAILURE, format!("unwrap() on Err({error})")))
        }
        (None, None) => Err(Fault::error(Code::UNHANDLED_FAILURE, "unwrap() on None")),
    }
}

fn unwrap_or(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let Some(variant) = outcome(args.first()) else {
        return Err(wrong_kind("unwrap_or", "result", 1, args.first().unwrap_or(&Value::Null)));
    };
    match success(variant) {
        Some(payload) => Ok(payload),
        None => Ok(args.get_mut(1).map_or(Value::Null, take)),
    }
}

/// A builtin that tests for a variant of a result or an option.
macro_rules! variant_test {
    ($function:ident, $name:literal, $kind:pat, $variant:literal, $requires:literal) => {
        fn $function(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
            match outcome(args.first()) {
                Some(v) => Ok(Value::Bool(matches!(v.def().decl().kind, $kind) && v.variant() == $variant)),
                None => Err(invalid(concat!($name, "() requires ", $requires, " argument"))),
            }
        }
    };
}

variant_test!(is_ok, "is_ok", EnumKind::Result, 0, "a result");
variant_test!(is_err, "is_err", EnumKind::Result, 1, "a result");
variant_test!(is_some, "is_some", EnumKind::Option, 0, "an option");
variant_test!(is_none, "is_none", EnumKind::Option, 1, "an option");

fn new_array(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    ctx.charge_for(args.len())?;
    array(ctx, args.iter_mut().map(take))
}

fn new_dict(ctx: &mut Ctx<'_>, _args: &mut [Value]) -> Result<Value> {
    Ok(Value::Dict(DictObject::new(ctx.heap())))
}

fn new_bytes(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [Value::Array(ints)] = &args[..] else { return Err(invalid("bytes() requires an array argument")) };
    ctx.heap().check_room(ints.len().saturating_mul(2))?;
    ctx.charge_for(ints.len())?;
    let mut bytes = Vec::with_capacity(ints.len());
    for element in ints.iter() {
        match element {
            Value::Int(byte @ 0..=255) => bytes.push(byte as u8),
            other => {
                let got = message_text(ctx, &other)?;
                return Err(invalid(format!("bytes() requires integers in range 0-255, got {got}")));
            }
        }
    }
    Ok(Value::Bytes(BytesObject::new(ctx.heap(), &bytes)?))
}

const ANY: &[ReceiverKind] = ReceiverKind::ALL;
const STRING: &[ReceiverKind] = &[ReceiverKind::String];
const OUTCOME: &[ReceiverKind] = &[ReceiverKind::Result, ReceiverKind::Option];

/// The rows of this section.
pub const ENTRIES: &[Builtin] = &[
    builtin!("type", 1, type_of, "type(v) -> string: the name of the kind").method_of(ANY).known_as(Intrinsic::Type),
    builtin!("type_of", 1, type_of, "type_of(v) -> string: the name of the kind").method_of(ANY),
    builtin!("is_int", 1, is_int, "is_int(v) -> bool: is v an int?")
        .method_of(ANY)
        .known_as(Intrinsic::IsKind(tag::INT)),
    builtin!("is_float", 1, is_float, "is_float(v) -> bool: is v a float?")
        .method_of(ANY)
        .known_as(Intrinsic::IsKind(tag::FLOAT)),
    builtin!("is_string", 1, is_string, "is_string(v) -> bool: is v a string?")
        .method_of(ANY)
        .known_as(Intrinsic::IsKind(tag::STR)),
    builtin!("is_bool", 1, is_bool, "is_bool(v) -> bool: is v a bool?")
        .method_of(ANY)
        .known_as(Intrinsic::IsKind(tag::BOOL)),
    builtin!("is_array", 1, is_array, "is_array(v) -> bool: is v an array?")
        .method_of(ANY)
        .known_as(Intrinsic::IsKind(tag::ARRAY)),
    builtin!("is_dict", 1, is_dict, "is_dict(v) -> bool: is v a dict?")
        .method_of(ANY)
        .known_as(Intrinsic::IsKind(tag::DICT)),
    builtin!("is_null", 1, is_null, "is_null(v) -> bool: is v null?")
        .method_of(ANY)
        .known_as(Intrinsic::IsKind(tag::NULL)),
    builtin!("is_function", 1, is_function, "is_function(v) -> bool: is v a function?").method_of(ANY),
    builtin!("is_truthy", 1, is_truthy, "is_truthy(v) -> bool: does `if` take v as true?").method_of(ANY),
    builtin!("to_string", 1, to_string, "to_string(v) -> string: the text of v")
        .method_of(ANY)
        .known_as(Intrinsic::ToString),
    builtin!("str", 1, to_string, "str(v) -> string: the text of v").method_of(ANY).known_as(Intrinsic::ToString),
    builtin!("to_int", 1, to_int, "to_int(v) -> int: from a number, a bool or decimal digits")
        .method_of(ANY)
        .known_as(Intrinsic::ToInt),
    builtin!("to_float", 1, to_float, "to_float(v) -> float: from a number, a bool or a decimal text")
        .method_of(ANY)
        .known_as(Intrinsic::ToFloat),
    builtin!("to_bool", 1, to_bool, "to_bool(v) -> bool: truth, but \"false\" and \"0\" are false").method_of(ANY),
    builtin!("parse_int", 1, parse_int, "parse_int(s) -> int: from decimal digits").method_of(STRING),
    builtin!("parse_float", 1, parse_float, "parse_float(s) -> float: from a decimal text").method_of(STRING),
    builtin!("Ok", 1, ok, "Ok(v) -> result: a success").known_as(Intrinsic::Ok),
    builtin!("Err", 1, err, "Err(v) -> result: a failure").known_as(Intrinsic::Err),
    builtin!("Some", 1, some, "Some(v) -> option: a value").known_as(Intrinsic::Some),
    builtin!("unwrap", 1, unwrap, "unwrap(r) -> value: the payload of Ok or Some, else an error")
        .method_of(OUTCOME)
        .known_as(Intrinsic::Unwrap),
    builtin!("unwrap_or", 2, unwrap_or, "unwrap_or(r, d) -> value: the payload of Ok or Some, else d")
        .method_of(OUTCOME),
    builtin!("is_ok", 1, is_ok, "is_ok(r) -> bool: is it Ok?").method_of(OUTCOME).known_as(Intrinsic::IsOk),
    builtin!("is_err", 1, is_err, "is_err(r) -> bool: is it Err?").method_of(OUTCOME).known_as(Intrinsic::IsErr),
    builtin!("is_some", 1, is_some, "is_some(r) -> bool: is it Some?").method_of(OUTCOME).known_as(Intrinsic::IsSome),
    builtin!("is_none", 1, is_none, "is_none(r) -> bool: is it None?").method_of(OUTCOME).known_as(Intrinsic::IsNone),
    builtin!("array", 0.., new_array, "array(...vs) -> array: the arguments"),
    builtin!("dict", 0, new_dict, "dict() -> dict: an empty dict"),
    builtin!("bytes", 1, new_bytes, "bytes(ints) -> bytes: a byte string of an array"),
];

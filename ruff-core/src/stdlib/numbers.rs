//! Section 4: numbers. Ints are exact; functions that give floats take ints as the nearest float.

use super::argument::{ELEMENTS_PER_LOOK, array, invalid, not_an_array, not_finite, whole};
use super::{Builtin, builtin};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::jit::Intrinsic;
use crate::value::array::{ArrayObject, Elements};
use crate::value::debug_text::short_text;
use crate::value::{Value, int, ops};
use crate::vm::{Ctx, ReceiverKind};
use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::Signed;
use std::cmp::Ordering;

/// The error of an argument that is not a number.
#[cold]
fn not_numeric(ctx: &mut Ctx<'_>, name: &str, got: &Value) -> Fault {
    match short_text(ctx, got) {
        Ok(got) => invalid(format!("{name}() expects numeric argument 'value' , got {got}")),
        Err(fault) => fault,
    }
}

/// The only argument as a float.
fn float_argument(ctx: &mut Ctx<'_>, name: &str, args: &[Value]) -> Result<f64> {
    let Some(value) = args.first() else { return Ok(f64::NAN) };
    match int::to_f64(value) {
        Some(x) => Ok(x),
        None => Err(not_numeric(ctx, name, value)),
    }
}

/// A builtin that maps a float to a float.
macro_rules! float_function {
    ($function:ident, $name:literal, $map:expr) => {
        float_function!($function, $name, $map, |_| true, "");
    };
    ($function:ident, $name:literal, $map:expr, $is_in_domain:expr, $domain:literal) => {
        fn $function(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
            let x = float_argument(ctx, $name, args)?;
            let is_in_domain: fn(f64) -> bool = $is_in_domain;
            if !x.is_nan() && !is_in_domain(x) {
                return Err(invalid(concat!($name, "() domain error: value must be ", $domain)));
            }
            let map: fn(f64) -> f64 = $map;
            Ok(Value::Float(map(x)))
        }
    };
}

float_function!(floor, "floor", f64::floor);
float_function!(ceil, "ceil", f64::ceil);
float_function!(sqrt, "sqrt", f64::sqrt, |x| x >= 0.0, ">= 0");
float_function!(sin, "sin", f64::sin);
float_function!(cos, "cos", f64::cos);
float_function!(tan, "tan", f64::tan);
float_function!(exp, "exp", f64::exp);
float_function!(log, "log", f64::ln, |x| x > 0.0, "> 0");
float_function!(log2, "log2", f64::log2, |x| x > 0.0, "> 0");
float_function!(log10, "log10", f64::log10, |x| x > 0.0, "> 0");
float_function!(asin, "asin", f64::asin, |x| x.abs() <= 1.0, ">= -1 and <= 1");
float_function!(acos, "acos", f64::acos, |x| x.abs() <= 1.0, ">= -1 and <= 1");
float_function!(atan, "atan", f64::atan);
float_function!(sinh, "sinh", f64::sinh);
float_function!(cosh, "cosh", f64::cosh);
float_function!(tanh, "tanh", f64::tanh);
float_function!(cbrt, "cbrt", f64::cbrt);

/// A builtin that maps two floats to a float.
macro_rules! float_function_of_two {
    ($function:ident, $name:literal, $map:expr) => {
        fn $function(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
            let [a, b] = args else { return Ok(Value::Null) };
            let (Some(a), Some(b)) = (int::to_f64(a), int::to_f64(b)) else {
                return Err(invalid(concat!($name, "() expects numeric arguments")));
            };
            Ok(Value::Float($map(a, b)))
        }
    };
}

float_function_of_two!(pow, "pow", f64::powf);
float_function_of_two!(atan2, "atan2", f64::atan2);
float_function_of_two!(hypot, "hypot", f64::hypot);

fn abs(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    match args.first() {
        Some(Value::Int(i)) => Ok(int::from_i128(ctx.heap(), i128::from(*i).abs())),
        Some(Value::Float(x)) => Ok(Value::Float(x.abs())),
        Some(Value::BigInt(big)) if big.is_negative() => Ok(int::from_big(ctx.heap(), big.to_big().abs())),
        Some(value @ Value::BigInt(_)) => Ok(value.clone()),
        other => Err(not_numeric(ctx, "abs", other.unwrap_or(&Value::Null))),
    }
}

fn round(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let x = float_argument(ctx, "round", args)?;
    let Some(digits) = args.get(1) else { return Ok(Value::Float(x.round())) };
    match whole("round", digits)? {
        Some(digits) => Ok(Value::Float(round_to(x, digits))),
        None => Err(not_numeric(ctx, "round", digits)),
    }
}

/// `x` rounded to a number of decimals, halves away from zero.
fn round_to(x: f64, digits: i64) -> f64 {
    if !x.is_finite() || digits > 308 {
        return x;
    }
    if digits < -308 {
        return 0.0_f64.copysign(x);
    }
    let scale = 10_f64.powi(digits.unsigned_abs() as i32);
    let rounded = if digits >= 0 { (x * scale).round() / scale } else { (x / scale).round() * scale };
    if rounded.is_finite() { rounded } else { x }
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Float(_) | Value::BigInt(_))
}

/// The order of two numbers; `None` with NaN.
fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    ops::compare::order(a, b).flatten()
}

/// The extreme of the arguments, or of the elements of the only one.
fn extreme(ctx: &mut Ctx<'_>, name: &str, args: &[Value], better: Ordering) -> Result<Value> {
    let [Value::Array(xs)] = args else { return extreme_of_values(ctx, name, args, better) };
    ctx.charge_for(xs.len())?;
    let best = match xs.elements() {
        Elements::Ints(ints) => extreme_of(ctx, ints, |a, b| a.cmp(&b) == better)?.map(Value::Int),
        Elements::Floats(floats) => {
            let beats = |a: f64, b: f64| !b.is_nan() && a.partial_cmp(&b).is_none_or(|order| order == better);
            extreme_of(ctx, floats, beats)?.map(Value::Float)
        }
        Elements::Bools([]) => None,
        Elements::Bools(_) => return Err(not_numbers(name)),
        Elements::Values(values) => return extreme_of_values(ctx, name, values, better),
    };
    best.ok_or_else(|| nothing(name))
}

/// The first of packed elements that none behind it `beats`.
fn extreme_of<T: Copy>(ctx: &mut Ctx<'_>, elements: &[T], beats: impl Fn(T, T) -> bool) -> Result<Option<T>> {
    let Some(mut best) = elements.first().copied() else { return Ok(None) };
    for part in elements.chunks(ELEMENTS_PER_LOOK) {
        ctx.pace(part.len())?;
        best = part.iter().fold(best, |best, element| if beats(*element, best) { *element } else { best });
    }
    Ok(Some(best))
}

fn extreme_of_values(ctx: &mut Ctx<'_>, name: &str, values: &[Value], better: Ordering) -> Result<Value> {
    let mut best: Option<&Value> = None;
    for value in values {
        ctx.pace(1)?;
        if !is_number(value) {
            return Err(not_numbers(name));
        }
        let replaces = match best {
            None => true,
            Some(Value::Float(x)) if x.is_nan() => false,
            Some(best) => compare(value, best).is_none_or(|order| order == better),
        };
        if replaces {
            best = Some(value);
        }
    }
    best.cloned().ok_or_else(|| nothing(name))
}

#[cold]
fn not_numbers(name: &str) -> Fault {
    invalid(format!("{name}() expects numeric arguments"))
}

#[cold]
fn nothing(name: &str) -> Fault {
    invalid(format!("{name}() expects at least 1 number"))
}

fn min(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    extreme(ctx, "min", args, Ordering::Less)
}

fn max(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    extreme(ctx, "max", args, Ordering::Greater)
}

fn sum(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [xs] = &args[..] else { return Err(Fault::bug("arity of sum")) };
    let Value::Array(xs) = xs else { return Err(not_an_array("sum requires an array argument", xs)) };
    ctx.charge_for(xs.len())?;
    if let Some(total) = packed_sum(ctx, xs)? {
        return Ok(total);
    }
    let mut total = Value::Int(0);
    for element in xs.iter() {
        ctx.pace(1)?;
        total = match (&total, &element) {
            (Value::Float(a), Value::Float(b)) => Value::Float(a + b),
            (Value::Int(a), Value::Int(b)) if let Some(sum) = a.checked_add(*b) => Value::Int(sum),
            (_, element) if is_number(element) => ops::add(ctx, &total, element)?,
            _ => continue,
        };
    }
    Ok(total)
}

/// The sum of a packed array, if it fits.
fn packed_sum(ctx: &mut Ctx<'_>, xs: &ArrayObject) -> Result<Option<Value>> {
    match xs.elements() {
        Elements::Ints(ints) => {
            let mut total = 0_i64;
            for part in ints.chunks(ELEMENTS_PER_LOOK) {
                ctx.pace(part.len())?;
                match part.iter().try_fold(total, |total, int| total.checked_add(*int)) {
                    Some(sum) => total = sum,
                    None => return Ok(None),
                }
            }
            Ok(Some(Value::Int(total)))
        }
        Elements::Floats(floats) if !floats.is_empty() => {
            let mut total = 0.0;
            for part in floats.chunks(ELEMENTS_PER_LOOK) {
                ctx.pace(part.len())?;
                total = part.iter().fold(total, |total, x| total + x);
            }
            Ok(Some(Value::Float(total)))
        }
        _ => Ok(None),
    }
}

/// An int argument of the bit functions; floats are truncated.
fn int_argument(ctx: &mut Ctx<'_>, name: &str, role: &str, value: &Value) -> Result<Value> {
    match value {
        Value::Int(_) | Value::BigInt(_) => Ok(value.clone()),
        Value::Float(x) => int::from_f64(ctx.heap(), *x).ok_or_else(|| not_finite(name)),
        _ => {
            let got = short_text(ctx, value)?;
            Err(invalid(format!("{name}() expects integer argument '{role}' , got {got}")))
        }
    }
}

/// A builtin that does what an operator on two ints does.
macro_rules! bit_function {
    ($function:ident, $name:literal, $operator:path) => {
        fn $function(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
            let [left, right] = args else { return Ok(Value::Null) };
            let left = int_argument(ctx, $name, "left", left)?;
            let right = int_argument(ctx, $name, "right", right)?;
            $operator(ctx, &left, &right)
        }
    };
}

bit_function!(bit_and, "bit_and", ops::bit_and);
bit_function!(bit_or, "bit_or", ops::bit_or);
bit_function!(bit_xor, "bit_xor", ops::bit_xor);

fn bit_not(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [value] = args else { return Ok(Value::Null) };
    let value = int_argument(ctx, "bit_not", "value", value)?;
    ops::bit_not(ctx, &value)
}

/// The operands of a shift.
fn shift_arguments(ctx: &mut Ctx<'_>, name: &str, args: &[Value]) -> Result<(Value, Value)> {
    let [left, right] = args else { return Ok((Value::Null, Value::Null)) };
    let left = int_argument(ctx, name, "left", left)?;
    let right = int_argument(ctx, name, "right", right)?;
    if matches!(whole(name, &right)?, Some(amount) if amount < 0) {
        return Err(invalid(format!("{name}() expects a shift amount >= 0")));
    }
    Ok((left, right))
}

fn bit_shl(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let (left, right) = shift_arguments(ctx, "bit_shl", args)?;
    ops::shl(ctx, &left, &right)
}

fn bit_shr(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let (left, right) = shift_arguments(ctx, "bit_shr", args)?;
    ops::shr(ctx, &left, &right)
}

/// An argument of `range` as an int.
fn range_argument(ctx: &Ctx<'_>, value: &Value) -> Result<Value> {
    match value {
        Value::Int(_) | Value::BigInt(_) => Ok(value.clone()),
        Value::Float(x) => int::from_f64(ctx.heap(), *x).ok_or_else(|| not_finite("range")),
        _ => Err(invalid("range() requires numeric arguments")),
    }
}

fn range(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    for argument in args.iter_mut() {
        *argument = range_argument(ctx, argument)?;
    }
    let (zero, one) = (Value::Int(0), Value::Int(1));
    let (start, stop, step) = match &args[..] {
        [stop] => (&zero, stop, &one),
        [start, stop] => (start, stop, &one),
        [start, stop, step] => (start, stop, step),
        _ => return Err(invalid("range() requires numeric arguments")),
    };
    match (start, stop, step) {
        (_, _, Value::Int(0)) => Err(invalid("range() step cannot be zero")),
        (Value::Int(start), Value::Int(stop), Value::Int(step)) => small_range(ctx, *start, *stop, *step),
        _ => big_range(ctx, start, stop, step),
    }
}

fn small_range(ctx: &mut Ctx<'_>, start: i64, stop: i64, step: i64) -> Result<Value> {
    let count = usize::try_from(count_of_range(start, stop, step)).unwrap_or(usize::MAX);
    ctx.heap().check_room(count.saturating_mul(size_of::<i64>()))?;
    ctx.charge_for(count)?;
    // Within the count no term leaves 64 bits.
    array(ctx, (0..count).map(|i| Value::Int(start.wrapping_add((i as i64).wrapping_mul(step)))))
}

/// A range with bounds or a step outside 64 bits.
#[cold]
fn big_range(ctx: &mut Ctx<'_>, start: &Value, stop: &Value, step: &Value) -> Result<Value> {
    let ahead = if compare(step, &Value::Int(0)) == Some(Ordering::Less) { Ordering::Greater } else { Ordering::Less };
    let mut terms = ArrayObject::new(ctx.heap());
    check_big_range(ctx, start, stop, step)?;
    let mut next = start.clone();
    while compare(&next, stop) == Some(ahead) {
        ctx.charge(1)?;
        let following = ops::add(ctx, &next, step)?;
        if let Some(array) = terms.get_mut() {
            array.push(next)?;
        }
        next = following;
    }
    Ok(Value::Array(terms))
}

/// Is there memory for so many ints? Each takes at least eight bytes.
fn check_big_range(ctx: &mut Ctx<'_>, start: &Value, stop: &Value, step: &Value) -> Result<()> {
    let distance = ops::sub(ctx, stop, start)?;
    match ops::div(ctx, &distance, step)? {
        Value::Int(count) => ctx.heap().check_room((count.max(0) as usize).saturating_mul(size_of::<i64>())),
        Value::BigInt(count) if !count.is_negative() => ctx.heap().check_room(usize::MAX),
        _ => Ok(()),
    }
}

/// How many ints lie from `start` up to before `stop`.
fn count_of_range(start: i64, stop: i64, step: i64) -> u64 {
    let distance = i128::from(stop) - i128::from(start);
    let step = i128::from(step);
    if distance == 0 || (distance < 0) != (step < 0) {
        return 0;
    }
    distance.unsigned_abs().div_ceil(step.unsigned_abs()) as u64
}

fn clamp(_ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [n, lo, hi] = args else { return Ok(Value::Null) };
    if !(is_number(n) && is_number(lo) && is_number(hi)) {
        return Err(invalid("clamp() expects numeric arguments"));
    }
    if compare(lo, hi).is_none_or(Ordering::is_gt) {
        return Err(invalid("clamp() expects lo <= hi"));
    }
    let result = match (compare(n, lo), compare(n, hi)) {
        (Some(Ordering::Less), _) => lo,
        (_, Some(Ordering::Greater)) => hi,
        _ => n,
    };
    Ok(result.clone())
}

fn sign(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let sign = match args.first() {
        Some(Value::Int(i)) => i.signum(),
        Some(Value::Float(x)) => i64::from(*x > 0.0) - i64::from(*x < 0.0),
        Some(Value::BigInt(big)) => 1 - 2 * i64::from(big.is_negative()),
        other => return Err(not_numeric(ctx, "sign", other.unwrap_or(&Value::Null))),
    };
    Ok(Value::Int(sign))
}

/// Two ints of any size; floats are truncated.
fn two_ints(name: &str, args: &[Value]) -> Result<(BigInt, BigInt)> {
    match args {
        [a, b] => Ok((big_argument(name, a)?, big_argument(name, b)?)),
        _ => Err(invalid(format!("{name}() expects integer arguments"))),
    }
}

fn big_argument(name: &str, value: &Value) -> Result<BigInt> {
    if let Value::Float(x) = value {
        use num_traits::FromPrimitive;
        return BigInt::from_f64(*x).ok_or_else(|| not_finite(name));
    }
    int::as_big(value).ok_or_else(|| invalid(format!("{name}() expects integer arguments")))
}

/// Charges an operation whose cost is the product of the lengths of two big integers.
fn charge_product(ctx: &mut Ctx<'_>, a: &BigInt, b: &BigInt) -> Result<()> {
    int::charge_limbs(ctx, int::limbs(a).saturating_mul(int::limbs(b)))
}

fn divmod(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let (quotient, remainder) = match &args[..] {
        [Value::Int(_), Value::Int(0)] => return Err(Fault::error(Code::DIVISION_BY_ZERO, "Division by zero")),
        [Value::Int(a), Value::Int(b)] => {
            let (quotient, remainder) = i128::from(*a).div_mod_floor(&i128::from(*b));
            (int::from_i128(ctx.heap(), quotient), int::from_i128(ctx.heap(), remainder))
        }
        args => {
            let (a, b) = two_ints("divmod", args)?;
            if b.sign() == Sign::NoSign {
                return Err(Fault::error(Code::DIVISION_BY_ZERO, "Division by zero"));
            }
            charge_product(ctx, &a, &b)?;
            let (quotient, remainder) = int::long::div_mod_floor(ctx, &a, &b)?;
            (int::from_big(ctx.heap(), quotient), int::from_big(ctx.heap(), remainder))
        }
    };
    array(ctx, [quotient, remainder])
}

fn gcd(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    if let [Value::Int(a), Value::Int(b)] = &args[..] {
        return Ok(int::from_i128(ctx.heap(), i128::from(*a).gcd(&i128::from(*b))));
    }
    let (a, b) = two_ints("gcd", args)?;
    charge_product(ctx, &a, &b)?;
    let divisor = int::SignMagnitude::gcd(ctx, &int::SignMagnitude::from(&a), &int::SignMagnitude::from(&b))?;
    Ok(int::from_sign_magnitude(ctx.heap(), divisor))
}

fn isqrt(ctx: &mut Ctx<'_>, args: &mut [Value]) -> Result<Value> {
    let [n] = &args[..] else { return Ok(Value::Null) };
    let n = big_argument("isqrt", n)?;
    if n.is_negative() {
        return Err(invalid("isqrt() domain error: value must be >= 0"));
    }
    charge_product(ctx, &n, &n)?;
    let root = int::long::sqrt(ctx, &n)?;
    Ok(int::from_big(ctx.heap(), root))
}

const NUMBER: &[ReceiverKind] = &[ReceiverKind::Int, ReceiverKind::Float];
const INT: &[ReceiverKind] = &[ReceiverKind::Int];
const ARRAY: &[ReceiverKind] = &[ReceiverKind::Array];

/// The rows of this section.
pub const ENTRIES: &[Builtin] = &[
    builtin!("abs", 1, abs, "abs(n) -> number: absolute value").method_of(NUMBER).known_as(Intrinsic::Abs),
    builtin!("floor", 1, floor, "floor(n) -> float: rounded down").method_of(NUMBER).known_as(Intrinsic::Floor),
    builtin!("ceil", 1, ceil, "ceil(n) -> float: rounded up").method_of(NUMBER).known_as(Intrinsic::Ceil),
    builtin!("round", 1..=2, round, "round(n[, digits]) -> float: rounded to the nearest, halves away from zero")
        .method_of(NUMBER)
        .known_as(Intrinsic::Round),
    builtin!("sqrt", 1, sqrt, "sqrt(n) -> float: square root").method_of(NUMBER).known_as(Intrinsic::Sqrt),
    builtin!("sin", 1, sin, "sin(x) -> float: sine").method_of(NUMBER),
    builtin!("cos", 1, cos, "cos(x) -> float: cosine").method_of(NUMBER),
    builtin!("tan", 1, tan, "tan(x) -> float: tangent").method_of(NUMBER),
    builtin!("exp", 1, exp, "exp(x) -> float: e to the power x").method_of(NUMBER),
    builtin!("log", 1, log, "log(x) -> float: natural logarithm").method_of(NUMBER),
    builtin!("log2", 1, log2, "log2(x) -> float: logarithm to base 2").method_of(NUMBER),
    builtin!("log10", 1, log10, "log10(x) -> float: logarithm to base 10").method_of(NUMBER),
    builtin!("asin", 1, asin, "asin(x) -> float: inverse sine").method_of(NUMBER),
    builtin!("acos", 1, acos, "acos(x) -> float: inverse cosine").method_of(NUMBER),
    builtin!("atan", 1, atan, "atan(x) -> float: inverse tangent").method_of(NUMBER),
    builtin!("sinh", 1, sinh, "sinh(x) -> float: hyperbolic sine").method_of(NUMBER),
    builtin!("cosh", 1, cosh, "cosh(x) -> float: hyperbolic cosine").method_of(NUMBER),
    builtin!("tanh", 1, tanh, "tanh(x) -> float: hyperbolic tangent").method_of(NUMBER),
    builtin!("cbrt", 1, cbrt, "cbrt(x) -> float: cube root").method_of(NUMBER),
    builtin!("atan2", 2, atan2, "atan2(y, x) -> float: the angle of the point (x, y)").method_of(NUMBER),
    builtin!("hypot", 2, hypot, "hypot(x, y) -> float: the length of the vector (x, y)").method_of(NUMBER),
    builtin!("pow", 2, pow, "pow(a, b) -> float: a to the power b").method_of(NUMBER),
    builtin!("min", 0.., min, "min(...ns) -> number: the least of the numbers, or of an array")
        .method_of(ARRAY)
        .known_as(Intrinsic::Min),
    builtin!("max", 0.., max, "max(...ns) -> number: the greatest of the numbers, or of an array")
        .method_of(ARRAY)
        .known_as(Intrinsic::Max),
    builtin!("sum", 1, sum, "sum(xs) -> number: the sum of the numbers in an array").method_of(ARRAY),
    builtin!("bit_and", 2, bit_and, "bit_and(a, b) -> int: a & b").method_of(INT),
    builtin!("bit_or", 2, bit_or, "bit_or(a, b) -> int: a | b").method_of(INT),
    builtin!("bit_xor", 2, bit_xor, "bit_xor(a, b) -> int: a ^ b").method_of(INT),
    builtin!("bit_not", 1, bit_not, "bit_not(a) -> int: ~a").method_of(INT),
    builtin!("bit_shl", 2, bit_shl, "bit_shl(a, k) -> int: a << k").method_of(INT),
    builtin!("bit_shr", 2, bit_shr, "bit_shr(a, k) -> int: a >> k").method_of(INT),
    builtin!("range", 1..=3, range, "range([start,] stop[, step]) -> array: ints from start up to before stop"),
    builtin!("clamp", 3, clamp, "clamp(n, lo, hi) -> number: n cut to the bounds").method_of(NUMBER),
    builtin!("sign", 1, sign, "sign(n) -> int: -1, 0 or 1").method_of(NUMBER),
    builtin!("divmod", 2, divmod, "divmod(a, b) -> array: floor quotient and remainder").method_of(INT),
    builtin!("gcd", 2, gcd, "gcd(a, b) -> int: greatest common divisor").method_of(INT),
    builtin!("isqrt", 1, isqrt, "isqrt(n) -> int: the integer part of the square root").method_of(INT),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_counted_without_overflow() {
        assert_eq!(count_of_range(5, 0, -2), 3);
        assert_eq!(count_of_range(0, 5, -1), 0);
        assert_eq!(count_of_range(0, 0, 1), 0);
        assert_eq!(count_of_range(i64::MIN, i64::MAX, 1), u64::MAX);
        assert_eq!(count_of_range(i64::MAX, i64::MIN, i64::MIN), 2);
    }

    #[test]
    fn rounding_to_decimals() {
        assert_eq!(round_to(2.34567, 2), 2.35);
        assert_eq!(round_to(-2.5, 0), -3.0);
        assert_eq!(round_to(1234.0, -2), 1200.0);
        assert_eq!(round_to(1e300, 300), 1e300);
        assert_eq!(round_to(5.0, -400), 0.0);
        assert!(round_to(f64::NAN, 2).is_nan());
    }
}

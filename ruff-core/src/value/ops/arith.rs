//! `+ - * / % **` and unary `-`.

use super::compare::{BYTES_PER_TICK, charge_bytes};
use super::scalar::{float_div, float_pow, float_rem, int_add, int_div, int_mul, int_pow, int_rem, int_sub};
use super::{BinaryOperator, IntOperand, Operands, UnaryOperator, overloaded, overloaded_unary};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::value::int::{
    SignMagnitude, charge_limbs, check_bits, from_i128_checked, from_sign_magnitude_checked, limb_ticks, try_update,
    update,
};
use crate::value::number_text::decimal_len;
use crate::value::string::StrObject;
use crate::value::{Hooks, Ref, Value};

/// `a + b`.
///
/// # Errors
/// `RUF1002`, what `op_add` raises, and the traps of section 21.
pub fn add(hooks: &mut dyn Hooks, a: &Value, b: &Value) -> Result<Value> {
    match (a, b) {
        (Value::Int(x), Value::Int(y)) => match int_add(*x, *y) {
            Some(sum) => Ok(Value::Int(sum)),
            None => from_i128_checked(hooks, i128::from(*x) + i128::from(*y)),
        },
        (Value::Float(x), Value::Float(y)) => Ok(Value::Float(x + y)),
        (Value::Str(x), Value::Str(y)) => {
            charge_bytes(hooks, x.len() + y.len())?;
            Ok(Value::Str(StrObject::sum(hooks.heap(), x, y)?))
        }
        _ => match Operands::of(a, b) {
            Operands::Ints(x, y) => {
                charge_limbs(hooks, x.limbs().max(y.limbs()))?;
                match x.to_i128().zip(y.to_i128()).and_then(|(x, y)| x.checked_add(y)) {
                    Some(sum) => from_i128_checked(hooks, sum),
                    None => from_sign_magnitude_checked(hooks, big_add(x, y)),
                }
            }
            Operands::Floats(x, y) => Ok(Value::Float(x + y)),
            Operands::Other => overloaded(hooks, BinaryOperator::Add, a, b),
        },
    }
}

/// `a + b` where `a` dies: text and big integers grow in place if `a` is their only reference.
///
/// # Errors
/// As [`add`].
pub fn add_take(hooks: &mut dyn Hooks, a: Value, b: &Value) -> Result<Value> {
    match (a, b) {
        (Value::Str(mut x), Value::Str(y)) => {
            charge_bytes(hooks, appended_bytes(&x, y))?;
            x.append_string(y)?;
            Ok(Value::Str(x))
        }
        (Value::BigInt(x), Value::BigInt(y)) if x.is_unique() => {
            charge_limbs(hooks, x.get().limbs().max(y.get().limbs()))?;
            update(hooks, x, |sum| sum.add(y.get()))
        }
        (Value::BigInt(x), Value::Int(y)) => {
            charge_limbs(hooks, x.get().limbs())?;
            update(hooks, x, |sum| sum.add_i64(*y))
        }
        (a, b) => add(hooks, &a, b),
    }
}

/// `a - b`.
///
/// # Errors
/// `RUF1002`, what `op_sub` raises, and the traps of section 21.
pub fn sub(hooks: &mut dyn Hooks, a: &Value, b: &Value) -> Result<Value> {
    match (a, b) {
        (Value::Int(x), Value::Int(y)) => match int_sub(*x, *y) {
            Some(difference) => Ok(Value::Int(difference)),
            None => from_i128_checked(hooks, i128::from(*x) - i128::from(*y)),
        },
        (Value::Float(x), Value::Float(y)) => Ok(Value::Float(x - y)),
        _ => match Operands::of(a, b) {
            Operands::Ints(x, y) => {
                charge_limbs(hooks, x.limbs().max(y.limbs()))?;
                match x.to_i128().zip(y.to_i128()).and_then(|(x, y)| x.checked_sub(y)) {
                    Some(difference) => from_i128_checked(hooks, difference),
                    None => from_sign_magnitude_checked(hooks, big_sub(x, y)),
                }
            }
            Operands::Floats(x, y) => Ok(Value::Float(x - y)),
            Operands::Other => overloaded(hooks, BinaryOperator::Sub, a, b),
        },
    }
}

/// `a - b` where `a` dies: a big integer shrinks in place if `a` is its only reference.
///
/// # Errors
/// As [`sub`].
pub fn sub_take(hooks: &mut dyn Hooks, a: Value, b: &Value) -> Result<Value> {
    match (a, b) {
        (Value::BigInt(x), Value::BigInt(y)) => {
            charge_limbs(hooks, x.get().limbs().max(y.get().limbs()))?;
            update(hooks, x, |difference| difference.sub(y.get()))
        }
        (Value::BigInt(x), Value::Int(y)) => {
            charge_limbs(hooks, x.get().limbs())?;
            update(hooks, x, |difference| difference.sub_i64(*y))
        }
        (a, b) => sub(hooks, &a, b),
    }
}

/// `a * b`.
///
/// # Errors
/// `RUF1002`, what `op_mul` raises, and the traps of section 21.
pub fn mul(hooks: &mut dyn Hooks, a: &Value, b: &Value) -> Result<Value> {
    match (a, b) {
        (Value::Int(x), Value::Int(y)) => match int_mul(*x, *y) {
            Some(product) => Ok(Value::Int(product)),
            None => from_i128_checked(hooks, i128::from(*x) * i128::from(*y)),
        },
        (Value::Float(x), Value::Float(y)) => Ok(Value::Float(x * y)),
        _ => match Operands::of(a, b) {
            Operands::Ints(x, y) => big_mul(hooks, x, y),
            Operands::Floats(x, y) => Ok(Value::Float(x * y)),
            Operands::Other => overloaded(hooks, BinaryOperator::Mul, a, b),
        },
    }
}

/// `a * b` where `a` dies: the product of big integers takes the place of `a`, and that with a small one its limbs, if `a` is the
/// only reference.
///
/// # Errors
/// As [`mul`].
pub fn mul_take(hooks: &mut dyn Hooks, a: Value, b: &Value) -> Result<Value> {
    match (a, b) {
        (Value::BigInt(x), Value::Int(y)) if *y != 0 => {
            let factor = IntOperand::Small(*y);
            check_product(hooks, IntOperand::Big(x.get()), factor)?;
            update(hooks, x, |product| product.mul_i64(*y))
        }
        (Value::BigInt(x), Value::BigInt(y)) if x.is_unique() => {
            check_product(hooks, IntOperand::Big(x.get()), IntOperand::Big(y.get()))?;
            try_update(hooks, x, |number, hooks| {
                *number = SignMagnitude::product(hooks, number, y.get())?;
                Ok(())
            })
        }
        (a, b) => mul(hooks, &a, b),
    }
}

/// `a / b`, cut toward zero for ints.
///
/// # Errors
/// `RUF1007` for a zero divisor, `RUF1002`, what `op_div` raises, and the traps of section 21.
pub fn div(hooks: &mut dyn Hooks, a: &Value, b: &Value) -> Result<Value> {
    if let (Value::Int(x), Value::Int(y)) = (a, b)
        && let Some(quotient) = int_div(*x, *y)
    {
        return Ok(Value::Int(quotient));
    }
    match Operands::of(a, b) {
        Operands::Ints(_, IntOperand::Small(0)) => Err(division_by_zero()),
        Operands::Ints(x, y) => {
            charge_limbs(hooks, division_limbs(x, y))?;
            match (x.to_i128(), y.to_i128()) {
                (Some(x), Some(y)) if let Some(quotient) = x.checked_div(y) => from_i128_checked(hooks, quotient),
                _ => big_div(hooks, x, y),
            }
        }
        Operands::Floats(x, y) => float_div(x, y).map(Value::Float).ok_or_else(division_by_zero),
        Operands::Other => overloaded(hooks, BinaryOperator::Div, a, b),
    }
}

/// `a / b` where `a` dies: a big integer is divided by a small one in place if `a` is its only reference.
///
/// # Errors
/// As [`div`].
pub fn div_take(hooks: &mut dyn Hooks, a: Value, b: &Value) -> Result<Value> {
    match (a, b) {
        (Value::BigInt(x), Value::Int(y)) if *y != 0 => {
            charge_limbs(hooks, x.get().limbs())?;
            try_update(hooks, x, |quotient, hooks| quotient.div_i64(hooks, *y))
        }
        (a, b) => div(hooks, &a, b),
    }
}

/// `a % b`, with the sign of `a`.
///
/// # Errors
/// `RUF1007` for a zero divisor, `RUF1002`, what `op_mod` raises, and the traps of section 21.
pub fn rem(hooks: &mut dyn Hooks, a: &Value, b: &Value) -> Result<Value> {
    if let (Value::Int(x), Value::Int(y)) = (a, b)
        && let Some(remainder) = int_rem(*x, *y)
    {
        return Ok(Value::Int(remainder));
    }
    match Operands::of(a, b) {
        Operands::Ints(_, IntOperand::Small(0)) => Err(modulo_by_zero()),
        Operands::Ints(x, y) => {
            charge_limbs(hooks, division_limbs(x, y))?;
            match (x.to_i128(), y.to_i128()) {
                (Some(x), Some(y)) if let Some(remainder) = x.checked_rem(y) => from_i128_checked(hooks, remainder),
                _ => big_rem(hooks, x, y),
            }
        }
        Operands::Floats(x, y) => float_rem(x, y).map(Value::Float).ok_or_else(modulo_by_zero),
        Operands::Other => overloaded(hooks, BinaryOperator::Mod, a, b),
    }
}

/// `a ** b`: of ints an int, or a float if `b` is negative.
///
/// # Errors
/// `RUF1007` for zero with a negative exponent, `RUF1002`, what `op_pow` raises, and the traps of section 21.
pub fn pow(hooks: &mut dyn Hooks, a: &Value, b: &Value) -> Result<Value> {
    if let (Value::Int(x), Value::Int(y)) = (a, b)
        && let Some(power) = int_pow(*x, *y)
    {
        return Ok(Value::Int(power));
    }
    match Operands::of(a, b) {
        Operands::Ints(IntOperand::Small(0), y) if y.is_negative() => Err(division_by_zero()),
        Operands::Ints(x, y) if y.is_negative() => Ok(Value::Float(float_pow(x.to_f64(), y.to_f64()))),
        Operands::Ints(x, y) => big_pow(hooks, x, y),
        Operands::Floats(x, y) => Ok(Value::Float(float_pow(x, y))),
        Operands::Other => overloaded(hooks, BinaryOperator::Pow, a, b),
    }
}

/// `-a`.
///
/// # Errors
/// `RUF1002` and what `op_neg` raises.
pub fn neg(hooks: &mut dyn Hooks, a: &Value) -> Result<Value> {
    match a {
        Value::Int(x) => match x.checked_neg() {
            Some(negated) => Ok(Value::Int(negated)),
            None => from_i128_checked(hooks, -i128::from(*x)),
        },
        Value::Float(x) => Ok(Value::Float(-x)),
        Value::BigInt(x) => {
            charge_limbs(hooks, x.get().limbs())?;
            let mut negated = x.get().clone();
            negated.negate();
            from_sign_magnitude_checked(hooks, negated)
        }
        _ => overloaded_unary(hooks, UnaryOperator::Neg, a),
    }
}

/// `a + b` for strings, if that is short and costs no tick.
#[inline(always)]
pub fn short_sum(a: &Ref<StrObject>, b: &StrObject) -> Option<Ref<StrObject>> {
    if a.len() + b.len() < BYTES_PER_TICK { StrObject::short_sum(a.heap(), a, b) } else { None }
}

/// `a + to_string(int)`, if that is short and costs no tick.
#[inline(always)]
pub fn short_sum_int(a: &Ref<StrObject>, int: i64) -> Option<Ref<StrObject>> {
    if a.len() + decimal_len(int) < BYTES_PER_TICK { StrObject::short_sum_int(a.heap(), a, int) } else { None }
}

/// `a := a + b` for a string that dies, if that takes no new buffer and costs no tick; else false, and nothing is changed.
#[inline(always)]
pub fn append_short(a: &mut Ref<StrObject>, b: &StrObject) -> bool {
    appended_bytes(a, b) < BYTES_PER_TICK && a.append_short(b)
}

/// Bytes that are copied where one string is appended to another: a shared text is copied as a whole.
#[inline(always)]
fn appended_bytes(a: &Ref<StrObject>, b: &StrObject) -> usize {
    b.len() + if a.is_unique() { 0 } else { a.len() }
}

fn big_add(a: IntOperand, b: IntOperand) -> SignMagnitude {
    match (a, b) {
        (IntOperand::Big(x), IntOperand::Big(y)) => SignMagnitude::sum(x, y),
        (IntOperand::Big(x), IntOperand::Small(y)) | (IntOperand::Small(y), IntOperand::Big(x)) => {
            let mut sum = x.clone();
            sum.add_i64(y);
            sum
        }
        (IntOperand::Small(x), IntOperand::Small(y)) => SignMagnitude::from(i128::from(x) + i128::from(y)),
    }
}

fn big_sub(a: IntOperand, b: IntOperand) -> SignMagnitude {
    match (a, b) {
        (IntOperand::Big(x), IntOperand::Big(y)) => SignMagnitude::difference(x, y),
        (IntOperand::Big(x), IntOperand::Small(y)) => {
            let mut difference = x.clone();
            difference.sub_i64(y);
            difference
        }
        (IntOperand::Small(x), IntOperand::Big(y)) => {
            let mut difference = y.clone();
            difference.sub_i64(x);
            difference.negate();
            difference
        }
        (IntOperand::Small(x), IntOperand::Small(y)) => SignMagnitude::from(i128::from(x) - i128::from(y)),
    }
}

fn big_mul(hooks: &mut dyn Hooks, a: IntOperand, b: IntOperand) -> Result<Value> {
    if let (IntOperand::Small(0), _) | (_, IntOperand::Small(0)) = (a, b) {
        return Ok(Value::Int(0));
    }
    check_product(hooks, a, b)?;
    let product = match (a, b) {
        (IntOperand::Big(x), IntOperand::Big(y)) => SignMagnitude::product(hooks, x, y)?,
        (IntOperand::Big(x), IntOperand::Small(y)) | (IntOperand::Small(y), IntOperand::Big(x)) => x.times_i64(y),
        (IntOperand::Small(x), IntOperand::Small(y)) => SignMagnitude::from(i128::from(x) * i128::from(y)),
    };
    from_sign_magnitude_checked(hooks, product)
}

/// Sees to the limits before two numbers that are not zero are multiplied. If that is worth no tick, it is enough to look at the
/// product.
#[inline]
fn check_product(hooks: &mut dyn Hooks, a: IntOperand, b: IntOperand) -> Result<()> {
    let limb_operations = a.limbs().saturating_mul(b.limbs());
    if limb_ticks(limb_operations) == 0 {
        return Ok(());
    }
    check_bits(hooks.heap(), a.bits().saturating_add(b.bits()) - 1)?;
    charge_limbs(hooks, limb_operations)
}

/// `a / b` of ints that do not both fit 128 bits.
fn big_div(hooks: &mut dyn Hooks, a: IntOperand, b: IntOperand) -> Result<Value> {
    let quotient = match (a, b) {
        (IntOperand::Small(_), _) => return Ok(Value::Int(0)),
        (IntOperand::Big(x), IntOperand::Small(y)) => {
            let mut quotient = x.clone();
            quotient.div_i64(hooks, y)?;
            quotient
        }
        (IntOperand::Big(x), IntOperand::Big(y)) => SignMagnitude::div_rem(hooks, x, y)?.0,
    };
    from_sign_magnitude_checked(hooks, quotient)
}

/// `a % b` of ints that do not both fit 128 bits.
fn big_rem(hooks: &mut dyn Hooks, a: IntOperand, b: IntOperand) -> Result<Value> {
    match (a, b) {
        (IntOperand::Small(x), _) => Ok(Value::Int(x)),
        (IntOperand::Big(x), IntOperand::Small(y)) => {
            let remainder = x.rem_i64(hooks, y)?;
            from_i128_checked(hooks, remainder)
        }
        (IntOperand::Big(x), IntOperand::Big(y)) => {
            let remainder = SignMagnitude::div_rem(hooks, x, y)?.1;
            from_sign_magnitude_checked(hooks, remainder)
        }
    }
}

/// `a ** b` with an exponent that is not negative.
fn big_pow(hooks: &mut dyn Hooks, a: IntOperand, b: IntOperand) -> Result<Value> {
    if let IntOperand::Small(base @ -1..=1) = a {
        return Ok(Value::Int(unit_pow(base, b)));
    }
    let exponent = match b {
        IntOperand::Small(y) => y.unsigned_abs(),
        IntOperand::Big(_) => u64::MAX,
    };
    check_bits(hooks.heap(), (a.bits() - 1).saturating_mul(exponent).saturating_add(1))?;
    let limbs_max = a.bits().saturating_mul(exponent).div_ceil(64);
    charge_limbs(hooks, limbs_max.saturating_mul(limbs_max))?;
    // The limit is below 2^32 bits, and the base has at least two, so that the exponent fits.
    let exponent = u32::try_from(exponent).unwrap_or(u32::MAX);
    let power = match a {
        _ if exponent == 0 => SignMagnitude::from(1),
        IntOperand::Small(base) => SignMagnitude::from(i128::from(base)).power(hooks, exponent)?,
        IntOperand::Big(base) => base.power(hooks, exponent)?,
    };
    from_sign_magnitude_checked(hooks, power)
}

/// The power of -1, 0 or 1.
fn unit_pow(base: i64, exponent: IntOperand) -> i64 {
    let (is_zero, is_even) = match exponent {
        IntOperand::Small(y) => (y == 0, y % 2 == 0),
        IntOperand::Big(y) => (false, y.is_even()),
    };
    match base {
        _ if is_zero => 1,
        -1 if is_even => 1,
        _ => base,
    }
}

/// Limb operations of a division.
fn division_limbs(a: IntOperand, b: IntOperand) -> u64 {
    let (a, b) = (a.limbs(), b.limbs());
    a.saturating_sub(b).saturating_add(1).saturating_mul(b)
}

#[cold]
fn division_by_zero() -> Fault {
    Fault::error(Code::DIVISION_BY_ZERO, "Division by zero")
}

#[cold]
fn modulo_by_zero() -> Fault {
    Fault::error(Code::DIVISION_BY_ZERO, "Modulo by zero")
}

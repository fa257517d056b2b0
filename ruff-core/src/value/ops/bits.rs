//! `& | ^ ~ << >>`: ints as infinite two's complement.

use super::scalar::{int_shl, int_shr};
use super::{BinaryOperator, IntOperand, UnaryOperator, invalid_binary, invalid_unary};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::value::int::{
    SignMagnitude, charge_limbs, check_bits, from_big_checked, from_i128_checked, from_sign_magnitude_checked,
};
use crate::value::text::message_text;
use crate::value::{Hooks, Value};
use num_bigint::BigInt;
use std::ops::{BitAnd, BitOr, BitXor};

/// `a & b`.
///
/// # Errors
/// `RUF1002` and the traps of section 21.
pub fn bit_and(hooks: &mut dyn Hooks, a: &Value, b: &Value) -> Result<Value> {
    match (a, b) {
        (Value::Int(x), Value::Int(y)) => Ok(Value::Int(x & y)),
        _ => big_bits(hooks, BinaryOperator::BitAnd, a, b, i128::bitand, BigInt::bitand),
    }
}

/// `a | b`.
///
/// # Errors
/// `RUF1002` and the traps of section 21.
pub fn bit_or(hooks: &mut dyn Hooks, a: &Value, b: &Value) -> Result<Value> {
    match (a, b) {
        (Value::Int(x), Value::Int(y)) => Ok(Value::Int(x | y)),
        _ => big_bits(hooks, BinaryOperator::BitOr, a, b, i128::bitor, BigInt::bitor),
    }
}

/// `a ^ b`.
///
/// # Errors
/// `RUF1002` and the traps of section 21.
pub fn bit_xor(hooks: &mut dyn Hooks, a: &Value, b: &Value) -> Result<Value> {
    match (a, b) {
        (Value::Int(x), Value::Int(y)) => Ok(Value::Int(x ^ y)),
        _ => big_bits(hooks, BinaryOperator::BitXor, a, b, i128::bitxor, BigInt::bitxor),
    }
}

/// `~a`.
///
/// # Errors
/// `RUF1002` and the traps of section 21.
pub fn bit_not(hooks: &mut dyn Hooks, a: &Value) -> Result<Value> {
    match IntOperand::of(a) {
        Some(IntOperand::Small(x)) => Ok(Value::Int(!x)),
        Some(IntOperand::Big(x)) => {
            charge_limbs(hooks, x.limbs())?;
            // The complement of x is -x - 1.
            let mut complement = x.clone();
            complement.add_i64(1);
            complement.negate();
            from_sign_magnitude_checked(hooks, complement)
        }
        None => Err(invalid_unary(UnaryOperator::BitNot, a)),
    }
}

/// `a << b`.
///
/// # Errors
/// `RUF1012` for a negative amount, `RUF1002`, and the traps of section 21.
pub fn shl(hooks: &mut dyn Hooks, a: &Value, b: &Value) -> Result<Value> {
    if let (Value::Int(x), Value::Int(y)) = (a, b)
        && let Some(shifted) = int_shl(*x, *y)
    {
        return Ok(Value::Int(shifted));
    }
    let (x, amount) = shift_operands(hooks, BinaryOperator::Shl, a, b)?;
    if x.bits() == 0 {
        return Ok(Value::Int(0));
    }
    let bits = x.bits().saturating_add(amount);
    check_bits(hooks.heap(), bits)?;
    charge_limbs(hooks, bits / 64)?;
    match x {
        IntOperand::Small(x) => {
            from_sign_magnitude_checked(hooks, SignMagnitude::from(i128::from(x)).shifted_left(amount))
        }
        IntOperand::Big(x) => from_sign_magnitude_checked(hooks, x.shifted_left(amount)),
    }
}

/// `a >> b`, rounded down.
///
/// # Errors
/// `RUF1012` for a negative amount, `RUF1002`, and the traps of section 21.
pub fn shr(hooks: &mut dyn Hooks, a: &Value, b: &Value) -> Result<Value> {
    if let (Value::Int(x), Value::Int(y)) = (a, b)
        && let Some(shifted) = int_shr(*x, *y)
    {
        return Ok(Value::Int(shifted));
    }
    let (x, amount) = shift_operands(hooks, BinaryOperator::Shr, a, b)?;
    if amount >= x.bits() {
        return Ok(Value::Int(if x.is_negative() { -1 } else { 0 }));
    }
    charge_limbs(hooks, x.limbs())?;
    match x {
        IntOperand::Small(x) => Ok(Value::Int(x >> amount)),
        IntOperand::Big(x) => from_sign_magnitude_checked(hooks, x.shifted_right(amount)),
    }
}

/// A bit operation of which one operand is not a 64-bit int.
fn big_bits(
    hooks: &mut dyn Hooks,
    op: BinaryOperator,
    a: &Value,
    b: &Value,
    combine: fn(i128, i128) -> i128,
    combine_big: fn(BigInt, BigInt) -> BigInt,
) -> Result<Value> {
    let (Some(x), Some(y)) = (IntOperand::of(a), IntOperand::of(b)) else { return Err(invalid_binary(op, a, b)) };
    charge_limbs(hooks, x.limbs().max(y.limbs()))?;
    match (x.to_i128(), y.to_i128()) {
        (Some(x), Some(y)) => from_i128_checked(hooks, combine(x, y)),
        _ => from_big_checked(hooks.heap(), combine_big(x.to_big(), y.to_big())),
    }
}

/// The operands of a shift. An amount beyond 64 bits is as good as the largest one.
fn shift_operands<'a>(
    hooks: &mut dyn Hooks,
    op: BinaryOperator,
    a: &'a Value,
    b: &Value,
) -> Result<(IntOperand<'a>, u64)> {
    let (Some(x), Some(amount)) = (IntOperand::of(a), IntOperand::of(b)) else { return Err(invalid_binary(op, a, b)) };
    if amount.is_negative() {
        return Err(negative_shift(hooks, b));
    }
    match amount {
        IntOperand::Small(y) => Ok((x, y.unsigned_abs())),
        IntOperand::Big(_) => Ok((x, u64::MAX)),
    }
}

#[cold]
fn negative_shift(hooks: &mut dyn Hooks, amount: &Value) -> Fault {
    match message_text(hooks, amount) {
        Ok(text) => Fault::error(Code::INVALID_ARGUMENT, format!("Shift amount must not be negative: {text}")),
        Err(trap) => trap,
    }
}

//! The pure core of the operators: 64-bit ints and floats. `None` means that the result is not of that kind or that the
//! operation raises; the complete functions decide which.

use super::BinaryOperator;
use std::cmp::Ordering;

/// A result of the pure core.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Scalar {
    Bool(bool),
    Int(i64),
    Float(f64),
}

/// `a + b` if it fits.
#[inline(always)]
pub fn int_add(a: i64, b: i64) -> Option<i64> {
    a.checked_add(b)
}

/// `a - b` if it fits.
#[inline(always)]
pub fn int_sub(a: i64, b: i64) -> Option<i64> {
    a.checked_sub(b)
}

/// `a * b` if it fits.
#[inline(always)]
pub fn int_mul(a: i64, b: i64) -> Option<i64> {
    a.checked_mul(b)
}

/// `a / b`, cut toward zero, if `b` is not zero and the quotient fits.
#[inline(always)]
pub fn int_div(a: i64, b: i64) -> Option<i64> {
    a.checked_div(b)
}

/// `a % b`, with the sign of `a`, if `b` is not zero.
#[inline(always)]
pub fn int_rem(a: i64, b: i64) -> Option<i64> {
    if b == 0 { None } else { Some(a.wrapping_rem(b)) }
}

/// `a ** b` if `b` is not negative and the power fits.
#[inline]
pub fn int_pow(a: i64, b: i64) -> Option<i64> {
    a.checked_pow(u32::try_from(b).ok()?)
}

/// `a << b` if `b` is not negative and the result fits.
#[inline]
pub fn int_shl(a: i64, b: i64) -> Option<i64> {
    if !(0..64).contains(&b) {
        return if a == 0 && b > 0 { Some(0) } else { None };
    }
    let shifted = a << b;
    if shifted >> b == a { Some(shifted) } else { None }
}

/// `a >> b` if `b` is not negative.
#[inline]
pub fn int_shr(a: i64, b: i64) -> Option<i64> {
    if b < 0 { None } else { Some(a >> b.min(63)) }
}

/// `a / b` if `b` is not zero.
#[inline(always)]
pub fn float_div(a: f64, b: f64) -> Option<f64> {
    if b == 0.0 { None } else { Some(a / b) }
}

/// `a % b`, with the sign of `a`, if `b` is not zero.
#[inline(always)]
pub fn float_rem(a: f64, b: f64) -> Option<f64> {
    if b == 0.0 { None } else { Some(a % b) }
}

/// `a ** b`. A square is the product, which is rounded once.
#[inline(always)]
pub fn float_pow(a: f64, b: f64) -> f64 {
    if b == 2.0 { a * a } else { a.powf(b) }
}

/// Does `op`, one of the six comparisons, hold for operands in this order? Unordered ones (NaN) are only unequal.
#[inline(always)]
pub fn holds(op: BinaryOperator, order: Option<Ordering>) -> bool {
    match op {
        BinaryOperator::Eq => order == Some(Ordering::Equal),
        BinaryOperator::Ne => order != Some(Ordering::Equal),
        BinaryOperator::Lt => order == Some(Ordering::Less),
        BinaryOperator::Le => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        BinaryOperator::Gt => order == Some(Ordering::Greater),
        BinaryOperator::Ge => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        _ => false,
    }
}

/// `a op b` of two 64-bit ints, if it raises nothing and its result is a 64-bit int, a float or a bool.
pub fn int_binary(op: BinaryOperator, a: i64, b: i64) -> Option<Scalar> {
    use BinaryOperator::*;
    let int = match op {
        Add => int_add(a, b),
        Sub => int_sub(a, b),
        Mul => int_mul(a, b),
        Div => int_div(a, b),
        Mod => int_rem(a, b),
        Pow if b < 0 && a != 0 => return Some(Scalar::Float(float_pow(a as f64, b as f64))),
        Pow => int_pow(a, b),
        BitAnd => Some(a & b),
        BitOr => Some(a | b),
        BitXor => Some(a ^ b),
        Shl => int_shl(a, b),
        Shr => int_shr(a, b),
        Eq | Ne | Lt | Le | Gt | Ge => return Some(Scalar::Bool(holds(op, Some(a.cmp(&b))))),
        In | NotIn => None,
    };
    int.map(Scalar::Int)
}

/// `a op b` of two floats, if it raises nothing and floats have the operator.
pub fn float_binary(op: BinaryOperator, a: f64, b: f64) -> Option<Scalar> {
    use BinaryOperator::*;
    let float = match op {
        Add => Some(a + b),
        Sub => Some(a - b),
        Mul => Some(a * b),
        Div => float_div(a, b),
        Mod => float_rem(a, b),
        Pow => Some(float_pow(a, b)),
        Eq | Ne | Lt | Le | Gt | Ge => return Some(Scalar::Bool(holds(op, a.partial_cmp(&b)))),
        BitAnd | BitOr | BitXor | Shl | Shr | In | NotIn => None,
    };
    float.map(Scalar::Float)
}

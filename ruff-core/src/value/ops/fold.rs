//! Constant folding: the pure core of the operators over constants. Folding never raises: what would, or would be large, is
//! left for run time.

use super::scalar::{Scalar, float_binary, int_binary};
use super::{BinaryOperator, UnaryOperator};
use crate::bytecode::Const;
use std::sync::Arc;

/// Longer texts are joined at run time, where they count as memory.
const TEXT_BYTES_MAX: usize = 4096;

/// `a op b`, if both are plain and the operation succeeds within 64 bits.
pub fn fold(op: BinaryOperator, a: &Const, b: &Const) -> Option<Const> {
    match (a, b) {
        (Const::Int(x), Const::Int(y)) => int_binary(op, *x, *y).map(constant),
        (Const::Float(x), Const::Float(y)) => float_binary(op, *x, *y).map(constant),
        (Const::Int(x), Const::Float(y)) if is_arithmetic(op) => float_binary(op, *x as f64, *y).map(constant),
        (Const::Float(x), Const::Int(y)) if is_arithmetic(op) => float_binary(op, *x, *y as f64).map(constant),
        (Const::Str(x), Const::Str(y)) => fold_text(op, x, y),
        (Const::Bool(x), Const::Bool(y)) if op == BinaryOperator::Eq => Some(Const::Bool(x == y)),
        (Const::Bool(x), Const::Bool(y)) if op == BinaryOperator::Ne => Some(Const::Bool(x != y)),
        _ => None,
    }
}

/// `op a`, if it is plain and the operation succeeds within 64 bits.
pub fn fold_unary(op: UnaryOperator, a: &Const) -> Option<Const> {
    match (op, a) {
        (UnaryOperator::Neg, Const::Int(x)) => x.checked_neg().map(Const::Int),
        (UnaryOperator::Neg, Const::Float(x)) => Some(Const::Float(-x)),
        (UnaryOperator::BitNot, Const::Int(x)) => Some(Const::Int(!x)),
        (UnaryOperator::Not, _) => is_truthy(a).map(|truth| Const::Bool(!truth)),
        _ => None,
    }
}

/// The truth of a constant.
pub fn is_truthy(a: &Const) -> Option<bool> {
    match a {
        Const::Null => Some(false),
        Const::Bool(x) => Some(*x),
        Const::Int(x) => Some(*x != 0),
        Const::Float(x) => Some(*x != 0.0),
        Const::Str(x) => Some(!x.is_empty()),
        _ => None,
    }
}

fn constant(scalar: Scalar) -> Const {
    match scalar {
        Scalar::Bool(x) => Const::Bool(x),
        Scalar::Int(x) => Const::Int(x),
        Scalar::Float(x) => Const::Float(x),
    }
}

/// Comparing an int with a float is exact, so that it cannot go through floats.
fn is_arithmetic(op: BinaryOperator) -> bool {
    use BinaryOperator::*;
    matches!(op, Add | Sub | Mul | Div | Mod | Pow)
}

fn fold_text(op: BinaryOperator, a: &Arc<str>, b: &Arc<str>) -> Option<Const> {
    use BinaryOperator::*;
    match op {
        Add if a.len() + b.len() <= TEXT_BYTES_MAX => Some(Const::Str([&**a, &**b].concat().into())),
        Eq | Ne | Lt | Le | Gt | Ge => Some(Const::Bool(super::scalar::holds(op, Some(a.cmp(b))))),
        In => Some(Const::Bool(b.contains(&**a))),
        NotIn => Some(Const::Bool(!b.contains(&**a))),
        _ => None,
    }
}

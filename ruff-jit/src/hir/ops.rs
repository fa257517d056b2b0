//! What the operations compute, on 64-bit words: ints as they are, floats as their bits, truth values as 0 and 1.
//!
//! Written once, for folding and for the evaluator. Machine code has to agree with it.

use super::{Binary, Checked, Cond, Unary};

impl Unary {
    /// The result for a word.
    pub fn apply(self, a: u64) -> u64 {
        let float = f64::from_bits(a);
        match self {
            Unary::Not => !a,
            Unary::Neg => a.wrapping_neg(),
            Unary::FloatNeg => (-float).to_bits(),
            Unary::FloatAbs => float.abs().to_bits(),
            Unary::FloatSqrt => float.sqrt().to_bits(),
            Unary::FloatFloor => float.floor().to_bits(),
            Unary::FloatCeil => float.ceil().to_bits(),
            Unary::FloatTrunc => float.trunc().to_bits(),
            Unary::IntToFloat => (a.cast_signed() as f64).to_bits(),
            Unary::FloatToInt => (float as i64).cast_unsigned(),
            Unary::FloatBits | Unary::BitsToFloat | Unary::BoolToInt => a,
            Unary::IntToBool => u64::from(a != 0),
            Unary::BoolNot => a ^ 1,
        }
    }
}

impl Binary {
    /// The result for two words. None for a division that the guards before it do not let through.
    pub fn apply(self, a: u64, b: u64) -> Option<u64> {
        let (int_a, int_b) = (a.cast_signed(), b.cast_signed());
        let float = |op: fn(f64, f64) -> f64| op(f64::from_bits(a), f64::from_bits(b)).to_bits();
        Some(match self {
            Binary::Add => a.wrapping_add(b),
            Binary::Sub => a.wrapping_sub(b),
            Binary::Mul => a.wrapping_mul(b),
            Binary::Div => int_a.checked_div(int_b)?.cast_unsigned(),
            Binary::Rem => int_a.checked_rem(int_b)?.cast_unsigned(),
            Binary::And | Binary::BoolAnd => a & b,
            Binary::Or | Binary::BoolOr => a | b,
            Binary::Xor => a ^ b,
            Binary::Shl => a << (b & 63),
            Binary::Shr => (int_a >> (b & 63)).cast_unsigned(),
            Binary::FloatAdd => float(|a, b| a + b),
            Binary::FloatSub => float(|a, b| a - b),
            Binary::FloatMul => float(|a, b| a * b),
            Binary::FloatDiv => float(|a, b| a / b),
        })
    }

    /// Do its operands commute?
    pub fn is_commutative(self) -> bool {
        use Binary::{Add, And, BoolAnd, BoolOr, FloatAdd, FloatMul, Mul, Or, Xor};
        matches!(self, Add | Mul | And | Or | Xor | FloatAdd | FloatMul | BoolAnd | BoolOr)
    }
}

impl Cond {
    /// The comparison that is true exactly if this one of ints is false. There is none of `Below`.
    pub fn inverse(self) -> Option<Cond> {
        Some(match self {
            Cond::Eq => Cond::Ne,
            Cond::Ne => Cond::Eq,
            Cond::Lt => Cond::Ge,
            Cond::Le => Cond::Gt,
            Cond::Gt => Cond::Le,
            Cond::Ge => Cond::Lt,
            Cond::Below => return None,
        })
    }

    /// The comparison of the operands in the other order. There is none of `Below`.
    pub fn swapped(self) -> Option<Cond> {
        Some(match self {
            Cond::Eq => Cond::Eq,
            Cond::Ne => Cond::Ne,
            Cond::Lt => Cond::Gt,
            Cond::Le => Cond::Ge,
            Cond::Gt => Cond::Lt,
            Cond::Ge => Cond::Le,
            Cond::Below => return None,
        })
    }

    /// Compares ints.
    pub fn holds(self, a: i64, b: i64) -> bool {
        match self {
            Cond::Eq => a == b,
            Cond::Ne => a != b,
            Cond::Lt => a < b,
            Cond::Le => a <= b,
            Cond::Gt => a > b,
            Cond::Ge => a >= b,
            Cond::Below => a.cast_unsigned() < b.cast_unsigned(),
        }
    }

    /// Compares floats.
    pub fn holds_for_floats(self, a: f64, b: f64) -> bool {
        match self {
            Cond::Eq => a == b,
            Cond::Ne => a != b,
            Cond::Lt | Cond::Below => a < b,
            Cond::Le => a <= b,
            Cond::Gt => a > b,
            Cond::Ge => a >= b,
        }
    }
}

impl Checked {
    /// The exact result, if it fits.
    pub fn apply(self, a: i64, b: i64) -> Option<i64> {
        match self {
            Checked::Add => a.checked_add(b),
            Checked::Sub => a.checked_sub(b),
            Checked::Mul => a.checked_mul(b),
        }
    }

    /// The same operation that wraps.
    pub fn wrapping(self) -> Binary {
        match self {
            Checked::Add => Binary::Add,
            Checked::Sub => Binary::Sub,
            Checked::Mul => Binary::Mul,
        }
    }
}

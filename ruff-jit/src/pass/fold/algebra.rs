//! Constants and identities of single instructions.

use crate::hir::{Access, Binary, Checked, Cond, ExitId, Function, Inst, Ty, Unary, Val};
use ruff_core::jit::ExitReason;

/// What becomes of an instruction.
pub enum Outcome {
    Keep,
    /// Another instruction in its place.
    Become(Inst),
    /// It has the value of this one.
    Same(Val),
    Remove,
    /// Control does not get past it.
    Leave(ExitId, ExitReason),
}

use Outcome::{Become, Keep, Leave, Remove, Same};

/// Simplifies an instruction. Constants that it needs are made and added to `before`.
pub fn simplify(f: &mut Function, before: &mut Vec<Val>, val: Val) -> Outcome {
    match *f.inst(val) {
        Inst::Unary(op, a) => unary(f, op, a),
        Inst::Binary(op, a, b) => binary(f, before, op, a, b),
        Inst::Checked(op, a, b, exit) => checked(f, op, a, b, exit),
        Inst::Compare(cond, a, b) => compare(f, cond, a, b),
        Inst::FloatCompare(cond, a, b) => match (float(f, a), float(f, b)) {
            (Some(a), Some(b)) => Become(Inst::Bool(cond.holds_for_floats(a, b))),
            // An int has the sign of its nearest float, and only 0 becomes 0.
            (None, Some(0.0)) => match *f.inst(a) {
                Inst::Unary(Unary::IntToFloat, int) => {
                    let zero = f.new_value(Inst::Int(0), Ty::Int);
                    before.push(zero);
                    Become(Inst::Compare(cond, int, zero))
                }
                _ => Keep,
            },
            _ => Keep,
        },
        Inst::Select(c, a, b) => select(f, c, a, b),
        Inst::Guard(condition, exit, reason) => match f.as_bool(condition) {
            Some(true) => Remove,
            Some(false) => Leave(exit, reason),
            None => Keep,
        },
        Inst::Load(access, address) => match moved(f, access, address) {
            Some((access, address)) => Become(Inst::Load(access, address)),
            None => Keep,
        },
        Inst::Store(access, address, value) => match moved(f, access, address) {
            Some((access, address)) => Become(Inst::Store(access, address, value)),
            None => Keep,
        },
        _ => Keep,
    }
}

/// The word of a constant.
fn word(f: &Function, val: Val) -> Option<u64> {
    match *f.inst(val) {
        Inst::Int(k) => Some(k.cast_unsigned()),
        Inst::Address(address) => Some(address as u64),
        Inst::Float(bits) => Some(bits),
        Inst::Bool(k) => Some(u64::from(k)),
        _ => None,
    }
}

fn float(f: &Function, val: Val) -> Option<f64> {
    match *f.inst(val) {
        Inst::Float(bits) => Some(f64::from_bits(bits)),
        _ => None,
    }
}

/// The constant of a type with that word.
fn constant(ty: Ty, word: u64) -> Inst {
    match ty {
        Ty::Float => Inst::Float(word),
        Ty::Bool => Inst::Bool(word != 0),
        Ty::Ptr => Inst::Address(word as usize),
        Ty::Int | Ty::None => Inst::Int(word.cast_signed()),
    }
}

/// An access whose address is another one and a constant, with the constant in its offset.
fn moved(f: &Function, access: Access, address: Val) -> Option<(Access, Val)> {
    let Inst::Binary(Binary::Add, base, distance) = *f.inst(address) else { return None };
    let distance = i32::try_from(f.as_int(distance)?).ok()?;
    Some((Access { offset: access.offset.checked_add(distance)?, ..access }, base))
}

fn unary(f: &Function, op: Unary, a: Val) -> Outcome {
    if let Some(word) = word(f, a) {
        return Become(match op {
            Unary::Not | Unary::Neg | Unary::FloatToInt | Unary::FloatBits | Unary::BoolToInt => {
                constant(Ty::Int, op.apply(word))
            }
            Unary::IntToBool | Unary::BoolNot => constant(Ty::Bool, op.apply(word)),
            _ => constant(Ty::Float, op.apply(word)),
        });
    }
    match (op, f.inst(a)) {
        (Unary::Not, Inst::Unary(Unary::Not, inner))
        | (Unary::Neg, Inst::Unary(Unary::Neg, inner))
        | (Unary::FloatNeg, Inst::Unary(Unary::FloatNeg, inner))
        | (Unary::BoolNot, Inst::Unary(Unary::BoolNot, inner))
        | (Unary::BitsToFloat, Inst::Unary(Unary::FloatBits, inner))
        | (Unary::FloatBits, Inst::Unary(Unary::BitsToFloat, inner))
        | (Unary::IntToBool, Inst::Unary(Unary::BoolToInt, inner)) => Same(*inner),
        (Unary::BoolNot, Inst::Compare(cond, x, y)) => match cond.inverse() {
            Some(cond) => Become(Inst::Compare(cond, *x, *y)),
            None => Keep,
        },
        // NaN is neither less nor not less: only these two are opposites for floats.
        (Unary::BoolNot, Inst::FloatCompare(Cond::Eq, x, y)) => Become(Inst::FloatCompare(Cond::Ne, *x, *y)),
        (Unary::BoolNot, Inst::FloatCompare(Cond::Ne, x, y)) => Become(Inst::FloatCompare(Cond::Eq, *x, *y)),
        _ => Keep,
    }
}

fn binary(f: &mut Function, before: &mut Vec<Val>, op: Binary, a: Val, b: Val) -> Outcome {
    let (word_a, word_b) = (word(f, a), word(f, b));
    if let (Some(x), Some(y)) = (word_a, word_b)
        && let Some(result) = op.apply(x, y)
    {
        let is_address = f.ty(a) == Ty::Ptr && op == Binary::Add;
        return Become(constant(if is_address { Ty::Ptr } else { result_type(op) }, result));
    }
    if word_a.is_some() && word_b.is_none() && op.is_commutative() && f.ty(a) == f.ty(b) {
        return Become(Inst::Binary(op, b, a));
    }
    if a == b {
        match op {
            Binary::Sub | Binary::Xor => return Become(Inst::Int(0)),
            Binary::And | Binary::Or | Binary::BoolAnd | Binary::BoolOr => return Same(a),
            _ => {}
        }
    }
    match word_b {
        Some(k) => with_const(f, before, op, a, b, k),
        None => Keep,
    }
}

fn result_type(op: Binary) -> Ty {
    match op {
        Binary::FloatAdd | Binary::FloatSub | Binary::FloatMul | Binary::FloatDiv => Ty::Float,
        Binary::BoolAnd | Binary::BoolOr => Ty::Bool,
        _ => Ty::Int,
    }
}

/// Operations whose second operand is the constant `k`.
fn with_const(f: &mut Function, before: &mut Vec<Val>, op: Binary, a: Val, b: Val, k: u64) -> Outcome {
    let float = f64::from_bits(k);
    match op {
        Binary::Add | Binary::Sub | Binary::Or | Binary::Xor | Binary::Shl | Binary::Shr if k == 0 => Same(a),
        Binary::Mul | Binary::Div if k == 1 => Same(a),
        Binary::Mul | Binary::And if k == 0 => Become(Inst::Int(0)),
        Binary::Rem if k == 1 => Become(Inst::Int(0)),
        Binary::And if k == u64::MAX => Same(a),
        Binary::Or if k == u64::MAX => Become(Inst::Int(-1)),
        Binary::BoolAnd | Binary::BoolOr => match (op == Binary::BoolAnd) == (k == 1) {
            true => Same(a),
            false => Become(Inst::Bool(k == 1)),
        },
        Binary::FloatMul | Binary::FloatDiv if float == 1.0 => Same(a),
        Binary::FloatSub if k == 0.0f64.to_bits() => Same(a),
        Binary::FloatAdd if k == (-0.0f64).to_bits() => Same(a),
        Binary::Add | Binary::Sub => nested_sum(f, before, op, a, b, k),
        _ => Keep,
    }
}

/// `(x + j) + k` is `x + (j + k)`, and a difference with a constant is a sum.
fn nested_sum(f: &mut Function, before: &mut Vec<Val>, op: Binary, a: Val, b: Val, k: u64) -> Outcome {
    let k = if op == Binary::Sub { k.wrapping_neg() } else { k };
    if let Inst::Binary(Binary::Add, x, j) = *f.inst(a)
        && let Some(j) = f.as_int(j)
    {
        let sum = f.new_value(Inst::Int(j.wrapping_add(k.cast_signed())), Ty::Int);
        before.push(sum);
        return Become(Inst::Binary(Binary::Add, x, sum));
    }
    if op == Binary::Sub && f.as_int(b).is_some() {
        let negated = f.new_value(Inst::Int(k.cast_signed()), Ty::Int);
        before.push(negated);
        return Become(Inst::Binary(Binary::Add, a, negated));
    }
    Keep
}

fn checked(f: &Function, op: Checked, a: Val, b: Val, exit: ExitId) -> Outcome {
    match (f.as_int(a), f.as_int(b)) {
        (Some(a), Some(b)) => match op.apply(a, b) {
            Some(result) => Become(Inst::Int(result)),
            None => Leave(exit, ExitReason::Overflow),
        },
        (Some(_), None) if op != Checked::Sub => Become(Inst::Checked(op, b, a, exit)),
        (None, Some(0)) if op == Checked::Mul => Become(Inst::Int(0)),
        (None, Some(0)) => Same(a),
        (None, Some(1)) if op == Checked::Mul => Same(a),
        _ if a == b && op == Checked::Sub => Become(Inst::Int(0)),
        _ => Keep,
    }
}

fn compare(f: &Function, cond: Cond, a: Val, b: Val) -> Outcome {
    if let (Some(x), Some(y)) = (word(f, a), word(f, b)) {
        return Become(Inst::Bool(cond.holds(x.cast_signed(), y.cast_signed())));
    }
    if a == b {
        return Become(Inst::Bool(matches!(cond, Cond::Eq | Cond::Le | Cond::Ge)));
    }
    if word(f, a).is_some()
        && let Some(cond) = cond.swapped()
    {
        return Become(Inst::Compare(cond, b, a));
    }
    if cond == Cond::Below && word(f, b) == Some(0) {
        return Become(Inst::Bool(false));
    }
    let Some(k) = word(f, b) else { return Keep };
    let truth = match *f.inst(a) {
        _ if f.ty(a) == Ty::Bool => a,
        Inst::Unary(Unary::BoolToInt, truth) => truth,
        _ => return Keep,
    };
    match (cond, k) {
        (Cond::Eq, 1) | (Cond::Ne, 0) => Same(truth),
        (Cond::Eq, 0) | (Cond::Ne, 1) => Become(Inst::Unary(Unary::BoolNot, truth)),
        (Cond::Eq | Cond::Ne, _) => Become(Inst::Bool(cond == Cond::Ne)),
        _ => Keep,
    }
}

fn select(f: &Function, c: Val, a: Val, b: Val) -> Outcome {
    match (f.inst(c), f.as_bool(a), f.as_bool(b)) {
        (Inst::Bool(true), ..) => Same(a),
        (Inst::Bool(false), ..) => Same(b),
        _ if a == b => Same(a),
        (_, Some(true), Some(false)) => Same(c),
        (_, Some(false), Some(true)) => Become(Inst::Unary(Unary::BoolNot, c)),
        (Inst::Unary(Unary::BoolNot, inner), ..) => Become(Inst::Select(*inner, b, a)),
        _ => Keep,
    }
}

//! Arithmetic and comparisons.

use super::operator::{Arguments, Operands};
use super::state::{Abs, Scalar};
use super::{Builder, Step};
use crate::hir::{Binary, Checked, Cond, Inst, Ty, Unary, Val};
use ruff_core::jit::{Const, Decoded, ExitReason, Op, OperatorMethod, Stub, feedback};

/// The operator of an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operator {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    And,
    Or,
    Xor,
    Shl,
    Shr,
}

/// The right operand of an instruction.
#[derive(Clone, Copy, Debug)]
pub enum Right {
    Slot(u32),
    Int(i64),
    Float(f64),
    /// Another constant, by its index in the function.
    Constant(u32),
}

/// A comparison, and what its truth is for.
#[derive(Clone, Copy)]
pub(super) struct Comparison {
    pub(super) cond: Cond,
    pub(super) x: u32,
    pub(super) y: Right,
    pub(super) aim: Aim,
}

/// What a truth is for.
#[derive(Clone, Copy)]
pub(super) enum Aim {
    /// It goes to a slot.
    Slot(u32),
    /// It decides the jump of the instruction, which is taken if it is this.
    Jump(bool),
}

/// The kinds with which an operation is compiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    Int,
    Float,
    Slow,
}

/// The largest int up to which all ints are floats.
const EXACT_MAX: i64 = 1 << 53;

impl Builder<'_, '_> {
    /// The right operand that is constant `index`.
    pub(super) fn constant_operand(&self, index: u32) -> Right {
        match self.constant(index) {
            Some(Const::Int(int)) => Right::Int(*int),
            Some(Const::Float(float)) => Right::Float(*float),
            _ => Right::Constant(index),
        }
    }

    fn right_kind(&self, right: Right) -> Option<Scalar> {
        match right {
            Right::Slot(slot) => self.scalar_kind(slot),
            Right::Int(_) => Some(Scalar::Int),
            Right::Float(_) => Some(Scalar::Float),
            Right::Constant(_) => None,
        }
    }

    fn right_may_be(&self, right: Right, scalar: Scalar) -> bool {
        match right {
            Right::Slot(slot) => self.may_be(slot, scalar),
            other => self.right_kind(other) == Some(scalar),
        }
    }

    fn right_unboxed(&mut self, right: Right, scalar: Scalar) -> Option<Val> {
        match (right, scalar) {
            (Right::Slot(slot), scalar) => self.unbox(slot, scalar),
            (Right::Int(int), Scalar::Int) => Some(self.int(int)),
            (Right::Float(float), Scalar::Float) => Some(self.float(float)),
            _ => None,
        }
    }

    fn right_number(&mut self, right: Right) -> Option<Val> {
        match right {
            Right::Slot(slot) => self.number(slot),
            Right::Int(int) => Some(self.float(int as f64)),
            Right::Float(float) => Some(self.float(float)),
            Right::Constant(_) => None,
        }
    }

    /// How to compile an operation on these operands.
    fn mode(&self, x: u32, y: Right) -> Mode {
        let seen = self.feedback();
        let known = (self.scalar_kind(x), self.right_kind(y));
        let may_be = |scalar| self.may_be(x, scalar) && self.right_may_be(y, scalar);
        match known {
            (Some(Scalar::Int), Some(Scalar::Int)) => return Mode::Int,
            (Some(Scalar::Int | Scalar::Float), Some(Scalar::Int | Scalar::Float)) => return Mode::Float,
            _ if self.is_widened(ExitReason::Kind) => return Mode::Slow,
            _ => {}
        }
        if seen & !(feedback::FLOAT | feedback::MIXED) != 0 {
            return Mode::Slow;
        }
        let is_number = |kind: Option<Scalar>, unknown: bool| match kind {
            Some(Scalar::Int | Scalar::Float) => true,
            Some(Scalar::Bool) => false,
            None => unknown,
        };
        let unknown_x = self.get(x).is_unknown();
        let unknown_y = matches!(y, Right::Slot(slot) if self.get(slot).is_unknown());
        let float_known = known.0 == Some(Scalar::Float) || known.1 == Some(Scalar::Float);
        if seen == 0 && !float_known && may_be(Scalar::Int) {
            Mode::Int
        } else if is_number(known.0, unknown_x) && is_number(known.1, unknown_y) && (seen != 0 || float_known) {
            Mode::Float
        } else {
            Mode::Slow
        }
    }

    /// The two operands as floats: exactly those that feedback has seen where they are not known.
    fn floats(&mut self, x: u32, y: Right) -> Option<(Val, Val)> {
        let only_floats = self.feedback() == feedback::FLOAT;
        let x =
            if only_floats && self.may_be(x, Scalar::Float) { self.unbox(x, Scalar::Float) } else { self.number(x) }?;
        let y = match y {
            Right::Slot(slot) if only_floats && self.may_be(slot, Scalar::Float) => self.unbox(slot, Scalar::Float),
            // An int beside an int is no sum of floats.
            other => self.right_number(other),
        }?;
        Some((x, y))
    }

    /// `dst := x op y`.
    pub(super) fn binary_op(&mut self, at: &Decoded, op: Operator, dst: u32, x: u32, y: Right) -> Step<bool> {
        let result = match self.mode(x, y) {
            Mode::Int => self.int_op(op, x, y).map(Abs::Int),
            Mode::Float if self.is_exact_mix(x, y) => self.float_op(op, x, y).map(Abs::Float),
            _ => None,
        };
        match result {
            Some(abs) => {
                self.set(dst, abs);
                Ok(false)
            }
            None if op == Operator::Add
                && let Some(ends) = self.join_texts(at, dst, x, y)? =>
            {
                Ok(ends)
            }
            None => match self.arithmetic_by_method(at, op, dst, (x, y))? {
                Some(ends) => Ok(ends),
                None => self.interpret(at),
            },
        }
    }

    /// Is it sure that not both operands are ints, so that the result is a float?
    fn is_exact_mix(&self, x: u32, y: Right) -> bool {
        let float = Some(Scalar::Float);
        self.scalar_kind(x) == float || self.right_kind(y) == float || self.feedback() == feedback::FLOAT
    }

    fn int_op(&mut self, op: Operator, x: u32, y: Right) -> Option<Val> {
        let is_checked = matches!(op, Operator::Add | Operator::Sub | Operator::Mul);
        if is_checked && self.is_widened(ExitReason::Overflow) || self.is_widened(ExitReason::Domain) {
            return None;
        }
        if let (Operator::Div | Operator::Mod, Right::Int(0)) = (op, y) {
            return None;
        }
        let a = self.unbox(x, Scalar::Int)?;
        let b = self.right_unboxed(y, Scalar::Int)?;
        Some(match op {
            Operator::Add | Operator::Sub | Operator::Mul => {
                let exit = self.exit();
                let op = match op {
                    Operator::Add => Checked::Add,
                    Operator::Sub => Checked::Sub,
                    _ => Checked::Mul,
                };
                self.checked(op, a, b, exit)
            }
            Operator::Div | Operator::Mod => {
                self.guard_division(a, b, y);
                self.binary(if op == Operator::Div { Binary::Div } else { Binary::Rem }, a, b)
            }
            Operator::And => self.binary(Binary::And, a, b),
            Operator::Or => self.binary(Binary::Or, a, b),
            Operator::Xor => self.binary(Binary::Xor, a, b),
            Operator::Shl | Operator::Shr => return self.shift(op, a, b),
        })
    }

    /// Division by zero and the one quotient that does not fit are left to the interpreter.
    fn guard_division(&mut self, a: Val, b: Val, right: Right) {
        if !matches!(right, Right::Int(k) if k != 0) {
            let fits = self.compare_int(Cond::Ne, b, 0);
            self.expect(fits, ExitReason::Domain);
        }
        if !matches!(right, Right::Int(k) if k != -1) {
            let (not_minus_one, not_min) = (self.compare_int(Cond::Ne, b, -1), self.compare_int(Cond::Ne, a, i64::MIN));
            let fits = self.binary(Binary::BoolOr, not_minus_one, not_min);
            self.expect(fits, ExitReason::Domain);
        }
    }

    /// A shift whose amount is 0 to 63; to the left, if nothing is shifted out.
    fn shift(&mut self, op: Operator, a: Val, b: Val) -> Option<Val> {
        let bits = self.int(64);
        let fits = self.compare(Cond::Below, b, bits);
        self.expect(fits, ExitReason::Domain);
        if op == Operator::Shr {
            return Some(self.binary(Binary::Shr, a, b));
        }
        let shifted = self.binary(Binary::Shl, a, b);
        let back = self.binary(Binary::Shr, shifted, b);
        let fits = self.compare(Cond::Eq, back, a);
        self.expect(fits, ExitReason::Overflow);
        Some(shifted)
    }

    fn float_op(&mut self, op: Operator, x: u32, y: Right) -> Option<Val> {
        if self.is_widened(ExitReason::Domain) {
            return None;
        }
        let op = match op {
            Operator::Add => Binary::FloatAdd,
            Operator::Sub => Binary::FloatSub,
            Operator::Mul => Binary::FloatMul,
            Operator::Div | Operator::Mod => Binary::FloatDiv,
            _ => return None,
        };
        let is_remainder = matches!(self.current_op(), Some(Op::Mod | Op::ModK));
        let (a, b) = self.floats(x, y)?;
        if op == Binary::FloatDiv {
            let zero = self.float(0.0);
            let fits = self.push(Inst::FloatCompare(Cond::Ne, b, zero), Ty::Bool);
            self.expect(fits, ExitReason::Domain);
        }
        Some(if is_remainder { self.stub(Stub::FloatRem, vec![a, b]) } else { self.binary(op, a, b) })
    }

    fn current_op(&self) -> Option<Op> {
        Op::from_number(self.context().function.code.get(self.pc as usize)?.op_number())
    }

    // ---- unary operators

    pub(super) fn negate(&mut self, at: &Decoded, dst: u32, x: u32) -> Step<bool> {
        match self.get(x).abs {
            Abs::Float(v) => {
                let v = self.unary(Unary::FloatNeg, v);
                self.set(dst, Abs::Float(v));
            }
            Abs::Int(v) if !self.is_widened(ExitReason::Overflow) => {
                let zero = self.int(0);
                let exit = self.exit();
                let v = self.checked(Checked::Sub, zero, v, exit);
                self.set(dst, Abs::Int(v));
            }
            _ => {
                return self.other_op(at, OperatorMethod::Neg, dst, Operands::new(x, Arguments::None));
            }
        }
        Ok(false)
    }

    pub(super) fn not(&mut self, at: &Decoded, dst: u32, x: u32) -> Step<bool> {
        match self.get(x).abs {
            Abs::Bool(_) | Abs::Int(_) | Abs::Float(_) | Abs::Null => {
                let truth = self.truth(x);
                let v = self.unary(Unary::BoolNot, truth);
                self.set(dst, Abs::Bool(v));
                Ok(false)
            }
            _ if self.may_be(x, Scalar::Bool) && self.feedback() == 0 && !self.is_widened(ExitReason::Kind) => {
                let Some(truth) = self.unbox(x, Scalar::Bool) else { return self.interpret(at) };
                let v = self.unary(Unary::BoolNot, truth);
                self.set(dst, Abs::Bool(v));
                Ok(false)
            }
            _ => self.other_op(at, OperatorMethod::Not, dst, Operands::new(x, Arguments::None)),
        }
    }

    pub(super) fn bit_not(&mut self, at: &Decoded, dst: u32, x: u32) -> Step<bool> {
        match self.get(x).abs {
            Abs::Int(v) => {
                let v = self.unary(Unary::Not, v);
                self.set(dst, Abs::Int(v));
                Ok(false)
            }
            _ => self.interpret(at),
        }
    }

    // ---- comparisons

    /// The truth of `x cond y`, if it needs no help.
    pub(super) fn comparison(&mut self, cond: Cond, x: u32, y: Right) -> Option<Val> {
        if let (Some((Scalar::Bool, a)), Right::Slot(slot)) = (self.get(x).scalar(), y)
            && let Some((Scalar::Bool, b)) = self.get(slot).scalar()
            && matches!(cond, Cond::Eq | Cond::Ne)
        {
            return Some(self.compare(cond, a, b));
        }
        let known = (self.scalar_kind(x), self.right_kind(y));
        match (known, self.mode(x, y)) {
            (_, Mode::Int) => {
                let a = self.unbox(x, Scalar::Int)?;
                let b = self.right_unboxed(y, Scalar::Int)?;
                Some(self.compare(cond, a, b))
            }
            ((Some(Scalar::Float), Some(Scalar::Float)), _) => {
                let (a, b) = (self.unbox(x, Scalar::Float)?, self.right_unboxed(y, Scalar::Float)?);
                Some(self.push(Inst::FloatCompare(cond, a, b), Ty::Bool))
            }
            (_, Mode::Float) => {
                // An int and a float compare exactly; that is the comparison of floats where the int is a small constant.
                if let Right::Int(k) = y {
                    if !(-EXACT_MAX..=EXACT_MAX).contains(&k) || !self.may_be(x, Scalar::Float) {
                        return None;
                    }
                    let a = self.unbox(x, Scalar::Float)?;
                    let b = self.float(k as f64);
                    return Some(self.push(Inst::FloatCompare(cond, a, b), Ty::Bool));
                }
                if !self.may_be(x, Scalar::Float) || !self.right_may_be(y, Scalar::Float) {
                    return None;
                }
                let (a, b) = (self.unbox(x, Scalar::Float)?, self.right_unboxed(y, Scalar::Float)?);
                Some(self.push(Inst::FloatCompare(cond, a, b), Ty::Bool))
            }
            _ => None,
        }
    }

    /// `x cond y`.
    pub(super) fn compare_values(&mut self, at: &Decoded, comparison: Comparison) -> Step<bool> {
        let Comparison { cond, x, y, aim } = comparison;
        if let Some(truth) = self.comparison(cond, x, y) {
            return self.give_truth(aim, truth);
        }
        match self.comparison_by_method(at, comparison)? {
            Some(ends) => Ok(ends),
            None => self.mixed_equality(at, comparison),
        }
    }

    /// `dst := x ** y`.
    pub(super) fn power(&mut self, at: &Decoded, dst: u32, x: u32, y: Right) -> Step<bool> {
        let result = match self.mode(x, y) {
            Mode::Int => self.int_power(x, y).map(Abs::Int),
            Mode::Float if self.is_exact_mix(x, y) => self.float_power(x, y).map(Abs::Float),
            _ => None,
        };
        let Some(abs) = result else {
            return self.other_op(at, OperatorMethod::Pow, dst, Operands::new(x, Arguments::One(y)));
        };
        self.set(dst, abs);
        Ok(false)
    }

    /// Squares and cubes of ints are products.
    fn int_power(&mut self, x: u32, y: Right) -> Option<Val> {
        let Right::Int(exponent @ (2 | 3)) = y else { return None };
        if self.is_widened(ExitReason::Overflow) {
            return None;
        }
        let a = self.unbox(x, Scalar::Int)?;
        let exit = self.exit();
        let square = self.checked(Checked::Mul, a, a, exit);
        Some(if exponent == 2 { square } else { self.checked(Checked::Mul, square, a, exit) })
    }

    fn float_power(&mut self, x: u32, y: Right) -> Option<Val> {
        let (a, b) = self.floats(x, y)?;
        let is_square = matches!(y, Right::Int(2) | Right::Float(2.0));
        Some(if is_square { self.binary(Binary::FloatMul, a, a) } else { self.stub(Stub::FloatPow, vec![a, b]) })
    }

    /// An operator without code of its own: a struct may have a method for it.
    fn other_op(&mut self, at: &Decoded, method: OperatorMethod, dst: u32, operands: Operands) -> Step<bool> {
        match self.by_method(method, dst, operands)? {
            Some(ends) => Ok(ends),
            None => self.interpret(at),
        }
    }

    /// `MatchRange`: jumps unless the value in a slot is a number between two bounds.
    pub(super) fn match_range(&mut self, at: &Decoded, x: u32, pattern: u32) -> Step<bool> {
        let Some(pattern) = self.context().function.range_patterns.get(pattern as usize) else {
            return Err(super::malformed());
        };
        let bounds = [pattern.start, pattern.end].map(|bound| bound.map(|index| self.constant_operand(index)));
        let are_ints = bounds.iter().flatten().all(|bound| matches!(bound, Right::Int(_)));
        let is_known = self.scalar_kind(x) == Some(Scalar::Int);
        if !are_ints || !is_known && (!self.may_be(x, Scalar::Int) || self.is_widened(ExitReason::Kind)) {
            return self.interpret(at);
        }
        let Some(val) = self.unbox(x, Scalar::Int) else { return self.interpret(at) };
        let mut matches = self.bool(true);
        for (bound, cond) in bounds.into_iter().zip([Cond::Ge, if pattern.inclusive { Cond::Le } else { Cond::Lt }]) {
            if let Some(Right::Int(bound)) = bound {
                let fits = self.compare_int(cond, val, bound);
                matches = self.binary(Binary::BoolAnd, matches, fits);
            }
        }
        self.jump_on(matches, false)
    }
}

//! Conditions: short-circuit operators and comparisons become jumps.

use super::Lower;
use super::operator::Right;
use crate::bytecode::{Const, Op};
use crate::compile::emit::{Label, inverse_jump};
use crate::compile::fold;
use crate::syntax::ast::*;

impl Lower<'_, '_> {
    /// Jumps to `label` if the truth of the expression is `sense`.
    pub(super) fn jump_if(&mut self, e: &Expr, sense: bool, label: Label) {
        if let Some(constant) = fold::literal(e) {
            if fold::truth(&constant) == sense {
                self.code().jump_to(label, e.span);
            }
            return;
        }
        match &e.kind {
            ExprKind::Paren(inner) => self.jump_if(inner, sense, label),
            ExprKind::Unary { op: UnaryOp::Not, operand } => self.jump_if_not(e, operand, sense, label),
            ExprKind::Binary { first, rest } => match rest.as_slice() {
                [(BinaryOp::And | BinaryOp::Or, _), ..] => self.jump_if_logic(first, rest, sense, label),
                [(op, second)] if comparison_jump(*op).is_some() => {
                    self.jump_if_compared(first, *op, second, sense, label);
                }
                _ => self.jump_if_value(e, sense, label),
            },
            _ => self.jump_if_value(e, sense, label),
        }
    }

    fn jump_if_value(&mut self, e: &Expr, sense: bool, label: Label) {
        self.scoped(|this| {
            let operand = this.operand(e);
            let op = if sense { Op::JumpIf } else { Op::JumpIfNot };
            this.code().jump(op, operand.reg, label, e.span);
        });
    }

    /// A struct may define `!`, so only what gives a bool is inverted.
    fn jump_if_not(&mut self, e: &Expr, operand: &Expr, sense: bool, label: Label) {
        if gives_bool(operand) { self.jump_if(operand, !sense, label) } else { self.jump_if_value(e, sense, label) }
    }

    /// All operators of `rest` are the same: `&&` or `||`.
    pub(super) fn jump_if_logic(&mut self, first: &Expr, rest: &[(BinaryOp, Expr)], sense: bool, label: Label) {
        let is_or = rest.first().is_some_and(|(op, _)| *op == BinaryOp::Or);
        let operands = std::iter::once(first).chain(rest.iter().map(|(_, e)| e));
        if is_or == sense {
            operands.for_each(|e| self.jump_if(e, sense, label));
            return;
        }
        let decided = self.code().label();
        for (index, e) in operands.enumerate() {
            match index == rest.len() {
                true => self.jump_if(e, sense, label),
                false => self.jump_if(e, !sense, decided),
            }
        }
        self.code().place_label(decided);
    }

    fn jump_if_compared(&mut self, first: &Expr, op: BinaryOp, second: &Expr, sense: bool, label: Label) {
        let Some((on_registers, on_constant)) = comparison_jump(op) else { return };
        let signed = |op: Op| if sense { op } else { inverse_jump(op).unwrap_or(op) };
        let span = first.span.to(second.span);
        self.scoped(|this| {
            let left = this.operand_before(first, second);
            let constant = fold::literal(second).filter(|c| fold::is_number(c) || matches!(c, Const::Str(_)));
            let right = match constant.and_then(|c| this.short_constant(c)) {
                Some(index) => Right::Number(index),
                None => Right::Register(this.operand(second)),
            };
            match right {
                Right::Number(index) => this.code().compare_jump(signed(on_constant), left.reg, index, label, span),
                Right::Register(right) => {
                    this.code().compare_jump(signed(on_registers), left.reg, right.reg.0, label, span);
                }
            }
        });
    }
}

/// The fused jumps of a comparison: on registers, and with a constant on the right.
fn comparison_jump(op: BinaryOp) -> Option<(Op, Op)> {
    Some(match op {
        BinaryOp::Eq => (Op::JumpEq, Op::JumpEqK),
        BinaryOp::Ne => (Op::JumpNe, Op::JumpNeK),
        BinaryOp::Lt => (Op::JumpLt, Op::JumpLtK),
        BinaryOp::Le => (Op::JumpLe, Op::JumpLeK),
        BinaryOp::Gt => (Op::JumpGt, Op::JumpGtK),
        BinaryOp::Ge => (Op::JumpGe, Op::JumpGeK),
        _ => return None,
    })
}

fn gives_bool(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Paren(inner) => gives_bool(inner),
        ExprKind::Bool(_) => true,
        ExprKind::Binary { rest, .. } => {
            matches!(
                rest.last(),
                Some((BinaryOp::And | BinaryOp::Or | BinaryOp::In | BinaryOp::NotIn | BinaryOp::Eq, _))
            )
        }
        ExprKind::Unary { op: UnaryOp::Not, operand } => gives_bool(operand),
        _ => false,
    }
}

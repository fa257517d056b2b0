//! Binary operators.

use super::{Lower, Operand, Origin};
use crate::bytecode::{Const, Op, Reg};
use crate::compile::fold;
use crate::syntax::ast::*;
use crate::syntax::source::Span;

/// The op of an operator on two registers.
pub(super) fn register_op(op: BinaryOp) -> Option<Op> {
    Some(match op {
        BinaryOp::Add => Op::Add,
        BinaryOp::Sub => Op::Sub,
        BinaryOp::Mul => Op::Mul,
        BinaryOp::Div => Op::Div,
        BinaryOp::Mod => Op::Mod,
        BinaryOp::Pow => Op::Pow,
        BinaryOp::BitAnd => Op::BitAnd,
        BinaryOp::BitOr => Op::BitOr,
        BinaryOp::BitXor => Op::BitXor,
        BinaryOp::Shl => Op::Shl,
        BinaryOp::Shr => Op::Shr,
        BinaryOp::Eq => Op::Eq,
        BinaryOp::Ne => Op::Ne,
        BinaryOp::Lt => Op::Lt,
        BinaryOp::Le => Op::Le,
        BinaryOp::Gt => Op::Gt,
        BinaryOp::Ge => Op::Ge,
        BinaryOp::In => Op::In,
        BinaryOp::NotIn => Op::NotIn,
        BinaryOp::And | BinaryOp::Or | BinaryOp::Coalesce | BinaryOp::Pipe => return None,
    })
}

/// The op of an operator with a constant on the right.
fn constant_op(op: BinaryOp) -> Option<Op> {
    Some(match op {
        BinaryOp::Add => Op::AddK,
        BinaryOp::Sub => Op::SubK,
        BinaryOp::Mul => Op::MulK,
        BinaryOp::Div => Op::DivK,
        BinaryOp::Mod => Op::ModK,
        BinaryOp::Pow => Op::PowK,
        BinaryOp::BitAnd => Op::BitAndK,
        BinaryOp::BitOr => Op::BitOrK,
        BinaryOp::BitXor => Op::BitXorK,
        BinaryOp::Shl => Op::ShlK,
        BinaryOp::Shr => Op::ShrK,
        _ => return None,
    })
}

/// The right side of an operation.
#[derive(Clone, Copy)]
pub(super) enum Right {
    Register(Operand),
    /// A number, by its index among the function's constants.
    Number(u16),
}

impl Lower<'_, '_> {
    pub(super) fn binary_to(&mut self, first: &Expr, rest: &[(BinaryOp, Expr)], dst: Reg) {
        match rest.first().map(|(op, _)| *op) {
            Some(BinaryOp::And | BinaryOp::Or) => self.logic_to(first, rest, dst),
            Some(BinaryOp::Coalesce) => self.coalesce_to(first, rest, dst),
            Some(BinaryOp::Pipe) => self.pipe_to(first, rest, dst),
            _ => self.chain_to(first, rest, dst),
        }
    }

    /// Operators of one level, from the left.
    fn chain_to(&mut self, first: &Expr, rest: &[(BinaryOp, Expr)], dst: Reg) {
        let Some(((last_op, last), middle)) = rest.split_last() else { return self.expr_to(first, dst) };
        self.scoped(|this| {
            let mut left = this.operand(first);
            let mut joins = false;
            let accumulator = (!middle.is_empty()).then(|| match left.origin {
                Origin::Variable(_) => this.alloc(),
                _ => left.reg,
            });
            for (op, operand) in middle {
                let Some(accumulator) = accumulator else { break };
                left = this.keep_before(left, operand, first.span);
                let span = first.span.to(operand.span);
                this.scoped(|this| {
                    let right = this.right_side(*op, operand);
                    this.binary(*op, (left, joins), right, accumulator, span);
                });
                joins = *op == BinaryOp::Add;
                left = Operand { reg: accumulator, origin: Origin::Temporary };
            }
            left = this.keep_before(left, last, first.span);
            let right = this.right_side(*last_op, last);
            this.binary(*last_op, (left, joins), right, dst, first.span.to(last.span));
        });
    }

    /// The right operand: numbers stay constants where the op allows it.
    pub(super) fn right_side(&mut self, op: BinaryOp, e: &Expr) -> Right {
        if constant_op(op).is_some()
            && let Some(constant) = fold::literal(e)
            && fold::is_number(&constant)
            && let Some(index) = self.short_constant(constant)
        {
            return Right::Number(index);
        }
        Right::Register(self.operand(e))
    }

    /// The index of a constant, if it fits an operand of 16 bits.
    pub(super) fn short_constant(&mut self, constant: Const) -> Option<u16> {
        u16::try_from(self.constant_index(constant)).ok()
    }

    /// `dst := left op right`. A sum that is a temporary is extended in place by the next operand.
    pub(super) fn binary(&mut self, op: BinaryOp, left: (Operand, bool), right: Right, dst: Reg, span: Span) {
        let (left, is_sum) = left;
        let takes = op == BinaryOp::Add && (is_sum || left.reg == dst && matches!(left.origin, Origin::Variable(_)));
        match right {
            Right::Number(index) => {
                if let Some(op) = constant_op(op) {
                    self.code().abc(op, dst, left.reg.0, index, span);
                }
            }
            Right::Register(right) => {
                let takes = takes && right.reg != left.reg;
                let code = if takes { Some(Op::AddTake) } else { register_op(op) };
                if let Some(code) = code {
                    self.code().abc(code, dst, left.reg.0, right.reg.0, span);
                }
                self.drop_compared(op, right, span);
                self.drop_compared(op, left, span);
            }
        }
    }

    /// After comparisons by content, temporaries let go of what they share with variables.
    pub(super) fn drop_compared(&mut self, op: BinaryOp, operand: Operand, span: Span) {
        if matches!(op, BinaryOp::Eq | BinaryOp::Ne | BinaryOp::In | BinaryOp::NotIn) {
            self.drop_shared(operand, span);
        }
    }

    /// `&&` and `||` as values are bools.
    fn logic_to(&mut self, first: &Expr, rest: &[(BinaryOp, Expr)], dst: Reg) {
        let span = rest.last().map_or(first.span, |(_, e)| first.span.to(e.span));
        let (is_false, end) = (self.code().label(), self.code().label());
        self.jump_if_logic(first, rest, false, is_false);
        self.code().abc(Op::LoadBool, dst, 1, 0, span);
        self.code().jump_to(end, span);
        self.code().place_label(is_false);
        self.code().abc(Op::LoadBool, dst, 0, 0, span);
        self.code().place_label(end);
    }

    fn coalesce_to(&mut self, first: &Expr, rest: &[(BinaryOp, Expr)], dst: Reg) {
        let end = self.code().label();
        let operands = std::iter::once(first).chain(rest.iter().map(|(_, e)| e));
        for (index, e) in operands.enumerate() {
            if index == rest.len() {
                self.expr_to(e, dst);
                break;
            }
            let next = self.code().label();
            self.scoped(|this| {
                let value = if this.is_variable_register(dst) {
                    this.operand(e)
                } else {
                    this.expr_to(e, dst);
                    Operand { reg: dst, origin: Origin::Temporary }
                };
                this.code().jump(Op::JumpIfNull, value.reg, next, e.span);
                this.operand_to(value, dst, e.span);
                this.code().jump_to(end, e.span);
            });
            self.code().place_label(next);
        }
        self.code().place_label(end);
    }

    fn pipe_to(&mut self, first: &Expr, rest: &[(BinaryOp, Expr)], dst: Reg) {
        self.scoped(|this| {
            let value = this.alloc();
            this.expr_to(first, value);
            for (index, (_, target)) in rest.iter().enumerate() {
                let to = if index + 1 == rest.len() { dst } else { value };
                this.scoped(|this| this.pipe_step(value, target, first.span.to(target.span), to));
            }
        });
    }
}

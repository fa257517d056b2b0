//! Expressions.

use super::{Lower, Operand, Origin};
use crate::bytecode::{Op, Reg};
use crate::compile::fold;
use crate::syntax::ast::*;
use crate::syntax::source::Span;

impl Lower<'_, '_> {
    /// The value of an expression as an operand: in its own register if it is a local variable, else in a temporary.
    pub(super) fn operand(&mut self, e: &Expr) -> Operand {
        match &e.kind {
            ExprKind::Name(name) => self.name_operand(name, e.span),
            ExprKind::Paren(inner) => self.operand(inner),
            _ => {
                let reg = self.alloc();
                self.expr_to(e, reg);
                let is_shared = matches!(e.kind, ExprKind::Postfix { .. } | ExprKind::If(_) | ExprKind::Match(_));
                Operand { reg, origin: if is_shared { Origin::Shared } else { Origin::Temporary } }
            }
        }
    }

    /// As [`Lower::operand`], for a value that is used after `next` has been evaluated.
    pub(super) fn operand_before(&mut self, e: &Expr, next: &Expr) -> Operand {
        let operand = self.operand(e);
        self.keep_before(operand, next, e.span)
    }

    /// A copy of a local variable that evaluating `next` may change.
    pub(super) fn keep_before(&mut self, operand: Operand, next: &Expr, span: Span) -> Operand {
        match operand.origin {
            Origin::Variable(id) if self.may_change(next, id) => {
                let reg = self.alloc();
                self.copy_to(reg, operand.reg, span);
                Operand { reg, origin: Origin::Shared }
            }
            _ => operand,
        }
    }

    /// The value of an expression in `dst`.
    pub(super) fn expr_to(&mut self, e: &Expr, dst: Reg) {
        let span = e.span;
        if let Some(constant) = fold::literal(e) {
            return self.constant_to(constant, dst, span);
        }
        match &e.kind {
            ExprKind::Name(name) => self.name_to(name, span, dst),
            ExprKind::Paren(inner) => self.expr_to(inner, dst),
            ExprKind::Template(parts) => self.template_to(parts, span, dst),
            ExprKind::Array(elements) => self.array_to(elements, span, dst),
            ExprKind::Dict(entries) => self.dict_to(entries, span, dst),
            ExprKind::Lambda(function) => self.lambda_to(function, None, dst),
            ExprKind::If(i) => self.if_expr(i, Some(dst)),
            ExprKind::Match(m) => self.match_expr(m, Some(dst)),
            ExprKind::Throw(operand) => self.throw(operand, span),
            ExprKind::Yield(value) => self.yield_to(value.as_deref(), span, dst),
            ExprKind::Unary { op, operand } => self.unary_to(*op, operand, span, dst),
            ExprKind::Binary { first, rest } => self.binary_to(first, rest, dst),
            ExprKind::Range { start, end, inclusive } => self.range_to((start, end), *inclusive, span, dst),
            ExprKind::Postfix { base, suffixes } => self.postfix_to(base, suffixes, dst),
            ExprKind::Await(operand) => self.expr_to(operand, dst),
            _ => self.code().a_bc(Op::LoadNull, dst, 0, span),
        }
    }

    /// Evaluates an expression whose value nobody needs.
    pub(super) fn discard(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::If(i) => self.if_expr(i, None),
            ExprKind::Match(m) => self.match_expr(m, None),
            ExprKind::Paren(inner) => self.discard(inner),
            _ => self.scoped(|this| {
                this.operand(e);
            }),
        }
    }

    fn unary_to(&mut self, op: UnaryOp, operand: &Expr, span: Span, dst: Reg) {
        self.scoped(|this| {
            let operand = this.operand(operand);
            let op = match op {
                UnaryOp::Neg => Op::Neg,
                UnaryOp::Not => Op::Not,
                UnaryOp::BitNot => Op::BitNot,
            };
            this.code().abc(op, dst, operand.reg.0, 0, span);
        });
    }

    fn throw(&mut self, operand: &Expr, span: Span) {
        self.scoped(|this| {
            let operand = this.operand(operand);
            this.code().a_bc(Op::Throw, operand.reg, 0, span);
        });
    }

    fn yield_to(&mut self, value: Option<&Expr>, span: Span, dst: Reg) {
        self.scoped(|this| {
            let reg = this.alloc();
            match value {
                Some(e) => this.expr_to(e, reg),
                None => this.code().a_bc(Op::LoadNull, reg, 0, span),
            }
            this.code().abc(Op::Yield, dst, reg.0, 0, span);
        });
    }

    /// `if`, with its value in `dst` if somebody needs it.
    pub(super) fn if_expr(&mut self, i: &If, dst: Option<Reg>) {
        let end = self.code().label();
        for (index, (condition, block)) in i.arms.iter().enumerate() {
            let next = self.code().label();
            self.jump_if(condition, false, next);
            self.block_value(block, dst);
            if index + 1 < i.arms.len() || i.otherwise.is_some() || dst.is_some() {
                self.code().jump_to(end, block.span);
            }
            self.code().place_label(next);
        }
        match (&i.otherwise, dst) {
            (Some(block), _) => self.block_value(block, dst),
            (None, Some(dst)) => {
                let span = i.arms.last().map(|(_, block)| block.span).unwrap_or_default();
                self.code().a_bc(Op::LoadNull, dst, 0, span);
            }
            (None, None) => {}
        }
        self.code().place_label(end);
    }

    /// The statements of a block in a scope of its own, with the value of the last in `dst`.
    pub(super) fn block_value(&mut self, block: &Block, dst: Option<Reg>) {
        let Some(dst) = dst else { return self.block(block) };
        self.scoped(|this| {
            this.enter_block(&block.body, block.span);
            match block.body.split_last() {
                Some((Stmt { kind: StmtKind::Expr(e), .. }, before)) => {
                    before.iter().for_each(|stmt| this.statement(stmt));
                    this.expr_to(e, dst);
                }
                _ => {
                    block.body.iter().for_each(|stmt| this.statement(stmt));
                    this.code().a_bc(Op::LoadNull, dst, 0, block.span);
                }
            }
        });
    }
}

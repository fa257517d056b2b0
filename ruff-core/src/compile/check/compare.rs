//! Comparisons with only one outcome.

use super::Checker;
use super::kind::{Kind, Known};
use crate::code::Code;
use crate::syntax::ast::*;
use crate::syntax::source::Span;
use std::cmp::Ordering;

impl Checker<'_, '_> {
    /// `left op right`; the left expression is absent if it is a part of a chain.
    pub(super) fn comparison(
        &mut self,
        op: BinaryOp,
        (left, left_known): (Option<&Expr>, &Known),
        (right, right_known): (&Expr, &Known),
        span: Span,
    ) {
        let are_literals = left.is_some_and(is_literal) && is_literal(right);
        let is_equality = matches!(op, BinaryOp::Eq | BinaryOp::Ne);
        if is_equality && never_equal(left_known, right_known) {
            return match (op, are_literals) {
                (BinaryOp::Ne, true) => {}
                (_, true) => self.warn_of_false(span),
                _ => self.report_kinds(op, left_known, right_known, span),
            };
        }
        let is_false = match left {
            Some(left) if are_literals => literals_differ(op, left, right),
            Some(left) => is_irreflexive(op) && is_same_name(left, right) && !self.declared.has_order(),
            None => false,
        };
        if is_false {
            self.warn_of_false(span);
        }
    }

    fn warn_of_false(&mut self, span: Span) {
        self.warning(Code::ALWAYS_FALSE, span, "Comparison is always false");
    }

    /// Nothing enforces annotations, so a test for null against one is sensible.
    fn report_kinds(&mut self, op: BinaryOp, left: &Known, right: &Known, span: Span) {
        let is_null = |known: &Known| known.single() == Some(Kind::Null);
        if is_null(left) && right.is_declared || is_null(right) && left.is_declared {
            return;
        }
        let outcome = if op == BinaryOp::Eq { "false" } else { "true" };
        let (Some(left), Some(right)) = (&left.kinds, &right.kinds) else { return };
        let comparison = format!("{} {} {}", self.text(left), op.sign(), self.text(right));
        self.error(Code::CONSTANT_COMPARISON, span, format!("Comparison is always {outcome}: {comparison}"));
    }
}

/// Are the kinds known, and is there no pair that can be equal? A struct on the left decides for itself.
fn never_equal(left: &Known, right: &Known) -> bool {
    let (Some(left), Some(right)) = (&left.kinds, &right.kinds) else { return false };
    let is_possible = |kind: &Kind| kind.is_struct() || right.iter().any(|other| kind.is_comparable(*other));
    !left.is_empty() && !right.is_empty() && !left.iter().any(is_possible)
}

/// Is it a literal of one value?
fn is_literal(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Str(_) => true,
        ExprKind::Paren(inner) => is_literal(inner),
        _ => false,
    }
}

/// Is the comparison of two literals of one kind false?
fn literals_differ(op: BinaryOp, left: &Expr, right: &Expr) -> bool {
    let order = match (plain(left), plain(right)) {
        (ExprKind::Int(a), ExprKind::Int(b)) => Some(a.cmp(b)),
        (ExprKind::Float(a), ExprKind::Float(b)) => a.partial_cmp(b),
        (ExprKind::Str(a), ExprKind::Str(b)) => Some(a.cmp(b)),
        (ExprKind::Bool(a), ExprKind::Bool(b)) if matches!(op, BinaryOp::Eq | BinaryOp::Ne) => Some(a.cmp(b)),
        _ => None,
    };
    order.is_some_and(|order| match op {
        BinaryOp::Eq => order != Ordering::Equal,
        BinaryOp::Ne => order == Ordering::Equal,
        BinaryOp::Lt => order != Ordering::Less,
        BinaryOp::Le => order == Ordering::Greater,
        BinaryOp::Gt => order != Ordering::Greater,
        BinaryOp::Ge => order == Ordering::Less,
        _ => false,
    })
}

fn plain(e: &Expr) -> &ExprKind {
    if let ExprKind::Paren(inner) = &e.kind { plain(inner) } else { &e.kind }
}

/// Is it false of a value and itself? `!=` is not: it is true of NaN.
fn is_irreflexive(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::Lt | BinaryOp::Gt)
}

fn is_same_name(left: &Expr, right: &Expr) -> bool {
    matches!((&left.kind, &right.kind), (ExprKind::Name(a), ExprKind::Name(b)) if a == b)
}

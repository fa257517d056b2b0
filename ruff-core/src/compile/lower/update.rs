//! Updates that cost the same as in-place methods: `xs := push(xs, v)`, `s += t`.
//!
//! A local variable needs nothing special: its last use is a move. For other places the value is taken out on loan, changed, and
//! given back, also if the operation fails.

use super::Lower;
use super::arguments::{Lent, Loan};
use super::call::CallArgs;
use super::effects::{Calm, name_of};
use super::path::Step;
use super::variable::{Access, Root};
use crate::bytecode::{Op, Reg};
use crate::compile::{fold, kinds};
use crate::syntax::ast::*;
use crate::syntax::source::Span;

/// Builtins that return their first argument, changed, and leave it as it is if they fail.
const UPDATES: &[&str] =
    &["push", "append", "insert", "update", "set_add", "set_remove", "queue_enqueue", "stack_push"];

/// Builtins that return a string.
const TEXT_BUILTINS: &[&str] = &[
    "str",
    "to_string",
    "join",
    "repeat",
    "char_at",
    "substring",
    "trim",
    "format",
    "to_upper",
    "to_lower",
    "upper",
    "lower",
];

impl Lower<'_, '_> {
    /// `place := update(place, …)` and `place := place + …`; gives whether it was one and is done.
    pub(super) fn update_in_place(&mut self, root: &Root, path: &[Step<'_>], value: &Expr, span: Span) -> bool {
        if path.is_empty() && self.is_plain_local(root) || root.is_field {
            return false;
        }
        match &value.kind {
            ExprKind::Binary { first, rest } if rest.iter().all(|(op, _)| *op == BinaryOp::Add) => {
                let operands: Vec<&Expr> = rest.iter().map(|(_, e)| e).collect();
                self.is_same_place(root, path, first) && self.append_in_place(root, path, &operands, span)
            }
            ExprKind::Postfix { base, suffixes } => {
                let [Suffix { kind: SuffixKind::Call(args), .. }] = suffixes.as_slice() else { return false };
                let Some((name, name_span)) = name_of(base) else { return false };
                if !self.is_native(name, name_span) || !UPDATES.contains(&&**name) {
                    return false;
                }
                let [Arg::Positional(first), others @ ..] = args.as_slice() else { return false };
                let is_calm = |arg: &Arg| matches!(arg, Arg::Positional(e) if self.calmness(e) < Calm::Active);
                if !self.is_same_place(root, path, first) || !others.iter().all(is_calm) {
                    return false;
                }
                self.scoped(|this| this.update_on_loan(root, path, (name, others), value.span));
                true
            }
            _ => false,
        }
    }

    fn update_on_loan(&mut self, root: &Root, path: &[Step<'_>], (name, others): (&Name, &[Arg]), span: Span) {
        let steps = self.path_steps(path, &|_, _| false);
        let place = self.place_of(root, steps);
        let (error, _rest, value) = (self.alloc(), self.alloc(), self.alloc());
        let window = self.alloc();
        self.plain_window(CallArgs { piped: None, args: others }, Vec::new());
        let loan = Loan { place, value, error, window: Some(window) };
        self.code().note_variable(&root.name);
        self.begin_loans(&[Lent::Loan(loan)], span);
        let native = self.input.program.native(name);
        let count = others.len() as u16 + 1;
        self.code().ext(Op::CallNative, (value, window.0, count), native, 0, span);
        self.code().close_region();
        self.code().a_bc(Op::Restore, value, place, span);
    }

    /// `place += operand …`, where the sum may be text that grows in place.
    pub(super) fn append_in_place(&mut self, root: &Root, path: &[Step<'_>], operands: &[&Expr], span: Span) -> bool {
        let is_local = matches!(root.access, Access::Register(_));
        if path.is_empty() && is_local || root.is_field || !operands.iter().all(|e| self.calmness(e) < Calm::Active) {
            return false;
        }
        // If a later sum fails, the earlier ones must not show: text is joined before it is appended.
        let is_joined = operands.len() == 1 || operands.first().is_some_and(|e| self.is_text(e));
        let is_likely = is_joined
            && match path.is_empty() {
                true => self.may_hold_text(root) && !operands.iter().any(|e| kinds::is_numeric(e)),
                false => {
                    operands.iter().any(|e| self.is_text(e))
                        || self.is_text_member(path) && !operands.iter().any(|e| kinds::is_numeric(e))
                }
            };
        if !is_likely {
            return false;
        }
        self.scoped(|this| {
            let steps = this.path_steps(path, &|_, _| false);
            let place = this.place_of(root, steps);
            let sum = this.alloc();
            this.appended_sum(operands, span, sum);
            let (error, _rest, value) = (this.alloc(), this.alloc(), this.alloc());
            let loan = Loan { place, value, error, window: None };
            this.code().note_variable(&root.name);
            this.begin_loans(&[Lent::Loan(loan)], span);
            this.code().abc(Op::AddTake, value, value.0, sum.0, span);
            this.end_loans(&[Lent::Loan(loan)], span);
        });
        true
    }

    /// `sum :=` the operands together.
    fn appended_sum(&mut self, operands: &[&Expr], span: Span, sum: Reg) {
        let Some((first, rest)) = operands.split_first() else { return };
        self.expr_to(first, sum);
        for operand in rest {
            self.scoped(|this| {
                let right = this.operand(operand);
                this.code().abc(Op::AddTake, sum, sum.0, right.reg.0, span);
            });
        }
    }

    /// Is the expression the same place, with indexes that mean the same when evaluated again?
    fn is_same_place(&self, root: &Root, path: &[Step<'_>], e: &Expr) -> bool {
        let (base, suffixes): (&Expr, &[Suffix]) = match &e.kind {
            ExprKind::Postfix { base, suffixes } => (base, suffixes),
            _ => (e, &[]),
        };
        let Some((name, span)) = name_of(base) else { return false };
        let same_root = self.root(name, span).is_some_and(|r| r.access == root.access && r.name == root.name);
        same_root
            && suffixes.len() == path.len()
            && suffixes.iter().zip(path).all(|(suffix, step)| match (Step::of(suffix), step) {
                (Some(Step::Field(a)), Step::Field(b)) => a.name == b.name,
                (Some(Step::Index(a)), Step::Index(b)) => self.is_same_index(a, b),
                _ => false,
            })
    }

    fn is_same_index(&self, a: &Expr, b: &Expr) -> bool {
        match (fold::literal(a), fold::literal(b)) {
            (Some(a), Some(b)) => return a == b,
            (None, None) => {}
            _ => return false,
        }
        let access = |e| name_of(e).and_then(|(name, span)| self.root(name, span)).map(|root| root.access);
        access(a).is_some() && access(a) == access(b)
    }

    /// Is the variable ever assigned what may be text?
    fn may_hold_text(&self, root: &Root) -> bool {
        let names = self.input.names;
        match (root.access, root.variable.and_then(|id| names.variable(id))) {
            (Access::Global(id), _) => names.maybe_text.contains(&id) || root.variable.is_none(),
            (_, Some(variable)) => variable.maybe_text,
            _ => true,
        }
    }

    /// Is the place a field, or an entry of a dict, with a name that somewhere is given a text?
    fn is_text_member(&self, path: &[Step<'_>]) -> bool {
        let name = match path.last() {
            Some(Step::Field(field)) => &field.name,
            Some(Step::Index(Expr { kind: ExprKind::Str(name), .. })) => name,
            _ => return false,
        };
        self.input.names.text_members.contains(name)
    }

    /// Is the value certainly text?
    fn is_text(&self, e: &Expr) -> bool {
        match &e.kind {
            _ if kinds::is_written_text(e) => true,
            ExprKind::Paren(inner) => self.is_text(inner),
            ExprKind::Binary { first, rest } => {
                rest.iter().all(|(op, _)| *op == BinaryOp::Add)
                    && (self.is_text(first) || rest.iter().any(|(_, e)| self.is_text(e)))
            }
            ExprKind::Postfix { base, suffixes } => {
                matches!(suffixes.as_slice(), [Suffix { kind: SuffixKind::Call(_), .. }])
                    && name_of(base)
                        .is_some_and(|(name, span)| self.is_native(name, span) && TEXT_BUILTINS.contains(&&**name))
            }
            _ => false,
        }
    }
}

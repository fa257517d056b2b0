//! Leaving code early: loops, `return`, `try`, `?`, and the code that runs out of line.
//!
//! A `finally` block is emitted once. Whoever leaves its `try` notes in a register how it was left (a number of the exit) and the
//! value that goes with it, and jumps to the block; after the block a chain of tests goes on with that exit.

use super::arguments::Loan;
use super::{FrameKind, Lower};
use crate::bytecode::{Const, Op, Reg};
use crate::compile::emit::{Label, RegionId};
use crate::syntax::ast::*;
use crate::syntax::source::Span;

/// What a `break`, `continue` or `return` has to pass.
pub(super) enum FlowScope {
    Loop { id: u32, next: Label, end: Label },
    Finally(Finally),
}

/// A `try` with a `finally` block.
pub(super) struct Finally {
    label: Label,
    /// Which exit was taken.
    kind: Reg,
    /// The error or the result that goes with it.
    value: Reg,
    exits: Vec<Exit>,
}

/// A way to leave a block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    Return,
    /// Of the loop with that number.
    Break(u32),
    Continue(u32),
}

/// The block ended by itself.
const FELL_THROUGH: i64 = 0;
/// An error left the block.
const FAILED: i64 = 1;
/// The number of the first of `exits`.
const FIRST_EXIT: i64 = 2;

/// Code that stands after the function's own.
pub(super) enum Stub {
    /// Gives a loan back and goes on with the error.
    GiveBack { label: Label, loan: Loan, region: Option<RegionId>, span: Span },
    /// Returns the `Err` or `None` that `?` found.
    Return { label: Label, value: Reg, region: Option<RegionId>, span: Span },
}

impl Lower<'_, '_> {
    // ---- loops

    /// `while` and `loop`: the condition is tested before each round.
    pub(super) fn while_loop(&mut self, condition: Option<&Expr>, body: &Block) {
        let (next, end) = (self.code().label(), self.code().label());
        let head = self.code().label_here();
        if let Some(condition) = condition {
            self.jump_if(condition, false, end);
        }
        self.enter_loop(next, end);
        self.block(body);
        self.leave_loop();
        self.code().place_label(next);
        self.code().jump(Op::Loop, Reg(0), head, body.span);
        self.code().place_label(end);
    }

    /// `for`: the state of the iteration in three registers, then the loop variables, anew in each round.
    pub(super) fn for_loop(&mut self, f: &For) {
        self.scoped(|this| {
            let iterator = this.frame.code.alloc_run(3);
            let span = f.subject.span;
            let (first_pattern, second_pattern, op) = match (this.prepare_pairs(f, iterator), &f.second) {
                (Some([first, second]), _) => (first, Some(second), Op::ForNextParts),
                (None, Some(second)) => (&f.first, Some(second), Op::ForNextPair),
                (None, None) => (&f.first, None, Op::ForNext),
            };
            if op != Op::ForNextParts {
                this.prepare_iteration(&f.subject, iterator);
            }
            let (body, next, end) = (this.code().label(), this.code().label(), this.code().label());
            this.code().jump_to(next, span);
            this.code().place_label(body);
            this.enter_loop(next, end);
            let (first, second) = this.scoped(|this| {
                let first = this.alloc();
                let second = second_pattern.map(|_| this.alloc());
                this.bind_value(first_pattern, BindingMode::Mut, first, f.body.span);
                if let (Some(pattern), Some(reg)) = (second_pattern, second) {
                    this.bind_value(pattern, BindingMode::Mut, reg, f.body.span);
                }
                this.enter_block(&f.body.body, f.body.span);
                f.body.body.iter().for_each(|stmt| this.statement(stmt));
                (first, second)
            });
            this.leave_loop();
            this.code().place_label(next);
            let second = second.map_or(0, |second| second.0 as u32);
            this.code().ext_jump_x(op, (iterator, first.0, 0), body, second, span);
            this.code().place_label(end);
            this.code().a_bc(Op::Drop, iterator, 0, span);
            if op == Op::ForNextParts {
                this.code().a_bc(Op::Drop, Reg(iterator.0 + 2), 0, span);
            }
        });
    }

    fn prepare_iteration(&mut self, subject: &Expr, iterator: Reg) {
        if let ExprKind::Postfix { base, suffixes } = &subject.kind
            && let [Suffix { kind: SuffixKind::Call(args), .. }] = suffixes.as_slice()
            && let Some((name, span)) = super::effects::name_of(base)
            && &**name == "range"
            && self.is_native(name, span)
            && (1..=3).contains(&args.len())
            && args.iter().all(|arg| matches!(arg, Arg::Positional(_)))
        {
            for (index, arg) in args.iter().enumerate() {
                if let Arg::Positional(e) = arg {
                    self.expr_to(e, Reg(iterator.0 + index as u16));
                }
            }
            return self.code().abc(Op::ForPrepareRange, iterator, 0, args.len() as u16, subject.span);
        }
        if let ExprKind::Range { start, end, inclusive } = &subject.kind {
            self.expr_to(start, iterator);
            self.expr_to(end, Reg(iterator.0 + 1));
            return self.code().abc(Op::ForPrepareSpan, iterator, 0, u16::from(*inclusive), subject.span);
        }
        self.expr_to(subject, iterator);
        self.code().a_bc(Op::ForPrepare, iterator, 0, subject.span);
    }

    fn enter_loop(&mut self, next: Label, end: Label) {
        let id = self.frame.flow.len() as u32;
        self.frame.flow.push(FlowScope::Loop { id, next, end });
    }

    fn leave_loop(&mut self) {
        self.frame.flow.pop();
    }

    /// `break` or `continue` of the innermost loop.
    pub(super) fn leave_round(&mut self, is_break: bool, span: Span) {
        let innermost = self.frame.flow.iter().rev().find_map(|scope| match scope {
            FlowScope::Loop { id, .. } => Some(*id),
            FlowScope::Finally(_) => None,
        });
        let Some(id) = innermost else { return };
        self.take_exit(if is_break { Exit::Break(id) } else { Exit::Continue(id) }, None, span);
    }

    // ---- exits

    /// `return`, with a value or without.
    pub(super) fn return_statement(&mut self, value: Option<&Expr>, span: Span) {
        match value {
            None => self.take_exit(Exit::Return, None, span),
            Some(e) => self.return_value(e, span),
        }
    }

    /// Returns the value of an expression; a branch of an `if` returns its own.
    fn return_value(&mut self, e: &Expr, span: Span) {
        if let ExprKind::If(i) = &e.kind
            && !self.passes_finally()
        {
            return self.return_if(i, span);
        }
        if let Some((_, reg)) = self.local_variable(e)
            && !self.frame.in_out.contains(&reg)
            && !self.passes_finally()
        {
            return self.take_exit(Exit::Return, Some(reg), span);
        }
        self.scoped(|this| {
            let reg = this.alloc();
            this.expr_to(e, reg);
            this.take_exit(Exit::Return, Some(reg), span);
        });
    }

    fn return_if(&mut self, i: &If, span: Span) {
        for (condition, block) in &i.arms {
            let next = self.code().label();
            self.jump_if(condition, false, next);
            self.return_block(block, span);
            self.code().place_label(next);
        }
        match &i.otherwise {
            Some(block) => self.return_block(block, span),
            None => self.take_exit(Exit::Return, None, span),
        }
    }

    fn return_block(&mut self, block: &Block, span: Span) {
        self.scoped(|this| {
            this.enter_block(&block.body, block.span);
            let (last, before) = match block.body.split_last() {
                Some((Stmt { kind: StmtKind::Expr(e), .. }, before)) => (Some(e), before),
                _ => (None, block.body.as_slice()),
            };
            before.iter().for_each(|stmt| this.statement(stmt));
            match last {
                Some(e) => this.return_value(e, span),
                None => this.take_exit(Exit::Return, None, span),
            }
        });
    }

    fn passes_finally(&self) -> bool {
        self.frame.flow.iter().any(|scope| matches!(scope, FlowScope::Finally(_)))
    }

    /// Leaves by an exit, through the `finally` blocks on its way. The value is taken.
    pub(super) fn take_exit(&mut self, exit: Exit, value: Option<Reg>, span: Span) {
        for index in (0..self.frame.flow.len()).rev() {
            let Some(scope) = self.frame.flow.get_mut(index) else { break };
            match scope {
                FlowScope::Finally(finally) => {
                    let known = finally.exits.iter().position(|e| *e == exit);
                    let number = known.unwrap_or(finally.exits.len());
                    if known.is_none() {
                        finally.exits.push(exit);
                    }
                    let (label, kind, slot) = (finally.label, finally.kind, finally.value);
                    match value {
                        Some(value) => self.move_to(slot, value, span),
                        None => self.code().a_bc(Op::LoadNull, slot, 0, span),
                    }
                    self.constant_to(Const::Int(FIRST_EXIT + number as i64), kind, span);
                    return self.code().jump_to(label, span);
                }
                FlowScope::Loop { id, next, end } => {
                    let target = match exit {
                        Exit::Break(wanted) if wanted == *id => *end,
                        Exit::Continue(wanted) if wanted == *id => *next,
                        _ => continue,
                    };
                    return self.code().jump_to(target, span);
                }
            }
        }
        self.leave_function(value, span);
    }

    fn leave_function(&mut self, value: Option<Reg>, span: Span) {
        self.unbox_in_out(span);
        match value {
            Some(value) => self.code().a_bc(Op::Return, value, 0, span),
            None => self.code().a_bc(Op::ReturnNull, Reg(0), 0, span),
        }
    }

    /// The final values of in-out parameters that live in cells.
    pub(super) fn unbox_in_out(&mut self, span: Span) {
        for reg in self.frame.boxed_in_out.clone() {
            self.code().abc(Op::GetCell, reg, reg.0, 0, span);
        }
    }

    /// `dst := value?`
    pub(super) fn unwrap(&mut self, value: Reg, span: Span, dst: Reg) {
        let result = self.scratch_for(dst);
        let failed = self.code().label();
        self.code().ext_jump_x(Op::Unwrap, (result, value.0, 0), failed, 0, span);
        self.move_to(dst, result, span);
        if self.frame.kind == FrameKind::Function && !self.passes_finally() {
            let region = self.code().innermost_region();
            return self.frame.stubs.push(Stub::Return { label: failed, value: result, region, span });
        }
        let end = self.code().label();
        self.code().jump_to(end, span);
        self.code().place_label(failed);
        match self.frame.kind {
            FrameKind::Main => self.code().a_bc(Op::RaiseUnhandled, result, 0, span),
            FrameKind::Function => self.take_exit(Exit::Return, Some(result), span),
        }
        self.code().place_label(end);
    }

    /// Emits the code that stands after the function's own.
    pub(super) fn flush_stubs(&mut self) {
        for stub in std::mem::take(&mut self.frame.stubs) {
            let (Stub::GiveBack { region, .. } | Stub::Return { region, .. }) = stub;
            if let Some(region) = region {
                self.code().reopen_region(region);
            }
            match stub {
                Stub::GiveBack { label, loan, span, .. } => {
                    self.code().place_label(label);
                    self.give_back(&loan, span);
                    self.code().a_bc(Op::Rethrow, loan.error, 0, span);
                }
                Stub::Return { label, value, span, .. } => {
                    self.code().place_label(label);
                    self.leave_function(Some(value), span);
                }
            }
            if region.is_some() {
                self.code().close_region();
            }
        }
    }

    // ---- try

    pub(super) fn try_stmt(&mut self, t: &Try) {
        match &t.finally {
            None => self.try_except(&t.body, t.except.as_ref()),
            Some(finally) => self.scoped(|this| {
                this.try_finally(finally, |this| this.try_except(&t.body, t.except.as_ref()));
            }),
        }
    }

    fn try_except(&mut self, body: &Block, except: Option<&Except>) {
        let Some(except) = except else { return self.block(body) };
        self.scoped(|this| {
            let error = this.alloc();
            let (handler, end) = (this.code().label(), this.code().label());
            this.code().open_region(handler, error, true);
            this.block(body);
            this.code().close_region();
            this.code().jump_to(end, body.span);
            this.code().place_label(handler);
            this.scoped(|this| {
                if let Some(name) = &except.name {
                    this.bind_value(&BindPattern::Name(name.clone()), BindingMode::Mut, error, name.span);
                }
                this.enter_block(&except.body.body, except.body.span);
                except.body.body.iter().for_each(|stmt| this.statement(stmt));
            });
            this.code().place_label(end);
        });
    }

    /// Runs `block` after the code of `body`, however that is left.
    pub(super) fn try_finally(&mut self, block: &Block, body: impl FnOnce(&mut Self)) {
        let (kind, value) = (self.alloc(), self.alloc());
        let (failed, label) = (self.code().label(), self.code().label());
        self.frame.flow.push(FlowScope::Finally(Finally { label, kind, value, exits: Vec::new() }));
        self.code().open_region(failed, value, false);
        body(self);
        self.code().close_region();
        let exits = match self.frame.flow.pop() {
            Some(FlowScope::Finally(finally)) => finally.exits,
            _ => Vec::new(),
        };
        self.constant_to(Const::Int(FELL_THROUGH), kind, block.span);
        self.code().jump_to(label, block.span);
        self.code().place_label(failed);
        self.constant_to(Const::Int(FAILED), kind, block.span);
        self.code().place_label(label);
        self.block(block);
        self.resume_exits(&exits, (kind, value), block.span);
    }

    /// Goes on with what the `finally` block interrupted.
    fn resume_exits(&mut self, exits: &[Exit], (kind, value): (Reg, Reg), span: Span) {
        let end = self.code().label();
        let end_span = Span { start: span.end.saturating_sub(1), end: span.end };
        self.test_exit(kind, FAILED, end_span, |this| this.code().a_bc(Op::Rethrow, value, 0, end_span));
        for (index, exit) in exits.iter().enumerate() {
            let carried = (*exit == Exit::Return).then_some(value);
            self.test_exit(kind, FIRST_EXIT + index as i64, end_span, |this| this.take_exit(*exit, carried, end_span));
        }
        self.code().place_label(end);
    }

    fn test_exit(&mut self, kind: Reg, number: i64, span: Span, action: impl FnOnce(&mut Self)) {
        let other = self.code().label();
        match self.short_constant(Const::Int(number)) {
            Some(index) => self.code().compare_jump(Op::JumpNotEqK, kind, index, other, span),
            None => self.scoped(|this| {
                let wanted = this.alloc();
                this.constant_to(Const::Int(number), wanted, span);
                this.code().compare_jump(Op::JumpNotEq, kind, wanted.0, other, span);
            }),
        }
        action(self);
        self.code().place_label(other);
    }
}

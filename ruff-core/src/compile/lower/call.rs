//! Calls of functions, values and methods.

use super::arguments::{BoundArguments, Loan, Marks};
use super::effects::Calm;
use super::path::Step;
use super::postfix::Suffixes;
use super::variable::{Access, Root};
use super::{Lower, Operand, Origin};
use crate::bytecode::{FuncId, Op, Reg, Site};
use crate::compile::resolve::{Use, VarId};
use crate::syntax::ast::*;
use crate::syntax::source::Span;

/// The arguments of a call.
#[derive(Clone, Copy)]
pub(super) struct CallArgs<'a> {
    /// The left value of `|>`.
    pub piped: Option<Reg>,
    pub args: &'a [Arg],
}

impl CallArgs<'_> {
    /// Neither spread nor named arguments?
    pub fn is_plain(self) -> bool {
        self.args.iter().all(|arg| matches!(arg, Arg::Positional(_) | Arg::InOut(_)))
    }

    fn has_loans(self) -> bool {
        self.args.iter().any(|arg| matches!(arg, Arg::InOut(_)))
    }
}

/// What is called.
#[derive(Clone)]
enum Callee {
    /// With its arguments, if some are named or left out.
    Function(FuncId, Option<BoundArguments>),
    Native(Name),
    Value(Operand),
}

impl Lower<'_, '_> {
    /// `name(…)`
    pub(super) fn call_named(&mut self, name: &Name, name_span: Span, call: CallArgs<'_>, span: Span, dst: Reg) {
        self.scoped(|this| {
            let root = this.root(name, name_span);
            let function = root.as_ref().and_then(|r| this.constant_function(r.access));
            let callee = match function.map(|function| (function, this.bind_arguments(function, call))) {
                Some((function, bound)) if call.is_plain() || bound.is_some() => Callee::Function(function, bound),
                _ if this.is_native(name, name_span) && call.is_plain() && !call.has_loans() => {
                    Callee::Native(name.clone())
                }
                _ => {
                    let operand = this.name_operand(name, name_span);
                    if root.is_none() && this.input.names.name_at(name_span) == Use::Undefined {
                        return;
                    }
                    Callee::Value(operand)
                }
            };
            this.call(callee, call, span, dst);
        });
    }

    /// Does the name mean a builtin function?
    pub(super) fn is_native(&self, name: &Name, span: Span) -> bool {
        self.input.names.name_at(span) == Use::Builtin && self.input.builtins.constant(name).is_none()
    }

    /// The call of a value.
    pub(super) fn call_value(&mut self, callee: Operand, call: CallArgs<'_>, span: Span, dst: Reg) {
        self.scoped(|this| this.call(Callee::Value(callee), call, span, dst));
    }

    fn call(&mut self, callee: Callee, call: CallArgs<'_>, span: Span, dst: Reg) {
        let callee = match callee {
            Callee::Value(operand) => {
                let changed = |this: &Self, id: VarId| call.args.iter().any(|arg| this.argument_may_change(arg, id));
                let reg = self.kept(operand, &changed, span);
                Callee::Value(Operand { reg, origin: operand.origin })
            }
            other => other,
        };
        let result = if call.has_loans() { self.scratch_for(dst) } else { dst };
        let reserved = self.reserve_loans(call.args);
        let window = self.mark() as u16;
        let bound = if let Callee::Function(_, bound) = &callee { bound.as_ref() } else { None };
        if call.is_plain() || bound.is_some() {
            let marks = match bound {
                Some(bound) => self.bound_window(call, bound, span),
                None => self.plain_window(call, reserved),
            };
            let count = self.mark() as u16 - window;
            self.begin_loans(&marks.loans, span);
            match callee {
                Callee::Function(id, _) => {
                    let site = if marks.loans.is_empty() { u32::MAX } else { self.call_site(&marks) };
                    self.code().ext(Op::CallFunction, (result, window, count), id.0, site, span);
                }
                Callee::Native(name) => {
                    let native = self.input.program.native(&name);
                    self.code().ext(Op::CallNative, (result, window, count), native, 0, span);
                }
                Callee::Value(value) => {
                    let site = self.call_site(&marks);
                    self.code().ext(Op::Call, (result, window, count), site, value.reg.0 as u32, span);
                }
            }
            self.end_loans(&marks.loans, span);
        } else if let Callee::Value(value) = callee {
            let marks = self.spread_window(call, reserved, span);
            let count = self.mark() as u16 - window;
            self.begin_loans(&marks.loans, span);
            let site = self.call_site(&marks);
            self.code().ext(Op::CallSpread, (result, window, count), site, value.reg.0 as u32, span);
            self.end_loans(&marks.loans, span);
        }
        self.move_to(dst, result, span);
    }

    /// The site of a call without a name.
    fn call_site(&mut self, marks: &Marks) -> u32 {
        self.code().site(marks.site(None))
    }

    fn method_site(&mut self, method: &Ident, marks: &Marks) -> u32 {
        self.code().site(marks.site(Some(&method.name)))
    }

    /// `value.method(…)` where the value is not a place.
    pub(super) fn value_method(&mut self, value: Operand, method: &Ident, call: CallArgs<'_>, span: Span, dst: Reg) {
        self.scoped(|this| {
            let result = if call.has_loans() { this.scratch_for(dst) } else { dst };
            let reserved = this.reserve_loans(call.args);
            let in_place = !matches!(value.origin, Origin::Variable(_)) && value.reg.0 as u32 + 1 == this.mark();
            let window = if in_place { value.reg } else { this.alloc() };
            if !in_place {
                this.operand_to(value, window, span);
            }
            let (marks, op) = if call.is_plain() {
                (this.plain_window(call, reserved), Op::CallMethod)
            } else {
                (this.spread_window(call, reserved, span), Op::CallMethodSpread)
            };
            let count = this.mark() as u16 - window.0 - 1;
            this.begin_loans(&marks.loans, span);
            let site = this.method_site(method, &marks);
            this.code().ext(op, (result, window.0, count), site, 0, span);
            this.end_loans(&marks.loans, span);
            this.move_to(dst, result, span);
        });
    }

    /// `root.steps.method(…)`
    pub(super) fn place_method(
        &mut self,
        root: &Root,
        steps: &[Step<'_>],
        method: &Ident,
        call: CallArgs<'_>,
        span: Span,
        dst: Reg,
    ) {
        self.scoped(|this| {
            this.check_field_root(root, span);
            let changed = |this: &Self, id: VarId| call.args.iter().any(|arg| this.argument_may_change(arg, id));
            let steps = this.path_steps(steps, &changed);
            let place = this.place_of(root, steps);
            this.place_method_at(root, place, method, call, span, dst);
        });
    }

    /// `root.steps?.method(…)`
    pub(super) fn optional_place_method(
        &mut self,
        root: &Root,
        steps: &[Step<'_>],
        method: &Ident,
        call: CallArgs<'_>,
        span: Span,
        dst: Reg,
    ) {
        let (end, present) = (self.code().label(), self.code().label());
        self.scoped(|this| {
            this.check_field_root(root, span);
            let changed = |this: &Self, id: VarId| call.args.iter().any(|arg| this.argument_may_change(arg, id));
            let steps = this.path_steps(steps, &changed);
            let place = this.place_of(root, steps);
            this.scoped(|this| {
                let value = this.alloc();
                this.code().note_variable(&root.name);
                this.code().a_bc(Op::GetPath, value, place, span);
                this.code().jump(Op::JumpIfNotNull, value, present, span);
                this.code().a_bc(Op::LoadNull, dst, 0, span);
                this.code().jump_to(end, span);
                this.code().place_label(present);
                this.code().a_bc(Op::Drop, value, 0, span);
            });
            this.place_method_at(root, place, method, call, span, dst);
        });
        self.code().place_label(end);
    }

    /// A method call on a place. If the method may change it, the loan is given back also when the call fails.
    fn place_method_at(&mut self, root: &Root, place: u32, method: &Ident, call: CallArgs<'_>, span: Span, dst: Reg) {
        let changes_root = |id| call.args.iter().any(|arg| self.argument_may_change(arg, id));
        let is_root_stable = is_local(root) && !root.variable.is_some_and(changes_root);
        let is_prepared = call.is_plain() && !is_root_stable && !call.args.iter().all(|arg| self.is_calm_argument(arg));
        let is_private = self.is_private(root.access);
        let is_overwritten = call.has_loans() || root.access == Access::Register(dst);
        let result = if is_overwritten { self.scratch_for(dst) } else { dst };
        let reserved = self.reserve_loans(call.args);
        let error = self.alloc();
        let rest = self.alloc();
        let window = self.alloc();
        if is_prepared {
            let site = self.code().named_site(&method.name);
            self.code().note_variable(&root.name);
            self.code().ext(Op::PrepareMethod, (window, 0, 0), site, place, span);
        }
        let (marks, op) = match (call.is_plain(), is_prepared) {
            (false, _) => (self.spread_window(call, reserved, span), Op::CallPlaceMethodSpread),
            (true, true) => (self.plain_window(call, reserved), Op::CallPreparedMethod),
            (true, false) => (self.plain_window(call, reserved), Op::CallPlaceMethod),
        };
        let count = self.mark() as u16 - window.0 - 1;
        self.begin_loans(&marks.loans, span);
        let site = self.method_site(method, &marks);
        if !is_private {
            self.code().a_bc(Op::LoadNull, rest, 0, span);
            self.protect_loan(&Loan { place, value: window, error, window: None }, span);
        }
        self.code().note_variable(&root.name);
        self.code().ext(op, (result, window.0, count), site, place, span);
        if !is_private {
            self.code().close_region();
        }
        self.code().a_bc(Op::Restore, window, place, span);
        self.end_loans(&marks.loans, span);
        self.move_to(dst, result, span);
    }

    fn is_calm_argument(&self, arg: &Arg) -> bool {
        match arg {
            Arg::Positional(e) => self.calmness(e) < Calm::Active || matches!(e.kind, ExprKind::Lambda(_)),
            _ => false,
        }
    }

    /// A field that is visible as a variable has a value only if the method was called on an instance.
    pub(super) fn check_field_root(&mut self, root: &Root, span: Span) {
        if let (Access::Register(reg), true) = (root.access, root.is_field) {
            self.code().note_variable(&root.name);
            self.code().a_bc(Op::CheckDefined, reg, 0, span);
        }
    }

    /// One step of `value |> target`.
    pub(super) fn pipe_step(&mut self, value: Reg, target: &Expr, span: Span, dst: Reg) {
        if let ExprKind::Postfix { base, suffixes } = &target.kind
            && matches!(suffixes.last(), Some(Suffix { kind: SuffixKind::Call(_), .. }))
        {
            return self.suffixes_to(base, Suffixes { list: suffixes, begin: base.span, piped: Some(value) }, dst);
        }
        let call = CallArgs { piped: Some(value), args: &[] };
        if let Some((name, name_span)) = super::effects::name_of(target) {
            return self.call_named(name, name_span, call, span, dst);
        }
        let callee = self.operand(target);
        self.call_value(callee, call, span, dst);
    }

    /// `E::V(…)`
    pub(super) fn new_variant(&mut self, definition: Operand, name: &Ident, call: CallArgs<'_>, span: Span, dst: Reg) {
        let is_simple = call.args.iter().all(|arg| matches!(arg, Arg::Positional(_)));
        let site = self.code().named_site(&name.name);
        self.scoped(|this| {
            if !is_simple {
                let constructor = this.alloc();
                this.code().ext(Op::GetVariant, (constructor, definition.reg.0, 0), site, 0, span);
                let callee = Operand { reg: constructor, origin: Origin::Temporary };
                return this.call(Callee::Value(callee), call, span, dst);
            }
            let window = this.mark() as u16;
            this.plain_window(call, Vec::new());
            let count = this.mark() as u16 - window;
            this.code().ext(Op::NewVariant, (dst, window, count), site, definition.reg.0 as u32, span);
            if definition.reg != dst {
                this.drop_shared(definition, span);
            }
        });
    }
}

impl Marks {
    fn site(&self, name: Option<&Name>) -> Site {
        Site {
            name: name.cloned(),
            names: self.names.clone(),
            positional: self.positional,
            in_out: self.in_out.clone(),
            ..Site::default()
        }
    }
}

fn is_local(root: &Root) -> bool {
    matches!(root.access, Access::Register(_))
}

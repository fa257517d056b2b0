//! Assignments to names and places.

use super::operator::Right;
use super::path::Step;
use super::variable::{Access, Root};
use super::{Lower, Operand, Origin};
use crate::bytecode::function::Immutable;
use crate::bytecode::{Op, PlaceStep, Reg};
use crate::code::Code;
use crate::compile::resolve::{Use, VarId, module_member};
use crate::syntax::ast::*;
use crate::syntax::source::Span;

impl Lower<'_, '_> {
    pub(super) fn assign(&mut self, assign: &Assign, span: Span) {
        let place = &assign.place;
        match (place.path.is_empty(), assign.op) {
            (true, None) => self.bind_expr(&place.root, &assign.value, span),
            (true, Some(op)) => self.compound_name(&place.root, op, &assign.value, span),
            (false, op) => self.scoped(|this| this.assign_place(place, op, &assign.value, span)),
        }
    }

    /// `name := value` where the name refers to a variable.
    pub(super) fn assign_name(&mut self, ident: &Ident, value: &Expr, span: Span) {
        let Some(root) = self.root(&ident.name, ident.span) else { return };
        if let Some(immutable) = root.immutable {
            self.discard(value);
            return self.raise_immutable("reassign", immutable, &ident.name, span);
        }
        if self.update_in_place(&root, &[], value, span) {
            return;
        }
        let lower_value = |this: &mut Self, dst: Reg| match &value.kind {
            ExprKind::Lambda(function) => this.lambda_to(function, Some(&ident.name), dst),
            _ => this.expr_to(value, dst),
        };
        if let Access::Register(reg) = root.access {
            return lower_value(self, reg);
        }
        self.scoped(|this| {
            let temp = this.alloc();
            lower_value(this, temp);
            this.write_root(&root, temp, span);
        });
    }

    /// The variable that a name refers to gets the value taken from a register.
    pub(super) fn assign_register(&mut self, ident: &Ident, value: Reg, span: Span) {
        let Some(root) = self.root(&ident.name, ident.span) else { return };
        match root.immutable {
            Some(immutable) => self.raise_immutable("reassign", immutable, &ident.name, span),
            None => self.write_root(&root, value, span),
        }
    }

    /// `name op= value`
    fn compound_name(&mut self, ident: &Ident, op: BinaryOp, value: &Expr, span: Span) {
        let Some(root) = self.root(&ident.name, ident.span) else {
            return match self.input.names.name_at(ident.span) {
                Use::Builtin => self.raise_immutable("reassign", Immutable::Let, &ident.name, span),
                _ => self.raise_undefined("variable", &ident.name, ident.span),
            };
        };
        if let Some(immutable) = root.immutable {
            self.discard(value);
            return self.raise_immutable("reassign", immutable, &ident.name, span);
        }
        if op == BinaryOp::Add && self.append_in_place(&root, &[], &[value], span) {
            return;
        }
        self.scoped(|this| {
            let old = match (root.access, root.variable) {
                (Access::Register(reg), Some(id)) => {
                    this.check_field_root(&root, ident.span);
                    Operand { reg, origin: Origin::Variable(id) }
                }
                _ => {
                    let reg = this.alloc();
                    this.read_root(&root, ident.span, reg);
                    Operand { reg, origin: Origin::Temporary }
                }
            };
            let result = old.reg;
            let old = this.keep_before(old, value, ident.span);
            let right = this.right_side(op, value);
            this.binary(op, (old, false), right, result, span);
            this.write_root(&root, result, span);
        });
    }

    /// `root.path op= value`: indexes, the old value if it is needed, the right side, the store.
    fn assign_place(&mut self, place: &Place, op: Option<BinaryOp>, value: &Expr, span: Span) {
        let Some(root) = self.root(&place.root.name, place.root.span) else {
            let name = place.root.name.clone();
            return self.raise_unusable_root(&name, place.root.span);
        };
        let path: Vec<Step<'_>> = place.path.iter().map(Step::of_path).collect();
        if root.immutable.is_none() {
            let appended = (op == Some(BinaryOp::Add)).then_some(value);
            if appended.is_some_and(|value| self.append_in_place(&root, &path, &[value], span))
                || op.is_none() && self.update_in_place(&root, &path, value, span)
            {
                return;
            }
        }
        self.check_field_root(&root, place.span);
        let changed = |this: &Self, id: VarId| this.may_change(value, id);
        let steps = self.path_steps(&path, &changed);
        if let Some(immutable) = root.immutable {
            self.discard(value);
            let names = self.input.names;
            return match module_member(root.variable.and_then(|id| names.variable(id)), place) {
                Some(message) => self.raise(Code::IMMUTABLE_BINDING, &message, span),
                None => self.raise_immutable("mutate", immutable, &root.name, span),
            };
        }
        let target = self.target(&root, steps);
        let result = self.alloc();
        match op {
            None => self.expr_to(value, result),
            Some(op) => {
                self.read_target(&target, place.span, result);
                let old = Operand { reg: result, origin: Origin::Temporary };
                let right = self.right_side(op, value);
                let is_sum = op == BinaryOp::Add && matches!(right, Right::Register(_));
                self.binary(op, (old, is_sum), right, result, span);
            }
        }
        self.write_target(&target, result, span);
    }

    /// A place that is read or written.
    fn target(&mut self, root: &Root, steps: Vec<PlaceStep>) -> Target {
        match (root.access, steps.as_slice()) {
            (Access::Register(reg), [step]) => Target::Step(reg, *step),
            _ => Target::Place(self.place_of(root, steps), root.name.clone()),
        }
    }

    fn read_target(&mut self, target: &Target, span: Span, dst: Reg) {
        match target {
            Target::Step(base, PlaceStep::Index(index)) => {
                self.code().abc(Op::GetIndex, dst, base.0, index.0, span);
            }
            Target::Step(base, PlaceStep::Field(site)) => {
                self.code().ext(Op::GetField, (dst, base.0, 0), *site, 0, span);
            }
            Target::Place(place, name) => {
                self.code().note_variable(name);
                self.code().a_bc(Op::GetPath, dst, *place, span);
            }
        }
    }

    fn write_target(&mut self, target: &Target, value: Reg, span: Span) {
        match target {
            Target::Step(base, PlaceStep::Index(index)) => {
                self.code().abc(Op::SetIndex, *base, index.0, value.0, span);
            }
            Target::Step(base, PlaceStep::Field(site)) => {
                self.code().ext(Op::SetField, (*base, value.0, 0), *site, 0, span);
            }
            Target::Place(place, name) => {
                self.code().note_variable(name);
                self.code().a_bc(Op::SetPath, value, *place, span);
            }
        }
    }
}

/// Where a value is stored.
enum Target {
    /// One step into a local variable.
    Step(Reg, PlaceStep),
    Place(u32, Name),
}

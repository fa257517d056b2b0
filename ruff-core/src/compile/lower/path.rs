//! Paths into variables: what is read and written through a root and a list of steps.

use super::effects::Calm;
use super::variable::{Access, Root};
use super::{Lower, Operand, Origin};
use crate::bytecode::{Op, Place, PlaceStep, Reg};
use crate::compile::resolve::VarId;
use crate::syntax::ast::{Expr, Index, PathStep, Suffix, SuffixKind};
use crate::syntax::source::Span;
use std::sync::atomic::AtomicU16;

/// A path with more steps is read in parts, so that the registers of its indexes stay few.
const STEPS_MAX: usize = 32;

/// A step of a path in the tree.
#[derive(Clone, Copy)]
pub(super) enum Step<'a> {
    Field(&'a crate::syntax::ast::Ident),
    Index(&'a Expr),
}

impl<'a> Step<'a> {
    /// The step that a suffix is, if it is a plain field or index.
    pub fn of(suffix: &'a Suffix) -> Option<Step<'a>> {
        match &suffix.kind {
            SuffixKind::Field(name) => Some(Step::Field(name)),
            SuffixKind::Index(Index::At(e)) => Some(Step::Index(e)),
            _ => None,
        }
    }

    /// The step of a place.
    pub fn of_path(step: &'a PathStep) -> Step<'a> {
        match step {
            PathStep::Field(name) => Step::Field(name),
            PathStep::Index(e) => Step::Index(e),
        }
    }
}

impl Lower<'_, '_> {
    /// Evaluates the index expressions of a path, each into a register that stays as it is until the path is used; `changed` says
    /// whether what is evaluated later may change a variable.
    pub(super) fn path_steps(&mut self, steps: &[Step<'_>], changed: &dyn Fn(&Self, VarId) -> bool) -> Vec<PlaceStep> {
        let mut result = Vec::with_capacity(steps.len());
        for (position, step) in steps.iter().enumerate() {
            result.push(match step {
                Step::Field(name) => PlaceStep::Field(self.code().named_site(&name.name)),
                Step::Index(e) => {
                    let operand = self.operand(e);
                    let later = steps.iter().skip(position + 1);
                    let may_change = |this: &Self, id| {
                        changed(this, id)
                            || later.clone().any(|s| matches!(s, Step::Index(e) if this.may_change(e, id)))
                    };
                    PlaceStep::Index(self.kept(operand, &may_change, e.span))
                }
            });
        }
        result
    }

    /// The register of an operand, copied if it is a variable that may change before it is used.
    pub(super) fn kept(&mut self, operand: Operand, changed: &dyn Fn(&Self, VarId) -> bool, span: Span) -> Reg {
        match operand.origin {
            Origin::Variable(id) if changed(self, id) => {
                let reg = self.alloc();
                self.copy_to(reg, operand.reg, span);
                reg
            }
            _ => operand.reg,
        }
    }

    /// An entry of the function's list of places.
    pub(super) fn place_of(&mut self, root: &Root, steps: Vec<PlaceStep>) -> u32 {
        let (name, immutable) = (root.name.clone(), root.immutable);
        self.code().add_place(Place { root: root.place_root(), name, immutable, steps, subjects: AtomicU16::new(0) })
    }

    /// How many steps may be evaluated before the path is followed at all.
    pub(super) fn path_prefix(&self, root: &Root, steps: &[Step<'_>]) -> usize {
        let private = match root.access {
            Access::Register(_) if !root.is_field => root.variable,
            _ => None,
        };
        let fits = |(position, step): &(usize, &Step<'_>)| match step {
            Step::Field(_) => true,
            Step::Index(e) if *position > 0 => self.calmness(e) == Calm::Arithmetic,
            Step::Index(e) => match private {
                Some(id) => !self.may_change(e, id),
                None => self.calmness(e) <= Calm::Reads,
            },
        };
        steps.iter().enumerate().take(STEPS_MAX).take_while(fits).count()
    }

    /// The value at the end of a path.
    pub(super) fn read_path(&mut self, root: &Root, steps: &[Step<'_>], span: Span, dst: Reg) {
        match (steps, root.access) {
            ([], _) => self.read_root(root, span, dst),
            ([step], Access::Register(reg)) => {
                self.check_field_root(root, span);
                self.scoped(|this| this.read_step(reg, *step, span, dst));
            }
            _ => self.scoped(|this| {
                this.check_field_root(root, span);
                let steps = this.path_steps(steps, &|_, _| false);
                let place = this.place_of(root, steps);
                this.code().note_variable(&root.name);
                this.code().a_bc(Op::GetPath, dst, place, span);
            }),
        }
    }

    /// `dst := base[index]` or `dst := base.name`.
    pub(super) fn read_step(&mut self, base: Reg, step: Step<'_>, span: Span, dst: Reg) {
        match step {
            Step::Field(name) => {
                let site = self.code().named_site(&name.name);
                self.code().ext(Op::GetField, (dst, base.0, 0), site, 0, span);
            }
            Step::Index(e) => {
                let index = self.operand(e);
                self.code().abc(Op::GetIndex, dst, base.0, index.reg.0, span);
                self.drop_shared(index, span);
            }
        }
    }
}

//! `==` and `!=` of values whose kinds change: ints and null natively, all else in the interpreter.

use super::arith::Right;
use super::state::{Abs, Scalar, SlotState};
use super::{Builder, Edge, Step};
use crate::hir::{Binary, Cond, Ty, Unary, Val};
use ruff_core::jit::{Decoded, Flow, tag};

impl Builder<'_, '_> {
    /// An equality that the operands' kinds do not settle: its truth into `dst`, or a jump if it is `sense`.
    pub(super) fn mixed_equality(
        &mut self,
        at: &Decoded,
        cond: Cond,
        (x, y): (u32, Right),
        dst: Option<u32>,
        sense: bool,
    ) -> Step<bool> {
        let Right::Slot(y) = y else { return self.interpret(at) };
        if !matches!(cond, Cond::Eq | Cond::Ne) || !self.may_mix(x) || !self.may_mix(y) {
            return self.interpret(at);
        }
        self.flush(x);
        self.flush(y);
        let (pc, next) = (self.pc, self.next);
        let (tx, ty) = (self.load_tag(x), self.load_tag(y));
        let mut edges = Vec::with_capacity(3);
        let int = tag::INT as i64;
        let (x_is_int, y_is_int) = (self.compare_int(Cond::Eq, tx, int), self.compare_int(Cond::Eq, ty, int));
        let are_ints = self.binary(Binary::BoolAnd, x_is_int, y_is_int);
        let (_, other) = self.fork(are_ints, false, false);
        let state = self.state.clone();
        let (a, b) = (self.load_payload(x, Ty::Int), self.load_payload(y, Ty::Int));
        let equal = self.compare(Cond::Eq, a, b);
        edges.push(self.edge_with(equal));
        // Null equals nothing else; what a struct or an object of the host says of it, its method decides.
        self.block = other;
        self.state = state;
        let null = tag::NULL as i64;
        let (x_is_null, y_is_null) = (self.compare_int(Cond::Eq, tx, null), self.compare_int(Cond::Eq, ty, null));
        let has_null = self.binary(Binary::BoolOr, x_is_null, y_is_null);
        let (x_decides, y_decides) = (self.decides(tx), self.decides(ty));
        let decides = self.binary(Binary::BoolOr, x_decides, y_decides);
        let is_plain = self.unary(Unary::BoolNot, decides);
        let is_native = self.binary(Binary::BoolAnd, has_null, is_plain);
        let (_, slow) = self.fork(is_native, false, false);
        let state = self.state.clone();
        let equal = self.compare(Cond::Eq, tx, ty);
        edges.push(self.edge_with(equal));
        self.block = slow;
        self.state = state;
        let truth = self.interpret_truth(at, dst, sense)?;
        let truth = if cond == Cond::Ne { self.unary(Unary::BoolNot, truth) } else { truth };
        edges.push(self.edge_with(truth));
        // What is needed afterwards, at the jump's target too.
        let after = if dst.is_some() { next } else { pc };
        self.set_pc(after, next);
        let results = edges[0].state.slots.len() as u32 - 1;
        self.merge_with(edges, |b, slot| slot == results || b.is_live(slot));
        self.set_pc(pc, next);
        let Some((_, equal)) = self.state.slots.pop().and_then(SlotState::scalar) else {
            return Err(super::malformed());
        };
        let truth = if cond == Cond::Ne { self.unary(Unary::BoolNot, equal) } else { equal };
        match dst {
            Some(dst) => {
                self.set(dst, Abs::Bool(truth));
                Ok(false)
            }
            None => {
                let jumps = if sense { truth } else { self.unary(Unary::BoolNot, truth) };
                self.branch_nodes(jumps)?;
                Ok(true)
            }
        }
    }

    /// May the slot hold ints and null?
    fn may_mix(&self, slot: u32) -> bool {
        let state = self.get(slot);
        matches!(state.abs, Abs::Null | Abs::Memory(super::state::Kind::Any))
            || state.scalar().is_some_and(|(scalar, _)| scalar == Scalar::Int)
    }

    /// Does a value of that tag decide by a method what it equals?
    fn decides(&mut self, tag: Val) -> Val {
        let (is_struct, is_host) =
            (self.compare_int(Cond::Eq, tag, tag::STRUCT as i64), self.compare_int(Cond::Eq, tag, tag::HOST as i64));
        self.binary(Binary::BoolOr, is_struct, is_host)
    }

    /// A way on with a truth value behind the slots.
    fn edge_with(&mut self, truth: Val) -> Edge {
        let mut state = self.state.clone();
        state.slots.push(SlotState::fresh(Abs::Bool(truth)));
        Edge { block: self.block, state }
    }

    /// Lets the interpreter compare. Gives the truth of the comparison.
    fn interpret_truth(&mut self, at: &Decoded, dst: Option<u32>, sense: bool) -> Step<Val> {
        let index = self.interpret_step(at);
        match dst {
            Some(dst) => Ok(self.load_payload(dst, Ty::Bool)),
            None => {
                debug_assert!(at.op.flow() == Flow::Branch);
                let target = at.target().map_or(0, |t| t.0);
                let jumps = self.compare_int(Cond::Eq, index, target as i64);
                Ok(if sense { jumps } else { self.unary(Unary::BoolNot, jumps) })
            }
        }
    }
}

//! Sums of strings: short ones are made, and short text is appended, without a frame.

use super::arith::Right;
use super::state::{Kind, Shape, SlotState};
use super::{Builder, Step};
use crate::hir::Val;
use ruff_core::jit::{Const, Decoded, ExitReason, Op, Operand, Pc, Stub, feedback, tag};

impl Builder<'_, '_> {
    /// `dst := x + y` of strings, as far as is known or was seen; `None` for other values.
    pub(super) fn join_texts(&mut self, at: &Decoded, dst: u32, x: u32, y: Right) -> Step<Option<bool>> {
        if !self.may_join(x, y) || self.unbox_object(x, tag::STR).is_none() {
            return Ok(None);
        }
        if let Right::Slot(slot) = y
            && self.unbox_object(slot, tag::STR).is_none()
        {
            return Ok(None);
        }
        // The interpreter keeps what it has added, also where it is dead: whether text is shared tells what later additions cost.
        if at.op == Op::Add {
            self.flush(x);
        }
        if let Right::Slot(slot) = y {
            self.flush(slot);
        }
        let Some(other) = self.right_text(y) else { return Ok(None) };
        // A variable that dies may hold the only reference.
        let grows = at.op == Op::AddTake && self.get(x).may_own();
        if grows {
            self.settle(x);
        }
        let Some((_, text)) = self.object(x) else { return Ok(None) };
        let stub = if grows { Stub::AppendShort } else { Stub::JoinShort };
        let sum = self.stub_address(stub, vec![text, other.object]);
        let finish = |b: &mut Self| {
            if grows {
                b.store_tag(x, tag::NULL);
            }
            b.put_sum(at.op, x, dst, sum);
        };
        self.unless_made(at, dst, sum, |_| {}, finish).map(Some)
    }

    /// The next instruction, if it appends the text that a slot gets to a string that is known to be one, and nothing else needs
    /// that text.
    pub(super) fn sum_of_text(&mut self, text: u32) -> Option<Decoded> {
        let context = self.context();
        let end = context.tables.graph.nodes[context.node].end;
        let sum = Decoded::at(&context.function.code, Pc(self.next)).ok()?;
        let (x, y) = (self.slot(sum.b), self.slot(sum.c));
        let is_last_use = y == text && x != text && !self.is_live_at(text, sum.next().0);
        let is_sum = matches!(sum.op, Op::Add | Op::AddTake) && self.next < end && is_last_use;
        let is_text = is_sum && self.shape_of(x).is_some_and(|shape| shape.tag == tag::STR);
        (is_text && (sum.op == Op::Add || !self.get(x).may_own())).then_some(sum)
    }

    /// `dst := x + to_string(int)`, where `text` is the slot that would hold the text of the int.
    pub(super) fn join_int(&mut self, sum: &Decoded, text: u32, int: Val) -> Step<bool> {
        let dst = sum.operand(Operand::Write).ok_or_else(super::malformed)?.bits;
        let (dst, x) = (self.slot(dst), self.slot(sum.b));
        self.fused = Some(sum.pc.0);
        self.set_pc(sum.pc.0, sum.next().0);
        self.forget_dead();
        self.clear(text);
        // As in `join_texts`.
        if sum.op == Op::Add {
            self.flush(x);
        }
        let Some((_, object)) = self.object(x) else { return Err(super::malformed()) };
        let joined = self.stub_address(Stub::JoinInt, vec![object, int]);
        let finish = |b: &mut Self| b.put_sum(sum.op, x, dst, joined);
        self.unless_made(sum, dst, joined, |b| b.make_text_of_int(text, int), finish)
    }

    /// Puts a sum into its slot. What the left operand held is gone if the instruction takes it.
    fn put_sum(&mut self, op: Op, x: u32, dst: u32, sum: Val) {
        if op == Op::AddTake {
            self.know(x, SlotState::EMPTY);
        }
        self.set_object(dst, Shape::STRING, sum);
    }

    /// Are both operands strings, as far as is known or was seen?
    fn may_join(&self, x: u32, y: Right) -> bool {
        let is_seen = self.feedback() == feedback::STRING && !self.is_widened(ExitReason::Kind);
        let may_be_text = |slot: u32| match self.get(slot).kind() {
            Kind::Object(shape) => shape.tag == tag::STR,
            Kind::Any => is_seen && self.get(slot).is_unknown(),
        };
        may_be_text(x)
            && match y {
                Right::Slot(slot) => may_be_text(slot),
                Right::Constant(index) => matches!(self.constant(index), Some(Const::Str(_))),
                Right::Int(_) | Right::Float(_) => false,
            }
    }
}

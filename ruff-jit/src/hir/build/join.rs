//! Sums of strings: short ones are made, and short text is appended, without a frame.

use super::arith::Right;
use super::state::{Kind, Shape, SlotState};
use super::{Builder, Step};
use ruff_core::jit::{Const, Decoded, ExitReason, Op, Stub, feedback, tag};

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
            if at.op == Op::AddTake {
                b.know(x, SlotState::EMPTY);
            }
            b.set_object(dst, Shape::STRING, sum);
        };
        self.unless_made(at, dst, sum, finish).map(Some)
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

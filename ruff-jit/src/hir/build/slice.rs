//! Slices of strings and arrays: a short part, all of which is there, is made without a frame.

use super::state::{Abs, Scalar, Shape};
use super::text::Text;
use super::{Builder, Step};
use crate::hir::{Binary, Region, Ty, Width};
use ruff_core::jit::{Decoded, ExitReason, Stub, feedback, layout, tag};

impl Builder<'_, '_> {
    /// `dst := subject[start..end]`, with the bounds in two slots from `bounds` on.
    pub(super) fn slice(
        &mut self,
        at: &Decoded,
        dst: u32,
        subject: u32,
        bounds: u32,
        is_inclusive: bool,
    ) -> Step<bool> {
        if self.shape_of(subject).is_none() && self.has_no_feedback() {
            return self.never_run();
        }
        let Some(tag) = self.sliced_tag(subject) else { return self.interpret(at) };
        if !self.may_be_bound(bounds) || !self.may_be_bound(bounds + 1) {
            return self.interpret(at);
        }
        let Some((_, object)) = self.unbox_object(subject, tag) else { return self.interpret(at) };
        let start = match self.unbox(bounds, Scalar::Int) {
            Some(start) => start,
            None => self.int(0),
        };
        let end = match self.unbox(bounds + 1, Scalar::Int) {
            Some(end) if is_inclusive => {
                let one = self.int(1);
                self.binary(Binary::Add, end, one)
            }
            Some(end) => end,
            None if tag == tag::STR => self.bytes(&Text::new(object)),
            None => self.load(Width::Word, Region::Arrays, object, layout::ARRAY_LEN, Ty::Int),
        };
        let stub = if tag == tag::STR { Stub::SliceString } else { Stub::SliceArray };
        let part = self.stub_address(stub, vec![object, start, end]);
        self.unless_made(at, dst, part, |_| {}, |b| b.set_object(dst, Shape { tag, detail: 0 }, part))
    }

    /// The tag of what is sliced, as far as is known or was seen, if that is a string or an array.
    fn sliced_tag(&mut self, subject: u32) -> Option<u8> {
        let tag = match self.object(subject) {
            Some((shape, _)) => Some(shape.tag),
            None if self.is_widened(ExitReason::Kind) => None,
            None => feedback::subject_tag(self.feedback()),
        };
        tag.filter(|tag| matches!(*tag, tag::STR | tag::ARRAY))
    }

    /// May the slot hold an int, or is the bound open?
    fn may_be_bound(&self, slot: u32) -> bool {
        match self.get(slot).abs {
            Abs::Absent(_) | Abs::Int(_) => true,
            _ => self.may_be(slot, Scalar::Int) && !self.is_widened(ExitReason::Kind),
        }
    }
}

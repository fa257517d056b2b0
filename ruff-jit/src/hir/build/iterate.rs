//! `for` loops: counting, ranges, arrays, strings and generators natively, all else one step at a time.

use super::generator::Position;
use super::state::{Abs, Kind, Scalar, Shape, SlotState};
use super::{Builder, Step};
use crate::hir::{Binary, Checked, Cond, Region, Ty, Val, Width};
use ruff_core::jit::{Decoded, ExitReason, Op, Stub, feedback, layout, tag};

impl Builder<'_, '_> {
    /// `ForPrepare`.
    pub(super) fn for_prepare(&mut self, at: &Decoded, state: u32) -> Step<bool> {
        if self.is_unmet() {
            return self.never_run();
        }
        match self.get(state).abs {
            Abs::Int(end) => self.count(state, None, end),
            _ if self.object(state).is_some_and(|(shape, _)| is_walked(shape.tag)) => self.start_walk(state),
            _ => {
                let seen = self.feedback();
                let is_widened = self.is_widened(ExitReason::Result);
                let expected = match seen {
                    feedback::OVER_ARRAY => Some(tag::ARRAY),
                    feedback::OVER_STRING => Some(tag::STR),
                    feedback::OVER_GENERATOR => Some(tag::GENERATOR),
                    feedback::OVER_RANGE => Some(tag::RANGE),
                    _ => None,
                };
                if let Some(tag) = expected.filter(|_| !self.is_widened(ExitReason::Kind)) {
                    if self.unbox_object(state, tag).is_none() {
                        return self.interpret(at);
                    }
                    self.start_walk(state);
                    return Ok(false);
                }
                self.interpret(at)?;
                if seen == feedback::COUNTING && !is_widened {
                    self.expect_counting(state);
                }
            }
        }
        Ok(false)
    }

    /// The state that the interpreter has prepared is that of counting; else it goes on.
    fn expect_counting(&mut self, state: u32) {
        let tag = self.load_tag(state);
        let is_counting = self.compare_int(Cond::Eq, tag, tag::INT as i64);
        let exit = self.exit_after();
        self.guard(is_counting, exit, ExitReason::Result);
        for slot in state..state + 3 {
            let int = self.load_payload(slot, Ty::Int);
            self.know(slot, SlotState::synced(Abs::Int(int)));
        }
    }

    fn count(&mut self, state: u32, start: Option<Val>, end: Val) {
        let start = match start {
            Some(start) => start,
            None => self.int(0),
        };
        self.set(state, Abs::Int(start));
        self.set(state + 1, Abs::Int(end));
        self.set(state + 2, Abs::Int(start));
    }

    pub(super) fn start_walk(&mut self, state: u32) {
        // The loop keeps its subject: what was borrowed becomes its own.
        self.flush(state);
        let zero = self.int(0);
        self.set(state + 1, Abs::Int(zero));
        self.set(state + 2, Abs::Int(zero));
    }

    /// `ForPrepareSpan`.
    pub(super) fn for_prepare_span(&mut self, at: &Decoded, state: u32, is_inclusive: bool) -> Step<bool> {
        if self.is_unmet() {
            return self.never_run();
        }
        self.count_between(at, state, is_inclusive)
    }

    /// Counts from one int to another, if that is what the registers hold.
    fn count_between(&mut self, at: &Decoded, state: u32, is_inclusive: bool) -> Step<bool> {
        let are_ints = (state..state + 2).all(|slot| self.may_be(slot, Scalar::Int));
        let is_widened = self.is_widened(ExitReason::Kind) || is_inclusive && self.is_widened(ExitReason::Overflow);
        if !are_ints || is_widened {
            return self.interpret(at);
        }
        let (start, end) = (self.unbox(state, Scalar::Int), self.unbox(state + 1, Scalar::Int));
        let (Some(start), Some(mut end)) = (start, end) else { return self.interpret(at) };
        if is_inclusive {
            let (one, exit) = (self.int(1), self.exit());
            end = self.checked(Checked::Add, end, one, exit);
        }
        self.count(state, Some(start), end);
        Ok(false)
    }

    /// `ForPrepareRange`.
    pub(super) fn for_prepare_range(&mut self, at: &Decoded, state: u32, count: u32) -> Step<bool> {
        if self.is_unmet() {
            return self.never_run();
        }
        let is_one = |b: &Self| matches!(b.get(state + 2).abs, Abs::Int(v) if *b.f.inst(v) == crate::hir::Inst::Int(1));
        if count == 2 || count == 3 && is_one(self) {
            return self.count_between(at, state, false);
        }
        if count == 3 {
            return self.prepare_steps(at, state);
        }
        if !self.may_be(state, Scalar::Int) || self.is_widened(ExitReason::Kind) {
            return self.interpret(at);
        }
        let Some(end) = self.unbox(state, Scalar::Int) else { return self.interpret(at) };
        self.count(state, None, end);
        Ok(false)
    }

    /// The interpreter makes a range, unless the step turns out to be one.
    fn prepare_steps(&mut self, at: &Decoded, state: u32) -> Step<bool> {
        let step = match self.get(state + 2).abs {
            Abs::Int(step) => self.f.as_int(step),
            _ => None,
        };
        let expects_range = self.feedback() == feedback::OVER_RANGE && !self.is_widened(ExitReason::Result);
        self.interpret(at)?;
        if step.is_none() && !expects_range {
            return Ok(false);
        }
        if step.is_none() {
            let tag = self.load_tag(state);
            let is_range = self.compare_int(Cond::Eq, tag, i64::from(tag::RANGE));
            let exit = self.exit_after();
            self.guard(is_range, exit, ExitReason::Result);
        }
        self.know(state, SlotState::memory(Kind::Object(Shape { tag: tag::RANGE, detail: 0 })));
        self.start_walk(state);
        Ok(false)
    }

    /// `ForNext`, and `ForNextPair` with the slot of the value in `second`.
    pub(super) fn for_next(&mut self, at: &Decoded, state: u32, first: u32, second: Option<u32>) -> Step<bool> {
        if let (Abs::Int(next), Abs::Int(end)) = (self.get(state).abs, self.get(state + 1).abs) {
            return self.next_int(state, (next, end), first, second);
        }
        let known = self.object(state).map(|(shape, _)| shape.tag);
        match known.or_else(|| self.expected_subject(state)) {
            Some(tag::ARRAY) => {
                let Some((_, array)) = self.unbox_object(state, tag::ARRAY) else { return self.interpret(at) };
                if let Some(position) = self.unbox(state + 1, Scalar::Int) {
                    return self.next_element(state, (array, position), first, second);
                }
                self.interpret(at)
            }
            Some(tag::RANGE) => {
                let Some((_, range)) = self.unbox_object(state, tag::RANGE) else { return self.interpret(at) };
                match self.unbox(state + 1, Scalar::Int) {
                    Some(position) => self.next_of_range(state, (range, position), first, second),
                    None => self.interpret(at),
                }
            }
            Some(tag::STR) if !self.is_widened(ExitReason::Elements) => {
                let Some((_, text)) = self.unbox_object(state, tag::STR) else { return self.interpret(at) };
                let Some(offset) = self.unbox(state + 1, Scalar::Int) else { return self.interpret(at) };
                let Some(second) = second else { return self.next_character(state, (text, offset), first, None) };
                let Some(count) = self.unbox(state + 2, Scalar::Int) else { return self.interpret(at) };
                self.next_character(state, (text, offset), second, Some((first, count)))
            }
            Some(tag::GENERATOR) => {
                let Some((_, generator)) = self.unbox_object(state, tag::GENERATOR) else { return self.interpret(at) };
                let Some(second) = second else { return self.next_of_generator(at, state, generator, first, None) };
                let counter = state + 1;
                let Some(count) = self.unbox(counter, Scalar::Int) else { return self.interpret(at) };
                let position = Position { variable: first, counter, count };
                self.next_of_generator(at, state, generator, second, Some(position))
            }
            Some(tag @ (tag::STR | tag::DICT)) => self.next_by_engine(at, state, tag, first),
            _ => self.interpret(at),
        }
    }

    /// The tag of what a loop goes over, as far as was seen.
    pub(super) fn expected_subject(&self, state: u32) -> Option<u8> {
        let seen = self.feedback();
        if !self.get(state).is_unknown() || seen == 0 || self.is_widened(ExitReason::Kind) {
            return None;
        }
        match seen & feedback::SUBJECTS {
            feedback::IN_GENERATOR => Some(tag::GENERATOR),
            seen => feedback::subject_tag(seen),
        }
    }

    /// The engine takes the step of a loop over a dict or a string.
    pub(super) fn next_by_engine(&mut self, at: &Decoded, state: u32, tag: u8, first: u32) -> Step<bool> {
        if self.unbox_object(state, tag).is_none() {
            return self.interpret(at);
        }
        let stub = if at.op == Op::ForNext { Stub::ForNextPlain } else { Stub::ForNextPairPlain };
        let index = self.interpret_by(at, stub, self.next);
        let target = at.target().map_or(0, |t| t.0);
        let has_next = self.compare_int(Cond::Eq, index, target as i64);
        let (_, done) = self.fork(has_next, false, false);
        let at_end = self.state.clone();
        self.know(state, SlotState::memory(Kind::Object(Shape { tag, detail: 0 })));
        if tag == tag::DICT || at.op == Op::ForNext {
            self.know(first, SlotState::memory(Kind::Object(Shape::STRING)));
        }
        self.go_to_target()?;
        self.block = done;
        self.state = at_end;
        self.go_to_next()?;
        Ok(true)
    }

    /// Goes on with the next round if there is one, after `next` has stored what it is about, else behind the loop.
    pub(super) fn round(&mut self, state: u32, has_next: Val, next: impl FnOnce(&mut Self)) -> Step<bool> {
        let (_, done) = self.fork(has_next, false, false);
        let (at_end, before) = (self.state.clone(), self.before);
        next(self);
        self.tick()?;
        self.go_to_target()?;
        self.block = done;
        self.state = at_end;
        self.before = before;
        self.end(state)
    }

    /// Stores the number after the one that counts what is done.
    pub(super) fn advance(&mut self, slot: u32, count: Val) {
        let one = self.int(1);
        let after = self.binary(Binary::Add, count, one);
        self.set(slot, Abs::Int(after));
    }

    fn next_int(&mut self, state: u32, (next, end): (Val, Val), first: u32, second: Option<u32>) -> Step<bool> {
        let has_next = self.compare(Cond::Lt, next, end);
        self.round(state, has_next, |b| {
            match second {
                Some(second) => {
                    let start = match b.get(state + 2).abs {
                        Abs::Int(start) => start,
                        _ => b.load_payload(state + 2, Ty::Int),
                    };
                    let position = b.binary(Binary::Sub, next, start);
                    b.set(first, Abs::Int(position));
                    b.set(second, Abs::Int(next));
                }
                None => b.set(first, Abs::Int(next)),
            }
            b.advance(state, next);
        })
    }

    fn next_element(&mut self, state: u32, (array, at): (Val, Val), first: u32, second: Option<u32>) -> Step<bool> {
        let len = self.load(Width::Word, Region::Arrays, array, layout::ARRAY_LEN, Ty::Int);
        let has_next = self.compare(Cond::Below, at, len);
        self.round(state, has_next, |b| {
            let read = b.read_element_in_bounds(array, at);
            b.set_read(second.unwrap_or(first), read);
            if second.is_some() {
                b.set(first, Abs::Int(at));
            }
            b.advance(state + 1, at);
        })
    }

    fn next_of_range(&mut self, state: u32, (range, at): (Val, Val), first: u32, second: Option<u32>) -> Step<bool> {
        let mut part = |offset| self.load(Width::Word, Region::Constant, range, offset, Ty::Int);
        let (count, start, step) = (part(layout::RANGE_COUNT), part(layout::RANGE_START), part(layout::RANGE_STEP));
        let has_next = self.compare(Cond::Below, at, count);
        self.round(state, has_next, |b| {
            let distance = b.binary(Binary::Mul, at, step);
            let int = b.binary(Binary::Add, start, distance);
            b.set(second.unwrap_or(first), Abs::Int(int));
            if second.is_some() {
                b.set(first, Abs::Int(at));
            }
            b.advance(state + 1, at);
        })
    }

    /// `counted` is the slot of the position, and the number of characters before.
    fn next_character(
        &mut self,
        state: u32,
        (text, offset): (Val, Val),
        element: u32,
        counted: Option<(u32, Val)>,
    ) -> Step<bool> {
        let bytes = self.load(Width::Half, Region::Strings, text, layout::STR_LEN, Ty::Int);
        let has_next = self.compare(Cond::Below, offset, bytes);
        self.round(state, has_next, |b| {
            let character = b.character_from(text, offset);
            b.set(element, character);
            if let Some((position, count)) = counted {
                b.set(position, Abs::Int(count));
                b.advance(state + 2, count);
            }
            b.advance(state + 1, offset);
        })
    }

    /// The loop is over: its subject is released.
    pub(super) fn end(&mut self, state: u32) -> Step<bool> {
        self.set(state, Abs::Null);
        self.go_to_next()?;
        Ok(true)
    }
}

/// Does native code walk through values of that tag?
fn is_walked(tag: u8) -> bool {
    matches!(tag, tag::ARRAY | tag::RANGE | tag::STR | tag::GENERATOR)
}

//! `for` loops over pairs that nobody makes: the parts of `enumerate` and `zip` natively, those of `entries` and `items` as the
//! engine's loops over dicts give them.

use super::state::{Abs, Scalar};
use super::{Builder, Step};
use crate::hir::{Binary, Cond, Region, Ty, Width};
use ruff_core::jit::{Decoded, ExitReason, PairSource, feedback, layout, tag};

impl Builder<'_, '_> {
    /// `ForPreparePairs`.
    pub(super) fn for_prepare_pairs(&mut self, at: &Decoded, state: u32, source: u32) -> Step<bool> {
        if self.is_unmet() {
            return self.never_run();
        }
        let (Some(source), false) = (PairSource::from_number(source), self.is_widened(ExitReason::Kind)) else {
            return self.interpret(at);
        };
        let subject = match (source, self.feedback()) {
            (PairSource::Enumerate | PairSource::Zip, feedback::OVER_ARRAY) => tag::ARRAY,
            (PairSource::Enumerate, feedback::OVER_GENERATOR) => tag::GENERATOR,
            (PairSource::Entries, feedback::OVER_DICT) => tag::DICT,
            _ => return self.interpret(at),
        };
        let other = state + 1;
        if self.unbox_object(state, subject).is_none()
            || source == PairSource::Zip && self.unbox_object(other, tag::ARRAY).is_none()
        {
            return self.interpret(at);
        }
        if source == PairSource::Zip {
            self.flush(state);
            self.move_slot(state + 2, other);
            self.flush(state + 2);
            let zero = self.int(0);
            self.set(state + 1, Abs::Int(zero));
        } else {
            self.start_walk(state);
        }
        self.go_to_next()?;
        Ok(true)
    }

    /// `ForNextParts`, with the slots of the parts.
    pub(super) fn for_next_parts(&mut self, at: &Decoded, state: u32, parts: (u32, u32)) -> Step<bool> {
        let subject = match self.get(state).abs {
            Abs::Int(_) => Some(tag::INT),
            _ => self.object(state).map(|(shape, _)| shape.tag).or_else(|| self.expected_subject(state)),
        };
        let third = state + 2;
        let other = self.object(third).map(|(shape, _)| shape.tag);
        let is_widened = self.is_widened(ExitReason::Kind);
        match (subject, other) {
            (Some(tag::ARRAY), Some(tag::ARRAY)) => self.next_of_both(at, state, parts),
            (Some(tag::DICT), Some(tag::ARRAY)) => self.next_by_engine(at, state, tag::DICT, parts.0),
            (Some(tag::DICT), None) if !is_widened => {
                // With null there the key is taken apart.
                let mode = self.tag_of(third);
                let is_whole = self.compare_int(Cond::Ne, mode, i64::from(tag::NULL));
                self.expect(is_whole, ExitReason::Kind);
                self.next_by_engine(at, state, tag::DICT, parts.0)
            }
            (Some(tag::ARRAY | tag::GENERATOR | tag::INT), None) if !is_widened => {
                match self.unbox(third, Scalar::Int) {
                    Some(_) => self.for_next(at, state, parts.0, Some(parts.1)),
                    None => self.interpret(at),
                }
            }
            _ => self.interpret(at),
        }
    }

    /// The elements of two arrays at one position.
    fn next_of_both(&mut self, at: &Decoded, state: u32, parts: (u32, u32)) -> Step<bool> {
        let arrays = (self.unbox_object(state, tag::ARRAY), self.unbox_object(state + 2, tag::ARRAY));
        let (Some((_, first)), Some((_, second))) = arrays else { return self.interpret(at) };
        let Some(position) = self.unbox(state + 1, Scalar::Int) else { return self.interpret(at) };
        let [in_first, in_second] = [first, second].map(|array| {
            let len = self.load(Width::Word, Region::Arrays, array, layout::ARRAY_LEN, Ty::Int);
            self.compare(Cond::Below, position, len)
        });
        let has_next = self.binary(Binary::BoolAnd, in_first, in_second);
        self.round(state, has_next, |b| {
            let element = b.by_first_word(|b| b.read_element_in_bounds(first, position));
            let other = b.read_element_in_bounds(second, position);
            b.set_read(parts.0, element);
            b.set_read(parts.1, other);
            b.advance(state + 1, position);
        })
    }
}

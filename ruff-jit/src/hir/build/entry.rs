//! Entries of dicts: the engine looks keys up, native code reads and writes the values.

use super::emit::ty_of;
use super::memory::{Cell, Read};
use super::state::{Abs, Kind, Scalar, Shape, SlotState, Words};
use super::{Builder, Step};
use crate::hir::{Cond, Region, Ty, Unary, Val};
use ruff_core::jit::{Decoded, ExitReason, Stub, feedback, short_key, tag};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

/// Stubs that look a key up: an int, a string, and the value at an address.
struct Lookup {
    int: Stub,
    string: Stub,
    any: Stub,
    /// The first two are told what has been found: nothing yet.
    inserts: bool,
}

const FIND: Lookup =
    Lookup { int: Stub::FindIntEntry, string: Stub::FindStringEntry, any: Stub::FindEntry, inserts: false };
const ENTRY: Lookup = Lookup { int: Stub::IntEntry, string: Stub::StringEntry, any: Stub::Entry, inserts: true };

impl Builder<'_, '_> {
    /// Is the subject of an index a dict, as far as is known or was seen?
    pub(super) fn is_dict(&mut self, subject: u32) -> bool {
        match self.shape_of(subject) {
            Some(shape) => shape.tag == tag::DICT,
            None => self.feedback() & feedback::SUBJECTS == feedback::IN_DICT && !self.is_widened(ExitReason::Kind),
        }
    }

    /// `dst := dict[key]`; a missing key is an error, which the interpreter raises.
    pub(super) fn get_entry(&mut self, at: &Decoded, dst: u32, dict: u32, key: u32) -> Step<bool> {
        if self.is_widened(ExitReason::Bounds) || !self.may_be_key(key) {
            return self.interpret(at);
        }
        let Some((_, dict)) = self.unbox_object(dict, tag::DICT) else { return self.interpret(at) };
        let cell = self.entry_cell(dict, key);
        let read = self.read(cell);
        self.set_read(dst, read);
        Ok(false)
    }

    /// `dst := key in container`, or the contrary.
    pub(super) fn contains(
        &mut self,
        at: &Decoded,
        dst: u32,
        key: u32,
        container: u32,
        is_negated: bool,
    ) -> Step<bool> {
        let cond = if is_negated { Cond::Eq } else { Cond::Ne };
        if let Some(found) = self.is_one_of(key, container) {
            let truth = if is_negated { self.unary(Unary::BoolNot, found) } else { found };
            self.set(dst, Abs::Bool(truth));
            return Ok(false);
        }
        if !self.is_dict(container) {
            return self.contains_in_any(at, dst, (key, container), cond);
        }
        if !self.may_be_key(key) {
            return self.interpret(at);
        }
        let Some((_, dict)) = self.unbox_object(container, tag::DICT) else { return self.interpret(at) };
        let address = self.find_entry(dict, key);
        let found = self.compare_int(cond, address, 0);
        self.set(dst, Abs::Bool(found));
        Ok(false)
    }

    /// The same for what is no dict, as far as is known: the interpreter sees to what the engine does not answer at once.
    fn contains_in_any(&mut self, at: &Decoded, dst: u32, (value, container): (u32, u32), cond: Cond) -> Step<bool> {
        let (pc, next) = (self.pc, self.next);
        self.flush(value);
        self.flush(container);
        let operands = vec![self.slot_address(value), self.slot_address(container)];
        let answer = self.stub(Stub::ShortContains, operands);
        let is_answered = self.compare_int(Cond::Lt, answer, 2);
        let (_, unanswered) = self.fork(is_answered, false, true);
        let state = self.state.clone();
        let found = self.compare_int(cond, answer, 0);
        self.before = None;
        self.set(dst, Abs::Bool(found));
        let answered = self.edge();
        self.block = unanswered;
        self.state = state;
        self.set_pc(pc, next);
        self.or_interpreted(at, answered, |b| {
            let found = b.load_payload(dst, Ty::Bool);
            b.know(dst, SlotState::synced(Abs::Bool(found)));
        })
    }

    /// What is under the key in the slot behind that of a dict, else a default or null; `None` if the engine must look.
    pub(super) fn entry_or_default(&mut self, dst: u32, dict: u32, default: Option<u32>) -> Option<Read> {
        let key = dict + 1;
        if !self.may_be_key(key) || self.shape_of(dict).is_none() && self.is_widened(ExitReason::Kind) {
            return None;
        }
        let (_, dict) = self.unbox_object(dict, tag::DICT)?;
        let address = self.find_entry(dict, key);
        let cell = Cell::new(Region::Values, address, 0);
        let is_there = self.compare_int(Cond::Ne, address, 0);
        let default_scalar = default.and_then(|slot| self.get(slot).scalar());
        match default_scalar.filter(|(scalar, _)| self.demand(dst) == Some(*scalar)) {
            Some((scalar, default)) if !self.is_widened(ExitReason::Kind) => {
                let val = self.scalar_or(is_there, cell, scalar, default);
                Some(Read::Scalar(scalar, val))
            }
            _ => Some(self.pair_or(is_there, cell, default)),
        }
    }

    /// The scalar in a cell if it is there, which leaves if it holds something else.
    fn scalar_or(&mut self, is_there: Val, cell: Cell, scalar: Scalar, default: Val) -> Val {
        let exit = self.exit();
        let found = |b: &mut Self| {
            let actual = b.load_cell_tag(cell);
            let fits = b.compare_int(Cond::Eq, actual, scalar.tag() as i64);
            b.guard(fits, exit, ExitReason::Kind);
            b.read_payload(cell, ty_of(scalar))
        };
        self.choose(is_there, false, ty_of(scalar), found, |_| default)
    }

    /// The value in a cell if it is there, else that of a slot or null.
    fn pair_or(&mut self, is_there: Val, cell: Cell, default: Option<u32>) -> Read {
        let rest = self.new_block(false);
        let (tag, payload) = (self.f.add_param(rest, Ty::Int), self.f.add_param(rest, Ty::Ptr));
        let (_, absent) = self.fork(is_there, false, false);
        let found_tag = self.load_cell_tag(cell);
        let found = self.read_payload(cell, Ty::Ptr);
        self.jump(rest, vec![found_tag, found]);
        self.block = absent;
        let (default_tag, default) = match default {
            Some(slot) => self.pair_of(slot),
            None => (self.int(tag::NULL as i64), self.address(0)),
        };
        self.jump(rest, vec![default_tag, default]);
        self.block = rest;
        Read::Words(Words::any(tag, payload))
    }

    /// The tag and the payload word of a slot.
    fn pair_of(&mut self, slot: u32) -> (Val, Val) {
        match self.get(slot).abs {
            Abs::Memory(_) | Abs::Left(_) | Abs::Empty => (self.tag_of(slot), self.payload_as(slot, Ty::Ptr)),
            abs => {
                let words = self.words_of(abs);
                (words.tag, words.payload)
            }
        }
    }

    /// Puts a value, taken, under a key of an unshared dict; `slow` does the instruction where there is no room.
    pub(super) fn set_entry(&mut self, at: &Decoded, dict: Val, key: u32, value: u32, slow: Stub) -> Step<bool> {
        if !self.may_be_key(key) {
            self.interpret_by(at, slow, self.next);
            return Ok(false);
        }
        self.settle_value(value);
        let address = self.look_up(&ENTRY, dict, key);
        self.before = None;
        let (pc, next) = (self.pc, self.next);
        let is_there = self.compare_int(Cond::Ne, address, 0);
        let (_, refused) = self.fork(is_there, false, true);
        let state = self.state.clone();
        self.write_cell(Cell::new(Region::Values, address, 0), value);
        let written = self.edge();
        self.block = refused;
        self.state = state;
        self.interpret_by(at, slow, next);
        let refused = self.edge();
        self.go_on_after((pc, next), vec![written, refused])
    }

    /// The cell of the entry under a key, which leaves if there is none.
    pub(super) fn entry_cell(&mut self, dict: Val, key: u32) -> Cell {
        let address = self.find_entry(dict, key);
        self.found_cell(address)
    }

    /// The cell of an entry that was looked for, which leaves if there is none.
    fn found_cell(&mut self, address: Val) -> Cell {
        let is_there = self.compare_int(Cond::Ne, address, 0);
        self.expect(is_there, ExitReason::Bounds);
        Cell::new(Region::Values, address, 0)
    }

    /// The address of the value under the key in a slot; 0 if there is none.
    pub(super) fn find_entry(&mut self, dict: Val, key: u32) -> Val {
        self.look_up(&FIND, dict, key)
    }

    /// Can the value in a slot be a key that native code looks up? Ints that do not fit 64 bits are not: they cost ticks.
    pub(super) fn may_be_key(&self, slot: u32) -> bool {
        match self.get(slot).kind() {
            Kind::Object(shape) => shape.tag == tag::STR,
            Kind::Any => self.may_be(slot, Scalar::Int) && !self.is_key_wide(slot),
        }
    }

    fn is_key_wide(&self, slot: u32) -> bool {
        self.scalar_kind(slot).is_none() && self.is_widened(ExitReason::Kind)
    }

    /// The string in a slot that is known to hold one.
    fn text(&mut self, slot: u32) -> Option<(Shape, Val)> {
        let (shape, text) = match self.get(slot).abs {
            Abs::Read(Words { kind: Kind::Object(shape), payload, .. }, _) => (shape, payload),
            _ => self.object(slot)?,
        };
        (shape.tag == tag::STR).then_some((shape, text))
    }

    /// Looks up a key that is a constant: native code looks first where it was the last time. `None` for long texts and ints.
    fn look_up_constant(&mut self, dict: Val, (shape, text): (Shape, Val)) -> Option<Val> {
        let key = self.constant_text(shape)?;
        let [low, high, hint] = self.short_key_operands(short_key(key)?);
        Some(self.stub_address(Stub::FindShortEntry, vec![dict, text, low, high, hint]))
    }

    /// The words of a short key, and the address of a word in which native code keeps where it has found it.
    fn short_key_operands(&mut self, words: [u64; 2]) -> [Val; 3] {
        let [low, high] = words.map(|word| self.int(word.cast_signed()));
        let hint = Arc::new(AtomicU32::new(0));
        let address = self.address(std::ptr::from_ref::<AtomicU32>(&hint).expose_provenance());
        self.f.hints.push(hint);
        [low, high, address]
    }

    /// The address of the value under the name of a site; 0 if there is none.
    fn find_named(&mut self, dict: Val, site: u32) -> Option<Val> {
        let name = self.context().function.sites.get(site as usize)?.name.as_deref()?;
        Some(match short_key(name) {
            Some(words) => {
                let [low, high, hint] = self.short_key_operands(words);
                self.stub_address(Stub::FindNamedEntry, vec![dict, low, high, hint])
            }
            None => {
                let (text, len) = (self.address(name.as_ptr().expose_provenance()), self.int(name.len() as i64));
                self.stub_address(Stub::FindTextEntry, vec![dict, text, len])
            }
        })
    }

    /// The cell of the entry under the name of a site, which leaves if there is none.
    pub(super) fn named_cell(&mut self, dict: Val, site: u32) -> Option<Cell> {
        let address = self.find_named(dict, site)?;
        Some(self.found_cell(address))
    }

    /// What is under the name of a site in a dict, else null.
    pub(super) fn named_or_null(&mut self, dict: Val, site: u32) -> Option<Read> {
        let address = self.find_named(dict, site)?;
        let is_there = self.compare_int(Cond::Ne, address, 0);
        Some(self.pair_or(is_there, Cell::new(Region::Values, address, 0), None))
    }

    /// Looks up the key in a slot that may be one.
    fn look_up(&mut self, stubs: &Lookup, dict: Val, key: u32) -> Val {
        let known = match self.get(key).abs {
            Abs::Int(int) => Some((stubs.int, int)),
            _ => match self.text(key) {
                Some(text)
                    if !stubs.inserts
                        && let Some(found) = self.look_up_constant(dict, text) =>
                {
                    return found;
                }
                text => text.map(|(_, text)| (stubs.string, text)),
            },
        };
        if let Some((stub, key)) = known {
            let mut args = vec![dict, key];
            if stubs.inserts {
                args.push(self.address(0));
            }
            return self.stub_address(stub, args);
        }
        self.flush(key);
        if self.get(key).abs == Abs::Memory(Kind::Any) {
            let actual = self.load_tag(key);
            let is_small = self.compare_int(Cond::Ne, actual, tag::BIG_INT as i64);
            self.expect(is_small, ExitReason::Kind);
        }
        let key = self.slot_address(key);
        self.stub_address(stubs.any, vec![dict, key])
    }
}

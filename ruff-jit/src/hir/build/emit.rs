//! Shorthands for emitting instructions, and values in slots.

use super::state::{Abs, Kind, Owner, Scalar, Shape, SlotState, Tested, Words};
use super::{Builder, Edge};
use crate::hir::{
    Access, Binary, Block, Call, Callee, Checked, Cond, ExitId, Inst, Region, Target, Terminator, Ty, Unary, Val, Width,
};
use ruff_core::jit::{ExitReason, Stub, StubResult, StubType, layout, tag};
use std::ops::Range;

/// The type of an unboxed value.
pub fn ty_of(scalar: Scalar) -> Ty {
    match scalar {
        Scalar::Int => Ty::Int,
        Scalar::Float => Ty::Float,
        Scalar::Bool => Ty::Bool,
    }
}

impl Builder<'_, '_> {
    // ---- instructions

    pub(super) fn push(&mut self, inst: Inst, ty: Ty) -> Val {
        self.f.push(self.block, inst, ty)
    }

    pub(super) fn int(&mut self, value: i64) -> Val {
        self.push(Inst::Int(value), Ty::Int)
    }

    pub(super) fn float(&mut self, value: f64) -> Val {
        self.push(Inst::Float(value.to_bits()), Ty::Float)
    }

    pub(super) fn bool(&mut self, value: bool) -> Val {
        self.push(Inst::Bool(value), Ty::Bool)
    }

    pub(super) fn address(&mut self, address: usize) -> Val {
        self.push(Inst::Address(address), Ty::Ptr)
    }

    pub(super) fn unary(&mut self, op: Unary, x: Val) -> Val {
        let ty = match op {
            Unary::Not | Unary::Neg | Unary::FloatToInt | Unary::FloatBits | Unary::BoolToInt => Ty::Int,
            Unary::IntToBool | Unary::BoolNot => Ty::Bool,
            _ => Ty::Float,
        };
        self.push(Inst::Unary(op, x), ty)
    }

    pub(super) fn binary(&mut self, op: Binary, x: Val, y: Val) -> Val {
        let ty = self.f.ty(x);
        self.push(Inst::Binary(op, x, y), ty)
    }

    pub(super) fn checked(&mut self, op: Checked, x: Val, y: Val, exit: ExitId) -> Val {
        self.push(Inst::Checked(op, x, y, exit), Ty::Int)
    }

    pub(super) fn compare(&mut self, cond: Cond, x: Val, y: Val) -> Val {
        self.push(Inst::Compare(cond, x, y), Ty::Bool)
    }

    pub(super) fn compare_int(&mut self, cond: Cond, x: Val, y: i64) -> Val {
        let y = match self.f.ty(x) {
            Ty::Ptr => self.address(y as usize),
            _ => self.int(y),
        };
        self.compare(cond, x, y)
    }

    pub(super) fn guard(&mut self, condition: Val, exit: ExitId, reason: ExitReason) {
        self.push(Inst::Guard(condition, exit, reason), Ty::None);
        if self.facts.is_stressed() && !self.f.exits[exit.0 as usize].is_throw {
            let word = self.stub(Stub::Stress, vec![self.machine]);
            let passes = self.unary(Unary::IntToBool, word);
            self.push(Inst::Guard(passes, exit, ExitReason::Forced), Ty::None);
        }
    }

    pub(super) fn load(&mut self, width: Width, region: Region, address: Val, offset: i32, ty: Ty) -> Val {
        self.push(Inst::Load(Access::new(width, region, offset), address), ty)
    }

    pub(super) fn store(&mut self, width: Width, region: Region, address: Val, offset: i32, value: Val) {
        self.push(Inst::Store(Access::new(width, region, offset), address, value), Ty::None);
    }

    pub(super) fn stub(&mut self, stub: Stub, args: Vec<Val>) -> Val {
        let ty = match stub.result() {
            StubResult::Nothing => Ty::None,
            StubResult::One(StubType::Float) => Ty::Float,
            StubResult::One(StubType::Word) | StubResult::Pair => Ty::Int,
        };
        self.push(Inst::Call(Box::new(Call::new(Callee::Stub(stub), args))), ty)
    }

    /// The same for a stub that gives an address, or 0.
    pub(super) fn stub_address(&mut self, stub: Stub, args: Vec<Val>) -> Val {
        self.push(Inst::Call(Box::new(Call::new(Callee::Stub(stub), args))), Ty::Ptr)
    }

    /// The slots that a call may write, if it writes slots: those of the list, and those from `first` on.
    pub(super) fn limit_slots(&mut self, call: Val, mut slots: Vec<u32>, first: u32) {
        slots.retain(|slot| *slot < first);
        slots.sort_unstable();
        slots.dedup();
        let mut ranges: Vec<Range<u32>> = Vec::new();
        for slot in slots {
            match ranges.last_mut() {
                Some(last) if last.end == slot => last.end += 1,
                _ => ranges.push(slot..slot + 1),
            }
        }
        if first < u32::MAX {
            ranges.push(first..u32::MAX);
        }
        if let Inst::Call(call) = &mut self.f.values[call.0 as usize].inst {
            call.slots = Some(ranges);
        }
    }

    /// An address moved by a constant.
    pub(super) fn offset(&mut self, address: Val, bytes: i64) -> Val {
        if bytes == 0 {
            return address;
        }
        let bytes = self.int(bytes);
        self.binary(Binary::Add, address, bytes)
    }

    // ---- blocks

    pub(super) fn new_block(&mut self, is_cold: bool) -> Block {
        let block = self.f.new_block();
        self.f.block_mut(block).is_cold = is_cold || self.f.block(self.block).is_cold;
        block
    }

    pub(super) fn jump(&mut self, block: Block, args: Vec<Val>) {
        self.f.block_mut(self.block).end = Terminator::Jump(Target { block, args });
    }

    pub(super) fn branch(&mut self, condition: Val, yes: Block, no: Block) {
        let target = |block| Target { block, args: Vec::new() };
        self.f.block_mut(self.block).end = Terminator::Branch(condition, target(yes), target(no));
    }

    /// Branches to two new blocks, and goes on in the first.
    pub(super) fn fork(&mut self, condition: Val, yes_is_cold: bool, no_is_cold: bool) -> (Block, Block) {
        let (yes, no) = (self.new_block(yes_is_cold), self.new_block(no_is_cold));
        self.branch(condition, yes, no);
        self.block = yes;
        (yes, no)
    }

    /// A value if the condition holds, else another one, each made where it is needed.
    pub(super) fn choose(
        &mut self,
        condition: Val,
        no_is_cold: bool,
        ty: Ty,
        yes: impl FnOnce(&mut Self) -> Val,
        no: impl FnOnce(&mut Self) -> Val,
    ) -> Val {
        let rest = self.new_block(false);
        let result = self.f.add_param(rest, ty);
        let (_, other) = self.fork(condition, false, no_is_cold);
        let value = yes(self);
        self.jump(rest, vec![value]);
        self.block = other;
        let value = no(self);
        self.jump(rest, vec![value]);
        self.block = rest;
        result
    }

    /// A value if the condition holds, which it does nearly always, else what `other` gives.
    pub(super) fn value_unless(
        &mut self,
        condition: Val,
        value: Val,
        ty: Ty,
        other: impl FnOnce(&mut Self) -> Val,
    ) -> Val {
        self.choose(condition, true, ty, |_| value, other)
    }

    /// Does the condition hold, and then what `other` gives?
    pub(super) fn and_then(&mut self, condition: Val, other: impl FnOnce(&mut Self) -> Val) -> Val {
        self.choose(condition, false, Ty::Bool, other, |b| b.bool(false))
    }

    /// Does the condition hold, or else what `other` gives?
    pub(super) fn or_else(&mut self, condition: Val, other: impl FnOnce(&mut Self) -> Val) -> Val {
        self.choose(condition, false, Ty::Bool, |b| b.bool(true), other)
    }

    /// The way on from here.
    pub(super) fn edge(&self) -> Edge {
        Edge { block: self.block, state: self.state.clone() }
    }

    // ---- slots

    /// The slot of a register of the innermost function.
    pub(super) fn slot(&self, register: u32) -> u32 {
        self.context().base + register
    }

    pub(super) fn get(&self, slot: u32) -> SlotState {
        self.state.slots.get(slot as usize).copied().unwrap_or(SlotState::EMPTY)
    }

    /// What is known of a slot changes; memory does not.
    pub(super) fn know(&mut self, slot: u32, state: SlotState) {
        if let Some(place) = self.state.slots.get_mut(slot as usize) {
            *place = state;
            if let Some(changed) = &mut self.changed {
                changed.push(slot);
            }
        }
    }

    fn tag_offset(slot: u32) -> i32 {
        slot as i32 * layout::VALUE_BYTES + layout::VALUE_TAG
    }

    fn payload_offset(slot: u32) -> i32 {
        slot as i32 * layout::VALUE_BYTES + layout::VALUE_PAYLOAD
    }

    pub(super) fn slot_address(&mut self, slot: u32) -> Val {
        self.offset(self.base, slot as i64 * layout::VALUE_BYTES as i64)
    }

    pub(super) fn load_tag(&mut self, slot: u32) -> Val {
        self.load(Width::Byte, Region::Slots, self.base, Self::tag_offset(slot), Ty::Int)
    }

    pub(super) fn load_payload(&mut self, slot: u32, ty: Ty) -> Val {
        let offset = Self::payload_offset(slot);
        match ty {
            Ty::Float => self.load(Width::Float, Region::Slots, self.base, offset, Ty::Float),
            Ty::Bool => {
                let byte = self.load(Width::Byte, Region::Slots, self.base, offset, Ty::Int);
                self.unary(Unary::IntToBool, byte)
            }
            _ => self.load(Width::Word, Region::Slots, self.base, offset, ty),
        }
    }

    pub(super) fn store_tag(&mut self, slot: u32, tag: u8) {
        let tag = self.int(tag as i64);
        self.store(Width::Byte, Region::Slots, self.base, Self::tag_offset(slot), tag);
    }

    pub(super) fn store_pair(&mut self, slot: u32, tag: Val, payload: Val) {
        self.store(Width::Byte, Region::Slots, self.base, Self::tag_offset(slot), tag);
        let width = if self.f.ty(payload) == Ty::Float { Width::Float } else { Width::Word };
        self.store(width, Region::Slots, self.base, Self::payload_offset(slot), payload);
    }

    /// A scalar as a payload word or float that can be stored.
    pub(super) fn payload_of(&mut self, abs: Abs) -> Option<(u8, Val)> {
        Some(match abs {
            Abs::Null => (tag::NULL, self.int(0)),
            Abs::Absent(absence) => (tag::ABSENT, self.int(absence as i64)),
            Abs::Int(v) => (tag::INT, v),
            Abs::Float(v) => (tag::FLOAT, v),
            Abs::Bool(v) => (tag::BOOL, self.unary(Unary::BoolToInt, v)),
            Abs::Object(shape, ptr) | Abs::Borrowed(shape, ptr, _) => (shape.tag, ptr),
            Abs::Empty | Abs::Left(_) | Abs::Read(..) | Abs::Virtual(..) | Abs::Memory(_) => return None,
        })
    }

    /// The words of a value that is not only in memory, nor virtual.
    pub(super) fn words_of(&mut self, value: Abs) -> Words {
        if let Abs::Read(words, _) = value {
            return words;
        }
        let (tag, payload) = match (value, self.payload_of(value)) {
            (Abs::Float(float), _) => (tag::FLOAT, self.unary(Unary::FloatBits, float)),
            (_, Some(words)) => words,
            (_, None) => (tag::NULL, self.int(0)),
        };
        let payload = match self.f.ty(payload) {
            Ty::Ptr => payload,
            _ => {
                let null = self.address(0);
                self.binary(Binary::Add, null, payload)
            }
        };
        Words::any(self.int(i64::from(tag)), payload)
    }

    /// The tag of a slot that may hold anything.
    pub(super) fn tag_of(&mut self, slot: u32) -> Val {
        match self.get(slot).abs {
            Abs::Read(words, _) => words.tag,
            _ => self.load_tag(slot),
        }
    }

    /// The payload of a slot that may hold anything.
    pub(super) fn payload_as(&mut self, slot: u32, ty: Ty) -> Val {
        let Abs::Read(Words { payload, .. }, _) = self.get(slot).abs else { return self.load_payload(slot, ty) };
        match ty {
            Ty::Float => self.scalar_of_word(Scalar::Float, payload),
            Ty::Bool => self.scalar_of_word(Scalar::Bool, payload),
            Ty::Int => {
                let zero = self.int(0);
                self.binary(Binary::Add, zero, payload)
            }
            _ => payload,
        }
    }

    /// The scalar of a payload word.
    pub(super) fn scalar_of_word(&mut self, scalar: Scalar, payload: Val) -> Val {
        match scalar {
            Scalar::Int => payload,
            Scalar::Float => self.unary(Unary::BitsToFloat, payload),
            Scalar::Bool => {
                let mask = self.int(0xFF);
                let byte = self.binary(Binary::And, mask, payload);
                self.unary(Unary::IntToBool, byte)
            }
        }
    }

    /// The value of a slot is tested.
    pub(super) fn note_test(&mut self, slot: u32) {
        match self.get(slot).abs {
            Abs::Read(Words { kind: Kind::Object(shape), .. }, _) => self.know_object(slot, shape),
            Abs::Read(words, _) => self.know(slot, SlotState::fresh(Abs::Read(words, Tested::Yes))),
            _ => {}
        }
    }

    /// A slot that may hold anything is known to hold an object of that kind.
    pub(super) fn know_object(&mut self, slot: u32, shape: Shape) {
        let state = match self.get(slot).abs {
            Abs::Read(words, _) => SlotState::fresh(Abs::Borrowed(shape, words.payload, Owner::Object)),
            _ => SlotState::memory(Kind::Object(shape)),
        };
        self.know(slot, state);
    }

    /// A slot gets a reference to an object, which something else keeps.
    pub(super) fn borrow_into(&mut self, slot: u32, shape: Shape, object: Val) {
        self.set(slot, Abs::Borrowed(shape, object, Owner::Object));
    }

    /// Brings a slot's memory up to date.
    pub(super) fn flush(&mut self, slot: u32) {
        let state = self.get(slot);
        if state.synced {
            return;
        }
        match state.abs {
            Abs::Borrowed(shape, ptr, _) => {
                self.add_count(ptr);
                self.store_value(slot, state.abs);
                self.know(slot, SlotState::synced(Abs::Object(shape, ptr)));
            }
            Abs::Read(words, _) => {
                self.count_words(words);
                self.store_pair(slot, words.tag, words.payload);
                self.know(slot, SlotState::memory(words.kind));
            }
            Abs::Virtual(..) => return self.materialize(slot),
            Abs::Empty => return,
            abs => {
                self.store_value(slot, abs);
                self.know(slot, SlotState::synced(abs));
                return;
            }
        }
        // An exit that would count the reference once more is of no use any longer.
        self.before = None;
    }

    fn store_value(&mut self, slot: u32, abs: Abs) {
        if let Some((tag, payload)) = self.payload_of(abs) {
            let tag = self.int(tag as i64);
            self.store_pair(slot, tag, payload);
        }
    }

    /// Brings a slot's memory up to date and forgets what else is known.
    pub(super) fn bring_to_memory(&mut self, slot: u32) {
        self.flush(slot);
        let state = self.get(slot);
        self.know(slot, if state.abs == Abs::Empty { SlotState::EMPTY } else { SlotState::memory(state.kind()) });
    }

    /// The address of the object in a slot that is known to hold one. A virtual one is made.
    pub(super) fn object(&mut self, slot: u32) -> Option<(Shape, Val)> {
        self.materialize(slot);
        match self.get(slot).abs {
            Abs::Object(shape, ptr) | Abs::Borrowed(shape, ptr, _) => Some((shape, ptr)),
            Abs::Memory(Kind::Object(shape)) => {
                let ptr = self.load_payload(slot, Ty::Ptr);
                self.know(slot, SlotState::synced(Abs::Object(shape, ptr)));
                Some((shape, ptr))
            }
            _ => None,
        }
    }

    /// What other slots have borrowed from this one becomes their own: it changes or goes.
    pub(super) fn settle(&mut self, owner: u32) {
        for slot in 0..self.state.slots.len() as u32 {
            if matches!(self.get(slot).abs, Abs::Borrowed(_, _, from) if from == Owner::Slot(owner)) {
                self.flush(slot);
            }
        }
    }

    /// What slots have borrowed from objects becomes their own: something is changed, released or called. Whether a container is
    /// shared then is what it is in the interpreter.
    pub(super) fn settle_objects(&mut self) {
        self.settle_objects_but(None);
    }

    /// The same for all slots but one, whose value is about to go where it is counted.
    pub(super) fn settle_objects_but(&mut self, kept: Option<u32>) {
        for slot in 0..self.state.slots.len() as u32 {
            if self.get(slot).is_borrowed_from_object() && Some(slot) != kept {
                self.flush(slot);
            }
        }
    }

    /// Every borrowed reference that is still needed at the instruction, or may be, becomes one of its slot's own.
    pub(super) fn settle_live(&mut self) {
        self.settle_for_loop();
        for slot in 0..self.state.slots.len() as u32 {
            if let Abs::Borrowed(..) = self.get(slot).abs {
                self.flush(slot);
            }
        }
    }

    /// The same but for those to what lives as long as the code, which loops pass on as they are.
    pub(super) fn settle_for_loop(&mut self) {
        for slot in 0..self.state.slots.len() as u32 {
            match self.get(slot).abs {
                Abs::Borrowed(..) | Abs::Read(_, Tested::Yes) if !self.is_live(slot) => {
                    self.know(slot, SlotState::EMPTY)
                }
                Abs::Borrowed(_, _, Owner::Slot(_) | Owner::Object) | Abs::Read(..) => self.flush(slot),
                _ => {}
            }
        }
    }

    /// Forgets what the innermost function has borrowed from objects and needs no more at the instruction: containers that are
    /// dead the interpreter drops before it changes anything, and whether others are shared does not matter. What may be one or
    /// the other stays.
    pub(super) fn forget_dead(&mut self) {
        let context = self.context();
        for slot in context.base..context.base + context.function.registers {
            if self.get(slot).is_dropped_dead() && !self.is_live(slot) {
                self.know(slot, SlotState::EMPTY);
            }
        }
    }

    /// Releases what a slot owns; it holds nothing then.
    pub(super) fn clear(&mut self, slot: u32) {
        self.settle(slot);
        let state = self.get(slot);
        let is_text = state.owned().is_some_and(|shape| shape.tag == tag::STR);
        if state.may_own() && !is_text {
            self.settle_objects();
        }
        match state.abs {
            // Text is often made for one use: where there is some, last references are not rare.
            Abs::Object(..) | Abs::Memory(Kind::Object(_)) if is_text => self.release_slot(slot),
            Abs::Object(_, ptr) => self.release_object(slot, ptr),
            Abs::Memory(Kind::Object(_)) => {
                let ptr = self.load_payload(slot, Ty::Ptr);
                self.release_object(slot, ptr);
            }
            Abs::Memory(Kind::Any) | Abs::Left(_) => self.release_any(slot, is_text),
            _ => {}
        }
        self.know(slot, SlotState::EMPTY);
    }

    /// Releases what a slot owns, if it owns something, text or anything.
    fn release_any(&mut self, slot: u32, is_text: bool) {
        let is_rare = is_text || self.f.block(self.block).is_cold;
        let tag = self.load_tag(slot);
        let is_counted = self.compare_int(Cond::Ge, tag, tag::FIRST_HEAP as i64);
        let (_, rest) = self.fork(is_counted, is_rare, false);
        if is_rare {
            self.release_slot(slot);
            self.jump(rest, Vec::new());
        } else {
            let ptr = self.load_payload(slot, Ty::Ptr);
            self.drop_object(slot, ptr, rest);
        }
        self.block = rest;
    }

    pub(super) fn release_slot(&mut self, slot: u32) {
        let address = self.slot_address(slot);
        let call = self.stub(Stub::Release, vec![address]);
        self.limit_slots(call, vec![slot], u32::MAX);
    }

    /// Releases what a slot owns, an object.
    fn release_object(&mut self, slot: u32, ptr: Val) {
        let rest = self.new_block(false);
        self.drop_object(slot, ptr, rest);
        self.block = rest;
    }

    /// The same before going on in another block.
    fn drop_object(&mut self, slot: u32, ptr: Val, rest: Block) {
        self.drop_reference(ptr, rest, |b| b.release_slot(slot));
        self.store_tag(slot, tag::NULL);
        self.jump(rest, Vec::new());
    }

    /// Counts one reference less, or does what there is to do for the last one, which is rare, and goes on in `rest` then.
    pub(super) fn drop_reference(&mut self, ptr: Val, rest: Block, release_last: impl FnOnce(&mut Self)) {
        let count = self.load(Width::Half, Region::Counts, ptr, layout::OBJECT_COUNT, Ty::Int);
        let is_last = self.compare_int(Cond::Eq, count, 1);
        let (_, shared) = self.fork(is_last, true, false);
        release_last(self);
        self.jump(rest, Vec::new());
        self.block = shared;
        let one = self.int(1);
        let less = self.binary(Binary::Sub, count, one);
        self.store(Width::Half, Region::Counts, ptr, layout::OBJECT_COUNT, less);
    }

    /// Counts one reference more.
    pub(super) fn add_count(&mut self, ptr: Val) {
        let count = self.load(Width::Half, Region::Counts, ptr, layout::OBJECT_COUNT, Ty::Int);
        let one = self.int(1);
        let more = self.binary(Binary::Add, count, one);
        self.store(Width::Half, Region::Sharing, ptr, layout::OBJECT_COUNT, more);
    }

    /// Writes an unboxed value; what the slot held is released.
    pub(super) fn set(&mut self, slot: u32, abs: Abs) {
        self.clear(slot);
        self.know(slot, SlotState::fresh(abs));
    }

    /// Writes a value whose count is taken over.
    pub(super) fn set_words(&mut self, slot: u32, words: Words) {
        self.clear(slot);
        self.store_pair(slot, words.tag, words.payload);
        self.know(slot, SlotState::memory(words.kind));
    }

    /// Writes a counted reference, which is taken over.
    pub(super) fn set_object(&mut self, slot: u32, shape: Shape, ptr: Val) {
        self.clear(slot);
        let tag = self.int(shape.tag as i64);
        self.store_pair(slot, tag, ptr);
        self.know(slot, SlotState::synced(Abs::Object(shape, ptr)));
    }

    /// Moves a value to another slot; its own holds nothing then.
    pub(super) fn move_slot(&mut self, to: u32, from: u32) {
        if to == from {
            return;
        }
        self.settle(from);
        self.clear(to);
        let state = self.get(from);
        match state.abs {
            Abs::Object(shape, ptr) => {
                let tag = self.int(shape.tag as i64);
                self.store_pair(to, tag, ptr);
                self.store_tag(from, tag::NULL);
                self.know(to, state);
            }
            Abs::Memory(kind) => {
                let tag = self.load_tag(from);
                let payload = self.load_payload(from, Ty::Int);
                self.store_pair(to, tag, payload);
                self.store_tag(from, tag::NULL);
                self.know(to, SlotState::memory(kind));
            }
            abs => self.know(to, SlotState::fresh(abs)),
        }
        self.know(from, SlotState::EMPTY);
    }

    /// Copies a value to another slot, which is released first.
    pub(super) fn copy_slot(&mut self, to: u32, from: u32) {
        if to == from {
            return;
        }
        let state = self.get(from);
        match state.abs {
            Abs::Memory(Kind::Any) => {
                let tag = self.load_tag(from);
                let words = Words::any(tag, self.load_payload(from, Ty::Ptr));
                self.count_words(words);
                self.set_words(to, words);
            }
            Abs::Memory(Kind::Object(_)) | Abs::Object(..) => {
                let Some((shape, ptr)) = self.object(from) else { return };
                self.clear(to);
                self.know(to, SlotState::fresh(Abs::Borrowed(shape, ptr, Owner::Slot(from))));
            }
            abs => self.set(to, abs),
        }
    }

    /// Counts one reference more if the value is an object.
    pub(super) fn count_words(&mut self, Words { tag, payload, kind }: Words) {
        if let Kind::Object(_) = kind {
            return self.add_count(payload);
        }
        let is_counted = self.compare_int(Cond::Ge, tag, tag::FIRST_HEAP as i64);
        let (_, rest) = self.fork(is_counted, false, false);
        self.add_count(payload);
        self.jump(rest, Vec::new());
        self.block = rest;
    }

    /// Counts a value if it is borrowed: its tag and its payload word.
    pub(super) fn count_borrowed(&mut self, state: SlotState) -> Option<(Val, Val)> {
        match state.abs {
            Abs::Borrowed(shape, ptr, _) => {
                self.add_count(ptr);
                Some((self.int(shape.tag as i64), ptr))
            }
            Abs::Read(words, _) => {
                self.count_words(words);
                Some((words.tag, words.payload))
            }
            _ => None,
        }
    }

    // ---- quantum

    /// Brings the machine's quantum up to date.
    pub(super) fn flush_quantum(&mut self) {
        if let Some(quantum) = self.state.quantum.take() {
            self.store(Width::Word, Region::Machine, self.machine, layout::MACHINE_QUANTUM, quantum);
        }
    }

    pub(super) fn quantum(&mut self) -> Val {
        match self.state.quantum {
            Some(quantum) => quantum,
            None => {
                let quantum = self.load(Width::Word, Region::Machine, self.machine, layout::MACHINE_QUANTUM, Ty::Int);
                self.state.quantum = Some(quantum);
                quantum
            }
        }
    }
}

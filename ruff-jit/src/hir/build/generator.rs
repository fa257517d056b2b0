//! Generators: where one goes on, where it suspends, and loops over what it yields.
//!
//! Between two values the registers of a generator are in its object. Code that resumes it moves what is live to where native
//! code has it: scalars to values, all else to slots. The slot below the registers has the address of the generator.

use super::state::{Abs, Held, Scalar, Shape, SlotState, Words};
use super::{Builder, Step, flow};
use crate::hir::{self, Cond, ExitId, Inst, Region, SlotValue, Terminator, Ty, Unary, Val, Width};
use ruff_core::jit::{Absence, Decoded, EnumDecl, ExitReason, Pc, Stub, TAG_THROWN, layout, tag};

/// A saved register that is to be unboxed.
struct Saved {
    slot: u32,
    scalar: Scalar,
    tag: Val,
    val: Val,
}

impl Builder<'_, '_> {
    // ---- the generator itself

    /// A generator goes on at `pc`: its tick, and its registers.
    pub(super) fn enter_generator(&mut self, pc: Pc, kinds: &[Option<Held>]) {
        let generator = self.own_generator();
        self.check_suspended(generator, pc);
        self.tick_call();
        self.set_state(generator, layout::RUNNING);
        let saved = self.saved_registers(generator);
        let is_wide = self.is_widened(ExitReason::Kind);
        let (live, dead) = self.live_registers();
        let mut scalars = Vec::new();
        for slot in live {
            let kind = kinds.get(slot as usize).copied().flatten().filter(|_| !is_wide);
            match kind.and_then(Held::scalar) {
                Some(scalar) => scalars.push(self.load_saved(saved, slot, scalar)),
                None => self.move_saved(saved, slot),
            }
        }
        self.expect_saved(&scalars);
        let function = self.context().function;
        let any = Stub::Resume.address();
        if let Some(resumption) = function.native.resumption_or(pc.0, function.code.len(), any) {
            // It is the same at each build.
            resumption.dead.get_or_init(|| dead.into());
        }
    }

    /// The registers that are live at the instruction, and the others.
    fn live_registers(&self) -> (Vec<u32>, Vec<u32>) {
        (0..self.context().function.registers).partition(|slot| self.is_live(*slot))
    }

    /// The generator whose code this is.
    fn own_generator(&mut self) -> Val {
        let below = layout::VALUE_PAYLOAD - layout::VALUE_BYTES;
        self.load(Width::Word, Region::Slots, self.base, below, Ty::Ptr)
    }

    fn saved_registers(&mut self, generator: Val) -> Val {
        self.load(Width::Word, Region::Constant, generator, layout::GENERATOR_REGISTERS, Ty::Ptr)
    }

    fn set_state(&mut self, generator: Val, state: i64) {
        let state = self.int(state);
        self.store(Width::Half, Region::Generators, generator, layout::GENERATOR_STATE, state);
    }

    /// Lets the engine resume a generator that is not suspended here.
    fn check_suspended(&mut self, generator: Val, pc: Pc) {
        let place = self.load(Width::Word, Region::Generators, generator, layout::GENERATOR_PC, Ty::Int);
        let is_here = self.compare_int(Cond::Eq, place, suspended_at(pc.0));
        let (here, other) = self.fork(is_here, false, true);
        self.block = other;
        let payload = self.stub(Stub::Resume, vec![self.machine, self.frame, self.base, self.linked, self.closure]);
        let tag = self.push(Inst::Second(payload), Ty::Int);
        self.f.block_mut(self.block).end = Terminator::Return(payload, tag);
        self.block = here;
    }

    /// Moves a saved register to its slot.
    fn move_saved(&mut self, saved: Val, slot: u32) {
        let (tag_at, payload_at) = saved_at(slot);
        let tag = self.load(Width::Byte, Region::Generators, saved, tag_at, Ty::Int);
        let payload = self.load(Width::Word, Region::Generators, saved, payload_at, Ty::Int);
        self.store_pair(slot, tag, payload);
        self.know(slot, SlotState::ANY);
    }

    fn load_saved(&mut self, saved: Val, slot: u32, scalar: Scalar) -> Saved {
        let (tag_at, payload_at) = saved_at(slot);
        let tag = self.load(Width::Byte, Region::Generators, saved, tag_at, Ty::Int);
        let (width, ty) = match scalar {
            Scalar::Int => (Width::Word, Ty::Int),
            Scalar::Float => (Width::Float, Ty::Float),
            Scalar::Bool => (Width::Byte, Ty::Int),
        };
        let val = self.load(width, Region::Generators, saved, payload_at, ty);
        Saved { slot, scalar, tag, val }
    }

    /// Leaves if a register has another kind of value than it had when this was compiled. All of them are still saved: the exit
    /// moves them.
    fn expect_saved(&mut self, scalars: &[Saved]) {
        if scalars.is_empty() {
            return;
        }
        let exit = self.exit();
        for Saved { slot, scalar, tag, val } in scalars {
            let payload = if *scalar == Scalar::Float { self.unary(Unary::FloatBits, *val) } else { *val };
            self.f.exits[exit.0 as usize].slots.push((*slot, SlotValue::Tagged(*tag, payload)));
        }
        for Saved { slot, scalar, tag, val } in scalars {
            let fits = self.compare_int(Cond::Eq, *tag, scalar.tag() as i64);
            self.guard(fits, exit, ExitReason::Kind);
            let val = if *scalar == Scalar::Bool { self.unary(Unary::IntToBool, *val) } else { *val };
            self.know(*slot, SlotState::fresh(flow::scalar_abs(*scalar, val)));
        }
        self.before = None;
    }

    /// `Yield`: gives a value to who has asked, and null to the expression.
    pub(super) fn yield_value(&mut self, dst: u32, value: u32) -> Step<bool> {
        if self.f.entry != hir::Entry::Resume {
            self.leave(ExitReason::Interpreted);
            return Ok(true);
        }
        self.settle_value(value);
        self.settle(value);
        let (payload, tag) = self.take_words(value);
        self.know(value, SlotState::EMPTY);
        self.set(dst, Abs::Null);
        self.suspend();
        self.flush_quantum();
        self.f.block_mut(self.block).end = Terminator::Return(payload, tag);
        Ok(true)
    }

    /// Saves what is live behind the instruction, and releases the rest.
    fn suspend(&mut self) {
        let next = self.next;
        self.set_pc(next, next);
        self.settle_live();
        let (live, dead) = self.live_registers();
        for slot in &dead {
            self.clear(*slot);
        }
        let generator = self.own_generator();
        let saved = self.saved_registers(generator);
        for slot in live {
            self.save(saved, slot);
        }
        // What was saved there when it went on is somebody else's, or gone.
        for slot in dead {
            if !self.was_saved(slot) {
                continue;
            }
            let null = self.int(tag::NULL as i64);
            self.store(Width::Byte, Region::Generators, saved, saved_at(slot).0, null);
        }
        let place = self.int(suspended_at(next));
        self.store(Width::Word, Region::Generators, generator, layout::GENERATOR_PC, place);
        let cell = self.address(self.facts.resumption(self.context().function.id, Pc(next)));
        let entry = self.load(Width::Word, Region::Machine, cell, 0, Ty::Ptr);
        self.store(Width::Word, Region::Generators, generator, layout::GENERATOR_ENTRY, entry);
    }

    /// Was a register saved where the code begins?
    fn was_saved(&self, slot: u32) -> bool {
        let context = self.context();
        flow::live_at(&context.tables.live, self.entry_pc).is_some_and(|live| live.contains(slot))
    }

    /// Moves a slot, which is not borrowed, to its saved register.
    fn save(&mut self, saved: Val, slot: u32) {
        let (tag_at, payload_at) = saved_at(slot);
        let (payload, tag) = self.take_words(slot);
        self.store(Width::Byte, Region::Generators, saved, tag_at, tag);
        self.store(Width::Word, Region::Generators, saved, payload_at, payload);
        self.know(slot, SlotState::EMPTY);
    }

    /// The body has ended.
    pub(super) fn end_generator(&mut self) {
        for slot in 0..self.context().function.registers {
            self.clear(slot);
        }
        let generator = self.own_generator();
        self.set_state(generator, layout::DONE);
        let (payload, tag) = (self.int(Absence::Undefined as i64), self.int(tag::ABSENT as i64));
        self.flush_quantum();
        self.f.block_mut(self.block).end = Terminator::Return(payload, tag);
    }

    // ---- loops

    /// The next round of a loop over a generator; with a position, the loop has a variable for it.
    pub(super) fn next_of_generator(
        &mut self,
        at: &Decoded,
        state: u32,
        generator: Val,
        variable: u32,
        position: Option<Position>,
    ) -> Step<bool> {
        let (result, thrown) = self.ask(generator);
        let (payload, tag) = result;
        let is_end = self.compare_int(Cond::Eq, tag, tag::ABSENT as i64);
        let Some(scalar) = self.expected_element() else {
            let fine = self.compare_int(Cond::Ne, tag, TAG_THROWN as i64);
            self.unless_thrown(fine, thrown, |_| {});
            let has_next = self.unary(Unary::BoolNot, is_end);
            return self.round(state, has_next, |b| b.set_element(variable, result, position));
        };
        let fits = self.compare_int(Cond::Eq, tag, scalar.tag() as i64);
        let (_, other) = self.fork(fits, false, false);
        let before = self.state.clone();
        let val = self.scalar_of_word(scalar, payload);
        self.set(variable, flow::scalar_abs(scalar, val));
        self.set_position(position);
        self.tick()?;
        self.go_to_target()?;
        self.block = other;
        self.state = before.clone();
        let (_, other) = self.fork(is_end, false, true);
        self.end(state)?;
        self.block = other;
        self.state = before;
        let fine = self.compare_int(Cond::Ne, tag, TAG_THROWN as i64);
        self.unless_thrown(fine, thrown, |_| {});
        self.set_element(variable, result, position);
        self.tick()?;
        let exit = self.exit_to(at.target().map_or(0, |t| t.0));
        self.f.block_mut(self.block).end = Terminator::Exit(exit, ExitReason::Result);
        Ok(true)
    }

    /// `next()` of the generator in a slot, which is free afterwards; false if it holds something else.
    pub(super) fn next_value(&mut self, dst: u32, slot: u32) -> Step<bool> {
        let Some((_, generator)) = self.unbox_object(slot, tag::GENERATOR) else { return Ok(false) };
        self.tick()?;
        let ((payload, tag), thrown) = self.ask(generator);
        let fine = self.compare_int(Cond::Ne, tag, TAG_THROWN as i64);
        self.unless_thrown(fine, thrown, |_| {});
        let is_some = self.compare_int(Cond::Ne, tag, tag::ABSENT as i64);
        let some = |b: &mut Self| {
            let variant = b.int(0);
            let (object, value) = b.alloc_outcome(EnumDecl::OPTION_ID, variant);
            b.store_cell(value, tag, payload);
            object
        };
        let option = self.choose(is_some, true, Ty::Ptr, some, |b| b.stub_address(Stub::None, vec![b.machine]));
        self.clear(slot);
        self.set_object(dst, Shape { tag: tag::VARIANT, detail: EnumDecl::OPTION_ID }, option);
        self.before = None;
        Ok(true)
    }

    /// Calls the code that resumes a generator. Gives the payload and the tag of what it yields, absent at its end, and the exit
    /// for a fault.
    fn ask(&mut self, generator: Val) -> ((Val, Val), ExitId) {
        // Its frame begins behind the present one, where nothing is of use any more.
        let end = self.slot(self.context().function.registers);
        for slot in end..self.state.slots.len() as u32 {
            self.clear(slot);
        }
        self.settle_objects();
        self.f.slots = self.f.slots.max(end + 1);
        self.before = None;
        self.flush_quantum();
        let above = self.record_above();
        let below = self.slot_address(end);
        self.store(Width::Word, Region::Slots, below, layout::VALUE_PAYLOAD, generator);
        let base = self.slot_address(end + 1);
        let linked = self.load(Width::Word, Region::Constant, generator, layout::GENERATOR_FUNCTION, Ty::Ptr);
        let closure = self.load(Width::Word, Region::Constant, generator, layout::GENERATOR_CLOSURE, Ty::Ptr);
        let entry = self.load(Width::Word, Region::Generators, generator, layout::GENERATOR_ENTRY, Ty::Ptr);
        let thrown = self.exit_thrown();
        let args = vec![entry, self.machine, above, base, linked, closure];
        (self.call_code(hir::Callee::Entry, args, end), thrown)
    }

    /// The kind of what a loop gets, if it is always the same.
    fn expected_element(&self) -> Option<Scalar> {
        self.read_so_far().filter(|_| !self.is_widened(ExitReason::Result))
    }

    fn set_element(&mut self, variable: u32, (payload, tag): (Val, Val), position: Option<Position>) {
        self.set_words(variable, Words::any(tag, payload));
        self.set_position(position);
    }

    fn set_position(&mut self, position: Option<Position>) {
        if let Some(Position { variable, counter, count }) = position {
            self.set(variable, Abs::Int(count));
            self.advance(counter, count);
        }
    }
}

/// The position in a loop: where it is counted, and the variable for it.
#[derive(Clone, Copy)]
pub struct Position {
    pub variable: u32,
    pub counter: u32,
    pub count: Val,
}

/// What a generator has in its word for where it goes on while it is suspended there.
fn suspended_at(pc: u32) -> i64 {
    layout::SUSPENDED << 32 | pc as i64
}

/// Where the tag and the payload of a saved register are.
fn saved_at(slot: u32) -> (i32, i32) {
    let at = slot as i32 * layout::VALUE_BYTES;
    (at + layout::VALUE_TAG, at + layout::VALUE_PAYLOAD)
}

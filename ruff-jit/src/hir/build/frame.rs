//! Frames of native code: how they are entered, and what is left of them at a return.

use super::state::{Abs, Assumed, Held, Kind, Owner, Scalar, SlotState};
use super::{Builder, Step, flow};
use crate::hir::{self, Cond, Entry, Region, Terminator, Ty, Unary, Val, Width};
use ruff_core::jit::{ExitReason, Function, Op, ReturnMode, Stub, TAG_THROWN, layout, tag};

impl Builder<'_, '_> {
    // ---- entries

    /// The parameters of a call, and its tick.
    pub(super) fn enter_call(&mut self, scalars: &[Option<Scalar>], given: &[Val]) {
        let mut values = given.iter();
        for (slot, scalar) in scalars.iter().enumerate() {
            let state = match scalar.zip(values.as_slice().first()) {
                Some((scalar, val)) => {
                    values.next();
                    self.f.scalars.push(slot as u32);
                    SlotState::fresh(flow::scalar_abs(scalar, *val))
                }
                None => SlotState::ANY,
            };
            self.know(slot as u32, state);
        }
        if let Some(shape) = self.receiver_shape(self.root) {
            self.know(0, SlotState::memory(Kind::Object(shape)));
        }
        self.tick_call();
    }

    /// Charges the tick of the call that begins.
    pub(super) fn tick_call(&mut self) {
        let quantum = self.quantum();
        let is_used_up = self.compare_int(Cond::Eq, quantum, 0);
        let rest = self.new_block(false);
        let more = self.f.add_param(rest, Ty::Int);
        let (used_up, some) = self.fork(is_used_up, true, false);
        self.block = some;
        self.jump(rest, vec![quantum]);
        self.block = used_up;
        self.stub(Stub::RefillCall, vec![self.machine, self.frame]);
        let offset = layout::MACHINE_QUANTUM;
        let granted = self.load(Width::Word, Region::Machine, self.machine, offset, Ty::Int);
        let fine = self.compare_int(Cond::Ne, granted, 0);
        let (_, thrown) = self.fork(fine, false, true);
        self.jump(rest, vec![granted]);
        self.block = thrown;
        let (payload, tag) = (self.int(0), self.int(TAG_THROWN as i64));
        self.f.block_mut(thrown).end = Terminator::Return(payload, tag);
        self.block = rest;
        let one = self.int(1);
        self.state.quantum = Some(self.binary(hir::Binary::Sub, more, one));
    }

    /// The registers of a frame that is entered at a loop: those of known kinds are unboxed, or known to hold such objects if the
    /// loop leaves them so. Those that nobody needs are null when it is entered, so that the loop need not ask.
    pub(super) fn enter_loop_entry(&mut self, kinds: &[Option<Held>]) {
        let (pc, live) = (self.pc, self.context().tables.clone());
        let live = flow::live_at(&live.live, pc);
        for slot in 0..self.context().function.registers {
            self.know(slot, SlotState::ANY);
            let is_live = live.is_some_and(|l| l.contains(slot));
            let kind = kinds.get(slot as usize).copied().flatten().filter(|kind| is_live && self.lasts(slot, *kind));
            self.kinds.push(kind);
            match kind {
                Some(Held::Scalar(scalar)) => {
                    self.unbox(slot, scalar);
                }
                Some(Held::Object(tag)) => {
                    self.unbox_object(slot, tag);
                }
                None if !is_live => {
                    self.dead.push(slot);
                    self.know(slot, SlotState::EMPTY);
                }
                None => {}
            }
        }
    }

    /// May the loop at which the code is entered leave values of that kind in a slot? An earlier build has seen if it does not.
    fn lasts(&self, slot: u32, kind: Held) -> bool {
        let context = self.context();
        let header = (context.path, context.tables.graph.order.first().copied().unwrap_or_default());
        matches!(kind, Held::Scalar(_)) || self.assumption(header, slot) != Assumed::Memory(Kind::Any)
    }

    // ---- returns

    /// `Return`, and `ReturnNull` without a result.
    pub(super) fn return_from(&mut self, result: Option<u32>) -> Step<bool> {
        if self.contexts.len() > 1 {
            return self.return_inlined(result);
        }
        if has_captured_in_out(self.context().function) {
            // The final value of a captured parameter is in its cell: the interpreter knows how to leave.
            self.leave(ExitReason::Interpreted);
            return Ok(true);
        }
        if self.f.entry == Entry::Resume {
            self.end_generator();
            return Ok(true);
        }
        let (payload, tag) = match result {
            Some(result) => self.leave_with(result),
            None => {
                self.leave_slots(None);
                self.note_result(None);
                (self.int(0), self.int(tag::NULL as i64))
            }
        };
        self.flush_quantum();
        self.f.block_mut(self.block).end = Terminator::Return(payload, tag);
        Ok(true)
    }

    /// The payload word and the tag of a result, when all other slots are released.
    fn leave_with(&mut self, result: u32) -> (Val, Val) {
        self.settle(result);
        let scalar = self.scalar_kind(result);
        let borrowed = self.count_result(result);
        self.leave_slots(Some(result));
        self.note_result(scalar);
        match borrowed {
            Some(words) => words,
            None => self.take_words(result),
        }
    }

    /// The payload word and the tag of a slot that is not borrowed, which gives its value up.
    pub(super) fn take_words(&mut self, slot: u32) -> (Val, Val) {
        self.materialize(slot);
        let state = self.get(slot);
        let words = match state.abs {
            Abs::Float(v) => (self.unary(Unary::FloatBits, v), self.int(tag::FLOAT as i64)),
            abs => match self.payload_of(abs) {
                Some((tag, payload)) => (payload, self.int(tag as i64)),
                None => (self.load_payload(slot, Ty::Int), self.load_tag(slot)),
            },
        };
        if state.may_own() {
            self.store_tag(slot, tag::NULL);
        }
        words
    }

    /// The payload word and the tag of a result, if it is borrowed: it is counted, and the slot holds nothing then.
    fn count_result(&mut self, result: u32) -> Option<(Val, Val)> {
        let (tag, payload) = self.count_borrowed(self.get(result))?;
        self.know(result, SlotState::EMPTY);
        Some((payload, tag))
    }

    /// What a function that returns has borrowed from objects is of no use any more, but for its result and what it keeps.
    fn forget_borrowed(&mut self, result: Option<u32>, keeps_receiver: bool) {
        let (function, base) = (self.context().function, self.context().base);
        for slot in base..base + function.registers {
            let stays = Some(slot) == result || keeps_register(function, keeps_receiver, slot - base);
            if !stays && self.get(slot).is_borrowed_from_object() {
                self.know(slot, SlotState::EMPTY);
            }
        }
    }

    fn note_result(&mut self, kind: Option<Scalar>) {
        self.returns = Some(match self.returns {
            None => kind,
            Some(known) if known == kind => known,
            Some(_) => None,
        });
    }

    /// Releases the slots of the outermost frame but that of the result; in-out parameters stay, in memory. A frame that was
    /// entered at a loop is the interpreter's to clear.
    fn leave_slots(&mut self, result: Option<u32>) {
        let (function, is_call) = (self.context().function, self.f.entry.has_own_record());
        self.forget_borrowed(result, function.has_mut_self);
        for slot in 0..function.registers {
            if keeps_register(function, function.has_mut_self, slot) && Some(slot) != result {
                self.flush(slot);
            } else if is_call && Some(slot) != result {
                self.clear(slot);
            }
        }
    }

    fn return_inlined(&mut self, result: Option<u32>) -> Step<bool> {
        let context = self.context();
        let (function, base, keeps) = (context.function, context.base, context.keeps_receiver);
        let dst = self.contexts[self.contexts.len() - 2].base + context.dst as u32;
        if !matches!(context.mode, ReturnMode::Normal | ReturnMode::InOut) {
            return self.return_truth(result, dst);
        }
        if let Some(result) = result {
            if matches!(self.get(result).abs, Abs::Borrowed(_, _, Owner::Slot(owner)) if owner >= base) {
                self.flush(result);
            }
            self.settle(result);
        }
        self.forget_borrowed(result, keeps);
        for slot in base..base + function.registers {
            if Some(slot) != result && !keeps_register(function, keeps, slot - base) {
                self.clear(slot);
            }
        }
        match result {
            Some(result) => self.move_slot(dst, result),
            None => self.set(dst, Abs::Null),
        }
        let edge = self.edge();
        self.context_mut().returns.push(edge);
        Ok(true)
    }

    /// Leaves an inlined operator method whose result is a truth, or decides one.
    fn return_truth(&mut self, result: Option<u32>, dst: u32) -> Step<bool> {
        let context = self.context();
        let (base, end, mode) = (context.base, context.base + context.function.registers, context.mode);
        let Some(truth) = self.truth_of_result(mode, result) else {
            self.leave(ExitReason::Result);
            return Ok(true);
        };
        self.forget_borrowed(None, false);
        for slot in base..end {
            self.clear(slot);
        }
        self.set(dst, Abs::Bool(truth));
        let edge = self.edge();
        self.context_mut().returns.push(edge);
        Ok(true)
    }
}

/// Does a register keep its value when the function returns?
pub(super) fn keeps_register(function: &Function, keeps_receiver: bool, register: u32) -> bool {
    match register.checked_sub(function.is_method as u32) {
        None => keeps_receiver,
        Some(param) => function.params.get(param as usize).is_some_and(|p| p.mode == ruff_core::jit::ParamMode::InOut),
    }
}

/// Is an in-out parameter kept in a cell, because a closure captures it?
pub(super) fn has_captured_in_out(function: &Function) -> bool {
    if !function.has_mut_self && !function.has_in_out() {
        return false;
    }
    let code = super::graph::instructions(function, 0, function.code.len() as u32).unwrap_or_default();
    code.iter().filter(|at| at.op == Op::NewCell).any(|at| {
        let word = function.code[at.pc.0 as usize];
        word.a() == word.b() && keeps_register(function, function.has_mut_self, word.a() as u32)
    })
}

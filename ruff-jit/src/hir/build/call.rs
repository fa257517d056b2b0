//! Calls and returns.

use super::flow::path_of;
use super::state::{Abs, Kind, Owner, Scalar, Shape, SlotState};
use super::{Builder, Callee, Context, Step, flow};
use crate::hir::{self, Call, Cond, Entry, Inst, Region, SlotValue, Terminator, Ty, Unary, Val, Width};
use ruff_core::jit::{
    Decoded, ExitReason, FuncId, Function, Op, Operand, Pc, Place, PlaceRoot, Receiver, Stub, TAG_THROWN, feedback,
    layout, tag,
};

/// Words of bytecode that may be inlined in one function.
pub const INLINED_WORDS_MAX: usize = 300;
/// The largest function that is inlined, in words.
const CALLEE_WORDS_MAX: usize = 60;
/// Inlined calls that nest.
const LEVELS_MAX: usize = 6;
/// How often a function is inlined into itself.
const RECURSION_MAX: usize = 2;
/// Words of bytecode of a function on the way down into itself: larger ones are inlined less deep, as what their calls cost is
/// a smaller part of their work.
const RECURSIVE_WORDS_MAX: usize = 30;
/// How far the next use of a result is looked for, in instructions.
const DEMAND_WINDOW: usize = 8;

/// A method that a site has called.
#[derive(Clone, Copy)]
struct Method<'p> {
    /// The id of the struct declaration.
    declaration: u32,
    function: &'p Function,
    receiver: Receiver,
}

/// A call of a script function with exactly its parameters in the window.
struct ScriptCall {
    callee: FuncId,
    window: u32,
    /// The slot of the closure, if it captures something.
    closure: Option<u32>,
    dst: u32,
    keeps_receiver: bool,
}

impl<'p> Builder<'p, '_> {
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
        let failed = self.stub(Stub::RefillCall, vec![self.machine, self.frame]);
        let fine = self.compare_int(Cond::Eq, failed, 0);
        let (_, thrown) = self.fork(fine, false, true);
        let offset = layout::MACHINE_QUANTUM;
        let granted = self.load(Width::Word, Region::Machine, self.machine, offset, Ty::Int);
        self.jump(rest, vec![granted]);
        self.block = thrown;
        let (payload, tag) = (self.int(0), self.int(TAG_THROWN as i64));
        self.f.block_mut(thrown).end = Terminator::Return(payload, tag);
        self.block = rest;
        let one = self.int(1);
        self.state.quantum = Some(self.binary(hir::Binary::Sub, more, one));
    }

    /// The registers of a frame that is entered at a loop: those of known kinds are unboxed, and what nobody needs is released, so
    /// that the loop need not ask.
    pub(super) fn enter_loop_entry(&mut self, kinds: &[Option<Scalar>]) {
        let (pc, live) = (self.pc, self.context().tables.clone());
        let live = flow::live_at(&live.live, pc);
        for slot in 0..self.context().function.registers {
            self.know(slot, SlotState::ANY);
            let kind = kinds.get(slot as usize).copied().flatten();
            match kind {
                _ if !live.is_some_and(|l| l.contains(slot)) => self.clear(slot),
                Some(scalar) => {
                    self.unbox(slot, scalar);
                }
                None => {}
            }
        }
    }

    // ---- returns

    /// `Return`.
    pub(super) fn return_value(&mut self, result: u32) -> Step<bool> {
        if self.contexts.len() > 1 {
            return self.return_inlined(Some(result));
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
        self.settle(result);
        let scalar = self.scalar_kind(result);
        let borrowed = self.count_result(result);
        self.leave_slots(Some(result));
        self.note_result(scalar);
        let (payload, tag) = match borrowed {
            Some(words) => words,
            None => self.take_words(result),
        };
        self.flush_quantum();
        self.f.block_mut(self.block).end = Terminator::Return(payload, tag);
        Ok(true)
    }

    /// `ReturnNull`.
    pub(super) fn return_null(&mut self) -> Step<bool> {
        if self.contexts.len() > 1 {
            return self.return_inlined(None);
        }
        if has_captured_in_out(self.context().function) {
            self.leave(ExitReason::Interpreted);
            return Ok(true);
        }
        if self.f.entry == Entry::Resume {
            self.end_generator();
            return Ok(true);
        }
        self.leave_slots(None);
        self.note_result(None);
        let (payload, tag) = (self.int(0), self.int(tag::NULL as i64));
        self.flush_quantum();
        self.f.block_mut(self.block).end = Terminator::Return(payload, tag);
        Ok(true)
    }

    /// The payload word and the tag of a slot that is not borrowed, which gives its value up.
    pub(super) fn take_words(&mut self, slot: u32) -> (Val, Val) {
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
        let words = match self.get(result).abs {
            Abs::Borrowed(shape, ptr, _) => {
                self.add_count(ptr);
                (ptr, self.int(shape.tag as i64))
            }
            Abs::Read(tag, payload, _) => {
                self.count_if_object(tag, payload);
                (payload, tag)
            }
            _ => return None,
        };
        self.know(result, SlotState::EMPTY);
        Some(words)
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

    // ---- calls of script functions

    /// `CallFunction`.
    pub(super) fn call_function(
        &mut self,
        at: &Decoded,
        dst: u32,
        window: u32,
        count: u32,
        callee: u32,
        site: u32,
    ) -> Step<bool> {
        let Some(function) = self.facts.program().functions.get(callee as usize) else { return self.interpret(at) };
        let marks = self.context().function.sites.get(site as usize).map_or(&[][..], |s| &s.in_out);
        if !takes(function, marks, count) {
            return self.interpret(at);
        }
        self.call_script(ScriptCall { callee: function.id, window, closure: None, dst, keeps_receiver: false })
    }

    /// `Call`.
    pub(super) fn call_value(
        &mut self,
        at: &Decoded,
        dst: u32,
        window: u32,
        count: u32,
        site: u32,
        callee: u32,
    ) -> Step<bool> {
        let Some(marks) = self.context().function.sites.get(site as usize).map(|s| &s.in_out) else {
            return Err(super::malformed());
        };
        if self.is_widened(ExitReason::Kind) {
            return self.interpret(at);
        }
        let Some((shape, closure)) = self.unbox_object(callee, tag::CLOSURE) else { return self.interpret(at) };
        let seen = self
            .seen_callees(site)
            .filter(|list| !self.is_widened(ExitReason::Callee) && list.iter().all(|f| takes(f, marks, count)));
        let Some(functions) = seen else {
            if !marks.is_empty() {
                return self.interpret(at);
            }
            return self.call_any(dst, window, count, (callee, closure));
        };
        if let [function] = functions.as_slice()
            && shape.detail == function.id.0 + 1
        {
            return self.call_closure(function, dst, window, callee);
        }
        let linked = self.load(Width::Word, Region::Constant, closure, layout::CLOSURE_FUNCTION, Ty::Ptr);
        self.each_target(
            &functions,
            |b, function| {
                let expected = b.linked_of(function.id);
                (b.compare(Cond::Eq, linked, expected), ExitReason::Callee)
            },
            |b, function| {
                b.refine(callee, Shape { tag: tag::CLOSURE, detail: function.id.0 + 1 });
                b.call_closure(function, dst, window, callee)
            },
        )
    }

    fn call_closure(&mut self, function: &'p Function, dst: u32, window: u32, callee: u32) -> Step<bool> {
        let captures = function.captures > 0;
        if captures {
            self.flush(callee);
        }
        let closure = captures.then_some(callee);
        self.call_script(ScriptCall { callee: function.id, window, closure, dst, keeps_receiver: false })
    }

    /// Builds what is done for each of several targets, whose tests exclude each other; the last one is a guard.
    fn each_target<T>(
        &mut self,
        targets: &[T],
        mut test: impl FnMut(&mut Self, &T) -> (Val, ExitReason),
        mut build: impl FnMut(&mut Self, &T) -> Step<bool>,
    ) -> Step<bool> {
        let Some((last, others)) = targets.split_last() else { return Err(super::malformed()) };
        let (pc, next) = (self.pc, self.next);
        let mut edges = Vec::with_capacity(targets.len());
        for target in others {
            let before = self.before;
            let (is_this, _) = test(self, target);
            let (_, other) = self.fork(is_this, false, false);
            let state = self.state.clone();
            build(self, target)?;
            edges.push(self.edge());
            self.block = other;
            self.state = state;
            self.set_pc(pc, next);
            self.before = before;
        }
        let (is_last, reason) = test(self, last);
        self.expect(is_last, reason);
        build(self, last)?;
        if edges.is_empty() {
            return Ok(false);
        }
        edges.push(self.edge());
        self.go_on_after((pc, next), edges)
    }

    /// The functions of the same program that a site has called, if there were no others.
    fn seen_callees(&self, site: u32) -> Option<Vec<&'p Function>> {
        let site = self.context().function.sites.get(site as usize)?;
        if site.cache.is_megamorphic() {
            return None;
        }
        let keys: Vec<u32> = site.cache.entries().map(|(key, _)| key).collect();
        if keys.is_empty() || keys.contains(&ruff_core::jit::FOREIGN_CALLEE) {
            return None;
        }
        keys.into_iter().map(|key| self.facts.program().functions.get(key as usize - 1)).collect()
    }

    /// Calls a closure of which nothing is known, by the entry that its function has; without one the interpreter calls it.
    fn call_any(&mut self, dst: u32, window: u32, count: u32, (callee, closure): (u32, Val)) -> Step<bool> {
        let linked = self.load(Width::Word, Region::Constant, closure, layout::CLOSURE_FUNCTION, Ty::Ptr);
        let function = self.load(Width::Word, Region::Constant, linked, layout::FUNCTION_STATIC, Ty::Ptr);
        let entry = self.load(Width::Word, Region::Machine, function, layout::STATIC_ENTRY, Ty::Ptr);
        let params = self.load(Width::Half, Region::Constant, linked, layout::FUNCTION_PARAMS, Ty::Int);
        let is_simple = self.load(Width::Byte, Region::Constant, linked, layout::FUNCTION_IS_SIMPLE, Ty::Int);
        let has_entry = self.compare_int(Cond::Ne, entry, 0);
        let fits = self.compare_int(Cond::Eq, params, count as i64);
        let is_simple = self.unary(Unary::IntToBool, is_simple);
        let is_plain = self.binary(hir::Binary::BoolAnd, fits, is_simple);
        let is_plain = self.binary(hir::Binary::BoolAnd, is_plain, has_entry);
        for slot in window..window + count {
            self.settle(slot);
            self.flush(slot);
        }
        // A callee takes for granted that its other registers hold nothing.
        for slot in window + count..self.state.slots.len() as u32 {
            if slot != callee {
                self.clear(slot);
            }
        }
        self.settle_objects();
        self.flush_quantum();
        self.before = None;
        let (_, slow) = self.fork(is_plain, false, true);
        let state = self.state.clone();
        let (pc, next) = (self.pc, self.next);
        let record = self.emit_records();
        let code = self.pc_address(self.next);
        self.store(Width::Word, Region::Frames, record, layout::FRAME_PC, code);
        let above = self.offset(record, layout::FRAME_BYTES as i64);
        let base = self.slot_address(window);
        let thrown = self.exit_thrown();
        let args = vec![entry, self.machine, above, base, linked, closure];
        let payload = self.push(Inst::Call(Box::new(Call { callee: hir::Callee::Entry, args })), Ty::Int);
        let tag = self.push(Inst::Second(payload), Ty::Int);
        let fine = self.compare_int(Cond::Ne, tag, TAG_THROWN as i64);
        self.unless_thrown(fine, thrown, |b| b.forget_arguments(window, count));
        for slot in window..window + count {
            self.know(slot, SlotState::EMPTY);
        }
        self.set_pair(dst, tag, payload, Kind::Any);
        let fast = self.edge();
        self.block = slow;
        self.state = state;
        self.set_pc(pc, next);
        let function = self.context().function;
        let at = Decoded::at(&function.code, Pc(pc)).map_err(|_| super::malformed())?;
        self.interpret(&at)?;
        let slow = self.edge();
        self.go_on_after((pc, next), vec![fast, slow])
    }

    /// The linked function of another function of the program.
    pub(super) fn linked_of(&mut self, id: FuncId) -> Val {
        let distance = (id.0 as i64 - self.root.0 as i64) * layout::FUNCTION_BYTES as i64;
        self.offset(self.linked, distance)
    }

    fn call_script(&mut self, call: ScriptCall) -> Step<bool> {
        let Some(function) = self.facts.program().functions.get(call.callee.0 as usize) else {
            return Err(super::malformed());
        };
        if self.should_inline(function) { self.inline(function, call) } else { self.call_native(function, call) }
    }

    fn should_inline(&self, function: &Function) -> bool {
        let depth = self.contexts.iter().filter(|c| c.function.id == function.id).count();
        let words = function.code.len();
        self.facts.inlines()
            && !function.is_generator
            && function.handlers.is_empty()
            && !has_captured_in_out(function)
            && words <= CALLEE_WORDS_MAX
            && words <= self.budget
            && self.contexts.len() <= LEVELS_MAX
            && (depth == 0 || depth <= RECURSION_MAX && depth * words <= RECURSIVE_WORDS_MAX)
            && !self.f.block(self.block).is_cold
    }

    /// Goes on in the callee, whose frame begins at the window.
    fn inline(&mut self, function: &'p Function, call: ScriptCall) -> Step<bool> {
        self.budget -= function.code.len();
        self.inlined.push(function.id);
        self.tick()?;
        let tables = self.tables(function.id, Pc(0))?;
        let outer = self.context();
        let context = Context {
            return_pc: self.next,
            call_pc: self.pc,
            dst: (call.dst - outer.base) as u16,
            closure: call.closure,
            keeps_receiver: call.keeps_receiver,
            path: path_of(outer.path, function.id, self.pc),
            ..Context::new(function, tables, call.window)
        };
        let (pc, next) = (self.pc, self.next);
        self.push_context(context);
        let entry = self.edge();
        self.build_nodes(entry)?;
        let Some(context) = self.contexts.pop() else { return Err(super::malformed()) };
        self.set_pc(next, next);
        if context.returns.is_empty() {
            // The callee never returns.
            let dead = self.new_block(true);
            self.block = dead;
        } else {
            self.merge_with(context.returns, |b, slot| b.is_live(slot));
        }
        self.set_pc(pc, next);
        self.before = None;
        Ok(false)
    }

    /// Calls the callee's native code.
    fn call_native(&mut self, function: &'p Function, call: ScriptCall) -> Step<bool> {
        let (callee, scalars) = self.unbox_arguments(function, call.window)?;
        for (index, param) in callee.params.iter().enumerate() {
            if param.is_none() {
                self.flush(call.window + index as u32);
            }
        }
        // The callee takes for granted that its other registers, and those of what it calls, hold nothing.
        let end = self.state.slots.len() as u32;
        for slot in call.window + callee.params.len() as u32..end {
            self.clear(slot);
        }
        self.settle_objects();
        self.before = None;
        self.flush_quantum();
        let record = self.emit_records();
        let pc = self.pc_address(self.next);
        self.store(Width::Word, Region::Frames, record, layout::FRAME_PC, pc);
        let above = self.offset(record, layout::FRAME_BYTES as i64);
        let base = self.slot_address(call.window);
        let linked = self.linked_of(call.callee);
        let closure = match call.closure {
            Some(slot) => self.load_payload(slot, Ty::Ptr),
            None => self.address(0),
        };
        let thrown = self.exit_thrown();
        let mut args = vec![self.machine, above, base, linked, closure];
        args.extend(scalars);
        let payload = self.push(Inst::Call(Box::new(Call { callee: hir::Callee::Cell(callee.cell), args })), Ty::Int);
        let tag = self.push(Inst::Second(payload), Ty::Int);
        for slot in call.window..end {
            let keeps = keeps_register(function, call.keeps_receiver, slot - call.window);
            self.know(slot, if keeps { SlotState::ANY } else { SlotState::EMPTY });
        }
        let expected =
            callee.returns.or_else(|| self.demand(call.dst)).filter(|_| !self.is_widened(ExitReason::Result));
        match expected {
            Some(scalar) => {
                let arguments = (call.window, callee.params.len() as u32);
                self.expect_result(call.dst, scalar, (payload, tag), thrown, arguments);
            }
            None => {
                let fine = self.compare_int(Cond::Ne, tag, TAG_THROWN as i64);
                self.unless_thrown(fine, thrown, |b| b.forget_arguments(call.window, callee.params.len() as u32));
                self.set_pair(call.dst, tag, payload, Kind::Any);
            }
        }
        self.before = None;
        Ok(false)
    }

    /// The result of a call that has always been of one kind. Others leave behind the call.
    fn expect_result(
        &mut self,
        dst: u32,
        scalar: Scalar,
        (payload, tag): (Val, Val),
        thrown: hir::ExitId,
        (window, params): (u32, u32),
    ) {
        let fits = self.compare_int(Cond::Eq, tag, scalar.tag() as i64);
        let (expected, other) = self.fork(fits, false, self.catch().is_none());
        let state = self.state.clone();
        self.block = other;
        let fine = self.compare_int(Cond::Ne, tag, TAG_THROWN as i64);
        self.unless_thrown(fine, thrown, |b| b.forget_arguments(window, params));
        self.clear(dst);
        let exit = self.exit_after();
        self.f.exits[exit.0 as usize].slots.retain(|(slot, _)| *slot != dst);
        self.f.exits[exit.0 as usize].slots.push((dst, SlotValue::Tagged(tag, payload)));
        self.f.block_mut(self.block).end = Terminator::Exit(exit, ExitReason::Result);
        self.block = expected;
        self.state = state;
        let val = self.scalar_of_word(scalar, payload);
        self.set(dst, flow::scalar_abs(scalar, val));
    }

    /// The scalar of a payload word.
    pub(super) fn scalar_of_word(&mut self, scalar: Scalar, payload: Val) -> Val {
        match scalar {
            Scalar::Int => payload,
            Scalar::Float => self.unary(Unary::BitsToFloat, payload),
            Scalar::Bool => {
                let mask = self.int(0xFF);
                let byte = self.binary(hir::Binary::And, payload, mask);
                self.unary(Unary::IntToBool, byte)
            }
        }
    }

    /// A call has failed: its arguments may be in their slots still.
    fn forget_arguments(&mut self, window: u32, count: u32) {
        for slot in window..window + count {
            self.know(slot, SlotState::ANY);
        }
    }

    /// The unboxed arguments of a native call, with guards that leave before it.
    fn unbox_arguments(&mut self, function: &Function, window: u32) -> Step<(Callee, Vec<Val>)> {
        let callee = self.fitting_callee(function, window).ok_or_else(super::malformed)?;
        let mut scalars = Vec::new();
        for (index, param) in callee.params.iter().enumerate() {
            if let Some(scalar) = param {
                scalars.extend(self.unbox(window + index as u32, *scalar));
            }
        }
        Ok((callee, scalars))
    }

    /// How the callee is called with these arguments.
    fn fitting_callee(&mut self, function: &Function, window: u32) -> Option<Callee> {
        let receiver = function.is_method as u32;
        let params = function.params.len() as u32 + receiver;
        let given: Vec<Option<Scalar>> = (window..window + params).map(|slot| self.scalar_kind(slot)).collect();
        let callee = self.facts.callee(function.id, &given)?;
        let mut kinds: Vec<Option<Scalar>> = Vec::with_capacity(callee.params.len());
        for (index, param) in callee.params.iter().enumerate() {
            let slot = window + index as u32;
            let fits = param.is_some_and(|s| {
                self.scalar_kind(slot) == Some(s) || self.may_be(slot, s) && !self.is_widened(ExitReason::Kind)
            });
            kinds.push(param.filter(|_| fits));
        }
        if kinds == callee.params {
            return Some(callee);
        }
        self.facts.widen_params(function.id, &kinds);
        self.facts.callee(function.id, &kinds)
    }

    /// The kind that the next use of a result wants, if one is sure to come soon.
    pub(super) fn demand(&self, slot: u32) -> Option<Scalar> {
        let function = self.context().function;
        let register = slot - self.context().base;
        let mut pc = Pc(self.next);
        for _ in 0..DEMAND_WINDOW {
            let at = Decoded::at(&function.code, pc).ok()?;
            let reads = |kind: Operand| matches!(kind, Operand::Read | Operand::Take);
            if at.operands().any(|o| reads(o.kind) && o.bits == register) {
                return demanded_by(function, &at);
            }
            if at.op.flow() != ruff_core::jit::Flow::Next {
                return None;
            }
            pc = at.next();
        }
        None
    }

    // ---- methods

    /// `CallMethod`.
    pub(super) fn call_method(&mut self, at: &Decoded, dst: u32, window: u32, count: u32, site: u32) -> Step<bool> {
        if self.has_not_run(site) {
            return self.never_run();
        }
        if let Some(ends) = self.builtin_method(at, dst, (window, count, site))? {
            return Ok(ends);
        }
        let Some(methods) = self.seen_methods(window, count, site) else { return self.interpret(at) };
        if methods.iter().any(|m| m.receiver == Receiver::InOut) {
            return self.interpret(at);
        }
        let Some((_, object)) = self.unbox_object(window, tag::STRUCT) else { return self.interpret(at) };
        self.each_method(&methods, Some(window), object, |b, method| {
            let callee = method.function.id;
            b.call_script(ScriptCall { callee, window, closure: None, dst, keeps_receiver: false })
        })
    }

    /// Builds a call for each method that a site has seen, by the declaration of the receiver, which may be in a register.
    fn each_method(
        &mut self,
        methods: &[Method<'p>],
        receiver: Option<u32>,
        object: Val,
        mut build: impl FnMut(&mut Self, &Method<'p>) -> Step<bool>,
    ) -> Step<bool> {
        let known = receiver.and_then(|slot| self.object(slot)).map_or(0, |(shape, _)| shape.detail);
        if let [method] = methods
            && known == method.declaration
        {
            return build(self, method);
        }
        let actual = self.load(Width::Half, Region::Constant, object, layout::STRUCT_SHAPE, Ty::Int);
        self.each_target(
            methods,
            |b, method| (b.compare_int(Cond::Eq, actual, method.declaration as i64), ExitReason::Shape),
            |b, method| {
                if let Some(receiver) = receiver {
                    b.refine(receiver, Shape { tag: tag::STRUCT, detail: method.declaration });
                }
                build(b, method)
            },
        )
    }

    /// `CallPlaceMethod`.
    pub(super) fn call_place_method(
        &mut self,
        at: &Decoded,
        dst: u32,
        window: u32,
        count: u32,
        site: u32,
        place: u32,
    ) -> Step<bool> {
        let function = self.context().function;
        let Some(place) = function.places.get(place as usize) else { return Err(super::malformed()) };
        if self.has_not_run(site) {
            return self.never_run();
        }
        if let Some(ends) = self.builtin_method_at(at, dst, (window, count, site), place)? {
            return Ok(ends);
        }
        let (PlaceRoot::Register(root), true) = (place.root, place.steps.is_empty()) else {
            return self.call_at_place(at, dst, (window, count, site), place);
        };
        let root = self.slot(root.0 as u32);
        let Some(methods) = self.seen_methods(root, count, site) else { return self.interpret(at) };
        if place.immutable.is_some() && methods.iter().any(|m| m.receiver == Receiver::InOut) {
            return self.interpret(at);
        }
        let Some((_, object)) = self.unbox_object(root, tag::STRUCT) else { return self.interpret(at) };
        self.each_method(&methods, Some(root), object, |b, method| {
            let keeps_receiver = method.receiver == Receiver::InOut;
            if keeps_receiver {
                // The arguments are unboxed first: from the loan on the instruction cannot begin again.
                b.unbox_arguments(method.function, window)?;
                b.before = None;
                // The place is on loan until `Restore`.
                b.flush(root);
                b.lend_slot(window, root);
            } else {
                b.before = None;
                b.copy_slot(window, root);
                b.set(window - 1, Abs::Null);
            }
            b.call_script(ScriptCall { callee: method.function.id, window, closure: None, dst, keeps_receiver })
        })
    }

    /// A method of a value that lies in a variable or behind a path, and does not change it.
    fn call_at_place(
        &mut self,
        at: &Decoded,
        dst: u32,
        (window, count, site): (u32, u32, u32),
        place: &'p Place,
    ) -> Step<bool> {
        let Some(methods) = self.methods_of(site, count, 0) else { return self.interpret(at) };
        if self.is_widened(ExitReason::Kind) {
            return self.interpret(at);
        }
        if methods.iter().any(|m| m.receiver == Receiver::InOut) {
            return self.call_on_loan(at, dst, window, &methods, place);
        }
        if self.get(window).may_own() || self.get(window - 1).may_own() {
            return self.interpret(at);
        }
        let Some(cell) = self.place_cell(place) else { return self.interpret(at) };
        let object = self.expect_object(cell, tag::STRUCT);
        self.each_method(&methods, None, object.ptr, |b, method| {
            b.before = None;
            b.clear(window);
            b.know(window, SlotState::fresh(Abs::Borrowed(shape_of(method), object.ptr, Owner::Object)));
            b.set(window - 1, Abs::Null);
            let callee = method.function.id;
            b.call_script(ScriptCall { callee, window, closure: None, dst, keeps_receiver: false })
        })
    }

    /// A method that changes its receiver, which lies in a variable or behind a path: the root is on loan until `Restore`, with
    /// what is left of it in the register before the window.
    fn call_on_loan(
        &mut self,
        at: &Decoded,
        dst: u32,
        window: u32,
        methods: &[Method<'p>],
        place: &'p Place,
    ) -> Step<bool> {
        let all_change = methods.iter().all(|m| m.receiver == Receiver::InOut);
        if place.immutable.is_some() || !all_change {
            return self.interpret(at);
        }
        for method in methods {
            self.unbox_arguments(method.function, window)?;
        }
        let Some(lender) = self.lender(place) else { return self.interpret(at) };
        let Some(cell) = lender.cell else { return self.interpret(at) };
        let object = self.expect_object(cell, tag::STRUCT);
        self.each_method(methods, None, object.ptr, |b, method| {
            b.before = None;
            b.put_on_loan(lender, window - 1);
            b.set_object(window, shape_of(method), object.ptr);
            let callee = method.function.id;
            b.call_script(ScriptCall { callee, window, closure: None, dst, keeps_receiver: true })
        })
    }

    /// Has the site of a call seen nothing yet?
    pub(super) fn has_not_run(&self, site: u32) -> bool {
        let site = self.context().function.sites.get(site as usize);
        !self.is_widened(ExitReason::NeverRun) && site.is_some_and(|s| s.cache.entries().next().is_none())
    }

    /// Code that has not run when it is compiled leaves, so that the interpreter learns about it.
    pub(super) fn never_run(&mut self) -> Step<bool> {
        self.leave(ExitReason::NeverRun);
        Ok(true)
    }

    /// The methods that a site has called on this receiver, if each needs no preparation.
    fn seen_methods(&mut self, receiver: u32, count: u32, site: u32) -> Option<Vec<Method<'p>>> {
        let known = self.object(receiver);
        if self.is_widened(ExitReason::Kind) && known.is_none_or(|(shape, _)| shape.tag != tag::STRUCT) {
            return None;
        }
        self.methods_of(site, count, known.map_or(0, |(shape, _)| shape.detail))
    }

    /// The same where the declaration is known, or 0.
    fn methods_of(&self, site: u32, count: u32, known: u32) -> Option<Vec<Method<'p>>> {
        let site = self.context().function.sites.get(site as usize)?;
        if known == 0 && (site.cache.is_megamorphic() || self.is_widened(ExitReason::Shape)) {
            return None;
        }
        let declarations: Vec<u32> =
            if known != 0 { vec![known] } else { site.cache.entries().map(|(key, _)| key).collect() };
        let name = site.name.as_deref()?;
        let methods: Option<Vec<Method<'p>>> =
            declarations.into_iter().map(|id| self.method(id, name, &site.in_out, count)).collect();
        methods.filter(|list| !list.is_empty())
    }

    fn method(&self, declaration: u32, name: &str, marks: &[u32], count: u32) -> Option<Method<'p>> {
        let program = self.facts.program();
        let decl = program.structs.iter().find(|d| d.id == declaration)?;
        let method = decl.methods.get(decl.method_index(name)?)?;
        let function = program.functions.get(method.function.0 as usize)?;
        let is_plain = function.captures == 0 && takes(function, marks, count);
        is_plain.then_some(Method { declaration, function, receiver: method.receiver })
    }

    // ---- builtins

    /// `CallNative`.
    pub(super) fn call_builtin(&mut self, at: &Decoded, dst: u32, window: u32, count: u32, native: u32) -> Step<bool> {
        match self.facts.builtins().function(native) {
            Some(intrinsic) => self.call_intrinsic(at, intrinsic, dst, window, count),
            None => self.interpret(at),
        }
    }
}

/// The receivers of a method.
fn shape_of(method: &Method<'_>) -> Shape {
    Shape { tag: tag::STRUCT, detail: method.declaration }
}

/// Does a call with that many arguments, of which those with these indices are marked `mut`, need no preparation?
fn takes(function: &Function, marks: &[u32], count: u32) -> bool {
    let is_in_out = |index: usize| marks.contains(&(index as u32));
    !function.is_generator
        && !function.has_rest
        && function.params.len() == count as usize
        && marks.iter().all(|mark| *mark < count)
        && function.params.iter().enumerate().all(|(index, param)| {
            !param.has_default && is_in_out(index) == (param.mode == ruff_core::jit::ParamMode::InOut)
        })
}

/// Does a register keep its value when the function returns?
fn keeps_register(function: &Function, keeps_receiver: bool, register: u32) -> bool {
    match register.checked_sub(function.is_method as u32) {
        None => keeps_receiver,
        Some(param) => function.params.get(param as usize).is_some_and(|p| p.mode == ruff_core::jit::ParamMode::InOut),
    }
}

/// Is an in-out parameter kept in a cell, because a closure captures it?
fn has_captured_in_out(function: &Function) -> bool {
    if !function.has_mut_self && !function.has_in_out() {
        return false;
    }
    let code = super::graph::instructions(function, 0, function.code.len() as u32).unwrap_or_default();
    code.iter().filter(|at| at.op == Op::NewCell).any(|at| {
        let word = function.code[at.pc.0 as usize];
        word.a() == word.b() && keeps_register(function, function.has_mut_self, word.a() as u32)
    })
}

/// The kind that an operation wants of its operands.
fn demanded_by(function: &Function, at: &Decoded) -> Option<Scalar> {
    let seen = function.feedback.get(at.pc.0 as usize)?.load(std::sync::atomic::Ordering::Relaxed);
    let is_arithmetic = matches!(
        at.op,
        Op::Add
            | Op::AddTake
            | Op::Sub
            | Op::Mul
            | Op::Div
            | Op::Mod
            | Op::AddK
            | Op::SubK
            | Op::MulK
            | Op::DivK
            | Op::ModK
            | Op::Lt
            | Op::Le
            | Op::Gt
            | Op::Ge
    );
    match seen {
        0 if is_arithmetic => Some(Scalar::Int),
        feedback::FLOAT if is_arithmetic => Some(Scalar::Float),
        0 if at.op == Op::Neg => Some(Scalar::Int),
        _ if matches!(at.op, Op::JumpIf | Op::JumpIfNot) => Some(Scalar::Bool),
        _ => None,
    }
}

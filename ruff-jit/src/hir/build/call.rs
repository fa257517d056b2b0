//! Calls of functions and closures.

use super::flow::path_of;
use super::frame::{has_captured_in_out, keeps_register};
use super::operator::Operands;
use super::state::{Abs, Scalar, Shape, SlotState, Words};
use super::{Builder, Callee, Context, Edge, OwnResult, Step, flow};
use crate::hir::{self, Call, Cond, Inst, Region, SlotValue, Terminator, Ty, Unary, Val, Width};
use ruff_core::jit::{
    Absence, Decoded, ExitReason, FuncId, Function, Op, Operand, Pc, ReturnMode, TAG_THROWN, feedback, layout, tag,
};

/// Words of bytecode that may be inlined in one function.
pub const INLINED_WORDS_MAX: usize = 220;
/// The largest function that is inlined, in words.
const CALLEE_WORDS_MAX: usize = 40;
/// Inlined calls that nest.
const LEVELS_MAX: usize = 6;
/// How often a function is inlined into itself.
const RECURSION_MAX: usize = 2;
/// Words of bytecode of a function on the way down into itself: larger ones are inlined less deep, as what their calls cost is
/// a smaller part of their work.
const RECURSIVE_WORDS_MAX: usize = 30;
/// How far the next use of a result is looked for, in instructions.
const DEMAND_WINDOW: usize = 8;

/// A call of a script function that takes what is in the window, the receiver of a method first.
pub(super) struct ScriptCall {
    pub(super) callee: FuncId,
    pub(super) window: u32,
    /// Values in the window: parameters with defaults may be left out.
    pub(super) given: u32,
    /// The slot of the closure, if it captures something.
    pub(super) closure: Option<u32>,
    pub(super) dst: u32,
    pub(super) keeps_receiver: bool,
    /// What becomes of its result.
    pub(super) mode: ReturnMode,
    /// Where control may jump to as the result decides: that is in `dst` only until then.
    pub(super) jump_target: Option<u32>,
    /// What an operator is asked with, to be copied into the window. No frame owns the slots there.
    pub(super) operands: Option<Operands>,
}

impl ScriptCall {
    /// A call of a function that captures nothing, whose arguments are in the window.
    pub(super) fn new(callee: FuncId, (window, given): (u32, u32), dst: u32) -> ScriptCall {
        ScriptCall {
            callee,
            window,
            given,
            closure: None,
            dst,
            keeps_receiver: false,
            mode: ReturnMode::Normal,
            jump_target: None,
            operands: None,
        }
    }
}

impl<'p> Builder<'p, '_> {
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
        if self.is_unmet() {
            return self.never_run();
        }
        let Some(function) = self.facts.program().functions.get(callee as usize) else { return self.interpret(at) };
        let marks = self.context().function.sites.get(site as usize).map_or(&[][..], |s| &s.in_out);
        if !takes(function, marks, count) {
            return self.interpret(at);
        }
        self.call_script(ScriptCall::new(function.id, (window, count), dst))
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
        self.materialize(callee);
        let Some(marks) = self.context().function.sites.get(site as usize).map(|s| &s.in_out) else {
            return Err(super::malformed());
        };
        if marks.is_empty()
            && let Some(ends) = self.call_struct(dst, (window, count), callee)?
        {
            return Ok(ends);
        }
        let sees_others = self.feedback() & feedback::OTHER_CALLEE != 0 && self.shape_of(callee).is_none();
        if self.is_widened(ExitReason::Kind) || sees_others && self.has_not_run(site) {
            return self.interpret(at);
        }
        if !sees_others {
            return self.call_seen(at, dst, (window, count), site, callee);
        }
        // Builtins were called here as well: these are left to the interpreter.
        let ((pc, next), before) = ((self.pc, self.next), self.before);
        let actual = self.tag_of(callee);
        let is_closure = self.compare_int(Cond::Eq, actual, i64::from(tag::CLOSURE));
        let (_, other) = self.fork(is_closure, false, false);
        let state = self.state.clone();
        self.know_object(callee, Shape { tag: tag::CLOSURE, detail: 0 });
        self.alternatives += 1;
        let ends = self.call_seen(at, dst, (window, count), site, callee)?;
        self.alternatives -= 1;
        let native = self.edge();
        self.block = other;
        self.state = state;
        self.set_pc(pc, next);
        self.before = before;
        if ends { self.interpret(at) } else { self.or_interpreted(at, native, |_| {}) }
    }

    /// Calls a closure, one of those that the site has called.
    fn call_seen(&mut self, at: &Decoded, dst: u32, (window, count): (u32, u32), site: u32, callee: u32) -> Step<bool> {
        let Some(marks) = self.context().function.sites.get(site as usize).map(|s| &s.in_out) else {
            return Err(super::malformed());
        };
        let Some((shape, closure)) = self.unbox_object(callee, tag::CLOSURE) else { return self.interpret(at) };
        // What is known to be called is called, whatever the site has seen elsewhere.
        let known = self.facts.program().functions.get((shape.detail as usize).wrapping_sub(1));
        if let Some(function) = known.filter(|function| takes(function, marks, count)) {
            return self.call_closure(function, dst, (window, count), callee);
        }
        let seen = self
            .seen_callees(site)
            .filter(|list| !self.is_widened(ExitReason::Callee) && list.iter().all(|f| takes(f, marks, count)));
        let Some(functions) = seen else {
            if self.facts.is_learnt() && self.has_not_run(site) {
                return self.never_run();
            }
            if !marks.is_empty() {
                return self.interpret(at);
            }
            return self.call_any(dst, window, count, (callee, closure));
        };
        let linked = self.load(Width::Word, Region::Constant, closure, layout::CLOSURE_FUNCTION, Ty::Ptr);
        self.each_target(
            &functions,
            |b, function| {
                let expected = b.linked_of(function.id);
                (b.compare(Cond::Eq, linked, expected), ExitReason::Callee)
            },
            |b, function| {
                b.refine(callee, Shape { tag: tag::CLOSURE, detail: function.id.0 + 1 });
                b.call_closure(function, dst, (window, count), callee)
            },
        )
    }

    fn call_closure(&mut self, function: &'p Function, dst: u32, window: (u32, u32), callee: u32) -> Step<bool> {
        let captures = function.captures > 0;
        if captures {
            self.flush(callee);
        }
        let closure = captures.then_some(callee);
        self.call_script(ScriptCall { closure, ..ScriptCall::new(function.id, window, dst) })
    }

    /// Builds what is done for each of several targets, whose tests exclude each other; the last one is a guard.
    pub(super) fn each_target<T>(
        &mut self,
        targets: &[T],
        test: impl FnMut(&mut Self, &T) -> (Val, ExitReason),
        build: impl FnMut(&mut Self, &T) -> Step<bool>,
    ) -> Step<bool> {
        let edges = self.each_target_apart(targets, test, build)?;
        self.go_on_after((self.pc, self.next), edges)
    }

    /// The same; the ways on are not brought together.
    pub(super) fn each_target_apart<T>(
        &mut self,
        targets: &[T],
        mut test: impl FnMut(&mut Self, &T) -> (Val, ExitReason),
        mut build: impl FnMut(&mut Self, &T) -> Step<bool>,
    ) -> Step<Vec<Edge>> {
        let Some((last, others)) = targets.split_last() else { return Err(super::malformed()) };
        let (pc, next) = (self.pc, self.next);
        let mut edges = Vec::with_capacity(targets.len());
        self.alternatives += others.len();
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
        self.alternatives -= others.len();
        edges.push(self.edge());
        Ok(edges)
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
        let above = self.record_above();
        let base = self.slot_address(window);
        let thrown = self.exit_thrown();
        let args = vec![entry, self.machine, above, base, linked, closure];
        let (payload, tag) = self.call_code(hir::Callee::Entry, args, window);
        let fine = self.compare_int(Cond::Ne, tag, TAG_THROWN as i64);
        self.unless_thrown(fine, thrown, |b| b.forget_arguments(window, count));
        for slot in window..window + count {
            self.know(slot, SlotState::EMPTY);
        }
        self.set_words(dst, Words::any(tag, payload));
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

    /// Calls native code whose frame begins at the window, or behind it: the payload and the tag of what it gives.
    pub(super) fn call_code(&mut self, callee: hir::Callee, args: Vec<Val>, window: u32) -> (Val, Val) {
        let payload = self.push(Inst::Call(Box::new(Call::new(callee, args))), Ty::Int);
        self.limit_slots(payload, Vec::new(), window);
        (payload, self.push(Inst::Second(payload), Ty::Int))
    }

    /// The linked function of another function of the program.
    pub(super) fn linked_of(&mut self, id: FuncId) -> Val {
        let distance = (id.0 as i64 - self.root.0 as i64) * layout::FUNCTION_BYTES as i64;
        self.offset(self.linked, distance)
    }

    pub(super) fn call_script(&mut self, call: ScriptCall) -> Step<bool> {
        let Some(function) = self.facts.program().functions.get(call.callee.0 as usize) else {
            return Err(super::malformed());
        };
        self.leave_out(function, call.window, call.given);
        if self.should_inline(function) { self.inline(function, call) } else { self.call_native(function, call) }
    }

    /// Marks the parameters for which a window with so many values has none.
    pub(super) fn leave_out(&mut self, function: &Function, window: u32, given: u32) {
        let params = function.is_method as u32 + function.params.len() as u32;
        if given < params {
            self.reserve_slots(window + params);
        }
        for slot in window + given..window + params {
            self.set(slot, Abs::Absent(Absence::Missing as u8));
        }
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
            && (depth == 0 || self.alternatives == 0 && depth <= RECURSION_MAX && depth * words <= RECURSIVE_WORDS_MAX)
            && !self.f.block(self.block).is_cold
    }

    /// Goes on in the callee, whose frame begins at the window.
    fn inline(&mut self, function: &'p Function, call: ScriptCall) -> Step<bool> {
        self.budget -= function.code.len();
        self.inlined.push(function.id);
        self.tick()?;
        if let Some(operands) = &call.operands {
            self.place_operands(call.window, operands);
        }
        let tables = self.tables(function.id, Pc(0))?;
        let keeps = call.keeps_receiver || function.has_in_out();
        let outer = self.context();
        let context = Context {
            return_pc: self.next,
            call_pc: self.pc,
            dst: (call.dst - outer.base) as u16,
            closure: call.closure,
            keeps_receiver: call.keeps_receiver,
            mode: if call.mode == ReturnMode::Normal && keeps { ReturnMode::InOut } else { call.mode },
            caller: self.inlined_frame(self.next),
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
            let target = call.jump_target;
            let decides = |slot| target.is_some() && slot == call.dst;
            self.merge_with(context.returns, |b, slot| {
                decides(slot) || b.is_live(slot) || target.is_some_and(|target| b.is_live_at(slot, target))
            });
        }
        self.set_pc(pc, next);
        self.before = None;
        Ok(false)
    }

    /// Calls the callee's native code.
    fn call_native(&mut self, function: &'p Function, call: ScriptCall) -> Step<bool> {
        if let Some(operands) = &call.operands {
            self.unbox_operands(function, operands);
            self.place_operands(call.window, operands);
        }
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
        let above = self.record_above();
        let base = self.slot_address(call.window);
        let linked = self.linked_of(call.callee);
        let closure = match call.closure {
            Some(slot) => self.load_payload(slot, Ty::Ptr),
            None => self.address(0),
        };
        let thrown = self.exit_thrown();
        let mut args = vec![self.machine, above, base, linked, closure];
        args.extend(scalars);
        let (payload, tag) = self.call_code(hir::Callee::Cell(callee.cell), args, call.window);
        for slot in call.window..end {
            let keeps = keeps_register(function, call.keeps_receiver, slot - call.window);
            self.know(slot, if keeps { SlotState::ANY } else { SlotState::EMPTY });
        }
        let params = callee.params.len() as u32;
        if call.mode != ReturnMode::Normal {
            self.expect_no_fault(tag, thrown, &call, params);
            self.set_truth_of_call((call.mode, call.dst), (payload, tag), thrown);
            self.before = None;
            return Ok(false);
        }
        let expected = match self.is_widened(ExitReason::Result) {
            true => None,
            false => callee.returns.or_else(|| self.demand(call.dst)).or_else(|| self.own_result(call.callee)),
        };
        match expected {
            Some(scalar) => self.expect_result(&call, scalar, (payload, tag), thrown, params),
            None => {
                self.expect_no_fault(tag, thrown, &call, params);
                self.set_words(call.dst, Words::any(tag, payload));
            }
        }
        self.before = None;
        Ok(false)
    }

    /// What a call gives if it is one of the function that is built, as an earlier build has seen.
    fn own_result(&mut self, callee: FuncId) -> Option<Scalar> {
        if callee != self.root {
            return None;
        }
        match self.session.own_result {
            OwnResult::Expected(scalar) => Some(scalar),
            OwnResult::Unknown | OwnResult::Missed => {
                self.session.own_result = OwnResult::Missed;
                None
            }
        }
    }

    /// The result of a call that has always been of one kind. Others leave behind the call.
    fn expect_result(
        &mut self,
        call: &ScriptCall,
        scalar: Scalar,
        (payload, tag): (Val, Val),
        thrown: hir::ExitId,
        params: u32,
    ) {
        let dst = call.dst;
        let fits = self.compare_int(Cond::Eq, tag, scalar.tag() as i64);
        let (expected, other) = self.fork(fits, false, self.catch().is_none());
        let state = self.state.clone();
        self.block = other;
        self.expect_no_fault(tag, thrown, call, params);
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

    /// A call has failed: its arguments may be in their slots still.
    pub(super) fn forget_arguments(&mut self, window: u32, count: u32) {
        for slot in window..window + count {
            self.know(slot, SlotState::ANY);
        }
    }

    /// The unboxed arguments of a native call, with guards that leave before it.
    pub(super) fn unbox_arguments(&mut self, function: &Function, window: u32) -> Step<(Callee, Vec<Val>)> {
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
            let is_replaced =
                at.operands().any(|o| matches!(o.kind, Operand::Write | Operand::ExtWrite) && o.bits == register);
            if is_replaced || at.op.flow() != ruff_core::jit::Flow::Next {
                return None;
            }
            pc = at.next();
        }
        None
    }

    /// Does a call of a function with that many arguments need no preparation?
    pub(super) fn takes_all(&self, callee: FuncId, count: u32) -> bool {
        self.facts.program().functions.get(callee.0 as usize).is_some_and(|function| takes(function, &[], count))
    }

    /// `CallNative`.
    pub(super) fn call_builtin(&mut self, at: &Decoded, dst: u32, window: u32, count: u32, native: u32) -> Step<bool> {
        let function = self.facts.builtins().prelude_function(native);
        if let Some(callee) = function.filter(|callee| self.takes_all(*callee, count)) {
            if self.is_unmet() {
                return self.never_run();
            }
            return self.call_script(ScriptCall::new(callee, (window, count), dst));
        }
        match self.facts.builtins().function(native) {
            Some(intrinsic) => self.call_intrinsic(at, intrinsic, dst, window, count),
            None => {
                self.materialize_all(window..window + count);
                self.call_library(at, dst, window, count)
            }
        }
    }
}

/// Does a call with that many arguments, of which those with these indices are marked `mut`, need no preparation but to leave out
/// parameters?
pub(super) fn takes(function: &Function, marks: &[u32], count: u32) -> bool {
    let is_in_out = |index: usize| marks.contains(&(index as u32));
    !function.is_generator
        && !function.has_rest
        && function.params.len() >= count as usize
        && function.params.iter().skip(count as usize).all(|param| param.has_default)
        && marks.iter().all(|mark| *mark < count)
        && function
            .params
            .iter()
            .enumerate()
            .all(|(index, param)| is_in_out(index) == (param.mode == ruff_core::jit::ParamMode::InOut))
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
        0 if matches!(at.op, Op::JumpIf | Op::JumpIfNot) => Some(Scalar::Bool),
        _ => None,
    }
}

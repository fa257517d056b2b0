//! Where the interpreter and native code meet: what is hot, how native code is entered and left, and the stubs that it calls.
//!
//! A call of native code has a record among the frames, like any call, with the mode `Exit`: native code gets its result. Native
//! code saves its position there before it calls anything, so that traces and limits see what they see of the interpreter. Where
//! calls are inlined, the position stands for their records too, which are written when something looks at them. An exit writes
//! what native code keeps in registers to the slots and the frames of inlined calls, and the interpreter goes on: nested, until the
//! frame returns, if native code called, and in the activation that entered the loop otherwise.
//!
//! The machine finds hot code where a quantum of ticks ends, so that the interpreter counts nothing for it.
//!
//! This file is unsafe: native code trusts it with addresses.

#![allow(unsafe_code)]

mod generator;
mod inside;
mod instruction;
mod nest;

pub(crate) use generator::*;
pub(crate) use inside::*;
pub(crate) use instruction::*;

use super::Machine;
use super::call::held_raw;
use super::frame::{self, Callee, Frame, ReturnMode};
use super::instance::instance_of;
use super::stack;
use super::tick::QUANTUM_TICKS;
use crate::bytecode::{Function, Instr, Pc, ProgramData};
use crate::fault::{Fault, FaultKind, Result};
use crate::jit::{Builtins, ExitPoint, ExitReason, JitBackend, LoopEntry, NativeProgram, Pair, TAG_RESUME, TAG_THROWN};
use crate::limits::NATIVE_STACK_BYTES_MAX;
use crate::value::closure::{ClosureObject, LinkedFunction};
use crate::value::ops::scalar::float_pow;
use crate::value::record::VariantObject;
use crate::value::{Ref, Value};
use nest::Search;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::NonNull;
use std::sync::Arc;

/// A quantum of the interpreter is at most this fraction of the threshold.
const SAMPLES: u32 = 4;
/// So many times the threshold of ticks in the loops of a function make its calls hot: each call of it interprets the rounds until
/// a quantum ends, before it goes on in the code of the loop.
const LOOPS_HEAT: u32 = 4;
/// The longest period between two looks at what is hot.
const PERIOD_MAX: u32 = 256;
/// For so many ticks after the code of a loop was left, the machine looks at each whether it can go on there.
const RETURN_TICKS: u32 = 256;

/// The native tier of a machine.
pub struct NativeTier {
    backend: Option<Arc<dyn JitBackend>>,
    /// Ticks that make a function or a loop hot.
    threshold: u32,
    /// Ticks of a quantum in the interpreter.
    period: u64,
    /// The ticks that the interpreter was granted since the machine looked last at what is hot.
    granted: u64,
    /// How many of them are left while native code runs.
    left: u64,
    /// Native code runs, or something that it has called and that is no code of a script.
    is_native: bool,
    /// What makes periods vary.
    variation: u32,
    /// The ticks that were used when the code of a loop was entered last.
    entered_at: u64,
    /// Ticks for which the machine looks at each back-edge: whether it can go on in the code of a loop that was left, or which loop
    /// of a nest it had better enter.
    watched_ticks: u32,
    search: Option<Search>,
    /// Native code is not entered with a stack pointer below this.
    pub(super) stack_low: usize,
    /// No linked function has more registers.
    registers_max: usize,
    /// Guards that pass between two that are made to fail, and how many are left.
    deopt_every: Option<u32>,
    guards_left: u32,
    /// The fault that native code is leaving with.
    fault: Option<Fault>,
    /// What something has panicked with that native code has called, until native code is left.
    panic: Option<Box<dyn Any + Send>>,
}

/// What `ProgramData::native` holds.
struct Attached(Box<dyn NativeProgram>);

impl NativeTier {
    /// The offset of the lowest stack pointer with which native code is entered.
    pub(super) const STACK_LOW_OFFSET: usize = std::mem::offset_of!(NativeTier, stack_low);

    pub(super) fn new(backend: Option<Arc<dyn JitBackend>>, threshold: Option<u32>) -> NativeTier {
        let threshold = backend.as_ref().map_or(u32::MAX, |b| threshold.unwrap_or(b.threshold()));
        let period = match &backend {
            Some(_) => (threshold / SAMPLES).clamp(1, PERIOD_MAX) as u64,
            None => QUANTUM_TICKS,
        };
        let deopt_every = backend.as_ref().and_then(|b| b.deopt_every());
        NativeTier {
            backend,
            threshold,
            period,
            granted: 0,
            left: 0,
            is_native: false,
            variation: 0,
            entered_at: 0,
            watched_ticks: 0,
            search: None,
            stack_low: usize::MAX,
            registers_max: 0,
            deopt_every,
            guards_left: 0,
            fault: None,
            panic: None,
        }
    }

    /// A program is linked.
    pub(super) fn note_frames(&mut self, program: &ProgramData) {
        let registers = program.functions.iter().map(|f| f.registers as usize).max();
        self.registers_max = self.registers_max.max(registers.unwrap_or(0));
    }

    /// Is there one?
    #[inline(always)]
    pub(super) fn is_active(&self) -> bool {
        self.backend.is_some()
    }

    /// Is native code running, or something that it has called?
    pub(super) fn is_native(&self) -> bool {
        self.is_native
    }

    /// The longest period between two looks at what is hot, in ticks of the interpreter.
    pub(super) fn period(&self) -> u64 {
        self.period
    }

    /// Does the machine look at each back-edge?
    #[inline(always)]
    pub(super) fn is_watching(&self) -> bool {
        self.watched_ticks > 0
    }

    /// The heat that a look at what is hot gives: the ticks that the interpreter has used since the last, up to a period, if so many
    /// of those that it was granted are left.
    fn heat(&mut self, left: u64) -> u32 {
        let left = left.min(self.granted);
        let used = std::mem::replace(&mut self.granted, left) - left;
        used.clamp(1, self.period) as u32
    }

    /// Ticks that the interpreter is granted.
    pub(super) fn grant(&mut self, ticks: u64) {
        self.granted += ticks;
    }

    /// The ticks until the next look at where the machine is: each time another number, up to a period, so that what comes round in
    /// a loop is met wherever it is.
    pub(super) fn next_period(&mut self) -> u64 {
        if self.watched_ticks > 0 {
            self.watched_ticks -= 1;
            return 1;
        }
        if !self.is_active() {
            return self.period;
        }
        self.variation = self.variation.wrapping_mul(5).wrapping_add(0x9E37_79B9);
        self.period - (self.variation >> 8) as u64 % (self.period / 2 + 1)
    }

    /// Looks at each back-edge for so many ticks, for nothing but code to go on in.
    fn watch(&mut self, ticks: u32) {
        (self.watched_ticks, self.search) = (ticks, None);
    }

    /// The machine is entered by its host.
    #[inline(always)]
    pub(super) fn begin(&mut self) {
        self.is_native = false;
        if self.is_active() {
            self.stack_low = stack_pointer().saturating_sub(NATIVE_STACK_BYTES_MAX);
        }
    }

    /// The heat of a function, with that of its loops, that makes its calls hot.
    fn calls_threshold(&self, function: &Function) -> u32 {
        if function.native.is_called() { self.threshold } else { self.threshold.saturating_mul(LOOPS_HEAT) }
    }

    /// The heat of a loop of a function that is entered in the middle. A generator is better entered where it resumes, and a function
    /// that is called now and again where it is called, unless they stay in a loop.
    fn loop_threshold(&self, function: &Function) -> u32 {
        let rounds = match function.native.is_called() {
            true if function.native.entry().is_some() => LOOPS_HEAT,
            true => 2,
            false => 1 + function.is_generator as u32,
        };
        self.threshold.saturating_mul(rounds)
    }

    fn has_stack(&self) -> bool {
        stack_pointer() > self.stack_low
    }
}

/// An address close to the top of the native stack.
#[inline(always)]
fn stack_pointer() -> usize {
    let local = 0u8;
    (&raw const local).addr()
}

/// The native code of a program, if a backend has attached some.
pub fn native_program(program: &ProgramData) -> Option<&dyn NativeProgram> {
    program.native.get::<Attached>().map(|attached| &*attached.0)
}

impl Machine {
    /// The native code of a program.
    fn attached<'p>(&self, program: &'p Arc<ProgramData>) -> Option<&'p dyn NativeProgram> {
        let backend = self.tier.backend.as_ref()?;
        let attach = || Attached(backend.attach(program, Builtins::new(program, &self.library)));
        program.native.get_or_init(attach).map(|attached| &*attached.0)
    }

    /// The native entry of a function that is about to be called, if it is to run natively.
    #[inline]
    pub(super) fn native_entry(&mut self, linked: &LinkedFunction, window: *const Value) -> Option<usize> {
        let function = linked.function();
        // Where the callee has code, the end of a quantum is for who calls it.
        if function.native.entry().is_none()
            && (self.quantum == 0 || function.native.ticks() >= self.tier.calls_threshold(function))
        {
            self.heat_function(linked, window);
        }
        let entry = function.native.entry()?;
        if linked.is_interpreted.get() {
            linked.leave_interpreter();
        }
        self.tier.has_stack().then_some(entry)
    }

    /// Counts a quantum for a function that is called, and compiles it when it is hot.
    #[cold]
    fn heat_function(&mut self, linked: &LinkedFunction, window: *const Value) {
        if self.tier.is_watching() {
            return;
        }
        let function = linked.function();
        function.native.note_call();
        let heat = self.tier.heat(self.quantum);
        if function.native.heat(heat) >= self.tier.threshold {
            self.make_entry(linked, window);
        }
    }

    /// Makes code for calls of a function with arguments of these kinds.
    fn make_entry(&mut self, linked: &LinkedFunction, window: *const Value) {
        let function = linked.function();
        function.native.cool();
        let program = &instance_of(linked).program;
        // SAFETY: the window of a call holds a value for each parameter.
        let arguments = unsafe { std::slice::from_raw_parts(window, linked.params as usize) };
        let native = self.attached(program);
        let entry = native.and_then(|native| native.function_entry(program, function.id, arguments));
        function.native.set_entry(entry);
    }

    /// Counts a call that native code has the interpreter make. If the function has code, it was made for other kinds of arguments.
    fn heat_interpreted(&mut self, linked: &LinkedFunction, window: *const Value) {
        let function = linked.function();
        if function.is_generator {
            return;
        }
        if function.native.entry().is_none() {
            self.heat_function(linked, window);
        } else if function.native.heat(1) >= self.tier.threshold {
            self.make_entry(linked, window);
        }
    }

    /// Counts a call that native code makes of a function without any, whose frame was pushed: the end of a quantum may always fall
    /// elsewhere.
    pub(super) fn heat_pushed(&mut self, frame: *const Frame) {
        // SAFETY: the frame is active, and its registers hold the arguments.
        let (linked, window) = unsafe { (&*(*frame).function, (*frame).base) };
        let function = linked.function();
        if function.native.entry().is_none() && function.native.heat(1) >= self.tier.threshold {
            self.heat_function(linked, window);
        }
    }

    /// Calls native code. The arguments are in the window.
    pub(super) fn call_native_code(&mut self, entry: usize, callee: &Callee, window: *mut Value) -> Result<Value> {
        let caller = self.frame;
        let linked = callee.linked;
        let was_native = self.suspend_period();
        // SAFETY: linked functions live as long as the machine; a window has room for the parameters.
        unsafe { self.clear_unused(window.add(linked.as_ref().params as usize)) };
        // SAFETY: an entry is code of type `CallEntry` that lives as long as its program; the slot of the record is in the
        // reserved frames, which native code checks against their end before it writes.
        let pair = unsafe {
            let entry = std::mem::transmute::<*const (), LoopEntry>(std::ptr::with_exposed_provenance(entry));
            entry(
                std::ptr::from_mut(self).expose_provenance(),
                caller.add(1).expose_provenance(),
                window.expose_provenance(),
                callee.linked.as_ptr().expose_provenance(),
                held_raw(&callee.closure),
            )
        };
        self.frame = caller;
        self.resume_period(was_native);
        self.value_of(pair)
    }

    /// Native code takes over: what is left of a period waits until the interpreter goes on. Tells whether native code ran before.
    pub(super) fn suspend_period(&mut self) -> bool {
        let was_native = std::mem::replace(&mut self.tier.is_native, true);
        if !was_native {
            self.tier.left = self.quantum;
        }
        was_native
    }

    /// The interpreter takes over, unless native code had called native code: its period goes on, and it gives back the ticks beyond.
    pub(super) fn resume_period(&mut self, was_native: bool) {
        self.tier.is_native = was_native;
        if !was_native {
            let kept = if self.tier.is_watching() { 0 } else { self.tier.left.min(self.quantum) };
            self.tier.granted = self.tier.granted.saturating_sub(self.tier.left - kept);
            self.give_back_quantum(kept);
        }
    }

    /// Interprets for native code: the period of the interpreter goes on meanwhile.
    #[inline(always)]
    pub(super) fn interpret_for_native<T>(&mut self, work: impl FnOnce(&mut Machine) -> T) -> T {
        self.resume_period(false);
        let result = work(self);
        self.suspend_period();
        result
    }

    /// Releases what active frames have left at `start` and above, where they use nothing any more: native code takes for granted
    /// that nothing is there.
    ///
    /// # Safety
    /// `start` is in the stack, or its end; no frame uses a slot from there on.
    unsafe fn clear_unused(&self, start: *mut Value) {
        let (mut end, mut frame) = (start, self.frame);
        // SAFETY: the frames between the sentinel and the running one have their records, whose registers are in the stack. The
        // registers of frames further below end at `start`, since none has more than `registers_max`.
        unsafe {
            while frame > self.frames.start() && (*frame).base.wrapping_add(self.tier.registers_max) > start {
                end = end.max((*frame).base.add((*(*frame).function).registers as usize));
                frame = frame::below(frame);
            }
            stack::clear_all(start, end.offset_from(start) as usize);
        }
    }

    /// A back-edge at which a quantum ended: native code goes on from the instruction at which the running frame is, if there is
    /// some. Gives what the loop of the interpreter must return.
    #[cold]
    #[inline(never)]
    pub(super) fn enter_loop(&mut self) -> Result<Option<Value>> {
        let frame = self.frame;
        // SAFETY: a frame is active; its function and its program live as long as the machine.
        let (linked, pc) = unsafe {
            let linked = &*(*frame).function;
            (linked, (*frame).pc.offset_from(linked.code) as u32)
        };
        let function = linked.function();
        let is_hot = !self.tier.is_watching() && self.heat_loop(linked);
        let is_chosen = self.tier.chooses((frame, linked), pc, is_hot);
        if !is_chosen && function.native.loop_entries() == 0 || !self.tier.has_stack() {
            return Ok(None);
        }
        let program = &instance_of(linked).program;
        // SAFETY: the registers of an active frame hold values.
        let registers = unsafe { std::slice::from_raw_parts_mut((*frame).base, linked.registers as usize) };
        let native = self.attached(program);
        let mut entry = native.and_then(|n| n.loop_entry(program, function.id, Pc(pc), registers, false));
        if entry.is_none() && is_chosen {
            // Each further entry of the function, and one for its calls, must be worth its compilation anew.
            function.native.cool();
            entry = native.and_then(|n| n.loop_entry(program, function.id, Pc(pc), registers, true));
            if entry.is_some() {
                function.native.note_loop_entry();
            }
        }
        let Some(entry) = entry else { return Ok(None) };
        self.tier.watch(0);
        self.tier.entered_at = self.ticks_used();
        let was_native = self.suspend_period();
        // SAFETY: as in `call_native_code`; the frame has its record.
        let pair = unsafe {
            self.clear_unused((*frame).base.add(linked.registers as usize));
            let entry = std::mem::transmute::<*const (), LoopEntry>(std::ptr::with_exposed_provenance(entry));
            let closure = held_raw(&(*frame).closure);
            let machine = std::ptr::from_mut(self).expose_provenance();
            entry(
                machine,
                frame.expose_provenance(),
                (*frame).base.expose_provenance(),
                (*frame).function.expose_provenance(),
                closure,
            )
        };
        self.resume_period(was_native);
        if pair.tag == TAG_RESUME as u64 {
            return Ok(None);
        }
        if pair.tag != TAG_THROWN as u64 {
            self.frame = frame;
        }
        let value = self.value_of(pair)?;
        self.leave(value)
    }

    /// Counts a quantum for a function at whose back-edge it ended. Is the loop hot?
    fn heat_loop(&mut self, linked: &LinkedFunction) -> bool {
        let function = linked.function();
        // SAFETY: a frame is active.
        let is_sampled = unsafe { std::mem::replace(&mut (*self.frame).is_sampled, true) };
        if !is_sampled && function.native.ticks() > 0 && function.native.loop_entries() == 0 {
            // Another call than at the last sample, and its loops are short.
            function.native.note_call();
        }
        let heat = self.tier.heat(self.quantum);
        let heat = function.native.heat(heat);
        if heat >= self.tier.calls_threshold(function) {
            linked.leave_interpreter();
        }
        heat >= self.tier.loop_threshold(function)
    }

    /// The value that native code gave.
    fn value_of(&mut self, pair: Pair) -> Result<Value> {
        if pair.tag == TAG_THROWN as u64 {
            if let Some(payload) = self.tier.panic.take() {
                resume_unwind(payload);
            }
            return Err(self.tier.fault.take().unwrap_or_else(|| Fault::bug("native code failed without a fault")));
        }
        let mut value = Value::Null;
        // SAFETY: native code gives the tag and the payload word of one value, whose count it hands over.
        unsafe {
            let word = std::mem::MaybeUninit::new(pair.payload);
            stack::write_parts(&raw mut value, pair.tag as u8, word);
        }
        Ok(value)
    }

    /// The result of native code for a value.
    fn pair_of(&mut self, result: Result<Value>) -> Pair {
        match result {
            Ok(value) => {
                let value = std::mem::ManuallyDrop::new(value);
                // SAFETY: the payload word of a value is initialised where it has one; it is not looked at where it has none.
                let word = unsafe { stack::payload_word(&raw const *value) };
                Pair { payload: word, tag: value.tag() as u64 }
            }
            Err(fault) => self.thrown(fault),
        }
    }

    fn thrown(&mut self, fault: Fault) -> Pair {
        self.tier.fault = Some(fault);
        THROWN
    }

    /// Runs a stub. A panic is held back until native code is left: it must not unwind through it. The frames that the stub has
    /// pushed are gone then.
    #[inline(always)]
    fn guarded<T>(&mut self, failed: T, work: impl FnOnce(&mut Machine) -> T) -> T {
        self.guarded_from(self.frame.wrapping_add(1), failed, work)
    }

    /// The same for a stub that goes on with the frames from `first` on.
    #[inline(always)]
    fn guarded_from<T>(&mut self, first: *mut Frame, failed: T, work: impl FnOnce(&mut Machine) -> T) -> T {
        match catch_unwind(AssertUnwindSafe(|| work(self))) {
            Ok(result) => result,
            Err(payload) => {
                self.hold_panic(first, payload);
                failed
            }
        }
    }

    #[cold]
    fn hold_panic(&mut self, first: *mut Frame, payload: Box<dyn Any + Send>) {
        self.cut(first, true);
        // It may have been the interpreter that panicked.
        self.suspend_period();
        self.tier.panic = Some(payload);
    }

    /// Makes the frames of an exit what the interpreter would have: their functions, positions and closures, and references of
    /// their own in their registers.
    ///
    /// # Safety
    /// `frame` is the record of the native code that leaves by `exit`, whose slots are up to date.
    unsafe fn rebuild_frames(&mut self, frame: *mut Frame, exit: &ExitPoint, owns_closure: bool) {
        // SAFETY: the caller's; native code has checked that there are records for all inlined levels.
        unsafe {
            debug_assert!(self.has_record(frame) && self.has_record(frame.add(exit.frames.len() - 1)));
            let base = (*frame).base;
            for slot in &exit.shared {
                std::mem::forget((*base.add(*slot as usize)).clone());
            }
            for (slot, object) in &exit.made {
                let made = made_object(&self.heap, base, object);
                base.add(*slot as usize).write(made.in_parts());
            }
            if owns_closure && let Some(closure) = &(*frame).closure {
                std::mem::forget(closure.clone());
            }
            let pc = exit.frames.first().map_or(0, |own| own.pc.0 as usize);
            (*frame).pc = (*(*frame).function).code.add(pc);
            for (level, f) in exit.frames.iter().enumerate().skip(1) {
                let closure = f.closure.and_then(|slot| super::call::captures_of(base.add(slot as usize)));
                frame::write_record(frame.add(level), frame, f, closure);
            }
            self.frame = frame.add(exit.frames.len() - 1);
        }
    }

    /// Is the record one of those that are reserved, above the sentinel?
    pub(super) fn has_record(&self, frame: *mut Frame) -> bool {
        frame > self.frames.start() && frame < self.frames.end_for(usize::MAX) && frame.is_aligned()
    }

    /// Counts an exit for an error that the function of the code catches: code that is made from now on catches it itself.
    fn count_throw(&mut self, frame: *const Frame, exit: &ExitPoint, fault: &Fault) {
        // SAFETY: the frame is active: it is the outermost of those that the exit has rebuilt.
        let (function, word) = unsafe { ((*(*frame).function).function(), (*frame).pc_index()) };
        let is_caught = function.handler_of(word).is_some_and(|handler| handler.is_catch);
        if fault.kind == FaultKind::Error && is_caught {
            self.count_exit(exit, ExitReason::Thrown);
        }
    }

    /// Counts an exit.
    fn count_exit(&mut self, exit: &ExitPoint, reason: ExitReason) {
        let now = self.ticks_used();
        let count = exit.add(reason, now.saturating_sub(self.tier.entered_at), now);
        // SAFETY: a frame is active.
        let linked = unsafe { &*(*self.frame).function };
        let program = &instance_of(linked).program;
        if let Some(native) = self.attached(program) {
            native.exited(program, exit, reason, count);
        }
    }
}

const THROWN: Pair = Pair { payload: 0, tag: TAG_THROWN as u64 };

/// What a stub gets: the machine and a record.
///
/// # Safety
/// Native code passes on what it was given.
unsafe fn machine<'a>(address: usize) -> &'a mut Machine {
    let machine = std::ptr::with_exposed_provenance_mut::<Machine>(address);
    debug_assert!(machine.is_aligned() && !machine.is_null());
    // SAFETY: the caller's.
    unsafe { &mut *machine }
}

/// The machine, at a position of native code whose record is given.
///
/// # Safety
/// Native code passes its machine, its record, and an address of its bytecode or what stands for an inlined frame.
#[inline(always)]
unsafe fn machine_at<'a>(m: usize, frame: usize, pc: usize) -> &'a mut Machine {
    // SAFETY: the caller's.
    unsafe {
        let m = machine(m);
        m.frame = record(frame);
        (*m.frame).pc = std::ptr::with_exposed_provenance::<Instr>(pc);
        frame::settle(m.frame);
        m
    }
}

/// The machine, in the frame that calls the one of the record.
///
/// # Safety
/// Native code passes its machine and a record above its own.
#[inline(always)]
unsafe fn machine_below<'a>(m: usize, frame: usize) -> &'a mut Machine {
    // SAFETY: the caller's.
    unsafe {
        let m = machine(m);
        m.frame = frame::below(record(frame));
        m
    }
}

fn record(address: usize) -> *mut Frame {
    std::ptr::with_exposed_provenance_mut(address)
}

/// The reason by its number.
fn reason(number: usize) -> ExitReason {
    ExitReason::ALL.get(number).copied().unwrap_or(ExitReason::Forced)
}

pub(crate) unsafe extern "C" fn rt_refill(m: usize, frame: usize, pc: usize) {
    // SAFETY: native code calls this with its machine, its record, and its position.
    unsafe { machine_at(m, frame, pc) }.refill_native();
}

pub(crate) unsafe extern "C" fn rt_refill_call(m: usize, frame: usize) {
    // SAFETY: as `rt_refill`; the record is above that of the caller.
    unsafe { machine_below(m, frame) }.refill_native();
}

impl Machine {
    /// Fills the quantum, which is used up, unless there is a fault.
    fn refill_native(&mut self) {
        let result = self.guarded(None, |m| Some(m.refill_quantum_of(QUANTUM_TICKS)));
        if let Some(Err(fault)) = result {
            self.thrown(fault);
        }
    }
}

pub(crate) unsafe extern "C" fn rt_alloc_outcome(m: usize, id: usize, variant: usize) -> usize {
    // SAFETY: native code passes its machine, and writes the payload next.
    unsafe {
        let heap = machine(m).heap();
        let def = outcome_definition(heap, id as u32);
        VariantObject::alloc_empty(def, variant as u32, 1).as_ptr().expose_provenance()
    }
}

pub(crate) unsafe extern "C" fn rt_none(m: usize) -> usize {
    // SAFETY: native code passes its machine, and takes the reference over.
    match unsafe { machine(m) }.heap().none() {
        Value::Variant(none) => std::mem::ManuallyDrop::new(none).as_ptr().as_ptr().expose_provenance(),
        _ => 0,
    }
}

pub(crate) unsafe extern "C" fn rt_release(slot: usize) {
    // SAFETY: native code passes one of its slots, which holds a value.
    unsafe { stack::release(std::ptr::with_exposed_provenance_mut(slot)) };
}

pub(crate) unsafe extern "C" fn rt_truthy(slot: usize) -> usize {
    // SAFETY: as `rt_release`.
    unsafe { (*std::ptr::with_exposed_provenance::<Value>(slot)).is_truthy() as usize }
}

pub(crate) unsafe extern "C" fn rt_step(m: usize, frame: usize, pc: usize) -> i64 {
    // SAFETY: as `rt_refill`.
    let m = unsafe { machine_at(m, frame, pc) };
    let result = m.guarded(None, |m| Some(m.run_step()));
    match result {
        // SAFETY: the frame is still active; its position is behind an instruction or at a target.
        Some(Ok(())) => unsafe { (*record(frame)).pc.offset_from((*(*record(frame)).function).code) as i64 },
        Some(Err(fault)) => {
            m.thrown(fault);
            -1
        }
        None => -1,
    }
}

pub(crate) unsafe extern "C" fn rt_exit_call(m: usize, frame: usize, exit: usize, why: usize) -> Pair {
    // SAFETY: native code passes its machine, its record and one of its exits, whose slots it has stored.
    unsafe {
        let (m, frame) = (machine(m), record(frame));
        let exit = &*std::ptr::with_exposed_provenance::<ExitPoint>(exit);
        m.rebuild_frames(frame, exit, true);
        m.guarded_from(frame, THROWN, |m| {
            if !exit.is_throw {
                m.count_exit(exit, reason(why));
            } else if let Some(fault) = m.tier.fault.take() {
                m.count_throw(frame, exit, &fault);
                if let Err(fault) = m.unwind(fault, frame) {
                    return m.thrown(fault);
                }
            } else {
                // A panic.
                m.cut(frame, true);
                return THROWN;
            }
            let result = m.interpret_for_native(|m| m.run_from(frame));
            m.pair_of(result)
        })
    }
}

pub(crate) unsafe extern "C" fn rt_exit_loop(m: usize, frame: usize, exit: usize, why: usize) -> Pair {
    // SAFETY: as `rt_exit_call`.
    unsafe {
        let (m, frame) = (machine(m), record(frame));
        let exit = &*std::ptr::with_exposed_provenance::<ExitPoint>(exit);
        m.rebuild_frames(frame, exit, false);
        m.guarded(THROWN, |m| {
            if exit.is_throw {
                if let Some(fault) = m.tier.fault.take() {
                    m.count_throw(frame, exit, &fault);
                    m.tier.fault = Some(fault);
                }
                return THROWN;
            }
            let reason = reason(why);
            m.count_exit(exit, reason);
            // What native code always leaves to the interpreter, it would leave again.
            m.tier.watch(if reason == ExitReason::Interpreted { 0 } else { RETURN_TICKS });
            Pair { payload: 0, tag: TAG_RESUME as u64 }
        })
    }
}

pub(crate) unsafe extern "C" fn rt_interpret(
    m: usize,
    frame: usize,
    base: usize,
    linked: usize,
    closure: usize,
) -> Pair {
    // SAFETY: native code passes its machine, a record above that of the caller, and a callee whose arguments are in its slots.
    unsafe {
        let (m, frame) = (machine_below(m, frame), record(frame));
        let linked = NonNull::new_unchecked(std::ptr::with_exposed_provenance_mut::<LinkedFunction>(linked));
        let closure = NonNull::new(std::ptr::with_exposed_provenance_mut::<ClosureObject>(closure));
        let closure = closure.map(|c| (*std::mem::ManuallyDrop::new(Ref::from_raw(c))).clone());
        let keeps_receiver = linked.as_ref().function().has_mut_self;
        let callee = Callee { linked, closure, keeps_receiver };
        m.guarded(THROWN, |m| {
            let window = std::ptr::with_exposed_provenance_mut(base);
            let result = m.interpret_for_native(|m| {
                // What native code calls is hot too.
                m.heat_interpreted(linked.as_ref(), window);
                m.push_frame(callee, window, 0, ReturnMode::Exit)?;
                m.heat_pushed(frame);
                m.run_from(frame)
            });
            m.pair_of(result)
        })
    }
}

pub(crate) unsafe extern "C" fn rt_stress(m: usize) -> usize {
    // SAFETY: native code passes its machine.
    let tier = unsafe { &mut machine(m).tier };
    let Some(every) = tier.deopt_every else { return 1 };
    if tier.guards_left == 0 {
        tier.guards_left = every;
    }
    tier.guards_left -= 1;
    (tier.guards_left > 0) as usize
}

pub(crate) unsafe extern "C" fn rt_float_rem(x: f64, y: f64) -> f64 {
    x % y
}

pub(crate) unsafe extern "C" fn rt_float_pow(x: f64, y: f64) -> f64 {
    float_pow(x, y)
}

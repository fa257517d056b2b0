//! The frames of active calls.
//!
//! Script-to-script calls push a frame and go on in the same loop. The frames are reserved once, as many as calls may nest.
//!
//! This file is unsafe: frames are addressed by pointers.

#![allow(unsafe_code)]

use super::Machine;
use super::coroutine::end_generator;
use super::instance::{Instance, sibling};
use super::library::Library;
use super::stack;
use crate::bytecode::{Function, Instr, Site};
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::jit::{ExitFrame, InlinedFrame};
use crate::value::closure::{CellObject, ClosureObject, LinkedFunction};
use crate::value::{Absence, Ref, Value};
use std::alloc::Layout;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, LazyLock};

/// What becomes of the value that a frame returns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ReturnMode {
    /// It goes to register `dst` of the frame below; nothing else to do.
    Normal = 0,
    /// The same, and in-out parameters may keep their final values in the window.
    InOut,
    /// It must be a bool: `op_eq`.
    Equal,
    /// It must be a bool, which is negated: `!=` by `op_eq`.
    NotEqual,
    /// It decides the jump of the instruction in the frame below, which compares.
    Jump,
    /// The same for a bool: `op_eq`.
    JumpEqual,
    /// The same for a bool, which is negated: `!=` by `op_eq`.
    JumpNotEqual,
    /// It goes to the native code that entered the loop.
    Exit,
    /// A generator that the `for` loop in the frame below has asked.
    GeneratorFor,
    /// A generator that `next()` has asked: register `dst` of the frame below gets an option.
    GeneratorNext,
    /// A generator that native code has asked, which gets the value, or an absent one at the end. It keeps the generator alive.
    GeneratorExit,
}

impl ReturnMode {
    /// Is the frame that of a generator? The slot below its registers says of which one.
    #[inline(always)]
    pub fn is_generator(self) -> bool {
        self as u8 >= ReturnMode::GeneratorFor as u8
    }

    /// The mode of a comparison that decides a jump, by that of one whose result goes to a register.
    pub fn for_jump(self) -> ReturnMode {
        match self {
            ReturnMode::Equal => ReturnMode::JumpEqual,
            ReturnMode::NotEqual => ReturnMode::JumpNotEqual,
            _ => ReturnMode::Jump,
        }
    }

    /// What an operator gives whose method has returned a value.
    ///
    /// # Errors
    /// If it must be a bool and is none.
    #[inline]
    pub fn result_of(self, value: Value) -> Result<Value> {
        match (self, &value) {
            (ReturnMode::Equal | ReturnMode::JumpEqual, Value::Bool(_)) => Ok(value),
            (ReturnMode::NotEqual | ReturnMode::JumpNotEqual, Value::Bool(equal)) => Ok(Value::Bool(!equal)),
            (ReturnMode::Equal | ReturnMode::JumpEqual | ReturnMode::NotEqual | ReturnMode::JumpNotEqual, _) => {
                Err(not_a_bool(&value))
            }
            _ => Ok(value),
        }
    }
}

/// The error of an `op_eq` that does not return a bool.
#[cold]
pub(super) fn not_a_bool(value: &Value) -> Fault {
    Fault::error(Code::INVALID_OPERATION, format!("op_eq must return a bool, got {}", value.kind_name()))
}

/// An active call.
#[repr(C)]
pub struct Frame {
    pub function: *const LinkedFunction,
    /// Register 0.
    pub base: *mut Value,
    /// Where it goes on: the word after the instruction that is running. While native code runs, or what it has called, it may be
    /// marked, and stand for an [`InlinedFrame`]: see [`settle`].
    pub pc: *const Instr,
    /// What it captures; none if it captures nothing.
    pub closure: Option<Ref<ClosureObject>>,
    /// The register of the frame below that gets the result.
    pub dst: u16,
    pub mode: ReturnMode,
    /// The receiver in register 0 is in-out.
    pub keeps_receiver: bool,
    /// A quantum has ended in a loop of it.
    pub is_sampled: bool,
}

impl Frame {
    /// The index of the last word of the instruction that is running.
    pub fn pc_index(&self) -> usize {
        // SAFETY: the frame's function is linked and its code does not move.
        let start = unsafe { (*self.function).code };
        ((self.pc as usize - start as usize) / size_of::<Instr>()).saturating_sub(1)
    }

    /// Has its function so many words of code in front of `pc`?
    pub fn has_code_before(&self, pc: *const Instr, words: usize) -> bool {
        let code = self.linked_function().code.as_ptr_range();
        pc <= code.end && pc.addr() >= code.start.addr() + words * size_of::<Instr>()
    }

    /// The static part of the function.
    #[inline(always)]
    pub fn linked_function(&self) -> &Function {
        // SAFETY: linked functions and programs live as long as the machine.
        unsafe { &*(*self.function).function }
    }

    /// The linked function.
    pub fn linked(&self) -> &LinkedFunction {
        // SAFETY: linked functions live as long as the machine.
        unsafe { &*self.function }
    }
}

/// Writes the record of an inlined call, if native code has left that to the machine.
///
/// # Safety
/// The record is that of an active call.
#[inline(always)]
pub(super) unsafe fn settle(record: *mut Frame) {
    // SAFETY: the caller's.
    unsafe {
        if (*record).pc.addr() & InlinedFrame::MARK != 0 {
            write_inlined(record);
        }
    }
}

#[inline(never)]
unsafe fn write_inlined(record: *mut Frame) {
    // SAFETY: a marked position stands for a frame that lives as long as the native code, which is active and whose own record is
    // there but for the position.
    unsafe {
        let position = (*record).pc.expose_provenance() & !InlinedFrame::MARK;
        let inlined = &*std::ptr::with_exposed_provenance::<InlinedFrame>(position);
        let caller = record.sub(1);
        (*caller).pc = match &inlined.caller {
            Some(frame) => std::ptr::with_exposed_provenance(frame.position()),
            None => (*(*caller).function).code.add(inlined.return_pc.0 as usize),
        };
        let closure = match inlined.frame.closure {
            Some(_) => (&raw const (*record).closure).read(),
            None => None,
        };
        write_record(record, record.sub(inlined.level as usize), &inlined.frame, closure);
    }
}

/// Writes the record of a call that is inlined in native code, whose own record is `outermost`.
///
/// # Safety
/// Native code is active and has checked that there is a record; its own has the function and the registers.
#[inline(always)]
pub(super) unsafe fn write_record(
    record: *mut Frame,
    outermost: *const Frame,
    frame: &ExitFrame,
    closure: Option<Ref<ClosureObject>>,
) {
    // SAFETY: the caller's; the functions are those of one program.
    unsafe {
        let linked = sibling((*outermost).function, frame.function.0);
        debug_assert!((frame.pc.0 as usize) <= (*linked).function().code.len());
        record.write(Frame {
            function: linked,
            base: (*outermost).base.add(frame.base as usize),
            pc: (*linked).code.add(frame.pc.0 as usize),
            closure,
            dst: frame.dst,
            mode: frame.mode,
            keeps_receiver: frame.keeps_receiver,
            is_sampled: false,
        });
    }
}

/// The record of the call below an active one.
///
/// # Safety
/// The record is above the sentinel.
#[inline(always)]
pub(super) unsafe fn below(record: *mut Frame) -> *mut Frame {
    // SAFETY: the caller's; the sentinel has no position.
    unsafe {
        let record = record.sub(1);
        settle(record);
        record
    }
}

/// Adds feedback at the last word of the instruction before `pc`.
///
/// # Safety
/// The frame is active and `pc` is in its code.
#[inline(always)]
pub unsafe fn record(frame: *const Frame, pc: *const Instr, bits: u16) {
    // SAFETY: the frame's function is linked, and has a cell for each word of its code.
    unsafe {
        let cell = &*(*(*frame).function).feedback.wrapping_add(pc.addr() / size_of::<Instr>() - 1);
        if cell.load(Ordering::Relaxed) & bits != bits {
            add_feedback(cell, bits);
        }
    }
}

#[cold]
#[inline(never)]
fn add_feedback(cell: &AtomicU16, bits: u16) {
    cell.fetch_or(bits, Ordering::Relaxed);
}

/// The reserved frames.
pub struct FrameStack {
    start: NonNull<Frame>,
    capacity: usize,
}

fn layout(capacity: usize) -> Option<Layout> {
    Layout::array::<Frame>(capacity).ok()
}

impl FrameStack {
    /// Room for `capacity` frames. The pages are touched only when they are used.
    pub fn new(capacity: usize) -> FrameStack {
        let capacity = capacity.max(2);
        let Some(layout) = layout(capacity) else { std::process::abort() };
        // SAFETY: the layout is not empty.
        let start = unsafe { std::alloc::alloc_zeroed(layout) };
        match NonNull::new(start.cast()) {
            Some(start) => FrameStack { start, capacity },
            None => std::alloc::handle_alloc_error(layout),
        }
    }

    /// The lowest frame: a sentinel that runs nothing.
    pub fn start(&self) -> *mut Frame {
        self.start.as_ptr()
    }

    /// The end of the frames for a limit of nested calls: the sentinel and one frame for the main program are not counted.
    pub fn end_for(&self, depth: usize) -> *mut Frame {
        self.start.as_ptr().wrapping_add(self.capacity.min(depth.saturating_add(2)))
    }
}

impl Drop for FrameStack {
    fn drop(&mut self) {
        if let Some(layout) = layout(self.capacity) {
            // SAFETY: allocated with this layout in `new`; no frame is active when the machine goes.
            unsafe { std::alloc::dealloc(self.start.as_ptr().cast(), layout) };
        }
    }
}

/// Registers and tables of the running frame. The references last until the frame is left; callers keep none across a write of
/// the same register.
impl Machine {
    /// The address of a register.
    #[inline(always)]
    pub(super) fn register(&self, index: u16) -> *mut Value {
        debug_assert!(self.has_registers(index, 0));
        // SAFETY: a frame is active, and verified operands are inside it.
        unsafe { (*self.frame).base.add(index as usize) }
    }

    /// Has the running frame so many registers from the first one on?
    fn has_registers(&self, first: u16, count: usize) -> bool {
        first as usize + count <= self.function().registers as usize
    }

    /// A register for reading.
    #[inline(always)]
    pub(super) fn value<'a>(&self, index: u16) -> &'a Value {
        // SAFETY: registers hold values, and the stack does not move.
        unsafe { &*self.register(index) }
    }

    /// A register for changing.
    #[inline(always)]
    pub(super) fn value_mut<'a>(&mut self, index: u16) -> &'a mut Value {
        // SAFETY: as for `value`; the caller holds no other reference to this register.
        unsafe { &mut *self.register(index) }
    }

    /// Moves the value out of a register.
    #[inline(always)]
    pub(super) fn take(&mut self, index: u16) -> Value {
        // SAFETY: registers hold values.
        unsafe { stack::take(self.register(index)) }
    }

    /// Puts a value into a register.
    #[inline(always)]
    pub(super) fn put(&mut self, index: u16, value: Value) {
        // SAFETY: registers hold values.
        unsafe { stack::set(self.register(index), value) }
    }

    /// Puts the value that an operation gives into a register. It goes there straight from where the operation has left it.
    #[inline(always)]
    pub(super) fn put_result(&mut self, index: u16, result: Result<Value>) -> Result<()> {
        match result {
            Ok(value) => {
                self.put(index, value);
                Ok(())
            }
            Err(fault) => Err(fault),
        }
    }

    /// Consecutive registers.
    #[inline(always)]
    pub(super) fn window<'a>(&mut self, first: u16, count: usize) -> &'a mut [Value] {
        debug_assert!(self.has_registers(first, count));
        // SAFETY: verified windows are inside the frame; callers hold no other reference to these registers.
        unsafe { std::slice::from_raw_parts_mut(self.register(first), count) }
    }

    /// Moves values out of consecutive registers.
    pub(super) fn take_window(&mut self, first: u16, count: usize) -> impl ExactSizeIterator<Item = Value> + use<> {
        // SAFETY: registers hold values.
        self.window(first, count).iter_mut().map(|v| unsafe { stack::take(v) })
    }

    /// Releases the values in consecutive registers.
    #[inline(always)]
    pub(super) fn clear_window(&mut self, first: u16, count: usize) {
        debug_assert!(self.has_registers(first, count));
        // SAFETY: verified windows are inside the frame.
        unsafe { stack::clear_arguments(self.register(first), count) };
    }

    /// The extension word of the running instruction.
    #[inline(always)]
    pub(super) fn extension(&self) -> Instr {
        // SAFETY: the saved program counter follows the extension word.
        unsafe { *(*self.frame).pc.sub(1) }
    }

    /// The function of the running frame.
    #[inline(always)]
    pub(super) fn function<'a>(&self) -> &'a Function {
        debug_assert!(self.has_record(self.frame));
        // SAFETY: a frame is active; programs live as long as the machine.
        unsafe { &*(*(*self.frame).function).function }
    }

    /// The instance of the running frame.
    pub(super) fn running<'a>(&self) -> &'a Instance {
        // SAFETY: as for `function`.
        unsafe { &*(*(*self.frame).function).instance.cast::<Instance>() }
    }

    /// A constant of the running function.
    #[inline(always)]
    pub(super) fn const_at<'a>(&self, index: u32) -> &'a Value {
        debug_assert!((index as usize) < self.function().consts.len());
        // SAFETY: a frame is active, and verified operands are inside the constants of its function.
        unsafe { &*(*(*self.frame).function).consts.add(index as usize) }
    }

    /// The captured variables of the running closure.
    pub(super) fn captures<'a>(&self) -> &'a [Ref<CellObject>] {
        // SAFETY: a frame is active and keeps its closure.
        match unsafe { &(*self.frame).closure } {
            Some(closure) => closure.captures(),
            None => &[],
        }
    }

    /// The static part of a linked function.
    pub(super) fn function_of<'a>(&self, linked: NonNull<LinkedFunction>) -> &'a Function {
        // SAFETY: linked functions and programs live as long as the machine.
        unsafe { &*linked.as_ref().function }
    }

    /// A borrow of the library that does not hold the machine.
    pub(super) fn library_for_ever<'a>(&self) -> &'a Library {
        // SAFETY: the machine keeps its library, which does not change, for its whole life.
        unsafe { &*Arc::as_ptr(&self.library) }
    }

    /// A site of the running function.
    #[inline(always)]
    pub(super) fn site<'a>(&self, index: u32) -> &'a Site {
        match self.function().sites.get(index as usize) {
            Some(site) => site,
            None => &NO_SITE,
        }
    }

    /// Adds feedback at the last word of the running instruction.
    pub(super) fn record(&self, bits: u16) {
        self.function().record(self.running_word(), bits);
    }

    /// The last word of the running instruction, by its index.
    pub(super) fn running_word(&self) -> usize {
        // SAFETY: a frame is active.
        unsafe { (*self.frame).pc_index() }
    }

    /// The first slot that no frame and no native call uses.
    pub(super) fn free_base(&self) -> *mut Value {
        if self.frame == self.frames.start() {
            return self.reserved;
        }
        // SAFETY: a frame is active.
        let end = unsafe { (*self.frame).base.add((*(*self.frame).function).registers as usize) };
        end.max(self.reserved)
    }

    /// Slots above all frames for `count` arguments of a call.
    ///
    /// # Errors
    /// `RUF1016` if the stack is used up.
    pub(super) fn free_window(&self, count: usize) -> Result<*mut Value> {
        let window = self.free_base();
        if window.wrapping_add(count) > self.stack_end { Err(self.depth_error("an operator")) } else { Ok(window) }
    }

    /// Copies arguments to slots that [`Machine::free_window`] gave.
    pub(super) fn fill_window<'a>(&mut self, window: *mut Value, values: impl Iterator<Item = &'a Value>) {
        for (index, value) in values.enumerate() {
            // SAFETY: the slots are in the stack and hold values.
            unsafe { stack::set(window.add(index), value.clone()) };
        }
    }

    /// Pushes a frame that starts at `window`. The arguments are in place.
    ///
    /// # Errors
    /// `RUF1016`, and the traps of a tick.
    pub(super) fn push_frame(&mut self, callee: Callee, window: *mut Value, dst: u16, mode: ReturnMode) -> Result<()> {
        // SAFETY: linked functions live as long as the machine.
        let linked = unsafe { callee.linked.as_ref() };
        // SAFETY: `frame` and `frames_end` are in the reserved frames.
        let next = unsafe { self.frame.add(1) };
        if next >= self.frames_end || window.wrapping_add(linked.registers as usize) > self.stack_end {
            return Err(self.depth_error(linked.function().display_name()));
        }
        self.tick_sampled()?;
        let frame = Frame {
            function: linked,
            base: window,
            pc: linked.code,
            closure: callee.closure,
            dst,
            mode,
            keeps_receiver: callee.keeps_receiver,
            is_sampled: false,
        };
        // SAFETY: `next` is below the end, and no frame is there.
        unsafe { next.write(frame) };
        self.frame = next;
        Ok(())
    }

    /// Removes the frame on top and releases its registers. In-out parameters stay in place if the frame has some.
    pub(super) fn pop_frame(&mut self) -> PoppedFrame {
        // SAFETY: a frame above the sentinel is active, and its registers hold values.
        unsafe {
            let frame = &mut *self.frame;
            let linked = &*frame.function;
            drop(frame.closure.take());
            let has_in_out = frame.keeps_receiver || !linked.is_simple && linked.function().has_in_out();
            if has_in_out {
                release_others(frame, linked);
            } else {
                stack::clear_all(frame.base, linked.registers as usize);
            }
            if frame.mode.is_generator() {
                end_generator(frame);
            }
            self.frame = self.frame.sub(1);
            PoppedFrame { dst: frame.dst, mode: frame.mode }
        }
    }
}

/// Releases the registers of a frame but those of in-out parameters; captured ones leave their cells.
///
/// # Safety
/// The frame is active, and its registers are not used any more.
pub(super) unsafe fn release_others(frame: &Frame, linked: &LinkedFunction) {
    let params = linked.params as usize;
    for index in 0..params {
        let is_in_out = match index {
            0 if frame.keeps_receiver => true,
            0..64 => linked.in_out >> index & 1 != 0,
            _ => linked.function().is_in_out_register(index),
        };
        // SAFETY: the register is in the frame.
        unsafe {
            let register = frame.base.add(index);
            if !is_in_out {
                stack::clear(register);
            } else if let Value::Cell(cell) = &*register {
                let value = cell.get();
                cell.replace(Value::Absent(Absence::Undefined));
                stack::set(register, value);
            }
        }
    }
    // SAFETY: the registers behind the parameters are in the frame.
    unsafe { stack::clear_all(frame.base.add(params), (linked.registers as usize).saturating_sub(params)) };
}

/// A function to call and what the frame keeps of it.
pub(super) struct Callee {
    pub linked: NonNull<LinkedFunction>,
    pub closure: Option<Ref<ClosureObject>>,
    /// The receiver in register 0 is in-out.
    pub keeps_receiver: bool,
}

/// What a frame said of its result.
pub(super) struct PoppedFrame {
    pub dst: u16,
    pub mode: ReturnMode,
}

static NO_SITE: LazyLock<Site> = LazyLock::new(Site::default);

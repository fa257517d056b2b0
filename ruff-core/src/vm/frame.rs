//! The frames of active calls.
//!
//! Script-to-script calls push a frame and go on in the same loop. The frames are reserved once, as many as calls may nest.
//!
//! This file is unsafe: frames are addressed by pointers.

use crate::bytecode::Instr;
use crate::value::closure::{ClosureObject, LinkedFunction};
use crate::value::{Ref, Value};
use std::alloc::Layout;
use std::ptr::NonNull;

/// What becomes of the value that a frame returns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ReturnMode {
    /// It goes to register `dst` of the frame below.
    Normal = 0,
    /// The same, and in-out parameters keep their final values in the window.
    InOut,
    /// It must be a bool: `op_eq`.
    Equal,
    /// It must be a bool, which is negated: `!=` by `op_eq`.
    NotEqual,
    /// It goes to the native code that entered the loop.
    Exit,
    /// The same, with in-out parameters.
    ExitInOut,
    /// The frame is a generator: the innermost entry of `Machine::resumed` says who asked.
    Generator,
}

/// An active call.
#[repr(C)]
pub struct Frame {
    pub function: *const LinkedFunction,
    /// Register 0.
    pub base: *mut Value,
    /// Where it goes on: the word after the instruction that is running.
    pub pc: *const Instr,
    /// What it captures; none if it captures nothing.
    pub closure: Option<Ref<ClosureObject>>,
    /// The register of the frame below that gets the result.
    pub dst: u16,
    pub mode: ReturnMode,
    /// The receiver in register 0 is in-out.
    pub keeps_receiver: bool,
}

impl Frame {
    /// The index of the last word of the instruction that is running.
    pub fn pc_index(&self) -> usize {
        // SAFETY: the frame's function is linked and its code does not move.
        let start = unsafe { (*self.function).code };
        ((self.pc as usize - start as usize) / size_of::<Instr>()).saturating_sub(1)
    }

    /// The linked function.
    pub fn linked(&self) -> &LinkedFunction {
        // SAFETY: linked functions live as long as the machine.
        unsafe { &*self.function }
    }
}

/// Adds feedback at the one-word instruction before `pc`.
///
/// # Safety
/// The frame is active and `pc` is in its code.
#[inline(always)]
pub unsafe fn record(frame: *const Frame, pc: *const Instr, bits: u8) {
    // SAFETY: the frame's function is linked.
    unsafe {
        let linked = &*(*frame).function;
        linked.function().record(pc.offset_from(linked.code) as usize - 1, bits);
    }
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

    /// The frame after the last one that a call may use, if at most `depth` calls nest.
    pub fn end(&self, depth: usize) -> *mut Frame {
        self.start.as_ptr().wrapping_add((depth + 1).min(self.capacity))
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

//! Generators: suspended functions.
//!
//! A generator has room for the registers of its frame, which are here while it is suspended and on the stack while it runs.
//! Invariant: all of them hold values at any time; while it runs they own nothing.
//!
//! This file is unsafe: it defines an object of the heap.

#![allow(unsafe_code)]

use super::closure::{ClosureObject, LinkedFunction};
use super::heap::{Header, Heap, HeapObject};
use super::repr::{Ref, Value};
use crate::fault::{Fault, Result};
use std::cell::Cell;
use std::ptr::NonNull;

/// A generator.
#[repr(C)]
pub struct GeneratorObject {
    header: Header,
    /// The address of the code of type `CallEntry` by which native code resumes it.
    pub entry: Cell<usize>,
    registers: NonNull<Value>,
    function: NonNull<LinkedFunction>,
    closure: Option<Ref<ClosureObject>>,
    /// The word to resume at.
    pub pc: Cell<u32>,
    pub state: Cell<GeneratorState>,
    /// The index in the list of objects that may be part of a cycle.
    pub(super) tracked_at: Cell<u32>,
    /// How many registers there are; the function may be gone before the last generators are.
    registers_len: u32,
    /// Faults that cleanup handlers of the body hold back while it is suspended, by the numbers that its registers have for them.
    held_back: Cell<Option<Box<HeldBack>>>,
}

type HeldBack = Vec<(i64, Fault)>;

/// Where a generator is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum GeneratorState {
    Suspended = 0,
    Running,
    Done,
}

impl GeneratorObject {
    /// The offset of the address of the code that resumes it.
    pub const ENTRY_OFFSET: usize = std::mem::offset_of!(GeneratorObject, entry);
    /// The offset of the address of the saved registers.
    pub const REGISTERS_OFFSET: usize = std::mem::offset_of!(GeneratorObject, registers);
    /// The offset of the linked function.
    pub const FUNCTION_OFFSET: usize = std::mem::offset_of!(GeneratorObject, function);
    /// The offset of the closure, or 0.
    pub const CLOSURE_OFFSET: usize = std::mem::offset_of!(GeneratorObject, closure);
    /// The offset of the word to resume at; the state follows, both as `u32`.
    pub const PC_OFFSET: usize = std::mem::offset_of!(GeneratorObject, pc);

    /// A generator that has not started, with its arguments in the first registers. `entry` is what resumes any generator.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn alloc(
        heap: &Heap,
        function: NonNull<LinkedFunction>,
        closure: Option<Ref<ClosureObject>>,
        entry: usize,
        arguments: &mut [Value],
    ) -> Result<Ref<GeneratorObject>> {
        // SAFETY: linked functions live as long as their VM.
        let registers_len = unsafe { function.as_ref() }.registers;
        let registers = heap.alloc_buffer(registers_len as usize * size_of::<Value>())?.cast::<Value>();
        let mut arguments = arguments.iter_mut();
        for index in 0..registers_len as usize {
            let value = arguments.next().map_or(Value::Null, |v| std::mem::replace(v, Value::Null));
            // SAFETY: the buffer is fresh and has room for that many values.
            unsafe { registers.add(index).write(value) };
        }
        let object = GeneratorObject {
            header: Header::new(0),
            entry: Cell::new(entry),
            registers,
            function,
            closure,
            pc: Cell::new(0),
            state: Cell::new(GeneratorState::Suspended),
            tracked_at: Cell::new(u32::MAX),
            registers_len,
            held_back: Cell::new(None),
        };
        let generator = Ref::alloc(heap, object);
        heap.tracked.add_generator(&generator);
        Ok(generator)
    }

    /// The function whose body it runs.
    pub fn linked(&self) -> NonNull<LinkedFunction> {
        self.function
    }

    /// The closure whose captures the body uses.
    pub fn closure(&self) -> &Option<Ref<ClosureObject>> {
        &self.closure
    }

    /// The saved registers, for those who move values in and out.
    #[inline(always)]
    pub fn registers_ptr(&self) -> *mut Value {
        self.registers.as_ptr()
    }

    /// The saved registers. The generator is not resumed while they are borrowed.
    pub fn registers(&self) -> &[Value] {
        // SAFETY: the buffer holds that many values.
        unsafe { std::slice::from_raw_parts(self.registers.as_ptr(), self.registers_len as usize) }
    }

    /// Keeps the faults that handlers of the body hold back.
    pub fn hold_back(&self, faults: HeldBack) {
        self.held_back.set((!faults.is_empty()).then(|| Box::new(faults)));
    }

    /// Gives the faults that handlers of the body hold back, and keeps none.
    pub fn take_held_back(&self) -> HeldBack {
        self.held_back.take().map_or_else(Vec::new, |faults| *faults)
    }

    /// Do handlers of the body hold faults back?
    pub fn holds_back(&self) -> bool {
        let held_back = self.held_back.take();
        let is_some = held_back.is_some();
        self.held_back.set(held_back);
        is_some
    }

    /// Ends a generator that is not running. Gives what its registers held.
    pub fn empty(&self) -> Vec<Value> {
        self.state.set(GeneratorState::Done);
        // SAFETY: the buffer holds that many values, and nobody else refers to them.
        let registers = unsafe { std::slice::from_raw_parts_mut(self.registers.as_ptr(), self.registers_len as usize) };
        registers.iter_mut().map(|v| std::mem::replace(v, Value::Null)).collect()
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for GeneratorObject {
    fn object_bytes(&self) -> usize {
        size_of::<GeneratorObject>()
    }

    unsafe fn finalize(this: NonNull<GeneratorObject>) {
        // SAFETY: the object is alive, and is not used afterwards.
        unsafe {
            let generator = this.as_ref();
            let heap = Heap::of(generator);
            heap.tracked.remove_generator(generator);
            let (registers, len) = (generator.registers, generator.registers_len as usize);
            std::ptr::drop_in_place(std::ptr::slice_from_raw_parts_mut(registers.as_ptr(), len));
            heap.free_buffer(registers.cast(), len * size_of::<Value>());
            std::ptr::drop_in_place(this.as_ptr());
        }
    }
}

//! Generators: suspended functions.
//!
//! A generator has room for the registers of its frame, which hold values while it is suspended. While it runs they are on the
//! stack, and what is in the room for them is nobody's.
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
    /// Suspended, and registers that are of no use any more own nothing, so that native code need not look at them.
    Suspended = 0,
    /// Suspended, with whatever its registers held.
    Left,
    Running,
    Done,
}

impl GeneratorState {
    /// May it go on?
    #[inline(always)]
    pub fn is_suspended(self) -> bool {
        matches!(self, GeneratorState::Suspended | GeneratorState::Left)
    }
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
        let arguments_len = arguments.len().min(registers_len as usize);
        // SAFETY: the buffer is fresh and has room for that many values.
        unsafe {
            for (index, argument) in arguments.iter_mut().take(arguments_len).enumerate() {
                registers.add(index).write(argument.take());
            }
            for index in arguments_len..registers_len as usize {
                registers.add(index).write(Value::Null);
            }
        }
        let object = GeneratorObject {
            header: Header::new(0),
            entry: Cell::new(entry),
            registers,
            function,
            closure,
            pc: Cell::new(0),
            state: Cell::new(GeneratorState::Left),
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

    /// The saved registers; none if it is not suspended. It is not resumed while they are borrowed.
    pub fn registers(&self) -> &[Value] {
        let len = if self.state.get().is_suspended() { self.registers_len } else { 0 };
        // SAFETY: the buffer holds that many values.
        unsafe { std::slice::from_raw_parts(self.registers.as_ptr(), len as usize) }
    }

    /// Releases registers that are of no use any more.
    pub fn clean(&self, dead: &[u32]) {
        debug_assert!(self.state.get() == GeneratorState::Left);
        for index in dead.iter().filter(|index| **index < self.registers_len) {
            // SAFETY: the buffer holds values while it is suspended, and nobody refers to them.
            unsafe { drop(self.registers.add(*index as usize).replace(Value::Null)) };
        }
        self.state.set(GeneratorState::Suspended);
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
        // SAFETY: the registers are read once, since it is done then.
        let values = self.registers().iter().map(|v| unsafe { std::ptr::read(v) }).collect();
        self.state.set(GeneratorState::Done);
        values
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
            let registers = generator.registers;
            if generator.state.get().is_suspended() {
                let len = generator.registers_len as usize;
                std::ptr::drop_in_place(std::ptr::slice_from_raw_parts_mut(registers.as_ptr(), len));
            }
            heap.free_buffer(registers.cast(), generator.registers_len as usize * size_of::<Value>());
            std::ptr::drop_in_place(this.as_ptr());
        }
    }
}

//! Generators: suspended functions.
//!
//! A generator is charged for the frame of its function, whether its registers are here or on the stack.
//!
//! This file is unsafe: it defines an object of the heap.

#![allow(unsafe_code)]

use super::closure::{ClosureObject, LinkedFunction};
use super::heap::{Header, Heap, HeapObject};
use super::repr::{Ref, Value};
use std::cell::{Cell, RefCell};
use std::ptr::NonNull;

/// A generator. Its registers live here while it is suspended and on the stack while it runs.
#[repr(C)]
pub struct GeneratorObject {
    header: Header,
    pub state: Cell<GeneratorState>,
    /// The word to resume at.
    pub pc: Cell<u32>,
    /// The index in the list of objects that may be part of a cycle.
    pub(super) tracked_at: Cell<u32>,
    /// The registers that are charged; the function may be gone before the last generators are.
    frame_registers: u32,
    function: NonNull<LinkedFunction>,
    closure: Option<Ref<ClosureObject>>,
    /// The saved registers; empty while it runs and when it is done.
    pub registers: RefCell<Vec<Value>>,
}

/// Where a generator is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GeneratorState {
    Suspended,
    Running,
    Done,
}

impl GeneratorObject {
    /// A generator that has not started; `registers` are its arguments.
    pub fn alloc(
        heap: &Heap,
        function: NonNull<LinkedFunction>,
        closure: Option<Ref<ClosureObject>>,
        registers: Vec<Value>,
    ) -> Ref<GeneratorObject> {
        let object = GeneratorObject {
            header: Header::new(0),
            state: Cell::new(GeneratorState::Suspended),
            pc: Cell::new(0),
            tracked_at: Cell::new(u32::MAX),
            // SAFETY: linked functions live as long as their VM.
            frame_registers: unsafe { function.as_ref() }.registers,
            function,
            closure,
            registers: RefCell::new(registers),
        };
        let generator = Ref::alloc(heap, object);
        heap.charge_outside(generator.frame_bytes());
        heap.tracked.add_generator(&generator);
        generator
    }

    fn frame_bytes(&self) -> usize {
        self.frame_registers as usize * size_of::<Value>()
    }

    /// The function whose body it runs.
    pub fn linked(&self) -> NonNull<LinkedFunction> {
        self.function
    }

    /// The closure whose captures the body uses.
    pub fn closure(&self) -> Option<&Ref<ClosureObject>> {
        self.closure.as_ref()
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
            heap.discharge_outside(generator.frame_bytes());
            std::ptr::drop_in_place(this.as_ptr());
        }
    }
}

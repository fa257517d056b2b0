//! Functions as values, and the cells of captured variables.
//!
//! This file is unsafe: closures hold their captures inline.

#![allow(unsafe_code)]

use super::heap::{Header, Heap, HeapObject};
use super::record::EnumDefObject;
use super::repr::{Ref, Value};
use crate::bytecode::{Function, Instr, Place, Site};
use std::cell::{Cell, UnsafeCell};
use std::ptr::NonNull;
use std::sync::atomic::AtomicU16;

/// A function of a program, linked into one VM: what a call needs, in one place.
///
/// Linked functions live as long as their VM. All pointers are into structures that the VM keeps.
#[repr(C)]
pub struct LinkedFunction {
    /// The first instruction.
    pub code: *const Instr,
    /// The constants of the function.
    pub consts: *const Value,
    /// The addresses of the global variables of its program.
    pub globals: *const *mut Value,
    /// The sites of the function.
    pub sites: *const Site,
    /// The places of the function.
    pub places: *const Place,
    /// The size of the frame.
    pub registers: u32,
    /// Parameters, `self` and the rest parameter included.
    pub params: u32,
    /// No defaults, no rest, no in-out parameters, not a generator: a call with `params` arguments needs no preparation.
    pub is_simple: bool,
    /// Such a call pushes a frame and no more: simple, and without native code.
    pub is_direct: Cell<bool>,
    /// A call whose window holds a value for each parameter pushes a frame and no more: not a generator, and without native code.
    pub is_interpreted: Cell<bool>,
    /// [`Function::in_out_registers`].
    pub in_out: u64,
    /// The type feedback of the function, moved back by the address of the code in words: the cell of the word at address `a` is
    /// at `feedback + a / 4`.
    pub feedback: *const AtomicU16,
    /// The function in its program.
    pub function: *const Function,
    /// The instance of the program in the VM (`vm::instance::Instance`).
    pub instance: *const (),
}

impl LinkedFunction {
    /// The static part.
    pub fn function(&self) -> &Function {
        // SAFETY: the VM keeps the program of each linked function.
        unsafe { &*self.function }
    }

    /// The function has native code now, which its calls must look for.
    pub fn leave_interpreter(&self) {
        self.is_direct.set(false);
        self.is_interpreted.set(false);
    }
}

/// A function or lambda with its captured variables behind it.
#[repr(C)]
pub struct ClosureObject {
    header: Header,
    function: NonNull<LinkedFunction>,
    /// The index in the list of objects that may be part of a cycle.
    pub(super) tracked_at: std::cell::Cell<u32>,
    captures_len: u32,
    // Followed by `captures_len` references to cells.
}

impl ClosureObject {
    /// The offset of the pointer to the linked function.
    pub const FUNCTION_OFFSET: usize = std::mem::offset_of!(ClosureObject, function);
    /// Where the references to the captured variables start.
    pub const CAPTURES_OFFSET: usize = size_of::<ClosureObject>();

    /// A closure over `captures`. One with captures is tracked for cycles.
    pub fn alloc(
        heap: &Heap,
        function: NonNull<LinkedFunction>,
        captures: impl ExactSizeIterator<Item = Ref<CellObject>>,
    ) -> Ref<ClosureObject> {
        let count = captures.len();
        let bytes = size_of::<ClosureObject>() + count * size_of::<Ref<CellObject>>();
        let start = heap.alloc_object(bytes).cast::<ClosureObject>();
        let object = ClosureObject {
            header: Header::new(0),
            function,
            tracked_at: std::cell::Cell::new(u32::MAX),
            captures_len: 0,
        };
        // SAFETY: the memory is fresh and has room for the object and its captures.
        let closure = unsafe {
            start.write(object);
            let slots = start.add(1).cast::<Ref<CellObject>>();
            for (i, cell) in captures.take(count).enumerate() {
                slots.add(i).write(cell);
                (*start.as_ptr()).captures_len += 1;
            }
            Ref::from_raw(start)
        };
        if closure.captures_len > 0 {
            heap.tracked.add_closure(&closure);
        }
        closure
    }

    /// The function that a call runs.
    #[inline(always)]
    pub fn linked(&self) -> NonNull<LinkedFunction> {
        self.function
    }

    /// The static part of the function.
    pub fn function(&self) -> &Function {
        // SAFETY: linked functions live as long as their VM.
        unsafe { self.function.as_ref().function() }
    }

    /// The captured variables.
    #[inline(always)]
    pub fn captures(&self) -> &[Ref<CellObject>] {
        // SAFETY: `alloc` wrote that many cells behind the object.
        unsafe {
            let slots = (self as *const ClosureObject).add(1).cast::<Ref<CellObject>>();
            std::slice::from_raw_parts(slots, self.captures_len as usize)
        }
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for ClosureObject {
    fn object_bytes(&self) -> usize {
        size_of::<ClosureObject>() + self.captures_len as usize * size_of::<Ref<CellObject>>()
    }

    unsafe fn finalize(this: NonNull<ClosureObject>) {
        // SAFETY: the object is alive; its captures are dropped once.
        unsafe {
            let closure = this.as_ref();
            if closure.captures_len > 0 {
                Heap::of(closure).tracked.remove_closure(closure);
            }
            for cell in closure.captures() {
                std::ptr::read(cell);
            }
        }
    }
}

/// A captured variable.
#[repr(C)]
pub struct CellObject {
    header: Header,
    value: UnsafeCell<Value>,
}

impl CellObject {
    /// The offset of the variable.
    pub const VALUE_OFFSET: usize = std::mem::offset_of!(CellObject, value);

    /// A cell that holds `value`.
    pub fn alloc(heap: &Heap, value: Value) -> Ref<CellObject> {
        Ref::alloc(heap, CellObject { header: Header::new(0), value: UnsafeCell::new(value) })
    }

    /// The variable. Reads and writes through it must not overlap with a borrow of the same variable.
    #[inline(always)]
    pub fn as_ptr(&self) -> *mut Value {
        self.value.get()
    }

    /// Takes the value out and puts another in.
    pub fn replace(&self, value: Value) -> Value {
        // SAFETY: no borrow of the variable is alive: this type only gives out copies and raw pointers.
        unsafe { std::ptr::replace(self.value.get(), value) }
    }

    /// A copy of the value.
    #[inline(always)]
    pub fn get(&self) -> Value {
        // SAFETY: as for `replace`.
        unsafe { (*self.value.get()).clone() }
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for CellObject {
    fn object_bytes(&self) -> usize {
        size_of::<CellObject>()
    }

    unsafe fn finalize(this: NonNull<CellObject>) {
        // SAFETY: the object is not used afterwards.
        unsafe { std::ptr::drop_in_place(this.as_ref().as_ptr()) };
    }
}

/// The constructor function of an enum variant (`Shape::Rect` without a call); `aux` is the variant.
#[repr(C)]
pub struct ConstructorObject {
    header: Header,
    def: Ref<EnumDefObject>,
}

impl ConstructorObject {
    /// The constructor of the variant at index `variant`.
    pub fn alloc(heap: &Heap, def: Ref<EnumDefObject>, variant: u32) -> Ref<ConstructorObject> {
        Ref::alloc(heap, ConstructorObject { header: Header::new(variant), def })
    }

    /// The enum.
    pub fn def(&self) -> &Ref<EnumDefObject> {
        &self.def
    }

    /// The index of the variant.
    pub fn variant(&self) -> u32 {
        self.header.aux.get()
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for ConstructorObject {
    fn object_bytes(&self) -> usize {
        size_of::<ConstructorObject>()
    }

    unsafe fn finalize(this: NonNull<ConstructorObject>) {
        // SAFETY: the object is not used afterwards.
        unsafe { std::ptr::drop_in_place(this.as_ptr()) };
    }
}

//! The registers of all frames, and raw access to them.
//!
//! The stack is reserved once and never moves, so that register addresses stay good across calls. Invariants: all slots hold
//! values; heap values are only in the registers of active frames and in slots that a native call has reserved. A call need not
//! initialise its frame, and a return only has to release what is counted. The frame of a callee begins inside that of its caller,
//! whose registers from there on may hold what it has no more use for: who writes to slots of a callee for the first time
//! releases what is there.
//!
//! Values are copied as a tag byte and a payload word. Both are written that way too, so that a read that follows a write
//! closely is forwarded from the store buffer.
//!
//! This file is unsafe: it hands out register addresses.

#![allow(unsafe_code)]

use crate::fault::Result;
use crate::limits::STACK_VALUES_MAX;
use crate::value::Value;
use std::alloc::Layout;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ptr::NonNull;

/// The tags that the interpreter tests without a match.
pub mod tag {
    pub const NULL: u8 = 0;
    pub const BOOL: u8 = 1;
    pub const INT: u8 = 2;
    pub const FLOAT: u8 = 3;
    pub const ABSENT: u8 = 5;
    pub const STRUCT: u8 = 12;
}

/// The reserved stack.
pub struct Stack {
    start: NonNull<Value>,
}

fn layout() -> Option<Layout> {
    Layout::array::<Value>(STACK_VALUES_MAX).ok()
}

impl Stack {
    /// Reserves the stack. Its pages are touched only when they are used.
    pub fn new() -> Stack {
        let Some(layout) = layout() else { std::process::abort() };
        // SAFETY: the layout is not empty. Zeroed memory is a row of `Value::Null`.
        let start = unsafe { std::alloc::alloc_zeroed(layout) };
        match NonNull::new(start.cast()) {
            Some(start) => Stack { start },
            None => std::alloc::handle_alloc_error(layout),
        }
    }

    /// The first register.
    pub fn start(&self) -> *mut Value {
        self.start.as_ptr()
    }

    /// The end of the stack.
    pub fn end(&self) -> *mut Value {
        self.start.as_ptr().wrapping_add(STACK_VALUES_MAX)
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if let Some(layout) = layout() {
            // SAFETY: allocated with this layout in `new`; the machine has released all heap values in it.
            unsafe { std::alloc::dealloc(self.start.as_ptr().cast(), layout) };
        }
    }
}

/// The payload word of a register, whatever it holds.
#[inline(always)]
unsafe fn payload(register: *const Value) -> *const MaybeUninit<u64> {
    // SAFETY: a value is a tag at offset 0 and a payload word at offset 8.
    unsafe { register.cast::<MaybeUninit<u64>>().add(1) }
}

/// The tag of a register.
///
/// # Safety
/// The register is in the stack.
#[inline(always)]
pub unsafe fn tag_of(register: *const Value) -> u8 {
    // SAFETY: the tag is the first byte.
    unsafe { *register.cast::<u8>() }
}

/// The int in a register.
///
/// # Safety
/// Its tag is `INT`.
#[inline(always)]
pub unsafe fn int_of(register: *const Value) -> i64 {
    // SAFETY: ints are 8-byte payloads.
    unsafe {
        debug_assert!(tag_of(register) == tag::INT);
        *register.cast::<i64>().add(1)
    }
}

/// The float in a register.
///
/// # Safety
/// Its tag is `FLOAT`.
#[inline(always)]
pub unsafe fn float_of(register: *const Value) -> f64 {
    // SAFETY: floats are 8-byte payloads.
    unsafe {
        debug_assert!(tag_of(register) == tag::FLOAT);
        *register.cast::<f64>().add(1)
    }
}

/// Is it the tag of a 64-bit int or a float?
#[inline(always)]
pub fn is_number(tag: u8) -> bool {
    tag & !1 == tag::INT
}

/// The int or float in a register as a float.
///
/// # Safety
/// Its tag is that of a number.
#[inline(always)]
pub unsafe fn number_of(register: *const Value) -> f64 {
    // SAFETY: the caller's.
    unsafe { if tag_of(register) == tag::INT { int_of(register) as f64 } else { float_of(register) } }
}

/// Copies the bits of a register, without counting. What the target held is forgotten.
///
/// # Safety
/// Both are registers, constants or variables; counts are kept right by the caller.
#[inline(always)]
pub unsafe fn copy_bits(to: *mut Value, from: *const Value) {
    // SAFETY: as `payload`.
    unsafe {
        let word = *payload(from);
        *to.cast::<u8>() = tag_of(from);
        *payload(to).cast_mut() = word;
    }
}

/// The tag and the payload word of a register.
///
/// # Safety
/// It is a register.
#[inline(always)]
pub unsafe fn parts(register: *const Value) -> (u8, MaybeUninit<u64>) {
    // SAFETY: as `payload`.
    unsafe { (tag_of(register), *payload(register)) }
}

/// The payload word of a value; 0 for kinds without one.
///
/// # Safety
/// It is a register or a value.
pub unsafe fn payload_word(register: *const Value) -> u64 {
    // SAFETY: kinds with 8-byte payloads have initialised all of it.
    unsafe {
        match &*register {
            Value::Null => 0,
            Value::Bool(b) => *b as u64,
            Value::Native(id) => id.0 as u64,
            Value::Absent(absence) => *absence as u64,
            _ => (*payload(register)).assume_init(),
        }
    }
}

/// Writes a tag and a payload word. What the register held is forgotten.
///
/// # Safety
/// They came from one value, whose count they take over.
#[inline(always)]
pub unsafe fn write_parts(register: *mut Value, tag: u8, word: MaybeUninit<u64>) {
    // SAFETY: as `payload`.
    unsafe {
        *register.cast::<u8>() = tag;
        *payload(register).cast_mut() = word;
    }
}

/// The value of a tag and a payload word.
///
/// # Safety
/// They came from one value, whose count it takes over.
#[inline(always)]
pub unsafe fn from_parts(tag: u8, word: MaybeUninit<u64>) -> Value {
    let mut value = MaybeUninit::uninit();
    // SAFETY: the caller's; a tag and a payload are a whole value.
    unsafe {
        write_parts(value.as_mut_ptr(), tag, word);
        value.assume_init()
    }
}

/// Writes an address that the register does not own. What it held is forgotten.
///
/// # Safety
/// It is a register.
#[inline(always)]
pub unsafe fn write_address<T>(register: *mut Value, object: *const T) {
    // SAFETY: the caller's. A register that holds null may have any payload.
    unsafe { write_parts(register, tag::NULL, MaybeUninit::new(object.expose_provenance() as u64)) };
}

/// A value on its way to a register, as its parts: so it need not pass through memory whole. Who holds it puts it into a register.
#[must_use]
pub struct Parts {
    tag: u8,
    word: MaybeUninit<u64>,
}

impl Parts {
    /// The parts of what an operation gives.
    #[inline(always)]
    pub fn of(result: Result<Value>) -> Result<Parts> {
        match result {
            Ok(value) => {
                let value = ManuallyDrop::new(value);
                // SAFETY: it is a value, whose count the parts take over.
                let (tag, word) = unsafe { parts(&raw const *value) };
                Ok(Parts { tag, word })
            }
            Err(fault) => Err(fault),
        }
    }

    /// Writes the value to a register; what that held is released.
    ///
    /// # Safety
    /// The register holds a value.
    #[inline(always)]
    pub unsafe fn put(self, register: *mut Value) {
        // SAFETY: the caller's; the parts are those of one value.
        unsafe {
            clear(register);
            write_parts(register, self.tag, self.word);
        }
    }

    /// The value.
    #[inline(always)]
    pub fn join(self) -> Value {
        // SAFETY: the parts are those of one value.
        unsafe { from_parts(self.tag, self.word) }
    }
}

/// Releases what a register holds and leaves null in it.
///
/// # Safety
/// The register holds a value.
#[cold]
#[inline(never)]
pub unsafe fn release(register: *mut Value) {
    // SAFETY: the register holds a value, and holds null before the old value is dropped, which may run code.
    unsafe { drop(std::ptr::replace(register, Value::Null)) };
}

/// Releases what a register holds if that is counted. The register must be written before it is read again.
///
/// # Safety
/// The register holds a value.
#[inline(always)]
pub unsafe fn clear(register: *mut Value) {
    // SAFETY: the caller's.
    unsafe {
        if tag_of(register) >= Value::FIRST_HEAP_TAG {
            release(register);
        }
    }
}

/// Writes a value; what the register held is released.
///
/// # Safety
/// The register holds a value.
#[inline(always)]
pub unsafe fn set(register: *mut Value, value: Value) {
    // SAFETY: the caller's. The parts are those of the value, which is not dropped.
    unsafe {
        clear(register);
        let value = ManuallyDrop::new(value);
        copy_bits(register, &raw const *value);
    }
}

/// Writes an int.
///
/// # Safety
/// As [`set`].
#[inline(always)]
pub unsafe fn set_int(register: *mut Value, int: i64) {
    // SAFETY: the caller's.
    unsafe {
        clear(register);
        *register.cast::<u8>() = tag::INT;
        *register.cast::<i64>().add(1) = int;
    }
}

/// Writes a float.
///
/// # Safety
/// As [`set`].
#[inline(always)]
pub unsafe fn set_float(register: *mut Value, float: f64) {
    // SAFETY: the caller's.
    unsafe {
        clear(register);
        *register.cast::<u8>() = tag::FLOAT;
        *register.cast::<f64>().add(1) = float;
    }
}

/// Writes a bool as a whole payload word, so that copies of it are forwarded.
///
/// # Safety
/// As [`set`].
#[inline(always)]
pub unsafe fn set_bool(register: *mut Value, value: bool) {
    // SAFETY: the caller's.
    unsafe {
        clear(register);
        *register.cast::<u8>() = tag::BOOL;
        *register.cast::<u64>().add(1) = value as u64;
    }
}

/// Copies a value with its count; what the target held is released. The source may be inside what the target held.
///
/// # Safety
/// Both hold values.
#[inline(always)]
pub unsafe fn copy(to: *mut Value, from: *const Value) {
    // SAFETY: the caller's. The new count is taken before the old value goes.
    unsafe {
        let (tag, word) = parts(from);
        if tag >= Value::FIRST_HEAP_TAG {
            std::mem::forget((*from).clone());
        }
        clear(to);
        write_parts(to, tag, word);
    }
}

/// Moves a value. The source holds no heap value afterwards; what the target held is released.
///
/// # Safety
/// Both hold values and are not the same register.
#[inline(always)]
pub unsafe fn take_into(to: *mut Value, from: *mut Value) {
    debug_assert!(!std::ptr::eq(to, from));
    // SAFETY: the caller's.
    unsafe {
        clear(to);
        copy_bits(to, from);
        forget(from);
    }
}

/// Makes a register whose value was moved out hold nothing.
///
/// # Safety
/// It is a register.
#[inline(always)]
pub unsafe fn forget(register: *mut Value) {
    // SAFETY: the caller's.
    unsafe { *register.cast::<u8>() = tag::NULL };
}

/// Moves a value out of a register.
///
/// # Safety
/// The register holds a value.
#[inline(always)]
pub unsafe fn take(register: *mut Value) -> Value {
    // SAFETY: the register gives up its value.
    unsafe {
        let (tag, word) = parts(register);
        forget(register);
        from_parts(tag, word)
    }
}

/// Releases the heap values in a run of registers.
///
/// # Safety
/// They hold values.
#[inline(always)]
pub unsafe fn clear_all(start: *mut Value, count: usize) {
    // SAFETY: the caller's.
    unsafe {
        let mut tags = 0;
        for i in 0..count {
            tags |= tag_of(start.add(i));
        }
        if tags >= Value::FIRST_HEAP_TAG {
            clear_each(start, count);
        }
    }
}

/// Releases the heap values in a short run of registers.
///
/// # Safety
/// They hold values.
#[inline(always)]
pub unsafe fn clear_arguments(start: *mut Value, count: usize) {
    for i in 0..count {
        // SAFETY: the caller's.
        unsafe { clear(start.add(i)) };
    }
}

/// # Safety
/// As [`clear_all`].
#[inline(never)]
unsafe fn clear_each(start: *mut Value, count: usize) {
    for i in 0..count {
        // SAFETY: the caller's.
        unsafe { clear(start.add(i)) };
    }
}

const _: () = assert!(tag::INT & 1 == 0 && tag::FLOAT == tag::INT | 1);
// Tags of values without count have no bit of these, tags of counted ones have at least one: `clear_all` joins them.
const _: () = assert!(Value::FIRST_HEAP_TAG == 8);

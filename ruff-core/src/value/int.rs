//! Ints outside 64 bits: storage, normalisation, the size limit and exact conversions.
//!
//! Invariant: a [`BigIntObject`] never holds a value that fits `i64`, so that an int has one representation. Limbs that it has no
//! room for live outside the heap; what is charged for them is always the size of their buffer.
//!
//! This file is unsafe: it defines an object of the heap.

#![allow(unsafe_code)]

mod divide;
mod euclid;
mod kernel;
mod limbs;
pub mod long;
mod multiply;
mod sign_magnitude;
#[cfg(test)]
mod tests;

use super::Hooks;
use super::heap::{Header, Heap, HeapObject};
use super::repr::{Ref, Value};
use crate::code::Code;
use crate::fault::{Fault, Result};
use num_bigint::BigInt;
use num_traits::FromPrimitive;
pub use sign_magnitude::SignMagnitude;
use std::cmp::Ordering;
use std::ptr::NonNull;

/// Bits of a limb.
const LIMB_BITS: u64 = 64;
/// Bits that need no memory outside the object.
const INLINE_BITS: u64 = limbs::INLINE_LIMBS as u64 * LIMB_BITS;
/// Limb operations that one tick pays for.
const LIMBS_PER_TICK: u64 = 64;

/// An int outside 64 bits.
#[repr(C)]
pub struct BigIntObject {
    header: Header,
    value: SignMagnitude,
}

impl BigIntObject {
    /// An object for a value that does not fit 64 bits.
    fn alloc(heap: &Heap, value: SignMagnitude) -> Ref<BigIntObject> {
        heap.charge_outside(value.buffer_bytes());
        Ref::alloc(heap, BigIntObject { header: Header::new(0), value })
    }

    /// The number.
    #[inline(always)]
    pub fn get(&self) -> &SignMagnitude {
        &self.value
    }

    /// The number as num-bigint has it.
    pub fn to_big(&self) -> BigInt {
        self.value.to_big()
    }

    /// Is it below zero?
    #[inline]
    pub fn is_negative(&self) -> bool {
        self.value.is_negative()
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for BigIntObject {
    const IS_LEAF: bool = true;

    fn object_bytes(&self) -> usize {
        size_of::<BigIntObject>()
    }

    unsafe fn finalize(this: NonNull<BigIntObject>) {
        // SAFETY: the object is alive, and is not used afterwards.
        unsafe {
            let object = this.as_ref();
            Heap::of(object).discharge_outside(object.value.buffer_bytes());
            std::ptr::drop_in_place(this.as_ptr());
        }
    }
}

/// The number of 64-bit limbs of a number that num-bigint has.
#[inline]
pub fn limbs(value: &BigInt) -> u64 {
    value.bits().div_ceil(LIMB_BITS)
}

/// The ticks for that many limb operations.
#[inline]
pub fn limb_ticks(limb_operations: u64) -> u64 {
    limb_operations / LIMBS_PER_TICK
}

/// Charges the ticks for that many limb operations.
///
/// # Errors
/// The traps of section 21.
#[inline]
pub fn charge_limbs(hooks: &mut dyn Hooks, limb_operations: u64) -> Result<()> {
    match limb_ticks(limb_operations) {
        0 => Ok(()),
        ticks => hooks.charge(ticks),
    }
}

/// The int with that value, in its one representation.
#[inline]
pub fn from_sign_magnitude(heap: &Heap, value: SignMagnitude) -> Value {
    match value.to_i64() {
        Some(small) => Value::Int(small),
        None => Value::BigInt(BigIntObject::alloc(heap, value)),
    }
}

/// The int with that value.
pub fn from_big(heap: &Heap, value: BigInt) -> Value {
    from_sign_magnitude(heap, SignMagnitude::from(&value))
}

/// The int with that value.
#[inline]
pub fn from_i128(heap: &Heap, value: i128) -> Value {
    match i64::try_from(value) {
        Ok(small) => Value::Int(small),
        Err(_) => Value::BigInt(BigIntObject::alloc(heap, SignMagnitude::from(value))),
    }
}

/// The int with that value, if it is within the limit.
///
/// # Errors
/// The traps `RUF2008` and `RUF2002`.
#[inline]
pub fn from_sign_magnitude_checked(hooks: &dyn Hooks, value: SignMagnitude) -> Result<Value> {
    if let Some(small) = value.to_i64() {
        return Ok(Value::Int(small));
    }
    check_bits(hooks.heap(), value.bits())?;
    Ok(Value::BigInt(BigIntObject::alloc(hooks.heap(), value)))
}

/// The int with that value, if it is within the limit.
///
/// # Errors
/// The traps `RUF2008` and `RUF2002`.
pub fn from_big_checked(heap: &Heap, value: BigInt) -> Result<Value> {
    check_bits(heap, value.bits())?;
    Ok(from_big(heap, value))
}

/// The int with that value, if it is within the limit.
///
/// # Errors
/// The traps `RUF2008` and `RUF2002`.
pub fn from_i128_checked(hooks: &dyn Hooks, value: i128) -> Result<Value> {
    match i64::try_from(value) {
        Ok(small) => Ok(Value::Int(small)),
        Err(_) => from_sign_magnitude_checked(hooks, SignMagnitude::from(value)),
    }
}

/// Changes a big integer that is about to be replaced by the result: in its own limbs if this is the only reference to it, else
/// in a copy.
///
/// # Errors
/// The traps `RUF2008` and `RUF2002`.
#[inline]
pub fn update(
    hooks: &mut dyn Hooks,
    operand: Ref<BigIntObject>,
    change: impl FnOnce(&mut SignMagnitude),
) -> Result<Value> {
    try_update(hooks, operand, |number, _| {
        change(number);
        Ok(())
    })
}

/// As [`update`], with a change that may fail.
///
/// # Errors
/// Those of the change, and the traps `RUF2008` and `RUF2002`.
pub fn try_update(
    hooks: &mut dyn Hooks,
    operand: Ref<BigIntObject>,
    change: impl FnOnce(&mut SignMagnitude, &mut dyn Hooks) -> Result<()>,
) -> Result<Value> {
    let mut operand = operand;
    let Some(object) = operand.get_mut() else {
        let mut value = operand.get().clone();
        change(&mut value, hooks)?;
        return from_sign_magnitude_checked(hooks, value);
    };
    let bytes = object.value.buffer_bytes();
    let result = change(&mut object.value, hooks);
    let has_moved = object.value.buffer_bytes() != bytes;
    if has_moved {
        hooks.heap().discharge_outside(bytes);
        hooks.heap().charge_outside(object.value.buffer_bytes());
    }
    result?;
    if let Some(small) = object.value.to_i64() {
        return Ok(Value::Int(small));
    }
    check_limit(hooks.heap(), object.value.bits())?;
    if has_moved {
        hooks.heap().check_room(0)?;
    }
    Ok(Value::BigInt(operand))
}

/// Fails if an int of `bits` bits is too large; called with a lower bound before work begins.
///
/// # Errors
/// The traps `RUF2008` and `RUF2002`.
#[inline]
pub fn check_bits(heap: &Heap, bits: u64) -> Result<()> {
    if bits <= LIMB_BITS {
        return Ok(());
    }
    check_limit(heap, bits)?;
    if bits <= INLINE_BITS {
        // What is too much is noticed at the next tick, as with other small objects.
        return Ok(());
    }
    let bytes = (bits / 8) as usize;
    heap.check_room(bytes)?;
    // Operands, result and what is between them: the big integers' own memory, whose lack would end the process.
    heap.check_system(bytes.saturating_mul(3))
}

#[inline]
fn check_limit(heap: &Heap, bits: u64) -> Result<()> {
    let limit = heap.int_bits_max();
    if bits > LIMB_BITS && bits > limit { Err(too_large(limit)) } else { Ok(()) }
}

#[cold]
fn too_large(limit: u64) -> Fault {
    Fault::trap(Code::LIMIT_INT, format!("Integer too large: more than {limit} bits"))
}

/// The number of an int value. `None` for other kinds.
pub fn as_big(value: &Value) -> Option<BigInt> {
    match value {
        Value::Int(i) => Some(BigInt::from(*i)),
        Value::BigInt(b) => Some(b.to_big()),
        _ => None,
    }
}

/// The float nearest to an int or float value. `None` for other kinds.
#[inline]
pub fn to_f64(value: &Value) -> Option<f64> {
    match value {
        Value::Int(i) => Some(*i as f64),
        Value::Float(x) => Some(*x),
        Value::BigInt(b) => Some(b.get().to_f64()),
        _ => None,
    }
}

/// The exact int of a finite float cut toward zero.
pub fn from_f64(heap: &Heap, x: f64) -> Option<Value> {
    const I64_END: f64 = 9_223_372_036_854_775_808.0;
    if (-I64_END..I64_END).contains(&x) {
        return Some(Value::Int(x as i64));
    }
    BigInt::from_f64(x).map(|big| from_big(heap, big))
}

/// Exact order of an int and a float; `None` with NaN.
pub fn compare_i64_f64(a: i64, b: f64) -> Option<Ordering> {
    const I64_END: f64 = 9_223_372_036_854_775_808.0;
    if b.is_nan() {
        return None;
    }
    if b >= I64_END {
        return Some(Ordering::Less);
    }
    if b < -I64_END {
        return Some(Ordering::Greater);
    }
    let whole = b.trunc();
    let order = a.cmp(&(whole as i64));
    Some(order.then_with(|| {
        if b > whole {
            Ordering::Less
        } else if b < whole {
            Ordering::Greater
        } else {
            Ordering::Equal
        }
    }))
}

/// Exact order of a big integer and a float; `None` with NaN.
pub fn compare_big_f64(a: &SignMagnitude, b: f64) -> Option<Ordering> {
    if b.is_nan() {
        return None;
    }
    // A big integer has a magnitude of at least 2^63: floats of that size are whole, and smaller ones lie between.
    match BigInt::from_f64(b) {
        Some(whole) => Some(a.cmp(&SignMagnitude::from(&whole))),
        None => Some(if b > 0.0 { Ordering::Less } else { Ordering::Greater }),
    }
}

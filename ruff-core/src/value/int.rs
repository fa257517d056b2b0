//! Ints outside 64 bits: storage, normalisation, the size limit and exact conversions.
//!
//! Invariant: a [`BigIntObject`] never holds a value that fits `i64`, so that an int has one representation. Its limbs live
//! outside the heap and are charged to it.
//!
//! This file is unsafe: it defines an object of the heap.

use super::Hooks;
use super::heap::{Header, Heap, HeapObject};
use super::repr::{Ref, Value};
use crate::code::Code;
use crate::fault::{Fault, Result};
use num_bigint::BigInt;
use num_traits::{FromPrimitive, ToPrimitive};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::ptr::NonNull;

/// Bits of a limb.
const LIMB_BITS: u64 = 64;
/// No int is larger than this, whatever the host allows: allocating its limbs must not fail, and exponents fit 32 bits.
const BITS_CEILING: u64 = u32::MAX as u64;
/// Limb operations that one tick pays for.
const LIMBS_PER_TICK: u64 = 64;

/// An int outside 64 bits.
#[repr(C)]
pub struct BigIntObject {
    header: Header,
    /// What the heap has been charged for the limbs.
    charged: usize,
    value: BigInt,
}

impl BigIntObject {
    /// An object for a value that does not fit 64 bits.
    fn alloc(heap: &Heap, value: BigInt) -> Ref<BigIntObject> {
        let charged = limb_bytes(&value);
        heap.charge_outside(charged);
        Ref::alloc(heap, BigIntObject { header: Header::new(0), charged, value })
    }

    /// The number.
    #[inline(always)]
    pub fn get(&self) -> &BigInt {
        &self.value
    }

    /// Is it below zero?
    pub fn is_negative(&self) -> bool {
        self.value.sign() == num_bigint::Sign::Minus
    }
}

// SAFETY: `repr(C)` with a header first.
unsafe impl HeapObject for BigIntObject {
    fn object_bytes(&self) -> usize {
        size_of::<BigIntObject>()
    }

    unsafe fn finalize(this: NonNull<BigIntObject>) {
        // SAFETY: the object is alive, and is not used afterwards.
        unsafe {
            let object = this.as_ref();
            Heap::of(object).discharge_outside(object.charged);
            std::ptr::drop_in_place(this.as_ptr());
        }
    }
}

fn limb_bytes(value: &BigInt) -> usize {
    limbs(value) as usize * size_of::<u64>()
}

/// The number of 64-bit limbs.
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
pub fn from_big(heap: &Heap, value: BigInt) -> Value {
    if value.bits() <= LIMB_BITS
        && let Some(small) = value.to_i64()
    {
        return Value::Int(small);
    }
    Value::BigInt(BigIntObject::alloc(heap, value))
}

/// The int with that value.
#[inline]
pub fn from_i128(heap: &Heap, value: i128) -> Value {
    match i64::try_from(value) {
        Ok(small) => Value::Int(small),
        Err(_) => Value::BigInt(BigIntObject::alloc(heap, BigInt::from(value))),
    }
}

/// The int with that value, if it is within the limit.
///
/// # Errors
/// The traps `RUF2008` and `RUF2002`.
pub fn from_big_checked(hooks: &dyn Hooks, value: BigInt) -> Result<Value> {
    check_bits(hooks, value.bits())?;
    Ok(from_big(hooks.heap(), value))
}

/// Changes a big integer that is about to be replaced by the result: in its own limbs if this is the only reference to it, else
/// in a copy.
///
/// # Errors
/// The trap `RUF2008`.
pub fn update(hooks: &dyn Hooks, operand: Ref<BigIntObject>, change: impl FnOnce(&mut BigInt)) -> Result<Value> {
    let mut operand = operand;
    let Some(object) = operand.get_mut() else {
        let mut value = operand.get().clone();
        change(&mut value);
        return from_big_checked(hooks, value);
    };
    change(&mut object.value);
    let bits = object.value.bits();
    check_bits(hooks, bits)?;
    if bits <= LIMB_BITS
        && let Some(small) = object.value.to_i64()
    {
        return Ok(Value::Int(small));
    }
    let bytes = limb_bytes(&object.value);
    if bytes > object.charged {
        hooks.heap().charge_outside(bytes - object.charged);
        object.charged = bytes;
    }
    Ok(Value::BigInt(operand))
}

/// Fails if an int of `bits` bits is too large; called with a lower bound before work begins.
///
/// # Errors
/// The traps `RUF2008` and `RUF2002`.
#[inline]
pub fn check_bits(hooks: &dyn Hooks, bits: u64) -> Result<()> {
    if bits <= LIMB_BITS {
        return Ok(());
    }
    let limit = hooks.int_bits_max().min(BITS_CEILING);
    if bits > limit { Err(too_large(limit)) } else { hooks.heap().check_room((bits / 8) as usize) }
}

#[cold]
fn too_large(limit: u64) -> Fault {
    Fault::trap(Code::LIMIT_INT, format!("Integer too large: more than {limit} bits"))
}

/// The number of an int value, borrowed if it is big. `None` for other kinds.
pub fn as_big(value: &Value) -> Option<Cow<'_, BigInt>> {
    match value {
        Value::Int(i) => Some(Cow::Owned(BigInt::from(*i))),
        Value::BigInt(b) => Some(Cow::Borrowed(b.get())),
        _ => None,
    }
}

/// The float nearest to a big integer, ties to even; infinite beyond the largest float.
pub fn nearest_f64(value: &BigInt) -> f64 {
    value.to_f64().unwrap_or(f64::NAN)
}

/// The float nearest to an int or float value. `None` for other kinds.
#[inline]
pub fn to_f64(value: &Value) -> Option<f64> {
    match value {
        Value::Int(i) => Some(*i as f64),
        Value::Float(x) => Some(*x),
        Value::BigInt(b) => Some(nearest_f64(b.get())),
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
pub fn compare_big_f64(a: &BigInt, b: f64) -> Option<Ordering> {
    if b.is_nan() {
        return None;
    }
    // A big integer has a magnitude of at least 2^63: floats of that size are whole, and smaller ones lie between.
    match BigInt::from_f64(b) {
        Some(whole) => Some(a.cmp(&whole)),
        None => Some(if b > 0.0 { Ordering::Less } else { Ordering::Greater }),
    }
}

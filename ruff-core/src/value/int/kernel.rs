//! Carry chains over limbs: the loops in which big integers spend their time.
//!
//! Limbs are least significant first. On x86-64 four limbs a round go through `adc` or `sbb`, whose carry stays in the flag from
//! limb to limb and from round to round; elsewhere, and for the limbs after the last round, plain Rust does the same. Compilers
//! do not keep the carry in the flag: the additions of the first 100,000 Fibonacci numbers, best of eleven interleaved runs on a
//! Xeon of 2023, take num-bigint 34.5 ms; `u64::carrying_add` one limb a round 45 ms, four 35 ms, sixteen 28 ms;
//! `_addcarry_u64` four a round 31 ms, eight 28 ms; inline assembly four a round 13.2 ms, eight 13.3 ms.
//!
//! Products with one limb are chosen at run time, for most processors have `mulx`, which leaves the flags alone, and `adcx` and
//! `adox`, each with a carry of its own. On a Zen 3, which multiplies once in 1.5 cycles, 256 limbs take 1.5 cycles a limb, and 1.6 if
//! they are added to others; with `mul` and `adc` four a round it is 2.0 and 2.4, with what compilers make of plain Rust 2.0 and
//! 3.1.
//!
//! Processors with AVX-512, which has to be found at run time, add and subtract long numbers in vectors, and multiply them by
//! factors of up to 40 bits: on a Zen 5, the Fibonacci numbers take 6.8 ms instead of
//! 13, and the products with one limb in factorials of 3,000 six tenths of the time.

#[cfg_attr(all(target_arch = "x86_64", not(miri)), path = "kernel/x86_64.rs")]
#[cfg_attr(not(all(target_arch = "x86_64", not(miri))), path = "kernel/portable.rs")]
mod machine;
#[cfg(test)]
mod tests;

/// What a kernel makes of two limbs and a carry: a limb and a carry.
type Limb = fn(u64, u64, bool) -> (u64, bool);

/// `a += b`, and the carry. Of slices of different lengths it takes the common part.
#[inline(always)]
pub fn add(a: &mut [u64], b: &[u64]) -> bool {
    let (a, b) = common(a, b);
    machine::add(a, b)
}

/// `a -= b`, and the borrow. Of slices of different lengths it takes the common part.
#[inline(always)]
pub fn sub(a: &mut [u64], b: &[u64]) -> bool {
    let (a, b) = common(a, b);
    machine::sub(a, b)
}

/// `a = b - a`, and the borrow. Of slices of different lengths it takes the common part.
#[inline(always)]
pub fn sub_from(a: &mut [u64], b: &[u64]) -> bool {
    let (a, b) = common(a, b);
    machine::sub_from(a, b)
}

/// The part of each that has a limb of the other beside it.
#[inline(always)]
fn common<'a, 'b>(a: &'a mut [u64], b: &'b [u64]) -> (&'a mut [u64], &'b [u64]) {
    let len = a.len().min(b.len());
    (&mut a[..len], &b[..len])
}

fn sub_limb_from(x: u64, y: u64, borrow: bool) -> (u64, bool) {
    y.borrowing_sub(x, borrow)
}

/// Limb by limb.
#[inline(always)]
fn chain(a: &mut [u64], b: &[u64], carry: bool, limb: Limb) -> bool {
    let mut carry = carry;
    for (x, y) in a.iter_mut().zip(b) {
        (*x, carry) = limb(*x, *y, carry);
    }
    carry
}

/// Fewer limbs are multiplied by plain Rust before it is known what the processor can do.
const MUL_ROUNDS_LIMBS: usize = 16;
/// The same where products are added to others.
const ADD_PRODUCT_ROUNDS_LIMBS: usize = 8;

/// `a = a * factor + carry`, and the carry.
pub fn mul_limb(a: &mut [u64], factor: u64, carry: u64) -> u64 {
    if a.len() < MUL_ROUNDS_LIMBS {
        return chain_multiple(a, factor, carry);
    }
    machine::mul_limb(a, factor, carry)
}

/// Limb by limb.
#[inline(always)]
fn chain_multiple(a: &mut [u64], factor: u64, carry: u64) -> u64 {
    let mut carry = carry;
    for x in a {
        (*x, carry) = x.carrying_mul(factor, carry);
    }
    carry
}

/// `a += b * factor`, and the carry. Of slices of different lengths it takes the common part.
pub fn add_product(a: &mut [u64], b: &[u64], factor: u64) -> u64 {
    let (a, b) = common(a, b);
    if a.len() < ADD_PRODUCT_ROUNDS_LIMBS {
        return chain_product(a, b, factor, 0);
    }
    machine::add_product(a, b, factor)
}

/// Limb by limb. The carry comes last, so that only its addition waits for the limb below.
#[inline(always)]
fn chain_product(a: &mut [u64], b: &[u64], factor: u64, carry: u64) -> u64 {
    let mut carry = carry;
    for (x, y) in a.iter_mut().zip(b) {
        let (low, high) = y.carrying_mul(factor, *x);
        let (sum, overflows) = low.overflowing_add(carry);
        *x = sum;
        carry = high + u64::from(overflows);
    }
    carry
}

/// `high * 2^64 + low`.
#[inline(always)]
pub fn wide(high: u64, low: u64) -> u128 {
    u128::from(high) << u64::BITS | u128::from(low)
}

/// Quotient and remainder of `high * 2^64 + low` and a divisor greater than `high`.
#[inline(always)]
pub fn div_limb(high: u64, low: u64, divisor: u64) -> (u64, u64) {
    assert!(high < divisor, "the quotient has one limb");
    machine::div_limb(high, low, divisor)
}

//! The kernels in the instructions of x86-64: see [`super`].
//!
//! This file is unsafe: it contains inline assembly, and calls what only some processors can run.

#![allow(unsafe_code)]

#[path = "avx512.rs"]
mod avx512;

use super::{Limb, chain, chain_multiple, chain_product, sub_limb_from};
use std::arch::asm;
use std::arch::is_x86_feature_detected;

/// Limbs of a round.
const ROUND: usize = 4;
/// Fewer limbs are added before it is known what the processor can do.
const VECTOR_LIMBS: usize = 24;

/// Sets the first limbs to what a kernel makes of both, and returns the carry.
type Rounds = fn(&mut [[u64; ROUND]], &[[u64; ROUND]]) -> bool;

/// The same for slices of one length, on a processor with AVX-512F.
type Vectors = unsafe fn(&mut [u64], &[u64]) -> bool;

#[inline(always)]
pub fn add(a: &mut [u64], b: &[u64]) -> bool {
    run(a, b, avx512::add, add_rounds, u64::carrying_add)
}

#[inline(always)]
pub fn sub(a: &mut [u64], b: &[u64]) -> bool {
    run(a, b, avx512::sub, sub_rounds, u64::borrowing_sub)
}

#[inline(always)]
pub fn sub_from(a: &mut [u64], b: &[u64]) -> bool {
    run(a, b, avx512::sub_from, sub_rounds_from, sub_limb_from)
}

/// Are there enough limbs for vectors, and does the processor have them?
#[inline(always)]
fn is_for_vectors(limbs: &[u64]) -> bool {
    limbs.len() >= VECTOR_LIMBS && is_x86_feature_detected!("avx512f")
}

/// In vectors if that pays; else in rounds, and limb by limb what is left.
#[inline(always)]
fn run(a: &mut [u64], b: &[u64], vectors: Vectors, rounds: Rounds, limb: Limb) -> bool {
    if is_for_vectors(a) {
        // SAFETY: the processor has the instructions, and the slices are of one length.
        return unsafe { vectors(a, b) };
    }
    let (a_rounds, a_rest) = a.as_chunks_mut();
    let (b_rounds, b_rest) = b.as_chunks();
    let carry = rounds(a_rounds, b_rounds);
    chain(a_rest, b_rest, carry, limb)
}

/// Defines a function that sets `a` to `left instruction right` and returns the carry; `left` and `right` are `a` and `b`.
macro_rules! rounds {
    ($name:ident, $instruction:literal, $left:literal, $right:literal) => {
        fn $name(a: &mut [[u64; ROUND]], b: &[[u64; ROUND]]) -> bool {
            let rounds = a.len().min(b.len());
            if rounds == 0 {
                return false;
            }
            let carry: u32;
            // SAFETY: the loop runs `rounds` times, at least once, and each time reads and writes the next 32 bytes behind
            // `a`, which is exclusively borrowed, and reads those behind `b`; both slices have that many rounds. `lea` and
            // `dec` leave the carry flag alone. The stack is not touched.
            unsafe {
                asm!(
                    "xor {carry:e}, {carry:e}",
                    "2:",
                    concat!("mov {x0}, qword ptr [{", $left, "}]"),
                    concat!("mov {x1}, qword ptr [{", $left, "} + 8]"),
                    concat!("mov {x2}, qword ptr [{", $left, "} + 16]"),
                    concat!("mov {x3}, qword ptr [{", $left, "} + 24]"),
                    concat!($instruction, " {x0}, qword ptr [{", $right, "}]"),
                    concat!($instruction, " {x1}, qword ptr [{", $right, "} + 8]"),
                    concat!($instruction, " {x2}, qword ptr [{", $right, "} + 16]"),
                    concat!($instruction, " {x3}, qword ptr [{", $right, "} + 24]"),
                    "mov qword ptr [{a}], {x0}",
                    "mov qword ptr [{a} + 8], {x1}",
                    "mov qword ptr [{a} + 16], {x2}",
                    "mov qword ptr [{a} + 24], {x3}",
                    "lea {a}, [{a} + 32]",
                    "lea {b}, [{b} + 32]",
                    "dec {rounds}",
                    "jnz 2b",
                    "adc {carry:e}, {carry:e}",
                    a = inout(reg) a.as_mut_ptr() => _,
                    b = inout(reg) b.as_ptr() => _,
                    rounds = inout(reg) rounds => _,
                    carry = out(reg) carry,
                    x0 = out(reg) _,
                    x1 = out(reg) _,
                    x2 = out(reg) _,
                    x3 = out(reg) _,
                    options(nostack),
                );
            }
            carry != 0
        }
    };
}

rounds!(add_rounds, "adc", "b", "a");
rounds!(sub_rounds, "sbb", "a", "b");
rounds!(sub_rounds_from, "sbb", "b", "a");

/// Has the processor products that leave the flags alone (BMI2), and additions with a carry in one flag or another (ADX)? Intel's
/// have since 2014, AMD's since 2017.
#[inline(always)]
fn has_two_carries() -> bool {
    is_x86_feature_detected!("bmi2") && is_x86_feature_detected!("adx")
}

/// Has the processor products of 52 bits in vectors? Intel's have since 2019, AMD's since 2022.
#[inline(always)]
fn has_vector_products() -> bool {
    is_x86_feature_detected!("avx512ifma") && is_x86_feature_detected!("avx512dq")
}

pub fn mul_limb(a: &mut [u64], factor: u64, carry: u64) -> u64 {
    if factor < avx512::FACTORS_END && is_for_vectors(a) && has_vector_products() {
        // SAFETY: the processor has the instructions.
        return unsafe { avx512::mul_limb(a, factor, carry) };
    }
    if !has_two_carries() {
        return chain_multiple(a, factor, carry);
    }
    let (a_rounds, a_rest) = a.as_chunks_mut();
    // SAFETY: the processor has the instructions.
    let carry = unsafe { mul_rounds(a_rounds, factor, carry) };
    chain_multiple(a_rest, factor, carry)
}

/// # Safety
/// The processor has two carries.
unsafe fn mul_rounds(a: &mut [[u64; ROUND]], factor: u64, carry: u64) -> u64 {
    if a.is_empty() {
        return carry;
    }
    /// Sets a limb to the lower half of its product and the upper half of the one below.
    macro_rules! limb {
        ($at:literal, $below:literal, $above:literal) => {
            concat!(
                concat!("mulx {", $above, "}, {low}, qword ptr [{a} + ", $at, "]\n"),
                concat!("adcx {low}, {", $below, "}\n"),
                concat!("mov qword ptr [{a} + ", $at, "], {low}"),
            )
        };
    }
    let mut carry = carry;
    // SAFETY: the processor has the instructions. The loop runs as often as the slice has rounds, at least once, and each time
    // reads and writes the next 32 bytes behind `a`, which is exclusively borrowed. `lea` and `dec` leave the carry flag
    // alone. The stack is not touched.
    unsafe {
        asm!(
            "xor {low:e}, {low:e}",
            "2:",
            limb!("0", "carry", "other"),
            limb!("8", "other", "carry"),
            limb!("16", "carry", "other"),
            limb!("24", "other", "carry"),
            "lea {a}, [{a} + 32]",
            "dec {rounds}",
            "jnz 2b",
            "adc {carry}, 0",
            a = inout(reg) a.as_mut_ptr() => _,
            rounds = inout(reg) a.len() => _,
            in("rdx") factor,
            carry = inout(reg) carry,
            other = out(reg) _,
            low = out(reg) _,
            options(nostack),
        );
    }
    carry
}

pub fn add_product(a: &mut [u64], b: &[u64], factor: u64) -> u64 {
    if !has_two_carries() {
        return chain_product(a, b, factor, 0);
    }
    let (a_rounds, a_rest) = a.as_chunks_mut();
    let (b_rounds, b_rest) = b.as_chunks();
    // SAFETY: the processor has the instructions.
    let carry = unsafe { add_product_rounds(a_rounds, b_rounds, factor) };
    chain_product(a_rest, b_rest, factor, carry)
}

/// # Safety
/// The processor has two carries.
unsafe fn add_product_rounds(a: &mut [[u64; ROUND]], b: &[[u64; ROUND]], factor: u64) -> u64 {
    let rounds = a.len().min(b.len());
    if rounds == 0 {
        return 0;
    }
    /// Adds the lower half of a product and the upper half of the one below to a limb. The carry flag has the carry of the
    /// first sum, the overflow flag that of the second.
    macro_rules! limb {
        ($at:literal, $below:literal, $above:literal) => {
            concat!(
                concat!("mulx {", $above, "}, {low}, qword ptr [{b} + ", $at, "]\n"),
                concat!("adcx {low}, {", $below, "}\n"),
                concat!("adox {low}, qword ptr [{a} + ", $at, "]\n"),
                concat!("mov qword ptr [{a} + ", $at, "], {low}"),
            )
        };
    }
    let mut carry = 0;
    // SAFETY: the processor has the instructions. The loop runs `rounds` times, at least once, and each time reads and writes the
    // next 32 bytes behind `a`, which is exclusively borrowed, and reads those behind `b`; both slices have that many rounds.
    // `lea`, `mov` and the jumps leave both flags alone. The stack is not touched.
    unsafe {
        asm!(
            "xor {low:e}, {low:e}",
            "2:",
            limb!("0", "carry", "other"),
            limb!("8", "other", "carry"),
            limb!("16", "carry", "other"),
            limb!("24", "other", "carry"),
            "lea {a}, [{a} + 32]",
            "lea {b}, [{b} + 32]",
            "lea rcx, [rcx - 1]",
            "jrcxz 3f",
            "jmp 2b",
            "3:",
            "mov {low:e}, 0",
            "adcx {carry}, {low}",
            "adox {carry}, {low}",
            a = inout(reg) a.as_mut_ptr() => _,
            b = inout(reg) b.as_ptr() => _,
            inout("rcx") rounds => _,
            in("rdx") factor,
            carry = inout(reg) carry,
            other = out(reg) _,
            low = out(reg) _,
            options(nostack),
        );
    }
    carry
}

#[inline(always)]
pub fn div_limb(high: u64, low: u64, divisor: u64) -> (u64, u64) {
    let (quotient, remainder);
    // SAFETY: the divisor is greater than `high`, so that the quotient fits and the instruction does not trap.
    unsafe {
        asm!(
            "div {divisor}",
            divisor = in(reg) divisor,
            inout("rax") low => quotient,
            inout("rdx") high => remainder,
            options(pure, nomem, nostack),
        );
    }
    (quotient, remainder)
}

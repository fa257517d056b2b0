//! Carry chains over limbs: the loops in which big integers spend their time.
//!
//! Limbs are least significant first. On x86-64 four limbs a round go through `adc` or `sbb`, whose carry stays in the flag from
//! limb to limb and from round to round; elsewhere, and for the limbs after the last round, plain Rust does the same. Compilers
//! do not keep the carry in the flag: the additions of the first 100,000 Fibonacci numbers, best of eleven interleaved runs on a
//! Xeon of 2023, take num-bigint 34.5 ms; `u64::carrying_add` one limb a round 45 ms, four 35 ms, sixteen 28 ms;
//! `_addcarry_u64` four a round 31 ms, eight 28 ms; inline assembly four a round 13.2 ms, eight 13.3 ms. AVX-512 takes 8.8 ms,
//! but has to be chosen at run time.
//!
//! Products with one limb are chosen at run time, for most processors have `mulx`, which leaves the flags alone, and `adcx` and
//! `adox`, each with a carry of its own. On a Zen 3, which multiplies once in 1.5 cycles, 256 limbs take 1.5 cycles a limb, and 1.6 if
//! they are added to others; with `mul` and `adc` four a round it is 2.0 and 2.4, with what compilers make of plain Rust 2.0 and
//! 3.1.
//!
//! This file is unsafe: it contains inline assembly.

#![allow(unsafe_code)]

/// Limbs of a round.
const ROUND: usize = 4;

/// Sets the first limbs to what a kernel makes of both, and returns the carry.
type Rounds = fn(&mut [[u64; ROUND]], &[[u64; ROUND]]) -> bool;
/// What a kernel makes of two limbs and a carry: a limb and a carry.
type Limb = fn(u64, u64, bool) -> (u64, bool);

/// `a += b`, and the carry. Of slices of different lengths it takes the common part.
pub fn add(a: &mut [u64], b: &[u64]) -> bool {
    run(a, b, rounds::add, u64::carrying_add)
}

/// `a -= b`, and the borrow. Of slices of different lengths it takes the common part.
pub fn sub(a: &mut [u64], b: &[u64]) -> bool {
    run(a, b, rounds::sub, u64::borrowing_sub)
}

/// `a = b - a`, and the borrow. Of slices of different lengths it takes the common part.
pub fn sub_from(a: &mut [u64], b: &[u64]) -> bool {
    run(a, b, rounds::sub_from, sub_limb_from)
}

fn sub_limb_from(x: u64, y: u64, borrow: bool) -> (u64, bool) {
    y.borrowing_sub(x, borrow)
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
    let (a_rounds, a_rest) = a.as_chunks_mut();
    let carry = rounds::mul_limb(a_rounds, factor, carry);
    chain_multiple(a_rest, factor, carry)
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
    let len = a.len().min(b.len());
    let (a, b) = (&mut a[..len], &b[..len]);
    if len < ADD_PRODUCT_ROUNDS_LIMBS {
        return chain_product(a, b, factor, 0);
    }
    let (a_rounds, a_rest) = a.as_chunks_mut();
    let (b_rounds, b_rest) = b.as_chunks();
    let carry = rounds::add_product(a_rounds, b_rounds, factor);
    chain_product(a_rest, b_rest, factor, carry)
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
    rounds::div_limb(high, low, divisor)
}

#[inline(always)]
fn run(a: &mut [u64], b: &[u64], rounds: Rounds, limb: Limb) -> bool {
    let len = a.len().min(b.len());
    let (a_rounds, a_rest) = a[..len].as_chunks_mut();
    let (b_rounds, b_rest) = b[..len].as_chunks();
    let carry = rounds(a_rounds, b_rounds);
    chain(a_rest, b_rest, carry, limb)
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

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod rounds {
    use super::{ROUND, chain_multiple, chain_product};
    use std::arch::asm;
    use std::arch::is_x86_feature_detected;

    /// Defines a function that sets `a` to `left instruction right` and returns the carry; `left` and `right` are `a` and `b`.
    macro_rules! rounds {
        ($name:ident, $instruction:literal, $left:literal, $right:literal) => {
            pub fn $name(a: &mut [[u64; ROUND]], b: &[[u64; ROUND]]) -> bool {
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

    rounds!(add, "adc", "b", "a");
    rounds!(sub, "sbb", "a", "b");
    rounds!(sub_from, "sbb", "b", "a");

    /// Has the processor products that leave the flags alone (BMI2), and additions with a carry in one flag or another (ADX)? Intel's
    /// have since 2014, AMD's since 2017.
    #[inline(always)]
    fn has_two_carries() -> bool {
        is_x86_feature_detected!("bmi2") && is_x86_feature_detected!("adx")
    }

    pub fn mul_limb(a: &mut [[u64; ROUND]], factor: u64, carry: u64) -> u64 {
        if a.is_empty() || !has_two_carries() {
            return chain_multiple(a.as_flattened_mut(), factor, carry);
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

    pub fn add_product(a: &mut [[u64; ROUND]], b: &[[u64; ROUND]], factor: u64) -> u64 {
        let rounds = a.len().min(b.len());
        if rounds == 0 || !has_two_carries() {
            return chain_product(a.as_flattened_mut(), b.as_flattened(), factor, 0);
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
}

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
mod rounds {
    use super::{ROUND, chain, chain_multiple, chain_product, sub_limb_from, wide};

    pub fn add(a: &mut [[u64; ROUND]], b: &[[u64; ROUND]]) -> bool {
        chain(a.as_flattened_mut(), b.as_flattened(), false, u64::carrying_add)
    }

    pub fn sub(a: &mut [[u64; ROUND]], b: &[[u64; ROUND]]) -> bool {
        chain(a.as_flattened_mut(), b.as_flattened(), false, u64::borrowing_sub)
    }

    pub fn sub_from(a: &mut [[u64; ROUND]], b: &[[u64; ROUND]]) -> bool {
        chain(a.as_flattened_mut(), b.as_flattened(), false, sub_limb_from)
    }

    pub fn mul_limb(a: &mut [[u64; ROUND]], factor: u64, carry: u64) -> u64 {
        chain_multiple(a.as_flattened_mut(), factor, carry)
    }

    pub fn add_product(a: &mut [[u64; ROUND]], b: &[[u64; ROUND]], factor: u64) -> u64 {
        chain_product(a.as_flattened_mut(), b.as_flattened(), factor, 0)
    }

    pub fn div_limb(high: u64, low: u64, divisor: u64) -> (u64, u64) {
        let (dividend, divisor) = (wide(high, low), u128::from(divisor));
        ((dividend / divisor) as u64, (dividend % divisor) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Limbs at which carries begin, pass and end.
    const LIMBS: [u64; 4] = [0, 1, u64::MAX - 1, u64::MAX];
    const LEN_MAX: usize = 10;

    type Kernel = fn(&mut [u64], &[u64]) -> bool;
    const KERNELS: [(Kernel, Limb); 3] =
        [(add, u64::carrying_add), (sub, u64::borrowing_sub), (sub_from, sub_limb_from)];

    fn check(a: &[u64], b: &[u64]) {
        for (kernel, limb) in KERNELS {
            let (mut by_rounds, mut by_limbs) = (a.to_vec(), a.to_vec());
            let carry = kernel(&mut by_rounds, b);
            assert_eq!(carry, chain(&mut by_limbs, b, false, limb), "{a:x?} {b:x?}");
            assert_eq!(by_rounds, by_limbs, "{a:x?} {b:x?}");
        }
        for factor in LIMBS {
            check_products(a, b, factor);
        }
    }

    fn check_products(a: &[u64], b: &[u64], factor: u64) {
        let (mut by_rounds, mut by_limbs) = (a.to_vec(), a.to_vec());
        let carry = add_product(&mut by_rounds, b, factor);
        assert_eq!(carry, chain_product(&mut by_limbs, b, factor, 0), "{a:x?} {b:x?} {factor:x}");
        assert_eq!(by_rounds, by_limbs, "{a:x?} {b:x?} {factor:x}");
        for carry in LIMBS {
            let (mut by_rounds, mut by_limbs) = (a.to_vec(), a.to_vec());
            let carry_of_rounds = mul_limb(&mut by_rounds, factor, carry);
            assert_eq!(carry_of_rounds, chain_multiple(&mut by_limbs, factor, carry), "{a:x?} {factor:x} {carry:x}");
            assert_eq!(by_rounds, by_limbs, "{a:x?} {factor:x} {carry:x}");
        }
    }

    #[test]
    fn rounds_do_what_single_limbs_do() {
        // There are 2^40 pairs of ten such limbs; an odd stride visits them evenly.
        let limbs = |mut number: usize, len: usize| -> Vec<u64> {
            let next = |_| (LIMBS[number % 4], number /= 4).0;
            (0..len).map(next).collect()
        };
        for len in 0..=LEN_MAX {
            for pair in (0..1 << (4 * LEN_MAX)).step_by(1_048_583 * 101) {
                check(&limbs(pair, len), &limbs(pair >> (2 * LEN_MAX), len));
            }
        }
    }

    #[test]
    fn a_carry_passes_all_limbs() {
        for len in 1..70 {
            let mut one = vec![0; len];
            one[0] = 1;
            let mut a = vec![u64::MAX; len];
            assert!(add(&mut a, &one));
            assert!(a.iter().all(|limb| *limb == 0));
            assert!(sub(&mut a, &one));
            assert!(a.iter().all(|limb| *limb == u64::MAX));
            assert!(sub_from(&mut a, &vec![0; len]));
            assert_eq!(a, one);
        }
    }

    #[test]
    fn products_of_all_lengths() {
        let without_pattern = |len: usize, seed: u64| -> Vec<u64> {
            (1..=len as u64).map(|at| (at + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(at as u32)).collect()
        };
        for len in 0..70 {
            for factor in LIMBS.into_iter().chain([0x9e37_79b9_7f4a_7c15]) {
                check_products(&vec![u64::MAX; len], &vec![u64::MAX; len], factor);
                check_products(&without_pattern(len, 1), &without_pattern(len, 2), factor);
                check_products(&without_pattern(len, 3), &vec![u64::MAX; len], factor);
            }
        }
    }

    #[test]
    fn a_product_of_the_largest_limbs() {
        // (2^64n - 1) * (2^64 - 1) is 2^64(n+1) - 2^64n - 2^64 + 1.
        for len in [2, 7, 8, 9, 15, 16, 17, 20] {
            let mut a = vec![u64::MAX; len];
            assert_eq!(mul_limb(&mut a, u64::MAX, 0), u64::MAX - 1);
            assert_eq!((a[0], a[len - 1]), (1, u64::MAX));
            // With what is there already, the largest sum: 2^64(n+1) - 2^64.
            let mut sum = vec![u64::MAX; len];
            assert_eq!(add_product(&mut sum, &vec![u64::MAX; len], u64::MAX), u64::MAX);
            assert_eq!((sum[0], sum[len - 1]), (0, u64::MAX));
        }
    }

    #[test]
    fn the_common_part_of_different_lengths_is_taken() {
        let (mut a, b) = ([u64::MAX; 9], [1; 6]);
        assert!(add(&mut a, &b));
        assert_eq!(a, [0, 1, 1, 1, 1, 1, u64::MAX, u64::MAX, u64::MAX]);
        assert!(!add(&mut a[..0], &b));
        assert_eq!(add_product(&mut a, &b, 3), 0);
        assert_eq!(a, [3, 4, 4, 4, 4, 4, u64::MAX, u64::MAX, u64::MAX]);
    }

    #[test]
    fn quotients_of_two_limbs() {
        assert_eq!(div_limb(0, 7, 3), (2, 1));
        assert_eq!(div_limb(u64::MAX - 1, u64::MAX, u64::MAX), (u64::MAX, u64::MAX - 1));
        assert_eq!(div_limb(1, 0, 1 << 63), (2, 0));
    }
}

//! Carry chains over limbs: the loops in which big integers spend their time.
//!
//! Limbs are least significant first. On x86-64 four limbs a round go through `adc` or `sbb`, whose carry stays in the flag from
//! limb to limb and from round to round; elsewhere, and for the limbs after the last round, plain Rust does the same. Compilers
//! do not keep the carry in the flag: the additions of the first 100,000 Fibonacci numbers, best of eleven interleaved runs on a
//! Xeon of 2023, take num-bigint 34.5 ms; `u64::carrying_add` one limb a round 45 ms, four 35 ms, sixteen 28 ms;
//! `_addcarry_u64` four a round 31 ms, eight 28 ms; inline assembly four a round 13.2 ms, eight 13.3 ms. AVX-512 takes 8.8 ms,
//! but has to be chosen at run time. Products with one limb are made four a round too: 0.5 ns a limb on a Zen 4, against 1.2 ns of
//! `u64::carrying_mul`, whose two additions wait for those before.
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

/// `a = a * factor + carry`, and the carry.
pub fn mul_limb(a: &mut [u64], factor: u64, carry: u64) -> u64 {
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
    run_product(a, b, factor, rounds::add_product, add_product_limb)
}

/// `a -= b * factor`, and the borrow. Of slices of different lengths it takes the common part.
pub fn sub_product(a: &mut [u64], b: &[u64], factor: u64) -> u64 {
    run_product(a, b, factor, rounds::sub_product, sub_product_limb)
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

/// Sets the first limbs to their sum with, or their difference to, the product of others and a factor, and returns the carry.
type ProductRounds = fn(&mut [[u64; ROUND]], &[[u64; ROUND]], u64) -> u64;
/// The same for one limb with a carry from below: a limb and a carry.
type ProductLimb = fn(u64, u64, u64, u64) -> (u64, u64);

fn add_product_limb(x: u64, y: u64, factor: u64, carry: u64) -> (u64, u64) {
    y.carrying_mul_add(factor, carry, x)
}

fn sub_product_limb(x: u64, y: u64, factor: u64, carry: u64) -> (u64, u64) {
    let (low, high) = y.carrying_mul(factor, carry);
    let (difference, borrow) = x.overflowing_sub(low);
    // The upper half of such a sum is the largest limb only if the lower half is zero, which borrows nothing.
    (difference, high + u64::from(borrow))
}

#[inline(always)]
fn run_product(a: &mut [u64], b: &[u64], factor: u64, rounds: ProductRounds, limb: ProductLimb) -> u64 {
    let len = a.len().min(b.len());
    let (a_rounds, a_rest) = a[..len].as_chunks_mut();
    let (b_rounds, b_rest) = b[..len].as_chunks();
    let carry = rounds(a_rounds, b_rounds, factor);
    chain_product(a_rest, b_rest, factor, carry, limb)
}

/// Limb by limb.
#[inline(always)]
fn chain_product(a: &mut [u64], b: &[u64], factor: u64, carry: u64, limb: ProductLimb) -> u64 {
    let mut carry = carry;
    for (x, y) in a.iter_mut().zip(b) {
        (*x, carry) = limb(*x, *y, factor, carry);
    }
    carry
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
    use super::ROUND;
    use std::arch::asm;

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

    /// Four products of the limbs behind a register and a factor, summed up with the carry: into `x0`, `x1`, `x2`, `rax` and `rdx`.
    macro_rules! products {
        ($from:literal) => {
            concat!(
                "mov rax, qword ptr [{",
                $from,
                "}]\n",
                "mul {factor}\n",
                "mov {x0}, rax\n",
                "mov {y0}, rdx\n",
                "mov rax, qword ptr [{",
                $from,
                "} + 8]\n",
                "mul {factor}\n",
                "mov {x1}, rax\n",
                "mov {y1}, rdx\n",
                "mov rax, qword ptr [{",
                $from,
                "} + 16]\n",
                "mul {factor}\n",
                "mov {x2}, rax\n",
                "mov {y2}, rdx\n",
                "mov rax, qword ptr [{",
                $from,
                "} + 24]\n",
                "mul {factor}\n",
                "add {x0}, {carry}\n",
                "adc {x1}, {y0}\n",
                "adc {x2}, {y1}\n",
                "adc rax, {y2}\n",
                "adc rdx, 0\n",
            )
        };
    }

    pub fn mul_limb(a: &mut [[u64; ROUND]], factor: u64, carry: u64) -> u64 {
        let mut carry = carry;
        if a.is_empty() {
            return carry;
        }
        // SAFETY: the loop runs as often as the slice has rounds, at least once, and each time reads and writes the next 32 bytes
        // behind `a`, which is exclusively borrowed. The stack is not touched.
        unsafe {
            asm!(
                "2:",
                products!("a"),
                "mov qword ptr [{a}], {x0}",
                "mov qword ptr [{a} + 8], {x1}",
                "mov qword ptr [{a} + 16], {x2}",
                "mov qword ptr [{a} + 24], rax",
                "mov {carry}, rdx",
                "add {a}, 32",
                "dec {rounds}",
                "jnz 2b",
                a = inout(reg) a.as_mut_ptr() => _,
                rounds = inout(reg) a.len() => _,
                factor = in(reg) factor,
                carry = inout(reg) carry,
                x0 = out(reg) _,
                x1 = out(reg) _,
                x2 = out(reg) _,
                y0 = out(reg) _,
                y1 = out(reg) _,
                y2 = out(reg) _,
                out("rax") _,
                out("rdx") _,
                options(nostack),
            );
        }
        carry
    }

    /// Defines a function that adds the products of `b` and a factor to `a`, or subtracts them, and returns the carry.
    macro_rules! product_rounds {
        ($name:ident, $first:literal, $next:literal) => {
            pub fn $name(a: &mut [[u64; ROUND]], b: &[[u64; ROUND]], factor: u64) -> u64 {
                let rounds = a.len().min(b.len());
                let mut carry = 0;
                if rounds == 0 {
                    return carry;
                }
                // SAFETY: the loop runs `rounds` times, at least once, and each time reads and writes the next 32 bytes behind
                // `a`, which is exclusively borrowed, and reads those behind `b`; both slices have that many rounds. The stack is
                // not touched.
                unsafe {
                    asm!(
                        "2:",
                        products!("b"),
                        "mov {y0}, qword ptr [{a}]",
                        "mov {y1}, qword ptr [{a} + 8]",
                        "mov {y2}, qword ptr [{a} + 16]",
                        "mov {carry}, qword ptr [{a} + 24]",
                        concat!($first, " {y0}, {x0}"),
                        concat!($next, " {y1}, {x1}"),
                        concat!($next, " {y2}, {x2}"),
                        concat!($next, " {carry}, rax"),
                        "mov qword ptr [{a} + 24], {carry}",
                        "adc rdx, 0",
                        "mov qword ptr [{a}], {y0}",
                        "mov qword ptr [{a} + 8], {y1}",
                        "mov qword ptr [{a} + 16], {y2}",
                        "mov {carry}, rdx",
                        "add {a}, 32",
                        "add {b}, 32",
                        "dec {rounds}",
                        "jnz 2b",
                        a = inout(reg) a.as_mut_ptr() => _,
                        b = inout(reg) b.as_ptr() => _,
                        rounds = inout(reg) rounds => _,
                        factor = in(reg) factor,
                        carry = inout(reg) carry,
                        x0 = out(reg) _,
                        x1 = out(reg) _,
                        x2 = out(reg) _,
                        y0 = out(reg) _,
                        y1 = out(reg) _,
                        y2 = out(reg) _,
                        out("rax") _,
                        out("rdx") _,
                        options(nostack),
                    );
                }
                carry
            }
        };
    }

    product_rounds!(add_product, "add", "adc");
    product_rounds!(sub_product, "sub", "sbb");

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
    use super::{ROUND, add_product_limb, chain, chain_multiple, chain_product, sub_limb_from, sub_product_limb, wide};

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
        chain_product(a.as_flattened_mut(), b.as_flattened(), factor, 0, add_product_limb)
    }

    pub fn sub_product(a: &mut [[u64; ROUND]], b: &[[u64; ROUND]], factor: u64) -> u64 {
        chain_product(a.as_flattened_mut(), b.as_flattened(), factor, 0, sub_product_limb)
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

    type ProductKernel = fn(&mut [u64], &[u64], u64) -> u64;
    const PRODUCT_KERNELS: [(ProductKernel, ProductLimb); 2] =
        [(add_product, add_product_limb), (sub_product, sub_product_limb)];

    fn check_products(a: &[u64], b: &[u64], factor: u64) {
        for (kernel, limb) in PRODUCT_KERNELS {
            let (mut by_rounds, mut by_limbs) = (a.to_vec(), a.to_vec());
            let carry = kernel(&mut by_rounds, b, factor);
            assert_eq!(carry, chain_product(&mut by_limbs, b, factor, 0, limb), "{a:x?} {b:x?} {factor:x}");
            assert_eq!(by_rounds, by_limbs, "{a:x?} {b:x?} {factor:x}");
        }
        let mut product = a.to_vec();
        let mut sum = vec![0; a.len()];
        let (carry, carry_of_sum) = (mul_limb(&mut product, factor, 0), add_product(&mut sum, a, factor));
        assert_eq!((product, carry), (sum, carry_of_sum), "{a:x?} {factor:x}");
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
    fn the_common_part_of_different_lengths_is_taken() {
        let (mut a, b) = ([u64::MAX; 9], [1; 6]);
        assert!(add(&mut a, &b));
        assert_eq!(a, [0, 1, 1, 1, 1, 1, u64::MAX, u64::MAX, u64::MAX]);
        assert!(!add(&mut a[..0], &b));
        assert_eq!(add_product(&mut a, &b, 3), 0);
        assert_eq!(a, [3, 4, 4, 4, 4, 4, u64::MAX, u64::MAX, u64::MAX]);
        assert_eq!(sub_product(&mut a, &b, 4), 1);
        assert_eq!(a, [u64::MAX, u64::MAX, u64::MAX, u64::MAX, u64::MAX, u64::MAX, u64::MAX, u64::MAX, u64::MAX]);
    }

    #[test]
    fn quotients_of_two_limbs() {
        assert_eq!(div_limb(0, 7, 3), (2, 1));
        assert_eq!(div_limb(u64::MAX - 1, u64::MAX, u64::MAX), (u64::MAX, u64::MAX - 1));
        assert_eq!(div_limb(1, 0, 1 << 63), (2, 0));
    }
}

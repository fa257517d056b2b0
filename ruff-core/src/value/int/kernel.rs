//! Carry chains over limbs: the loops in which additions of big integers spend their time.
//!
//! Limbs are least significant first. On x86-64 four limbs a round go through `adc` or `sbb`, whose carry stays in the flag from
//! limb to limb and from round to round; elsewhere, and for the limbs after the last round, plain Rust does the same. Compilers
//! do not keep the carry in the flag: the additions of the first 100,000 Fibonacci numbers, best of eleven interleaved runs on a
//! Xeon of 2023, take num-bigint 34.5 ms; `u64::carrying_add` one limb a round 45 ms, four 35 ms, sixteen 28 ms;
//! `_addcarry_u64` four a round 31 ms, eight 28 ms; inline assembly four a round 13.2 ms, eight 13.3 ms. AVX-512 takes 8.8 ms,
//! but has to be chosen at run time.
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
}

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
mod rounds {
    use super::{ROUND, chain, sub_limb_from};

    pub fn add(a: &mut [[u64; ROUND]], b: &[[u64; ROUND]]) -> bool {
        chain(a.as_flattened_mut(), b.as_flattened(), false, u64::carrying_add)
    }

    pub fn sub(a: &mut [[u64; ROUND]], b: &[[u64; ROUND]]) -> bool {
        chain(a.as_flattened_mut(), b.as_flattened(), false, u64::borrowing_sub)
    }

    pub fn sub_from(a: &mut [[u64; ROUND]], b: &[[u64; ROUND]]) -> bool {
        chain(a.as_flattened_mut(), b.as_flattened(), false, sub_limb_from)
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
    }
}

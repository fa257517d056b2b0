use super::*;

/// Limbs at which carries begin, pass and end.
const LIMBS: [u64; 4] = [0, 1, u64::MAX - 1, u64::MAX];
const LEN_MAX: usize = 10;

type Kernel = fn(&mut [u64], &[u64]) -> bool;
const KERNELS: [(Kernel, Limb); 3] = [(add, u64::carrying_add), (sub, u64::borrowing_sub), (sub_from, sub_limb_from)];

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
fn carries_begin_pass_and_end_in_all_lanes() {
    let mut state = 1u64;
    let mut limbs = |len: usize| -> Vec<u64> {
        let mut limb = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            LIMBS[(state >> 62) as usize]
        };
        (0..len).map(&mut limb).collect()
    };
    for len in (20..70).chain([500]) {
        for _ in 0..40 {
            check(&limbs(len), &limbs(len));
        }
    }
}

#[test]
fn products_of_all_lengths() {
    let without_pattern = |len: usize, seed: u64| -> Vec<u64> {
        (1..=len as u64).map(|at| (at + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(at as u32)).collect()
    };
    for len in 0..70 {
        for factor in LIMBS.into_iter().chain([0x9e37_79b9_7f4a_7c15, 3, 10, (1 << 40) - 1, 1 << 40]) {
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

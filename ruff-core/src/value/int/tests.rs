//! Tests of the arithmetic of limbs against num-bigint, and of what the heap is charged.

use super::*;
use crate::value::Heap;
use crate::value::ops::testing::TestHooks;
use num_integer::Integer;
use num_traits::ToPrimitive;
use proptest::prelude::*;

/// Limbs among which those through which carries pass are frequent.
fn limb() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(u64::MAX), Just(1), Just(1 << 63), any::<u64>()]
}

fn number() -> impl Strategy<Value = BigInt> {
    (any::<bool>(), prop_oneof![proptest::collection::vec(limb(), 0..14), proptest::collection::vec(limb(), 14..40)])
        .prop_map(|(is_negative, limbs)| {
            let magnitude = limbs.iter().rev().fold(BigInt::ZERO, |number, limb| (number << 64) + *limb);
            if is_negative { -magnitude } else { magnitude }
        })
}

/// Two numbers whose sum or difference is often short.
fn neighbours() -> impl Strategy<Value = (BigInt, BigInt)> {
    prop_oneof![
        (number(), number()),
        (number(), number(), 0..500_u32).prop_map(|(a, b, shift)| (a.clone(), a + (b >> shift))),
        (number(), number(), 0..500_u32).prop_map(|(a, b, shift)| (a.clone(), (b >> shift) - a)),
        number().prop_map(|a| (a.clone(), a)),
    ]
}

fn limbs_of(number: &BigInt) -> SignMagnitude {
    SignMagnitude::from(number)
}

/// The number, after a look at what must hold of its parts.
fn checked(number: SignMagnitude) -> BigInt {
    let big = number.to_big();
    assert_ne!(number.magnitude().last(), Some(&0));
    assert_eq!(number.is_negative(), big < BigInt::ZERO);
    assert_eq!(number.bits(), big.bits());
    assert_eq!(number.is_even(), !big.bit(0));
    assert_eq!(number.to_i64(), big.to_i64());
    assert_eq!(number.to_i128(), big.to_i128());
    assert_eq!(number.to_string(), big.to_string());
    assert_eq!(number.decimal(&mut TestHooks::new()).unwrap(), big.to_string());
    big
}

fn changed(number: &BigInt, change: impl FnOnce(&mut SignMagnitude)) -> BigInt {
    let mut limbs = limbs_of(number);
    change(&mut limbs);
    checked(limbs)
}

proptest! {
    #[test]
    fn sums_are_those_of_num_bigint((a, b) in neighbours()) {
        let (x, y) = (limbs_of(&a), limbs_of(&b));
        prop_assert_eq!(checked(SignMagnitude::sum(&x, &y)), &a + &b);
        prop_assert_eq!(checked(SignMagnitude::difference(&x, &y)), &a - &b);
        prop_assert_eq!(changed(&a, |sum| sum.add(&y)), &a + &b);
        prop_assert_eq!(changed(&a, |difference| difference.sub(&y)), &a - &b);
        prop_assert_eq!(changed(&a, SignMagnitude::negate), -&a);
        prop_assert_eq!(x.cmp(&y), a.cmp(&b));
        prop_assert_eq!(x == y, a == b);
    }

    #[test]
    fn operations_with_one_limb_are_those_of_num_bigint(a in number(), b in limb()) {
        let b = b as i64;
        prop_assert_eq!(changed(&a, |sum| sum.add_i64(b)), &a + b);
        prop_assert_eq!(changed(&a, |difference| difference.sub_i64(b)), &a - b);
        prop_assert_eq!(checked(limbs_of(&a).times_i64(b)), &a * b);
        prop_assert_eq!(changed(&a, |product| product.mul_i64(b)), &a * b);
        if b != 0 {
            let hooks = &mut TestHooks::new();
            prop_assert_eq!(changed(&a, |quotient| quotient.div_i64(hooks, b).unwrap()), &a / b);
            prop_assert_eq!(BigInt::from(limbs_of(&a).rem_i64(hooks, b).unwrap()), &a % b);
        }
    }

    #[test]
    fn quotients_are_those_of_num_bigint(a in number(), b in number(), c in number()) {
        let product = &a * &b + c;
        if b.bits() > 64 {
            let (quotient, remainder) =
                SignMagnitude::div_rem(&mut TestHooks::new(), &limbs_of(&product), &limbs_of(&b)).unwrap();
            prop_assert_eq!((checked(quotient), checked(remainder)), (&product / &b, product % b));
        }
    }

    #[test]
    fn products_and_shifts_are_those_of_num_bigint(a in number(), b in number(), amount in 0..1000_u64) {
        prop_assert_eq!(checked(SignMagnitude::product(&mut TestHooks::new(), &limbs_of(&a), &limbs_of(&b)).unwrap()), &a * &b);
        prop_assert_eq!(checked(limbs_of(&a).shifted_left(amount)), &a << amount);
        prop_assert_eq!(checked(limbs_of(&a).shifted_right(amount)), &a >> amount);
    }

    #[test]
    fn divisors_are_those_of_num_bigint(a in number(), b in number(), common in number(), shift in 0..500_u32) {
        for (a, b) in [(&a * &common, &b * &common), (&a * &common, (&a + 1) * &common), (a, b >> shift)] {
            let divisor = SignMagnitude::gcd(&mut TestHooks::new(), &limbs_of(&a), &limbs_of(&b)).unwrap();
            prop_assert_eq!(checked(divisor), a.gcd(&b));
        }
    }

    #[test]
    fn powers_are_those_of_num_bigint(a in number(), exponent in 1..40_u32) {
        prop_assert_eq!(checked(limbs_of(&a).power(&mut TestHooks::new(), exponent).unwrap()), a.pow(exponent));
    }

    #[test]
    fn floats_are_nearest(a in number(), amount in 0..300_u64) {
        let a = a >> amount;
        prop_assert_eq!(Some(limbs_of(&a).to_f64()), a.to_f64());
    }

    #[test]
    fn numbers_of_128_bits_are_exact(a in any::<i128>()) {
        prop_assert_eq!(checked(SignMagnitude::from(a)), BigInt::from(a));
    }
}

#[test]
fn long_factors_and_dividends() {
    let hooks = &mut TestHooks::new();
    let number = |limbs: u32| (BigInt::from(1) << (64 * limbs)) - (BigInt::from(7) << (32 * limbs)) - 12_345;
    for (a, b) in [(63, 64), (64, 64), (65, 65), (300, 64), (300, 70), (2049, 3), (5000, 2500)] {
        let (a, b) = (number(a), number(b));
        let (x, y) = (limbs_of(&a), limbs_of(&b));
        assert_eq!(checked(SignMagnitude::product(hooks, &x, &y).unwrap()), &a * &b);
        let (quotient, remainder) = SignMagnitude::div_rem(hooks, &x, &y).unwrap();
        assert_eq!((checked(quotient), checked(remainder)), (&a / &b, &a % b));
        assert_eq!(BigInt::from(x.rem_i64(hooks, -97).unwrap()), &a % 97);
        assert_eq!(changed(&a, |quotient| quotient.div_i64(hooks, -97).unwrap()), a / -97);
    }
}

#[test]
fn divisors_of_long_numbers_and_of_neighbours_in_the_fibonacci_sequence() {
    let hooks = &mut TestHooks::new();
    let (mut a, mut b) = (BigInt::from(0), BigInt::from(1));
    for index in 0..3000 {
        (a, b) = (b.clone(), a + b);
        if index % 97 == 0 {
            let factor = BigInt::from(3).pow(index);
            let (x, y) = (&a * &factor, -&b * &factor);
            assert_eq!(checked(SignMagnitude::gcd(hooks, &limbs_of(&x), &limbs_of(&y)).unwrap()), factor);
        }
    }
    let long = (BigInt::from(1) << 400_000_u32) - 1;
    for other in [BigInt::from(0), BigInt::from(-15), (BigInt::from(1) << 300_000_u32) - 1] {
        assert_eq!(checked(SignMagnitude::gcd(hooks, &limbs_of(&other), &limbs_of(&long)).unwrap()), long.gcd(&other));
    }
}

#[test]
fn halves_between_floats_go_to_the_even_one() {
    for (low, expected) in
        [(1_u64 << 10, 0_u64), ((1 << 10) + 1, 1 << 11), (3 << 10, 1 << 12), ((3 << 10) - 1, 1 << 11)]
    {
        let top = BigInt::from(1_u64 << 63);
        let near = limbs_of(&((&top + low) << 100_u32));
        let exact = (top + expected) << 100_u32;
        assert_eq!(Some(near.to_f64()), exact.to_f64());
    }
    let halfway_and_a_bit = limbs_of(&(((BigInt::from(1_u64 << 63) + (1 << 10)) << 100_u32) + 1));
    assert_eq!(halfway_and_a_bit.to_f64(), ((1_u64 << 63) + (1 << 11)) as f64 * 2_f64.powi(100));
    let overflows = limbs_of(&((BigInt::from(1) << 1024_u32) - 1));
    assert_eq!(overflows.to_f64(), f64::INFINITY);
}

#[test]
fn results_that_fit_64_bits_become_small() {
    let mut hooks = TestHooks::new();
    let heap = Heap::new(usize::MAX, 1);
    let big = |number: i128| match from_i128(&heap, number) {
        Value::BigInt(big) => big,
        other => panic!("{other:?} is small"),
    };
    let (max, min) = (i128::from(i64::MAX), i128::from(i64::MIN));
    assert!(matches!(update(&mut hooks, big(max + 1), |n| n.sub_i64(1)), Ok(Value::Int(i64::MAX))));
    assert!(matches!(update(&mut hooks, big(min - 1), |n| n.add_i64(1)), Ok(Value::Int(i64::MIN))));
    assert!(matches!(update(&mut hooks, big(max + 1), SignMagnitude::negate), Ok(Value::Int(i64::MIN))));
    assert!(matches!(update(&mut hooks, big(min - 1), |n| n.sub_i64(-2)), Ok(Value::Int(x)) if x == i64::MIN + 1));
    assert!(matches!(update(&mut hooks, big(max + 1), |n| n.add_i64(1)), Ok(Value::BigInt(_))));
    assert!(matches!(update(&mut hooks, big(min - 2), |n| n.add_i64(1)), Ok(Value::BigInt(_))));
    assert!(matches!(try_update(&mut hooks, big(max + 1), |n, hooks| n.div_i64(hooks, -1)), Ok(Value::Int(i64::MIN))));
    assert!(matches!(update(&mut hooks, big(max + 2), |n| n.mul_i64(-1)), Ok(Value::BigInt(_))));
    assert_eq!(heap.used_bytes(), 0);
}

#[test]
fn a_number_that_grows_is_rarely_moved_and_exactly_charged() {
    let mut hooks = TestHooks::new();
    let mut number = from_i128(&hooks.heap, 1 << 64);
    let (mut moves, mut buffer_bytes) = (0, 0);
    for _ in 0..64 * 1000 {
        let Value::BigInt(object) = number else { panic!("small") };
        let double = object.to_big();
        number = update(&mut hooks, object, |sum| sum.add(&limbs_of(&double))).expect("no limit");
        let Value::BigInt(object) = &number else { panic!("small") };
        moves += u32::from(object.get().buffer_bytes() != buffer_bytes);
        buffer_bytes = object.get().buffer_bytes();
        assert_eq!(hooks.heap.used_bytes(), buffer_bytes + size_of::<BigIntObject>().next_multiple_of(16));
    }
    assert!(moves < 60, "{moves} moves to 1,000 limbs");
    assert!(buffer_bytes <= 8 * 1002 * 9 / 8);
    drop(number);
    assert_eq!(hooks.heap.used_bytes(), 0);
}

#[test]
fn growth_beyond_the_memory_limit_traps() {
    let mut hooks = TestHooks { heap: Heap::new(4096, 0), ..TestHooks::new() };
    let Value::BigInt(object) = from_i128(&hooks.heap, 1 << 64) else { panic!("small") };
    let long = limbs_of(&(BigInt::from(1) << (4096 * 8)));
    let trap = update(&mut hooks, object, |sum| sum.add(&long)).expect_err("too large");
    assert_eq!(trap.code, Code::LIMIT_MEMORY);
    assert_eq!(hooks.heap.used_bytes(), 0);
}

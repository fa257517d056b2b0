//! Operations on large ints, cut into parts so that interrupt and deadline are looked at between them. A part is an operation of
//! num-bigint; what takes less than one is left to it as a whole.

use crate::fault::Result;
use crate::value::Hooks;
use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{One, Zero};

/// Numbers whose lengths have a smaller product are multiplied at once, which takes a fraction of a millisecond.
pub const PRODUCT_LIMBS: u64 = 1 << 20;
/// Numbers with fewer limbs are divided at once, which takes a fraction of a millisecond.
pub const DIVIDEND_LIMBS: usize = 2048;
const DIVISOR_LIMBS: u64 = DIVIDEND_LIMBS as u64 / 2;
/// The square root of a smaller number is small work.
const SMALL_BITS: u64 = 64 * 64;
/// Decimal digits that are made at once.
const DIGITS_PER_PART: usize = 1024;
/// Limb operations that count as one step of work.
const LIMBS_PER_STEP: u64 = 64;

fn limbs(number: &BigUint) -> u64 {
    number.bits().div_ceil(64)
}

/// Tells of limb operations that are done.
pub fn pace(hooks: &mut dyn Hooks, limb_operations: u64) -> Result<()> {
    hooks.pace((limb_operations / LIMBS_PER_STEP) as usize)
}

/// `a * b`.
///
/// # Errors
/// The traps `RUF2004` and `RUF2005`.
pub fn product(hooks: &mut dyn Hooks, a: &BigInt, b: &BigInt) -> Result<BigInt> {
    let magnitude = magnitude_product(hooks, a.magnitude(), b.magnitude())?;
    Ok(BigInt::from_biguint(a.sign() * b.sign(), magnitude))
}

/// The product of two magnitudes, by halves as Karatsuba did it.
fn magnitude_product(hooks: &mut dyn Hooks, a: &BigUint, b: &BigUint) -> Result<BigUint> {
    let (long, short) = if a.bits() >= b.bits() { (a, b) } else { (b, a) };
    if limbs(long) * limbs(short) <= PRODUCT_LIMBS {
        pace(hooks, limbs(long) * limbs(short))?;
        return Ok(long * short);
    }
    let half = long.bits().div_ceil(128) * 64;
    let (long_high, long_low) = split(long, half);
    if short.bits() <= half {
        let (high, low) = (magnitude_product(hooks, &long_high, short)?, magnitude_product(hooks, &long_low, short)?);
        return Ok((high << half) + low);
    }
    let (short_high, short_low) = split(short, half);
    let high = magnitude_product(hooks, &long_high, &short_high)?;
    let low = magnitude_product(hooks, &long_low, &short_low)?;
    let sums = magnitude_product(hooks, &(long_high + long_low), &(short_high + short_low))?;
    let middle = sums - &high - &low;
    Ok((high << (2 * half)) + (middle << half) + low)
}

/// What is above the `bits` lowest bits, and these.
fn split(number: &BigUint, bits: u64) -> (BigUint, BigUint) {
    let high = number >> bits;
    let low = number - (&high << bits);
    (high, low)
}

/// `a / b` cut toward zero, and the remainder, which has the sign of `a`. `b` is not zero.
///
/// # Errors
/// The traps `RUF2004` and `RUF2005`.
pub fn div_rem(hooks: &mut dyn Hooks, a: &BigInt, b: &BigInt) -> Result<(BigInt, BigInt)> {
    let (quotient, remainder) = magnitude_div_rem(hooks, a.magnitude(), b.magnitude())?;
    Ok((BigInt::from_biguint(a.sign() * b.sign(), quotient), BigInt::from_biguint(a.sign(), remainder)))
}

/// `a / b` rounded down, and the remainder, which has the sign of `b`. `b` is not zero.
///
/// # Errors
/// The traps `RUF2004` and `RUF2005`.
pub fn div_mod_floor(hooks: &mut dyn Hooks, a: &BigInt, b: &BigInt) -> Result<(BigInt, BigInt)> {
    let (quotient, remainder) = div_rem(hooks, a, b)?;
    if remainder.is_zero() || remainder.sign() == b.sign() {
        return Ok((quotient, remainder));
    }
    Ok((quotient - 1, remainder + b))
}

/// Quotient and remainder of two magnitudes: long division whose digits have the size of the divisor, if it is not short.
fn magnitude_div_rem(hooks: &mut dyn Hooks, a: &BigUint, b: &BigUint) -> Result<(BigUint, BigUint)> {
    if limbs(a) <= 2 * DIVISOR_LIMBS {
        pace(hooks, limbs(b) * (limbs(a) + 1).saturating_sub(limbs(b)))?;
        return Ok(a.div_rem(b));
    }
    let is_short = limbs(b) < DIVISOR_LIMBS;
    let digit_bits = if is_short { 64 * DIVISOR_LIMBS } else { b.bits() };
    let digits = a.bits().div_ceil(digit_bits);
    let (mut quotient, mut remainder) = (BigUint::zero(), BigUint::zero());
    for digit in (0..digits).rev() {
        let brought_down = low_bits(&(a >> (digit * digit_bits)), digit_bits);
        let dividend = (remainder << digit_bits) + brought_down;
        let (part, rest) = if is_short { dividend.div_rem(b) } else { two_by_one(hooks, &dividend, b, digit_bits)? };
        quotient = (quotient << digit_bits) + part;
        remainder = rest;
        pace(hooks, limbs(a) + 2 * DIVISOR_LIMBS)?;
    }
    Ok((quotient, remainder))
}

/// Divides a number of at most `2 * bits` bits by one of exactly `bits` bits; the quotient has at most `bits` bits (Burnikel and
/// Ziegler, Fast Recursive Division, algorithm 1).
fn two_by_one(hooks: &mut dyn Hooks, a: &BigUint, b: &BigUint, bits: u64) -> Result<(BigUint, BigUint)> {
    if a.bits() <= 128 * DIVISOR_LIMBS {
        pace(hooks, limbs(b) * limbs(b))?;
        return Ok(a.div_rem(b));
    }
    if bits % 2 == 1 {
        let (quotient, remainder) = two_by_one(hooks, &(a << 1), &(b << 1), bits + 1)?;
        return Ok((quotient, remainder >> 1));
    }
    let half = bits / 2;
    let (high, remainder) = three_by_two(hooks, &(a >> half), b, half)?;
    let (low, remainder) = three_by_two(hooks, &((remainder << half) + low_bits(a, half)), b, half)?;
    Ok(((high << half) + low, remainder))
}

/// Divides a number of at most `3 * half` bits by one of exactly `2 * half` bits (their algorithm 2).
fn three_by_two(hooks: &mut dyn Hooks, a: &BigUint, b: &BigUint, half: u64) -> Result<(BigUint, BigUint)> {
    let (b_high, b_low) = split(b, half);
    let a_high = a >> half;
    let (mut quotient, rest) = if &a_high >> half >= b_high {
        let quotient = (BigUint::one() << half) - 1u32;
        let rest = &a_high - (&b_high << half) + &b_high;
        (quotient, rest)
    } else {
        two_by_one(hooks, &a_high, &b_high, half)?
    };
    let mut whole = (rest << half) + low_bits(a, half);
    let product = magnitude_product(hooks, &quotient, &b_low)?;
    // The quotient is too large by at most two.
    while whole < product {
        quotient -= 1u32;
        whole += b;
    }
    Ok((quotient, whole - product))
}

fn low_bits(number: &BigUint, bits: u64) -> BigUint {
    split(number, bits).1
}

/// The integer part of the square root of a number that is not negative.
///
/// Each step doubles the number of exact bits; the last one may be one too large (Mark Dickinson's algorithm, as in CPython's
/// `math.isqrt`).
///
/// # Errors
/// The traps `RUF2004` and `RUF2005`.
pub fn sqrt(hooks: &mut dyn Hooks, number: &BigInt) -> Result<BigInt> {
    let number = number.magnitude();
    if number.bits() <= SMALL_BITS {
        return Ok(BigInt::from_biguint(Sign::Plus, number.sqrt()));
    }
    let bits = (number.bits() - 1) / 2;
    let mut root = BigUint::one();
    let mut exact = 0;
    for step in (0..u64::BITS - bits.leading_zeros()).rev() {
        let before = std::mem::replace(&mut exact, bits >> step);
        let quotient = magnitude_div_rem(hooks, &(number >> (2 * bits - before - exact + 1)), &root)?.0;
        root = (root << (exact - before - 1)) + quotient;
    }
    if magnitude_product(hooks, &root, &root)? > *number {
        root -= 1u32;
    }
    Ok(BigInt::from_biguint(Sign::Plus, root))
}

/// The decimal text: by halves, with the powers of ten that split the number into parts of [`DIGITS_PER_PART`] digits.
///
/// # Errors
/// The traps `RUF2004` and `RUF2005`.
pub fn decimal(hooks: &mut dyn Hooks, number: &BigInt) -> Result<String> {
    let magnitude = number.magnitude();
    let mut powers: Vec<BigUint> = Vec::new();
    loop {
        let next = match powers.last() {
            None => BigUint::from(10u8).pow(DIGITS_PER_PART as u32),
            Some(last) if 2 * last.bits() <= magnitude.bits() + 1 => magnitude_product(hooks, last, last)?,
            Some(_) => break,
        };
        powers.push(next);
    }
    let mut text = String::new();
    if number.sign() == Sign::Minus {
        text.push('-');
    }
    push_digits(hooks, magnitude, &powers, false, &mut text)?;
    Ok(text)
}

/// Appends the digits of a number below the square of the last power; `padded` to twice the digits of that power.
fn push_digits(
    hooks: &mut dyn Hooks,
    number: &BigUint,
    powers: &[BigUint],
    padded: bool,
    text: &mut String,
) -> Result<()> {
    let Some((power, smaller)) = powers.split_last() else {
        pace(hooks, limbs(number) * limbs(number))?;
        let digits = number.to_str_radix(10);
        let missing = if padded { DIGITS_PER_PART.saturating_sub(digits.len()) } else { 0 };
        text.extend(std::iter::repeat_n('0', missing));
        text.push_str(&digits);
        return Ok(());
    };
    if !padded && number < power {
        return push_digits(hooks, number, smaller, false, text);
    }
    let (high, low) = magnitude_div_rem(hooks, number, power)?;
    push_digits(hooks, &high, smaller, padded, text)?;
    push_digits(hooks, &low, smaller, true, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::ops::testing::TestHooks;

    /// A number of that many limbs without a pattern.
    fn number(limbs: u64, seed: u32) -> BigInt {
        let mut state = seed;
        let words = (0..2 * limbs).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state
        });
        BigInt::from_slice(Sign::Plus, &words.collect::<Vec<u32>>())
    }

    fn pairs() -> impl Iterator<Item = (BigInt, BigInt)> {
        [(1, 1), (40, 3), (600, 600), (1100, 1700), (3000, 10), (5000, 4800), (9000, 2130), (9001, 4500)]
            .into_iter()
            .map(|(a, b)| (number(a, 7), -number(b, 9)))
    }

    #[test]
    fn results_are_those_of_the_library() {
        let hooks = &mut TestHooks::new();
        for (a, b) in pairs() {
            assert_eq!(product(hooks, &a, &b).unwrap(), &a * &b);
            assert_eq!(div_rem(hooks, &a, &b).unwrap(), a.div_rem(&b));
            assert_eq!(div_mod_floor(hooks, &a, &b).unwrap(), a.div_mod_floor(&b));
            assert_eq!(sqrt(hooks, &a).unwrap(), a.sqrt());
        }
    }

    #[test]
    fn numbers_at_the_edges_of_parts() {
        let hooks = &mut TestHooks::new();
        for exponent in [1, 1023, 1024, 1025, 2047, 2048, 2049, 4096, 5000] {
            let ten = BigInt::from(10).pow(exponent);
            for number in [ten.clone(), &ten - 1, -&ten, &ten * &ten, &ten * &ten - 1] {
                assert_eq!(decimal(hooks, &number).unwrap(), number.to_string(), "{exponent}");
            }
            let square = &ten * &ten;
            for number in [square.clone(), &square - 1, &square + 1] {
                assert_eq!(sqrt(hooks, &number).unwrap(), number.sqrt(), "{exponent}");
            }
        }
        assert_eq!(decimal(hooks, &BigInt::zero()).unwrap(), "0");
    }
}

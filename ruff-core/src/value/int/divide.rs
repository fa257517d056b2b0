//! Quotients of magnitudes, limb by limb.

use super::kernel::{self, wide};
use super::limbs::Limbs;

/// Divides a magnitude by a limb that is not zero, in its own limbs, and returns the remainder. `above` is what is left of the limbs
/// above, and smaller than the divisor.
pub fn by_limb(limbs: &mut [u64], above: u64, divisor: u64) -> u64 {
    let mut rest = above;
    for limb in limbs.iter_mut().rev() {
        (*limb, rest) = kernel::div_limb(rest, *limb, divisor);
    }
    rest
}

/// The remainder of a magnitude and a limb that is not zero; `above` as for [`by_limb`].
pub fn remainder_by_limb(limbs: &[u64], above: u64, divisor: u64) -> u64 {
    limbs.iter().rev().fold(above, |rest, limb| kernel::div_limb(rest, *limb, divisor).1)
}

/// Magnitudes up to this length get their decimal text by dividing again and again.
pub const SHORT_DECIMAL_LIMBS: usize = 48;
/// The largest power of ten in a limb, and its digits.
const TEN_POWER: u64 = 10_u64.pow(TEN_POWER_DIGITS as u32);
const TEN_POWER_DIGITS: usize = 19;

/// The decimal text of a magnitude.
pub fn decimal(limbs: &[u64]) -> String {
    let mut rest = Limbs::from(limbs);
    let mut parts = Vec::with_capacity(limbs.len() + limbs.len() / 32 + 1);
    while !rest.is_empty() {
        parts.push(by_limb(&mut rest, 0, TEN_POWER));
        rest.normalise();
    }
    let mut text = parts.pop().unwrap_or(0).to_string();
    text.reserve(TEN_POWER_DIGITS * parts.len());
    for part in parts.iter().rev() {
        let digits = part.to_string();
        text.extend(std::iter::repeat_n('0', TEN_POWER_DIGITS - digits.len()));
        text.push_str(&digits);
    }
    text
}

/// Quotient and remainder of two magnitudes; the divisor has at least two limbs, of which the last is not zero (Knuth, The Art of
/// Computer Programming, volume 2, algorithm 4.3.1 D).
pub fn long(dividend: &[u64], divisor: &[u64]) -> (Limbs, Limbs) {
    let n = divisor.len();
    if dividend.len() < n {
        return (Limbs::padded(&[], 0), Limbs::from(dividend));
    }
    if let &[low, high] = divisor {
        return by_two_limbs(dividend, wide(high, low));
    }
    let shift = divisor.last().map_or(0, |top| top.leading_zeros());
    let divisor = Divisor::new(Limbs::shifted_left(divisor, 0, shift, n));
    let mut rest = Limbs::shifted_left(dividend, 0, shift, dividend.len() + 1);
    // A digit takes the place of the limb that it has made zero.
    for at in (0..=dividend.len() - n).rev() {
        rest[at + n] = divisor.take_digit(&mut rest[at..=at + n]);
    }
    let quotient = Limbs::from(&rest[n..]);
    rest.truncate(n);
    shift_right(&mut rest, shift);
    (quotient, rest)
}

/// The same for a divisor of two limbs, of which nothing need be kept in memory.
fn by_two_limbs(dividend: &[u64], divisor: u128) -> (Limbs, Limbs) {
    let shift = divisor.leading_zeros();
    let divisor = divisor << shift;
    let mut quotient = Limbs::padded(&[], dividend.len());
    let mut rest = 0;
    let mut above = 0;
    // Each limb of the dividend, shifted like the divisor, makes a digit in the place of the one above it.
    for at in (0..=dividend.len()).rev() {
        let below = at.checked_sub(1).map_or(0, |at| dividend[at]);
        let limb = (wide(above, below) << shift >> u64::BITS) as u64;
        let digit;
        (digit, rest) = digit_by_two_limbs(rest, limb, divisor);
        if let Some(place) = quotient.get_mut(at) {
            *place = digit;
        }
        above = below;
    }
    rest >>= shift;
    (quotient, Limbs::from(&[rest as u64, (rest >> u64::BITS) as u64][..]))
}

/// The digit that a limb makes behind a rest that is less than the divisor, whose highest bit is set; and the new rest.
#[inline]
fn digit_by_two_limbs(rest: u128, limb: u64, divisor: u128) -> (u64, u128) {
    let (first, second) = ((rest >> u64::BITS) as u64, rest as u64);
    let (top, next) = ((divisor >> u64::BITS) as u64, divisor as u64);
    let (mut digit, mut left) = if first < top {
        let (digit, left) = kernel::div_limb(first, second, top);
        (digit, u128::from(left))
    } else {
        (u64::MAX, u128::from(second) + u128::from(top))
    };
    while left <= u128::from(u64::MAX) && (left << u64::BITS | u128::from(limb)) < u128::from(digit) * u128::from(next)
    {
        digit -= 1;
        left += u128::from(top);
    }
    let rest = (left << u64::BITS).wrapping_add(u128::from(limb));
    (digit, rest.wrapping_sub(u128::from(digit) * u128::from(next)))
}

/// A divisor with its highest bit set: its leading limbs give a digit of the quotient but for one or two.
struct Divisor {
    top: u64,
    next: u64,
    /// What the divisor lacks to the next power of 2^64. Its multiples are added: there is a kernel for that, and none that
    /// subtracts.
    complement: Limbs,
}

impl Divisor {
    /// Of a magnitude of at least two limbs.
    fn new(magnitude: Limbs) -> Divisor {
        let [next, top] = magnitude.last_chunk().copied().unwrap_or_default();
        let mut complement = magnitude;
        let mut carry = true;
        for limb in complement.iter_mut() {
            (*limb, carry) = (!*limb).overflowing_add(u64::from(carry));
        }
        Divisor { top, next, complement }
    }

    /// One digit of the quotient, whose multiple of the divisor is taken from the rest, one limb longer.
    fn take_digit(&self, rest: &mut [u64]) -> u64 {
        let mut digit = self.estimate(rest);
        let Some((above, rest)) = rest.split_last_mut() else { return digit };
        // Each of the multiples of the complement is one of the power too large.
        let borrow = digit - kernel::add_product(rest, &self.complement, digit);
        let mut is_too_large = *above < borrow;
        *above = above.wrapping_sub(borrow);
        while is_too_large {
            digit -= 1;
            let carry = !kernel::sub(rest, &self.complement);
            let (limb, is_whole) = above.overflowing_add(u64::from(carry));
            *above = limb;
            is_too_large = !is_whole;
        }
        digit
    }

    /// A digit that is not too small, from the leading limbs.
    fn estimate(&self, rest: &[u64]) -> u64 {
        let &[.., third, second, first] = rest else { return 0 };
        if first >= self.top {
            return u64::MAX;
        }
        let (mut digit, mut left) = kernel::div_limb(first, second, self.top);
        while wide(left, third) < u128::from(digit) * u128::from(self.next) {
            digit -= 1;
            match left.checked_add(self.top) {
                Some(sum) => left = sum,
                None => break,
            }
        }
        digit
    }
}

fn shift_right(limbs: &mut [u64], shift: u32) {
    let mut above = 0;
    for limb in limbs.iter_mut().rev() {
        let whole = *limb;
        *limb = (wide(above, whole) >> shift) as u64;
        above = whole;
    }
}

//! Big integers as a sign and limbs: additions, shifts, powers, common divisors, and products and quotients of moderate size are
//! done here, all else by num-bigint.
//!
//! Invariants: the most significant limb is not zero, so that a number has one representation; zero has no limbs and is not
//! negative.

use super::euclid::Steps;
use super::kernel::wide;
use super::limbs::Limbs;
use super::{charge_limbs, divide, kernel, long, multiply};
use crate::fault::Result;
use crate::value::Hooks;
use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use std::cmp::Ordering;
use std::fmt;

/// Bits of a limb.
const LIMB_BITS: u64 = u64::BITS as u64;

/// An integer of any size.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignMagnitude {
    is_negative: bool,
    /// The least significant limb is first.
    magnitude: Limbs,
}

impl SignMagnitude {
    #[inline]
    fn new(is_negative: bool, magnitude: Limbs) -> SignMagnitude {
        let mut number = SignMagnitude { is_negative, magnitude };
        number.normalise();
        number
    }

    /// Is it below zero?
    #[inline]
    pub fn is_negative(&self) -> bool {
        self.is_negative
    }

    /// The limbs of its absolute value.
    #[inline]
    pub fn magnitude(&self) -> &[u64] {
        &self.magnitude
    }

    /// The number of limbs.
    #[inline]
    pub fn limbs(&self) -> u64 {
        self.magnitude.len() as u64
    }

    /// The bits of its absolute value.
    #[inline]
    pub fn bits(&self) -> u64 {
        match self.magnitude.last() {
            Some(top) => self.limbs() * LIMB_BITS - u64::from(top.leading_zeros()),
            None => 0,
        }
    }

    /// Is it a multiple of two?
    pub fn is_even(&self) -> bool {
        self.magnitude.first().is_none_or(|limb| limb % 2 == 0)
    }

    /// The bytes that its limbs take outside itself.
    #[inline]
    pub fn buffer_bytes(&self) -> usize {
        self.magnitude.buffer_bytes()
    }

    /// The number, if it fits 64 bits.
    #[inline]
    pub fn to_i64(&self) -> Option<i64> {
        match *self.magnitude {
            [] => Some(0),
            [limb] if self.is_negative => 0_i64.checked_sub_unsigned(limb),
            [limb] => i64::try_from(limb).ok(),
            _ => None,
        }
    }

    /// The number, if it fits 128 bits.
    #[inline]
    pub fn to_i128(&self) -> Option<i128> {
        let magnitude = match *self.magnitude {
            [] => 0,
            [low] => u128::from(low),
            [low, high] => u128::from(high) << LIMB_BITS | u128::from(low),
            _ => return None,
        };
        if self.is_negative { 0_i128.checked_sub_unsigned(magnitude) } else { i128::try_from(magnitude).ok() }
    }

    /// The nearest float, ties to even; infinite beyond the largest float.
    pub fn to_f64(&self) -> f64 {
        let bits = self.bits();
        if bits > f64::MAX_EXP as u64 {
            return if self.is_negative { f64::NEG_INFINITY } else { f64::INFINITY };
        }
        // The 64 bits at the top hold all that a float keeps and more. What is below them matters if they are halfway between
        // two floats: it then stands in the lowest of them, which no float keeps.
        let dropped = bits.saturating_sub(LIMB_BITS);
        let top = shifted_right(&self.magnitude, dropped).first().copied().unwrap_or(0);
        let top = top | u64::from(has_bits_below(&self.magnitude, dropped));
        let magnitude = top as f64 * 2_f64.powi(dropped as i32);
        if self.is_negative { -magnitude } else { magnitude }
    }

    /// The number as num-bigint has it.
    pub fn to_big(&self) -> BigInt {
        let mut digits = Vec::with_capacity(2 * self.magnitude.len());
        for limb in self.magnitude.iter() {
            digits.extend([*limb as u32, (limb >> u32::BITS) as u32]);
        }
        let sign = if self.is_negative { Sign::Minus } else { Sign::Plus };
        BigInt::from_biguint(sign, BigUint::new(digits))
    }

    /// Adds a number to this one, in its own limbs.
    pub fn add(&mut self, addend: &SignMagnitude) {
        self.add_signed(addend.is_negative, &addend.magnitude);
    }

    /// Subtracts a number from this one, in its own limbs.
    pub fn sub(&mut self, subtrahend: &SignMagnitude) {
        self.add_signed(!subtrahend.is_negative, &subtrahend.magnitude);
    }

    /// Adds a number to this one, in its own limbs.
    pub fn add_i64(&mut self, addend: i64) {
        let limb = [addend.unsigned_abs()];
        self.add_signed(addend < 0, if addend == 0 { &[] } else { &limb });
    }

    /// Subtracts a number from this one, in its own limbs.
    pub fn sub_i64(&mut self, subtrahend: i64) {
        let limb = [subtrahend.unsigned_abs()];
        self.add_signed(subtrahend >= 0, if subtrahend == 0 { &[] } else { &limb });
    }

    /// Changes the sign.
    pub fn negate(&mut self) {
        self.is_negative = !self.is_negative && !self.magnitude.is_empty();
    }

    /// The sum of two numbers.
    pub fn sum(a: &SignMagnitude, b: &SignMagnitude) -> SignMagnitude {
        let (long, short) = if a.limbs() >= b.limbs() { (a, b) } else { (b, a) };
        let mut sum = long.clone();
        sum.add(short);
        sum
    }

    /// The difference of two numbers.
    pub fn difference(a: &SignMagnitude, b: &SignMagnitude) -> SignMagnitude {
        if a.limbs() >= b.limbs() {
            let mut difference = a.clone();
            difference.sub(b);
            return difference;
        }
        let mut difference = b.clone();
        difference.sub(a);
        difference.negate();
        difference
    }

    /// The product of two numbers.
    ///
    /// # Errors
    /// The traps `RUF2004` and `RUF2005`.
    #[inline]
    pub fn product(hooks: &mut dyn Hooks, a: &SignMagnitude, b: &SignMagnitude) -> Result<SignMagnitude> {
        let is_negative = a.is_negative != b.is_negative;
        let is_short = a.magnitude.len().min(b.magnitude.len()) <= multiply::SHORT_LIMBS;
        if !is_short || a.limbs() * b.limbs() > long::PRODUCT_LIMBS {
            return Ok(SignMagnitude::from(&long::product(hooks, &a.to_big(), &b.to_big())?));
        }
        Ok(SignMagnitude::new(is_negative, multiply::long(&a.magnitude, &b.magnitude)))
    }

    /// This number to a power that is not zero, by squaring.
    ///
    /// # Errors
    /// The traps `RUF2004` and `RUF2005`.
    pub fn power(&self, hooks: &mut dyn Hooks, exponent: u32) -> Result<SignMagnitude> {
        let mut power = self.clone();
        for bit in (0..exponent.ilog2()).rev() {
            power = SignMagnitude::product(hooks, &power, &power)?;
            if exponent >> bit & 1 == 1 {
                power = SignMagnitude::product(hooks, &power, self)?;
            }
            long::pace(hooks, power.limbs() * self.limbs())?;
        }
        Ok(power)
    }

    /// The greatest common divisor, which is not negative.
    ///
    /// # Errors
    /// The traps `RUF2004` and `RUF2005`.
    pub fn gcd(hooks: &mut dyn Hooks, a: &SignMagnitude, b: &SignMagnitude) -> Result<SignMagnitude> {
        let absolute =
            |number: &SignMagnitude| SignMagnitude { is_negative: false, magnitude: number.magnitude.clone() };
        let (mut a, mut b) = (absolute(a), absolute(b));
        if a < b {
            std::mem::swap(&mut a, &mut b);
        }
        while b.limbs() > 1 {
            if let Some(steps) = Steps::of(&a.magnitude, &b.magnitude) {
                // They differ by a limb at most, or there would be no steps.
                if b.limbs() < a.limbs() {
                    b.magnitude.push(0);
                }
                steps.apply(&mut a.magnitude, &mut b.magnitude);
                a.normalise();
                b.normalise();
            } else {
                let remainder = SignMagnitude::div_rem(hooks, &a, &b)?.1;
                a = std::mem::replace(&mut b, remainder);
            }
            long::pace(hooks, 4 * a.limbs())?;
        }
        match *b.magnitude {
            [limb] => Ok(SignMagnitude::from(i128::from(limb.gcd(&a.remainder_by_limb(hooks, limb)?)))),
            _ => Ok(a),
        }
    }

    /// The product of this number and a 64-bit one.
    pub fn times_i64(&self, factor: i64) -> SignMagnitude {
        let is_negative = self.is_negative != (factor < 0);
        SignMagnitude::new(is_negative, multiply::long(&self.magnitude, &[factor.unsigned_abs()]))
    }

    /// Multiplies this number by a 64-bit one, in its own limbs.
    pub fn mul_i64(&mut self, factor: i64) {
        let carry = kernel::mul_limb(&mut self.magnitude, factor.unsigned_abs(), 0);
        if carry > 0 {
            self.magnitude.push(carry);
        }
        self.is_negative ^= factor < 0;
        self.normalise();
    }

    /// Divides this number by a 64-bit one that is not zero, cut toward zero, in its own limbs.
    ///
    /// # Errors
    /// The traps `RUF2004` and `RUF2005`; what is left is then worthless.
    pub fn div_i64(&mut self, hooks: &mut dyn Hooks, divisor: i64) -> Result<()> {
        let mut rest = 0;
        for part in self.magnitude.rchunks_mut(long::DIVIDEND_LIMBS) {
            rest = divide::by_limb(part, rest, divisor.unsigned_abs());
            long::pace(hooks, part.len() as u64)?;
        }
        self.is_negative ^= divisor < 0;
        self.normalise();
        Ok(())
    }

    /// The remainder, which has the sign of this number, of a division by a 64-bit one that is not zero.
    ///
    /// # Errors
    /// The traps `RUF2004` and `RUF2005`.
    pub fn rem_i64(&self, hooks: &mut dyn Hooks, divisor: i64) -> Result<i128> {
        let rest = i128::from(self.remainder_by_limb(hooks, divisor.unsigned_abs())?);
        Ok(if self.is_negative { -rest } else { rest })
    }

    /// The remainder of the absolute value and a limb that is not zero.
    fn remainder_by_limb(&self, hooks: &mut dyn Hooks, divisor: u64) -> Result<u64> {
        let mut rest = 0;
        for part in self.magnitude.rchunks(long::DIVIDEND_LIMBS) {
            rest = divide::remainder_by_limb(part, rest, divisor);
            long::pace(hooks, part.len() as u64)?;
        }
        Ok(rest)
    }

    /// The quotient of two numbers, cut toward zero, and the remainder, which has the sign of the dividend. The divisor does not
    /// fit 64 bits.
    ///
    /// # Errors
    /// The traps `RUF2004` and `RUF2005`.
    pub fn div_rem(
        hooks: &mut dyn Hooks,
        a: &SignMagnitude,
        b: &SignMagnitude,
    ) -> Result<(SignMagnitude, SignMagnitude)> {
        if a.magnitude.len() > long::DIVIDEND_LIMBS || b.magnitude.len() < 2 {
            let (quotient, remainder) = long::div_rem(hooks, &a.to_big(), &b.to_big())?;
            return Ok((SignMagnitude::from(&quotient), SignMagnitude::from(&remainder)));
        }
        long::pace(hooks, b.limbs() * (a.limbs() + 1).saturating_sub(b.limbs()))?;
        let (quotient, remainder) = divide::long(&a.magnitude, &b.magnitude);
        Ok((SignMagnitude::new(a.is_negative != b.is_negative, quotient), SignMagnitude::new(a.is_negative, remainder)))
    }

    /// This number times 2 to the power of `amount`.
    pub fn shifted_left(&self, amount: u64) -> SignMagnitude {
        SignMagnitude::new(self.is_negative, shifted_left(&self.magnitude, amount))
    }

    /// This number divided by 2 to the power of `amount`, rounded down.
    pub fn shifted_right(&self, amount: u64) -> SignMagnitude {
        let mut shifted = SignMagnitude::new(self.is_negative, shifted_right(&self.magnitude, amount));
        if self.is_negative && has_bits_below(&self.magnitude, amount) {
            shifted.add_signed(true, &[1]);
        }
        shifted
    }

    /// The decimal text.
    ///
    /// # Errors
    /// The traps `RUF2004` and `RUF2005`.
    pub fn decimal(&self, hooks: &mut dyn Hooks) -> Result<String> {
        match self.short_decimal() {
            Some(text) => Ok(text),
            None => long::decimal(hooks, &self.to_big()),
        }
    }

    /// The same, with the ticks that it costs.
    ///
    /// # Errors
    /// The traps of section 21.
    pub fn decimal_charged(&self, hooks: &mut dyn Hooks) -> Result<String> {
        charge_limbs(hooks, self.limbs().saturating_mul(self.limbs()))?;
        self.decimal(hooks)
    }

    /// The decimal text, if it is not long.
    fn short_decimal(&self) -> Option<String> {
        if self.magnitude.len() > divide::SHORT_DECIMAL_LIMBS {
            return None;
        }
        let mut text = divide::decimal(&self.magnitude);
        if self.is_negative {
            text.insert(0, '-');
        }
        Some(text)
    }

    fn add_signed(&mut self, is_negative: bool, addend: &[u64]) {
        if self.is_negative == is_negative {
            return self.grow_by(addend);
        }
        if compare_magnitudes(&self.magnitude, addend).is_lt() {
            self.shrink_from(addend);
            self.is_negative = is_negative;
        } else {
            let borrow = kernel::sub(&mut self.magnitude, addend);
            take_borrow(&mut self.magnitude, addend.len(), borrow);
        }
        self.normalise();
    }

    /// Adds to the magnitude.
    fn grow_by(&mut self, addend: &[u64]) {
        let common = self.magnitude.len().min(addend.len());
        let mut carry = kernel::add(&mut self.magnitude, addend);
        if let Some(rest) = addend.get(common..) {
            self.magnitude.extend_from_slice(rest);
        }
        for limb in self.magnitude.iter_mut().skip(common) {
            if !carry {
                return;
            }
            (*limb, carry) = limb.overflowing_add(1);
        }
        if carry {
            self.magnitude.push(1);
        }
    }

    /// Sets the magnitude to what it lacks to a larger one.
    fn shrink_from(&mut self, larger: &[u64]) {
        let common = self.magnitude.len();
        let borrow = kernel::sub_from(&mut self.magnitude, larger);
        if let Some(rest) = larger.get(common..) {
            self.magnitude.extend_from_slice(rest);
        }
        take_borrow(&mut self.magnitude, common, borrow);
    }

    #[inline]
    fn normalise(&mut self) {
        self.magnitude.normalise();
        self.is_negative &= !self.magnitude.is_empty();
    }
}

impl From<&BigInt> for SignMagnitude {
    fn from(number: &BigInt) -> SignMagnitude {
        let mut digits = number.iter_u64_digits();
        let magnitude = Limbs::from_fn(digits.len(), |_| digits.next().unwrap_or(0));
        SignMagnitude::new(number.sign() == Sign::Minus, magnitude)
    }
}

impl From<i128> for SignMagnitude {
    fn from(number: i128) -> SignMagnitude {
        let magnitude = number.unsigned_abs();
        let (low, high) = (magnitude as u64, (magnitude >> LIMB_BITS) as u64);
        SignMagnitude::new(number < 0, Limbs::from(&[low, high][..]))
    }
}

impl Ord for SignMagnitude {
    fn cmp(&self, other: &SignMagnitude) -> Ordering {
        match (self.is_negative, other.is_negative) {
            (false, false) => compare_magnitudes(&self.magnitude, &other.magnitude),
            (true, true) => compare_magnitudes(&other.magnitude, &self.magnitude),
            (is_negative, _) => {
                if is_negative {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
        }
    }
}

impl PartialOrd for SignMagnitude {
    fn partial_cmp(&self, other: &SignMagnitude) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for SignMagnitude {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.short_decimal() {
            Some(text) => f.write_str(&text),
            None => self.to_big().fmt(f),
        }
    }
}

fn compare_magnitudes(a: &[u64], b: &[u64]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

/// Takes a borrow from the limbs at `from` and above.
fn take_borrow(limbs: &mut [u64], from: usize, borrow: bool) {
    let mut borrow = borrow;
    for limb in limbs.iter_mut().skip(from) {
        if !borrow {
            return;
        }
        (*limb, borrow) = limb.overflowing_sub(1);
    }
}

/// The whole limbs and the bits of a limb that a shift by `amount` is made of.
fn shift_parts(amount: u64) -> (usize, u32) {
    (usize::try_from(amount / LIMB_BITS).unwrap_or(usize::MAX), (amount % LIMB_BITS) as u32)
}

fn shifted_left(limbs: &[u64], amount: u64) -> Limbs {
    let (whole, bits) = shift_parts(amount);
    Limbs::shifted_left(limbs, whole, bits, whole + limbs.len() + 1)
}

fn shifted_right(limbs: &[u64], amount: u64) -> Limbs {
    let (whole, bits) = shift_parts(amount);
    let kept = limbs.get(whole..).unwrap_or_default();
    Limbs::from_fn(kept.len(), |at| {
        let above = kept.get(at + 1).copied().unwrap_or(0);
        (wide(above, kept[at]) >> bits) as u64
    })
}

/// Is one of the lowest `amount` bits set?
fn has_bits_below(limbs: &[u64], amount: u64) -> bool {
    let (whole, bits) = shift_parts(amount);
    limbs.iter().take(whole).any(|limb| *limb != 0) || limbs.get(whole).is_some_and(|limb| limb.trailing_zeros() < bits)
}

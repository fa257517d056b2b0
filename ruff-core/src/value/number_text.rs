//! The text of numbers (section 3.3 of the language reference).

use std::fmt;
use std::mem::MaybeUninit;

/// Floats at least this large have an exponent.
const EXPONENT_FROM: f64 = 1e21;
/// Floats below this, but for zero, have an exponent.
const EXPONENT_BELOW: f64 = 1e-6;

/// Writes the shortest digits that read back as the same float, without a trailing `.0`.
///
/// # Errors
/// Those of `out`.
pub fn write_float(float: f64, out: &mut impl fmt::Write) -> fmt::Result {
    write!(out, "{}", FloatText(float))
}

/// A float that displays as its text.
#[derive(Clone, Copy)]
pub struct FloatText(pub f64);

impl FloatText {
    /// The text of a float that has few digits, as most have that are not computed: a decimal number of so few digits that no two
    /// of them are the same float is the shortest text of the float that it is.
    pub fn few_digits(self) -> Option<FewDigits> {
        let thousandths = (self.0.abs() * 1000.0).round();
        if thousandths < FEW_THOUSANDTHS_END && thousandths / 1000.0 == self.0.abs() {
            return Some(FewDigits::of(self.0.is_sign_negative(), thousandths as u64));
        }
        None
    }
}

/// Numbers of thousandths below this have at most fifteen digits.
const FEW_THOUSANDTHS_END: f64 = 1e15;

/// The text of a float with at most three decimals.
#[derive(Clone, Copy)]
pub struct FewDigits {
    bytes: [u8; FewDigits::BYTES_MAX],
    len: usize,
}

impl FewDigits {
    /// A sign, twelve digits, the point and three decimals.
    const BYTES_MAX: usize = 17;

    fn of(is_negative: bool, thousandths: u64) -> FewDigits {
        let mut text = FewDigits { bytes: [b'-'; FewDigits::BYTES_MAX], len: usize::from(is_negative) };
        let (whole, mut decimals) = ((thousandths / 1000) as i64, thousandths % 1000);
        let len = decimal_len(whole);
        write_decimal(whole, &mut text.bytes[text.len..text.len + len]);
        text.len += len;
        if decimals > 0 {
            text.push(b'.');
        }
        while decimals > 0 {
            text.push(b'0' + (decimals / 100) as u8);
            decimals = decimals % 100 * 10;
        }
        text
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len += 1;
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or("")
    }
}

impl fmt::Display for FloatText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.few_digits() {
            return f.write_str(text.as_str());
        }
        let size = self.0.abs();
        let has_exponent = size.is_finite() && size != 0.0 && !(EXPONENT_BELOW..EXPONENT_FROM).contains(&size);
        if has_exponent { write!(f, "{:e}", self.0) } else { write!(f, "{}", self.0) }
    }
}

/// The decimal text of an int without an allocation.
#[derive(Clone, Copy)]
pub struct IntText {
    bytes: [u8; DECIMAL_LEN_MAX],
    start: usize,
}

/// The decimal numbers from 00 to 99.
const PAIRS: &[u8; 200] = b"0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
                            5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

/// The longest decimal text of an int, that of the least one.
pub const DECIMAL_LEN_MAX: usize = 20;

/// The length of the decimal text of an int.
#[inline]
pub fn decimal_len(int: i64) -> usize {
    digits(int.unsigned_abs()) + usize::from(int < 0)
}

/// The number of digits of a number.
#[inline]
fn digits(number: u64) -> usize {
    // Zero has one too.
    let number = number | 1;
    // The number of bits times the logarithm of two is right, or one too small.
    let digits = ((number.ilog2() as usize + 1) * 1233) >> 12;
    digits + usize::from(POWERS_OF_TEN.get(digits).is_some_and(|power| number >= *power))
}

/// The powers of ten below 2^64.
const POWERS_OF_TEN: [u64; 20] = {
    let mut powers = [1; 20];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// The end of the numbers that have a [`short_decimal`].
pub const SHORT_DECIMAL_END: u64 = 100_000_000;

/// The decimal text of a number below [`SHORT_DECIMAL_END`], padded behind, and its length. There is no branch: the number is cut
/// into halves, these into pairs of digits and these into digits, all those of one size in one word.
#[inline(always)]
pub fn short_decimal(number: u64) -> ([u8; 8], usize) {
    debug_assert!(number < SHORT_DECIMAL_END);
    // Each constant is a reciprocal that is exact for numbers of that many digits.
    let halves = (number / 10_000) | (number % 10_000) << 32;
    let upper = (halves * 5243) >> 19 & 0x0000_007F_0000_007F;
    let pairs = upper | (halves - upper * 100) << 16;
    let tens = (pairs * 103) >> 10 & 0x000F_000F_000F_000F;
    let digits = tens | (pairs - tens * 10) << 8;
    let zeros = (digits.trailing_zeros() / 8).min(7);
    let text = (digits | 0x3030_3030_3030_3030) >> (8 * zeros);
    (text.to_le_bytes(), 8 - zeros as usize)
}

/// A byte of text that is written.
pub trait Place {
    /// Writes it.
    fn put(&mut self, byte: u8);
}

impl Place for u8 {
    #[inline(always)]
    fn put(&mut self, byte: u8) {
        *self = byte;
    }
}

impl Place for MaybeUninit<u8> {
    #[inline(always)]
    fn put(&mut self, byte: u8) {
        self.write(byte);
    }
}

/// Writes the decimal text of an int, which fills `out`: every place of it is written.
#[inline]
pub fn write_decimal(int: i64, out: &mut [impl Place]) {
    let mut rest = int.unsigned_abs();
    let mut places = out.rchunks_exact_mut(2);
    while rest >= 10
        && let Some(place) = places.next()
    {
        let pair = (rest % 100) as usize * 2;
        for (place, digit) in place.iter_mut().zip(&PAIRS[pair..pair + 2]) {
            place.put(*digit);
        }
        rest /= 100;
    }
    // One digit and the sign are left, or one of them, or nothing.
    let left = match places.next() {
        Some(place) => place,
        None => places.into_remainder(),
    };
    if (rest > 0 || int == 0)
        && let Some(digit) = left.last_mut()
    {
        digit.put(b'0' + rest as u8);
    }
    if int < 0
        && let Some(sign) = out.first_mut()
    {
        sign.put(b'-');
    }
}

impl IntText {
    /// The text of `int`.
    #[inline]
    pub fn new(int: i64) -> IntText {
        let mut text = IntText { bytes: [0; DECIMAL_LEN_MAX], start: DECIMAL_LEN_MAX - decimal_len(int) };
        write_decimal(int, &mut text.bytes[text.start..]);
        text
    }

    /// The digits.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// The text.
    #[inline]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_with_few_digits_have_the_text_of_the_standard_library() {
        for number in (0..3_000_000_u64).step_by(7).chain((0..1_000_000_000_000_000).step_by(99_999_999_977)) {
            for float in [number as f64 / 1000.0, number as f64 / -100.0, number as f64 / 1024.0, number as f64 / 3.0] {
                assert_eq!(FloatText(float).to_string(), format!("{float}"));
            }
        }
    }

    #[test]
    fn lengths_and_short_texts_of_numbers() {
        let powers = POWERS_OF_TEN.iter().flat_map(|power| [power - 1, *power, power + 1]);
        for number in powers.chain((0..SHORT_DECIMAL_END).step_by(997)).chain(0..12_000).chain([u64::MAX]) {
            let text = number.to_string();
            assert_eq!(digits(number), text.len(), "{number}");
            if number < SHORT_DECIMAL_END {
                let (short, len) = short_decimal(number);
                assert_eq!(&short[..len], text.as_bytes());
            }
        }
        assert_eq!(decimal_len(i64::MIN), DECIMAL_LEN_MAX);
    }

    #[test]
    fn floats() {
        let cases = [
            (2.5, "2.5"),
            (100.0, "100"),
            (1e21, "1e21"),
            (1.5e300, "1.5e300"),
            (999999999999999900000.0, "999999999999999900000"),
            (1e-7, "1e-7"),
            (1.5e-7, "1.5e-7"),
            (0.000001, "0.000001"),
            (-0.0, "-0"),
            (0.0, "0"),
            (-1e-9, "-1e-9"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "NaN"),
            (0.1 + 0.2, "0.30000000000000004"),
            (0.3, "0.3"),
            (-0.25, "-0.25"),
            (1.005, "1.005"),
            (-12.08, "-12.08"),
            (0.0005, "0.0005"),
            (999_999_999_999.999, "999999999999.999"),
            (-999_999_999_999.001, "-999999999999.001"),
            (1e12, "1000000000000"),
            (1e15, "1000000000000000"),
            (123_456_789_012.34, "123456789012.34"),
        ];
        for (float, text) in cases {
            let mut out = String::new();
            write_float(float, &mut out).unwrap();
            assert_eq!(out, text);
        }
    }

    #[test]
    fn ints() {
        let powers =
            (0..19).map(|exponent| 10_i64.pow(exponent)).flat_map(|power| [power - 1, power, power + 1, 7 * power / 3]);
        for int in powers.chain([0, 10, 11, 99, 100, i64::MAX]) {
            for int in [int, -int, !int] {
                assert_eq!(IntText::new(int).as_str(), int.to_string());
            }
        }
    }
}

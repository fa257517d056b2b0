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

impl fmt::Display for FloatText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        let has_exponent = size.is_finite() && size != 0.0 && !(EXPONENT_BELOW..EXPONENT_FROM).contains(&size);
        if has_exponent { write!(f, "{:e}", self.0) } else { write!(f, "{}", self.0) }
    }
}

/// The decimal text of an int without an allocation.
#[derive(Clone, Copy)]
pub struct IntText {
    bytes: [u8; 20],
    start: usize,
}

/// The decimal numbers from 00 to 99.
const PAIRS: &[u8; 200] = b"0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
                            5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

/// The length of the decimal text of an int.
#[inline]
pub fn decimal_len(int: i64) -> usize {
    let digits = int.unsigned_abs().checked_ilog10().unwrap_or(0) as usize + 1;
    digits + usize::from(int < 0)
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
        let mut text = IntText { bytes: [0; 20], start: 20 - decimal_len(int) };
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

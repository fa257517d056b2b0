//! The text of numbers (section 3.3 of the language reference).

use std::fmt;

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

impl IntText {
    /// The text of `int`.
    #[inline]
    pub fn new(int: i64) -> IntText {
        let mut text = IntText { bytes: [0; 20], start: 20 };
        let mut rest = int.unsigned_abs();
        loop {
            text.start -= 1;
            text.bytes[text.start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if int < 0 {
            text.start -= 1;
            text.bytes[text.start] = b'-';
        }
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
        for int in [0, 7, -7, 10, i64::MAX, i64::MIN, 1_000_000] {
            assert_eq!(IntText::new(int).as_str(), int.to_string());
        }
    }
}

//! Conversions between kinds (section 3 of the library reference) and ints of any length from their digits.

use super::int::{self, charge_limbs, check_bits, from_big_checked};
use super::ops::compare::charge_bytes;
use super::text::clip;
use super::{Heap, Hooks, Value};
use crate::code::Code;
use crate::fault::{Fault, Result};
use num_bigint::BigInt;

/// Decimal digits that always fit 64 bits.
pub const SMALL_DIGITS_MAX: usize = 18;

/// `to_int(value)`.
///
/// # Errors
/// `RUF1013` and the traps of section 21.
pub fn to_int(hooks: &mut dyn Hooks, value: &Value) -> Result<Value> {
    match value {
        Value::Int(_) | Value::BigInt(_) => Ok(value.clone()),
        Value::Bool(truth) => Ok(Value::Int(i64::from(*truth))),
        Value::Float(x) => float_to_int(hooks, *x),
        Value::Str(text) => match int_of_text(hooks, text.as_str())? {
            Some(int) => Ok(int),
            None => Err(conversion(format!("Cannot convert '{}' to int", clip(text.as_str())))),
        },
        other => Err(conversion(format!("Cannot convert {} to int", other.kind_name()))),
    }
}

/// `to_float(value)`.
///
/// # Errors
/// `RUF1013` and the traps of section 21.
pub fn to_float(hooks: &mut dyn Hooks, value: &Value) -> Result<Value> {
    match value {
        Value::Bool(truth) => Ok(Value::Float(f64::from(u8::from(*truth)))),
        Value::Str(text) => match float_of_text(hooks, text.as_str())? {
            Some(x) => Ok(Value::Float(x)),
            None => Err(conversion(format!("Cannot convert '{}' to float", clip(text.as_str())))),
        },
        other => match int::to_f64(other) {
            Some(x) => Ok(Value::Float(x)),
            None => Err(conversion(format!("Cannot convert {} to float", other.kind_name()))),
        },
    }
}

/// `to_bool(value)`: its truth, but the strings `false` and `0` are false too.
pub fn to_bool(value: &Value) -> bool {
    match value {
        Value::Str(text) if text.as_str().eq_ignore_ascii_case("false") || text.as_str() == "0" => false,
        other => other.is_truthy(),
    }
}

/// `parse_int(text)`.
///
/// # Errors
/// `RUF1013` and the traps of section 21.
pub fn parse_int(hooks: &mut dyn Hooks, text: &str) -> Result<Value> {
    match int_of_text(hooks, text)? {
        Some(int) => Ok(int),
        None => Err(conversion(format!("Cannot parse '{}' as integer", clip(text)))),
    }
}

/// `parse_float(text)`.
///
/// # Errors
/// `RUF1013` and the traps of section 21.
pub fn parse_float(hooks: &mut dyn Hooks, text: &str) -> Result<Value> {
    match float_of_text(hooks, text)? {
        Some(x) => Ok(Value::Float(x)),
        None => Err(conversion(format!("Cannot parse '{}' as float", clip(text)))),
    }
}

/// The int that a text stands for: blanks around it, an optional sign, decimal digits. `None` if it is something else.
///
/// # Errors
/// The traps of section 21.
pub fn int_of_text(hooks: &mut dyn Hooks, text: &str) -> Result<Option<Value>> {
    // Most texts have no blanks and few digits.
    if let (is_negative, digits @ [_, ..]) = signed(text.as_bytes())
        && let Some(small) = small_int(is_negative, digits)
    {
        return Ok(Some(Value::Int(small)));
    }
    let Some(number) = Decimal::of(text.trim()) else { return Ok(None) };
    if let Some(small) = number.to_i64() {
        return Ok(Some(Value::Int(small)));
    }
    // A limb holds at least 19 digits.
    let digits = number.digits.len() as u64;
    check_bits(hooks.heap(), least_bits(digits))?;
    let limbs = digits.div_ceil(19);
    // Paid in parts, so that an interrupt need not wait for the end.
    let parts = digits.div_ceil(DIGITS_PER_PART as u64);
    let mut pay = || charge_limbs(hooks, limbs.saturating_mul(limbs).div_ceil(parts));
    let big = number.to_big(&mut pay)?;
    Ok(Some(from_big_checked(hooks.heap(), big)?))
}

/// Is there a minus, and what is behind the sign?
fn signed(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    }
}

/// The int of digits that always fit; `None` for more of them, and for anything else.
fn small_int(is_negative: bool, digits: &[u8]) -> Option<i64> {
    if digits.len() > SMALL_DIGITS_MAX {
        return None;
    }
    let mut int = 0i64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        int = int * 10 + i64::from(digit);
    }
    Some(if is_negative { -int } else { int })
}

/// Bits that a number of so many decimal digits has at least: a digit is worth more than 3 bits.
fn least_bits(digits: u64) -> u64 {
    digits.saturating_sub(1).saturating_mul(3)
}

/// The int of a literal outside 64 bits: digits with an optional sign, in base 16, 8 or 2 behind `0x`, `0o` or `0b`. `None` for
/// another text.
///
/// # Errors
/// The traps of section 21.
pub fn int_of_literal(hooks: &mut dyn Hooks, text: &str) -> Result<Option<Value>> {
    let (is_negative, digits) = signed(text.as_bytes());
    let (digit_bits, digits) = match digits {
        [b'0', b'x', digits @ ..] => (4, digits),
        [b'0', b'o', digits @ ..] => (3, digits),
        [b'0', b'b', digits @ ..] => (1, digits),
        _ => return int_of_text(hooks, text),
    };
    // The first digit is not zero.
    let bits = (digits.len() as u64).saturating_sub(1).saturating_mul(digit_bits);
    check_bits(hooks.heap(), bits)?;
    charge_limbs(hooks, bits / 64)?;
    let Some(magnitude) = BigInt::parse_bytes(digits, 1 << digit_bits) else { return Ok(None) };
    Ok(Some(from_big_checked(hooks.heap(), if is_negative { -magnitude } else { magnitude })?))
}

/// The int of decimal digits that the host gives, with an optional sign. `None` for another text.
///
/// # Errors
/// The traps `RUF2008` and `RUF2002`.
pub fn int_of_host(heap: &Heap, digits: &str) -> Result<Option<Value>> {
    let Some(number) = Decimal::of(digits) else { return Ok(None) };
    if let Some(small) = number.to_i64() {
        return Ok(Some(Value::Int(small)));
    }
    check_bits(heap, least_bits(number.digits.len() as u64))?;
    Ok(Some(from_big_checked(heap, number.to_big(&mut || Ok(()))?)?))
}

/// The float that a text stands for: blanks around it, an optional sign, digits with an optional point and exponent, `inf`,
/// `infinity` or `nan`. `None` if it is something else.
///
/// # Errors
/// The traps of section 21.
pub fn float_of_text(hooks: &mut dyn Hooks, text: &str) -> Result<Option<f64>> {
    charge_bytes(hooks, text.len())?;
    Ok(text.trim().parse().ok())
}

/// A decimal number: its sign, and its digits without leading zeros.
struct Decimal<'a> {
    is_negative: bool,
    digits: &'a [u8],
}

impl<'a> Decimal<'a> {
    fn of(text: &'a str) -> Option<Decimal<'a>> {
        let (is_negative, digits) = signed(text.as_bytes());
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        Some(Decimal { is_negative, digits: &digits[zeros..] })
    }

    fn to_i64(&self) -> Option<i64> {
        small_int(self.is_negative, self.digits)
    }

    /// The number; `pay` is called for each part of [`DIGITS_PER_PART`] digits.
    ///
    /// # Errors
    /// Those of `pay`.
    fn to_big(&self, pay: &mut dyn FnMut() -> Result<()>) -> Result<BigInt> {
        let digits = self.digits;
        let mut powers: Vec<BigInt> = Vec::new();
        while (DIGITS_PER_PART << powers.len()) < digits.len() {
            pay()?;
            powers.push(match powers.last() {
                None => BigInt::from(10u8).pow(DIGITS_PER_PART as u32),
                Some(last) => last * last,
            });
        }
        let magnitude = magnitude(digits, &powers, pay)?;
        Ok(if self.is_negative { -magnitude } else { magnitude })
    }
}

/// Digits that are converted at once: the conversion of a part takes time in proportion to the square of it.
const DIGITS_PER_PART: usize = 1024;

/// The number that digits stand for, by halves: `powers[i]` is ten to the power of `DIGITS_PER_PART << i`, and the last one splits
/// the digits.
fn magnitude(digits: &[u8], powers: &[BigInt], pay: &mut dyn FnMut() -> Result<()>) -> Result<BigInt> {
    let Some((power, smaller)) = powers.split_last() else {
        pay()?;
        return Ok(BigInt::parse_bytes(digits, 10).unwrap_or_default());
    };
    let low_digits = DIGITS_PER_PART << smaller.len();
    let Some(at) = digits.len().checked_sub(low_digits).filter(|at| *at > 0) else {
        return magnitude(digits, smaller, pay);
    };
    let (high, low) = digits.split_at(at);
    Ok(magnitude(high, smaller, pay)? * power + magnitude(low, smaller, pay)?)
}

/// The exact int of a float cut toward zero.
fn float_to_int(hooks: &mut dyn Hooks, x: f64) -> Result<Value> {
    match int::from_f64(hooks.heap(), x) {
        Some(Value::BigInt(big)) => {
            check_bits(hooks.heap(), big.get().bits())?;
            Ok(Value::BigInt(big))
        }
        Some(small) => Ok(small),
        None => Err(conversion(format!("Cannot convert {} to int", super::number_text::FloatText(x)))),
    }
}

#[cold]
fn conversion(message: String) -> Fault {
    Fault::error(Code::CONVERSION, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::ops::testing::TestHooks;
    use crate::value::string::StrObject;
    use crate::value::text::text;

    fn outcome(result: Result<Value>) -> String {
        match result {
            Ok(value) => text(&mut TestHooks::new(), &value).map_or(String::new(), |text| text.as_str().to_string()),
            Err(fault) => format!("{}: {}", fault.code, fault.message),
        }
    }

    #[test]
    fn long_texts_are_converted_by_halves() {
        for length in [1000, 1023, 1024, 1025, 2047, 2048, 2049, 5000, 8192, 10_000] {
            let digits: String = (0..length).map(|at| char::from(b'1' + (at * 7 % 9) as u8)).collect();
            let number = Decimal { is_negative: true, digits: digits.as_bytes() };
            let mut parts = 0;
            let big = number.to_big(&mut || {
                parts += 1;
                Ok(())
            });
            assert_eq!(big.unwrap().to_string(), format!("-{digits}"));
            assert!(parts >= length / DIGITS_PER_PART, "{length}");
        }
    }

    #[test]
    fn ints_of_texts() {
        let mut hooks = TestHooks::new();
        for (text, expected) in [
            ("0", "0"),
            (" -0012 ", "-12"),
            ("+7", "7"),
            ("9223372036854775807", "9223372036854775807"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("-9223372036854775809", "-9223372036854775809"),
            ("0000000000000000000000000000001", "1"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
        ] {
            assert_eq!(outcome(parse_int(&mut hooks, text)), expected);
        }
        for text in ["", " ", "-", "+-1", "1_000", "1.0", "0x10", "é", "1 2"] {
            assert_eq!(outcome(parse_int(&mut hooks, text)), format!("RUF1013: Cannot parse '{text}' as integer"));
        }
        assert!(matches!(parse_int(&mut hooks, "-9223372036854775808"), Ok(Value::Int(i64::MIN))));
        hooks.heap.set_int_bits_max(100);
        let trap = "RUF2008: Integer too large: more than 100 bits";
        assert_eq!(outcome(parse_int(&mut hooks, &"9".repeat(31))), trap);
        assert_eq!(outcome(parse_int(&mut hooks, &"9".repeat(1_000_000))), trap);
        assert_eq!(outcome(parse_int(&mut hooks, &"9".repeat(30))), "9".repeat(30));
    }

    #[test]
    fn ints_of_floats_are_exact() {
        let mut hooks = TestHooks::new();
        for (x, expected) in [
            (2.9, "2"),
            (-2.9, "-2"),
            (9.2e18, "9200000000000000000"),
            (9_223_372_036_854_775_808.0, "9223372036854775808"),
            (-9_223_372_036_854_775_808.0, "-9223372036854775808"),
            (1e23, "99999999999999991611392"),
            (f64::NAN, "RUF1013: Cannot convert NaN to int"),
            (f64::NEG_INFINITY, "RUF1013: Cannot convert -inf to int"),
        ] {
            assert_eq!(outcome(to_int(&mut hooks, &Value::Float(x))), expected);
        }
        assert_eq!(outcome(to_int(&mut hooks, &Value::Null)), "RUF1013: Cannot convert null to int");
        assert_eq!(outcome(to_int(&mut hooks, &Value::Bool(true))), "1");
        let abc = Value::Str(StrObject::new(&hooks.heap, "abc").unwrap());
        assert_eq!(outcome(to_int(&mut hooks, &abc)), "RUF1013: Cannot convert 'abc' to int");
        assert_eq!(outcome(to_float(&mut hooks, &abc)), "RUF1013: Cannot convert 'abc' to float");
    }

    #[test]
    fn floats_of_texts() {
        let mut hooks = TestHooks::new();
        for (text, expected) in [
            ("1.", "1"),
            (".5", "0.5"),
            (" -1e3\n", "-1000"),
            ("INF", "inf"),
            ("-Infinity", "-inf"),
            ("nan", "NaN"),
            ("1e999", "inf"),
        ] {
            assert_eq!(outcome(parse_float(&mut hooks, text)), expected);
        }
        for text in ["", ".", "e5", "1e", "1_0", "0x1", "infin", "1f"] {
            assert_eq!(outcome(parse_float(&mut hooks, text)), format!("RUF1013: Cannot parse '{text}' as float"));
        }
    }

    #[test]
    fn floats_of_big_ints_are_nearest() {
        let heap = Heap::new(usize::MAX, 0);
        for digits in
            ["9223372036854775809", "18446744073709553665", "123456789012345678901234567890", "-36893488147419107329"]
        {
            let value = int_of_host(&heap, digits).unwrap().unwrap_or(Value::Null);
            assert_eq!(int::to_f64(&value), digits.parse().ok());
        }
        let huge: BigInt = BigInt::from(1) << 1024;
        assert_eq!(int::to_f64(&int::from_big(&heap, huge.clone())), Some(f64::INFINITY));
        assert_eq!(int::to_f64(&int::from_big(&heap, -huge)), Some(f64::NEG_INFINITY));
    }
}

//! Conversions between kinds: the meaning of `to_int`, `to_float`, `to_bool` and of numbers in texts.

use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::value::text::clip;
use crate::value::{Hooks, Value, int};

/// Digits that always fit 64 bits.
const SMALL_DIGITS_MAX: usize = 18;
/// Digits that fit a limb of a big integer.
const DIGITS_PER_LIMB: u64 = 19;

#[cold]
fn cannot_convert(what: &str, target: &str) -> Fault {
    Fault::error(Code::CONVERSION, format!("Cannot convert {what} to {target}"))
}

#[cold]
fn cannot_convert_text(text: &str, target: &str) -> Fault {
    cannot_convert(&format!("'{}'", clip(text)), target)
}

/// The int of a number, a bool or a text of decimal digits.
///
/// # Errors
/// `RUF1013`, and the traps of the limits.
pub fn to_int(hooks: &mut dyn Hooks, value: &Value) -> Result<Value> {
    match value {
        Value::Int(_) | Value::BigInt(_) => Ok(value.clone()),
        Value::Bool(b) => Ok(Value::Int(i64::from(*b))),
        Value::Float(x) => int::from_f64(hooks.heap(), *x).ok_or_else(|| {
            let name = if x.is_nan() {
                "NaN"
            } else if *x > 0.0 {
                "inf"
            } else {
                "-inf"
            };
            cannot_convert(name, "int")
        }),
        Value::Str(text) => int_of_text(hooks, text.as_str())?.ok_or_else(|| cannot_convert_text(text.as_str(), "int")),
        other => Err(cannot_convert(other.kind_name(), "int")),
    }
}

/// The float of a number, a bool or a decimal text.
///
/// # Errors
/// `RUF1013`, and the traps of the limits.
pub fn to_float(hooks: &mut dyn Hooks, value: &Value) -> Result<Value> {
    if let Some(x) = int::to_f64(value) {
        return Ok(Value::Float(x));
    }
    match value {
        Value::Bool(b) => Ok(Value::Float(f64::from(u8::from(*b)))),
        Value::Str(text) => {
            float_of_text(hooks, text.as_str())?.ok_or_else(|| cannot_convert_text(text.as_str(), "float"))
        }
        other => Err(cannot_convert(other.kind_name(), "float")),
    }
}

/// Truth, but the strings `false` and `0` are false too.
pub fn to_bool(value: &Value) -> bool {
    match value {
        Value::Str(text) if text.as_str().eq_ignore_ascii_case("false") || text.as_str() == "0" => false,
        other => other.is_truthy(),
    }
}

/// The int that a text of decimal digits, with a sign and between blanks, stands for.
///
/// # Errors
/// The traps of the limits.
pub fn int_of_text(hooks: &mut dyn Hooks, text: &str) -> Result<Option<Value>> {
    let text = text.trim();
    let (is_negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Ok(None);
    }
    if digits.len() > SMALL_DIGITS_MAX {
        return long_int(hooks, text).map(Some);
    }
    let magnitude = digits.iter().fold(0_i64, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    Ok(Some(Value::Int(if is_negative { -magnitude } else { magnitude })))
}

/// The int of many decimal digits, with a sign or without.
///
/// # Errors
/// The traps of the limits.
pub fn long_int(hooks: &mut dyn Hooks, digits: &str) -> Result<Value> {
    // Each digit but the first needs more than 3 bits, unless it is a leading zero.
    let unsigned = digits.trim_start_matches(['-', '+']).trim_start_matches('0');
    int::check_bits(hooks, (unsigned.len() as u64).saturating_sub(1) * 3)?;
    let limbs = unsigned.len() as u64 / DIGITS_PER_LIMB;
    int::charge_limbs(hooks, limbs.saturating_mul(limbs))?;
    int::from_big_checked(hooks, digits.parse().unwrap_or_default())
}

/// The float that a decimal text between blanks stands for.
///
/// # Errors
/// The traps of the limits.
pub fn float_of_text(hooks: &mut dyn Hooks, text: &str) -> Result<Option<Value>> {
    hooks.charge(text.len() as u64 / 64)?;
    Ok(text.trim().parse().ok().map(Value::Float))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::ops::testing::TestHooks;

    fn int(text: &str) -> Option<String> {
        let mut hooks = TestHooks::new();
        let value = int_of_text(&mut hooks, text).unwrap()?;
        Some(crate::value::text::text(&mut hooks, &value).unwrap().as_str().to_owned())
    }

    #[test]
    fn ints_of_texts() {
        assert_eq!(int(" -12 ").as_deref(), Some("-12"));
        assert_eq!(int("+007").as_deref(), Some("7"));
        assert_eq!(int("9223372036854775808").as_deref(), Some("9223372036854775808"));
        assert_eq!(int("-9223372036854775808").as_deref(), Some("-9223372036854775808"));
        assert_eq!(int("+00000000000000000000000000005").as_deref(), Some("5"));
        for text in ["", "+", "-", "1 2", "1_0", "1.0", "١", "--1", "0x1"] {
            assert_eq!(int(text), None, "{text}");
        }
    }

    #[test]
    fn floats_of_texts() {
        let mut hooks = TestHooks::new();
        let mut float = |text: &str| match float_of_text(&mut hooks, text) {
            Ok(Some(Value::Float(x))) => Some(x),
            _ => None,
        };
        assert_eq!(float(" 1. "), Some(1.0));
        assert_eq!(float("-.5e1"), Some(-5.0));
        assert_eq!(float("INFINITY"), Some(f64::INFINITY));
        assert!(float("nan").is_some_and(f64::is_nan));
        for text in ["", ".", "1e", "1_0", "0x1", "e5", "infin"] {
            assert_eq!(float(text), None, "{text}");
        }
    }
}

//! Values across the boundary: Rust types from script values and back.

use super::copy_out::{CopyOut, Refusal};
use super::data::Data;
use crate::code::Code;
use crate::fault::{Fault, Result};
use crate::value::array::ArrayObject;
use crate::value::convert::int_of_host;
use crate::value::dict::{DictKey, DictObject};
use crate::value::int::BigIntObject;
use crate::value::string::StrObject;
use crate::value::text::clip;
use crate::value::{Heap, Value, int};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

/// Rust types that can be made from a script value: arguments of host functions, results of script functions.
///
/// Implemented for all integer widths (range-checked), [`BigInt`], `f32`, `f64`, `bool`, `String`, `()`, [`Data`],
/// [`Root`](crate::Root), [`Function`](crate::Function), and `Option`, `Vec`, string-keyed maps and tuples (arrays of that
/// length) of such types.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made from a script value",
    note = "use an integer, `f64`, `bool`, `String`, `Option<T>`, `Vec<T>`, a map with `String` keys, or `ruff_core::Data`"
)]
pub trait FromValue: Sized {
    /// What messages say was expected: `int from 0 to 255`.
    fn expected() -> Cow<'static, str>;

    /// The kind in signatures: `int`, `string?`.
    fn kind() -> Cow<'static, str> {
        Self::expected()
    }

    /// The Rust value. What it has beside the script value is counted.
    #[doc(hidden)]
    fn from_value(value: &Value, out: &mut CopyOut<'_>) -> Result<Self, Refusal>;

    /// May an argument of this type be left out? It is made from null then.
    #[doc(hidden)]
    const OPTIONAL: bool = false;
}

/// Rust types that can be made into a script value: results of host functions, arguments of script functions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made into a script value",
    note = "use an integer, `f64`, `bool`, `&str`, `String`, `()`, `Option<T>`, `Vec<T>`, a map with `String` keys, or `ruff_core::Data`"
)]
pub trait IntoValue {
    /// The kind in signatures: `int`, `string?`.
    fn kind() -> Cow<'static, str> {
        "any".into()
    }

    /// The script value.
    ///
    /// # Errors
    /// The traps `RUF2002` and `RUF2008` if it does not fit the limits of memory and ints.
    #[doc(hidden)]
    fn into_value(self, heap: &Heap) -> Result<Value>;
}

macro_rules! small_ints {
    ($($int:ty),*) => {$(
        impl FromValue for $int {
            fn expected() -> Cow<'static, str> {
                format!("int from {} to {}", <$int>::MIN, <$int>::MAX).into()
            }

            fn kind() -> Cow<'static, str> {
                "int".into()
            }

            fn from_value(value: &Value, _out: &mut CopyOut<'_>) -> Result<$int, Refusal> {
                match value {
                    Value::Int(i) => <$int>::try_from(*i).map_err(|_| Refusal::Kind),
                    _ => Err(Refusal::Kind),
                }
            }
        }

        impl IntoValue for $int {
            fn kind() -> Cow<'static, str> {
                "int".into()
            }

            fn into_value(self, _heap: &Heap) -> Result<Value> {
                Ok(Value::Int(self as i64))
            }
        }
    )*};
}

small_ints!(i8, i16, i32, u8, u16, u32);

impl FromValue for i64 {
    fn expected() -> Cow<'static, str> {
        "int".into()
    }

    #[inline]
    fn from_value(value: &Value, _out: &mut CopyOut<'_>) -> Result<i64, Refusal> {
        match value {
            Value::Int(i) => Ok(*i),
            _ => Err(Refusal::Kind),
        }
    }
}

impl IntoValue for i64 {
    fn kind() -> Cow<'static, str> {
        "int".into()
    }

    #[inline]
    fn into_value(self, _heap: &Heap) -> Result<Value> {
        Ok(Value::Int(self))
    }
}

macro_rules! wide_ints {
    ($($int:ty),*) => {$(
        impl FromValue for $int {
            fn expected() -> Cow<'static, str> {
                format!("int from {} to {}", <$int>::MIN, <$int>::MAX).into()
            }

            fn kind() -> Cow<'static, str> {
                "int".into()
            }

            fn from_value(value: &Value, _out: &mut CopyOut<'_>) -> Result<$int, Refusal> {
                match value {
                    Value::Int(i) => <$int>::try_from(*i).map_err(|_| Refusal::Kind),
                    Value::BigInt(i) if i.get().bits() <= 128 => i.get().to_string().parse().map_err(|_| Refusal::Kind),
                    _ => Err(Refusal::Kind),
                }
            }
        }

        impl IntoValue for $int {
            fn kind() -> Cow<'static, str> {
                "int".into()
            }

            fn into_value(self, heap: &Heap) -> Result<Value> {
                match i64::try_from(self) {
                    Ok(i) => Ok(Value::Int(i)),
                    Err(_) => big_into_value(&self.to_string(), heap),
                }
            }
        }
    )*};
}

wide_ints!(u64, i128, u128, isize, usize);

macro_rules! floats {
    ($($float:ty),*) => {$(
        impl FromValue for $float {
            fn expected() -> Cow<'static, str> {
                "number".into()
            }

            #[inline]
            fn from_value(value: &Value, _out: &mut CopyOut<'_>) -> Result<$float, Refusal> {
                match value {
                    Value::Float(x) => Ok(*x as $float),
                    Value::Int(i) => Ok(*i as $float),
                    other => int::to_f64(other).map(|x| x as $float).ok_or(Refusal::Kind),
                }
            }
        }

        impl IntoValue for $float {
            fn kind() -> Cow<'static, str> {
                "float".into()
            }

            #[inline]
            fn into_value(self, _heap: &Heap) -> Result<Value> {
                Ok(Value::Float(self as f64))
            }
        }
    )*};
}

floats!(f32, f64);

impl FromValue for bool {
    fn expected() -> Cow<'static, str> {
        "bool".into()
    }

    fn from_value(value: &Value, _out: &mut CopyOut<'_>) -> Result<bool, Refusal> {
        match value {
            Value::Bool(b) => Ok(*b),
            _ => Err(Refusal::Kind),
        }
    }
}

impl IntoValue for bool {
    fn kind() -> Cow<'static, str> {
        "bool".into()
    }

    fn into_value(self, _heap: &Heap) -> Result<Value> {
        Ok(Value::Bool(self))
    }
}

impl FromValue for () {
    fn expected() -> Cow<'static, str> {
        "null".into()
    }

    fn from_value(value: &Value, _out: &mut CopyOut<'_>) -> Result<(), Refusal> {
        if matches!(value, Value::Null) { Ok(()) } else { Err(Refusal::Kind) }
    }
}

impl IntoValue for () {
    fn kind() -> Cow<'static, str> {
        "null".into()
    }

    fn into_value(self, _heap: &Heap) -> Result<Value> {
        Ok(Value::Null)
    }
}

impl FromValue for String {
    fn expected() -> Cow<'static, str> {
        "string".into()
    }

    fn from_value(value: &Value, out: &mut CopyOut<'_>) -> Result<String, Refusal> {
        match value {
            Value::Str(s) => {
                out.count_text(s.len())?;
                Ok(s.as_str().to_owned())
            }
            _ => Err(Refusal::Kind),
        }
    }
}

impl IntoValue for &str {
    fn kind() -> Cow<'static, str> {
        "string".into()
    }

    fn into_value(self, heap: &Heap) -> Result<Value> {
        Ok(Value::Str(StrObject::new(heap, self)?))
    }
}

impl IntoValue for String {
    fn kind() -> Cow<'static, str> {
        "string".into()
    }

    fn into_value(self, heap: &Heap) -> Result<Value> {
        self.as_str().into_value(heap)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    const OPTIONAL: bool = true;

    fn expected() -> Cow<'static, str> {
        format!("{} or null", T::expected()).into()
    }

    fn kind() -> Cow<'static, str> {
        format!("{}?", T::kind()).into()
    }

    fn from_value(value: &Value, out: &mut CopyOut<'_>) -> Result<Option<T>, Refusal> {
        match value {
            Value::Null => Ok(None),
            other => T::from_value(other, out).map(Some),
        }
    }
}

impl<T: IntoValue> IntoValue for Option<T> {
    fn kind() -> Cow<'static, str> {
        format!("{}?", T::kind()).into()
    }

    fn into_value(self, heap: &Heap) -> Result<Value> {
        self.map_or(Ok(Value::Null), |v| v.into_value(heap))
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    fn expected() -> Cow<'static, str> {
        format!("array of {}", T::expected()).into()
    }

    fn kind() -> Cow<'static, str> {
        "array".into()
    }

    fn from_value(value: &Value, out: &mut CopyOut<'_>) -> Result<Vec<T>, Refusal> {
        match value {
            Value::Array(a) => {
                out.count::<T>(a.len())?;
                let mut items = Vec::with_capacity(a.len());
                for value in a.iter() {
                    items.push(T::from_value(&value, out)?);
                }
                Ok(items)
            }
            _ => Err(Refusal::Kind),
        }
    }
}

impl<T: IntoValue> IntoValue for Vec<T> {
    fn kind() -> Cow<'static, str> {
        "array".into()
    }

    fn into_value(self, heap: &Heap) -> Result<Value> {
        let values = self.into_iter().map(|v| v.into_value(heap)).collect::<Result<Vec<_>>>()?;
        Ok(Value::Array(ArrayObject::from_values(heap, values)?))
    }
}

/// The int of a decimal text, in the form that [`BigInt::parse`] takes.
pub(super) fn big_into_value(digits: &str, heap: &Heap) -> Result<Value> {
    let int = if digits.starts_with('+') { None } else { int_of_host(heap, digits)? };
    int.ok_or_else(|| Fault::error(Code::CONVERSION, format!("Cannot convert '{}' to int", clip(digits))))
}

/// The decimal text of an int outside 64 bits.
pub(super) fn digits_of(int: &BigIntObject, out: &mut CopyOut<'_>) -> Result<String> {
    // A limb has at most 20 digits.
    out.count_text(int.get().limbs() as usize * 20)?;
    int.get().decimal_charged(out)
}

fn map_from_value<V: FromValue, M: FromIterator<(String, V)>>(
    value: &Value,
    out: &mut CopyOut<'_>,
) -> Result<M, Refusal> {
    let Value::Dict(dict) = value else { return Err(Refusal::Kind) };
    out.count::<(String, V)>(dict.len())?;
    dict.iter().map(|(key, value)| Ok((key_from_dict(&key, out)?, V::from_value(value, out)?))).collect()
}

/// The text of a key.
pub(super) fn key_from_dict(key: &DictKey, out: &mut CopyOut<'_>) -> Result<String> {
    key.with_text(|text| {
        out.count_text(text.len())?;
        Ok(text.to_owned())
    })
}

fn map_into_value<V: IntoValue>(entries: impl Iterator<Item = (String, V)>, heap: &Heap) -> Result<Value> {
    let mut dict = DictObject::new(heap);
    for (key, value) in entries {
        let value = value.into_value(heap)?;
        dict.make_mut()?.insert(DictKey::from_text(heap, &key)?, value)?;
    }
    Ok(Value::Dict(dict))
}

impl<V: FromValue, H: BuildHasher + Default> FromValue for HashMap<String, V, H>
where
    String: Eq + Hash,
{
    fn expected() -> Cow<'static, str> {
        format!("dict of {}", V::expected()).into()
    }

    fn kind() -> Cow<'static, str> {
        "dict".into()
    }

    fn from_value(value: &Value, out: &mut CopyOut<'_>) -> Result<HashMap<String, V, H>, Refusal> {
        map_from_value(value, out)
    }
}

impl<V: IntoValue, H: BuildHasher> IntoValue for HashMap<String, V, H> {
    fn kind() -> Cow<'static, str> {
        "dict".into()
    }

    fn into_value(self, heap: &Heap) -> Result<Value> {
        let mut entries: Vec<(String, V)> = self.into_iter().collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        map_into_value(entries.into_iter(), heap)
    }
}

impl<V: FromValue> FromValue for BTreeMap<String, V> {
    fn expected() -> Cow<'static, str> {
        format!("dict of {}", V::expected()).into()
    }

    fn kind() -> Cow<'static, str> {
        "dict".into()
    }

    fn from_value(value: &Value, out: &mut CopyOut<'_>) -> Result<BTreeMap<String, V>, Refusal> {
        map_from_value(value, out)
    }
}

impl<V: IntoValue> IntoValue for BTreeMap<String, V> {
    fn kind() -> Cow<'static, str> {
        "dict".into()
    }

    fn into_value(self, heap: &Heap) -> Result<Value> {
        map_into_value(self.into_iter(), heap)
    }
}

impl FromValue for Data {
    fn expected() -> Cow<'static, str> {
        "value that is data".into()
    }

    fn kind() -> Cow<'static, str> {
        "any".into()
    }

    fn from_value(value: &Value, out: &mut CopyOut<'_>) -> Result<Data, Refusal> {
        Data::from_script(value, out)
    }
}

impl IntoValue for Data {
    fn into_value(self, heap: &Heap) -> Result<Value> {
        self.into_script(heap)
    }
}

/// An int of any size, as decimal text: for hosts that have a big-integer crate of their own.
///
/// ```
/// use ruff_core::{BigInt, Engine, Vm};
/// let engine = Engine::builder().function("negate", |n: BigInt| BigInt::parse(&format!("-{}", n.digits()))).build();
/// let program = engine.compile("a.ruff", "x := negate(2 ** 70)")?;
/// let mut vm = Vm::new(&engine);
/// vm.run(&program)?;
/// assert_eq!(vm.global::<BigInt>("x")?.digits(), "-1180591620717411303424");
/// # Ok::<(), ruff_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BigInt(String);

impl BigInt {
    /// The int that a decimal text means: digits after an optional minus sign. `None` for any other text.
    ///
    /// ```
    /// use ruff_core::BigInt;
    /// assert_eq!(BigInt::parse("-007").unwrap().digits(), "-7");
    /// assert_eq!(BigInt::parse("7 apples"), None);
    /// ```
    pub fn parse(text: &str) -> Option<BigInt> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let digits = digits.trim_start_matches('0');
        Some(BigInt(match digits {
            "" => "0".to_owned(),
            digits if text.starts_with('-') => format!("-{digits}"),
            digits => digits.to_owned(),
        }))
    }

    /// The decimal text: a minus sign if it is negative, and digits without leading zeros.
    ///
    /// ```
    /// assert_eq!(ruff_core::BigInt::from(-5).digits(), "-5");
    /// ```
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl From<i64> for BigInt {
    fn from(int: i64) -> BigInt {
        BigInt(int.to_string())
    }
}

impl FromValue for BigInt {
    fn expected() -> Cow<'static, str> {
        "int".into()
    }

    fn from_value(value: &Value, out: &mut CopyOut<'_>) -> Result<BigInt, Refusal> {
        match value {
            Value::Int(i) => Ok(BigInt::from(*i)),
            Value::BigInt(i) => Ok(BigInt(digits_of(i, out)?)),
            _ => Err(Refusal::Kind),
        }
    }
}

impl IntoValue for BigInt {
    fn kind() -> Cow<'static, str> {
        "int".into()
    }

    fn into_value(self, heap: &Heap) -> Result<Value> {
        big_into_value(&self.0, heap)
    }
}

macro_rules! tuples {
    ($count:literal: $($item:ident $index:tt),*) => {
        impl<$($item: FromValue),*> FromValue for ($($item,)*) {
            fn expected() -> Cow<'static, str> {
                let items = [$($item::expected()),*];
                format!("array of {}: {}", $count, items.join(", ")).into()
            }

            fn kind() -> Cow<'static, str> {
                "array".into()
            }

            fn from_value(value: &Value, out: &mut CopyOut<'_>) -> Result<($($item,)*), Refusal> {
                match value {
                    Value::Array(a) if a.len() == $count => {
                        Ok(($($item::from_value(&a.get($index).ok_or(Refusal::Kind)?, out)?,)*))
                    }
                    _ => Err(Refusal::Kind),
                }
            }
        }

        impl<$($item: IntoValue),*> IntoValue for ($($item,)*) {
            fn kind() -> Cow<'static, str> {
                "array".into()
            }

            fn into_value(self, heap: &Heap) -> Result<Value> {
                Ok(Value::Array(ArrayObject::from_values(heap, [$(self.$index.into_value(heap)?),*])?))
            }
        }
    };
}

tuples!(1: A 0);
tuples!(2: A 0, B 1);
tuples!(3: A 0, B 1, C 2);
tuples!(4: A 0, B 1, C 2, D 3);
tuples!(5: A 0, B 1, C 2, D 3, E 4);
tuples!(6: A 0, B 1, C 2, D 3, E 4, F 5);
tuples!(7: A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuples!(8: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

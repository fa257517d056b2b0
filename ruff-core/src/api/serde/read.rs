//! Data as a Rust value of any serde type.

use super::{DataError, Step};
use crate::api::data::Data;
use serde_core::de::value::StringDeserializer;
use serde_core::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use serde_core::forward_to_deserialize_any;
use std::vec;

/// Gives one value to the type that is made of it.
pub(super) struct Reader(pub Data);

impl<'de> Deserializer<'de> for Reader {
    type Error = DataError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DataError> {
        match self.0 {
            Data::Null => visitor.visit_unit(),
            Data::Bool(bool) => visitor.visit_bool(bool),
            Data::Int(int) => visitor.visit_i64(int),
            Data::BigInt(digits) => visit_digits(digits, visitor),
            Data::Float(float) => visitor.visit_f64(float),
            Data::Str(text) => visitor.visit_string(text),
            Data::Bytes(bytes) => visitor.visit_byte_buf(bytes),
            Data::Array(items) => visit_items(items, visitor),
            Data::Range { start, end, inclusive, step } => {
                visit_entries(range_entries(start, end, inclusive, step), visitor)
            }
            Data::Dict(entries) | Data::Struct(_, entries) => visit_entries(entries, visitor),
            Data::Variant(of, name, payload) => match optional(&of, &name, payload) {
                Ok(None) => visitor.visit_none(),
                Ok(Some(value)) => visitor.visit_some(Reader(value)),
                Err(payload) if payload.is_empty() => visitor.visit_string(name),
                Err(payload) => visit_entries(vec![(name, content(payload))], visitor),
            },
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DataError> {
        match self.0 {
            Data::Null => visitor.visit_none(),
            Data::Variant(of, name, payload) => match optional(&of, &name, payload) {
                Ok(None) => visitor.visit_none(),
                Ok(Some(value)) => visitor.visit_some(Reader(value)),
                Err(payload) => visitor.visit_some(Reader(Data::Variant(of, name, payload))),
            },
            other => visitor.visit_some(Reader(other)),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DataError> {
        match self.0 {
            Data::Bytes(bytes) => visit_items(bytes.into_iter().map(|b| Data::Int(b.into())).collect(), visitor),
            other => Reader(other).deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DataError> {
        match self.0 {
            Data::Str(name) => visitor.visit_enum(Variant { name, content: Data::Null }),
            Data::Variant(_, name, payload) => visitor.visit_enum(Variant { name, content: content(payload) }),
            Data::Dict(mut entries) if entries.len() == 1 => match entries.pop() {
                Some((name, content)) => visitor.visit_enum(Variant { name, content }),
                None => Reader(Data::Null).deserialize_any(visitor),
            },
            other => Reader(other).deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DataError> {
        visitor.visit_newtype_struct(self)
    }

    /// An int is a number: one of any size gives the nearest float.
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DataError> {
        match self.0 {
            Data::BigInt(digits) => match digits.parse() {
                Ok(float) => visitor.visit_f64(float),
                Err(_) => visit_digits(digits, visitor),
            },
            other => Reader(other).deserialize_any(visitor),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DataError> {
        self.deserialize_f64(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 char str string bytes byte_buf unit unit_struct tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// An int beyond 64 bits, as the narrowest type that holds it, else as text.
fn visit_digits<'de, V: Visitor<'de>>(digits: String, visitor: V) -> Result<V::Value, DataError> {
    if let Ok(int) = digits.parse() {
        visitor.visit_u64(int)
    } else if let Ok(int) = digits.parse() {
        visitor.visit_i128(int)
    } else if let Ok(int) = digits.parse() {
        visitor.visit_u128(int)
    } else {
        visitor.visit_string(digits)
    }
}

fn visit_items<'de, V: Visitor<'de>>(items: Vec<Data>, visitor: V) -> Result<V::Value, DataError> {
    let count = items.len();
    let mut items = Items { items: items.into_iter(), next: 0 };
    let value = visitor.visit_seq(&mut items)?;
    if items.items.len() > 0 {
        return Err(DataError::invalid_length(count, &format!("{} elements", items.next).as_str()));
    }
    Ok(value)
}

fn visit_entries<'de, V: Visitor<'de>>(entries: Vec<(String, Data)>, visitor: V) -> Result<V::Value, DataError> {
    visitor.visit_map(Entries { entries: entries.into_iter(), value: None })
}

/// The parts of a range under the names of the fields of [`Data::Range`]. A plain `a..b` has the two that Rust's `Range` has.
pub(super) fn range_entries(start: i64, end: i64, inclusive: bool, step: i64) -> Vec<(String, Data)> {
    let mut entries = vec![("start".to_owned(), Data::Int(start)), ("end".to_owned(), Data::Int(end))];
    if inclusive {
        entries.push(("inclusive".to_owned(), Data::Bool(true)));
    }
    if step != 1 {
        entries.push(("step".to_owned(), Data::Int(step)));
    }
    entries
}

/// What a variant of the builtin `Option` holds; the payload of any other.
fn optional(of: &str, name: &str, mut payload: Vec<Data>) -> Result<Option<Data>, Vec<Data>> {
    match (of, name) {
        ("Option", "None") => Ok(None),
        ("Option", "Some") if payload.len() == 1 => Ok(payload.pop()),
        _ => Err(payload),
    }
}

/// The payload of a variant as one value.
fn content(mut payload: Vec<Data>) -> Data {
    match payload.len() {
        0 | 1 => payload.pop().unwrap_or(Data::Null),
        _ => Data::Array(payload),
    }
}

struct Items {
    items: vec::IntoIter<Data>,
    next: usize,
}

impl<'de> SeqAccess<'de> for &mut Items {
    type Error = DataError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DataError> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let index = self.next;
        self.next += 1;
        seed.deserialize(Reader(item)).map(Some).map_err(|e| e.inside(Step::Index(index)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Entries {
    entries: vec::IntoIter<(String, Data)>,
    /// The entry whose key was read.
    value: Option<(String, Data)>,
}

impl<'de> MapAccess<'de> for Entries {
    type Error = DataError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DataError> {
        let Some((key, value)) = self.entries.next() else { return Ok(None) };
        self.value = Some((key.clone(), value));
        seed.deserialize(Key(key)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, DataError> {
        let Some((key, value)) = self.value.take() else { return Err(DataError::custom("a value without a key")) };
        seed.deserialize(Reader(value)).map_err(|e| e.inside(Step::Field(key)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// A key of a dict, which is text; it becomes a number or a bool where the type wants one.
struct Key(String);

macro_rules! parsed_keys {
    ($($deserialize:ident $visit:ident),*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DataError> {
            match self.0.parse() {
                Ok(value) => visitor.$visit(value),
                Err(_) => visitor.visit_string(self.0),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Key {
    type Error = DataError;

    parsed_keys! {
        deserialize_bool visit_bool, deserialize_i8 visit_i8, deserialize_i16 visit_i16, deserialize_i32 visit_i32,
        deserialize_i64 visit_i64, deserialize_i128 visit_i128, deserialize_u8 visit_u8, deserialize_u16 visit_u16,
        deserialize_u32 visit_u32, deserialize_u64 visit_u64, deserialize_u128 visit_u128
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DataError> {
        visitor.visit_string(self.0)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DataError> {
        let text: StringDeserializer<DataError> = self.0.into_deserializer();
        text.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DataError> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple tuple_struct map struct identifier
        ignored_any
    }
}

/// A variant of an enum of the host.
struct Variant {
    name: String,
    content: Data,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = DataError;
    type Variant = Content;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Content), DataError> {
        let content = Content { variant: self.name.clone(), content: self.content };
        Ok((seed.deserialize(Key(self.name))?, content))
    }
}

/// What a variant holds.
struct Content {
    variant: String,
    content: Data,
}

impl Content {
    fn located<T>(variant: String, result: Result<T, DataError>) -> Result<T, DataError> {
        result.map_err(|e| e.inside(Step::Field(variant)))
    }
}

impl<'de> VariantAccess<'de> for Content {
    type Error = DataError;

    fn unit_variant(self) -> Result<(), DataError> {
        let result = serde_core::de::Deserialize::deserialize(Reader(self.content));
        Content::located(self.variant, result)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, DataError> {
        Content::located(self.variant, seed.deserialize(Reader(self.content)))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, DataError> {
        Content::located(self.variant, Reader(self.content).deserialize_tuple(len, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DataError> {
        Content::located(self.variant, Reader(self.content).deserialize_struct("", fields, visitor))
    }
}

//! Data in any format: JSON, TOML and their kin.
//!
//! A format has fewer kinds than scripts: ranges and structs are written as maps, variants of enums by their names. They are read
//! back as dicts and strings.

use super::read::range_entries;
use crate::api::data::Data;
use serde_core::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_core::ser::{Serialize, Serializer};
use std::fmt;

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Data::Null => serializer.serialize_unit(),
            Data::Bool(bool) => serializer.serialize_bool(*bool),
            Data::Int(int) => serializer.serialize_i64(*int),
            Data::BigInt(digits) => serialize_digits(digits, serializer),
            Data::Float(float) => serializer.serialize_f64(*float),
            Data::Str(text) => serializer.serialize_str(text),
            Data::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Data::Array(items) => serializer.collect_seq(items),
            Data::Range { start, end, inclusive, step } => {
                let entries = range_entries(*start, *end, *inclusive, *step);
                serializer.collect_map(entries)
            }
            Data::Dict(entries) | Data::Struct(_, entries) => {
                serializer.collect_map(entries.iter().map(|(k, v)| (k, v)))
            }
            Data::Variant(of, name, payload) => match (of.as_str(), name.as_str(), payload.as_slice()) {
                ("Option", "None", _) => serializer.serialize_none(),
                ("Option", "Some", [value]) => serializer.serialize_some(value),
                (_, name, []) => serializer.serialize_str(name),
                (_, name, [value]) => serializer.collect_map([(name, value)]),
                (_, name, values) => serializer.collect_map([(name, values)]),
            },
        }
    }
}

/// An int beyond 64 bits, as the narrowest type that holds it, else as text.
fn serialize_digits<S: Serializer>(digits: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if let Ok(int) = digits.parse() {
        serializer.serialize_u64(int)
    } else if let Ok(int) = digits.parse() {
        serializer.serialize_i128(int)
    } else if let Ok(int) = digits.parse() {
        serializer.serialize_u128(int)
    } else {
        serializer.serialize_str(digits)
    }
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Data, D::Error> {
        deserializer.deserialize_any(DataVisitor)
    }
}

struct DataVisitor;

impl<'de> Visitor<'de> for DataVisitor {
    type Value = Data;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("data")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Data, E> {
        Ok(Data::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Data, E> {
        Ok(Data::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Data, E> {
        Ok(i64::try_from(value).map_or_else(|_| Data::BigInt(value.to_string()), Data::Int))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Data, E> {
        Ok(i64::try_from(value).map_or_else(|_| Data::BigInt(value.to_string()), Data::Int))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Data, E> {
        Ok(i64::try_from(value).map_or_else(|_| Data::BigInt(value.to_string()), Data::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Data, E> {
        Ok(Data::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Data, E> {
        Ok(Data::Str(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Data, E> {
        Ok(Data::Str(value))
    }

    fn visit_bytes<E>(self, value: &[u8]) -> Result<Data, E> {
        Ok(Data::Bytes(value.to_vec()))
    }

    fn visit_byte_buf<E>(self, value: Vec<u8>) -> Result<Data, E> {
        Ok(Data::Bytes(value))
    }

    fn visit_unit<E>(self) -> Result<Data, E> {
        Ok(Data::Null)
    }

    fn visit_none<E>(self) -> Result<Data, E> {
        Ok(Data::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Data, D::Error> {
        Data::deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Data, D::Error> {
        Data::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Data, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Data::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Data, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Data::Dict(entries))
    }
}

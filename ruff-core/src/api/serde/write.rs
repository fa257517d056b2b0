//! Rust values of any serde type as data.

use super::{DataError, Step};
use crate::api::data::Data;
use crate::limits::DATA_LEVELS_MAX;
use serde_core::ser::{
    Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// Makes data of one value, with that many levels left.
#[derive(Clone, Copy)]
pub(super) struct Writer(u32);

impl Writer {
    pub(super) fn new() -> Writer {
        Writer(DATA_LEVELS_MAX)
    }

    /// The writer of what is inside the value.
    fn inner(self) -> Result<Writer, DataError> {
        match self.0.checked_sub(1) {
            Some(depth) => Ok(Writer(depth)),
            None => Err(DataError::custom(format!("nested too deeply (limit {DATA_LEVELS_MAX})"))),
        }
    }

    fn items(self, variant: Option<&'static str>) -> Result<Items, DataError> {
        Ok(Items { items: Vec::new(), variant, inner: self.inner()? })
    }

    fn entries(self, variant: Option<&'static str>) -> Result<Entries, DataError> {
        Ok(Entries { entries: Vec::new(), key: String::new(), variant, inner: self.inner()? })
    }
}

/// The content of a variant under its name; what belongs to none as it is.
fn in_variant(variant: Option<&'static str>, content: Data) -> Data {
    match variant {
        Some(name) => Data::Dict(vec![(name.to_owned(), content)]),
        None => content,
    }
}

impl Serializer for Writer {
    type Ok = Data;
    type Error = DataError;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Entries;
    type SerializeStruct = Entries;
    type SerializeStructVariant = Entries;

    fn serialize_bool(self, value: bool) -> Result<Data, DataError> {
        Ok(Data::Bool(value))
    }

    fn serialize_i8(self, value: i8) -> Result<Data, DataError> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<Data, DataError> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<Data, DataError> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<Data, DataError> {
        Ok(Data::Int(value))
    }

    fn serialize_i128(self, value: i128) -> Result<Data, DataError> {
        Ok(i64::try_from(value).map_or_else(|_| Data::BigInt(value.to_string()), Data::Int))
    }

    fn serialize_u8(self, value: u8) -> Result<Data, DataError> {
        self.serialize_i64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<Data, DataError> {
        self.serialize_i64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<Data, DataError> {
        self.serialize_i64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<Data, DataError> {
        self.serialize_i128(value.into())
    }

    fn serialize_u128(self, value: u128) -> Result<Data, DataError> {
        Ok(i64::try_from(value).map_or_else(|_| Data::BigInt(value.to_string()), Data::Int))
    }

    fn serialize_f32(self, value: f32) -> Result<Data, DataError> {
        Ok(Data::Float(value.into()))
    }

    fn serialize_f64(self, value: f64) -> Result<Data, DataError> {
        Ok(Data::Float(value))
    }

    fn serialize_char(self, value: char) -> Result<Data, DataError> {
        Ok(Data::Str(value.into()))
    }

    fn serialize_str(self, value: &str) -> Result<Data, DataError> {
        Ok(Data::Str(value.to_owned()))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Data, DataError> {
        Ok(Data::Bytes(value.to_vec()))
    }

    fn serialize_none(self) -> Result<Data, DataError> {
        Ok(Data::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Data, DataError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Data, DataError> {
        Ok(Data::Null)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Data, DataError> {
        Ok(Data::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Data, DataError> {
        Ok(Data::Str(variant.to_owned()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Data, DataError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Data, DataError> {
        Ok(in_variant(Some(variant), value.serialize(self.inner()?)?))
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<Items, DataError> {
        self.items(None)
    }

    fn serialize_tuple(self, _len: usize) -> Result<Items, DataError> {
        self.items(None)
    }

    fn serialize_tuple_struct(self, _name: &'static str, _len: usize) -> Result<Items, DataError> {
        self.items(None)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Items, DataError> {
        self.items(Some(variant))
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Entries, DataError> {
        self.entries(None)
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Entries, DataError> {
        self.entries(None)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Entries, DataError> {
        self.entries(Some(variant))
    }
}

/// An array that is being made.
pub(super) struct Items {
    items: Vec<Data>,
    variant: Option<&'static str>,
    inner: Writer,
}

impl Items {
    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), DataError> {
        let item = value.serialize(self.inner).map_err(|e| e.inside(Step::Index(self.items.len())))?;
        self.items.push(item);
        Ok(())
    }

    fn finish(self) -> Result<Data, DataError> {
        Ok(in_variant(self.variant, Data::Array(self.items)))
    }
}

/// A dict that is being made.
pub(super) struct Entries {
    entries: Vec<(String, Data)>,
    /// The key whose value comes next.
    key: String,
    variant: Option<&'static str>,
    inner: Writer,
}

impl Entries {
    fn add<T: Serialize + ?Sized>(&mut self, key: String, value: &T) -> Result<(), DataError> {
        match value.serialize(self.inner) {
            Ok(value) => {
                self.entries.push((key, value));
                Ok(())
            }
            Err(error) => Err(error.inside(Step::Field(key))),
        }
    }

    fn finish(self) -> Result<Data, DataError> {
        Ok(in_variant(self.variant, Data::Dict(self.entries)))
    }
}

impl SerializeMap for Entries {
    type Ok = Data;
    type Error = DataError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), DataError> {
        self.key = match key.serialize(self.inner)? {
            Data::Str(text) | Data::BigInt(text) => text,
            Data::Int(int) => int.to_string(),
            Data::Bool(bool) => bool.to_string(),
            _ => return Err(DataError::custom("a key of a dict must be text, an int or a bool")),
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), DataError> {
        let key = std::mem::take(&mut self.key);
        self.add(key, value)
    }

    fn end(self) -> Result<Data, DataError> {
        self.finish()
    }
}

macro_rules! items {
    ($($part:ident $method:ident),*) => {$(
        impl $part for Items {
            type Ok = Data;
            type Error = DataError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), DataError> {
                self.add(value)
            }

            fn end(self) -> Result<Data, DataError> {
                self.finish()
            }
        }
    )*};
}

items!(
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
);

macro_rules! fields {
    ($($part:ident),*) => {$(
        impl $part for Entries {
            type Ok = Data;
            type Error = DataError;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), DataError> {
                self.add(key.to_owned(), value)
            }

            fn end(self) -> Result<Data, DataError> {
                self.finish()
            }
        }
    )*};
}

fields!(SerializeStruct, SerializeStructVariant);

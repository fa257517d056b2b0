//! [`Data`] and serde, both ways: any serde type as data, data as any serde type, and data in any format.

mod data;
mod read;
mod write;

use super::data::Data;
use serde_core::{Serialize, de, ser};
use std::fmt;

impl Data {
    /// A Rust value as data: structs and maps become dicts, sequences and tuples arrays, `None` and `()` null, a variant of an
    /// enum its name or a dict of its name and its content.
    ///
    /// ```
    /// use ruff_core::{Data, Engine, Vm};
    /// #[derive(serde::Serialize)]
    /// struct Server { host: String, ports: Vec<u16> }
    /// let server = Server { host: "a.example".into(), ports: vec![80, 443] };
    /// let mut vm = Vm::new(&Engine::new());
    /// vm.set_global("server", Data::from_serde(&server)?)?;
    /// assert_eq!(vm.eval("1", "server.host + \":${server.ports[1]}\"")?.as_deref(), Some("a.example:443"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What the type's `Serialize` raises, a key that is neither text nor int nor bool, more than 512 levels.
    pub fn from_serde<T: Serialize + ?Sized>(value: &T) -> Result<Data, DataError> {
        value.serialize(write::Writer::new())
    }

    /// The data as a Rust value. Dicts and structs become structs and maps; a string, a dict of one entry or a variant of an enum
    /// becomes a variant of an enum.
    ///
    /// ```
    /// use ruff_core::{Data, Engine, Vm};
    /// #[derive(serde::Deserialize, Debug, PartialEq)]
    /// struct Server { host: String, ports: Vec<u16> }
    /// let mut vm = Vm::new(&Engine::new());
    /// vm.eval("1", r#"server := {"host": "a" + ".example", "ports": [80, 443]}"#)?;
    /// let server: Server = vm.global::<Data>("server")?.into_serde()?;
    /// assert_eq!(server, Server { host: "a.example".into(), ports: vec![80, 443] });
    ///
    /// vm.eval("2", r#"server["ports"][1] := -1"#)?;
    /// let error = vm.global::<Data>("server")?.into_serde::<Server>().unwrap_err();
    /// assert_eq!(error.to_string(), "ports[1]: invalid value: integer `-1`, expected u16");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What does not fit the type, and where it is.
    pub fn into_serde<T: de::DeserializeOwned>(self) -> Result<T, DataError> {
        T::deserialize(read::Reader(self))
    }
}

/// Why data and a Rust type do not fit: the message, and the path to the place, as in `workers[1].threads: missing field …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataError {
    message: String,
    /// The way to the place, the last step first.
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Field(String),
    Index(usize),
}

impl DataError {
    /// The same error, seen from the container of the place.
    fn inside(mut self, step: Step) -> DataError {
        self.steps.push(step);
        self
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.steps.iter().rev().enumerate() {
            match step {
                Step::Field(name) if number == 0 => f.write_str(name)?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        if !self.steps.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for DataError {}

impl ser::Error for DataError {
    fn custom<T: fmt::Display>(message: T) -> DataError {
        DataError { message: message.to_string(), steps: Vec::new() }
    }
}

impl de::Error for DataError {
    fn custom<T: fmt::Display>(message: T) -> DataError {
        <DataError as ser::Error>::custom(message)
    }
}

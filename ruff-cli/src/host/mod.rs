//! The functions that the command gives to scripts: files, paths, the environment, data formats (sections 15.1 to 15.4 of the
//! builtins reference), each with its capability. Written against the native-function trait that every host has.

mod digest;
mod environment;
mod files;
mod formats;
mod paths;

pub use environment::ScriptArguments;

use ruff_core::native::{Arity, Capability, Code, Ctx, Fault, IntoValue, NativeEntry, Result, Value};
use std::fmt::Display;

/// All entries, for the engine's builder.
pub fn entries() -> impl Iterator<Item = NativeEntry> {
    let tables = [files::FUNCTIONS, paths::FUNCTIONS, environment::FUNCTIONS, formats::FUNCTIONS];
    tables.into_iter().flatten().map(HostFunction::entry)
}

/// A row of a table of host functions.
struct HostFunction {
    name: &'static str,
    arity: Arity,
    capability: Option<Capability>,
    /// The signature and, after a colon, what it does.
    docs: &'static str,
    function: fn(&mut Ctx<'_>, Arguments<'_>) -> Result<Value>,
}

impl HostFunction {
    fn entry(&'static self) -> NativeEntry {
        let call =
            |ctx: &mut Ctx<'_>, values: &mut [Value]| (self.function)(ctx, Arguments { name: self.name, values });
        let entry = NativeEntry::new(self.name, self.arity, call).docs(self.docs);
        match self.capability {
            Some(capability) => entry.needs(capability),
            None => entry,
        }
    }
}

/// The arguments of a call, as many as the arity says.
struct Arguments<'a> {
    name: &'static str,
    values: &'a [Value],
}

impl Arguments<'_> {
    fn value(&self, at: usize) -> &Value {
        self.values.get(at).unwrap_or(&Value::Null)
    }

    fn len(&self) -> usize {
        self.values.len()
    }

    fn text(&self, at: usize) -> Result<String> {
        match self.value(at) {
            Value::Str(text) => Ok(text.as_str().to_owned()),
            _ => Err(self.wrong(at, "string")),
        }
    }

    /// A bool that may be left out.
    fn flag(&self, at: usize) -> Result<bool> {
        match self.value(at) {
            Value::Bool(flag) => Ok(*flag),
            Value::Null => Ok(false),
            _ => Err(self.wrong(at, "bool or null")),
        }
    }

    /// An int that is not negative.
    fn count(&self, at: usize) -> Result<u64> {
        let Value::Int(number) = self.value(at) else { return Err(self.wrong(at, "int")) };
        u64::try_from(*number).map_err(|_| invalid(format!("{}() expects an int of at least 0", self.name)))
    }

    /// The bytes of a string or of bytes.
    fn bytes_or_text(&self, at: usize) -> Result<Vec<u8>> {
        match self.value(at) {
            Value::Bytes(bytes) => Ok(bytes.as_slice().to_vec()),
            Value::Str(text) => Ok(text.as_str().as_bytes().to_vec()),
            _ => Err(self.wrong(at, "string or bytes")),
        }
    }

    fn bytes(&self, at: usize) -> Result<Vec<u8>> {
        match self.value(at) {
            Value::Bytes(bytes) => Ok(bytes.as_slice().to_vec()),
            _ => Err(self.wrong(at, "bytes")),
        }
    }

    #[cold]
    fn wrong(&self, at: usize, expected: &str) -> Fault {
        let got = self.value(at).kind_name();
        invalid(format!("{}() expects {expected} as argument {}, got {got}", self.name, at + 1))
    }
}

/// A script value of a Rust value.
fn give(ctx: &Ctx<'_>, value: impl IntoValue) -> Result<Value> {
    value.into_value(ctx.heap())
}

#[cold]
fn invalid(message: String) -> Fault {
    Fault::error(Code::INVALID_ARGUMENT, message)
}

/// Failed input or output: `Cannot read file 'p': no such file`.
#[cold]
fn io_failure(action: impl Display, reason: impl Display) -> Fault {
    Fault::error(Code::IO, format!("{action}: {reason}"))
}

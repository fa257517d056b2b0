//! The builtins of the reference, a file for each section, against the native-function trait that hosts use too.
//!
//! Each file has one table, `ENTRIES`, that says of each function its name, arity, capability, the kinds that have it as a method
//! and one line of documentation. [`library`] turns the tables into what a machine uses. Builtins with callbacks are written
//! in Ruff, in `prelude.ruff`.

mod argument;
mod arrays;
mod case;
mod collections;
mod dicts;
mod format;
mod in_place;
mod json;
mod kinds;
mod numbers;
mod output;
pub mod prelude;
mod random;
mod regex;
mod sequences;
mod sort;
mod strings;
mod time;

use crate::bytecode::Const;
use crate::jit::Intrinsic;
use crate::vm::{Arity, Capability, Library, NativeEntry, NativeFunction, ReceiverKind};
use std::sync::Arc;

/// A row of a table: one builtin function. An alias is a row of its own, because messages use the name that was called.
pub struct Builtin {
    /// The name in scripts.
    pub name: &'static str,
    /// How many arguments it takes.
    pub arity: Arity,
    /// The kinds on which `x.name(rest)` means `name(x, rest)`.
    pub methods: &'static [ReceiverKind],
    /// What the host must have granted.
    pub capability: Option<Capability>,
    /// What it is to native code.
    pub intrinsic: Option<Intrinsic>,
    /// The signature and, after a colon, what it does.
    pub docs: &'static str,
    /// Makes the function.
    pub function: fn() -> Arc<dyn NativeFunction>,
}

impl Builtin {
    /// The same row for a function that is also a method of `kinds`.
    const fn method_of(mut self, kinds: &'static [ReceiverKind]) -> Builtin {
        self.methods = kinds;
        self
    }

    /// The same row for a function that needs `capability`.
    const fn needs(mut self, capability: Capability) -> Builtin {
        self.capability = Some(capability);
        self
    }

    /// The same row for a function that native code may do itself.
    const fn known_as(mut self, intrinsic: Intrinsic) -> Builtin {
        self.intrinsic = Some(intrinsic);
        self
    }

    fn install(&self, library: &mut Library) {
        let id = library.add(NativeEntry {
            name: self.name.into(),
            arity: self.arity,
            function: (self.function)(),
            capability: self.capability,
            docs: self.docs.into(),
            intrinsic: self.intrinsic,
            is_host: false,
        });
        library.method_of(self.methods, id);
    }
}

/// A row: `builtin!("name", arguments, function, "signature: what it does")`; arguments are `n`, `min..=max` or `min..`.
macro_rules! builtin {
    ($name:literal, $min:literal.., $function:expr, $docs:literal) => {
        builtin!(@ $name, $crate::vm::Arity::at_least($min), $function, $docs)
    };
    ($name:literal, $min:literal..=$max:literal, $function:expr, $docs:literal) => {
        builtin!(@ $name, $crate::vm::Arity::between($min, $max), $function, $docs)
    };
    ($name:literal, $count:literal, $function:expr, $docs:literal) => {
        builtin!(@ $name, $crate::vm::Arity::exactly($count), $function, $docs)
    };
    (@ $name:literal, $arity:expr, $function:expr, $docs:literal) => {
        $crate::stdlib::Builtin {
            name: $name,
            arity: $arity,
            methods: &[],
            capability: None,
            intrinsic: None,
            docs: $docs,
            function: || std::sync::Arc::new($function),
        }
    };
}
use builtin;

/// The tables in the order of the reference.
const TABLES: &[&[Builtin]] = &[
    output::ENTRIES,
    kinds::ENTRIES,
    numbers::ENTRIES,
    strings::ENTRIES,
    case::ENTRIES,
    format::ENTRIES,
    regex::ENTRIES,
    arrays::ENTRIES,
    sort::ENTRIES,
    dicts::ENTRIES,
    json::ENTRIES,
    collections::ENTRIES,
    sequences::ENTRIES,
    random::ENTRIES,
    time::ENTRIES,
    prelude::ENTRIES,
];

/// The builtins that are plain values.
pub const CONSTANTS: &[&str] = &["PI", "E", "None", "Error", "Result", "Option"];

/// The value of one of [`CONSTANTS`].
pub fn constant(name: &str) -> Option<Const> {
    match name {
        "PI" => Some(Const::Float(std::f64::consts::PI)),
        "E" => Some(Const::Float(std::f64::consts::E)),
        "None" => Some(Const::None),
        "Error" => Some(Const::ErrorDef),
        "Result" => Some(Const::ResultDef),
        "Option" => Some(Const::OptionDef),
        _ => None,
    }
}

/// The functions and methods of sections 2 to 14.
pub fn library() -> Library {
    let mut library = Library::new();
    for table in TABLES {
        for entry in *table {
            entry.install(&mut library);
        }
    }
    sequences::install_methods(&mut library);
    in_place::install_methods(&mut library);
    prelude::install_methods(&mut library);
    library
}

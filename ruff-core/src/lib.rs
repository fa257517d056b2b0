//! The Ruff scripting language: frontend, bytecode, interpreter and embedding API.
// Engineers read these pages too: links to private items are welcome.
#![allow(rustdoc::private_intra_doc_links)]

mod api;
#[forbid(unsafe_code)]
mod bytecode;
#[forbid(unsafe_code)]
mod code;
#[forbid(unsafe_code)]
mod compile;
#[forbid(unsafe_code)]
mod fault;
#[forbid(unsafe_code)]
mod help;
#[forbid(unsafe_code)]
pub mod jit;
#[forbid(unsafe_code)]
mod limits;
#[forbid(unsafe_code)]
mod stdlib;

// For the tools of this workspace and for natives of `native`; not part of the public API, and without a promise to stay.
#[doc(hidden)]
#[forbid(unsafe_code)]
pub mod syntax;
#[doc(hidden)]
pub mod value;
#[doc(hidden)]
pub mod vm;

pub use api::convert::{BigInt, FromValue, IntoValue};
pub use api::ctx::Ctx;
pub use api::data::Data;
pub use api::engine::{Engine, EngineBuilder, Tier};
pub use api::error::{Error, ErrorKind, render_diagnostics};
pub use api::function::{Argument, IntoNative, NativeResult, Rest};
pub use api::host_object::{AccessError, Host, HostRef};
pub use api::host_type::{
    ConstructorResult, HostType, IntoConstructor, IntoMethod, IntoMethodRef, Operator, ScriptObject,
};
pub use api::loader::{MapLoader, ModuleLoader};
pub use api::module::{EngineDescription, FunctionDescription, Module};
pub use api::program::Program;
pub use api::root::{Arguments, Caller, Function, Parameter, Root, Signature};
#[cfg(feature = "serde")]
pub use api::serde::DataError;
pub use api::vm::{Interrupt, Vm};
pub use code::Code;
pub use fault::{FrameKind, TraceFrame};
pub use limits::Limits;
#[cfg(feature = "derive")]
pub use ruff_derive::HostType;
pub use syntax::diagnostic::{Diagnostic, Severity};
pub use syntax::source::{Position, Source, Span};
pub use vm::native::{Capability, CapabilitySet};

/// What native functions and services are written against: values of the engine, and the context of a call.
pub mod native {
    pub use crate::api::convert::{FromValue, IntoValue};
    pub use crate::code::Code;
    pub use crate::fault::{Fault, Result};
    pub use crate::value::{Heap, Value};
    pub use crate::vm::native::{Arity, Capability, CapabilitySet, Ctx, NativeEntry, NativeFunction};
    pub use crate::vm::services::{Clock, InputSource, OutputSink, RandomSource};
}

/// The host program of the first page is a test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}

/// So is that of this crate's own page.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod crate_readme {}

/// The programs of the guide are tests; some use all features.
#[cfg(all(doctest, feature = "derive", feature = "serde"))]
#[doc = include_str!("../../docs/embedding.md")]
mod guide {}

//! Ruff's native tier: hot functions and loops become machine code, by Cranelift.
//!
//! A host plugs it in by value: `Engine::builder().jit(Cranelift::new()?)`. In reading order: [`backend`] is what the engine sees;
//! [`program`] keeps the code of one program and decides what is compiled when; [`hir`] is the form between bytecode and machine
//! code, with its builder; [`pass`] makes it better; [`clif`] makes machine code of it; [`code`] owns the memory of that. [`mod@report`] tells what has been
//! compiled, how often it was left, and why.
//!
//! The crate sees the engine only through [`ruff_core::jit`], and Cranelift only in [`clif`].

#[forbid(unsafe_code)]
pub mod backend;
pub mod clif;
pub mod code;
pub mod eval;
#[forbid(unsafe_code)]
pub mod hir;
#[forbid(unsafe_code)]
pub mod limits;
pub mod pass;
#[forbid(unsafe_code)]
pub mod program;
#[forbid(unsafe_code)]
pub mod report;
#[forbid(unsafe_code)]
pub mod statistics;

/// The program of the crate's own page is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

pub use backend::{Cranelift, Options};
pub use clif::{CodeRange, CompileError, CompiledUnit, Compiler, Features};
pub use code::{CodeError, CodeMemory};
pub use report::{Report, library_report, report};
pub use statistics::Statistics;

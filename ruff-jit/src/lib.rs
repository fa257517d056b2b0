//! The foundation of Ruff's native tier: code memory, and functions compiled by Cranelift into it.
//!
//! [`code`] owns executable memory; [`clif`] turns a function in Cranelift's IR into a unit of running code. What stands here so
//! far compiles IR that is built by hand: the tier that makes IR from bytecode and feedback is not part of the crate yet, so
//! adding it to a host changes nothing. All scripts run in the interpreter of `ruff-core`.
//!
//! The crate sees the engine only through [`ruff_core::jit`], and Cranelift only in [`clif`].

pub mod clif;
pub mod code;
pub mod eval;
pub mod hir;
pub mod pass;

pub use clif::{CompileError, CompiledUnit, Compiler};
pub use code::{CodeError, CodeMemory};

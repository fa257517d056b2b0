//! Syntax tree to bytecode.

pub mod liveness;

//! The Ruff scripting language: frontend, bytecode, interpreter and embedding API.

pub mod api;
pub mod bytecode;
pub mod code;
pub mod compile;
pub mod fault;
pub mod stdlib;
pub mod syntax;
pub mod value;
pub mod vm;

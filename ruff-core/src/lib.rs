//! The Ruff scripting language: frontend, bytecode, interpreter and embedding API.

pub mod code;
pub mod syntax;

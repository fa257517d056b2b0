//! What embedders see.

pub mod convert;
pub mod data;
pub mod error;
pub mod function;
pub mod limits;
pub mod loader;

//! What embedders see.

pub mod convert;
pub mod copy_out;
pub mod ctx;
pub mod data;
pub mod engine;
pub mod error;
pub mod function;
pub mod host_object;
pub mod host_type;
mod lend;
pub mod loader;
pub mod module;
pub mod program;
pub mod root;
#[cfg(feature = "serde")]
pub mod serde;
mod services;
pub mod vm;

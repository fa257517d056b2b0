//! What the fuzz targets do with an input, and inputs from seeds for `cargo test`.
//!
//! Each target takes any bytes, and panics where something is wrong. The targets of `fuzz/` hand the bytes of libFuzzer on; the tests of
//! `tests/fuzz.rs` make bytes from seeds.

pub mod api;
pub mod bytes;
mod choices;
pub mod input;

pub use choices::Choices;

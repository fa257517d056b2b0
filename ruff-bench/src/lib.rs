//! What Ruff costs: the bench programs, the comparison with other languages, and the measurements they share.
//!
//! `compare` (src/bin) runs the programs of `programs/` in each language that the machine has; `native` holds their Rust
//! versions; the criterion groups of `benches/` measure the parts of the engine through its public door.

pub mod baseline;
pub mod build;
pub mod chart;
pub mod cpu;
pub mod document;
pub mod machine;
pub mod measure;
pub mod programs;
pub mod report;
pub mod runner;
pub mod statistics;
pub mod table;

//! What Ruff costs: the bench programs, the comparison with other languages, and the measurements they share.

pub mod cpu;

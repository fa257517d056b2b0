//! Every limit of the native tier. What exceeds one is interpreted: no limit here changes what a script does.
//!
//! `docs/limits.md` lists them for users, with unit and test; `ruff-testkit/tests/documents.rs` compares that page with this file.

/// Words of bytecode of a function that is compiled. Larger functions are refused, with their size as the reason.
pub const CODE_WORDS_MAX: usize = 8_000;
/// HIR values of a unit, and slots that its exits store: what inlining has made of a function.
pub const VALUES_MAX: usize = 60_000;
/// IR instructions of a unit: compile time grows faster than size beyond a quarter of this.
pub const INSTRUCTIONS_MAX: usize = 20_000;
/// Bytes of machine code of all programs together, by default.
pub const CODE_BYTES_MAX: usize = 64 << 20;
/// Bytes of machine code, whatever the host allows: relative branches reach ±128 MiB on all machines that Cranelift knows.
pub const REGION_BYTES_MAX: usize = 120 << 20;

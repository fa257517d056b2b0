//! Source text to syntax tree. Knows nothing of the other parts of the engine.

pub mod ast;
pub mod diagnostic;
pub mod source;

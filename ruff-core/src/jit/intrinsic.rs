//! Builtin functions that native code may do itself.

/// A builtin function whose meaning native code knows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Intrinsic {
    Len,
    Push,
    Sqrt,
    Floor,
    Ceil,
    Abs,
    Min,
    Max,
    ToInt,
    ToFloat,
}

//! Builtin functions that native code may do itself.

use crate::bytecode::ProgramData;
use crate::vm::{Library, MethodAction, ReceiverKind};
use std::sync::Arc;

/// A builtin function whose meaning native code knows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Intrinsic {
    /// `len(v)`.
    Len,
    /// `push(xs, v)`, which gives the array, and `xs.push(v)`, which changes it in place.
    Push,
    /// `xs.pop()`, which changes the array in place.
    Pop,
    /// `Ok(v)`, and the other variants of results and options with a value.
    Ok,
    Err,
    Some,
    /// `is_ok(r)`, and the other tests for a variant.
    IsOk,
    IsErr,
    IsSome,
    IsNone,
    /// `has_key(d, k)`.
    HasKey,
    /// `get(d, k)` and `get(d, k, default)`.
    Get,
    Sqrt,
    Floor,
    Ceil,
    /// With one argument: halves away from zero.
    Round,
    Abs,
    /// Of numbers.
    Min,
    /// Of numbers.
    Max,
    ToInt,
    ToFloat,
    /// Gives a string, whatever it gets.
    ToString,
    /// `g.next()` of a generator.
    Next,
}

/// The builtins that a program names, as its machines have them.
#[derive(Clone, Debug)]
pub struct Builtins {
    natives: Vec<Option<Intrinsic>>,
    library: Arc<Library>,
}

impl Builtins {
    pub(crate) fn new(program: &ProgramData, library: &Arc<Library>) -> Builtins {
        let intrinsic = |name: &Arc<str>| library.native(library.find(name)?)?.intrinsic;
        Builtins { natives: program.natives.iter().map(intrinsic).collect(), library: library.clone() }
    }

    /// What a builtin function of the program is to native code, by its number.
    pub fn function(&self, native: u32) -> Option<Intrinsic> {
        self.natives.get(native as usize).copied().flatten()
    }

    /// What the method of that name is on values of a kind, and whether it changes its receiver.
    pub fn method(&self, kind: ReceiverKind, name: &str) -> Option<(Intrinsic, bool)> {
        let entry = self.library.method_at(self.library.find_method(kind, name)?)?;
        match &entry.action {
            MethodAction::Native(id) => Some((self.library.native(*id)?.intrinsic?, false)),
            MethodAction::GeneratorNext => Some((Intrinsic::Next, false)),
            MethodAction::Mutating(..) => Some((entry.intrinsic?, true)),
            _ => None,
        }
    }
}

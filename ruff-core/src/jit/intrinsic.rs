//! Builtin functions that native code may do itself.

use crate::bytecode::{FuncId, ProgramData};
use crate::value::NativeId;
use crate::value::ops::Search;
use crate::vm::{Library, MethodAction, MethodEntry, NativeEntry, ReceiverKind};
use std::sync::Arc;

/// A builtin function whose meaning native code knows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Intrinsic {
    /// `len(v)`.
    Len,
    /// `is_empty(v)`.
    IsEmpty,
    /// `push(xs, v)`, which gives the array, and `xs.push(v)`, which changes it in place.
    Push,
    /// `xs.pop()`, which changes the array in place.
    Pop,
    /// `s.add(v)`, which changes the set in place.
    Add,
    /// `Ok(v)`, and the other variants of results and options with a value.
    Ok,
    Err,
    Some,
    /// `is_ok(r)`, and the other tests for a variant.
    IsOk,
    IsErr,
    IsSome,
    IsNone,
    /// `unwrap(r)`.
    Unwrap,
    /// `has_key(d, k)`.
    HasKey,
    /// `set_has(s, v)`, and `s.has(v)`.
    HasElement,
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
    /// `type(v)`.
    Type,
    /// `is_string(v)`, and the other tests for a kind that is named by a tag; that of ints stands for ints of any size.
    IsKind(u8),
    /// A question about a text and a part of it.
    Search(Search),
    /// `g.next()` of a generator.
    Next,
}

/// A builtin that native code calls without a lookup: its [`NativeEntry`] in the library, or its [`MethodEntry`] if it changes its
/// receiver. It lives as long as the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FreeBuiltin {
    /// The address of the entry.
    pub address: usize,
}

/// The builtins that a program names, as its machines have them.
#[derive(Clone, Debug)]
pub struct Builtins {
    natives: Vec<Option<NativeId>>,
    /// The functions of the prelude that the program was compiled with.
    prelude: Vec<(Arc<str>, FuncId)>,
    /// Those among the builtins that it names, by their numbers.
    prelude_functions: Vec<Option<FuncId>>,
    library: Arc<Library>,
}

impl Builtins {
    pub(crate) fn new(program: &ProgramData, library: &Arc<Library>) -> Builtins {
        let natives: Vec<Option<NativeId>> = program.natives.iter().map(|name| library.find(name)).collect();
        let own = program.natives.iter().zip(&natives);
        let prelude_functions =
            own.map(|(name, native)| program.prelude_function(name).filter(|_| native.is_none())).collect();
        Builtins { natives, prelude: program.prelude.clone(), prelude_functions, library: library.clone() }
    }

    fn native(&self, native: u32) -> Option<&NativeEntry> {
        self.library.native((*self.natives.get(native as usize)?)?)
    }

    /// What a builtin function of the program is to native code, by its number.
    pub fn function(&self, native: u32) -> Option<Intrinsic> {
        self.native(native)?.intrinsic
    }

    /// A builtin function of the program, by its number, if every script may call it with `count` arguments.
    pub fn free_function(&self, native: u32, count: u32) -> Option<FreeBuiltin> {
        free(self.native(native)?, count)
    }

    /// The function of the program that a builtin is, by its number, if it is written in Ruff.
    pub fn prelude_function(&self, native: u32) -> Option<FuncId> {
        *self.prelude_functions.get(native as usize)?
    }

    /// The same for a method of values of a kind that does not change its receiver.
    pub fn prelude_method(&self, kind: ReceiverKind, name: &str) -> Option<FuncId> {
        match &self.method_entry(kind, name)?.action {
            MethodAction::Prelude(function) => {
                self.prelude.iter().find(|(known, _)| known == function).map(|(_, id)| *id)
            }
            _ => None,
        }
    }

    /// What the method of that name is on values of a kind, and whether it changes its receiver.
    pub fn method(&self, kind: ReceiverKind, name: &str) -> Option<(Intrinsic, bool)> {
        let entry = self.method_entry(kind, name)?;
        match &entry.action {
            MethodAction::Native(id) => Some((self.library.native(*id)?.intrinsic?, false)),
            MethodAction::GeneratorNext => Some((Intrinsic::Next, false)),
            MethodAction::Mutating(..) => Some((entry.intrinsic?, true)),
            _ => None,
        }
    }

    /// The method of that name on values of a kind that have no members of their own, if it does not change its receiver and every
    /// script may call it with the receiver and the arguments, `count` in all.
    pub fn free_method(&self, kind: ReceiverKind, name: &str, count: u32) -> Option<FreeBuiltin> {
        match &self.method_entry(kind, name)?.action {
            MethodAction::Native(id) if !kind.has_members() => free(self.library.native(*id)?, count),
            _ => None,
        }
    }

    /// The method of that name on values of a kind that have no members of their own, if it changes its receiver, is no
    /// function of the prelude and takes `count` arguments.
    pub fn changing_method(&self, kind: ReceiverKind, name: &str, count: u32) -> Option<FreeBuiltin> {
        let entry = self.method_entry(kind, name)?;
        let is_fit = matches!(&entry.action, MethodAction::Mutating(arity, _) if arity.accepts(count as usize));
        (is_fit && !kind.has_members()).then(|| FreeBuiltin { address: std::ptr::from_ref(entry).expose_provenance() })
    }

    fn method_entry(&self, kind: ReceiverKind, name: &str) -> Option<&MethodEntry> {
        self.library.method_at(self.library.find_method(kind, name)?)
    }
}

fn free(entry: &NativeEntry, count: u32) -> Option<FreeBuiltin> {
    let accepts = entry.is_free() && entry.arity.accepts(count as usize);
    accepts.then(|| FreeBuiltin { address: std::ptr::from_ref(entry).expose_provenance() })
}

//! What `ruff check` reports beyond the compile errors: kinds that annotations exclude, comparisons that have only one outcome,
//! changes of immutable bindings by methods, and the warnings.
//!
//! One walk over the tree of a module. It asks the resolver what each name refers to, and gives each expression the kinds that
//! its value can have, as far as they are certain: from a literal, an annotation, a declared result or the signature of a
//! builtin. What is not certain accepts everything and is accepted everywhere. Undefined names, duplicate declarations and
//! assignments to immutable bindings are reported by the resolver itself.
//!
//! `ruff check` calls `==` between different known kinds an error (RUF0214). The warning RUF0302 is for comparisons that are
//! false for another reason: two literals, or a name with itself.

mod compare;
mod declared;
mod effect;
mod expr;
mod kind;
mod lint;
mod lost;
mod mismatch;
mod mutation;
mod postfix;
mod stmt;

use super::BuiltinScope;
use super::resolve::{Resolution, Use, VarId};
use crate::bytecode::GlobalId;
use crate::code::Code;
use crate::syntax::ast::{Module as Tree, Type};
use crate::syntax::diagnostic::{Diagnostic, Diagnostics};
use crate::syntax::source::{Source, Span};
use declared::Declared;
use kind::Known;
use lost::Copies;
use std::collections::HashMap;

/// A module to check.
#[derive(Clone, Copy)]
pub struct CheckInput<'a> {
    pub tree: &'a Tree,
    pub names: &'a Resolution,
    pub builtins: &'a dyn BuiltinScope,
    pub source: &'a Source,
}

/// Checks a module whose names are resolved.
pub fn check_module(input: CheckInput<'_>, diagnostics: &mut Diagnostics) {
    let CheckInput { tree, names, builtins, source } = input;
    let mut checker = Checker {
        names,
        builtins,
        source,
        declared: Declared::of(tree, names),
        variables: HashMap::new(),
        bodies: Vec::new(),
        guarded: 0,
        copies: Copies::default(),
        diagnostics,
    };
    checker.met_statements(&tree.body, false);
    checker.warn_of_lost_changes();
}

/// A variable of the module, the same from all functions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Key {
    Global(GlobalId),
    Local(VarId),
}

/// What a variable is known to hold.
#[derive(Default)]
struct Holding<'a> {
    known: Known,
    /// What assignments must fit.
    annotation: Option<&'a Type>,
}

/// Code that `return` leaves: a function, or the block of a task.
struct Body<'a> {
    /// What returned values must fit.
    result: Option<&'a Type>,
    is_function: bool,
}

struct Checker<'a, 'd> {
    names: &'a Resolution,
    builtins: &'a dyn BuiltinScope,
    source: &'a Source,
    declared: Declared<'a>,
    variables: HashMap<Key, Holding<'a>>,
    bodies: Vec<Body<'a>>,
    /// How many `try` blocks whose errors are caught are around, within the function.
    guarded: u32,
    /// Parameters and loop variables.
    copies: Copies,
    diagnostics: &'d mut Diagnostics,
}

impl Checker<'_, '_> {
    fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(code, span, message));
    }

    fn warning(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::warning(code, span, message));
    }

    /// The variable that the name at `span` refers to.
    fn key(&self, span: Span) -> Option<Key> {
        key_of(self.names, span)
    }
}

fn key_of(names: &Resolution, span: Span) -> Option<Key> {
    match names.name_at(span) {
        Use::Variable(id) | Use::Declare(id) => Some(key_of_variable(names, id)),
        _ => None,
    }
}

fn key_of_variable(names: &Resolution, id: VarId) -> Key {
    names.variable(id).and_then(|v| v.global).map_or(Key::Local(id), Key::Global)
}

#[cfg(test)]
mod tests;

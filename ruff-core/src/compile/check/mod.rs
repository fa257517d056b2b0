//! What only `ruff check` reports: values whose kind an annotation excludes, comparisons that cannot be true, and code that is
//! hardly meant (section 18 of the language reference).
//!
//! Only what is certain from the tree is reported. Names are known from [`super::resolve`], which reports undefined names,
//! duplicates and changes of immutable bindings itself.

mod types;
mod walk;

use super::resolve::{Resolution, Use, VarId};
use crate::bytecode::GlobalId;
use crate::code::Code;
use crate::syntax::ast::*;
use crate::syntax::diagnostic::{Diagnostic, Diagnostics};
use crate::syntax::source::{Source, Span};
use std::collections::HashMap;

use types::{Kind, Kinds};

/// Checks a module whose names are resolved.
pub fn check_module(tree: &Module, names: &Resolution, source: &Source, diagnostics: &mut Diagnostics) {
    let mut checker = Checker {
        names,
        source,
        diagnostics,
        functions: HashMap::new(),
        structs: HashMap::new(),
        kinds: HashMap::new(),
        results: Vec::new(),
    };
    checker.statements(&tree.body, false);
    checker.unused_variables();
}

/// What identifies a variable: the declarations of a top-level name share its global.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Global(GlobalId),
    Local(VarId),
}

struct Checker<'a> {
    names: &'a Resolution,
    source: &'a Source,
    diagnostics: &'a mut Diagnostics,
    /// Functions by the variables that always hold them.
    functions: HashMap<Key, &'a Function>,
    structs: HashMap<Key, &'a StructDecl>,
    /// What the variables hold, where it is known.
    kinds: HashMap<Key, Kinds>,
    /// The result annotations of the functions around, innermost last.
    results: Vec<Option<&'a Type>>,
}

impl Checker<'_> {
    fn key_at(&self, span: Span) -> Option<Key> {
        match self.names.name_at(span) {
            Use::Variable(id) | Use::Declare(id) => {
                let variable = self.names.variable(id)?;
                Some(variable.global.map_or(Key::Local(id), Key::Global))
            }
            _ => None,
        }
    }

    /// A name that is declared once and never assigned.
    fn constant_key(&self, ident: &Ident) -> Option<Key> {
        let key = self.key_at(ident.span)?;
        match key {
            Key::Global(id) if self.names.assigned.contains(&id) => None,
            _ => Some(key),
        }
    }

    fn report_mismatch(&mut self, ty: &Type, found: Kind, span: Span) {
        let message = format!("Type mismatch: expected {}, found {}", self.source.slice(ty.span), found.0);
        self.diagnostics.push(Diagnostic::error(Code::TYPE_MISMATCH, span, message));
    }

    /// Reports a value whose kind the annotation excludes.
    fn check_value(&mut self, ty: Option<&Type>, value: &Expr) {
        let Some(ty) = ty else { return };
        if let Some(found) = self.kind_of(value)
            && !self.kinds_of(ty).accepts(found)
        {
            self.report_mismatch(ty, found, value.span);
        }
    }

    fn warn(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::warning(code, span, message));
    }

    fn unused_variables(&mut self) {
        let names = self.names;
        let is_unused = |v: &&super::resolve::Variable| v.is_let && v.reads == 0 && v.function > 0;
        for variable in names.variables.iter().filter(is_unused).filter(|v| !v.name.starts_with('_')) {
            self.warn(Code::UNUSED_VARIABLE, variable.span, format!("Unused variable: {}", variable.name));
        }
    }
}

//! Functions that assign a variable of the file which is declared only further down. By section 4.2 of the language reference that
//! changes the variable of the file, but often a local one was meant.
//!
//! It was, if a local variable would do: were the name not declared at top level, every function that mentions it would assign a
//! local one of its own first and read it afterwards. A function that only reads the name, or only assigns it, means that of the
//! file; then there is no warning at all.

use super::Resolver;
use crate::code::Code;
use crate::syntax::ast::{Expr, ExprKind, Ident, Name, SuffixKind};
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::source::Span;
use std::collections::{HashMap, HashSet};

/// What functions do with names that the file declares further down.
#[derive(Default)]
pub(super) struct Early {
    locals: Vec<Local>,
    /// Those of each name that would be visible, as indexes.
    visible: HashMap<Name, Vec<usize>>,
    /// Names that are used where no such local would be visible.
    shared: HashSet<Name>,
    /// The place of the variable whose method a statement calls: `x.push(1)` reads it only to change it.
    receiver: Option<u32>,
}

/// A local variable that there would be.
struct Local {
    name: Name,
    /// The assignment that would declare it.
    span: Span,
    is_read: bool,
}

impl Early {
    /// A scope is left that would have declared these names.
    pub fn leave(&mut self, names: &[Name]) {
        for name in names {
            if let Some(visible) = self.visible.get_mut(name) {
                visible.pop();
            }
        }
    }

    /// A statement that is an expression, before it is looked at.
    pub fn note_receiver(&mut self, statement: &Expr) {
        let ExprKind::Postfix { base, suffixes } = &statement.kind else { return };
        if let [.., method, call] = suffixes.as_slice()
            && let (SuffixKind::Field(_), SuffixKind::Call(_)) = (&method.kind, &call.kind)
        {
            self.receiver = Some(base.span.start);
        }
    }

    pub fn is_receiver(&self, name: Span) -> bool {
        self.receiver == Some(name.start)
    }

    fn local(&mut self, name: &Name) -> Option<&mut Local> {
        let index = *self.visible.get(name)?.last()?;
        self.locals.get_mut(index)
    }
}

impl Resolver<'_, '_> {
    /// A bare assignment, before its name is looked up.
    pub(super) fn note_early_assignment(&mut self, ident: &Ident) {
        let name = &ident.name;
        if self.is_early(name)
            && self.early.local(name).is_none()
            && let Some(scope) = self.scopes.last_mut()
        {
            scope.early.push(name.clone());
            self.early.visible.entry(name.clone()).or_default().push(self.early.locals.len());
            self.early.locals.push(Local { name: name.clone(), span: ident.span, is_read: false });
        }
    }

    /// Another use of a name: `is_read` unless its value is only changed.
    pub(super) fn note_early_use(&mut self, name: &Name, is_read: bool) {
        if !self.is_early(name) {
            return;
        }
        match self.early.local(name) {
            Some(local) => local.is_read |= is_read,
            None => drop(self.early.shared.insert(name.clone())),
        }
    }

    /// An assignment to what the file declares further down as immutable fails: notes how a local variable is declared.
    pub(super) fn note_early_failure(&mut self, ident: &Ident) {
        if self.is_further_down(&ident.name) {
            self.out.help.insert(ident.span.start, local_help(&ident.name).into());
        }
    }

    /// Does a function mention a name that only the rest of the file declares, and is it asked?
    fn is_early(&self, name: &Name) -> bool {
        self.input.check && self.is_further_down(name)
    }

    fn is_further_down(&self, name: &Name) -> bool {
        self.in_function()
            && self.bindings.get(name).is_none_or(|declared| declared.is_empty())
            && self.top_level.contains_key(name)
    }

    /// Warns where a local variable would do. Assignments to what is immutable are errors already.
    pub(super) fn warn_of_early_assignments(&mut self) {
        let Early { locals, mut shared, .. } = std::mem::take(&mut self.early);
        shared.extend(locals.iter().filter(|local| !local.is_read).map(|local| local.name.clone()));
        for Local { name, span, .. } in locals.into_iter().filter(|local| !shared.contains(&local.name)) {
            let variable = self.top_level.get(&name).and_then(|id| self.out.variable(*id));
            if variable.is_some_and(|v| v.immutable.is_none()) {
                let message = format!("Assignment to a variable that the file declares further down: {name}");
                let warning = Diagnostic::warning(Code::ASSIGNED_EARLY, span, message);
                self.diagnostics.push(warning.with_help(local_help(&name)));
            }
        }
    }
}

fn local_help(name: &str) -> String {
    format!("it means the variable of the file; a local one is declared with `mut {name} := …`")
}

//! Scopes: declaring names and finding them.

use super::{FunctionNames, FunctionScope, Resolver, Scope, Use, VarId, Variable};
use crate::bytecode::function::Immutable;
use crate::code::Code;
use crate::compile::kinds;
use crate::help;
use crate::syntax::ast::{Expr, Ident, Name};
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::source::Span;
use std::collections::HashSet;
use std::rc::Rc;

/// What a name that is not a variable of the file refers to, or the variable.
pub(super) enum Found {
    Variable(VarId),
    Other(Use),
}

impl Resolver<'_, '_> {
    // ---- scopes and functions

    pub(super) fn enter(&mut self) {
        self.scopes.push(Scope { declared: Vec::new(), has_hoisted: false, is_file: false, early: Vec::new() });
    }

    pub(super) fn enter_file(&mut self) {
        self.scopes.push(Scope { declared: Vec::new(), has_hoisted: false, is_file: true, early: Vec::new() });
    }

    /// Leaves the innermost scope; `key` is the offset by which lowering asks for early cells.
    pub(super) fn leave(&mut self, key: u32) {
        let Some(scope) = self.scopes.pop() else { return };
        self.early.leave(&scope.early);
        let mut early = Vec::new();
        for (name, id) in scope.declared.into_iter().rev() {
            if let Some(stack) = self.bindings.get_mut(&name) {
                stack.pop();
            }
            if self.out.variable(id).is_some_and(|v| v.early && v.captured) {
                early.push(id);
            }
        }
        if !early.is_empty() {
            early.reverse();
            self.out.early.insert(key, Rc::new(early));
        }
    }

    pub(super) fn enter_function(&mut self, is_generator: bool, own_fields: Option<Rc<HashSet<Name>>>) {
        self.field_functions += own_fields.is_some() as u32;
        self.functions.push(FunctionScope {
            captures: Vec::new(),
            capture_set: HashSet::new(),
            own_fields,
            fields: Vec::new(),
            base: self.scopes.len(),
            is_generator,
            loops: 0,
        });
    }

    pub(super) fn leave_function(&mut self) -> FunctionNames {
        let Some(function) = self.functions.pop() else { return FunctionNames::default() };
        self.field_functions -= function.own_fields.is_some() as u32;
        FunctionNames { captures: function.captures, fields: function.fields }
    }

    pub(super) fn in_function(&self) -> bool {
        self.functions.len() > 1
    }

    fn depth(&self) -> u32 {
        self.functions.len() as u32 - 1
    }

    fn at_file_level(&self) -> bool {
        self.scopes.last().is_some_and(|s| s.is_file)
    }

    // ---- declaring

    pub(super) fn new_variable(&mut self, name: &Name, span: Span, immutable: Option<Immutable>) -> VarId {
        let function = self.depth();
        let variable = Variable {
            name: name.clone(),
            global: None,
            function,
            captured: false,
            early: false,
            immutable,
            is_field: false,
            is_in_out: false,
            span,
            reads: 0,
            maybe_text: true,
            is_let: false,
            is_namespace: false,
        };
        self.out.variables.push(variable);
        VarId(self.out.variables.len() as u32 - 1)
    }

    /// Makes the variable visible in the innermost scope.
    pub(super) fn bind(&mut self, name: &Name, id: VarId) {
        self.bindings.entry(name.clone()).or_default().push(id);
        if let Some(scope) = self.scopes.last_mut() {
            scope.declared.push((name.clone(), id));
        }
    }

    pub(super) fn record(&mut self, span: Span, what: Use) {
        self.out.uses.insert(span.start, what);
    }

    /// The variable of that name that the innermost scope itself declares.
    pub(super) fn in_this_scope(&self, name: &Name) -> Option<VarId> {
        let id = *self.bindings.get(name)?.last()?;
        let variable = self.out.variable(id)?;
        let scope = self.scopes.last()?;
        if scope.is_file {
            return variable.global.is_some().then_some(id);
        }
        scope.declared.iter().rev().any(|(_, d)| *d == id).then_some(id)
    }

    /// A new variable of the innermost scope, whatever the scope has.
    pub(super) fn declare_new(&mut self, name: &Name, span: Span, immutable: Option<Immutable>) -> VarId {
        let id = self.new_variable(name, span, immutable);
        let early = self.scopes.last().is_some_and(|s| s.has_hoisted);
        let global = if self.at_file_level() { Some((self.input.global)(name)) } else { None };
        if let Some(variable) = self.out.variables.get_mut(id.0 as usize) {
            variable.early = early;
            variable.global = global;
        }
        self.bind(name, id);
        id
    }

    /// The variable that the occurrence at `span` declares or assigns gets the value of an expression.
    pub(super) fn note_value(&mut self, ident: &Ident, value: &Expr) {
        let keeps = kinds::keeps_numbers(&ident.name, value);
        let what = self.out.name_at(ident.span);
        let (Use::Declare(id) | Use::Variable(id)) = what else { return };
        let Some(variable) = self.out.variables.get_mut(id.0 as usize) else { return };
        match variable.global {
            Some(global) if !keeps => drop(self.out.maybe_text.insert(global)),
            None if matches!(what, Use::Declare(_)) => variable.maybe_text = !keeps,
            None => variable.maybe_text |= !keeps,
            Some(_) => {}
        }
    }

    /// A field, or an entry of a dict, gets the value of an expression.
    pub(super) fn note_member(&mut self, name: &Name, value: &Expr) {
        if kinds::is_written_text(value) {
            self.out.text_members.insert(name.clone());
        }
    }

    /// The variable that the occurrence declares or assigns may get any value.
    pub(super) fn note_any_value(&mut self, ident: &Ident) {
        let (Use::Declare(id) | Use::Variable(id)) = self.out.name_at(ident.span) else { return };
        let Some(variable) = self.out.variables.get_mut(id.0 as usize) else { return };
        variable.maybe_text = true;
        self.out.maybe_text.extend(variable.global);
    }

    /// `let`, `mut`, `const`: a name that the scope already has is an error when the statement runs.
    pub(super) fn declare_once(&mut self, ident: &Ident, immutable: Option<Immutable>) {
        if self.in_this_scope(&ident.name).is_some() {
            let message = format!("Duplicate declaration in the same scope: {}", ident.name);
            self.check_error(Code::DUPLICATE_NAME, ident.span, message);
            return self.record(ident.span, Use::Duplicate);
        }
        let id = self.declare_new(&ident.name, ident.span, immutable);
        if let Some(variable) = self.out.variables.get_mut(id.0 as usize) {
            variable.is_let = immutable == Some(Immutable::Let);
        }
        self.note_assigned(id);
        self.record(ident.span, Use::Declare(id));
    }

    /// Imports and hoisted declarations: the last one counts.
    pub(super) fn declare_again(&mut self, ident: &Ident, immutable: Option<Immutable>) {
        let id = match self.in_this_scope(&ident.name) {
            Some(id) if self.out.variable(id).is_some_and(|v| v.immutable == immutable) => id,
            _ => self.declare_new(&ident.name, ident.span, immutable),
        };
        self.record(ident.span, Use::Declare(id));
    }

    /// A bare assignment: to what the name refers to, else a declaration.
    pub(super) fn assign_name(&mut self, ident: &Ident) {
        self.note_early_assignment(ident);
        match self.find(&ident.name) {
            Found::Variable(id) => {
                self.use_variable(id);
                if self.out.variable(id).is_some_and(|v| v.immutable.is_some()) {
                    self.note_early_failure(ident);
                }
                self.check_immutable(id, ident.span, "reassign");
                self.note_assigned(id);
                self.record(ident.span, Use::Variable(id));
            }
            Found::Other(outside @ Use::Outside(..)) => self.record(ident.span, outside),
            Found::Other(_) => {
                let id = self.declare_new(&ident.name, ident.span, None);
                self.note_assigned(id);
                self.record(ident.span, Use::Declare(id));
            }
        }
    }

    /// The variable may change otherwise than by a hoisted declaration.
    pub(super) fn note_assigned(&mut self, id: VarId) {
        if let Some(global) = self.out.variable(id).and_then(|v| v.global) {
            self.out.assigned.insert(global);
        }
    }

    pub(super) fn check_immutable(&mut self, id: VarId, span: Span, verb: &str) {
        let Some(variable) = self.out.variable(id) else { return };
        let Some(immutable) = variable.immutable else { return };
        if self.input.check {
            let error = Diagnostic::error(Code::IMMUTABLE, span, immutable_message(verb, immutable, &variable.name));
            let noted = self.out.help_at(span).map(|help| help.to_string());
            let help = noted.or_else(|| help::immutable(&variable.name).map(str::to_owned));
            self.diagnostics.push(Diagnostic { help, ..error });
        }
    }

    // ---- finding

    /// What a name refers to here.
    pub(super) fn find(&mut self, name: &Name) -> Found {
        let local = self.bindings.get(name).and_then(|s| s.last()).copied();
        if self.field_functions > 0
            && let Some(field) = self.find_field(name, local)
        {
            return Found::Variable(field);
        }
        let top_level = || self.top_level.get(name).copied().filter(|_| self.in_function());
        match local.or_else(top_level) {
            Some(id) => Found::Variable(id),
            None => Found::Other(self.find_outside(name)),
        }
    }

    /// Names that the file does not declare.
    fn find_outside(&mut self, name: &Name) -> Use {
        if let Some(global) = self.input.names.imported(name) {
            return Use::External(global);
        }
        if let Some(immutable) = self.input.builtins.variable(name) {
            return Use::Outside((self.input.global)(name), immutable);
        }
        match self.input.builtins.contains(name) {
            true => Use::Builtin,
            false if self.input.session && &**name != "self" => Use::Session((self.input.global)(name)),
            false => Use::Undefined,
        }
    }

    /// A field of an enclosing method without `self` that is nearer than `local`.
    fn find_field(&mut self, name: &Name, local: Option<VarId>) -> Option<VarId> {
        let nearest =
            local.and_then(|id| self.out.variable(id)).filter(|v| v.global.is_none()).map_or(0, |v| v.function);
        let has = |f: &FunctionScope| f.own_fields.as_ref().is_some_and(|fields| fields.contains(name));
        let depth =
            (nearest as usize + 1..self.functions.len()).rev().find(|d| self.functions.get(*d).is_some_and(has))?;
        let id = self.new_variable(name, Span::default(), None);
        let variable = self.out.variables.get_mut(id.0 as usize)?;
        variable.is_field = true;
        variable.function = depth as u32;
        self.bindings.entry(name.clone()).or_default().push(id);
        let function = self.functions.get_mut(depth)?;
        function.fields.push(id);
        let base = function.base;
        self.scopes.get_mut(base)?.declared.push((name.clone(), id));
        Some(id)
    }

    /// Notes that the current function refers to the variable: functions between it and the variable's own capture it.
    pub(super) fn use_variable(&mut self, id: VarId) {
        let depth = self.depth();
        let Some(variable) = self.out.variables.get_mut(id.0 as usize) else { return };
        if variable.global.is_some() || variable.function >= depth {
            return;
        }
        variable.captured = true;
        let owner = variable.function as usize;
        for function in self.functions.iter_mut().skip(owner + 1) {
            if function.capture_set.insert(id) {
                function.captures.push(id);
            }
        }
    }

    /// Records what a name that is read refers to.
    pub(super) fn read_name(&mut self, name: &Name, span: Span) {
        self.note_early_use(name, !self.early.is_receiver(span));
        self.refer(name, span);
    }

    /// Records what a name refers to, whose variable is read if only to change it.
    pub(super) fn refer(&mut self, name: &Name, span: Span) {
        let found = match self.find(name) {
            Found::Variable(id) => {
                self.use_variable(id);
                if let Some(variable) = self.out.variables.get_mut(id.0 as usize) {
                    variable.reads += 1;
                }
                Use::Variable(id)
            }
            Found::Other(other) => other,
        };
        if found == Use::Undefined {
            self.undefined(name, span);
        }
        self.record(span, found);
    }
}

impl Resolver<'_, '_> {
    /// A name that refers to nothing: an error for `ruff check`, and when it is read.
    #[cold]
    fn undefined(&mut self, name: &Name, span: Span) {
        let help = self.help_for(name, span);
        if self.input.check {
            let message = format!("Undefined variable: {name}");
            let error = Diagnostic::error(Code::UNDEFINED_NAME, span, message);
            self.diagnostics.push(Diagnostic { help: help.clone(), ..error });
        }
        self.out.help.extend(help.map(|help| (span.start, help.into())));
    }
}

/// `Cannot reassign immutable let binding: x` and its like.
pub fn immutable_message(verb: &str, immutable: Immutable, name: &str) -> String {
    let binding = match immutable {
        Immutable::Let => "immutable let binding",
        Immutable::Const => "const binding",
    };
    format!("Cannot {verb} {binding}: {name}")
}

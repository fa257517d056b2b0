//! Statements and declarations.

use super::scope::Found;
use super::{Resolver, Use, Variable};
use crate::bytecode::function::Immutable;
use crate::code::Code;
use crate::syntax::ast::*;
use crate::syntax::source::Span;
use std::collections::HashSet;
use std::rc::Rc;

impl Resolver<'_, '_> {
    /// The whole file.
    pub(super) fn file(&mut self, body: &[Stmt]) {
        self.enter_file();
        self.collect_top_level(body);
        self.statements(body);
        self.test_blocks(body);
        self.leave(u32::MAX);
        self.warn_of_early_assignments();
    }

    /// The names that the file declares at top level, for the bodies of functions.
    fn collect_top_level(&mut self, body: &[Stmt]) {
        for stmt in body {
            for (ident, immutable, is_hoisted) in top_level_names(stmt) {
                if !is_hoisted
                    && let StmtKind::Assign(_) | StmtKind::Binding(Binding { mode: BindingMode::Bare, .. }) = stmt.kind
                    && let Some(existing) = self.top_level.get(&ident.name)
                    && self.out.variable(*existing).is_some()
                {
                    continue;
                }
                if self.input.builtins.variable(&ident.name).is_some() && matches!(stmt.kind, StmtKind::Assign(_)) {
                    continue;
                }
                let id = self.new_variable(&ident.name, ident.span, immutable);
                let global = (self.input.global)(&ident.name);
                if let Some(variable) = self.out.variables.get_mut(id.0 as usize) {
                    variable.global = Some(global);
                    variable.is_namespace = is_namespace(stmt);
                }
                if self.top_level.insert(ident.name.clone(), id).is_some() || !is_hoisted {
                    self.out.assigned.insert(global);
                }
            }
        }
    }

    pub(super) fn statements(&mut self, body: &[Stmt]) {
        let has_hoisted = body.iter().any(|s| hoisted_name(s).is_some());
        if has_hoisted {
            if let Some(scope) = self.scopes.last_mut() {
                scope.has_hoisted = true;
            }
            for ident in body.iter().filter_map(hoisted_name) {
                self.declare_again(ident, None);
            }
        }
        body.iter().for_each(|stmt| self.statement(stmt));
    }

    /// A block with a scope of its own.
    pub(super) fn block(&mut self, block: &Block) {
        self.enter();
        self.statements(&block.body);
        self.leave(block.span.start);
    }

    fn statement(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Binding(binding) => self.binding(binding),
            StmtKind::Func(decl) => self.function(&decl.function, None),
            StmtKind::Struct(decl) => self.struct_decl(decl),
            StmtKind::Enum(decl) => self.enum_decl(decl),
            StmtKind::Assign(assign) => self.assign(assign),
            StmtKind::While { condition, body } => self.while_loop(Some(condition), body),
            StmtKind::Loop { condition, body } => self.while_loop(condition.as_ref(), body),
            StmtKind::For(f) => self.for_loop(f),
            StmtKind::Try(t) => self.try_stmt(t),
            StmtKind::Import(import) => self.import(import),
            StmtKind::Test(_) => {}
            StmtKind::Break => self.loop_exit(stmt.span, "break"),
            StmtKind::Continue => self.loop_exit(stmt.span, "continue"),
            StmtKind::Return(value) => value.iter().for_each(|e| self.expr(e)),
            StmtKind::Expr(e) => {
                self.early.note_receiver(e);
                self.expr(e);
            }
            StmtKind::Error => {}
        }
    }

    fn binding(&mut self, binding: &Binding) {
        if let (ExprKind::Lambda(_), BindPattern::Name(ident)) = (&binding.value.kind, &binding.pattern) {
            self.bind_name(ident, binding.mode);
            return self.expr(&binding.value);
        }
        self.expr(&binding.value);
        let is_name = matches!(binding.pattern, BindPattern::Name(_));
        self.bind_pattern(&binding.pattern, &mut |this, ident| {
            this.bind_name(ident, binding.mode);
            match is_name {
                true => this.note_value(ident, &binding.value),
                false => this.note_any_value(ident),
            }
        });
    }

    fn bind_name(&mut self, ident: &Ident, mode: BindingMode) {
        match mode {
            BindingMode::Let => self.declare_once(ident, Some(Immutable::Let)),
            BindingMode::Const => self.declare_once(ident, Some(Immutable::Const)),
            BindingMode::Mut => self.declare_once(ident, None),
            BindingMode::Bare => self.assign_name(ident),
        }
    }

    fn assign(&mut self, assign: &Assign) {
        let place = &assign.place;
        if !place.path.is_empty() {
            self.place(place, "mutate");
            if let Some(PathStep::Field(name)) = place.path.last() {
                self.note_member(&name.name, &assign.value);
            }
            return self.expr(&assign.value);
        }
        if assign.op.is_some() {
            self.place(place, "reassign");
            return self.expr(&assign.value);
        }
        let is_lambda = matches!(assign.value.kind, ExprKind::Lambda(_));
        if is_lambda {
            self.assign_name(&place.root);
        }
        self.expr(&assign.value);
        if !is_lambda {
            self.assign_name(&place.root);
            self.note_value(&place.root, &assign.value);
        }
    }

    /// A place that is changed.
    pub(super) fn place(&mut self, place: &Place, verb: &str) {
        let root = &place.root;
        self.note_early_use(&root.name, false);
        self.refer(&root.name, root.span);
        if let Use::Variable(id) = self.out.name_at(root.span) {
            match module_member(self.out.variable(id), place) {
                Some(message) => self.check_error(Code::IMMUTABLE, root.span, message),
                None => self.check_immutable(id, root.span, verb),
            }
            self.note_assigned(id);
            if verb == "mutate" && place.path.is_empty() {
                self.note_any_value(root);
            }
        }
        for step in &place.path {
            if let PathStep::Index(index) = step {
                self.expr(index);
            }
        }
    }

    fn while_loop(&mut self, condition: Option<&Expr>, body: &Block) {
        if let Some(condition) = condition {
            self.expr(condition);
        }
        self.in_loop(|this| this.block(body));
    }

    fn in_loop(&mut self, inner: impl FnOnce(&mut Self)) {
        self.change_loops(1);
        inner(self);
        self.change_loops(-1);
    }

    fn change_loops(&mut self, by: i32) {
        if let Some(function) = self.functions.last_mut() {
            function.loops = function.loops.saturating_add_signed(by);
        }
    }

    /// Runs `inner` as code that is not inside the loops around it.
    pub(super) fn outside_loops(&mut self, inner: impl FnOnce(&mut Self)) {
        let loops = self.functions.last_mut().map_or(0, |f| std::mem::take(&mut f.loops));
        inner(self);
        if let Some(function) = self.functions.last_mut() {
            function.loops = loops;
        }
    }

    fn for_loop(&mut self, f: &For) {
        self.expr(&f.subject);
        self.enter();
        for pattern in std::iter::once(&f.first).chain(&f.second) {
            self.bind_pattern(pattern, &mut |this, ident| this.declare_once(ident, None));
        }
        self.in_loop(|this| this.statements(&f.body.body));
        self.leave(f.body.span.start);
    }

    fn try_stmt(&mut self, t: &Try) {
        self.block(&t.body);
        if let Some(except) = &t.except {
            self.enter();
            if let Some(name) = &except.name {
                self.declare_once(name, None);
            }
            self.statements(&except.body.body);
            self.leave(except.body.span.start);
        }
        if let Some(finally) = &t.finally {
            self.block(finally);
        }
    }

    fn import(&mut self, import: &Import) {
        match &import.names {
            ImportNames::All => {
                if let Some(last) = import.path.last() {
                    self.declare_namespace(last);
                }
            }
            ImportNames::Namespace(name) => self.declare_namespace(name),
            ImportNames::List(names) => {
                names.iter().for_each(|(_, local)| self.declare_again(local, Some(Immutable::Let)));
                names.iter().for_each(|(_, local)| self.note_any_value(local));
            }
        }
    }

    fn declare_namespace(&mut self, ident: &Ident) {
        self.declare_again(ident, Some(Immutable::Let));
        let Use::Declare(id) = self.out.name_at(ident.span) else { return };
        if let Some(variable) = self.out.variables.get_mut(id.0 as usize) {
            variable.is_namespace = true;
        }
    }

    fn loop_exit(&mut self, span: Span, word: &str) {
        if self.functions.last().is_some_and(|f| f.loops == 0) {
            self.error(Code::OUTSIDE_LOOP, span, format!("{word} can only be used inside a loop"));
        }
    }

    // ---- functions and types

    /// A function; methods without `self` have the fields of their struct as variables.
    pub(super) fn function(&mut self, function: &Function, own_fields: Option<Rc<HashSet<Name>>>) {
        if function.is_async {
            self.unsupported(Span { end: function.span.start + 5, ..function.span }, "async");
        }
        let first_in_out = function.params.iter().find(|p| p.kind == ParamKind::InOut);
        if let Some(param) = first_in_out.filter(|_| function.is_async || function.is_generator) {
            let message = "mut parameters are not allowed in async functions and generators";
            self.error(Code::MISPLACED_MUT_PARAMETER, param.name.span, message);
        }
        self.enter_function(function.is_generator, own_fields);
        self.enter();
        function.params.iter().for_each(|p| self.param(p));
        self.statements(&function.body.body);
        self.leave(function.body.span.start);
        let names = self.leave_function();
        self.out.functions.insert(function.span.start, Rc::new(names));
    }

    fn param(&mut self, param: &Param) {
        if let Some(default) = &param.default {
            self.expr(default);
        }
        let ident = &param.name;
        let is_ignored = &*ident.name == "_";
        if !is_ignored && self.in_this_scope(&ident.name).is_some() {
            let message = format!("Duplicate declaration in the same scope: {}", ident.name);
            self.error(Code::DUPLICATE_NAME, ident.span, message);
        }
        let is_in_out = param.kind == ParamKind::InOut;
        let immutable = (&*ident.name == "self" && !is_in_out).then_some(Immutable::Let);
        let id = self.declare_new(&ident.name, ident.span, immutable);
        if let Some(variable) = self.out.variables.get_mut(id.0 as usize) {
            variable.is_in_out = is_in_out;
        }
        self.record(ident.span, Use::Declare(id));
    }

    fn struct_decl(&mut self, decl: &StructDecl) {
        let mut members = HashSet::new();
        for field in &decl.fields {
            if !members.insert(field.name.name.clone()) {
                let message = format!("Duplicate field in struct {}: {}", decl.name.name, field.name.name);
                self.error(Code::DUPLICATE_MEMBER, field.name.span, message);
            }
            if let Some(default) = &field.default {
                self.note_member(&field.name.name, default);
                self.enter_function(false, None);
                self.enter();
                self.expr(default);
                self.leave(u32::MAX);
                let names = self.leave_function();
                self.out.thunks.insert(default.span.start, Rc::new(names));
            }
        }
        let fields: Rc<HashSet<Name>> = Rc::new(decl.fields.iter().map(|f| f.name.name.clone()).collect());
        for method in &decl.methods {
            if !members.insert(method.name.name.clone()) {
                let message = format!("Duplicate method in struct {}: {}", decl.name.name, method.name.name);
                self.error(Code::DUPLICATE_MEMBER, method.name.span, message);
            }
            let has_self = method.function.params.first().is_some_and(|p| &*p.name.name == "self");
            let outer = self.method.replace(method.name.name.clone());
            self.function(&method.function, (!has_self).then(|| fields.clone()));
            self.method = outer;
        }
    }

    fn enum_decl(&mut self, decl: &EnumDecl) {
        let mut variants = HashSet::new();
        for variant in &decl.variants {
            if !variants.insert(&variant.name.name) {
                let message = format!("Duplicate variant in enum {}: {}", decl.name.name, variant.name.name);
                self.error(Code::DUPLICATE_MEMBER, variant.name.span, message);
            }
        }
    }

    /// Is anything of that name declared or imported?
    pub(super) fn is_known(&mut self, name: &Name) -> bool {
        !matches!(self.find(name), Found::Other(Use::Undefined))
    }
}

/// The error of an assignment to a name that a module exports.
pub(in crate::compile) fn module_member(root: Option<&Variable>, place: &Place) -> Option<String> {
    let root = root.filter(|v| v.is_namespace)?;
    let Some(PathStep::Field(member)) = place.path.first() else { return None };
    Some(format!("Cannot assign to module member: {}.{}", root.name, member.name))
}

/// The name of a declaration that takes effect before the other statements of its block.
pub(in crate::compile) fn hoisted_name(stmt: &Stmt) -> Option<&Ident> {
    match &stmt.kind {
        StmtKind::Func(decl) => Some(&decl.name),
        StmtKind::Struct(decl) => Some(&decl.name),
        StmtKind::Enum(decl) => Some(&decl.name),
        _ => None,
    }
}

/// Does the statement bind a namespace?
fn is_namespace(stmt: &Stmt) -> bool {
    matches!(&stmt.kind, StmtKind::Import(Import { names: ImportNames::All | ImportNames::Namespace(_), .. }))
}

/// The names that a statement at top level declares, with what forbids changing them, and whether the declaration is hoisted.
pub(in crate::compile) fn top_level_names(stmt: &Stmt) -> Vec<(&Ident, Option<Immutable>, bool)> {
    let mut names = Vec::new();
    match &stmt.kind {
        StmtKind::Binding(binding) => {
            let immutable = match binding.mode {
                BindingMode::Let => Some(Immutable::Let),
                BindingMode::Const => Some(Immutable::Const),
                BindingMode::Mut | BindingMode::Bare => None,
            };
            pattern_names(&binding.pattern, &mut |ident| names.push((ident, immutable, false)));
        }
        StmtKind::Assign(assign) if assign.place.path.is_empty() && assign.op.is_none() => {
            names.push((&assign.place.root, None, false));
        }
        StmtKind::Import(import) => match &import.names {
            ImportNames::All => names.extend(import.path.last().map(|i| (i, Some(Immutable::Let), false))),
            ImportNames::Namespace(name) => names.push((name, Some(Immutable::Let), false)),
            ImportNames::List(list) => names.extend(list.iter().map(|(_, l)| (l, Some(Immutable::Let), false))),
        },
        _ => names.extend(hoisted_name(stmt).map(|ident| (ident, None, true))),
    }
    names
}

/// The names of a pattern, in written order.
pub(in crate::compile) fn pattern_names<'a>(pattern: &'a BindPattern, each: &mut dyn FnMut(&'a Ident)) {
    let rest = match pattern {
        BindPattern::Name(ident) => return each(ident),
        BindPattern::Ignore(_) => return,
        BindPattern::Array { items, rest, .. } => {
            items.iter().for_each(|item| pattern_names(item, each));
            rest
        }
        BindPattern::Dict { entries, rest, .. } => {
            entries.iter().for_each(|(_, item)| pattern_names(item, each));
            rest
        }
    };
    if let Some(ident) = rest {
        each(ident);
    }
}

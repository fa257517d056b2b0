//! Statements, blocks and functions.

use super::kind::{Kind, Known};
use super::{Body, Checker, Holding, Key};
use crate::syntax::ast::*;

impl<'a> Checker<'a, '_> {
    /// The statements of a block, and the value of the last one. `is_value`: the block's value is used.
    pub(super) fn statements(&mut self, body: &'a [Stmt], is_value: bool) -> Known {
        self.declared.meet_block(body, self.names);
        self.met_statements(body, is_value)
    }

    /// The statements of a block whose declarations have been met.
    pub(super) fn met_statements(&mut self, body: &'a [Stmt], is_value: bool) -> Known {
        self.warn_of_unreachable(body);
        let mut value = Known::from(Kind::Null);
        for (index, stmt) in body.iter().enumerate() {
            value = self.statement(stmt, is_value && index + 1 == body.len());
        }
        value
    }

    pub(super) fn block(&mut self, block: &'a Block, is_value: bool) -> Known {
        self.statements(&block.body, is_value)
    }

    fn statement(&mut self, stmt: &'a Stmt, is_value: bool) -> Known {
        match &stmt.kind {
            StmtKind::Expr(e) => return self.expr_statement(e, is_value),
            StmtKind::Break | StmtKind::Continue => return Known::never(),
            StmtKind::Return(value) => {
                self.return_value(value.as_ref());
                return Known::never();
            }
            StmtKind::Binding(binding) => self.binding(binding),
            StmtKind::Func(decl) => self.function(&decl.function, None),
            StmtKind::Struct(decl) => self.struct_decl(decl),
            StmtKind::Assign(assign) => self.assign(assign),
            StmtKind::While { condition, body } => self.in_loop(stmt, |this| {
                this.expr(condition);
                this.block(body, false);
            }),
            StmtKind::Loop { condition, body } => self.in_loop(stmt, |this| {
                condition.iter().for_each(|e| drop(this.expr(e)));
                this.block(body, false);
            }),
            StmtKind::For(f) => {
                self.expr(&f.subject);
                self.note_loop_variables(f);
                self.in_loop(stmt, |this| drop(this.block(&f.body, false)));
            }
            StmtKind::Try(t) => self.try_stmt(t),
            StmtKind::Test(test) => drop(self.block(&test.body, false)),
            StmtKind::Enum(_) | StmtKind::Import(_) | StmtKind::Error => {}
        }
        Kind::Null.into()
    }

    /// An expression statement; only the branches of `if` and `match` give their values on.
    fn expr_statement(&mut self, e: &'a Expr, is_value: bool) -> Known {
        if !is_value {
            self.warn_of_no_effect(e);
            self.note_changing_call(e);
        }
        match &e.kind {
            ExprKind::If(i) => self.if_expr(i, is_value),
            ExprKind::Match(m) => self.match_expr(m, is_value),
            _ => self.expr(e),
        }
    }

    fn try_stmt(&mut self, t: &'a Try) {
        let catches = t.except.is_some() as u32;
        self.guarded += catches;
        self.block(&t.body, false);
        self.guarded -= catches;
        t.except.iter().for_each(|except| drop(self.block(&except.body, false)));
        t.finally.iter().for_each(|block| drop(self.block(block, false)));
    }

    fn return_value(&mut self, value: Option<&'a Expr>) {
        let Some(value) = value else { return };
        let known = self.expr(value);
        if let Some(ty) = self.bodies.last().and_then(|body| body.result) {
            self.expect(ty, value, &known);
        }
    }

    // ---- variables

    fn binding(&mut self, binding: &'a Binding) {
        let known = self.expr(&binding.value);
        if let Some(ty) = &binding.ty {
            self.expect(ty, &binding.value, &known);
        }
        if binding.mode == BindingMode::Let {
            self.warn_of_unused(&binding.pattern);
        }
        let BindPattern::Name(ident) = &binding.pattern else { return };
        if let ExprKind::Lambda(function) = &binding.value.kind {
            self.declared.meet_function(ident, function, self.names);
        }
        let Some(key) = self.key(ident.span).filter(|key| self.declared.is_stable(*key) || binding.ty.is_some()) else {
            return;
        };
        let is_immutable = matches!(binding.mode, BindingMode::Let | BindingMode::Const);
        let known = match &binding.ty {
            Some(ty) => Known::declared(self.accepted(ty)),
            None if is_immutable => known,
            None => Known::anything(),
        };
        self.variables.insert(key, Holding { known, annotation: binding.ty.as_ref() });
    }

    fn assign(&mut self, assign: &'a Assign) {
        let place = &assign.place;
        self.place(place);
        let known = self.expr(&assign.value);
        self.note_changing_assignment(assign);
        if assign.op.is_some() {
            return;
        }
        let ty = match place.path.as_slice() {
            [] => self.key(place.root.span).and_then(|key| self.variables.get(&key)).and_then(|h| h.annotation),
            [PathStep::Field(field)] => {
                let receiver = self.name(place.root.span);
                self.field_decl(&receiver, &field.name).and_then(|field| field.ty.as_ref())
            }
            _ => None,
        };
        if let Some(ty) = ty {
            self.expect(ty, &assign.value, &known);
        }
    }

    /// The indexes of a place.
    pub(super) fn place(&mut self, place: &'a Place) {
        for step in &place.path {
            if let PathStep::Index(index) = step {
                self.expr(index);
            }
        }
    }

    // ---- functions and structs

    /// A function; `receiver` is what `self` is in a method.
    pub(super) fn function(&mut self, function: &'a Function, receiver: Option<Kind>) {
        for param in &function.params {
            self.param(param, receiver);
        }
        let is_plain = !function.is_async && !function.is_generator;
        let result = function.result.as_ref().filter(|_| is_plain);
        self.body(Body { result, is_function: true }, &function.body, false);
    }

    /// Code with returns of its own.
    pub(super) fn body(&mut self, body: Body<'a>, block: &'a Block, is_value: bool) {
        let guarded = std::mem::take(&mut self.guarded);
        self.bodies.push(body);
        self.block(block, is_value);
        self.bodies.pop();
        self.guarded = guarded;
    }

    fn param(&mut self, param: &'a Param, receiver: Option<Kind>) {
        if let Some(default) = &param.default {
            let known = self.expr(default);
            if let Some(ty) = &param.ty {
                self.expect(ty, default, &known);
            }
        }
        let known = match (&*param.name.name, receiver, param.kind) {
            ("self", Some(receiver), _) => Known::from(receiver),
            (.., ParamKind::Rest) => Known::anything(),
            _ => Known::declared(param.ty.as_ref().and_then(|ty| self.accepted(ty))),
        };
        let annotation = param.ty.as_ref().filter(|_| param.kind != ParamKind::Rest);
        self.note_param(param);
        if let Some(key @ Key::Local(_)) = self.key(param.name.span) {
            self.variables.insert(key, Holding { known, annotation });
        }
    }

    fn struct_decl(&mut self, decl: &'a StructDecl) {
        for field in &decl.fields {
            let Some(default) = &field.default else { continue };
            let known = self.expr(default);
            if let Some(ty) = &field.ty {
                self.expect(ty, default, &known);
            }
        }
        let receiver = match self.key(decl.name.span).and_then(|key| self.declared.type_at(key)) {
            Some(Kind::StructDef(id)) => Some(Kind::Struct(id)),
            _ => None,
        };
        decl.methods.iter().for_each(|method| self.function(&method.function, receiver));
    }
}

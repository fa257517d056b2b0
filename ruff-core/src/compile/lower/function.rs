//! Functions: frames, parameters, closures.

use super::decl::restated_builtin;
use super::variable::Access;
use super::{Frame, FrameKind, Lower};
use crate::bytecode::{Capture, Declaration, FuncId, Op, ParamMode, Parameter, Reg};
use crate::compile::emit::FunctionShell;
use crate::compile::liveness::{self, Liveness};
use crate::compile::main_name;
use crate::compile::release;
use crate::compile::resolve::{FunctionNames, Use};
use crate::limits::CAPTURES_MAX;
use crate::syntax::ast::*;
use crate::syntax::source::Span;
use std::rc::Rc;

/// What a function is besides its tree.
pub(super) struct Role<'a> {
    pub name: Option<Name>,
    pub id: Option<FuncId>,
    /// It has a receiver in its first register.
    pub is_method: bool,
    pub params: &'a [Param],
    pub is_generator: bool,
    pub names: Rc<FunctionNames>,
    pub span: Span,
}

/// The body of a function.
pub(super) enum Body<'a> {
    Block(&'a Block),
    /// The result of an expression.
    Value(&'a Expr),
}

impl Lower<'_, '_> {
    /// The function of the top-level code.
    pub(super) fn main_function(&mut self, tree: &Module) -> FuncId {
        let id = self.input.program.reserve_function();
        self.reserve_constants(&tree.body);
        self.hoist(&tree.body);
        if self.input.options.tests {
            self.top_level_for_tests(&tree.body);
        } else {
            self.top_level(&tree.body);
        }
        self.end_function(tree.span);
        self.flush_stubs();
        let shell = FunctionShell {
            id,
            module: self.input.module,
            name: Some(main_name()),
            span: tree.span,
            is_generator: false,
            is_builtin: self.input.options.builtin,
            is_method: false,
            has_mut_self: false,
            params: Vec::new(),
            has_rest: false,
            captures: 0,
        };
        let frame = std::mem::replace(&mut self.frame, Frame::new(FrameKind::Main, 0));
        self.finish_function(frame, shell);
        if self.input.options.tests {
            self.test_functions(&tree.body);
        }
        id
    }

    fn top_level(&mut self, body: &[Stmt]) {
        let Some((last, before)) = body.split_last() else { return };
        before.iter().for_each(|stmt| self.statement(stmt));
        match &last.kind {
            StmtKind::Expr(e) if self.input.options.session => self.scoped(|this| {
                let value = this.alloc();
                this.expr_to(e, value);
                this.code().a_bc(Op::Return, value, 0, last.span);
            }),
            _ => self.statement(last),
        }
    }

    /// Top-level functions that nothing else assigns are known by their ids, and structs and enums to be definitions.
    fn reserve_constants(&mut self, body: &[Stmt]) {
        if self.input.options.session {
            return;
        }
        for stmt in body {
            let name = match &stmt.kind {
                StmtKind::Func(decl) => &decl.name,
                StmtKind::Struct(decl) => &decl.name,
                StmtKind::Enum(decl) if restated_builtin(decl).is_none() => &decl.name,
                _ => continue,
            };
            let Use::Declare(id) = self.input.names.name_at(name.span) else { continue };
            let Access::Global(global) = self.access(id) else { continue };
            if self.input.names.assigned.contains(&global) {
                continue;
            }
            let StmtKind::Func(decl) = &stmt.kind else {
                self.input.program.add_definition(global);
                continue;
            };
            let function = self.input.program.reserve_function();
            self.input.program.set_constant(global, Declaration::Function(function));
            if decl.function.params.iter().all(|param| param.kind != ParamKind::Rest) {
                let params = decl.function.params.iter().map(parameter).collect();
                self.input.program.params.insert(function, params);
            }
        }
    }

    /// `func name(…) { … }`, hoisted.
    pub(super) fn func_decl(&mut self, decl: &FuncDecl) {
        let Use::Declare(id) = self.input.names.name_at(decl.name.span) else { return };
        let span = decl.name.span;
        let constant = self.constant_function(self.access(id));
        self.declare(id, span, false, |this, dst| {
            let role = Role { id: constant, ..function_role(this, &decl.function, Some(decl.name.name.clone())) };
            this.function_to(role, Body::Block(&decl.function.body), dst);
        });
    }

    pub(super) fn lambda_to(&mut self, function: &Function, name: Option<&Name>, dst: Reg) {
        let role = function_role(self, function, name.cloned());
        self.function_to(role, Body::Block(&function.body), dst);
    }

    /// `dst :=` the function as a value.
    pub(super) fn function_to(&mut self, role: Role<'_>, body: Body<'_>, dst: Reg) {
        let span = role.span;
        let captures: Vec<Capture> = role.names.captures.iter().map(|id| self.capture(self.access(*id))).collect();
        let function = self.lower_function(role, body);
        if captures.is_empty() {
            return self.code().a_bc(Op::LoadFunction, dst, function.0, span);
        }
        let template = self.code().closure(function, captures);
        self.code().a_bc(Op::NewClosure, dst, template, span);
    }

    fn capture(&self, access: Access) -> Capture {
        match access {
            Access::Capture(index) => Capture::Capture(index as u32),
            Access::Cell(reg) | Access::Register(reg) => Capture::Register(reg),
            Access::Global(_) => Capture::Capture(0),
        }
    }

    fn lower_function(&mut self, role: Role<'_>, body: Body<'_>) -> FuncId {
        let id = role.id.unwrap_or_else(|| self.input.program.reserve_function());
        let inner = Frame::new(FrameKind::Function, self.frame.depth + 1);
        let outer = std::mem::replace(&mut self.frame, inner);
        self.frame.captures = role.names.captures.iter().enumerate().map(|(i, id)| (*id, i as u32)).collect();
        self.parameters(&role);
        self.own_fields(&role);
        self.function_body(body, role.span);
        let has_self = role.is_method && role.params.first().is_some_and(is_self);
        let params = role.params.get(has_self as usize..).unwrap_or_default();
        let shell = FunctionShell {
            id,
            module: self.input.module,
            name: role.name,
            span: role.span,
            is_generator: role.is_generator,
            is_builtin: self.input.options.builtin,
            is_method: role.is_method,
            has_mut_self: has_self && role.params.first().is_some_and(|p| p.kind == ParamKind::InOut),
            params: params.iter().map(parameter).collect(),
            has_rest: params.last().is_some_and(|p| p.kind == ParamKind::Rest),
            captures: role.names.captures.len() as u32,
        };
        let frame = std::mem::replace(&mut self.frame, outer);
        self.finish_function(frame, shell);
        id
    }

    pub(super) fn finish_function(&mut self, frame: Frame, shell: FunctionShell) {
        if frame.code.is_too_large() {
            self.too_large(shell.span, "variables and temporary values in one function");
        }
        if shell.captures > CAPTURES_MAX {
            self.too_large(shell.span, "captured variables in one function");
        }
        let mut function = frame.code.finish(shell);
        if let Some(liveness) = Liveness::of(&function) {
            liveness::move_last_uses(&mut function, &liveness);
            liveness::mark_ignored_errors(&mut function, &liveness);
            release::release_dead(&mut function, &liveness);
        }
        self.input.program.set_function(function);
    }

    /// Receiver and parameters: defaults of arguments that were left out, in order, and cells of captured ones.
    fn parameters(&mut self, role: &Role<'_>) {
        let has_self = role.is_method && role.params.first().is_some_and(is_self);
        let extra = (role.is_method && !has_self) as u32;
        let first = self.frame.code.alloc_run(role.params.len() as u32 + extra);
        for (index, param) in role.params.iter().enumerate() {
            let reg = Reg(first.0 + index as u16 + extra as u16);
            let ident = &param.name;
            if let Some(default) = &param.default {
                let present = self.code().label();
                self.code().jump(Op::JumpIfPresent, reg, present, default.span);
                self.scoped(|this| this.expr_to(default, reg));
                self.code().place_label(present);
            }
            let Use::Declare(id) = self.input.names.name_at(ident.span) else { continue };
            let is_in_out = param.kind == ParamKind::InOut;
            if is_in_out {
                self.frame.in_out.push(reg);
            }
            if self.input.names.variable(id).is_some_and(|v| v.captured) {
                self.code().abc(Op::NewCell, reg, reg.0, 0, ident.span);
                self.frame.boxed_in_out.extend(is_in_out.then_some(reg));
            }
            self.set_variable_register(id, reg);
        }
    }

    /// The fields that a method without `self` mentions.
    fn own_fields(&mut self, role: &Role<'_>) {
        for id in role.names.fields.iter() {
            let Some(variable) = self.input.names.variable(*id) else { continue };
            let (name, captured) = (variable.name.clone(), variable.captured);
            let reg = self.alloc();
            let site = self.code().named_site(&name);
            self.code().ext(Op::GetOwnField, (reg, 0, 0), site, 0, role.span);
            if captured {
                self.code().abc(Op::NewCell, reg, reg.0, 0, role.span);
            }
            self.set_variable_register(*id, reg);
        }
    }

    fn function_body(&mut self, body: Body<'_>, span: Span) {
        let cleanup = (!self.frame.boxed_in_out.is_empty()).then(|| {
            let error = self.alloc();
            let label = self.code().label();
            self.code().open_region(label, error, false);
            (label, error)
        });
        match body {
            Body::Block(block) => {
                self.enter_block(&block.body, block.span);
                block.body.iter().for_each(|stmt| self.statement(stmt));
                self.end_function(span);
            }
            Body::Value(e) => {
                let value = self.alloc();
                self.expr_to(e, value);
                self.code().a_bc(Op::Return, value, 0, e.span);
            }
        }
        if cleanup.is_some() {
            self.code().close_region();
        }
        self.flush_stubs();
        if let Some((label, error)) = cleanup {
            self.code().place_label(label);
            self.unbox_in_out(span);
            self.code().a_bc(Op::Rethrow, error, 0, span);
        }
    }
}

pub(super) fn is_self(param: &Param) -> bool {
    &*param.name.name == "self"
}

fn parameter(param: &Param) -> Parameter {
    let mode = if param.kind == ParamKind::InOut { ParamMode::InOut } else { ParamMode::Value };
    Parameter { name: param.name.name.clone(), mode, has_default: param.default.is_some() }
}

pub(super) fn function_role<'a>(lower: &Lower<'_, '_>, function: &'a Function, name: Option<Name>) -> Role<'a> {
    Role {
        name,
        id: None,
        is_method: false,
        params: &function.params,
        is_generator: function.is_generator,
        names: lower.input.names.function_at(function.span),
        span: function.span,
    }
}

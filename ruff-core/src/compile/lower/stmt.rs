//! Statements and blocks.

use super::Lower;
use crate::bytecode::{Op, Reg};
use crate::syntax::ast::*;
use crate::syntax::source::Span;

impl Lower<'_, '_> {
    /// A block in a scope of its own.
    pub(super) fn block(&mut self, block: &Block) {
        self.scoped(|this| {
            this.enter_block(&block.body, block.span);
            block.body.iter().for_each(|stmt| this.statement(stmt));
        });
    }

    /// What happens before the statements of a block: cells of variables that hoisted functions capture, and hoisted declarations.
    pub(super) fn enter_block(&mut self, body: &[Stmt], span: Span) {
        let names = self.input.names;
        for id in names.early_at(span).iter() {
            let reg = self.alloc();
            self.code().a_bc(Op::NewEmptyCell, reg, 0, span);
            self.set_variable_register(*id, reg);
        }
        self.hoist(body);
    }

    /// Declarations that take effect before the other statements, in order.
    pub(super) fn hoist(&mut self, body: &[Stmt]) {
        for stmt in body {
            match &stmt.kind {
                StmtKind::Func(decl) => self.func_decl(decl),
                StmtKind::Struct(decl) => self.struct_decl(decl, stmt.span),
                StmtKind::Enum(decl) => self.enum_decl(decl, stmt.span),
                _ => {}
            }
        }
    }

    pub(super) fn statement(&mut self, stmt: &Stmt) {
        let span = stmt.span;
        match &stmt.kind {
            StmtKind::Binding(binding) => self.binding(binding, span),
            StmtKind::Assign(assign) => self.assign(assign, span),
            StmtKind::While { condition, body } => self.while_loop(Some(condition), body),
            StmtKind::Loop { condition, body } => self.while_loop(condition.as_ref(), body),
            StmtKind::For(f) => self.for_loop(f),
            StmtKind::Try(t) => self.try_stmt(t),
            StmtKind::Import(import) => self.import(import, span),
            StmtKind::Break => self.leave_round(true, span),
            StmtKind::Continue => self.leave_round(false, span),
            StmtKind::Return(value) => self.return_statement(value.as_ref(), span),
            StmtKind::Expr(e) => self.discard(e),
            StmtKind::Func(_) | StmtKind::Struct(_) | StmtKind::Enum(_) | StmtKind::Test(_) | StmtKind::Error => {}
        }
    }

    /// Ends a function whose code may reach its end.
    pub(super) fn end_function(&mut self, span: Span) {
        let at = Span { start: span.end.saturating_sub(1), end: span.end };
        self.unbox_in_out(at);
        self.code().a_bc(Op::ReturnNull, Reg(0), 0, at);
    }
}

//! Warnings: what runs, but is hardly meant.

use super::Checker;
use super::effect::has_no_effect;
use crate::code::Code;
use crate::compile::resolve::{Use, pattern_names};
use crate::syntax::ast::*;

impl Checker<'_, '_> {
    /// An expression statement. Inside `try`, raising an error may be its purpose.
    pub(super) fn warn_of_no_effect(&mut self, e: &Expr) {
        if self.guarded == 0 && has_no_effect(e) {
            self.warning(Code::NO_EFFECT, e.span, "Expression has no effect");
        }
    }

    /// The first statement after one that leaves the block. Declarations take effect wherever they stand.
    pub(super) fn warn_of_unreachable(&mut self, body: &[Stmt]) {
        let mut rest = body.iter().skip_while(|stmt| !leaves_block(stmt)).skip(1);
        if let Some(stmt) = rest.find(|stmt| !takes_effect_anywhere(stmt)) {
            self.warning(Code::UNREACHABLE_CODE, stmt.span, "Unreachable code");
        }
    }

    /// The names of a `let` in a function that nothing reads. A name that starts with `_` says so itself.
    pub(super) fn warn_of_unused(&mut self, pattern: &BindPattern) {
        if !self.bodies.iter().any(|body| body.is_function) || has_dict_rest(pattern) {
            return;
        }
        let mut names = Vec::new();
        pattern_names(pattern, &mut |ident| names.push(ident));
        for ident in names {
            let Use::Declare(id) = self.names.name_at(ident.span) else { continue };
            let Some(variable) = self.names.variable(id) else { continue };
            if variable.is_let && variable.reads == 0 && !ident.name.starts_with('_') {
                self.warning(Code::UNUSED_VARIABLE, variable.span, format!("Unused variable: {}", ident.name));
            }
        }
    }
}

fn leaves_block(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Return(_) | StmtKind::Break | StmtKind::Continue => true,
        StmtKind::Expr(e) => matches!(e.kind, ExprKind::Throw(_)),
        _ => false,
    }
}

fn takes_effect_anywhere(stmt: &Stmt) -> bool {
    let kind = &stmt.kind;
    matches!(kind, StmtKind::Func(_) | StmtKind::Struct(_) | StmtKind::Enum(_) | StmtKind::Test(_) | StmtKind::Error)
}

/// Does it take keys out of the rest of a dict? Then naming a key has a purpose without using it.
fn has_dict_rest(pattern: &BindPattern) -> bool {
    match pattern {
        BindPattern::Name(_) | BindPattern::Ignore(_) => false,
        BindPattern::Array { items, .. } => items.iter().any(has_dict_rest),
        BindPattern::Dict { entries, rest, .. } => rest.is_some() || entries.iter().any(|(_, p)| has_dict_rest(p)),
    }
}

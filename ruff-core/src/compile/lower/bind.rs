//! Bindings and destructuring.

use super::Lower;
use crate::bytecode::{Const, Op, Reg};
use crate::code::Code;
use crate::compile::resolve::Use;
use crate::syntax::ast::*;
use crate::syntax::source::Span;

impl Lower<'_, '_> {
    pub(super) fn binding(&mut self, binding: &Binding, span: Span) {
        if let BindPattern::Name(ident) = &binding.pattern {
            return self.bind_expr(ident, &binding.value, span);
        }
        // The value stays below the variables that the pattern declares.
        let value = match self.local_variable(&binding.value) {
            Some((_, reg)) if !is_assigned(self, &binding.pattern) => reg,
            _ => {
                let reg = self.alloc();
                self.expr_to(&binding.value, reg);
                reg
            }
        };
        self.bind_value(&binding.pattern, binding.mode, value, span);
        if !self.is_variable_register(value) {
            self.code().a_bc(Op::Drop, value, 0, span);
        }
    }

    /// A name gets the value of an expression: a declaration or an assignment, as resolved.
    pub(super) fn bind_expr(&mut self, ident: &Ident, value: &Expr, span: Span) {
        let lambda = match &value.kind {
            ExprKind::Lambda(function) => Some(function),
            _ => None,
        };
        let lower_value = |this: &mut Self, dst: Reg| match lambda {
            Some(function) => this.lambda_to(function, Some(&ident.name), dst),
            None => this.expr_to(value, dst),
        };
        match self.input.names.name_at(ident.span) {
            Use::Declare(id) => self.declare(id, span, lambda.is_some(), lower_value),
            Use::Duplicate => {
                self.scoped(|this| {
                    let temp = this.alloc();
                    lower_value(this, temp);
                });
                self.raise_duplicate(&ident.name, span);
            }
            _ => self.assign_name(ident, value, span),
        }
    }

    pub(super) fn raise_duplicate(&mut self, name: &Name, span: Span) {
        let message = format!("Duplicate declaration in the same scope: {name}");
        self.raise(Code::DUPLICATE_DECLARATION, &message, span);
    }

    /// Binds the names of a pattern to the parts of the value in a register, which keeps it. A register that is the pattern's own
    /// (a loop variable, a caught error) becomes the variable itself.
    pub(super) fn bind_value(&mut self, pattern: &BindPattern, mode: BindingMode, value: Reg, span: Span) {
        match pattern {
            BindPattern::Ignore(_) => {}
            BindPattern::Name(ident) => self.bind_register(ident, mode, value, span),
            BindPattern::Array { items, rest, .. } => {
                for (index, item) in items.iter().enumerate() {
                    let element = |this: &mut Self, dst: Reg| {
                        this.code().abc(Op::GetElement, dst, value.0, index as u16, span);
                    };
                    self.bind_part(item, mode, span, element);
                }
                if let Some(ident) = rest {
                    let from = items.len() as u16;
                    self.bind_name_part(ident, span, |this, dst| {
                        this.code().abc(Op::GetElementRest, dst, value.0, from, span);
                    });
                }
            }
            BindPattern::Dict { entries, rest, .. } => {
                for (key, item) in entries {
                    let index = self.constant_index(Const::Str(key.name.clone()));
                    self.bind_part(item, mode, span, |this, dst| {
                        this.code().ext(Op::GetEntry, (dst, value.0, 0), index, 0, span);
                    });
                }
                if let Some(ident) = rest {
                    let keys =
                        entries.iter().map(|(key, _)| self.constant_index(Const::Str(key.name.clone()))).collect();
                    let list = self.code().key_list(keys);
                    self.bind_name_part(ident, span, |this, dst| {
                        this.code().ext(Op::GetEntryRest, (dst, value.0, 0), list, 0, span);
                    });
                }
            }
        }
    }

    fn bind_part(&mut self, item: &BindPattern, mode: BindingMode, span: Span, part: impl FnOnce(&mut Self, Reg)) {
        match item {
            BindPattern::Ignore(_) => {}
            BindPattern::Name(ident) => self.bind_name_part(ident, span, part),
            _ => {
                let reg = self.alloc();
                part(self, reg);
                self.bind_value(item, mode, reg, span);
                self.code().a_bc(Op::Drop, reg, 0, span);
            }
        }
    }

    /// A name gets a part of a value.
    fn bind_name_part(&mut self, ident: &Ident, span: Span, part: impl FnOnce(&mut Self, Reg)) {
        match self.input.names.name_at(ident.span) {
            Use::Declare(id) => self.declare(id, span, false, part),
            Use::Duplicate => self.raise_duplicate(&ident.name, span),
            _ => self.scoped(|this| {
                let temp = this.alloc();
                part(this, temp);
                this.assign_register(ident, temp, span);
            }),
        }
    }

    /// The register becomes the variable that the name declares; another name gets what it holds.
    fn bind_register(&mut self, ident: &Ident, mode: BindingMode, value: Reg, span: Span) {
        let Use::Declare(id) = self.input.names.name_at(ident.span) else {
            return self.bind_name_part(ident, span, |this, dst| this.copy_to(dst, value, span));
        };
        let Some(variable) = self.input.names.variable(id) else { return };
        let owns = mode == BindingMode::Mut && variable.global.is_none() && !(variable.captured && variable.early);
        if !owns || self.is_variable_register(value) {
            return self.declare(id, span, false, |this, dst| this.copy_to(dst, value, span));
        }
        if variable.captured {
            self.code().abc(Op::NewCell, value, value.0, 0, span);
        }
        self.set_variable_register(id, value);
    }
}

/// Does the pattern assign a variable that exists, so that its value must be kept apart?
fn is_assigned(lower: &Lower<'_, '_>, pattern: &BindPattern) -> bool {
    let mut found = false;
    crate::compile::resolve::pattern_names(pattern, &mut |ident| {
        found |= !matches!(lower.input.names.name_at(ident.span), Use::Declare(_));
    });
    found
}

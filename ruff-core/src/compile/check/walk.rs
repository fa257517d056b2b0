//! The walk of the check over statements and expressions.

use super::types::Kinds;
use super::{Checker, Key};
use crate::bytecode::function::Immutable;
use crate::code::Code;
use crate::syntax::ast::*;
use crate::syntax::source::Span;

impl<'a> Checker<'a> {
    /// Statements of a block; `is_value` if the value of the last one is used.
    pub(super) fn statements(&mut self, body: &'a [Stmt], is_value: bool) {
        body.iter().for_each(|stmt| self.declare(stmt));
        let mut has_returned = false;
        for (index, stmt) in body.iter().enumerate() {
            let is_last = index + 1 == body.len();
            let is_hoisted = matches!(stmt.kind, StmtKind::Func(_) | StmtKind::Struct(_) | StmtKind::Enum(_));
            if has_returned && !is_hoisted {
                self.warn(Code::UNREACHABLE_CODE, stmt.span, "Unreachable code");
                has_returned = false;
            }
            self.statement(stmt, is_value && is_last);
            has_returned |= matches!(stmt.kind, StmtKind::Return(_)) && !is_last;
        }
    }

    /// Notes what a hoisted declaration says, before the statements are checked.
    fn declare(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Func(decl) => {
                if let Some(key) = self.constant_key(&decl.name) {
                    self.functions.insert(key, &decl.function);
                }
            }
            StmtKind::Struct(decl) => {
                if let Some(key) = self.constant_key(&decl.name) {
                    self.structs.insert(key, decl);
                }
            }
            _ => {}
        }
    }

    fn statement(&mut self, stmt: &'a Stmt, is_value: bool) {
        match &stmt.kind {
            StmtKind::Binding(binding) => self.binding(binding),
            StmtKind::Func(decl) => self.function(&decl.function),
            StmtKind::Struct(decl) => {
                for field in &decl.fields {
                    if let Some(default) = &field.default {
                        self.check_value(field.ty.as_ref(), default);
                        self.expr(default);
                    }
                }
                decl.methods.iter().for_each(|m| self.function(&m.function));
            }
            StmtKind::Assign(assign) => self.assign(assign),
            StmtKind::While { condition, body } => {
                self.expr(condition);
                self.statements(&body.body, false);
            }
            StmtKind::Loop { condition, body } => {
                condition.iter().for_each(|e| self.expr(e));
                self.statements(&body.body, false);
            }
            StmtKind::For(f) => {
                self.expr(&f.subject);
                self.statements(&f.body.body, false);
            }
            StmtKind::Try(t) => {
                self.statements(&t.body.body, false);
                t.except.iter().for_each(|e| self.statements(&e.body.body, false));
                t.finally.iter().for_each(|b| self.statements(&b.body, false));
            }
            StmtKind::Test(test) => self.statements(&test.body.body, false),
            StmtKind::Return(value) => self.return_stmt(value.as_ref()),
            StmtKind::Expr(e) => self.expr_stmt(e, is_value),
            StmtKind::Enum(_) | StmtKind::Import(_) | StmtKind::Break | StmtKind::Continue | StmtKind::Error => {}
        }
    }

    fn binding(&mut self, binding: &'a Binding) {
        self.check_value(binding.ty.as_ref(), &binding.value);
        self.expr(&binding.value);
        let BindPattern::Name(ident) = &binding.pattern else { return };
        let kinds = match &binding.ty {
            Some(ty) => self.kinds_of(ty),
            None if matches!(binding.mode, BindingMode::Let | BindingMode::Const) => {
                self.kind_of(&binding.value).map_or(Kinds::Any, |kind| Kinds::Of(vec![kind]))
            }
            None => return,
        };
        if let Some(key) = self.key_at(ident.span) {
            self.kinds.insert(key, kinds);
        }
    }

    fn assign(&mut self, assign: &'a Assign) {
        for step in &assign.place.path {
            if let PathStep::Index(e) = step {
                self.expr(e);
            }
        }
        self.expr(&assign.value);
    }

    fn return_stmt(&mut self, value: Option<&'a Expr>) {
        let Some(value) = value else { return };
        let result = self.results.last().copied().flatten();
        self.check_value(result, value);
        self.expr(value);
    }

    fn expr_stmt(&mut self, e: &'a Expr, is_value: bool) {
        match &e.kind {
            ExprKind::If(i) => self.if_expr(i, is_value),
            ExprKind::Match(m) => self.match_expr(m, is_value),
            _ => {
                if !is_value && is_idle(e) {
                    self.warn(Code::NO_EFFECT, e.span, "Expression has no effect");
                }
                self.expr(e);
            }
        }
    }

    fn function(&mut self, function: &'a Function) {
        for param in &function.params {
            if let Some(default) = &param.default {
                self.check_value(param.ty.as_ref(), default);
                self.expr(default);
            }
            if let Some(ty) = param.ty.as_ref().filter(|_| param.kind != ParamKind::Rest)
                && let Some(key) = self.key_at(param.name.span)
            {
                let kinds = self.kinds_of(ty);
                self.kinds.insert(key, kinds);
            }
        }
        let result = function.result.as_ref().filter(|_| !function.is_generator);
        self.results.push(result);
        self.statements(&function.body.body, false);
        self.results.pop();
    }

    fn if_expr(&mut self, i: &'a If, is_value: bool) {
        for (condition, block) in &i.arms {
            self.expr(condition);
            self.statements(&block.body, is_value);
        }
        i.otherwise.iter().for_each(|b| self.statements(&b.body, is_value));
    }

    fn match_expr(&mut self, m: &'a Match, is_value: bool) {
        self.expr(&m.subject);
        for arm in &m.arms {
            arm.guard.iter().for_each(|e| self.expr(e));
            self.statements(&arm.body.body, is_value);
        }
        m.default.iter().for_each(|b| self.statements(&b.body, is_value));
    }

    fn expr(&mut self, e: &'a Expr) {
        match &e.kind {
            ExprKind::Template(parts) => {
                for part in parts {
                    if let TemplatePart::Expr(e) = part {
                        self.expr(e);
                    }
                }
            }
            ExprKind::Array(elements) => elements.iter().for_each(|element| match element {
                Element::Value(e) | Element::Spread(e) => self.expr(e),
            }),
            ExprKind::Dict(entries) => entries.iter().for_each(|entry| match entry {
                DictEntry::Pair(key, value) => {
                    self.expr(key);
                    self.expr(value);
                }
                DictEntry::Spread(e) => self.expr(e),
            }),
            ExprKind::Lambda(function) => self.function(function),
            ExprKind::If(i) => self.if_expr(i, true),
            ExprKind::Match(m) => self.match_expr(m, true),
            ExprKind::Spawn(block) => self.statements(&block.body, true),
            ExprKind::Yield(value) => value.iter().for_each(|e| self.expr(e)),
            ExprKind::Throw(operand)
            | ExprKind::Await(operand)
            | ExprKind::Unary { operand, .. }
            | ExprKind::Paren(operand) => self.expr(operand),
            ExprKind::Binary { first, rest } => self.binary(first, rest),
            ExprKind::Range { start, end, .. } => {
                self.expr(start);
                self.expr(end);
            }
            ExprKind::Postfix { base, suffixes } => self.postfix(base, suffixes),
            _ => {}
        }
    }

    fn binary(&mut self, first: &'a Expr, rest: &'a [(BinaryOp, Expr)]) {
        self.expr(first);
        rest.iter().for_each(|(_, e)| self.expr(e));
        let [(op @ (BinaryOp::Eq | BinaryOp::Ne), right)] = rest else { return };
        let Some((left_kind, right_kind)) = self.impossible_comparison(first, right) else { return };
        let (outcome, sign) = if *op == BinaryOp::Eq { ("false", "==") } else { ("true", "!=") };
        let message = format!("Comparison is always {outcome}: {} {sign} {}", left_kind.0, right_kind.0);
        let span = first.span.to(right.span);
        self.diagnostics.push(crate::syntax::diagnostic::Diagnostic::error(Code::CONSTANT_COMPARISON, span, message));
    }

    fn postfix(&mut self, base: &'a Expr, suffixes: &'a [Suffix]) {
        self.expr(base);
        if let (ExprKind::Name(_), Some(first)) = (&base.kind, suffixes.first())
            && let Some(key) = self.key_at(base.span)
        {
            match &first.kind {
                SuffixKind::Call(args) => self.check_arguments(key, args),
                SuffixKind::Struct(fields) => self.check_fields(key, fields),
                _ => {}
            }
        }
        self.check_receiver(base, suffixes);
        suffixes.iter().for_each(|suffix| self.suffix(&suffix.kind));
    }

    fn check_arguments(&mut self, key: Key, args: &'a [Arg]) {
        let Some(function) = self.functions.get(&key).copied() else { return };
        for (index, arg) in args.iter().enumerate() {
            let (param, value) = match arg {
                Arg::Positional(e) => (function.params.get(index), e),
                Arg::Named(name, e) => (function.params.iter().find(|p| p.name.name == name.name), e),
                Arg::InOut(_) => continue,
                Arg::Spread(_) => return,
            };
            let param = param.filter(|p| p.kind != ParamKind::Rest);
            self.check_value(param.and_then(|p| p.ty.as_ref()), value);
        }
    }

    fn check_fields(&mut self, key: Key, fields: &'a [(Ident, Expr)]) {
        let Some(decl) = self.structs.get(&key).copied() else { return };
        for (name, value) in fields {
            let field = decl.fields.iter().find(|f| f.name.name == name.name);
            self.check_value(field.and_then(|f| f.ty.as_ref()), value);
        }
    }

    /// A method that only changes its receiver, called on an immutable binding that holds an array.
    fn check_receiver(&mut self, base: &'a Expr, suffixes: &'a [Suffix]) {
        const CHANGING: &[&str] = &["push", "append", "clear", "insert", "remove_at"];
        let (ExprKind::Name(name), [Suffix { kind: SuffixKind::Field(method), .. }, call, ..]) = (&base.kind, suffixes)
        else {
            return;
        };
        let is_call = matches!(call.kind, SuffixKind::Call(_)) && CHANGING.contains(&&*method.name);
        let crate::compile::resolve::Use::Variable(id) = self.names.name_at(base.span) else { return };
        let Some(immutable) = self.names.variable(id).and_then(|v| v.immutable) else { return };
        if is_call && self.kind_of(base).is_some_and(|kind| kind.0 == "array") {
            self.report_immutable(immutable, name, base.span);
        }
    }

    fn report_immutable(&mut self, immutable: Immutable, name: &Name, span: Span) {
        let message = crate::compile::resolve::immutable_message("mutate", immutable, name);
        self.diagnostics.push(crate::syntax::diagnostic::Diagnostic::error(Code::IMMUTABLE, span, message));
    }

    fn suffix(&mut self, suffix: &'a SuffixKind) {
        match suffix {
            SuffixKind::Call(args) => args.iter().for_each(|arg| match arg {
                Arg::Positional(e) | Arg::Spread(e) | Arg::Named(_, e) => self.expr(e),
                Arg::InOut(place) => {
                    for step in &place.path {
                        if let PathStep::Index(e) = step {
                            self.expr(e);
                        }
                    }
                }
            }),
            SuffixKind::Index(index) | SuffixKind::OptionalIndex(index) => match index {
                Index::At(e) => self.expr(e),
                Index::Slice { start, end, .. } => start.iter().chain(end).for_each(|e| self.expr(e)),
            },
            SuffixKind::Struct(fields) => fields.iter().for_each(|(_, e)| self.expr(e)),
            SuffixKind::Field(_) | SuffixKind::OptionalField(_) | SuffixKind::Try | SuffixKind::Variant(_) => {}
        }
    }
}

/// Does evaluating the expression only compute a value?
fn is_idle(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::BigInt(_)
        | ExprKind::Float(_)
        | ExprKind::Str(_)
        | ExprKind::Name(_)
        | ExprKind::Lambda(_) => true,
        ExprKind::Template(parts) => parts.iter().all(|part| match part {
            TemplatePart::Text(_) => true,
            TemplatePart::Expr(e) => is_idle(e),
        }),
        ExprKind::Array(elements) => elements.iter().all(|element| match element {
            Element::Value(e) | Element::Spread(e) => is_idle(e),
        }),
        ExprKind::Dict(entries) => entries.iter().all(|entry| match entry {
            DictEntry::Pair(key, value) => is_idle(key) && is_idle(value),
            DictEntry::Spread(e) => is_idle(e),
        }),
        ExprKind::Unary { operand, .. } | ExprKind::Paren(operand) => is_idle(operand),
        ExprKind::Binary { first, rest } => {
            is_idle(first) && rest.iter().all(|(op, e)| *op != BinaryOp::Pipe && is_idle(e))
        }
        ExprKind::Range { start, end, .. } => is_idle(start) && is_idle(end),
        ExprKind::Postfix { base, suffixes } => {
            let reads = |suffix: &Suffix| match &suffix.kind {
                SuffixKind::Field(_) | SuffixKind::OptionalField(_) | SuffixKind::Variant(_) => true,
                SuffixKind::Index(Index::At(e)) | SuffixKind::OptionalIndex(Index::At(e)) => is_idle(e),
                _ => false,
            };
            is_idle(base) && suffixes.iter().all(reads)
        }
        _ => false,
    }
}

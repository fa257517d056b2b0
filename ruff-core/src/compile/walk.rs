//! A walk over all statements of a tree, also those inside expressions.

use crate::syntax::ast::*;

/// Calls `each` for every statement before those inside it.
pub struct StmtVisitor<'a> {
    pub each: &'a mut dyn FnMut(&Stmt),
}

impl StmtVisitor<'_> {
    /// Statements and everything inside.
    pub fn statements(&mut self, body: &[Stmt]) {
        body.iter().for_each(|stmt| self.statement(stmt));
    }

    fn statement(&mut self, stmt: &Stmt) {
        (self.each)(stmt);
        match &stmt.kind {
            StmtKind::Binding(binding) => self.expr(&binding.value),
            StmtKind::Func(decl) => self.function(&decl.function),
            StmtKind::Struct(decl) => {
                decl.fields.iter().filter_map(|f| f.default.as_ref()).for_each(|e| self.expr(e));
                decl.methods.iter().for_each(|m| self.function(&m.function));
            }
            StmtKind::Assign(assign) => {
                self.place(&assign.place);
                self.expr(&assign.value);
            }
            StmtKind::While { condition, body } => {
                self.expr(condition);
                self.statements(&body.body);
            }
            StmtKind::Loop { condition, body } => {
                condition.iter().for_each(|e| self.expr(e));
                self.statements(&body.body);
            }
            StmtKind::For(f) => {
                self.expr(&f.subject);
                self.statements(&f.body.body);
            }
            StmtKind::Try(t) => {
                self.statements(&t.body.body);
                t.except.iter().for_each(|e| self.statements(&e.body.body));
                t.finally.iter().for_each(|b| self.statements(&b.body));
            }
            StmtKind::Test(test) => self.statements(&test.body.body),
            StmtKind::Return(value) => value.iter().for_each(|e| self.expr(e)),
            StmtKind::Expr(e) => self.expr(e),
            StmtKind::Enum(_) | StmtKind::Import(_) | StmtKind::Break | StmtKind::Continue | StmtKind::Error => {}
        }
    }

    fn function(&mut self, function: &Function) {
        function.params.iter().filter_map(|p| p.default.as_ref()).for_each(|e| self.expr(e));
        self.statements(&function.body.body);
    }

    fn place(&mut self, place: &Place) {
        for step in &place.path {
            if let PathStep::Index(e) = step {
                self.expr(e);
            }
        }
    }

    fn expr(&mut self, e: &Expr) {
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
            ExprKind::If(i) => {
                for (condition, block) in &i.arms {
                    self.expr(condition);
                    self.statements(&block.body);
                }
                i.otherwise.iter().for_each(|b| self.statements(&b.body));
            }
            ExprKind::Match(m) => {
                self.expr(&m.subject);
                for arm in &m.arms {
                    arm.guard.iter().for_each(|e| self.expr(e));
                    self.statements(&arm.body.body);
                }
                m.default.iter().for_each(|b| self.statements(&b.body));
            }
            ExprKind::Spawn(block) => self.statements(&block.body),
            ExprKind::Yield(value) => value.iter().for_each(|e| self.expr(e)),
            ExprKind::Throw(operand)
            | ExprKind::Await(operand)
            | ExprKind::Unary { operand, .. }
            | ExprKind::Paren(operand) => self.expr(operand),
            ExprKind::Binary { first, rest } => {
                self.expr(first);
                rest.iter().for_each(|(_, operand)| self.expr(operand));
            }
            ExprKind::Range { start, end, .. } => {
                self.expr(start);
                self.expr(end);
            }
            ExprKind::Postfix { base, suffixes } => {
                self.expr(base);
                suffixes.iter().for_each(|suffix| self.suffix(&suffix.kind));
            }
            _ => {}
        }
    }

    fn suffix(&mut self, suffix: &SuffixKind) {
        match suffix {
            SuffixKind::Call(args) => args.iter().for_each(|arg| match arg {
                Arg::Positional(e) | Arg::Spread(e) | Arg::Named(_, e) => self.expr(e),
                Arg::InOut(place) => self.place(place),
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

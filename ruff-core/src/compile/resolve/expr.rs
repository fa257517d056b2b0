//! Expressions.

use super::{Resolver, Use};
use crate::code::Code;
use crate::syntax::ast::*;
use std::collections::HashSet;

impl Resolver<'_, '_> {
    pub(super) fn expr(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::BigInt(_)
            | ExprKind::Float(_)
            | ExprKind::Str(_)
            | ExprKind::Error => {}
            ExprKind::Template(parts) => {
                for part in parts {
                    if let TemplatePart::Expr(e) = part {
                        self.expr(e);
                    }
                }
            }
            ExprKind::Name(name) => self.read_name(name, e.span),
            ExprKind::Array(elements) => elements.iter().for_each(|element| match element {
                Element::Value(e) | Element::Spread(e) => self.expr(e),
            }),
            ExprKind::Dict(entries) => entries.iter().for_each(|entry| match entry {
                DictEntry::Pair(key, value) => {
                    self.expr(key);
                    self.expr(value);
                    if let ExprKind::Str(name) = &key.kind {
                        self.note_member(name, value);
                    }
                }
                DictEntry::Spread(e) => self.expr(e),
            }),
            ExprKind::Lambda(function) => self.function(function, None),
            ExprKind::If(i) => self.if_expr(i),
            ExprKind::Match(m) => self.match_expr(m),
            ExprKind::Spawn(block) => {
                self.unsupported(e.span, "spawn");
                self.outside_loops(|this| this.block(block));
            }
            ExprKind::Await(operand) => {
                self.unsupported(e.span, "await");
                self.expr(operand);
            }
            ExprKind::Yield(value) => {
                if self.functions.last().is_some_and(|f| !f.is_generator) {
                    self.error(Code::OUTSIDE_GENERATOR, e.span, "yield can only be used inside a generator function");
                }
                value.iter().for_each(|e| self.expr(e));
            }
            ExprKind::Throw(operand) | ExprKind::Unary { operand, .. } | ExprKind::Paren(operand) => self.expr(operand),
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
                suffixes.iter().for_each(|suffix| self.suffix(suffix));
            }
        }
    }

    fn if_expr(&mut self, i: &If) {
        for (condition, block) in &i.arms {
            self.expr(condition);
            self.block(block);
        }
        if let Some(block) = &i.otherwise {
            self.block(block);
        }
    }

    fn suffix(&mut self, suffix: &Suffix) {
        match &suffix.kind {
            SuffixKind::Call(args) => self.args(args),
            SuffixKind::Index(index) | SuffixKind::OptionalIndex(index) => match index {
                Index::At(e) => self.expr(e),
                Index::Slice { start, end, .. } => start.iter().chain(end).for_each(|e| self.expr(e)),
            },
            SuffixKind::Field(_) | SuffixKind::OptionalField(_) | SuffixKind::Try | SuffixKind::Variant(_) => {}
            SuffixKind::Struct(fields) => {
                let mut names = HashSet::new();
                for (field, value) in fields {
                    if !names.insert(&field.name) {
                        let message = format!("Duplicate field in struct literal: {}", field.name);
                        self.error(Code::DUPLICATE_MEMBER, field.span, message);
                    }
                    self.expr(value);
                    self.note_member(&field.name, value);
                }
            }
        }
    }

    fn args(&mut self, args: &[Arg]) {
        let mut lent: Vec<&Name> = Vec::new();
        for arg in args {
            match arg {
                Arg::Positional(e) | Arg::Spread(e) | Arg::Named(_, e) => self.expr(e),
                Arg::InOut(place) => {
                    self.place(place, "mutate");
                    let root = &place.root;
                    if lent.contains(&&root.name) {
                        let message = format!("'{}' is passed to two mut parameters of one call", root.name);
                        self.error(Code::ALIASED_MUT_ARGUMENTS, root.span, message);
                    }
                    lent.push(&root.name);
                }
            }
        }
    }

    /// The name that a pattern or a binding of a match arm introduces.
    pub(super) fn declare_here(&mut self, name: &Name, span: crate::syntax::source::Span) -> super::VarId {
        let id = self.declare_new(name, span, None);
        self.record(span, Use::Declare(id));
        id
    }
}

//! Types and patterns.

use super::{Printer, quoted};
use crate::syntax::ast::{BindPattern, Ident, Literal, Pattern, PatternItem, PatternKind, Rest, Type, TypeKind};
use std::fmt::Write;

/// Types.
impl Printer {
    pub(super) fn annotation(&mut self, ty: &Option<Type>) {
        if let Some(ty) = ty {
            self.put(": ");
            self.type_(ty);
        }
    }

    pub(super) fn type_(&mut self, ty: &Type) {
        match &ty.kind {
            TypeKind::Named { path, args } => {
                self.path(path);
                if !args.is_empty() {
                    self.put("<");
                    self.list(args, Self::type_);
                    self.put(">");
                }
            }
            TypeKind::Func { params, result } => {
                self.put("func");
                if let Some(params) = params {
                    self.put("(");
                    self.list(params, Self::type_);
                    self.put(")");
                }
                if let Some(result) = result {
                    self.put(" -> ");
                    self.type_(result);
                }
            }
            TypeKind::Optional(inner) => {
                let is_optional = matches!(inner.kind, TypeKind::Optional(_));
                self.type_atom(inner, is_optional);
                self.put("?");
            }
            TypeKind::Union(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    self.put(if index > 0 { " | " } else { "" });
                    self.type_atom(part, false);
                }
            }
            TypeKind::Error => self.put("/* error */"),
        }
    }

    /// A part of a longer type, in parentheses if it would take in what follows.
    fn type_atom(&mut self, ty: &Type, is_open: bool) {
        if is_open || matches!(ty.kind, TypeKind::Union(_) | TypeKind::Func { result: Some(_), .. }) {
            self.put("(");
            self.type_(ty);
            self.put(")");
        } else {
            self.type_(ty);
        }
    }
}

/// Patterns.
impl Printer {
    pub(super) fn bind_pattern(&mut self, pattern: &BindPattern) {
        match pattern {
            BindPattern::Name(name) => self.ident(name),
            BindPattern::Ignore(_) => self.put("_"),
            BindPattern::Array { items, rest, .. } => {
                self.put("[");
                self.list(items, Self::bind_pattern);
                self.bind_rest(rest, items.is_empty());
                self.put("]");
            }
            BindPattern::Dict { entries, rest, .. } => {
                self.put("{");
                self.list(entries, |p, (key, pattern)| {
                    p.key(&key.name);
                    p.put(": ");
                    p.bind_pattern(pattern);
                });
                self.bind_rest(rest, entries.is_empty());
                self.put("}");
            }
        }
    }

    fn bind_rest(&mut self, rest: &Option<Ident>, is_first: bool) {
        if let Some(name) = rest {
            self.put(if is_first { "..." } else { ", ..." });
            self.ident(name);
        }
    }

    /// A key of a dict pattern.
    fn key(&mut self, key: &str) {
        if is_word(key) { self.put(key) } else { self.put(&quoted(key)) }
    }

    pub(super) fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Wildcard => self.put("_"),
            PatternKind::Bind(name) => self.put(name),
            PatternKind::Literal(literal) => self.literal(literal),
            PatternKind::Range { start, end, inclusive } => {
                start.iter().for_each(|start| self.literal(start));
                self.put(if *inclusive { "..=" } else { ".." });
                end.iter().for_each(|end| self.literal(end));
            }
            PatternKind::Variant { path, variant, payload } => {
                self.path(path);
                if let Some(variant) = variant {
                    self.put("::");
                    self.ident(variant);
                }
                if let Some(payload) = payload {
                    self.put("(");
                    self.list(payload, Self::pattern_item);
                    self.put(")");
                }
            }
            PatternKind::Struct { path, fields } => {
                self.path(path);
                self.put(" {");
                self.list(fields, Self::key_pattern);
                self.put("}");
            }
            PatternKind::Array(items) => {
                self.put("[");
                self.list(items, Self::pattern_item);
                self.put("]");
            }
            PatternKind::Dict { entries, rest } => {
                self.put("{");
                self.list(entries, Self::key_pattern);
                if let Some(rest) = rest {
                    self.put(if entries.is_empty() { "" } else { ", " });
                    self.rest(rest);
                }
                self.put("}");
            }
            PatternKind::Or(alternatives) => {
                for (index, alternative) in alternatives.iter().enumerate() {
                    self.put(if index > 0 { " | " } else { "" });
                    self.alternative(alternative);
                }
            }
            PatternKind::Error => self.put("/* error */"),
        }
    }

    fn alternative(&mut self, pattern: &Pattern) {
        let is_or = matches!(pattern.kind, PatternKind::Or(_));
        self.put(if is_or { "(" } else { "" });
        self.pattern(pattern);
        self.put(if is_or { ")" } else { "" });
    }

    fn pattern_item(&mut self, item: &PatternItem) {
        match item {
            PatternItem::Pattern(pattern) => self.pattern(pattern),
            PatternItem::Rest(rest) => self.rest(rest),
        }
    }

    fn rest(&mut self, rest: &Rest) {
        self.put("...");
        rest.name.iter().for_each(|name| self.ident(name));
    }

    fn key_pattern(&mut self, (key, pattern): &(Ident, Pattern)) {
        self.key(&key.name);
        self.put(": ");
        self.pattern(pattern);
    }

    pub(super) fn literal(&mut self, literal: &Literal) {
        let _ = match literal {
            Literal::Null => write!(self.out, "null"),
            Literal::Bool(value) => write!(self.out, "{value}"),
            Literal::Int(value) => write!(self.out, "{value}"),
            Literal::BigInt(digits) => write!(self.out, "{digits}"),
            Literal::Float(value) => write!(self.out, "{value:?}"),
            Literal::Str(text) => write!(self.out, "{}", quoted(text)),
        };
    }
}

/// Is it a name or a reserved word?
fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

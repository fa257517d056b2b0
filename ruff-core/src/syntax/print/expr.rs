//! Expressions.

use super::{Printer, push_escaped, quoted};
use crate::syntax::ast::{
    Arg, BinaryOp, DictEntry, Element, Expr, ExprKind, If, Index, Literal, Match, Suffix, SuffixKind, TemplatePart,
};
use std::fmt::Write;

impl Printer {
    pub(super) fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Null => self.put("null"),
            ExprKind::Bool(value) => self.literal(&Literal::Bool(*value)),
            ExprKind::Int(value) => self.literal(&Literal::Int(*value)),
            ExprKind::BigInt(digits) => self.put(digits),
            ExprKind::Float(value) => self.literal(&Literal::Float(*value)),
            ExprKind::Str(text) => self.put(&quoted(text)),
            ExprKind::Template(parts) => self.template(parts),
            ExprKind::Name(name) => self.put(name),
            ExprKind::Array(elements) => self.array(elements),
            ExprKind::Dict(entries) => self.dict(entries),
            ExprKind::Lambda(function) => self.function(function, None),
            ExprKind::If(if_) => self.if_(if_),
            ExprKind::Match(match_) => self.match_(match_),
            ExprKind::Spawn(block) => {
                self.put("spawn ");
                self.block(block);
            }
            ExprKind::Throw(value) => self.prefixed("throw ", value),
            ExprKind::Yield(None) => self.put("yield"),
            ExprKind::Yield(Some(value)) => self.prefixed("yield ", value),
            ExprKind::Await(value) => self.prefixed("await ", value),
            ExprKind::Unary { op, operand } => self.prefixed(op.sign(), operand),
            ExprKind::Binary { first, rest } => self.binary(first, rest),
            ExprKind::Range { start, end, inclusive } => {
                self.expr(start);
                self.range_sign(*inclusive);
                self.expr(end);
            }
            ExprKind::Postfix { base, suffixes } => {
                self.expr(base);
                self.suffixes(suffixes);
            }
            ExprKind::Paren(inner) => {
                self.put("(");
                self.expr(inner);
                self.put(")");
            }
            ExprKind::Error => self.put("/* error */"),
        }
    }

    fn prefixed(&mut self, prefix: &str, operand: &Expr) {
        self.put(prefix);
        self.expr(operand);
    }

    fn binary(&mut self, first: &Expr, rest: &[(BinaryOp, Expr)]) {
        self.expr(first);
        for (op, operand) in rest {
            let _ = write!(self.out, " {} ", op.sign());
            self.expr(operand);
        }
    }

    fn template(&mut self, parts: &[TemplatePart]) {
        self.put("\"");
        for part in parts {
            match part {
                TemplatePart::Text(text) => push_escaped(&mut self.out, text),
                TemplatePart::Expr(expr) => {
                    self.put("${");
                    self.expr(expr);
                    self.put("}");
                }
            }
        }
        self.put("\"");
    }

    fn array(&mut self, elements: &[Element]) {
        self.put("[");
        self.list(elements, |p, element| match element {
            Element::Value(value) => p.expr(value),
            Element::Spread(value) => p.prefixed("...", value),
        });
        self.put("]");
    }

    fn dict(&mut self, entries: &[DictEntry]) {
        self.put("{");
        self.list(entries, |p, entry| match entry {
            DictEntry::Pair(key, value) => {
                p.expr(key);
                p.prefixed(": ", value);
            }
            DictEntry::Spread(value) => p.prefixed("...", value),
        });
        self.put("}");
    }

    fn if_(&mut self, if_: &If) {
        for (index, (condition, body)) in if_.arms.iter().enumerate() {
            self.prefixed(if index > 0 { " else if " } else { "if " }, condition);
            self.put(" ");
            self.block(body);
        }
        if let Some(otherwise) = &if_.otherwise {
            self.put(" else ");
            self.block(otherwise);
        }
    }

    fn match_(&mut self, match_: &Match) {
        self.prefixed("match ", &match_.subject);
        self.put(" {\n");
        self.indent += 4;
        for arm in &match_.arms {
            self.start_line();
            self.put("case ");
            self.pattern(&arm.pattern);
            if let Some(guard) = &arm.guard {
                self.prefixed(" if ", guard);
            }
            self.put(" ");
            self.block(&arm.body);
            self.put("\n");
        }
        if let Some(default) = &match_.default {
            self.start_line();
            self.put("default ");
            self.block(default);
            self.put("\n");
        }
        self.indent -= 4;
        self.start_line();
        self.put("}");
    }

    /// `..` or `..=`, which must not touch a `?`.
    fn range_sign(&mut self, inclusive: bool) {
        self.put(if self.out.ends_with('?') { " " } else { "" });
        self.put(if inclusive { "..=" } else { ".." });
    }

    fn suffixes(&mut self, suffixes: &[Suffix]) {
        for (index, suffix) in suffixes.iter().enumerate() {
            let after_try = index > 0 && matches!(suffixes[index - 1].kind, SuffixKind::Try);
            self.put(if after_try { " " } else { "" });
            self.suffix(suffix);
        }
    }

    fn suffix(&mut self, suffix: &Suffix) {
        match &suffix.kind {
            SuffixKind::Call(args) => {
                self.put("(");
                self.list(args, Self::arg);
                self.put(")");
            }
            SuffixKind::Index(index) => self.index("[", index),
            SuffixKind::OptionalIndex(index) => self.index("?[", index),
            SuffixKind::Field(name) => {
                self.put(".");
                self.ident(name);
            }
            SuffixKind::OptionalField(name) => {
                self.put("?.");
                self.ident(name);
            }
            SuffixKind::Try => self.put("?"),
            SuffixKind::Variant(name) => {
                self.put("::");
                self.ident(name);
            }
            SuffixKind::Struct(fields) => {
                self.put(" {");
                self.list(fields, |p, (name, value)| {
                    p.ident(name);
                    p.prefixed(": ", value);
                });
                self.put("}");
            }
        }
    }

    fn index(&mut self, open: &str, index: &Index) {
        self.put(open);
        match index {
            Index::At(index) => self.expr(index),
            Index::Slice { start, end, inclusive } => {
                start.iter().for_each(|start| self.expr(start));
                self.range_sign(*inclusive);
                end.iter().for_each(|end| self.expr(end));
            }
        }
        self.put("]");
    }

    fn arg(&mut self, arg: &Arg) {
        match arg {
            Arg::Positional(value) => self.expr(value),
            Arg::Spread(value) => self.prefixed("...", value),
            Arg::InOut(place) => {
                self.put("mut ");
                self.place(place);
            }
            Arg::Named(name, value) => {
                self.ident(name);
                self.prefixed(": ", value);
            }
        }
    }
}

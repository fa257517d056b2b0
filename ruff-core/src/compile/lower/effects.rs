//! What evaluating an expression may do to variables of the function: judgements on the tree that are safe to get wrong in one
//! direction only.

use super::Lower;
use super::variable::Access;
use crate::compile::resolve::VarId;
use crate::syntax::ast::*;
use crate::syntax::source::Span;

/// The name that an expression is.
pub(super) fn name_of(e: &Expr) -> Option<(&Name, Span)> {
    match &e.kind {
        ExprKind::Name(name) => Some((name, e.span)),
        ExprKind::Paren(inner) => name_of(inner),
        _ => None,
    }
}

/// How far an expression may be evaluated at another time than its neighbours.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Calm {
    /// Names, literals and arithmetic on them.
    Arithmetic,
    /// It also reads inside containers.
    Reads,
    /// It calls, assigns or branches.
    Active,
}

/// Builtins that call functions of the script.
const CALLING_BUILTINS: &[&str] = &[
    "map",
    "filter",
    "reduce",
    "find",
    "any",
    "all",
    "sort",
    "zip",
    "chunk",
    "take",
    "skip",
    "enumerate",
    "flatten",
    "error",
    "exit",
];

impl Lower<'_, '_> {
    /// How calm an expression is. Builtins without callbacks count as reads: what they may change is outside the script, and the
    /// methods of structs that they ask should not have effects.
    pub(super) fn calmness(&self, e: &Expr) -> Calm {
        match &e.kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::BigInt(_) => Calm::Arithmetic,
            ExprKind::Float(_) | ExprKind::Str(_) | ExprKind::Name(_) => Calm::Arithmetic,
            ExprKind::Paren(inner) | ExprKind::Unary { operand: inner, .. } => self.calmness(inner),
            ExprKind::Binary { first, rest } => rest.iter().fold(self.calmness(first), |calm, (op, operand)| {
                let own = if *op == BinaryOp::Pipe { Calm::Active } else { Calm::Arithmetic };
                calm.max(own).max(self.calmness(operand))
            }),
            ExprKind::Template(parts) => parts.iter().fold(Calm::Reads, |calm, part| match part {
                TemplatePart::Text(_) => calm,
                TemplatePart::Expr(e) => calm.max(self.calmness(e)),
            }),
            ExprKind::Range { start, end, .. } => self.calmness(start).max(self.calmness(end)),
            ExprKind::Postfix { base, suffixes } => self.postfix_calmness(base, suffixes),
            ExprKind::Array(elements) => elements.iter().fold(Calm::Reads, |calm, element| match element {
                Element::Value(e) => calm.max(self.calmness(e)),
                Element::Spread(_) => Calm::Active,
            }),
            _ => Calm::Active,
        }
    }

    fn postfix_calmness(&self, base: &Expr, suffixes: &[Suffix]) -> Calm {
        let is_native = |name: &Name, span| self.is_native(name, span) && !CALLING_BUILTINS.contains(&&**name);
        let mut calm = Calm::Reads;
        let mut rest = suffixes;
        match (name_of(base), suffixes) {
            (Some((name, span)), [Suffix { kind: SuffixKind::Call(args), .. }, more @ ..]) if is_native(name, span) => {
                calm = args.iter().fold(calm, |calm, arg| match arg {
                    Arg::Positional(e) => calm.max(self.calmness(e)),
                    _ => Calm::Active,
                });
                rest = more;
            }
            _ => calm = calm.max(self.calmness(base)),
        }
        rest.iter().fold(calm, |calm, suffix| match &suffix.kind {
            SuffixKind::Field(_) => calm,
            SuffixKind::Index(Index::At(e)) => calm.max(self.calmness(e)),
            _ => Calm::Active,
        })
    }

    /// May evaluating the expression change the plain local variable? Closures cannot: it is not captured.
    pub(super) fn may_change(&self, e: &Expr, id: VarId) -> bool {
        if self.input.names.variable(id).is_some_and(|variable| variable.immutable.is_some()) {
            return false;
        }
        match &e.kind {
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::BigInt(_)
            | ExprKind::Float(_)
            | ExprKind::Str(_)
            | ExprKind::Name(_)
            | ExprKind::Lambda(_)
            | ExprKind::Error => false,
            ExprKind::If(_) | ExprKind::Match(_) | ExprKind::Spawn(_) => true,
            ExprKind::Template(parts) => parts.iter().any(|part| match part {
                TemplatePart::Text(_) => false,
                TemplatePart::Expr(e) => self.may_change(e, id),
            }),
            ExprKind::Array(elements) => elements.iter().any(|element| match element {
                Element::Value(e) | Element::Spread(e) => self.may_change(e, id),
            }),
            ExprKind::Dict(entries) => entries.iter().any(|entry| match entry {
                DictEntry::Pair(key, value) => self.may_change(key, id) || self.may_change(value, id),
                DictEntry::Spread(e) => self.may_change(e, id),
            }),
            ExprKind::Yield(value) => value.iter().any(|e| self.may_change(e, id)),
            ExprKind::Throw(operand)
            | ExprKind::Await(operand)
            | ExprKind::Unary { operand, .. }
            | ExprKind::Paren(operand) => self.may_change(operand, id),
            ExprKind::Binary { first, rest } => {
                self.may_change(first, id) || rest.iter().any(|(_, operand)| self.may_change(operand, id))
            }
            ExprKind::Range { start, end, .. } => self.may_change(start, id) || self.may_change(end, id),
            ExprKind::Postfix { base, suffixes } => self.postfix_may_change(base, suffixes, id),
        }
    }

    fn postfix_may_change(&self, base: &Expr, suffixes: &[Suffix], id: VarId) -> bool {
        let calls_method =
            suffixes.iter().any(|s| matches!(s.kind, SuffixKind::Field(_) | SuffixKind::OptionalField(_)))
                && suffixes.iter().any(|s| matches!(s.kind, SuffixKind::Call(_)));
        if calls_method && self.local_variable(base).is_some_and(|(own, _)| own == id) {
            return true;
        }
        let in_index = |index: &Index| match index {
            Index::At(e) => self.may_change(e, id),
            Index::Slice { start, end, .. } => start.iter().chain(end).any(|e| self.may_change(e, id)),
        };
        self.may_change(base, id)
            || suffixes.iter().any(|suffix| match &suffix.kind {
                SuffixKind::Call(args) => args.iter().any(|arg| self.argument_may_change(arg, id)),
                SuffixKind::Index(index) | SuffixKind::OptionalIndex(index) => in_index(index),
                SuffixKind::Struct(fields) => fields.iter().any(|(_, e)| self.may_change(e, id)),
                SuffixKind::Field(_) | SuffixKind::OptionalField(_) | SuffixKind::Try | SuffixKind::Variant(_) => false,
            })
    }

    pub(super) fn argument_may_change(&self, arg: &Arg, id: VarId) -> bool {
        match arg {
            Arg::Positional(e) | Arg::Spread(e) | Arg::Named(_, e) => self.may_change(e, id),
            Arg::InOut(place) => {
                let root = self.root(&place.root.name, place.root.span);
                root.is_some_and(|r| r.variable == Some(id))
                    || place.path.iter().any(|step| matches!(step, PathStep::Index(e) if self.may_change(e, id)))
            }
        }
    }

    /// Does the place begin with a variable that nothing but this function can see?
    pub(super) fn is_private(&self, access: Access) -> bool {
        matches!(access, Access::Register(reg) if !self.frame.in_out.contains(&reg) && !self.frame.code.is_protected())
    }
}

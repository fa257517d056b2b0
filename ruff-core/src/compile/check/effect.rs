//! Expressions that do nothing but give a value.

use crate::syntax::ast::*;

/// Can evaluating it do nothing else than give a value or raise an error?
pub(super) fn has_no_effect(e: &Expr) -> bool {
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
            TemplatePart::Expr(e) => has_no_effect(e),
        }),
        ExprKind::Array(elements) => elements.iter().all(|element| match element {
            Element::Value(e) => has_no_effect(e),
            Element::Spread(_) => false,
        }),
        ExprKind::Dict(entries) => entries.iter().all(|entry| match entry {
            DictEntry::Pair(key, value) => has_no_effect(key) && has_no_effect(value),
            DictEntry::Spread(_) => false,
        }),
        ExprKind::Unary { operand, .. } => has_no_effect(operand),
        ExprKind::Paren(inner) => has_no_effect(inner),
        ExprKind::Binary { first, rest } => {
            has_no_effect(first) && rest.iter().all(|(op, e)| *op != BinaryOp::Pipe && has_no_effect(e))
        }
        ExprKind::Range { start, end, .. } => has_no_effect(start) && has_no_effect(end),
        ExprKind::Postfix { base, suffixes } => {
            has_no_effect(base) && suffixes.iter().all(|s| suffix_has_no_effect(&s.kind))
        }
        ExprKind::If(_)
        | ExprKind::Match(_)
        | ExprKind::Spawn(_)
        | ExprKind::Throw(_)
        | ExprKind::Yield(_)
        | ExprKind::Await(_)
        | ExprKind::Error => false,
    }
}

fn suffix_has_no_effect(suffix: &SuffixKind) -> bool {
    match suffix {
        SuffixKind::Call(_) | SuffixKind::Try => false,
        SuffixKind::Index(index) | SuffixKind::OptionalIndex(index) => match index {
            Index::At(e) => has_no_effect(e),
            Index::Slice { start, end, .. } => start.iter().chain(end).all(|e| has_no_effect(e)),
        },
        SuffixKind::Field(_) | SuffixKind::OptionalField(_) | SuffixKind::Variant(_) => true,
        SuffixKind::Struct(fields) => fields.iter().all(|(_, e)| has_no_effect(e)),
    }
}

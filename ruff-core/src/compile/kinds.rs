//! What kind of value an expression has, judged from the tree.

use crate::syntax::ast::*;

/// Builtins that return numbers.
const NUMERIC_BUILTINS: &[&str] = &[
    "len",
    "abs",
    "floor",
    "ceil",
    "round",
    "sqrt",
    "sin",
    "cos",
    "tan",
    "exp",
    "log",
    "pow",
    "min",
    "max",
    "sum",
    "to_int",
    "to_float",
    "parse_int",
    "parse_float",
    "index_of",
    "isqrt",
    "gcd",
];

/// Is the value a number, if it is anything that can be added and not a struct? A judgement for the choice of code, not of meaning.
pub fn is_numeric(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Int(_) | ExprKind::BigInt(_) | ExprKind::Float(_) => true,
        ExprKind::Paren(inner) => is_numeric(inner),
        ExprKind::Unary { op, .. } => *op != UnaryOp::Not,
        ExprKind::Binary { first, rest } => {
            rest.iter().any(|(op, _)| *op != BinaryOp::Add)
                || is_numeric(first)
                || rest.iter().any(|(_, e)| is_numeric(e))
        }
        ExprKind::Postfix { base, suffixes } => {
            matches!(suffixes.as_slice(), [Suffix { kind: SuffixKind::Call(_), .. }])
                && matches!(&base.kind, ExprKind::Name(name) if NUMERIC_BUILTINS.contains(&&**name))
        }
        _ => false,
    }
}

/// Is it a text as it is written?
pub fn is_written_text(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Str(_) | ExprKind::Template(_) => true,
        ExprKind::Paren(inner) => is_written_text(inner),
        _ => false,
    }
}

/// Does assigning the expression to the variable keep a number a number? `x + …` does, because a number takes only numbers.
pub fn keeps_numbers(name: &Name, e: &Expr) -> bool {
    let is_own = |first: &Expr| matches!(&first.kind, ExprKind::Name(other) if other == name);
    is_numeric(e) || matches!(&e.kind, ExprKind::Binary { first, .. } if is_own(first))
}

//! Constants of expressions.

use crate::bytecode::Const;
use crate::syntax::ast::{Expr, ExprKind, Literal, UnaryOp};

/// The constant that an expression is, if it is a literal or a signed number.
pub fn literal(e: &Expr) -> Option<Const> {
    Some(match &e.kind {
        ExprKind::Null => Const::Null,
        ExprKind::Bool(b) => Const::Bool(*b),
        ExprKind::Int(i) => Const::Int(*i),
        ExprKind::BigInt(digits) => Const::BigInt(digits.clone()),
        ExprKind::Float(f) => Const::Float(*f),
        ExprKind::Str(s) => Const::Str(s.clone()),
        ExprKind::Paren(inner) => literal(inner)?,
        ExprKind::Unary { op: UnaryOp::Neg, operand } => negated(literal(operand)?)?,
        _ => return None,
    })
}

/// The constant of a literal in a pattern.
pub fn pattern_literal(literal: &Literal) -> Const {
    match literal {
        Literal::Null => Const::Null,
        Literal::Bool(b) => Const::Bool(*b),
        Literal::Int(i) => Const::Int(*i),
        Literal::BigInt(digits) => Const::BigInt(digits.clone()),
        Literal::Float(f) => Const::Float(*f),
        Literal::Str(s) => Const::Str(s.clone()),
    }
}

fn negated(constant: Const) -> Option<Const> {
    match constant {
        Const::Int(i) => Some(i.checked_neg().map_or_else(|| Const::BigInt("9223372036854775808".into()), Const::Int)),
        Const::Float(f) => Some(Const::Float(-f)),
        Const::BigInt(digits) if &*digits == "9223372036854775808" => Some(Const::Int(i64::MIN)),
        Const::BigInt(digits) => Some(Const::BigInt(match digits.strip_prefix('-') {
            Some(positive) => positive.into(),
            None => format!("-{digits}").into(),
        })),
        _ => None,
    }
}

/// Is it a number?
pub fn is_number(constant: &Const) -> bool {
    matches!(constant, Const::Int(_) | Const::Float(_) | Const::BigInt(_))
}

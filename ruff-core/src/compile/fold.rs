//! Constants of expressions.

use crate::bytecode::Const;
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Literal, UnaryOp};
use crate::value::ops::{self, BinaryOperator, UnaryOperator};

/// The constant that an expression is: a literal, or operators on constants that cannot fail.
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
        ExprKind::Unary { op: UnaryOp::Not, operand } => ops::fold_unary(UnaryOperator::Not, &literal(operand)?)?,
        ExprKind::Unary { op: UnaryOp::BitNot, operand } => ops::fold_unary(UnaryOperator::BitNot, &literal(operand)?)?,
        ExprKind::Binary { first, rest } => rest
            .iter()
            .try_fold(literal(first)?, |left, (op, right)| ops::fold(operator(*op)?, &left, &literal(right)?))?,
        _ => return None,
    })
}

/// The operator of the values that an operator of the tree is; control flow is none.
fn operator(op: BinaryOp) -> Option<BinaryOperator> {
    Some(match op {
        BinaryOp::Add => BinaryOperator::Add,
        BinaryOp::Sub => BinaryOperator::Sub,
        BinaryOp::Mul => BinaryOperator::Mul,
        BinaryOp::Div => BinaryOperator::Div,
        BinaryOp::Mod => BinaryOperator::Mod,
        BinaryOp::Pow => BinaryOperator::Pow,
        BinaryOp::BitAnd => BinaryOperator::BitAnd,
        BinaryOp::BitOr => BinaryOperator::BitOr,
        BinaryOp::BitXor => BinaryOperator::BitXor,
        BinaryOp::Shl => BinaryOperator::Shl,
        BinaryOp::Shr => BinaryOperator::Shr,
        BinaryOp::Eq => BinaryOperator::Eq,
        BinaryOp::Ne => BinaryOperator::Ne,
        BinaryOp::Lt => BinaryOperator::Lt,
        BinaryOp::Le => BinaryOperator::Le,
        BinaryOp::Gt => BinaryOperator::Gt,
        BinaryOp::Ge => BinaryOperator::Ge,
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

/// The truth of a constant.
pub fn truth(constant: &Const) -> bool {
    ops::fold_unary(UnaryOperator::Not, constant) != Some(Const::Bool(true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::ast::{Stmt, StmtKind};
    use crate::syntax::diagnostic::Diagnostics;
    use crate::syntax::source::Source;

    fn folded(text: &str) -> Option<Const> {
        let tree = crate::syntax::parse(&Source::new("t", text), &mut Diagnostics::default());
        match tree.body.as_slice() {
            [Stmt { kind: StmtKind::Expr(e), .. }] => literal(e),
            _ => None,
        }
    }

    #[test]
    fn constants_fold_unless_they_would_fail() {
        assert_eq!(folded("(1 + 2 * 3 - 4)"), Some(Const::Int(3)));
        assert_eq!(folded("(-9223372036854775808)"), Some(Const::Int(i64::MIN)));
        assert_eq!(folded("(1 < 2.5)"), None);
        assert_eq!(folded("(\"a\" + \"b\" == \"ab\")"), Some(Const::Bool(true)));
        for raises in ["(1 / 0)", "(1 % 0)", "(1 + \"a\")", "(1 << -1)", "(9223372036854775807 + 1)"] {
            assert_eq!(folded(raises), None, "{raises}");
        }
    }
}

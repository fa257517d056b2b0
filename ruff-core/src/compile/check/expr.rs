//! Expressions: what is wrong inside them, and what their values are known to be.

use super::kind::{Kind, Known, result_of_signature};
use super::{Body, Checker};
use crate::compile::resolve::Use;
use crate::syntax::ast::*;
use crate::syntax::source::Span;

impl<'a> Checker<'a, '_> {
    /// Looks at an expression whose value is used.
    pub(super) fn expr(&mut self, e: &'a Expr) -> Known {
        match &e.kind {
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::BigInt(_)
            | ExprKind::Float(_)
            | ExprKind::Str(_) => literal(e),
            ExprKind::Error => Known::anything(),
            ExprKind::Name(_) => self.name(e.span),
            ExprKind::Template(parts) => {
                for part in parts {
                    if let TemplatePart::Expr(e) = part {
                        self.expr(e);
                    }
                }
                Kind::String.into()
            }
            ExprKind::Array(elements) => {
                for element in elements {
                    let (Element::Value(e) | Element::Spread(e)) = element;
                    self.expr(e);
                }
                Kind::Array.into()
            }
            ExprKind::Dict(entries) => {
                for entry in entries {
                    match entry {
                        DictEntry::Pair(key, value) => {
                            self.expr(key);
                            self.expr(value);
                        }
                        DictEntry::Spread(e) => drop(self.expr(e)),
                    }
                }
                Kind::Dict.into()
            }
            ExprKind::Lambda(function) => {
                self.function(function, None);
                Kind::Function.into()
            }
            ExprKind::If(i) => self.if_expr(i, true),
            ExprKind::Match(m) => self.match_expr(m, true),
            ExprKind::Spawn(block) => {
                self.body(Body { result: None, is_function: false }, block, true);
                Kind::Promise.into()
            }
            ExprKind::Throw(operand) => {
                self.expr(operand);
                Known::never()
            }
            ExprKind::Yield(value) => {
                value.iter().for_each(|e| drop(self.expr(e)));
                Known::anything()
            }
            ExprKind::Await(operand) => {
                self.expr(operand);
                Known::anything()
            }
            ExprKind::Unary { op, operand } => {
                let known = self.expr(operand);
                unary(*op, &known)
            }
            ExprKind::Binary { first, rest } => self.binary(first, rest),
            ExprKind::Range { start, end, .. } => {
                self.expr(start);
                self.expr(end);
                Kind::Range.into()
            }
            ExprKind::Postfix { base, suffixes } => self.postfix(base, suffixes, None),
            ExprKind::Paren(inner) => self.expr(inner),
        }
    }

    /// What the name at `span` is known to hold.
    pub(super) fn name(&self, span: Span) -> Known {
        if let Some(key) = self.key(span) {
            if let Some(kind) = self.declared.type_at(key) {
                return kind.into();
            }
            if self.declared.function(key).is_some() {
                return Kind::Function.into();
            }
            return self.variables.get(&key).map_or(Known::anything(), |holding| holding.known.clone());
        }
        Known::anything()
    }

    /// An expression that is a name of the library?
    pub(super) fn builtin_name(&self, e: &'a Expr) -> Option<&'a str> {
        match &e.kind {
            ExprKind::Name(name) if self.names.name_at(e.span) == Use::Builtin => Some(name),
            _ => None,
        }
    }

    /// What a call of a builtin gives.
    pub(super) fn builtin_result(&self, name: &str) -> Known {
        self.builtins.signature(name).map_or(Known::anything(), result_of_signature)
    }

    pub(super) fn if_expr(&mut self, i: &'a If, is_value: bool) -> Known {
        let mut known = Known::never();
        for (condition, block) in &i.arms {
            self.expr(condition);
            let value = self.block(block, is_value);
            known = known.or(value);
        }
        match &i.otherwise {
            Some(block) => known.or(self.block(block, is_value)),
            None => known.or(Kind::Null.into()),
        }
    }

    pub(super) fn match_expr(&mut self, m: &'a Match, is_value: bool) -> Known {
        self.expr(&m.subject);
        let mut known = Known::never();
        for arm in &m.arms {
            arm.guard.iter().for_each(|guard| drop(self.expr(guard)));
            let value = self.block(&arm.body, is_value);
            known = known.or(value);
        }
        match &m.default {
            Some(block) => known.or(self.block(block, is_value)),
            None => known.or(Kind::Null.into()),
        }
    }

    fn binary(&mut self, first: &'a Expr, rest: &'a [(BinaryOp, Expr)]) -> Known {
        let mut left = self.expr(first);
        let mut left_expr = Some(first);
        for (op, operand) in rest {
            if *op == BinaryOp::Pipe {
                left = self.pipe((left_expr, left), operand);
            } else {
                let right = self.expr(operand);
                let span = first.span.to(operand.span);
                self.comparison(*op, (left_expr, &left), (operand, &right), span);
                left = binary(*op, left, right);
            }
            left_expr = None;
        }
        left
    }

    fn pipe(&mut self, value: (Option<&'a Expr>, Known), target: &'a Expr) -> Known {
        match &target.kind {
            ExprKind::Postfix { base, suffixes }
                if matches!(suffixes.last(), Some(Suffix { kind: SuffixKind::Call(_), .. })) =>
            {
                self.postfix(base, suffixes, Some(value))
            }
            _ => {
                self.expr(target);
                let callee = self.callee(target);
                self.call(&callee, &[], Some(value))
            }
        }
    }
}

/// What a literal is; anything for other expressions.
pub(super) fn literal(e: &Expr) -> Known {
    match &e.kind {
        ExprKind::Null => Kind::Null.into(),
        ExprKind::Bool(_) => Kind::Bool.into(),
        ExprKind::Int(_) | ExprKind::BigInt(_) => Kind::Int.into(),
        ExprKind::Float(_) => Kind::Float.into(),
        ExprKind::Str(_) | ExprKind::Template(_) => Kind::String.into(),
        ExprKind::Array(_) => Kind::Array.into(),
        ExprKind::Dict(_) => Kind::Dict.into(),
        ExprKind::Lambda(_) => Kind::Function.into(),
        ExprKind::Range { .. } => Kind::Range.into(),
        ExprKind::Paren(inner) => literal(inner),
        ExprKind::Unary { op, operand } => unary(*op, &literal(operand)),
        _ => Known::anything(),
    }
}

/// The result of a prefix operator. Structs decide for themselves.
fn unary(op: UnaryOp, operand: &Known) -> Known {
    match op {
        UnaryOp::Neg if operand.all(Kind::is_number) => operand.clone(),
        UnaryOp::BitNot if operand.all(|kind| kind == Kind::Int) => operand.clone(),
        UnaryOp::Not if operand.all(|kind| !kind.is_struct()) => Kind::Bool.into(),
        _ => Known::anything(),
    }
}

/// The result of an operator. A struct on the left decides for itself, but its `op_eq` must give a bool.
fn binary(op: BinaryOp, left: Known, right: Known) -> Known {
    use BinaryOp::*;
    let are = |kind: Kind| left.all(|k| k == kind) && right.all(|k| k == kind);
    let is_declared = left.is_declared || right.is_declared;
    let kind = match op {
        And | Or | In | NotIn | Eq => return Kind::Bool.into(),
        Ne | Lt | Le | Gt | Ge if left.all(|kind| !kind.is_struct()) => return Kind::Bool.into(),
        Coalesce => return left.without_null().or(right),
        Add if are(Kind::String) => Kind::String,
        Add | Sub | Mul | Div | Mod | BitAnd | BitOr | BitXor | Shl | Shr if are(Kind::Int) => Kind::Int,
        Add | Sub | Mul | Div | Mod | Pow if is_float(&left, &right) => Kind::Float,
        _ => return Known::anything(),
    };
    Known { is_declared, ..kind.into() }
}

/// Is one a float and the other a number?
fn is_float(left: &Known, right: &Known) -> bool {
    left.all(Kind::is_number)
        && right.all(Kind::is_number)
        && (left.single() == Some(Kind::Float) || right.single() == Some(Kind::Float))
}

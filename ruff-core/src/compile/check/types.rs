//! Kinds of values: those that an annotation accepts, and that of an expression.

use super::{Checker, Key};
use crate::syntax::ast::*;

/// A kind by the name that `type(v)` gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Kind(pub &'static str);

const INT: Kind = Kind("int");
const FLOAT: Kind = Kind("float");
const BOOL: Kind = Kind("bool");
const STRING: Kind = Kind("string");
const NULL: Kind = Kind("null");

/// The kinds that annotations can name.
const NAMED: &[&str] = &[
    "int",
    "float",
    "bool",
    "string",
    "null",
    "array",
    "dict",
    "bytes",
    "range",
    "set",
    "queue",
    "stack",
    "struct",
    "enum",
    "result",
    "option",
    "function",
    "generator",
    "promise",
    "channel",
];

/// Builtins whose result is always of one kind.
const RESULTS: &[(Kind, &[&str])] = &[
    (
        BOOL,
        &[
            "has_key",
            "contains",
            "starts_with",
            "ends_with",
            "is_int",
            "is_float",
            "is_string",
            "is_bool",
            "is_array",
            "is_dict",
            "is_null",
            "is_function",
            "is_truthy",
            "is_empty",
            "is_ok",
            "is_err",
            "is_some",
            "is_none",
            "set_has",
            "any",
            "all",
        ],
    ),
    (INT, &["len", "index_of", "to_int", "parse_int", "count_chars", "sign", "queue_size", "stack_size"]),
    (FLOAT, &["to_float", "parse_float", "sqrt", "sin", "cos", "tan", "exp", "log", "pow"]),
    (
        STRING,
        &[
            "str",
            "to_string",
            "type",
            "type_of",
            "join",
            "trim",
            "to_upper",
            "to_lower",
            "upper",
            "lower",
            "repeat",
            "substring",
            "format",
            "to_json",
            "char_at",
        ],
    ),
];

/// The kinds that an annotation accepts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Kinds {
    Any,
    Of(Vec<Kind>),
}

impl Kinds {
    pub fn accepts(&self, kind: Kind) -> bool {
        match self {
            Kinds::Any => true,
            Kinds::Of(kinds) => kinds.contains(&kind) || kind == INT && kinds.contains(&FLOAT),
        }
    }

    /// The kind, if there is only one. An annotation `float` also accepts ints.
    fn only(&self) -> Option<Kind> {
        match self {
            Kinds::Of(kinds) => match kinds.as_slice() {
                [kind] if *kind != FLOAT => Some(*kind),
                _ => None,
            },
            Kinds::Any => None,
        }
    }
}

impl Checker<'_> {
    pub(super) fn kinds_of(&self, ty: &Type) -> Kinds {
        match &ty.kind {
            TypeKind::Named { path, .. } => match path.as_slice() {
                [name] => match NAMED.iter().find(|n| **n == &*name.name) {
                    Some(kind) => Kinds::Of(vec![Kind(kind)]),
                    None => Kinds::Any,
                },
                _ => Kinds::Any,
            },
            TypeKind::Func { .. } => Kinds::Of(vec![Kind("function"), Kind("struct")]),
            TypeKind::Optional(inner) => self.union([self.kinds_of(inner), Kinds::Of(vec![NULL])]),
            TypeKind::Union(parts) => self.union(parts.iter().map(|part| self.kinds_of(part))),
            TypeKind::Error => Kinds::Any,
        }
    }

    fn union(&self, parts: impl IntoIterator<Item = Kinds>) -> Kinds {
        let mut all = Vec::new();
        for part in parts {
            match part {
                Kinds::Any => return Kinds::Any,
                Kinds::Of(kinds) => all.extend(kinds),
            }
        }
        Kinds::Of(all)
    }

    /// The kind of a value, if it is certain.
    pub(super) fn kind_of(&self, e: &Expr) -> Option<Kind> {
        Some(match &e.kind {
            ExprKind::Null => NULL,
            ExprKind::Bool(_) => BOOL,
            ExprKind::Int(_) | ExprKind::BigInt(_) => INT,
            ExprKind::Float(_) => FLOAT,
            ExprKind::Str(_) | ExprKind::Template(_) => STRING,
            ExprKind::Array(_) => Kind("array"),
            ExprKind::Dict(_) => Kind("dict"),
            ExprKind::Range { .. } => Kind("range"),
            ExprKind::Lambda(_) => Kind("function"),
            ExprKind::Paren(inner) => self.kind_of(inner)?,
            ExprKind::Name(_) => self.kind_of_variable(self.key_at(e.span)?)?,
            ExprKind::Unary { op: UnaryOp::Not, operand } => {
                self.kind_of(operand)?;
                BOOL
            }
            ExprKind::Unary { operand, .. } => self.kind_of(operand).filter(|k| [INT, FLOAT].contains(k))?,
            ExprKind::Binary { first, rest } => rest.iter().try_fold(self.kind_of(first), |left, (op, right)| {
                match self.result(*op, left, right) {
                    None => None,
                    known => Some(known),
                }
            })??,
            ExprKind::Postfix { base, suffixes } => self.kind_of_call(base, suffixes)?,
            _ => return None,
        })
    }

    fn kind_of_variable(&self, key: Key) -> Option<Kind> {
        self.kinds.get(&key)?.only()
    }

    fn result(&self, op: BinaryOp, left: Option<Kind>, right: &Expr) -> Option<Kind> {
        let right = || self.kind_of(right);
        match op {
            BinaryOp::And | BinaryOp::Or | BinaryOp::In | BinaryOp::NotIn | BinaryOp::Eq => Some(BOOL),
            BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => left.map(|_| BOOL),
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod => match (left?, right()?) {
                (INT, INT) => Some(INT),
                (INT | FLOAT, INT | FLOAT) => Some(FLOAT),
                (STRING, STRING) if op == BinaryOp::Add => Some(STRING),
                _ => None,
            },
            _ => None,
        }
    }

    /// The declared result of a function, or that of a builtin.
    fn kind_of_call(&self, base: &Expr, suffixes: &[Suffix]) -> Option<Kind> {
        let (ExprKind::Name(name), [Suffix { kind: SuffixKind::Call(_), .. }]) = (&base.kind, suffixes) else {
            return None;
        };
        if let Some(key) = self.key_at(base.span) {
            let function = self.functions.get(&key)?;
            let result = function.result.as_ref().filter(|_| !function.is_generator && !function.is_async)?;
            return self.kinds_of(result).only();
        }
        if self.names.name_at(base.span) != crate::compile::resolve::Use::Builtin {
            return None;
        }
        RESULTS.iter().find(|(_, names)| names.contains(&&**name)).map(|(kind, _)| *kind)
    }

    /// A comparison by `==` or `!=` whose sides are of kinds that are never equal.
    pub(super) fn impossible_comparison(&self, left: &Expr, right: &Expr) -> Option<(Kind, Kind)> {
        let (left, right) = (self.kind_of(left)?, self.kind_of(right)?);
        let are_numbers = [left, right].iter().all(|k| [INT, FLOAT].contains(k));
        (left != right && !are_numbers).then_some((left, right))
    }
}

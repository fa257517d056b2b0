//! Expressions: operators, suffixes, arguments and places.
//!
//! Binary operators need no recursion: operands that wait for a looser operator are on a list. Each level of brackets
//! therefore costs a bounded number of native frames.

use super::{Bail, Mode, Parsed, Parser, T};
use crate::code::Code;
use crate::syntax::ast::{Arg, BinaryOp, Expr, ExprKind, Ident, Index, PathStep, Place, Suffix, SuffixKind, UnaryOp};
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::source::Span;

/// An infix operator.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Infix {
    Binary(BinaryOp),
    Range { inclusive: bool },
}

/// How tightly infix operators bind, loosest first (section 6).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Pipe,
    Coalesce,
    Or,
    And,
    Equality,
    Compare,
    Range,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Sum,
    Product,
}

/// `first op e op e … op`, which waits for its last operand.
struct Pending {
    level: Level,
    first: Expr,
    rest: Vec<(BinaryOp, Expr)>,
    infix: Infix,
}

impl Pending {
    fn close(mut self, operand: Expr) -> Expr {
        let span = self.first.span.to(operand.span);
        let kind = match self.infix {
            Infix::Range { inclusive } => {
                ExprKind::Range { start: Box::new(self.first), end: Box::new(operand), inclusive }
            }
            Infix::Binary(op) => {
                self.rest.push((op, operand));
                ExprKind::Binary { first: Box::new(self.first), rest: self.rest }
            }
        };
        Expr { kind, span }
    }
}

/// Operators.
impl Parser<'_> {
    /// An expression inside another construct: one more level of nesting.
    pub(super) fn expr(&mut self) -> Parsed<Expr> {
        self.enter()?;
        let result = self.operators();
        self.depth -= 1;
        result
    }

    /// An expression before a block: `{` after a name does not start a struct literal.
    pub(super) fn condition(&mut self) -> Parsed<Expr> {
        let mode = self.set_mode(Mode { struct_literals: false, ..self.mode });
        let result = self.expr();
        self.mode = mode;
        result
    }

    /// An expression at the level of the construct around it.
    pub(super) fn operators(&mut self) -> Parsed<Expr> {
        match self.unary() {
            Ok(first) if self.infix().is_some() => self.infix_chain(first, false),
            result => result,
        }
    }

    fn infix_chain(&mut self, mut operand: Expr, in_index: bool) -> Parsed<Expr> {
        let mut pending: Vec<Pending> = Vec::new();
        while let Some((infix, level)) = self.infix() {
            let is_open_slice = in_index && level == Level::Range && self.ahead(1).kind == T::RBracket;
            if is_open_slice && pending.iter().all(|waiting| waiting.level > Level::Range) {
                break;
            }
            self.shift(&mut pending, operand, infix, level);
            operand = self.unary()?;
        }
        while let Some(looser) = pending.pop() {
            operand = looser.close(operand);
        }
        Ok(operand)
    }

    /// Steps over an infix operator. Its left operand takes those that bind tighter, and waits.
    fn shift(&mut self, pending: &mut Vec<Pending>, mut operand: Expr, infix: Infix, level: Level) {
        while let Some(tighter) = pending.pop_if(|top| top.level > level) {
            operand = tighter.close(operand);
        }
        let same = pending.pop_if(|top| top.level == level);
        if same.is_none() && matches!(level, Level::Equality | Level::Compare) {
            self.check_not(&operand);
        }
        if level == Level::Range && same.is_some() {
            self.error(Code::CHAINED_RANGE, self.token().span(), "Ranges cannot be chained");
        }
        pending.push(match (same, infix) {
            (Some(mut same), Infix::Binary(_)) => {
                if let Infix::Binary(op) = same.infix {
                    same.rest.push((op, operand));
                }
                Pending { infix, ..same }
            }
            (Some(same), Infix::Range { .. }) => Pending { level, first: same.close(operand), rest: Vec::new(), infix },
            (None, _) => Pending { level, first: operand, rest: Vec::new(), infix },
        });
        self.at += 1 + (infix == Infix::Binary(BinaryOp::NotIn)) as usize;
    }

    /// The infix operator at the current token, if it continues the expression.
    fn infix(&self) -> Option<(Infix, Level)> {
        use BinaryOp::*;
        let (op, level) = match self.kind() {
            T::DotDot => return Some((Infix::Range { inclusive: false }, Level::Range)),
            T::DotDotEq => return Some((Infix::Range { inclusive: true }, Level::Range)),
            T::Minus if self.after_line_break() => return None,
            T::Not if self.ahead(1).kind == T::In => (NotIn, Level::Compare),
            T::PipeArrow => (Pipe, Level::Pipe),
            T::Coalesce => (Coalesce, Level::Coalesce),
            T::PipePipe | T::Or => (Or, Level::Or),
            T::AmpAmp | T::And => (And, Level::And),
            T::EqEq => (Eq, Level::Equality),
            T::BangEq => (Ne, Level::Equality),
            T::Lt => (Lt, Level::Compare),
            T::LtEq => (Le, Level::Compare),
            T::Gt => (Gt, Level::Compare),
            T::GtEq => (Ge, Level::Compare),
            T::In => (In, Level::Compare),
            T::Pipe => (BitOr, Level::BitOr),
            T::Caret => (BitXor, Level::BitXor),
            T::Amp => (BitAnd, Level::BitAnd),
            T::Shl => (Shl, Level::Shift),
            T::Shr => (Shr, Level::Shift),
            T::Plus => (Add, Level::Sum),
            T::Minus => (Sub, Level::Sum),
            T::Star => (Mul, Level::Product),
            T::Slash => (Div, Level::Product),
            T::Percent => (Mod, Level::Product),
            _ => return None,
        };
        Some((Infix::Binary(op), level))
    }

    /// The left operand of a comparison must not begin with the word `not`. In a comparison it is reported already.
    fn check_not(&mut self, left: &Expr) {
        if matches!(&left.kind, ExprKind::Binary { rest, .. } if rest.first().is_some_and(|(op, _)| compares(*op))) {
            return;
        }
        let rest = self.text.get(left.span.start as usize..).unwrap_or("");
        let after = rest.strip_prefix("not").map(|rest| rest.chars().next());
        if after.is_some_and(|next| !next.is_some_and(|c| c.is_alphanumeric() || c == '_')) {
            let span = Span { end: left.span.start + 3, ..left.span };
            self.error(Code::AMBIGUOUS_NOT, span, "Ambiguous 'not': add parentheses");
        }
    }

    fn unary(&mut self) -> Parsed<Expr> {
        let operand = match self.kind() {
            T::Minus => return self.prefixed(UnaryOp::Neg),
            T::Bang | T::Not => return self.prefixed(UnaryOp::Not),
            T::Tilde => return self.prefixed(UnaryOp::BitNot),
            T::Await => self.awaited(),
            _ => self.postfix(),
        };
        match operand {
            Ok(base) if self.kind() == T::StarStar => self.power(base),
            result => result,
        }
    }

    fn prefixed(&mut self, op: UnaryOp) -> Parsed<Expr> {
        let start = self.advance().span();
        self.enter()?;
        let operand = Box::new(self.unary()?);
        self.depth -= 1;
        Ok(Expr { kind: ExprKind::Unary { op, operand }, span: self.span_from(start) })
    }

    fn power(&mut self, base: Expr) -> Parsed<Expr> {
        self.advance();
        self.enter()?;
        let exponent = self.unary()?;
        self.depth -= 1;
        let span = base.span.to(exponent.span);
        let kind = ExprKind::Binary { first: Box::new(base), rest: vec![(BinaryOp::Pow, exponent)] };
        Ok(Expr { kind, span })
    }

    fn awaited(&mut self) -> Parsed<Expr> {
        let start = self.advance().span();
        self.enter()?;
        let operand = if self.kind() == T::Await { self.awaited()? } else { self.postfix()? };
        self.depth -= 1;
        Ok(Expr { kind: ExprKind::Await(Box::new(operand)), span: self.span_from(start) })
    }
}

/// Suffixes.
impl Parser<'_> {
    fn postfix(&mut self) -> Parsed<Expr> {
        match self.primary() {
            Ok(base) => {
                let is_path = matches!(&base.kind, ExprKind::Name(name) if &**name != "self");
                if self.at_suffix(is_path) { self.suffixes(base, is_path) } else { Ok(base) }
            }
            bail => bail,
        }
    }

    fn suffixes(&mut self, base: Expr, mut is_path: bool) -> Parsed<Expr> {
        let start = base.span;
        let mut suffixes = Vec::new();
        while self.at_suffix(is_path) {
            let suffix = self.suffix()?;
            is_path &= matches!(suffix.kind, SuffixKind::Field(_));
            suffixes.push(suffix);
        }
        Ok(Expr { kind: ExprKind::Postfix { base: Box::new(base), suffixes }, span: self.span_from(start) })
    }

    /// Does the current token continue the expression before it? `is_path` says that this is `NAME { "." NAME }`.
    fn at_suffix(&self, is_path: bool) -> bool {
        match self.kind() {
            T::Dot | T::QuestionDot | T::QuestionBracket | T::Question => true,
            T::LParen | T::LBracket => !self.after_line_break(),
            T::ColonColon => is_path,
            T::LBrace => is_path && self.at_struct_literal(),
            _ => false,
        }
    }

    fn at_struct_literal(&self) -> bool {
        let next = self.ahead(1).kind;
        self.mode.struct_literals
            && !self.token().newline_before
            && (next == T::RBrace || (next.is_word() && self.ahead(2).kind == T::Colon))
    }

    fn suffix(&mut self) -> Parsed<Suffix> {
        let start = self.advance();
        let kind = match start.kind {
            T::Dot => SuffixKind::Field(self.word("a name after '.'")?),
            T::QuestionDot => SuffixKind::OptionalField(self.word("a name after '?.'")?),
            T::ColonColon => SuffixKind::Variant(self.word("a name after '::'")?),
            T::LParen => SuffixKind::Call(self.args(start.span())?),
            T::LBracket => SuffixKind::Index(self.index(start.span())?),
            T::QuestionBracket => SuffixKind::OptionalIndex(self.index(start.span())?),
            T::LBrace => SuffixKind::Struct(self.struct_fields(start.span())?),
            _ => SuffixKind::Try,
        };
        Ok(Suffix { kind, span: self.span_from(start.span()) })
    }

    fn args(&mut self, open: Span) -> Parsed<Vec<Arg>> {
        let mode = self.set_mode(Mode::BRACKETS);
        let mut args = Vec::new();
        let mut named = false;
        while self.kind() != T::RParen {
            let start = self.token().span();
            let arg = self.arg()?;
            if matches!(arg, Arg::Named(..)) {
                named = true;
            } else if named {
                let span = self.span_from(start);
                self.error(Code::POSITIONAL_AFTER_NAMED, span, "Positional argument after a named argument");
            }
            args.push(arg);
            if !self.eat(T::Comma) {
                break;
            }
        }
        self.expect_closer(T::RParen, open, "')' to close argument list")?;
        self.mode = mode;
        Ok(args)
    }

    fn arg(&mut self) -> Parsed<Arg> {
        let start = self.token();
        if start.kind == T::Mut {
            self.advance();
            return self.place().map(Arg::InOut);
        }
        let is_named = start.kind.is_word() && self.ahead(1).kind == T::Colon;
        if is_named || start.kind == T::Ellipsis {
            self.at += 1 + is_named as usize;
        }
        let value = self.expr()?;
        Ok(match start.kind {
            T::Ellipsis => Arg::Spread(value),
            _ if is_named => Arg::Named(self.ident_of(start), value),
            _ => Arg::Positional(value),
        })
    }

    /// A variable with a path, after `mut` in an argument list.
    fn place(&mut self) -> Parsed<Place> {
        let start = self.token().span();
        let root = if self.kind() == T::SelfWord { self.word("a name")? } else { self.name("a name after 'mut'")? };
        let mut path = Vec::new();
        loop {
            match self.kind() {
                T::Dot => {
                    self.advance();
                    path.push(PathStep::Field(self.word("a name after '.'")?));
                }
                T::LBracket => {
                    let open = self.advance().span();
                    path.push(PathStep::Index(self.expr()?));
                    self.expect_closer(T::RBracket, open, "']' to close index")?;
                }
                _ => return Ok(Place { root, path, span: self.span_from(start) }),
            }
        }
    }

    fn index(&mut self, open: Span) -> Parsed<Index> {
        let mode = self.set_mode(Mode::BRACKETS);
        self.enter()?;
        let start = if self.at_range_sign() { None } else { Some(self.index_expr()?) };
        let index = if self.at_range_sign() {
            let inclusive = self.advance().kind == T::DotDotEq;
            let end = if self.kind() == T::RBracket { None } else { Some(Box::new(self.operators()?)) };
            Index::Slice { start: start.map(Box::new), end, inclusive }
        } else {
            match start {
                Some(Expr { kind: ExprKind::Range { start, end, inclusive }, .. }) => {
                    Index::Slice { start: Some(start), end: Some(end), inclusive }
                }
                Some(expr) => Index::At(Box::new(expr)),
                None => return Err(self.expected_expression()),
            }
        };
        self.depth -= 1;
        self.expect_closer(T::RBracket, open, "']' to close index")?;
        self.mode = mode;
        Ok(index)
    }

    fn at_range_sign(&self) -> bool {
        matches!(self.kind(), T::DotDot | T::DotDotEq)
    }

    /// An expression that may be followed by `..` and `]`.
    fn index_expr(&mut self) -> Parsed<Expr> {
        let first = self.unary()?;
        self.infix_chain(first, true)
    }

    fn struct_fields(&mut self, open: Span) -> Parsed<Vec<(Ident, Expr)>> {
        let mode = self.set_mode(Mode::BRACKETS);
        let mut fields = Vec::new();
        while self.kind() != T::RBrace {
            let name = self.word("a field name in struct literal")?;
            self.expect(T::Colon, "':' after field name")?;
            fields.push((name, self.expr()?));
            if !self.eat(T::Comma) {
                break;
            }
        }
        self.expect_closer(T::RBrace, open, "'}' to close struct literal")?;
        self.mode = mode;
        Ok(fields)
    }

    /// The place that an expression denotes on the left of an assignment.
    pub(super) fn assignment_target(&mut self, target: Expr) -> Option<Place> {
        let span = target.span;
        let place = place_of(target);
        if place.is_none() {
            self.invalid_target(span);
        }
        place
    }

    pub(super) fn invalid_target(&mut self, span: Span) -> Bail {
        let error = Diagnostic::error(Code::INVALID_ASSIGNMENT_TARGET, span, "Invalid assignment target");
        self.report(Diagnostic { help: self.target_help().map(str::to_owned), ..error });
        Bail
    }
}

fn compares(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge | BinaryOp::In | BinaryOp::NotIn)
}

fn place_of(target: Expr) -> Option<Place> {
    let span = target.span;
    let (base, suffixes) = match target.kind {
        ExprKind::Postfix { base, suffixes } => (*base, suffixes),
        _ => (target, Vec::new()),
    };
    let ExprKind::Name(name) = base.kind else { return None };
    let steps = suffixes.into_iter().map(|suffix| match suffix.kind {
        SuffixKind::Field(name) => Some(PathStep::Field(name)),
        SuffixKind::Index(Index::At(index)) => Some(PathStep::Index(*index)),
        _ => None,
    });
    Some(Place { root: Ident { name, span: base.span }, path: steps.collect::<Option<_>>()?, span })
}

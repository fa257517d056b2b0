//! Primary expressions: literals, brackets, lambdas, `if`, `match`, `spawn`, `throw`, `yield`.

use super::{Mode, Parsed, Parser, T};
use crate::code::Code;
use crate::syntax::ast::{Arm, DictEntry, Element, Expr, ExprKind, If, Literal, Match, TemplatePart};
use crate::syntax::literal::{float_value, int_value, string_value};
use crate::syntax::source::Span;
use crate::syntax::token::Token;
use std::sync::Arc;

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Parsed<Expr> {
        let start = self.token().span();
        let kind = match self.kind() {
            T::Int | T::Float | T::Str | T::True | T::False | T::Null => self.literal_expr(),
            T::Name | T::SelfWord => self.name_expr(),
            T::LParen => self.paren(),
            T::LBracket => self.array(),
            T::LBrace => self.dict(),
            T::TemplateHead => self.template(),
            T::Func | T::Async => self.lambda(),
            T::If => self.if_expr(),
            T::Match => self.match_expr(),
            T::Spawn => self.spawn(),
            T::Throw => self.throw(),
            T::Yield => self.yield_expr(),
            _ => Err(self.expected_expression()),
        };
        match kind {
            Ok(kind) => Ok(Expr { kind, span: self.span_from(start) }),
            Err(bail) => Err(bail),
        }
    }

    fn name_expr(&mut self) -> Parsed<ExprKind> {
        let token = self.advance();
        Ok(ExprKind::Name(self.name_of(token)))
    }

    fn literal_expr(&mut self) -> Parsed<ExprKind> {
        let token = self.advance();
        Ok(match self.literal_value(token) {
            Literal::Null => ExprKind::Null,
            Literal::Bool(value) => ExprKind::Bool(value),
            Literal::Int(value) => ExprKind::Int(value),
            Literal::BigInt(digits) => ExprKind::BigInt(digits),
            Literal::Float(value) => ExprKind::Float(value),
            Literal::Str(text) => ExprKind::Str(text),
        })
    }

    /// The value of a literal token.
    pub(super) fn literal_value(&self, token: Token) -> Literal {
        match token.kind {
            T::True | T::False => Literal::Bool(token.kind == T::True),
            T::Int => int_value(self.text_of(token)),
            T::Float => Literal::Float(float_value(self.text_of(token))),
            T::Str => Literal::Str(self.string_literal(token)),
            _ => Literal::Null,
        }
    }

    /// The value of a string without interpolation.
    pub(super) fn string_literal(&self, token: Token) -> Arc<str> {
        let style = self.lexed.string_style(self.text, token.start, self.margin);
        let quotes = if style.triple { 3 } else { 1 };
        let text = self.text_of(token);
        let text = text.get(quotes + style.raw as usize..text.len() - quotes).unwrap_or("");
        string_value(text, style, true, true).into()
    }

    /// `"text${` expr `}text${` expr `}text"`
    fn template(&mut self) -> Parsed<ExprKind> {
        let head = self.token();
        let style = self.lexed.string_style(self.text, head.start, self.margin);
        let quotes = if style.triple { 3 } else { 1 };
        let outer_margin = self.margin;
        if style.triple {
            self.margin = style.margin;
        }
        let mode = self.set_mode(Mode::BRACKETS);
        let mut parts = Vec::new();
        loop {
            let token = self.advance();
            let (before, after) = match token.kind {
                T::TemplateHead => (quotes, 2),
                T::TemplateMiddle => (1, 2),
                _ => (1, quotes),
            };
            let text = self.text_of(token);
            let text = text.get(before..text.len().saturating_sub(after)).unwrap_or("");
            let is_last = token.kind == T::TemplateTail;
            let text = string_value(text, style, token.kind == T::TemplateHead, is_last);
            if !text.is_empty() {
                parts.push(TemplatePart::Text(text.into()));
            }
            if is_last {
                break;
            }
            parts.push(TemplatePart::Expr(self.expr()?));
            if !matches!(self.kind(), T::TemplateMiddle | T::TemplateTail) {
                return Err(self.expected("'}' to close interpolation"));
            }
        }
        self.mode = mode;
        self.margin = outer_margin;
        Ok(ExprKind::Template(parts))
    }

    fn paren(&mut self) -> Parsed<ExprKind> {
        let open = self.advance().span();
        let mode = self.set_mode(Mode::BRACKETS);
        let inner = self.expr()?;
        self.expect_closer(T::RParen, open, "')' to close parentheses")?;
        self.mode = mode;
        Ok(ExprKind::Paren(Box::new(inner)))
    }

    fn array(&mut self) -> Parsed<ExprKind> {
        let open = self.advance().span();
        let mode = self.set_mode(Mode::BRACKETS);
        let mut elements = Vec::new();
        while self.kind() != T::RBracket {
            let is_spread = self.eat(T::Ellipsis);
            let value = self.expr()?;
            elements.push(if is_spread { Element::Spread(value) } else { Element::Value(value) });
            if !self.eat(T::Comma) {
                break;
            }
        }
        self.expect_closer(T::RBracket, open, "']' to close array")?;
        self.mode = mode;
        Ok(ExprKind::Array(elements))
    }

    fn dict(&mut self) -> Parsed<ExprKind> {
        let open = self.advance().span();
        let mode = self.set_mode(Mode::BRACKETS);
        let mut entries = Vec::new();
        while self.kind() != T::RBrace {
            entries.push(self.dict_entry()?);
            if !self.eat(T::Comma) {
                break;
            }
        }
        self.expect_closer(T::RBrace, open, "'}' to close dict")?;
        self.mode = mode;
        Ok(ExprKind::Dict(entries))
    }

    fn dict_entry(&mut self) -> Parsed<DictEntry> {
        if self.eat(T::Ellipsis) {
            return Ok(DictEntry::Spread(self.expr()?));
        }
        let key = self.expr()?;
        self.expect(T::Colon, "':' after dict key")?;
        Ok(DictEntry::Pair(key, self.expr()?))
    }

    fn lambda(&mut self) -> Parsed<ExprKind> {
        let start = self.token().span();
        let is_async = self.eat(T::Async);
        self.expect(T::Func, "'func' after 'async'")?;
        let is_generator = self.eat(T::Star);
        let function = Box::new(self.function(start, is_async, is_generator, false)?);
        Ok(ExprKind::Lambda(function))
    }

    fn spawn(&mut self) -> Parsed<ExprKind> {
        self.advance();
        self.enter()?;
        let body = Box::new(self.block("spawn block")?);
        self.depth -= 1;
        Ok(ExprKind::Spawn(body))
    }

    pub(super) fn if_expr(&mut self) -> Parsed<ExprKind> {
        let mut arms = Vec::new();
        loop {
            self.advance();
            let condition = self.condition()?;
            let body = self.block("if block")?;
            arms.push((condition, body));
            if !self.eat(T::Else) {
                return Ok(ExprKind::If(Box::new(If { arms, otherwise: None })));
            }
            if self.kind() != T::If {
                let otherwise = Some(self.block("else block")?);
                return Ok(ExprKind::If(Box::new(If { arms, otherwise })));
            }
        }
    }

    pub(super) fn match_expr(&mut self) -> Parsed<ExprKind> {
        self.advance();
        let subject = self.condition()?;
        let open = self.expect(T::LBrace, "'{' to start match block")?.span();
        let mode = self.set_mode(Mode::BLOCK);
        let mut result = Box::new(Match { subject, arms: Vec::new(), default: None });
        self.enter()?;
        self.arms(&mut result)?;
        self.depth -= 1;
        self.expect_closer(T::RBrace, open, "'}' to close match block")?;
        self.mode = mode;
        Ok(ExprKind::Match(result))
    }

    fn arms(&mut self, result: &mut Match) -> Parsed<()> {
        let mut default_span: Option<Span> = None;
        loop {
            let is_case = self.at_word("case");
            if self.eat(T::Semicolon) {
                continue;
            }
            if !is_case && !self.at_word("default") {
                return Ok(());
            }
            if let Some(span) = default_span.take() {
                self.error(Code::DEFAULT_NOT_LAST, span, "default must be the last arm");
            }
            if is_case {
                self.arm(&mut result.arms)?;
            } else {
                default_span = Some(self.token().span());
                self.advance();
                self.eat(T::Colon);
                result.default = Some(self.block("default block")?);
            }
        }
    }

    fn arm(&mut self, arms: &mut Vec<Arm>) -> Parsed<()> {
        let start = self.advance().span();
        let pattern = self.pattern()?;
        let guard = if self.eat(T::If) { Some(self.condition()?) } else { None };
        self.eat(T::Colon);
        let body = self.block("case block")?;
        arms.push(Arm { pattern, guard, body, span: self.span_from(start) });
        Ok(())
    }

    fn throw(&mut self) -> Parsed<ExprKind> {
        let start = self.advance().span();
        if self.after_line_break() {
            return Err(self.expected_expression());
        }
        if self.kind() == T::LParen && self.at_wrong_throw_arity() {
            let end = self.lexed.closer(self.at).unwrap_or(self.at + 1);
            self.at = end;
            self.advance();
            let span = self.span_from(start);
            self.error(Code::THROW_ARITY, span, "throw() requires exactly one argument");
            return Ok(ExprKind::Error);
        }
        Ok(ExprKind::Throw(Box::new(self.expr()?)))
    }

    /// At `(`: are there no arguments, or several, up to the matching `)`?
    fn at_wrong_throw_arity(&self) -> bool {
        let Some(closer) = self.lexed.closer(self.at) else { return false };
        let mut at = self.at + 1;
        while at < closer {
            if self.token_at(at).kind == T::Comma {
                return true;
            }
            at = self.lexed.closer(at).map_or(at + 1, |inner| inner + 1);
        }
        closer == self.at + 1
    }

    fn yield_expr(&mut self) -> Parsed<ExprKind> {
        self.advance();
        let has_operand = self.kind().starts_expression() && !self.after_line_break();
        let operand = if has_operand { Some(Box::new(self.expr()?)) } else { None };
        Ok(ExprKind::Yield(operand))
    }
}

//! Patterns of `match` and of bindings.

use super::{Parsed, Parser, T};
use crate::syntax::ast::{BindPattern, Ident, Literal, Pattern, PatternItem, PatternKind, Rest};
use crate::syntax::source::Span;
use crate::syntax::token::TokenKind;

/// Patterns of `match`.
impl Parser<'_> {
    /// The pattern of an arm.
    pub(super) fn pattern(&mut self) -> Parsed<Pattern> {
        self.alternatives(false)
    }

    fn nested_pattern(&mut self) -> Parsed<Pattern> {
        self.enter()?;
        let pattern = self.alternatives(true)?;
        self.depth -= 1;
        Ok(pattern)
    }

    /// `is_nested` says that another pattern is around this one.
    fn alternatives(&mut self, is_nested: bool) -> Parsed<Pattern> {
        match self.single_pattern(is_nested) {
            Ok(first) if self.kind() == T::Pipe => self.more_alternatives(first, is_nested),
            result => result,
        }
    }

    fn more_alternatives(&mut self, first: Pattern, is_nested: bool) -> Parsed<Pattern> {
        let start = first.span;
        let mut alternatives = vec![first];
        while self.eat(T::Pipe) {
            alternatives.push(self.single_pattern(is_nested)?);
        }
        Ok(Pattern { kind: PatternKind::Or(alternatives), span: self.span_from(start) })
    }

    fn single_pattern(&mut self, is_nested: bool) -> Parsed<Pattern> {
        let start = self.token();
        let kind = match start.kind {
            T::Int | T::Float | T::Minus | T::DotDot | T::DotDotEq => self.number_pattern(),
            T::Str | T::True | T::False | T::Null => self.literal_pattern(),
            T::Name => self.name_pattern(is_nested),
            T::LBracket => self.array_pattern(),
            T::LBrace => self.dict_pattern(),
            T::LParen => self.paren_pattern(),
            kind if kind.is_reserved() => Err(self.reserved_word(start)),
            _ => Err(self.expected("a pattern")),
        };
        match kind {
            Ok(kind) => Ok(Pattern { kind, span: self.span_from(start.span()) }),
            Err(bail) => Err(bail),
        }
    }

    fn literal_pattern(&mut self) -> Parsed<PatternKind> {
        let token = self.advance();
        Ok(PatternKind::Literal(self.literal_value(token)))
    }

    fn array_pattern(&mut self) -> Parsed<PatternKind> {
        let open = self.advance().span();
        Ok(PatternKind::Array(self.pattern_items(T::RBracket, open, "']' to close array pattern")?))
    }

    fn paren_pattern(&mut self) -> Parsed<PatternKind> {
        let open = self.advance().span();
        let inner = self.nested_pattern()?;
        self.expect_closer(T::RParen, open, "')' to close pattern")?;
        Ok(inner.kind)
    }

    fn number_pattern(&mut self) -> Parsed<PatternKind> {
        let start = if matches!(self.kind(), T::DotDot | T::DotDotEq) { None } else { Some(self.number()?) };
        if let Some(number) = start.clone().filter(|_| !matches!(self.kind(), T::DotDot | T::DotDotEq)) {
            return Ok(PatternKind::Literal(number));
        }
        let inclusive = self.advance().kind == T::DotDotEq;
        let is_open = start.is_some() && !inclusive && !matches!(self.kind(), T::Int | T::Float | T::Minus);
        let end = if is_open { None } else { Some(self.number()?) };
        Ok(PatternKind::Range { start, end, inclusive })
    }

    /// A number literal with its sign.
    fn number(&mut self) -> Parsed<Literal> {
        let is_negative = self.eat(T::Minus);
        if !matches!(self.kind(), T::Int | T::Float) {
            return Err(self.expected("a number in pattern"));
        }
        let token = self.advance();
        let value = self.literal_value(token);
        Ok(if is_negative { negated(value) } else { value })
    }

    fn name_pattern(&mut self, is_nested: bool) -> Parsed<PatternKind> {
        let is_upper = self.text_of(self.token()).starts_with(|c: char| c.is_ascii_uppercase());
        let is_alone = !matches!(self.ahead(1).kind, T::Dot | T::ColonColon | T::LParen);
        if is_alone && !is_upper {
            let token = self.advance();
            let is_wildcard = self.text_of(token) == "_";
            return Ok(if is_wildcard { PatternKind::Wildcard } else { PatternKind::Bind(self.name_of(token)) });
        }
        let path = self.path("a name in pattern")?;
        let variant = if self.eat(T::ColonColon) { Some(self.word("a name after '::'")?) } else { None };
        match self.kind() {
            T::LParen => {
                let open = self.advance().span();
                let payload = self.pattern_items(T::RParen, open, "')' to close payload pattern")?;
                Ok(PatternKind::Variant { path, variant, payload: Some(payload) })
            }
            T::LBrace if variant.is_none() && self.opens_field_pattern(is_nested) => {
                let fields = self.field_patterns()?;
                Ok(PatternKind::Struct { path, fields })
            }
            _ => Ok(PatternKind::Variant { path, variant, payload: None }),
        }
    }

    /// Does the `{` after a struct name open a field pattern, not the block of the arm?
    fn opens_field_pattern(&self, is_nested: bool) -> bool {
        let after = self.lexed.closer(self.at).map(|closer| self.token_at(closer + 1).kind);
        match after {
            Some(T::Colon | T::LBrace | T::If | T::Pipe) => true,
            Some(T::Comma | T::RParen | T::RBracket | T::RBrace) => is_nested,
            _ => false,
        }
    }

    fn field_patterns(&mut self) -> Parsed<Vec<(Ident, Pattern)>> {
        let open = self.advance().span();
        let mut fields = Vec::new();
        while self.kind() != T::RBrace {
            let token = self.token();
            let name = self.word("a field name in pattern")?;
            let pattern = if self.eat(T::Colon) { self.nested_pattern()? } else { self.shorthand(token.kind, &name)? };
            fields.push((name, pattern));
            if !self.eat(T::Comma) {
                break;
            }
        }
        self.expect_closer(T::RBrace, open, "'}' to close struct pattern")?;
        Ok(fields)
    }

    /// `name` for `name: name`.
    fn shorthand(&mut self, kind: TokenKind, name: &Ident) -> Parsed<Pattern> {
        if kind.is_reserved() {
            let token = self.token_at(self.at - 1);
            return Err(self.reserved_word(token));
        }
        let kind = if &*name.name == "_" { PatternKind::Wildcard } else { PatternKind::Bind(name.name.clone()) };
        Ok(Pattern { kind, span: name.span })
    }

    fn pattern_items(&mut self, closer: TokenKind, open: Span, what: &str) -> Parsed<Vec<PatternItem>> {
        let mut items = Vec::new();
        let mut has_rest = false;
        while self.kind() != closer {
            if self.kind() == T::Ellipsis && !has_rest {
                has_rest = true;
                items.push(PatternItem::Rest(self.rest()?));
            } else {
                items.push(PatternItem::Pattern(self.nested_pattern()?));
            }
            if !self.eat(T::Comma) {
                break;
            }
        }
        self.expect_closer(closer, open, what)?;
        Ok(items)
    }

    fn rest(&mut self) -> Parsed<Rest> {
        let start = self.advance().span();
        let name = if self.kind().is_word() { Some(self.name("a name after '...'")?) } else { None };
        let name = name.filter(|name| &*name.name != "_");
        Ok(Rest { name, span: self.span_from(start) })
    }

    fn dict_pattern(&mut self) -> Parsed<PatternKind> {
        let open = self.advance().span();
        let (mut entries, mut rest) = (Vec::new(), None);
        while self.kind() != T::RBrace {
            if self.kind() == T::Ellipsis && rest.is_none() {
                rest = Some(self.rest()?);
            } else {
                entries.push(self.key_pattern()?);
            }
            if !self.eat(T::Comma) {
                break;
            }
        }
        self.expect_closer(T::RBrace, open, "'}' to close dict pattern")?;
        Ok(PatternKind::Dict { entries, rest })
    }

    fn key_pattern(&mut self) -> Parsed<(Ident, Pattern)> {
        let (token, key) = self.pattern_key()?;
        let pattern = if token == T::Str || self.kind() == T::Colon {
            self.expect(T::Colon, "':' after key in dict pattern")?;
            self.nested_pattern()?
        } else {
            self.shorthand(token, &key)?
        };
        Ok((key, pattern))
    }

    /// A key of a dict pattern: a word or a string.
    fn pattern_key(&mut self) -> Parsed<(TokenKind, Ident)> {
        let token = self.token();
        if token.kind != T::Str {
            return Ok((token.kind, self.word("a key in dict pattern")?));
        }
        self.advance();
        Ok((token.kind, Ident { name: self.string_literal(token), span: token.span() }))
    }
}

fn negated(number: Literal) -> Literal {
    match number {
        Literal::Int(value) => Literal::Int(-value),
        Literal::BigInt(digits) if &*digits == "9223372036854775808" => Literal::Int(i64::MIN),
        Literal::BigInt(digits) => Literal::BigInt(format!("-{digits}").into()),
        Literal::Float(value) => Literal::Float(-value),
        other => other,
    }
}

/// What a binding pattern belongs to.
#[derive(Clone, Copy)]
pub(super) enum Destructuring<'a> {
    /// A keyword or sign, in quotes, before the pattern.
    After(&'a str),
    /// The left side of an assignment: anything but a pattern is an invalid target.
    Bare,
}

/// Patterns of bindings.
impl Parser<'_> {
    pub(super) fn bind_pattern(&mut self, context: Destructuring) -> Parsed<BindPattern> {
        match self.kind() {
            T::LBracket => self.nested_bind(Self::bind_array, context),
            T::LBrace => self.nested_bind(Self::bind_dict, context),
            _ => self.bind_name(context),
        }
    }

    fn nested_bind(
        &mut self,
        parse: fn(&mut Self, Destructuring) -> Parsed<BindPattern>,
        context: Destructuring,
    ) -> Parsed<BindPattern> {
        self.enter()?;
        let pattern = parse(self, context)?;
        self.depth -= 1;
        Ok(pattern)
    }

    pub(super) fn bind_name(&mut self, context: Destructuring) -> Parsed<BindPattern> {
        let token = self.token();
        if let (Destructuring::Bare, false) = (context, token.kind.is_word()) {
            return Err(self.invalid_target(token.span()));
        }
        let name = match context {
            Destructuring::After(before) => self.name(&format!("a name after {before}"))?,
            Destructuring::Bare => self.name("a name")?,
        };
        Ok(if &*name.name == "_" { BindPattern::Ignore(name.span) } else { BindPattern::Name(name) })
    }

    fn bind_array(&mut self, context: Destructuring) -> Parsed<BindPattern> {
        let open = self.advance().span();
        let (mut items, mut rest) = (Vec::new(), None);
        while self.kind() != T::RBracket {
            if self.eat(T::Ellipsis) {
                rest = Some(self.name("a name after '...'")?);
            } else {
                items.push(self.bind_pattern(context)?);
            }
            if !self.eat(T::Comma) || rest.is_some() {
                break;
            }
        }
        self.end_bind(T::RBracket, open, context, "']' to close array pattern")?;
        Ok(BindPattern::Array { items, rest, span: self.span_from(open) })
    }

    fn bind_dict(&mut self, context: Destructuring) -> Parsed<BindPattern> {
        let open = self.advance().span();
        let (mut entries, mut rest) = (Vec::new(), None);
        while self.kind() != T::RBrace {
            if self.eat(T::Ellipsis) {
                rest = Some(self.name("a name after '...'")?);
            } else {
                entries.push(self.bind_key(context)?);
            }
            if !self.eat(T::Comma) || rest.is_some() {
                break;
            }
        }
        self.end_bind(T::RBrace, open, context, "'}' to close dict pattern")?;
        Ok(BindPattern::Dict { entries, rest, span: self.span_from(open) })
    }

    fn bind_key(&mut self, context: Destructuring) -> Parsed<(Ident, BindPattern)> {
        let (token, key) = self.pattern_key()?;
        if token == T::Str || self.kind() == T::Colon {
            self.expect(T::Colon, "':' after key in dict pattern")?;
            return Ok((key, self.bind_pattern(context)?));
        }
        if token.is_reserved() {
            let token = self.token_at(self.at - 1);
            return Err(self.reserved_word(token));
        }
        Ok((key.clone(), BindPattern::Name(key)))
    }

    fn end_bind(&mut self, closer: TokenKind, open: Span, context: Destructuring, what: &str) -> Parsed<()> {
        if let (Destructuring::Bare, false) = (context, self.kind() == closer) {
            let span = self.token().span();
            return Err(self.invalid_target(span));
        }
        self.expect_closer(closer, open, what).map(|_| ())
    }
}
